//! The TLS listener: who is on the line is settled before a request is read.
//!
//! One slow or hostile client must not stop others. The handshake runs in a task of its own, and while too many are
//! under way the oldest gives way; only who has shaken hands takes a [`Place`], from the share of its kind. Whoever
//! then asks nothing, or does not take its answer, is put out ([`Pulse`]). The peer's certificate, once judged
//! ([`ServerTls::judge`]), is handed to the handlers as [`Peer`]; on a connection whose certificate does not hold no
//! handler is ever reached.

mod places;
mod pulse;
mod unread;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse as _;
use gateway_crypto::certificates::PeerCertificate;
use gateway_types::AgencyId;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use self::places::Place;
pub(crate) use self::places::Places;
pub use self::places::Sharing;
use self::pulse::{Answering, Pulse};
use self::unread::{Unread, discard};
use crate::problem::Problem;
use crate::tls::{CertificateFault, ServerTls};

/// Limits that keep one client from standing in the way of others.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How many connections may be open at once. One beyond that, or beyond its [`sharing`](Self::sharing), is closed
    /// after its handshake.
    pub connections: usize,
    /// How these are shared out: of those by certificate a quarter to peers without one and half to one agency, of
    /// those by address a quarter to one address.
    pub sharing: Sharing,
    /// How many TLS handshakes may be under way at once; for one more the oldest is broken off.
    pub handshakes: usize,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a client may take to send its first request, and the headers of any.
    pub headers: Duration,
    /// How long a connection may be open between two requests.
    pub idle: Duration,
    /// How long a connection may last in all, so that a certificate is judged again at least so often.
    pub lifetime: Duration,
    /// How long a client may take to take one answer.
    pub answer: Duration,
    /// How long requests in flight may take to end once the gateway is told to stop, or the connection is put out.
    pub drain: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            sharing: Sharing::ByCertificate,
            handshakes: 256,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            lifetime: Duration::from_secs(3600),
            answer: Duration::from_secs(60),
            drain: Duration::from_secs(20),
        }
    }
}

/// Who is on the other end of the connection.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// The client certificate, if one was presented.
    pub certificate: Option<Arc<PeerCertificate>>,
}

/// What a peer is let do: be served, or be told what is wrong with its certificate.
#[derive(Clone, Debug)]
enum Welcome {
    Served(Peer),
    Refused(CertificateFault),
}

/// Serves `router` over TLS until `stop` is cancelled, then lets requests in flight end.
pub async fn serve(
    listener: TcpListener,
    tls: ServerTls,
    router: Router,
    limits: ConnectionLimits,
    stop: CancellationToken,
) {
    let open = TaskTracker::new();
    let door = Door {
        tls,
        router,
        limits,
        places: Arc::new(Places::new(limits.connections, limits.sharing)),
        open: open.clone(),
        stop: stop.clone(),
    };
    let mut handshakes = VecDeque::new();
    loop {
        let (socket, from) = tokio::select! {
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
        handshakes.push_back(open.spawn(door.clone().receive(socket, from.ip())).abort_handle());
        if handshakes.len() > limits.handshakes {
            handshakes.retain(|handshake| !handshake.is_finished());
        }
        if handshakes.len() > limits.handshakes
            && let Some(oldest) = handshakes.pop_front()
        {
            // Who means it shakes hands in a moment: in a flood of half-open connections, those make room.
            oldest.abort();
        }
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(limits.drain, open.wait()).await.is_err() {
        tracing::warn!("requests were still in flight when the time to end was over");
    }
}

/// What a connection passes through.
#[derive(Clone)]
struct Door {
    tls: ServerTls,
    router: Router,
    limits: ConnectionLimits,
    places: Arc<Places>,
    open: TaskTracker,
    stop: CancellationToken,
}

impl Door {
    /// Shakes hands and seats the peer, if there is a place.
    async fn receive(self, socket: TcpStream, from: IpAddr) {
        let Some((stream, welcome)) = shake_hands(&self.tls, socket, self.limits.handshake).await else {
            return;
        };
        let agency = welcome.agency();
        let Some(place) = self.places.take(agency, from) else {
            tracing::warn!(
                agency = agency.map(AgencyId::as_str),
                "a connection was closed: all places of its kind are taken"
            );
            return;
        };
        // In another task, since that of a handshake may be broken off.
        self.open.clone().spawn(self.attend(stream, welcome, place));
    }

    /// Serves one connection until it ends, or is put out.
    async fn attend(self, stream: TlsStream<TcpStream>, welcome: Welcome, _place: Place) {
        let (limits, pulse) = (self.limits, Pulse::new());
        let service = {
            let (router, pulse) = (self.router, Arc::clone(&pulse));
            hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
                let under_way = pulse.begin();
                let (router, welcome) = (router.clone(), welcome.clone());
                async move {
                    let response = match welcome {
                        Welcome::Served(peer) => {
                            request.extensions_mut().insert(peer);
                            let (version, unread) = (request.version(), Unread::default());
                            let request = request.map(|body| unread.lend(body));
                            let response = into_response(router, request).await;
                            unread.discard(version, response.status(), limits.headers).await;
                            response
                        }
                        Welcome::Refused(fault) => refuse(fault, request, limits.headers).await,
                    };
                    Ok::<http::Response<Answering>, Infallible>(
                        response.map(|body| under_way.answering(body)),
                    )
                }
            })
        };
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
        let mut connection = std::pin::pin!(server.serve_connection(TokioIo::new(stream), service));
        // How a connection ends is the client's affair; requests log their own outcome.
        tokio::select! {
            _ended = connection.as_mut() => return,
            () = self.stop.cancelled() => {}
            () = pulse.stops(&limits) => {}
            () = tokio::time::sleep(limits.lifetime) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ended_or_cut = tokio::time::timeout(limits.drain, connection).await;
    }
}

impl Welcome {
    /// The agency that the peer has shown to be.
    fn agency(&self) -> Option<&AgencyId> {
        match self {
            Self::Served(peer) => peer.certificate.as_ref().map(|certificate| &certificate.agency),
            Self::Refused(_) => None,
        }
    }
}

/// The one answer on a connection whose certificate does not hold, to whatever is asked.
async fn refuse(
    fault: CertificateFault,
    request: hyper::Request<Incoming>,
    patience: Duration,
) -> axum::response::Response {
    let problem = Problem::certificate_refused().with_detail(fault.to_string());
    // A partner whose nightly push is refused so should find this answer, not a broken connection.
    discard(request.into_body(), patience).await;
    problem.into_response()
}

async fn into_response(
    router: Router,
    request: hyper::Request<axum::body::Body>,
) -> axum::response::Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn shake_hands(
    tls: &ServerTls,
    socket: TcpStream,
    limit: Duration,
) -> Option<(TlsStream<TcpStream>, Welcome)> {
    let _ = socket.set_nodelay(true);
    let stream = handshake(tls, socket, limit).await?;
    let welcome = match tls.judge(stream.get_ref().1.peer_certificates()) {
        Ok(certificate) => Welcome::Served(Peer {
            certificate: certificate.map(Arc::new),
        }),
        Err(fault) => {
            tracing::debug!(?fault, "a client certificate was refused");
            Welcome::Refused(fault)
        }
    };
    Some((stream, welcome))
}

/// Shakes hands; whose certificate the peer shows is not judged yet.
pub(crate) async fn handshake(
    tls: &ServerTls,
    socket: TcpStream,
    limit: Duration,
) -> Option<TlsStream<TcpStream>> {
    match tokio::time::timeout(limit, tls.acceptor().accept(socket)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(kind = ?error.kind(), "a TLS handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!("a TLS handshake took too long");
            None
        }
    }
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
