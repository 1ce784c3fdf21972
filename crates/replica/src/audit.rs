//! The before-image audit: what the source says a row was, beside what it was here.
//!
//! `understudy_before_image_audit` switches it: OFF compares nothing, REPORT keeps what differs for
//! `performance_schema.understudy_row_audit`, STOP stops the applier before the row is changed as well. Memory is
//! bounded: only the last differences are kept, and how many had to go is counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use understudy_base::observe::RowAuditRow;
use understudy_values::charset::Charset;
use understudy_values::text::{TextContext, write_text};
use understudy_values::types::ColumnType;

/// Differing columns kept a channel.
pub const MOST_DIFFERENCES: usize = 1000;
/// Characters of a value that are kept.
const MOST_CHARACTERS: usize = 1000;

/// `understudy_before_image_audit`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum AuditMode {
    /// Nothing is compared.
    #[default]
    Off,
    /// Differences are reported.
    Report,
    /// A difference is reported and stops the applier.
    Stop,
}

impl AuditMode {
    /// By the variable's value; anything else is `Off`: the server has checked it.
    pub fn by_name(name: &str) -> AuditMode {
        if name.eq_ignore_ascii_case("STOP") {
            AuditMode::Stop
        } else if name.eq_ignore_ascii_case("REPORT") {
            AuditMode::Report
        } else {
            AuditMode::Off
        }
    }

    /// By its number.
    pub(crate) fn of_number(number: u8) -> AuditMode {
        match number {
            1 => AuditMode::Report,
            2 => AuditMode::Stop,
            _ => AuditMode::Off,
        }
    }
}

/// What the audit of a channel has seen.
#[derive(Default)]
pub struct RowAudit {
    differences: Mutex<VecDeque<RowAuditRow>>,
    compared: AtomicU64,
    rows: AtomicU64,
    columns: AtomicU64,
    forgotten: AtomicU64,
}

impl RowAudit {
    fn lock(&self) -> MutexGuard<'_, VecDeque<RowAuditRow>> {
        // What a panicking holder leaves are whole rows.
        self.differences
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Rows were compared.
    pub(crate) fn compared(&self, rows: u64) {
        self.compared.fetch_add(rows, Ordering::Relaxed);
    }

    /// A row differs in these columns.
    pub(crate) fn differs(&self, columns: Vec<RowAuditRow>) {
        self.rows.fetch_add(1, Ordering::Relaxed);
        self.columns
            .fetch_add(columns.len() as u64, Ordering::Relaxed);
        let mut kept = self.lock();
        for column in columns {
            if kept.len() >= MOST_DIFFERENCES {
                kept.pop_front();
                self.forgotten.fetch_add(1, Ordering::Relaxed);
            }
            kept.push_back(column);
        }
    }

    /// The last differences, oldest first.
    pub fn rows(&self) -> Vec<RowAuditRow> {
        self.lock().iter().cloned().collect()
    }

    /// As status variables.
    pub fn status_variables(&self) -> [(&'static str, u64); 4] {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("Understudy_row_audit_compared_rows", read(&self.compared)),
            ("Understudy_row_audit_different_rows", read(&self.rows)),
            (
                "Understudy_row_audit_different_columns",
                read(&self.columns),
            ),
            (
                "Understudy_row_audit_forgotten_columns",
                read(&self.forgotten),
            ),
        ]
    }
}

/// A field as text that can be printed; `None` for NULL.
pub(crate) fn printable(ty: &ColumnType, field: Option<&[u8]>) -> Option<String> {
    let field = field?;
    let context = TextContext {
        results: Charset::by_name("utf8mb4"),
        ..TextContext::raw()
    };
    let bytes = matches!(
        ty,
        ColumnType::Bit { .. }
            | ColumnType::Binary { .. }
            | ColumnType::VarBinary { .. }
            | ColumnType::Blob { .. }
            | ColumnType::Geometry { .. }
            | ColumnType::Vector { .. }
    );
    let mut out = Vec::new();
    // Bytes that are no value of the type are shown as they are.
    let plain = write_text(ty, field, &context, &mut out).is_ok();
    let shown = if plain { &out[..] } else { field };
    let cut = &shown[..shown.len().min(4 * MOST_CHARACTERS)];
    let text: String = if bytes || !plain {
        let digits = cut.iter().map(|byte| format!("{byte:02X}"));
        std::iter::once("0x".to_owned()).chain(digits).collect()
    } else {
        String::from_utf8_lossy(cut).into_owned()
    };
    let mut short: String = text.chars().take(MOST_CHARACTERS).collect();
    if short.len() < text.len() || cut.len() < shown.len() {
        short.push_str("...");
    }
    Some(short)
}

/// A value as a statement would have it.
pub(crate) fn quoted(ty: &ColumnType, value: Option<&str>) -> String {
    let number = matches!(
        ty,
        ColumnType::Int { .. }
            | ColumnType::Decimal { .. }
            | ColumnType::Float { .. }
            | ColumnType::Double { .. }
            | ColumnType::Year { .. }
    );
    match value {
        None => "NULL".to_owned(),
        Some(text) if number || text.starts_with("0x") => text.to_owned(),
        Some(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use understudy_values::types::{CollationId, IntSize};

    fn difference(number: u64) -> RowAuditRow {
        RowAuditRow {
            channel: String::new(),
            table: ("d".into(), "t".into()),
            event_type: "Update_rows",
            key: format!("a={number}"),
            column: "b".into(),
            source_value: None,
            replica_value: None,
            file: String::new(),
            end_log_pos: 0,
            gtid: String::new(),
            seen_us: 0,
        }
    }

    #[test]
    fn the_oldest_differences_go_and_are_counted() {
        let audit = RowAudit::default();
        for number in 0..MOST_DIFFERENCES as u64 + 3 {
            audit.differs(vec![difference(number)]);
        }
        assert_eq!(audit.rows().len(), MOST_DIFFERENCES);
        assert_eq!(audit.rows()[0].key, "a=3");
        let forgotten = ("Understudy_row_audit_forgotten_columns", 3);
        assert!(audit.status_variables().contains(&forgotten));
    }

    #[test]
    fn values_are_printed_and_cut() {
        let int = ColumnType::Int {
            size: IntSize::Int,
            unsigned: false,
            zerofill: false,
            width: None,
        };
        let number = printable(&int, Some(&[0xfe, 0xff, 0xff, 0xff]));
        assert_eq!(number.as_deref(), Some("-2"));
        assert_eq!(quoted(&int, number.as_deref()), "-2");
        assert_eq!(printable(&int, None), None);
        // Too few bytes for its type.
        assert_eq!(printable(&int, Some(&[0xfe])).as_deref(), Some("0xFE"));
        let text = ColumnType::VarChar {
            length: 3000,
            collation: CollationId::UTF8MB4_GENERAL_CI,
        };
        let mut field = 2500u16.to_le_bytes().to_vec();
        field.resize(2502, b'x');
        let shown = printable(&text, Some(&field)).unwrap_or_default();
        assert_eq!(shown.len(), MOST_CHARACTERS + 3);
        assert_eq!(quoted(&text, Some("a'b")), "'a\\'b'");
    }
}
