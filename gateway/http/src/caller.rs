//! A caller of the gateway's own API over mutual TLS: for `assent push`, the demo's guided tour and the tests.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::io::ReaderStream;

use crate::tls::{TlsError, client_config};

/// How much of a file is read at once.
const PIECE: usize = 64 << 10;

/// Who calls, and where.
#[derive(Clone)]
pub struct Caller {
    host: String,
    port: u16,
    connector: TlsConnector,
    token: Option<String>,
    accept: Option<String>,
    headers: http::HeaderMap,
    patience: Option<Duration>,
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: http::StatusCode,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The call did not come to an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// No connection, or it broke.
    #[error("the connection failed: {0}")]
    Connection(#[from] io::Error),
    /// The other side does not speak HTTP, or ended early.
    #[error("the exchange broke off: {0}")]
    Http(#[from] hyper::Error),
    /// The request cannot be written.
    #[error("the request cannot be written: {0}")]
    Request(#[from] http::Error),
    /// Nothing was heard, and nothing taken, for as long as the caller waits.
    #[error("the other side went silent")]
    Silent,
}

impl Caller {
    /// A caller of the gateway at `address`, whose certificate `server_ca` vouches for, with a client certificate and
    /// key (PEM) if it has one.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn new(
        address: SocketAddr,
        server_ca: &str,
        identity: Option<(&str, &str)>,
    ) -> Result<Self, TlsError> {
        Self::of(address.ip().to_string(), address.port(), server_ca, identity)
    }

    /// A caller of the gateway of this name or address, as [`Caller::new`] otherwise.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn of(
        host: String,
        port: u16,
        server_ca: &str,
        identity: Option<(&str, &str)>,
    ) -> Result<Self, TlsError> {
        let connector = TlsConnector::from(client_config(server_ca, identity)?);
        Ok(Self {
            host,
            port,
            connector,
            token: None,
            accept: None,
            headers: http::HeaderMap::new(),
            patience: None,
        })
    }

    /// The same caller with a bearer token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The same caller, who accepts this media type.
    #[must_use]
    pub fn accepting(mut self, media_type: impl Into<String>) -> Self {
        self.accept = Some(media_type.into());
        self
    }

    /// The same caller, who sends this header too.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: http::HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same, giving up on a side that has gone silent: that neither takes more of a body nor answers for so long. A
    /// network that lost a connection says nothing of it.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Opens a connection that can be used for several calls, one after another.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn connect(&self) -> Result<Connection, CallError> {
        patiently(self.patience, &AtomicU64::new(0), self.open()).await
    }

    async fn open(&self) -> Result<Connection, CallError> {
        let socket = TcpStream::connect((self.host.as_str(), self.port)).await?;
        socket.set_nodelay(true)?;
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "no name of a server"))?;
        let stream = self.connector.connect(name, socket).await?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // How the connection ends shows in the calls on it.
            let _ended = connection.await;
        });
        Ok(Connection {
            sender,
            host: self.host.clone(),
            token: self.token.clone(),
            accept: self.accept.clone(),
            headers: self.headers.clone(),
            patience: self.patience,
        })
    }

    /// Calls once, on a connection of its own.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        media_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, CallError> {
        self.connect().await?.call(method, path, media_type, body).await
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> Result<Answer, CallError> {
        self.call("POST", path, "application/json", body.to_string())
            .await
    }

    /// Fetches.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, path: &str) -> Result<Answer, CallError> {
        self.call("GET", path, "application/json", Bytes::new()).await
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[caller of {}:{}]", self.host, self.port)
    }
}

/// An open connection.
pub struct Connection {
    sender: SendRequest<BoxBody<Bytes, io::Error>>,
    host: String,
    token: Option<String>,
    accept: Option<String>,
    headers: http::HeaderMap,
    patience: Option<Duration>,
}

impl Connection {
    /// Calls and reads the answer whole.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        media_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, CallError> {
        let body = Full::new(body.into()).map_err(|never| match never {}).boxed();
        self.send(method, path, media_type, body).await
    }

    /// Sends a file as it is read, from its beginning, and reads the answer whole.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn send_file(
        &mut self,
        path: &str,
        media_type: &str,
        file: tokio::fs::File,
    ) -> Result<Answer, CallError> {
        let length = file.metadata().await?.len();
        // Exactly as long as announced, whatever is appended meanwhile.
        let pieces = ReaderStream::with_capacity(tokio::io::AsyncReadExt::take(file, length), PIECE);
        let body = StreamBody::new(pieces.map_ok(Frame::data)).boxed();
        self.headers.insert(http::header::CONTENT_LENGTH, length.into());
        let answer = self.send("POST", path, media_type, body).await;
        self.headers.remove(http::header::CONTENT_LENGTH);
        answer
    }

    /// The host as a request names it (RFC 3986, section 3.2.2).
    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        }
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        media_type: &str,
        body: BoxBody<Bytes, io::Error>,
    ) -> Result<Answer, CallError> {
        self.sender.ready().await?;
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::HOST, self.authority())
            .header(http::header::CONTENT_TYPE, media_type);
        if let Some(token) = &self.token {
            request = request.header(http::header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(accept) = &self.accept {
            request = request.header(http::header::ACCEPT, accept);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let progress = Arc::new(AtomicU64::new(0));
        let taken = Arc::clone(&progress);
        let counted = body.map_frame(move |frame| {
            taken.fetch_add(1, Ordering::Relaxed);
            frame
        });
        let request = request.body(counted.boxed())?;
        let answered = async {
            let (parts, body) = self.sender.send_request(request).await?.into_parts();
            Ok(Answer {
                status: parts.status,
                headers: parts.headers,
                body: body.collect().await?.to_bytes(),
            })
        };
        patiently(self.patience, &progress, answered).await
    }
}

/// Waits for as long as there is progress, and then for as long as `patience`.
async fn patiently<T>(
    patience: Option<Duration>,
    progress: &AtomicU64,
    work: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let Some(patience) = patience else {
        return work.await;
    };
    let mut work = std::pin::pin!(work);
    loop {
        let before = progress.load(Ordering::Relaxed);
        match tokio::time::timeout(patience, &mut work).await {
            Ok(done) => return done,
            Err(_) if progress.load(Ordering::Relaxed) != before => {}
            Err(_) => return Err(CallError::Silent),
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[connection]")
    }
}

impl Answer {
    /// The body as JSON; `null` if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_goes_silent_is_given_up_and_whoever_goes_on_is_not() {
        let progress = AtomicU64::new(0);
        let patience = Some(Duration::from_millis(200));
        let silent = patiently::<()>(patience, &progress, std::future::pending()).await;
        assert!(matches!(silent, Err(CallError::Silent)));
        // Slow, but it goes on: five times as long as the patience in all.
        let slow = async {
            for _ in 0..50 {
                tokio::time::sleep(Duration::from_millis(20)).await;
                progress.fetch_add(1, Ordering::Relaxed);
            }
            Ok(7)
        };
        assert!(matches!(patiently(patience, &progress, slow).await, Ok(7)));
    }

    #[tokio::test]
    async fn a_gateway_that_takes_a_connection_and_says_nothing_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let held = tokio::spawn(async move {
            let taken = listener.accept().await;
            std::future::pending::<()>().await;
            drop(taken);
        });
        let config = client_config_of_nobody();
        let caller = Caller {
            host: "127.0.0.1".to_owned(),
            port,
            connector: config,
            token: None,
            accept: None,
            headers: http::HeaderMap::new(),
            patience: Some(Duration::from_millis(200)),
        };
        assert!(matches!(caller.connect().await, Err(CallError::Silent)));
        held.abort();
    }

    fn client_config_of_nobody() -> TlsConnector {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }
}
