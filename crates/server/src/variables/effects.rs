//! What setting a variable does here, in one table.
//!
//! A variable that this table does not name is kept: its value is shown and has no effect, and setting it to
//! anything but its default is a warning. Variables that replication takes
//! (`ReplicationControl::set_variable`) are honoured whatever the table says.

/// What setting a variable does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What it does in the real server, or there is nothing here that could behave otherwise.
    Honoured,
    /// The value is kept and shown; a warning says that it has no effect.
    Kept,
    /// Ignoring it would change data, durability or who may do what: error 1235 unless it is the default.
    Refused,
}

use Effect::{Honoured, Refused};

#[rustfmt::skip]
const EFFECTS: &[(&str, Effect)] = &[
    ("autocommit", Honoured),
    ("binlog_encryption", Refused),
    ("character_set_client", Honoured),
    ("character_set_connection", Honoured),
    ("character_set_database", Honoured),
    ("character_set_filesystem", Honoured),
    ("character_set_results", Honoured),
    ("character_set_server", Honoured),
    ("collation_connection", Honoured),
    ("collation_database", Honoured),
    ("collation_server", Honoured),
    ("connect_timeout", Honoured),
    ("default_master_connection", Honoured),
    ("default_table_encryption", Refused),
    // No client writes here a statement that it would refuse.
    ("enforce_gtid_consistency", Honoured),
    // Clients write nothing here, and what the source's rows refer to was checked there.
    ("foreign_key_checks", Honoured),
    ("gtid_binlog_state", Honoured),
    // Nothing is left to clean up, nor to compress, and clients write nothing that these would number.
    ("gtid_cleanup_batch_size", Honoured),
    ("gtid_domain_id", Honoured),
    ("gtid_executed_compression_period", Honoured),
    ("gtid_ignore_duplicates", Honoured),
    ("gtid_mode", Honoured),
    ("gtid_next", Honoured),
    ("gtid_purged", Honoured),
    ("gtid_seq_no", Honoured),
    ("gtid_slave_pos", Honoured),
    ("gtid_strict_mode", Honoured),
    ("init_connect", Refused),
    ("init_file", Refused),
    ("init_replica", Refused),
    ("interactive_timeout", Honoured),
    ("log_bin", Refused),
    // Honoured at the start of the server.
    ("lower_case_table_names", Honoured),
    ("mandatory_roles", Refused),
    ("max_allowed_packet", Honoured),
    ("max_connections", Honoured),
    ("net_write_timeout", Honoured),
    ("offline_mode", Refused),
    ("partial_revokes", Refused),
    ("pseudo_thread_id", Honoured),
    ("read_only", Honoured),
    ("replica_exec_mode", Honoured),
    ("replica_parallel_type", Honoured),
    ("replica_parallel_workers", Honoured),
    ("replica_pending_jobs_size_max", Honoured),
    ("replica_preserve_commit_order", Honoured),
    ("replica_skip_errors", Honoured),
    ("replica_type_conversions", Honoured),
    ("replicate_do_db", Honoured),
    ("replicate_do_table", Honoured),
    ("replicate_events_marked_for_skip", Honoured),
    ("replicate_ignore_db", Honoured),
    ("replicate_ignore_table", Honoured),
    ("replicate_rewrite_db", Honoured),
    ("replicate_wild_do_table", Honoured),
    ("replicate_wild_ignore_table", Honoured),
    ("require_secure_transport", Refused),
    ("server_id", Refused),
    ("session_track_gtids", Honoured),
    ("slave_ddl_exec_mode", Refused),
    ("slave_domain_parallel_threads", Honoured),
    ("slave_parallel_max_queued", Honoured),
    ("slave_parallel_mode", Honoured),
    ("slave_parallel_threads", Honoured),
    ("slave_run_triggers_for_rbr", Refused),
    // There is no binary log of our own to leave a statement out of.
    ("sql_log_bin", Honoured),
    ("sql_mode", Honoured),
    ("sql_replica_skip_counter", Honoured),
    ("sql_select_limit", Honoured),
    ("super_read_only", Honoured),
    ("time_zone", Honoured),
    // Every statement reads one snapshot between two transactions, which is what each level allows.
    ("transaction_isolation", Honoured),
    ("transaction_read_only", Honoured),
    ("understudy_before_image_audit", Honoured),
    ("unique_checks", Honoured),
    ("wait_timeout", Honoured),
];

/// What setting the variable of that name, in 9.7's spelling, does.
pub fn effect(name: &str) -> Effect {
    let found = EFFECTS.binary_search_by(|(n, _)| (*n).cmp(name));
    found
        .ok()
        .and_then(|at| EFFECTS.get(at))
        .map_or(Effect::Kept, |(_, effect)| *effect)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables;

    #[test]
    fn the_table_is_in_order_and_names_variables() {
        assert!(EFFECTS.is_sorted_by_key(|(name, _)| name));
        for (name, effect_of) in EFFECTS {
            assert_eq!(variables::find(name).map(|d| d.name), Some(*name));
            assert_eq!(effect(name), *effect_of);
        }
    }
}
