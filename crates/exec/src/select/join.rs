//! Nested-loop join: reads the tables of FROM in order, each through its access path, and filters as early
//! as the values are there. Streams; memory is one row a table.

use std::sync::Arc;

use understudy_base::error::MysqlError;
use understudy_storage::{Rows, Snapshot, Table};
use understudy_values::temporal::zone::TimeZone;

use super::access::{Access, WantedOrder};
use super::from::{From, Source, conjuncts};
use crate::errors;
use crate::eval::{Node, Row};
use crate::information_schema::VirtualTable;

/// A joined row: one packed field a column.
pub(super) type Fields = Vec<Option<Vec<u8>>>;

enum Reader {
    Stored(Arc<Table>, Access),
    Virtual(Arc<VirtualTable>),
}

enum Cursor {
    Stored(Rows, Arc<Table>),
    Virtual(Arc<VirtualTable>, usize),
}

struct Level {
    reader: Reader,
    start: usize,
    width: usize,
    left: bool,
    /// What makes a LEFT JOIN's row match.
    on: Vec<Node>,
    /// Conditions that can be judged once this table has its row.
    filter: Vec<Node>,
}

struct Open {
    cursor: Cursor,
    matched: bool,
    /// The NULL row of a LEFT JOIN has been given.
    done: bool,
}

/// The rows of FROM and WHERE.
pub(super) struct Join {
    levels: Vec<Level>,
    open: Vec<Open>,
    row: Fields,
    snapshot: Snapshot,
    zone: TimeZone,
    /// Conditions without columns: one that fails empties the result.
    constant: Vec<Node>,
    started: bool,
    ordered: bool,
}

impl Join {
    pub fn new(
        from: &From,
        snapshot: &Snapshot,
        filter: Option<Node>,
        order: &WantedOrder,
        zone: TimeZone,
    ) -> Result<Join, MysqlError> {
        let mut conditions: Vec<Node> = from.conditions.clone();
        conditions.extend(filter.into_iter().flat_map(conjuncts));
        let (constant, conditions): (Vec<Node>, Vec<Node>) =
            conditions.into_iter().partition(Node::is_constant);
        let single = from.tables.len() == 1;
        let mut levels = Vec::new();
        let mut ordered = false;
        for table in &from.tables {
            let end = table.start + table.width;
            let known = |i: usize| i < table.start;
            let reader = match &table.source {
                Source::Virtual(rows) => Reader::Virtual(rows.clone()),
                Source::Stored(stored) => {
                    let serving = if table.left { &table.on } else { &conditions };
                    let none = WantedOrder::new();
                    let order = if single { order } else { &none };
                    let access = Access::choose(stored, table.start, serving, &known, order);
                    ordered = single && access.ordered;
                    Reader::Stored(stored.clone(), access)
                }
            };
            let filter = conditions
                .iter()
                .filter(|c| (table.start..end).contains(&last_column(c)))
                .cloned()
                .collect();
            levels.push(Level {
                reader,
                start: table.start,
                width: table.width,
                left: table.left,
                on: table.on.clone(),
                filter,
            });
        }
        let width = from.scope.len();
        Ok(Join {
            levels,
            open: Vec::new(),
            row: vec![None; width],
            snapshot: snapshot.clone(),
            zone,
            constant,
            started: false,
            ordered,
        })
    }

    /// Rows come in the wanted order.
    pub fn is_ordered(&self) -> bool {
        self.ordered
    }

    fn holds(&self, conditions: &[Node]) -> Result<bool, MysqlError> {
        let row = Row {
            fields: &self.row,
            aggregates: &[],
            zone: &self.zone,
        };
        for condition in conditions {
            if condition.eval(&row)?.truth() != Some(true) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn open_level(&mut self, depth: usize) -> Result<(), MysqlError> {
        let Some(level) = self.levels.get(depth) else {
            return Ok(());
        };
        let cursor = match &level.reader {
            Reader::Virtual(table) => Cursor::Virtual(table.clone(), 0),
            Reader::Stored(table, access) => {
                let row = Row {
                    fields: &self.row,
                    aggregates: &[],
                    zone: &self.zone,
                };
                let range = access.range(table, &row);
                let rows = match access.index_number() {
                    Some(number) => self
                        .snapshot
                        .index_scan(table, number, &range, access.direction)
                        .map_err(errors::store)?,
                    None => self.snapshot.scan(table, &range, access.direction),
                };
                Cursor::Stored(rows, table.clone())
            }
        };
        self.open.push(Open {
            cursor,
            matched: false,
            done: false,
        });
        Ok(())
    }

    /// Puts the next row of the deepest open table into place; false at its end.
    fn advance(&mut self) -> Result<bool, MysqlError> {
        let depth = self.open.len() - 1;
        let (Some(level), Some(open)) = (self.levels.get(depth), self.open.last_mut()) else {
            return Ok(false);
        };
        if open.done {
            return Ok(false);
        }
        let Some(slots) = self.row.get_mut(level.start..level.start + level.width) else {
            return Ok(false);
        };
        if read(&mut open.cursor, slots)? {
            return Ok(true);
        }
        if level.left && !open.matched {
            slots.fill(None);
            open.done = true;
            return Ok(true);
        }
        Ok(false)
    }

    fn step(&mut self) -> Result<Option<Fields>, MysqlError> {
        if !self.started {
            self.started = true;
            let constant = std::mem::take(&mut self.constant);
            if !self.holds(&constant)? {
                return Ok(None);
            }
            if self.levels.is_empty() {
                return Ok(Some(Vec::new()));
            }
            self.open_level(0)?;
        }
        while let Some(depth) = self.open.len().checked_sub(1) {
            if !self.advance()? {
                self.open.pop();
                continue;
            }
            let Some(level) = self.levels.get(depth) else {
                break;
            };
            let null_row = self.open.last().is_some_and(|o| o.done);
            if level.left && !null_row {
                if !self.holds(&level.on)? {
                    continue;
                }
                if let Some(open) = self.open.last_mut() {
                    open.matched = true;
                }
            }
            let Some(level) = self.levels.get(depth) else {
                break;
            };
            if !self.holds(&level.filter)? {
                continue;
            }
            if depth + 1 == self.levels.len() {
                return Ok(Some(self.row.clone()));
            }
            self.open_level(depth + 1)?;
        }
        Ok(None)
    }
}

fn read(cursor: &mut Cursor, slots: &mut [Option<Vec<u8>>]) -> Result<bool, MysqlError> {
    match cursor {
        Cursor::Virtual(table, at) => {
            let Some(row) = table.rows.get(*at) else {
                return Ok(false);
            };
            *at += 1;
            slots.clone_from_slice(row);
            Ok(true)
        }
        Cursor::Stored(rows, table) => {
            let Some(row) = rows.next() else {
                return Ok(false);
            };
            let (_, row) = row.map_err(errors::store)?;
            let fields = table.split(row.image()).map_err(|e| {
                MysqlError::new(1030, format!("Got error from storage engine: {e}"))
            })?;
            for (slot, field) in slots.iter_mut().zip(fields) {
                match (slot.as_mut(), field) {
                    (Some(buffer), Some(field)) => {
                        buffer.clear();
                        buffer.extend_from_slice(field);
                    }
                    (_, field) => *slot = field.map(<[u8]>::to_vec),
                }
            }
            Ok(true)
        }
    }
}

/// The last column that a condition needs.
fn last_column(node: &Node) -> usize {
    let mut last = 0;
    node.walk(&mut |n| {
        if let Node::Column(i, _) = n {
            last = last.max(*i);
        }
    });
    last
}

impl Iterator for Join {
    type Item = Result<Fields, MysqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.step();
        if result.is_err() {
            self.open.clear();
        }
        result.transpose()
    }
}
