//! `GTID_NEXT`, and what statements do with a GTID that the session owns.
//!
//! Seen on MySQL 9.7 without a binary log: which statements are refused, skipped, or end the transaction.

use std::time::Duration;

use understudy_base::error::MysqlError;
use understudy_base::gtid::{Gtid, Tag};
use understudy_sql::ast::{
    AccountKind, Completion, Query, QueryBody, ResetItem, Statement, TableRef,
};

use super::Next;
use crate::eval::Val;
use crate::session::Session;
use crate::variables::check::wrong_value;

/// How often the wait for another session's GTID looks again.
const LOOK: Duration = Duration::from_millis(50);

/// Privileges of which one is needed for GTID_NEXT.
const ADMIN: &[&str] = &[
    "SUPER",
    "SYSTEM_VARIABLES_ADMIN",
    "SESSION_VARIABLES_ADMIN",
    "REPLICATION_APPLIER",
];

fn malformed(text: &str) -> MysqlError {
    MysqlError::new(1774, format!("Malformed GTID specification '{text}'."))
}

/// Error 1766.
pub fn outside_transaction(session: &Session, name: &str) -> Result<(), MysqlError> {
    if !session.gtid.in_transaction {
        return Ok(());
    }
    let message =
        format!("The system variable {name} cannot be set when there is an ongoing transaction.");
    Err(MysqlError::new(1766, message))
}

/// A value of GTID_NEXT.
fn parse(text: &str) -> Result<Next, MysqlError> {
    if text.eq_ignore_ascii_case("AUTOMATIC") {
        return Ok(Next::Automatic(Tag::none()));
    }
    if text.eq_ignore_ascii_case("ANONYMOUS") {
        return Ok(Next::Anonymous);
    }
    let prefix = text.get(..10).unwrap_or_default();
    if prefix.eq_ignore_ascii_case("AUTOMATIC:") {
        let tag = text.get(10..).unwrap_or_default().trim_ascii();
        let tag = Tag::new(tag).filter(|tag| !tag.is_none());
        return tag.map(Next::Automatic).ok_or_else(|| malformed(text));
    }
    // A set may write a UUID in other ways; this is one with its dashes.
    let uuid = text.trim_ascii_start().get(..36).unwrap_or_default();
    let dashes = uuid.match_indices('-').map(|(at, _)| at);
    if !uuid.contains('{')
        && dashes.eq([8, 13, 18, 23])
        && let Ok(gtid) = text.parse::<Gtid>()
    {
        return Ok(Next::Assigned(gtid));
    }
    Err(malformed(text))
}

fn require(session: &Session, text: Option<&str>) -> Result<(), MysqlError> {
    let prefix = text.and_then(|t| t.get(..10)).unwrap_or_default();
    let tag = match text.map(parse) {
        Some(Ok(Next::Automatic(tag))) => !tag.is_none(),
        Some(Ok(Next::Assigned(gtid))) => !gtid.tsid.tag.is_none(),
        Some(Ok(Next::Anonymous)) | None => false,
        Some(Err(_)) => prefix.eq_ignore_ascii_case("AUTOMATIC:"),
    };
    let has = |name: &&str| session.account.has_global(name);
    if tag && !(has(&"TRANSACTION_GTID_TAG") && ADMIN.iter().any(has)) {
        return Err(MysqlError::new(
            6038,
            "Access denied; you need the TRANSACTION_GTID_TAG and at least one of the: \
             SYSTEM_VARIABLES_ADMIN, SESSION_VARIABLES_ADMIN or REPLICATION_APPLIER privilege(s) \
             for this operation",
        ));
    }
    if !ADMIN.iter().any(has) {
        return Err(MysqlError::new(
            1227,
            "Access denied; you need (at least one of) the SUPER, SYSTEM_VARIABLES_ADMIN, \
             SESSION_VARIABLES_ADMIN or REPLICATION_APPLIER privilege(s) for this operation",
        ));
    }
    Ok(())
}

/// SET GTID_NEXT; `None` is DEFAULT.
pub fn set(session: &mut Session, value: Option<Val>) -> Result<(), MysqlError> {
    let text = match value {
        None => Some("AUTOMATIC".to_owned()),
        Some(Val::Null) => None,
        Some(value @ (Val::Text(_) | Val::Bytes(_))) => value.into_text(),
        Some(Val::Int(_) | Val::Decimal(_) | Val::Double(_)) => {
            let message = "Incorrect argument type to variable 'gtid_next'";
            return Err(MysqlError::new(1232, message));
        }
    };
    require(session, text.as_deref())?;
    outside_transaction(session, "gtid_next")?;
    let text = text.ok_or_else(|| wrong_value("gtid_next", "NULL"))?;
    let next = parse(&text)?;
    if session.gtid.owns {
        let message = format!(
            "@@SESSION.GTID_NEXT cannot be changed by a client that owns a GTID. The client owns {}. \
             Ownership is released on COMMIT or ROLLBACK.",
            session.gtid.owned()
        );
        return Err(MysqlError::new(1790, message));
    }
    fits_mode(&next, &session.shared.globals.text("gtid_mode"))?;
    let owns = acquire(session, &next)?;
    session.gtid.next = next;
    session.gtid.owns = owns;
    session.gtid.used = false;
    Ok(())
}

fn fits_mode(next: &Next, mode: &str) -> Result<(), MysqlError> {
    let (errno, value, when) = match (next, mode) {
        (Next::Anonymous, "ON") => (1782, "ANONYMOUS", "ON."),
        (Next::Automatic(tag), "OFF" | "OFF_PERMISSIVE") if !tag.is_none() => {
            (6039, "AUTOMATIC:<TAG>", "OFF or OFF_PERMISSIVE")
        }
        (Next::Assigned(gtid), "OFF") if gtid.tsid.tag.is_none() => (1781, "UUID:NUMBER", "OFF."),
        (Next::Assigned(_), "OFF") => (6040, "UUID:TAG:NUMBER", "OFF."),
        (Next::Automatic(_) | Next::Anonymous | Next::Assigned(_), _) => return Ok(()),
    };
    let message =
        format!("@@SESSION.GTID_NEXT cannot be set to {value} when @@GLOBAL.GTID_MODE = {when}");
    Err(MysqlError::new(errno, message))
}

/// Takes what `next` names; false when its GTID was executed before. Waits while another session owns it.
fn acquire(session: &Session, next: &Next) -> Result<bool, MysqlError> {
    let owners = &session.shared.gtids;
    let id = session.process.id;
    match next {
        Next::Automatic(tag) if tag.is_none() => {
            owners.release(id);
            return Ok(false);
        }
        Next::Automatic(_) => {
            owners.take(id, next);
            return Ok(false);
        }
        Next::Anonymous | Next::Assigned(_) => {}
    }
    owners.release(id);
    loop {
        if let Next::Assigned(gtid) = next
            && session.shared.control.gtids().executed.contains(gtid)
        {
            return Ok(false);
        }
        if owners.take(id, next) {
            return Ok(true);
        }
        if session.process.is_killed() {
            return Err(MysqlError::new(1317, "Query execution was interrupted"));
        }
        std::thread::sleep(LOOK);
    }
}

/// What a statement means for the transaction it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Allowed whatever GTID_NEXT is.
    Free,
    /// Ends a transaction before and after itself.
    Commits,
    /// Neither.
    Plain,
}

fn class(statement: &Statement) -> Class {
    match statement {
        Statement::SetStatement(_, inner) => class(inner),
        Statement::Account(account) if account.kind == AccountKind::SetRole => Class::Free,
        Statement::Select(_)
        | Statement::Do(_)
        | Statement::Set(_)
        | Statement::SetTransaction(_)
        | Statement::Use(_)
        | Statement::Show(_)
        | Statement::Describe(_)
        | Statement::Explain(_)
        | Statement::StartTransaction(_)
        | Statement::Commit(_)
        | Statement::Rollback(_)
        | Statement::Diagnostics(_) => Class::Free,
        Statement::Reset(items) => {
            let commits = items.iter().all(|item| match item {
                ResetItem::BinaryLogs { .. } | ResetItem::Replica { .. } => true,
                ResetItem::QueryCache | ResetItem::Status => false,
            });
            if commits {
                Class::Commits
            } else {
                Class::Plain
            }
        }
        statement if commits(statement) => Class::Commits,
        _ => Class::Plain,
    }
}

fn commits(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Account(_)
            | Statement::ChangeSource(_)
            | Statement::ChangeFilter(_)
            | Statement::StartReplica(_)
            | Statement::StopReplica(_)
            | Statement::Flush(_)
            | Statement::Install(_)
            | Statement::Uninstall(_)
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
            | Statement::Object(_)
    )
}

/// Whether a statement runs, or is skipped because its GTID was executed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It runs.
    Run,
    /// It is answered as if it had run.
    Skip,
}

/// Before a statement.
pub fn before(session: &mut Session, statement: &Statement) -> Result<Before, MysqlError> {
    session.gtid.committed = None;
    let class = class(statement);
    let assigned = matches!(session.gtid.next, Next::Assigned(_));
    if class == Class::Free {
        return Ok(Before::Run);
    }
    if session.gtid.used {
        let message = format!(
            "When @@SESSION.GTID_NEXT is set to a GTID, you must explicitly set it to a different value \
             after a COMMIT or ROLLBACK. Please check GTID_NEXT variable manual page for detailed \
             explanation. Current @@SESSION.GTID_NEXT is '{}'.",
            session.gtid.next
        );
        return Err(MysqlError::new(1837, message));
    }
    if class == Class::Commits && assigned && session.gtid.in_transaction {
        let message = "Cannot execute statements with implicit commit inside a transaction when \
                       @@SESSION.GTID_NEXT == 'UUID:NUMBER'.";
        return Err(MysqlError::new(1778, message));
    }
    if assigned && !session.gtid.owns {
        session.gtid.used = class == Class::Commits;
        return Ok(Before::Skip);
    }
    if class == Class::Commits {
        session.gtid.in_transaction = false;
    }
    Ok(Before::Run)
}

/// After a statement: ends the transaction if the statement did, or failed outside of one.
pub fn after(
    session: &mut Session,
    statement: &Statement,
    failed: Option<u16>,
) -> Result<(), MysqlError> {
    match (statement, failed) {
        // Errors that the real server finds while it parses.
        (_, Some(1064 | 1193 | 1582)) => Ok(()),
        (_, Some(_)) if session.gtid.in_transaction => Ok(()),
        (_, Some(_)) => end(session, false, false),
        (Statement::StartTransaction(_), None) => {
            if session.gtid.in_transaction {
                end(session, true, false)?;
            }
            session.gtid.in_transaction = true;
            Ok(())
        }
        (Statement::Commit(Completion { chain, .. }), None) => {
            end(session, true, *chain == Some(true))
        }
        (Statement::Rollback(Completion { chain, .. }), None) => {
            end(session, false, *chain == Some(true))
        }
        (Statement::Select(query), None) if !session.gtid.in_transaction && reads(query) => {
            if session.variables.is_on("autocommit") {
                if session.gtid.owns {
                    end(session, true, false)?;
                }
            } else {
                session.gtid.in_transaction = true;
            }
            Ok(())
        }
        (statement, None) if class(statement) == Class::Commits => end(session, true, false),
        (_, None) => Ok(()),
    }
}

/// The transaction ends; an owned GTID is recorded when it commits, and is nobody's afterwards.
pub fn end(session: &mut Session, commit: bool, chain: bool) -> Result<(), MysqlError> {
    session.gtid.in_transaction = chain;
    let owned = std::mem::take(&mut session.gtid.owns);
    let Next::Assigned(gtid) = session.gtid.next.clone() else {
        if owned {
            session.shared.gtids.release(session.process.id);
        }
        return Ok(());
    };
    session.gtid.used = true;
    if !owned {
        return Ok(());
    }
    let recorded = if commit {
        session.shared.control.commit_empty(&gtid)
    } else {
        Ok(false)
    };
    session.shared.gtids.release(session.process.id);
    if recorded? {
        session.gtid.committed = Some(gtid);
    }
    Ok(())
}

/// The query reads a table that takes part in transactions.
fn reads(query: &Query) -> bool {
    match &query.body {
        QueryBody::Select(select) => select.from.iter().any(reads_table),
        QueryBody::Table(_) => true,
        QueryBody::Parenthesised(inner) => reads(inner),
        QueryBody::Values(_) | QueryBody::SetOperation { .. } => false,
    }
}

fn reads_table(table: &TableRef) -> bool {
    match table {
        TableRef::Table(named) => {
            let db = named.name.db.as_deref().unwrap_or_default();
            !db.eq_ignore_ascii_case("performance_schema")
        }
        TableRef::Derived { query, .. } => reads(query),
        TableRef::JsonTable { .. } => false,
        TableRef::List(tables) => tables.iter().any(reads_table),
        TableRef::Join { left, right, .. } => reads_table(left) || reads_table(right),
    }
}
