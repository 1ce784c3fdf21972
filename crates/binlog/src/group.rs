//! Where transactions begin and end in a stream of events.
//!
//! A *group* is what a replica applies as one: a transaction, or a statement that is none (DDL). What it
//! looks like depends on who wrote it:
//!
//! ```text
//! MySQL 5.6              BEGIN ... Xid | COMMIT | ROLLBACK;  or one DDL statement, with nothing before it
//! MySQL 5.6 with GTIDs   Gtid, then the same
//! MySQL 5.7 and later    Gtid | Anonymous_gtid | Gtid_tagged, then the same; XA START ... XA_prepare;
//!                        CREATE TABLE ... START TRANSACTION, rows, Xid; or one Transaction_payload
//! MariaDB                Gtid ... Xid | COMMIT | ROLLBACK | XA_prepare;  or standalone Gtid, one statement
//! ```
//!
//! Rotate, Format_description, heartbeats and the like stand in no group, but may come in the midst of one in
//! a relay log. A source that crashed leaves a group without an end; the next group, or the format description
//! of the restarted server, abandons it.

use crate::event::{Event, EventBody};
use crate::events::{FormatDescriptionEvent, MariadbGtidFlags, QueryEvent};
use crate::header::EventHeader;
use crate::position::is_artificial;
use understudy_base::MariadbGtid;
use understudy_base::gtid::Gtid;

/// How a group ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupEnd {
    /// Committed.
    Commit,
    /// Rolled back on the source (it also changed tables that cannot be).
    Rollback,
    /// XA PREPARE: its COMMIT or ROLLBACK is a group of its own.
    Prepared,
    /// A statement that is no transaction.
    Statement,
}

/// Where in a group an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In none.
    Outside,
    /// First of a group.
    First,
    /// Amid a group.
    Inside,
    /// Last of a group.
    Last(GroupEnd),
    /// First and last.
    Only(GroupEnd),
}

/// What an event means for groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// Where it stands.
    pub place: Place,
    /// The group before it has no end: it is to be rolled back.
    pub abandons: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Between,
    /// A GTID, or what a statement needs, has come; a statement ends the group, BEGIN opens a transaction.
    Announced,
    /// Only an explicit end ends the group.
    Transaction,
}

/// Follows a stream of events from group to group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupTracker {
    state: State,
}

impl GroupTracker {
    /// A tracker at a place between groups.
    pub fn new() -> GroupTracker {
        GroupTracker::default()
    }

    /// The place after the last event is between groups.
    pub fn is_between_groups(&self) -> bool {
        self.state == State::Between
    }

    /// Takes an event in its turn.
    pub fn observe(&mut self, event: &Event) -> Boundary {
        self.observe_parts(&event.header, &event.body)
    }

    /// As [`GroupTracker::observe`].
    pub fn observe_parts(&mut self, header: &EventHeader, body: &EventBody) -> Boundary {
        let before = self.state;
        let place = match body {
            EventBody::Gtid(_) | EventBody::GtidTagged(_) => return self.begin(State::Announced),
            EventBody::MariadbGtid(gtid) => {
                let standalone = gtid.flags.intersects(MariadbGtidFlags::STANDALONE);
                return self.begin(if standalone {
                    State::Announced
                } else {
                    State::Transaction
                });
            }
            EventBody::FormatDescription(description) => return self.restart(header, description),
            EventBody::Query(query) => self.query(query),
            EventBody::ExecuteLoadQuery(_) => self.statement(),
            EventBody::DeleteFile(_) => self.statement(),
            EventBody::Incident(_) => self.statement(),
            EventBody::Xid(_) => self.end(GroupEnd::Commit),
            EventBody::TransactionPayload(_) => self.end(GroupEnd::Commit),
            EventBody::XaPrepare(prepare) => self.end(if prepare.one_phase {
                GroupEnd::Commit
            } else {
                GroupEnd::Prepared
            }),
            EventBody::Intvar(_)
            | EventBody::Rand(_)
            | EventBody::UserVar(_)
            | EventBody::AppendBlock(_)
            | EventBody::RowsQuery(_)
            | EventBody::AnnotateRows(_) => self.part(State::Announced),
            EventBody::TableMap(_) | EventBody::Rows(_) => self.part(State::Transaction),
            EventBody::ViewChange(_) | EventBody::Ignorable(_) | EventBody::Unknown(_) => {
                if before == State::Between {
                    Place::Outside
                } else {
                    Place::Inside
                }
            }
            EventBody::Stop(_)
            | EventBody::Rotate(_)
            | EventBody::Heartbeat(_)
            | EventBody::HeartbeatV2(_)
            | EventBody::PreviousGtids(_)
            | EventBody::TransactionContext(_)
            | EventBody::BinlogCheckpoint(_)
            | EventBody::GtidList(_)
            | EventBody::StartEncryption(_) => Place::Outside,
        };
        Boundary {
            place,
            abandons: false,
        }
    }

    fn begin(&mut self, state: State) -> Boundary {
        let abandons = self.state != State::Between;
        self.state = state;
        Boundary {
            place: Place::First,
            abandons,
        }
    }

    /// A format description with a start time is the first event of a server that was (re)started.
    fn restart(&mut self, header: &EventHeader, format: &FormatDescriptionEvent) -> Boundary {
        let restarted = format.created_s != 0 && !is_artificial(header);
        let abandons = restarted && self.state != State::Between;
        if abandons {
            self.state = State::Between;
        }
        Boundary {
            place: Place::Outside,
            abandons,
        }
    }

    fn query(&mut self, query: &QueryEvent) -> Place {
        match self.state {
            State::Between | State::Announced if opens_transaction(query) => {
                self.part(State::Transaction)
            }
            State::Between | State::Announced => self.statement(),
            State::Transaction => match ends_transaction(query) {
                Some(end) => self.end(end),
                None => Place::Inside,
            },
        }
    }

    /// A statement ends a group that is no transaction.
    fn statement(&mut self) -> Place {
        match self.state {
            State::Between | State::Announced => self.end(GroupEnd::Statement),
            State::Transaction => Place::Inside,
        }
    }

    fn end(&mut self, end: GroupEnd) -> Place {
        match std::mem::take(&mut self.state) {
            State::Between => Place::Only(end),
            State::Announced | State::Transaction => Place::Last(end),
        }
    }

    /// An event that begins a group where there is none; the group is then at least in `state`.
    fn part(&mut self, state: State) -> Place {
        match self.state {
            State::Between => {
                self.state = state;
                Place::First
            }
            State::Announced => {
                self.state = state;
                Place::Inside
            }
            State::Transaction => Place::Inside,
        }
    }
}

/// BEGIN, XA START, CREATE TABLE ... START TRANSACTION (worklog 13355).
fn opens_transaction(query: &QueryEvent) -> bool {
    const ATOMIC_CREATE: &[u8] = b"START TRANSACTION";
    let ends_so = |text: &[u8]| {
        let text = text.trim_ascii_end();
        text.len()
            .checked_sub(ATOMIC_CREATE.len())
            .and_then(|at| text.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(ATOMIC_CREATE))
    };
    query.is("BEGIN")
        || query.starts_with("XA START")
        || (query.starts_with("CREATE TABLE") && ends_so(&query.query))
}

fn ends_transaction(query: &QueryEvent) -> Option<GroupEnd> {
    if query.is("COMMIT") {
        Some(GroupEnd::Commit)
    } else if query.is("ROLLBACK") || query.starts_with("XA ROLLBACK") {
        Some(GroupEnd::Rollback)
    } else {
        None
    }
}

/// The identifier that a group carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupId {
    /// MySQL without `gtid_mode`.
    Anonymous,
    /// MySQL's.
    Mysql(Gtid),
    /// MariaDB's.
    Mariadb(MariadbGtid),
}

impl GroupId {
    /// The identifier in a Gtid event of any kind; `None` of other events.
    pub fn of(event: &Event) -> Option<GroupId> {
        match &event.body {
            EventBody::Gtid(gtid) if gtid.gno == 0 => Some(GroupId::Anonymous),
            EventBody::Gtid(gtid) => Some(GroupId::Mysql(gtid.gtid())),
            EventBody::GtidTagged(tagged) => Some(GroupId::Mysql(tagged.gtid.clone())),
            EventBody::MariadbGtid(gtid) => Some(GroupId::Mariadb(MariadbGtid {
                domain: gtid.domain,
                server_id: event.header.server_id,
                sequence: gtid.sequence,
            })),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::*;
    use crate::{EventFlags, EventType};
    use bytes::Bytes;

    fn header(log_pos: u32) -> EventHeader {
        EventHeader {
            timestamp_s: 1,
            event_type: EventType::UNKNOWN,
            server_id: 1,
            event_len: 30,
            log_pos,
            flags: EventFlags(0),
        }
    }

    fn query(text: &'static str) -> EventBody {
        EventBody::Query(QueryEvent {
            query: Bytes::from_static(text.as_bytes()),
            ..QueryEvent::default()
        })
    }

    fn gtid() -> EventBody {
        EventBody::Gtid(GtidEvent::default())
    }

    fn mariadb(flags: MariadbGtidFlags) -> EventBody {
        EventBody::MariadbGtid(MariadbGtidEvent::new(0, 1, flags))
    }

    fn xid() -> EventBody {
        EventBody::Xid(XidEvent { xid: 1 })
    }

    fn intvar() -> EventBody {
        EventBody::Intvar(IntvarEvent {
            kind: IntvarKind::InsertId,
            value: 1,
        })
    }

    fn prepare(one_phase: bool) -> EventBody {
        EventBody::XaPrepare(XaPrepareEvent {
            one_phase,
            format_id: 1,
            gtrid: Bytes::new(),
            bqual: Bytes::new(),
        })
    }

    fn stop() -> EventBody {
        EventBody::Stop(StopEvent)
    }

    fn places(bodies: &[EventBody]) -> Vec<Place> {
        let mut tracker = GroupTracker::new();
        let places = bodies
            .iter()
            .map(|body| {
                let boundary = tracker.observe_parts(&header(1), body);
                assert!(!boundary.abandons);
                let open = matches!(boundary.place, Place::First | Place::Inside);
                if boundary.place != Place::Outside {
                    assert_eq!(tracker.is_between_groups(), !open);
                }
                boundary.place
            })
            .collect();
        assert!(tracker.is_between_groups());
        places
    }

    #[test]
    fn groups_of_every_server_are_found() {
        use GroupEnd::*;
        use Place::*;
        for (bodies, expected) in [
            // MySQL 5.6 without GTIDs
            (
                vec![query("BEGIN"), query("INSERT"), xid(), stop()],
                vec![First, Inside, Last(Commit), Outside],
            ),
            (
                vec![query("CREATE TABLE t (a INT)"), query("COMMIT")],
                vec![Only(Statement), Only(Statement)],
            ),
            (
                vec![query("begin"), query("ROLLBACK TO `s`"), query("ROLLBACK")],
                vec![First, Inside, Last(Rollback)],
            ),
            (
                vec![intvar(), query("INSERT")],
                vec![First, Last(Statement)],
            ),
            // MySQL with GTIDs
            (
                vec![
                    gtid(),
                    query("BEGIN"),
                    query("COMMIT"),
                    gtid(),
                    query("DROP TABLE t"),
                ],
                vec![First, Inside, Last(Commit), First, Last(Statement)],
            ),
            (
                vec![
                    gtid(),
                    query("CREATE TABLE `t` (\n `a` int\n) START TRANSACTION"),
                    query("INSERT"),
                    xid(),
                ],
                vec![First, Inside, Inside, Last(Commit)],
            ),
            (
                vec![
                    gtid(),
                    query("XA START X'78',X'',1"),
                    query("XA END X'78',X'',1"),
                    prepare(false),
                ],
                vec![First, Inside, Inside, Last(Prepared)],
            ),
            (
                vec![
                    gtid(),
                    query("XA COMMIT X'78',X'',1"),
                    gtid(),
                    query("XA START X'78',X'',1"),
                    prepare(true),
                ],
                vec![First, Last(Statement), First, Inside, Last(Commit)],
            ),
            (
                vec![
                    gtid(),
                    EventBody::TransactionPayload(TransactionPayloadEvent::new(
                        PayloadCompression::None,
                        0,
                        Bytes::new(),
                    )),
                ],
                vec![First, Last(Commit)],
            ),
            // MariaDB
            (
                vec![
                    mariadb(MariadbGtidFlags::STANDALONE),
                    query("CREATE TABLE t (a INT)"),
                ],
                vec![First, Last(Statement)],
            ),
            (
                vec![
                    mariadb(MariadbGtidFlags::TRANSACTIONAL),
                    intvar(),
                    query("CREATE TABLE t (a INT)"),
                    xid(),
                ],
                vec![First, Inside, Inside, Last(Commit)],
            ),
        ] {
            assert_eq!(places(&bodies), expected, "{bodies:?}");
        }
    }

    #[test]
    fn t35_a_restarted_source_abandons_its_open_group() {
        let mut tracker = GroupTracker::new();
        tracker.observe_parts(&header(1), &gtid());
        tracker.observe_parts(&header(1), &query("BEGIN"));
        let mut format = FormatDescriptionEvent::new("9.7.0", crate::ChecksumAlgorithm::Off);
        let mut same_source = header(0);
        same_source.event_type = EventType::FORMAT_DESCRIPTION;
        let boundary = |tracker: &mut GroupTracker, header, format: &FormatDescriptionEvent| {
            tracker.observe_parts(&header, &EventBody::FormatDescription(format.clone()))
        };
        // A reconnect repeats the description; the group goes on.
        assert!(!boundary(&mut tracker, same_source, &format).abandons);
        assert!(!tracker.is_between_groups());
        format.created_s = 1;
        let restarted = EventHeader {
            log_pos: 126,
            ..same_source
        };
        assert!(boundary(&mut tracker, restarted, &format).abandons);
        assert!(tracker.is_between_groups());
    }

    #[test]
    fn t35_a_group_inside_a_group_abandons_the_first() {
        let mut tracker = GroupTracker::new();
        assert!(!tracker.observe_parts(&header(1), &gtid()).abandons);
        let boundary = tracker.observe_parts(&header(1), &gtid());
        assert_eq!((boundary.place, boundary.abandons), (Place::First, true));
    }
}
