//! A TCP proxy on loopback that does to a connection what networks do: cut, delay, swallow, corrupt.
//!
//! The replica connects to the proxy's port, the proxy to the source's. Faults act on what the source sends,
//! counted per connection from its first byte; [`FaultProxy::cut_now`] ends every connection at once.
//!
//! ```no_run
//! use understudy_testkit::proxy::{Fault, FaultProxy};
//!
//! fn twice_through_a_bad_network(source_port: u16) -> std::io::Result<()> {
//!     let proxy = FaultProxy::start(source_port)?;
//!     proxy.set(Fault::CutAfter { bytes: 70_000 }); // every new connection ends there
//!     proxy.set(Fault::None);
//!     proxy.cut_now();
//!     Ok(())
//! }
//! ```

use crate::rng::Rng;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What happens to connections.
#[derive(Clone, Debug, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The connection ends after this many bytes from the source.
    CutAfter {
        /// Bytes that still pass.
        bytes: u64,
    },
    /// Each connection ends after a random number of bytes from the source.
    RandomCuts {
        /// Decides the numbers.
        rng: Rng,
        /// Most bytes that pass.
        most_bytes: u64,
    },
    /// Each piece of data from the source waits.
    Delay {
        /// Time per piece, milliseconds.
        ms: u64,
    },
    /// The connection stays open and nothing arrives.
    Blackhole,
    /// One byte from the source arrives inverted.
    Corrupt {
        /// Which, counted from 0.
        at: u64,
    },
    /// New connections are closed at once.
    Refuse,
}

/// What one connection will meet, decided when it is accepted.
#[derive(Clone, Copy, Debug, Default)]
struct Plan {
    cut_after: Option<u64>,
    corrupt_at: Option<u64>,
    delay_ms: u64,
    blackhole: bool,
    refuse: bool,
}

impl Fault {
    fn plan(&mut self) -> Plan {
        let mut plan = Plan::default();
        match self {
            Fault::None => {}
            Fault::CutAfter { bytes } => plan.cut_after = Some(*bytes),
            Fault::RandomCuts { rng, most_bytes } => plan.cut_after = Some(rng.below(*most_bytes)),
            Fault::Delay { ms } => plan.delay_ms = *ms,
            Fault::Blackhole => plan.blackhole = true,
            Fault::Corrupt { at } => plan.corrupt_at = Some(*at),
            Fault::Refuse => plan.refuse = true,
        }
        plan
    }
}

#[derive(Debug)]
struct Shared {
    upstream: AtomicU16,
    fault: Mutex<Fault>,
    open: Mutex<Vec<TcpStream>>,
    accepted: AtomicU64,
    ending: AtomicBool,
}

/// The proxy. Dropping it ends every connection.
#[derive(Debug)]
pub struct FaultProxy {
    shared: Arc<Shared>,
    port: u16,
    acceptor: Option<JoinHandle<()>>,
}

impl FaultProxy {
    /// Listens on a free loopback port and passes connections on to `upstream`.
    pub fn start(upstream: u16) -> io::Result<FaultProxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            upstream: AtomicU16::new(upstream),
            fault: Mutex::default(),
            open: Mutex::default(),
            accepted: AtomicU64::new(0),
            ending: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let acceptor = std::thread::spawn(move || accept_all(&listener, &for_thread));
        Ok(FaultProxy {
            shared,
            port,
            acceptor: Some(acceptor),
        })
    }

    /// Port to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connections accepted so far.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::Relaxed)
    }

    /// Decides what connections accepted from now on meet; open ones keep what they have.
    pub fn set(&self, fault: Fault) {
        *lock(&self.shared.fault) = fault;
    }

    /// Passes new connections on to another port.
    pub fn set_upstream(&self, port: u16) {
        self.shared.upstream.store(port, Ordering::Relaxed);
    }

    /// Ends every open connection, at whatever byte it is.
    pub fn cut_now(&self) {
        for stream in lock(&self.shared.open).drain(..) {
            // One that has ended already is what we want.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port)); // wakes the acceptor
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        self.cut_now();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept_all(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.ending.load(Ordering::Relaxed) {
            return;
        }
        let Ok(client) = client else { continue };
        shared.accepted.fetch_add(1, Ordering::Relaxed);
        let plan = lock(&shared.fault).plan();
        if plan.refuse {
            continue;
        }
        // A source that is down is a closed connection to the replica, as if the network had ended it.
        let upstream = shared.upstream.load(Ordering::Relaxed);
        if let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)) {
            let _ = join(client, server, plan, shared);
        }
    }
}

/// Starts the two threads that carry a connection's data.
fn join(client: TcpStream, server: TcpStream, plan: Plan, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    lock(&shared.open).extend([client.try_clone()?, server.try_clone()?]);
    let (to_server, to_client) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || carry(client, to_server, Plan::default()));
    std::thread::spawn(move || carry(server, to_client, plan));
    Ok(())
}

fn carry(mut from: TcpStream, mut to: TcpStream, plan: Plan) {
    let mut buffer = vec![0; 16 << 10];
    let mut passed = 0_u64;
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if plan.blackhole {
            continue;
        }
        if plan.delay_ms > 0 {
            std::thread::sleep(Duration::from_millis(plan.delay_ms));
        }
        let mut count = read;
        if let Some(at) = plan.corrupt_at
            && (passed..passed + count as u64).contains(&at)
        {
            buffer[(at - passed) as usize] ^= 0xff;
        }
        let cut = plan
            .cut_after
            .is_some_and(|limit| passed + count as u64 >= limit);
        if cut {
            count = (plan.cut_after.unwrap_or(0).saturating_sub(passed)) as usize;
        }
        if to.write_all(&buffer[..count]).is_err() || cut {
            break;
        }
        passed += count as u64;
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that sends `payload` to every connection and closes it.
    fn server(payload: Vec<u8>) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind");
        let port = listener.local_addr().expect("address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = stream.and_then(|mut stream| stream.write_all(&payload));
            }
        });
        port
    }

    fn receive(proxy: &FaultProxy) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).expect("connect");
        stream
            .set_read_timeout(Some(Duration::from_millis(500)))
            .expect("timeout");
        // A reset after the data is an end too.
        let _ = stream.read_to_end(&mut bytes);
        bytes
    }

    #[test]
    fn each_fault_does_what_it_says() {
        let payload: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
        let proxy = FaultProxy::start(server(payload.clone())).expect("proxy");
        assert_eq!(receive(&proxy), payload);

        proxy.set(Fault::CutAfter { bytes: 70_001 });
        assert_eq!(receive(&proxy), payload[..70_001]);

        proxy.set(Fault::Corrupt { at: 50_000 });
        let mut corrupted = payload.clone();
        corrupted[50_000] ^= 0xff;
        assert_eq!(receive(&proxy), corrupted);

        proxy.set(Fault::Blackhole);
        assert_eq!(receive(&proxy), []);
        proxy.set(Fault::Refuse);
        assert_eq!(receive(&proxy), []);

        let rng = Rng::new(3);
        proxy.set(Fault::RandomCuts {
            rng: rng.clone(),
            most_bytes: 100_000,
        });
        let mut expected = rng;
        for _ in 0..5 {
            assert_eq!(receive(&proxy).len() as u64, expected.below(100_000));
        }
        assert_eq!(proxy.accepted(), 10);
    }

    #[test]
    fn cutting_ends_open_connections() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("bind");
        let port = listener.local_addr().expect("address").port();
        let proxy = FaultProxy::start(port).expect("proxy");
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port())).expect("connect");
        let (mut server, _) = listener.accept().expect("accept");
        server.write_all(b"x").expect("write");
        let mut byte = [0];
        client.read_exact(&mut byte).expect("read");
        proxy.cut_now();
        assert!(matches!(client.read(&mut byte), Ok(0) | Err(_)));
    }
}
