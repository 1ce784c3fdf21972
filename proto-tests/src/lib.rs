//! proto-tests
