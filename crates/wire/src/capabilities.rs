//! Capability flags of the handshake.
//!
//! The low 32 bits are MySQL's; MariaDB sends 32 more in bytes that MySQL reserves, valid only where the
//! lowest bit (`LONG_PASSWORD`, MariaDB's `CLIENT_MYSQL`) is not set.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign};

/// A set of capability flags; unknown bits survive.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Capabilities(pub u64);

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => {
        impl Capabilities {
            $($(#[$doc])* pub const $name: Capabilities = Capabilities(1 << $bit);)*

            const NAMES: &'static [(&'static str, Capabilities)] =
                &[$((stringify!($name), Capabilities::$name)),*];
        }
    };
}

capabilities! {
    /// MariaDB: `CLIENT_MYSQL`, set by a server or client that has no extended capabilities.
    LONG_PASSWORD = 0;
    /// Affected rows are those found rather than those changed.
    FOUND_ROWS = 1;
    /// All column flags are sent.
    LONG_FLAG = 2;
    /// The handshake response names a database.
    CONNECT_WITH_DB = 3;
    /// `db.table.column` is refused.
    NO_SCHEMA = 4;
    /// Compressed protocol with zlib.
    COMPRESS = 5;
    /// ODBC behaviour.
    ODBC = 6;
    /// LOAD DATA LOCAL.
    LOCAL_FILES = 7;
    /// Spaces allowed before `(`.
    IGNORE_SPACE = 8;
    /// Protocol 4.1.
    PROTOCOL_41 = 9;
    /// `interactive_timeout` rather than `wait_timeout`.
    INTERACTIVE = 10;
    /// TLS.
    SSL = 11;
    /// The client does not raise SIGPIPE.
    IGNORE_SIGPIPE = 12;
    /// Status flags in OK and EOF packets.
    TRANSACTIONS = 13;
    /// An unused flag.
    RESERVED = 14;
    /// 4.1 authentication (`CLIENT_RESERVED2` in later headers).
    SECURE_CONNECTION = 15;
    /// Several statements in one COM_QUERY.
    MULTI_STATEMENTS = 16;
    /// Several results to one COM_QUERY.
    MULTI_RESULTS = 17;
    /// Several results to one COM_STMT_EXECUTE.
    PS_MULTI_RESULTS = 18;
    /// Authentication plugins.
    PLUGIN_AUTH = 19;
    /// Connection attributes.
    CONNECT_ATTRS = 20;
    /// Length-encoded authentication data.
    PLUGIN_AUTH_LENENC = 21;
    /// Expired passwords are dealt with by the client.
    CAN_HANDLE_EXPIRED_PASSWORDS = 22;
    /// Session state changes in OK packets.
    SESSION_TRACK = 23;
    /// OK packets in place of EOF packets.
    DEPRECATE_EOF = 24;
    /// The client may skip column definitions.
    OPTIONAL_RESULTSET_METADATA = 25;
    /// Compressed protocol with zstd.
    ZSTD = 26;
    /// COM_QUERY and COM_STMT_EXECUTE carry query attributes.
    QUERY_ATTRIBUTES = 27;
    /// Several factors of authentication.
    MULTI_FACTOR_AUTHENTICATION = 28;
    /// Progress reports; MariaDB's old place.
    PROGRESS_OLD = 29;
    /// The client verifies the server's certificate.
    SSL_VERIFY_SERVER_CERT = 30;
    /// Options are remembered.
    REMEMBER_OPTIONS = 31;
    /// MariaDB: progress reports.
    MARIADB_PROGRESS = 32;
    /// MariaDB: COM_MULTI.
    MARIADB_COM_MULTI = 33;
    /// MariaDB: COM_STMT_BULK_EXECUTE.
    MARIADB_BULK_OPERATIONS = 34;
    /// MariaDB: extended type information in column definitions.
    MARIADB_EXTENDED_METADATA = 35;
    /// MariaDB: column definitions of prepared statements may be skipped.
    MARIADB_CACHE_METADATA = 36;
    /// MariaDB: one result a row of a bulk execution.
    MARIADB_BULK_UNIT_RESULTS = 37;
}

impl Capabilities {
    /// No flag.
    pub const NONE: Capabilities = Capabilities(0);

    /// All flags of `other` are set.
    pub fn contains(self, other: Capabilities) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags without those of `other`.
    pub fn without(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 & !other.0)
    }

    /// MySQL's 32 bits.
    #[allow(clippy::cast_possible_truncation)] // the low half is meant
    pub fn low(self) -> u32 {
        self.0 as u32
    }

    /// MariaDB's 32 bits.
    #[allow(clippy::cast_possible_truncation)] // nothing is lost after the shift
    pub fn extended(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The set of both halves; the upper one counts only without `LONG_PASSWORD`.
    pub fn from_halves(low: u32, extended: u32) -> Capabilities {
        let low = Capabilities(u64::from(low));
        if low.contains(Capabilities::LONG_PASSWORD) {
            low
        } else {
            Capabilities(low.0 | u64::from(extended) << 32)
        }
    }
}

impl BitOr for Capabilities {
    type Output = Capabilities;
    fn bitor(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 | other.0)
    }
}

impl BitOrAssign for Capabilities {
    fn bitor_assign(&mut self, other: Capabilities) {
        self.0 |= other.0;
    }
}

impl BitAnd for Capabilities {
    type Output = Capabilities;
    fn bitand(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 & other.0)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = *self;
        let mut separator = "";
        for (name, flag) in Self::NAMES {
            if self.contains(*flag) {
                write!(f, "{separator}{name}")?;
                separator = "|";
                left = left.without(*flag);
            }
        }
        if left.0 != 0 || self.0 == 0 {
            write!(f, "{separator}{:#x}", left.0)?;
        }
        Ok(())
    }
}

/// Status flags of OK and EOF packets (`SERVER_STATUS_...`); unknown bits survive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusFlags(pub u16);

impl StatusFlags {
    /// A transaction is open.
    pub const IN_TRANS: StatusFlags = StatusFlags(0x0001);
    /// autocommit is on.
    pub const AUTOCOMMIT: StatusFlags = StatusFlags(0x0002);
    /// Another result follows.
    pub const MORE_RESULTS: StatusFlags = StatusFlags(0x0008);
    /// A read-only cursor is open.
    pub const CURSOR_EXISTS: StatusFlags = StatusFlags(0x0040);
    /// The cursor's last row was sent.
    pub const LAST_ROW_SENT: StatusFlags = StatusFlags(0x0080);
    /// sql_mode has NO_BACKSLASH_ESCAPES.
    pub const NO_BACKSLASH_ESCAPES: StatusFlags = StatusFlags(0x0200);
    /// Metadata of a prepared statement changed.
    pub const METADATA_CHANGED: StatusFlags = StatusFlags(0x0400);
    /// This result holds the OUT parameters of a procedure.
    pub const PS_OUT_PARAMS: StatusFlags = StatusFlags(0x1000);
    /// A read-only transaction is open.
    pub const IN_TRANS_READONLY: StatusFlags = StatusFlags(0x2000);
    /// The OK packet carries session state changes.
    pub const SESSION_STATE_CHANGED: StatusFlags = StatusFlags(0x4000);

    /// All flags of `other` are set.
    pub fn contains(self, other: StatusFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for StatusFlags {
    type Output = StatusFlags;
    fn bitor(self, other: StatusFlags) -> StatusFlags {
        StatusFlags(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_bits_survive_and_print() {
        let set = Capabilities(1 << 63) | Capabilities::SSL;
        assert_eq!(format!("{set:?}"), "SSL|0x8000000000000000");
        assert_eq!(format!("{:?}", Capabilities::NONE), "0x0");
    }

    #[test]
    fn extended_half_counts_for_mariadb_only() {
        assert_eq!(Capabilities::from_halves(1, 4).extended(), 0);
        let set = Capabilities::from_halves(2, 4);
        assert!(set.contains(Capabilities::MARIADB_BULK_OPERATIONS));
    }
}
