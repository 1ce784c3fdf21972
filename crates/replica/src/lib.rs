//! Receiver, relay log writer and applier
