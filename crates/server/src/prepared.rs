//! Prepared statements: the text is kept and executed anew with its parameters as literals.
//!
//! A parameter becomes a literal of its own type at the place of its `?`, so that execution has one path
//! whatever the protocol.

use understudy_base::error::MysqlError;
use understudy_sql::context::{ParseContext, SqlMode};
use understudy_sql::lexer::{Lexer, TokenKind};
use understudy_values::wire_type::WireType;
use understudy_wire::binary::{BinaryDateTime, BinaryTime, BinaryValue};
use understudy_wire::statement::{Parameter, ParameterType};

use crate::eval::Val;

/// A prepared statement of the protocol.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Text in the client's character set.
    pub text: Vec<u8>,
    /// Number of parameters.
    pub parameters: u16,
    /// Types bound last.
    pub types: Vec<ParameterType>,
    /// Values sent ahead by COM_STMT_SEND_LONG_DATA.
    pub long_data: Vec<Option<Vec<u8>>>,
}

impl Prepared {
    /// For each parameter, whether its value was sent ahead.
    pub fn sent_ahead(&self) -> Vec<bool> {
        self.long_data.iter().map(Option::is_some).collect()
    }
}

/// The text with each `?` replaced by a literal.
pub fn substitute(
    text: &[u8],
    literals: &[Vec<u8>],
    context: &ParseContext,
) -> Result<Vec<u8>, MysqlError> {
    let mut out = Vec::with_capacity(text.len() + literals.len() * 16);
    let mut lexer = Lexer::new(text, context);
    let mut copied = 0;
    let mut next = literals.iter();
    loop {
        let token = lexer.next_token();
        match token.kind {
            TokenKind::End | TokenKind::Bad => break,
            TokenKind::Param => {
                let literal = next
                    .next()
                    .ok_or_else(|| wrong_arguments("mysqld_stmt_execute"))?;
                out.extend_from_slice(text.get(copied..token.start).unwrap_or_default());
                out.extend_from_slice(literal);
                copied = token.end;
            }
            _ => {}
        }
    }
    if next.next().is_some() {
        return Err(wrong_arguments("EXECUTE"));
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
    Ok(out)
}

/// Error 1210.
pub fn wrong_arguments(what: &str) -> MysqlError {
    MysqlError::new(1210, format!("Incorrect arguments to {what}"))
}

/// A parameter of the protocol as a literal.
pub fn literal(parameter: &Parameter, long_data: Option<&[u8]>, mode: SqlMode) -> Vec<u8> {
    let binary = is_binary(parameter.parameter_type.column_type);
    match (&parameter.value, long_data) {
        (None, data) => string_literal(data.unwrap_or_default(), binary, mode),
        (Some(BinaryValue::Null), _) => b"NULL".to_vec(),
        (Some(BinaryValue::Int(value)), _) => value.to_string().into_bytes(),
        (Some(BinaryValue::UInt(value)), _) => value.to_string().into_bytes(),
        (Some(BinaryValue::Float(value)), _) => format!("{value:e}").into_bytes(),
        (Some(BinaryValue::Double(value)), _) => format!("{value:e}").into_bytes(),
        (Some(BinaryValue::Bytes(bytes)), _) => {
            let number = matches!(
                parameter.parameter_type.column_type,
                WireType::DECIMAL | WireType::NEWDECIMAL
            );
            if number && is_decimal(bytes) {
                return bytes.clone();
            }
            string_literal(bytes, binary, mode)
        }
        (Some(BinaryValue::DateTime(value)), _) => {
            string_literal(datetime_text(value).as_bytes(), false, mode)
        }
        (Some(BinaryValue::Time(value)), _) => {
            string_literal(time_text(value).as_bytes(), false, mode)
        }
    }
}

/// A user variable as a literal.
pub fn variable_literal(value: &Val, mode: SqlMode) -> Vec<u8> {
    match value {
        Val::Null => b"NULL".to_vec(),
        Val::Int(value) => value.to_string().into_bytes(),
        Val::Decimal(text) => text.clone().into_bytes(),
        Val::Double(value) => format!("{value:e}").into_bytes(),
        Val::Text(text) => {
            let mut out = b"_utf8mb4".to_vec();
            out.extend(string_literal(text.as_bytes(), false, mode));
            out
        }
        Val::Bytes(bytes) => string_literal(bytes, true, mode),
    }
}

fn is_binary(column_type: WireType) -> bool {
    matches!(
        column_type,
        WireType::TINY_BLOB
            | WireType::MEDIUM_BLOB
            | WireType::LONG_BLOB
            | WireType::BLOB
            | WireType::BIT
            | WireType::GEOMETRY
            | WireType::VECTOR
    )
}

fn is_decimal(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let plain = |b: &u8| b.is_ascii_digit() || *b == b'.';
    !digits.is_empty() && digits.iter().all(plain) && digits.iter().any(u8::is_ascii_digit)
}

fn string_literal(bytes: &[u8], binary: bool, mode: SqlMode) -> Vec<u8> {
    if binary {
        let digits: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        return format!("_binary x'{digits}'").into_bytes();
    }
    let backslash = !mode.has(SqlMode::NO_BACKSLASH_ESCAPES);
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.push(b'\'');
    for &byte in bytes {
        match byte {
            b'\'' => out.extend_from_slice(b"''"),
            b'\\' if backslash => out.extend_from_slice(b"\\\\"),
            byte => out.push(byte),
        }
    }
    out.push(b'\'');
    out
}

fn datetime_text(value: &BinaryDateTime) -> String {
    let mut text = format!("{:04}-{:02}-{:02}", value.year, value.month, value.day);
    if (value.hour, value.minute, value.second, value.micros) != (0, 0, 0, 0) {
        text += &format!(" {:02}:{:02}:{:02}", value.hour, value.minute, value.second);
    }
    if value.micros != 0 {
        text += &format!(".{:06}", value.micros);
    }
    text
}

fn time_text(value: &BinaryTime) -> String {
    let sign = if value.negative { "-" } else { "" };
    let hours = u64::from(value.days) * 24 + u64::from(value.hour);
    let mut text = format!("{sign}{hours:02}:{:02}:{:02}", value.minute, value.second);
    if value.micros != 0 {
        text += &format!(".{:06}", value.micros);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use understudy_sql::context::Dialect;

    #[test]
    fn markers_are_replaced_outside_strings_and_comments_only() {
        let context = ParseContext::new(Dialect::mysql(90_700));
        let text = b"SELECT ?, '?', `?` /* ? */ FROM t WHERE a=?";
        let got = substitute(text, &[b"1".to_vec(), b"'x'".to_vec()], &context).unwrap();
        let expected = b"SELECT 1, '?', `?` /* ? */ FROM t WHERE a='x'";
        assert_eq!(got, expected);
        assert_eq!(substitute(text, &[], &context).unwrap_err().errno, 1210);
        let many = vec![b"1".to_vec(); 3];
        assert_eq!(substitute(text, &many, &context).unwrap_err().errno, 1210);
    }

    #[test]
    fn literals_cannot_leave_their_quotes() {
        let mode = SqlMode::default();
        let text = |bytes: &[u8], mode| String::from_utf8(string_literal(bytes, false, mode));
        assert_eq!(text(b"a'b\\", mode).unwrap(), "'a''b\\\\'");
        let plain = SqlMode::NO_BACKSLASH_ESCAPES;
        assert_eq!(text(b"a'b\\", plain).unwrap(), "'a''b\\'");
        let bytes = string_literal(b"\xff'", true, mode);
        assert_eq!(bytes, b"_binary x'ff27'");
        assert!(!is_decimal(b"1;DROP"));
        assert!(!is_decimal(b"-"));
        assert!(is_decimal(b"-1.50"));
    }
}
