//! Stop: the server was shut down. No body; the file ends.

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::reader::Reader;

/// The server was shut down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopEvent;

impl Body for StopEvent {
    fn decode(_: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(StopEvent)
    }

    fn encode(&self, _: &mut Vec<u8>, _: &EventContext) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{Event, EventBody, EventType, Flavour, Why};

    #[test]
    fn has_no_body() {
        testing::check(
            Flavour::Mysql,
            EventType::STOP,
            b"",
            EventBody::Stop(StopEvent),
        );
        let error = Event::decode(
            &testing::frame(EventType::STOP, b"x"),
            &testing::context(Flavour::Mysql),
        );
        assert_eq!(error.unwrap_err().why, Why::Trailing { bytes: 1 });
    }
}
