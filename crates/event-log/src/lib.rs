//! Segmented event files with an index: the relay log and the binary log
