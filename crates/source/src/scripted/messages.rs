//! The words in which sources refuse a dump (error 1236); they changed with the servers' vocabulary.

use super::Script;
use understudy_binlog::Flavour;

/// The source's words for the two ends, by its version.
fn words(script: &Script) -> (&'static str, &'static str) {
    let numbers = script
        .server_version
        .split('.')
        .map(|text| text.parse().unwrap_or(0));
    let numbers: Vec<u32> = numbers.take(2).collect();
    // MySQL 8.0 changed them in its later releases; recordings of it are not served.
    match script.flavour() {
        Flavour::Mysql if numbers.as_slice() >= [8, 1].as_slice() => ("source", "Replica"),
        Flavour::Mysql | Flavour::Mariadb => ("master", "Slave"),
    }
}

/// A position before the first event.
pub fn position_too_small(script: &Script) -> String {
    position(script, "< 4")
}

/// A position after the end of the file.
pub fn position_too_large(script: &Script) -> String {
    position(script, "> file size")
}

fn position(script: &Script, what: &str) -> String {
    let (source, _) = words(script);
    match script.flavour() {
        Flavour::Mysql => {
            format!("Client requested {source} to start replication from position {what}")
        }
        Flavour::Mariadb => {
            format!("Client requested {source} to start replication from impossible position")
        }
    }
}

/// No such file.
pub const NO_SUCH_FILE: &str = "Could not find first log file name in binary log index file";

/// There is no file at all.
pub const NOT_OPEN: &str = "Binary log is not open";

/// The replica did not say that it knows checksums.
pub fn checksum_unknown(script: &Script) -> String {
    let (source, replica) = words(script);
    format!(
        "{replica} can not handle replication events with the checksum that {source} is configured to log"
    )
}

/// A file ends within an event.
pub fn truncated(script: &Script) -> String {
    let (source, _) = words(script);
    format!("binlog truncated in the middle of event; consider out of disk space on {source}")
}

/// What stands in a file is no event.
pub const BOGUS: &str = "bogus data in log event";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_its_own_words() {
        for (version, expected) in [
            (
                "9.7.0",
                "Client requested source to start replication from position > file size",
            ),
            (
                "5.6.26-log",
                "Client requested master to start replication from position > file size",
            ),
            (
                "11.8.3-MariaDB",
                "Client requested master to start replication from impossible position",
            ),
        ] {
            assert_eq!(position_too_large(&Script::new(version, 1)), expected);
        }
        assert!(checksum_unknown(&Script::new("9.7.0", 1)).starts_with("Replica can not"));
        assert!(truncated(&Script::new("5.6.26", 1)).ends_with("on master"));
    }
}
