//! What error 1062 says: the key's values as text, joined by dashes and cut as the server cuts them.

use understudy_values::charset::{self, Charset, Collation};
use understudy_values::text::{TextContext, write_text};
use understudy_values::types::{CollationId, ColumnType};
use understudy_values::wire_type::Packing;

use crate::error::DuplicateKey;
use crate::schema::{Flavour, KeyPart};
use crate::table::Table;

/// Bytes of UTF-8 that the message has room for.
const MAX_ENTRY: usize = 64;

/// Describes the value of a unique index that exists already.
///
/// TIMESTAMP values are shown in UTC: whoever applies a row event has no session whose time zone counts.
pub(crate) fn describe(table: &Table, position: usize, fields: &[Option<&[u8]>]) -> DuplicateKey {
    let index = &table.def().indexes[position];
    let mut entry = String::new();
    for (n, part) in index.parts.iter().enumerate() {
        if n > 0 {
            entry.push('-');
        }
        let column = part.column.map(usize::from);
        match column.and_then(|c| Some((&table.types()[c], fields[c]?))) {
            Some((ty, field)) => push_field(ty, part, field, &mut entry),
            None => entry.push_str("NULL"),
        }
    }
    cut(&mut entry, table.flavour);
    DuplicateKey {
        table: table.name.clone(),
        index: index.name.clone(),
        entry,
        qualified: !table.flavour.mariadb && table.flavour.version >= 80019,
    }
}

/// MySQL cuts the text; MariaDB since 10.3 ends it with dots.
fn cut(entry: &mut String, flavour: Flavour) {
    if entry.len() <= MAX_ENTRY {
        return;
    }
    let dots = match flavour.mariadb {
        true => "...",
        false => "",
    };
    let mut end = MAX_ENTRY - dots.len();
    while !entry.is_char_boundary(end) {
        end -= 1;
    }
    entry.truncate(end);
    entry.push_str(dots);
}

fn push_field(ty: &ColumnType, part: &KeyPart, field: &[u8], entry: &mut String) {
    let prefix = part
        .prefix
        .map(|p| usize::try_from(p).unwrap_or(usize::MAX));
    match ty {
        ColumnType::Char { collation, .. }
        | ColumnType::VarChar { collation, .. }
        | ColumnType::Text { collation, .. } => {
            push_text(content(ty, field), *collation, prefix, entry);
        }
        ColumnType::Binary { .. } | ColumnType::VarBinary { .. } | ColumnType::Blob { .. } => {
            let bytes = content(ty, field);
            push_bytes(
                &bytes[..prefix.unwrap_or(bytes.len()).min(bytes.len())],
                entry,
            );
        }
        ColumnType::Bit { .. } | ColumnType::Geometry { .. } | ColumnType::Vector { .. } => {
            push_bytes(field, entry);
        }
        ColumnType::Int { .. }
        | ColumnType::Decimal { .. }
        | ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Date
        | ColumnType::Time { .. }
        | ColumnType::DateTime { .. }
        | ColumnType::Timestamp { .. }
        | ColumnType::Year { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. }
        | ColumnType::Json
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => {
            let context = TextContext {
                results: Charset::by_name("utf8mb4"),
                ..TextContext::raw()
            };
            let mut text = Vec::new();
            match write_text(ty, field, &context, &mut text) {
                Ok(()) => entry.push_str(&String::from_utf8_lossy(&text)),
                // A field that is no value of its type: shown as it is.
                Err(_) => push_bytes(field, entry),
            }
        }
    }
}

/// The bytes of a field without the length before them.
fn content<'a>(ty: &ColumnType, field: &'a [u8]) -> &'a [u8] {
    match ty.wire().packing() {
        Ok(Packing::Prefixed(width)) => field.get(width..).unwrap_or_default(),
        Ok(Packing::Fixed(_)) | Err(_) => field,
    }
}

fn push_text(text: &[u8], collation: CollationId, prefix: Option<usize>, entry: &mut String) {
    let Ok(collation) = Collation::by_id(collation) else {
        return push_bytes(text, entry);
    };
    let from = collation.charset();
    let text = prefix.map_or(text, |characters| from.cut(text, characters));
    let mut utf8 = Vec::new();
    let converted = Charset::by_name("utf8mb4")
        .is_some_and(|to| charset::convert(from, to, text, &mut utf8).is_ok());
    match converted {
        true => entry.push_str(&String::from_utf8_lossy(&utf8)),
        false => push_bytes(text, entry),
    }
}

/// Bytes without a character set: printable ASCII as it is, the rest as `\xHH`.
fn push_bytes(bytes: &[u8], entry: &mut String) {
    for &byte in bytes {
        match byte {
            b' '..=b'~' => entry.push(char::from(byte)),
            _ => entry.push_str(&format!("\\x{byte:02X}")),
        }
    }
}
