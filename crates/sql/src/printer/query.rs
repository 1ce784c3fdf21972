//! Queries and FROM clauses.

use super::Printer;
use crate::ast::*;

impl Printer {
    pub(super) fn query(&mut self, query: &Query) {
        self.opt(&query.with, Self::with);
        self.query_body(&query.body, 0);
        self.order_by(&query.order_by);
        self.opt(&query.limit, Self::limit);
        self.opt(&query.procedure, |p, (name, args)| {
            p.s(" PROCEDURE ");
            p.ident(name);
            p.s("(");
            p.exprs(args);
            p.s(")");
        });
        self.opt(&query.into, Self::select_into);
        for locking in &query.locking {
            self.locking(locking);
        }
    }

    pub(super) fn with(&mut self, with: &With) {
        self.s(if with.recursive {
            "WITH RECURSIVE "
        } else {
            "WITH "
        });
        self.list(&with.tables, |p, table| {
            p.ident(&table.name);
            p.paren_idents(&table.columns);
            p.s(" AS ");
            p.subquery(&table.query);
            if !table.cycle.is_empty() {
                p.s(" CYCLE ");
                p.idents(&table.cycle);
                p.s(" RESTRICT");
            }
        });
        self.s(" ");
    }

    /// A body where set operations of `min` and tighter may stand bare.
    fn query_body(&mut self, body: &QueryBody, min: u8) {
        match body {
            QueryBody::Select(select) => self.select(select),
            QueryBody::Values(rows) => {
                self.s("VALUES ");
                let row = if self.mariadb { "(" } else { "ROW(" };
                self.list(rows, |p, values| {
                    p.s(row);
                    p.exprs(values);
                    p.s(")");
                });
            }
            QueryBody::Table(name) => {
                self.s("TABLE ");
                self.name(name);
            }
            QueryBody::SetOperation {
                op,
                all,
                left,
                right,
            } => {
                let (word, own) = match op {
                    SetOperator::Union => (" UNION ", 0),
                    SetOperator::Except => (" EXCEPT ", 0),
                    SetOperator::Intersect => (" INTERSECT ", 1),
                };
                let parens = own < min;
                self.flag(parens, "(");
                self.query_body(left, own);
                self.s(word);
                self.flag(*all, "ALL ");
                self.query_body(right, own + 1);
                self.flag(parens, ")");
            }
            QueryBody::Parenthesised(query) => self.subquery(query),
        }
    }

    fn select(&mut self, select: &Select) {
        self.s("SELECT ");
        self.hints(&select.hints);
        let o = &select.options;
        for (on, word) in [
            (o.all, "ALL "),
            (o.distinct, "DISTINCT "),
            (o.high_priority, "HIGH_PRIORITY "),
            (o.straight_join, "STRAIGHT_JOIN "),
            (o.small_result, "SQL_SMALL_RESULT "),
            (o.big_result, "SQL_BIG_RESULT "),
            (o.buffer_result, "SQL_BUFFER_RESULT "),
            (o.cache == Some(true), "SQL_CACHE "),
            (o.cache == Some(false), "SQL_NO_CACHE "),
            (o.calc_found_rows, "SQL_CALC_FOUND_ROWS "),
        ] {
            self.flag(on, word);
        }
        self.list(&select.items, Self::select_item);
        if select.dual {
            self.s(" FROM DUAL");
        } else if !select.from.is_empty() {
            self.s(" FROM ");
            self.list(&select.from, Self::table_ref);
        }
        self.filter(&select.filter);
        self.group_by(select);
        self.opt(&select.having, |p, having| {
            p.s(" HAVING ");
            p.expr(having);
        });
        if !select.windows.is_empty() {
            self.s(" WINDOW ");
            self.list(&select.windows, |p, (name, spec)| {
                p.ident(name);
                p.s(" AS ");
                p.window_spec(spec);
            });
        }
        self.opt(&select.qualify, |p, qualify| {
            p.s(" QUALIFY ");
            p.expr(qualify);
        });
    }

    fn group_by(&mut self, select: &Select) {
        if select.group_by.is_empty() {
            return;
        }
        self.s(" GROUP BY ");
        if select.group_modifier == Some(GroupModifier::GroupingSets) {
            self.s("GROUPING SETS (");
            self.list(&select.group_by, |p, item| {
                p.s("(");
                if let Expr::Row(items) = &item.expr {
                    p.exprs(items);
                }
                p.s(")");
            });
            return self.s(")");
        }
        let cube = select.group_modifier == Some(GroupModifier::Cube);
        self.flag(cube, "CUBE (");
        self.list(&select.group_by, Self::order_item);
        self.flag(cube, ")");
        self.flag(
            select.group_modifier == Some(GroupModifier::Rollup),
            " WITH ROLLUP",
        );
    }

    pub(super) fn hints(&mut self, hints: &Option<String>) {
        self.opt(hints, |p, hints| {
            p.s("/*+");
            p.s(hints);
            p.s("*/ ");
        });
    }

    pub(super) fn filter(&mut self, filter: &Option<Expr>) {
        self.opt(filter, |p, filter| {
            p.s(" WHERE ");
            p.expr(filter);
        });
    }

    pub(super) fn select_item(&mut self, item: &SelectItem) {
        match item {
            SelectItem::Wildcard => self.s("*"),
            SelectItem::QualifiedWildcard(name) => {
                self.name(name);
                self.s(".*");
            }
            SelectItem::Expr { expr, alias, .. } => {
                self.expr(expr);
                self.opt(alias, |p, alias| {
                    p.s(" AS ");
                    // An empty alias can only be written as a text.
                    if alias.is_empty() {
                        p.text(alias);
                    } else {
                        p.ident(alias);
                    }
                });
            }
        }
    }

    pub(super) fn order_by(&mut self, items: &[OrderItem]) {
        if !items.is_empty() {
            self.s(" ORDER BY ");
            self.list(items, Self::order_item);
        }
    }

    pub(super) fn order_item(&mut self, item: &OrderItem) {
        self.expr(&item.expr);
        self.flag(item.descending, " DESC");
    }

    pub(super) fn limit(&mut self, limit: &Limit) {
        if limit.with_ties || limit.count.is_none() && limit.offset.is_some() {
            self.opt(&limit.offset, |p, offset| {
                p.s(" OFFSET ");
                p.limit_value(offset);
                p.s(" ROWS");
            });
            self.opt(&limit.count, |p, count| {
                p.s(" FETCH FIRST ");
                p.limit_value(count);
                p.s(" ROWS WITH TIES");
            });
            return;
        }
        self.s(" LIMIT");
        self.opt(&limit.count, |p, count| {
            p.s(" ");
            p.limit_value(count);
        });
        self.opt(&limit.offset, |p, offset| {
            p.s(" OFFSET ");
            p.limit_value(offset);
        });
        self.opt(&limit.rows_examined, |p, rows| {
            p.s(" ROWS EXAMINED ");
            p.limit_value(rows);
        });
    }

    fn limit_value(&mut self, value: &Expr) {
        self.expr(value);
    }

    fn locking(&mut self, locking: &Locking) {
        self.s(match (locking.update, self.mariadb) {
            (true, _) => " FOR UPDATE",
            (false, false) => " FOR SHARE",
            (false, true) => " LOCK IN SHARE MODE",
        });
        if !locking.of.is_empty() {
            self.s(" OF ");
            self.names(&locking.of);
        }
        match locking.wait {
            Some(LockWait::NoWait) => self.s(" NOWAIT"),
            Some(LockWait::SkipLocked) => self.s(" SKIP LOCKED"),
            Some(LockWait::Wait(n)) => {
                self.s(" WAIT ");
                self.num(n);
            }
            None => {}
        }
    }

    fn select_into(&mut self, into: &SelectInto) {
        match into {
            SelectInto::Outfile {
                path,
                charset,
                format,
            } => {
                self.s(" INTO OUTFILE ");
                self.text(path);
                self.opt(charset, |p, charset| {
                    p.s(" CHARACTER SET ");
                    p.ident(charset);
                });
                self.file_format(format);
            }
            SelectInto::Dumpfile(path) => {
                self.s(" INTO DUMPFILE ");
                self.text(path);
            }
            SelectInto::Variables(variables) => {
                self.s(" INTO ");
                self.list(variables, |p, variable| match variable {
                    IntoVariable::User(name) => p.user_variable(name),
                    IntoVariable::Local(name) => p.ident(name),
                });
            }
        }
    }

    pub(super) fn table_ref(&mut self, table: &TableRef) {
        match table {
            TableRef::Table(table) => self.named_table(table),
            TableRef::Derived {
                query,
                lateral,
                alias,
                columns,
            } => {
                self.flag(*lateral, "LATERAL ");
                self.subquery(query);
                self.alias(alias);
                self.paren_idents(columns);
            }
            TableRef::JsonTable {
                expr,
                path,
                columns,
                alias,
            } => {
                self.s("JSON_TABLE(");
                self.expr(expr);
                self.s(", ");
                self.string(path);
                self.json_columns(columns);
                self.s(") AS ");
                self.ident(alias);
            }
            TableRef::List(tables) => {
                self.s("(");
                self.list(tables, Self::table_ref);
                self.s(")");
            }
            TableRef::Join {
                kind,
                left,
                right,
                condition,
            } => self.join(*kind, left, right, condition),
        }
    }

    fn join(
        &mut self,
        kind: JoinKind,
        left: &TableRef,
        right: &TableRef,
        condition: &JoinCondition,
    ) {
        // Without a condition of its own a join on the left would take the one that follows it.
        let open_left = matches!(
            left,
            TableRef::Join {
                condition: JoinCondition::None,
                ..
            }
        );
        self.flag(open_left, "(");
        self.table_ref(left);
        self.flag(open_left, ")");
        self.flag(*condition == JoinCondition::Natural, " NATURAL");
        self.s(match kind {
            JoinKind::Inner => " JOIN ",
            JoinKind::Straight => " STRAIGHT_JOIN ",
            JoinKind::Left => " LEFT JOIN ",
            JoinKind::Right => " RIGHT JOIN ",
        });
        let nested = matches!(right, TableRef::Join { .. });
        self.flag(nested, "(");
        self.table_ref(right);
        self.flag(nested, ")");
        match condition {
            JoinCondition::None | JoinCondition::Natural => {}
            JoinCondition::On(expr) => {
                self.s(" ON ");
                self.expr(expr);
            }
            JoinCondition::Using(columns) => {
                self.s(" USING");
                self.paren_idents(columns);
            }
        }
    }

    pub(super) fn alias(&mut self, alias: &Option<String>) {
        self.opt(alias, |p, alias| {
            p.s(" AS ");
            p.ident(alias);
        });
    }

    pub(super) fn partitions(&mut self, partitions: &[String]) {
        self.flag(!partitions.is_empty(), " PARTITION");
        self.paren_idents(partitions);
    }

    fn named_table(&mut self, table: &NamedTable) {
        self.name(&table.name);
        self.partitions(&table.partitions);
        self.opt(&table.system_time, Self::system_time);
        self.opt(&table.sample, |p, (method, percentage)| {
            p.s(" TABLESAMPLE ");
            p.s(method);
            p.s("(");
            p.expr(percentage);
            p.s(")");
        });
        self.alias(&table.alias);
        for hint in &table.hints {
            self.s(match hint.kind {
                IndexHintKind::Use => " USE INDEX",
                IndexHintKind::Force => " FORCE INDEX",
                IndexHintKind::Ignore => " IGNORE INDEX",
            });
            self.s(match hint.scope {
                None => "",
                Some(IndexHintScope::Join) => " FOR JOIN",
                Some(IndexHintScope::OrderBy) => " FOR ORDER BY",
                Some(IndexHintScope::GroupBy) => " FOR GROUP BY",
            });
            self.s(" (");
            self.idents(&hint.indexes);
            self.s(")");
        }
    }

    fn system_time(&mut self, time: &SystemTime) {
        self.s(" FOR SYSTEM_TIME ");
        match time {
            SystemTime::All => self.s("ALL"),
            SystemTime::AsOf(point) => {
                self.s("AS OF ");
                self.history_point(point);
            }
            SystemTime::Between(from, to) => {
                self.s("BETWEEN ");
                self.history_point(from);
                self.s(" AND ");
                self.history_point(to);
            }
            SystemTime::FromTo(from, to) => {
                self.s("FROM ");
                self.history_point(from);
                self.s(" TO ");
                self.history_point(to);
            }
        }
    }

    pub(super) fn history_point(&mut self, point: &HistoryPoint) {
        self.flag(point.transaction, "TRANSACTION ");
        self.s("(");
        self.expr(&point.value);
        self.s(")");
    }

    fn json_columns(&mut self, columns: &[JsonTableColumn]) {
        self.s(" COLUMNS (");
        self.list(columns, |p, column| match column {
            JsonTableColumn::Ordinality(name) => {
                p.ident(name);
                p.s(" FOR ORDINALITY");
            }
            JsonTableColumn::Path {
                name,
                ty,
                collation,
                exists,
                path,
                on_empty,
                on_error,
            } => {
                p.ident(name);
                p.s(" ");
                p.data_type(ty);
                p.opt(collation, |p, collation| {
                    p.s(" COLLATE ");
                    p.ident(collation);
                });
                p.s(if *exists { " EXISTS PATH " } else { " PATH " });
                p.string(path);
                p.json_responses(on_empty, on_error);
            }
            JsonTableColumn::Nested(path, columns) => {
                p.s("NESTED PATH ");
                p.string(path);
                p.json_columns(columns);
            }
        });
        self.s(")");
    }
}
