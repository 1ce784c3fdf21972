//! Rand: the seeds of `RAND()` in the next statement.
//!
//! ```text
//! 8  first seed
//! 8  second seed
//! ```

use crate::context::EventContext;
use crate::error::DecodeError;
use crate::event::Body;
use crate::put::Put;
use crate::reader::Reader;

/// Seeds of `RAND()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandEvent {
    /// `rand_seed1`
    pub seed1: u64,
    /// `rand_seed2`
    pub seed2: u64,
}

impl Body for RandEvent {
    fn decode(reader: &mut Reader<'_>, _: &EventContext) -> Result<Self, DecodeError> {
        Ok(RandEvent {
            seed1: reader.u64("seed1")?,
            seed2: reader.u64("seed2")?,
        })
    }

    fn encode(&self, out: &mut Vec<u8>, _: &EventContext) {
        out.u64(self.seed1);
        out.u64(self.seed2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::testing;
    use crate::{EventBody, EventType, Flavour};

    #[test]
    fn round_trips() {
        testing::check(
            Flavour::Mysql,
            EventType::RAND,
            b"\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0",
            EventBody::Rand(RandEvent { seed1: 1, seed2: 2 }),
        );
    }
}
