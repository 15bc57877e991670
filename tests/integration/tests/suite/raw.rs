//! A client that sends what no well-behaved client sends.

use std::time::Duration;

use rustls_pki_types::ServerName;
use tests_support::TestGateway;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// An open TLS connection.
pub(crate) struct Raw(TlsStream<TcpStream>);

impl Raw {
    /// Connects with an agency's certificate, or none.
    pub(crate) async fn connect(test: &TestGateway, agency: Option<&str>) -> Self {
        let identity = agency.map(|agency| test.credentials.identity(agency).unwrap());
        let config = gateway_http::client_config(test.credentials.authority(), identity).unwrap();
        let socket = TcpStream::connect(test.address).await.unwrap();
        let name = ServerName::IpAddress(test.address.ip().into());
        Self(TlsConnector::from(config).connect(name, socket).await.unwrap())
    }

    /// The TLS stream, for a client that speaks properly.
    pub(crate) fn into_stream(self) -> TlsStream<TcpStream> {
        self.0
    }

    /// Sends bytes; whether they could be sent.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok() && self.0.flush().await.is_ok()
    }

    /// Everything that comes until the other side closes or `within` is over; `None` if it is over first.
    pub(crate) async fn rest(&mut self, within: Duration) -> Option<String> {
        let mut all = Vec::new();
        let reading = async {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = self.0.read(&mut piece).await {
                all.extend_from_slice(&piece[..count]);
            }
        };
        tokio::time::timeout(within, reading).await.ok()?;
        Some(String::from_utf8_lossy(&all).into_owned())
    }
}
