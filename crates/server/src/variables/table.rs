//! The variables of this server: MySQL 9.7's, those of MariaDB's replication, those of older versions that option
//! files and tools still name, and where a default here is another one.

use std::sync::LazyLock;

use super::Definition;
use super::Kind::{Bool, Double, Enum, Int, Text};
use super::Scope::{Both, Global, Session};
use super::definition::{NULL, def, row};
use super::generated::mariadb::MARIADB;
use super::generated::mysql::MYSQL;

/// Variables that neither generated table has, and those that are of another kind here.
#[rustfmt::skip]
static OWN: &[Definition] = &[
    def("date_format", Text, Global, "%Y-%m-%d", false),
    def("datetime_format", Text, Global, "%Y-%m-%d %H:%i:%s", false),
    def("default_authentication_plugin", Text, Global, "caching_sha2_password", false),
    def("default_master_connection", Text, Session, "", true),
    def("event_scheduler", Enum(&["OFF", "ON", "DISABLED"]), Global, "OFF", true),
    def("expire_logs_days", Int(0, 99), Global, "0", true),
    def("gtid_owned", Text, Both, "", false),
    def("have_openssl", Text, Global, "YES", false),
    def("have_ssl", Text, Global, "YES", false),
    def("log_bin_use_v1_row_events", Bool, Global, "OFF", true),
    def("log_warnings", Int(0, u64::MAX), Global, "2", true),
    def("master_info_repository", Enum(&["FILE", "TABLE"]), Global, "TABLE", true),
    def("old_passwords", Int(0, 2), Both, "0", true),
    def("query_cache_limit", Int(0, u64::MAX), Global, "1048576", true),
    def("query_cache_min_res_unit", Int(0, u64::MAX), Global, "4096", true),
    def("query_cache_size", Int(0, u64::MAX), Global, "0", true),
    def("query_cache_type", Enum(&["OFF", "ON", "DEMAND"]), Both, "OFF", true),
    def("query_cache_wlock_invalidate", Bool, Both, "OFF", true),
    def("relay_log_info_repository", Enum(&["FILE", "TABLE"]), Global, "TABLE", true),
    def("replica_parallel_type", Enum(&["DATABASE", "LOGICAL_CLOCK"]), Global, "LOGICAL_CLOCK", true),
    def("resultset_metadata", Enum(&["NONE", "FULL"]), Session, "FULL", true),
    def("rpl_semi_sync_replica_enabled", Bool, Global, "OFF", true),
    def("rpl_semi_sync_replica_trace_level", Int(0, u64::MAX), Global, "32", true),
    def("rpl_semi_sync_slave_delay_master", Bool, Global, "OFF", true),
    def("rpl_semi_sync_slave_enabled", Bool, Global, "OFF", true),
    def("rpl_semi_sync_slave_kill_conn_timeout", Int(0, 4_294_967_295), Global, "5", true),
    def("rpl_semi_sync_slave_trace_level", Int(0, u64::MAX), Global, "32", true),
    def("secure_auth", Bool, Global, "ON", true),
    def("slave_rows_search_algorithms", Text, Global, "INDEX_SCAN,HASH_SCAN", true),
    def("storage_engine", Text, Both, "InnoDB", true),
    def("time_format", Text, Global, "%H:%i:%s", false),
    def("timestamp", Double(0.0, 32_536_771_199.0), Session, "0.000000", true),
    def("transaction_write_set_extraction", Enum(&["OFF", "MURMUR32", "XXHASH64"]), Both, "XXHASH64", true),
    def("understudy_before_image_audit", Enum(&["OFF", "REPORT", "STOP"]), Global, "OFF", true),
    row("binlog_transaction_dependency_tracking", Enum(&["COMMIT_ORDER", "WRITESET", "WRITESET_SESSION"]), Global, "COMMIT_ORDER", true, 0, ""),
    row("report_host", Text, Global, "", false, NULL, ""),
];

/// Defaults that are true here and differ from MySQL 9.7's.
const DEFAULTS: &[(&str, &str)] = &[
    ("bind_address", "127.0.0.1"),
    ("build_id", ""),
    ("gtid_mode", "ON_PERMISSIVE"),
    ("have_profiling", "NO"),
    ("license", "Apache-2.0"),
    ("log_bin", "OFF"),
    ("log_error", "stderr"),
    ("log_replica_updates", "OFF"),
    ("lower_case_file_system", "OFF"),
    ("performance_schema", "OFF"),
    ("port", "3306"),
    ("pseudo_thread_id", "0"),
    ("relay_log", "relay-bin"),
    ("report_port", "3306"),
    ("skip_name_resolve", "ON"),
    ("skip_networking", "OFF"),
    ("ssl_cert", ""),
    ("ssl_key", ""),
    ("secure_file_priv", ""),
    ("version", "9.7.0-understudy"),
    ("version_comment", "Understudy"),
    ("version_compile_zlib", ""),
];

/// Every variable, in order of names.
pub static DEFINITIONS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let mut all: Vec<Definition> = OWN.to_vec();
    for definition in MYSQL.iter().chain(MARIADB) {
        if !all.iter().any(|d| d.name == definition.name) {
            all.push(*definition);
        }
    }
    for (name, default) in DEFAULTS {
        if let Some(definition) = all.iter_mut().find(|d| d.name == *name) {
            definition.default = default;
        }
    }
    all.sort_by_key(|d| d.name);
    all
});
