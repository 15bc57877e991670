//! What is asked: about people with data, unknown people, people of whom nothing may be told; and what comes back.

use gateway_crypto::Digest;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, Town};
use gateway_types::{ClientIdentity, EventId};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tests_support::{CLINICIAN, OUTREACH_OFFICER};

/// The seed of another town, whose people nobody knows.
const ELSEWHERE: u64 = 1_000_003;

/// What kind of answer a question must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Elements.
    Released,
    /// No element: the person is unknown.
    Unknown,
    /// No element: nothing may be told.
    Withheld,
}

/// A question, ready to be sent.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who asks.
    pub by: Staff<'static>,
    /// The body.
    pub body: String,
    /// The key by which the HMIS names the person, if it knows them.
    pub about: Option<String>,
    /// What must come back.
    pub expected: Expected,
}

/// Question number `number` of an endless mix, a third of each kind. `town` is the one whose files were pushed.
#[must_use]
pub fn question(number: usize, town: &Town) -> Question {
    // A prime step visits the whole town in no order.
    let someone = number.wrapping_mul(7_919) % town.clients();
    let cast = CastMember::ALL;
    match number % 3 {
        0 => {
            let categories = &[
                "shelter_status",
                "case_manager_contact",
                "medications",
                "conditions",
            ][..];
            let member = cast
                .get(number / 3 % cast.len())
                .copied()
                .unwrap_or(CastMember::Rosa);
            let question = ask(
                CLINICIAN,
                &member.person().identity(),
                "TREAT",
                categories,
                Expected::Released,
            );
            question.about(town, member.index())
        }
        1 => {
            let elsewhere = Town::new(ELSEWHERE, town.clients(), town.today());
            // The cast lives in every town.
            let stranger = elsewhere.person(someone.max(cast.len())).identity();
            ask(
                CLINICIAN,
                &stranger,
                "TREAT",
                &["shelter_status", "medications"],
                Expected::Unknown,
            )
        }
        _ => {
            let someone = someone.max(cast.len());
            let known = town.person(someone).identity();
            let categories = &["contact", "shelter_status"];
            ask(
                OUTREACH_OFFICER,
                &known,
                "LE-OUTREACH",
                categories,
                Expected::Withheld,
            )
            .about(town, someone)
        }
    }
}

fn ask(
    by: Staff<'static>,
    identity: &ClientIdentity,
    purpose: &str,
    categories: &[&str],
    expected: Expected,
) -> Question {
    let body = json!({ "client": { "identity": identity }, "purpose": purpose, "categories": categories });
    Question {
        by,
        body: body.to_string(),
        about: None,
        expected,
    }
}

impl Question {
    fn about(self, town: &Town, index: usize) -> Self {
        Self {
            about: Some(town.personal_id(index)),
            ..self
        }
    }
}

/// What an answer that was received in full promises.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The event.
    pub event: EventId,
    /// The entry's number.
    pub index: u64,
    /// The hash of its leaf.
    pub leaf_hash: Digest,
    /// The digest of the disclosure as it was received.
    pub received: Digest,
    /// The digest of the disclosure as the receipt gives it.
    pub promised: Digest,
    /// How many elements were released.
    pub elements: usize,
}

impl Promise {
    /// Reads an answer.
    ///
    /// # Panics
    /// If it is not one.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow)]
            disclosure: &'a RawValue,
            receipt: Receipt,
        }
        #[derive(Deserialize)]
        struct Receipt {
            event: EventId,
            index: u64,
            leaf_hash: Digest,
            disclosure_digest: Digest,
        }
        #[derive(Deserialize)]
        struct Disclosure<'a> {
            #[serde(borrow)]
            elements: Vec<&'a RawValue>,
        }
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body: Body<'_> = serde_json::from_slice(&answer.body).expect("an answer");
        let disclosure: Disclosure<'_> = serde_json::from_str(body.disclosure.get()).expect("a disclosure");
        Self {
            event: body.receipt.event,
            index: body.receipt.index,
            leaf_hash: body.receipt.leaf_hash,
            received: Digest::of(body.disclosure.get().as_bytes()),
            promised: body.receipt.disclosure_digest,
            elements: disclosure.elements.len(),
        }
    }
}
