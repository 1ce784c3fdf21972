//! Crashes at every step of every operation, on a disk in memory: the log opens again, holds exactly a
//! run of the source's events without hole or repetition, and loses nothing that was promised.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::sim_disk::{Crash, SimDisk};
use common::*;
use understudy_event_log::{
    Checksum, EventLogError, Recovery, RelayLog, RelayOptions, SourcePosition,
};

const DIR: &str = "/relay";

/// A source with several files and transactions.
fn full_source() -> Source {
    let mut source = Source::new(Checksum::Crc32);
    for _ in 0..3 {
        source.format();
        for rows in 0..3 {
            source.transaction(rows, 40);
        }
        source.query(b"CREATE TABLE t (a int)");
        source.next_file();
    }
    source.format();
    source.transaction(1, 40);
    source
}

fn crash_options(sync_relay_log: u32) -> RelayOptions {
    RelayOptions {
        sync_relay_log,
        max_relay_log_size: 900,
        ..options()
    }
}

fn open_with(disk: &SimDisk, sync: u32) -> Result<(RelayLog, Recovery), EventLogError> {
    let disk = Arc::new(disk.clone());
    RelayLog::open_on(disk, Path::new(DIR), "relay", crash_options(sync))
}

fn open(disk: &SimDisk) -> Result<(RelayLog, Recovery), EventLogError> {
    open_with(disk, 1)
}

/// What the test promised itself while it worked.
#[derive(Default, Clone)]
struct Promised {
    /// Events of the source's log that a successful flush covered.
    flushed: usize,
    /// Segments below this may have been purged.
    purged_to: u64,
}

/// Number of events of the source's log before `at`.
fn events_before(source: &Source, at: Option<&SourcePosition>) -> usize {
    match at {
        None => 0,
        Some(at) if at.pos == 4 && *at.file == *"bin.000001" => 0,
        Some(at) => 1 + source.log.iter().position(|(end, _)| end == at).unwrap(),
    }
}

/// How many of the first `events` events are in whole transactions.
fn whole_transactions(source: &Source, events: usize) -> usize {
    let ends = |event: &[u8]| match event[4] {
        XID | ROTATE | FORMAT => true,
        QUERY => !event.windows(5).any(|text| text == b"BEGIN"),
        _ => false,
    };
    let all = &source.log[..events];
    all.iter()
        .rposition(|(_, event)| ends(event))
        .map_or(0, |at| at + 1)
}

/// Connects where the log ends and receives up to the end of the source's log, with flushes, rotations
/// and purges between.
fn receive(log: &RelayLog, source: &Source, promised: &mut Promised) -> Result<(), EventLogError> {
    let start = log.resume_position()?;
    let mut done = events_before(source, start.as_ref());
    let start = start.unwrap_or_else(|| SourcePosition::new("bin.000001", 4));
    let mut sender = source.clone();
    sender.file = start.file.to_string();
    sender.pos = start.pos;
    log.begin_connection(Checksum::Crc32, Some(start.clone()))?;
    log.append(&sender.fake_rotate())?;
    if start.pos != 4 {
        log.append(&sender.format())?;
    }
    for (end, event) in &source.log[done..] {
        log.append(event)?;
        done += 1;
        if end.pos == 4 {
            sender.file = end.file.to_string();
            sender.pos = 4;
            log.append(&sender.fake_rotate())?;
        }
        if done.is_multiple_of(5) {
            log.flush()?;
            promised.flushed = done;
        }
        if done.is_multiple_of(11) {
            log.rotate()?;
        }
        if done.is_multiple_of(17) {
            let keep_from = log.published().readable.segment - 2;
            promised.purged_to = keep_from;
            log.purge_applied(keep_from)?;
        }
    }
    log.flush()?;
    promised.flushed = done;
    Ok(())
}

/// Judges a log after recovery.
fn judge(log: &RelayLog, disk: &SimDisk, source: &Source, promised: &Promised, label: &str) {
    let have = source_events(log);
    let all = source.events();
    let end = events_before(source, log.resume_position().unwrap().as_ref());
    let begin = end.checked_sub(have.len()).expect(label);
    assert!(
        have == all[begin..end],
        "{label}: not a run of the source's events"
    );
    assert!(
        promised.purged_to > 0 || begin == 0,
        "{label}: {begin} events are gone without purge"
    );
    let whole = whole_transactions(source, promised.flushed);
    assert!(
        end >= whole,
        "{label}: {whole} events were flushed, {end} are there"
    );
    let mut names = disk.names();
    names.retain(|name| name != "relay.index");
    let indexed: Vec<_> = log
        .segments()
        .iter()
        .map(|(n, _)| log.file_name(*n))
        .collect();
    assert_eq!(names, indexed, "{label}");
    let first = log.segments()[0].0;
    assert!(first <= promised.purged_to.max(1), "{label}");
}

#[test]
fn t17_crash_at_every_step() {
    let source = full_source();
    let calm = SimDisk::default();
    let (log, _) = open(&calm).unwrap();
    receive(&log, &source, &mut Promised::default()).unwrap();
    let steps = calm.steps();
    assert!(steps > 150, "{steps}");
    for step in 0..steps {
        for (crash, torn_percent, sync) in [
            (Crash::Process, 0, 0),
            (Crash::Process, 30, 1),
            (Crash::Process, 99, 0),
            (Crash::Power, 50, 1),
            (Crash::Power, 50, 0),
        ] {
            let label = format!("{crash:?} at step {step}, {torn_percent} %, sync {sync}");
            let disk = SimDisk::default();
            disk.stop_at(step, torn_percent);
            let mut promised = Promised::default();
            let worked =
                open_with(&disk, sync).and_then(|(log, _)| receive(&log, &source, &mut promised));
            // Without fsyncs there are fewer steps.
            assert!(worked.is_err() || sync == 0, "{label}");
            if sync == 0 && crash == Crash::Power {
                promised.flushed = 0;
            }
            let disk = disk.after(crash);
            let (log, recovery) = open(&disk).unwrap_or_else(|error| panic!("{label}: {error}"));
            assert_eq!(recovery.resume, log.resume_position().unwrap(), "{label}");
            judge(&log, &disk, &source, &promised, &label);
            receive(&log, &source, &mut promised).unwrap();
            judge(&log, &disk, &source, &promised, &label);
            assert_eq!(log.resume_position().unwrap(), Some(source.at()));
        }
    }
}

#[test]
fn t17_crash_during_recovery() {
    let source = full_source();
    for step in (10..150).step_by(7) {
        let disk = SimDisk::default();
        disk.stop_at(step, 50);
        let mut promised = Promised::default();
        let worked = open(&disk).and_then(|(log, _)| receive(&log, &source, &mut promised));
        assert!(worked.is_err());
        let crashed = disk.after(Crash::Process);
        let mut again = 0;
        loop {
            let disk = crashed.after(Crash::Process);
            disk.stop_at(again, 50);
            if open(&disk).is_ok() {
                break;
            }
            let disk = disk.after(Crash::Process);
            let label = format!("step {step}, then step {again} of recovery");
            let (log, _) = open(&disk).unwrap_or_else(|error| panic!("{label}: {error}"));
            judge(&log, &disk, &source, &promised, &label);
            again += 1;
        }
        assert!(again > 3);
    }
}

#[test]
fn t17_crash_during_reset() {
    let source = full_source();
    let mut step = 0;
    loop {
        let disk = SimDisk::default();
        let (log, _) = open(&disk).unwrap();
        receive(&log, &source, &mut Promised::default()).unwrap();
        disk.stop_at(step, 50);
        let finished = log.reset().is_ok();
        let disk = disk.after(Crash::Process);
        let (log, recovery) = open(&disk).unwrap();
        let label = format!("step {step} of reset");
        let have = source_events(&log);
        assert!(
            have.is_empty() && recovery.resume.is_none() || recovery.resume == Some(source.at()),
            "{label}: neither the old log nor an empty one"
        );
        let mut names = disk.names();
        names.retain(|name| name != "relay.index");
        let indexed: Vec<_> = log
            .segments()
            .iter()
            .map(|(n, _)| log.file_name(*n))
            .collect();
        assert_eq!(names, indexed, "{label}");
        if finished {
            assert_eq!(recovery.resume, None);
            break;
        }
        step += 1;
    }
    assert!(step > 5);
}

/// A log of one segment and the events in it.
fn one_segment() -> (SimDisk, Source, String) {
    let disk = SimDisk::default();
    let (log, _) = open(&disk).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(2, 20));
    append_all(&log, &source.transaction(1, 20));
    log.flush().unwrap();
    let (last, _) = *log.segments().last().unwrap();
    (
        disk.after(Crash::Process),
        source,
        format!("{DIR}/{}", log.file_name(last)),
    )
}

#[test]
fn t17_truncation_at_every_length() {
    let (base, source, path) = one_segment();
    let whole = base.file(&path).unwrap();
    for len in 0..=whole.len() {
        let disk = base.after(Crash::Process);
        disk.put(&path, whole[..len].to_vec());
        let (log, recovery) = open(&disk).unwrap();
        let have = source_events(&log);
        assert_eq!(have, source.events()[..have.len()], "length {len}");
        let end = events_before(&source, recovery.resume.as_ref());
        assert_eq!(end, have.len(), "length {len}");
        assert!(end == 0 || end == 1 || source.log[end - 1].1[4] == XID);
        let mut promised = Promised::default();
        receive(&log, &source, &mut promised).unwrap();
        assert_eq!(source_events(&log), source.events(), "length {len}");
    }
}

#[test]
fn t17_zeros_behind_the_end() {
    let (base, source, path) = one_segment();
    let whole = base.file(&path).unwrap();
    for zeros in [1, 18, 19, 100, 5000] {
        let disk = base.after(Crash::Process);
        let mut longer = whole.clone();
        longer.resize(whole.len() + zeros, 0);
        disk.put(&path, longer);
        let (log, recovery) = open(&disk).unwrap();
        assert_eq!(recovery.resume, Some(source.at()));
        assert_eq!(recovery.truncated.len(), 1);
        assert_eq!(recovery.truncated[0].bytes, zeros as u64);
        assert_eq!(source_events(&log), source.events());
    }
}

#[test]
fn a_corrupted_byte_anywhere_is_never_delivered() {
    // In the newest segment recovery cuts it off and the source sends it again.
    let (base, source, path) = one_segment();
    let whole = base.file(&path).unwrap();
    for at in 0..whole.len() {
        let disk = base.after(Crash::Process);
        let mut damaged = whole.clone();
        damaged[at] ^= 0x04;
        disk.put(&path, damaged);
        let (log, recovery) = open(&disk).unwrap();
        let have = source_events(&log);
        assert_eq!(have, source.events()[..have.len()], "byte {at}");
        assert!(
            !recovery.truncated.is_empty() || !recovery.removed.is_empty(),
            "byte {at} not detected"
        );
        receive(&log, &source, &mut Promised::default()).unwrap();
        assert_eq!(source_events(&log), source.events(), "byte {at}");
    }
    // In an older one the reader stops before it.
    let (log, _) = open(&base).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x04;
        base.put(&path, damaged);
        let mut have = Vec::new();
        let error = read_until_error(&log, &mut have).unwrap_or_else(|| panic!("byte {at}"));
        assert!(
            matches!(error, EventLogError::Corrupt { .. }),
            "byte {at}: {error}"
        );
        assert_eq!(have, source.events()[..have.len()], "byte {at}");
    }
}

/// Reads what can be read; the error that ends it.
fn read_until_error(log: &RelayLog, have: &mut Vec<Vec<u8>>) -> Option<EventLogError> {
    let mut reader = match log.reader(log.first_position()) {
        Ok(reader) => reader,
        Err(error) => return Some(error),
    };
    loop {
        match reader.next(Some(std::time::Duration::ZERO), &never()) {
            Ok(understudy_event_log::ReadOutcome::Event(event)) if is_real(&event) => {
                have.push(event.bytes.to_vec());
            }
            Ok(understudy_event_log::ReadOutcome::Event(_)) => {}
            Ok(_) => return None,
            Err(error) => return Some(error),
        }
    }
}

#[test]
fn files_and_index_that_disagree() {
    let disk = SimDisk::default();
    let (log, _) = open(&disk).unwrap();
    let source = full_source();
    let mut receiver = Promised::default();
    receive(&log, &source, &mut receiver).unwrap();
    let numbers: Vec<u64> = log.segments().iter().map(|(number, _)| *number).collect();
    assert!(numbers.len() > 4);
    let base = disk.after(Crash::Process);
    let path = |number: &u64| format!("{DIR}/relay.{number:06}");
    let lose = |disk: &SimDisk, number: &u64| {
        use understudy_event_log::Disk;
        disk.remove(Path::new(&path(number))).unwrap();
    };
    // The first: purged by hand.
    let disk = base.after(Crash::Process);
    lose(&disk, &numbers[0]);
    let (log, recovery) = open(&disk).unwrap();
    assert_eq!(recovery.missing, [format!("relay.{:06}", numbers[0])]);
    assert_eq!(recovery.resume, Some(source.at()));
    assert_eq!(log.first_position().segment, numbers[1]);
    // The last: its events come again.
    let disk = base.after(Crash::Process);
    lose(&disk, numbers.last().unwrap());
    let (log, recovery) = open(&disk).unwrap();
    assert_eq!(recovery.missing.len(), 1);
    receive(&log, &source, &mut receiver).unwrap();
    judge(&log, &disk, &source, &receiver, "last file lost");
    // One between: what is behind it is of no use.
    let disk = base.after(Crash::Process);
    lose(&disk, &numbers[2]);
    assert!(matches!(
        open(&disk),
        Err(EventLogError::MissingSegment { .. })
    ));
    // The index: nothing is deleted, numbers go on.
    let disk = base.after(Crash::Process);
    {
        use understudy_event_log::Disk;
        disk.remove(Path::new(&format!("{DIR}/relay.index")))
            .unwrap();
    }
    let (log, recovery) = open(&disk).unwrap();
    assert_eq!(recovery.left_alone.len(), numbers.len());
    assert_eq!(recovery.resume, None);
    assert_eq!(log.first_position().segment, numbers.last().unwrap() + 1);
    // A foreign file with events behind the newest is left alone too.
    let disk = base.after(Crash::Process);
    let last = numbers.last().unwrap();
    let stray = base.file(&path(&numbers[1])).unwrap();
    disk.put(&path(&(last + 5)), stray);
    let (log, recovery) = open(&disk).unwrap();
    assert_eq!(recovery.left_alone, [format!("relay.{:06}", last + 5)]);
    assert_eq!(log.published().readable.segment, last + 6);
    // An index that is none.
    let disk = base.after(Crash::Process);
    disk.put(
        &format!("{DIR}/relay.index"),
        b"./relay.000003\n./other.000004\n".to_vec(),
    );
    assert!(matches!(open(&disk), Err(EventLogError::BadIndex { .. })));
}

#[test]
fn sync_relay_log_is_kept() {
    for (every, events, expected) in [(1, 50, 50), (10, 50, 5), (0, 50, 0)] {
        let disk = SimDisk::default();
        let options = RelayOptions {
            sync_relay_log: every,
            ..options()
        };
        let (log, _) =
            RelayLog::open_on(Arc::new(disk.clone()), Path::new(DIR), "relay", options).unwrap();
        let mut source = Source::new(Checksum::Crc32);
        source.connect(&log);
        log.sync().unwrap();
        let before = disk.syncs();
        for _ in 0..events {
            append_all(&log, &[source.query(b"CREATE TABLE t (a int)")]);
            log.flush().unwrap();
        }
        // The last one waits for those that run beside.
        log.sync().unwrap();
        assert_eq!(
            disk.syncs() - before,
            expected + 1,
            "sync_relay_log={every}"
        );
        assert_eq!(log.published().synced, Some(source.at()));
    }
    // Many events at once: one fsync for all of them.
    let disk = SimDisk::default();
    let (log, _) = open(&disk).unwrap();
    log.set_options(|options| options.max_relay_log_size = 0)
        .unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    log.sync().unwrap();
    let before = disk.syncs();
    for _ in 0..50 {
        append_all(&log, &source.transaction(3, 30));
    }
    log.flush().unwrap();
    assert_eq!(disk.syncs() - before, 1);
    assert_eq!(log.published().synced, Some(source.at()));
}

/// The source died inside a transaction and began a new file: what it left is kept, ends, and is told.
#[test]
fn t35_a_transaction_the_source_abandoned() {
    let disk = SimDisk::default();
    let (log, _) = open_with(&disk, 0).unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    append_all(&log, &source.transaction(1, 50));
    source.real(ANONYMOUS_GTID, 0, &[1; 42]);
    source.query(b"BEGIN");
    source.real(TABLE_MAP, 0, &[2; 30]);
    let left = source.log.len() - 3;
    for (_, event) in &source.log[left..] {
        append_all(&log, std::slice::from_ref(event));
    }
    source.file = "bin.000002".to_owned();
    source.pos = 4;
    append_all(&log, &[source.fake_rotate(), source.format()]);
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
    let events = read_all(&log);
    let rotate = events.iter().position(|event| {
        let next = event.source_end.as_ref();
        next.is_some_and(|at| *at.file == *"bin.000002")
    });
    let (before, after) = (&events[rotate.unwrap() - 1], &events[rotate.unwrap()]);
    assert!(!before.ends_group && after.ends_group);
    let abandoning = events.iter().filter(|event| event.abandons);
    assert_eq!(
        abandoning.map(|event| event.at).collect::<Vec<_>>(),
        [after.at]
    );
    let disk = disk.after(Crash::Process);
    let (log, recovery) = open(&disk).unwrap();
    assert_eq!(recovery.resume, Some(source.at()));
    assert_eq!(source_events(&log), source.events());
}

/// The same within one file, as a server writes that truncates nothing: the next GTID says it.
#[test]
fn t35_a_transaction_without_end_before_the_next() {
    let disk = SimDisk::default();
    let (log, _) = open_with(&disk, 0).unwrap();
    log.set_options(|options| options.max_relay_log_size = 0)
        .unwrap();
    let mut source = Source::new(Checksum::Crc32);
    source.connect(&log);
    let unfinished = source.transaction(2, 50);
    let (xid, kept) = unfinished.split_last().unwrap();
    source.log.pop();
    source.pos -= xid.len() as u64;
    append_all(&log, kept);
    append_all(&log, &source.transaction(1, 50));
    append_all(&log, &source.transaction(1, 50));
    log.flush().unwrap();
    assert_eq!(source_events(&log), source.events());
    let events = read_all(&log);
    let abandoning: Vec<_> = events.iter().filter(|event| event.abandons).collect();
    assert_eq!(abandoning.len(), 1);
    assert_eq!(abandoning[0].bytes[4], ANONYMOUS_GTID);
    assert_eq!(
        events
            .iter()
            .filter(|event| event.ends_group && event.bytes[4] == XID)
            .count(),
        2
    );
}

/// A full disk: whatever fails is tried again once there is space, and nothing is lost or doubled.
#[test]
fn operations_that_failed_can_be_tried_again() {
    let source = full_source();
    let mut again = 0;
    for step in 0..200 {
        let disk = SimDisk::default();
        let (log, _) = open_with(&disk, 0).unwrap();
        disk.stop_at(step, 50);
        let mut promised = Promised::default();
        let failed = receive(&log, &source, &mut promised);
        disk.heal();
        match failed {
            Ok(()) => break,
            // A failed fsync is another matter: what the kernel kept is unknown.
            Err(EventLogError::Io {
                action: "fsync", ..
            }) => continue,
            Err(_) => {}
        }
        receive(&log, &source, &mut promised).unwrap_or_else(|error| panic!("{step}: {error}"));
        let have = source_events(&log);
        assert!(source.events().ends_with(&have), "step {step}");
        assert_eq!(log.resume_position().unwrap(), Some(source.at()));
        again += 1;
    }
    assert!(again > 50, "{again}");
}

#[test]
fn a_failed_fsync_poisons_the_log_until_it_is_opened_again() {
    for every in [1, 2] {
        let disk = SimDisk::default();
        let (log, _) = open_with(&disk, every).unwrap();
        log.set_options(|options| options.max_relay_log_size = 0)
            .unwrap();
        let mut source = Source::new(Checksum::Crc32);
        source.connect(&log);
        append_all(&log, &source.transaction(1, 50));
        // The write succeeds, the fsync does not.
        disk.stop_at(1, 0);
        let failed = log.flush().and_then(|()| log.sync());
        let is_fsync = matches!(
            failed,
            Err(EventLogError::Io {
                action: "fsync",
                ..
            })
        );
        assert!(is_fsync, "{failed:?}");
        disk.heal();
        assert!(matches!(log.flush(), Err(EventLogError::Poisoned)));
        let event = source.query(b"BEGIN");
        assert!(matches!(log.append(&event), Err(EventLogError::Poisoned)));
        let disk = disk.after(Crash::Process);
        let (log, _) = open_with(&disk, every).unwrap();
        assert!(source.events().starts_with(&source_events(&log)));
    }
}

/// Bytes changed, removed and inserted at random: no panic, and nothing is delivered that was not sent.
#[test]
fn random_damage_delivers_nothing_foreign() {
    let (base, source, path) = one_segment();
    let whole = base.file(&path).unwrap();
    let events = source.events();
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    for round in 0..3000 {
        let mut damaged = whole.clone();
        for _ in 0..=below(4) {
            let at = below(damaged.len());
            let to = (at + 1 + below(40)).min(damaged.len());
            match below(4) {
                0 => damaged[at] = below(256) as u8,
                1 => damaged[at..to].fill(below(256) as u8),
                2 => drop(damaged.drain(at..to)),
                _ => {
                    let piece = damaged[at..to].to_vec();
                    let into = below(damaged.len());
                    damaged.splice(into..into, piece);
                }
            }
        }
        let disk = base.after(Crash::Process);
        disk.put(&path, damaged);
        let (log, _) = open(&disk).unwrap();
        let have = source_events(&log);
        assert!(events.starts_with(&have), "round {round}");
        let mut promised = Promised::default();
        receive(&log, &source, &mut promised).unwrap();
        assert_eq!(source_events(&log), events, "round {round}");
    }
}
