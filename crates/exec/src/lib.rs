//! Binding, planning and execution of DDL and SELECT
