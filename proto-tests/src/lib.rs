//! Black-box tests over TCP: against real servers, and of real servers against us.
//!
//! The library holds what several test files share: attaching a replica, comparing two servers, generators of
//! schemas and workloads. The tests are below `tests/`.

pub mod attach;
pub mod compare;
pub mod compatibility;
pub mod eventfile;
pub mod matrix;
pub mod workload;
