//! SELECT over a snapshot.
//!
//! ```text
//! Query -> from (tables, columns) -> bind -> access (which index, which range) -> join -> filter
//!       -> group -> order -> limit -> fields of the result columns
//! ```
//!
//! A result row is a list of packed fields, one a [`ResultColumn`], whatever it was computed from: the caller
//! prints them with `understudy_values::text::write_text` or `binary::write_binary` and
//! [`ResultColumn::ty`]. Scans, filters, joins, LIMIT and COUNT(*) stream; ORDER BY, GROUP BY and DISTINCT
//! hold their rows in memory up to [`SessionContext::memory_limit`] (error 1038 beyond).
//!
//! Constructs that are not executed are error 1235 with their name.

mod access;
mod from;
mod group;
mod join;
mod metadata;
mod order;
mod session;

pub use metadata::{ResultColumn, column_flags, result_column};
pub(crate) use session::session_function;
pub use session::{NoVariables, SessionContext, Variables};

use understudy_base::error::MysqlError;
use understudy_sql::ast::{Expr, Query, QueryBody, Select, SelectItem};
use understudy_storage::Snapshot;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::ColumnType;

use crate::datum::Datum;
use crate::errors;
use crate::eval::{Binder, Node, result_type};
use crate::pack::PackMode;
use from::From;
use join::{Fields, Join};

/// Rows of a result, each a list of packed fields.
pub type RowIter = Box<dyn Iterator<Item = Result<Vec<Option<Vec<u8>>>, MysqlError>> + Send>;

/// A result set.
pub struct RowStream {
    /// Columns.
    pub columns: Vec<ResultColumn>,
    /// Rows; they are computed as they are asked for.
    pub rows: RowIter,
}

impl std::fmt::Debug for RowStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowStream")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

/// One item of the select list, bound.
struct Item {
    node: Node,
    name: String,
    /// Column of the joined row that it is, if it is just that.
    column: Option<usize>,
    alias: Option<String>,
    /// What is told of it whatever its value is.
    told: Option<metadata::Told>,
}

/// Executes a query.
pub fn execute(
    snapshot: &Snapshot,
    query: &Query,
    session: &SessionContext<'_>,
) -> Result<RowStream, MysqlError> {
    if query.with.is_some() {
        return Err(errors::unsupported("WITH"));
    }
    if query.into.is_some() {
        return Err(errors::unsupported("SELECT ... INTO"));
    }
    if query.procedure.is_some() {
        return Err(errors::unsupported("PROCEDURE"));
    }
    match &query.body {
        QueryBody::Select(select) => execute_select(snapshot, select, query, session),
        QueryBody::Parenthesised(inner) if query.order_by.is_empty() && query.limit.is_none() => {
            execute(snapshot, inner, session)
        }
        QueryBody::Table(name) => {
            let select = table_query(name);
            execute_select(snapshot, &select, query, session)
        }
        QueryBody::Parenthesised(_) => {
            Err(errors::unsupported("ORDER BY of a parenthesised query"))
        }
        QueryBody::Values(_) => Err(errors::unsupported("VALUES")),
        QueryBody::SetOperation { .. } => Err(errors::unsupported("UNION, EXCEPT and INTERSECT")),
    }
}

fn table_query(name: &understudy_sql::ast::ObjectName) -> Select {
    Select {
        hints: None,
        options: Default::default(),
        items: vec![SelectItem::Wildcard],
        from: vec![understudy_sql::ast::TableRef::Table(Box::new(
            understudy_sql::ast::NamedTable {
                name: name.clone(),
                partitions: Vec::new(),
                alias: None,
                hints: Vec::new(),
                system_time: None,
                sample: None,
            },
        ))],
        dual: false,
        filter: None,
        group_by: Vec::new(),
        group_modifier: None,
        having: None,
        windows: Vec::new(),
        qualify: None,
    }
}

fn execute_select(
    snapshot: &Snapshot,
    select: &Select,
    query: &Query,
    session: &SessionContext<'_>,
) -> Result<RowStream, MysqlError> {
    refuse(select)?;
    let from = From::open(snapshot, &select.from, session)?;
    let items = bind_items(select, &from, session)?;
    let Items { items, aggregates } = items;
    let filter = match &select.filter {
        Some(expr) => Some(Binder::new(&from.scope, session, "where clause").bind(expr)?),
        None => None,
    };
    let limit = limit(query, session)?;
    let plan = order::plan(select, query, &from, items, aggregates, session)?;
    let columns = plan
        .items
        .iter()
        .map(|item| metadata::of_item(item, &from, session))
        .collect::<Vec<_>>();
    let types: Vec<ColumnType> = columns.iter().map(|c| c.ty.clone()).collect();
    if limit.1 == Some(0) {
        return Ok(RowStream {
            columns,
            rows: Box::new(std::iter::empty()),
        });
    }
    if let Some(rows) = count_only(&plan, filter.as_ref(), &from, session)? {
        let one = slice(Box::new(std::iter::once(rows)), limit);
        return Ok(RowStream { columns, rows: one });
    }
    let zone = session.time_zone.clone();
    let wanted = order::wanted_order(&plan, &from);
    let join = Join::new(&from, snapshot, filter, &wanted, zone.clone())?;
    let ordered = join.is_ordered();
    let rows = order::run(
        plan,
        join,
        ordered,
        limit,
        types,
        zone,
        session.memory_limit,
    )?;
    Ok(RowStream { columns, rows })
}

/// Parts of a SELECT that are not executed.
fn refuse(select: &Select) -> Result<(), MysqlError> {
    let checks = [
        (select.group_modifier.is_some(), "WITH ROLLUP"),
        (!select.windows.is_empty(), "WINDOW"),
        (select.qualify.is_some(), "QUALIFY"),
        (select.options.calc_found_rows, "SQL_CALC_FOUND_ROWS"),
    ];
    match checks.iter().find(|(present, _)| *present) {
        Some((_, name)) => Err(errors::unsupported(name)),
        None => Ok(()),
    }
}

struct Items {
    items: Vec<Item>,
    aggregates: Vec<crate::eval::AggregateCall>,
}

fn bind_items(
    select: &Select,
    from: &From,
    session: &SessionContext<'_>,
) -> Result<Items, MysqlError> {
    let mut binder = Binder::new(&from.scope, session, "field list");
    binder.allow_aggregates = true;
    let mut items = Vec::new();
    for item in &select.items {
        match item {
            SelectItem::Wildcard => {
                if from.tables.is_empty() {
                    return Err(MysqlError::new(1096, "No tables used"));
                }
                for index in from.visible_columns(None)? {
                    items.push(column_item(from, index));
                }
            }
            SelectItem::QualifiedWildcard(name) => {
                for index in from.visible_columns(Some(name))? {
                    items.push(column_item(from, index));
                }
            }
            SelectItem::Expr { expr, alias, name } => {
                let node = binder.bind(expr)?;
                let column = match &node {
                    Node::Column(index, _) => Some(*index),
                    _ => None,
                };
                let in_view = column.and_then(|index| from.view_column(index));
                let own = match expr {
                    // A view's column has the view's spelling.
                    Expr::Column(column) => in_view.unwrap_or(&column.column).to_owned(),
                    Expr::Literal(understudy_sql::ast::Literal::Null) => "NULL".to_owned(),
                    _ => name.as_str().to_owned(),
                };
                items.push(Item {
                    node,
                    name: alias.clone().unwrap_or(own),
                    column,
                    alias: alias.clone(),
                    told: metadata::told(expr),
                });
            }
        }
    }
    Ok(Items {
        items,
        aggregates: binder.aggregates,
    })
}

fn column_item(from: &From, index: usize) -> Item {
    let column = from.scope.get(index);
    let name = column.map(|c| c.name.clone()).unwrap_or_default();
    let ty = column.map_or(ColumnType::Json, |c| c.ty.clone());
    Item {
        node: Node::Column(index, ty),
        name,
        column: Some(index),
        alias: None,
        told: None,
    }
}

/// OFFSET and row count.
fn limit(query: &Query, session: &SessionContext<'_>) -> Result<(u64, Option<u64>), MysqlError> {
    let Some(limit) = &query.limit else {
        return Ok((0, session.select_limit));
    };
    if limit.with_ties || limit.rows_examined.is_some() {
        return Err(errors::unsupported(
            "FETCH ... WITH TIES, LIMIT ROWS EXAMINED",
        ));
    }
    let number = |expr: &Option<Expr>| -> Result<Option<u64>, MysqlError> {
        let Some(expr) = expr else { return Ok(None) };
        match Binder::new(&[], session, "limit clause").bind(expr)? {
            Node::Const(Datum::Int(n)) => Ok(u64::try_from(n).ok()),
            Node::Const(Datum::UInt(n)) => Ok(Some(n)),
            _ => Err(MysqlError::new(1210, "Incorrect arguments to LIMIT")),
        }
    };
    Ok((number(&limit.offset)?.unwrap_or(0), number(&limit.count)?))
}

/// `SELECT COUNT(*) FROM t`: counts without splitting a row.
fn count_only(
    plan: &order::Plan,
    filter: Option<&Node>,
    from: &From,
    session: &SessionContext<'_>,
) -> Result<Option<Result<Fields, MysqlError>>, MysqlError> {
    let [aggregate] = plan.aggregates.as_slice() else {
        return Ok(None);
    };
    let plain = aggregate.kind == understudy_sql::ast::AggregateKind::Count
        && aggregate.argument.is_none()
        && filter.is_none()
        && plan.group_by.is_empty()
        && plan.having.is_none()
        && from.tables.len() == 1;
    if !plain {
        return Ok(None);
    }
    let count = from.count_rows()?;
    let row = crate::eval::Row {
        fields: &[],
        aggregates: &[Datum::Int(i64::try_from(count).unwrap_or(i64::MAX))],
        zone: &session.time_zone,
    };
    let uses_columns = plan.items.iter().any(|item| !uses_no_column(&item.node));
    if uses_columns {
        return Ok(None);
    }
    let mode = result_mode(&session.time_zone);
    let fields = plan
        .items
        .iter()
        .map(|item| output_field(&item.node, &result_type(&item.node), &row, &mode))
        .collect();
    Ok(Some(fields))
}

fn uses_no_column(node: &Node) -> bool {
    let mut none = true;
    node.walk(&mut |n| none &= !matches!(n, Node::Column(..)));
    none
}

fn result_mode(zone: &TimeZone) -> PackMode {
    PackMode {
        strict: false,
        zone: zone.clone(),
    }
}

/// The packed field of a result column.
fn output_field(
    node: &Node,
    ty: &ColumnType,
    row: &crate::eval::Row<'_>,
    mode: &PackMode,
) -> Result<Option<Vec<u8>>, MysqlError> {
    if let Node::Column(index, _) = node {
        return Ok(row.fields.get(*index).cloned().flatten());
    }
    node.eval(row)?
        .to_field(ty, mode)
        .map_err(|e| errors::value(&e))
}

/// Applies OFFSET and the row count.
fn slice(rows: RowIter, (offset, count): (u64, Option<u64>)) -> RowIter {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    match count {
        Some(count) => {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            Box::new(rows.skip(offset).take(count))
        }
        None if offset == 0 => rows,
        None => Box::new(rows.skip(offset)),
    }
}
