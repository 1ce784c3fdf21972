//! The byte stream of a client, whatever it is.

use tokio::io::{AsyncRead, AsyncWrite};

/// TCP, unix socket, or TLS over either.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A client's stream.
pub type ClientStream = Box<dyn Duplex>;
