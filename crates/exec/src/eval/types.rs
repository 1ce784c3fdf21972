//! The column type of an expression's result, as far as clients see it.

use understudy_sql::ast::BinaryOp;
use understudy_values::types::{BlobSize, CollationId, ColumnType, IntSize};

use super::node::Node;
use crate::charsets;
use crate::datum::Datum;

/// `BIGINT` of a display width.
pub(crate) fn integer(width: u16) -> ColumnType {
    ColumnType::Int {
        size: IntSize::Big,
        unsigned: false,
        zerofill: false,
        width: Some(width),
    }
}

/// `BIGINT UNSIGNED` of a display width.
pub(crate) fn unsigned(width: u16) -> ColumnType {
    ColumnType::Int {
        size: IntSize::Big,
        unsigned: true,
        zerofill: false,
        width: Some(width),
    }
}

fn double() -> ColumnType {
    ColumnType::Double {
        digits: None,
        unsigned: false,
        zerofill: false,
    }
}

fn decimal(precision: u8, scale: u8) -> ColumnType {
    ColumnType::Decimal {
        precision: precision.clamp(1, 65),
        scale: scale.min(30),
        unsigned: false,
        zerofill: false,
    }
}

/// LONGTEXT in utf8mb4.
pub(crate) fn long_text() -> ColumnType {
    ColumnType::Text {
        size: BlobSize::Long,
        collation: CollationId::UTF8MB4_GENERAL_CI,
    }
}

/// A text that holds all of the arguments' texts after one another.
pub(crate) fn text_type(arguments: &[ColumnType]) -> ColumnType {
    let mut length = 0u32;
    let mut collation = None;
    for ty in arguments {
        length = length.saturating_add(display_length(ty));
        collation = collation.or_else(|| match ty {
            ColumnType::Binary { .. } | ColumnType::VarBinary { .. } | ColumnType::Blob { .. } => {
                Some(CollationId::BINARY)
            }
            other => charsets::column_collation(other),
        });
    }
    sized_text(length, collation.unwrap_or(CollationId::UTF8MB4_GENERAL_CI))
}

fn sized_text(length: u32, collation: CollationId) -> ColumnType {
    let binary = collation == CollationId::BINARY;
    if length.saturating_mul(charsets::mbmaxlen(collation)) > 65535 {
        return if binary {
            ColumnType::Blob {
                size: BlobSize::Long,
            }
        } else {
            ColumnType::Text {
                size: BlobSize::Long,
                collation,
            }
        };
    }
    if binary {
        ColumnType::VarBinary { length }
    } else {
        ColumnType::VarChar { length, collation }
    }
}

/// Characters that a value of the type takes at most.
pub(crate) fn display_length(ty: &ColumnType) -> u32 {
    match ty {
        ColumnType::Int {
            size,
            unsigned,
            width,
            ..
        } => u32::from(width.unwrap_or(match (size, unsigned) {
            (IntSize::Tiny, false) => 4,
            (IntSize::Tiny, true) => 3,
            (IntSize::Small, false) => 6,
            (IntSize::Small, true) => 5,
            (IntSize::Medium, false) => 9,
            (IntSize::Medium, true) => 8,
            (IntSize::Int, false) => 11,
            (IntSize::Int, true) => 10,
            (IntSize::Big, _) => 20,
        })),
        ColumnType::Decimal {
            precision,
            scale,
            unsigned,
            ..
        } => u32::from(*precision) + u32::from(*scale > 0) + u32::from(!unsigned),
        ColumnType::Float { digits, .. } => digits.map_or(12, |(m, _)| m.into()),
        ColumnType::Double { digits, .. } => digits.map_or(22, |(m, _)| m.into()),
        ColumnType::Bit { bits } => u32::from(*bits),
        ColumnType::Date => 10,
        ColumnType::Time { fsp, .. } => 10 + fraction(*fsp),
        ColumnType::DateTime { fsp, .. } | ColumnType::Timestamp { fsp, .. } => 19 + fraction(*fsp),
        ColumnType::Year { width } => u32::from(*width),
        ColumnType::Char { length, .. }
        | ColumnType::VarChar { length, .. }
        | ColumnType::Binary { length }
        | ColumnType::VarBinary { length } => *length,
        ColumnType::Text { size, collation } => {
            blob_length(*size) / charsets::mbmaxlen(*collation).max(1)
        }
        ColumnType::Blob { size } => blob_length(*size),
        ColumnType::Enum { members, .. } => {
            let longest = members.iter().map(|m| m.chars().count()).max();
            u32::try_from(longest.unwrap_or(0)).unwrap_or(u32::MAX)
        }
        ColumnType::Set { members, .. } => {
            let all: usize = members.iter().map(|m| m.chars().count() + 1).sum();
            u32::try_from(all.saturating_sub(1)).unwrap_or(u32::MAX)
        }
        ColumnType::Json | ColumnType::Geometry { .. } => u32::MAX,
        ColumnType::Vector { dimensions, .. } => dimensions.saturating_mul(4),
        ColumnType::Uuid => 36,
        ColumnType::Inet4 => 15,
        ColumnType::Inet6 => 39,
    }
}

fn fraction(fsp: u8) -> u32 {
    if fsp == 0 { 0 } else { u32::from(fsp) + 1 }
}

fn blob_length(size: BlobSize) -> u32 {
    match size {
        BlobSize::Tiny => 255,
        BlobSize::Normal => 65535,
        BlobSize::Medium => 16_777_215,
        BlobSize::Long => u32::MAX,
    }
}

/// The type as a number.
pub(crate) fn numeric(ty: &ColumnType) -> ColumnType {
    match ty {
        ColumnType::Int { unsigned: true, .. } | ColumnType::Bit { .. } => unsigned(20),
        ColumnType::Int { .. } | ColumnType::Year { .. } => integer(20),
        ColumnType::Decimal {
            precision, scale, ..
        } => decimal(*precision, *scale),
        ColumnType::Date | ColumnType::Time { fsp: 0, .. } => integer(20),
        ColumnType::DateTime { fsp, .. }
        | ColumnType::Timestamp { fsp, .. }
        | ColumnType::Time { fsp, .. } => {
            if *fsp == 0 {
                integer(20)
            } else {
                decimal(14 + fsp, *fsp)
            }
        }
        ColumnType::Float { .. }
        | ColumnType::Double { .. }
        | ColumnType::Char { .. }
        | ColumnType::VarChar { .. }
        | ColumnType::Binary { .. }
        | ColumnType::VarBinary { .. }
        | ColumnType::Text { .. }
        | ColumnType::Blob { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Set { .. }
        | ColumnType::Json
        | ColumnType::Geometry { .. }
        | ColumnType::Vector { .. }
        | ColumnType::Uuid
        | ColumnType::Inet4
        | ColumnType::Inet6 => double(),
    }
}

/// Result of an arithmetic operator.
pub(crate) fn arithmetic(op: BinaryOp, a: &ColumnType, b: &ColumnType) -> ColumnType {
    let (a, b) = (numeric(a), numeric(b));
    match (&a, &b) {
        (ColumnType::Double { .. }, _) | (_, ColumnType::Double { .. }) => match op {
            BinaryOp::IntDiv => integer(20),
            _ => double(),
        },
        (ColumnType::Int { unsigned: x, .. }, ColumnType::Int { unsigned: y, .. })
            if op != BinaryOp::Div =>
        {
            if *x || *y {
                unsigned(20)
            } else {
                integer(20)
            }
        }
        _ => {
            let parts = |ty: &ColumnType| match ty {
                ColumnType::Decimal {
                    precision, scale, ..
                } => (*precision, *scale),
                _ => (20, 0),
            };
            let ((p, s), (q, t)) = (parts(&a), parts(&b));
            match op {
                BinaryOp::IntDiv => integer(20),
                BinaryOp::Div => decimal(p.saturating_add(t).saturating_add(4), s + 4),
                BinaryOp::Mul => decimal(p.saturating_add(q), s + t),
                BinaryOp::Mod => decimal(p.max(q), s.max(t)),
                _ => {
                    let scale = s.max(t);
                    decimal((p - s.min(p)).max(q - t.min(q)) + scale + 1, scale)
                }
            }
        }
    }
}

/// The type that holds values of all these types.
pub(crate) fn common(types: &[ColumnType]) -> ColumnType {
    let Some(first) = types.first() else {
        return text_type(&[]);
    };
    if types.iter().all(|t| t == first) {
        return first.clone();
    }
    let number = |t: &ColumnType| {
        matches!(
            t,
            ColumnType::Int { .. }
                | ColumnType::Decimal { .. }
                | ColumnType::Float { .. }
                | ColumnType::Double { .. }
                | ColumnType::Year { .. }
        )
    };
    if types.iter().all(number) {
        return types
            .iter()
            .skip(1)
            .fold(numeric(first), |all, t| wider(&all, &numeric(t)));
    }
    let longest = types.iter().map(display_length).max().unwrap_or(0);
    let collation = types
        .iter()
        .find_map(charsets::column_collation)
        .unwrap_or(CollationId::UTF8MB4_GENERAL_CI);
    sized_text(longest, collation)
}

fn wider(a: &ColumnType, b: &ColumnType) -> ColumnType {
    match (a, b) {
        (ColumnType::Double { .. }, _) | (_, ColumnType::Double { .. }) => double(),
        (ColumnType::Int { .. }, ColumnType::Int { .. }) => a.clone(),
        (
            ColumnType::Decimal {
                precision: p,
                scale: s,
                ..
            },
            ColumnType::Decimal {
                precision: q,
                scale: t,
                ..
            },
        ) => {
            let scale = *s.max(t);
            decimal((p - s).max(q - t) + scale, scale)
        }
        (ColumnType::Decimal { scale, .. }, _) | (_, ColumnType::Decimal { scale, .. }) => {
            decimal(20 + scale, *scale)
        }
        _ => a.clone(),
    }
}

/// The type of a bound expression's result.
pub(crate) fn result_type(node: &Node) -> ColumnType {
    match node {
        Node::Const(datum) => datum_type(datum),
        Node::Column(_, ty) => ty.clone(),
        Node::Aggregate(_, ty) | Node::Cast(_, ty) => ty.as_ref().clone(),
        Node::Negate(a) => match numeric(&result_type(a)) {
            ColumnType::Int { .. } => integer(20),
            other => other,
        },
        Node::BitNot(_) => unsigned(20),
        Node::Binary(op, a, b) => match op {
            BinaryOp::BitOr
            | BinaryOp::BitAnd
            | BinaryOp::BitXor
            | BinaryOp::ShiftLeft
            | BinaryOp::ShiftRight => unsigned(20),
            op if op.is_comparison() => integer(1),
            op => arithmetic(*op, &result_type(a), &result_type(b)),
        },
        Node::And(_)
        | Node::Or(_)
        | Node::Xor(..)
        | Node::Not(_)
        | Node::Is(..)
        | Node::Between(..)
        | Node::In(..)
        | Node::Like(..) => integer(1),
        Node::Case {
            branches,
            otherwise,
            ..
        } => {
            let mut types: Vec<ColumnType> = branches
                .iter()
                .map(|(_, then)| then)
                .chain(otherwise.iter().map(Box::as_ref))
                .filter(|n| !matches!(n, Node::Const(Datum::Null)))
                .map(result_type)
                .collect();
            if types.is_empty() {
                types.push(text_type(&[]));
            }
            common(&types)
        }
        Node::Collate(a, collation) => sized_text(display_length(&result_type(a)), *collation),
        Node::Call(function, arguments) => {
            let types: Vec<ColumnType> = arguments.iter().map(result_type).collect();
            let ty = (function.result)(&types);
            match (function.name, arguments.as_slice()) {
                ("round", _) => rounded(ty, arguments.get(1)),
                ("unix_timestamp", [of]) => seconds_since_epoch(of),
                _ => ty,
            }
        }
    }
}

/// UNIX_TIMESTAMP has as many digits behind the point as what it is given; text that is no constant may have six.
fn seconds_since_epoch(of: &Node) -> ColumnType {
    const MOST_DIGITS: usize = 6;
    let written = |text: &[u8]| {
        let point = text.iter().rposition(|byte| *byte == b'.');
        let digits = point.map_or(0, |at| text.len().saturating_sub(at + 1));
        u8::try_from(digits.min(MOST_DIGITS)).unwrap_or(0)
    };
    let scale = match (of, result_type(of)) {
        (Node::Const(Datum::Null), _) => 0,
        (Node::Const(Datum::Text(text, ..)), _) => written(text),
        (
            _,
            ColumnType::DateTime { fsp, .. }
            | ColumnType::Timestamp { fsp, .. }
            | ColumnType::Time { fsp, .. },
        ) => fsp,
        (_, ColumnType::Decimal { scale, .. }) => scale.min(6),
        (
            _,
            ColumnType::Double { .. }
            | ColumnType::Float { .. }
            | ColumnType::Char { .. }
            | ColumnType::VarChar { .. }
            | ColumnType::Text { .. },
        ) => 6,
        _ => 0,
    };
    match scale {
        0 => integer(21),
        scale => ColumnType::Decimal {
            precision: 11 + scale,
            scale,
            unsigned: false,
            zerofill: false,
        },
    }
}

/// ROUND to a constant number of digits keeps no more than those.
fn rounded(ty: ColumnType, digits: Option<&Node>) -> ColumnType {
    let wanted = match digits {
        None => 0,
        Some(Node::Const(datum)) => u8::try_from(datum.to_i128().max(0)).unwrap_or(30),
        Some(_) => return ty,
    };
    match ty {
        ColumnType::Decimal {
            precision,
            scale: old,
            ..
        } => {
            let scale = wanted.min(old);
            // Rounding up may need one more digit before the point.
            decimal(
                precision.saturating_sub(old - scale).saturating_add(1),
                scale,
            )
        }
        other => other,
    }
}

fn datum_type(datum: &Datum) -> ColumnType {
    let digits = |text: String| u16::try_from(text.len()).unwrap_or(u16::MAX);
    match datum {
        Datum::Null => ColumnType::VarBinary { length: 0 },
        Datum::Int(n) => integer(digits(n.to_string()).max(2)),
        Datum::UInt(n) => unsigned(digits(n.to_string()).max(2)),
        Datum::Decimal(d) => {
            let whole = u8::try_from(d.int_digits().max(1)).unwrap_or(65);
            decimal(whole.saturating_add(d.scale()), d.scale())
        }
        Datum::Double(_) => double(),
        Datum::Text(text, collation, _) => {
            let chars = match std::str::from_utf8(text) {
                Ok(utf8) => utf8.chars().count(),
                Err(_) => text.len(),
            };
            sized_text(u32::try_from(chars).unwrap_or(u32::MAX), *collation)
        }
        Datum::Member(text, collation, _) => {
            sized_text(u32::try_from(text.len()).unwrap_or(u32::MAX), *collation)
        }
        Datum::Date(_) => ColumnType::Date,
        Datum::Time(_, fsp) => ColumnType::Time {
            fsp: *fsp,
            old: false,
        },
        Datum::DateTime(_, fsp) => ColumnType::DateTime {
            fsp: *fsp,
            old: false,
        },
        Datum::Json(_) => ColumnType::Json,
    }
}
