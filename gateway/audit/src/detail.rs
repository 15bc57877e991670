//! The sealed content of an entry: who, for whom, why, what, on which ground. Never a payload.
//!
//! The fields are those of the rule catalogue, section 8; each names the rule that needs it. Details are canonical
//! JSON under a key of their own, so that an auditor with the client's key can read them and nobody else.

use std::fmt;

use gateway_crypto::Digest;
use gateway_types::vocabulary::{
    AttestationType, Basis, Category, LegalProcessType, Notice, Obligation, PurposeOfUse, Regime, Response,
    Role, Word, WordSet,
};
use gateway_types::{
    AgencyId, ClientId, ConsentId, Date, ElementId, IngestId, KeyId, MouId, Pii, ProgrammeId, StaffId,
    SystemId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// What an entry says, sealed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// When it happened, date and time (45 CFR 164.528(b)(2)(i); 42 CFR 2.51(c)(3)).
    pub occurred_at: Timestamp,
    /// The client it is about; the subject commitment of the leaf is made from this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// Who asked, or acted (164.528(b)(2)(ii); 2.51(c)(1)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<Party>,
    /// Everybody else who could see what was released.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<Party>,
    /// The person making the disclosure (2.51(c)(2)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discloser: Option<Party>,
    /// Why (164.528(b)(2)(iv)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurposeOfUse>,
    /// What the caller saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
    /// The agencies whose records were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<AgencyId>,
    /// What was released: ids and categories, no content (164.528(b)(2)(iii); 2.24(b)(2)).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub released: Vec<Released>,
    /// How many elements were withheld.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub withheld: u64,
    /// Why not, in the words of the rules; internal (171.202(b)(1)(ii)).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The evidence that withholding health information was no information blocking; internal (171.202(b)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocking: Option<Blocking>,
    /// Duties on the decision.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub obligations: WordSet<Obligation>,
    /// Notices that went along (2.32).
    #[serde(default, skip_serializing_if = "is_empty")]
    pub notices: WordSet<Notice>,
    /// The accountings it belongs to.
    #[serde(default, skip_serializing_if = "Accounting::is_none")]
    pub accounting: Accounting,
    /// Consents relied on, recorded or revoked (2.31).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentVersion>,
    /// Agreements relied on, or that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreements: Vec<AgreementVersion>,
    /// What those agreements ask of the recipients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<TermOwed>,
    /// The whole set of agreements that was in force, whether relied on or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_set: Option<Digest>,
    /// The rules that decided, or that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<Digest>,
    /// The state of the registry that the decision rested on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Attestations relied on (164.512, 164.514(h)).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<Attested>,
    /// The legal process it answered (164.528(b)(2)(iv); 42 CFR part 2 subpart E).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<LegalProcessType>,
    /// What 2.51(c) wants recorded about an emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// Digest of the answer's body: of what was, or was to be, sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Digest>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What was taken in or refused at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest: Option<Intake>,
    /// Keys made, replaced or retired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyId>,
    /// Anything a person should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Pii<String>>,
}

impl Detail {
    /// A detail that says only when something happened; set what else is to be said.
    #[must_use]
    pub fn at(occurred_at: Timestamp) -> Self {
        Self {
            occurred_at,
            client: None,
            requester: None,
            audience: Vec::new(),
            discloser: None,
            purpose: None,
            response: None,
            holders: Vec::new(),
            released: Vec::new(),
            withheld: 0,
            reasons: Vec::new(),
            blocking: None,
            obligations: WordSet::EMPTY,
            notices: WordSet::EMPTY,
            accounting: Accounting::default(),
            consents: Vec::new(),
            agreements: Vec::new(),
            terms: Vec::new(),
            agreement_set: None,
            rule_set: None,
            registry: None,
            attestations: Vec::new(),
            process: None,
            emergency: None,
            body: None,
            outcome: None,
            ingest: None,
            keys: Vec::new(),
            note: None,
        }
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed detail]")
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn is_empty<W: Word>(set: &WordSet<W>) -> bool {
    set.iter().next().is_none()
}

/// A person or system of an agency, in a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The agency.
    pub agency: AgencyId,
    /// The person, by the agency's handle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<StaffId>,
    /// In which role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// On which system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemId>,
}

/// One released element and the grounds for releasing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The element.
    pub element: ElementId,
    /// Its category.
    pub category: Category,
    /// The agency it comes from (2.25).
    pub source: AgencyId,
    /// The programme it comes from, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<ProgrammeId>,
    /// The regimes that bind it.
    #[serde(default)]
    pub regimes: WordSet<Regime>,
    /// The rules that carried its release.
    #[serde(default)]
    pub bases: WordSet<Basis>,
    /// The date the information is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
}

/// Why something was withheld or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The rule, by its id in the catalogue or the agreement.
    pub rule: String,
    /// The reason in words.
    pub text: Pii<String>,
}

/// Case-by-case documentation of a refusal (171.202(b)(1)(ii)); the rules' words are the entry's reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocking {
    /// The provisions that it rests on; `none` where only an agreement was missing, which somebody has to look at.
    pub exceptions: Vec<String>,
    /// The rules that were asked and said something, by their ids.
    pub criteria: Vec<String>,
    /// Those of them that were not met.
    pub unmet: Vec<String>,
    /// How many elements of health information stayed.
    pub withheld: u64,
    /// Whether a form on file fell short, so that a good one is to be offered (171.202(b)(2)).
    pub offer_new_form: bool,
}

/// A term that an agreement puts on what went to a recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermOwed {
    /// The agreement.
    pub agreement: MouId,
    /// Its clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Whom it binds.
    pub recipient: AgencyId,
    /// What it asks, as the answer told it.
    pub asks: serde_json::Value,
}

/// The accountings an entry belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounting {
    /// 45 CFR 164.528.
    #[serde(default)]
    pub hipaa: bool,
    /// 42 CFR 2.25.
    #[serde(default)]
    pub part2: bool,
    /// Made through an electronic health record (2.25(b)).
    #[serde(default)]
    pub via_ehr: bool,
}

impl Accounting {
    const fn is_none(&self) -> bool {
        !self.hipaa && !self.part2 && !self.via_ehr
    }
}

/// One version of one consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentVersion {
    /// The consent.
    pub id: ConsentId,
    /// Its version.
    pub version: String,
}

/// One version of one agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementVersion {
    /// The agreement.
    pub id: MouId,
    /// Digest of its text.
    pub hash: Digest,
}

/// An attestation that was relied on; the facts beside the detail hold its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attested {
    /// What was attested.
    pub kind: AttestationType,
    /// By whom.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

/// The record of a disclosure in a medical emergency (42 CFR 2.51(c)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// The nature of the emergency; `None`: not stated, so nothing of Part 2 went on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<Pii<String>>,
    /// Why consent could not be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_unobtainable: Option<Pii<String>>,
    /// When the programme was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_notified: Option<Timestamp>,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Sent whole.
    Sent {
        /// How many bytes of body.
        bytes: u64,
    },
    /// Broken off.
    Aborted {
        /// How many bytes of body had been sent.
        bytes: u64,
    },
    /// Not known; counts as disclosed.
    Unknown,
}

/// What came in with one push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// The push.
    pub id: IngestId,
    /// Digest of the bytes received.
    pub received: Digest,
    /// Records taken in.
    pub accepted: u64,
    /// Records set aside with a reason.
    pub quarantined: u64,
    /// Records refused; their bytes are not kept.
    pub refused: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::canonical_json;

    #[test]
    fn a_detail_is_small_reads_back_and_shows_nothing_in_debug() {
        let mut detail = Detail::at("2026-11-22T14:00:00Z".parse().unwrap());
        detail.withheld = 3;
        detail.reasons = vec![Reason {
            rule: "LE-5".into(),
            text: "Maria Lopez gave no release".to_owned().into(),
        }];
        detail.outcome = Some(Outcome::Sent { bytes: 812 });
        let json = canonical_json(&detail).unwrap();
        let text = String::from_utf8(json.clone()).unwrap();
        assert_eq!(
            text,
            "{\"occurred_at\":\"2026-11-22T14:00:00Z\",\"outcome\":{\"sent\":{\"bytes\":812}},\
             \"reasons\":[{\"rule\":\"LE-5\",\"text\":\"Maria Lopez gave no release\"}],\"withheld\":3}"
        );
        assert_eq!(serde_json::from_slice::<Detail>(&json).unwrap(), detail);
        assert!(!format!("{detail:?}{:?}", detail.reasons).contains("Maria"));
    }
}
