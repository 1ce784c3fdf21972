//! Binary log event codec of MySQL and MariaDB; no I/O
