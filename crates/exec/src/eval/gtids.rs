//! `GTID_SUBSET` and `GTID_SUBTRACT`.

use understudy_base::error::MysqlError;
use understudy_base::gtid::GtidSet;

use crate::datum::Datum;

fn set(value: &Datum) -> Result<GtidSet, MysqlError> {
    value.to_utf8()?.parse().map_err(|problem| {
        MysqlError::new(
            1772,
            format!("Malformed GTID set specification '{problem}'."),
        )
    })
}

/// Every GTID of the first set is in the second.
pub fn subset(part: &Datum, whole: &Datum) -> Result<Datum, MysqlError> {
    let part = set(part)?;
    Ok(Datum::bool(set(whole)?.contains_all(&part)))
}

/// The GTIDs of the first set that are not in the second.
pub fn subtract(from: &Datum, less: &Datum) -> Result<Datum, MysqlError> {
    let mut rest = set(from)?;
    rest.subtract(&set(less)?);
    Ok(Datum::text(rest.to_string()))
}
