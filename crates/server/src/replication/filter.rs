//! CHANGE REPLICATION FILTER, the variables by which MariaDB shows and sets filters, and the tables of
//! `performance_schema` that show them.

use understudy_base::error::MysqlError;
use understudy_base::filter::{
    FilterChange, FilterKind, FilterRule, parse_list, parse_rule, variable_text,
};
use understudy_exec::information_schema::{Cell, VirtualTable};
use understudy_sql::ast::{ChangeFilter, ObjectName, ReplicationFilter};

use super::ADMIN;
use crate::session::Session;
use crate::variables;

/// Runs the statement.
pub fn change_filter(session: &Session, change: &ChangeFilter) -> Result<(), MysqlError> {
    session.require(ADMIN)?;
    let mut changes: Vec<FilterChange> = Vec::with_capacity(change.filters.len());
    for filter in &change.filters {
        let change = rules(filter)?;
        // Of several of one kind the last counts.
        changes.retain(|before| before.kind != change.kind);
        changes.push(change);
    }
    let channel = change.channel.as_deref();
    session.shared.control.change_filter(channel, &changes)?;
    if channel.is_none() {
        for change in changes {
            let name = change.kind.name();
            if let Some(definition) = variables::find(name) {
                let text = variable_text(change.kind, &change.rules);
                session.shared.globals.put(definition, text);
            }
        }
    }
    Ok(())
}

/// The text that a variable keeps: of a filter its rules as MariaDB prints them, of others what was given.
pub fn filter_variable(name: &str, text: String) -> String {
    let rules = FilterKind::by_option(name).map(|kind| (kind, parse_list(kind, &text)));
    match rules {
        Some((kind, Ok(rules))) => variable_text(kind, &rules),
        Some((_, Err(_))) | None => text,
    }
}

/// Rows of `replication_applier_filters` or of `replication_applier_global_filters`.
pub fn filter_rows(session: &Session, table: &mut VirtualTable, of_channels: bool) {
    let filters = session.shared.control.filters();
    for row in filters.channels.into_iter().chain(filters.global) {
        if row.channel.is_some() != of_channels {
            continue;
        }
        let counter = row.channel.is_some().then_some(row.counter);
        let mut cells: Vec<Cell> = row.channel.into_iter().map(Cell::from).collect();
        cells.push(row.kind.name().into());
        cells.push(row.rule.into());
        cells.push(row.configured_by.name().into());
        cells.push(Cell::Time(row.active_since_us));
        cells.extend(counter.map(Cell::from));
        table.push(cells);
    }
}

fn rules(filter: &ReplicationFilter) -> Result<FilterChange, MysqlError> {
    let names = |list: &[String]| -> Vec<FilterRule> {
        list.iter().map(|n| (n.clone(), String::new())).collect()
    };
    let tables = |list: &[ObjectName]| -> Vec<FilterRule> {
        let pair = |n: &ObjectName| (n.db.clone().unwrap_or_default(), n.name.clone());
        list.iter().map(pair).collect()
    };
    let (kind, rules) = match filter {
        ReplicationFilter::DoDb(list) => (FilterKind::DoDb, names(list)),
        ReplicationFilter::IgnoreDb(list) => (FilterKind::IgnoreDb, names(list)),
        ReplicationFilter::DoTable(list) => (FilterKind::DoTable, tables(list)),
        ReplicationFilter::IgnoreTable(list) => (FilterKind::IgnoreTable, tables(list)),
        ReplicationFilter::WildDoTable(list) => (FilterKind::WildDoTable, patterns(list)?),
        ReplicationFilter::WildIgnoreTable(list) => (FilterKind::WildIgnoreTable, patterns(list)?),
        ReplicationFilter::RewriteDb(pairs) => (FilterKind::RewriteDb, pairs.clone()),
    };
    Ok(FilterChange { kind, rules })
}

fn patterns(list: &[String]) -> Result<Vec<FilterRule>, MysqlError> {
    let pattern = |text: &String| {
        parse_rule(FilterKind::WildDoTable, text).map_err(|_| {
            MysqlError::new(
                3067,
                "Supplied filter list contains a value which is not in the required format \
                 'db_pattern.table_pattern'",
            )
        })
    };
    list.iter().map(pattern).collect()
}
