//! Column types, values, row images, comparison and key encoding
//!
//! One row format serves from wire to disk to wire: the binlog row image (null bits + packed fields).
//! Bytes here come from sockets and files, so nothing panics on them.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)
)]

pub mod binary;
pub mod cast;
pub mod charset;
pub mod collation;
pub mod compressed;
pub mod decimal;
pub mod error;
pub mod float;
pub mod json;
pub mod key;
pub mod row;
pub mod temporal;
pub mod text;
pub mod types;
pub mod value;
pub mod wire_type;

pub use error::ValueError;
