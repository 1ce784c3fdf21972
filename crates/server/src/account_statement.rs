//! CREATE USER, ALTER USER, DROP USER, GRANT, REVOKE and SET PASSWORD on this server's own accounts.
//!
//! Clauses beyond name, plugin, password, lock and privileges are refused by name rather than dropped.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{AccountKind, AccountStatement, Expr, Literal, UserName};
use understudy_sql::context::ParseContext;
use understudy_sql::lexer::{Lexer, TokenKind};
use understudy_sql::parser::parse_expression;
use understudy_wire::auth::CACHING_SHA2;

use crate::accounts::{Account, AccountError, Grant, stored_password};
use crate::session::Session;

/// One token: its bytes as written.
struct Word {
    kind: TokenKind,
    text: String,
}

impl Word {
    fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }
}

fn words(text: &[u8], context: &ParseContext) -> Vec<Word> {
    let mut lexer = Lexer::new(text, context);
    let mut words = Vec::new();
    loop {
        let token = lexer.next_token();
        if matches!(
            token.kind,
            TokenKind::End | TokenKind::Bad | TokenKind::Semicolon
        ) {
            return words;
        }
        let bytes = text.get(token.start..token.end).unwrap_or_default();
        words.push(Word {
            kind: token.kind,
            text: String::from_utf8_lossy(bytes).into_owned(),
        });
    }
}

/// The value of a string token.
fn string(word: Option<&Word>, context: &ParseContext) -> Result<String, MysqlError> {
    let syntax = || unsupported("this form of account statement");
    let word = word.ok_or_else(syntax)?;
    match parse_expression(word.text.as_bytes(), context) {
        Ok(Expr::Literal(Literal::String(literal))) => {
            String::from_utf8(literal.bytes).map_err(|_| syntax())
        }
        Ok(Expr::Column(column)) if column.table.is_none() => Ok(column.column),
        Ok(_) | Err(_) => Err(syntax()),
    }
}

fn unsupported(what: &str) -> MysqlError {
    let message = format!("This version of MySQL doesn't yet support '{what}'");
    MysqlError::new(1235, message)
}

impl From<AccountError> for Failed {
    fn from(error: AccountError) -> Self {
        let errno = match error {
            AccountError::UnknownPlugin(_) => 1524,
            AccountError::File(..) | AccountError::Content(..) => 1030,
            AccountError::NoRandomness => 1105,
        };
        Failed(MysqlError::new(errno, error.to_string()))
    }
}

/// An error on its way through [`crate::accounts::Accounts::change`].
struct Failed(MysqlError);

impl From<MysqlError> for Failed {
    fn from(error: MysqlError) -> Self {
        Failed(error)
    }
}

/// Runs the statement.
pub fn run(
    session: &mut Session,
    statement: &AccountStatement,
    text: &[u8],
) -> Result<(), MysqlError> {
    let context = session.parse_context();
    let words = words(text, &context);
    let names = names(session, &statement.names)?;
    let own = names
        .iter()
        .all(|(user, host)| *user == session.account.user && *host == session.account.host);
    let password_only = matches!(
        statement.kind,
        AccountKind::SetPassword | AccountKind::AlterUser
    );
    if !(own && password_only) {
        session.require(&["SUPER", "CREATE USER"])?;
    }
    let shared = session.shared.clone();
    let result = shared.accounts.change(|accounts| match statement.kind {
        AccountKind::CreateUser => create(accounts, &names, &words, &context),
        AccountKind::AlterUser => alter(accounts, &names, &words, &context),
        AccountKind::DropUser => drop_user(accounts, &names, &words),
        AccountKind::Grant => grant(accounts, &names, &words, &context, session, true),
        AccountKind::Revoke => grant(accounts, &names, &words, &context, session, false),
        AccountKind::SetPassword => set_password(accounts, &names, &words, &context, session),
        AccountKind::RenameUser => Err(unsupported("RENAME USER").into()),
        AccountKind::CreateRole => Err(unsupported("CREATE ROLE").into()),
        AccountKind::DropRole => Err(unsupported("DROP ROLE").into()),
        AccountKind::SetRole => Err(unsupported("SET ROLE").into()),
        AccountKind::SetDefaultRole => Err(unsupported("SET DEFAULT ROLE").into()),
        AccountKind::SetResourceGroup => Err(unsupported("SET RESOURCE GROUP").into()),
    });
    result.map_err(|Failed(error)| error)
}

type Names = [(String, String)];

fn names(session: &Session, names: &[UserName]) -> Result<Vec<(String, String)>, MysqlError> {
    let one = |name: &UserName| match name {
        UserName::Account { user, host } => {
            Ok((user.clone(), host.clone().unwrap_or_else(|| "%".to_owned())))
        }
        UserName::CurrentUser => Ok((session.account.user.clone(), session.account.host.clone())),
        UserName::CurrentRole => Err(unsupported("CURRENT_ROLE")),
    };
    names.iter().map(one).collect()
}

fn find<'a>(accounts: &'a mut [Account], name: &(String, String)) -> Option<&'a mut Account> {
    let mut accounts = accounts.iter_mut();
    accounts.find(|a| a.user == name.0 && a.host == name.1)
}

/// Error 1396 naming the accounts.
fn failed(operation: &str, names: &[&(String, String)]) -> MysqlError {
    let list: Vec<String> = names
        .iter()
        .map(|(user, host)| format!("'{user}'@'{host}'"))
        .collect();
    let message = format!("Operation {operation} failed for {}", list.join(","));
    MysqlError::new(1396, message)
}

/// What CREATE USER and ALTER USER say of an account.
#[derive(Default)]
struct Clauses {
    plugin: Option<String>,
    password: Option<String>,
    stored: Option<Vec<u8>>,
    locked: Option<bool>,
}

fn clauses(words: &[Word], context: &ParseContext) -> Result<Clauses, MysqlError> {
    let mut clauses = Clauses::default();
    let start = words
        .iter()
        .position(|w| w.is("IDENTIFIED") || w.is("ACCOUNT") || w.is("REQUIRE") || w.is("PASSWORD"));
    let Some(start) = start else {
        return Ok(clauses);
    };
    let mut rest = words.get(start..).unwrap_or_default().iter().peekable();
    while let Some(word) = rest.next() {
        if word.is("IDENTIFIED") {
            if rest.next_if(|w| w.is("WITH")).is_some() {
                clauses.plugin = Some(string(rest.next(), context)?);
            }
            if rest.next_if(|w| w.is("BY")).is_some() {
                clauses.password = Some(string(rest.next(), context)?);
            } else if rest.next_if(|w| w.is("AS")).is_some() {
                clauses.stored = Some(string(rest.next(), context)?.into_bytes());
            }
        } else if word.is("ACCOUNT") {
            let locked = rest.next().map(|w| w.is("LOCK"));
            clauses.locked = locked;
        } else if word.is("REQUIRE") && rest.next_if(|w| w.is("NONE")).is_some() {
            // The default.
        } else {
            return Err(unsupported(&format!("{} of an account", word.text)));
        }
    }
    Ok(clauses)
}

fn apply(account: &mut Account, clauses: &Clauses) -> Result<(), Failed> {
    if let Some(plugin) = &clauses.plugin {
        account.plugin.clone_from(plugin);
        account.authentication_string = stored_password(plugin, "")?;
    }
    if let Some(password) = &clauses.password {
        account.authentication_string = stored_password(&account.plugin, password)?;
    }
    if let Some(stored) = &clauses.stored {
        account.authentication_string.clone_from(stored);
    }
    if let Some(locked) = clauses.locked {
        account.locked = locked;
    }
    Ok(())
}

fn create(
    accounts: &mut Vec<Account>,
    names: &Names,
    words: &[Word],
    context: &ParseContext,
) -> Result<(), Failed> {
    let clauses = one_clause(names, words, context)?;
    let exist: Vec<&(String, String)> = names
        .iter()
        .filter(|name| find(accounts, name).is_some())
        .collect();
    let lenient = words.iter().any(|w| w.is("EXISTS"));
    if !exist.is_empty() && !lenient {
        return Err(failed("CREATE USER", &exist).into());
    }
    for name in names {
        if find(accounts, name).is_none() {
            let mut account = Account::new(&name.0, &name.1, CACHING_SHA2, "")?;
            apply(&mut account, &clauses)?;
            accounts.push(account);
        }
    }
    Ok(())
}

/// Clauses are read for one account a statement.
fn one_clause(
    names: &Names,
    words: &[Word],
    context: &ParseContext,
) -> Result<Clauses, MysqlError> {
    let identified = words.iter().filter(|w| w.is("IDENTIFIED")).count();
    if identified > 0 && names.len() > 1 {
        return Err(unsupported(
            "passwords of several accounts in one statement",
        ));
    }
    clauses(words, context)
}

fn alter(
    accounts: &mut [Account],
    names: &Names,
    words: &[Word],
    context: &ParseContext,
) -> Result<(), Failed> {
    let clauses = one_clause(names, words, context)?;
    for name in names {
        match find(accounts, name) {
            Some(account) => apply(account, &clauses)?,
            None if words.iter().any(|w| w.is("EXISTS")) => {}
            None => return Err(failed("ALTER USER", &[name]).into()),
        }
    }
    Ok(())
}

fn drop_user(accounts: &mut Vec<Account>, names: &Names, words: &[Word]) -> Result<(), Failed> {
    let lenient = words.iter().any(|w| w.is("EXISTS"));
    for name in names {
        if find(accounts, name).is_none() && !lenient {
            return Err(failed("DROP USER", &[name]).into());
        }
    }
    accounts.retain(|a| !names.iter().any(|n| a.user == n.0 && a.host == n.1));
    Ok(())
}

fn set_password(
    accounts: &mut [Account],
    names: &Names,
    words: &[Word],
    context: &ParseContext,
    session: &Session,
) -> Result<(), Failed> {
    let own = [(session.account.user.clone(), session.account.host.clone())];
    let names = if names.is_empty() { &own[..] } else { names };
    let password = words.last().filter(|w| w.kind == TokenKind::String);
    let password = string(password, context)?;
    for name in names {
        let account = find(accounts, name).ok_or_else(|| failed("SET PASSWORD", &[name]))?;
        account.authentication_string = stored_password(&account.plugin, &password)?;
    }
    Ok(())
}

/// Database and table of a level; `None` is all.
type Level = (Option<String>, Option<String>);

/// The level between ON and TO or FROM.
fn level(words: &[Word], session: &Session, context: &ParseContext) -> Result<Level, MysqlError> {
    let name = |word: &Word| {
        if word.kind == TokenKind::Star {
            Ok(None)
        } else {
            string(Some(word), context).map(Some)
        }
    };
    match words {
        [table] => Ok((Some(session.database_or(None)?), name(table)?)),
        [database, dot, table] if dot.kind == TokenKind::Dot => Ok((name(database)?, name(table)?)),
        _ => Err(unsupported("this level of privileges")),
    }
}

fn grant(
    accounts: &mut [Account],
    names: &Names,
    words: &[Word],
    context: &ParseContext,
    session: &Session,
    give: bool,
) -> Result<(), Failed> {
    let on = words.iter().position(|w| w.is("ON"));
    let to = words
        .iter()
        .position(|w| w.is(if give { "TO" } else { "FROM" }));
    let (Some(on), Some(to)) = (on, to) else {
        return Err(unsupported("GRANT of roles").into());
    };
    let listed = words.get(1..on).unwrap_or_default();
    if listed.iter().any(|w| w.kind == TokenKind::LeftParen) {
        return Err(unsupported("privileges on columns").into());
    }
    let mut privileges = vec![String::new()];
    for word in listed {
        if word.kind == TokenKind::Comma {
            privileges.push(String::new());
        } else if let Some(last) = privileges.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(&word.text.to_ascii_uppercase());
        }
    }
    for privilege in &mut privileges {
        if privilege == "ALL" {
            *privilege = "ALL PRIVILEGES".to_owned();
        }
    }
    let tail = words.get(to..).unwrap_or_default();
    if give && tail.iter().any(|w| w.is("OPTION")) {
        privileges.push("GRANT OPTION".to_owned());
    }
    let (database, table) = level(words.get(on + 1..to).unwrap_or_default(), session, context)?;
    for name in names {
        let missing = "You are not allowed to create a user with GRANT";
        let account =
            find(accounts, name).ok_or_else(|| MysqlError::new(1410, missing.to_owned()))?;
        change_grant(
            account,
            database.as_ref(),
            table.as_ref(),
            &privileges,
            give,
        );
    }
    Ok(())
}

fn change_grant(
    account: &mut Account,
    database: Option<&String>,
    table: Option<&String>,
    privileges: &[String],
    give: bool,
) {
    let at_level = |g: &Grant| g.database.as_ref() == database && g.table.as_ref() == table;
    let at = account.grants.iter().position(at_level);
    let mut grant = match at {
        Some(at) => account.grants.remove(at),
        None => Grant {
            database: database.cloned(),
            table: table.cloned(),
            privileges: Vec::new(),
        },
    };
    if give {
        let known = grant.privileges.clone();
        let new = privileges
            .iter()
            .filter(|p| *p != "USAGE" && !known.contains(p));
        grant.privileges.extend(new.cloned());
    } else if privileges.iter().any(|p| p == "ALL PRIVILEGES") {
        grant.privileges.clear();
    } else {
        grant.privileges.retain(|p| !privileges.contains(p));
    }
    if !grant.privileges.is_empty() {
        account.grants.push(grant);
    }
}
