//! Which index and which range of it a table is read through.
//!
//! A range only has to contain every row that can match: the conditions are evaluated on each row that is
//! read all the same. So a constant that does not convert exactly to the column's type just gives no bound.

use std::ops::Bound;

use understudy_sql::ast::{BinaryOp, IsTest};
use understudy_storage::schema::IndexDef;
use understudy_storage::{Direction, ScanRange, Table};
use understudy_values::types::ColumnType;

use crate::charsets;
use crate::datum::{Datum, compare};
use crate::eval::{Node, Row, result_type};
use crate::pack::PackMode;

/// A condition on one column that an index can serve.
#[derive(Clone, Debug)]
enum Bounds {
    Equal(Node),
    Null,
    Range {
        lower: Option<Node>,
        upper: Option<Node>,
    },
}

/// How a table is read.
#[derive(Clone, Debug)]
pub(super) struct Access {
    /// Index and its number; `None` reads all rows in clustering order.
    index: Option<(IndexDef, u32)>,
    /// Conditions on the index's parts, in order; the last may be a range.
    bounds: Vec<Bounds>,
    pub direction: Direction,
    /// Rows come in the order that was asked for.
    pub ordered: bool,
}

/// Columns that the result is ordered by: position in the table, descending.
pub(super) type WantedOrder = Vec<(usize, bool)>;

impl Access {
    /// Chooses for a table whose columns start at `start`; `known` says which columns of the joined row
    /// have values when the table is read.
    pub fn choose(
        table: &Table,
        start: usize,
        conditions: &[Node],
        known: &impl Fn(usize) -> bool,
        order: &WantedOrder,
    ) -> Access {
        let mut best = Access {
            index: None,
            bounds: Vec::new(),
            direction: Direction::Forward,
            ordered: false,
        };
        let mut best_score = 0;
        for index in table.stored_indexes() {
            let clustering = table.clustering_index().map(|i| i.number) == Some(index.number);
            let (bounds, mut score) = bounds_of(table, index, start, conditions, known);
            let direction = index_direction(table, index, &bounds, order);
            if bounds.is_empty() && direction.is_none() {
                continue;
            }
            score += u32::from(direction.is_some() && (clustering || score > 0)) * 3;
            score += u32::from(clustering && score > 0);
            if score > best_score {
                best_score = score;
                best = Access {
                    index: Some((index.clone(), index.number)),
                    bounds,
                    direction: direction.unwrap_or(Direction::Forward),
                    ordered: direction.is_some(),
                };
            }
        }
        best
    }

    /// Number of the index, if one is used.
    pub fn index_number(&self) -> Option<u32> {
        self.index.as_ref().map(|(_, number)| *number)
    }

    /// The range for the values at hand.
    pub fn range(&self, table: &Table, row: &Row<'_>) -> ScanRange {
        let Some((index, _)) = &self.index else {
            return ScanRange::all();
        };
        let mut prefix: Vec<Option<Vec<u8>>> = Vec::new();
        for (bounds, part) in self.bounds.iter().zip(&index.parts) {
            let Some(column) = part.column.and_then(|c| table.columns.get(usize::from(c))) else {
                break;
            };
            match bounds {
                Bounds::Null => prefix.push(None),
                Bounds::Equal(node) => match exact_field(node, &column.ty, row) {
                    Some(field) => prefix.push(field),
                    None => break,
                },
                Bounds::Range { lower, upper } => {
                    let end = |node: &Option<Node>| {
                        let field = exact_field(node.as_ref()?, &column.ty, row)??;
                        encoded(table, index, &prefix, Some(Some(field)))
                    };
                    let (mut low, mut high) = (end(lower), end(upper));
                    if part.descending {
                        std::mem::swap(&mut low, &mut high);
                    }
                    let around = encoded(table, index, &prefix, None);
                    let bound = |key: Option<Vec<u8>>| {
                        key.or_else(|| around.clone().filter(|k| !k.is_empty()))
                            .map_or(Bound::Unbounded, Bound::Included)
                    };
                    return ScanRange {
                        lower: bound(low),
                        upper: bound(high),
                    };
                }
            }
        }
        match encoded(table, index, &prefix, None) {
            Some(key) if !key.is_empty() => ScanRange::prefix(key),
            Some(_) | None => ScanRange::all(),
        }
    }
}

fn encoded(
    table: &Table,
    index: &IndexDef,
    prefix: &[Option<Vec<u8>>],
    next: Option<Option<Vec<u8>>>,
) -> Option<Vec<u8>> {
    let all: Vec<Option<&[u8]>> = prefix
        .iter()
        .map(Option::as_deref)
        .chain(next.as_ref().map(Option::as_deref))
        .collect();
    table.encode_key(index, &all).ok()
}

/// The field that equals the value exactly; outer `None` when there is none, inner for NULL.
fn exact_field(node: &Node, ty: &ColumnType, row: &Row<'_>) -> Option<Option<Vec<u8>>> {
    let value = node.eval(row).ok()?;
    if value.is_null() {
        return None;
    }
    let mode = PackMode {
        strict: true,
        zone: row.zone.clone(),
    };
    let field = value.to_field(ty, &mode).ok()?;
    let back = Datum::from_field(ty, field.as_deref(), row.zone).ok()?;
    let same = match (&back, &value) {
        // One text in two character sets: the conversion back decides.
        (Datum::Text(..), Datum::Text(..)) => {
            back.to_utf8().ok()?.trim_end() == value.to_utf8().ok()?.trim_end()
        }
        (_, _) => compare(&back, &value).ok()? == Some(std::cmp::Ordering::Equal),
    };
    same.then_some(field)
}

fn bounds_of(
    table: &Table,
    index: &IndexDef,
    start: usize,
    conditions: &[Node],
    known: &impl Fn(usize) -> bool,
) -> (Vec<Bounds>, u32) {
    let mut bounds = Vec::new();
    let mut score = 0;
    for part in &index.parts {
        let Some(position) = part.column.map(usize::from) else {
            break;
        };
        let Some(column) = table.columns.get(position) else {
            break;
        };
        let found = column_bounds(start + position, &column.ty, conditions, known);
        match found {
            Some(Bounds::Range { lower, upper }) => {
                score += 2 + u32::from(lower.is_some() && upper.is_some()) * 3;
                bounds.push(Bounds::Range { lower, upper });
                break;
            }
            Some(equal) => {
                score += 10;
                bounds.push(equal);
                if part.prefix.is_some() {
                    break;
                }
            }
            None => break,
        }
    }
    let unique = matches!(
        index.kind,
        understudy_storage::schema::IndexKind::Primary
            | understudy_storage::schema::IndexKind::Unique
    );
    let all_equal =
        bounds.len() == index.parts.len() && bounds.iter().all(|b| matches!(b, Bounds::Equal(_)));
    if unique && all_equal {
        score += 1000;
    }
    (bounds, score)
}

/// What the conditions say about one column.
fn column_bounds(
    column: usize,
    ty: &ColumnType,
    conditions: &[Node],
    known: &impl Fn(usize) -> bool,
) -> Option<Bounds> {
    let is_it = |node: &Node| matches!(node, Node::Column(i, _) if *i == column);
    let usable = |node: &Node| {
        let mut ready = true;
        node.walk(&mut |n| {
            if let Node::Column(i, _) = n {
                ready &= known(*i);
            }
        });
        ready && comparable(ty, node)
    };
    let (mut lower, mut upper) = (None, None);
    for condition in conditions {
        match condition {
            Node::Is(a, IsTest::Null, false) if is_it(a) => return Some(Bounds::Null),
            Node::Binary(op, a, b) => {
                let (op, value) = if is_it(a) && usable(b) {
                    (*op, b)
                } else if is_it(b) && usable(a) {
                    (flipped(*op), a)
                } else {
                    continue;
                };
                match op {
                    BinaryOp::Eq => return Some(Bounds::Equal(value.as_ref().clone())),
                    BinaryOp::Lt | BinaryOp::Le => upper = Some(value.as_ref().clone()),
                    BinaryOp::Gt | BinaryOp::Ge => lower = Some(value.as_ref().clone()),
                    _ => {}
                }
            }
            Node::Between(a, low, high, false) if is_it(a) && usable(low) && usable(high) => {
                lower = Some(low.as_ref().clone());
                upper = Some(high.as_ref().clone());
            }
            _ => {}
        }
    }
    (lower.is_some() || upper.is_some()).then_some(Bounds::Range { lower, upper })
}

fn flipped(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        other => other,
    }
}

/// Whether comparing the column with the value goes by the column's own order.
fn comparable(ty: &ColumnType, node: &Node) -> bool {
    let value = result_type(node);
    let number = |t: &ColumnType| {
        matches!(
            t,
            ColumnType::Int { .. }
                | ColumnType::Decimal { .. }
                | ColumnType::Double { .. }
                | ColumnType::Year { .. }
        )
    };
    let temporal = |t: &ColumnType| {
        matches!(
            t,
            ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. }
        )
    };
    let text = |t: &ColumnType| {
        matches!(
            t,
            ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::Text { .. }
        )
    };
    if number(ty) {
        return number(&value) || text(&value) && node.is_constant();
    }
    if temporal(ty) {
        return temporal(&value) || text(&value) && node.is_constant();
    }
    if matches!(ty, ColumnType::Time { .. }) {
        return matches!(value, ColumnType::Time { .. }) || text(&value) && node.is_constant();
    }
    if text(ty) {
        if matches!(node, Node::Collate(..)) {
            return false;
        }
        let same = charsets::column_collation(ty) == charsets::column_collation(&value);
        return text(&value) && (same || matches!(node, Node::Const(_)));
    }
    matches!(
        (ty, &value),
        (
            ColumnType::Binary { .. } | ColumnType::VarBinary { .. },
            ColumnType::VarBinary { .. } | ColumnType::VarChar { .. }
        )
    ) && matches!(node, Node::Const(_))
}

/// The direction in which the index gives the wanted order after its equal parts, if it does.
fn index_direction(
    table: &Table,
    index: &IndexDef,
    bounds: &[Bounds],
    order: &WantedOrder,
) -> Option<Direction> {
    if order.is_empty() {
        return None;
    }
    let equal = bounds
        .iter()
        .take_while(|b| !matches!(b, Bounds::Range { .. }))
        .count();
    let mut direction = None;
    let mut parts = index.parts.iter().skip(equal);
    for (position, descending) in order {
        let part = parts.next()?;
        table.columns.get(*position)?;
        let fits = part.column.map(usize::from) == Some(*position) && part.prefix.is_none();
        if !fits {
            return None;
        }
        let this = if *descending == part.descending {
            Direction::Forward
        } else {
            Direction::Reverse
        };
        if *direction.get_or_insert(this) != this {
            return None;
        }
    }
    direction
}
