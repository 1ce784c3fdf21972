//! Column types, values, row images, comparison and key encoding
//!
//! One row format serves from wire to disk to wire: the binlog row image (null bits + packed fields).

pub mod types;
pub mod wire_type;
