//! ALTER TABLE.

use super::name::ObjectName;
use super::partition::{PartitionSpec, Partitioning};
use super::query::OrderItem;
use super::table::{
    CheckSpec, ColumnSpec, DefaultSpec, ForeignKeySpec, IndexSpec, PeriodSpec, TableOption,
};

/// `ALTER TABLE`
#[derive(Clone, Debug, PartialEq)]
pub struct AlterTable {
    /// Table.
    pub table: ObjectName,
    /// `IGNORE` (5.6, MariaDB)
    pub ignore: bool,
    /// `ONLINE` true, `OFFLINE` false (old spellings).
    pub online: Option<bool>,
    /// `IF EXISTS` (MariaDB)
    pub if_exists: bool,
    /// `WAIT n`, `NOWAIT` (MariaDB)
    pub timeout: Option<LockTimeout>,
    /// Actions in order.
    pub actions: Vec<AlterAction>,
    /// `ALGORITHM`
    pub algorithm: Option<AlterAlgorithm>,
    /// `LOCK`
    pub lock: Option<AlterLock>,
    /// `WITH VALIDATION` true, `WITHOUT VALIDATION` false.
    pub validation: Option<bool>,
}

/// `WAIT n`, `NOWAIT`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockTimeout {
    /// `WAIT n`
    Wait(u64),
    /// `NOWAIT`
    NoWait,
}

/// `ALGORITHM=`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlterAlgorithm {
    /// `DEFAULT`
    Default,
    /// `INPLACE`
    Inplace,
    /// `COPY`
    Copy,
    /// `INSTANT`
    Instant,
    /// `NOCOPY` (MariaDB)
    NoCopy,
}

/// `LOCK=`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlterLock {
    /// `DEFAULT`
    Default,
    /// `NONE`
    None,
    /// `SHARED`
    Shared,
    /// `EXCLUSIVE`
    Exclusive,
}

/// `FIRST`, `AFTER column`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnPosition {
    /// `FIRST`
    First,
    /// `AFTER column`
    After(String),
}

/// Names of partitions, or `ALL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionNames {
    /// `ALL`
    All,
    /// Names.
    Names(Vec<String>),
}

/// One action of `ALTER TABLE`.
#[derive(Clone, Debug, PartialEq)]
pub enum AlterAction {
    /// `ADD [COLUMN] column [position]`
    AddColumn {
        /// `IF NOT EXISTS` (MariaDB)
        if_not_exists: bool,
        /// Column.
        column: ColumnSpec,
        /// Position.
        position: Option<ColumnPosition>,
    },
    /// `ADD [COLUMN] (a int, b int, KEY (a))`: columns, keys and constraints.
    AddElements {
        /// `IF NOT EXISTS` (MariaDB)
        if_not_exists: bool,
        /// Elements.
        elements: Vec<super::table::TableElement>,
    },
    /// `ADD KEY`
    AddIndex(IndexSpec),
    /// `ADD FOREIGN KEY`
    AddForeignKey(ForeignKeySpec),
    /// `ADD CHECK`
    AddCheck(CheckSpec),
    /// `ADD PERIOD FOR` (MariaDB)
    AddPeriod(PeriodSpec),
    /// `ADD SYSTEM VERSIONING` (MariaDB)
    AddSystemVersioning,
    /// `DROP SYSTEM VERSIONING` (MariaDB)
    DropSystemVersioning,
    /// `DROP PERIOD FOR name` (MariaDB)
    DropPeriod {
        /// `IF EXISTS`
        if_exists: bool,
        /// Name.
        name: String,
    },
    /// `CHANGE [COLUMN] old new ...`
    ChangeColumn {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Old name.
        old: String,
        /// New definition.
        column: ColumnSpec,
        /// Position.
        position: Option<ColumnPosition>,
    },
    /// `MODIFY [COLUMN] ...`
    ModifyColumn {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// New definition.
        column: ColumnSpec,
        /// Position.
        position: Option<ColumnPosition>,
    },
    /// `DROP [COLUMN]`
    DropColumn {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Name.
        name: String,
        /// `CASCADE` true, `RESTRICT` false.
        cascade: Option<bool>,
    },
    /// `DROP FOREIGN KEY`
    DropForeignKey {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Name.
        name: String,
    },
    /// `DROP PRIMARY KEY`
    DropPrimaryKey {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
    },
    /// `DROP KEY`
    DropIndex {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Name.
        name: String,
    },
    /// `DROP CHECK`
    DropCheck(String),
    /// `DROP CONSTRAINT`
    DropConstraint {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Name.
        name: String,
    },
    /// `DISABLE KEYS`
    DisableKeys,
    /// `ENABLE KEYS`
    EnableKeys,
    /// `ALTER [COLUMN] name SET DEFAULT ...`
    SetColumnDefault {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Column.
        name: String,
        /// Default.
        default: DefaultSpec,
    },
    /// `ALTER [COLUMN] name DROP DEFAULT`
    DropColumnDefault {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Column.
        name: String,
    },
    /// `ALTER [COLUMN] name SET VISIBLE|INVISIBLE`; true is visible.
    SetColumnVisible {
        /// Column.
        name: String,
        /// Visible.
        visible: bool,
    },
    /// `ALTER INDEX name VISIBLE|INVISIBLE|IGNORED|NOT IGNORED`; true is used by the optimizer.
    AlterIndex {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Index.
        name: String,
        /// Used by the optimizer.
        visible: bool,
        /// MariaDB's spelling.
        ignored_spelling: bool,
    },
    /// `ALTER CHECK|CONSTRAINT name [NOT] ENFORCED`
    AlterCheck {
        /// `CONSTRAINT` rather than `CHECK`.
        constraint: bool,
        /// Name.
        name: String,
        /// Enforced.
        enforced: bool,
    },
    /// `RENAME [TO|AS|=] name`
    Rename(ObjectName),
    /// `RENAME COLUMN a TO b`
    RenameColumn {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// `RENAME KEY a TO b`
    RenameIndex {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Old name.
        from: String,
        /// New name.
        to: String,
    },
    /// `CONVERT TO CHARACTER SET name [COLLATE name]`
    ConvertToCharset {
        /// Character set; `DEFAULT` is `None`.
        charset: Option<String>,
        /// Collation.
        collation: Option<String>,
    },
    /// A table option.
    Option(TableOption),
    /// `ORDER BY`
    OrderBy(Vec<OrderItem>),
    /// `FORCE`
    Force,
    /// `DISCARD TABLESPACE`
    DiscardTablespace,
    /// `IMPORT TABLESPACE`
    ImportTablespace,
    /// `PARTITION BY`
    PartitionBy(Box<Partitioning>),
    /// `REMOVE PARTITIONING`
    RemovePartitioning,
    /// `ADD PARTITION`
    AddPartition {
        /// `IF NOT EXISTS` (MariaDB)
        if_not_exists: bool,
        /// `NO_WRITE_TO_BINLOG`, `LOCAL`
        local: bool,
        /// `PARTITIONS n`
        count: Option<u64>,
        /// Definitions.
        partitions: Vec<PartitionSpec>,
    },
    /// `DROP PARTITION`
    DropPartition {
        /// `IF EXISTS` (MariaDB)
        if_exists: bool,
        /// Names.
        names: Vec<String>,
    },
    /// `TRUNCATE PARTITION`
    TruncatePartition(PartitionNames),
    /// `COALESCE PARTITION n`
    CoalescePartition {
        /// `NO_WRITE_TO_BINLOG`, `LOCAL`
        local: bool,
        /// How many fewer.
        count: u64,
    },
    /// `REORGANIZE PARTITION [names INTO (...)]`
    ReorganizePartition {
        /// `NO_WRITE_TO_BINLOG`, `LOCAL`
        local: bool,
        /// Names.
        names: Vec<String>,
        /// New definitions.
        into: Vec<PartitionSpec>,
    },
    /// `EXCHANGE PARTITION p WITH TABLE t`
    ExchangePartition {
        /// Partition.
        partition: String,
        /// Table.
        table: ObjectName,
        /// `WITH VALIDATION` true, `WITHOUT VALIDATION` false.
        validation: Option<bool>,
    },
    /// `CONVERT PARTITION p TO TABLE t` (MariaDB)
    ConvertPartitionToTable {
        /// Partition.
        partition: String,
        /// Table.
        table: ObjectName,
    },
    /// `CONVERT TABLE t TO PARTITION ...` (MariaDB)
    ConvertTableToPartition {
        /// Table.
        table: ObjectName,
        /// Partition.
        partition: PartitionSpec,
        /// `WITH VALIDATION` true, `WITHOUT VALIDATION` false.
        validation: Option<bool>,
    },
    /// `ANALYZE|CHECK|OPTIMIZE|REPAIR|REBUILD PARTITION`
    MaintainPartition {
        /// Which.
        kind: PartitionMaintenance,
        /// `NO_WRITE_TO_BINLOG`, `LOCAL`
        local: bool,
        /// Partitions.
        names: PartitionNames,
        /// Options such as `QUICK`, upper case.
        options: Vec<String>,
    },
    /// `DISCARD PARTITION ... TABLESPACE`
    DiscardPartitionTablespace(PartitionNames),
    /// `IMPORT PARTITION ... TABLESPACE`
    ImportPartitionTablespace(PartitionNames),
    /// `SECONDARY_LOAD [PARTITION (...)]`, `SECONDARY_UNLOAD [PARTITION (...)]`
    Secondary {
        /// `LOAD` rather than `UNLOAD`.
        load: bool,
        /// Partitions.
        partitions: Vec<String>,
    },
}

/// Maintenance of partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartitionMaintenance {
    /// `ANALYZE`
    Analyze,
    /// `CHECK`
    Check,
    /// `OPTIMIZE`
    Optimize,
    /// `REPAIR`
    Repair,
    /// `REBUILD`
    Rebuild,
}
