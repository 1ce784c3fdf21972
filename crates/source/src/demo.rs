//! The demonstration's source: a recorded binary log of a little shop, served in two parts.
//!
//! The file is `fixtures/binlog/mysql-9.7/demo.bin`, recorded from `fixtures/binlog/sets/demo.sql`. A replica
//! first gets the schema and the first rows ([`script`]); the groups after them ([`live_groups`]) are added
//! one by one, so that something can be seen to happen.
//!
//! ```
//! use understudy_source::{demo, scripted::ScriptedSource};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let source = ScriptedSource::start(demo::script(), "127.0.0.1:0".parse()?).await?;
//! for group in demo::live_groups() {
//!     source.log().append(&group);
//! }
//! # source.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::scripted::Script;
use bytes::Bytes;
use understudy_binlog::group::{GroupTracker, Place};
use understudy_binlog::{
    ChecksumAlgorithm, Event, EventBody, EventContext, EventHeader, Flavour, position,
};

/// Name of the file.
pub const FILE: &str = "binlog.000001";
/// Account that may replicate.
pub const USER: &str = "repl";
/// Its password.
pub const PASSWORD: &str = "understudy";

static RECORDING: &[u8] = include_bytes!("../../../fixtures/binlog/mysql-9.7/demo.bin");

/// Groups of the first part: the database, its tables, customers and products.
const FIRST_GROUPS: usize = 7;

/// What is before the first group, then the groups; the Stop event at the end is left out.
fn parts() -> (EventHeader, String, Vec<Bytes>) {
    let file = Bytes::from_static(RECORDING);
    let mut context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Off);
    let mut tracker = GroupTracker::new();
    let first = EventHeader::decode(&file[position::FIRST_EVENT as usize..]);
    let first = first.expect("the recording is part of the program");
    let (mut start, mut offset) = (0, position::FIRST_EVENT as usize);
    let (mut version, mut parts) = (String::new(), Vec::new());
    while offset < file.len() {
        let header = EventHeader::decode(&file[offset..]).expect("a recorded header");
        let end = offset + header.event_len as usize;
        let event = Event::decode(&file.slice(offset..end), &context).expect("a recorded event");
        if let EventBody::FormatDescription(description) = &event.body {
            context = description.context();
            version = description.server_version();
        }
        match tracker.observe(&event).place {
            Place::First if parts.is_empty() => {
                parts.push(file.slice(start..offset));
                start = offset;
            }
            Place::Last(_) | Place::Only(_) => {
                parts.push(file.slice(start..end));
                start = end;
            }
            Place::Outside | Place::First | Place::Inside => {}
        }
        offset = end;
    }
    (first, version, parts)
}

/// A source with the first part.
pub fn script() -> Script {
    let (first, version, parts) = parts();
    let opening: Vec<u8> = parts
        .iter()
        .take(1 + FIRST_GROUPS)
        .flatten()
        .copied()
        .collect();
    let mut script = Script::new(&version, first.server_id)
        .with_password(PASSWORD)
        .with_file(FILE, opening);
    script.user = USER.to_owned();
    script.gtid_mode = true;
    script
}

/// The groups of the second part, in their order, each as its events' bytes.
pub fn live_groups() -> Vec<Bytes> {
    parts().2.split_off(1 + FIRST_GROUPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_together_are_the_recording_without_its_stop() {
        let script = script();
        let mut all = script.files[0].bytes.to_vec();
        let live = live_groups();
        assert_eq!(live.len(), 10);
        for group in live {
            all.extend_from_slice(&group);
        }
        let stop = EventHeader::LEN + 4;
        assert_eq!(all, RECORDING[..RECORDING.len() - stop]);
    }
}
