//! Several consents about one disclosure: which cover it, and what stands against each that does not.
//!
//! A yes needs one consent that covers the disclosure whole. Parts of two are never put together, and within one
//! consent what protects more wins: a revocation over the terms, a defect over the signature, the persons named over
//! their agency. The explanation says which.

use gateway_types::{ConsentId, Timestamp};

use crate::consent::Consent;
use crate::scope::Ask;
use crate::terms::Terms;
use crate::usable::Unusable;

/// What a client's consents say about one disclosure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// Those that cover it, in the order given.
    pub cover: Vec<ConsentId>,
    /// Those that do not, each with the one thing that protects most.
    pub against: Vec<(ConsentId, Against)>,
}

impl Weighed {
    /// Whether any covers it.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        !self.cover.is_empty()
    }
}

/// Why a consent does not cover a disclosure. In the order of what wins: the first that holds is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Against {
    /// It was taken back as against this recipient.
    RevokedForRecipient,
    /// It may not be relied on.
    Unusable(Vec<Unusable>),
    /// It does not name the discloser.
    OtherDiscloser,
    /// It names the discloser, who has not confirmed it.
    NotConfirmed,
    /// It does not name the recipient, or names other persons there.
    OtherRecipient,
    /// It is not about this information.
    OtherInformation,
    /// It is not for this purpose.
    OtherPurpose,
}

/// Weighs a client's consents about one disclosure.
#[must_use]
pub fn weigh<'a>(consents: impl IntoIterator<Item = &'a Consent>, ask: &Ask<'_>, now: Timestamp) -> Weighed {
    let mut weighed = Weighed {
        cover: Vec::new(),
        against: Vec::new(),
    };
    for consent in consents {
        match against(consent, ask, now) {
            None => weighed.cover.push(consent.id()),
            Some(reason) => weighed.against.push((consent.id(), reason)),
        }
    }
    weighed
}

fn against(consent: &Consent, ask: &Ask<'_>, now: Timestamp) -> Option<Against> {
    if !consent.stands_for(ask.recipient.agency, now) {
        return Some(Against::RevokedForRecipient);
    }
    if let Err(reasons) = consent.usable_at(now) {
        return Some(Against::Unusable(reasons));
    }
    match consent.terms().gap(ask) {
        Some(Against::OtherDiscloser) => Some(Against::OtherDiscloser),
        _ if !consent.binds(ask.discloser.agency) => Some(Against::NotConfirmed),
        gap => gap,
    }
}

impl Terms {
    /// The first dimension in which the terms do not cover `ask`.
    fn gap(&self, ask: &Ask<'_>) -> Option<Against> {
        if !self.names_discloser(ask.discloser) {
            Some(Against::OtherDiscloser)
        } else if !self.names_recipient(ask.recipient, ask.person) {
            Some(Against::OtherRecipient)
        } else if !self.categories.contains(ask.category) {
            Some(Against::OtherInformation)
        } else if !self.lists_purpose(ask.purpose) {
            Some(Against::OtherPurpose)
        } else {
            None
        }
    }
}
