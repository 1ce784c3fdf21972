//! A statement: the parser does not panic, and what it accepts prints to text that parses to the same tree.
//!
//! Input: a byte that chooses flavour and version, a byte that chooses `sql_mode` and character set, the statement.
#![no_main]

use libfuzzer_sys::fuzz_target;
use understudy_sql::parser::parse_prepared;
use understudy_sql::printer::{self, Parens};
use understudy_sql::{Dialect, ParseContext, SqlMode};
use understudy_values::types::CollationId;

const DIALECTS: [Dialect; 4] = [
    Dialect::mysql(90700),
    Dialect::mariadb(110800),
    Dialect::mysql(50651),
    Dialect::mariadb(101106),
];
const CHARSETS: [u16; 4] = [45, 28, 13, 8];

fuzz_target!(|data: &[u8]| {
    let [choice, modes, text @ ..] = data else {
        return;
    };
    let dialect = DIALECTS[usize::from(choice % 4)];
    let mut context = ParseContext::new(dialect);
    context.charset = CollationId(CHARSETS[usize::from(modes >> 6)]);
    for (bit, mode) in [
        (1, SqlMode::ANSI_QUOTES),
        (2, SqlMode::NO_BACKSLASH_ESCAPES),
        (4, SqlMode::PIPES_AS_CONCAT),
        (8, SqlMode::HIGH_NOT_PRECEDENCE),
        (16, SqlMode::IGNORE_SPACE),
    ] {
        if modes & bit != 0 {
            context.sql_mode = context.sql_mode.with(mode);
        }
    }
    let Ok((tree, _)) = parse_prepared(text, &context) else {
        return;
    };
    // Printed text is for the default modes in utf8mb4; texts kept as written are not.
    let plain = ParseContext::new(dialect);
    if context != plain || std::str::from_utf8(text).is_err() {
        return;
    }
    let printed = if dialect.mariadb {
        printer::mariadb_statement(&tree, Parens::Needed)
    } else {
        printer::statement(&tree, Parens::Needed)
    };
    let (again, _) = parse_prepared(&printed, &plain).expect("printed text parses");
    assert_eq!(again, tree);
});
