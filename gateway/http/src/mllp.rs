//! The HL7 v2 door: messages over MLLP, answered when they are durable.
//!
//! Plain only where nobody but the machine itself can listen or send, for one agency that is configured; elsewhere over TLS, for
//! the agency of the client certificate. A sender may send on before it is answered; answers come in the order of the messages. What is
//! not framed as it should be ends the connection: there is no way back into step.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use gateway_exchange::Gateway;
use gateway_exchange::ingest::{MessageDoor, Pending, frames};
use gateway_types::AgencyId;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufWriter, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::listener::{Places, Sharing, handshake};
use crate::tls::ServerTls;

/// How many messages of one connection may wait for their answers.
const UNANSWERED: usize = 64;
/// How much is read at once.
const PIECE: usize = 32 << 10;

/// Limits that keep one sender from standing in the way of others.
#[derive(Clone, Copy, Debug)]
pub struct MllpLimits {
    /// How many connections may be open at once; by one agency, half.
    pub connections: usize,
    /// The largest message.
    pub message: usize,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a message may take to arrive, from its first byte to its last.
    pub frame: Duration,
    /// How long a connection may be open without a message.
    pub idle: Duration,
    /// How long a connection may last, so that a certificate and a registration are judged again at least so often. It ends
    /// between two messages.
    pub lifetime: Duration,
    /// How long a sender may take to take an answer.
    pub answer: Duration,
    /// How long messages that wait for their answers may take once the gateway is told to stop.
    pub drain: Duration,
}

impl Default for MllpLimits {
    fn default() -> Self {
        Self {
            connections: 256,
            message: 1 << 20,
            handshake: Duration::from_secs(10),
            frame: Duration::from_secs(30),
            idle: Duration::from_secs(3600),
            lifetime: Duration::from_secs(24 * 3600),
            answer: Duration::from_secs(60),
            drain: Duration::from_secs(20),
        }
    }
}

/// Who may send.
#[derive(Clone, Debug)]
enum Access {
    /// Whoever can reach the machine's own address, for this agency.
    Local(AgencyId),
    /// The agency of the client certificate.
    Certificate(ServerTls),
}

/// A listener for messages.
#[derive(Debug)]
pub struct MllpListener {
    listener: TcpListener,
    access: Access,
}

/// Why a listener was not opened.
#[derive(Debug, thiserror::Error)]
pub enum MllpError {
    /// Messages would cross a network in the clear.
    #[error("messages in the clear are taken on a loopback address only")]
    NotLoopback,
    /// The address cannot be listened on.
    #[error("the address cannot be listened on: {0}")]
    Address(#[from] std::io::Error),
}

impl MllpListener {
    /// A listener without TLS, for messages of `agency`.
    ///
    /// # Errors
    /// [`MllpError`], among others if the address is not one of the machine's own.
    pub async fn local(address: SocketAddr, agency: AgencyId) -> Result<Self, MllpError> {
        if !address.ip().is_loopback() {
            return Err(MllpError::NotLoopback);
        }
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            access: Access::Local(agency),
        })
    }

    /// A listener over TLS, for messages of the agencies that have a client certificate.
    ///
    /// # Errors
    /// [`MllpError`].
    pub async fn over_tls(address: SocketAddr, tls: ServerTls) -> Result<Self, MllpError> {
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            access: Access::Certificate(tls),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Takes messages until `stop` is cancelled, then lets those that wait be answered.
    pub async fn serve(self, gateway: Arc<Gateway>, limits: MllpLimits, stop: CancellationToken) {
        let open = TaskTracker::new();
        let places = Arc::new(Places::new(limits.connections, Sharing::ByCertificate));
        let line = Line {
            gateway,
            access: self.access,
            limits,
            places,
            stop: stop.clone(),
        };
        // A peer that has not shaken hands takes a place of these.
        let handshakes = Arc::new(tokio::sync::Semaphore::new(limits.connections));
        loop {
            let (socket, from) = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(kind = ?error.kind(), "a connection for messages could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            // Full: whoever comes is closed at once.
            if let Ok(place) = Arc::clone(&handshakes).try_acquire_owned() {
                let line = line.clone();
                open.spawn(async move {
                    line.receive(socket, from.ip()).await;
                    drop(place);
                });
            }
        }
        drop(self.listener);
        open.close();
        if tokio::time::timeout(limits.drain, open.wait()).await.is_err() {
            tracing::warn!("messages still waited for their answers when the time to end was over");
        }
    }
}

/// What a connection passes through.
#[derive(Clone)]
struct Line {
    gateway: Arc<Gateway>,
    access: Access,
    limits: MllpLimits,
    places: Arc<Places>,
    stop: CancellationToken,
}

impl Line {
    async fn receive(self, socket: TcpStream, from: IpAddr) {
        let _ = socket.set_nodelay(true);
        match self.access.clone() {
            Access::Local(agency) => {
                let sender = self.gateway.authenticate_local(&agency);
                self.attend(socket, sender, from).await;
            }
            Access::Certificate(tls) => {
                let Some(stream) = handshake(&tls, socket, self.limits.handshake).await else {
                    return;
                };
                match tls.judge(stream.get_ref().1.peer_certificates()) {
                    Ok(certificate) => {
                        let sender = self.gateway.authenticate_sender(certificate.as_ref());
                        self.attend(stream, sender, from).await;
                    }
                    Err(fault) => {
                        tracing::warn!(?fault, "a connection for messages was refused: its certificate")
                    }
                }
            }
        }
    }

    async fn attend<S: AsyncRead + AsyncWrite>(
        self,
        stream: S,
        sender: Result<gateway_exchange::requester::Sender, gateway_exchange::requester::NotAuthenticated>,
        from: IpAddr,
    ) {
        let sender = match sender {
            Ok(sender) => sender,
            Err(error) => {
                tracing::warn!(%error, "a connection for messages was refused");
                return;
            }
        };
        let Some(_place) = self.places.take(Some(sender.agency_id()), from) else {
            tracing::warn!(agency = %sender.agency_id(), "a connection for messages was closed: all places are taken");
            return;
        };
        // A refusal is recorded there.
        let Ok(door) = self.gateway.open_message_door(&sender).await else {
            return;
        };
        let (read, write) = split(stream);
        let (waiting, pending) = mpsc::channel(UNANSWERED);
        tokio::join!(self.read(read, &door, waiting), self.answer(write, pending));
    }

    /// Reads messages and puts them in their lane, until the sender ends, or does not keep to the rules.
    async fn read<R: AsyncRead + Unpin>(
        &self,
        mut from: R,
        door: &MessageDoor,
        waiting: mpsc::Sender<Pending>,
    ) {
        let (limits, begun) = (self.limits, Instant::now());
        let mut frames = frames::Frames::new(limits.message);
        let mut piece = vec![0; PIECE];
        let (mut whole, mut frame_by) = (Vec::new(), None);
        loop {
            let within = frames.is_within();
            let by = match (within, frame_by) {
                (true, Some(by)) => by,
                (true, None) => Instant::now() + limits.frame,
                (false, _) => (Instant::now() + limits.idle).min(begun + limits.lifetime),
            };
            frame_by = within.then_some(by);
            let read = tokio::select! {
                () = self.stop.cancelled() => return,
                () = waiting.closed() => return,
                read = tokio::time::timeout_at(by, from.read(&mut piece)) => read,
            };
            let bytes = match read {
                Ok(Ok(0)) => {
                    if within {
                        tracing::warn!("a connection ended within a message: it was not taken");
                    }
                    return;
                }
                Ok(Ok(count)) => piece.get(..count).unwrap_or_default(),
                // How a connection ends is the sender's affair.
                Ok(Err(_)) => return,
                Err(_) => {
                    if within {
                        tracing::warn!("a message did not arrive in time: it was not taken");
                    }
                    return;
                }
            };
            let framed = frames.take(bytes, &mut whole);
            if !whole.is_empty() {
                frame_by = None;
            }
            for message in whole.drain(..) {
                let pending = self.gateway.submit_message(door, &message).await;
                if waiting.send(pending).await.is_err() {
                    return;
                }
            }
            if let Err(error) = framed {
                tracing::warn!(%error, "a connection for messages was closed");
                return;
            }
        }
    }

    /// Answers in the order of the messages.
    async fn answer<W: AsyncWrite + Unpin>(&self, to: W, mut pending: mpsc::Receiver<Pending>) {
        let mut to = BufWriter::new(to);
        while let Some(next) = pending.recv().await {
            let answer = next.answer(&self.gateway).await;
            let writing = async {
                to.write_all(&frames::framed(&answer)).await?;
                if pending.is_empty() {
                    to.flush().await?;
                }
                Ok::<(), std::io::Error>(())
            };
            // Who does not take its answer sends the message again, and is told then.
            if !matches!(
                tokio::time::timeout(self.limits.answer, writing).await,
                Ok(Ok(()))
            ) {
                return;
            }
        }
        let _ended = tokio::time::timeout(self.limits.answer, to.shutdown()).await;
    }
}
