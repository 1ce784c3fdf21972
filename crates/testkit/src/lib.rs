//! Reference servers and fault proxy for tests
