//! What makes two forms of one holder the same form: what was signed, when, by whom, and whom it was stated not to mean.

use std::collections::BTreeSet;
use std::fmt;

use gateway_types::{AgencyId, ClientId, Timestamp};
use serde::Serialize;

use crate::consent::Consent;
use crate::signing::{Signature, Signer, Standing};
use crate::terms::Terms;

/// What was signed, when and by whom: two forms of one holder with the same are one. Whether there is a scan, what is
/// vouched for and what was taken back since makes no other form of it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Content<'a> {
    client: ClientId,
    terms: &'a Terms,
    signed_at: Timestamp,
    signer: Signer,
    co_signer: Option<Signer>,
    standing: Standing,
    /// A form that leaves somebody out is another than the same that does not.
    excepted: Option<&'a BTreeSet<AgencyId>>,
}

impl<'a> Content<'a> {
    /// What is signed with this signature under these terms, if it leaves nobody out.
    #[must_use]
    pub const fn of(client: ClientId, terms: &'a Terms, signature: &Signature) -> Self {
        Self {
            client,
            terms,
            signed_at: signature.signed_at,
            signer: signature.signer,
            co_signer: signature.co_signer,
            standing: signature.standing,
            excepted: None,
        }
    }

    /// Whose form it is.
    #[must_use]
    pub const fn client(&self) -> ClientId {
        self.client
    }

    /// What stands on it.
    #[must_use]
    pub const fn terms(&self) -> &'a Terms {
        self.terms
    }

    /// When it was signed.
    #[must_use]
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// The same, if it left nobody out.
    #[must_use]
    pub const fn leaving_nobody_out(mut self) -> Self {
        self.excepted = None;
        self
    }

    /// Whom it leaves out.
    pub fn leaves_out(&self) -> impl Iterator<Item = &'a AgencyId> + use<'a> {
        self.excepted.into_iter().flatten()
    }

    /// Whether both say the same, whomever each leaves out.
    #[must_use]
    pub fn is_same_but_for_exceptions(&self, other: &Content<'_>) -> bool {
        let other = Content {
            excepted: self.excepted,
            ..*other
        };
        *self == other
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[what was signed]")
    }
}

impl Consent {
    /// What was signed, also if it was entered in error; `None` before it is signed.
    #[must_use]
    pub fn content(&self) -> Option<Content<'_>> {
        let paper = self.paper_as_signed()?;
        Some(Content {
            excepted: Some(&paper.excepted).filter(|agencies| !agencies.is_empty()),
            ..Content::of(self.client(), self.terms(), &paper.signature)
        })
    }
}
