//! Commands: what a client sends once the connection stands.

use crate::capabilities::Capabilities;
use crate::error::{DecodeError, Reason};
use crate::handshake::{Attributes, decode_attributes, encode_attributes};
use crate::put::Put;
use crate::reader::Reader;
use crate::replication::{BinlogDump, BinlogDumpGtid, RegisterReplica};
use crate::statement::{Execute, Parameter, ParameterContext, read_parameters, write_parameters};

/// Most query attributes of one query.
const MAX_ATTRIBUTES: u64 = 65_535;

/// COM_CHANGE_USER
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeUser {
    /// Account.
    pub user: Vec<u8>,
    /// First answer of the authentication plugin to the connection's challenge.
    pub auth_response: Vec<u8>,
    /// Database; empty for none.
    pub database: Vec<u8>,
    /// Collation.
    pub collation: u16,
    /// Plugin, with PLUGIN_AUTH.
    pub auth_plugin: String,
    /// Connection attributes, with CONNECT_ATTRS.
    pub attributes: Attributes,
}

impl ChangeUser {
    fn read(r: &mut Reader<'_>, capabilities: Capabilities) -> Result<Self, DecodeError> {
        let user = r.nul_bytes()?.to_vec();
        let length = usize::from(r.u8()?);
        let mut change = ChangeUser {
            user,
            auth_response: r.take(length)?.to_vec(),
            database: r.nul_bytes()?.to_vec(),
            ..ChangeUser::default()
        };
        change.collation = r.u16()?;
        if capabilities.contains(Capabilities::PLUGIN_AUTH) {
            let name = r.nul_bytes()?;
            change.auth_plugin = r.utf8(name)?;
        }
        if capabilities.contains(Capabilities::CONNECT_ATTRS) {
            change.attributes = decode_attributes(r)?;
        }
        Ok(change)
    }

    fn write(&self, capabilities: Capabilities, out: &mut Vec<u8>) {
        out.put_nul_bytes(&self.user);
        out.put_short_bytes(&self.auth_response);
        out.put_nul_bytes(&self.database);
        out.put_u16(self.collation);
        if capabilities.contains(Capabilities::PLUGIN_AUTH) {
            out.put_nul_bytes(self.auth_plugin.as_bytes());
        }
        if capabilities.contains(Capabilities::CONNECT_ATTRS) {
            encode_attributes(&self.attributes, out);
        }
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// COM_QUIT
    Quit,
    /// COM_INIT_DB: the database.
    InitDb(Vec<u8>),
    /// COM_QUERY
    Query {
        /// Query attributes, with QUERY_ATTRIBUTES.
        attributes: Vec<Parameter>,
        /// Statement text.
        text: Vec<u8>,
    },
    /// COM_FIELD_LIST
    FieldList {
        /// Table.
        table: Vec<u8>,
        /// Pattern of column names.
        wildcard: Vec<u8>,
    },
    /// COM_REFRESH: what to flush.
    Refresh(u8),
    /// COM_SHUTDOWN
    Shutdown(Vec<u8>),
    /// COM_STATISTICS
    Statistics,
    /// COM_PROCESS_INFO
    ProcessInfo,
    /// COM_PROCESS_KILL: the connection id.
    ProcessKill(u32),
    /// COM_DEBUG
    Debug,
    /// COM_PING
    Ping,
    /// COM_CHANGE_USER
    ChangeUser(ChangeUser),
    /// COM_BINLOG_DUMP
    BinlogDump(BinlogDump),
    /// COM_REGISTER_SLAVE
    RegisterReplica(RegisterReplica),
    /// COM_STMT_PREPARE: statement text.
    StmtPrepare(Vec<u8>),
    /// COM_STMT_EXECUTE
    StmtExecute(Execute),
    /// COM_STMT_SEND_LONG_DATA
    StmtSendLongData {
        /// Number of the statement.
        statement_id: u32,
        /// Parameter.
        parameter: u16,
        /// Part of its value.
        data: Vec<u8>,
    },
    /// COM_STMT_CLOSE
    StmtClose(u32),
    /// COM_STMT_RESET
    StmtReset(u32),
    /// COM_SET_OPTION: 0 multi-statements on, 1 off.
    SetOption(u16),
    /// COM_STMT_FETCH
    StmtFetch {
        /// Number of the statement.
        statement_id: u32,
        /// Rows wanted.
        rows: u32,
    },
    /// COM_BINLOG_DUMP_GTID
    BinlogDumpGtid(BinlogDumpGtid),
    /// COM_RESET_CONNECTION
    ResetConnection,
    /// A command not known here.
    Unknown {
        /// Its number.
        code: u8,
        /// Its arguments.
        data: Vec<u8>,
    },
}

mod code {
    pub const QUIT: u8 = 0x01;
    pub const INIT_DB: u8 = 0x02;
    pub const QUERY: u8 = 0x03;
    pub const FIELD_LIST: u8 = 0x04;
    pub const REFRESH: u8 = 0x07;
    pub const SHUTDOWN: u8 = 0x08;
    pub const STATISTICS: u8 = 0x09;
    pub const PROCESS_INFO: u8 = 0x0a;
    pub const PROCESS_KILL: u8 = 0x0c;
    pub const DEBUG: u8 = 0x0d;
    pub const PING: u8 = 0x0e;
    pub const CHANGE_USER: u8 = 0x11;
    pub const BINLOG_DUMP: u8 = 0x12;
    pub const REGISTER_REPLICA: u8 = 0x15;
    pub const STMT_PREPARE: u8 = 0x16;
    pub const STMT_EXECUTE: u8 = 0x17;
    pub const STMT_SEND_LONG_DATA: u8 = 0x18;
    pub const STMT_CLOSE: u8 = 0x19;
    pub const STMT_RESET: u8 = 0x1a;
    pub const SET_OPTION: u8 = 0x1b;
    pub const STMT_FETCH: u8 = 0x1c;
    pub const BINLOG_DUMP_GTID: u8 = 0x1e;
    pub const RESET_CONNECTION: u8 = 0x1f;
}

impl Command {
    /// A COM_QUERY without attributes.
    pub fn query(text: impl Into<Vec<u8>>) -> Self {
        Command::Query {
            attributes: Vec::new(),
            text: text.into(),
        }
    }

    /// Reads it.
    pub fn decode(bytes: &[u8], capabilities: Capabilities) -> Result<Self, DecodeError> {
        let mut r = Reader::new("command", bytes);
        let command = match r.u8()? {
            code::QUIT => Command::Quit,
            code::INIT_DB => Command::InitDb(r.rest().to_vec()),
            code::QUERY => Command::Query {
                attributes: read_attributes(&mut r, capabilities)?,
                text: r.rest().to_vec(),
            },
            code::FIELD_LIST => Command::FieldList {
                table: r.nul_bytes()?.to_vec(),
                wildcard: r.rest().to_vec(),
            },
            code::REFRESH => Command::Refresh(r.u8()?),
            code::SHUTDOWN => Command::Shutdown(r.rest().to_vec()),
            code::STATISTICS => Command::Statistics,
            code::PROCESS_INFO => Command::ProcessInfo,
            code::PROCESS_KILL => Command::ProcessKill(r.u32()?),
            code::DEBUG => Command::Debug,
            code::PING => Command::Ping,
            code::CHANGE_USER => Command::ChangeUser(ChangeUser::read(&mut r, capabilities)?),
            code::BINLOG_DUMP => Command::BinlogDump(BinlogDump::read(&mut r)?),
            code::REGISTER_REPLICA => Command::RegisterReplica(RegisterReplica::read(&mut r)?),
            code::STMT_PREPARE => Command::StmtPrepare(r.rest().to_vec()),
            code::STMT_EXECUTE => Command::StmtExecute(Execute::read(&mut r)?),
            code::STMT_SEND_LONG_DATA => Command::StmtSendLongData {
                statement_id: r.u32()?,
                parameter: r.u16()?,
                data: r.rest().to_vec(),
            },
            code::STMT_CLOSE => Command::StmtClose(r.u32()?),
            code::STMT_RESET => Command::StmtReset(r.u32()?),
            code::SET_OPTION => Command::SetOption(r.u16()?),
            code::STMT_FETCH => Command::StmtFetch {
                statement_id: r.u32()?,
                rows: r.u32()?,
            },
            code::BINLOG_DUMP_GTID => Command::BinlogDumpGtid(BinlogDumpGtid::read(&mut r)?),
            code::RESET_CONNECTION => Command::ResetConnection,
            code => Command::Unknown {
                code,
                data: r.rest().to_vec(),
            },
        };
        r.finish()?;
        Ok(command)
    }

    /// Writes it.
    pub fn encode(&self, capabilities: Capabilities) -> Vec<u8> {
        let mut out = vec![self.code()];
        match self {
            Command::Quit
            | Command::Statistics
            | Command::ProcessInfo
            | Command::Debug
            | Command::Ping
            | Command::ResetConnection => {}
            Command::InitDb(bytes) | Command::Shutdown(bytes) | Command::StmtPrepare(bytes) => {
                out.put_bytes(bytes);
            }
            Command::Query { attributes, text } => {
                write_attributes(attributes, capabilities, &mut out);
                out.put_bytes(text);
            }
            Command::FieldList { table, wildcard } => {
                out.put_nul_bytes(table);
                out.put_bytes(wildcard);
            }
            Command::Refresh(what) => out.put_u8(*what),
            Command::ProcessKill(id) | Command::StmtClose(id) | Command::StmtReset(id) => {
                out.put_u32(*id);
            }
            Command::ChangeUser(change) => change.write(capabilities, &mut out),
            Command::BinlogDump(dump) => dump.write(&mut out),
            Command::RegisterReplica(register) => register.write(&mut out),
            Command::StmtExecute(execute) => execute.write(&mut out),
            Command::StmtSendLongData {
                statement_id,
                parameter,
                data,
            } => {
                out.put_u32(*statement_id);
                out.put_u16(*parameter);
                out.put_bytes(data);
            }
            Command::SetOption(option) => out.put_u16(*option),
            Command::StmtFetch { statement_id, rows } => {
                out.put_u32(*statement_id);
                out.put_u32(*rows);
            }
            Command::BinlogDumpGtid(dump) => dump.write(&mut out),
            Command::Unknown { data, .. } => out.put_bytes(data),
        }
        out
    }

    /// Its number.
    pub fn code(&self) -> u8 {
        match self {
            Command::Quit => code::QUIT,
            Command::InitDb(_) => code::INIT_DB,
            Command::Query { .. } => code::QUERY,
            Command::FieldList { .. } => code::FIELD_LIST,
            Command::Refresh(_) => code::REFRESH,
            Command::Shutdown(_) => code::SHUTDOWN,
            Command::Statistics => code::STATISTICS,
            Command::ProcessInfo => code::PROCESS_INFO,
            Command::ProcessKill(_) => code::PROCESS_KILL,
            Command::Debug => code::DEBUG,
            Command::Ping => code::PING,
            Command::ChangeUser(_) => code::CHANGE_USER,
            Command::BinlogDump(_) => code::BINLOG_DUMP,
            Command::RegisterReplica(_) => code::REGISTER_REPLICA,
            Command::StmtPrepare(_) => code::STMT_PREPARE,
            Command::StmtExecute(_) => code::STMT_EXECUTE,
            Command::StmtSendLongData { .. } => code::STMT_SEND_LONG_DATA,
            Command::StmtClose(_) => code::STMT_CLOSE,
            Command::StmtReset(_) => code::STMT_RESET,
            Command::SetOption(_) => code::SET_OPTION,
            Command::StmtFetch { .. } => code::STMT_FETCH,
            Command::BinlogDumpGtid(_) => code::BINLOG_DUMP_GTID,
            Command::ResetConnection => code::RESET_CONNECTION,
            Command::Unknown { code, .. } => *code,
        }
    }
}

fn read_attributes(
    r: &mut Reader<'_>,
    capabilities: Capabilities,
) -> Result<Vec<Parameter>, DecodeError> {
    if !capabilities.contains(Capabilities::QUERY_ATTRIBUTES) {
        return Ok(Vec::new());
    }
    let mark = r.clone();
    let count = r.lenenc()?;
    if count > MAX_ATTRIBUTES {
        return Err(mark.error(Reason::OverLimit {
            length: count,
            limit: MAX_ATTRIBUTES,
        }));
    }
    let mark = r.clone();
    let sets = r.lenenc()?;
    if sets != 1 {
        return Err(mark.error(Reason::BadTag(sets)));
    }
    let context = ParameterContext {
        count,
        types: &[],
        long_data: &[],
        named: true,
    };
    read_parameters(r, context)
}

fn write_attributes(attributes: &[Parameter], capabilities: Capabilities, out: &mut Vec<u8>) {
    if capabilities.contains(Capabilities::QUERY_ATTRIBUTES) {
        out.put_lenenc(attributes.len() as u64);
        out.put_lenenc(1);
        write_parameters(attributes, true, out);
    }
}

#[cfg(test)]
mod tests {
    use understudy_values::wire_type::WireType;

    use super::*;
    use crate::binary::BinaryValue;
    use crate::replication::DumpFlags;
    use crate::statement::ParameterType;
    use crate::test_util::check_message;

    fn commands() -> Vec<Command> {
        vec![
            Command::Quit,
            Command::InitDb(b"db".to_vec()),
            Command::query("SELECT 1"),
            Command::FieldList {
                table: b"t".to_vec(),
                wildcard: b"%".to_vec(),
            },
            Command::Refresh(8),
            Command::Shutdown(vec![0]),
            Command::Statistics,
            Command::ProcessInfo,
            Command::ProcessKill(77),
            Command::Debug,
            Command::Ping,
            Command::ChangeUser(ChangeUser {
                user: b"u".to_vec(),
                auth_response: vec![1; 20],
                database: b"db".to_vec(),
                collation: 255,
                auth_plugin: "mysql_native_password".to_owned(),
                attributes: vec![(b"_os".to_vec(), b"Linux".to_vec())],
            }),
            Command::BinlogDump(BinlogDump {
                position: 4,
                flags: DumpFlags::NON_BLOCK,
                server_id: 9,
                file: b"bin.000001".to_vec(),
            }),
            Command::RegisterReplica(RegisterReplica {
                server_id: 2,
                host: b"h".to_vec(),
                user: b"u".to_vec(),
                password: b"p".to_vec(),
                port: 3306,
                rank: 0,
                source_id: 0,
            }),
            Command::StmtPrepare(b"SELECT ?".to_vec()),
            Command::StmtExecute(Execute {
                statement_id: 1,
                flags: 0,
                parameters: vec![0, 1, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0],
            }),
            Command::StmtSendLongData {
                statement_id: 1,
                parameter: 2,
                data: b"long".to_vec(),
            },
            Command::StmtClose(1),
            Command::StmtReset(1),
            Command::SetOption(1),
            Command::StmtFetch {
                statement_id: 1,
                rows: 100,
            },
            Command::BinlogDumpGtid(BinlogDumpGtid {
                flags: DumpFlags::THROUGH_GTID,
                server_id: 3,
                file: b"".to_vec(),
                position: 4,
                gtid_set: vec![0; 8],
            }),
            Command::ResetConnection,
            Command::Unknown {
                code: 0xfa,
                data: b"bulk".to_vec(),
            },
        ]
    }

    #[test]
    fn every_command_round_trips_with_and_without_capabilities() {
        let all = Capabilities::PLUGIN_AUTH
            | Capabilities::CONNECT_ATTRS
            | Capabilities::QUERY_ATTRIBUTES;
        for command in commands() {
            let decoded = check_message(
                &command.encode(all),
                |bytes| Command::decode(bytes, all),
                |command| command.encode(all),
            );
            assert_eq!(decoded, command);
            check_message(
                &command.encode(Capabilities::NONE),
                |bytes| Command::decode(bytes, Capabilities::NONE),
                |command| command.encode(Capabilities::NONE),
            );
        }
    }

    #[test]
    fn query_attributes_are_read_and_bounded() {
        let caps = Capabilities::QUERY_ATTRIBUTES;
        let command = Command::Query {
            attributes: vec![Parameter {
                name: b"trace".to_vec(),
                parameter_type: ParameterType {
                    column_type: WireType::STRING,
                    unsigned: false,
                },
                value: Some(BinaryValue::Bytes(b"id".to_vec())),
            }],
            text: b"SELECT 1".to_vec(),
        };
        let decoded = check_message(
            &command.encode(caps),
            |bytes| Command::decode(bytes, caps),
            |command| command.encode(caps),
        );
        assert_eq!(decoded, command);
        let bytes = [3, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert!(Command::decode(&bytes, caps).is_err());
    }

    #[test]
    fn empty_packet_is_an_error() {
        assert!(Command::decode(&[], Capabilities::NONE).is_err());
    }
}
