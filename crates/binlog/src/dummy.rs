//! Dummy events (T21): what a MariaDB source puts in place of an event that the replica does not know.
//!
//! They have the length of what they replace, so that positions stay true, and mean nothing. Which are
//! replaced depends on `@mariadb_slave_capability`: below 4 a replica does not see GTIDs. MariaDB calls them
//! `Query_log_event::dummy_event`.

use crate::event::{Event, EventBody};

/// The name of the user variable in dummies that are too short for a statement.
const VARIABLE: &[u8] = b"!dummyvar";
/// How the statement of the others begins; short ones are cut within it.
const STATEMENT: &[u8] = b"# Dummy event replacing event type ";

/// The event stands in place of one that the source thinks we do not know.
pub fn is_dummy(event: &Event) -> bool {
    match &event.body {
        EventBody::Query(query) => {
            let text = query.query.trim_ascii_end();
            text.starts_with(STATEMENT) || (!text.is_empty() && STATEMENT.starts_with(text))
        }
        EventBody::UserVar(variable) => {
            !variable.name.is_empty()
                && VARIABLE.starts_with(&variable.name)
                && variable.value.is_none()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{QueryEvent, UserVarEvent, testing};
    use crate::{EventHeader, EventType};
    use bytes::Bytes;

    fn event(body: EventBody) -> Event {
        let header = EventHeader::decode(&testing::frame(EventType::QUERY, b"")).unwrap();
        Event { header, body }
    }

    #[test]
    fn t21_dummies_are_told_from_statements() {
        for (text, expected) in [
            (
                "# Dummy event replacing event type 162 that slave cannot handle.",
                true,
            ),
            ("# Dummy eve", true),
            ("#", true),
            ("# Dummy table made", false),
            ("BEGIN", false),
            ("", false),
        ] {
            let body = EventBody::Query(QueryEvent {
                query: Bytes::from_static(text.as_bytes()),
                ..QueryEvent::default()
            });
            assert_eq!(is_dummy(&event(body)), expected, "{text}");
        }
        for (name, expected) in [("!dummyvar", true), ("!d", true), ("dummyvar", false)] {
            let name = Bytes::from_static(name.as_bytes());
            let body = EventBody::UserVar(UserVarEvent { name, value: None });
            assert_eq!(is_dummy(&event(body)), expected);
        }
    }
}
