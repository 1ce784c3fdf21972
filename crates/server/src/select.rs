//! SELECT, and whatever else the executor answers: bridges a session and [`understudy_exec`].
//!
//! A statement reads the snapshot taken when it starts. Rows are computed as the client takes them and are
//! printed straight from their packed fields.

mod bridge;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use understudy_base::error::MysqlError;
use understudy_exec::errors;
use understudy_exec::select::{ResultColumn, RowStream, SessionContext, execute};
use understudy_sql::ast::{
    Expr, IntoVariable, Limit, Literal, ObjectName, Query, QueryBody, Select, SelectInto,
    SelectItem, Source, Statement, TableRef,
};
use understudy_sql::parser::parse_first;
use understudy_storage::schema::Flavour;
use understudy_values::binary::write_binary;
use understudy_values::charset::{Charset, Collation};
use understudy_values::temporal::Timestamp;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::text::{TextContext, read_int, write_text};
use understudy_values::types::ColumnType;
use understudy_values::wire_type::WireType;
use understudy_wire::column::{ColumnDefinition, ColumnFlags};
use understudy_wire::put::Put;
use understudy_wire::resultset::put_text_value;

use crate::diagnostics::Level;
use crate::eval::Val;
use crate::output::{Failure, Output};
use crate::performance_schema;
use crate::prepared::substitute;
use crate::result::RowForm;
use crate::session::{Session, VERSION_NUMBER};
use bridge::Bridge;

/// Bytes that a sort or a group of one statement may hold.
const MEMORY_LIMIT: usize = 256 << 20;

/// What this server presents itself as.
pub const FLAVOUR: Flavour = Flavour {
    mariadb: false,
    version: VERSION_NUMBER,
};

/// Runs `work` with the executor's view of the session. With `dry` functions of the server have no effect.
pub fn with_context<T>(
    session: &Session,
    dry: bool,
    work: impl FnOnce(&SessionContext<'_>) -> Result<T, MysqlError>,
) -> Result<T, MysqlError> {
    let user = format!("{}@{}", session.user, session.peer.host());
    let account = format!("{}@{}", session.account.user, session.account.host);
    let version = session.shared.globals.text("version");
    let bridge = Bridge { session, dry };
    let zone = session.variables.text("time_zone");
    let limit = session.variables.number("sql_select_limit");
    let context = SessionContext {
        default_db: session.database.as_deref().unwrap_or_default(),
        user: &user,
        current_user: &account,
        connection_id: session.process.id,
        version: &version,
        flavour: FLAVOUR,
        now: now(),
        time_zone: TimeZone::parse(&zone).map_err(|e| MysqlError::new(1298, e.to_string()))?,
        sql_mode: session.sql_mode().0,
        client_collation: session.parse_context().charset,
        connection_collation: session.collation("collation_connection"),
        results_collation: session.results(),
        lower_case_table_names: 0,
        last_insert_id: 0,
        row_count: -1,
        found_rows: session.found_rows,
        select_limit: (limit != u64::MAX).then_some(limit),
        memory_limit: MEMORY_LIMIT,
        variables: &bridge,
    };
    work(&context)
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp {
        seconds: u32::try_from(since.as_secs()).unwrap_or(u32::MAX),
        micros: since.subsec_micros(),
    }
}

/// Runs a query and sends its result.
pub fn run(
    session: &mut Session,
    query: &Query,
    binary: bool,
    output: &mut Output,
) -> Result<bool, Failure> {
    check_access(session, query)?;
    if let Some(SelectInto::Variables(targets)) = &query.into {
        into_variables(session, query, targets)?;
        return Ok(false);
    }
    let snapshot = session.shared.store.snapshot();
    let stream = with_context(session, false, |c| execute(&snapshot, query, c))?;
    let form = session.row_form(binary);
    session.found_rows = send_stream(session, stream, &form, output)?;
    Ok(true)
}

/// Sends a result as its rows come; returns their number.
pub fn send_stream(
    session: &Session,
    stream: RowStream,
    form: &RowForm,
    output: &mut Output,
) -> Result<u64, Failure> {
    let context = text_context(session)?;
    let columns = stream.columns;
    let definitions: Vec<ColumnDefinition> = columns.iter().map(definition).collect();
    form.start(&definitions, output)?;
    let (mut packet, mut text) = (Vec::new(), Vec::new());
    let mut count = 0;
    for row in stream.rows {
        let row = row?;
        packet.clear();
        if form.binary {
            binary_row(&row, &columns, &context, &mut packet)?;
        } else {
            for (field, column) in row.iter().zip(&columns) {
                text.clear();
                if let Some(field) = field {
                    write_text(&column.ty, field, &context, &mut text).map_err(unreadable)?;
                }
                put_text_value(field.as_ref().map(|_| text.as_slice()), &mut packet);
            }
        }
        output.row(&packet)?;
        count += 1;
    }
    output.packet(&form.end())?;
    Ok(count)
}

fn unreadable(error: understudy_values::error::ValueError) -> MysqlError {
    MysqlError::new(1030, format!("Got error from storage engine: {error}"))
}

fn text_context(session: &Session) -> Result<TextContext, MysqlError> {
    let zone = session.variables.text("time_zone");
    let charset = |id| Collation::by_id(id).map(Collation::charset).ok();
    let results: Option<&'static Charset> = session.results().and_then(charset);
    Ok(TextContext {
        time_zone: TimeZone::parse(&zone).map_err(|e| MysqlError::new(1298, e.to_string()))?,
        results: results.filter(|charset| charset.name != "binary"),
    })
}

fn binary_row(
    row: &[Option<Vec<u8>>],
    columns: &[ResultColumn],
    context: &TextContext,
    out: &mut Vec<u8>,
) -> Result<(), MysqlError> {
    let mut nulls = vec![0u8; (columns.len() + 2).div_ceil(8)];
    for (at, field) in row.iter().enumerate() {
        let bit = at + 2;
        if let (None, Some(byte)) = (field, nulls.get_mut(bit / 8)) {
            *byte |= 1 << (bit % 8);
        }
    }
    out.put_u8(0);
    out.put_bytes(&nulls);
    for (field, column) in row.iter().zip(columns) {
        if let Some(field) = field {
            write_binary(&column.ty, field, context, out).map_err(unreadable)?;
        }
    }
    Ok(())
}

fn definition(column: &ResultColumn) -> ColumnDefinition {
    ColumnDefinition {
        schema: column.schema.as_bytes().to_vec(),
        table: column.table.as_bytes().to_vec(),
        org_table: column.org_table.as_bytes().to_vec(),
        name: column.name.as_bytes().to_vec(),
        org_name: column.org_name.as_bytes().to_vec(),
        extended: Vec::new(),
        collation: column.collation,
        length: column.length,
        column_type: WireType(column.type_code),
        flags: ColumnFlags(column.flags),
        decimals: column.decimals,
        default: None,
    }
}

/// The account may read every table in FROM. Other places cannot name one: subqueries are not executed.
fn check_access(session: &Session, query: &Query) -> Result<(), MysqlError> {
    if session.account.has_global("SELECT") {
        return Ok(());
    }
    match &query.body {
        QueryBody::Select(select) => select.from.iter().try_for_each(|t| check(session, t)),
        QueryBody::Table(name) => check_table(session, name.db.as_deref(), &name.name),
        QueryBody::Parenthesised(inner) => check_access(session, inner),
        QueryBody::Values(_) => Ok(()),
        QueryBody::SetOperation { .. } => Err(errors::unsupported("UNION, EXCEPT and INTERSECT")),
    }
}

fn check(session: &Session, table: &TableRef) -> Result<(), MysqlError> {
    match table {
        TableRef::Table(named) => check_table(session, named.name.db.as_deref(), &named.name.name),
        TableRef::Derived { query, .. } => check_access(session, query),
        TableRef::JsonTable { .. } => Ok(()),
        TableRef::List(tables) => tables.iter().try_for_each(|t| check(session, t)),
        TableRef::Join { left, right, .. } => {
            check(session, left)?;
            check(session, right)
        }
    }
}

fn check_table(session: &Session, db: Option<&str>, table: &str) -> Result<(), MysqlError> {
    let db = session.database_or(db)?;
    let open = db.eq_ignore_ascii_case("information_schema");
    let open = open || performance_schema::is_open(&db, table);
    if open || session.account.has_on("SELECT", &db, Some(table)) {
        return Ok(());
    }
    let user = &session.user;
    let host = session.peer.host();
    let message = format!("SELECT command denied to user '{user}'@'{host}' for table '{table}'");
    Err(MysqlError::new(1142, message))
}

/// A query without FROM over one expression.
fn scalar_query(expr: &Expr) -> Query {
    let item = SelectItem::Expr {
        expr: expr.clone(),
        alias: None,
        name: Source(String::new()),
    };
    Query {
        with: None,
        body: QueryBody::Select(Box::new(Select {
            hints: None,
            options: Default::default(),
            items: vec![item],
            from: Vec::new(),
            dual: false,
            filter: None,
            group_by: Vec::new(),
            group_modifier: None,
            having: None,
            windows: Vec::new(),
            qualify: None,
        })),
        order_by: Vec::new(),
        limit: None,
        into: None,
        locking: Vec::new(),
        procedure: None,
    }
}

/// The value of an expression that is beyond the small evaluator.
pub fn scalar(session: &Session, expr: &Expr) -> Result<Val, MysqlError> {
    let query = scalar_query(expr);
    let snapshot = session.shared.store.snapshot();
    let mut stream = with_context(session, false, |c| execute(&snapshot, &query, c))?;
    let row = stream.rows.next().transpose()?.unwrap_or_default();
    let field = row.into_iter().next().flatten();
    let column = stream.columns.first();
    match (field, column) {
        (Some(field), Some(column)) => value(&field, &column.ty),
        (None, _) | (_, None) => Ok(Val::Null),
    }
}

/// A packed field as a value of SET and user variables.
fn value(field: &[u8], ty: &ColumnType) -> Result<Val, MysqlError> {
    if let ColumnType::Int { size, unsigned, .. } = ty {
        return read_int(field, *size, *unsigned)
            .map(Val::Int)
            .map_err(unreadable);
    }
    let context = TextContext {
        time_zone: TimeZone::UTC,
        results: Charset::by_name("utf8mb4"),
    };
    let mut out = Vec::new();
    write_text(ty, field, &context, &mut out).map_err(unreadable)?;
    let text = match String::from_utf8(out) {
        Ok(text) => text,
        Err(error) => return Ok(Val::Bytes(error.into_bytes())),
    };
    Ok(match ty {
        ColumnType::Decimal { .. } => Val::Decimal(text),
        ColumnType::Double { .. } | ColumnType::Float { .. } => {
            text.parse().map_or(Val::Text(text), Val::Double)
        }
        _ => Val::Text(text),
    })
}

/// SELECT ... INTO @a, @b
fn into_variables(
    session: &mut Session,
    query: &Query,
    targets: &[IntoVariable],
) -> Result<(), MysqlError> {
    let mut plain = query.clone();
    plain.into = None;
    let snapshot = session.shared.store.snapshot();
    let mut stream = with_context(session, false, |c| execute(&snapshot, &plain, c))?;
    if stream.columns.len() != targets.len() {
        let message = "The used SELECT statements have a different number of columns";
        return Err(MysqlError::new(1222, message));
    }
    let Some(row) = stream.rows.next().transpose()? else {
        let text = "No data - zero rows fetched, selected, or processed";
        session.warn(Level::Warning, 1329, text);
        return Ok(());
    };
    if stream.rows.next().transpose()?.is_some() {
        let message = "Result consisted of more than one row";
        return Err(MysqlError::new(1172, message));
    }
    for ((target, field), column) in targets.iter().zip(row).zip(&stream.columns) {
        let IntoVariable::User(name) = target else {
            return Err(errors::unsupported("SELECT ... INTO a local variable"));
        };
        let value = match field {
            Some(field) => value(&field, &column.ty)?,
            None => Val::Null,
        };
        session.user_variables.insert(name.to_lowercase(), value);
    }
    Ok(())
}

/// The query reads the warnings of the statement before it.
pub fn reads_diagnostics(query: &Query) -> bool {
    let QueryBody::Select(select) = &query.body else {
        return false;
    };
    select.items.iter().any(|item| match item {
        SelectItem::Expr {
            expr: Expr::SystemVariable { name, .. },
            ..
        } => {
            let name = name.to_ascii_lowercase();
            name == "warning_count" || name == "error_count"
        }
        SelectItem::Expr { .. } | SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => false,
    })
}

/// How long a query may run: its hint, or `max_execution_time`. Looked at by the functions that wait.
pub fn time_limit(session: &Session, query: &Query) -> Option<Duration> {
    let hints = match &query.body {
        QueryBody::Select(select) => select.hints.as_deref(),
        QueryBody::Table(_)
        | QueryBody::Values(_)
        | QueryBody::Parenthesised(_)
        | QueryBody::SetOperation { .. } => None,
    };
    let hinted = hints.and_then(|hints| {
        let upper = hints.to_ascii_uppercase();
        let (_, rest) = upper.split_once("MAX_EXECUTION_TIME(")?;
        rest.split_once(')')?.0.trim().parse::<u64>().ok()
    });
    let limit_ms = hinted.unwrap_or_else(|| session.variables.number("max_execution_time"));
    (limit_ms > 0).then(|| Duration::from_millis(limit_ms))
}

/// The columns of a table of the current database.
pub fn table_columns(session: &Session, table: &str) -> Result<Vec<ColumnDefinition>, MysqlError> {
    let mut query = scalar_query(&Expr::Literal(Literal::Null));
    query.body = QueryBody::Table(ObjectName {
        db: None,
        name: table.to_owned(),
    });
    check_access(session, &query)?;
    columns_of(session, query)
}

/// The columns of a query, without a row of it.
fn columns_of(session: &Session, mut query: Query) -> Result<Vec<ColumnDefinition>, MysqlError> {
    query.limit = Some(Limit {
        count: Some(Expr::Literal(Literal::Integer(0))),
        offset: None,
        with_ties: false,
        rows_examined: None,
    });
    let snapshot = session.shared.store.snapshot();
    let stream = with_context(session, true, |c| execute(&snapshot, &query, c))?;
    Ok(stream.columns.iter().map(definition).collect())
}

/// The columns that a prepared query will have, as they are with NULL for every parameter.
pub fn describe(
    session: &Session,
    query: &Query,
    text: &[u8],
    parameters: u16,
) -> Result<Vec<ColumnDefinition>, MysqlError> {
    check_access(session, query)?;
    let context = session.parse_context();
    let nulls = vec![b"NULL".to_vec(); usize::from(parameters)];
    let text = substitute(text, &nulls, &context)?;
    let (statement, _) = parse_first(&text, &context).map_err(MysqlError::from)?;
    let Statement::Select(plain) = statement else {
        return Ok(Vec::new());
    };
    if plain.into.is_some() {
        return Ok(Vec::new());
    }
    columns_of(session, *plain)
}
