//! What error 1062 says.

use understudy_values::types::ColumnType;

use crate::error::DuplicateKey;
use crate::table::Table;

/// Describes the value of a unique index that exists already.
pub(crate) fn describe(table: &Table, position: usize, fields: &[Option<&[u8]>]) -> DuplicateKey {
    let index = &table.def().indexes[position];
    let mut entry = String::new();
    for (n, part) in index.parts.iter().enumerate() {
        if n > 0 {
            entry.push('-');
        }
        match part.column.and_then(|c| fields[usize::from(c)]) {
            Some(field) => entry.push_str(&text(table, part.column.map(usize::from), field)),
            None => entry.push_str("NULL"),
        }
    }
    DuplicateKey {
        table: table.name.clone(),
        index: index.name.clone(),
        entry,
        qualified: !table.flavour.mariadb && table.flavour.version >= 80019,
    }
}

fn text(table: &Table, column: Option<usize>, field: &[u8]) -> String {
    let ty = column.and_then(|c| table.types().get(c));
    match ty {
        Some(ColumnType::Int { unsigned, .. }) if field.len() <= 8 => {
            let negative = !unsigned && field.last().is_some_and(|b| b & 0x80 != 0);
            let mut bytes = [if negative { 0xff } else { 0 }; 8];
            bytes[..field.len()].copy_from_slice(field);
            match negative {
                true => i64::from_le_bytes(bytes).to_string(),
                false => u64::from_le_bytes(bytes).to_string(),
            }
        }
        Some(_) | None => String::from_utf8_lossy(field).into_owned(),
    }
}
