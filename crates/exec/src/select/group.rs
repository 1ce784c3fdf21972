//! GROUP BY and aggregates: one state a group, held in memory.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use understudy_base::error::MysqlError;
use understudy_sql::ast::{AggregateKind, BinaryOp};
use understudy_values::key::{self, TextOrder};
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::ColumnType;

use super::join::{Fields, Join};
use super::order::Plan;
use super::{output_field, result_mode};
use crate::datum::{Datum, compare};
use crate::errors;
use crate::eval::{AggregateCall, Row, apply_binary, result_type};

/// Groups with the row that stands for each.
pub(super) type Groups = Box<dyn Iterator<Item = Result<(Fields, Vec<Datum>), MysqlError>> + Send>;

struct Group {
    first: Fields,
    states: Vec<State>,
}

/// What an aggregate has seen.
struct State {
    count: u64,
    value: Datum,
    seen: HashSet<Vec<u8>>,
}

/// Reads all rows and makes groups of them; without GROUP BY there is always one.
pub(super) fn run(
    plan: &Plan,
    join: Join,
    zone: &TimeZone,
    memory_limit: usize,
) -> Result<Groups, MysqlError> {
    let types: Vec<ColumnType> = plan.group_by.iter().map(result_type).collect();
    let mode = result_mode(zone);
    let mut groups: BTreeMap<Vec<u8>, Group> = BTreeMap::new();
    let mut held = 0usize;
    for row in join {
        let fields = row?;
        let row = Row {
            fields: &fields,
            aggregates: &[],
            zone,
        };
        let mut group_key = Vec::new();
        for (node, ty) in plan.group_by.iter().zip(&types) {
            let field = output_field(node, ty, &row, &mode)?;
            let order = TextOrder::Collation;
            key::encode(ty, field.as_deref(), None, false, order, &mut group_key)
                .map_err(|e| errors::value(&e))?;
        }
        if !groups.contains_key(&group_key) {
            held += group_key.len()
                + fields.iter().flatten().map(|f| f.len() + 24).sum::<usize>()
                + 128;
            if held > memory_limit {
                return Err(MysqlError::new(
                    1038,
                    "Out of sort memory, consider increasing server sort buffer size",
                ));
            }
        }
        let group = groups.entry(group_key).or_insert_with(|| Group {
            first: fields.clone(),
            states: new_states(&plan.aggregates),
        });
        for (state, call) in group.states.iter_mut().zip(&plan.aggregates) {
            held += state.add(call, &row)?;
        }
    }
    if groups.is_empty() && plan.group_by.is_empty() {
        let empty = Group {
            first: Vec::new(),
            states: new_states(&plan.aggregates),
        };
        groups.insert(Vec::new(), empty);
    }
    let calls = plan.aggregates.clone();
    Ok(Box::new(groups.into_values().map(move |group| {
        let values = group
            .states
            .into_iter()
            .zip(&calls)
            .map(|(state, call)| state.finish(call))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((group.first, values))
    })))
}

fn new_states(calls: &[AggregateCall]) -> Vec<State> {
    calls
        .iter()
        .map(|_| State {
            count: 0,
            value: Datum::Null,
            seen: HashSet::new(),
        })
        .collect()
}

impl State {
    /// Takes one row in; says how many bytes it holds more.
    fn add(&mut self, call: &AggregateCall, row: &Row<'_>) -> Result<usize, MysqlError> {
        let Some(argument) = &call.argument else {
            self.count += 1;
            return Ok(0);
        };
        let value = argument.eval(row)?;
        if value.is_null() {
            return Ok(0);
        }
        let mut bytes = 0;
        if call.distinct {
            let ty = result_type(argument);
            let field = value
                .to_field(&ty, &result_mode(row.zone))
                .map_err(|e| errors::value(&e))?;
            let mut seen = Vec::new();
            let order = TextOrder::Collation;
            key::encode(&ty, field.as_deref(), None, false, order, &mut seen)
                .map_err(|e| errors::value(&e))?;
            bytes = seen.len() + 48;
            if !self.seen.insert(seen) {
                return Ok(0);
            }
        }
        self.count += 1;
        let first = self.value.is_null();
        match call.kind {
            AggregateKind::Count => {}
            AggregateKind::Min | AggregateKind::Max => {
                let wanted = if call.kind == AggregateKind::Min {
                    Ordering::Less
                } else {
                    Ordering::Greater
                };
                if first || compare(&value, &self.value)? == Some(wanted) {
                    self.value = value;
                }
            }
            AggregateKind::Sum | AggregateKind::Avg => {
                let value = match value {
                    Datum::Double(_) | Datum::Text(..) | Datum::Member(..) | Datum::Json(_) => {
                        Datum::Double(value.to_f64())
                    }
                    exact => Datum::Decimal(exact.to_decimal()),
                };
                self.value = if first {
                    value
                } else {
                    let sum = std::mem::replace(&mut self.value, Datum::Null);
                    apply_binary(BinaryOp::Add, sum, value)?
                };
            }
            _ => {
                if first {
                    self.value = value;
                }
            }
        }
        Ok(bytes)
    }

    fn finish(self, call: &AggregateCall) -> Result<Datum, MysqlError> {
        let count = Datum::Int(i64::try_from(self.count).unwrap_or(i64::MAX));
        match call.kind {
            AggregateKind::Count => Ok(count),
            AggregateKind::Avg if self.count > 0 => apply_binary(BinaryOp::Div, self.value, count),
            _ => Ok(self.value),
        }
    }
}
