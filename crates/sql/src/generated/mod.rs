//! Tables written by the scripts beside them.

pub(crate) mod keywords;
