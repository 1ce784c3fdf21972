//! What a scripted source does wrong, one fault a dump.

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// None: this dump is served faithfully, the next fault is for the one after.
    None,
    /// Cuts the connection once so many bytes of event packets were sent, in the midst of a packet if it falls
    /// so.
    CutAfterBytes(u64),
    /// Cuts the connection after so many events.
    CutAfterEvents(u64),
    /// Falls silent after so many events, without a heartbeat.
    SilentAfterEvents(u64),
    /// Sends the event of this number (from 0) with its last body byte changed and its checksum as it was.
    DamageEvent(u64),
    /// Sends the event of this number (from 0) twice.
    RepeatEvent(u64),
    /// Ends the dump with an error after so many events.
    ErrorAfterEvents(u64, u16, String),
    /// Sends a heartbeat between the artificial rotate and the format description (T15).
    EarlyHeartbeat,
    /// Sends heartbeats whose position is so many bytes too far (T15).
    WrongHeartbeatPosition(u32),
}
