//! Grouping, HAVING, DISTINCT, ORDER BY and LIMIT over the joined rows.

use std::collections::{BinaryHeap, HashSet};

use understudy_base::error::MysqlError;
use understudy_sql::ast::{Expr, Literal, OrderItem, Query, Select};
use understudy_values::key::{self, TextOrder};
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::ColumnType;

use super::access::WantedOrder;
use super::from::{From, bare_name};
use super::group::{self, Groups};
use super::join::{Fields, Join};
use super::session::SessionContext;
use super::{Item, RowIter, output_field, result_mode, slice};
use crate::datum::Datum;
use crate::errors;
use crate::eval::{AggregateCall, Binder, Node, Row, result_type};

/// What happens to the joined rows.
pub(super) struct Plan {
    pub items: Vec<Item>,
    pub aggregates: Vec<AggregateCall>,
    pub group_by: Vec<Node>,
    pub having: Option<Node>,
    pub order_by: Vec<(Node, bool)>,
    pub distinct: bool,
}

impl Plan {
    fn grouped(&self) -> bool {
        !self.aggregates.is_empty() || !self.group_by.is_empty()
    }
}

/// Binds GROUP BY, HAVING and ORDER BY.
pub(super) fn plan(
    select: &Select,
    query: &Query,
    from: &From,
    items: Vec<Item>,
    aggregates: Vec<AggregateCall>,
    session: &SessionContext<'_>,
) -> Result<Plan, MysqlError> {
    let mut plan = Plan {
        items,
        aggregates,
        group_by: Vec::new(),
        having: None,
        order_by: Vec::new(),
        distinct: select.options.distinct,
    };
    for item in &select.group_by {
        let (node, _) = bind_order(&mut plan, item, from, session, "group statement", false)?;
        plan.group_by.push(node);
    }
    if let Some(having) = &select.having {
        let node = bind_with(&mut plan, having, from, session, "having clause")?;
        plan.having = Some(node);
    }
    for item in &query.order_by {
        let bound = bind_order(&mut plan, item, from, session, "order clause", true)?;
        plan.order_by.push(bound);
    }
    Ok(plan)
}

fn bind_order(
    plan: &mut Plan,
    item: &OrderItem,
    from: &From,
    session: &SessionContext<'_>,
    clause: &'static str,
    alias_first: bool,
) -> Result<(Node, bool), MysqlError> {
    if let Expr::Literal(Literal::Integer(n)) = &item.expr {
        let found = usize::try_from(*n)
            .ok()
            .and_then(|n| n.checked_sub(1))
            .and_then(|i| plan.items.get(i));
        return match found {
            Some(found) => Ok((found.node.clone(), item.descending)),
            None => Err(errors::unknown_column(&n.to_string(), clause)),
        };
    }
    if let Some(name) = bare_name(&item.expr) {
        let alias = plan.items.iter().find(|i| {
            i.alias
                .as_deref()
                .is_some_and(|a| a.eq_ignore_ascii_case(name))
        });
        let column = Binder::new(&from.scope, session, clause).bind(&item.expr);
        match (alias, column) {
            (Some(alias), column) if alias_first || column.is_err() => {
                return Ok((alias.node.clone(), item.descending));
            }
            (_, column) => return Ok((column?, item.descending)),
        }
    }
    let node = bind_with(plan, &item.expr, from, session, clause)?;
    Ok((node, item.descending))
}

/// Binds an expression that may hold aggregates and aliases.
fn bind_with(
    plan: &mut Plan,
    expr: &Expr,
    from: &From,
    session: &SessionContext<'_>,
    clause: &'static str,
) -> Result<Node, MysqlError> {
    let mut binder = Binder::new(&from.scope, session, clause);
    binder.allow_aggregates = true;
    binder.aggregates = std::mem::take(&mut plan.aggregates);
    binder.aliases = plan
        .items
        .iter()
        .filter_map(|i| i.alias.clone().map(|a| (a, i.node.clone())))
        .collect();
    let node = binder.bind(expr);
    plan.aggregates = binder.aggregates;
    node
}

/// The order that an index of the only table might give.
pub(super) fn wanted_order(plan: &Plan, from: &From) -> WantedOrder {
    if plan.grouped() || from.tables.len() != 1 {
        return WantedOrder::new();
    }
    let mut order = WantedOrder::new();
    for (node, descending) in &plan.order_by {
        match node {
            Node::Column(index, _) => order.push((*index, *descending)),
            _ => return WantedOrder::new(),
        }
    }
    order
}

/// Result rows with their sort keys.
type Keyed = Box<dyn Iterator<Item = Result<(Vec<u8>, Fields), MysqlError>> + Send>;

/// The result rows.
pub(super) fn run(
    plan: Plan,
    join: Join,
    ordered: bool,
    limit: (u64, Option<u64>),
    types: Vec<ColumnType>,
    zone: TimeZone,
    memory_limit: usize,
) -> Result<RowIter, MysqlError> {
    let grouped = plan.grouped();
    let sorts = !plan.order_by.is_empty() && (grouped || !ordered);
    let distinct = plan.distinct;
    let order_types: Vec<ColumnType> = plan
        .order_by
        .iter()
        .map(|(node, _)| result_type(node))
        .collect();
    let output_types = types.clone();
    let groups: Groups = if grouped {
        group::run(&plan, join, &zone, memory_limit)?
    } else {
        Box::new(join.map(|row| row.map(|fields| (fields, Vec::new()))))
    };
    let produce = move |(fields, aggregates): (Fields, Vec<Datum>)| -> Result<_, MysqlError> {
        let row = Row {
            fields: &fields,
            aggregates: &aggregates,
            zone: &zone,
        };
        if let Some(having) = &plan.having
            && having.eval(&row)?.truth() != Some(true)
        {
            return Ok(None);
        }
        let mode = result_mode(&zone);
        let mut sort_key = Vec::new();
        if sorts {
            for ((node, descending), ty) in plan.order_by.iter().zip(&order_types) {
                let field = output_field(node, ty, &row, &mode)?;
                key::encode(
                    ty,
                    field.as_deref(),
                    None,
                    *descending,
                    TextOrder::Collation,
                    &mut sort_key,
                )
                .map_err(|e| errors::value(&e))?;
            }
        }
        let out = plan
            .items
            .iter()
            .zip(&types)
            .map(|(item, ty)| output_field(&item.node, ty, &row, &mode))
            .collect::<Result<Fields, _>>()?;
        Ok(Some((sort_key, out)))
    };
    let rows = groups.filter_map(move |group| group.and_then(&produce).transpose());
    let rows: Keyed = if distinct {
        Box::new(distinct_rows(rows, output_types, memory_limit))
    } else {
        Box::new(rows)
    };
    if !sorts {
        return Ok(slice(Box::new(rows.map(|r| r.map(|(_, out)| out))), limit));
    }
    let sorted = sort(rows, limit, memory_limit)?;
    Ok(slice(
        Box::new(sorted.into_iter().map(|entry| Ok(entry.row))),
        limit,
    ))
}

fn out_of_memory() -> MysqlError {
    MysqlError::new(
        1038,
        "Out of sort memory, consider increasing server sort buffer size",
    )
}

fn distinct_rows(
    rows: impl Iterator<Item = Result<(Vec<u8>, Fields), MysqlError>> + Send,
    types: Vec<ColumnType>,
    memory_limit: usize,
) -> impl Iterator<Item = Result<(Vec<u8>, Fields), MysqlError>> + Send {
    let mut seen: HashSet<Vec<u8>> = HashSet::new();
    let mut held = 0usize;
    rows.filter_map(move |row| {
        let (sort_key, fields) = match row {
            Ok(row) => row,
            Err(e) => return Some(Err(e)),
        };
        let mut all = Vec::new();
        for (ty, field) in types.iter().zip(&fields) {
            let order = TextOrder::Collation;
            if let Err(e) = key::encode(ty, field.as_deref(), None, false, order, &mut all) {
                return Some(Err(errors::value(&e)));
            }
        }
        held += all.len() + 48;
        if held > memory_limit {
            return Some(Err(out_of_memory()));
        }
        seen.insert(all).then_some(Ok((sort_key, fields)))
    })
}

/// A row with its sort key; equal keys keep the order they came in.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: Vec<u8>,
    sequence: u64,
    row: Fields,
}

impl Entry {
    fn bytes(&self) -> usize {
        let fields: usize = self
            .row
            .iter()
            .map(|f| f.as_ref().map_or(0, Vec::len) + 24)
            .sum();
        self.key.len() + fields + 64
    }
}

/// Sorts in memory; with a row count only the first rows are kept.
fn sort(
    rows: impl Iterator<Item = Result<(Vec<u8>, Fields), MysqlError>>,
    (offset, count): (u64, Option<u64>),
    memory_limit: usize,
) -> Result<Vec<Entry>, MysqlError> {
    let keep = count
        .map(|c| c.saturating_add(offset))
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(usize::MAX);
    let mut heap: BinaryHeap<Entry> = BinaryHeap::new();
    let mut held = 0usize;
    for (sequence, row) in (0u64..).zip(rows) {
        let (key, row) = row?;
        let entry = Entry { key, sequence, row };
        if heap.len() >= keep {
            if heap.peek().is_none_or(|last| *last <= entry) {
                continue;
            }
            if let Some(gone) = heap.pop() {
                held -= gone.bytes();
            }
        }
        held += entry.bytes();
        if held > memory_limit {
            return Err(out_of_memory());
        }
        heap.push(entry);
    }
    Ok(heap.into_sorted_vec())
}
