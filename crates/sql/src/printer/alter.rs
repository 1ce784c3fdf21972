//! ALTER TABLE.

use super::Printer;
use crate::ast::*;

impl Printer {
    pub(super) fn alter_table(&mut self, alter: &AlterTable) {
        self.s("ALTER ");
        self.either(alter.online, "ONLINE ", "OFFLINE ");
        self.flag(alter.ignore, "IGNORE ");
        self.s("TABLE ");
        self.flag(alter.if_exists, "IF EXISTS ");
        self.name(&alter.table);
        self.timeout(alter.timeout);
        // PARTITION BY and REMOVE PARTITIONING end the list without a comma before them.
        let (last, rest): (Vec<&AlterAction>, Vec<&AlterAction>) =
            alter.actions.iter().partition(|action| {
                matches!(
                    action,
                    AlterAction::PartitionBy(_) | AlterAction::RemovePartitioning
                )
            });
        let mut separator = " ";
        if alter.algorithm.is_some() || alter.lock.is_some() {
            self.alter_clauses(alter.algorithm, alter.lock);
            separator = ", ";
        }
        for action in rest {
            self.s(separator);
            self.alter_action(action);
            separator = ", ";
        }
        self.opt(&alter.validation, |p, with| {
            p.s(separator);
            p.s(if *with {
                "WITH VALIDATION"
            } else {
                "WITHOUT VALIDATION"
            });
        });
        for action in last {
            self.s(" ");
            self.alter_action(action);
        }
    }

    /// ALGORITHM and LOCK stand first: actions on partitions let nothing follow them.
    fn alter_clauses(&mut self, algorithm: Option<AlterAlgorithm>, lock: Option<AlterLock>) {
        self.algorithm_and_lock(algorithm, None);
        self.flag(algorithm.is_some() && lock.is_some(), ",");
        self.algorithm_and_lock(None, lock);
    }

    fn alter_action(&mut self, action: &AlterAction) {
        let exists = |p: &mut Self, on: bool| p.flag(on, "IF EXISTS ");
        match action {
            AlterAction::AddColumn {
                if_not_exists,
                column,
                position,
            } => {
                self.s("ADD COLUMN ");
                self.flag(*if_not_exists, "IF NOT EXISTS ");
                self.column_spec(column);
                self.position(position);
            }
            AlterAction::AddElements {
                if_not_exists,
                elements,
            } => {
                self.s("ADD COLUMN ");
                self.flag(*if_not_exists, "IF NOT EXISTS ");
                self.s("(");
                self.list(elements, Self::table_element);
                self.s(")");
            }
            AlterAction::AddIndex(index) => {
                self.s("ADD ");
                self.index_spec(index);
            }
            AlterAction::AddForeignKey(key) => {
                self.s("ADD ");
                self.foreign_key(key);
            }
            AlterAction::AddCheck(check) => {
                self.s("ADD ");
                self.check(check);
            }
            AlterAction::AddPeriod(period) => {
                self.s("ADD ");
                self.period(period);
            }
            AlterAction::ChangeColumn {
                if_exists,
                old,
                column,
                position,
            } => {
                self.s("CHANGE COLUMN ");
                exists(self, *if_exists);
                self.ident(old);
                self.s(" ");
                self.column_spec(column);
                self.position(position);
            }
            AlterAction::ModifyColumn {
                if_exists,
                column,
                position,
            } => {
                self.s("MODIFY COLUMN ");
                exists(self, *if_exists);
                self.column_spec(column);
                self.position(position);
            }
            AlterAction::SetColumnDefault {
                if_exists,
                name,
                default,
            } => {
                self.s("ALTER COLUMN ");
                exists(self, *if_exists);
                self.ident(name);
                self.s(" SET DEFAULT ");
                self.default(default);
            }
            AlterAction::Rename(name) => {
                self.s("RENAME TO ");
                self.name(name);
            }
            AlterAction::ConvertToCharset { charset, collation } => {
                self.s("CONVERT TO CHARACTER SET ");
                match charset {
                    Some(charset) => self.ident(charset),
                    None => self.s("DEFAULT"),
                }
                self.opt(collation, |p, collation| {
                    p.s(" COLLATE ");
                    p.ident(collation);
                });
            }
            AlterAction::Option(option) => self.table_option(option),
            AlterAction::OrderBy(items) => {
                self.s("ORDER BY ");
                self.list(items, Self::order_item);
            }
            _ => self.short_action(action),
        }
    }

    fn position(&mut self, position: &Option<ColumnPosition>) {
        match position {
            Some(ColumnPosition::First) => self.s(" FIRST"),
            Some(ColumnPosition::After(name)) => {
                self.s(" AFTER ");
                self.ident(name);
            }
            None => {}
        }
    }

    /// `words [IF EXISTS] name`
    fn named(&mut self, words: &str, if_exists: bool, name: &str) {
        self.s(words);
        self.flag(if_exists, "IF EXISTS ");
        self.ident(name);
    }

    /// Actions of a few words and names.
    fn short_action(&mut self, action: &AlterAction) {
        match action {
            AlterAction::AddSystemVersioning => self.s("ADD SYSTEM VERSIONING"),
            AlterAction::DropSystemVersioning => self.s("DROP SYSTEM VERSIONING"),
            AlterAction::DropPeriod { if_exists, name } => {
                self.named("DROP PERIOD FOR ", *if_exists, name);
            }
            AlterAction::DropColumn {
                if_exists,
                name,
                cascade,
            } => {
                self.named("DROP COLUMN ", *if_exists, name);
                self.either(*cascade, " CASCADE", " RESTRICT");
            }
            AlterAction::DropForeignKey { if_exists, name } => {
                self.named("DROP FOREIGN KEY ", *if_exists, name);
            }
            AlterAction::DropPrimaryKey { if_exists } => {
                self.s("DROP PRIMARY ");
                self.flag(*if_exists, "IF EXISTS ");
                self.s("KEY");
            }
            AlterAction::DropIndex { if_exists, name } => {
                self.named("DROP KEY ", *if_exists, name);
            }
            AlterAction::DropCheck(name) => self.named("DROP CHECK ", false, name),
            AlterAction::DropConstraint { if_exists, name } => {
                self.named("DROP CONSTRAINT ", *if_exists, name);
            }
            AlterAction::DropColumnDefault { if_exists, name } => {
                self.named("ALTER COLUMN ", *if_exists, name);
                self.s(" DROP DEFAULT");
            }
            AlterAction::SetColumnVisible { name, visible } => {
                self.named("ALTER COLUMN ", false, name);
                self.s(if *visible {
                    " SET VISIBLE"
                } else {
                    " SET INVISIBLE"
                });
            }
            AlterAction::AlterIndex {
                if_exists,
                name,
                visible,
                ignored_spelling,
            } => {
                self.named("ALTER INDEX ", *if_exists, name);
                self.s(match (visible, ignored_spelling) {
                    (true, true) => " NOT IGNORED",
                    (false, true) => " IGNORED",
                    (true, false) => " VISIBLE",
                    (false, false) => " INVISIBLE",
                });
            }
            AlterAction::AlterCheck {
                constraint,
                name,
                enforced,
            } => {
                let words = if *constraint {
                    "ALTER CONSTRAINT "
                } else {
                    "ALTER CHECK "
                };
                self.named(words, false, name);
                self.s(if *enforced {
                    " ENFORCED"
                } else {
                    " NOT ENFORCED"
                });
            }
            AlterAction::RenameColumn {
                if_exists,
                from,
                to,
            } => {
                self.named("RENAME COLUMN ", *if_exists, from);
                self.s(" TO ");
                self.ident(to);
            }
            AlterAction::RenameIndex {
                if_exists,
                from,
                to,
            } => {
                self.named("RENAME INDEX ", *if_exists, from);
                self.s(" TO ");
                self.ident(to);
            }
            AlterAction::DisableKeys => self.s("DISABLE KEYS"),
            AlterAction::EnableKeys => self.s("ENABLE KEYS"),
            AlterAction::Force => self.s("FORCE"),
            AlterAction::DiscardTablespace => self.s("DISCARD TABLESPACE"),
            AlterAction::ImportTablespace => self.s("IMPORT TABLESPACE"),
            AlterAction::RemovePartitioning => self.s("REMOVE PARTITIONING"),
            _ => self.partition_action(action),
        }
    }

    fn partition_names(&mut self, names: &PartitionNames) {
        match names {
            PartitionNames::All => self.s("ALL"),
            PartitionNames::Names(names) => self.idents(names),
        }
    }

    fn partition_action(&mut self, action: &AlterAction) {
        match action {
            AlterAction::PartitionBy(partitioning) => self.partitioning(partitioning),
            AlterAction::AddPartition {
                if_not_exists,
                local,
                count,
                partitions,
            } => {
                self.s("ADD PARTITION ");
                self.flag(*if_not_exists, "IF NOT EXISTS ");
                self.flag(*local, "LOCAL ");
                match count {
                    Some(n) => self.s(&format!("PARTITIONS {n}")),
                    None => self.partition_list(partitions),
                }
            }
            AlterAction::DropPartition { if_exists, names } => {
                self.s("DROP PARTITION ");
                self.flag(*if_exists, "IF EXISTS ");
                self.idents(names);
            }
            AlterAction::TruncatePartition(names) => {
                self.s("TRUNCATE PARTITION ");
                self.partition_names(names);
            }
            AlterAction::CoalescePartition { local, count } => {
                self.s("COALESCE PARTITION ");
                self.flag(*local, "LOCAL ");
                self.num(*count);
            }
            AlterAction::ReorganizePartition { local, names, into } => {
                self.s("REORGANIZE PARTITION ");
                self.flag(*local, "LOCAL ");
                self.idents(names);
                if !into.is_empty() {
                    self.s(" INTO ");
                    self.partition_list(into);
                }
            }
            AlterAction::ExchangePartition {
                partition,
                table,
                validation,
            } => {
                self.named("EXCHANGE PARTITION ", false, partition);
                self.s(" WITH TABLE ");
                self.name(table);
                self.either(*validation, " WITH VALIDATION", " WITHOUT VALIDATION");
            }
            AlterAction::ConvertPartitionToTable { partition, table } => {
                self.named("CONVERT PARTITION ", false, partition);
                self.s(" TO TABLE ");
                self.name(table);
            }
            AlterAction::ConvertTableToPartition {
                table,
                partition,
                validation,
            } => {
                self.s("CONVERT TABLE ");
                self.name(table);
                self.s(" TO ");
                self.partition(partition);
                self.either(*validation, " WITH VALIDATION", " WITHOUT VALIDATION");
            }
            AlterAction::MaintainPartition {
                kind,
                local,
                names,
                options,
            } => {
                self.s(match kind {
                    PartitionMaintenance::Analyze => "ANALYZE PARTITION ",
                    PartitionMaintenance::Check => "CHECK PARTITION ",
                    PartitionMaintenance::Optimize => "OPTIMIZE PARTITION ",
                    PartitionMaintenance::Repair => "REPAIR PARTITION ",
                    PartitionMaintenance::Rebuild => "REBUILD PARTITION ",
                });
                self.flag(*local, "LOCAL ");
                self.partition_names(names);
                for option in options {
                    self.s(" ");
                    self.s(option);
                }
            }
            AlterAction::DiscardPartitionTablespace(names)
            | AlterAction::ImportPartitionTablespace(names) => {
                let discard = matches!(action, AlterAction::DiscardPartitionTablespace(_));
                self.s(if discard {
                    "DISCARD PARTITION "
                } else {
                    "IMPORT PARTITION "
                });
                self.partition_names(names);
                self.s(" TABLESPACE");
            }
            AlterAction::Secondary { load, partitions } => {
                self.s(if *load {
                    "SECONDARY_LOAD"
                } else {
                    "SECONDARY_UNLOAD"
                });
                self.partitions(partitions);
            }
            _ => {}
        }
    }
}
