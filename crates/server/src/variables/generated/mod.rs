//! Tables that record.py writes from what real servers answer.

pub mod mariadb;
pub mod mysql;
