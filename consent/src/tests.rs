//! What a consent must and must not do, over the whole crate.

mod adequate;
mod algebra;
mod authority;
mod ended;
mod fhir;
mod holder;
mod life;
mod random;
mod request;
mod states;
mod words;

use std::collections::BTreeSet;

use gateway_types::ids::{AgencyId, ClientId, ConsentId, StaffId};
use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, RecipientClass, SignerRole, Statement};
use gateway_types::{Pii, Timestamp, Word, WordSet};

use crate::*;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn signed_at() -> Timestamp {
    at("2026-06-01T10:00:00Z")
}

pub(crate) fn now() -> Timestamp {
    at("2026-06-10T10:00:00Z")
}

pub(crate) fn agency(id: &str) -> AgencyId {
    AgencyId::new(id).unwrap()
}

pub(crate) fn staff(id: &str) -> StaffId {
    StaffId::new(id).unwrap()
}

/// An id made of sixteen equal bytes, written as a UUID.
fn uuid_text(byte: u8) -> String {
    let b = format!("{byte:02x}");
    let run = |n| b.repeat(n);
    format!("{}-{}-{}-{}-{}", run(4), run(2), run(2), run(2), run(6))
}

pub(crate) fn client(byte: u8) -> ClientId {
    uuid_text(byte).parse().unwrap()
}

pub(crate) fn consent_id(byte: u8) -> ConsentId {
    uuid_text(byte).parse().unwrap()
}

pub(crate) fn recorder(id: &str) -> Recorder {
    Recorder {
        agency: agency(id),
        staff: staff("r-recorder"),
    }
}

pub(crate) fn all_attested() -> BTreeSet<Attested> {
    Attested::ALL.into_iter().collect()
}

pub(crate) fn signature(role: SignerRole) -> Signature {
    Signature {
        signed_at: signed_at(),
        signer: Signer::new(role),
        co_signer: None,
        standing: Standing::Adult,
        artefact: Some(ArtefactDigest::from_bytes([9; 32])),
    }
}

/// Terms of `kind` with everything that its law asks for.
pub(crate) fn good_terms(kind: ConsentKind) -> Terms {
    let mut terms = Terms::of(kind);
    terms.discloser.agencies.insert(agency("cedar-recovery"));
    terms.recipients.agencies.insert(agency("harbor-crisis"));
    terms.purposes.insert(PurposeOfUse::Treat);
    terms.categories = CategoryScope::Only(WordSet::EMPTY.with(Category::Medications));
    terms.expiry = Expiry::At(at("2027-06-01T00:00:00Z"));
    terms.statements = Statement::ALL.iter().copied().collect();
    match kind {
        ConsentKind::Tpo => {
            terms.purposes.insert(PurposeOfUse::Hpaymt);
            terms.purposes.insert(PurposeOfUse::Hoperat);
            terms.recipients.classes.insert(RecipientClass::TreatingProviders);
            terms.expiry = Expiry::None;
        }
        ConsentKind::Notes => {
            terms.categories = CategoryScope::Only(WordSet::EMPTY.with(Category::SudCounselingNotes));
        }
        ConsentKind::LegalProceedings => {
            terms.purposes = WordSet::EMPTY.with(PurposeOfUse::LeInvest);
            terms.proceeding = Some(Pii::new("case 26-1180".to_owned()));
        }
        ConsentKind::CriminalJustice => {
            terms.purposes = WordSet::EMPTY.with(PurposeOfUse::CjMonitor);
            terms.recipients.persons.insert(NamedPerson {
                agency: agency("county-probation"),
                staff: staff("po-imani-reyes"),
            });
        }
        ConsentKind::VawaRelease => terms.expiry = Expiry::At(at("2026-06-30T00:00:00Z")),
        ConsentKind::Research => terms.purposes = WordSet::EMPTY.with(PurposeOfUse::Hresch),
        ConsentKind::Named | ConsentKind::Authorization | ConsentKind::HmisRoi => {}
    }
    terms
}

pub(crate) fn signed(terms: Terms) -> Consent {
    signed_with(terms, signature(SignerRole::Client), all_attested())
}

pub(crate) fn signed_with(terms: Terms, signature: Signature, attested: BTreeSet<Attested>) -> Consent {
    let by = recorder("cedar-recovery");
    Consent::record_signed(consent_id(1), client(7), terms, signature, attested, by, now()).unwrap()
}

/// The form as if these agencies had confirmed it, whether or not they may.
pub(crate) fn confirmed_by(mut consent: Consent, agencies: impl IntoIterator<Item = AgencyId>) -> Consent {
    use crate::consent::State;
    if let State::Signed { paper } = &mut consent.state {
        let act = paper.recorded.clone();
        paper
            .confirmed
            .extend(agencies.into_iter().map(|agency| (agency, act.clone())));
    }
    consent
}

/// The elements that make it inadequate.
pub(crate) fn missing(consent: &Consent) -> Vec<&'static str> {
    let reasons = consent.usable_at(now()).err().unwrap_or_default();
    let elements = reasons.into_iter().filter_map(|reason| match reason {
        Unusable::Inadequate { element, .. } => Some(element),
        _ => None,
    });
    elements.collect()
}

pub(crate) fn whole(when: Timestamp) -> Revocation {
    use gateway_types::vocabulary::RevocationForm;
    Revocation {
        at: when,
        form: RevocationForm::Written,
        scope: RevocationScope::Whole,
    }
}

/// The disclosure that every good form here covers, but for its own category and purpose.
pub(crate) fn covers(consent: &Consent, to: &str, when: Timestamp) -> bool {
    let terms = consent.terms();
    let (from, to) = (agency("cedar-recovery"), agency(to));
    let CategoryScope::Only(categories) = terms.categories else {
        return false;
    };
    let person = staff("po-imani-reyes");
    terms.purposes.iter().any(|purpose| {
        categories.iter().any(|category| {
            let ask = Ask {
                discloser: Party {
                    agency: &from,
                    classes: WordSet::EMPTY,
                },
                recipient: Party {
                    agency: &to,
                    classes: WordSet::EMPTY,
                },
                person: Some(&person),
                purpose,
                category,
            };
            consent.covers(&ask, when)
        })
    })
}
