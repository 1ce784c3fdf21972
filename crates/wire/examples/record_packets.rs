//! Records fixtures/packets: what the stock client of each reference server and that server say to each
//! other, taken from the bytes between them.
//!
//! A line is one packet: `>` from the client or `<` from the server, its sequence number, its payload in
//! hexadecimal digits.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use understudy_testkit::kind::{Program, repository};
use understudy_testkit::{Kind, ReferenceServer};

/// What the client runs: rows of several types, an empty result, OK, errors, a change of database.
const STATEMENTS: &str = "SELECT 1, NULL, 'ä€', 1.50, 1e0, NOW() - NOW();
SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'mysql';
SELECT 1 FROM DUAL WHERE 1 = 0;
DO 1;
SET @a = 1;
SELECT nothing;
SELEKT 1;
USE mysql;
CREATE DATABASE fixture;
CREATE TABLE fixture.t (a INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, b VARCHAR(20), c TEXT, \
d ENUM('x','y'), e TIMESTAMP NULL, f BIT(9), g DECIMAL(9,3), h YEAR, i BLOB);
INSERT INTO fixture.t (b, d, g) VALUES ('one', 'x', 1.5), ('two', NULL, -2);
UPDATE fixture.t SET b = 'three' WHERE a = 2;
SELECT * FROM fixture.t;
SELECT CAST('x' AS SIGNED);
DROP DATABASE fixture;
";

type Capture = Arc<Mutex<Vec<(char, Vec<u8>)>>>;

/// Copies bytes and keeps them.
fn copy(mut from: TcpStream, mut to: TcpStream, side: char, capture: &Capture) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => {
                let Some(bytes) = buffer.get(..count) else {
                    break;
                };
                if let Ok(mut capture) = capture.lock() {
                    capture.push((side, bytes.to_vec()));
                }
                if to.write_all(bytes).is_err() {
                    break;
                }
            }
        }
    }
    // The other side may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}

/// Splits the captured bytes into packets, in the order in which they ended.
fn packets(capture: &[(char, Vec<u8>)]) -> String {
    let mut out = String::new();
    let mut pending: [(char, Vec<u8>); 2] = [('>', Vec::new()), ('<', Vec::new())];
    for (side, bytes) in capture {
        for (own, buffer) in &mut pending {
            if own == side {
                buffer.extend_from_slice(bytes);
                while let Some([a, b, c, sequence]) = buffer.first_chunk::<4>().copied() {
                    let length = u32::from_le_bytes([a, b, c, 0]) as usize;
                    if buffer.len() < 4 + length {
                        break;
                    }
                    let payload: Vec<u8> = buffer.drain(..4 + length).skip(4).collect();
                    let _ = write!(out, "{side} {sequence:02x} ");
                    for byte in payload {
                        let _ = write!(out, "{byte:02x}");
                    }
                    out.push('\n');
                }
            }
        }
    }
    out
}

fn record(kind: Kind) -> anyhow::Result<String> {
    let server = ReferenceServer::start(kind, &[])?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let capture = Capture::default();
    let kept = capture.clone();
    let target = server.port();
    let proxy = std::thread::spawn(move || -> anyhow::Result<()> {
        let (client, _) = listener.accept()?;
        let upstream = TcpStream::connect(("127.0.0.1", target))?;
        let (client_too, upstream_too) = (client.try_clone()?, upstream.try_clone()?);
        let kept_too = kept.clone();
        let up = std::thread::spawn(move || copy(client_too, upstream_too, '>', &kept_too));
        copy(upstream, client, '<', &kept);
        up.join().ok().context("proxy")
    });
    let no_tls = if kind.is_mariadb() {
        "--skip-ssl"
    } else {
        "--ssl-mode=DISABLED"
    };
    let mut child = kind
        .client(Program::Mysql)
        .args([
            "--host=127.0.0.1",
            "--user=root",
            "--force",
            "--batch",
            no_tls,
        ])
        .args(["--default-character-set=utf8mb4", &format!("--port={port}")])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().context("no standard input")?;
    input.write_all(STATEMENTS.as_bytes())?;
    drop(input);
    child.wait()?;
    proxy.join().ok().context("proxy")??;
    let capture = capture.lock().ok().context("capture")?;
    Ok(packets(&capture))
}

fn main() -> anyhow::Result<()> {
    let folder: PathBuf = repository().join("fixtures/packets");
    std::fs::create_dir_all(&folder)?;
    for kind in Kind::ALL {
        let text = record(kind)?;
        std::fs::write(folder.join(format!("{}.txt", kind.name())), text)?;
    }
    Ok(())
}
