//! The byte stream under a connection: TCP, a unix socket, or TLS over TCP.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream, UnixStream, lookup_host};
use tokio_rustls::client::TlsStream;
use understudy_wire::client::Channel;

use super::{ConnectError, SourceEndpoint};

/// One of the three.
#[derive(Debug)]
pub enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// A unix socket.
    Unix(UnixStream),
    /// TLS over TCP.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Connects the socket; the first address that answers wins.
    pub async fn open(endpoint: &SourceEndpoint) -> Result<Stream, ConnectError> {
        if let Some(path) = &endpoint.socket {
            return match UnixStream::connect(path).await {
                Ok(stream) => Ok(Stream::Unix(stream)),
                Err(error) => Err(ConnectError::cannot_connect(endpoint, os_code(&error))),
            };
        }
        let host = endpoint.host.as_str();
        let addresses = lookup_host((host, endpoint.port))
            .await
            .map_err(|error| ConnectError::unknown_host(host, resolver_code(&error)))?;
        let mut last = ConnectError::unknown_host(host, -5);
        for address in addresses {
            match open_tcp(address, endpoint.bind.as_deref()).await {
                Ok(stream) => return Ok(Stream::Tcp(stream)),
                Err(error) => last = ConnectError::cannot_connect(endpoint, os_code(&error)),
            }
        }
        Err(last)
    }

    /// What protects the bytes.
    pub fn channel(&self) -> Channel {
        match self {
            Stream::Tcp(_) => Channel::Plain,
            Stream::Unix(_) => Channel::UnixSocket,
            Stream::Tls(_) => Channel::Tls,
        }
    }
}

async fn open_tcp(address: std::net::SocketAddr, bind: Option<&str>) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_keepalive(true)?;
    if let Some(bind) = bind {
        let local: std::net::IpAddr = bind.parse().map_err(|_| io::Error::from_raw_os_error(99))?;
        socket.bind((local, 0).into())?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn os_code(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(0)
}

/// `getaddrinfo`'s number, which the standard library only tells as text.
fn resolver_code(error: &io::Error) -> i32 {
    const EAI_NONAME: i32 = -2;
    const EAI_AGAIN: i32 = -3;
    if error.to_string().contains("emporary failure") {
        EAI_AGAIN
    } else {
        EAI_NONAME
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
