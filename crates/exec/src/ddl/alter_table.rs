//! ALTER TABLE, CREATE INDEX, DROP INDEX.
//!
//! The actions edit a [`Draft`] of the present definition; [`super::prepare`] makes the new definition of it.
//! Then the rows follow: in place when every column keeps its packed form and keys their order, else by a
//! rebuild that converts each row ([`super::rows`]). Actions that would need what is not here (removing rows
//! by partition, evaluating generated columns) are error 1235 naming the action.

use std::sync::Arc;

use understudy_base::error::MysqlError;
use understudy_sql::ast::{
    AlterAction, AlterTable, ColumnPosition, ColumnSpec, CreateIndex, DropIndex, IndexSpec,
    TableElement, TableOption,
};
use understudy_storage::schema::{DefaultValue, IndexKind, TableDef};
use understudy_storage::{Table, Writer};
use understudy_values::types::ColumnType;

use super::alter_charset::convert_column;
use super::context::StatementContext;
use super::draft::{Draft, DraftCheck, DraftColumn, DraftForeignKey, DraftKey, same_name};
use super::elements::{Elements, promote_timestamps};
use super::expression::{mentions, rename_column_in};
use super::options::{TableOptions, choose_collation};
use super::prepare::{Rules, prepare};
use super::{DdlOutcome, defaults, names, partition, rename, rows};
use crate::errors;

/// Executes ALTER TABLE.
pub(crate) fn execute(
    writer: &mut Writer,
    statement: &AlterTable,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let (db, name) = names::qualified(&statement.table, ctx)?;
    let Some(table) = writer.catalog().table(&db, &name).cloned() else {
        let error = errors::no_such_table(&db, &name);
        return if statement.if_exists {
            Ok(DdlOutcome::note(error.errno, error.message))
        } else {
            Err(error)
        };
    };
    alter(writer, &table, &statement.actions, ctx)
}

/// Executes CREATE INDEX.
pub(crate) fn create_index(
    writer: &mut Writer,
    statement: &CreateIndex,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let table = find(writer, &statement.table, ctx)?;
    let mut actions = Vec::new();
    if statement.or_replace
        && let Some(name) = &statement.index.name
    {
        actions.push(AlterAction::DropIndex {
            if_exists: true,
            name: name.clone(),
        });
    }
    actions.push(AlterAction::AddIndex(statement.index.clone()));
    alter(writer, &table, &actions, ctx)
}

/// Executes DROP INDEX.
pub(crate) fn drop_index(
    writer: &mut Writer,
    statement: &DropIndex,
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let table = find(writer, &statement.table, ctx)?;
    let action = AlterAction::DropIndex {
        if_exists: statement.if_exists,
        name: statement.name.clone(),
    };
    alter(writer, &table, &[action], ctx)
}

fn find(
    writer: &Writer,
    name: &understudy_sql::ast::ObjectName,
    ctx: &StatementContext,
) -> Result<Arc<Table>, MysqlError> {
    let (db, name) = names::qualified(name, ctx)?;
    writer
        .catalog()
        .table(&db, &name)
        .cloned()
        .ok_or_else(|| errors::no_such_table(&db, &name))
}

fn alter(
    writer: &mut Writer,
    table: &Arc<Table>,
    actions: &[AlterAction],
    ctx: &StatementContext,
) -> Result<DdlOutcome, MysqlError> {
    let mut outcome = DdlOutcome::done(table.db.clone(), table.name.clone());
    let mut plan = Plan::new(writer, table, actions, ctx)?;
    plan.first_pass(actions)?;
    plan.place_columns()?;
    let catalog = writer.catalog().clone();
    let rename_to = plan.rename.clone();
    let auto_increment = plan.options.auto_increment;
    outcome.notes = std::mem::take(&mut plan.notes);
    let (def, columns) = plan.finish(&catalog)?;
    let mut current = table.clone();
    let unchanged = def == *table.def();
    if !unchanged {
        current = rows::apply(writer, table, def, &columns, ctx)?;
    }
    if let Some(next) = auto_increment {
        writer
            .set_auto_increment(&current, next)
            .map_err(errors::row)?;
        current = writer
            .catalog()
            .table(&current.db, &current.name)
            .cloned()
            .unwrap_or(current);
    }
    if let Some((db, name)) = rename_to
        && (db != table.db || name != table.name)
    {
        rename::rename(writer, &current, &db, &name, ctx.flavour)?;
        outcome.tables.push((db, name));
    }
    Ok(outcome)
}

/// A column that an action adds or replaces.
struct NewColumn {
    column: DraftColumn,
    /// Column that it replaces.
    replaces: Option<String>,
    position: Option<ColumnPosition>,
    placed: bool,
}

struct Plan<'a> {
    table: &'a Table,
    ctx: &'a StatementContext,
    catalog: Arc<understudy_storage::Catalog>,
    options: TableOptions,
    database_collation: understudy_values::types::CollationId,
    /// CONVERT TO CHARACTER SET was among the actions.
    convert: bool,
    partitioning: Option<String>,
    /// Columns as they are, edited in place by SET DEFAULT and the like.
    old_columns: Vec<DraftColumn>,
    new_columns: Vec<NewColumn>,
    dropped_columns: Vec<String>,
    /// Renames by RENAME COLUMN, old to new.
    renamed_columns: Vec<(String, String)>,
    old_keys: Vec<DraftKey>,
    /// Keys, foreign keys and checks that actions add, in order.
    added: Draft,
    foreign_keys: Vec<DraftForeignKey>,
    checks: Vec<DraftCheck>,
    /// Result of placing columns.
    columns: Vec<DraftColumn>,
    rename: Option<(String, String)>,
    notes: Vec<MysqlError>,
}

impl<'a> Plan<'a> {
    fn new(
        writer: &Writer,
        table: &'a Table,
        actions: &[AlterAction],
        ctx: &'a StatementContext,
    ) -> Result<Plan<'a>, MysqlError> {
        let catalog = writer.catalog().clone();
        let database_collation = catalog
            .database(&table.db)
            .map_or(ctx.collation_server, |d| d.collation);
        let mut options = TableOptions::new(&table.engine, table.collation);
        options.explicit_collation = table.explicit_collation;
        options.comment.clone_from(&table.comment);
        options.printed.clone_from(&table.options);
        let written = actions.iter().filter_map(|a| match a {
            AlterAction::Option(option) => Some(option),
            _ => None,
        });
        options.apply(written, database_collation, ctx)?;
        let old_columns = table
            .columns
            .iter()
            .map(|def| DraftColumn {
                def: def.clone(),
                explicit_null: false,
                explicit_default: false,
                old_name: Some(def.name.clone()),
            })
            .collect();
        let foreign_keys = table
            .foreign_keys
            .iter()
            .map(|fk| DraftForeignKey {
                name: Some(fk.name.clone()),
                columns: fk
                    .columns
                    .iter()
                    .filter_map(|c| table.columns.get(usize::from(*c)))
                    .map(|c| c.name.clone())
                    .collect(),
                parent_db: fk.parent_db.clone(),
                parent_table: fk.parent_table.clone(),
                parent_columns: fk.parent_columns.clone(),
                on_delete: fk.on_delete,
                on_update: fk.on_update,
            })
            .collect();
        Ok(Plan {
            table,
            ctx,
            catalog,
            options,
            database_collation,
            convert: false,
            partitioning: table.partitioning.clone(),
            old_columns,
            new_columns: Vec::new(),
            dropped_columns: Vec::new(),
            renamed_columns: Vec::new(),
            old_keys: table
                .indexes
                .iter()
                .map(|i| DraftKey::existing(i, &table.columns))
                .collect(),
            added: Draft::default(),
            foreign_keys,
            checks: table.checks.iter().cloned().map(DraftCheck::from).collect(),
            columns: Vec::new(),
            rename: None,
            notes: Vec::new(),
        })
    }

    /// Runs `work` with the element reader of this table.
    fn with_elements<T>(
        &mut self,
        work: impl FnOnce(&Elements<'_>, &mut Draft) -> Result<T, MysqlError>,
    ) -> Result<T, MysqlError> {
        let mut added = std::mem::take(&mut self.added);
        let elements = Elements {
            ctx: self.ctx,
            catalog: &self.catalog,
            db: &self.table.db,
            table: &self.table.name,
            collation: self.options.collation,
            engine: &self.options.engine,
            key_block_size: self
                .options
                .printed_value("KEY_BLOCK_SIZE=")
                .and_then(|n| n.parse().ok())
                .unwrap_or(0),
        };
        let result = work(&elements, &mut added);
        self.added = added;
        result
    }

    fn first_pass(&mut self, actions: &[AlterAction]) -> Result<(), MysqlError> {
        // The character set of new columns is that of CONVERT TO, wherever it stands.
        for action in actions {
            if let AlterAction::ConvertToCharset { charset, collation } = action {
                let chosen = choose_collation(
                    Some(charset.as_deref()),
                    collation.as_deref().map(Some),
                    self.database_collation,
                    self.ctx,
                )?;
                if let Some(chosen) = chosen {
                    self.options.collation = chosen;
                }
                self.convert = true;
            }
        }
        for action in actions {
            self.action(action)?;
        }
        Ok(())
    }

    fn action(&mut self, action: &AlterAction) -> Result<(), MysqlError> {
        match action {
            AlterAction::AddColumn {
                if_not_exists,
                column,
                position,
            } => self.add_column(*if_not_exists, column, position.clone()),
            AlterAction::AddElements {
                if_not_exists,
                elements,
            } => elements
                .iter()
                .try_for_each(|e| self.add_element(*if_not_exists, e)),
            AlterAction::AddIndex(spec) => self.add_index(spec),
            AlterAction::AddForeignKey(spec) => {
                let exists = spec.if_not_exists
                    && spec.constraint.clone().flatten().is_some_and(|name| {
                        self.foreign_keys
                            .iter()
                            .any(|f| f.name.as_deref().is_some_and(|n| same_name(n, &name)))
                    });
                if exists {
                    return Ok(());
                }
                self.with_elements(|e, draft| e.foreign_key(draft, spec))
            }
            AlterAction::AddCheck(spec) => self.with_elements(|e, draft| e.check(draft, spec)),
            AlterAction::ChangeColumn {
                if_exists,
                old,
                column,
                position,
            } => self.change_column(*if_exists, old, column, position.clone()),
            AlterAction::ModifyColumn {
                if_exists,
                column,
                position,
            } => self.change_column(*if_exists, &column.name, column, position.clone()),
            AlterAction::RenameColumn {
                if_exists,
                from,
                to,
            } => self.rename_column(*if_exists, from, to),
            AlterAction::SetColumnDefault {
                if_exists,
                name,
                default,
            } => {
                let ctx = self.ctx;
                self.edit_column(*if_exists, name, |column| {
                    column.def.default = defaults::resolve(&column.def, default, ctx)?;
                    Ok(())
                })
            }
            AlterAction::DropColumnDefault { if_exists, name } => {
                let null = self.ctx.flavour.mariadb;
                self.edit_column(*if_exists, name, |column| {
                    column.def.default = if null && column.def.nullable {
                        DefaultValue::Null
                    } else {
                        DefaultValue::None
                    };
                    Ok(())
                })
            }
            AlterAction::SetColumnVisible { name, visible } => {
                self.edit_column(false, name, |column| {
                    column.def.invisible = !visible;
                    Ok(())
                })
            }
            AlterAction::Rename(to) => {
                // Without a database the new name is in the default one, wherever the table is now.
                self.rename = Some(names::qualified(to, self.ctx)?);
                Ok(())
            }
            AlterAction::Option(TableOption::Charset(_) | TableOption::Collate(_))
            | AlterAction::Option(_)
            | AlterAction::ConvertToCharset { .. }
            | AlterAction::DisableKeys
            | AlterAction::EnableKeys
            | AlterAction::Force
            | AlterAction::MaintainPartition { .. }
            // The order of rows within a table is not kept by any engine with a clustered key.
            | AlterAction::OrderBy(_) => Ok(()),
            AlterAction::PartitionBy(clause) => {
                let engine = self.options.engine.clone();
                self.partitioning = Some(partition::print(clause, &engine, self.ctx)?);
                Ok(())
            }
            AlterAction::RemovePartitioning => {
                self.partitioning = None;
                Ok(())
            }
            other => self.drop_action(other),
        }
    }

    /// Actions that take something away, and those that are refused.
    fn drop_action(&mut self, action: &AlterAction) -> Result<(), MysqlError> {
        match action {
            AlterAction::DropColumn {
                if_exists, name, ..
            } => self.drop_column(*if_exists, name),
            AlterAction::DropIndex { if_exists, name } => self.drop_key(*if_exists, name),
            AlterAction::DropPrimaryKey { if_exists } => self.drop_key(*if_exists, "PRIMARY"),
            AlterAction::DropForeignKey { if_exists, name } => {
                self.drop_foreign_key(*if_exists, name)
            }
            AlterAction::DropCheck(name) => self.drop_check(false, name),
            AlterAction::DropConstraint { if_exists, name } => {
                self.drop_constraint(*if_exists, name)
            }
            AlterAction::AlterIndex {
                if_exists,
                name,
                visible,
                ..
            } => {
                match self.old_key(name) {
                    Some(key) => key.invisible = !visible,
                    None if *if_exists => {}
                    None => return Err(self.key_missing(name)),
                }
                Ok(())
            }
            AlterAction::RenameIndex {
                if_exists,
                from,
                to,
            } => {
                match self.old_key(from) {
                    Some(key) => key.name = Some(to.clone()),
                    None if *if_exists => {}
                    None => return Err(self.key_missing(from)),
                }
                Ok(())
            }
            AlterAction::AlterCheck { name, enforced, .. } => {
                let check = self
                    .checks
                    .iter_mut()
                    .find(|c| c.name.as_deref().is_some_and(|n| same_name(n, name)));
                match check {
                    Some(check) => check.enforced = *enforced,
                    None => {
                        return Err(MysqlError::new(
                            3821,
                            format!("Check constraint '{name}' is not found in the table."),
                        ));
                    }
                }
                Ok(())
            }
            other => Err(errors::unsupported(refused(other))),
        }
    }

    fn add_column(
        &mut self,
        if_not_exists: bool,
        spec: &ColumnSpec,
        position: Option<ColumnPosition>,
    ) -> Result<(), MysqlError> {
        let exists = self
            .old_columns
            .iter()
            .any(|c| same_name(&c.def.name, &spec.name));
        if if_not_exists && exists {
            self.notes.push(errors::duplicate_column(&spec.name));
            return Ok(());
        }
        let column = self.with_elements(|e, draft| e.column(draft, spec))?;
        self.new_columns.push(NewColumn {
            column,
            replaces: None,
            position,
            placed: false,
        });
        Ok(())
    }

    fn add_element(
        &mut self,
        if_not_exists: bool,
        element: &TableElement,
    ) -> Result<(), MysqlError> {
        match element {
            TableElement::Column(column) => self.add_column(if_not_exists, column, None),
            TableElement::Index(index) => self.add_index(index),
            TableElement::ForeignKey(_) | TableElement::Check(_) | TableElement::Period(_) => {
                self.with_elements(|e, draft| e.add(draft, element))
            }
        }
    }

    fn add_index(&mut self, spec: &IndexSpec) -> Result<(), MysqlError> {
        if spec.if_not_exists
            && let Some(name) = &spec.name
            && self.old_key(name).is_some()
        {
            self.notes.push(errors::duplicate_key_name(name));
            return Ok(());
        }
        let key = self.with_elements(|e, _| e.index(spec))?;
        self.added.keys.push(key);
        Ok(())
    }

    fn has_column(&self, name: &str) -> bool {
        self.old_columns
            .iter()
            .any(|c| same_name(&c.def.name, name))
    }

    fn column_missing(&self, name: &str) -> MysqlError {
        errors::unknown_column(name, &self.table.name)
    }

    fn change_column(
        &mut self,
        if_exists: bool,
        old: &str,
        spec: &ColumnSpec,
        position: Option<ColumnPosition>,
    ) -> Result<(), MysqlError> {
        if !self.has_column(old) {
            let error = self.column_missing(old);
            if if_exists {
                self.notes.push(error);
                return Ok(());
            }
            return Err(error);
        }
        let mut column = self.with_elements(|e, draft| e.column(draft, spec))?;
        column.old_name = Some(old.to_owned());
        if !same_name(old, &spec.name) {
            self.renamed_columns
                .push((old.to_owned(), spec.name.clone()));
        }
        self.new_columns.push(NewColumn {
            column,
            replaces: Some(old.to_owned()),
            position,
            placed: false,
        });
        Ok(())
    }

    fn rename_column(&mut self, if_exists: bool, from: &str, to: &str) -> Result<(), MysqlError> {
        if !self.has_column(from) {
            let error = self.column_missing(from);
            if if_exists {
                self.notes.push(error);
                return Ok(());
            }
            return Err(error);
        }
        self.renamed_columns.push((from.to_owned(), to.to_owned()));
        let renamed = self
            .old_columns
            .iter_mut()
            .find(|c| c.old_name.as_deref().is_some_and(|n| same_name(n, from)));
        if let Some(column) = renamed {
            column.def.name = to.to_owned();
        }
        Ok(())
    }

    fn edit_column(
        &mut self,
        if_exists: bool,
        name: &str,
        edit: impl FnOnce(&mut DraftColumn) -> Result<(), MysqlError>,
    ) -> Result<(), MysqlError> {
        let missing = self.column_missing(name);
        match self
            .old_columns
            .iter_mut()
            .find(|c| same_name(&c.def.name, name))
        {
            Some(column) => edit(column),
            None if if_exists => {
                self.notes.push(missing);
                Ok(())
            }
            None => Err(missing),
        }
    }

    fn drop_column(&mut self, if_exists: bool, name: &str) -> Result<(), MysqlError> {
        if !self.has_column(name) {
            return self.missing("COLUMN", if_exists, name);
        }
        if self.dropped_columns.iter().any(|d| same_name(d, name)) {
            return Err(errors::cannot_drop(self.ctx.flavour, "COLUMN", name));
        }
        self.dropped_columns.push(name.to_owned());
        Ok(())
    }

    fn missing(&mut self, kind: &str, if_exists: bool, name: &str) -> Result<(), MysqlError> {
        let error = errors::cannot_drop(self.ctx.flavour, kind, name);
        if if_exists {
            self.notes.push(error);
            return Ok(());
        }
        Err(error)
    }

    fn old_key(&mut self, name: &str) -> Option<&mut DraftKey> {
        self.old_keys
            .iter_mut()
            .find(|k| k.name.as_deref().is_some_and(|n| same_name(n, name)))
    }

    fn key_missing(&self, name: &str) -> MysqlError {
        MysqlError::new(
            1176,
            format!("Key '{name}' doesn't exist in table '{}'", self.table.name),
        )
    }

    fn drop_key(&mut self, if_exists: bool, name: &str) -> Result<(), MysqlError> {
        if self.old_key(name).is_none() {
            return self.missing("INDEX", if_exists, name);
        }
        self.old_keys
            .retain(|k| !k.name.as_deref().is_some_and(|n| same_name(n, name)));
        Ok(())
    }

    fn drop_foreign_key(&mut self, if_exists: bool, name: &str) -> Result<(), MysqlError> {
        let before = self.foreign_keys.len();
        self.foreign_keys
            .retain(|f| !f.name.as_deref().is_some_and(|n| same_name(n, name)));
        if self.foreign_keys.len() == before {
            return self.missing("FOREIGN KEY", if_exists, name);
        }
        Ok(())
    }

    fn drop_check(&mut self, if_exists: bool, name: &str) -> Result<(), MysqlError> {
        let before = self.checks.len();
        self.checks
            .retain(|c| !c.name.as_deref().is_some_and(|n| same_name(n, name)));
        if self.checks.len() < before {
            return Ok(());
        }
        if self.ctx.flavour.mariadb {
            return self.missing("CONSTRAINT", if_exists, name);
        }
        Err(MysqlError::new(
            3821,
            format!("Check constraint '{name}' is not found in the table."),
        ))
    }

    fn drop_constraint(&mut self, if_exists: bool, name: &str) -> Result<(), MysqlError> {
        let named = |n: &Option<String>| n.as_deref().is_some_and(|n| same_name(n, name));
        if self.checks.iter().any(|c| named(&c.name)) {
            return self.drop_check(if_exists, name);
        }
        if self.foreign_keys.iter().any(|f| named(&f.name)) {
            return self.drop_foreign_key(if_exists, name);
        }
        let unique = self
            .old_keys
            .iter()
            .any(|k| named(&k.name) && matches!(k.kind, IndexKind::Primary | IndexKind::Unique));
        if unique {
            return self.drop_key(if_exists, name);
        }
        if self.ctx.flavour.mariadb {
            return self.missing("CONSTRAINT", if_exists, name);
        }
        Err(MysqlError::new(
            3940,
            format!("Constraint '{name}' does not exist."),
        ))
    }

    /// The new column list: old ones in order, replaced ones in their place, then those with a position.
    fn place_columns(&mut self) -> Result<(), MysqlError> {
        let mut fresh: Vec<&mut DraftColumn> =
            self.new_columns.iter_mut().map(|n| &mut n.column).collect();
        promote_timestamps(&mut fresh, self.ctx);
        let mut columns: Vec<DraftColumn> = Vec::new();
        for old in std::mem::take(&mut self.old_columns) {
            let name = old.old_name.clone().unwrap_or_default();
            if self.dropped_columns.iter().any(|d| same_name(d, &name)) {
                continue;
            }
            let replacement = self
                .new_columns
                .iter_mut()
                .find(|n| n.replaces.as_deref().is_some_and(|r| same_name(r, &name)));
            match replacement {
                None => columns.push(self.converted(old)),
                Some(new) => {
                    new.placed = new.position.is_none();
                    columns.push(new.column.clone());
                }
            }
        }
        // Columns with a position leave the place they have and go to the new one, in order.
        for new in &self.new_columns {
            if new.placed {
                continue;
            }
            if let Some(old) = &new.replaces {
                columns.retain(|c| !c.old_name.as_deref().is_some_and(|n| same_name(n, old)));
            }
            let at = match &new.position {
                None => columns.len(),
                Some(ColumnPosition::First) => 0,
                Some(ColumnPosition::After(name)) => columns
                    .iter()
                    .position(|c| same_name(&c.def.name, name))
                    .map(|p| p + 1)
                    .ok_or_else(|| self.column_missing(name))?,
            };
            columns.insert(at, new.column.clone());
        }
        if columns.is_empty() {
            return Err(MysqlError::new(
                1090,
                "You can't delete all columns with ALTER TABLE; use DROP TABLE instead",
            ));
        }
        self.columns = columns;
        Ok(())
    }

    fn converted(&self, mut column: DraftColumn) -> DraftColumn {
        if self.convert {
            convert_column(&mut column.def, self.options.collation, self.ctx.flavour);
        }
        column
    }

    /// Existing keys over the new columns: parts of dropped columns go, prefixes no longer needed too.
    fn surviving_keys(&self) -> Result<Vec<DraftKey>, MysqlError> {
        let mut keys = Vec::new();
        for key in &self.old_keys {
            let mut kept = key.clone();
            kept.parts.clear();
            for part in &key.parts {
                let Some(old) = &part.column else {
                    kept.parts.push(part.clone());
                    continue;
                };
                let column = self
                    .columns
                    .iter()
                    .find(|c| c.old_name.as_deref().is_some_and(|n| same_name(n, old)));
                if let Some(column) = column {
                    let mut part = part.clone();
                    part.column = Some(column.def.name.clone());
                    part.prefix = part
                        .prefix
                        .filter(|p| prefix_still_cuts(&column.def.ty, *p));
                    kept.parts.push(part);
                }
            }
            if kept.parts.is_empty() {
                continue;
            }
            if kept.parts.len() != key.parts.len() {
                kept.number = None;
                let unique = matches!(key.kind, IndexKind::Primary | IndexKind::Unique);
                if unique && self.ctx.flavour.mariadb {
                    // MariaDB does not narrow a unique key silently.
                    let gone = key
                        .parts
                        .iter()
                        .filter_map(|p| p.column.as_ref())
                        .find(|name| self.dropped_columns.iter().any(|d| same_name(d, name)));
                    return Err(errors::key_column_missing(gone.map_or("", String::as_str)));
                }
            }
            keys.push(kept);
        }
        Ok(keys)
    }

    /// Constraints and expressions follow dropped and renamed columns.
    fn constraints(&mut self) -> Result<(), MysqlError> {
        for fk in &mut self.foreign_keys {
            for column in &mut fk.columns {
                if let Some(dropped) = self.dropped_columns.iter().find(|d| same_name(d, column)) {
                    let name = fk.name.clone().unwrap_or_default();
                    return Err(MysqlError::new(
                        1828,
                        format!(
                            "Cannot drop column '{dropped}': needed in a foreign key constraint '{name}'"
                        ),
                    ));
                }
                if let Some((_, to)) = self
                    .renamed_columns
                    .iter()
                    .find(|(f, _)| same_name(f, column))
                {
                    column.clone_from(to);
                }
            }
        }
        let dropped = std::mem::take(&mut self.dropped_columns);
        self.checks
            .retain(|check| !dropped.iter().any(|name| mentions(&check.expression, name)));
        self.dropped_columns = dropped;
        for (from, to) in &self.renamed_columns {
            for check in &mut self.checks {
                check.expression = rename_column_in(&check.expression, from, to);
            }
            for column in &mut self.columns {
                if let Some(generated) = &mut column.def.generated {
                    generated.expression = rename_column_in(&generated.expression, from, to);
                }
                if let Some(check) = &mut column.def.check {
                    *check = rename_column_in(check, from, to);
                }
            }
        }
        Ok(())
    }

    /// The new definition, and for each of its columns the old one it comes from.
    fn finish(
        mut self,
        _catalog: &understudy_storage::Catalog,
    ) -> Result<(TableDef, Vec<Option<u16>>), MysqlError> {
        self.constraints()?;
        let keys = self.surviving_keys()?;
        let mut draft = Draft {
            keys,
            foreign_keys: self.foreign_keys,
            checks: self.checks,
            columns: self.columns,
        };
        draft.keys.extend(self.added.keys);
        draft.foreign_keys.extend(self.added.foreign_keys);
        draft.checks.extend(self.added.checks);
        let sources: Vec<Option<u16>> = draft
            .columns
            .iter()
            .map(|c| {
                let old = c.old_name.as_ref()?;
                let position = self
                    .table
                    .columns
                    .iter()
                    .position(|o| same_name(&o.name, old))?;
                u16::try_from(position).ok()
            })
            .collect();
        let row_format = self.options.printed_value("ROW_FORMAT=").map(str::to_owned);
        let rules = Rules {
            flavour: self.ctx.flavour,
            strict: self.ctx.strict(),
            table: &self.table.name,
            engine: &self.options.engine,
            row_format: row_format.as_deref(),
            next_index_number: self.table.next_index_number,
        };
        let prepared = prepare(draft, &rules)?;
        let mut def = self.table.def().clone();
        def.flavour = self.ctx.flavour;
        def.columns = prepared.columns;
        def.indexes = prepared.indexes;
        def.foreign_keys = prepared.foreign_keys;
        def.checks = prepared.checks;
        def.next_index_number = prepared.next_index_number;
        def.collation = self.options.collation;
        def.explicit_collation = self.options.explicit_collation;
        def.comment = self.options.comment;
        def.partitioning = match self.partitioning {
            Some(text) if self.options.engine != def.engine => Some(text.replace(
                &format!("ENGINE = {}", def.engine),
                &format!("ENGINE = {}", self.options.engine),
            )),
            other => other,
        };
        def.engine = self.options.engine;
        def.options = self.options.printed;
        Ok((def, sources))
    }
}

/// Whether a prefix of `prefix` characters or bytes is still less than the whole column.
fn prefix_still_cuts(ty: &ColumnType, prefix: u32) -> bool {
    match ty {
        ColumnType::Char { length, .. }
        | ColumnType::VarChar { length, .. }
        | ColumnType::Binary { length }
        | ColumnType::VarBinary { length } => *length > prefix,
        ColumnType::Text { .. } | ColumnType::Blob { .. } | ColumnType::Geometry { .. } => true,
        ColumnType::Int { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Bit { .. }
        | ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Year { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. }
        | ColumnType::Json
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => false,
    }
}

/// The statement named in error 1235 for actions that are not executed.
fn refused(action: &AlterAction) -> &'static str {
    match action {
        AlterAction::AddPeriod(_) | AlterAction::DropPeriod { .. } => "ALTER TABLE ... PERIOD",
        AlterAction::AddSystemVersioning | AlterAction::DropSystemVersioning => {
            "ALTER TABLE ... SYSTEM VERSIONING"
        }
        AlterAction::DiscardTablespace => "ALTER TABLE ... DISCARD TABLESPACE",
        AlterAction::ImportTablespace => "ALTER TABLE ... IMPORT TABLESPACE",
        AlterAction::AddPartition { .. } => "ALTER TABLE ... ADD PARTITION",
        AlterAction::DropPartition { .. } => "ALTER TABLE ... DROP PARTITION",
        AlterAction::TruncatePartition(_) => "ALTER TABLE ... TRUNCATE PARTITION",
        AlterAction::CoalescePartition { .. } => "ALTER TABLE ... COALESCE PARTITION",
        AlterAction::ReorganizePartition { .. } => "ALTER TABLE ... REORGANIZE PARTITION",
        AlterAction::ExchangePartition { .. } => "ALTER TABLE ... EXCHANGE PARTITION",
        AlterAction::ConvertPartitionToTable { .. } => "ALTER TABLE ... CONVERT PARTITION TO TABLE",
        AlterAction::ConvertTableToPartition { .. } => "ALTER TABLE ... CONVERT TABLE TO PARTITION",
        AlterAction::DiscardPartitionTablespace(_) => {
            "ALTER TABLE ... DISCARD PARTITION TABLESPACE"
        }
        AlterAction::ImportPartitionTablespace(_) => "ALTER TABLE ... IMPORT PARTITION TABLESPACE",
        AlterAction::Secondary { .. } => "ALTER TABLE ... SECONDARY_LOAD",
        _ => "this ALTER TABLE action",
    }
}
