//! PARTITION BY as SHOW CREATE TABLE prints it.
//!
//! Rows are stored in one place whatever the partitions are: the clause is kept for printing. Statements
//! that remove rows by partition are refused ([`super::alter_table`]).

use understudy_base::error::MysqlError;
use understudy_sql::ast::{
    Expr, PartitionMethod, PartitionOption, PartitionSpec, PartitionValues, Partitioning,
};
use understudy_storage::schema::Flavour;

use super::context::StatementContext;
use super::expression;
use super::options::engine_name;
use crate::errors;

/// The text that follows the table options, with its leading line break or space.
pub(crate) fn print(
    clause: &Partitioning,
    engine: &str,
    ctx: &StatementContext,
) -> Result<String, MysqlError> {
    let printer = PartitionPrinter {
        flavour: ctx.flavour,
        engine,
        ctx,
        source: clause.source.as_str(),
    };
    let mut out = String::from("PARTITION BY ");
    printer.method(&mut out, &clause.method, 0)?;
    if let Some(count) = clause.count.filter(|_| clause.partitions.is_empty()) {
        out.push_str(&format!("\nPARTITIONS {count}"));
    }
    if let Some(method) = &clause.subpartitioning {
        out.push_str("\nSUBPARTITION BY ");
        printer.method(&mut out, method, 1)?;
        let listed = clause
            .partitions
            .iter()
            .any(|p| !p.subpartitions.is_empty());
        if let Some(count) = clause.subpartition_count.filter(|_| !listed) {
            out.push_str(&format!("\nSUBPARTITIONS {count}"));
        }
    }
    if !clause.partitions.is_empty() {
        let texts = clause
            .partitions
            .iter()
            .map(|p| printer.partition(p, &clause.method))
            .collect::<Result<Vec<_>, _>>()?;
        out.push_str(&format!("\n({})", texts.join(",\n ")));
    }
    if ctx.flavour.mariadb {
        return Ok(format!("\n {out}"));
    }
    let columns = matches!(
        clause.method,
        PartitionMethod::RangeColumns(_) | PartitionMethod::ListColumns(_)
    );
    let version = if columns { 50500 } else { 50100 };
    Ok(format!("\n/*!{version} {out} */"))
}

struct PartitionPrinter<'a> {
    flavour: Flavour,
    engine: &'a str,
    ctx: &'a StatementContext,
    source: &'a str,
}

impl PartitionPrinter<'_> {
    fn name(&self, name: &str) -> String {
        let plain = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$');
        if self.flavour.mariadb || !plain {
            format!("`{}`", name.replace('`', "``"))
        } else {
            name.to_owned()
        }
    }

    fn names(&self, names: &[String]) -> String {
        let all: Vec<String> = names.iter().map(|n| self.name(n)).collect();
        all.join(",")
    }

    fn method(
        &self,
        out: &mut String,
        method: &PartitionMethod,
        nth: usize,
    ) -> Result<(), MysqlError> {
        match method {
            PartitionMethod::Hash { linear, expr } => {
                let word = if *linear { "LINEAR HASH" } else { "HASH" };
                out.push_str(&format!("{word} ({})", self.function(expr, "HASH", nth)?));
            }
            PartitionMethod::Key {
                linear,
                algorithm,
                columns,
            } => {
                let word = if *linear { "LINEAR KEY" } else { "KEY" };
                let algorithm = match algorithm {
                    Some(n) if !self.flavour.mariadb => format!("/*!50611 ALGORITHM = {n} */ "),
                    Some(n) => format!("ALGORITHM = {n} "),
                    None => String::new(),
                };
                out.push_str(&format!("{word} {algorithm}({})", self.names(columns)));
            }
            PartitionMethod::Range(expr) => {
                out.push_str(&format!("RANGE ({})", self.function(expr, "RANGE", nth)?));
            }
            PartitionMethod::RangeColumns(columns) => {
                out.push_str(&format!("RANGE  COLUMNS({})", self.names(columns)));
            }
            PartitionMethod::List(expr) => {
                out.push_str(&format!("LIST ({})", self.function(expr, "LIST", nth)?));
            }
            PartitionMethod::ListColumns(columns) => {
                out.push_str(&format!("LIST  COLUMNS({})", self.names(columns)));
            }
            PartitionMethod::SystemTime { .. } => {
                return Err(errors::unsupported("PARTITION BY SYSTEM_TIME"));
            }
        }
        Ok(())
    }

    /// The partitioning expression: MySQL 5 keeps it as it was written.
    fn function(&self, expr: &Expr, keyword: &str, nth: usize) -> Result<String, MysqlError> {
        let old = !self.flavour.mariadb && self.flavour.version < 80000;
        if old && let Some(text) = in_parentheses(self.source, keyword, nth) {
            return Ok(text);
        }
        expression::partition(expr, self.ctx)
    }

    fn partition(
        &self,
        spec: &PartitionSpec,
        method: &PartitionMethod,
    ) -> Result<String, MysqlError> {
        let mut out = format!("PARTITION {}", self.name(&spec.name));
        match &spec.values {
            PartitionValues::None => {}
            PartitionValues::LessThan(values) => {
                let columns = matches!(method, PartitionMethod::RangeColumns(_));
                out.push_str(" VALUES LESS THAN ");
                if let ([None], false) = (values.as_slice(), columns) {
                    out.push_str("MAXVALUE");
                } else {
                    out.push_str(&format!("({})", self.values(values)?));
                }
            }
            PartitionValues::In(rows) => {
                let texts = rows
                    .iter()
                    .map(|row| {
                        let text = self.values(row)?;
                        Ok(if row.len() > 1 {
                            format!("({text})")
                        } else {
                            text
                        })
                    })
                    .collect::<Result<Vec<_>, MysqlError>>()?;
                out.push_str(&format!(" VALUES IN ({})", texts.join(",")));
            }
            PartitionValues::Default => out.push_str(" DEFAULT"),
            PartitionValues::Current | PartitionValues::History => {
                return Err(errors::unsupported("PARTITION BY SYSTEM_TIME"));
            }
        }
        if spec.subpartitions.is_empty() {
            out.push_str(&self.options(&spec.options)?);
            return Ok(out);
        }
        let parts = spec
            .subpartitions
            .iter()
            .map(|s| {
                let options = self.options(&s.options)?;
                Ok(format!("SUBPARTITION {}{options}", self.name(&s.name)))
            })
            .collect::<Result<Vec<_>, MysqlError>>()?;
        out.push_str(&format!("\n ({})", parts.join(",\n  ")));
        Ok(out)
    }

    fn values(&self, values: &[Option<Expr>]) -> Result<String, MysqlError> {
        let texts = values
            .iter()
            .map(|value| match value {
                None => Ok("MAXVALUE".to_owned()),
                Some(expr) => expression::partition_value(expr, self.ctx),
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(texts.join(","))
    }

    fn options(&self, options: &[PartitionOption]) -> Result<String, MysqlError> {
        let mut engine = self.engine.to_owned();
        let mut ranked: Vec<(u8, String)> = Vec::new();
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        for option in options {
            match option {
                PartitionOption::Engine(name) => engine = engine_name(name, self.ctx)?,
                PartitionOption::Comment(text) => {
                    ranked.push((6, format!(" COMMENT = {}", quoted(text))));
                }
                PartitionOption::DataDirectory(path) => {
                    ranked.push((4, format!(" DATA DIRECTORY = {}", quoted(path))));
                }
                PartitionOption::IndexDirectory(path) => {
                    ranked.push((5, format!(" INDEX DIRECTORY = {}", quoted(path))));
                }
                PartitionOption::MaxRows(n) => ranked.push((2, format!(" MAX_ROWS = {n}"))),
                PartitionOption::MinRows(n) => ranked.push((3, format!(" MIN_ROWS = {n}"))),
                PartitionOption::Tablespace(name) => {
                    ranked.push((0, format!(" TABLESPACE = `{name}`")));
                }
                PartitionOption::NodeGroup(n) => ranked.push((1, format!(" NODEGROUP = {n}"))),
                PartitionOption::EngineDefined(option) => ranked.push((
                    7,
                    format!(" {}", super::elements::engine_option(option, self.flavour)),
                )),
            }
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        let mut out: String = ranked.into_iter().map(|(_, text)| text).collect();
        out.push_str(&format!(" ENGINE = {engine}"));
        Ok(out)
    }
}

/// The text in the parentheses after the `nth` partitioning method of the clause.
fn in_parentheses(source: &str, keyword: &str, nth: usize) -> Option<String> {
    let upper = source.to_ascii_uppercase();
    let start = if nth == 0 {
        0
    } else {
        upper.find("SUBPARTITION")?
    };
    let at = start + upper.get(start..)?.find(keyword)? + keyword.len();
    let rest = source.get(at..)?.trim_start();
    let inner = rest.strip_prefix('(')?;
    let mut depth = 1;
    for (i, c) in inner.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return inner.get(..i).map(|text| text.trim_end().to_owned());
        }
    }
    None
}
