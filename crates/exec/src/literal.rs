//! Constants of statements: their text and number.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{Expr, Literal, StringLiteral, UnaryOp};
use understudy_values::charset::Charset;
use understudy_values::decimal::Decimal;
use understudy_values::types::CollationId;

use crate::{charsets, errors, pack};

/// A constant with its sign applied.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    Null,
    /// An exact or inexact number, as text.
    Number(String),
    /// Text in the character set of the collation.
    Text(Vec<u8>, CollationId),
    /// Bytes of `x'..'` or `b'..'`: a number in a number's place.
    Bytes(Vec<u8>),
}

/// The constant an expression is, if it is one.
pub(crate) fn constant(
    expr: &Expr,
    client_collation: CollationId,
) -> Result<Option<Constant>, MysqlError> {
    Ok(match expr {
        Expr::Literal(literal) => Some(of_literal(literal, client_collation)?),
        Expr::Unary(UnaryOp::Plus, inner) => constant(inner, client_collation)?,
        Expr::Unary(UnaryOp::Minus, inner) => match constant(inner, client_collation)? {
            Some(Constant::Number(text)) => Some(Constant::Number(negated(&text))),
            Some(Constant::Null) => Some(Constant::Null),
            Some(Constant::Text(..) | Constant::Bytes(_)) | None => None,
        },
        Expr::Collate(inner, _) => constant(inner, client_collation)?,
        _ => None,
    })
}

fn negated(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) => rest.to_owned(),
        None => format!("-{text}"),
    }
}

fn of_literal(literal: &Literal, client: CollationId) -> Result<Constant, MysqlError> {
    Ok(match literal {
        Literal::Null => Constant::Null,
        Literal::Bool(value) => Constant::Number(if *value { "1" } else { "0" }.to_owned()),
        Literal::Integer(n) => Constant::Number(n.to_string()),
        Literal::Decimal(text) | Literal::Float(text) => Constant::Number(text.clone()),
        Literal::String(string) | Literal::Temporal(_, string) => {
            Constant::Text(string.bytes.clone(), collation_of(string, client)?)
        }
        Literal::Hex { bytes, introducer } => match introducer {
            Some(name) => Constant::Text(bytes.clone(), introducer_collation(name)?),
            None => Constant::Bytes(bytes.clone()),
        },
        Literal::Bit { digits, introducer } => {
            let bytes = Literal::bit_bytes(digits);
            match introducer {
                Some(name) => Constant::Text(bytes, introducer_collation(name)?),
                None => Constant::Bytes(bytes),
            }
        }
    })
}

fn introducer_collation(name: &str) -> Result<CollationId, MysqlError> {
    Ok(charsets::charset_by_name(name)?.binary_collation())
}

/// A collation of the literal's character set.
pub(crate) fn collation_of(
    literal: &StringLiteral,
    client: CollationId,
) -> Result<CollationId, MysqlError> {
    match &literal.introducer {
        Some(name) => introducer_collation(name),
        None => Ok(client),
    }
}

/// A string literal in UTF-8.
pub(crate) fn utf8_text(
    literal: &StringLiteral,
    client: CollationId,
) -> Result<String, MysqlError> {
    let collation = collation_of(literal, client)?;
    pack::to_utf8(&literal.bytes, collation).map_err(|e| errors::value(&e))
}

/// Bytes of a hexadecimal or bit literal as a number.
pub(crate) fn bytes_number(bytes: &[u8]) -> Option<u64> {
    let significant = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
    let value = bytes.get(significant..).unwrap_or_default();
    if value.len() > 8 {
        return None;
    }
    Some(value.iter().fold(0u64, |n, b| n << 8 | u64::from(*b)))
}

/// A number's text as an exact decimal, when it has no exponent.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let exponent = text.bytes().any(|b| matches!(b, b'e' | b'E'));
    if exponent {
        return None;
    }
    Decimal::parse(text.as_bytes())
        .ok()
        .flatten()
        .map(|(d, _)| d)
}

/// Any collation of UTF-8, for texts that are compared by nobody.
pub(crate) fn utf8_collation() -> CollationId {
    Charset::by_name("utf8mb4").map_or(CollationId::UTF8MB4_GENERAL_CI, Charset::binary_collation)
}
