//! OK, ERR and EOF packets, in the form before and after DEPRECATE_EOF, with session state changes.

use understudy_base::error::MysqlError;

use crate::capabilities::{Capabilities, StatusFlags};
use crate::error::{DecodeError, Reason};
use crate::put::Put;
use crate::reader::Reader;

/// A session state change that an OK packet reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// System variables, name and value.
    SystemVariables(Vec<(Vec<u8>, Vec<u8>)>),
    /// Current database.
    Schema(Vec<u8>),
    /// Whether anything changed: `1`.
    State(Vec<u8>),
    /// GTIDs of the statement.
    Gtids {
        /// Encoding; 0 is text.
        encoding: u8,
        /// The set.
        gtids: Vec<u8>,
    },
    /// Statement that restores the transaction's characteristics.
    TransactionCharacteristics(Vec<u8>),
    /// Eight letters on the transaction's state.
    TransactionState(Vec<u8>),
    /// A kind not known here.
    Unknown {
        /// Its number.
        kind: u8,
        /// Its bytes.
        data: Vec<u8>,
    },
}

impl SessionChange {
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = r.u8()?;
        let data = r.lenenc_bytes()?;
        let mut d = Reader::new("session state change", data);
        let change = match kind {
            0 => {
                let mut variables = Vec::new();
                while !d.is_empty() {
                    let name = d.lenenc_bytes()?.to_vec();
                    variables.push((name, d.lenenc_bytes()?.to_vec()));
                }
                SessionChange::SystemVariables(variables)
            }
            1 => SessionChange::Schema(d.lenenc_bytes()?.to_vec()),
            2 => SessionChange::State(d.lenenc_bytes()?.to_vec()),
            3 => SessionChange::Gtids {
                encoding: d.u8()?,
                gtids: d.lenenc_bytes()?.to_vec(),
            },
            4 => SessionChange::TransactionCharacteristics(d.lenenc_bytes()?.to_vec()),
            5 => SessionChange::TransactionState(d.lenenc_bytes()?.to_vec()),
            kind => SessionChange::Unknown {
                kind,
                data: d.rest().to_vec(),
            },
        };
        d.finish()?;
        Ok(change)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut data = Vec::new();
        let kind = match self {
            SessionChange::SystemVariables(variables) => {
                for (name, value) in variables {
                    data.put_lenenc_bytes(name);
                    data.put_lenenc_bytes(value);
                }
                0
            }
            SessionChange::Schema(name) => {
                data.put_lenenc_bytes(name);
                1
            }
            SessionChange::State(flag) => {
                data.put_lenenc_bytes(flag);
                2
            }
            SessionChange::Gtids { encoding, gtids } => {
                data.put_u8(*encoding);
                data.put_lenenc_bytes(gtids);
                3
            }
            SessionChange::TransactionCharacteristics(text) => {
                data.put_lenenc_bytes(text);
                4
            }
            SessionChange::TransactionState(text) => {
                data.put_lenenc_bytes(text);
                5
            }
            SessionChange::Unknown { kind, data: bytes } => {
                data.put_bytes(bytes);
                *kind
            }
        };
        out.put_u8(kind);
        out.put_lenenc_bytes(&data);
    }
}

/// An OK packet, or with DEPRECATE_EOF the packet that ends rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OkPacket {
    /// Rows changed, inserted or deleted.
    pub affected_rows: u64,
    /// LAST_INSERT_ID().
    pub last_insert_id: u64,
    /// Status.
    pub status: StatusFlags,
    /// Number of warnings.
    pub warnings: u16,
    /// Text such as `Rows matched: 1  Changed: 1  Warnings: 0`.
    pub info: Vec<u8>,
    /// Session state changes.
    pub changes: Vec<SessionChange>,
}

impl OkPacket {
    /// First byte of an OK packet.
    pub const TAG: u8 = 0x00;

    /// Reads a packet that starts with 0x00, or 0xfe at the end of rows.
    pub fn decode(bytes: &[u8], capabilities: Capabilities) -> Result<Self, DecodeError> {
        let mut r = Reader::new("OK packet", bytes);
        let mark = r.clone();
        let tag = r.u8()?;
        if tag != Self::TAG && tag != EofPacket::TAG {
            return Err(mark.error(Reason::BadTag(u64::from(tag))));
        }
        let mut ok = OkPacket {
            affected_rows: r.lenenc()?,
            last_insert_id: r.lenenc()?,
            status: StatusFlags(r.u16()?),
            warnings: r.u16()?,
            ..OkPacket::default()
        };
        if !r.is_empty() {
            ok.info = r.lenenc_bytes()?.to_vec();
        }
        let tracked = capabilities.contains(Capabilities::SESSION_TRACK)
            && ok.status.contains(StatusFlags::SESSION_STATE_CHANGED);
        if tracked {
            let mut changes = Reader::new("session state changes", r.lenenc_bytes()?);
            while !changes.is_empty() {
                ok.changes.push(SessionChange::read(&mut changes)?);
            }
        }
        r.finish()?;
        Ok(ok)
    }

    /// Writes it with the first byte `tag`: [`OkPacket::TAG`], or [`EofPacket::TAG`] at the end of rows.
    pub fn encode(&self, tag: u8, capabilities: Capabilities) -> Vec<u8> {
        let mut out = vec![tag];
        out.put_lenenc(self.affected_rows);
        out.put_lenenc(self.last_insert_id);
        out.put_u16(self.status.0);
        out.put_u16(self.warnings);
        let tracked = capabilities.contains(Capabilities::SESSION_TRACK)
            && self.status.contains(StatusFlags::SESSION_STATE_CHANGED);
        if tracked || !self.info.is_empty() {
            out.put_lenenc_bytes(&self.info);
        }
        if tracked {
            let mut changes = Vec::new();
            for change in &self.changes {
                change.write(&mut changes);
            }
            out.put_lenenc_bytes(&changes);
        }
        out
    }
}

/// An EOF packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EofPacket {
    /// Number of warnings.
    pub warnings: u16,
    /// Status.
    pub status: StatusFlags,
}

impl EofPacket {
    /// First byte.
    pub const TAG: u8 = 0xfe;

    /// Reads it.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("EOF packet", bytes);
        let mark = r.clone();
        let tag = r.u8()?;
        if tag != Self::TAG {
            return Err(mark.error(Reason::BadTag(u64::from(tag))));
        }
        let eof = EofPacket {
            warnings: r.u16()?,
            status: StatusFlags(r.u16()?),
        };
        r.finish()?;
        Ok(eof)
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::TAG];
        out.put_u16(self.warnings);
        out.put_u16(self.status.0);
        out
    }
}

/// An ERR packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrPacket {
    /// Error number.
    pub errno: u16,
    /// SQLSTATE; absent before the handshake is done.
    pub sqlstate: Option<[u8; 5]>,
    /// Text, in the connection's character set.
    pub message: Vec<u8>,
}

impl ErrPacket {
    /// First byte.
    pub const TAG: u8 = 0xff;

    /// Reads it.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new("ERR packet", bytes);
        let mark = r.clone();
        let tag = r.u8()?;
        if tag != Self::TAG {
            return Err(mark.error(Reason::BadTag(u64::from(tag))));
        }
        let errno = r.u16()?;
        let mut sqlstate = None;
        if r.peek().first() == Some(&b'#') && r.remaining() >= 6 {
            r.u8()?;
            sqlstate = Some(r.array::<5>()?);
        }
        Ok(ErrPacket {
            errno,
            sqlstate,
            message: r.rest().to_vec(),
        })
    }

    /// Writes it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::TAG];
        out.put_u16(self.errno);
        if let Some(sqlstate) = &self.sqlstate {
            out.put_u8(b'#');
            out.put_bytes(sqlstate);
        }
        out.put_bytes(&self.message);
        out
    }

    /// The text, with U+FFFD for what is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.message).into_owned()
    }
}

impl From<&MysqlError> for ErrPacket {
    fn from(error: &MysqlError) -> Self {
        ErrPacket {
            errno: error.errno,
            sqlstate: error.sqlstate.as_bytes().try_into().ok(),
            message: error.message.as_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_util::check_message;

    #[test]
    fn ok_packets_round_trip() {
        let tracking = Capabilities::SESSION_TRACK;
        let plain = OkPacket {
            affected_rows: 300,
            last_insert_id: 70_000,
            status: StatusFlags::AUTOCOMMIT,
            warnings: 1,
            ..OkPacket::default()
        };
        let told = OkPacket {
            info: b"Rows matched: 1  Changed: 1  Warnings: 0".to_vec(),
            ..plain.clone()
        };
        let tracked = OkPacket {
            status: StatusFlags::SESSION_STATE_CHANGED,
            changes: vec![
                SessionChange::SystemVariables(vec![(b"autocommit".to_vec(), b"ON".to_vec())]),
                SessionChange::Schema(b"db".to_vec()),
                SessionChange::State(b"1".to_vec()),
                SessionChange::Gtids {
                    encoding: 0,
                    gtids: b"uuid:1".to_vec(),
                },
                SessionChange::TransactionCharacteristics(b"".to_vec()),
                SessionChange::TransactionState(b"T_______".to_vec()),
                SessionChange::Unknown {
                    kind: 200,
                    data: b"x".to_vec(),
                },
            ],
            ..plain.clone()
        };
        for (ok, capabilities) in [
            (&plain, Capabilities::NONE),
            (&plain, tracking),
            (&told, Capabilities::NONE),
            (&told, tracking),
            (&tracked, tracking),
        ] {
            let encode = |ok: &OkPacket| ok.encode(OkPacket::TAG, capabilities);
            let decode = |bytes: &[u8]| OkPacket::decode(bytes, capabilities);
            assert_eq!(&check_message(&encode(ok), decode, encode), ok);
        }
    }

    #[test]
    fn eof_and_err_round_trip() {
        let eof = EofPacket {
            warnings: 2,
            status: StatusFlags::MORE_RESULTS,
        };
        let bytes = eof.encode();
        assert_eq!(
            check_message(&bytes, EofPacket::decode, EofPacket::encode),
            eof
        );
        for sqlstate in [None, Some(*b"42S02")] {
            let err = ErrPacket {
                errno: 1146,
                sqlstate,
                message: b"Table 'a.b' doesn't exist".to_vec(),
            };
            let bytes = err.encode();
            let decoded = check_message(&bytes, ErrPacket::decode, ErrPacket::encode);
            assert_eq!(decoded, err);
        }
    }

    #[test]
    fn wrong_tags_are_errors() {
        assert!(OkPacket::decode(&[1, 0, 0, 0, 0, 0, 0], Capabilities::NONE).is_err());
        assert!(EofPacket::decode(&[0, 0, 0, 0, 0]).is_err());
        assert!(ErrPacket::decode(&[0, 0, 0]).is_err());
    }
}
