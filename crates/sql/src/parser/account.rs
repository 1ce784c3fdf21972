//! Account statements: kind, names, text.
//!
//! What stands between is not parsed yet: the statement reaches to its end or the next `;`.

use crate::ast::{AccountKind, AccountStatement, Statement, UserName};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// A statement whose first `words` words are given: takes names where they come first, then the rest.
    pub(super) fn account_rest(
        &mut self,
        start: usize,
        kind: AccountKind,
        words: usize,
    ) -> PResult<Statement> {
        for _ in 0..words {
            self.bump();
        }
        let names = match kind {
            AccountKind::CreateUser | AccountKind::CreateRole => {
                self.if_not_exists()?;
                self.names_among_rest()?
            }
            AccountKind::AlterUser | AccountKind::DropUser | AccountKind::DropRole => {
                self.if_exists()?;
                self.names_among_rest()?
            }
            AccountKind::RenameUser => self.names_among_rest()?,
            AccountKind::Grant => self.names_after(Kw::To)?,
            AccountKind::Revoke => self.names_after(Kw::From)?,
            AccountKind::SetPassword if self.eat_kw(Kw::For) => vec![self.user_name()?],
            AccountKind::SetDefaultRole => self.names_after(Kw::To)?,
            AccountKind::SetPassword | AccountKind::SetRole | AccountKind::SetResourceGroup => {
                Vec::new()
            }
        };
        self.skip_statement()?;
        let text = self.source_from(start).0;
        Ok(Statement::Account(Box::new(AccountStatement {
            kind,
            names,
            text,
        })))
    }

    /// The first account, and every one that follows a comma while nothing but names was seen.
    fn names_among_rest(&mut self) -> PResult<Vec<UserName>> {
        let mut names = vec![self.user_name()?];
        loop {
            // Authentication and password clauses hold strings, not commas, up to the next account.
            while !self.at_statement_end()
                && !matches!(
                    self.kind(),
                    TokenKind::Comma | TokenKind::Bad | TokenKind::Word(Kw::To)
                )
            {
                if matches!(self.kw(), Kw::Default | Kw::Require | Kw::With) {
                    return Ok(names);
                }
                self.bump();
            }
            if !self.eat(TokenKind::Comma) && !self.eat_kw(Kw::To) {
                return Ok(names);
            }
            names.push(self.user_name()?);
        }
    }

    /// Names after the last `word` of the statement.
    fn names_after(&mut self, word: Kw) -> PResult<Vec<UserName>> {
        if self.at_statement_end() {
            return Err(self.fail());
        }
        let mut depth = 0usize;
        loop {
            match self.kind() {
                TokenKind::LeftParen => depth += 1,
                TokenKind::RightParen => depth = depth.saturating_sub(1),
                TokenKind::Word(kw) if kw == word && depth == 0 => break,
                TokenKind::End | TokenKind::Semicolon | TokenKind::Bad => {
                    // `REVOKE ... ` and MariaDB's `GRANT` always have it.
                    return Err(self.fail());
                }
                _ => {}
            }
            self.bump();
        }
        self.bump();
        let mut names = vec![self.user_name()?];
        while self.kind() == TokenKind::Comma {
            self.bump();
            names.push(self.user_name()?);
        }
        Ok(names)
    }

    /// Moves to the end of the statement; what cannot be a token is an error.
    pub(super) fn skip_statement(&mut self) -> PResult<()> {
        while !self.at_statement_end() {
            if self.kind() == TokenKind::Bad {
                return Err(self.fail());
            }
            self.bump();
        }
        Ok(())
    }
}
