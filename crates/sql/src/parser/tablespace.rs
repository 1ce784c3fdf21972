//! Tablespaces, logfile groups, servers, spatial reference systems, resource groups.

use crate::ast::{ObjectAction, ObjectKind, ObjectStatement, Statement};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// Such an object after `CREATE|ALTER|DROP`, if one follows.
    pub(super) fn object_statement(
        &mut self,
        start: usize,
        action: ObjectAction,
    ) -> PResult<Option<Statement>> {
        let (kind, words) = match self.kw() {
            Kw::Tablespace => (ObjectKind::Tablespace, 1),
            Kw::Undo if self.nth_kw(1) == Kw::Tablespace => (ObjectKind::UndoTablespace, 2),
            Kw::Logfile if self.nth_kw(1) == Kw::Group => (ObjectKind::LogfileGroup, 2),
            Kw::Server => (ObjectKind::Server, 1),
            Kw::Spatial if self.nth_kw(1) == Kw::Reference => {
                (ObjectKind::SpatialReferenceSystem, 3)
            }
            Kw::Resource if self.nth_kw(1) == Kw::Group => (ObjectKind::ResourceGroup, 2),
            _ => return Ok(None),
        };
        for _ in 0..words {
            self.bump();
        }
        self.if_not_exists()?;
        self.if_exists()?;
        let name = if kind == ObjectKind::SpatialReferenceSystem {
            let token = self.token();
            if token.kind != TokenKind::Integer {
                return Err(self.fail());
            }
            self.bump();
            self.text_lossy(self.slice(token))
        } else {
            self.ident_or_text()?
        };
        self.skip_statement()?;
        let text = self.source_from(start).0;
        Ok(Some(Statement::Object(Box::new(ObjectStatement {
            action,
            kind,
            name,
            text,
        }))))
    }
}
