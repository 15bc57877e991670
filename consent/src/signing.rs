//! Who signed, who recorded it and what that person vouches for; how a consent is taken back.
//!
//! 42 CFR 2.31(a)(8)-(9), 2.14, 2.15; 45 CFR 164.508(c)(1)(vi), 164.502(g); 28 CFR 90.4(b)(3)(ii)(C).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use gateway_types::vocabulary::{RevocationForm, SignerRole};
use gateway_types::{AgencyId, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

/// Somebody who signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// In which capacity.
    pub role: SignerRole,
    /// A paper showing the authority of a guardian or representative is on file.
    #[serde(default)]
    pub authority_documented: bool,
    /// The person is suspected of abusing the client.
    #[serde(default)]
    pub suspected_abuser: bool,
}

impl Signer {
    /// A signer with nothing further said.
    #[must_use]
    pub const fn new(role: SignerRole) -> Self {
        Self {
            role,
            authority_documented: false,
            suspected_abuser: false,
        }
    }

    /// A signer whose authority is documented.
    #[must_use]
    pub const fn with_authority(role: SignerRole) -> Self {
        Self {
            role,
            authority_documented: true,
            suspected_abuser: false,
        }
    }
}

/// What the client was in law when it was signed; it decides who has to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Of age and able to decide.
    Adult,
    /// A minor who may obtain the service on their own consent.
    MinorActingAlone,
    /// A minor who needs a parent's consent to the service.
    Minor,
    /// Found unable to decide.
    Incapacitated,
    /// Has died.
    Deceased,
}

/// The signing of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The date and time on the form.
    pub signed_at: Timestamp,
    /// Who signed.
    pub signer: Signer,
    /// Who signed beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co_signer: Option<Signer>,
    /// What the client was in law then.
    pub standing: Standing,
    /// The digest of the signed paper, scan or drawn signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefact: Option<ArtefactDigest>,
}

/// What the person who records a signed form vouches for. A consent without what its kind needs is kept, not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attested {
    /// The name on the form is this client's.
    NameMatchesClient,
    /// The signer is who they say they are.
    SignerIdentified,
    /// The statements recorded do stand on the form.
    StatementsSeen,
    /// The scope was told to the signer in plain words, who agreed.
    ReadBack,
    /// No service was made to depend on it.
    NotConditioned,
    /// The form is in plain language (164.508(c)(3)).
    PlainLanguage,
    /// The signer has a copy (164.508(c)(4)).
    CopyGiven,
    /// Why, to whom and what was discussed with the victim (28 CFR 90.4(b)(3)(ii)).
    DiscussedWhyWhoWhat,
    /// A release of victim-service data for longer than 30 days has a written reason. It is kept with the form; no longer
    /// one opens anything for it.
    LongDurationReasoned,
}

impl Attested {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::NameMatchesClient,
        Self::SignerIdentified,
        Self::StatementsSeen,
        Self::ReadBack,
        Self::NotConditioned,
        Self::PlainLanguage,
        Self::CopyGiven,
        Self::DiscussedWhyWhoWhat,
        Self::LongDurationReasoned,
    ];
}

/// Something found to be wrong with a signed consent. Once found it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A material statement on it is known to be false (2.31(c)(4), 164.508(b)(2)(v)).
    KnownFalse,
    /// A service was made to depend on it.
    Conditioned,
    /// The name on it is not the client's (2.31(a)(1)).
    ClientNameDiffers,
}

/// Why a signed consent is not to be relied on for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspension {
    /// The client wants it to rest, and has not taken it back.
    ClientAsks,
    /// Somebody says that the client did not sign, or did not understand.
    Disputed,
    /// Whether the guardian or representative may still act is in doubt.
    AuthorityInDoubt,
}

/// Why a form that rested is to be relied on again. Each answers the doubt for which it was laid to rest, and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resumption {
    /// The client wants it to hold again.
    ClientAsks,
    /// The client has said that they signed and understood.
    SignatureConfirmed,
    /// The paper that shows the authority has been seen again.
    AuthorityShown,
}

impl Resumption {
    /// Whether it answers `why`.
    #[must_use]
    pub const fn answers(self, why: Suspension) -> bool {
        matches!(
            (self, why),
            (Self::ClientAsks, Suspension::ClientAsks)
                | (Self::SignatureConfirmed, Suspension::Disputed)
                | (Self::AuthorityShown, Suspension::AuthorityInDoubt)
        )
    }
}

/// Whether another form may stand in place of one that lets more happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Narrowing {
    /// It may: the client meant less.
    Meant,
    /// It may not.
    Barred,
}

/// Who put something on record, and for whom they work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorder {
    /// Their agency.
    pub agency: AgencyId,
    /// The person.
    pub staff: StaffId,
}

/// A consent taken back, whole or in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// When the client took it back. An oral word counts from the moment it was spoken.
    pub at: Timestamp,
    /// How. After an oral one the writing is still owed.
    pub form: RevocationForm,
    /// As against whom.
    pub scope: RevocationScope,
}

/// As against whom a consent was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationScope {
    /// Everybody.
    Whole,
    /// These agencies only; never an empty list.
    Recipients(BTreeSet<AgencyId>),
}

/// SHA-256 of a signed artefact, `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ArtefactDigest([u8; 32]);

/// A text that is not a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a digest: `sha256:` and 64 lower-case hexadecimal digits are wanted")]
pub struct InvalidDigest;

impl ArtefactDigest {
    /// The digest with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ArtefactDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ArtefactDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ArtefactDigest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("sha256:").ok_or(InvalidDigest)?.as_bytes();
        let mut bytes = [0u8; 32];
        if digits.len() != 64 {
            return Err(InvalidDigest);
        }
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(InvalidDigest),
        };
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let &[high, low] = pair else {
                return Err(InvalidDigest);
            };
            *byte = nibble(high)? << 4 | nibble(low)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for ArtefactDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArtefactDigest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_round_trip_as_text() {
        let digest = ArtefactDigest::from_bytes(std::array::from_fn(|i| u8::try_from(i * 8 % 256).unwrap()));
        assert_eq!(digest.to_string().parse::<ArtefactDigest>().unwrap(), digest);
        let text = digest.to_string();
        for bad in [
            text.to_uppercase(),
            text.replace("sha256:", ""),
            format!("{text}0"),
            text.replace('f', "g"),
        ] {
            assert!(bad.parse::<ArtefactDigest>().is_err(), "{bad}");
        }
    }
}
