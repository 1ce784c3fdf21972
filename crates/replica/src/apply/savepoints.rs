//! SAVEPOINT, ROLLBACK TO SAVEPOINT and RELEASE SAVEPOINT inside a replicated transaction.
//!
//! Sources write them when a transaction cannot be taken back as a whole, because it changed a table that knows no
//! transactions too. What the binary log has between SAVEPOINT and ROLLBACK TO is then to be undone here as well.

use super::query::unsupported;
use super::{Done, Run};
use understudy_base::error::MysqlError;
use understudy_storage::Savepoint;

/// A point in the open transaction.
pub(super) struct Mark {
    /// In lower case: names are those of any case.
    name: String,
    point: Point,
}

enum Point {
    /// In the store's transaction.
    Store(Savepoint),
    /// In the events of an XA transaction, which are applied at its end: their length in bytes.
    Xa(usize),
}

impl Run {
    /// SAVEPOINT: one of the same name is forgotten.
    pub(super) fn savepoint(&mut self, name: &str) -> Result<Done, MysqlError> {
        let name = name.to_lowercase();
        let point = match &self.xa {
            Some(collected) => Point::Xa(collected.len()),
            None => Point::Store(self.writer().savepoint()),
        };
        self.savepoints.retain(|mark| mark.name != name);
        self.savepoints.push(Mark { name, point });
        Ok(Done::Applied)
    }

    /// ROLLBACK TO SAVEPOINT: the savepoint stays, those after it are forgotten.
    pub(super) fn rollback_to_savepoint(&mut self, name: &str) -> Result<Done, MysqlError> {
        let at = self.find_savepoint(name)?;
        self.savepoints.truncate(at + 1);
        let done = match (self.savepoints.last().map(|mark| &mark.point), &mut self.xa) {
            (Some(Point::Xa(len)), Some(collected)) => {
                collected.truncate(*len);
                true
            }
            (Some(Point::Store(point)), None) => {
                let point = *point;
                self.writer().rollback_to(&point)
            }
            _ => false,
        };
        if done {
            Ok(Done::Applied)
        } else {
            Err(unsupported(
                "ROLLBACK TO SAVEPOINT in a transaction that does not fit into memory",
            ))
        }
    }

    /// RELEASE SAVEPOINT: it and those after it are forgotten.
    pub(super) fn release_savepoint(&mut self, name: &str) -> Result<Done, MysqlError> {
        let at = self.find_savepoint(name)?;
        self.savepoints.truncate(at);
        Ok(Done::Applied)
    }

    fn find_savepoint(&self, name: &str) -> Result<usize, MysqlError> {
        let wanted = name.to_lowercase();
        self.savepoints
            .iter()
            .position(|mark| mark.name == wanted)
            .ok_or_else(|| MysqlError::new(1305, format!("SAVEPOINT {name} does not exist")))
    }
}
