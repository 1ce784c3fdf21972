//! Options of the applier that change what an event may do here.

use crate::audit::AuditMode;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// `replica_type_conversions`: which columns may have another type here than on the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeConversions {
    /// ALL_LOSSY: into types that hold less.
    pub lossy: bool,
    /// ALL_NON_LOSSY: into types that hold more.
    pub non_lossy: bool,
    /// ALL_UNSIGNED without ALL_SIGNED: integers of the source that are converted are unsigned.
    pub unsigned: bool,
}

/// What a channel asks of the source's events (CHANGE REPLICATION SOURCE TO).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// REQUIRE_ROW_FORMAT
    pub row_format: bool,
    /// REQUIRE_TABLE_PRIMARY_KEY_CHECK=ON. With STREAM the source has checked what it wanted checked.
    pub primary_key: bool,
}

const LOSSY: u8 = 1;
const NON_LOSSY: u8 = 2;
const UNSIGNED: u8 = 4;

impl TypeConversions {
    /// The value of the variable: words with commas. Words that are none of its are not looked at: the server
    /// has checked them.
    pub fn parse(text: &str) -> TypeConversions {
        let has = |word: &str| text.split(',').any(|w| w.trim().eq_ignore_ascii_case(word));
        TypeConversions {
            lossy: has("ALL_LOSSY"),
            non_lossy: has("ALL_NON_LOSSY"),
            unsigned: has("ALL_UNSIGNED") && !has("ALL_SIGNED"),
        }
    }

    fn bits(self) -> u8 {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        bit(self.lossy, LOSSY) | bit(self.non_lossy, NON_LOSSY) | bit(self.unsigned, UNSIGNED)
    }

    fn of_bits(bits: u8) -> TypeConversions {
        TypeConversions {
            lossy: bits & LOSSY != 0,
            non_lossy: bits & NON_LOSSY != 0,
            unsigned: bits & UNSIGNED != 0,
        }
    }
}

/// `slave_skip_errors`: errors of the applier that do not stop it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkipErrors {
    all: bool,
    numbers: BTreeSet<u16>,
}

/// What `ddl_exist_errors` stands for.
const DDL_EXIST_ERRORS: [u16; 10] = [1007, 1008, 1050, 1051, 1054, 1060, 1061, 1068, 1091, 1146];

/// Errors that say nothing of the data: what this server cannot read, store or do. To pass them over would lose
/// changes that any other replica makes.
const NEVER_SKIPPED: [u16; 6] = [1030, 1235, 1594, 1595, 1677, 1871];

impl SkipErrors {
    /// The value of the option, as mysqld reads it: `OFF`, `all`, or numbers with anything between them, after
    /// `ddl_exist_errors` perhaps.
    pub fn parse(text: &str) -> SkipErrors {
        let text = text.trim_start().to_ascii_lowercase();
        if text.starts_with("all") {
            return SkipErrors {
                all: true,
                numbers: BTreeSet::new(),
            };
        }
        let mut numbers = BTreeSet::new();
        let mut rest = text.as_str();
        if let Some(after) = text.strip_prefix("ddl_exist_errors") {
            numbers.extend(DDL_EXIST_ERRORS);
            rest = after;
        }
        let written = rest.split(|c: char| !c.is_ascii_digit());
        numbers.extend(written.filter_map(|number| number.parse::<u16>().ok()));
        numbers.remove(&0);
        SkipErrors {
            all: false,
            numbers,
        }
    }

    /// No error is passed over.
    pub fn is_off(&self) -> bool {
        !self.all && self.numbers.is_empty()
    }

    /// This error is passed over.
    pub fn contains(&self, errno: u16) -> bool {
        (self.all || self.numbers.contains(&errno)) && !NEVER_SKIPPED.contains(&errno)
    }
}

impl std::fmt::Display for SkipErrors {
    /// As SHOW VARIABLES shows it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.all, self.is_off()) {
            (true, _) => f.write_str("ALL"),
            (_, true) => f.write_str("OFF"),
            _ => {
                let numbers: Vec<String> = self.numbers.iter().map(u16::to_string).collect();
                f.write_str(&numbers.join(","))
            }
        }
    }
}

/// Options of the applier; those that SET GLOBAL changes are read at each event.
#[derive(Debug, Default)]
pub struct ApplyOptions {
    /// `slave_exec_mode=IDEMPOTENT`
    idempotent: AtomicBool,
    conversions: AtomicU8,
    audit: AtomicU8,
    /// `slave_skip_errors`; set before replication starts.
    skip_errors: OnceLock<SkipErrors>,
}

impl ApplyOptions {
    /// `understudy_before_image_audit`
    pub fn audit(&self) -> AuditMode {
        AuditMode::of_number(self.audit.load(Ordering::Relaxed))
    }

    /// `slave_exec_mode=IDEMPOTENT`
    pub fn idempotent(&self) -> bool {
        self.idempotent.load(Ordering::Relaxed)
    }

    /// `replica_type_conversions`
    pub fn conversions(&self) -> TypeConversions {
        TypeConversions::of_bits(self.conversions.load(Ordering::Relaxed))
    }

    /// `slave_skip_errors`
    pub fn skip_errors(&self) -> &SkipErrors {
        self.skip_errors.get_or_init(SkipErrors::default)
    }

    /// SET GLOBAL of one of its variables; false when the name is none of them.
    pub fn set_variable(&self, name: &str, value: &str) -> bool {
        match name {
            "replica_exec_mode" => {
                let idempotent = value.eq_ignore_ascii_case("IDEMPOTENT");
                self.idempotent.store(idempotent, Ordering::Relaxed);
            }
            "replica_type_conversions" => {
                let bits = TypeConversions::parse(value).bits();
                self.conversions.store(bits, Ordering::Relaxed);
            }
            "understudy_before_image_audit" => {
                let mode = AuditMode::by_name(value) as u8;
                self.audit.store(mode, Ordering::Relaxed);
            }
            // Not dynamic: what is set first stays.
            "replica_skip_errors" => {
                self.skip_errors.get_or_init(|| SkipErrors::parse(value));
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_errors_are_read_as_by_mysqld() {
        for (text, shown, inside, outside) in [
            ("OFF", "OFF", &[][..], &[1062][..]),
            ("1062, 1032", "1032,1062", &[1062, 1032], &[1050]),
            ("all", "ALL", &[1062, 1146], &[1594, 1235, 1030]),
            (
                "ddl_exist_errors,1062",
                "1007,1008,1050,1051,1054,1060,1061,1062,1068,1091,1146",
                &[1050, 1062],
                &[1032],
            ),
        ] {
            let errors = SkipErrors::parse(text);
            assert_eq!(errors.to_string(), shown);
            assert!(inside.iter().all(|e| errors.contains(*e)), "{text}");
            assert!(!outside.iter().any(|e| errors.contains(*e)), "{text}");
        }
    }

    #[test]
    fn conversions_round_trip() {
        for (text, lossy, non_lossy, unsigned) in [
            ("", false, false, false),
            ("ALL_LOSSY", true, false, false),
            ("all_non_lossy,ALL_UNSIGNED", false, true, true),
            (
                "ALL_LOSSY,ALL_NON_LOSSY,ALL_UNSIGNED,ALL_SIGNED",
                true,
                true,
                false,
            ),
        ] {
            let options = ApplyOptions::default();
            assert!(options.set_variable("replica_type_conversions", text));
            let expected = TypeConversions {
                lossy,
                non_lossy,
                unsigned,
            };
            assert_eq!(options.conversions(), expected, "{text}");
        }
    }
}
