//! Rows as the databases keep them, apart from the domain's types: bytes, numbers, text.

/// A client to be inserted.
pub(crate) struct NewClient {
    pub(crate) id: Vec<u8>,
    pub(crate) sealed_key: Vec<u8>,
}

/// What a source says about who a client is; `sealed` is `None` when it takes it back.
pub(crate) struct NewIdentity {
    pub(crate) client: Vec<u8>,
    pub(crate) source_key: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) sealed: Option<Vec<u8>>,
}

/// A value under which an identity is found.
pub(crate) struct NewBlocking {
    pub(crate) key: i64,
    pub(crate) identity: i64,
}

/// One statement; `sealed` is `None` when the source takes it back.
pub(crate) struct NewStatement {
    /// The client's number.
    pub(crate) client: i64,
    pub(crate) record: i64,
    pub(crate) part: i64,
    pub(crate) content: Vec<u8>,
    pub(crate) sealed: Option<Vec<u8>>,
}

/// A statement on file, without its content. In the order in which they count: of one slot, the last is the newest.
#[derive(sqlx::FromRow)]
pub(crate) struct FoundStatement {
    pub(crate) client: i64,
    pub(crate) record: i64,
    pub(crate) part: i64,
    pub(crate) content: Vec<u8>,
    pub(crate) live: bool,
}

/// An identity on file, without its content, in the same order.
#[derive(sqlx::FromRow)]
pub(crate) struct FoundIdentity {
    pub(crate) source_key: Vec<u8>,
    pub(crate) client: Vec<u8>,
    pub(crate) content: Vec<u8>,
    pub(crate) live: bool,
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
