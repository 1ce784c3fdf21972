//! Free loopback ports.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// First port given out, below the range that the kernel takes for outgoing connections.
const FIRST: u16 = 12_000;
/// Number of ports to choose from.
const COUNT: u16 = 20_000;

/// A loopback port on which nobody listens now.
///
/// Another process may take it before the caller does. Processes begin at different places, so that is rare.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id().wrapping_mul(97) % u32::from(COUNT)) as u16;
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (start.wrapping_add(step)) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
