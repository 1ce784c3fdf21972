//! Trees back to text.
//!
//! [`statement`] and [`expression`] print text that parses to the same tree under the default `sql_mode` in
//! utf8mb4; [`Parens::All`] puts every operation in parentheses, so that the grouping can be seen. Texts kept as
//! written (bodies of programs, account clauses) are printed as they are. [`show_create`] prints expressions as
//! a server's SHOW CREATE TABLE does.

mod alter;
mod ddl;
mod dml;
mod expr;
mod query;
mod replication;
mod show;
pub mod show_create;
mod statement;

#[cfg(test)]
mod tests;

use crate::ast::{Expr, ObjectName, Statement, StringLiteral, UserName};
use crate::keyword::Kw;
use ddl::data_type_text;

/// How many parentheses are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parens {
    /// Those that the tree needs.
    Needed,
    /// Around every operation.
    All,
}

/// Text of a statement. String literals keep their bytes, so the text need not be UTF-8.
pub fn statement(statement: &Statement, parens: Parens) -> Vec<u8> {
    let mut p = Printer::new(parens);
    p.statement(statement);
    p.out
}

/// Text of an expression.
pub fn expression(expr: &Expr, parens: Parens) -> Vec<u8> {
    let mut p = Printer::new(parens);
    p.expr(expr);
    p.out
}

/// A text being written.
pub(crate) struct Printer {
    out: Vec<u8>,
    parens: Parens,
    /// MariaDB's forms where the two grammars exclude one another (`VALUES (1)` rows).
    mariadb: bool,
}

/// Text of a statement for MariaDB's grammar, where it differs.
pub fn mariadb_statement(statement: &Statement, parens: Parens) -> Vec<u8> {
    let mut p = Printer::new(parens);
    p.mariadb = true;
    p.statement(statement);
    p.out
}

impl Printer {
    fn new(parens: Parens) -> Self {
        Printer {
            out: Vec::with_capacity(128),
            parens,
            mariadb: false,
        }
    }

    /// Writes text as it is.
    fn s(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Writes text if `on`.
    fn flag(&mut self, on: bool, text: &str) {
        if on {
            self.s(text);
        }
    }

    /// Writes the first text for true, the second for false.
    fn either(&mut self, value: Option<bool>, yes: &str, no: &str) {
        match value {
            Some(true) => self.s(yes),
            Some(false) => self.s(no),
            None => {}
        }
    }

    fn num(&mut self, n: u64) {
        self.s(&n.to_string());
    }

    /// A name in backquotes.
    fn ident(&mut self, name: &str) {
        self.s("`");
        self.s(&name.replace('`', "``"));
        self.s("`");
    }

    fn idents(&mut self, names: &[String]) {
        self.list(names, |p, name| p.ident(name));
    }

    /// `(names)` unless there are none.
    fn paren_idents(&mut self, names: &[String]) {
        if !names.is_empty() {
            self.s(" (");
            self.idents(names);
            self.s(")");
        }
    }

    /// A word bare where it is a plain one, else in backquotes: variables and options keep their look.
    fn word(&mut self, name: &str) {
        let plain = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$')
            && Kw::of(name.as_bytes()) == Kw::NotKeyword;
        if plain {
            self.s(name)
        } else {
            self.ident(name)
        }
    }

    fn name(&mut self, name: &ObjectName) {
        if let Some(db) = &name.db {
            self.ident(db);
            self.s(".");
        }
        self.ident(&name.name);
    }

    fn names(&mut self, names: &[ObjectName]) {
        self.list(names, |p, name| p.name(name));
    }

    /// A text in quotes.
    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Bytes in quotes, escaped.
    fn bytes(&mut self, bytes: &[u8]) {
        self.s("'");
        for b in bytes {
            match b {
                0 => self.s("\\0"),
                b'\n' => self.s("\\n"),
                b'\r' => self.s("\\r"),
                0x1a => self.s("\\Z"),
                b'\\' => self.s("\\\\"),
                b'\'' => self.s("\\'"),
                other => self.out.push(*other),
            }
        }
        self.s("'");
    }

    fn string(&mut self, literal: &StringLiteral) {
        if let Some(charset) = &literal.introducer {
            self.s("_");
            self.s(charset);
        }
        self.bytes(&literal.bytes);
    }

    fn user(&mut self, user: &UserName) {
        match user {
            UserName::Account { user, host } => {
                self.text(user);
                if let Some(host) = host {
                    self.s("@");
                    self.text(host);
                }
            }
            UserName::CurrentUser => self.s("CURRENT_USER()"),
            UserName::CurrentRole => self.s("CURRENT_ROLE"),
        }
    }

    fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        for (n, one) in items.iter().enumerate() {
            self.flag(n > 0, ", ");
            item(self, one);
        }
    }

    /// Writes with `write` if there is a value.
    fn opt<T>(&mut self, value: &Option<T>, write: impl FnOnce(&mut Self, &T)) {
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// ` KEYWORD 'text'` if there is a text.
    fn opt_text(&mut self, keyword: &str, text: &Option<String>) {
        self.opt(text, |p, text| {
            p.s(keyword);
            p.text(text);
        });
    }
}
