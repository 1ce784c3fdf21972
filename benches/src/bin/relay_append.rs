//! How fast the relay log takes and gives events, beside a plain copy of the same bytes.
//!
//! `relay_append [MEGABYTES] [EVENT_BYTES] [SYNC_RELAY_LOG]`: one table of MB/s. The log is flushed after
//! each 64 transactions, as a receiver does whose queue runs empty now and then.

use std::fs::File;
use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::Context;
use understudy_event_log::{Checksum, ReadOutcome, RelayLog, RelayOptions, SourcePosition};

const QUERY: u8 = 2;
const ROTATE: u8 = 4;
const FORMAT_DESCRIPTION: u8 = 15;
const XID: u8 = 16;
const TABLE_MAP: u8 = 19;
const WRITE_ROWS: u8 = 30;
const ANONYMOUS_GTID: u8 = 34;
const ARTIFICIAL: u16 = 0x20;

/// An event with a CRC32.
fn event(event_type: u8, flags: u16, log_pos: u64, body: &[u8]) -> Vec<u8> {
    let mut event = vec![0; 4];
    event.push(event_type);
    event.extend(101u32.to_le_bytes());
    event.extend((body.len() as u32 + 23).to_le_bytes());
    event.extend((log_pos as u32).to_le_bytes());
    event.extend(flags.to_le_bytes());
    event.extend(body);
    let crc = crc32fast::hash(&event);
    event.extend(crc.to_le_bytes());
    event
}

fn format_description(log_pos: u64) -> Vec<u8> {
    let mut body = 4u16.to_le_bytes().to_vec();
    let mut version = b"9.7.4".to_vec();
    version.resize(50, 0);
    body.extend(version);
    body.extend([0, 0, 0, 0, 19]);
    let mut lens = [0u8; 42];
    for (event_type, len) in [(QUERY, 13), (ROTATE, 8), (TABLE_MAP, 8)] {
        lens[usize::from(event_type) - 1] = len;
    }
    body.extend(lens);
    body.push(1);
    event(FORMAT_DESCRIPTION, 0, log_pos, &body)
}

/// Transactions of one row event of `row` bytes, `total` bytes altogether.
fn transactions(mut pos: u64, row: usize, total: u64) -> Vec<Vec<u8>> {
    let mut begin = vec![0; 13];
    begin.extend(b"\0BEGIN");
    let bodies = [
        (ANONYMOUS_GTID, vec![1; 42]),
        (QUERY, begin),
        (TABLE_MAP, vec![2; 40]),
        (WRITE_ROWS, vec![3; row]),
        (XID, vec![4; 8]),
    ];
    let end = pos + total;
    let mut events = Vec::new();
    while pos < end {
        for (event_type, body) in &bodies {
            pos += body.len() as u64 + 23;
            events.push(event(*event_type, 0, pos, body));
        }
    }
    events
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| -> anyhow::Result<u64> {
        arguments.next().map_or(Ok(default), |text| {
            text.parse()
                .with_context(|| format!("not a number: {text}"))
        })
    };
    let megabytes = number(512)?;
    let row = number(150)?;
    let sync = number(10_000)?;
    let format = format_description(4 + 123);
    let start = 4 + format.len() as u64;
    let events = transactions(start, row as usize, megabytes << 20);
    let bytes: u64 = events.iter().map(|event| event.len() as u64).sum();
    let report = |what: &str, elapsed: Duration| {
        let mb = bytes as f64 / 1e6;
        let seconds = elapsed.as_secs_f64();
        let per_second = events.len() as f64 / seconds;
        println!(
            "{what:<34} {:>8.0} MB/s {per_second:>12.0} events/s",
            mb / seconds
        );
    };
    println!(
        "{} events, {} MB, sync_relay_log={sync}",
        events.len(),
        bytes / 1_000_000
    );

    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let mut copy =
        std::io::BufWriter::with_capacity(1 << 20, File::create(folder.path().join("copy"))?);
    for event in &events {
        copy.write_all(event)?;
    }
    copy.flush()?;
    report("plain copy", began.elapsed());
    copy.get_ref().sync_all()?;
    report("plain copy, fsync at the end", began.elapsed());

    let options = RelayOptions {
        sync_relay_log: u32::try_from(sync)?,
        ..RelayOptions::default()
    };
    let (log, _) = RelayLog::open(folder.path(), "relay", options)?;
    let mut rotate = 4u64.to_le_bytes().to_vec();
    rotate.extend(b"bin.000001");
    log.begin_connection(Checksum::Crc32, Some(SourcePosition::new("bin.000001", 4)))?;
    log.append(&event(ROTATE, ARTIFICIAL, 0, &rotate))?;
    log.append(&format)?;
    let began = Instant::now();
    for batch in events.chunks(64 * 5) {
        for event in batch {
            log.append(event)?;
        }
        log.flush()?;
    }
    report("append with CRC check", began.elapsed());
    log.sync()?;
    report("append with CRC check, fsync at end", began.elapsed());

    let mut reader = log.reader(log.first_position())?;
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    let mut read = 0u64;
    while let ReadOutcome::Event(event) = reader.next(Some(Duration::ZERO), &stop)? {
        read += event.bytes.len() as u64;
    }
    anyhow::ensure!(read >= bytes, "{read} of {bytes} bytes came back");
    report("read with CRC check", began.elapsed());
    Ok(())
}
