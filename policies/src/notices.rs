//! What travels with a payload: the statements of 42 CFR 2.32 word for word, and short plain texts of our own.
//!
//! The two statements are constants, never configuration and never taken from a terminology, whose text is the old
//! one. Their digests are checked by a test.

use std::fmt::Write as _;

use gateway_types::AgencyId;
use gateway_types::vocabulary::{Notice, Word};

use crate::facts::{CategoryScope, ConsentFacts, Expiry};

/// 42 CFR 2.32(a)(1): Statement 1.
pub const PART2_STATEMENT_1: &str = "This record which has been disclosed to you is protected by Federal confidentiality rules (42 CFR part 2). These rules prohibit you from using or disclosing this record, or testimony that describes the information contained in this record, in any civil, criminal, administrative, or legislative proceedings by any Federal, State, or local authority, against the patient, unless authorized by the consent of the patient, except as provided at 42 CFR 2.12(c)(5) or as authorized by a court in accordance with 42 CFR 2.64 or 2.65. In addition, the Federal rules prohibit you from making any other use or disclosure of this record unless at least one of the following applies:
(i) Further use or disclosure is expressly permitted by the written consent of the individual whose information is being disclosed in this record or as otherwise permitted by 42 CFR part 2.
(ii) You are a covered entity or business associate and have received the record for treatment, payment, or health care operations, or
(iii) You have received the record from a covered entity or business associate as permitted by 45 CFR part 164, subparts A and E.
A general authorization for the release of medical or other information is NOT sufficient to meet the required elements of written consent to further use or redisclose the record (see 42 CFR 2.31).";

/// 42 CFR 2.32(a)(2): Statement 2, only where Statement 1 cannot fit.
pub const PART2_STATEMENT_2: &str =
    "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";

/// The fixed text of a notice; `None` where the text depends on a consent, an agreement or the source.
#[must_use]
pub const fn text(notice: Notice) -> Option<&'static str> {
    match notice {
        Notice::Part2Statement1 => Some(PART2_STATEMENT_1),
        Notice::Part2Statement2 => Some(PART2_STATEMENT_2),
        Notice::UseLimit => {
            Some("The client's consent forbids any use for investigation, enforcement or prosecution.")
        }
        Notice::CjiMarking => Some(
            "Criminal justice information: disseminate only to authorised recipients and only for the stated purpose.",
        ),
        Notice::RestrictionRequest => Some(
            "The client asked that this not be disclosed. It was disclosed for emergency treatment. Please do not use or disclose it further.",
        ),
        Notice::ResearchTerms => Some(
            "42 CFR part 2 binds you as a researcher: no redisclosure but back to the source, reports only in aggregate and de-identified form, and no access for law enforcement.",
        ),
        Notice::AuditLimits => Some(
            "Disclosed for an audit or evaluation (42 CFR 2.53): use it for that purpose only, disclose it back to the source only, and never use it to investigate or prosecute a patient.",
        ),
        Notice::SourceHandling => Some(
            "Police data: the handling rules of the agency it comes from apply. Do not write it into a health or housing record beyond what care needs.",
        ),
        Notice::ConsentScope | Notice::ReleaseEndDate | Notice::DuaReference => None,
    }
}

/// 2.32(b): a clear explanation of the scope of a consent, for one recipient. It names no other recipient: a copy of
/// the form might tell who else treats the client.
#[must_use]
pub fn consent_scope(consent: &ConsentFacts, recipient: &AgencyId) -> String {
    let mut told = format!("The client consented in writing to disclosure to {recipient} of ");
    match consent.categories {
        CategoryScope::All => told.push_str("all records named on the form"),
        CategoryScope::Only(categories) => join(&mut told, categories.iter().map(spoken)),
    }
    told.push_str(", for ");
    join(
        &mut told,
        consent.purposes.iter().map(|purpose| purpose.code().to_owned()),
    );
    told.push_str(", ");
    told.push_str(&end(consent));
    if consent.no_investigative_use {
        told.push_str(" It may not be used for investigation, enforcement or prosecution.");
    }
    told
}

/// The end date that a victim-service release carries.
#[must_use]
pub fn release_end_date(consent: &ConsentFacts) -> String {
    format!("Disclosed on a release that holds {}", end(consent))
}

fn end(consent: &ConsentFacts) -> String {
    match consent.expires {
        Some(Expiry::At(moment)) => format!("until {moment} or until it is revoked."),
        Some(Expiry::Event { event, .. }) => {
            format!("until {} or until it is revoked.", event.code().replace('_', " "))
        }
        Some(Expiry::Never) => "until it is revoked.".to_owned(),
        // A form that states no end is not relied on; say nothing that could be read as leave.
        None => "with no end stated.".to_owned(),
    }
}

fn spoken<W: Word>(word: W) -> String {
    word.code().replace('_', " ")
}

fn join(told: &mut String, words: impl Iterator<Item = String>) {
    let words: Vec<String> = words.collect();
    match words.as_slice() {
        [] => told.push_str("nothing"),
        [only] => told.push_str(only),
        [first @ .., last] => {
            // Writing to a string does not fail.
            let _ = write!(told, "{} and {last}", first.join(", "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_crypto::Digest;

    #[test]
    fn the_statements_of_2_32_are_word_for_word() {
        assert_eq!(PART2_STATEMENT_1.len(), 1325);
        assert!(PART2_STATEMENT_1.is_ascii());
        assert_eq!(
            Digest::of(PART2_STATEMENT_1.as_bytes()).to_string(),
            "sha256:dae0b4d455d63722bc4e0d3760e8319ba4ea929068b0a9d96244bf20c338245d"
        );
        assert_eq!(
            Digest::of(PART2_STATEMENT_2.as_bytes()).to_string(),
            "sha256:79fee3d6dff7e052183c61b66bfed589f0f45dcf330bb277e07b396bd12e9774"
        );
    }

    #[test]
    fn a_scope_names_this_recipient_and_no_other() {
        let consent: ConsentFacts = serde_json::from_value(serde_json::json!({
            "id": "c-1", "kind": "tpo",
            "recipients": { "agencies": ["harbor-crisis", "lakeside-hospital"] },
            "purposes": ["TREAT", "HPAYMT"],
            "categories": ["medications", "sud_treatment"],
            "expires": { "at": "2027-06-01T00:00:00Z" },
            "no_investigative_use": true
        }))
        .unwrap();
        let told = consent_scope(&consent, &AgencyId::new("harbor-crisis").unwrap());
        assert_eq!(
            told,
            "The client consented in writing to disclosure to harbor-crisis of medications and sud treatment, \
             for TREAT and HPAYMT, until 2027-06-01T00:00:00Z or until it is revoked. \
             It may not be used for investigation, enforcement or prosecution."
        );
    }
}
