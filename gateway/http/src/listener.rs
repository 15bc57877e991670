//! The TLS listener: who is on the line is settled before a request is read.
//!
//! One slow or hostile client must not stop others: the handshake runs in the connection's own task, headers and
//! handshake have a time limit, and connections are counted. The peer's certificate, whose chain rustls has checked
//! against the agency CA, is handed to the handlers as [`Peer`].

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use gateway_crypto::certificates::PeerCertificate;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Limits that keep one client from standing in the way of others.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How many connections may be open at once; further ones wait in the system's queue.
    pub connections: usize,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a client may take to send its request headers.
    pub headers: Duration,
    /// How long requests in flight may take to end once the gateway is told to stop.
    pub drain: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(10),
            drain: Duration::from_secs(20),
        }
    }
}

/// Who is on the other end of the connection.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// The client certificate, if one was presented and names one agency.
    pub certificate: Option<Arc<PeerCertificate>>,
}

/// Serves `router` over TLS until `stop` is cancelled, then lets requests in flight end.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(tls);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            break;
        };
        let (socket, _) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors and the like: passing. Wait a little rather than spin.
                    tracing::warn!(kind = ?error.kind(), "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let (acceptor, router, watcher) = (acceptor.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            let Some((stream, peer)) = shake_hands(acceptor, socket, limits.handshake).await else {
                return;
            };
            let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(peer.clone());
                let router = router.clone();
                async move { Ok::<_, Infallible>(into_response(router, request).await) }
            });
            let mut server = auto::Builder::new(TokioExecutor::new());
            server
                .http1()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.headers)
                .max_headers(64);
            server
                .http2()
                .timer(TokioTimer::new())
                .keep_alive_interval(Some(Duration::from_secs(20)))
                .max_concurrent_streams(64)
                .max_header_list_size(32 * 1024);
            let connection = server
                .serve_connection(TokioIo::new(stream), service)
                .into_owned();
            // How a connection ends is the client's affair; requests log their own outcome.
            let _ended = watcher.watch(connection).await;
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(limits.drain) => tracing::warn!("requests were still in flight when the time to end was over"),
    }
}

async fn into_response(router: Router, request: hyper::Request<Incoming>) -> axum::response::Response {
    match router.oneshot(request.map(axum::body::Body::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn shake_hands(
    acceptor: TlsAcceptor,
    socket: TcpStream,
    limit: Duration,
) -> Option<(tokio_rustls::server::TlsStream<TcpStream>, Peer)> {
    let _ = socket.set_nodelay(true);
    let stream = match tokio::time::timeout(limit, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::debug!(kind = ?error.kind(), "a TLS handshake failed");
            return None;
        }
        Err(_) => {
            tracing::debug!("a TLS handshake took too long");
            return None;
        }
    };
    let presented = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certificate = presented
        .and_then(|der| PeerCertificate::read(der.as_ref()).ok())
        .map(Arc::new);
    Some((stream, Peer { certificate }))
}

/// Binds the address and says which one it became.
///
/// # Errors
/// As the system says.
pub async fn bind(address: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}
