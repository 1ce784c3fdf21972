//! INSERT, UPDATE, DELETE, LOAD, HANDLER.

use super::Printer;
use crate::ast::*;

impl Printer {
    fn priority(&mut self, priority: Option<Priority>) {
        self.s(match priority {
            None => "",
            Some(Priority::Low) => "LOW_PRIORITY ",
            Some(Priority::High) => "HIGH_PRIORITY ",
            Some(Priority::Delayed) => "DELAYED ",
            Some(Priority::Concurrent) => "CONCURRENT ",
        });
    }

    pub(super) fn insert(&mut self, insert: &Insert) {
        self.s(if insert.replace {
            "REPLACE "
        } else {
            "INSERT "
        });
        self.hints(&insert.hints);
        self.priority(insert.priority);
        self.flag(insert.ignore, "IGNORE ");
        self.s("INTO ");
        self.name(&insert.table);
        self.partitions(&insert.partitions);
        if insert.empty_columns || !insert.columns.is_empty() {
            self.s(" (");
            self.list(&insert.columns, |p, column| p.column(column));
            self.s(")");
        }
        match &insert.source {
            InsertSource::Values(rows) => {
                self.s(" VALUES ");
                self.list(rows, |p, row| {
                    p.s("(");
                    p.exprs(row);
                    p.s(")");
                });
            }
            InsertSource::Set(assignments) => {
                self.s(" SET ");
                self.assignments(assignments);
            }
            InsertSource::Query(query) => {
                self.s(" ");
                self.query(query);
            }
        }
        self.opt(&insert.row_alias, |p, (alias, columns)| {
            p.s(" AS ");
            p.ident(alias);
            p.paren_idents(columns);
        });
        if !insert.on_duplicate.is_empty() {
            self.s(" ON DUPLICATE KEY UPDATE ");
            self.assignments(&insert.on_duplicate);
        }
        self.returning(&insert.returning);
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        self.list(assignments, |p, assignment| {
            p.column(&assignment.column);
            p.s(" = ");
            p.expr(&assignment.value);
        });
    }

    fn returning(&mut self, items: &[SelectItem]) {
        if !items.is_empty() {
            self.s(" RETURNING ");
            self.list(items, Self::select_item);
        }
    }

    fn portion(&mut self, portion: &Option<Portion>) {
        self.opt(portion, |p, portion| {
            p.s(" FOR PORTION OF ");
            p.ident(&portion.period);
            p.s(" FROM (");
            p.expr(&portion.from);
            p.s(") TO (");
            p.expr(&portion.to);
            p.s(")");
        });
    }

    pub(super) fn update(&mut self, update: &Update) {
        self.opt(&update.with, Self::with);
        self.s("UPDATE ");
        self.hints(&update.hints);
        self.flag(update.low_priority, "LOW_PRIORITY ");
        self.flag(update.ignore, "IGNORE ");
        self.list(&update.tables, Self::table_ref);
        self.portion(&update.portion);
        self.s(" SET ");
        self.assignments(&update.assignments);
        self.filter(&update.filter);
        self.order_by(&update.order_by);
        self.opt(&update.limit, Self::limit);
        self.returning(&update.returning);
    }

    pub(super) fn delete(&mut self, delete: &Delete) {
        self.opt(&delete.with, Self::with);
        self.s("DELETE ");
        self.hints(&delete.hints);
        self.flag(delete.low_priority, "LOW_PRIORITY ");
        self.flag(delete.quick, "QUICK ");
        self.flag(delete.ignore, "IGNORE ");
        self.flag(delete.history, "HISTORY ");
        match &delete.target {
            DeleteTarget::Single {
                table,
                alias,
                partitions,
            } => {
                self.s("FROM ");
                self.name(table);
                self.portion(&delete.portion);
                self.partitions(partitions);
                self.alias(alias);
            }
            DeleteTarget::Multi {
                tables,
                from,
                using,
            } => {
                self.flag(*using, "FROM ");
                self.names(tables);
                self.s(if *using { " USING " } else { " FROM " });
                self.list(from, Self::table_ref);
            }
        }
        self.opt(&delete.before, |p, point| {
            p.s(" BEFORE SYSTEM_TIME ");
            p.history_point(point);
        });
        self.filter(&delete.filter);
        self.order_by(&delete.order_by);
        self.opt(&delete.limit, Self::limit);
        self.returning(&delete.returning);
    }

    pub(super) fn handler(&mut self, handler: &Handler) {
        self.s("HANDLER ");
        match handler {
            Handler::Open(table, alias) => {
                self.name(table);
                self.s(" OPEN");
                self.alias(alias);
            }
            Handler::Close(table) => {
                self.name(table);
                self.s(" CLOSE");
            }
            Handler::Read {
                table,
                index,
                to,
                filter,
                limit,
            } => {
                self.name(table);
                self.s(" READ");
                self.opt(index, |p, index| {
                    p.s(" ");
                    p.ident(index);
                });
                match to {
                    HandlerMove::First => self.s(" FIRST"),
                    HandlerMove::Next => self.s(" NEXT"),
                    HandlerMove::Prev => self.s(" PREV"),
                    HandlerMove::Last => self.s(" LAST"),
                    HandlerMove::Key(op, values) => {
                        self.s(" ");
                        self.s(op.text());
                        self.s(" (");
                        self.exprs(values);
                        self.s(")");
                    }
                }
                self.filter(filter);
                self.opt(limit, Self::limit);
            }
        }
    }

    pub(super) fn load(&mut self, load: &Load) {
        if let Some(bulk) = &load.bulk {
            self.s(if load.xml { "LOAD XML " } else { "LOAD DATA " });
            return self.s(bulk.as_str());
        }
        self.s(if load.xml { "LOAD XML " } else { "LOAD DATA " });
        self.priority(load.priority);
        self.flag(load.local, "LOCAL ");
        self.s(match load.from {
            LoadFrom::Infile => "INFILE ",
            LoadFrom::Url => "URL ",
            LoadFrom::S3 => "S3 ",
        });
        self.text(&load.path);
        match load.duplicates {
            Some(Duplicates::Ignore) => self.s(" IGNORE"),
            Some(Duplicates::Replace) => self.s(" REPLACE"),
            None => {}
        }
        self.s(" INTO TABLE ");
        self.name(&load.table);
        self.partitions(&load.partitions);
        self.opt(&load.charset, |p, charset| {
            p.s(" CHARACTER SET ");
            p.ident(charset);
        });
        self.opt(&load.rows_identified_by, |p, tag| {
            p.s(" ROWS IDENTIFIED BY ");
            p.string(tag);
        });
        self.file_format(&load.format);
        self.opt(&load.ignore_lines, |p, n| {
            p.s(&format!(" IGNORE {n} LINES"))
        });
        if !load.columns.is_empty() {
            self.s(" (");
            self.list(&load.columns, |p, target| match target {
                LoadTarget::Column(column) => p.column(column),
                LoadTarget::Variable(name) => p.user_variable(name),
            });
            self.s(")");
        }
        if !load.assignments.is_empty() {
            self.s(" SET ");
            self.assignments(&load.assignments);
        }
    }

    pub(super) fn file_format(&mut self, format: &FileFormat) {
        let fields = [
            (" TERMINATED BY ", &format.fields_terminated),
            (
                if format.optionally {
                    " OPTIONALLY ENCLOSED BY "
                } else {
                    " ENCLOSED BY "
                },
                &format.fields_enclosed,
            ),
            (" ESCAPED BY ", &format.fields_escaped),
        ];
        let lines = [
            (" STARTING BY ", &format.lines_starting),
            (" TERMINATED BY ", &format.lines_terminated),
        ];
        self.flag(fields.iter().any(|(_, t)| t.is_some()), " FIELDS");
        for (word, text) in fields {
            self.opt(text, |p, text| {
                p.s(word);
                p.string(text);
            });
        }
        self.flag(lines.iter().any(|(_, t)| t.is_some()), " LINES");
        for (word, text) in lines {
            self.opt(text, |p, text| {
                p.s(word);
                p.string(text);
            });
        }
    }
}
