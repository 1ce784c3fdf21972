//! The variables of GTIDs: what is shown, and the rules for setting them.

use understudy_base::error::MysqlError;
use understudy_base::gtid::{GtidSet, MariadbGtid, MariadbGtidList};

use understudy_wire::capabilities::Capabilities;
use understudy_wire::response::SessionChange;

use super::Next;
use super::next::outside_transaction;
use crate::eval::Val;
use crate::session::Session;
use crate::variables::check::wrong_value;

/// The value of a variable that replication or the session's state gives.
pub fn text(session: &Session, name: &str, global: bool) -> Option<String> {
    let gtids = || session.shared.control.gtids();
    let text = match name {
        // Without a binary log everything executed counts as purged.
        "gtid_executed" | "gtid_purged" => gtids().executed.to_string(),
        "gtid_owned" if global => session.shared.gtids.text(),
        "gtid_owned" => session.gtid.owned(),
        "gtid_next" => session.gtid.next.to_string(),
        "gtid_slave_pos" | "gtid_current_pos" => sorted(&gtids().slave_pos).to_string(),
        _ => return None,
    };
    Some(text)
}

/// In order of domains, as MariaDB shows a position.
pub fn sorted(position: &MariadbGtidList) -> MariadbGtidList {
    let mut gtids: Vec<MariadbGtid> = position.iter().copied().collect();
    gtids.sort_by_key(|gtid| gtid.domain);
    gtids.into_iter().collect()
}

/// Error 3138.
fn no_owner(session: &Session, name: &str) -> Result<(), MysqlError> {
    if !session.gtid.owns {
        return Ok(());
    }
    let message = format!(
        "Variable {name} cannot be changed by a client that owns a GTID. The client owns {}. Ownership is \
         released on COMMIT or ROLLBACK.",
        session.gtid.owned()
    );
    Err(MysqlError::new(3138, message))
}

/// Whether SET GLOBAL may set the variable, whose value was checked by its kind.
pub fn allowed(session: &Session, name: &str, value: &str) -> Result<(), MysqlError> {
    match name {
        "gtid_mode" => {
            outside_transaction(session, name)?;
            no_owner(session, name)?;
            step(session, value)
        }
        "enforce_gtid_consistency" => {
            let on = session.shared.globals.text("gtid_mode") == "ON";
            if on && value != "ON" {
                let message = "GTID_MODE = ON requires ENFORCE_GTID_CONSISTENCY = ON.";
                return Err(MysqlError::new(1779, message));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// From one `gtid_mode` to another.
fn step(session: &Session, value: &str) -> Result<(), MysqlError> {
    let number = |mode: &str| match mode {
        "OFF" => 0,
        "OFF_PERMISSIVE" => 1,
        "ON_PERMISSIVE" => 2,
        _ => 3i32,
    };
    let (from, to) = (
        number(&session.shared.globals.text("gtid_mode")),
        number(value),
    );
    if from == to {
        return Ok(());
    }
    if (from - to).abs() > 1 {
        return Err(MysqlError::new(
            1788,
            "The value of @@GLOBAL.GTID_MODE can only be changed one step at a time: OFF <-> \
             OFF_PERMISSIVE <-> ON_PERMISSIVE <-> ON. Also note that this value must be stepped up or \
             down simultaneously on all servers. See the Manual for instructions.",
        ));
    }
    let refused = |shown: &str, why: &str| {
        let message = format!("SET @@GLOBAL.GTID_MODE = {shown} is not allowed because {why}.");
        Err(MysqlError::new(3111, message))
    };
    if let Some(why) = channel_needs(session, value)? {
        return refused(value, &why);
    }
    if let Some((shown, why)) = session_needs(session, value) {
        return refused(shown, why);
    }
    Ok(())
}

/// What of the channels does not go with a `gtid_mode`.
fn channel_needs(session: &Session, mode: &str) -> Result<Option<String>, MysqlError> {
    for channel in session.shared.control.status(None)? {
        let (name, source) = (&channel.channel, &channel.source);
        if mode == "OFF" && source.auto_position == Some(true) {
            return Ok(Some(format!(
                "replication channel '{name}' is configured in AUTO_POSITION mode. Execute CHANGE \
                 REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 0 FOR CHANNEL '{name}' before you set \
                 @@GLOBAL.GTID_MODE = OFF."
            )));
        }
        if mode != "ON" && source.assign_gtids.as_deref().is_some_and(|a| a != "OFF") {
            return Ok(Some(format!(
                "replication channel '{name}' is configured with ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS \
                 set to LOCAL or to a UUID. Execute CHANGE REPLICATION SOURCE TO \
                 ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS = OFF FOR CHANNEL '{name}' before you set \
                 @@GLOBAL.GTID_MODE = '{mode}'"
            )));
        }
        if mode != "ON" && source.gtid_only == Some(true) {
            return Ok(Some(format!(
                "replication channel '{name}' is configured with GTID_ONLY = 1. Execute CHANGE REPLICATION \
                 SOURCE TO GTID_ONLY = 0 FOR CHANNEL '{name}' before you set @@GLOBAL.GTID_MODE = '{mode}'"
            )));
        }
        let ignored = source.ignore_server_ids.as_ref();
        if mode == "ON" && ignored.is_some_and(|ids| !ids.is_empty()) {
            return Ok(Some(
                "there is at least one replication channel with IGNORE_SEVER_IDS configured (i.e. not \
                 empty).Before you set @@GLOBAL.GTID_MODE = ON, ensure no channel has a configured value \
                 for IGNORE_SERVER_IDS"
                    .to_owned(),
            ));
        }
    }
    Ok(None)
}

/// What sessions hold that does not go with a `gtid_mode`: what error 3111 names it, and why.
fn session_needs(session: &Session, mode: &str) -> Option<(&'static str, &'static str)> {
    let owners = &session.shared.gtids;
    let permissive_off = matches!(mode, "OFF" | "OFF_PERMISSIVE");
    if permissive_off && owners.any(|next| matches!(next, Next::Automatic(_))) {
        let why = "there is an ongoing session with GTID_NEXT set to AUTOMATIC:<TAG>";
        return Some(("OFF/OFF_PERMISSIVE", why));
    }
    if mode == "OFF" && owners.any(|next| matches!(next, Next::Assigned(_))) {
        return Some((
            "OFF",
            "there are ongoing transactions that have a GTID. Before you set @@GLOBAL.GTID_MODE = OFF, wait \
             until SELECT @@GLOBAL.GTID_OWNED is empty on all servers. Then wait for all GTID-transactions \
             to replicate to all servers, and then execute SET @@GLOBAL.GTID_MODE = OFF on all servers. See \
             the Manual for details",
        ));
    }
    if mode == "OFF" && owners.waits() {
        return Some((
            "OFF",
            "there are ongoing calls to WAIT_FOR_EXECUTED_GTID_SET. Before you set @@GLOBAL.GTID_MODE = OFF, \
             ensure that no other client is waiting for GTID-transactions to be committed",
        ));
    }
    if mode != "ON" {
        return None;
    }
    if session.shared.globals.text("enforce_gtid_consistency") != "ON" {
        return Some(("ON", "ENFORCE_GTID_CONSISTENCY is not ON"));
    }
    owners.any(|next| *next == Next::Anonymous).then_some((
        "ON",
        "there are ongoing, anonymous transactions. Before setting @@GLOBAL.GTID_MODE = ON, wait until SHOW \
         STATUS LIKE 'ANONYMOUS_TRANSACTION_COUNT' shows zero on all servers. Then wait for all existing, \
         anonymous transactions to replicate to all replicas, and then execute SET @@GLOBAL.GTID_MODE = ON \
         on all servers. See the Manual for details",
    ))
}

/// The text of a value; 1231 for NULL, 1232 for a number.
fn text_of(name: &str, value: Val) -> Result<String, MysqlError> {
    match value {
        Val::Null => Err(wrong_value(name, "NULL")),
        value @ (Val::Text(_) | Val::Bytes(_)) => Ok(value.into_text().unwrap_or_default()),
        Val::Int(_) | Val::Decimal(_) | Val::Double(_) => Err(MysqlError::new(
            1232,
            format!("Incorrect argument type to variable '{name}'"),
        )),
    }
}

/// SET GLOBAL gtid_purged
pub fn set_purged(session: &Session, value: Val) -> Result<(), MysqlError> {
    const NAME: &str = "gtid_purged";
    session.require(&["SUPER", "SYSTEM_VARIABLES_ADMIN"])?;
    let text = text_of(NAME, value)?;
    outside_transaction(session, NAME)?;
    no_owner(session, NAME)?;
    let (adds, list) = match text.trim_ascii_start().strip_prefix('+') {
        Some(list) => (true, list),
        None => (false, text.as_str()),
    };
    let set: GtidSet = list.parse().map_err(|_| wrong_value(NAME, &text))?;
    if set.has_tags() && !session.account.has_global("TRANSACTION_GTID_TAG") {
        return Err(MysqlError::new(
            1227,
            "Access denied; you need (at least one of) the TRANSACTION_GTID_TAG and SYSTEM_VARIABLES_ADMIN \
             privilege(s) for this operation",
        ));
    }
    let refused = |why: &str| {
        let message = format!("@@GLOBAL.GTID_PURGED cannot be changed: {why}");
        Err(MysqlError::new(3546, message))
    };
    let gtids = session.shared.control.gtids();
    let mut added = set.clone();
    if !adds {
        if !set.contains_all(&gtids.purged) {
            return refused("the new value must be a superset of the old value");
        }
        added.subtract(&gtids.purged);
    }
    if added.intersects(&gtids.executed) {
        return refused("the added gtid set must not overlap with @@GLOBAL.GTID_EXECUTED");
    }
    if added.intersects(&session.shared.gtids.gtids()) {
        return refused("the added gtid set must not overlap with @@GLOBAL.GTID_OWNED");
    }
    session.shared.control.set_gtid_purged(&set, adds)
}

/// A list of MariaDB's GTIDs; error 1941.
pub fn parse_list(text: &str) -> Result<Vec<MariadbGtid>, MysqlError> {
    let malformed = || MysqlError::new(1941, "Could not parse GTID list");
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let gtid = |part: &str| {
        let clean = !part.contains(|c: char| c.is_ascii_whitespace());
        let parsed = part.parse::<MariadbGtid>();
        parsed.ok().filter(|_| clean).ok_or_else(malformed)
    };
    text.split(',').map(gtid).collect()
}

/// SET GLOBAL gtid_slave_pos
pub fn set_slave_pos(session: &Session, value: Val) -> Result<(), MysqlError> {
    session.require(&["SUPER", "SYSTEM_VARIABLES_ADMIN"])?;
    let text = text_of("gtid_slave_pos", value)?;
    if session.gtid.in_transaction {
        let message = "You are not allowed to execute this command in a transaction";
        return Err(MysqlError::new(1179, message));
    }
    let gtids = parse_list(&text)?;
    for (at, gtid) in gtids.iter().enumerate() {
        let before = gtids.iter().take(at);
        if let Some(other) = before.rev().find(|other| other.domain == gtid.domain) {
            let message = format!(
                "GTID {gtid} and {other} conflict (duplicate domain id {})",
                gtid.domain
            );
            return Err(MysqlError::new(1943, message));
        }
    }
    let position: MariadbGtidList = gtids.into_iter().collect();
    session.shared.control.set_gtid_slave_pos(&position)
}

/// What `session_track_gtids` tells the client at a statement's end.
pub fn tracked(session: &Session) -> Vec<SessionChange> {
    let heard = session.capabilities.contains(Capabilities::SESSION_TRACK);
    let Some(own) = session.gtid.committed.as_ref().filter(|_| heard) else {
        return Vec::new();
    };
    let gtids = match session.variables.text("session_track_gtids").as_str() {
        "OWN_GTID" => own.to_string(),
        "ALL_GTIDS" => session.shared.control.gtids().executed.to_string(),
        _ => return Vec::new(),
    };
    vec![SessionChange::Gtids {
        encoding: 0,
        gtids: gtids.into_bytes(),
    }]
}

/// Whether SET of a session variable of GTIDs is allowed here.
pub fn session_allowed(session: &Session, name: &str) -> Result<(), MysqlError> {
    if matches!(name, "gtid_domain_id" | "gtid_seq_no") && session.gtid.in_transaction {
        let message =
            "Cannot modify @@session.gtid_domain_id or @@session.gtid_seq_no inside a transaction";
        return Err(MysqlError::new(1953, message));
    }
    if name == "sql_log_bin" && session.gtid.in_transaction {
        let message = "Cannot modify @@session.sql_log_bin inside a transaction";
        return Err(MysqlError::new(1694, message));
    }
    Ok(())
}

/// RESET MASTER, RESET BINARY LOGS AND GTIDS
pub fn reset(session: &Session, to: Option<u64>) -> Result<(), MysqlError> {
    session.require(&["RELOAD"])?;
    if let Some(to) = to.filter(|to| !(1..=2_000_000_000).contains(to)) {
        let message = format!(
            "The requested value '{to}' for the next binary log index is out of range. Please use a value \
             between '1' and '2000000000'."
        );
        return Err(MysqlError::new(3567, message));
    }
    session.shared.control.reset_gtids()
}
