//! Facts found on a consent, an authorisation or a release. Whether it is good is for the rules to say.

use gateway_types::vocabulary::{
    ConsentKind, ExpiryEvent, PurposeOfUse, RecipientClass, RevocationForm, SignerRole, Statement, WordSet,
};
use gateway_types::{AgencyId, StaffId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::element::Handle;
use super::flags::{CategoryScope, Flags, is_default, is_false};

/// A signed form on file, as facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a separate fact about the form"
)]
pub struct ConsentFacts {
    /// Its handle.
    pub id: Handle,
    /// What kind of form it is.
    pub kind: ConsentKind,
    /// When it was signed; `None`: not signed or not dated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Who signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<Signer>,
    /// Who else signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co_signer: Option<Signer>,
    /// Who may disclose.
    #[serde(default, skip_serializing_if = "is_default")]
    pub discloser: Discloser,
    /// Who may receive.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recipients: Recipients,
    /// What for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub purposes: WordSet<PurposeOfUse>,
    /// What.
    #[serde(default, skip_serializing_if = "is_default")]
    pub categories: CategoryScope,
    /// Until when; `None`: the form does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
    /// Revocations received.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<Revocation>,
    /// Statements found on the form.
    #[serde(default, skip_serializing_if = "is_default")]
    pub statements: Flags<Statement>,
    /// Kinds of consent that share the paper with it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub combined_with: WordSet<ConsentKind>,
    /// The form forbids investigative use.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_investigative_use: bool,
    /// A material statement is known to be false.
    #[serde(default, skip_serializing_if = "is_false")]
    pub known_false: bool,
    /// Service was made to depend on it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub conditioned: bool,
    /// It names the operator of the gateway.
    #[serde(default, skip_serializing_if = "is_false")]
    pub names_gateway: bool,
    /// The name on the form is not the client's.
    #[serde(default, skip_serializing_if = "is_false")]
    pub client_name_differs: bool,
    /// The proceeding it is for, in the form's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proceeding: Option<String>,
}

/// Who signed, and in what capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// The capacity.
    pub role: SignerRole,
    /// A guardian's or representative's authority is on file.
    #[serde(default, skip_serializing_if = "is_false")]
    pub authority_documented: bool,
    /// The signer is suspected of abusing the client.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suspected_abuser: bool,
}

/// Who may disclose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discloser {
    /// By name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agencies: Vec<AgencyId>,
    /// By class.
    #[serde(default, skip_serializing_if = "is_default")]
    pub classes: WordSet<RecipientClass>,
}

/// Who may receive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// Agencies by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agencies: Vec<AgencyId>,
    /// By class.
    #[serde(default, skip_serializing_if = "is_default")]
    pub classes: WordSet<RecipientClass>,
    /// Persons by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub persons: Vec<StaffId>,
}

/// When a form says that it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// At a moment.
    At(Timestamp),
    /// With an event.
    Event {
        /// The event.
        event: ExpiryEvent,
        /// Whether it has happened; `None`: not known.
        occurred: Option<bool>,
    },
    /// The form says that it does not end.
    Never,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatExpiry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<ExpiryEvent>,
    // Present with an event, even if null.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    occurred: Option<Option<bool>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    none: Option<bool>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<bool>>, D::Error> {
    Option::<bool>::deserialize(deserializer).map(Some)
}

impl Serialize for Expiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut flat = FlatExpiry {
            at: None,
            event: None,
            occurred: None,
            none: None,
        };
        match *self {
            Self::At(at) => flat.at = Some(at),
            Self::Event { event, occurred } => {
                flat.event = Some(event);
                flat.occurred = Some(occurred);
            }
            Self::Never => flat.none = Some(true),
        }
        flat.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match FlatExpiry::deserialize(deserializer)? {
            FlatExpiry {
                at: Some(at),
                event: None,
                occurred: None,
                none: None,
            } => Ok(Self::At(at)),
            FlatExpiry {
                at: None,
                event: Some(event),
                occurred: Some(occurred),
                none: None,
            } => Ok(Self::Event { event, occurred }),
            FlatExpiry {
                at: None,
                event: None,
                occurred: None,
                none: Some(true),
            } => Ok(Self::Never),
            _ => Err(serde::de::Error::custom(
                "an expiry is a moment (`at`), an event with `occurred`, or `none = true`",
            )),
        }
    }
}

/// A revocation received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// From when.
    pub at: Timestamp,
    /// Against whom; empty: everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<AgencyId>,
    /// In what form.
    #[serde(default = "written")]
    pub form: RevocationForm,
}

const fn written() -> RevocationForm {
    RevocationForm::Written
}
