//! `sql_mode` between its text and its bits.

use understudy_sql::context::SqlMode;

/// Names in the order in which the server prints them.
const NAMES: &[(&str, SqlMode)] = &[
    ("REAL_AS_FLOAT", SqlMode::REAL_AS_FLOAT),
    ("PIPES_AS_CONCAT", SqlMode::PIPES_AS_CONCAT),
    ("ANSI_QUOTES", SqlMode::ANSI_QUOTES),
    ("IGNORE_SPACE", SqlMode::IGNORE_SPACE),
    ("ONLY_FULL_GROUP_BY", SqlMode::ONLY_FULL_GROUP_BY),
    ("NO_UNSIGNED_SUBTRACTION", SqlMode::NO_UNSIGNED_SUBTRACTION),
    ("NO_DIR_IN_CREATE", SqlMode::NO_DIR_IN_CREATE),
    ("ANSI", SqlMode::ANSI),
    ("NO_AUTO_VALUE_ON_ZERO", SqlMode::NO_AUTO_VALUE_ON_ZERO),
    ("NO_BACKSLASH_ESCAPES", SqlMode::NO_BACKSLASH_ESCAPES),
    ("STRICT_TRANS_TABLES", SqlMode::STRICT_TRANS_TABLES),
    ("STRICT_ALL_TABLES", SqlMode::STRICT_ALL_TABLES),
    ("NO_ZERO_IN_DATE", SqlMode::NO_ZERO_IN_DATE),
    ("NO_ZERO_DATE", SqlMode::NO_ZERO_DATE),
    ("ALLOW_INVALID_DATES", SqlMode::ALLOW_INVALID_DATES),
    (
        "ERROR_FOR_DIVISION_BY_ZERO",
        SqlMode::ERROR_FOR_DIVISION_BY_ZERO,
    ),
    ("TRADITIONAL", SqlMode::TRADITIONAL),
    ("HIGH_NOT_PRECEDENCE", SqlMode::HIGH_NOT_PRECEDENCE),
    ("NO_ENGINE_SUBSTITUTION", SqlMode::NO_ENGINE_SUBSTITUTION),
    ("PAD_CHAR_TO_FULL_LENGTH", SqlMode::PAD_CHAR_TO_FULL_LENGTH),
    (
        "TIME_TRUNCATE_FRACTIONAL",
        SqlMode::TIME_TRUNCATE_FRACTIONAL,
    ),
];

/// What a combination stands for beside itself.
fn expand(mode: SqlMode) -> SqlMode {
    if mode == SqlMode::ANSI {
        return mode
            .with(SqlMode::REAL_AS_FLOAT)
            .with(SqlMode::PIPES_AS_CONCAT)
            .with(SqlMode::ANSI_QUOTES)
            .with(SqlMode::IGNORE_SPACE)
            .with(SqlMode::ONLY_FULL_GROUP_BY);
    }
    if mode == SqlMode::TRADITIONAL {
        return mode
            .with(SqlMode::STRICT_TRANS_TABLES)
            .with(SqlMode::STRICT_ALL_TABLES)
            .with(SqlMode::NO_ZERO_IN_DATE)
            .with(SqlMode::NO_ZERO_DATE)
            .with(SqlMode::ERROR_FOR_DIVISION_BY_ZERO)
            .with(SqlMode::NO_ENGINE_SUBSTITUTION);
    }
    mode
}

/// The bits of a list of names; the part that is no mode is the error.
pub fn parse(text: &str) -> Result<SqlMode, String> {
    let mut modes = SqlMode::default();
    for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        // Modes of 5.x that dumps of that age set; 8.0 and later accept the first in the same way.
        if part.eq_ignore_ascii_case("NO_AUTO_CREATE_USER") {
            modes = modes.with(SqlMode::NO_AUTO_CREATE_USER);
            continue;
        }
        let named = NAMES.iter().find(|(n, _)| n.eq_ignore_ascii_case(part));
        let (_, mode) = named.ok_or_else(|| part.to_owned())?;
        modes = modes.with(expand(*mode));
    }
    Ok(modes)
}

/// The text of these bits; `None` where one has no name.
pub fn of_bits(bits: i128) -> Option<String> {
    let modes = SqlMode(u64::try_from(bits).ok()?);
    let known = NAMES.iter().fold(0, |all, (_, mode)| all | mode.0);
    (modes.0 & !known == 0).then(|| text_of(modes))
}

fn text_of(modes: SqlMode) -> String {
    let set = NAMES.iter().filter(|(_, mode)| modes.has(*mode));
    let names: Vec<&str> = set.map(|(name, _)| *name).collect();
    names.join(",")
}

/// The text as the server keeps it.
pub fn normalise(text: &str) -> Result<String, String> {
    Ok(text_of(parse(text)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `SET sql_mode=...; SELECT @@sql_mode` on MySQL 9.7.
    #[test]
    fn combinations_are_expanded() {
        let ansi = "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY,ANSI";
        assert_eq!(normalise("ansi").unwrap(), ansi);
        let traditional = "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                           ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,NO_ENGINE_SUBSTITUTION";
        assert_eq!(normalise("TRADITIONAL").unwrap(), traditional);
        assert_eq!(normalise("").unwrap(), "");
        assert_eq!(of_bits(4).unwrap(), "ANSI_QUOTES");
        assert_eq!(normalise("4"), Err("4".to_owned()));
        assert_eq!(normalise("ANSI_QUOTES,x"), Err("x".to_owned()));
    }
}
