//! The minimal lower layer protocol (HL7 v3 transport specification, MLLP release 1): `0x0B`, a message, `0x1C`, `0x0D`.

/// The byte that begins a frame.
const START: u8 = 0x0B;
/// The bytes that end one.
const END: [u8; 2] = [0x1C, 0x0D];

/// What is wrong with what comes over a connection. There is no way back into step, so the connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFramed {
    /// Bytes between frames.
    #[error("bytes came that are in no frame")]
    Stray,
    /// A frame begins within one, or its end is broken.
    #[error("a frame does not end as one")]
    Broken,
    /// More than is accepted.
    #[error("a frame is larger than is accepted")]
    TooLarge,
}

/// Puts frames together from what comes, however it is cut.
#[derive(Debug)]
pub struct Frames {
    limit: usize,
    bytes: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Outside,
    Inside,
    /// After the first of the bytes that end a frame.
    Ending,
}

impl Frames {
    /// Frames of at most `limit` bytes each.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: Vec::new(),
            state: State::Outside,
        }
    }

    /// Whether a frame has begun and not ended.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.state != State::Outside
    }

    /// Takes what came, and returns the frames that it completes.
    ///
    /// # Errors
    /// [`NotFramed`]; the frames before it are lost with it only if `out` has not taken them.
    pub fn take(&mut self, mut bytes: &[u8], out: &mut Vec<Vec<u8>>) -> Result<(), NotFramed> {
        while let Some((first, after)) = bytes.split_first() {
            match self.state {
                State::Outside => {
                    if *first != START {
                        return Err(NotFramed::Stray);
                    }
                    self.state = State::Inside;
                    bytes = after;
                }
                State::Inside => {
                    let stop = bytes.iter().position(|byte| matches!(*byte, START | 0x1C));
                    let piece = bytes.get(..stop.unwrap_or(bytes.len())).unwrap_or_default();
                    if self.bytes.len() + piece.len() > self.limit {
                        return Err(NotFramed::TooLarge);
                    }
                    self.bytes.extend_from_slice(piece);
                    bytes = bytes.get(piece.len()..).unwrap_or_default();
                    match bytes.split_first() {
                        None => {}
                        Some((byte, after)) if *byte == END[0] => {
                            self.state = State::Ending;
                            bytes = after;
                        }
                        Some(_) => return Err(NotFramed::Broken),
                    }
                }
                State::Ending => {
                    if *first != END[1] {
                        return Err(NotFramed::Broken);
                    }
                    out.push(std::mem::take(&mut self.bytes));
                    self.state = State::Outside;
                    bytes = after;
                }
            }
        }
        Ok(())
    }
}

/// A message in its frame.
#[must_use]
pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(message.len() + 3);
    bytes.push(START);
    bytes.extend_from_slice(message);
    bytes.extend_from_slice(&END);
    bytes
}
