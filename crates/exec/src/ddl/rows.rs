//! Rows under a new definition: kept as they are, or converted one by one.

use std::sync::Arc;

use understudy_base::error::MysqlError;
use understudy_storage::schema::{ColumnDef, TableDef};
use understudy_storage::{ColumnSource, Direction, RowError, ScanRange, Table, Writer};
use understudy_values::row;
use understudy_values::types::ColumnType;

use super::context::StatementContext;
use super::defaults;
use crate::convert::{self, Conversion};
use crate::{charsets, errors};

/// Where a new column's field comes from.
enum Source {
    /// An old column, unchanged.
    Same(usize),
    /// An old column of another type or nullability.
    Converted(usize, Conversion),
    /// A constant.
    Constant(Option<Vec<u8>>),
    /// The next AUTO_INCREMENT value.
    Counter,
}

/// Installs `def` for `table`; `columns` says which old column each new one is.
pub(crate) fn apply(
    writer: &mut Writer,
    table: &Arc<Table>,
    def: TableDef,
    columns: &[Option<u16>],
    ctx: &StatementContext,
) -> Result<Arc<Table>, MysqlError> {
    let empty = is_empty(writer, table)?;
    let sources = sources(table, &def, columns, empty, ctx)?;
    let in_place: Option<Vec<ColumnSource>> = sources
        .iter()
        .map(|source| match source {
            Source::Same(i) => u16::try_from(*i).ok().map(ColumnSource::Column),
            Source::Constant(field) => Some(ColumnSource::Constant(field.clone())),
            Source::Converted(..) | Source::Counter => None,
        })
        .collect();
    if let Some(in_place) = in_place
        && Writer::alters_in_place(table, &def, &in_place)
    {
        return writer
            .alter_table(table, def, in_place)
            .map_err(errors::row);
    }
    rebuild(writer, table, def, &sources)
}

fn is_empty(writer: &Writer, table: &Arc<Table>) -> Result<bool, MysqlError> {
    let mut rows = writer.scan(table, &ScanRange::all(), Direction::Forward);
    match rows.next() {
        None => Ok(true),
        Some(Ok(_)) => Ok(false),
        Some(Err(error)) => Err(errors::store(error)),
    }
}

fn sources(
    table: &Table,
    def: &TableDef,
    columns: &[Option<u16>],
    empty: bool,
    ctx: &StatementContext,
) -> Result<Vec<Source>, MysqlError> {
    def.columns
        .iter()
        .zip(columns)
        .map(|(column, old)| match old {
            Some(position) => {
                let position = usize::from(*position);
                let old = table
                    .columns
                    .get(position)
                    .ok_or_else(|| errors::unknown_column(&column.name, &table.name))?;
                existing(old, column, position, empty, ctx)
            }
            None => added(column, empty, ctx),
        })
        .collect()
}

/// A column that was there before.
fn existing(
    old: &ColumnDef,
    new: &ColumnDef,
    position: usize,
    empty: bool,
    ctx: &StatementContext,
) -> Result<Source, MysqlError> {
    let regenerated = new.generated.is_some()
        && new.generated.as_ref().map(|g| &g.expression)
            != old.generated.as_ref().map(|g| &g.expression);
    if regenerated && !empty {
        return Err(errors::unsupported(
            "ALTER TABLE that changes a generated column of a table with rows",
        ));
    }
    let charset_kept = match (
        charsets::column_collation(&old.ty),
        charsets::column_collation(&new.ty),
    ) {
        (Some(a), Some(b)) => charsets::same_charset(a, b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let nulls_fit = new.nullable || !old.nullable;
    let same = charset_kept && understudy_storage::types::same_image(&old.ty, &new.ty);
    if same && (nulls_fit || empty) {
        return Ok(Source::Same(position));
    }
    let conversion = Conversion::new(old, new, ctx)?;
    Ok(Source::Converted(position, conversion))
}

/// A column that is new: its default for the rows there are.
fn added(column: &ColumnDef, empty: bool, ctx: &StatementContext) -> Result<Source, MysqlError> {
    if column.auto_increment {
        return Ok(Source::Counter);
    }
    if column.generated.is_some() {
        if !empty {
            return Err(errors::unsupported(
                "ALTER TABLE ... ADD COLUMN of a generated column to a table with rows",
            ));
        }
        return Ok(Source::Constant(None));
    }
    if empty {
        return Ok(Source::Constant(
            defaults::insert_default(column, ctx).unwrap_or(None),
        ));
    }
    defaults::insert_default(column, ctx).map(Source::Constant)
}

fn rebuild(
    writer: &mut Writer,
    table: &Arc<Table>,
    def: TableDef,
    sources: &[Source],
) -> Result<Arc<Table>, MysqlError> {
    let types: Vec<ColumnType> = def.columns.iter().map(|c| c.ty.clone()).collect();
    let mut counter = def.auto_increment.max(1);
    let mut row_number = 0u64;
    let mut failure = None;
    let result = writer.rebuild_table(table, def, |old| {
        row_number += 1;
        let mut fields: Vec<Option<Vec<u8>>> = Vec::with_capacity(sources.len());
        for (source, ty) in sources.iter().zip(&types) {
            let field = match source {
                Source::Same(i) => Ok(old.get(*i).copied().flatten().map(<[u8]>::to_vec)),
                Source::Converted(i, conversion) => {
                    conversion.field(old.get(*i).copied().flatten(), row_number)
                }
                Source::Constant(field) => Ok(field.clone()),
                Source::Counter => {
                    let value = counter;
                    counter += 1;
                    convert::integer_field(ty, value)
                }
            };
            match field {
                Ok(field) => fields.push(field),
                Err(error) => {
                    failure = Some(error);
                    return Err(RowError::Image(
                        "a value does not fit its new column".into(),
                    ));
                }
            }
        }
        let parts: Vec<Option<&[u8]>> = fields.iter().map(Option::as_deref).collect();
        Ok(row::build(&parts))
    });
    match (result, failure) {
        (Ok(table), _) => Ok(table),
        (Err(_), Some(error)) => Err(error),
        (Err(error), None) => Err(errors::row(error)),
    }
}
