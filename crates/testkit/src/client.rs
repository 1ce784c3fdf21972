//! A plain blocking client of the MySQL protocol: text queries, exact bytes, nothing else.
//!
//! It is written against the protocol chapter of MySQL's source documentation and shares no code with
//! Understudy. Accounts it can use have an empty password, which every authentication plugin answers alike:
//! with an empty reply.

use anyhow::{Context, bail, ensure};
use std::fmt;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const CLIENT_LONG_PASSWORD: u32 = 1;
const CLIENT_FOUND_ROWS: u32 = 2;
const CLIENT_LONG_FLAG: u32 = 4;
const CLIENT_PROTOCOL_41: u32 = 0x200;
const CLIENT_TRANSACTIONS: u32 = 0x2000;
const CLIENT_SECURE_CONNECTION: u32 = 0x8000;
const CLIENT_PLUGIN_AUTH: u32 = 0x8_0000;
const CAPABILITIES: u32 = CLIENT_LONG_PASSWORD
    | CLIENT_FOUND_ROWS
    | CLIENT_LONG_FLAG
    | CLIENT_PROTOCOL_41
    | CLIENT_TRANSACTIONS
    | CLIENT_SECURE_CONNECTION
    | CLIENT_PLUGIN_AUTH;
/// `utf8mb4_general_ci`, known to every server.
const UTF8MB4: u8 = 45;
const MAX_PACKET: usize = 0xFF_FFFF;

/// An error packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// Error number.
    pub errno: u16,
    /// SQLSTATE.
    pub sqlstate: String,
    /// Text.
    pub message: String,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ERROR {} ({}): {}",
            self.errno, self.sqlstate, self.message
        )
    }
}

impl std::error::Error for ServerError {}

/// A column of a result set as its definition packet describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Database; empty for an expression.
    pub schema: String,
    /// Table or its alias.
    pub table: String,
    /// Table as created.
    pub org_table: String,
    /// Name.
    pub name: String,
    /// Name in the table.
    pub org_name: String,
    /// Type code of the protocol.
    pub type_code: u8,
    /// Collation id.
    pub collation: u16,
    /// Length.
    pub length: u32,
    /// Flags.
    pub flags: u16,
    /// Decimals.
    pub decimals: u8,
}

/// A row: `None` is NULL.
pub type Row = Vec<Option<Vec<u8>>>;

/// What a query returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Columns; empty for a statement without a result set.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Row>,
    /// Rows found or changed, from the OK packet.
    pub affected_rows: u64,
    /// AUTO_INCREMENT value, from the OK packet.
    pub last_insert_id: u64,
}

impl Answer {
    /// Rows as text, NULL as `NULL`, for assertions.
    pub fn text(&self) -> Vec<Vec<String>> {
        let cell = |cell: &Option<Vec<u8>>| {
            cell.as_ref().map_or_else(
                || "NULL".to_owned(),
                |bytes| String::from_utf8_lossy(bytes).into_owned(),
            )
        };
        self.rows
            .iter()
            .map(|row| row.iter().map(cell).collect())
            .collect()
    }
}

/// A connection.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
    sequence: u8,
    /// The server's version as its greeting says.
    pub server_version: String,
    /// Connection id.
    pub id: u32,
}

impl Connection {
    /// Connects to a loopback port as `user` with an empty password.
    pub fn open(port: u16, user: &str) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut connection = Connection {
            stream: BufReader::with_capacity(64 << 10, stream),
            sequence: 0,
            server_version: String::new(),
            id: 0,
        };
        connection.authenticate(user)?;
        connection.set_timeout(Some(Duration::from_secs(60)))?;
        Ok(connection)
    }

    /// How long an answer may take.
    pub fn set_timeout(&mut self, limit: Option<Duration>) -> anyhow::Result<()> {
        self.stream.get_ref().set_read_timeout(limit)?;
        Ok(())
    }

    fn authenticate(&mut self, user: &str) -> anyhow::Result<()> {
        let greeting = self.read_packet().context("greeting")?;
        if greeting.first() == Some(&0xff) {
            return Err(parse_error(&greeting).into());
        }
        let mut reader = Reader(&greeting);
        ensure!(reader.byte()? == 10, "not protocol 10");
        self.server_version = String::from_utf8_lossy(reader.until_nul()?).into_owned();
        self.id = reader.u32()?;
        reader.take(8 + 1 + 2 + 1 + 2 + 2)?;
        let scramble_length = reader.byte()?;
        reader.take(10)?;
        reader.take(usize::from(scramble_length).saturating_sub(8).max(13))?;
        let plugin = reader.until_nul().unwrap_or(b"mysql_native_password");

        let mut reply = Vec::new();
        reply.extend(CAPABILITIES.to_le_bytes());
        reply.extend(0x4000_0000_u32.to_le_bytes());
        reply.push(UTF8MB4);
        reply.extend([0; 23]);
        reply.extend(user.as_bytes());
        reply.push(0);
        reply.push(0); // length of the authentication response: empty password
        reply.extend(plugin);
        reply.push(0);
        self.write_packet(&reply)?;
        loop {
            let packet = self.read_packet().context("authentication")?;
            match packet.first() {
                Some(0x00) => return Ok(()),
                Some(0xff) => return Err(parse_error(&packet).into()),
                Some(0xfe) => self.write_packet(&[])?, // other plugin, same empty answer
                Some(0x01) => {}                       // more data: fast authentication succeeded
                other => bail!("unexpected authentication packet {other:?}"),
            }
        }
    }

    /// Runs one statement. An error packet is a [`ServerError`] inside the `anyhow::Error`.
    pub fn query(&mut self, sql: impl AsRef<[u8]>) -> anyhow::Result<Answer> {
        let mut command = Vec::with_capacity(sql.as_ref().len() + 1);
        command.push(3);
        command.extend(sql.as_ref());
        self.sequence = 0;
        self.write_packet(&command)?;
        let first = self.read_packet()?;
        match first.first() {
            Some(0xff) => Err(parse_error(&first).into()),
            Some(0x00) => {
                let mut reader = Reader(&first);
                reader.byte()?;
                Ok(Answer {
                    affected_rows: reader.length()?,
                    last_insert_id: reader.length()?,
                    ..Answer::default()
                })
            }
            Some(0xfb) => bail!("LOCAL INFILE is not supported"),
            Some(_) => self.read_result_set(Reader(&first).length()?),
            None => bail!("empty packet"),
        }
    }

    /// Runs statements one after the other and forgets what they return.
    pub fn run<S: AsRef<[u8]>>(
        &mut self,
        statements: impl IntoIterator<Item = S>,
    ) -> anyhow::Result<()> {
        for sql in statements {
            self.query(&sql)
                .with_context(|| String::from_utf8_lossy(sql.as_ref()).into_owned())?;
        }
        Ok(())
    }

    fn read_result_set(&mut self, columns: u64) -> anyhow::Result<Answer> {
        let mut answer = Answer::default();
        for _ in 0..columns {
            let packet = self.read_packet()?;
            answer.columns.push(parse_column(&packet)?);
        }
        ensure!(is_eof(&self.read_packet()?), "no EOF after the columns");
        loop {
            let packet = self.read_packet()?;
            if is_eof(&packet) {
                return Ok(answer);
            }
            if packet.first() == Some(&0xff) {
                return Err(parse_error(&packet).into());
            }
            let mut reader = Reader(&packet);
            let row = (0..columns)
                .map(|_| reader.cell())
                .collect::<Result<_, _>>()?;
            answer.rows.push(row);
        }
    }

    fn read_packet(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut payload = Vec::new();
        loop {
            let mut header = [0; 4];
            self.stream.read_exact(&mut header)?;
            let length = u32::from_le_bytes([header[0], header[1], header[2], 0]) as usize;
            ensure!(
                header[3] == self.sequence,
                "packet {} instead of {}",
                header[3],
                self.sequence
            );
            self.sequence = self.sequence.wrapping_add(1);
            let start = payload.len();
            payload.resize(start + length, 0);
            self.stream.read_exact(&mut payload[start..])?;
            if length < MAX_PACKET {
                return Ok(payload);
            }
        }
    }

    fn write_packet(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        let mut rest = payload;
        loop {
            let part = &rest[..rest.len().min(MAX_PACKET)];
            rest = &rest[part.len()..];
            let mut packet = Vec::with_capacity(part.len() + 4);
            packet.extend(&(part.len() as u32).to_le_bytes()[..3]);
            packet.push(self.sequence);
            packet.extend(part);
            self.sequence = self.sequence.wrapping_add(1);
            self.stream.get_mut().write_all(&packet)?;
            if part.len() < MAX_PACKET {
                return Ok(());
            }
        }
    }
}

fn is_eof(packet: &[u8]) -> bool {
    packet.first() == Some(&0xfe) && packet.len() < 9
}

fn parse_error(packet: &[u8]) -> ServerError {
    let errno = packet
        .get(1..3)
        .map_or(0, |bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
    let text = |range: &[u8]| String::from_utf8_lossy(range).into_owned();
    match packet.get(3) {
        Some(b'#') => ServerError {
            errno,
            sqlstate: text(packet.get(4..9).unwrap_or_default()),
            message: text(packet.get(9..).unwrap_or_default()),
        },
        _ => ServerError {
            errno,
            sqlstate: "HY000".to_owned(),
            message: text(packet.get(3..).unwrap_or_default()),
        },
    }
}

fn parse_column(packet: &[u8]) -> anyhow::Result<Column> {
    let mut reader = Reader(packet);
    reader.cell()?; // catalog
    let mut text = || -> anyhow::Result<String> {
        let bytes = reader.cell()?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (schema, table, org_table) = (text()?, text()?, text()?);
    let (name, org_name) = (text()?, text()?);
    reader.length()?;
    Ok(Column {
        schema,
        table,
        org_table,
        name,
        org_name,
        collation: reader.u16()?,
        length: reader.u32()?,
        type_code: reader.byte()?,
        flags: reader.u16()?,
        decimals: reader.byte()?,
    })
}

/// Takes values off the front of a packet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> anyhow::Result<&'a [u8]> {
        ensure!(self.0.len() >= count, "packet too short");
        let (front, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(front)
    }

    fn byte(&mut self) -> anyhow::Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> anyhow::Result<u16> {
        Ok(u16::from_le_bytes(self.take(2)?.try_into()?))
    }

    fn u32(&mut self) -> anyhow::Result<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into()?))
    }

    fn until_nul(&mut self) -> anyhow::Result<&'a [u8]> {
        let end = self
            .0
            .iter()
            .position(|byte| *byte == 0)
            .context("no terminator")?;
        let text = self.take(end)?;
        self.take(1)?;
        Ok(text)
    }

    fn number(&mut self, width: usize) -> anyhow::Result<u64> {
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.take(width)?);
        Ok(u64::from_le_bytes(bytes))
    }

    fn length(&mut self) -> anyhow::Result<u64> {
        match self.byte()? {
            0xfc => self.number(2),
            0xfd => self.number(3),
            0xfe => self.number(8),
            small => Ok(u64::from(small)),
        }
    }

    fn cell(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        if self.0.first() == Some(&0xfb) {
            self.byte()?;
            return Ok(None);
        }
        let length = usize::try_from(self.length()?)?;
        Ok(Some(self.take(length)?.to_vec()))
    }
}
