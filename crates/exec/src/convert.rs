//! Conversion of a stored field to another column type, as ALTER TABLE copies rows.

use understudy_base::error::MysqlError;
use understudy_storage::schema::{ColumnDef, DefaultValue};
use understudy_values::cast::{self, CastContext};
use understudy_values::temporal::Timestamp;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::ColumnType;
use understudy_values::value::Value;

use crate::ddl::StatementContext;
use crate::pack::{self, PackMode};
use crate::{charsets, errors};

/// A conversion of one column.
#[derive(Debug)]
pub(crate) struct Conversion {
    from: ColumnType,
    to: ColumnType,
    column: String,
    nullable: bool,
    /// What NULL becomes in a column that is NOT NULL now.
    null_becomes: Option<Vec<u8>>,
    context: CastContext,
    /// A TIME is to get the session's date, which the source has not written (MySQL 5.6).
    date_unknown: bool,
}

impl Conversion {
    pub fn new(
        old: &ColumnDef,
        new: &ColumnDef,
        ctx: &StatementContext,
    ) -> Result<Conversion, MysqlError> {
        let zone = TimeZone::parse(&ctx.time_zone).unwrap_or(TimeZone::UTC);
        let mut bare = new.clone();
        bare.default = DefaultValue::None;
        bare.nullable = false;
        let null_becomes = if new.nullable {
            None
        } else {
            crate::ddl::default_field(&bare, &zone)?
        };
        let now = Timestamp {
            seconds: u32::try_from(ctx.timestamp_s).unwrap_or(u32::MAX),
            micros: ctx.timestamp_us,
        };
        Ok(Conversion {
            from: old.ty.clone(),
            to: new.ty.clone(),
            column: new.name.clone(),
            nullable: new.nullable,
            null_becomes,
            date_unknown: ctx.time_zone.is_empty()
                && matches!(old.ty, ColumnType::Time { .. })
                && matches!(new.ty, ColumnType::Date | ColumnType::DateTime { .. }),
            context: CastContext {
                strict: ctx.strict(),
                today: zone.to_local(now).date,
                time_zone: zone,
                server: charsets::server(ctx.flavour),
            },
        })
    }

    /// The new field of one row.
    pub fn field(&self, old: Option<&[u8]>, row: u64) -> Result<Option<Vec<u8>>, MysqlError> {
        let Some(old) = old else {
            return if self.nullable {
                Ok(None)
            } else if self.context.strict {
                Err(MysqlError::new(1138, "Invalid use of NULL value"))
            } else {
                Ok(self.null_becomes.clone())
            };
        };
        if self.date_unknown {
            return Err(errors::unsupported(
                "ALTER TABLE of a TIME to a date: the binary log does not say in which time zone it ran",
            ));
        }
        let field = self
            .from
            .decode(old)
            .and_then(|value| cast::convert(&value, &self.from, &self.to, &self.context))
            .and_then(|converted| match converted.value {
                Value::Null => Ok(None),
                value => self.to.encode(&value).map(Some),
            })
            .map_err(|e| errors::value_of_column(&e, &self.column, row))?;
        Ok(match field {
            None if !self.nullable => self.null_becomes.clone(),
            field => field,
        })
    }
}

/// A whole number as a field of an integer column.
pub(crate) fn integer_field(ty: &ColumnType, value: u64) -> Result<Option<Vec<u8>>, MysqlError> {
    pack::pack_integer(ty, value.into(), &PackMode::strict())
        .map(Some)
        .map_err(|e| errors::value(&e))
}
