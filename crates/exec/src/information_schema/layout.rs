//! Column definitions of SHOW statements and `information_schema` tables, as MySQL 9.7 sends them.
//!
//! They follow from the real server's system views (an expression here, a column of the data dictionary there)
//! and not from the types alone, so they are recorded: `layouts.txt`, one section a statement or table, one line
//! a column.

use std::collections::HashMap;
use std::sync::LazyLock;

use understudy_values::types::{CollationId, ColumnType, IntSize};

use super::VirtualTable;
use crate::charsets;
use crate::select::ResultColumn;

const RECORDED: &str = include_str!("layouts.txt");

static LAYOUTS: LazyLock<HashMap<&'static str, Vec<Layout>>> = LazyLock::new(|| read(RECORDED));

const BINARY: u16 = 128;
const ENUM_OR_SET: u16 = 256 | 2048;
const UNSIGNED: u16 = 32;

/// The definition of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Name, or heading.
    pub name: &'static str,
    /// Name in the table.
    pub org_name: &'static str,
    /// Database; empty for expressions.
    pub schema: &'static str,
    /// Table or its alias.
    pub table: &'static str,
    /// Table; empty for expressions.
    pub org_table: &'static str,
    /// Text in the client's character set rather than numbers, times or bytes.
    pub text: bool,
    /// Type code of the protocol.
    pub type_code: u8,
    /// Length in characters of text, else in bytes.
    pub length: u32,
    /// Flags of the protocol, without `NUM`.
    pub flags: u16,
    /// Decimals.
    pub decimals: u8,
}

/// The columns of a SHOW statement (`SHOW COLUMNS`) or of a table of `information_schema` (`COLUMNS`).
pub fn find(key: &str) -> Option<&'static [Layout]> {
    LAYOUTS.get(key).map(Vec::as_slice)
}

fn read(text: &'static str) -> HashMap<&'static str, Vec<Layout>> {
    let mut layouts: HashMap<_, Vec<Layout>> = HashMap::new();
    let mut section = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let key = line.strip_prefix('[').and_then(|l| l.strip_suffix(']'));
        if let Some(key) = key {
            section = key;
        } else if let Some(column) = read_line(line) {
            layouts.entry(section).or_default().push(column);
        }
    }
    layouts
}

fn read_line(line: &'static str) -> Option<Layout> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    Some(Layout {
        name: next()?,
        org_name: next()?,
        schema: next()?,
        table: next()?,
        org_table: next()?,
        text: next()? == "text",
        type_code: next()?.parse().ok()?,
        length: next()?.parse().ok()?,
        flags: next()?.parse().ok()?,
        decimals: next()?.parse().ok()?,
    })
}

impl Layout {
    /// The collation and the length in bytes of what the client gets.
    pub fn collation_and_length(&self, results: Option<CollationId>) -> (CollationId, u32) {
        if !self.text {
            return (CollationId::BINARY, self.length);
        }
        let collation = results.unwrap_or(CollationId::UTF8MB4_GENERAL_CI);
        let width = charsets::mbmaxlen(collation);
        (collation, self.length.saturating_mul(width))
    }

    /// The integer type of the column; `None` for others.
    pub(super) fn integer(&self) -> Option<ColumnType> {
        let size = match self.type_code {
            1 => IntSize::Tiny,
            2 => IntSize::Small,
            9 => IntSize::Medium,
            3 => IntSize::Int,
            8 => IntSize::Big,
            _ => return None,
        };
        Some(ColumnType::Int {
            size,
            unsigned: self.flags & UNSIGNED != 0,
            zerofill: false,
            width: u16::try_from(self.length).ok(),
        })
    }

    /// The type under which the column's values are kept.
    pub(super) fn column_type(&self) -> ColumnType {
        if let Some(integer) = self.integer() {
            return integer;
        }
        match self.type_code {
            4 | 5 => ColumnType::Double {
                digits: None,
                unsigned: false,
                zerofill: false,
            },
            7 | 12 => ColumnType::DateTime {
                fsp: self.decimals,
                old: false,
            },
            245 | 249..=252 => VirtualTable::long_text(),
            _ if self.flags & BINARY != 0 && self.flags & ENUM_OR_SET == 0 => {
                VirtualTable::name_type()
            }
            _ => VirtualTable::text(self.length),
        }
    }

    /// Puts the definition into `column`, which keeps its name (headings vary) and, in a query, its alias.
    pub(crate) fn apply(&'static self, column: &mut ResultColumn, results: Option<CollationId>) {
        let integer = |code: u8| matches!(code, 1..=3 | 8 | 9);
        let either = integer(column.type_code) || integer(self.type_code);
        column.schema = self.schema.to_owned();
        column.org_table = self.org_table.to_owned();
        column.org_name = if self.org_name == self.name {
            column.name.clone()
        } else {
            self.org_name.to_owned()
        };
        // In the binary protocol the type code says how many bytes an integer has.
        if !either {
            column.type_code = self.type_code;
        }
        let (collation, length) = self.collation_and_length(results);
        column.collation = collation.0;
        column.length = length;
        column.flags = self.flags;
        column.decimals = self.decimals;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_line_is_read() {
        let lines = RECORDED.lines();
        let columns = lines.filter(|l| !l.starts_with('#') && !l.starts_with('['));
        let read: usize = LAYOUTS.values().map(Vec::len).sum();
        assert_eq!(read, columns.count());
        let columns = find("SHOW COLUMNS").unwrap();
        assert_eq!(columns.len(), 6);
    }
}
