//! Where transactions (event groups) begin and end in a stream of events.
//!
//! A group is: a GTID event, or BEGIN, or one of the events that prepare a statement (Intvar, Rand,
//! User_var, the LOAD DATA events), up to what commits it. Control events (Rotate, Format_description,
//! ...) belong to no group; one that means "the source restarted" abandons an open group.

use understudy_binlog::position::is_artificial;
use understudy_binlog::{EventHeader, EventType};

use crate::event::{Format, le_u16};

/// MariaDB GTID: the group is one statement without a commit event.
const MARIADB_STANDALONE: u8 = 1;

/// Follows groups through a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Group {
    /// Between groups.
    #[default]
    Outside,
    /// After a GTID or a statement's preparation; one statement or BEGIN follows.
    Announced,
    /// After BEGIN, up to the commit.
    Open,
}

/// What a Query event's text means for groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum QueryKind {
    Begin,
    End,
    Other,
}

impl Group {
    /// Whether the stream may be cut here.
    pub fn is_boundary(self) -> bool {
        self == Group::Outside
    }

    /// The event announces a group: one that is open before it has no end.
    pub fn begins(header: &EventHeader) -> bool {
        matches!(
            header.event_type,
            EventType::GTID
                | EventType::ANONYMOUS_GTID
                | EventType::GTID_TAGGED
                | EventType::MARIADB_GTID
        )
    }

    /// The event can follow a group that the source left without an end.
    pub fn may_abandon(header: &EventHeader) -> bool {
        let control = matches!(
            header.event_type,
            EventType::ROTATE | EventType::STOP | EventType::FORMAT_DESCRIPTION
        );
        Group::begins(header) || control
    }

    /// The state after `event`, whose body without checksum is `body`.
    pub fn after(self, header: &EventHeader, body: &[u8], format: Option<&Format>) -> Group {
        match header.event_type {
            EventType::GTID | EventType::ANONYMOUS_GTID | EventType::GTID_TAGGED => {
                Group::Announced
            }
            // Post-header: sequence number 8, domain 4, flags 1.
            EventType::MARIADB_GTID => match body.get(12) {
                Some(flags) if flags & MARIADB_STANDALONE != 0 => Group::Announced,
                _ => Group::Open,
            },
            EventType::QUERY | EventType::EXECUTE_LOAD_QUERY => {
                let text = query_text(header.event_type, body, format);
                match (query_kind(text), self) {
                    (QueryKind::Begin, _) => Group::Open,
                    (QueryKind::End, _) | (QueryKind::Other, Group::Outside | Group::Announced) => {
                        Group::Outside
                    }
                    (QueryKind::Other, Group::Open) => Group::Open,
                }
            }
            // Compressed text is never BEGIN, COMMIT or ROLLBACK: those are shorter than the least
            // `log_bin_compress_min_len`.
            EventType::QUERY_COMPRESSED | EventType::DELETE_FILE => match self {
                Group::Outside | Group::Announced => Group::Outside,
                Group::Open => Group::Open,
            },
            EventType::XID
            | EventType::XA_PREPARE
            | EventType::TRANSACTION_PAYLOAD
            | EventType::INCIDENT => Group::Outside,
            EventType::INTVAR
            | EventType::RAND
            | EventType::USER_VAR
            | EventType::BEGIN_LOAD_QUERY => match self {
                Group::Outside => Group::Announced,
                Group::Announced | Group::Open => self,
            },
            // The source's file ended or the source restarted: what was open is abandoned by it.
            EventType::ROTATE | EventType::STOP | EventType::FORMAT_DESCRIPTION => {
                if is_artificial(header) {
                    self
                } else {
                    Group::Outside
                }
            }
            EventType::PREVIOUS_GTIDS
            | EventType::HEARTBEAT
            | EventType::HEARTBEAT_V2
            | EventType::GTID_LIST
            | EventType::BINLOG_CHECKPOINT
            | EventType::START_ENCRYPTION => self,
            EventType::TABLE_MAP => Group::Open,
            // Rows, annotations, block loads and unknown events: part of an open group; by themselves they
            // neither begin nor end one.
            _ => self,
        }
    }
}

/// The statement of a Query event; empty if the event is malformed (the applier will say so).
/// Post-header: thread id 4, time 4, database length 1, error 2, length of status variables 2, then for
/// EXECUTE_LOAD_QUERY 13 more bytes; then status variables, database and a zero byte.
fn query_text<'a>(event_type: EventType, body: &'a [u8], format: Option<&Format>) -> &'a [u8] {
    let usual = if event_type == EventType::QUERY {
        13
    } else {
        26
    };
    let post_header = format
        .map(|format| format.post_header_len(event_type))
        .filter(|len| *len > 0)
        .unwrap_or(usual);
    let database = body.get(8).map_or(0, |len| usize::from(*len));
    let status = if post_header >= 13 {
        le_u16(body, 11).map_or(0, usize::from)
    } else {
        0
    };
    body.get(post_header + status + database + 1..)
        .unwrap_or_default()
}

fn query_kind(text: &[u8]) -> QueryKind {
    let starts = |word: &str| {
        text.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    let is = |word: &str| text.len() == word.len() && starts(word);
    if is("BEGIN") || starts("XA START") || starts("XA BEGIN") {
        QueryKind::Begin
    } else if is("COMMIT")
        || is("ROLLBACK")
        || starts("XA COMMIT")
        || starts("XA ROLLBACK")
        || starts("XA PREPARE")
    {
        QueryKind::End
    } else {
        QueryKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Group::{Announced, Open, Outside};
    use understudy_binlog::group::GroupTracker;
    use understudy_binlog::{
        ChecksumAlgorithm, Event, EventBody, EventContext, EventFlags, Flavour,
    };

    fn query(text: &str) -> (EventType, Vec<u8>) {
        let mut body = vec![0; 13];
        body[8] = 2;
        body[11] = 3;
        body.extend_from_slice(b"\x00\x01\x02db\0");
        body.extend_from_slice(text.as_bytes());
        (EventType::QUERY, body)
    }

    fn plain(event_type: EventType) -> (EventType, Vec<u8>) {
        (event_type, vec![0; 30])
    }

    fn mariadb_gtid(flags: u8) -> (EventType, Vec<u8>) {
        let mut body = vec![0; 19];
        body[12] = flags;
        (EventType::MARIADB_GTID, body)
    }

    /// Walks events from outside; the state after each must be as given.
    fn check(events: &[((EventType, Vec<u8>), Group)]) {
        let mut group = Outside;
        for (at, ((event_type, body), expected)) in events.iter().enumerate() {
            let header = EventHeader {
                timestamp_s: 1,
                event_type: *event_type,
                server_id: 1,
                event_len: 100,
                log_pos: 1000,
                flags: EventFlags::default(),
            };
            group = group.after(&header, body, None);
            assert_eq!(group, *expected, "event {at}, type {event_type:?}");
        }
    }

    #[test]
    fn groups_of_mysql() {
        check(&[
            (plain(EventType::ANONYMOUS_GTID), Announced),
            (query("BEGIN"), Open),
            (plain(EventType::TABLE_MAP), Open),
            (plain(EventType::WRITE_ROWS), Open),
            (query("SAVEPOINT a"), Open),
            (query("ROLLBACK TO a"), Open),
            (plain(EventType::XID), Outside),
            (plain(EventType::GTID), Announced),
            (query("CREATE TABLE t (a INT)"), Outside),
            (plain(EventType::GTID), Announced),
            (query("BEGIN"), Open),
            (query("CREATE TABLE t (a INT) START TRANSACTION"), Open),
            (plain(EventType::WRITE_ROWS), Open),
            (plain(EventType::XID), Outside),
            (plain(EventType::GTID_TAGGED), Announced),
            (plain(EventType::TRANSACTION_PAYLOAD), Outside),
            (plain(EventType::GTID), Announced),
            (plain(EventType::INCIDENT), Outside),
        ]);
    }

    #[test]
    fn groups_of_statements() {
        check(&[
            (query("BEGIN"), Open),
            (plain(EventType::INTVAR), Open),
            (query("INSERT INTO t VALUES (NULL)"), Open),
            (query("COMMIT"), Outside),
            (plain(EventType::USER_VAR), Announced),
            (plain(EventType::RAND), Announced),
            (query("INSERT INTO m VALUES (@a, RAND())"), Outside),
            (plain(EventType::BEGIN_LOAD_QUERY), Announced),
            (plain(EventType::APPEND_BLOCK), Announced),
            (plain(EventType::EXECUTE_LOAD_QUERY), Outside),
            (query("begin"), Open),
            (query("rollback"), Outside),
        ]);
    }

    #[test]
    fn groups_of_xa() {
        check(&[
            (plain(EventType::GTID), Announced),
            (query("XA START X'78',X'',1"), Open),
            (plain(EventType::WRITE_ROWS), Open),
            (query("XA END X'78',X'',1"), Open),
            (plain(EventType::XA_PREPARE), Outside),
            (plain(EventType::GTID), Announced),
            (query("XA COMMIT X'78',X'',1"), Outside),
            (plain(EventType::GTID), Announced),
            (query("XA ROLLBACK X'78',X'',1"), Outside),
        ]);
    }

    #[test]
    fn groups_of_mariadb() {
        check(&[
            (mariadb_gtid(0x0c), Open),
            (plain(EventType::ANNOTATE_ROWS), Open),
            (plain(EventType::TABLE_MAP), Open),
            (plain(EventType::WRITE_ROWS_COMPRESSED_V1), Open),
            (plain(EventType::QUERY_COMPRESSED), Open),
            (plain(EventType::XID), Outside),
            (mariadb_gtid(MARIADB_STANDALONE), Announced),
            (plain(EventType::QUERY_COMPRESSED), Outside),
            (mariadb_gtid(0), Open),
            (query("COMMIT"), Outside),
            (plain(EventType::BINLOG_CHECKPOINT), Outside),
        ]);
    }

    #[test]
    fn t35_a_restarted_source_abandons_its_open_group() {
        for event_type in [
            EventType::STOP,
            EventType::FORMAT_DESCRIPTION,
            EventType::ROTATE,
        ] {
            check(&[
                (plain(EventType::GTID), Announced),
                (query("BEGIN"), Open),
                (plain(EventType::WRITE_ROWS), Open),
                (plain(event_type), Outside),
            ]);
        }
    }

    /// The recorded files of `fixtures/binlog`.
    fn recordings() -> Vec<std::path::PathBuf> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/binlog");
        let list = |folder: &std::path::Path| -> Vec<std::path::PathBuf> {
            let entries = std::fs::read_dir(folder).unwrap();
            entries.map(|entry| entry.unwrap().path()).collect()
        };
        let folders = list(&root).into_iter().filter(|path| path.is_dir());
        folders
            .flat_map(|folder| list(&folder))
            .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
            .collect()
    }

    /// The tracker of `understudy_binlog` reads decoded events, this one bytes; the ends of groups are the same.
    #[test]
    fn groups_end_where_those_of_decoded_events_do() {
        let files = recordings();
        assert!(files.len() > 40, "only {} recordings", files.len());
        for path in files {
            let file: bytes::Bytes = std::fs::read(&path).unwrap().into();
            let mut context = EventContext::initial(Flavour::Mysql, ChecksumAlgorithm::Off);
            let mut format = None;
            let mut decoded = GroupTracker::new();
            let mut group = Outside;
            let mut at = understudy_binlog::MAGIC.len();
            while at < file.len() {
                let header = EventHeader::decode(&file[at..]).unwrap();
                let bytes = file.slice(at..at + header.event_len as usize);
                let event = Event::decode_verified(&bytes, &context).unwrap();
                if let EventBody::FormatDescription(description) = &event.body {
                    context = description.context();
                    format = Some(Format::parse(&bytes, crate::event::Origin::File).unwrap());
                }
                let end = bytes.len() - context.checksum.len();
                decoded.observe(&event);
                group = group.after(&header, &bytes[19..end], format.as_ref());
                assert_eq!(
                    group.is_boundary(),
                    decoded.is_between_groups(),
                    "{} at {at}: {:?}",
                    path.display(),
                    header.event_type
                );
                at += bytes.len();
            }
        }
    }

    #[test]
    fn malformed_queries_do_not_panic() {
        for len in 0..40 {
            for fill in [0u8, 0xff] {
                let body = vec![fill; len];
                let text = query_text(EventType::QUERY, &body, None);
                assert_eq!(query_kind(text), QueryKind::Other);
            }
        }
    }
}
