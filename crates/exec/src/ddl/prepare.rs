//! The rules that every definition goes through before it is stored, as the real servers apply them to
//! CREATE TABLE and ALTER TABLE alike.

use std::collections::BTreeMap;

use understudy_base::error::MysqlError;
use understudy_storage::schema::{
    CheckDef, ColumnDef, DefaultValue, Flavour, ForeignKeyDef, IndexDef, IndexKind, KeyPart,
};
use understudy_values::types::ColumnType;

use super::draft::{
    Draft, DraftCheck, DraftColumn, DraftForeignKey, DraftKey, DraftPart, same_name,
};
use super::implicit;
use super::key_length::{self, KeyLimits};
use crate::errors;

/// What the rules depend on besides the draft.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub flavour: Flavour,
    /// A strict `sql_mode` is in force.
    pub strict: bool,
    /// Table name, for names made from it.
    pub table: &'a str,
    pub engine: &'a str,
    /// `ROW_FORMAT` as written, upper case.
    pub row_format: Option<&'a str>,
    /// First number free for a new index.
    pub next_index_number: u32,
}

/// Columns, keys and constraints ready for a `TableDef`.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub columns: Vec<ColumnDef>,
    pub indexes: Vec<IndexDef>,
    pub foreign_keys: Vec<ForeignKeyDef>,
    pub checks: Vec<CheckDef>,
    pub next_index_number: u32,
}

/// Applies all rules.
pub(crate) fn prepare(mut draft: Draft, rules: &Rules<'_>) -> Result<Prepared, MysqlError> {
    check_columns(&draft, rules)?;
    drop_covered_keys(&mut draft.keys);
    let mut indexes: Vec<IndexDef> = Vec::with_capacity(draft.keys.len());
    let mut next = rules.next_index_number;
    let mut nullable: BTreeMap<u32, bool> = BTreeMap::new();
    let keys = std::mem::take(&mut draft.keys);
    if keys.iter().filter(|k| k.kind == IndexKind::Primary).count() > 1 {
        return Err(errors::multiple_primary_keys());
    }
    for key in keys {
        let number = key.number.unwrap_or_else(|| {
            let number = next;
            next += 1;
            number
        });
        let index = build_index(key, number, &mut draft.columns, &indexes, rules)?;
        // As the servers do: judged now, although a primary key that follows makes columns NOT NULL.
        nullable.insert(number, has_nullable_part(&index, &draft.columns));
        indexes.push(index);
    }
    check_auto_increment(&draft.columns, &indexes, rules)?;
    let columns: Vec<ColumnDef> = draft.columns.into_iter().map(|c| c.def).collect();
    sort_indexes(&mut indexes, &columns, &nullable, rules.flavour);
    let foreign_keys = name_foreign_keys(draft.foreign_keys, &columns, rules)?;
    let checks = name_checks(draft.checks, &columns, rules.flavour, rules.table)?;
    Ok(Prepared {
        columns,
        indexes,
        foreign_keys,
        checks,
        next_index_number: next,
    })
}

fn check_columns(draft: &Draft, rules: &Rules<'_>) -> Result<(), MysqlError> {
    if draft.columns.len() > 4096 {
        return Err(MysqlError::new(1117, "Too many columns"));
    }
    for (i, column) in draft.columns.iter().enumerate() {
        let earlier = draft.columns.iter().take(i);
        for other in earlier {
            if same_name(&other.def.name, &column.def.name) {
                return Err(errors::duplicate_column(&column.def.name));
            }
        }
    }
    if draft.columns.is_empty() {
        let text = if rules.flavour.mariadb {
            "A table must have at least 1 column"
        } else if rules.flavour.version >= 80000 {
            "A table must have at least one visible column."
        } else {
            "A table must have at least 1 column"
        };
        let errno = if !rules.flavour.mariadb && rules.flavour.version >= 80023 {
            4028
        } else {
            1113
        };
        return Err(MysqlError::new(errno, text));
    }
    Ok(())
}

/// Removes keys made for foreign keys that another key covers.
fn drop_covered_keys(keys: &mut Vec<DraftKey>) {
    let mut dropped = vec![false; keys.len()];
    for (i, key) in keys.iter().enumerate() {
        for (j, earlier) in keys.iter().enumerate().take(i) {
            if dropped.get(j).copied().unwrap_or(true) || !one_covers_other(key, earlier) {
                continue;
            }
            let this_goes =
                !earlier.generated || (key.generated && key.parts.len() < earlier.parts.len());
            let gone = if this_goes { i } else { j };
            if let Some(flag) = dropped.get_mut(gone) {
                *flag = true;
            }
            break;
        }
    }
    let mut flags = dropped.into_iter();
    keys.retain(|_| !flags.next().unwrap_or(false));
}

/// Whether one of the keys is generated and a leading part of the other.
fn one_covers_other(a: &DraftKey, b: &DraftKey) -> bool {
    let special = |k: &DraftKey| {
        matches!(
            k.kind,
            IndexKind::Fulltext | IndexKind::Spatial | IndexKind::Vector
        )
    };
    if special(a) || special(b) {
        return false;
    }
    let (short, long) = match (a.generated, b.generated) {
        (false, false) => return false,
        (true, false) => (a, b),
        (false, true) => (b, a),
        (true, true) if a.parts.len() <= b.parts.len() => (a, b),
        (true, true) => (b, a),
    };
    short.parts.len() <= long.parts.len()
        && short.parts.iter().zip(&long.parts).all(|(s, l)| {
            s.prefix == l.prefix
                && match (&s.column, &l.column) {
                    (Some(s), Some(l)) => same_name(s, l),
                    (Some(_) | None, _) => false,
                }
        })
}

fn build_index(
    key: DraftKey,
    number: u32,
    columns: &mut [DraftColumn],
    earlier: &[IndexDef],
    rules: &Rules<'_>,
) -> Result<IndexDef, MysqlError> {
    let mut parts: Vec<KeyPart> = Vec::with_capacity(key.parts.len());
    let mut hashed = false;
    let limits = KeyLimits::new(rules.flavour, rules.engine, rules.row_format);
    if key.parts.len() > 16 && !rules.flavour.mariadb || key.parts.len() > 32 {
        return Err(MysqlError::new(
            1070,
            format!(
                "Too many key parts specified; max {} parts allowed",
                if rules.flavour.mariadb { 32 } else { 16 }
            ),
        ));
    }
    let kind = effective_kind(&key, columns, rules)?;
    let mut total = 0;
    for part in &key.parts {
        let Some(name) = &part.column else {
            parts.push(functional_part(part));
            continue;
        };
        let position = columns
            .iter()
            .position(|c| same_name(&c.def.name, name))
            .ok_or_else(|| errors::key_column_missing(name))?;
        let column = columns
            .get_mut(position)
            .ok_or_else(|| errors::key_column_missing(name))?;
        let position = u16::try_from(position).map_err(|_| errors::key_column_missing(name))?;
        if parts.iter().any(|p| p.column == Some(position)) {
            return Err(errors::duplicate_column(name));
        }
        if key.kind == IndexKind::Primary {
            make_not_null(column, rules)?;
        }
        let length =
            key_length::part_length(&column.def, part.prefix, kind, &limits, rules.strict)?;
        hashed |= length.hashed;
        total += length.bytes;
        parts.push(KeyPart {
            column: Some(position),
            prefix: length.prefix,
            descending: part.descending && descending_is_kept(rules.flavour),
            expression: None,
        });
    }
    hashed |= limits.check_total(total, kind)?;
    let name = index_name(&key, columns, earlier)?;
    Ok(IndexDef {
        number,
        name,
        kind,
        parts,
        invisible: key.invisible,
        using: if hashed {
            Some("HASH".to_owned())
        } else {
            key.using
        },
        comment: key.comment,
        options: key.options,
        generated_for_foreign_key: key.generated,
    })
}

/// What a key becomes: since MySQL 8.0 any key on a geometry column is a spatial one.
fn effective_kind(
    key: &DraftKey,
    columns: &[DraftColumn],
    rules: &Rules<'_>,
) -> Result<IndexKind, MysqlError> {
    let modern_mysql = !rules.flavour.mariadb && rules.flavour.version >= 80000;
    let on_geometry = |part: &DraftPart| {
        let column = part.column.as_ref().and_then(|name| {
            columns
                .iter()
                .find(|column| same_name(&column.def.name, name))
        });
        column.is_some_and(|column| matches!(column.def.ty, ColumnType::Geometry { .. }))
    };
    let spatial =
        modern_mysql && key.kind != IndexKind::Spatial && key.parts.iter().any(on_geometry);
    if !spatial {
        return Ok(key.kind);
    }
    if matches!(key.kind, IndexKind::Primary | IndexKind::Unique) {
        return Err(MysqlError::new(
            3728,
            "Spatial indexes can't be primary or unique indexes.",
        ));
    }
    if key.kind != IndexKind::Plain {
        return Ok(key.kind);
    }
    if key.parts.len() > 1 {
        return Err(MysqlError::new(
            1070,
            "Too many key parts specified; max 1 parts allowed",
        ));
    }
    if let Some(using) = &key.using {
        return Err(MysqlError::new(
            3729,
            format!("The index type {using} is not supported for spatial indexes."),
        ));
    }
    if key.parts.iter().any(|part| part.descending) {
        return Err(MysqlError::new(
            1221,
            "Incorrect usage of spatial/fulltext/hash index and explicit index order",
        ));
    }
    if key.parts.iter().any(|part| part.prefix.is_some()) {
        return Err(errors::wrong_prefix());
    }
    Ok(IndexKind::Spatial)
}

fn functional_part(part: &DraftPart) -> KeyPart {
    KeyPart {
        column: None,
        prefix: part.prefix,
        descending: part.descending,
        expression: part.expression.clone(),
    }
}

/// DESC is parsed and ignored before MySQL 8.0 and MariaDB 10.8.
fn descending_is_kept(flavour: Flavour) -> bool {
    flavour.version >= if flavour.mariadb { 100800 } else { 80000 }
}

/// A primary key's columns are NOT NULL; MySQL 5.6 then also gives them their type's implicit default.
fn make_not_null(column: &mut DraftColumn, rules: &Rules<'_>) -> Result<(), MysqlError> {
    if !column.def.nullable {
        return Ok(());
    }
    let modern_mysql = !rules.flavour.mariadb && rules.flavour.version >= 50700;
    if modern_mysql
        && (column.explicit_null
            || column.def.default == DefaultValue::Null && column.explicit_default)
    {
        return Err(errors::primary_key_null());
    }
    column.def.nullable = false;
    if column.def.default == DefaultValue::Null {
        let old_mysql = !rules.flavour.mariadb && rules.flavour.version < 50700;
        column.def.default = if old_mysql {
            implicit::default_value(&column.def.ty)
        } else {
            DefaultValue::None
        };
    }
    Ok(())
}

fn index_name(
    key: &DraftKey,
    columns: &[DraftColumn],
    earlier: &[IndexDef],
) -> Result<String, MysqlError> {
    let taken = |name: &str| earlier.iter().any(|i| same_name(&i.name, name));
    if key.kind == IndexKind::Primary {
        return Ok("PRIMARY".to_owned());
    }
    if let Some(name) = &key.name {
        if same_name(name, "PRIMARY") {
            return Err(MysqlError::new(
                1280,
                format!("Incorrect index name '{name}'"),
            ));
        }
        if taken(name) {
            return Err(errors::duplicate_key_name(name));
        }
        return Ok(name.clone());
    }
    let first = key
        .parts
        .first()
        .and_then(|p| p.column.as_deref())
        .and_then(|name| columns.iter().find(|c| same_name(&c.def.name, name)))
        .map_or("functional_index", |c| c.def.name.as_str());
    if !taken(first) && !same_name(first, "PRIMARY") {
        return Ok(first.to_owned());
    }
    (2..=u32::MAX)
        .map(|n| format!("{first}_{n}"))
        .find(|name| !taken(name))
        .ok_or_else(|| errors::duplicate_key_name(first))
}

fn check_auto_increment(
    columns: &[DraftColumn],
    indexes: &[IndexDef],
    rules: &Rules<'_>,
) -> Result<(), MysqlError> {
    let mut auto = columns
        .iter()
        .enumerate()
        .filter(|(_, c)| c.def.auto_increment);
    let Some((position, _)) = auto.next() else {
        return Ok(());
    };
    if auto.next().is_some() {
        return Err(errors::wrong_auto_key());
    }
    let is_auto = |p: &KeyPart| p.column.map(usize::from) == Some(position);
    let first_only =
        !rules.engine.eq_ignore_ascii_case("MyISAM") && !rules.engine.eq_ignore_ascii_case("Aria");
    let keyed = indexes.iter().any(|index| {
        if first_only {
            index.parts.first().is_some_and(is_auto)
        } else {
            index.parts.iter().any(is_auto)
        }
    });
    if keyed {
        Ok(())
    } else {
        Err(errors::wrong_auto_key())
    }
}

fn has_nullable_part(index: &IndexDef, columns: &[DraftColumn]) -> bool {
    index.parts.iter().any(|part| {
        let column = part.column.and_then(|c| columns.get(usize::from(c)));
        column.is_none_or(|c| c.def.nullable)
    })
}

/// The order in which the servers keep keys: unique first (primary, then without nullable parts, then in
/// full length), full-text last, else as written.
fn sort_indexes(
    indexes: &mut [IndexDef],
    columns: &[ColumnDef],
    nullable: &BTreeMap<u32, bool>,
    flavour: Flavour,
) {
    let mysql8 = !flavour.mariadb && flavour.version >= 80000;
    let column = |part: &KeyPart| part.column.and_then(|c| columns.get(usize::from(c)));
    indexes.sort_by_key(|index| {
        let unique = matches!(index.kind, IndexKind::Primary | IndexKind::Unique);
        let nullable = nullable.get(&index.number).copied().unwrap_or(true);
        let partial = index.parts.iter().any(|p| p.prefix.is_some());
        let computed = mysql8
            && index.parts.iter().any(|p| {
                p.expression.is_some()
                    || column(p)
                        .and_then(|c| c.generated.as_ref())
                        .is_some_and(|g| !g.stored)
            });
        let hashed = flavour.mariadb
            && unique
            && index.using.as_deref() == Some("HASH")
            && index.parts.iter().any(|p| p.prefix.is_none());
        (
            !unique,
            index.kind != IndexKind::Primary,
            unique && hashed,
            unique && nullable,
            unique && partial,
            index.kind == IndexKind::Fulltext,
            computed,
        )
    });
}

fn name_foreign_keys(
    drafts: Vec<DraftForeignKey>,
    columns: &[ColumnDef],
    rules: &Rules<'_>,
) -> Result<Vec<ForeignKeyDef>, MysqlError> {
    let prefix = format!("{}_ibfk_", rules.table);
    let mut last = drafts
        .iter()
        .filter_map(|fk| fk.name.as_deref())
        .filter_map(|name| name.strip_prefix(prefix.as_str()))
        .filter_map(|n| n.parse::<u32>().ok())
        .max()
        .unwrap_or(0);
    let mut out: Vec<ForeignKeyDef> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let positions = draft
            .columns
            .iter()
            .map(|name| {
                columns
                    .iter()
                    .position(|c| same_name(&c.name, name))
                    .and_then(|p| u16::try_from(p).ok())
                    .ok_or_else(|| errors::key_column_missing(name))
            })
            .collect::<Result<Vec<u16>, _>>()?;
        let name = draft.name.unwrap_or_else(|| {
            last += 1;
            format!("{prefix}{last}")
        });
        if out.iter().any(|fk| same_name(&fk.name, &name)) {
            return Err(duplicate_foreign_key(rules, &name));
        }
        out.push(ForeignKeyDef {
            name,
            columns: positions,
            parent_db: draft.parent_db,
            parent_table: draft.parent_table,
            parent_columns: draft.parent_columns,
            on_delete: draft.on_delete,
            on_update: draft.on_update,
        });
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(out)
}

fn duplicate_foreign_key(rules: &Rules<'_>, name: &str) -> MysqlError {
    if rules.flavour.mariadb || rules.flavour.version < 80000 {
        MysqlError::new(1061, format!("Duplicate key name '{name}'"))
    } else {
        MysqlError::new(
            1826,
            format!("Duplicate foreign key constraint name '{name}'"),
        )
    }
}

/// Names the unnamed checks and puts all in printing order.
pub(crate) fn name_checks(
    drafts: Vec<DraftCheck>,
    columns: &[ColumnDef],
    flavour: Flavour,
    table: &str,
) -> Result<Vec<CheckDef>, MysqlError> {
    if !flavour.mariadb && flavour.version < 80016 {
        return Ok(Vec::new());
    }
    let given: Vec<String> = drafts.iter().filter_map(|c| c.name.clone()).collect();
    let taken = |name: &str| given.iter().any(|g| same_name(g, name));
    let chk = format!("{}_chk_", table);
    let mut last = given
        .iter()
        .filter_map(|name| name.strip_prefix(chk.as_str()))
        .filter_map(|n| n.parse::<u32>().ok())
        .max()
        .unwrap_or(0);
    let mut constraint = 0;
    let mut out: Vec<CheckDef> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let name = match draft.name {
            Some(name) => name,
            None if flavour.mariadb => loop {
                constraint += 1;
                let name = format!("CONSTRAINT_{constraint}");
                if !taken(&name)
                    && !columns
                        .iter()
                        .any(|c| c.check.is_some() && same_name(&c.name, &name))
                {
                    break name;
                }
            },
            None => {
                last += 1;
                format!("{chk}{last}")
            }
        };
        if out.iter().any(|c| same_name(&c.name, &name)) {
            return Err(duplicate_check(flavour, &name));
        }
        out.push(CheckDef {
            name,
            expression: draft.expression,
            enforced: draft.enforced,
        });
    }
    if !flavour.mariadb {
        out.sort_by_key(|c| c.name.to_lowercase());
    }
    Ok(out)
}

fn duplicate_check(flavour: Flavour, name: &str) -> MysqlError {
    if flavour.mariadb {
        MysqlError::new(1826, format!("Duplicate CHECK constraint name '{name}'"))
    } else {
        MysqlError::new(3822, format!("Duplicate check constraint name '{name}'."))
    }
}
