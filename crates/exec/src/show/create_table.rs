//! SHOW CREATE TABLE.
//!
//! One function a section, in printing order: columns, indexes, foreign keys, checks, options,
//! partitioning. Everything flavour-specific is a spelling rule here; what a definition *means* was decided
//! when the statement was executed.

use understudy_storage::schema::{
    ColumnDef, DefaultValue, Flavour, ForeignKeyDef, IndexDef, IndexKind, KeyPart,
    ReferentialAction, TableDef,
};
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::{CollationId, ColumnType};

use super::{column_type, quote_identifier, quote_string};
use crate::charsets;
use crate::ddl::literal_in_zone;

/// What the session and the store add to a definition.
#[derive(Clone, Debug, Default)]
pub struct ShowOptions {
    /// The session's `time_zone`: a TIMESTAMP's constant default is a moment, shown in it.
    pub time_zone: TimeZone,
    /// Identifiers in double quotes (`sql_mode=ANSI_QUOTES`).
    pub ansi_quotes: bool,
    /// The table is a temporary one.
    pub temporary: bool,
    /// Next AUTO_INCREMENT value when the store knows a later one than the definition.
    pub auto_increment: Option<u64>,
}

/// The `Create Table` column of SHOW CREATE TABLE, in UTF-8 (MariaDB 10 may print raw bytes in a binary
/// column's default, as the real one does).
pub fn create_table(def: &TableDef, options: &ShowOptions) -> Vec<u8> {
    let mut printer = Printer {
        def,
        flavour: def.flavour,
        options,
        out: Vec::with_capacity(512),
    };
    printer.table();
    printer.out
}

struct Printer<'a> {
    def: &'a TableDef,
    flavour: Flavour,
    options: &'a ShowOptions,
    out: Vec<u8>,
}

impl Printer<'_> {
    fn table(&mut self) {
        self.text(if self.options.temporary {
            "CREATE TEMPORARY TABLE "
        } else {
            "CREATE TABLE "
        });
        self.name(&self.def.name);
        self.text(" (\n");
        for (i, column) in self.def.columns.iter().enumerate() {
            if i > 0 {
                self.text(",\n");
            }
            self.column(column);
        }
        for index in &self.def.indexes {
            self.text(",\n");
            self.index(index);
        }
        for foreign_key in &self.def.foreign_keys {
            self.text(",\n");
            self.foreign_key(foreign_key);
        }
        for check in &self.def.checks {
            self.text(",\n  CONSTRAINT ");
            self.name(&check.name);
            self.text(" CHECK (");
            self.text(&check.expression);
            self.text(")");
            if !check.enforced {
                self.text(" /*!80016 NOT ENFORCED */");
            }
        }
        self.text("\n)");
        self.table_options();
        if let Some(partitioning) = &self.def.partitioning {
            self.text(partitioning);
        }
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn name(&mut self, name: &str) {
        quote_identifier(&mut self.out, name, self.options.ansi_quotes);
    }

    fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for (i, name) in names.enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.name(name);
        }
    }

    fn column(&mut self, column: &ColumnDef) {
        let mariadb = self.flavour.mariadb;
        self.text("  ");
        self.name(&column.name);
        self.text(" ");
        self.text(&column_type(&column.ty, self.flavour));
        if mariadb {
            for attribute in &column.attributes {
                self.text(" ");
                self.text(attribute);
            }
        }
        self.column_charset(column);
        if let Some(generated) = &column.generated {
            self.text(" GENERATED ALWAYS AS (");
            self.text(&generated.expression);
            self.text(if generated.stored {
                ") STORED"
            } else {
                ") VIRTUAL"
            });
            if mariadb && column.invisible {
                self.text(" INVISIBLE");
            }
            if !column.nullable {
                self.text(" NOT NULL");
            }
        } else {
            self.null_and_default(column);
        }
        if !mariadb && column.invisible {
            self.text(" /*!80023 INVISIBLE */");
        }
        if !column.comment.is_empty() {
            self.text(" COMMENT ");
            quote_string(&mut self.out, column.comment.as_bytes());
        }
        if !mariadb {
            for attribute in &column.attributes {
                if is_trailing_attribute(attribute) {
                    self.text(" ");
                    self.text(attribute);
                }
            }
        }
        if let Some(check) = &column.check {
            self.text(" CHECK (");
            self.text(check);
            self.text(")");
        }
    }

    /// NULL-ness, SRID, storage attributes, default, ON UPDATE and AUTO_INCREMENT of a plain column.
    fn null_and_default(&mut self, column: &ColumnDef) {
        let mariadb = self.flavour.mariadb;
        if !column.nullable {
            self.text(" NOT NULL");
        } else if matches!(column.ty, ColumnType::Timestamp { .. }) {
            self.text(" NULL");
        }
        if let ColumnType::Geometry {
            srid: Some(srid), ..
        } = column.ty
            && !mariadb
        {
            self.text(&format!(" /*!80003 SRID {srid} */"));
        }
        if !mariadb {
            for attribute in &column.attributes {
                if !is_trailing_attribute(attribute) {
                    self.text(" ");
                    self.text(attribute);
                }
            }
        }
        let invisible_first = mariadb && self.flavour.version < 110700;
        if column.invisible && invisible_first {
            self.text(" INVISIBLE");
        }
        self.default(column);
        if let Some(fsp) = column.on_update_now {
            self.text(" ON UPDATE ");
            self.now(fsp);
        }
        if column.auto_increment {
            self.text(" AUTO_INCREMENT");
        }
        if column.invisible && mariadb && !invisible_first {
            self.text(" INVISIBLE");
        }
    }

    fn now(&mut self, fsp: u8) {
        if self.flavour.mariadb {
            if fsp == 0 {
                self.text("current_timestamp()");
            } else {
                self.text(&format!("current_timestamp({fsp})"));
            }
        } else if fsp == 0 {
            self.text("CURRENT_TIMESTAMP");
        } else {
            self.text(&format!("CURRENT_TIMESTAMP({fsp})"));
        }
    }

    /// MariaDB shows the length of its hash as the prefix of a geometry column in a unique key.
    fn prefix_shown(&self, part: &KeyPart, kind: IndexKind) -> Option<u32> {
        let column = part
            .column
            .and_then(|at| self.def.columns.get(usize::from(at)));
        let hashed_geometry = self.flavour.mariadb
            && kind == IndexKind::Unique
            && column.is_some_and(|c| matches!(c.ty, ColumnType::Geometry { .. }));
        part.prefix.or(hashed_geometry.then_some(8))
    }

    fn default(&mut self, column: &ColumnDef) {
        match &column.default {
            DefaultValue::None => {}
            DefaultValue::Null => self.text(" DEFAULT NULL"),
            DefaultValue::Literal(text) => {
                self.text(" DEFAULT ");
                let shown = literal_in_zone(&column.ty, text, &self.options.time_zone);
                quote_string(&mut self.out, shown.as_bytes());
            }
            DefaultValue::BareLiteral(text) => {
                self.text(" DEFAULT ");
                self.bare_literal(text);
            }
            DefaultValue::Now { fsp } => {
                self.text(" DEFAULT ");
                self.now(*fsp);
            }
            DefaultValue::Expression(text) if self.flavour.mariadb => {
                self.text(" DEFAULT ");
                self.text(text);
            }
            DefaultValue::Expression(text) => {
                self.text(" DEFAULT (");
                self.text(text);
                self.text(")");
            }
        }
    }

    /// A literal without quotes. Bytes that are no UTF-8 are kept as `0x...`; old servers print them raw.
    fn bare_literal(&mut self, text: &str) {
        let raw = match text.strip_prefix("0x").and_then(crate::charsets::unhex) {
            Some(raw) => raw,
            None => return self.text(text),
        };
        if self.flavour.mariadb && self.flavour.version >= 110000 {
            self.text(&format!("x'{}'", text[2..].to_ascii_lowercase()));
        } else if self.flavour.mariadb {
            quote_string(&mut self.out, &raw);
        } else if self.flavour.version >= 80000 {
            self.text(text);
        } else {
            quote_string(&mut self.out, &ascii_or_question_mark(&raw));
        }
    }

    fn column_charset(&mut self, column: &ColumnDef) {
        let Some(collation) = charsets::column_collation(&column.ty) else {
            return;
        };
        let flavour = self.flavour;
        let differs = collation != self.def.collation;
        if flavour.mariadb {
            if differs {
                self.charset_clause(" CHARACTER SET ", collation);
                if collation != CollationId::BINARY {
                    self.collate_clause(" COLLATE ", collation);
                }
            }
            return;
        }
        let modern = flavour.version >= 80000;
        let explicit = modern && (column.explicit_charset || column.explicit_collation);
        if differs || explicit {
            self.charset_clause(" CHARACTER SET ", collation);
        }
        let primary = charsets::is_charset_default(collation, flavour);
        let implied_default = modern && collation == CollationId::UTF8MB4_0900_AI_CI && differs;
        if explicit || !primary || implied_default {
            self.collate_clause(" COLLATE ", collation);
        }
    }

    fn charset_clause(&mut self, keyword: &str, collation: CollationId) {
        self.text(keyword);
        self.text(&charsets::charset_name(collation, self.flavour));
    }

    fn collate_clause(&mut self, keyword: &str, collation: CollationId) {
        self.text(keyword);
        self.text(&charsets::collation_name(collation, self.flavour));
    }

    fn index(&mut self, index: &IndexDef) {
        self.text("  ");
        self.text(match index.kind {
            IndexKind::Primary => "PRIMARY KEY",
            IndexKind::Unique => "UNIQUE KEY ",
            IndexKind::Plain => "KEY ",
            IndexKind::Fulltext => "FULLTEXT KEY ",
            IndexKind::Spatial => "SPATIAL KEY ",
            IndexKind::Vector => "VECTOR KEY ",
        });
        if index.kind != IndexKind::Primary {
            self.name(&index.name);
        }
        self.text(" (");
        for (i, part) in index.parts.iter().enumerate() {
            if i > 0 {
                self.text(",");
            }
            self.key_part(part, index.kind);
        }
        self.text(")");
        if let Some(using) = &index.using {
            self.text(" USING ");
            self.text(using);
        }
        let (early, late): (Vec<&String>, Vec<&String>) =
            index.options.iter().partition(|o| !o.starts_with('`'));
        for option in early {
            self.text(" ");
            self.text(option);
        }
        if !index.comment.is_empty() {
            self.text(" COMMENT ");
            quote_string(&mut self.out, index.comment.as_bytes());
        }
        for option in late {
            self.text(" ");
            self.text(option);
        }
        if index.invisible {
            self.text(if self.flavour.mariadb {
                " IGNORED"
            } else {
                " /*!80000 INVISIBLE */"
            });
        }
    }

    fn key_part(&mut self, part: &KeyPart, kind: IndexKind) {
        if let Some(column) = part.column {
            if let Some(column) = self.def.columns.get(usize::from(column)) {
                self.name(&column.name);
            }
            let prefix_printed = !matches!(kind, IndexKind::Fulltext | IndexKind::Spatial);
            if let (Some(prefix), true) = (self.prefix_shown(part, kind), prefix_printed) {
                self.text(&format!("({prefix})"));
            }
        } else if let Some(expression) = &part.expression {
            self.text("(");
            self.text(expression);
            self.text(")");
        }
        if part.descending {
            self.text(" DESC");
        }
    }

    fn foreign_key(&mut self, fk: &ForeignKeyDef) {
        let def = self.def;
        self.text("  CONSTRAINT ");
        self.name(&fk.name);
        self.text(" FOREIGN KEY (");
        self.names(
            fk.columns
                .iter()
                .filter_map(|c| def.columns.get(usize::from(*c)))
                .map(|c| c.name.as_str()),
        );
        self.text(") REFERENCES ");
        if fk.parent_db != def.db {
            self.name(&fk.parent_db);
            self.text(".");
        }
        self.name(&fk.parent_table);
        self.text(" (");
        self.names(fk.parent_columns.iter().map(String::as_str));
        self.text(")");
        self.referential_action(" ON DELETE ", fk.on_delete);
        self.referential_action(" ON UPDATE ", fk.on_update);
    }

    /// InnoDB's own dictionary (5.x, MariaDB) takes RESTRICT as the default; MySQL 8's takes NO ACTION.
    fn referential_action(&mut self, keyword: &str, action: ReferentialAction) {
        let modern = !self.flavour.mariadb && self.flavour.version >= 80000;
        let spelled = match action {
            ReferentialAction::Unspecified => None,
            ReferentialAction::Restrict if modern => Some("RESTRICT"),
            ReferentialAction::Restrict => None,
            ReferentialAction::NoAction if modern => None,
            ReferentialAction::NoAction => Some("NO ACTION"),
            ReferentialAction::Cascade => Some("CASCADE"),
            ReferentialAction::SetNull => Some("SET NULL"),
            ReferentialAction::SetDefault => Some("SET DEFAULT"),
        };
        if let Some(spelled) = spelled {
            self.text(keyword);
            self.text(spelled);
        }
    }

    fn table_options(&mut self) {
        let def = self.def;
        for option in def
            .options
            .iter()
            .filter(|o| o.starts_with("/*!50100 TABLESPACE"))
        {
            self.text(" ");
            self.text(option);
        }
        self.text(" ENGINE=");
        self.text(&def.engine);
        let next = self
            .options
            .auto_increment
            .unwrap_or(0)
            .max(def.auto_increment);
        if next > 1 && def.columns.iter().any(|c| c.auto_increment) {
            self.text(&format!(" AUTO_INCREMENT={next}"));
        }
        self.charset_clause(" DEFAULT CHARSET=", def.collation);
        if self.prints_table_collation() {
            self.collate_clause(" COLLATE=", def.collation);
        }
        for option in def.options.iter().filter(|o| option_rank(o) == 0) {
            self.text(" ");
            self.text(option);
        }
        if !def.comment.is_empty() {
            self.text(" COMMENT=");
            quote_string(&mut self.out, def.comment.as_bytes());
        }
        for option in def.options.iter().filter(|o| option_rank(o) == 1) {
            self.text(" ");
            self.text(option);
        }
    }

    fn prints_table_collation(&self) -> bool {
        let collation = self.def.collation;
        if self.flavour.mariadb {
            return collation != CollationId::BINARY;
        }
        !charsets::is_charset_default(collation, self.flavour)
            || (self.flavour.version >= 80000 && collation == CollationId::UTF8MB4_0900_AI_CI)
    }
}

/// Where a table option stands: before COMMENT (0), after it (1), before ENGINE (2).
fn option_rank(option: &str) -> u8 {
    const AFTER: &[&str] = &[
        "CONNECTION=",
        "UNION=",
        "INSERT_METHOD=",
        "DATA DIRECTORY=",
        "INDEX DIRECTORY=",
        "`",
        "WITH SYSTEM VERSIONING",
        "/*!80021",
    ];
    if option.starts_with("/*!50100 TABLESPACE") {
        2
    } else {
        u8::from(AFTER.iter().any(|prefix| option.starts_with(prefix)))
    }
}

/// `ENGINE_ATTRIBUTE` and its kin stand after the comment.
fn is_trailing_attribute(attribute: &str) -> bool {
    attribute.starts_with("/*!80021")
}

/// How MySQL 5 shows binary bytes in UTF-8 text.
fn ascii_or_question_mark(raw: &[u8]) -> Vec<u8> {
    raw.iter()
        .map(|&b| if b < 0x80 { b } else { b'?' })
        .collect()
}
