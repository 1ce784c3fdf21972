//! CREATE TABLE and its parts; databases; indexes; partitions.

use super::Printer;
use crate::ast::*;

/// Text of a type.
pub(super) fn data_type_text(ty: &DataType) -> String {
    let mut p = Printer::new(super::Parens::Needed);
    p.data_type(ty);
    String::from_utf8_lossy(&p.out).into_owned()
}

impl Printer {
    pub(super) fn data_type(&mut self, ty: &DataType) {
        let narrow = |n: &Option<u32>| n.map(u64::from);
        match ty {
            DataType::Int {
                size,
                width,
                unsigned,
                zerofill,
            } => {
                self.sized(int_word(*size), narrow(width));
                self.sign(*unsigned, *zerofill);
            }
            DataType::Serial => self.s("SERIAL"),
            DataType::Decimal {
                precision,
                scale,
                unsigned,
                zerofill,
            } => {
                self.scaled("DECIMAL", *precision, *scale);
                self.sign(*unsigned, *zerofill);
            }
            DataType::Float {
                precision,
                scale,
                unsigned,
                zerofill,
            } => {
                self.scaled("FLOAT", *precision, *scale);
                self.sign(*unsigned, *zerofill);
            }
            DataType::Double {
                precision,
                scale,
                unsigned,
                zerofill,
            } => {
                self.scaled("DOUBLE", *precision, *scale);
                self.sign(*unsigned, *zerofill);
            }
            DataType::Bit(n) => self.sized("BIT", narrow(n)),
            DataType::Date => self.s("DATE"),
            DataType::Time(n) => self.sized("TIME", narrow(n)),
            DataType::DateTime(n) => self.sized("DATETIME", narrow(n)),
            DataType::Timestamp(n) => self.sized("TIMESTAMP", narrow(n)),
            DataType::Year(n) => self.sized("YEAR", narrow(n)),
            DataType::Json => self.s("JSON"),
            DataType::Geometry(kind) => self.s(geometry_word(*kind)),
            DataType::Vector(n) => self.sized("VECTOR", narrow(n)),
            DataType::Uuid => self.s("UUID"),
            DataType::Inet4 => self.s("INET4"),
            DataType::Inet6 => self.s("INET6"),
            DataType::Named(name, n) => self.sized(name, *n),
            _ => self.text_type(ty),
        }
    }

    fn text_type(&mut self, ty: &DataType) {
        match ty {
            DataType::Char { length, charset } => {
                self.sized(if charset.national { "NCHAR" } else { "CHAR" }, *length);
                self.charset_spec(charset);
            }
            DataType::VarChar { length, charset } => {
                self.sized(
                    if charset.national {
                        "NVARCHAR"
                    } else {
                        "VARCHAR"
                    },
                    *length,
                );
                self.charset_spec(charset);
            }
            DataType::Binary(n) => self.sized("BINARY", *n),
            DataType::VarBinary(n) => self.sized("VARBINARY", *n),
            DataType::Text {
                size,
                length,
                charset,
            } => {
                self.sized(
                    match size {
                        BlobSize::Tiny => "TINYTEXT",
                        BlobSize::Normal => "TEXT",
                        BlobSize::Medium => "MEDIUMTEXT",
                        BlobSize::Long => "LONGTEXT",
                    },
                    *length,
                );
                self.charset_spec(charset);
            }
            DataType::Blob { size, length } => self.sized(
                match size {
                    BlobSize::Tiny => "TINYBLOB",
                    BlobSize::Normal => "BLOB",
                    BlobSize::Medium => "MEDIUMBLOB",
                    BlobSize::Long => "LONGBLOB",
                },
                *length,
            ),
            DataType::Enum { members, charset } | DataType::Set { members, charset } => {
                self.s(if matches!(ty, DataType::Enum { .. }) {
                    "ENUM("
                } else {
                    "SET("
                });
                self.list(members, |p, member| {
                    p.s(if member.introducer.is_some() { "N" } else { "" });
                    p.bytes(&member.bytes);
                });
                self.s(")");
                self.charset_spec(charset);
            }
            _ => {}
        }
    }

    fn sized(&mut self, word: &str, n: Option<u64>) {
        self.s(word);
        self.opt(&n, |p, n| p.s(&format!("({n})")));
    }

    fn scaled(&mut self, word: &str, precision: Option<u32>, scale: Option<u32>) {
        self.s(word);
        match (precision, scale) {
            (Some(p), Some(s)) => self.s(&format!("({p},{s})")),
            (Some(p), None) => self.s(&format!("({p})")),
            _ => {}
        }
    }

    fn sign(&mut self, unsigned: bool, zerofill: bool) {
        self.flag(unsigned && !zerofill, " UNSIGNED");
        self.flag(zerofill, " ZEROFILL");
    }

    fn charset_spec(&mut self, spec: &CharsetSpec) {
        self.opt(&spec.charset, |p, charset| {
            p.s(" CHARACTER SET ");
            p.ident(charset);
        });
        self.flag(spec.binary, " BINARY");
    }

    pub(super) fn create_table(&mut self, create: &CreateTable) {
        self.s("CREATE ");
        self.flag(create.or_replace, "OR REPLACE ");
        self.flag(create.temporary, "TEMPORARY ");
        self.flag(create.external, "EXTERNAL ");
        self.s("TABLE ");
        self.flag(create.if_not_exists, "IF NOT EXISTS ");
        self.name(&create.name);
        match &create.body {
            CreateTableBody::Like(other) => {
                self.s(" LIKE ");
                self.name(other);
            }
            CreateTableBody::Definition(definition) => self.definition(definition),
        }
    }

    fn definition(&mut self, definition: &TableDefinition) {
        if !definition.elements.is_empty() {
            self.s(" (");
            self.list(&definition.elements, Self::table_element);
            self.s(")");
        }
        for option in &definition.options {
            self.s(" ");
            self.table_option(option);
        }
        self.opt(&definition.partitioning, |p, partitioning| {
            p.s(" ");
            p.partitioning(partitioning);
        });
        self.opt(&definition.select, |p, select| {
            match select.duplicates {
                Some(Duplicates::Ignore) => p.s(" IGNORE"),
                Some(Duplicates::Replace) => p.s(" REPLACE"),
                None => {}
            }
            p.s(" AS ");
            p.query(&select.query);
        });
        self.flag(definition.start_transaction, " START TRANSACTION");
    }

    pub(super) fn table_element(&mut self, element: &TableElement) {
        match element {
            TableElement::Column(column) => self.column_spec(column),
            TableElement::Index(index) => self.index_spec(index),
            TableElement::ForeignKey(key) => self.foreign_key(key),
            TableElement::Check(check) => self.check(check),
            TableElement::Period(period) => self.period(period),
        }
    }

    pub(super) fn period(&mut self, period: &PeriodSpec) {
        self.s("PERIOD FOR ");
        self.ident(&period.name);
        self.s(" (");
        self.ident(&period.start);
        self.s(", ");
        self.ident(&period.end);
        self.s(")");
    }

    pub(super) fn column_spec(&mut self, column: &ColumnSpec) {
        self.ident(&column.name);
        self.s(" ");
        self.data_type(&column.ty);
        for attribute in &column.attributes {
            self.s(" ");
            self.column_attribute(attribute);
        }
    }

    fn column_attribute(&mut self, attribute: &ColumnAttribute) {
        match attribute {
            ColumnAttribute::Null => self.s("NULL"),
            ColumnAttribute::NotNull => self.s("NOT NULL"),
            ColumnAttribute::Default(default) => {
                self.s("DEFAULT ");
                self.default(default);
            }
            ColumnAttribute::OnUpdateNow(fsp) => {
                self.s("ON UPDATE ");
                self.sized("CURRENT_TIMESTAMP", fsp.map(u64::from));
            }
            ColumnAttribute::AutoIncrement => self.s("AUTO_INCREMENT"),
            ColumnAttribute::SerialDefaultValue => self.s("SERIAL DEFAULT VALUE"),
            ColumnAttribute::Unique => self.s("UNIQUE KEY"),
            ColumnAttribute::PrimaryKey => self.s("PRIMARY KEY"),
            ColumnAttribute::Comment(text) => {
                self.s("COMMENT ");
                self.text(text);
            }
            ColumnAttribute::Collate(name) => {
                self.s("COLLATE ");
                self.ident(name);
            }
            ColumnAttribute::Generated { expr, stored, .. } => {
                self.s("GENERATED ALWAYS AS (");
                self.expr(expr);
                self.s(")");
                self.either(*stored, " STORED", " VIRTUAL");
            }
            ColumnAttribute::RowBound(start) => {
                self.s("GENERATED ALWAYS AS ROW ");
                self.s(if *start { "START" } else { "END" });
            }
            ColumnAttribute::Visible => self.s("VISIBLE"),
            ColumnAttribute::Invisible => self.s("INVISIBLE"),
            ColumnAttribute::Check(check) => self.check(check),
            ColumnAttribute::References(references) => self.references(references),
            _ => self.rare_attribute(attribute),
        }
    }

    fn rare_attribute(&mut self, attribute: &ColumnAttribute) {
        match attribute {
            ColumnAttribute::ColumnFormat(word) => self.s(&format!("COLUMN_FORMAT {word}")),
            ColumnAttribute::Storage(word) => self.s(&format!("STORAGE {word}")),
            ColumnAttribute::Srid(n) if self.mariadb => self.s(&format!("REF_SYSTEM_ID={n}")),
            ColumnAttribute::Srid(n) => self.s(&format!("SRID {n}")),
            ColumnAttribute::Compressed(method) => {
                self.s("COMPRESSED");
                self.opt(method, |p, method| {
                    p.s("=");
                    p.ident(method);
                });
            }
            ColumnAttribute::SystemVersioning(with) => {
                self.s(if *with { "WITH" } else { "WITHOUT" });
                self.s(" SYSTEM VERSIONING");
            }
            ColumnAttribute::EngineAttribute(text) => {
                self.s("ENGINE_ATTRIBUTE ");
                self.text(text);
            }
            ColumnAttribute::SecondaryEngineAttribute(text) => {
                self.s("SECONDARY_ENGINE_ATTRIBUTE ");
                self.text(text);
            }
            ColumnAttribute::NotSecondary => self.s("NOT SECONDARY"),
            ColumnAttribute::EngineDefined(option) => self.engine_option(option),
            _ => {}
        }
    }

    pub(super) fn default(&mut self, default: &DefaultSpec) {
        match default {
            DefaultSpec::Literal(value) => self.signed(value),
            DefaultSpec::Now(fsp) => self.sized("CURRENT_TIMESTAMP", fsp.map(u64::from)),
            DefaultSpec::Expr { expr, .. } => {
                self.s("(");
                self.expr(expr);
                self.s(")");
            }
        }
    }

    pub(super) fn engine_option(&mut self, option: &EngineOption) {
        self.ident(&option.name);
        self.s("=");
        match &option.value {
            EngineOptionValue::Text(text) => self.text(text),
            EngineOptionValue::Word(word) => self.ident(word),
            EngineOptionValue::Number(n) => self.num(*n),
            EngineOptionValue::Default => self.s("DEFAULT"),
        }
    }

    fn constraint(&mut self, constraint: &Option<Option<String>>) {
        self.opt(constraint, |p, name| {
            p.s("CONSTRAINT ");
            p.opt(name, |p, name| {
                p.ident(name);
                p.s(" ");
            });
        });
    }

    pub(super) fn check(&mut self, check: &CheckSpec) {
        self.constraint(&check.constraint);
        self.flag(check.if_not_exists, "IF NOT EXISTS ");
        self.s("CHECK (");
        self.expr(&check.expr);
        self.s(")");
        self.either(check.enforced, " ENFORCED", " NOT ENFORCED");
    }

    pub(super) fn index_spec(&mut self, index: &IndexSpec) {
        self.constraint(&index.constraint);
        self.s(match index.kind {
            KeyKind::Primary => "PRIMARY KEY",
            KeyKind::Unique => "UNIQUE KEY",
            KeyKind::Plain => "KEY",
            KeyKind::Fulltext => "FULLTEXT KEY",
            KeyKind::Spatial => "SPATIAL KEY",
            KeyKind::Vector => "VECTOR KEY",
        });
        self.flag(index.if_not_exists, " IF NOT EXISTS");
        self.opt(&index.name, |p, name| {
            p.s(" ");
            p.ident(name);
        });
        self.index_parts(index);
    }

    fn index_parts(&mut self, index: &IndexSpec) {
        self.s(" (");
        self.list(&index.parts, |p, part| {
            match &part.target {
                KeyTarget::Column { name, length } => {
                    p.ident(name);
                    p.opt(length, |p, n| p.s(&format!("({n})")));
                }
                KeyTarget::Expr(expr) => {
                    p.s("(");
                    p.expr(expr);
                    p.s(")");
                }
                KeyTarget::WithoutOverlaps(name) => {
                    p.ident(name);
                    p.s(" WITHOUT OVERLAPS");
                }
            }
            p.either(part.descending, " DESC", " ASC");
        });
        self.s(")");
        for option in &index.options {
            self.index_option(option);
        }
    }

    fn index_option(&mut self, option: &IndexOption) {
        match option {
            IndexOption::Using(word) => self.s(&format!(" USING {word}")),
            IndexOption::KeyBlockSize(n) => self.s(&format!(" KEY_BLOCK_SIZE={n}")),
            IndexOption::Parser(name) => {
                self.s(" WITH PARSER ");
                self.ident(name);
            }
            IndexOption::Comment(text) => {
                self.s(" COMMENT ");
                self.text(text);
            }
            IndexOption::Visible => self.s(" VISIBLE"),
            IndexOption::Invisible => self.s(" INVISIBLE"),
            IndexOption::Ignored(ignored) => {
                self.s(if *ignored { " IGNORED" } else { " NOT IGNORED" });
            }
            IndexOption::Clustering(yes) => {
                self.s(if *yes {
                    " CLUSTERING=YES"
                } else {
                    " CLUSTERING=NO"
                });
            }
            IndexOption::EngineAttribute(text) => {
                self.s(" ENGINE_ATTRIBUTE ");
                self.text(text);
            }
            IndexOption::SecondaryEngineAttribute(text) => {
                self.s(" SECONDARY_ENGINE_ATTRIBUTE ");
                self.text(text);
            }
            IndexOption::EngineDefined(option) => {
                self.s(" ");
                self.engine_option(option);
            }
        }
    }

    pub(super) fn foreign_key(&mut self, key: &ForeignKeySpec) {
        self.constraint(&key.constraint);
        self.s("FOREIGN KEY ");
        self.flag(key.if_not_exists, "IF NOT EXISTS ");
        self.opt(&key.index_name, |p, name| p.ident(name));
        self.paren_idents(&key.columns);
        self.s(" ");
        self.references(&key.references);
    }

    fn references(&mut self, references: &References) {
        self.s("REFERENCES ");
        self.name(&references.table);
        self.paren_idents(&references.columns);
        self.s(match references.match_kind {
            None => "",
            Some(ForeignMatch::Full) => " MATCH FULL",
            Some(ForeignMatch::Partial) => " MATCH PARTIAL",
            Some(ForeignMatch::Simple) => " MATCH SIMPLE",
        });
        for (event, action) in [
            (" ON DELETE ", references.on_delete),
            (" ON UPDATE ", references.on_update),
        ] {
            self.opt(&action, |p, action| {
                p.s(event);
                p.s(match action {
                    ForeignAction::Restrict => "RESTRICT",
                    ForeignAction::Cascade => "CASCADE",
                    ForeignAction::SetNull => "SET NULL",
                    ForeignAction::NoAction => "NO ACTION",
                    ForeignAction::SetDefault => "SET DEFAULT",
                });
            });
        }
    }

    pub(super) fn create_index(&mut self, create: &CreateIndex) {
        self.s("CREATE ");
        self.flag(create.or_replace, "OR REPLACE ");
        self.either(create.online, "ONLINE ", "OFFLINE ");
        self.s(match create.index.kind {
            KeyKind::Unique => "UNIQUE INDEX ",
            KeyKind::Fulltext => "FULLTEXT INDEX ",
            KeyKind::Spatial => "SPATIAL INDEX ",
            KeyKind::Vector => "VECTOR INDEX ",
            KeyKind::Plain | KeyKind::Primary => "INDEX ",
        });
        self.flag(create.index.if_not_exists, "IF NOT EXISTS ");
        self.opt(&create.index.name, |p, name| p.ident(name));
        self.s(" ON ");
        self.name(&create.table);
        self.index_parts(&create.index);
        self.timeout(create.timeout);
        self.algorithm_and_lock(create.algorithm, create.lock);
    }

    pub(super) fn algorithm_and_lock(
        &mut self,
        algorithm: Option<AlterAlgorithm>,
        lock: Option<AlterLock>,
    ) {
        self.opt(&algorithm, |p, algorithm| {
            p.s(match algorithm {
                AlterAlgorithm::Default => " ALGORITHM=DEFAULT",
                AlterAlgorithm::Inplace => " ALGORITHM=INPLACE",
                AlterAlgorithm::Copy => " ALGORITHM=COPY",
                AlterAlgorithm::Instant => " ALGORITHM=INSTANT",
                AlterAlgorithm::NoCopy => " ALGORITHM=NOCOPY",
            });
        });
        self.opt(&lock, |p, lock| {
            p.s(match lock {
                AlterLock::Default => " LOCK=DEFAULT",
                AlterLock::None => " LOCK=NONE",
                AlterLock::Shared => " LOCK=SHARED",
                AlterLock::Exclusive => " LOCK=EXCLUSIVE",
            });
        });
    }

    pub(super) fn timeout(&mut self, timeout: Option<LockTimeout>) {
        match timeout {
            Some(LockTimeout::Wait(n)) => self.s(&format!(" WAIT {n}")),
            Some(LockTimeout::NoWait) => self.s(" NOWAIT"),
            None => {}
        }
    }

    pub(super) fn database_option(&mut self, option: &DatabaseOption) {
        match option {
            DatabaseOption::Charset(name) => self.charset_option(" CHARACTER SET ", name),
            DatabaseOption::Collate(name) => self.charset_option(" COLLATE ", name),
            DatabaseOption::Encryption(text) => {
                self.s(" ENCRYPTION ");
                self.text(text);
            }
            DatabaseOption::ReadOnly(value) => {
                self.s(" READ ONLY ");
                self.ternary(*value);
            }
            DatabaseOption::Comment(text) => {
                self.s(" COMMENT ");
                self.text(text);
            }
        }
    }

    fn charset_option(&mut self, word: &str, name: &Option<String>) {
        self.s(word);
        match name {
            Some(name) => self.ident(name),
            None => self.s("DEFAULT"),
        }
    }

    fn ternary(&mut self, value: Ternary) {
        self.s(match value {
            Ternary::Default => "DEFAULT",
            Ternary::Off => "0",
            Ternary::On => "1",
        });
    }

    pub(super) fn table_option(&mut self, option: &TableOption) {
        let number = |p: &mut Self, word: &str, n: u64| p.s(&format!("{word}={n}"));
        let text = |p: &mut Self, word: &str, text: &str| {
            p.s(word);
            p.s("=");
            p.text(text);
        };
        let ternary = |p: &mut Self, word: &str, value: Ternary| {
            p.s(word);
            p.s("=");
            p.ternary(value);
        };
        match option {
            TableOption::Engine(name) => {
                self.s("ENGINE=");
                self.ident(name);
            }
            TableOption::SecondaryEngine(name) => {
                self.s("SECONDARY_ENGINE=");
                match name {
                    Some(name) => self.ident(name),
                    None => self.s("NULL"),
                }
            }
            TableOption::MaxRows(n) => number(self, "MAX_ROWS", *n),
            TableOption::MinRows(n) => number(self, "MIN_ROWS", *n),
            TableOption::AvgRowLength(n) => number(self, "AVG_ROW_LENGTH", *n),
            TableOption::AutoIncrement(n) => number(self, "AUTO_INCREMENT", *n),
            TableOption::KeyBlockSize(n) => number(self, "KEY_BLOCK_SIZE", *n),
            TableOption::NodeGroup(n) => number(self, "NODEGROUP", *n),
            TableOption::Checksum(on) => number(self, "CHECKSUM", u64::from(*on)),
            TableOption::DelayKeyWrite(on) => number(self, "DELAY_KEY_WRITE", u64::from(*on)),
            TableOption::Sequence(on) => number(self, "SEQUENCE", u64::from(*on)),
            TableOption::Password(t) => text(self, "PASSWORD", t),
            TableOption::Comment(t) => text(self, "COMMENT", t),
            TableOption::Compression(t) => text(self, "COMPRESSION", t),
            TableOption::Encryption(t) => text(self, "ENCRYPTION", t),
            TableOption::DataDirectory(t) => text(self, "DATA DIRECTORY", t),
            TableOption::IndexDirectory(t) => text(self, "INDEX DIRECTORY", t),
            TableOption::Connection(t) => text(self, "CONNECTION", t),
            TableOption::EngineAttribute(t) => text(self, "ENGINE_ATTRIBUTE", t),
            TableOption::SecondaryEngineAttribute(t) => text(self, "SECONDARY_ENGINE_ATTRIBUTE", t),
            TableOption::PackKeys(v) => ternary(self, "PACK_KEYS", *v),
            TableOption::StatsAutoRecalc(v) => ternary(self, "STATS_AUTO_RECALC", *v),
            TableOption::StatsPersistent(v) => ternary(self, "STATS_PERSISTENT", *v),
            TableOption::PageChecksum(v) => ternary(self, "PAGE_CHECKSUM", *v),
            TableOption::Transactional(v) => ternary(self, "TRANSACTIONAL", *v),
            TableOption::StatsSamplePages(Some(n)) => number(self, "STATS_SAMPLE_PAGES", *n),
            TableOption::StatsSamplePages(None) => self.s("STATS_SAMPLE_PAGES=DEFAULT"),
            TableOption::RowFormat(word) => self.s(&format!("ROW_FORMAT={word}")),
            TableOption::InsertMethod(word) => self.s(&format!("INSERT_METHOD={word}")),
            TableOption::Storage(word) => self.s(&format!("STORAGE {word}")),
            TableOption::AutoextendSize(size) => self.s(&format!("AUTOEXTEND_SIZE={size}")),
            TableOption::Union(tables) => {
                self.s("UNION=(");
                self.names(tables);
                self.s(")");
            }
            TableOption::Charset(name) => self.charset_option("CHARACTER SET ", name),
            TableOption::Collate(name) => self.charset_option("COLLATE ", name),
            TableOption::Tablespace(name) => {
                self.s("TABLESPACE ");
                self.ident(name);
            }
            TableOption::SystemVersioning => self.s("WITH SYSTEM VERSIONING"),
            TableOption::EngineDefined(option) => self.engine_option(option),
        }
    }

    pub(super) fn partitioning(&mut self, partitioning: &Partitioning) {
        self.s("PARTITION BY ");
        self.partition_method(&partitioning.method);
        self.opt(&partitioning.count, |p, n| p.s(&format!(" PARTITIONS {n}")));
        self.opt(&partitioning.subpartitioning, |p, method| {
            p.s(" SUBPARTITION BY ");
            p.partition_method(method);
        });
        self.opt(&partitioning.subpartition_count, |p, n| {
            p.s(&format!(" SUBPARTITIONS {n}"));
        });
        if !partitioning.partitions.is_empty() {
            self.s(" ");
            self.partition_list(&partitioning.partitions);
        }
    }

    fn partition_method(&mut self, method: &PartitionMethod) {
        match method {
            PartitionMethod::Hash { linear, expr } => {
                self.flag(*linear, "LINEAR ");
                self.s("HASH (");
                self.expr(expr);
                self.s(")");
            }
            PartitionMethod::Key {
                linear,
                algorithm,
                columns,
            } => {
                self.flag(*linear, "LINEAR ");
                self.s("KEY ");
                self.opt(algorithm, |p, n| p.s(&format!("ALGORITHM={n} ")));
                self.s("(");
                self.idents(columns);
                self.s(")");
            }
            PartitionMethod::Range(expr) | PartitionMethod::List(expr) => {
                let range = matches!(method, PartitionMethod::Range(_));
                self.s(if range { "RANGE (" } else { "LIST (" });
                self.expr(expr);
                self.s(")");
            }
            PartitionMethod::RangeColumns(columns) => {
                self.s("RANGE COLUMNS");
                self.paren_idents(columns);
            }
            PartitionMethod::ListColumns(columns) => {
                self.s("LIST COLUMNS");
                self.paren_idents(columns);
            }
            PartitionMethod::SystemTime {
                interval,
                limit,
                starts,
                auto,
            } => {
                self.s("SYSTEM_TIME");
                self.opt(interval, |p, interval| {
                    p.s(" INTERVAL ");
                    p.expr(&interval.value);
                    p.s(" ");
                    p.s(interval.unit.text());
                });
                self.opt(starts, |p, starts| {
                    p.s(" STARTS ");
                    p.expr(starts);
                });
                self.opt(limit, |p, n| p.s(&format!(" LIMIT {n}")));
                self.flag(*auto, " AUTO");
            }
        }
    }

    pub(super) fn partition_list(&mut self, partitions: &[PartitionSpec]) {
        self.s("(");
        self.list(partitions, Self::partition);
        self.s(")");
    }

    pub(super) fn partition(&mut self, partition: &PartitionSpec) {
        self.s("PARTITION ");
        self.ident(&partition.name);
        match &partition.values {
            PartitionValues::None => {}
            PartitionValues::LessThan(values) => {
                self.s(" VALUES LESS THAN (");
                self.list(values, Self::partition_value);
                self.s(")");
            }
            PartitionValues::In(rows) => {
                self.s(" VALUES IN (");
                self.list(rows, |p, row| match row.as_slice() {
                    [one] => p.partition_value(one),
                    many => {
                        p.s("(");
                        p.list(many, Self::partition_value);
                        p.s(")");
                    }
                });
                self.s(")");
            }
            PartitionValues::Current => self.s(" CURRENT"),
            PartitionValues::History => self.s(" HISTORY"),
            PartitionValues::Default => self.s(" DEFAULT"),
        }
        self.partition_options(&partition.options);
        if !partition.subpartitions.is_empty() {
            self.s(" (");
            self.list(&partition.subpartitions, |p, sub| {
                p.s("SUBPARTITION ");
                p.ident(&sub.name);
                p.partition_options(&sub.options);
            });
            self.s(")");
        }
    }

    fn partition_value(&mut self, value: &Option<Expr>) {
        match value {
            Some(value) => self.expr(value),
            None => self.s("MAXVALUE"),
        }
    }

    fn partition_options(&mut self, options: &[PartitionOption]) {
        for option in options {
            match option {
                PartitionOption::Engine(name) => {
                    self.s(" ENGINE=");
                    self.ident(name);
                }
                PartitionOption::Comment(text) => {
                    self.s(" COMMENT=");
                    self.text(text);
                }
                PartitionOption::DataDirectory(text) => {
                    self.s(" DATA DIRECTORY=");
                    self.text(text);
                }
                PartitionOption::IndexDirectory(text) => {
                    self.s(" INDEX DIRECTORY=");
                    self.text(text);
                }
                PartitionOption::MaxRows(n) => self.s(&format!(" MAX_ROWS={n}")),
                PartitionOption::MinRows(n) => self.s(&format!(" MIN_ROWS={n}")),
                PartitionOption::NodeGroup(n) => self.s(&format!(" NODEGROUP={n}")),
                PartitionOption::Tablespace(name) => {
                    self.s(" TABLESPACE=");
                    self.ident(name);
                }
                PartitionOption::EngineDefined(option) => {
                    self.s(" ");
                    self.engine_option(option);
                }
            }
        }
    }
}

fn int_word(size: IntSize) -> &'static str {
    match size {
        IntSize::Tiny => "TINYINT",
        IntSize::Small => "SMALLINT",
        IntSize::Medium => "MEDIUMINT",
        IntSize::Int => "INT",
        IntSize::Big => "BIGINT",
    }
}

fn geometry_word(kind: GeometryKind) -> &'static str {
    match kind {
        GeometryKind::Geometry => "GEOMETRY",
        GeometryKind::Point => "POINT",
        GeometryKind::LineString => "LINESTRING",
        GeometryKind::Polygon => "POLYGON",
        GeometryKind::MultiPoint => "MULTIPOINT",
        GeometryKind::MultiLineString => "MULTILINESTRING",
        GeometryKind::MultiPolygon => "MULTIPOLYGON",
        GeometryKind::GeometryCollection => "GEOMETRYCOLLECTION",
    }
}
