//! Receiver, relay log writer and applier

pub mod connect;
