//! Table options: what a statement writes, what a definition keeps, in which order they are printed.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{TableOption, Ternary};
use understudy_storage::schema::Flavour;
use understudy_values::charset::{Charset, Collation};
use understudy_values::types::CollationId;

use super::column_type::{collation_mismatch, short_name_for};
use super::context::StatementContext;
use super::elements::engine_option;
use crate::{charsets, errors};

/// Options with what is not a printed text apart.
#[derive(Clone, Debug)]
pub(crate) struct TableOptions {
    pub engine: String,
    /// ENGINE was written.
    pub engine_written: bool,
    pub collation: CollationId,
    pub explicit_collation: bool,
    pub auto_increment: Option<u64>,
    pub comment: String,
    /// Printed texts in printing order.
    pub printed: Vec<String>,
}

/// Printed options by their first words, in printing order.
const ORDER: &[&str] = &[
    "/*!50100 TABLESPACE",
    "SECONDARY_ENGINE=",
    "/*!80023 AUTOEXTEND_SIZE=",
    "MIN_ROWS=",
    "MAX_ROWS=",
    "AVG_ROW_LENGTH=",
    "PACK_KEYS=",
    "STATS_PERSISTENT=",
    "STATS_AUTO_RECALC=",
    "STATS_SAMPLE_PAGES=",
    "CHECKSUM=",
    "PAGE_CHECKSUM=",
    "DELAY_KEY_WRITE=",
    "ROW_FORMAT=",
    "TRANSACTIONAL=",
    "KEY_BLOCK_SIZE=",
    "COMPRESSION=",
    "/*!80016 ENCRYPTION=",
    "CONNECTION=",
    "UNION=",
    "INSERT_METHOD=",
    "DATA DIRECTORY=",
    "INDEX DIRECTORY=",
    "/*!80021 ENGINE_ATTRIBUTE",
    "/*!80021 SECONDARY_ENGINE_ATTRIBUTE",
];

fn rank(option: &str) -> usize {
    ORDER
        .iter()
        .position(|prefix| option.starts_with(prefix))
        .unwrap_or(ORDER.len())
}

impl TableOptions {
    /// Options of a table made without any.
    pub fn new(engine: &str, collation: CollationId) -> TableOptions {
        TableOptions {
            engine: engine.to_owned(),
            engine_written: false,
            collation,
            explicit_collation: false,
            auto_increment: None,
            comment: String::new(),
            printed: Vec::new(),
        }
    }

    /// Applies the options of a statement, in order; `database_collation` is what DEFAULT means.
    pub fn apply<'o>(
        &mut self,
        options: impl Iterator<Item = &'o TableOption> + Clone,
        database_collation: CollationId,
        ctx: &StatementContext,
    ) -> Result<(), MysqlError> {
        if let Some(collation) = collation_of(options.clone(), database_collation, ctx)? {
            self.collation = collation;
            self.explicit_collation = true;
        }
        for option in options {
            self.one(option, ctx)?;
        }
        self.printed.sort_by_key(|o| rank(o));
        Ok(())
    }

    /// The value of a printed option such as `ROW_FORMAT=`.
    pub fn printed_value(&self, prefix: &str) -> Option<&str> {
        self.printed.iter().find_map(|o| o.strip_prefix(prefix))
    }

    fn set(&mut self, prefix: &str, value: Option<String>) {
        self.printed.retain(|o| !o.starts_with(prefix));
        if let Some(value) = value {
            self.printed.push(format!("{prefix}{value}"));
        }
    }

    fn number(&mut self, prefix: &str, value: u64) {
        self.set(prefix, (value != 0).then(|| value.to_string()));
    }

    fn ternary(&mut self, prefix: &str, value: Ternary) {
        self.set(
            prefix,
            match value {
                Ternary::Default => None,
                Ternary::Off => Some("0".to_owned()),
                Ternary::On => Some("1".to_owned()),
            },
        );
    }

    fn quoted(&mut self, prefix: &str, value: &str, suffix: &str) {
        let text = format!(
            "'{}'{suffix}",
            value.replace('\\', "\\\\").replace('\'', "''")
        );
        self.set(prefix, Some(text));
    }

    fn one(&mut self, option: &TableOption, ctx: &StatementContext) -> Result<(), MysqlError> {
        let flavour = ctx.flavour;
        match option {
            TableOption::Engine(name) => {
                self.engine = engine_name(name, ctx)?;
                self.engine_written = true;
                // aria_page_checksum=ON, the server's default, is printed with the table.
                let written = self.printed.iter().any(|o| o.starts_with("PAGE_CHECKSUM="));
                if self.engine == "Aria" && !written {
                    self.number("PAGE_CHECKSUM=", 1);
                }
            }
            TableOption::SecondaryEngine(name) => self.set("SECONDARY_ENGINE=", name.clone()),
            TableOption::MaxRows(n) => self.number("MAX_ROWS=", (*n).min(max_rows(flavour))),
            TableOption::MinRows(n) => self.number("MIN_ROWS=", (*n).min(max_rows(flavour))),
            TableOption::AvgRowLength(n) => self.number("AVG_ROW_LENGTH=", *n),
            TableOption::Password(_) => {}
            TableOption::Comment(text) => self.comment.clone_from(text),
            TableOption::Compression(text) => self.quoted("COMPRESSION=", text, ""),
            TableOption::Encryption(text) => {
                if text.eq_ignore_ascii_case("N") {
                    self.set("/*!80016 ENCRYPTION=", None);
                } else {
                    self.quoted("/*!80016 ENCRYPTION=", text, " */");
                }
            }
            TableOption::AutoIncrement(n) => self.auto_increment = Some(*n),
            TableOption::PackKeys(t) => self.ternary("PACK_KEYS=", *t),
            TableOption::StatsAutoRecalc(t) => self.ternary("STATS_AUTO_RECALC=", *t),
            TableOption::StatsPersistent(t) => self.ternary("STATS_PERSISTENT=", *t),
            TableOption::StatsSamplePages(n) => {
                self.set("STATS_SAMPLE_PAGES=", n.map(|n| n.to_string()));
            }
            TableOption::Checksum(on) => self.number("CHECKSUM=", u64::from(*on)),
            TableOption::PageChecksum(t) => self.ternary("PAGE_CHECKSUM=", *t),
            TableOption::DelayKeyWrite(on) => self.number("DELAY_KEY_WRITE=", u64::from(*on)),
            TableOption::RowFormat(format) => {
                self.set("ROW_FORMAT=", (format != "DEFAULT").then(|| format.clone()));
            }
            TableOption::Union(tables) => self.union(tables),
            TableOption::Charset(_) | TableOption::Collate(_) => {}
            TableOption::InsertMethod(method) => {
                self.set("INSERT_METHOD=", (method != "NO").then(|| method.clone()));
            }
            TableOption::DataDirectory(path) => self.directory("DATA DIRECTORY=", path, ctx),
            TableOption::IndexDirectory(path) => self.directory("INDEX DIRECTORY=", path, ctx),
            TableOption::Tablespace(name) => self.set(
                "/*!50100 TABLESPACE",
                Some(format!(" `{}` */", name.replace('`', "``"))),
            ),
            TableOption::Storage(_) | TableOption::NodeGroup(_) => {}
            TableOption::Connection(text) => self.quoted("CONNECTION=", text, ""),
            TableOption::KeyBlockSize(n) => self.number("KEY_BLOCK_SIZE=", *n),
            TableOption::AutoextendSize(text) => {
                let size = size_number(text);
                self.set(
                    "/*!80023 AUTOEXTEND_SIZE=",
                    (size != 0).then(|| format!("{size} */")),
                );
            }
            TableOption::EngineAttribute(text) => {
                self.quoted("/*!80021 ENGINE_ATTRIBUTE=", text, " */");
            }
            TableOption::SecondaryEngineAttribute(text) => {
                self.quoted("/*!80021 SECONDARY_ENGINE_ATTRIBUTE=", text, " */");
            }
            TableOption::Transactional(t) => self.ternary("TRANSACTIONAL=", *t),
            TableOption::Sequence(on) => {
                if *on {
                    return Err(errors::unsupported("CREATE TABLE ... SEQUENCE=1"));
                }
            }
            TableOption::SystemVersioning => {
                return Err(errors::unsupported("WITH SYSTEM VERSIONING"));
            }
            TableOption::EngineDefined(option) => {
                let prefix = format!("`{}`=", option.name);
                let text = engine_option(option, flavour);
                let value = text.strip_prefix(&prefix).map(str::to_owned);
                self.set(&prefix, value.filter(|v| v != "DEFAULT"));
            }
        }
        Ok(())
    }

    fn union(&mut self, tables: &[understudy_sql::ast::ObjectName]) {
        let names: Vec<String> = tables
            .iter()
            .map(|t| {
                let db =
                    t.db.as_ref()
                        .map(|db| format!("`{db}`."))
                        .unwrap_or_default();
                format!("{db}`{}`", t.name)
            })
            .collect();
        let text = (!names.is_empty()).then(|| format!("({})", names.join(",")));
        self.set("UNION=", text);
    }

    /// MySQL 8 and InnoDB of MariaDB keep directories only for files of their own.
    fn directory(&mut self, prefix: &str, path: &str, ctx: &StatementContext) {
        let no_dir = understudy_sql::context::SqlMode(ctx.sql_mode)
            .has(understudy_sql::context::SqlMode::NO_DIR_IN_CREATE);
        if no_dir {
            return;
        }
        let path = if path.ends_with('/') {
            path.to_owned()
        } else {
            format!("{path}/")
        };
        self.quoted(prefix, &path, "");
    }
}

/// Rows limits are kept in four bytes before MySQL 8.
fn max_rows(flavour: Flavour) -> u64 {
    if flavour.mariadb || flavour.version >= 80000 {
        u64::MAX
    } else {
        u64::from(u32::MAX)
    }
}

/// `4M` as a number of bytes.
fn size_number(text: &str) -> u64 {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (text.get(..text.len() - 1), 10),
        Some(b'm' | b'M') => (text.get(..text.len() - 1), 20),
        Some(b'g' | b'G') => (text.get(..text.len() - 1), 30),
        Some(b't' | b'T') => (text.get(..text.len() - 1), 40),
        Some(_) | None => (Some(text), 0),
    };
    digits
        .and_then(|d| d.trim().parse::<u64>().ok())
        .map_or(0, |n| n << shift)
}

/// The collation that the charset options of a statement choose, if any.
fn collation_of<'o>(
    options: impl Iterator<Item = &'o TableOption>,
    database_collation: CollationId,
    ctx: &StatementContext,
) -> Result<Option<CollationId>, MysqlError> {
    let mut charset: Option<Option<&str>> = None;
    let mut collation: Option<Option<&str>> = None;
    for option in options {
        match option {
            TableOption::Charset(name) => charset = Some(name.as_deref()),
            TableOption::Collate(name) => collation = Some(name.as_deref()),
            _ => {}
        }
    }
    choose_collation(charset, collation, database_collation, ctx)
}

/// The collation that CHARACTER SET and COLLATE choose together; `Some(None)` is the name DEFAULT.
pub(crate) fn choose_collation(
    charset: Option<Option<&str>>,
    collation: Option<Option<&str>>,
    fallback: CollationId,
    ctx: &StatementContext,
) -> Result<Option<CollationId>, MysqlError> {
    let base: Option<CollationId> = match charset {
        None => None,
        Some(None) => Some(fallback),
        Some(Some(name)) => Some(ctx.default_collation(charsets::charset_by_name(name)?)),
    };
    let Some(Some(name)) = collation else {
        return Ok(base.or(collation.map(|_| fallback)));
    };
    let chosen = match short_name_for(name, base.unwrap_or(fallback), ctx.flavour) {
        Some(found) => found,
        None => charsets::collation_by_name(name, ctx.flavour)?,
    };
    if let Some(base) = base {
        let charset = charset_of(base)?;
        if charset.name != chosen.charset().name {
            let shown = charset.name_for(charsets::server(ctx.flavour));
            return Err(collation_mismatch(chosen, shown, ctx.flavour));
        }
    }
    Ok(Some(CollationId(chosen.id)))
}

fn charset_of(collation: CollationId) -> Result<&'static Charset, MysqlError> {
    Collation::by_id(collation)
        .map(Collation::charset)
        .map_err(|_| MysqlError::new(1273, format!("Unknown collation: '{}'", collation.0)))
}

/// Engines by the name that SHOW CREATE TABLE prints.
const ENGINES: &[(&str, &str)] = &[
    ("InnoDB", "innodb"),
    ("MyISAM", "myisam"),
    ("MEMORY", "memory"),
    ("MEMORY", "heap"),
    ("MRG_MyISAM", "merge"),
    ("MRG_MyISAM", "mrg_myisam"),
    ("CSV", "csv"),
    ("ARCHIVE", "archive"),
    ("BLACKHOLE", "blackhole"),
    ("FEDERATED", "federated"),
    ("PERFORMANCE_SCHEMA", "performance_schema"),
    ("ndbcluster", "ndbcluster"),
    ("ndbcluster", "ndb"),
    ("EXAMPLE", "example"),
    ("Aria", "aria"),
    ("Aria", "maria"),
    ("ROCKSDB", "rocksdb"),
    ("TokuDB", "tokudb"),
    ("SPIDER", "spider"),
    ("CONNECT", "connect"),
    ("Columnstore", "columnstore"),
    ("Mroonga", "mroonga"),
    ("S3", "s3"),
    ("SEQUENCE", "sequence"),
];

/// The engine's printed name; an unknown one is 1286, or the default without NO_ENGINE_SUBSTITUTION.
pub(crate) fn engine_name(name: &str, ctx: &StatementContext) -> Result<String, MysqlError> {
    let lower = name.to_ascii_lowercase();
    if lower == "default" {
        return Ok(ctx.default_storage_engine.clone());
    }
    let known = ENGINES.iter().find(|(_, key)| *key == lower);
    if let Some((printed, _)) = known {
        return Ok((*printed).to_owned());
    }
    let strict = understudy_sql::context::SqlMode(ctx.sql_mode)
        .has(understudy_sql::context::SqlMode::NO_ENGINE_SUBSTITUTION);
    if strict {
        return Err(MysqlError::new(
            1286,
            format!("Unknown storage engine '{name}'"),
        ));
    }
    Ok(ctx.default_storage_engine.clone())
}
