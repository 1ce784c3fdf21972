//! MySQL client/server protocol codec: packets, handshake, commands, result sets; no I/O.
//!
//! Everything works on byte slices and serves both ends of a connection. A receiver's life, for example:
//! bytes from the socket go into a [`packet::PacketCodec`], whole packets come out; the first is given to
//! [`client::ExpectGreeting`], which leads through capabilities, TLS and authentication as consuming states;
//! after that [`command`] encodes what is asked and [`resultset::ResponseReader`] reads the answer, or, for a
//! binlog dump, the packets are taken as they come.
//!
//! Bytes from outside never panic and never decide on an allocation beyond their own length.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

pub mod auth;
pub mod binary;
pub mod capabilities;
pub mod client;
pub mod column;
pub mod command;
pub mod compress;
pub mod error;
pub mod handshake;
pub mod packet;
pub mod put;
pub mod reader;
pub mod replication;
pub mod response;
pub mod resultset;
pub mod semisync;
pub mod server;
pub mod statement;
#[cfg(test)]
mod test_util;
