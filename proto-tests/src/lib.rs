//! Black-box tests over TCP: against real servers, and of real servers against us.
//!
//! The library holds what several test files share; the tests are below `tests/`.
