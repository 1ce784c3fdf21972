//! What the executor asks of a session: variables, and the functions that only the server can answer.

use std::time::{Duration, Instant};

use understudy_base::error::MysqlError;
use understudy_exec::datum::{Coercibility, Datum};
use understudy_exec::information_schema::VirtualTable;
use understudy_exec::select::Variables;
use understudy_sql::ast::VariableScope;
use understudy_sql::context::SqlMode;
use understudy_values::decimal::Decimal;
use understudy_values::types::CollationId;

use crate::eval::{Val, system_variable};
use crate::gtid::functions::interrupted;
use crate::session::Session;
use crate::{gtid, performance_schema, show, variables};

/// How often a wait looks whether it was killed.
const WAIT_STEP: Duration = Duration::from_millis(200);

/// A session as the executor sees it.
pub struct Bridge<'a> {
    /// The session.
    pub session: &'a Session,
    /// Functions of the server have no effect: a statement is only described.
    pub dry: bool,
}

impl Variables for Bridge<'_> {
    fn system(
        &self,
        scope: Option<VariableScope>,
        component: Option<&str>,
        name: &str,
    ) -> Result<Datum, MysqlError> {
        if let Some(component) = component {
            return Err(variables::unknown(&format!("{component}.{name}")));
        }
        let signed = matches!(
            variables::find(name).map(|d| d.kind),
            Some(variables::Kind::Bool | variables::Kind::Signed(..))
        );
        let value = system_variable(self.session, scope, name)?;
        Ok(match value {
            Val::Int(value) if !signed => datum_unsigned(value),
            value => datum(&value),
        })
    }

    fn user(&self, name: &str) -> Datum {
        let value = self.session.user_variables.get(&name.to_lowercase());
        value.map_or(Datum::Null, datum)
    }

    fn function(&self, name: &str, arguments: &[Datum]) -> Option<Result<Datum, MysqlError>> {
        match name {
            "master_pos_wait"
            | "source_pos_wait"
            | "sleep"
            | "wait_for_executed_gtid_set"
            | "master_gtid_wait"
            | "wait_until_sql_thread_after_gtids"
            | "sql_thread_wait_after_gtids"
                if self.dry =>
            {
                Some(Ok(Datum::Int(0)))
            }
            "master_pos_wait" | "source_pos_wait" => Some(self.wait_for_position(name, arguments)),
            "sleep" => Some(self.sleep(arguments)),
            name => gtid::functions::call(self.session, name, arguments),
        }
    }

    fn virtual_table(&self, schema: &str, name: &str) -> Option<Result<VirtualTable, MysqlError>> {
        match schema {
            "information_schema" => show::virtual_table(self.session, name),
            other => performance_schema::table(self.session, other, name),
        }
    }
}

impl Bridge<'_> {
    /// MASTER_POS_WAIT(file, position [, seconds [, channel]])
    fn wait_for_position(&self, name: &str, arguments: &[Datum]) -> Result<Datum, MysqlError> {
        let wrong = || {
            let message =
                format!("Incorrect parameter count in the call to native function '{name}'");
            MysqlError::new(1582, message)
        };
        let (file, position, rest) = match arguments {
            [file, position, rest @ ..] if rest.len() <= 2 => (file, position, rest),
            _ => return Err(wrong()),
        };
        // A channel that is named as NULL is none.
        let unnamed = rest.get(1).is_some_and(Datum::is_null);
        // A position of NULL is 0, as in the real server.
        if file.is_null() || unnamed {
            return Ok(Datum::Null);
        }
        let file = file.to_utf8()?;
        let position = u64::try_from(position.to_i128()).unwrap_or(0);
        let seconds = rest.first().map_or(0.0, Datum::to_f64);
        let channel = rest.get(1).map(Datum::to_utf8).transpose()?;
        if seconds < 0.0 {
            if !self.session.sql_mode().has(SqlMode::STRICT_ALL_TABLES)
                && !self.session.sql_mode().has(SqlMode::STRICT_TRANS_TABLES)
            {
                return Ok(Datum::Null);
            }
            let message = "Incorrect arguments to SOURCE_POS_WAIT.";
            return Err(MysqlError::new(1210, message));
        }
        // Without a limit it waits for ever; in steps, so that KILL is heard.
        let limit = (seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)));
        let started = Instant::now();
        loop {
            let left = limit.map(|limit| limit.saturating_sub(started.elapsed()));
            let step = left.map_or(WAIT_STEP, |left| left.min(WAIT_STEP));
            let step_ms = u64::try_from(step.as_millis()).unwrap_or(0).max(1);
            let control = &self.session.shared.control;
            match control.wait_for_position(channel.as_deref(), &file, position, Some(step_ms)) {
                Ok(None) => return Ok(Datum::Null),
                // There is no such channel.
                Err(error) if error.errno == 3074 => return Ok(Datum::Null),
                Err(error) => return Err(error),
                Ok(Some(-1)) => {}
                Ok(Some(waited)) => return Ok(Datum::Int(waited)),
            }
            if let Some(error) = interrupted(self.session) {
                return Err(error);
            }
            if left.is_some_and(|left| left <= step) {
                return Ok(Datum::Int(-1));
            }
        }
    }

    /// SLEEP(seconds): 1 when killed.
    fn sleep(&self, arguments: &[Datum]) -> Result<Datum, MysqlError> {
        let seconds = match arguments {
            [seconds] if !seconds.is_null() && seconds.to_f64() >= 0.0 => seconds.to_f64(),
            _ => return Err(MysqlError::new(1210, "Incorrect arguments to sleep.")),
        };
        let until = Instant::now() + Duration::from_secs_f64(seconds.min(1e9));
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Datum::Int(0));
            }
            if interrupted(self.session).is_some() {
                return Ok(Datum::Int(1));
            }
            std::thread::sleep(left.min(WAIT_STEP));
        }
    }
}

fn datum_unsigned(value: i128) -> Datum {
    match u64::try_from(value) {
        Ok(value) => Datum::UInt(value),
        Err(_) => datum(&Val::Int(value)),
    }
}

fn datum(value: &Val) -> Datum {
    match value {
        Val::Null => Datum::Null,
        Val::Int(value) => match i64::try_from(*value) {
            Ok(value) => Datum::Int(value),
            Err(_) => u64::try_from(*value).map_or(Datum::Null, Datum::UInt),
        },
        Val::Decimal(text) => match Decimal::parse(text.as_bytes()) {
            Ok(Some((decimal, _))) => Datum::Decimal(decimal),
            Ok(None) | Err(_) => Datum::text(text.as_str()),
        },
        Val::Double(value) => Datum::Double(*value),
        Val::Text(text) => Datum::text(text.as_str()),
        Val::Bytes(bytes) => Datum::Text(bytes.clone(), CollationId::BINARY, Coercibility::System),
    }
}
