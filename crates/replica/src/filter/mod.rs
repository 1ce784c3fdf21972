//! Replication filters: which events a channel applies, and under which database name.
//!
//! Manual: "How Servers Evaluate Replication Filtering Rules". The order is always
//! 1. rewrite: the database of a table map, or the default database of a statement, gets its new name; names
//!    inside a statement's text stay;
//! 2. the database level: of a table map its database, of a statement its default database, of CREATE, ALTER
//!    and DROP DATABASE also the database they name;
//! 3. the table level: for each updated table in the order of the statement, do-table, ignore-table,
//!    wild-do-table, wild-ignore-table; the first rule that matches any of them decides for the whole
//!    statement. Without a match the statement is applied unless there are do rules.
//!
//! Where MySQL and MariaDB differ, the source's flavour decides ([`Style`]). What a statement updates is in
//! [`statement`]; how rules are set, copied to channels and forgotten in [`book`].

pub mod binlog;
pub mod book;
pub mod statement;
#[cfg(test)]
mod tests;
mod wildcard;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use understudy_base::filter::{
    ConfiguredBy, FILTER_KINDS, FilterChange, FilterKind, FilterRow, FilterRule, rules_text,
};
use wildcard::Folding;

/// How names are compared and databases judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// MariaDB's rules.
    pub mariadb: bool,
    /// `lower_case_table_names` is not 0.
    pub lower_case: bool,
}

impl Style {
    /// How database names are compared.
    fn databases(self) -> Folding {
        match (self.mariadb, self.lower_case) {
            (true, _) | (false, false) => Folding::None,
            (false, true) => Folding::Lower,
        }
    }

    /// How table names are compared: MariaDB takes `utf8mb3_general_ci`, whatever lower_case_table_names is.
    fn tables(self) -> Folding {
        match (self.mariadb, self.lower_case) {
            (true, _) => Folding::GeneralCi,
            (false, false) => Folding::None,
            (false, true) => Folding::Lower,
        }
    }
}

/// The rules of one kind.
#[derive(Debug)]
struct Entry {
    rules: Vec<FilterRule>,
    configured_by: ConfiguredBy,
    active_since_us: u64,
    counter: AtomicU64,
}

impl Entry {
    fn counted(&self) {
        self.counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The rules of a channel, or the global ones.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    entries: [Option<Arc<Entry>>; FILTER_KINDS.len()],
}

/// A table that a statement updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdatedTable<'a> {
    /// Database, if written.
    pub db: Option<&'a str>,
    /// Name.
    pub name: &'a str,
}

impl Filters {
    /// Replaces the rules of one kind.
    pub fn set(&mut self, change: &FilterChange, configured_by: ConfiguredBy, now_us: u64) {
        self.entries[change.kind as usize] = Some(Arc::new(Entry {
            rules: change.rules.clone(),
            configured_by,
            active_since_us: now_us,
            counter: AtomicU64::new(0),
        }));
    }

    /// Adds rules of options to those there are.
    pub fn add(
        &mut self,
        kind: FilterKind,
        rule: FilterRule,
        configured_by: ConfiguredBy,
        now_us: u64,
    ) {
        let mut rules = self.rules(kind).to_vec();
        rules.push(rule);
        self.set(&FilterChange { kind, rules }, configured_by, now_us);
    }

    /// Takes over the kinds that are not configured here.
    fn inherit(&mut self, global: &Filters, now_us: u64) {
        for (own, global) in self.entries.iter_mut().zip(&global.entries) {
            if let (None, Some(entry)) = (&own, global) {
                *own = Some(Arc::new(Entry {
                    rules: entry.rules.clone(),
                    configured_by: entry.configured_by,
                    active_since_us: now_us,
                    counter: AtomicU64::new(0),
                }));
            }
        }
    }

    /// The rules of a kind.
    pub fn rules(&self, kind: FilterKind) -> &[FilterRule] {
        self.entry(kind).map_or(&[], |entry| &entry.rules)
    }

    /// The rules of a kind in one text.
    pub fn text(&self, kind: FilterKind) -> String {
        rules_text(kind, self.rules(kind))
    }

    /// The texts of all kinds in order.
    pub fn texts(&self) -> [String; FILTER_KINDS.len()] {
        FILTER_KINDS.map(|kind| self.text(kind))
    }

    /// Every kind that was configured, as the status tables show it.
    pub fn rows(&self, channel: Option<&str>) -> Vec<FilterRow> {
        let configured = FILTER_KINDS.into_iter().zip(&self.entries);
        configured
            .filter_map(|(kind, entry)| {
                let entry = entry.as_ref()?;
                Some(FilterRow {
                    channel: channel.map(str::to_owned),
                    kind,
                    rule: rules_text(kind, &entry.rules),
                    configured_by: entry.configured_by,
                    active_since_us: entry.active_since_us,
                    counter: entry.counter.load(Ordering::Relaxed),
                })
            })
            .collect()
    }

    /// The entry of a kind, if it has rules.
    fn entry(&self, kind: FilterKind) -> Option<&Entry> {
        let entry = self.entries[kind as usize].as_deref();
        entry.filter(|entry| !entry.rules.is_empty())
    }

    /// There are no rules at all.
    pub fn is_empty(&self) -> bool {
        self.entries
            .iter()
            .flatten()
            .all(|entry| entry.rules.is_empty())
    }

    /// There are rules about tables.
    fn has_table_rules(&self) -> bool {
        [
            FilterKind::DoTable,
            FilterKind::IgnoreTable,
            FilterKind::WildDoTable,
            FilterKind::WildIgnoreTable,
        ]
        .into_iter()
        .any(|kind| self.entry(kind).is_some())
    }

    /// The name under which a source's database is known here.
    pub fn rewrite<'a>(&'a self, db: &'a str, style: Style) -> &'a str {
        let Some(entry) = self.entry(FilterKind::RewriteDb) else {
            return db;
        };
        let folding = style.databases();
        match entry.rules.iter().find(|(from, _)| folding.same(from, db)) {
            Some((_, to)) => {
                entry.counted();
                to
            }
            None => db,
        }
    }

    /// The database level: the kind of rules that holds the event back.
    pub fn database_held(&self, db: &str, style: Style) -> Option<FilterKind> {
        let folding = style.databases();
        let named = |entry: &Entry| {
            let found = entry.rules.iter().any(|(name, _)| folding.same(name, db));
            if found {
                entry.counted();
            }
            found
        };
        match self.entry(FilterKind::DoDb) {
            Some(entry) => (!named(entry)).then_some(FilterKind::DoDb),
            None => {
                let ignored = self.entry(FilterKind::IgnoreDb).is_some_and(named);
                ignored.then_some(FilterKind::IgnoreDb)
            }
        }
    }

    /// CREATE, ALTER or DROP of a database.
    ///
    /// MySQL lets rules about databases shadow patterns; MariaDB wants both to agree.
    pub fn database_statement_held(&self, db: &str, style: Style) -> Option<FilterKind> {
        let rules = self.entry(FilterKind::DoDb).is_some();
        let rules = rules || self.entry(FilterKind::IgnoreDb).is_some();
        match (style.mariadb, rules) {
            (true, _) => self
                .database_held(db, style)
                .or_else(|| self.database_held_by_patterns(db, style)),
            (false, true) => self.database_held(db, style),
            (false, false) => self.database_held_by_patterns(db, style),
        }
    }

    /// The patterns, matched with a table of no name: `db.%` speaks of the database itself too.
    fn database_held_by_patterns(&self, db: &str, style: Style) -> Option<FilterKind> {
        let name = format!("{db}.");
        if self.pattern_decides(FilterKind::WildDoTable, &name, style) {
            return None;
        }
        if self.pattern_decides(FilterKind::WildIgnoreTable, &name, style) {
            return Some(FilterKind::WildIgnoreTable);
        }
        self.configured(FilterKind::WildDoTable)
    }

    /// The kind, if it has rules.
    fn configured(&self, kind: FilterKind) -> Option<FilterKind> {
        self.entry(kind).map(|_| kind)
    }

    fn pattern_decides(&self, kind: FilterKind, name: &str, style: Style) -> bool {
        self.entry(kind).is_some_and(|entry| {
            let folding = style.tables();
            let name = folding.fold(name);
            let found = entry.rules.iter().any(|(db, table)| {
                let pattern: Cow<'_, str> = Cow::Owned(format!("{db}.{table}"));
                wildcard::matches(&name, &folding.fold(&pattern))
            });
            if found {
                entry.counted();
            }
            found
        })
    }

    fn name_decides(&self, kind: FilterKind, name: &str, style: Style) -> bool {
        self.entry(kind).is_some_and(|entry| {
            let folding = style.tables();
            let found = entry
                .rules
                .iter()
                .any(|(db, table)| folding.same(&format!("{db}.{table}"), name));
            if found {
                entry.counted();
            }
            found
        })
    }

    /// The table level, for the tables that a statement updates: the kind of rules that holds it back.
    pub fn tables_held(
        &self,
        default_db: &str,
        tables: &[UpdatedTable<'_>],
        style: Style,
    ) -> Option<FilterKind> {
        if !self.has_table_rules() {
            return None;
        }
        for table in tables {
            let name = format!("{}.{}", table.db.unwrap_or(default_db), table.name);
            if self.name_decides(FilterKind::DoTable, &name, style) {
                return None;
            }
            if self.name_decides(FilterKind::IgnoreTable, &name, style) {
                return Some(FilterKind::IgnoreTable);
            }
            if self.pattern_decides(FilterKind::WildDoTable, &name, style) {
                return None;
            }
            if self.pattern_decides(FilterKind::WildIgnoreTable, &name, style) {
                return Some(FilterKind::WildIgnoreTable);
            }
        }
        let unmatched = self
            .configured(FilterKind::DoTable)
            .or_else(|| self.configured(FilterKind::WildDoTable));
        if tables.is_empty() {
            // A statement that reads tables and updates none has no effect worth repeating.
            return unmatched
                .or_else(|| self.configured(FilterKind::IgnoreTable))
                .or(Some(FilterKind::WildIgnoreTable));
        }
        unmatched
    }

    /// Row events of a table: the kind of rules that holds them back. `db` is the rewritten name.
    pub fn rows_held(&self, db: &str, table: &str, style: Style) -> Option<FilterKind> {
        let updated = UpdatedTable {
            db: Some(db),
            name: table,
        };
        self.database_held(db, style)
            .or_else(|| self.tables_held("", &[updated], style))
    }
}
