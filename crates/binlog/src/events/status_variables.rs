//! The status variables of Query events: the session in which the statement ran.
//!
//! A list of codes, each followed by a value whose length only the code tells. A code that we do not know
//! therefore ends the list, as it does for the real server (T28); [`StatusVariable::Unknown`] names it.
//!
//! Manual: "Query_event status variables"; MariaDB knowledge base: "QUERY_EVENT".

use crate::error::DecodeError;
use crate::event_type::EventType;
use crate::put::{Put, len_u8};
use crate::reader::Reader;
use bytes::Bytes;

/// `Q_UPDATED_DB_NAMES` of a statement that touches more than 16 databases.
const TOO_MANY_DATABASES: u8 = 254;

/// One status variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusVariable {
    /// 0: bits of the session's options: [`flags2`].
    Flags2(u32),
    /// 1: `sql_mode`
    SqlMode(u64),
    /// 2: catalog, with the zero byte of MySQL 5.0.0 to 5.0.3.
    CatalogWithZero(Bytes),
    /// 3: `auto_increment_increment`, `auto_increment_offset`
    AutoIncrement(u16, u16),
    /// 4: collation numbers of `character_set_client`, `collation_connection`, `collation_server`.
    Charset(u16, u16, u16),
    /// 5: `time_zone`
    TimeZone(Bytes),
    /// 6: catalog, `std`.
    Catalog(Bytes),
    /// 7: number of `lc_time_names`
    LcTimeNames(u16),
    /// 8: collation number of `collation_database`
    CharsetDatabase(u16),
    /// 9: tables that a multi-table UPDATE changes, a bit each.
    TableMapForUpdate(u64),
    /// 10: never read.
    MasterDataWritten(u32),
    /// 11: `CURRENT_USER`: user and host.
    Invoker(Bytes, Bytes),
    /// 12: databases that the statement touches; `None`: too many to say.
    UpdatedDatabases(Option<Vec<Bytes>>),
    /// 13: microseconds of the header's timestamp.
    Microseconds(u32),
    /// 16: `explicit_defaults_for_timestamp`
    ExplicitDefaultsForTimestamp(u8),
    /// 17: number of the transaction of an atomic DDL.
    DdlXid(u64),
    /// 18: collation number of `default_collation_for_utf8mb4`
    DefaultCollationForUtf8mb4(u16),
    /// 19: `sql_require_primary_key`
    SqlRequirePrimaryKey(u8),
    /// 20: `default_table_encryption`
    DefaultTableEncryption(u8),
    /// 21 (MySQL 9.7): `enable_cascade_triggers`
    EnableCascadeTriggers(u8),
    /// 128 (MariaDB): microseconds of the header's timestamp.
    Hrnow(u32),
    /// 129 (MariaDB): number of the transaction of an atomic DDL.
    MariadbXid(u64),
    /// 130 (MariaDB): flags of a split ALTER TABLE and the sequence number of its START.
    GtidFlags3(u8, Option<u64>),
    /// 131 (MariaDB): `character_set_collations`: pairs of numbers of a character set's default collation
    /// and the collation taken instead.
    CharacterSetCollations(Vec<(u16, u16)>),
    /// A code that this table does not know; with it the list ends.
    Unknown {
        /// The code.
        code: u8,
        /// All that follows it.
        rest: Bytes,
    },
}

/// Bits of [`StatusVariable::Flags2`].
pub mod flags2 {
    /// `sql_auto_is_null`
    pub const AUTO_IS_NULL: u32 = 1 << 14;
    /// `autocommit=0`
    pub const NOT_AUTOCOMMIT: u32 = 1 << 19;
    /// `foreign_key_checks=0`
    pub const NO_FOREIGN_KEY_CHECKS: u32 = 1 << 26;
    /// `unique_checks=0`
    pub const RELAXED_UNIQUE_CHECKS: u32 = 1 << 27;
}

/// Bits of [`StatusVariable::GtidFlags3`] with which a sequence number follows.
const COMMIT_OR_ROLLBACK_ALTER: u8 = 0x0c;

impl StatusVariable {
    /// Code.
    pub fn code(&self) -> u8 {
        match self {
            StatusVariable::Flags2(_) => 0,
            StatusVariable::SqlMode(_) => 1,
            StatusVariable::CatalogWithZero(_) => 2,
            StatusVariable::AutoIncrement(..) => 3,
            StatusVariable::Charset(..) => 4,
            StatusVariable::TimeZone(_) => 5,
            StatusVariable::Catalog(_) => 6,
            StatusVariable::LcTimeNames(_) => 7,
            StatusVariable::CharsetDatabase(_) => 8,
            StatusVariable::TableMapForUpdate(_) => 9,
            StatusVariable::MasterDataWritten(_) => 10,
            StatusVariable::Invoker(..) => 11,
            StatusVariable::UpdatedDatabases(_) => 12,
            StatusVariable::Microseconds(_) => 13,
            StatusVariable::ExplicitDefaultsForTimestamp(_) => 16,
            StatusVariable::DdlXid(_) => 17,
            StatusVariable::DefaultCollationForUtf8mb4(_) => 18,
            StatusVariable::SqlRequirePrimaryKey(_) => 19,
            StatusVariable::DefaultTableEncryption(_) => 20,
            StatusVariable::EnableCascadeTriggers(_) => 21,
            StatusVariable::Hrnow(_) => 128,
            StatusVariable::MariadbXid(_) => 129,
            StatusVariable::GtidFlags3(..) => 130,
            StatusVariable::CharacterSetCollations(_) => 131,
            StatusVariable::Unknown { code, .. } => *code,
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<StatusVariable, DecodeError> {
        use StatusVariable as Variable;
        Ok(match reader.u8("status variable code")? {
            0 => Variable::Flags2(reader.u32("flags2")?),
            1 => Variable::SqlMode(reader.u64("sql_mode")?),
            2 => {
                let catalog = reader.short_string("catalog")?;
                reader.zero("catalog")?;
                Variable::CatalogWithZero(catalog)
            }
            3 => Variable::AutoIncrement(
                reader.u16("auto_increment_increment")?,
                reader.u16("auto_increment_offset")?,
            ),
            4 => Variable::Charset(
                reader.u16("character_set_client")?,
                reader.u16("collation_connection")?,
                reader.u16("collation_server")?,
            ),
            5 => Variable::TimeZone(reader.short_string("time_zone")?),
            6 => Variable::Catalog(reader.short_string("catalog")?),
            7 => Variable::LcTimeNames(reader.u16("lc_time_names")?),
            8 => Variable::CharsetDatabase(reader.u16("collation_database")?),
            9 => Variable::TableMapForUpdate(reader.u64("table_map_for_update")?),
            10 => Variable::MasterDataWritten(reader.u32("master_data_written")?),
            11 => Variable::Invoker(
                reader.short_string("invoker's user")?,
                reader.short_string("invoker's host")?,
            ),
            12 => Variable::UpdatedDatabases(databases(reader)?),
            13 => Variable::Microseconds(reader.u24("microseconds")?),
            16 => Variable::ExplicitDefaultsForTimestamp(
                reader.u8("explicit_defaults_for_timestamp")?,
            ),
            17 => Variable::DdlXid(reader.u64("ddl xid")?),
            18 => {
                Variable::DefaultCollationForUtf8mb4(reader.u16("default_collation_for_utf8mb4")?)
            }
            19 => Variable::SqlRequirePrimaryKey(reader.u8("sql_require_primary_key")?),
            20 => Variable::DefaultTableEncryption(reader.u8("default_table_encryption")?),
            21 => Variable::EnableCascadeTriggers(reader.u8("enable_cascade_triggers")?),
            128 => Variable::Hrnow(reader.u24("hrnow")?),
            129 => Variable::MariadbXid(reader.u64("xid")?),
            130 => {
                let flags = reader.u8("gtid flags")?;
                let sequence = if flags & COMMIT_OR_ROLLBACK_ALTER == 0 {
                    None
                } else {
                    Some(reader.u64("sequence of START ALTER")?)
                };
                Variable::GtidFlags3(flags, sequence)
            }
            131 => {
                let count = reader.u8("character_set_collations")?;
                let mut pairs = Vec::with_capacity(usize::from(count));
                for _ in 0..count {
                    pairs.push((
                        reader.u16("character_set_collations")?,
                        reader.u16("character_set_collations")?,
                    ));
                }
                Variable::CharacterSetCollations(pairs)
            }
            code => Variable::Unknown {
                code,
                rest: reader.rest(),
            },
        })
    }

    /// Appends code and value.
    pub fn encode(&self, out: &mut Vec<u8>) {
        use StatusVariable as Variable;
        out.u8(self.code());
        match self {
            Variable::Flags2(value) | Variable::MasterDataWritten(value) => out.u32(*value),
            Variable::SqlMode(value)
            | Variable::TableMapForUpdate(value)
            | Variable::DdlXid(value)
            | Variable::MariadbXid(value) => out.u64(*value),
            Variable::CatalogWithZero(text) => {
                out.short_string(text);
                out.u8(0);
            }
            Variable::AutoIncrement(increment, offset) => {
                out.u16(*increment);
                out.u16(*offset);
            }
            Variable::Charset(client, connection, server) => {
                out.u16(*client);
                out.u16(*connection);
                out.u16(*server);
            }
            Variable::TimeZone(text) | Variable::Catalog(text) => out.short_string(text),
            Variable::LcTimeNames(value)
            | Variable::CharsetDatabase(value)
            | Variable::DefaultCollationForUtf8mb4(value) => out.u16(*value),
            Variable::Invoker(user, host) => {
                out.short_string(user);
                out.short_string(host);
            }
            Variable::UpdatedDatabases(names) => put_databases(out, names.as_deref()),
            Variable::Microseconds(value) | Variable::Hrnow(value) => out.u24(*value),
            Variable::ExplicitDefaultsForTimestamp(value)
            | Variable::SqlRequirePrimaryKey(value)
            | Variable::DefaultTableEncryption(value)
            | Variable::EnableCascadeTriggers(value) => out.u8(*value),
            Variable::GtidFlags3(flags, sequence) => {
                out.u8(*flags);
                if let Some(sequence) = sequence {
                    out.u64(*sequence);
                }
            }
            Variable::CharacterSetCollations(pairs) => {
                out.u8(len_u8(pairs.len()));
                for (from, to) in pairs {
                    out.u16(*from);
                    out.u16(*to);
                }
            }
            Variable::Unknown { rest, .. } => out.slice(rest),
        }
    }
}

fn databases(reader: &mut Reader<'_>) -> Result<Option<Vec<Bytes>>, DecodeError> {
    let count = reader.u8("updated databases")?;
    if count == TOO_MANY_DATABASES {
        return Ok(None);
    }
    let mut names = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let mut ahead = reader.clone();
        let mut length = 0;
        while ahead.u8("updated databases")? != 0 {
            length += 1;
        }
        names.push(reader.bytes("updated databases", length)?);
        reader.zero("updated databases")?;
    }
    Ok(Some(names))
}

fn put_databases(out: &mut Vec<u8>, names: Option<&[Bytes]>) {
    let Some(names) = names else {
        out.u8(TOO_MANY_DATABASES);
        return;
    };
    out.u8(len_u8(names.len()));
    for name in names {
        out.slice(name);
        out.u8(0);
    }
}

/// The list as it stands in the event. It is read only when asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusVariables {
    /// The list in its binary form.
    pub encoded: Bytes,
}

impl StatusVariables {
    /// The list of these variables.
    pub fn new(variables: &[StatusVariable]) -> StatusVariables {
        let mut encoded = Vec::new();
        for variable in variables {
            variable.encode(&mut encoded);
        }
        StatusVariables {
            encoded: encoded.into(),
        }
    }

    /// The variables in their order; after an error or an unknown code nothing more comes.
    pub fn iter(&self) -> impl Iterator<Item = Result<StatusVariable, DecodeError>> + '_ {
        let mut reader = Some(Reader::new(&self.encoded, 0, EventType::QUERY));
        std::iter::from_fn(move || {
            let inner = reader.as_mut().filter(|reader| !reader.is_empty())?;
            let variable = StatusVariable::decode(inner);
            if variable.is_err() {
                reader = None;
            }
            Some(variable)
        })
    }

    /// All variables in one struct.
    pub fn session(&self) -> Result<SessionVariables, DecodeError> {
        let mut session = SessionVariables::default();
        for variable in self.iter() {
            session.set(variable?);
        }
        Ok(session)
    }
}

/// What a list says, by name. `None` is "not in the list".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // The names are those of the variants of `StatusVariable`.
pub struct SessionVariables {
    pub flags2: Option<u32>,
    pub sql_mode: Option<u64>,
    pub catalog: Option<Bytes>,
    pub auto_increment: Option<(u16, u16)>,
    pub charset: Option<(u16, u16, u16)>,
    pub time_zone: Option<Bytes>,
    pub lc_time_names: Option<u16>,
    pub charset_database: Option<u16>,
    pub table_map_for_update: Option<u64>,
    pub invoker: Option<(Bytes, Bytes)>,
    pub updated_databases: Option<Option<Vec<Bytes>>>,
    pub microseconds: Option<u32>,
    pub explicit_defaults_for_timestamp: Option<bool>,
    pub ddl_xid: Option<u64>,
    pub default_collation_for_utf8mb4: Option<u16>,
    pub sql_require_primary_key: Option<u8>,
    pub default_table_encryption: Option<u8>,
    pub enable_cascade_triggers: Option<u8>,
    pub gtid_flags3: Option<(u8, Option<u64>)>,
    pub character_set_collations: Option<Vec<(u16, u16)>>,
    /// The code at which reading the list ended; to be counted and named in the log.
    pub unknown_code: Option<u8>,
}

impl SessionVariables {
    fn set(&mut self, variable: StatusVariable) {
        use StatusVariable as Variable;
        match variable {
            Variable::Flags2(value) => self.flags2 = Some(value),
            Variable::SqlMode(value) => self.sql_mode = Some(value),
            Variable::CatalogWithZero(value) | Variable::Catalog(value) => {
                self.catalog = Some(value);
            }
            Variable::AutoIncrement(increment, offset) => {
                self.auto_increment = Some((increment, offset));
            }
            Variable::Charset(client, connection, server) => {
                self.charset = Some((client, connection, server));
            }
            Variable::TimeZone(value) => self.time_zone = Some(value),
            Variable::LcTimeNames(value) => self.lc_time_names = Some(value),
            Variable::CharsetDatabase(value) => self.charset_database = Some(value),
            Variable::TableMapForUpdate(value) => self.table_map_for_update = Some(value),
            Variable::MasterDataWritten(_) => {}
            Variable::Invoker(user, host) => self.invoker = Some((user, host)),
            Variable::UpdatedDatabases(names) => self.updated_databases = Some(names),
            Variable::Microseconds(value) | Variable::Hrnow(value) => {
                self.microseconds = Some(value);
            }
            Variable::ExplicitDefaultsForTimestamp(value) => {
                self.explicit_defaults_for_timestamp = Some(value != 0);
            }
            Variable::DdlXid(value) | Variable::MariadbXid(value) => self.ddl_xid = Some(value),
            Variable::DefaultCollationForUtf8mb4(value) => {
                self.default_collation_for_utf8mb4 = Some(value);
            }
            Variable::SqlRequirePrimaryKey(value) => self.sql_require_primary_key = Some(value),
            Variable::DefaultTableEncryption(value) => self.default_table_encryption = Some(value),
            Variable::EnableCascadeTriggers(value) => self.enable_cascade_triggers = Some(value),
            Variable::GtidFlags3(flags, sequence) => self.gtid_flags3 = Some((flags, sequence)),
            Variable::CharacterSetCollations(pairs) => self.character_set_collations = Some(pairs),
            Variable::Unknown { code, .. } => self.unknown_code = Some(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn samples() -> Vec<(&'static [u8], StatusVariable)> {
        use StatusVariable as Variable;
        vec![
            (b"\0\x01\0\0\x04", Variable::Flags2(0x0400_0001)),
            (b"\x01\x02\0\0\0\0\0\0\0", Variable::SqlMode(2)),
            (b"\x02\x03std\0", Variable::CatalogWithZero(text("std"))),
            (b"\x03\x02\0\x01\0", Variable::AutoIncrement(2, 1)),
            (b"\x04\xff\0\x2d\0\x08\0", Variable::Charset(255, 45, 8)),
            (b"\x05\x03UTC", Variable::TimeZone(text("UTC"))),
            (b"\x06\x03std", Variable::Catalog(text("std"))),
            (b"\x07\x01\0", Variable::LcTimeNames(1)),
            (b"\x08\xff\0", Variable::CharsetDatabase(255)),
            (b"\x09\x01\0\0\0\0\0\0\0", Variable::TableMapForUpdate(1)),
            (b"\x0a\x01\0\0\0", Variable::MasterDataWritten(1)),
            (b"\x0b\x01u\x02hh", Variable::Invoker(text("u"), text("hh"))),
            (
                b"\x0c\x02a\0bc\0",
                Variable::UpdatedDatabases(Some(vec![text("a"), text("bc")])),
            ),
            (b"\x0c\xfe", Variable::UpdatedDatabases(None)),
            (b"\x0d\x40\x42\x0f", Variable::Microseconds(1_000_000)),
            (b"\x10\x01", Variable::ExplicitDefaultsForTimestamp(1)),
            (b"\x11\x01\0\0\0\0\0\0\0", Variable::DdlXid(1)),
            (b"\x12\xff\0", Variable::DefaultCollationForUtf8mb4(255)),
            (b"\x13\x01", Variable::SqlRequirePrimaryKey(1)),
            (b"\x14\x01", Variable::DefaultTableEncryption(1)),
            (b"\x15\x01", Variable::EnableCascadeTriggers(1)),
            (b"\x80\x01\0\0", Variable::Hrnow(1)),
            (b"\x81\x01\0\0\0\0\0\0\0", Variable::MariadbXid(1)),
            (b"\x82\x02", Variable::GtidFlags3(2, None)),
            (
                b"\x82\x04\x01\0\0\0\0\0\0\0",
                Variable::GtidFlags3(4, Some(1)),
            ),
            (
                b"\x83\x01\x01\0\x02\0",
                Variable::CharacterSetCollations(vec![(1, 2)]),
            ),
        ]
    }

    #[test]
    fn t28_every_code_is_read_by_its_own_length() {
        for (bytes, expected) in samples() {
            // What follows must not be touched: the code after it is read in its turn.
            let list = StatusVariables {
                encoded: [bytes, b"\x13\x07"].concat().into(),
            };
            let read: Vec<_> = list.iter().collect::<Result<_, _>>().unwrap();
            assert_eq!(
                read,
                [expected.clone(), StatusVariable::SqlRequirePrimaryKey(7)]
            );
            assert_eq!(StatusVariables::new(&read), list);
            for length in 1..bytes.len() {
                let list = StatusVariables {
                    encoded: Bytes::from_static(&bytes[..length]),
                };
                assert!(list.session().is_err(), "{expected:?} cut at {length}");
            }
        }
    }

    #[test]
    fn t28_unknown_code_ends_the_list_and_is_named() {
        let list = StatusVariables {
            encoded: Bytes::from_static(b"\x13\x01\x16\x07\x01\x02"),
        };
        let session = list.session().unwrap();
        assert_eq!(session.sql_require_primary_key, Some(1));
        assert_eq!(session.unknown_code, Some(0x16));
        assert_eq!(session.lc_time_names, None);
    }
}
