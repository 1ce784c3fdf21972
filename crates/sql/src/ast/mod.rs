//! The syntax tree: what a statement says, before any name is looked up.
//!
//! One file a statement family. Trees are compared by meaning: a [`Source`] (the text as written) never makes
//! two trees differ. Names are UTF-8, converted from the client's character set; string literals keep the
//! client's bytes.

// A tree node is built once and moved little: boxing rare variants would cost an allocation each.
#![allow(clippy::large_enum_variant)]

pub mod account;
pub mod admin;
pub mod alter;
pub mod data_type;
pub mod database;
pub mod dml;
pub mod expr;
pub mod name;
pub mod partition;
pub mod program;
pub mod query;
pub mod replication;
pub mod set;
pub mod show;
pub mod table;
pub mod tablespace;
pub mod transaction;

pub use account::*;
pub use admin::*;
pub use alter::*;
pub use data_type::*;
pub use database::*;
pub use dml::*;
pub use expr::*;
pub use name::*;
pub use partition::*;
pub use program::*;
pub use query::*;
pub use replication::*;
pub use set::*;
pub use show::*;
pub use table::*;
pub use tablespace::*;
pub use transaction::*;

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `SELECT`, `VALUES`, `TABLE`, with unions, `WITH`, parentheses.
    Select(Box<Query>),
    /// `INSERT` and `REPLACE`.
    Insert(Box<Insert>),
    /// `UPDATE`
    Update(Box<Update>),
    /// `DELETE`
    Delete(Box<Delete>),
    /// `CALL`
    Call(Call),
    /// `DO`
    Do(Vec<Expr>),
    /// `HANDLER ... OPEN|READ|CLOSE`
    Handler(Handler),
    /// `LOAD DATA`, `LOAD XML`.
    Load(Box<Load>),
    /// `IMPORT TABLE FROM`
    ImportTable(Vec<String>),

    /// `CREATE DATABASE`
    CreateDatabase(CreateDatabase),
    /// `ALTER DATABASE`
    AlterDatabase(AlterDatabase),
    /// `DROP DATABASE`
    DropDatabase(DropDatabase),
    /// `CREATE TABLE`
    CreateTable(Box<CreateTable>),
    /// `ALTER TABLE`
    AlterTable(Box<AlterTable>),
    /// `DROP TABLE`
    DropTable(DropTable),
    /// `TRUNCATE TABLE`
    TruncateTable(TruncateTable),
    /// `RENAME TABLE`
    RenameTable(RenameTable),
    /// `CREATE INDEX`
    CreateIndex(Box<CreateIndex>),
    /// `DROP INDEX`
    DropIndex(DropIndex),
    /// `CREATE VIEW` and `ALTER VIEW`.
    CreateView(Box<CreateView>),
    /// `DROP VIEW`
    DropView(DropView),
    /// `CREATE TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE`, their `ALTER`s.
    Program(Box<Program>),
    /// `DROP TRIGGER|PROCEDURE|FUNCTION|EVENT|PACKAGE`
    DropProgram(DropProgram),
    /// `CREATE|ALTER|DROP SEQUENCE` (MariaDB).
    Sequence(Box<Sequence>),
    /// Tablespaces, undo tablespaces, logfile groups, servers, spatial reference systems, resource groups.
    Object(Box<ObjectStatement>),
    /// Accounts, roles, privileges, passwords.
    Account(Box<AccountStatement>),

    /// `BEGIN`, `START TRANSACTION`
    StartTransaction(StartTransaction),
    /// `COMMIT`
    Commit(Completion),
    /// `ROLLBACK`
    Rollback(Completion),
    /// `SAVEPOINT name`
    Savepoint(String),
    /// `ROLLBACK TO [SAVEPOINT] name`
    RollbackToSavepoint(String),
    /// `RELEASE SAVEPOINT name`
    ReleaseSavepoint(String),
    /// `XA ...`
    Xa(Xa),
    /// `LOCK TABLES`
    LockTables(LockTables),
    /// `UNLOCK TABLES`
    UnlockTables,
    /// `LOCK INSTANCE FOR BACKUP`
    LockInstance,
    /// `UNLOCK INSTANCE`
    UnlockInstance,
    /// `BACKUP STAGE ...`, `BACKUP LOCK ...` (MariaDB)
    Backup(Backup),

    /// `SET` of variables, names, character set.
    Set(Vec<SetItem>),
    /// `SET TRANSACTION`
    SetTransaction(SetTransaction),
    /// `SET STATEMENT ... FOR statement` (MariaDB)
    SetStatement(Vec<SetItem>, Box<Statement>),
    /// `RESET PERSIST [IF EXISTS] [name]`
    ResetPersist(ResetPersist),
    /// `USE db`
    Use(String),
    /// `SHOW ...`
    Show(Box<Show>),
    /// `DESCRIBE table [column]`
    Describe(Describe),
    /// `EXPLAIN statement`
    Explain(Box<Explain>),
    /// `HELP 'topic'`
    Help(String),
    /// `KILL`
    Kill(Kill),
    /// `PREPARE name FROM ...`
    Prepare(Prepare),
    /// `EXECUTE name USING ...`
    Execute(Execute),
    /// `EXECUTE IMMEDIATE` (MariaDB)
    ExecuteImmediate(ExecuteImmediate),
    /// `DEALLOCATE PREPARE name`
    Deallocate(String),
    /// `ANALYZE|OPTIMIZE|REPAIR|CHECK|CHECKSUM TABLE`
    TableMaintenance(TableMaintenance),
    /// `CACHE INDEX`
    CacheIndex(CacheIndex),
    /// `LOAD INDEX INTO CACHE`
    LoadIndex(LoadIndex),
    /// `FLUSH ...`
    Flush(Flush),
    /// `RESET MASTER|SLAVE|QUERY CACHE|...`
    Reset(Vec<ResetItem>),
    /// `PURGE BINARY LOGS`
    Purge(Purge),
    /// `BINLOG 'base64'`
    Binlog(BinlogStatement),
    /// `INSTALL PLUGIN|COMPONENT|SONAME`
    Install(Install),
    /// `UNINSTALL PLUGIN|COMPONENT|SONAME`
    Uninstall(Uninstall),
    /// `SHUTDOWN`
    Shutdown(Shutdown),
    /// `RESTART`
    Restart,
    /// `CLONE ...`
    Clone(CloneStatement),
    /// `ALTER INSTANCE ...`
    AlterInstance(String),
    /// `GET DIAGNOSTICS`, `SIGNAL`, `RESIGNAL` at top level: kept as text.
    Diagnostics(Source),

    /// `CHANGE MASTER TO`, `CHANGE REPLICATION SOURCE TO`
    ChangeSource(Box<ChangeSource>),
    /// `CHANGE REPLICATION FILTER`
    ChangeFilter(ChangeFilter),
    /// `START SLAVE|REPLICA`
    StartReplica(Box<StartReplica>),
    /// `STOP SLAVE|REPLICA`
    StopReplica(StopReplica),
    /// `START|STOP GROUP_REPLICATION`
    GroupReplication(GroupReplication),
    /// `LOAD DATA FROM MASTER` (MySQL 5.1's statement, served here as the initial copy).
    LoadDataFromSource,
}
