//! Rows as the databases keep them, apart from the domain's types: bytes, numbers, text.

/// A client to be inserted.
pub(crate) struct NewClient {
    pub(crate) no: i64,
    pub(crate) id: Vec<u8>,
    pub(crate) sealed_key: Vec<u8>,
}

/// What a source says about who a client is; `sealed` is `None` when it takes it back.
pub(crate) struct NewIdentity {
    pub(crate) no: i64,
    pub(crate) client: Vec<u8>,
    pub(crate) source_key: Vec<u8>,
    pub(crate) content: i64,
    pub(crate) sealed: Option<Vec<u8>>,
}

/// A value under which an identity is found.
pub(crate) struct NewBlocking {
    pub(crate) key: i64,
    pub(crate) identity: i64,
}

/// What a statement is within its record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    /// The elements.
    Elements,
    /// The treating relationships.
    Treating,
}

impl Part {
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Elements => 0,
            Self::Treating => 1,
        }
    }

    pub(crate) const fn of(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Elements),
            1 => Some(Self::Treating),
            _ => None,
        }
    }
}

/// All that a record says of one part; `sealed` is `None` when the source takes it back.
pub(crate) struct NewStatement {
    /// The client's number.
    pub(crate) client: i64,
    pub(crate) record: i64,
    pub(crate) part: Part,
    pub(crate) content: i64,
    pub(crate) sealed: Option<Vec<u8>>,
}

/// A statement on file, without its content. In the order in which they count: of one slot, the last is the newest.
#[derive(sqlx::FromRow)]
pub(crate) struct FoundStatement {
    pub(crate) no: i64,
    pub(crate) client: i64,
    pub(crate) record: i64,
    pub(crate) part: i64,
    pub(crate) ingest: i64,
    pub(crate) content: i64,
    pub(crate) live: bool,
    pub(crate) received_at: i64,
}

/// An identity on file, without its content, in the same order.
#[derive(sqlx::FromRow)]
pub(crate) struct FoundIdentity {
    pub(crate) source_key: Vec<u8>,
    pub(crate) client: Vec<u8>,
    pub(crate) content: i64,
    pub(crate) live: bool,
}

/// A version of a consent on file.
#[derive(sqlx::FromRow)]
pub(crate) struct FoundConsent {
    pub(crate) id: Vec<u8>,
    pub(crate) version: i64,
    pub(crate) client: Vec<u8>,
    pub(crate) recorded_at: i64,
    pub(crate) sealed: Vec<u8>,
}

/// An identity that was found under a blocking key.
#[derive(sqlx::FromRow)]
pub(crate) struct FoundCandidate {
    pub(crate) key: i64,
    pub(crate) identity: i64,
    pub(crate) client: Vec<u8>,
    pub(crate) source_key: Vec<u8>,
    pub(crate) ingest: i64,
    pub(crate) sealed: Vec<u8>,
    pub(crate) source: String,
}
