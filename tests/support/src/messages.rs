//! Senders of HL7 v2 messages, and the messages that they send. Everybody in them is made up.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use gateway_exchange::ingest::frames::{Frames, framed};
use gateway_http::{MllpLimits, MllpListener};
use gateway_types::AgencyId;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::TestGateway;

/// What a line can be made of.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A sender's end of a connection.
pub struct MessageLine {
    stream: Box<dyn Stream>,
    frames: Frames,
    answers: std::collections::VecDeque<String>,
}

impl std::fmt::Debug for MessageLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[message line]")
    }
}

impl MessageLine {
    /// Connects in the clear.
    ///
    /// # Panics
    /// If nobody listens.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Self::over(stream)
    }

    /// A line over a connection.
    #[must_use]
    pub fn over(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            frames: Frames::new(1 << 20),
            answers: std::collections::VecDeque::new(),
        }
    }

    /// Sends bytes as they are. Whether they arrive shows in the answer.
    pub async fn send_raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &str) {
        self.send_raw(&framed(message.as_bytes())).await;
    }

    /// The next answer; `None` if the connection ends before.
    pub async fn answer(&mut self) -> Option<String> {
        let mut piece = [0; 8192];
        while self.answers.is_empty() {
            let count = self.stream.read(&mut piece).await.unwrap_or(0);
            if count == 0 {
                return None;
            }
            let mut whole = Vec::new();
            self.frames
                .take(piece.get(..count).unwrap_or_default(), &mut whole)
                .expect("answers in frames");
            let answers = whole
                .iter()
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            self.answers.extend(answers);
        }
        self.answers.pop_front()
    }

    /// Sends a message and returns its answer.
    ///
    /// # Panics
    /// If there is none.
    pub async fn exchange(&mut self, message: &str) -> String {
        self.send(message).await;
        self.answer().await.expect("an answer")
    }
}

/// An ADT message of this event with these segments after `EVN`.
#[must_use]
pub fn adt(event: &str, control_id: &str, segments: &[String]) -> String {
    let head = format!(
        "MSH|^~\\&|ADT|lakeside-general|ASSENT|RIVERTON|20261101120000||ADT^{event}|{control_id}|P|2.5.1\rEVN|{event}|20261101120000"
    );
    std::iter::once(&head)
        .chain(segments)
        .flat_map(|segment| [segment.as_str(), "\r"])
        .collect()
}

/// A segment with these fields, by number.
#[must_use]
pub fn segment(name: &str, fields: &[(usize, &str)]) -> String {
    let last = fields.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let mut text = name.to_owned();
    for number in 1..=last {
        text.push('|');
        if let Some((_, value)) = fields.iter().find(|(at, _)| *at == number) {
            text.push_str(value);
        }
    }
    text
}

/// The `PID` of somebody.
#[must_use]
pub fn pid(number: &str, first: &str, last: &str, born: &str) -> String {
    let (id, name, born) = (
        format!("{number}^^^LAKESIDE^MR"),
        format!("{last}^{first}"),
        born.replace('-', ""),
    );
    segment("PID", &[(1, "1"), (3, &id), (5, &name), (7, &born)])
}

/// The `PV1` of a visit at the hospital's general programme.
#[must_use]
pub fn visit(number: &str) -> String {
    let number = format!("{number}^^^LAKESIDE");
    segment(
        "PV1",
        &[(1, "1"), (2, "I"), (3, "lakeside-general^1^A"), (19, &number)],
    )
}

impl TestGateway {
    /// Listens for messages of an agency in the clear; returns where.
    ///
    /// # Panics
    /// If there is no port.
    pub async fn listen_for_messages(&self, agency: &str, limits: MllpLimits) -> SocketAddr {
        let agency = AgencyId::new(agency).expect("an id");
        let listener = MllpListener::local(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), agency).await;
        self.serve_messages(listener.expect("a loopback port"), limits)
    }

    /// Listens for messages over TLS; returns where.
    ///
    /// # Panics
    /// If there is no port.
    pub async fn listen_for_messages_over_tls(&self, limits: MllpLimits) -> SocketAddr {
        let (certificate, key) = self.credentials.server();
        let tls = gateway_http::server_config(certificate, key, self.credentials.authority()).expect("TLS");
        let listener = MllpListener::over_tls(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), tls).await;
        self.serve_messages(listener.expect("a loopback port"), limits)
    }

    fn serve_messages(&self, listener: MllpListener, limits: MllpLimits) -> SocketAddr {
        let address = listener.address().expect("an address");
        tokio::spawn(listener.serve(Arc::clone(&self.gateway), limits, self.stop.clone()));
        address
    }
}
