//! Bound expressions and their evaluation.

use std::cmp::Ordering;

use understudy_base::error::MysqlError;
use understudy_sql::ast::{AggregateKind, BinaryOp, IsTest};
use understudy_values::decimal::Decimal;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::{CollationId, ColumnType};

use super::functions::Function;
use super::like;
use crate::datum::{self, Coercibility, Datum, compare};
use crate::errors;
use crate::pack::{self, PackMode};

/// An aggregate function to be computed over a group.
#[derive(Clone, Debug)]
pub(crate) struct AggregateCall {
    pub kind: AggregateKind,
    pub distinct: bool,
    /// `None` for `COUNT(*)`.
    pub argument: Option<Node>,
}

/// A bound expression.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Const(Datum),
    /// A column of the joined row, with its type.
    Column(usize, ColumnType),
    /// The n-th aggregate of the query.
    Aggregate(usize, Box<ColumnType>),
    Negate(Box<Node>),
    BitNot(Box<Node>),
    Binary(BinaryOp, Box<Node>, Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Xor(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Is(Box<Node>, IsTest, bool),
    Between(Box<Node>, Box<Node>, Box<Node>, bool),
    In(Box<Node>, Vec<Node>, bool),
    Like(Box<Node>, Box<Node>, Option<char>, bool),
    Case {
        operand: Option<Box<Node>>,
        branches: Vec<(Node, Node)>,
        otherwise: Option<Box<Node>>,
    },
    Collate(Box<Node>, CollationId),
    Cast(Box<Node>, Box<ColumnType>),
    Call(Function, Vec<Node>),
}

/// What a row is to an expression.
pub(crate) struct Row<'a> {
    pub fields: &'a [Option<Vec<u8>>],
    pub aggregates: &'a [Datum],
    pub zone: &'a TimeZone,
}

fn value_error(e: understudy_values::ValueError) -> MysqlError {
    errors::value(&e)
}

impl Node {
    /// Whether the value does not depend on the row.
    pub fn is_constant(&self) -> bool {
        let mut constant = true;
        self.walk(&mut |node| {
            if matches!(node, Node::Column(..) | Node::Aggregate(..)) {
                constant = false;
            }
        });
        constant
    }

    /// Calls `visit` with this node and all below it.
    pub fn walk(&self, visit: &mut impl FnMut(&Node)) {
        visit(self);
        match self {
            Node::Const(_) | Node::Column(..) | Node::Aggregate(..) => {}
            Node::Negate(a) | Node::BitNot(a) | Node::Not(a) | Node::Is(a, ..) => a.walk(visit),
            Node::Collate(a, _) | Node::Cast(a, _) => a.walk(visit),
            Node::Binary(_, a, b) | Node::Xor(a, b) | Node::Like(a, b, ..) => {
                a.walk(visit);
                b.walk(visit);
            }
            Node::And(list) | Node::Or(list) | Node::Call(_, list) => {
                list.iter().for_each(|n| n.walk(visit));
            }
            Node::Between(a, b, c, _) => {
                a.walk(visit);
                b.walk(visit);
                c.walk(visit);
            }
            Node::In(a, list, _) => {
                a.walk(visit);
                list.iter().for_each(|n| n.walk(visit));
            }
            Node::Case {
                operand,
                branches,
                otherwise,
            } => {
                operand.iter().for_each(|n| n.walk(visit));
                for (when, then) in branches {
                    when.walk(visit);
                    then.walk(visit);
                }
                otherwise.iter().for_each(|n| n.walk(visit));
            }
        }
    }

    /// Evaluates over a row.
    pub fn eval(&self, row: &Row<'_>) -> Result<Datum, MysqlError> {
        match self {
            Node::Const(datum) => Ok(datum.clone()),
            Node::Column(index, ty) => {
                let field = row.fields.get(*index).and_then(|f| f.as_deref());
                Datum::from_field(ty, field, row.zone).map_err(value_error)
            }
            Node::Aggregate(index, _) => {
                Ok(row.aggregates.get(*index).cloned().unwrap_or(Datum::Null))
            }
            Node::Negate(a) => negate(a.eval(row)?),
            Node::BitNot(a) => Ok(match a.eval(row)? {
                Datum::Null => Datum::Null,
                value => Datum::UInt(!to_bits(&value)),
            }),
            Node::Binary(op, a, b) => apply_binary(*op, a.eval(row)?, b.eval(row)?),
            Node::And(list) => logic(list, row, false),
            Node::Or(list) => logic(list, row, true),
            Node::Xor(a, b) => {
                let (a, b) = (a.eval(row)?.truth(), b.eval(row)?.truth());
                Ok(a.zip(b).map_or(Datum::Null, |(a, b)| Datum::bool(a != b)))
            }
            Node::Not(a) => Ok(a
                .eval(row)?
                .truth()
                .map_or(Datum::Null, |t| Datum::bool(!t))),
            Node::Is(a, test, negated) => {
                let value = a.eval(row)?;
                let holds = match test {
                    IsTest::Null => value.is_null(),
                    IsTest::True => value.truth() == Some(true),
                    IsTest::False => value.truth() == Some(false),
                    IsTest::Unknown => value.truth().is_none(),
                };
                Ok(Datum::bool(holds != *negated))
            }
            Node::Between(a, low, high, negated) => {
                let (value, low, high) = (a.eval(row)?, low.eval(row)?, high.eval(row)?);
                between(&value, &low, &high, *negated)
            }
            Node::In(a, list, negated) => is_in(&a.eval(row)?, list, row, *negated),
            Node::Like(a, pattern, escape, negated) => {
                let (text, pattern) = (a.eval(row)?, pattern.eval(row)?);
                if text.is_null() || pattern.is_null() {
                    return Ok(Datum::Null);
                }
                Ok(Datum::bool(
                    like::matches(&text, &pattern, *escape)? != *negated,
                ))
            }
            Node::Case {
                operand,
                branches,
                otherwise,
            } => case(operand.as_deref(), branches, otherwise.as_deref(), row),
            Node::Collate(a, collation) => Ok(match a.eval(row)? {
                Datum::Null => Datum::Null,
                value => {
                    let (text, from) = value.to_text();
                    let text = pack::convert(&text, from, *collation).map_err(value_error)?;
                    Datum::Text(text, *collation, Coercibility::Explicit)
                }
            }),
            Node::Cast(a, ty) => cast(&a.eval(row)?, ty, row.zone),
            Node::Call(function, arguments) => {
                let values = arguments
                    .iter()
                    .map(|n| n.eval(row))
                    .collect::<Result<Vec<_>, _>>()?;
                function.call(&values, row.zone)
            }
        }
    }
}

fn negate(value: Datum) -> Result<Datum, MysqlError> {
    Ok(match value {
        Datum::Null => Datum::Null,
        Datum::Int(_) | Datum::UInt(_) => {
            let n = -value.to_i128();
            match i64::try_from(n) {
                Ok(n) => Datum::Int(n),
                Err(_) => Datum::Decimal(Decimal::from_i128(n)),
            }
        }
        Datum::Decimal(d) => Datum::Decimal(d.negate()),
        other => Datum::Double(-other.to_f64()),
    })
}

/// A value as the 64 bits that bit operators work on.
pub(super) fn to_bits(value: &Datum) -> u64 {
    match value {
        Datum::Int(n) => n.cast_unsigned(),
        Datum::UInt(n) => *n,
        other => {
            let n = other.to_i128();
            match (u64::try_from(n), i64::try_from(n)) {
                (Ok(n), _) => n,
                (Err(_), Ok(n)) => n.cast_unsigned(),
                (Err(_), Err(_)) => u64::MAX,
            }
        }
    }
}

fn logic(list: &[Node], row: &Row<'_>, decisive: bool) -> Result<Datum, MysqlError> {
    let mut unknown = false;
    for node in list {
        match node.eval(row)?.truth() {
            Some(truth) if truth == decisive => return Ok(Datum::bool(decisive)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown {
        Datum::Null
    } else {
        Datum::bool(!decisive)
    })
}

fn between(value: &Datum, low: &Datum, high: &Datum, negated: bool) -> Result<Datum, MysqlError> {
    let above = compare(value, low)?.map(|o| o != Ordering::Less);
    let below = compare(value, high)?.map(|o| o != Ordering::Greater);
    let holds = match (above, below) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, _) | (_, None) => None,
    };
    Ok(holds.map_or(Datum::Null, |h| Datum::bool(h != negated)))
}

fn is_in(value: &Datum, list: &[Node], row: &Row<'_>, negated: bool) -> Result<Datum, MysqlError> {
    let mut unknown = value.is_null();
    for node in list {
        match compare(value, &node.eval(row)?)? {
            Some(Ordering::Equal) => return Ok(Datum::bool(!negated)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown {
        Datum::Null
    } else {
        Datum::bool(negated)
    })
}

fn case(
    operand: Option<&Node>,
    branches: &[(Node, Node)],
    otherwise: Option<&Node>,
    row: &Row<'_>,
) -> Result<Datum, MysqlError> {
    let operand = operand.map(|n| n.eval(row)).transpose()?;
    for (when, then) in branches {
        let when = when.eval(row)?;
        let hit = match &operand {
            Some(operand) => compare(operand, &when)? == Some(Ordering::Equal),
            None => when.truth() == Some(true),
        };
        if hit {
            return then.eval(row);
        }
    }
    otherwise.map_or(Ok(Datum::Null), |n| n.eval(row))
}

fn cast(value: &Datum, ty: &ColumnType, zone: &TimeZone) -> Result<Datum, MysqlError> {
    let mode = PackMode {
        strict: false,
        zone: zone.clone(),
    };
    if let (ColumnType::Int { unsigned: true, .. }, Datum::Int(n)) = (ty, value) {
        return Ok(Datum::UInt(n.cast_unsigned()));
    }
    let field = value.to_field(ty, &mode).map_err(value_error)?;
    let out = Datum::from_field(ty, field.as_deref(), zone).map_err(value_error)?;
    Ok(match out {
        Datum::Text(text, collation, _) => Datum::Text(text, collation, Coercibility::Literal),
        other => other,
    })
}

/// Applies an infix operator.
pub(crate) fn apply_binary(op: BinaryOp, a: Datum, b: Datum) -> Result<Datum, MysqlError> {
    if op == BinaryOp::NullSafeEq {
        let equal = match compare(&a, &b)? {
            Some(order) => order == Ordering::Equal,
            None => a.is_null() && b.is_null(),
        };
        return Ok(Datum::bool(equal));
    }
    if op.is_comparison() {
        let Some(order) = compare(&a, &b)? else {
            return Ok(Datum::Null);
        };
        return Ok(Datum::bool(match op {
            BinaryOp::Eq => order == Ordering::Equal,
            BinaryOp::Ne => order != Ordering::Equal,
            BinaryOp::Lt => order == Ordering::Less,
            BinaryOp::Le => order != Ordering::Greater,
            BinaryOp::Gt => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }));
    }
    if a.is_null() || b.is_null() {
        return Ok(Datum::Null);
    }
    match op {
        BinaryOp::BitOr => Ok(Datum::UInt(to_bits(&a) | to_bits(&b))),
        BinaryOp::BitAnd => Ok(Datum::UInt(to_bits(&a) & to_bits(&b))),
        BinaryOp::BitXor => Ok(Datum::UInt(to_bits(&a) ^ to_bits(&b))),
        BinaryOp::ShiftLeft => Ok(Datum::UInt(shift(to_bits(&a), &b, true))),
        BinaryOp::ShiftRight => Ok(Datum::UInt(shift(to_bits(&a), &b, false))),
        _ => arithmetic(op, &a, &b),
    }
}

fn shift(bits: u64, by: &Datum, left: bool) -> u64 {
    let by = u32::try_from(to_bits(by)).unwrap_or(64);
    let shifted = if left {
        bits.checked_shl(by)
    } else {
        bits.checked_shr(by)
    };
    shifted.unwrap_or(0)
}

fn arithmetic(op: BinaryOp, a: &Datum, b: &Datum) -> Result<Datum, MysqlError> {
    let integer = |d: &Datum| matches!(d, Datum::Int(_) | Datum::UInt(_));
    let inexact = |d: &Datum| {
        matches!(
            d,
            Datum::Double(_) | Datum::Text(..) | Datum::Member(..) | Datum::Json(_)
        )
    };
    if integer(a) && integer(b) && op != BinaryOp::Div {
        let unsigned = matches!(a, Datum::UInt(_)) || matches!(b, Datum::UInt(_));
        return integers(op, a.to_i128(), b.to_i128(), unsigned);
    }
    if op == BinaryOp::IntDiv {
        if b.to_f64() == 0.0 {
            return Ok(Datum::Null);
        }
        let quotient = (a.to_f64() / b.to_f64()).trunc();
        let quotient = pack::decimal_of_double(quotient).map_err(value_error)?;
        return Ok(datum::from_i128(quotient.to_i128().unwrap_or(0), false));
    }
    if inexact(a) || inexact(b) {
        return doubles(op, a.to_f64(), b.to_f64());
    }
    decimals(op, a, b)
}

fn integers(op: BinaryOp, a: i128, b: i128, unsigned: bool) -> Result<Datum, MysqlError> {
    let result = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::IntDiv | BinaryOp::Mod if b == 0 => return Ok(Datum::Null),
        BinaryOp::IntDiv => a / b,
        BinaryOp::Mod => {
            let negative_result = a % b;
            return Ok(datum::from_i128(
                negative_result,
                unsigned && negative_result >= 0,
            ));
        }
        _ => return Err(errors::unsupported("this operator")),
    };
    let word = if unsigned {
        "BIGINT UNSIGNED"
    } else {
        "BIGINT"
    };
    let out_of_range = || {
        MysqlError::new(
            1690,
            format!("{word} value is out of range in '({a} {} {b})'", op.text()),
        )
    };
    if unsigned {
        return u64::try_from(result)
            .map(Datum::UInt)
            .map_err(|_| out_of_range());
    }
    i64::try_from(result)
        .map(Datum::Int)
        .map_err(|_| out_of_range())
}

fn doubles(op: BinaryOp, a: f64, b: f64) -> Result<Datum, MysqlError> {
    let result = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div | BinaryOp::Mod if b == 0.0 => return Ok(Datum::Null),
        BinaryOp::Div => a / b,
        BinaryOp::Mod => a % b,
        _ => return Err(errors::unsupported("this operator")),
    };
    if !result.is_finite() {
        return Err(MysqlError::new(
            1690,
            format!("DOUBLE value is out of range in '({a} {} {b})'", op.text()),
        ));
    }
    Ok(Datum::Double(result))
}

/// Exact arithmetic over scaled integers; what does not fit 128 bits is an explicit error.
fn decimals(op: BinaryOp, a: &Datum, b: &Datum) -> Result<Datum, MysqlError> {
    let (x, y) = (a.to_decimal(), b.to_decimal());
    let out_of_range = || MysqlError::new(1690, "DECIMAL value is out of range");
    let scaled = |d: &Decimal, scale: u8| -> Option<i128> {
        let mut text = Vec::new();
        d.round(scale).0.write(&mut text);
        let text = String::from_utf8(text).ok()?;
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let pad = usize::from(scale).checked_sub(fraction.len())?;
        format!("{whole}{fraction}{}", "0".repeat(pad)).parse().ok()
    };
    let (number, scale) = match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mod => {
            let scale = x.scale().max(y.scale());
            let (Some(x), Some(y)) = (scaled(&x, scale), scaled(&y, scale)) else {
                return Err(out_of_range());
            };
            let n = match op {
                BinaryOp::Add => x.checked_add(y),
                BinaryOp::Sub => x.checked_sub(y),
                _ if y == 0 => return Ok(Datum::Null),
                _ => x.checked_rem(y),
            };
            (n, scale)
        }
        BinaryOp::Mul => {
            let (Some(m), Some(n)) = (scaled(&x, x.scale()), scaled(&y, y.scale())) else {
                return Err(out_of_range());
            };
            (m.checked_mul(n), x.scale() + y.scale())
        }
        BinaryOp::Div => {
            if y.is_zero() {
                return Ok(Datum::Null);
            }
            // div_precision_increment is 4.
            let scale = (x.scale() + 4).min(30);
            let (Some(m), Some(n)) = (scaled(&x, scale + y.scale()), scaled(&y, y.scale())) else {
                return Err(out_of_range());
            };
            (round_div(m, n), scale)
        }
        _ => return Err(errors::unsupported("this operator")),
    };
    let number = number.ok_or_else(out_of_range)?;
    Ok(Datum::Decimal(scaled_decimal(number, scale)?))
}

fn round_div(m: i128, n: i128) -> Option<i128> {
    let (quotient, rest) = (m.checked_div(n)?, m.checked_rem(n)?);
    let away = rest.unsigned_abs().checked_mul(2)? >= n.unsigned_abs();
    let sign = if (m < 0) == (n < 0) { 1 } else { -1 };
    Some(if away { quotient + sign } else { quotient })
}

/// `number / 10^scale` as a decimal.
pub(super) fn scaled_decimal(number: i128, scale: u8) -> Result<Decimal, MysqlError> {
    let digits = format!(
        "{:0width$}",
        number.unsigned_abs(),
        width = usize::from(scale) + 1
    );
    let point = digits.len() - usize::from(scale);
    let sign = if number < 0 { "-" } else { "" };
    let (whole, fraction) = digits.split_at(point);
    let text = if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    };
    Ok(Decimal::parse(text.as_bytes())
        .map_err(value_error)?
        .map_or(Decimal::ZERO, |(d, _)| d))
}
