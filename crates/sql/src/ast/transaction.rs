//! Transactions, XA, table locks.

use super::data_type::StringLiteral;
use super::name::ObjectName;

/// `BEGIN`, `START TRANSACTION`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartTransaction {
    /// Written as `BEGIN [WORK]`.
    pub begin: bool,
    /// `WITH CONSISTENT SNAPSHOT`
    pub consistent_snapshot: bool,
    /// `READ ONLY` true, `READ WRITE` false.
    pub read_only: Option<bool>,
}

/// `COMMIT`/`ROLLBACK [AND [NO] CHAIN] [[NO] RELEASE]`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// `AND CHAIN` true, `AND NO CHAIN` false.
    pub chain: Option<bool>,
    /// `RELEASE` true, `NO RELEASE` false.
    pub release: Option<bool>,
}

/// Identifier of an XA transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Xid {
    /// Global part.
    pub gtrid: StringLiteral,
    /// Branch part.
    pub bqual: Option<StringLiteral>,
    /// Format.
    pub format: Option<u64>,
}

/// `XA ...`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Xa {
    /// `XA START|BEGIN xid [JOIN|RESUME]`
    Start {
        /// Transaction.
        xid: Xid,
        /// `JOIN`
        join: bool,
        /// `RESUME`
        resume: bool,
    },
    /// `XA END xid [SUSPEND [FOR MIGRATE]]`
    End {
        /// Transaction.
        xid: Xid,
        /// `SUSPEND`
        suspend: bool,
        /// `FOR MIGRATE`
        migrate: bool,
    },
    /// `XA PREPARE xid`
    Prepare(Xid),
    /// `XA COMMIT xid [ONE PHASE]`
    Commit {
        /// Transaction.
        xid: Xid,
        /// `ONE PHASE`
        one_phase: bool,
    },
    /// `XA ROLLBACK xid`
    Rollback(Xid),
    /// `XA RECOVER [CONVERT XID]`
    Recover {
        /// `CONVERT XID`; MariaDB's `FORMAT='SQL'` is the same.
        convert_xid: bool,
    },
}

/// `LOCK TABLES`
#[derive(Clone, Debug, PartialEq)]
pub struct LockTables {
    /// Tables.
    pub tables: Vec<TableLock>,
    /// `WAIT n`, `NOWAIT` (MariaDB)
    pub timeout: Option<super::alter::LockTimeout>,
}

/// One table of `LOCK TABLES`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableLock {
    /// Table.
    pub table: ObjectName,
    /// Alias.
    pub alias: Option<String>,
    /// Kind.
    pub kind: TableLockKind,
}

/// Kind of a table lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableLockKind {
    /// `READ`
    Read,
    /// `READ LOCAL`
    ReadLocal,
    /// `WRITE`
    Write,
    /// `LOW_PRIORITY WRITE`
    LowPriorityWrite,
    /// `WRITE CONCURRENT` (MariaDB)
    WriteConcurrent,
}

/// `BACKUP ...` (MariaDB)
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backup {
    /// `BACKUP STAGE name`, upper case.
    Stage(String),
    /// `BACKUP LOCK table`
    Lock(ObjectName),
    /// `BACKUP UNLOCK`
    Unlock,
}
