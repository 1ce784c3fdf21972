//! MySQL's errors of DDL and SELECT: number and text in one place, MariaDB's wording where it differs.

use understudy_base::error::MysqlError;
use understudy_storage::StoreError;
use understudy_storage::schema::Flavour;

/// 1235 naming what is not supported.
pub fn unsupported(what: impl AsRef<str>) -> MysqlError {
    MysqlError::new(
        1235,
        format!(
            "This version of MySQL doesn't yet support '{}'",
            what.as_ref()
        ),
    )
}

/// An error of the store as the client sees it: 1030.
pub fn store(error: StoreError) -> MysqlError {
    MysqlError::new(1030, format!("Got error from storage engine: {error}"))
}

pub(crate) fn unknown_database(name: &str) -> MysqlError {
    MysqlError::new(1049, format!("Unknown database '{name}'"))
}

pub(crate) fn table_exists(name: &str) -> MysqlError {
    MysqlError::new(1050, format!("Table '{name}' already exists"))
}

pub(crate) fn no_such_table(db: &str, name: &str) -> MysqlError {
    MysqlError::new(1146, format!("Table '{db}.{name}' doesn't exist"))
}

pub(crate) fn no_database_selected() -> MysqlError {
    MysqlError::new(1046, "No database selected")
}

pub(crate) fn unknown_column(name: &str, place: &str) -> MysqlError {
    MysqlError::new(1054, format!("Unknown column '{name}' in '{place}'"))
}

pub(crate) fn duplicate_column(name: &str) -> MysqlError {
    MysqlError::new(1060, format!("Duplicate column name '{name}'"))
}

pub(crate) fn duplicate_key_name(name: &str) -> MysqlError {
    MysqlError::new(1061, format!("Duplicate key name '{name}'"))
}

pub(crate) fn key_column_missing(name: &str) -> MysqlError {
    MysqlError::new(1072, format!("Key column '{name}' doesn't exist in table"))
}

pub(crate) fn invalid_default(name: &str) -> MysqlError {
    MysqlError::new(1067, format!("Invalid default value for '{name}'"))
}

/// 1091; `kind` is MariaDB's word for what was to be dropped.
pub(crate) fn cannot_drop(flavour: Flavour, kind: &str, name: &str) -> MysqlError {
    let text = if flavour.mariadb {
        format!("Can't DROP {kind} `{name}`; check that it exists")
    } else {
        format!("Can't DROP '{name}'; check that column/key exists")
    };
    MysqlError::new(1091, text)
}

pub(crate) fn too_big_precision(flavour: Flavour, given: u64, name: &str, max: u32) -> MysqlError {
    let text = if flavour.mariadb {
        format!("Too big precision specified for '{name}'. Maximum is {max}")
    } else if flavour.version >= 80000 {
        format!("Too-big precision {given} specified for '{name}'. Maximum is {max}.")
    } else {
        format!("Too big precision {given} specified for column '{name}'. Maximum is {max}.")
    };
    MysqlError::new(1426, text)
}

pub(crate) fn too_big_scale(flavour: Flavour, given: u64, name: &str, max: u32) -> MysqlError {
    let text = if flavour.mariadb {
        format!("Too big scale specified for '{name}'. Maximum is {max}")
    } else {
        format!("Too big scale {given} specified for column '{name}'. Maximum is {max}.")
    };
    MysqlError::new(1425, text)
}

pub(crate) fn precision_below_scale(flavour: Flavour, name: &str) -> MysqlError {
    let stop = if flavour.mariadb { "" } else { "." };
    MysqlError::new(
        1427,
        format!(
            "For float(M,D), double(M,D) or decimal(M,D), M must be >= D (column '{name}'){stop}"
        ),
    )
}

pub(crate) fn width_out_of_range(flavour: Flavour, name: &str, max: u32) -> MysqlError {
    let column = if flavour.mariadb { "" } else { "column " };
    MysqlError::new(
        1439,
        format!("Display width out of range for {column}'{name}' (max = {max})"),
    )
}

pub(crate) fn column_too_long(name: &str, max: u32) -> MysqlError {
    MysqlError::new(
        1074,
        format!(
            "Column length too big for column '{name}' (max = {max}); use BLOB or TEXT instead"
        ),
    )
}

pub(crate) fn key_too_long(max: u32) -> MysqlError {
    MysqlError::new(
        1071,
        format!("Specified key was too long; max key length is {max} bytes"),
    )
}

pub(crate) fn wrong_prefix() -> MysqlError {
    MysqlError::new(
        1089,
        "Incorrect prefix key; the used key part isn't a string, the used length is longer than the \
         key part, or the storage engine doesn't support unique prefix keys",
    )
}

pub(crate) fn blob_key_without_length(name: &str) -> MysqlError {
    MysqlError::new(
        1170,
        format!("BLOB/TEXT column '{name}' used in key specification without a key length"),
    )
}

pub(crate) fn multiple_primary_keys() -> MysqlError {
    MysqlError::new(1068, "Multiple primary key defined")
}

pub(crate) fn wrong_auto_key() -> MysqlError {
    MysqlError::new(
        1075,
        "Incorrect table definition; there can be only one auto column and it must be defined as a key",
    )
}

pub(crate) fn primary_key_null() -> MysqlError {
    MysqlError::new(
        1171,
        "All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE instead",
    )
}

/// A row that could not be written.
pub fn row(error: understudy_storage::RowError) -> MysqlError {
    use understudy_storage::RowError;
    match error {
        RowError::Duplicate(key) => key.to_mysql(),
        RowError::ForeignKey(error) => error,
        RowError::Image(reason) => MysqlError::new(
            1030,
            format!("Got error from storage engine: row image: {reason}"),
        ),
        RowError::Store(error) => store(error),
    }
}

/// A value that could not be read or converted, without a column to name.
pub(crate) fn value(error: &understudy_values::ValueError) -> MysqlError {
    use understudy_values::ValueError;
    match error {
        ValueError::UnsupportedCharset(name) => {
            unsupported(format!("conversion of character set {name}"))
        }
        ValueError::UnsupportedCollation(name) => unsupported(format!("collation {name}")),
        ValueError::NoConversion { from, to } => {
            unsupported(format!("conversion of {from} to {to}"))
        }
        ValueError::UnknownTimeZone(name) => {
            MysqlError::new(1298, format!("Unknown or incorrect time zone: '{name}'"))
        }
        ValueError::IncorrectTemporal { kind, value } => {
            MysqlError::new(1292, format!("Incorrect {kind} value: '{value}'"))
        }
        other => MysqlError::new(1366, format!("Incorrect value: {other}")),
    }
}

/// A value that does not fit its column, with MySQL's words.
pub(crate) fn value_of_column(
    error: &understudy_values::ValueError,
    column: &str,
    row: u64,
) -> MysqlError {
    use understudy_values::ValueError;
    match error {
        ValueError::OutOfRange => MysqlError::new(
            1264,
            format!("Out of range value for column '{column}' at row {row}"),
        ),
        ValueError::Truncated => MysqlError::new(
            1265,
            format!("Data truncated for column '{column}' at row {row}"),
        ),
        ValueError::TooLong => MysqlError::new(
            1406,
            format!("Data too long for column '{column}' at row {row}"),
        ),
        ValueError::Incorrect { kind, value } => MysqlError::new(
            1366,
            format!("Incorrect {kind} value: '{value}' for column '{column}' at row {row}"),
        ),
        ValueError::IncorrectTemporal { kind, value } => MysqlError::new(
            1292,
            format!("Incorrect {kind} value: '{value}' for column '{column}' at row {row}"),
        ),
        ValueError::TruncatedNumber { .. }
        | ValueError::InvalidJson { .. }
        | ValueError::BinaryJson => error.to_mysql(column, row),
        other => value(other),
    }
}
