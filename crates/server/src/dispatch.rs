//! Commands and statements to their handlers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use understudy_base::error::MysqlError;
use understudy_exec::select::RowStream;
use understudy_sql::ast::{Expr, Flush, FlushItem, Kill, KillTarget, ResetItem, Statement};
use understudy_sql::error::ParseErrorKind;
use understudy_sql::parser::{parse_first, parse_prepared};
use understudy_wire::capabilities::StatusFlags;
use understudy_wire::command::Command;
use understudy_wire::response::{EofPacket, ErrPacket, OkPacket};
use understudy_wire::statement::{Execute, ParameterContext, PrepareOk};

use crate::diagnostics::Level;
use crate::eval::Val;
use crate::gtid::{self, next, next::Before};
use crate::output::{Failure, Output};
use crate::prepared::{Prepared, literal, substitute, variable_literal};
use crate::result::{Column, Kind, Table, definitions, send};
use crate::session::{MAX_PREPARED, Session};
use crate::{account_statement, persist, plugins, replication, select, set, show};

/// What a statement gave.
pub enum Answer {
    /// An OK packet.
    Ok,
    /// A result, not sent yet.
    Table(Table),
    /// A result, sent already.
    Sent,
}

/// Runs a command and writes its answer, errors included.
pub fn run(session: &mut Session, command: Command, output: &mut Output) {
    let result = command_answer(session, command, output);
    let result = match result {
        Err(Failure::Error(error)) => {
            session.more_results = false;
            session.diagnostics.push(Level::Error, error.clone());
            output.packet(&ErrPacket::from(&error).encode())
        }
        other => other,
    };
    if result.and_then(|()| output.flush()).is_err() {
        // The client went away: its connection task sees that by itself.
        tracing::debug!(
            connection = session.process.id,
            "client left during an answer"
        );
    }
}

fn command_answer(
    session: &mut Session,
    command: Command,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        Command::Ping | Command::Quit => ok(session, output),
        Command::InitDb(name) => {
            session.diagnostics.clear();
            session.use_database(&String::from_utf8_lossy(&name))?;
            ok(session, output)
        }
        Command::Query { text, .. } => query(session, &text, output),
        Command::Statistics => output.packet(statistics(session).as_bytes()),
        Command::ProcessKill(id) => {
            session.diagnostics.clear();
            kill_connection(session, u64::from(id), false)?;
            ok(session, output)
        }
        Command::Refresh(what) => refresh(session, what, output),
        Command::SetOption(option) => set_option(session, option, output),
        Command::ResetConnection => {
            session.reset();
            ok(session, output)
        }
        Command::StmtPrepare(text) => prepare(session, &text, output),
        Command::StmtExecute(execute) => execute_prepared(session, &execute, output),
        Command::StmtSendLongData {
            statement_id,
            parameter,
            data,
        } => {
            send_long_data(session, statement_id, parameter, &data);
            Ok(())
        }
        Command::StmtClose(id) => {
            session.prepared.remove(&id);
            Ok(())
        }
        Command::StmtReset(id) => {
            let statement = prepared(session, id, "mysqld_stmt_reset")?;
            statement.long_data.fill(None);
            ok(session, output)
        }
        Command::FieldList { table, .. } => field_list(session, &table, output),
        Command::Shutdown(_) => {
            shutdown(session)?;
            output.packet(&EofPacket::default().encode())
        }
        Command::ProcessInfo => {
            let table = show::process_list(session, false);
            send(&table, &session.row_form(false), output)
        }
        Command::Debug => {
            session.require(&["SUPER"])?;
            output.packet(&EofPacket::default().encode())
        }
        Command::BinlogDump(_) | Command::BinlogDumpGtid(_) => {
            let text = "Binary log is not open";
            Err(MysqlError::new(1236, text).into())
        }
        Command::RegisterReplica(_) => Err(unsupported("COM_REGISTER_SLAVE").into()),
        Command::StmtFetch { .. } => Err(unsupported("cursors").into()),
        Command::ChangeUser(_) | Command::Unknown { .. } => {
            Err(MysqlError::new(1047, "Unknown command").into())
        }
    }
}

fn unsupported(what: &str) -> MysqlError {
    let message = format!("This version of MySQL doesn't yet support '{what}'");
    MysqlError::new(1235, message)
}

fn ok(session: &Session, output: &mut Output) -> Result<(), Failure> {
    let changes = gtid::variables::tracked(session);
    let changed = if changes.is_empty() {
        StatusFlags::default()
    } else {
        StatusFlags::SESSION_STATE_CHANGED
    };
    let packet = OkPacket {
        status: session.status() | changed,
        warnings: session.diagnostics.count(),
        changes,
        ..OkPacket::default()
    };
    output.packet(&packet.encode(OkPacket::TAG, session.capabilities))
}

/// COM_FIELD_LIST: the columns of a table as definitions with their defaults, which the `mysql` client of
/// 5.x and MariaDB asks for to complete names. The pattern is not looked at: clients send none.
fn field_list(session: &mut Session, table: &[u8], output: &mut Output) -> Result<(), Failure> {
    let name = String::from_utf8_lossy(table);
    for mut column in select::table_columns(session, &name)? {
        column.default = Some(None);
        output.packet(&column.encode(session.capabilities))?;
    }
    let form = session.row_form(false);
    output.packet(&form.end())
}

/// COM_STATISTICS: one line, not a packet of any other form.
fn statistics(session: &Session) -> String {
    let shared = &session.shared;
    let uptime = shared.started.elapsed().as_secs();
    let questions = shared.counters.questions.load(Ordering::Relaxed);
    let threads = shared.processes.count();
    let tables = shared.store.snapshot().catalog().tables().count();
    let rate = questions as f64 / uptime.max(1) as f64;
    format!(
        "Uptime: {uptime}  Threads: {threads}  Questions: {questions}  Slow queries: 0  \
         Opens: {tables}  Flush tables: 0  Open tables: {tables}  \
         Queries per second avg: {rate:.3}"
    )
}

/// COM_REFRESH: what `mysqladmin flush-...` sends.
fn refresh(session: &mut Session, what: u8, output: &mut Output) -> Result<(), Failure> {
    const GRANT: u8 = 1;
    const REPLICA: u8 = 64;
    session.require(&["RELOAD"])?;
    if what & GRANT != 0 {
        session.shared.accounts.forget();
    }
    if what & REPLICA != 0 {
        session.shared.control.reset(None, false)?;
    }
    ok(session, output)
}

fn set_option(session: &mut Session, option: u16, output: &mut Output) -> Result<(), Failure> {
    session.multi_statements = match option {
        0 => true,
        1 => false,
        _ => return Err(MysqlError::new(1047, "Unknown command").into()),
    };
    let end = EofPacket {
        warnings: 0,
        status: session.status(),
    };
    output.packet(&end.encode())
}

/// COM_QUERY: one statement after the other.
fn query(session: &mut Session, text: &[u8], output: &mut Output) -> Result<(), Failure> {
    let mut rest = text;
    let mut parsed = parse_first(rest, &session.parse_context());
    loop {
        let (statement, next) = match parsed {
            Ok(first) => first,
            // As the real server does: a comment alone is answered, an empty text is an error.
            Err(error) if error.kind == ParseErrorKind::CommentOnly => {
                session.diagnostics.clear();
                return ok(session, output);
            }
            Err(error) => {
                session.diagnostics.clear();
                return Err(MysqlError::from(error).into());
            }
        };
        let own = rest.get(..next).unwrap_or(rest);
        rest = rest.get(next..).unwrap_or_default();
        // What follows is read under the settings that this statement leaves, but whether anything
        // follows must be known before it is answered.
        let following = !rest.is_empty()
            && !matches!(
                parse_first(rest, &session.parse_context()),
                Err(error) if matches!(
                    error.kind,
                    ParseErrorKind::EmptyQuery | ParseErrorKind::CommentOnly
                )
            );
        if following && !session.multi_statements {
            session.diagnostics.clear();
            let near = String::from_utf8_lossy(rest).trim_start().to_owned();
            let near: String = near.chars().take(80).collect();
            let message = format!(
                "You have an error in your SQL syntax; check the manual that corresponds to your \
                 MySQL server version for the right syntax to use near '{near}' at line 1"
            );
            return Err(MysqlError::new(1064, message).into());
        }
        session.more_results = following;
        run_statement(session, &statement, own, false, output)?;
        if !following {
            return Ok(());
        }
        parsed = parse_first(rest, &session.parse_context());
    }
}

/// Runs one statement and sends its answer.
fn run_statement(
    session: &mut Session,
    statement: &Statement,
    text: &[u8],
    binary: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    session
        .shared
        .counters
        .questions
        .fetch_add(1, Ordering::Relaxed);
    session.process.start_statement();
    if !keeps_diagnostics(statement) {
        session.diagnostics.clear();
    }
    match answer(session, statement, text, binary, output)? {
        Answer::Ok => ok(session, output),
        Answer::Table(table) => {
            session.found_rows = table.rows.len() as u64;
            send(&table, &session.row_form(binary), output)
        }
        Answer::Sent => Ok(()),
    }
}

/// Statements that look at the warnings of the one before.
fn keeps_diagnostics(statement: &Statement) -> bool {
    use understudy_sql::ast::ShowKind;
    match statement {
        Statement::Show(show) => matches!(
            show.kind,
            ShowKind::Warnings(_)
                | ShowKind::Errors(_)
                | ShowKind::CountWarnings
                | ShowKind::CountErrors
        ),
        Statement::Select(query) => select::reads_diagnostics(query),
        _ => false,
    }
}

/// Runs a statement, unless its GTID was executed before; a GTID that the session owns goes with it.
fn answer(
    session: &mut Session,
    statement: &Statement,
    text: &[u8],
    binary: bool,
    output: &mut Output,
) -> Result<Answer, Failure> {
    if next::before(session, statement)? == Before::Skip {
        return Ok(Answer::Ok);
    }
    let limit = match statement {
        Statement::Select(query) => select::time_limit(session, query),
        _ => None,
    };
    session.deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let result = execute(session, statement, text, binary, output);
    session.deadline = None;
    let failed = match &result {
        Ok(_) => None,
        Err(Failure::Error(error)) => Some(error.errno),
        Err(_) => Some(0),
    };
    next::after(session, statement, failed)?;
    result
}

fn execute(
    session: &mut Session,
    statement: &Statement,
    text: &[u8],
    binary: bool,
    output: &mut Output,
) -> Result<Answer, Failure> {
    let done = |()| Answer::Ok;
    match statement {
        Statement::Select(query) => {
            let counter = &session.shared.counters.com_select;
            counter.fetch_add(1, Ordering::Relaxed);
            let sent = select::run(session, query, binary, output)?;
            Ok(if sent { Answer::Sent } else { Answer::Ok })
        }
        Statement::Show(what) => match show::show(session, what)? {
            show::Shown::Table(table) => Ok(Answer::Table(table)),
            show::Shown::Stream(stream) => send_rows(session, stream, binary, output),
        },
        Statement::Describe(what) => {
            let stream = show::describe(session, what)?;
            send_rows(session, stream, binary, output)
        }
        Statement::Set(items) => Ok(set::set(session, items).map(done)?),
        Statement::SetTransaction(what) => Ok(set::transaction(session, what).map(done)?),
        Statement::SetStatement(items, inner) => {
            let before = session.variables.clone();
            let result = set::set(session, items)
                .map_err(Failure::from)
                .and_then(|()| answer(session, inner, text, binary, output));
            session.variables = before;
            result
        }
        Statement::Use(name) => Ok(session.use_database(name).map(done)?),
        Statement::Do(expressions) => {
            for expression in expressions {
                set::value_of(session, expression)?;
            }
            Ok(Answer::Ok)
        }
        Statement::Kill(kill) => Ok(run_kill(session, kill).map(done)?),
        Statement::Prepare(_) | Statement::Execute(_) | Statement::Deallocate(_) => {
            named_statement(session, statement, binary, output)
        }
        Statement::ChangeSource(_)
        | Statement::ChangeFilter(_)
        | Statement::StartReplica(_)
        | Statement::StopReplica(_)
        | Statement::Reset(_)
        | Statement::ResetPersist(_)
        | Statement::Flush(_) => Ok(administer(session, statement).map(done)?),
        Statement::Account(account) => {
            Ok(account_statement::run(session, account, text).map(done)?)
        }
        Statement::Install(what) => Ok(plugins::install(session, what).map(done)?),
        Statement::Uninstall(what) => Ok(plugins::uninstall(session, what).map(done)?),
        Statement::Shutdown(_) => Ok(shutdown(session).map(done)?),
        // Every statement here reads a snapshot of its own and writes nothing: a transaction has no effect.
        Statement::StartTransaction(_)
        | Statement::Commit(_)
        | Statement::Rollback(_)
        | Statement::Savepoint(_)
        | Statement::RollbackToSavepoint(_)
        | Statement::ReleaseSavepoint(_)
        | Statement::UnlockTables => Ok(Answer::Ok),
        Statement::Explain(_) => Err(unsupported("EXPLAIN").into()),
        Statement::Help(_) => Err(unsupported("HELP").into()),
        Statement::ExecuteImmediate(_) => Err(unsupported("EXECUTE IMMEDIATE").into()),
        other => Err(refused(session, other).into()),
    }
}

fn send_rows(
    session: &mut Session,
    stream: RowStream,
    binary: bool,
    output: &mut Output,
) -> Result<Answer, Failure> {
    let form = session.row_form(binary);
    session.found_rows = select::send_stream(session, stream, &form, output)?;
    Ok(Answer::Sent)
}

/// The error of a statement that is not executed: writes by clients, and what belongs to other servers.
fn refused(session: &Session, statement: &Statement) -> MysqlError {
    let globals = &session.shared.globals;
    let option = if globals.is_on("super_read_only") {
        Some("--super-read-only")
    } else if globals.is_on("read_only") {
        Some("--read-only")
    } else {
        None
    };
    match (is_write(statement), option) {
        (true, Some(option)) => MysqlError::new(
            1290,
            format!(
                "The MySQL server is running with the {option} option so it cannot execute this \
                 statement"
            ),
        ),
        (true, None) => unsupported("writes by clients"),
        (false, _) => unsupported("this statement"),
    }
}

/// The statement would change data or definitions.
fn is_write(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Call(_)
            | Statement::Load(_)
            | Statement::ImportTable(_)
            | Statement::CreateDatabase(_)
            | Statement::AlterDatabase(_)
            | Statement::DropDatabase(_)
            | Statement::CreateTable(_)
            | Statement::AlterTable(_)
            | Statement::DropTable(_)
            | Statement::TruncateTable(_)
            | Statement::RenameTable(_)
            | Statement::CreateIndex(_)
            | Statement::DropIndex(_)
            | Statement::CreateView(_)
            | Statement::DropView(_)
            | Statement::Program(_)
            | Statement::DropProgram(_)
            | Statement::Sequence(_)
            | Statement::Object(_)
            | Statement::Binlog(_)
            | Statement::Xa(_)
            | Statement::LockTables(_)
            | Statement::TableMaintenance(_)
    )
}

fn administer(session: &mut Session, statement: &Statement) -> Result<(), MysqlError> {
    match statement {
        Statement::ChangeSource(change) => {
            count(&session.shared.counters.com_change_source);
            replication::change_source(session, change)
        }
        Statement::ChangeFilter(change) => {
            count(&session.shared.counters.com_change_filter);
            replication::change_filter(session, change)
        }
        Statement::StartReplica(start) => {
            count(&session.shared.counters.com_replica_start);
            replication::start(session, start)
        }
        Statement::StopReplica(stop) => {
            count(&session.shared.counters.com_replica_stop);
            replication::stop(session, stop)
        }
        Statement::ResetPersist(reset) => {
            persist::reset(session, reset.name.as_deref(), reset.if_exists)
        }
        Statement::Reset(items) => items.iter().try_for_each(|item| match item {
            ResetItem::Replica {
                all,
                connection,
                channel,
                ..
            } => replication::reset(session, *all, channel.as_ref(), connection.as_ref()),
            ResetItem::BinaryLogs { to, .. } => gtid::variables::reset(session, *to),
            ResetItem::QueryCache => Err(unsupported("RESET QUERY CACHE")),
            ResetItem::Status => Err(unsupported("RESET STATUS")),
        }),
        Statement::Flush(flush) => run_flush(session, flush),
        _ => Err(refused(session, statement)),
    }
}

fn run_flush(session: &Session, flush: &Flush) -> Result<(), MysqlError> {
    session.require(&["RELOAD"])?;
    for item in &flush.items {
        match item {
            FlushItem::RelayLogs(channel) => {
                replication::flush_relay_logs(session, channel.as_deref())?;
            }
            FlushItem::Logs => session.shared.control.flush_relay_logs(None)?,
            FlushItem::Privileges | FlushItem::UserResources => session.shared.accounts.forget(),
            // Nothing of these is kept open or counted apart.
            FlushItem::Tables {
                read_lock: false,
                export: false,
                ..
            }
            | FlushItem::Hosts
            | FlushItem::Status
            | FlushItem::ScopedStatus(_)
            | FlushItem::EngineLogs
            | FlushItem::ErrorLogs
            | FlushItem::GeneralLogs
            | FlushItem::SlowLogs
            | FlushItem::OptimizerCosts => {}
            FlushItem::Tables { .. } => {
                return Err(unsupported("FLUSH TABLES WITH READ LOCK"));
            }
            FlushItem::BinaryLogs(_) => return Err(unsupported("FLUSH BINARY LOGS")),
            FlushItem::QueryCache => return Err(unsupported("FLUSH QUERY CACHE")),
            FlushItem::DesKeyFile => return Err(unsupported("FLUSH DES_KEY_FILE")),
            FlushItem::Reset(word) | FlushItem::Word(word) => {
                return Err(unsupported(&format!("FLUSH {word}")));
            }
        }
    }
    Ok(())
}

fn shutdown(session: &Session) -> Result<(), MysqlError> {
    session.require(&["SHUTDOWN"])?;
    session.shared.shutdown.notify_one();
    Ok(())
}

fn run_kill(session: &Session, kill: &Kill) -> Result<(), MysqlError> {
    let KillTarget::Id(expression) = &kill.target else {
        return Err(unsupported("KILL of anything but a connection id"));
    };
    match set::value_of(session, expression)? {
        Val::Int(id) => {
            let id = u64::try_from(id).unwrap_or(0);
            kill_connection(session, id, kill.query)
        }
        Val::Null | Val::Decimal(_) | Val::Double(_) | Val::Text(_) | Val::Bytes(_) => {
            Err(MysqlError::new(1210, "Incorrect arguments to KILL"))
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn kill_connection(session: &Session, id: u64, query_only: bool) -> Result<(), MysqlError> {
    let unknown = || MysqlError::new(1094, format!("Unknown thread id: {id}"));
    let admin = ["SUPER", "CONNECTION_ADMIN"];
    let Some(process) = session.shared.processes.find(id) else {
        let control = &session.shared.control;
        if session.require(&admin).is_ok() && control.kill(id, query_only) {
            return Ok(());
        }
        return Err(match control.processes().iter().any(|p| p.id == id) {
            true => MysqlError::new(1095, format!("You are not owner of thread {id}")),
            false => unknown(),
        });
    };
    let own = process.activity().user == session.user;
    if !own && session.require(&admin).is_err() {
        let message = format!("You are not owner of thread {id}");
        return Err(MysqlError::new(1095, message));
    }
    process.kill(query_only);
    if id == session.process.id && query_only {
        return Err(MysqlError::new(1317, "Query execution was interrupted"));
    }
    Ok(())
}

/// PREPARE, EXECUTE, DEALLOCATE
fn named_statement(
    session: &mut Session,
    statement: &Statement,
    binary: bool,
    output: &mut Output,
) -> Result<Answer, Failure> {
    let unknown = |name: &str, what: &str| {
        let message = format!("Unknown prepared statement handler ({name}) given to {what}");
        Failure::from(MysqlError::new(1243, message))
    };
    match statement {
        Statement::Prepare(prepare) => {
            let text = set::value_of(session, &prepare.from)?;
            let text = text.into_bytes().unwrap_or_default();
            let context = session.parse_context();
            parse_prepared(&text, &context).map_err(MysqlError::from)?;
            session.named.insert(prepare.name.to_lowercase(), text);
            Ok(Answer::Ok)
        }
        Statement::Execute(execute) => {
            let text = session.named.get(&execute.name.to_lowercase()).cloned();
            let text = text.ok_or_else(|| unknown(&execute.name, "EXECUTE"))?;
            let literals = using(session, &execute.using)?;
            let context = session.parse_context();
            let text = substitute(&text, &literals, &context)?;
            let (inner, _) = parse_first(&text, &context).map_err(MysqlError::from)?;
            if matches!(inner, Statement::Execute(_) | Statement::Prepare(_)) {
                return Err(unsupported("PREPARE and EXECUTE of each other").into());
            }
            answer(session, &inner, &text, binary, output)
        }
        Statement::Deallocate(name) => {
            let known = session.named.remove(&name.to_lowercase());
            known.ok_or_else(|| unknown(name, "DEALLOCATE PREPARE"))?;
            Ok(Answer::Ok)
        }
        other => Err(refused(session, other).into()),
    }
}

fn using(session: &Session, expressions: &[Expr]) -> Result<Vec<Vec<u8>>, MysqlError> {
    let mode = session.sql_mode();
    let literal = |expression: &Expr| {
        let value = set::value_of(session, expression)?;
        Ok(variable_literal(&value, mode))
    };
    expressions.iter().map(literal).collect()
}

fn prepared<'a>(
    session: &'a mut Session,
    id: u32,
    what: &str,
) -> Result<&'a mut Prepared, MysqlError> {
    session.prepared.get_mut(&id).ok_or_else(|| {
        let message = format!("Unknown prepared statement handler ({id}) given to {what}");
        MysqlError::new(1243, message)
    })
}

/// COM_STMT_PREPARE
fn prepare(session: &mut Session, text: &[u8], output: &mut Output) -> Result<(), Failure> {
    session.diagnostics.clear();
    if session.prepared.len() >= MAX_PREPARED {
        let message = format!(
            "Can't create more than max_prepared_stmt_count statements \
             (current value: {MAX_PREPARED})"
        );
        return Err(MysqlError::new(1461, message).into());
    }
    let context = session.parse_context();
    let (statement, parameters) = parse_prepared(text, &context).map_err(MysqlError::from)?;
    let parameters = u16::try_from(parameters).map_err(|_| {
        let message = "Prepared statement contains too many placeholders";
        MysqlError::new(1390, message)
    })?;
    let form = session.row_form(true);
    let columns = match &statement {
        Statement::Select(query) => select::describe(session, query, text, parameters)?,
        _ => Vec::new(),
    };
    session.last_statement_id = session.last_statement_id.wrapping_add(1);
    let statement_id = session.last_statement_id;
    session.prepared.insert(
        statement_id,
        Prepared {
            text: text.to_vec(),
            parameters,
            types: Vec::new(),
            long_data: vec![None; usize::from(parameters)],
        },
    );
    let head = PrepareOk {
        statement_id,
        columns: u16::try_from(columns.len()).unwrap_or(u16::MAX),
        parameters,
        warnings: session.diagnostics.count(),
    };
    output.packet(&head.encode())?;
    let markers = (0..parameters).map(|_| Column::nullable("?", Kind::Binary(0)));
    let markers = definitions(&markers.collect::<Vec<_>>(), &form);
    for group in [markers, columns] {
        for definition in &group {
            output.packet(&definition.encode(session.capabilities))?;
        }
        let end =
            understudy_wire::resultset::encode_columns_end(session.status(), session.capabilities);
        if let (Some(end), false) = (end, group.is_empty()) {
            output.packet(&end)?;
        }
    }
    Ok(())
}

/// COM_STMT_SEND_LONG_DATA has no answer: an error shows at the execution.
fn send_long_data(session: &mut Session, id: u32, parameter: u16, data: &[u8]) {
    let limit = session.variables.number("max_allowed_packet");
    let statement = session.prepared.get_mut(&id);
    let slot = statement.and_then(|s| s.long_data.get_mut(usize::from(parameter)));
    if let Some(slot) = slot {
        let collected = slot.get_or_insert_with(Vec::new);
        if (collected.len() + data.len()) as u64 <= limit {
            collected.extend_from_slice(data);
        }
    }
}

/// COM_STMT_EXECUTE
fn execute_prepared(
    session: &mut Session,
    execute: &Execute,
    output: &mut Output,
) -> Result<(), Failure> {
    session.diagnostics.clear();
    let capabilities = session.capabilities;
    let mode = session.sql_mode();
    let context = session.parse_context();
    let statement = prepared(session, execute.statement_id, "mysqld_stmt_execute")?;
    let count = usize::from(statement.parameters);
    let parameters = execute
        .decode_parameters(
            ParameterContext {
                count: u64::from(statement.parameters),
                types: &statement.types,
                long_data: &statement.sent_ahead(),
                named: false,
            },
            capabilities,
        )
        .map_err(|_| crate::prepared::wrong_arguments("mysqld_stmt_execute"))?;
    statement.types = parameters.iter().map(|p| p.parameter_type).collect();
    let ahead = std::mem::replace(&mut statement.long_data, vec![None; count]);
    let literals: Vec<Vec<u8>> = parameters
        .iter()
        .take(count)
        .zip(&ahead)
        .map(|(parameter, data)| literal(parameter, data.as_deref(), mode))
        .collect();
    let text = substitute(&statement.text, &literals, &context)?;
    let (parsed, _) = parse_first(&text, &context).map_err(MysqlError::from)?;
    run_statement(session, &parsed, &text, true, output)
}
