//! Options of the applier that change what an event may do here.

use crate::audit::AuditMode;
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

/// Options of the applier; those that SET GLOBAL changes are read at each event.
#[derive(Debug, Default)]
pub struct ApplyOptions {
    /// `slave_exec_mode=IDEMPOTENT`
    idempotent: AtomicBool,
    conversions: AtomicU8,
    audit: AtomicU8,
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
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
