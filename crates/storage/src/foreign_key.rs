//! What foreign keys do when a parent or child row changes, as InnoDB does it.
//!
//! Servers before MySQL 9.6, MySQL with `innodb_native_foreign_keys=ON` and MariaDB do not log the child rows
//! that a cascade changes: whoever applies the parent's row has to cascade himself. Call these functions for
//! row events whose flags have neither `USE_SQL_FOREIGN_KEY_F` (the child rows are in the log then) nor
//! `NO_FOREIGN_KEY_CHECKS_F`.
//!
//! - [`delete`], [`update`] and [`insert`] change the row and then see to its foreign keys. When they fail,
//!   nothing is done, unless the transaction has outgrown memory on the way: then part of the work may be
//!   done and the transaction has to be rolled back.
//! - CASCADE and SET NULL recurse into the child's own children, [`MAX_DEPTH`] levels deep. As in InnoDB an
//!   ON UPDATE action that comes back to a table which the chain has already updated acts as RESTRICT.
//! - RESTRICT, NO ACTION, nothing written and SET DEFAULT (which InnoDB refuses to create) are error 1451
//!   when a child row exists; a missing parent is error 1452.
//! - A child row is found by an index that begins with the foreign key's columns (there always is one unless
//!   it was dropped with `foreign_key_checks=0`; then all rows are looked at).
//! - Virtual columns that depend on a foreign key column are not computed anew here.

use understudy_base::error::MysqlError;
use understudy_values::row;
use understudy_values::types::ColumnType;
use understudy_values::wire_type::Packing;

use crate::catalog::ChildKey;
use crate::engine::Direction;
use crate::error::RowError;
use crate::range::ScanRange;
use crate::row::{RowKey, StoredRow};
use crate::schema::{ForeignKeyDef, ReferentialAction, TableDef, TableId};
use crate::table::Table;
use crate::writer::{DuplicateMode, Writer};

/// Levels of rows in a cascade, the first one included: `FK_MAX_CASCADE_DEL` of InnoDB.
pub const MAX_DEPTH: usize = 15;

/// Child rows handled between two looks at the index: bounds memory when a parent has millions of them.
const CHUNK: usize = 1024;

type Fields<'a> = Vec<Option<&'a [u8]>>;

/// A link of the cascade: the table whose rows are being changed, and how.
struct Link<'a> {
    table: TableId,
    updates: bool,
    above: Option<&'a Link<'a>>,
    depth: usize,
}

impl<'a> Link<'a> {
    fn first(table: &Table, updates: bool) -> Link<'a> {
        Link {
            table: table.id,
            updates,
            above: None,
            depth: 0,
        }
    }

    /// The next link: rows of the child of foreign key `n`.
    fn below(&'a self, table: &Table, n: usize, updates: bool) -> Result<Link<'a>, RowError> {
        if self.depth + 1 >= MAX_DEPTH {
            return Err(too_deep(table, &table.foreign_keys[n]));
        }
        Ok(Link {
            table: table.id,
            updates,
            above: Some(self),
            depth: self.depth + 1,
        })
    }

    /// The chain has updated rows of this table already.
    fn has_updated(&self, table: TableId) -> bool {
        let mut link = Some(self);
        while let Some(at) = link {
            if at.table == table && at.updates {
                return true;
            }
            link = at.above;
        }
        false
    }
}

/// Inserts a row whose parents must exist.
pub fn insert(
    writer: &mut Writer,
    table: &Table,
    image: &[u8],
    mode: DuplicateMode,
) -> Result<RowKey, RowError> {
    whole(writer, |writer| {
        let key = writer.insert(table, image, mode)?;
        check_parents(writer, table, image, None)?;
        Ok(key)
    })
}

/// Deletes a row and does to its children what their foreign keys say.
pub fn delete(
    writer: &mut Writer,
    table: &Table,
    key: &RowKey,
    old: &StoredRow,
) -> Result<(), RowError> {
    whole(writer, |writer| {
        writer.delete(table, key, old)?;
        cascade_delete(writer, table, old)
    })
}

/// Updates a row, does to its children what their foreign keys say and checks its own parents.
pub fn update(
    writer: &mut Writer,
    table: &Table,
    key: &RowKey,
    old: &StoredRow,
    image: &[u8],
) -> Result<RowKey, RowError> {
    whole(writer, |writer| {
        let updated = writer.update(table, key, old, image);
        if matches!(updated, Ok(_) | Err(RowError::Duplicate(_))) {
            // InnoDB looks at the children before it finds out that the new key exists.
            cascade_update(writer, table, old, image)?;
        }
        let key = updated?;
        check_parents(writer, table, image, Some(old))?;
        Ok(key)
    })
}

/// Takes back what `work` did if it fails (unless the transaction has outgrown memory).
fn whole<T>(
    writer: &mut Writer,
    work: impl FnOnce(&mut Writer) -> Result<T, RowError>,
) -> Result<T, RowError> {
    let before = writer.savepoint();
    let done = work(writer);
    if done.is_err() {
        writer.rollback_to(&before);
    }
    done
}

/// What the children of a row that has just been deleted need.
pub fn cascade_delete(writer: &mut Writer, table: &Table, old: &StoredRow) -> Result<(), RowError> {
    after_delete(writer, table, old, &Link::first(table, false))
}

/// What the children of a row that has just been updated need.
pub fn cascade_update(
    writer: &mut Writer,
    table: &Table,
    old: &StoredRow,
    image: &[u8],
) -> Result<(), RowError> {
    after_update(writer, table, old, image, &Link::first(table, true))
}

/// Error 1452 unless every parent that `image` refers to exists. With `old` only foreign keys whose columns
/// have changed are looked at.
pub fn check_parents(
    writer: &Writer,
    table: &Table,
    image: &[u8],
    old: Option<&StoredRow>,
) -> Result<(), RowError> {
    check_parents_but(writer, table, image, old, None)
}

fn check_parents_but(
    writer: &Writer,
    table: &Table,
    image: &[u8],
    old: Option<&StoredRow>,
    skip: Option<usize>,
) -> Result<(), RowError> {
    if table.foreign_keys.is_empty() {
        return Ok(());
    }
    let fields = table.split(image).map_err(RowError::Image)?;
    let old_fields = match old {
        Some(old) => Some(table.split(old.image()).map_err(RowError::Image)?),
        None => None,
    };
    for (n, foreign) in table.foreign_keys.iter().enumerate() {
        let value = |fields: &Fields<'_>| -> Vec<Option<Vec<u8>>> {
            let columns = foreign.columns.iter();
            columns
                .map(|c| fields[usize::from(*c)].map(<[u8]>::to_vec))
                .collect()
        };
        let values = value(&fields);
        let changed = old_fields.as_ref().is_none_or(|old| value(old) != values);
        if Some(n) == skip || !changed || values.iter().any(Option::is_none) {
            continue;
        }
        if !has_parent(writer, table, foreign, &values)? {
            return Err(violation(1452, table.def(), foreign));
        }
    }
    Ok(())
}

fn has_parent(
    writer: &Writer,
    table: &Table,
    foreign: &ForeignKeyDef,
    values: &[Option<Vec<u8>>],
) -> Result<bool, RowError> {
    let parent = writer
        .catalog()
        .table(&foreign.parent_db, &foreign.parent_table)
        .cloned();
    let Some(parent) = parent else {
        return Ok(false);
    };
    let Some(columns) = parent_columns(&parent, foreign) else {
        return Ok(false);
    };
    let mut wanted = Vec::with_capacity(values.len());
    for ((value, from), to) in values.iter().zip(&foreign.columns).zip(&columns) {
        let from = &table.types()[usize::from(*from)];
        match repack(from, &parent.types()[usize::from(*to)], value.as_deref()) {
            Some(value) => wanted.push(value),
            None => return Ok(false),
        }
    }
    Ok(!matching(writer, &parent, &columns, &wanted, 1)?.is_empty())
}

fn after_delete(
    writer: &mut Writer,
    table: &Table,
    old: &StoredRow,
    link: &Link<'_>,
) -> Result<(), RowError> {
    for (child, n) in children(writer, table) {
        let foreign = &child.foreign_keys[n];
        let Some(wanted) = referring_values(table, old.image(), &child, foreign)? else {
            continue;
        };
        loop {
            let found = matching(writer, &child, &foreign.columns, &wanted, CHUNK)?;
            let more = found.len() == CHUNK;
            for (key, row) in found {
                match foreign.on_delete {
                    ReferentialAction::Cascade => {
                        let link = link.below(&child, n, false)?;
                        writer.delete(&child, &key, &row)?;
                        after_delete(writer, &child, &row, &link)?;
                    }
                    ReferentialAction::SetNull => {
                        let link = link.below(&child, n, true)?;
                        let nulls = vec![None; foreign.columns.len()];
                        change_child(writer, &child, n, (&key, &row), &nulls, &link)?;
                    }
                    ReferentialAction::Unspecified
                    | ReferentialAction::Restrict
                    | ReferentialAction::NoAction
                    | ReferentialAction::SetDefault => {
                        return Err(violation(1451, child.def(), foreign));
                    }
                }
            }
            if !more {
                break;
            }
        }
    }
    Ok(())
}

fn after_update(
    writer: &mut Writer,
    table: &Table,
    old: &StoredRow,
    image: &[u8],
    link: &Link<'_>,
) -> Result<(), RowError> {
    for (child, n) in children(writer, table) {
        let foreign = &child.foreign_keys[n];
        let before = referring_values(table, old.image(), &child, foreign)?;
        let after = new_values(table, image, &child, foreign)?;
        let Some(wanted) = before else { continue };
        if wanted == after {
            continue;
        }
        // Values that differ but are equal to the collation leave the child rows where they are in the
        // index: those are taken at once.
        let limit = match same_key(&child, &foreign.columns, &wanted, &after)? {
            true => usize::MAX,
            false => CHUNK,
        };
        loop {
            let found = matching(writer, &child, &foreign.columns, &wanted, limit)?;
            let more = found.len() == limit;
            for (key, row) in found {
                let values = match foreign.on_update {
                    ReferentialAction::Cascade => after.clone(),
                    ReferentialAction::SetNull => vec![None; after.len()],
                    ReferentialAction::Unspecified
                    | ReferentialAction::Restrict
                    | ReferentialAction::NoAction
                    | ReferentialAction::SetDefault => {
                        return Err(violation(1451, child.def(), foreign));
                    }
                };
                if link.has_updated(child.id) {
                    return Err(violation(1451, child.def(), foreign));
                }
                let link = link.below(&child, n, true)?;
                change_child(writer, &child, n, (&key, &row), &values, &link)?;
            }
            if !more {
                break;
            }
        }
    }
    Ok(())
}

/// Gives the columns of a child's foreign key other values, with all that follows.
fn change_child(
    writer: &mut Writer,
    child: &Table,
    n: usize,
    (key, old): (&RowKey, &StoredRow),
    values: &[Option<Vec<u8>>],
    link: &Link<'_>,
) -> Result<(), RowError> {
    let foreign = &child.foreign_keys[n];
    let mut fields = child.split(old.image()).map_err(RowError::Image)?;
    for (column, value) in foreign.columns.iter().zip(values) {
        let column = usize::from(*column);
        if value.is_none() && !child.columns[column].nullable {
            return Err(violation(1451, child.def(), foreign));
        }
        fields[column] = value.as_deref();
    }
    let image = row::build(&fields);
    writer.update(child, key, old, &image)?;
    after_update(writer, child, old, &image, link)?;
    check_parents_but(writer, child, &image, Some(old), Some(n))
}

/// The foreign keys that refer to a table, in the order of their names, as InnoDB keeps them.
fn children(writer: &Writer, table: &Table) -> Vec<ChildKey> {
    writer.catalog().children_of(table.id).to_vec()
}

/// Positions of the columns a foreign key refers to; `None` when the parent lacks one.
fn parent_columns(parent: &Table, foreign: &ForeignKeyDef) -> Option<Vec<u16>> {
    let position = |name: &String| {
        let at = parent
            .columns
            .iter()
            .position(|c| c.name.eq_ignore_ascii_case(name))?;
        u16::try_from(at).ok()
    };
    foreign.parent_columns.iter().map(position).collect()
}

/// The values of a parent row as the child's columns hold them; `None` when no child can refer to it.
fn referring_values(
    parent: &Table,
    image: &[u8],
    child: &Table,
    foreign: &ForeignKeyDef,
) -> Result<Option<Vec<Option<Vec<u8>>>>, RowError> {
    let values = new_values(parent, image, child, foreign)?;
    Ok(values.iter().all(Option::is_some).then_some(values))
}

/// The values of a parent row as the child's columns hold them, NULLs included.
fn new_values(
    parent: &Table,
    image: &[u8],
    child: &Table,
    foreign: &ForeignKeyDef,
) -> Result<Vec<Option<Vec<u8>>>, RowError> {
    let columns = parent_columns(parent, foreign).unwrap_or_default();
    let fields = parent.split(image).map_err(RowError::Image)?;
    let mut values = Vec::with_capacity(columns.len());
    for (from, to) in columns.iter().zip(&foreign.columns) {
        let to_type = &child.types()[usize::from(*to)];
        let from = usize::from(*from);
        let value = repack(&parent.types()[from], to_type, fields[from]).ok_or_else(|| {
            // InnoDB: the new value does not fit the child's column.
            violation(1451, child.def(), foreign)
        })?;
        values.push(value);
    }
    Ok(values)
}

/// A packed field in the form of another column's type: the length before it may have another width. `None`
/// when it does not fit.
fn repack(from: &ColumnType, to: &ColumnType, field: Option<&[u8]>) -> Option<Option<Vec<u8>>> {
    let Some(field) = field else {
        return Some(None);
    };
    let (Ok(old), Ok(new)) = (from.wire().packing(), to.wire().packing()) else {
        return None;
    };
    let content = match old {
        Packing::Fixed(_) => field,
        Packing::Prefixed(width) => field.get(width..)?,
    };
    match new {
        Packing::Fixed(len) => (content.len() == len).then(|| Some(content.to_vec())),
        Packing::Prefixed(width) => {
            let len = u64::try_from(content.len()).ok()?.to_le_bytes();
            if len.get(width..)?.iter().any(|b| *b != 0) {
                return None;
            }
            let mut packed = len.get(..width)?.to_vec();
            packed.extend_from_slice(content);
            Some(Some(packed))
        }
    }
}

/// Rows of a table with these values in these columns, `limit` at most.
fn matching(
    writer: &Writer,
    table: &Table,
    columns: &[u16],
    values: &[Option<Vec<u8>>],
    limit: usize,
) -> Result<Vec<(RowKey, StoredRow)>, RowError> {
    let values: Fields<'_> = values.iter().map(Option::as_deref).collect();
    let index = table.stored_indexes().find(|index| {
        index.parts.len() >= columns.len()
            && index
                .parts
                .iter()
                .zip(columns)
                .all(|(part, column)| part.column == Some(*column) && part.prefix.is_none())
    });
    match index {
        Some(index) => {
            let key = table.encode_key(index, &values).map_err(RowError::Image)?;
            let range = ScanRange::prefix(key);
            let rows = writer.index_scan(table, index.number, &range, Direction::Forward)?;
            rows.take(limit).map(|row| Ok(row?)).collect()
        }
        None => {
            let mut found = Vec::new();
            let wanted = column_keys(table, columns, &values)?;
            for row in writer.scan(table, &ScanRange::all(), Direction::Forward) {
                let (key, row) = row?;
                let fields = table.split(row.image()).map_err(RowError::Image)?;
                let fields: Fields<'_> = columns.iter().map(|c| fields[usize::from(*c)]).collect();
                if column_keys(table, columns, &fields)? == wanted {
                    found.push((key, row));
                    if found.len() >= limit {
                        break;
                    }
                }
            }
            Ok(found)
        }
    }
}

/// Whether two sets of values are equal to the columns' collations.
fn same_key(
    table: &Table,
    columns: &[u16],
    a: &[Option<Vec<u8>>],
    b: &[Option<Vec<u8>>],
) -> Result<bool, RowError> {
    let a: Fields<'_> = a.iter().map(Option::as_deref).collect();
    let b: Fields<'_> = b.iter().map(Option::as_deref).collect();
    Ok(column_keys(table, columns, &a)? == column_keys(table, columns, &b)?)
}

fn column_keys(
    table: &Table,
    columns: &[u16],
    values: &[Option<&[u8]>],
) -> Result<Vec<u8>, RowError> {
    let mut key = Vec::new();
    for (column, value) in columns.iter().zip(values) {
        table
            .encode_column(usize::from(*column), *value, &mut key)
            .map_err(RowError::Image)?;
    }
    Ok(key)
}

/// Errors 1451 and 1452 as the server words them.
fn violation(errno: u16, child: &TableDef, foreign: &ForeignKeyDef) -> RowError {
    let what = match errno {
        1452 => "Cannot add or update a child row",
        _ => "Cannot delete or update a parent row",
    };
    RowError::ForeignKey(MysqlError::new(
        errno,
        format!(
            "{what}: a foreign key constraint fails ({}.{}, {})",
            quoted(&child.db),
            quoted(&child.name),
            clause(child, foreign)
        ),
    ))
}

/// The error of a cascade that is too deep: each line of servers has another.
fn too_deep(child: &Table, foreign: &ForeignKeyDef) -> RowError {
    let constraint = || {
        format!(
            "{}.{}, {}",
            quoted(&child.db),
            quoted(&child.name),
            clause(child.def(), foreign)
        )
    };
    let error = match (child.flavour.mariadb, child.flavour.version) {
        (true, _) => MysqlError::new(
            1296,
            format!("Got error 193 '{}' from InnoDB", constraint()),
        ),
        (false, ..50700) => return violation(1451, child.def(), foreign),
        (false, _) => MysqlError::new(
            3008,
            format!("Foreign key cascade delete/update exceeds max depth of {MAX_DEPTH}."),
        ),
    };
    RowError::ForeignKey(error)
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// The foreign key's clause as SHOW CREATE TABLE prints it.
fn clause(child: &TableDef, foreign: &ForeignKeyDef) -> String {
    let columns: Vec<String> = foreign
        .columns
        .iter()
        .filter_map(|c| child.columns.get(usize::from(*c)))
        .map(|c| quoted(&c.name))
        .collect();
    let parent_columns: Vec<String> = foreign.parent_columns.iter().map(|c| quoted(c)).collect();
    let parent = match foreign.parent_db == child.db {
        true => quoted(&foreign.parent_table),
        false => format!(
            "{}.{}",
            quoted(&foreign.parent_db),
            quoted(&foreign.parent_table)
        ),
    };
    let mut text = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {parent} ({})",
        quoted(&foreign.name),
        columns.join(", "),
        parent_columns.join(", ")
    );
    let before_dictionary = child.flavour.mariadb || child.flavour.version < 80000;
    for (on, action) in [
        (" ON DELETE", foreign.on_delete),
        (" ON UPDATE", foreign.on_update),
    ] {
        let word = match action {
            ReferentialAction::Unspecified => continue,
            // InnoDB's own dictionary does not keep RESTRICT, MySQL 8's does not keep NO ACTION.
            ReferentialAction::Restrict if before_dictionary => continue,
            ReferentialAction::NoAction if !before_dictionary => continue,
            ReferentialAction::Restrict => "RESTRICT",
            ReferentialAction::NoAction => "NO ACTION",
            ReferentialAction::Cascade => "CASCADE",
            ReferentialAction::SetNull => "SET NULL",
            ReferentialAction::SetDefault => "SET DEFAULT",
        };
        text.push_str(on);
        text.push(' ');
        text.push_str(word);
    }
    text
}
