//! Printing of definitions: SHOW CREATE TABLE / DATABASE and the type texts of SHOW COLUMNS.
//!
//! A definition is printed as the server that it came from prints it ([`Flavour`]); what is printed is
//! meant to be byte-identical with that server's own output.
//!
//! [`Flavour`]: understudy_storage::schema::Flavour

mod column_type;
mod create_database;
mod create_table;

pub use column_type::{column_type, data_type};
pub use create_database::create_database;
pub use create_table::{ShowOptions, create_table};

/// Appends an identifier in back-ticks (or double quotes with `ansi_quotes`), doubling the quote inside.
pub fn quote_identifier(out: &mut Vec<u8>, name: &str, ansi_quotes: bool) {
    let quote = if ansi_quotes { b'"' } else { b'`' };
    out.push(quote);
    for byte in name.bytes() {
        if byte == quote {
            out.push(quote);
        }
        out.push(byte);
    }
    out.push(quote);
}

/// Appends a string literal in single quotes, escaped as the server escapes comments and defaults.
pub fn quote_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'\'');
    for &byte in text {
        match byte {
            0 => out.extend_from_slice(b"\\0"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\'' => out.extend_from_slice(b"''"),
            other => out.push(other),
        }
    }
    out.push(b'\'');
}
