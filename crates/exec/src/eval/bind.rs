//! Names to columns, session functions to constants.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{
    Aggregate, AggregateKind, BinaryOp, CastType, ColumnRef, DataType, Expr, Literal, TemporalKind,
    TrimSide, UnaryOp,
};
use understudy_values::decimal::Decimal;
use understudy_values::temporal::DateTime;
use understudy_values::types::{CollationId, ColumnType};

use super::functions::{self, Function};
use super::node::{AggregateCall, Node};
use super::types::{self, result_type};
use crate::datum::{Coercibility, Datum};
use crate::select::{SessionContext, session_function};
use crate::{charsets, errors, literal, pack, temporal};

/// One column of the joined row.
#[derive(Clone, Debug)]
pub(crate) struct ScopeColumn {
    pub db: String,
    pub table: String,
    pub name: String,
    pub ty: ColumnType,
}

/// Binds expressions; collects the aggregates it meets.
pub(crate) struct Binder<'a> {
    /// The columns that names can mean: those of the tables in FROM, in row order.
    pub columns: &'a [ScopeColumn],
    pub session: &'a SessionContext<'a>,
    /// Clause named in errors: `field list`, `where clause`, `order clause`.
    pub clause: &'static str,
    pub aggregates: Vec<AggregateCall>,
    /// Aggregates are allowed here.
    pub allow_aggregates: bool,
    /// Aliases of the select list, for names that are no column.
    pub aliases: Vec<(String, Node)>,
}

impl<'a> Binder<'a> {
    pub fn new(
        columns: &'a [ScopeColumn],
        session: &'a SessionContext<'a>,
        clause: &'static str,
    ) -> Binder<'a> {
        Binder {
            columns,
            session,
            clause,
            aggregates: Vec::new(),
            allow_aggregates: false,
            aliases: Vec::new(),
        }
    }

    /// Position of a column.
    pub fn resolve(&self, name: &ColumnRef) -> Result<usize, MysqlError> {
        let same =
            |a: &str, b: &str| a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase();
        let fold = self.session.lower_case_table_names != 0;
        let table_same = |a: &str, b: &str| a == b || fold && same(a, b);
        let mut found = self.columns.iter().enumerate().filter(|(_, c)| {
            same(&c.name, &name.column)
                && name.table.as_ref().is_none_or(|t| table_same(&c.table, t))
                && name.db.as_ref().is_none_or(|d| {
                    table_same(&c.db, d) || same(&c.db, d) && c.db == "information_schema"
                })
        });
        let shown = shown_name(name);
        match (found.next(), found.next()) {
            (Some((i, _)), None) => Ok(i),
            (None, _) => Err(errors::unknown_column(&shown, self.clause)),
            (Some(_), Some(_)) => Err(MysqlError::new(
                1052,
                format!("Column '{shown}' in {} is ambiguous", self.clause),
            )),
        }
    }

    pub fn bind(&mut self, expr: &Expr) -> Result<Node, MysqlError> {
        match expr {
            Expr::Literal(literal) => self.literal(literal).map(Node::Const),
            Expr::Column(name) => {
                let index = match self.resolve(name) {
                    Ok(index) => index,
                    Err(error) => return self.alias(name).ok_or(error),
                };
                let ty = self.columns.get(index).map(|c| c.ty.clone());
                ty.map(|ty| Node::Column(index, ty))
                    .ok_or_else(|| errors::unknown_column(&name.column, self.clause))
            }
            Expr::SystemVariable {
                scope,
                component,
                name,
            } => self
                .session
                .variables
                .system(*scope, component.as_deref(), name)
                .map(Node::Const),
            Expr::UserVariable(name) => Ok(Node::Const(self.session.variables.user(name))),
            Expr::Unary(op, a) => {
                let a = Box::new(self.bind(a)?);
                Ok(match op {
                    UnaryOp::Plus => *a,
                    UnaryOp::Minus => fold(Node::Negate(a))?,
                    UnaryOp::BitNot => Node::BitNot(a),
                })
            }
            Expr::Binary(op, a, b) => self.binary(*op, a, b),
            Expr::And(list) => Ok(Node::And(self.all(list)?)),
            Expr::Or(list) => Ok(Node::Or(self.all(list)?)),
            Expr::Xor(a, b) => Ok(Node::Xor(self.boxed(a)?, self.boxed(b)?)),
            Expr::Not(a) => Ok(Node::Not(self.boxed(a)?)),
            Expr::Is {
                expr,
                negated,
                test,
            } => Ok(Node::Is(self.boxed(expr)?, *test, *negated)),
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => Ok(Node::Between(
                self.boxed(expr)?,
                self.boxed(low)?,
                self.boxed(high)?,
                *negated,
            )),
            Expr::In {
                expr,
                negated,
                list,
            } => Ok(Node::In(self.boxed(expr)?, self.all(list)?, *negated)),
            Expr::Like {
                expr,
                negated,
                pattern,
                escape,
            } => {
                let escape = escape
                    .as_deref()
                    .map(|e| self.escape(e))
                    .transpose()?
                    .flatten();
                Ok(Node::Like(
                    self.boxed(expr)?,
                    self.boxed(pattern)?,
                    escape,
                    *negated,
                ))
            }
            Expr::Case {
                operand,
                branches,
                otherwise,
            } => Ok(Node::Case {
                operand: operand.as_deref().map(|e| self.boxed(e)).transpose()?,
                branches: branches
                    .iter()
                    .map(|(when, then)| Ok((self.bind(when)?, self.bind(then)?)))
                    .collect::<Result<_, MysqlError>>()?,
                otherwise: otherwise.as_deref().map(|e| self.boxed(e)).transpose()?,
            }),
            Expr::Collate(a, name) => {
                let found = charsets::collation_by_name(name, self.session.flavour)?;
                Ok(Node::Collate(self.boxed(a)?, CollationId(found.id)))
            }
            other => self.less_common(other),
        }
    }

    fn less_common(&mut self, expr: &Expr) -> Result<Node, MysqlError> {
        match expr {
            Expr::BinaryPrefix(a) => Ok(Node::Collate(self.boxed(a)?, CollationId::BINARY)),
            Expr::ConvertUsing(a, name) => {
                let charset = charsets::charset_by_name(name)?;
                let a = self.boxed(a)?;
                let length = types::display_length(&result_type(&a));
                let collation = charset.default_collation(charsets::server(self.session.flavour));
                let ty = ColumnType::VarChar { length, collation };
                Ok(Node::Cast(a, Box::new(ty)))
            }
            Expr::Cast {
                expr,
                ty,
                array: false,
                at_time_zone: None,
                ..
            } => {
                let a = self.boxed(expr)?;
                let ty = self.cast_type(ty, &a)?;
                Ok(Node::Cast(a, Box::new(ty)))
            }
            Expr::Trim { side, remove, expr } => {
                let plain = remove.is_none();
                let name = match side {
                    Some(TrimSide::Leading) if plain => "ltrim",
                    Some(TrimSide::Trailing) if plain => "rtrim",
                    None | Some(TrimSide::Both) if plain => "trim",
                    Some(_) | None => return Err(errors::unsupported("TRIM(... FROM ...)")),
                };
                let a = self.bind(expr)?;
                if name == "trim" {
                    let inner = self.call("ltrim", vec![a])?;
                    return self.call("rtrim", vec![inner]);
                }
                self.call(name, vec![a])
            }
            Expr::Function(function) => {
                if function.db.is_some() {
                    return Err(errors::unsupported(format!("function {}", function.name)));
                }
                let arguments = self.all(&function.args)?;
                self.call(&function.name, arguments)
            }
            Expr::Aggregate(aggregate) => self.aggregate(aggregate),
            Expr::Position(needle, haystack) => {
                let arguments = vec![self.bind(needle)?, self.bind(haystack)?];
                self.call("locate", arguments)
            }
            other => Err(errors::unsupported(construct(other))),
        }
    }

    fn alias(&self, name: &ColumnRef) -> Option<Node> {
        if name.table.is_some() {
            return None;
        }
        self.aliases
            .iter()
            .find(|(alias, _)| alias.eq_ignore_ascii_case(&name.column))
            .map(|(_, node)| node.clone())
    }

    fn boxed(&mut self, expr: &Expr) -> Result<Box<Node>, MysqlError> {
        self.bind(expr).map(Box::new)
    }

    fn all(&mut self, list: &[Expr]) -> Result<Vec<Node>, MysqlError> {
        list.iter().map(|e| self.bind(e)).collect()
    }

    fn binary(&mut self, op: BinaryOp, a: &Expr, b: &Expr) -> Result<Node, MysqlError> {
        if let (Expr::Row(left), Expr::Row(right)) = (a, b) {
            if op != BinaryOp::Eq || left.len() != right.len() {
                return Err(errors::unsupported("comparison of rows"));
            }
            let pairs = left
                .iter()
                .zip(right)
                .map(|(x, y)| self.binary(op, x, y))
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(Node::And(pairs));
        }
        Ok(Node::Binary(op, self.boxed(a)?, self.boxed(b)?))
    }

    fn escape(&mut self, expr: &Expr) -> Result<Option<char>, MysqlError> {
        let Node::Const(datum) = self.bind(expr)? else {
            return Err(MysqlError::new(1210, "Incorrect arguments to ESCAPE"));
        };
        Ok(datum.to_utf8()?.chars().next())
    }

    fn call(&mut self, name: &str, arguments: Vec<Node>) -> Result<Node, MysqlError> {
        let constants: Option<Vec<Datum>> = arguments
            .iter()
            .map(|n| match n {
                Node::Const(datum) => Some(datum.clone()),
                _ => None,
            })
            .collect();
        if let Some(constants) = &constants
            && let Some(value) = session_function(self.session, name, constants)?
        {
            return Ok(Node::Const(value));
        }
        match Function::find(name, arguments.len()) {
            Some(function) => Ok(Node::Call(function?, arguments)),
            None => Err(errors::unsupported(format!("function {name}"))),
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Node, MysqlError> {
        if !self.allow_aggregates {
            return Err(MysqlError::new(1111, "Invalid use of group function"));
        }
        let known = matches!(
            aggregate.kind,
            AggregateKind::Count
                | AggregateKind::Sum
                | AggregateKind::Avg
                | AggregateKind::Min
                | AggregateKind::Max
                | AggregateKind::AnyValue
        );
        if !known || !aggregate.order_by.is_empty() || aggregate.args.len() > 1 {
            return Err(errors::unsupported(format!(
                "aggregate function {}",
                aggregate.kind.text()
            )));
        }
        self.allow_aggregates = false;
        let argument = aggregate.args.first().map(|a| self.bind(a)).transpose();
        self.allow_aggregates = true;
        let argument = argument?;
        let ty = aggregate_type(aggregate.kind, argument.as_ref());
        self.aggregates.push(AggregateCall {
            kind: aggregate.kind,
            distinct: aggregate.distinct,
            argument,
        });
        Ok(Node::Aggregate(self.aggregates.len() - 1, Box::new(ty)))
    }

    fn cast_type(&self, ty: &CastType, a: &Node) -> Result<ColumnType, MysqlError> {
        let ty = match ty {
            CastType::Signed => return Ok(types::integer(20)),
            CastType::Unsigned => return Ok(types::unsigned(20)),
            CastType::Interval(_) => return Err(errors::unsupported("CAST AS INTERVAL")),
            CastType::Type(ty) => ty,
        };
        let fsp = |n: &Option<u32>| n.and_then(|n| u8::try_from(n).ok()).unwrap_or(0).min(6);
        let length = |n: &Option<u64>| {
            n.and_then(|n| u32::try_from(n).ok())
                .unwrap_or_else(|| types::display_length(&result_type(a)))
                .min(16383)
        };
        Ok(match ty {
            DataType::Char {
                length: n, charset, ..
            } => ColumnType::VarChar {
                length: length(n),
                collation: match &charset.charset {
                    Some(name) => charsets::charset_by_name(name)?
                        .default_collation(charsets::server(self.session.flavour)),
                    None => self.session.connection_collation,
                },
            },
            DataType::Binary(n) => ColumnType::VarBinary { length: length(n) },
            DataType::Date => ColumnType::Date,
            DataType::Time(n) => ColumnType::Time {
                fsp: fsp(n),
                old: false,
            },
            DataType::DateTime(n) => ColumnType::DateTime {
                fsp: fsp(n),
                old: false,
            },
            DataType::Decimal {
                precision, scale, ..
            } => {
                let small = |n: &Option<u32>, default| {
                    n.and_then(|n| u8::try_from(n).ok()).unwrap_or(default)
                };
                ColumnType::Decimal {
                    precision: small(precision, 10).clamp(1, 65),
                    scale: small(scale, 0).min(30),
                    unsigned: false,
                    zerofill: false,
                }
            }
            DataType::Double { .. } | DataType::Float { .. } => ColumnType::Double {
                digits: None,
                unsigned: false,
                zerofill: false,
            },
            DataType::Json => ColumnType::Json,
            DataType::Year(_) => ColumnType::Year { width: 4 },
            _ => return Err(errors::unsupported("CAST to this type")),
        })
    }

    fn literal(&self, literal: &Literal) -> Result<Datum, MysqlError> {
        let client = self.session.client_collation;
        Ok(match literal {
            Literal::Null => Datum::Null,
            Literal::Bool(value) => Datum::bool(*value),
            Literal::Integer(n) => match i64::try_from(*n) {
                Ok(n) => Datum::Int(n),
                Err(_) => Datum::UInt(*n),
            },
            Literal::Decimal(text) => {
                Datum::Decimal(literal::decimal(text).unwrap_or(Decimal::ZERO))
            }
            Literal::Float(text) => Datum::Double(pack::parse_double(text).0),
            Literal::String(string) => {
                let own = string.introducer.is_some();
                let from = literal::collation_of(string, client)?;
                let collation = if own {
                    from
                } else {
                    self.session.connection_collation
                };
                let text =
                    pack::convert(&string.bytes, from, collation).map_err(|e| errors::value(&e))?;
                Datum::Text(text, collation, Coercibility::Literal)
            }
            Literal::Hex { bytes, .. } => {
                Datum::Text(bytes.clone(), CollationId::BINARY, Coercibility::Literal)
            }
            Literal::Bit { digits, .. } => Datum::Text(
                Literal::bit_bytes(digits),
                CollationId::BINARY,
                Coercibility::Literal,
            ),
            Literal::Temporal(kind, string) => {
                let text = literal::utf8_text(string, client)?;
                temporal_literal(*kind, &text)?
            }
        })
    }
}

fn temporal_literal(kind: TemporalKind, text: &str) -> Result<Datum, MysqlError> {
    let fsp = text
        .split_once('.')
        .map_or(0, |(_, f)| u8::try_from(f.len().min(6)).unwrap_or(6));
    let wrong = |word: &str| MysqlError::new(1525, format!("Incorrect {word} value: '{text}'"));
    let datetime = |word: &str| -> Result<DateTime, MysqlError> {
        temporal::parse_datetime(text).ok_or_else(|| wrong(word))
    };
    Ok(match kind {
        TemporalKind::Date => Datum::Date(datetime("DATE")?.date),
        TemporalKind::Time => Datum::Time(
            temporal::parse_time(text).ok_or_else(|| wrong("TIME"))?,
            fsp,
        ),
        TemporalKind::Timestamp | TemporalKind::DateTime => {
            Datum::DateTime(datetime("DATETIME")?, fsp)
        }
    })
}

fn aggregate_type(kind: AggregateKind, argument: Option<&Node>) -> ColumnType {
    let ty = argument.map_or_else(|| types::integer(21), result_type);
    match kind {
        AggregateKind::Count => types::integer(21),
        AggregateKind::Sum | AggregateKind::Avg => {
            let extra = if kind == AggregateKind::Avg { 4 } else { 0 };
            match types::numeric(&ty) {
                ColumnType::Int { .. } => ColumnType::Decimal {
                    precision: types::display_length(&ty)
                        .clamp(1, 20)
                        .try_into()
                        .unwrap_or(20)
                        + 22
                        + extra,
                    scale: extra,
                    unsigned: false,
                    zerofill: false,
                },
                ColumnType::Decimal {
                    precision, scale, ..
                } => ColumnType::Decimal {
                    precision: precision.saturating_add(22).min(65),
                    scale: (scale + extra).min(30),
                    unsigned: false,
                    zerofill: false,
                },
                other => other,
            }
        }
        _ => ty,
    }
}

/// Folds an operator over a constant.
fn fold(node: Node) -> Result<Node, MysqlError> {
    if !node.is_constant() {
        return Ok(node);
    }
    let row = super::node::Row {
        fields: &[],
        aggregates: &[],
        zone: &understudy_values::temporal::zone::TimeZone::UTC,
    };
    node.eval(&row).map(Node::Const)
}

/// A column as error messages name it.
fn shown_name(name: &ColumnRef) -> String {
    match (&name.db, &name.table) {
        (Some(db), Some(table)) => format!("{db}.{table}.{}", name.column),
        (_, Some(table)) => format!("{table}.{}", name.column),
        (_, None) => name.column.clone(),
    }
}

/// The construct named in error 1235.
fn construct(expr: &Expr) -> String {
    let debug = format!("{expr:?}");
    let word = debug
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or("expression");
    format!("{word} expressions")
}

/// The time of day of a date and time, for CURTIME().
pub(crate) fn time_part(value: DateTime) -> understudy_values::temporal::Time {
    functions::time_of(value)
}
