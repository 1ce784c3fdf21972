//! ALTER TABLE.

use crate::ast::{
    AlterAction, AlterTable, ColumnPosition, KeyTarget, PartitionMaintenance, PartitionNames,
    Statement, TableElement,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `[ONLINE|OFFLINE] [IGNORE] TABLE [IF EXISTS] name actions` after `ALTER`.
    pub(super) fn alter_table(&mut self) -> PResult<Statement> {
        let online = self
            .eat_any(&[Kw::Online, Kw::Offline])
            .map(|kw| kw == Kw::Online);
        let ignore = self.eat_kw(Kw::Ignore);
        self.expect_kw(Kw::Table)?;
        let if_exists = self.if_exists()?;
        let table = self.object_name()?;
        let timeout = self.lock_timeout()?;
        let mut alter = AlterTable {
            table,
            ignore,
            online,
            if_exists,
            timeout,
            actions: Vec::new(),
            algorithm: None,
            lock: None,
            validation: None,
        };
        if self.at_statement_end() {
            return Ok(Statement::AlterTable(Box::new(alter)));
        }
        loop {
            let comma = self.alter_item(&mut alter)?;
            if !comma {
                break;
            }
        }
        if self.is_kw(Kw::Partition) && self.nth_kw(1) == Kw::By {
            let partitioning = Box::new(self.partitioning()?);
            alter.actions.push(AlterAction::PartitionBy(partitioning));
        } else if self.are_kws(&[Kw::Remove, Kw::Partitioning]) {
            self.bump();
            self.bump();
            alter.actions.push(AlterAction::RemovePartitioning);
        }
        Ok(Statement::AlterTable(Box::new(alter)))
    }

    pub(super) fn at_statement_end(&self) -> bool {
        matches!(self.kind(), TokenKind::End | TokenKind::Semicolon)
    }

    /// One action or clause; whether another one follows.
    fn alter_item(&mut self, alter: &mut AlterTable) -> PResult<bool> {
        match self.kw() {
            Kw::Algorithm => alter.algorithm = Some(self.algorithm()?),
            Kw::Lock => alter.lock = Some(self.lock_clause()?),
            Kw::With | Kw::Without if self.nth_kw(1) == Kw::Validation => {
                alter.validation = self.validation()?;
            }
            Kw::Partition if self.nth_kw(1) == Kw::By => return Ok(false),
            Kw::Remove if self.nth_kw(1) == Kw::Partitioning => return Ok(false),
            _ => {
                let action = self.alter_action()?;
                let option = matches!(action, AlterAction::Option(_));
                alter.actions.push(action);
                // Table options may follow one another without commas.
                if option && self.kind() != TokenKind::Comma {
                    while let Some(more) = self.table_option()? {
                        alter.actions.push(AlterAction::Option(more));
                    }
                }
            }
        }
        Ok(self.eat(TokenKind::Comma))
    }

    /// `WITH|WITHOUT VALIDATION`
    fn validation(&mut self) -> PResult<Option<bool>> {
        if !matches!(self.kw(), Kw::With | Kw::Without) || self.nth_kw(1) != Kw::Validation {
            return Ok(None);
        }
        let with = self.bump().kind == TokenKind::Word(Kw::With);
        self.bump();
        Ok(Some(with))
    }

    fn alter_action(&mut self) -> PResult<AlterAction> {
        let kw = self.kw();
        match kw {
            Kw::Add => self.add(),
            Kw::Drop => self.drop_action(),
            Kw::Change => self.change_column(),
            Kw::Modify => self.modify_column(),
            Kw::Alter => self.alter_part(),
            Kw::Rename => self.rename_action(),
            Kw::Disable | Kw::Enable => {
                self.bump();
                self.expect_kw(Kw::Keys)?;
                Ok(if kw == Kw::Disable {
                    AlterAction::DisableKeys
                } else {
                    AlterAction::EnableKeys
                })
            }
            Kw::Convert => self.convert_action(),
            Kw::Order => self.order_by().map(AlterAction::OrderBy),
            Kw::Force => {
                self.bump();
                Ok(AlterAction::Force)
            }
            Kw::Discard | Kw::Import => self.tablespace_action(kw == Kw::Discard),
            Kw::SecondaryLoad | Kw::SecondaryUnload => {
                self.bump();
                let partitions = self.partition_names()?;
                Ok(AlterAction::Secondary {
                    load: kw == Kw::SecondaryLoad,
                    partitions,
                })
            }
            _ => self.partition_action(kw),
        }
    }

    fn partition_action(&mut self, kw: Kw) -> PResult<AlterAction> {
        if self.nth_kw(1) == Kw::Partition {
            match kw {
                Kw::Truncate => {
                    self.bump();
                    self.bump();
                    return self.partitions_or_all().map(AlterAction::TruncatePartition);
                }
                Kw::Coalesce => {
                    self.bump();
                    self.bump();
                    let local = self.local_flag();
                    let count = self.number()?;
                    return Ok(AlterAction::CoalescePartition { local, count });
                }
                Kw::Reorganize => return self.reorganize(),
                Kw::Exchange => {
                    self.bump();
                    self.bump();
                    let partition = self.ident()?;
                    self.expect_kws(&[Kw::With, Kw::Table])?;
                    let table = self.object_name()?;
                    let validation = self.validation()?;
                    return Ok(AlterAction::ExchangePartition {
                        partition,
                        table,
                        validation,
                    });
                }
                Kw::Analyze | Kw::Check | Kw::Optimize | Kw::Repair | Kw::Rebuild => {
                    return self.maintain_partition(kw);
                }
                _ => {}
            }
        }
        match self.table_option()? {
            Some(option) => Ok(AlterAction::Option(option)),
            None => Err(self.fail()),
        }
    }

    fn maintain_partition(&mut self, kw: Kw) -> PResult<AlterAction> {
        self.bump();
        self.bump();
        let local = self.local_flag();
        let names = self.partitions_or_all()?;
        let mut options = Vec::new();
        while matches!(self.kind(), TokenKind::Word(_)) {
            options.push(self.upper_word()?);
        }
        let kind = match kw {
            Kw::Analyze => PartitionMaintenance::Analyze,
            Kw::Check => PartitionMaintenance::Check,
            Kw::Optimize => PartitionMaintenance::Optimize,
            Kw::Repair => PartitionMaintenance::Repair,
            _ => PartitionMaintenance::Rebuild,
        };
        Ok(AlterAction::MaintainPartition {
            kind,
            local,
            names,
            options,
        })
    }

    fn reorganize(&mut self) -> PResult<AlterAction> {
        self.bump();
        self.bump();
        let local = self.local_flag();
        let names = if self.is_ident() && !self.at_statement_end() {
            self.list(Self::ident)?
        } else {
            Vec::new()
        };
        let into = if self.eat_kw(Kw::Into) {
            self.partition_list()?
        } else {
            Vec::new()
        };
        Ok(AlterAction::ReorganizePartition { local, names, into })
    }

    /// `NO_WRITE_TO_BINLOG`, `LOCAL`
    pub(super) fn local_flag(&mut self) -> bool {
        self.eat_any(&[Kw::NoWriteToBinlog, Kw::Local]).is_some()
    }

    pub(super) fn partitions_or_all(&mut self) -> PResult<PartitionNames> {
        if self.eat_kw(Kw::All) {
            return Ok(PartitionNames::All);
        }
        self.list(Self::ident).map(PartitionNames::Names)
    }

    fn tablespace_action(&mut self, discard: bool) -> PResult<AlterAction> {
        self.bump();
        if self.eat_kw(Kw::Tablespace) {
            return Ok(if discard {
                AlterAction::DiscardTablespace
            } else {
                AlterAction::ImportTablespace
            });
        }
        self.expect_kw(Kw::Partition)?;
        let names = self.partitions_or_all()?;
        self.expect_kw(Kw::Tablespace)?;
        Ok(if discard {
            AlterAction::DiscardPartitionTablespace(names)
        } else {
            AlterAction::ImportPartitionTablespace(names)
        })
    }

    fn convert_action(&mut self) -> PResult<AlterAction> {
        self.bump();
        if self.mariadb() && self.eat_kw(Kw::Partition) {
            let partition = self.ident()?;
            self.expect_kws(&[Kw::To, Kw::Table])?;
            let table = self.object_name()?;
            return Ok(AlterAction::ConvertPartitionToTable { partition, table });
        }
        if self.mariadb() && self.eat_kw(Kw::Table) {
            let table = self.object_name()?;
            self.expect_kw(Kw::To)?;
            let partition = self.partition_spec()?;
            let validation = self.validation()?;
            return Ok(AlterAction::ConvertTableToPartition {
                table,
                partition,
                validation,
            });
        }
        self.expect_kw(Kw::To)?;
        if !self.eat_charset()? {
            return Err(self.fail());
        }
        let charset = self.charset_or_default()?;
        let collation = if self.eat_kw(Kw::Collate) {
            self.eat_equal();
            self.charset_or_default()?
        } else {
            None
        };
        Ok(AlterAction::ConvertToCharset { charset, collation })
    }

    fn add(&mut self) -> PResult<AlterAction> {
        self.bump();
        match self.kw() {
            Kw::Partition => return self.add_partition(),
            Kw::System if self.mariadb() && self.nth_kw(1) == Kw::Versioning => {
                self.bump();
                self.bump();
                return Ok(AlterAction::AddSystemVersioning);
            }
            Kw::Period if self.mariadb() && matches!(self.nth_kw(1), Kw::For | Kw::If) => {
                return self.period_spec().map(AlterAction::AddPeriod);
            }
            _ => {}
        }
        if self.constraint_starts() {
            return self.table_constraint().map(|element| match element {
                TableElement::Index(spec) => AlterAction::AddIndex(spec),
                TableElement::ForeignKey(spec) => AlterAction::AddForeignKey(spec),
                TableElement::Check(spec) => AlterAction::AddCheck(spec),
                TableElement::Period(spec) => AlterAction::AddPeriod(spec),
                TableElement::Column(column) => AlterAction::AddColumn {
                    if_not_exists: false,
                    column,
                    position: None,
                },
            });
        }
        self.eat_kw(Kw::Column);
        let if_not_exists = self.if_not_exists()?;
        if self.kind() == TokenKind::LeftParen {
            let elements = self.paren_list(Self::table_element)?;
            return Ok(AlterAction::AddElements {
                if_not_exists,
                elements,
            });
        }
        let column = self.column_spec()?;
        let position = self.column_position()?;
        Ok(AlterAction::AddColumn {
            if_not_exists,
            column,
            position,
        })
    }

    fn add_partition(&mut self) -> PResult<AlterAction> {
        self.bump();
        let if_not_exists = self.if_not_exists()?;
        let local = self.local_flag();
        let (mut count, mut partitions) = (None, Vec::new());
        if self.eat_kw(Kw::Partitions) {
            count = Some(self.number()?);
        } else {
            partitions = self.partition_list()?;
        }
        Ok(AlterAction::AddPartition {
            if_not_exists,
            local,
            count,
            partitions,
        })
    }

    fn column_position(&mut self) -> PResult<Option<ColumnPosition>> {
        if self.eat_kw(Kw::First) {
            return Ok(Some(ColumnPosition::First));
        }
        if self.eat_kw(Kw::After) {
            return self.ident().map(|name| Some(ColumnPosition::After(name)));
        }
        Ok(None)
    }

    fn change_column(&mut self) -> PResult<AlterAction> {
        self.bump();
        self.eat_kw(Kw::Column);
        let if_exists = self.if_exists()?;
        let old = self.ident()?;
        let column = self.column_spec()?;
        let position = self.column_position()?;
        Ok(AlterAction::ChangeColumn {
            if_exists,
            old,
            column,
            position,
        })
    }

    fn modify_column(&mut self) -> PResult<AlterAction> {
        self.bump();
        self.eat_kw(Kw::Column);
        let if_exists = self.if_exists()?;
        let column = self.column_spec()?;
        let position = self.column_position()?;
        Ok(AlterAction::ModifyColumn {
            if_exists,
            column,
            position,
        })
    }

    fn drop_action(&mut self) -> PResult<AlterAction> {
        self.bump();
        match self.kw() {
            Kw::Foreign => {
                self.bump();
                self.expect_kw(Kw::Key)?;
                let if_exists = self.if_exists()?;
                let name = self.ident()?;
                Ok(AlterAction::DropForeignKey { if_exists, name })
            }
            Kw::Primary => {
                self.bump();
                let if_exists = self.if_exists()?;
                self.expect_kw(Kw::Key)?;
                Ok(AlterAction::DropPrimaryKey { if_exists })
            }
            Kw::Index | Kw::Key => {
                self.bump();
                let if_exists = self.if_exists()?;
                let name = if self.is_kw(Kw::Primary) {
                    self.any_word()?
                } else {
                    self.ident()?
                };
                Ok(AlterAction::DropIndex { if_exists, name })
            }
            Kw::Check if !self.mariadb() => {
                self.bump();
                self.ident().map(AlterAction::DropCheck)
            }
            Kw::Constraint => {
                self.bump();
                let if_exists = self.if_exists()?;
                let name = if self.is_kw(Kw::Primary) {
                    self.any_word()?
                } else {
                    self.ident()?
                };
                Ok(AlterAction::DropConstraint { if_exists, name })
            }
            Kw::Partition => {
                self.bump();
                let if_exists = self.if_exists()?;
                let names = self.list(Self::ident)?;
                Ok(AlterAction::DropPartition { if_exists, names })
            }
            Kw::System if self.mariadb() && self.nth_kw(1) == Kw::Versioning => {
                self.bump();
                self.bump();
                Ok(AlterAction::DropSystemVersioning)
            }
            Kw::Period if self.mariadb() && self.nth_kw(1) == Kw::For => {
                self.bump();
                self.bump();
                let if_exists = self.if_exists()?;
                let name = self.ident()?;
                Ok(AlterAction::DropPeriod { if_exists, name })
            }
            _ => {
                self.eat_kw(Kw::Column);
                let if_exists = self.if_exists()?;
                let name = self.ident()?;
                let cascade = self.cascade();
                Ok(AlterAction::DropColumn {
                    if_exists,
                    name,
                    cascade,
                })
            }
        }
    }

    /// `ALTER [COLUMN] ...`, `ALTER INDEX ...`, `ALTER CHECK ...`
    fn alter_part(&mut self) -> PResult<AlterAction> {
        self.bump();
        match self.kw() {
            Kw::Index | Kw::Key => {
                self.bump();
                let if_exists = self.if_exists()?;
                let name = self.ident()?;
                let not = self.eat_kw(Kw::Not);
                let (visible, ignored_spelling) =
                    match self.eat_any(&[Kw::Visible, Kw::Invisible, Kw::Ignored]) {
                        Some(Kw::Ignored) if self.mariadb() => (not, true),
                        Some(kw) if !not => (kw == Kw::Visible, false),
                        _ => return Err(self.fail()),
                    };
                return Ok(AlterAction::AlterIndex {
                    if_exists,
                    name,
                    visible,
                    ignored_spelling,
                });
            }
            kw @ (Kw::Check | Kw::Constraint) => {
                self.bump();
                let name = self.ident()?;
                let enforced = !self.eat_kw(Kw::Not);
                self.expect_kw(Kw::Enforced)?;
                return Ok(AlterAction::AlterCheck {
                    constraint: kw == Kw::Constraint,
                    name,
                    enforced,
                });
            }
            _ => {}
        }
        self.eat_kw(Kw::Column);
        let if_exists = self.if_exists()?;
        let name = self.ident()?;
        if self.eat_kw(Kw::Drop) {
            self.expect_kw(Kw::Default)?;
            return Ok(AlterAction::DropColumnDefault { if_exists, name });
        }
        self.expect_kw(Kw::Set)?;
        if let Some(kw) = self.eat_any(&[Kw::Visible, Kw::Invisible]) {
            return Ok(AlterAction::SetColumnVisible {
                name,
                visible: kw == Kw::Visible,
            });
        }
        self.expect_kw(Kw::Default)?;
        let default = self.default_spec()?;
        Ok(AlterAction::SetColumnDefault {
            if_exists,
            name,
            default,
        })
    }

    fn rename_action(&mut self) -> PResult<AlterAction> {
        self.bump();
        let kw = self.kw();
        match kw {
            Kw::Column | Kw::Index | Kw::Key => {
                self.bump();
                let if_exists = self.if_exists()?;
                let from = self.ident()?;
                self.expect_kw(Kw::To)?;
                let to = self.short_ident()?;
                Ok(if kw == Kw::Column {
                    AlterAction::RenameColumn {
                        if_exists,
                        from,
                        to,
                    }
                } else {
                    AlterAction::RenameIndex {
                        if_exists,
                        from,
                        to,
                    }
                })
            }
            _ => {
                if self.eat_any(&[Kw::To, Kw::As]).is_none() {
                    self.eat_equal();
                }
                self.object_name().map(AlterAction::Rename)
            }
        }
    }

    /// Name of a key part that is a plain column.
    pub(super) fn plain_key_part(&mut self) -> PResult<String> {
        match self.key_part()?.target {
            KeyTarget::Column { name, .. } => Ok(name),
            KeyTarget::Expr(_) | KeyTarget::WithoutOverlaps(_) => Err(self.fail()),
        }
    }
}
