//! SHOW, DESCRIBE, EXPLAIN.

use super::Printer;
use super::expr::scope_word;
use crate::ast::*;

impl Printer {
    pub(super) fn show(&mut self, show: &Show) {
        self.s("SHOW ");
        self.show_kind(&show.kind);
        self.opt(&show.filter, |p, filter| match filter {
            ShowFilter::Like(pattern) => {
                p.s(" LIKE ");
                p.text(pattern);
            }
            ShowFilter::Where(expr) => {
                p.s(" WHERE ");
                p.expr(expr);
            }
        });
    }

    fn words_from(&mut self, words: &str, db: &Option<String>) {
        self.s(words);
        self.opt(db, |p, db| {
            p.s(" FROM ");
            p.ident(db);
        });
    }

    fn scoped(&mut self, scope: &Option<VariableScope>, word: &str) {
        self.opt(scope, |p, scope| {
            p.s(scope_word(*scope));
            p.s(" ");
        });
        self.s(word);
    }

    fn show_kind(&mut self, kind: &ShowKind) {
        match kind {
            ShowKind::Databases => self.s("DATABASES"),
            ShowKind::Tables { full, extended, db } => {
                self.flag(*extended, "EXTENDED ");
                self.flag(*full, "FULL ");
                self.words_from("TABLES", db);
            }
            ShowKind::TableStatus(db) => self.words_from("TABLE STATUS", db),
            ShowKind::OpenTables(db) => self.words_from("OPEN TABLES", db),
            ShowKind::Triggers(db) => self.words_from("TRIGGERS", db),
            ShowKind::Events(db) => self.words_from("EVENTS", db),
            ShowKind::Columns {
                full,
                extended,
                table,
            } => {
                self.flag(*extended, "EXTENDED ");
                self.flag(*full, "FULL ");
                self.s("COLUMNS FROM ");
                self.name(table);
            }
            ShowKind::Index { extended, table } => {
                self.flag(*extended, "EXTENDED ");
                self.s("INDEX FROM ");
                self.name(table);
            }
            ShowKind::RoutineStatus(word) => self.s(&format!("{word} STATUS")),
            ShowKind::RoutineCode(word, name) => {
                self.s(&format!("{word} CODE "));
                self.name(name);
            }
            ShowKind::Variables(scope) => self.scoped(scope, "VARIABLES"),
            ShowKind::Status(scope) => self.scoped(scope, "STATUS"),
            ShowKind::CharacterSet => self.s("CHARACTER SET"),
            ShowKind::Collation => self.s("COLLATION"),
            ShowKind::Engines => self.s("ENGINES"),
            ShowKind::Engine(name, word) => {
                self.s("ENGINE ");
                match name {
                    Some(name) => self.ident(name),
                    None => self.s("ALL"),
                }
                self.s(" ");
                self.s(word);
            }
            ShowKind::Plugins => self.s("PLUGINS"),
            ShowKind::PluginsSoname(name) => {
                self.s("PLUGINS SONAME");
                self.opt_text(" ", name);
            }
            ShowKind::Privileges => self.s("PRIVILEGES"),
            ShowKind::ProcessList { full } => {
                self.flag(*full, "FULL ");
                self.s("PROCESSLIST");
            }
            ShowKind::Profiles => self.s("PROFILES"),
            ShowKind::CountWarnings => self.s("COUNT(*) WARNINGS"),
            ShowKind::CountErrors => self.s("COUNT(*) ERRORS"),
            ShowKind::Words(words) => self.s(words),
            _ => self.show_objects(kind),
        }
    }

    fn show_objects(&mut self, kind: &ShowKind) {
        let (word, name) = match kind {
            ShowKind::CreateTable(name) => ("TABLE", name),
            ShowKind::CreateView(name) => ("VIEW", name),
            ShowKind::CreateProcedure(name) => ("PROCEDURE", name),
            ShowKind::CreateFunction(name) => ("FUNCTION", name),
            ShowKind::CreateTrigger(name) => ("TRIGGER", name),
            ShowKind::CreateEvent(name) => ("EVENT", name),
            ShowKind::CreateLibrary(name) => ("LIBRARY", name),
            ShowKind::CreateSequence(name) => ("SEQUENCE", name),
            ShowKind::CreatePackage { body, name } => {
                (if *body { "PACKAGE BODY" } else { "PACKAGE" }, name)
            }
            _ => return self.show_other(kind),
        };
        self.s(&format!("CREATE {word} "));
        self.name(name);
    }

    fn show_other(&mut self, kind: &ShowKind) {
        match kind {
            ShowKind::CreateDatabase {
                if_not_exists,
                name,
            } => {
                self.s("CREATE DATABASE ");
                self.flag(*if_not_exists, "IF NOT EXISTS ");
                self.ident(name);
            }
            ShowKind::CreateServer(name) => {
                self.s("CREATE SERVER ");
                self.ident(name);
            }
            ShowKind::CreateUser(user) => {
                self.s("CREATE USER ");
                self.user(user);
            }
            ShowKind::Grants { user, using } => {
                self.s("GRANTS");
                self.opt(user, |p, user| {
                    p.s(" FOR ");
                    p.user(user);
                });
                self.flag(!using.is_empty(), " USING ");
                self.list(using, Self::user);
            }
            ShowKind::Warnings(limit) => {
                self.s("WARNINGS");
                self.opt(limit, Self::limit);
            }
            ShowKind::Errors(limit) => {
                self.s("ERRORS");
                self.opt(limit, Self::limit);
            }
            ShowKind::Profile {
                types,
                query,
                limit,
            } => {
                self.s("PROFILE ");
                self.list(types, |p, word| p.s(word));
                self.opt(query, |p, n| p.s(&format!(" FOR QUERY {n}")));
                self.opt(limit, Self::limit);
            }
            ShowKind::BinaryLogStatus(Vocabulary::Old) => self.s("MASTER STATUS"),
            ShowKind::BinaryLogStatus(Vocabulary::New) if self.mariadb => self.s("BINLOG STATUS"),
            ShowKind::BinaryLogStatus(Vocabulary::New) => self.s("BINARY LOG STATUS"),
            ShowKind::BinaryLogs => self.s("BINARY LOGS"),
            ShowKind::BinlogEvents(events) => self.log_events("BINLOG", events),
            ShowKind::RelaylogEvents(events) => self.log_events("RELAYLOG", events),
            ShowKind::ReplicaStatus(status) => self.replica_status(status),
            ShowKind::Replicas(Vocabulary::Old) => self.s("SLAVE HOSTS"),
            ShowKind::Replicas(Vocabulary::New) if self.mariadb => self.s("REPLICA HOSTS"),
            ShowKind::Replicas(Vocabulary::New) => self.s("REPLICAS"),
            ShowKind::ParseTree(statement) => {
                self.s("PARSE_TREE ");
                self.statement(statement);
            }
            ShowKind::ExplainFor { analyze, json, id } => {
                self.s(if *analyze { "ANALYZE " } else { "EXPLAIN " });
                self.flag(*json, "FORMAT=JSON ");
                self.s("FOR ");
                self.expr(id);
            }
            _ => {}
        }
    }

    fn log_events(&mut self, word: &str, events: &LogEvents) {
        self.s(word);
        self.opt_text(" ", &events.connection);
        self.s(" EVENTS");
        self.opt_text(" IN ", &events.file);
        self.opt(&events.from, |p, n| p.s(&format!(" FROM {n}")));
        self.opt(&events.limit, Self::limit);
        self.channel(&events.channel);
    }

    fn replica_status(&mut self, status: &ReplicaStatus) {
        self.s(match (status.all, status.vocabulary) {
            (true, Vocabulary::Old) => "ALL SLAVES",
            (true, Vocabulary::New) => "ALL REPLICAS",
            (false, Vocabulary::Old) => "SLAVE",
            (false, Vocabulary::New) => "REPLICA",
        });
        self.opt_text(" ", &status.connection);
        self.s(" STATUS");
        self.flag(status.nonblocking, " NONBLOCKING");
        self.channel(&status.channel);
    }

    pub(super) fn describe(&mut self, describe: &Describe) {
        self.s("DESCRIBE ");
        self.name(&describe.table);
        self.opt_text(" ", &describe.column);
    }

    pub(super) fn explain(&mut self, explain: &Explain) {
        self.s("EXPLAIN ");
        self.flag(explain.analyze, "ANALYZE ");
        self.flag(explain.extended, "EXTENDED ");
        self.flag(explain.partitions, "PARTITIONS ");
        self.opt(&explain.format, |p, format| {
            p.s("FORMAT=");
            p.ident(format);
            p.s(" ");
        });
        self.opt(&explain.into, |p, name| {
            p.s("INTO ");
            p.user_variable(name);
            p.s(" ");
        });
        self.opt(&explain.schema, |p, schema| {
            p.s("FOR SCHEMA ");
            p.ident(schema);
            p.s(" ");
        });
        match &explain.target {
            ExplainTarget::Statement(statement, _) => self.statement(statement),
            ExplainTarget::Connection(id) => {
                self.s("FOR CONNECTION ");
                self.expr(id);
            }
        }
    }
}
