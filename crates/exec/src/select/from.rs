//! The tables of a query: stored ones and those of `information_schema`.

use std::sync::Arc;

use understudy_base::error::MysqlError;
use understudy_sql::ast::{Expr, JoinCondition, JoinKind, NamedTable, ObjectName, TableRef};
use understudy_storage::{Direction, ScanRange, Snapshot, Table};

use super::metadata::column_flags;
use super::session::SessionContext;
use crate::eval::{Binder, Node, ScopeColumn};
use crate::information_schema::{self, Layout, VirtualTable};
use crate::{ddl, errors};

/// Where rows come from.
#[derive(Clone)]
pub(super) enum Source {
    Stored(Arc<Table>),
    Virtual(Arc<VirtualTable>),
}

/// A table of the FROM clause.
pub(super) struct FromTable {
    pub source: Source,
    pub db: String,
    pub alias: String,
    /// First column in the joined row.
    pub start: usize,
    pub width: usize,
    /// LEFT JOIN: rows without a match stay, and these conditions decide what matches.
    pub left: bool,
    pub on: Vec<Node>,
}

/// A column of the joined row, for metadata.
pub(super) struct FromColumn {
    pub db: String,
    pub table: String,
    pub alias: String,
    pub name: String,
    pub flags: u16,
    /// What a table of `information_schema` says of it.
    pub layout: Option<&'static Layout>,
    invisible: bool,
}

/// The FROM clause, names resolved.
pub(super) struct From {
    pub tables: Vec<FromTable>,
    pub scope: Vec<ScopeColumn>,
    columns: Vec<FromColumn>,
    /// Conditions of inner joins.
    pub conditions: Vec<Node>,
    /// Columns that USING has merged into an earlier one: not in `*`.
    merged: Vec<usize>,
    snapshot: Snapshot,
}

impl From {
    pub fn open(
        snapshot: &Snapshot,
        list: &[TableRef],
        session: &SessionContext<'_>,
    ) -> Result<From, MysqlError> {
        let mut from = From {
            tables: Vec::new(),
            scope: Vec::new(),
            columns: Vec::new(),
            conditions: Vec::new(),
            merged: Vec::new(),
            snapshot: snapshot.clone(),
        };
        for table in list {
            from.add(table, session)?;
        }
        Ok(from)
    }

    pub fn column(&self, index: usize) -> Option<&FromColumn> {
        self.columns.get(index)
    }

    /// The name of a column of a system view.
    pub fn view_column(&self, index: usize) -> Option<&str> {
        let column = self.columns.get(index)?;
        let layout = column.layout?;
        information_schema::is_view(layout.table).then_some(column.name.as_str())
    }

    /// Columns of `*` or `table.*`.
    pub fn visible_columns(&self, name: Option<&ObjectName>) -> Result<Vec<usize>, MysqlError> {
        let wanted = |c: &FromColumn| match name {
            None => true,
            Some(name) => c.alias == name.name && name.db.as_ref().is_none_or(|db| *db == c.db),
        };
        let found: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .filter(|(i, c)| {
                wanted(c) && !c.invisible && (name.is_some() || !self.merged.contains(i))
            })
            .map(|(i, _)| i)
            .collect();
        match (found.is_empty(), name) {
            (true, Some(name)) => Err(MysqlError::new(
                1051,
                format!("Unknown table '{}'", name.name),
            )),
            (_, _) => Ok(found),
        }
    }

    fn add(&mut self, table: &TableRef, session: &SessionContext<'_>) -> Result<(), MysqlError> {
        match table {
            TableRef::Table(named) => self.add_named(named, session),
            TableRef::List(list) => list.iter().try_for_each(|t| self.add(t, session)),
            TableRef::Join {
                kind,
                left,
                right,
                condition,
            } => self.add_join(*kind, left, right, condition, session),
            TableRef::Derived { .. } => Err(errors::unsupported("subqueries in FROM")),
            TableRef::JsonTable { .. } => Err(errors::unsupported("JSON_TABLE")),
        }
    }

    fn add_join(
        &mut self,
        kind: JoinKind,
        left: &TableRef,
        right: &TableRef,
        condition: &JoinCondition,
        session: &SessionContext<'_>,
    ) -> Result<(), MysqlError> {
        let (left, right, outer) = match kind {
            JoinKind::Inner | JoinKind::Straight => (left, right, false),
            JoinKind::Left => (left, right, true),
            JoinKind::Right => return Err(errors::unsupported("RIGHT JOIN")),
        };
        self.add(left, session)?;
        let before = (self.tables.len(), self.scope.len());
        self.add(right, session)?;
        if outer && self.tables.len() != before.0 + 1 {
            return Err(errors::unsupported(
                "LEFT JOIN with a join on its right side",
            ));
        }
        let conditions = match condition {
            JoinCondition::None => Vec::new(),
            JoinCondition::On(expr) => {
                conjuncts(Binder::new(&self.scope, session, "on clause").bind(expr)?)
            }
            JoinCondition::Using(names) => self.using(names, before.1)?,
            JoinCondition::Natural => return Err(errors::unsupported("NATURAL JOIN")),
        };
        match self.tables.last_mut() {
            Some(last) if outer => {
                last.left = true;
                last.on = conditions;
            }
            Some(_) | None => self.conditions.extend(conditions),
        }
        Ok(())
    }

    fn using(&mut self, names: &[String], boundary: usize) -> Result<Vec<Node>, MysqlError> {
        let mut out = Vec::new();
        for name in names {
            let find = |columns: &[ScopeColumn]| {
                columns
                    .iter()
                    .position(|c| c.name.eq_ignore_ascii_case(name))
            };
            let left = self.scope.get(..boundary).and_then(find);
            let right = self.scope.get(boundary..).and_then(find);
            let (Some(left), Some(right)) = (left, right) else {
                return Err(errors::unknown_column(name, "from clause"));
            };
            let right = right + boundary;
            self.merged.push(right);
            let node = |i: usize| {
                self.scope
                    .get(i)
                    .map(|c| Box::new(Node::Column(i, c.ty.clone())))
            };
            if let (Some(a), Some(b)) = (node(left), node(right)) {
                out.push(Node::Binary(understudy_sql::ast::BinaryOp::Eq, a, b));
            }
        }
        Ok(out)
    }

    fn add_named(
        &mut self,
        named: &NamedTable,
        session: &SessionContext<'_>,
    ) -> Result<(), MysqlError> {
        if !named.partitions.is_empty() {
            return Err(errors::unsupported("PARTITION in FROM"));
        }
        if named.system_time.is_some() || named.sample.is_some() {
            return Err(errors::unsupported("FOR SYSTEM_TIME, TABLESAMPLE"));
        }
        let db = match &named.name.db {
            Some(db) => session.fold_name(db),
            None if session.default_db.is_empty() => return Err(errors::no_database_selected()),
            None => session.fold_name(session.default_db),
        };
        let name = session.fold_name(&named.name.name);
        let alias = named.alias.clone().unwrap_or_else(|| name.clone());
        if self
            .tables
            .iter()
            .any(|t| t.alias == alias && (t.db == db || named.alias.is_some()))
        {
            return Err(MysqlError::new(
                1066,
                format!("Not unique table/alias: '{alias}'"),
            ));
        }
        let start = self.scope.len();
        if db.eq_ignore_ascii_case("information_schema") {
            let table = information_schema::open(&self.snapshot, &name, session)?;
            self.add_virtual("information_schema", table, alias, start);
            return Ok(());
        }
        for filled in ["performance_schema", "mysql"] {
            if !db.eq_ignore_ascii_case(filled) {
                continue;
            }
            let upper = name.to_ascii_uppercase();
            if let Some(table) = session.variables.virtual_table(filled, &upper) {
                self.add_virtual(filled, table?, alias, start);
                return Ok(());
            }
        }
        let catalog = self.snapshot.catalog().clone();
        let Some(table) = catalog.table(&db, &name) else {
            if ddl::is_view(&catalog, &db, &name) {
                return Err(errors::unsupported("SELECT from a view"));
            }
            if catalog.database(&db).is_none() {
                return Err(errors::unknown_database(&db));
            }
            return Err(errors::no_such_table(&db, &name));
        };
        for (i, column) in table.columns.iter().enumerate() {
            let position = u16::try_from(i).unwrap_or(u16::MAX);
            self.scope.push(ScopeColumn {
                db: db.clone(),
                table: alias.clone(),
                name: column.name.clone(),
                ty: column.ty.clone(),
            });
            self.columns.push(FromColumn {
                db: db.clone(),
                table: name.clone(),
                alias: alias.clone(),
                name: column.name.clone(),
                flags: column_flags(table, position),
                layout: None,
                invisible: column.invisible,
            });
        }
        self.tables.push(FromTable {
            width: table.columns.len(),
            source: Source::Stored(table.clone()),
            db,
            alias,
            start,
            left: false,
            on: Vec::new(),
        });
        Ok(())
    }

    fn add_virtual(&mut self, db: &str, table: VirtualTable, alias: String, start: usize) {
        for (i, (column, ty)) in table.columns.iter().enumerate() {
            self.scope.push(ScopeColumn {
                db: db.to_owned(),
                table: alias.clone(),
                name: (*column).to_owned(),
                ty: ty.clone(),
            });
            self.columns.push(FromColumn {
                db: db.to_owned(),
                table: table.name.to_owned(),
                alias: alias.clone(),
                name: (*column).to_owned(),
                flags: table.definition.map_or(0, |definition| {
                    let position = u16::try_from(i).unwrap_or(u16::MAX);
                    column_flags(&definition.table, position)
                }),
                layout: table.layout.get(i),
                invisible: false,
            });
        }
        self.tables.push(FromTable {
            width: table.columns.len(),
            source: Source::Virtual(Arc::new(table)),
            db: db.to_owned(),
            alias,
            start,
            left: false,
            on: Vec::new(),
        });
    }

    /// Rows of the only table.
    pub fn count_rows(&self) -> Result<u64, MysqlError> {
        let mut count = 0;
        for table in &self.tables {
            match &table.source {
                Source::Stored(stored) => {
                    let rows = self
                        .snapshot
                        .scan(stored, &ScanRange::all(), Direction::Forward);
                    for row in rows {
                        row.map_err(errors::store)?;
                        count += 1;
                    }
                }
                Source::Virtual(virtual_table) => {
                    count += u64::try_from(virtual_table.rows.len()).unwrap_or(u64::MAX);
                }
            }
        }
        Ok(count)
    }
}

/// The conditions that must all hold.
pub(super) fn conjuncts(node: Node) -> Vec<Node> {
    match node {
        Node::And(list) => list.into_iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}

/// Whether an expression is a bare column name, for GROUP BY and ORDER BY aliases.
pub(super) fn bare_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Column(column) if column.table.is_none() => Some(&column.column),
        _ => None,
    }
}
