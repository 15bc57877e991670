//! A consent as facts for the rules: one to one with the consents of a decision's input.

use gateway_types::vocabulary::{ConsentKind, ExpiryEvent, PurposeOfUse, RevocationForm, Statement};
use gateway_types::{AgencyId, ConsentId, Pii, Timestamp, WordSet};

use crate::consent::Version;
use crate::signing::{Signer, Standing};
use crate::terms::{CategoryScope, Discloser, Recipients};

/// What a decision has to know about a consent. `Debug` shows agencies and codes, never the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The consent.
    pub id: ConsentId,
    /// The version these facts are of.
    pub version: Version,
    /// Its kind.
    pub kind: ConsentKind,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// What the client was in law when it was signed.
    pub standing: Standing,
    /// Who signed.
    pub signer: Signer,
    /// Who signed beside them.
    pub co_signer: Option<Signer>,
    /// Who put it on record.
    pub holder: AgencyId,
    /// Who may disclose: of the agencies named only those whose records it binds. A class binds its members no more than
    /// a name does: of them the holder alone.
    pub discloser: Discloser,
    /// To whom. Persons are named within their agency: a handle of another agency's staff is somebody else.
    pub recipients: Recipients,
    /// What for.
    pub purposes: WordSet<PurposeOfUse>,
    /// Which information.
    pub categories: CategoryScope,
    /// Until when; `None`: no expiry stated.
    pub expires: Option<ExpiryFacts>,
    /// How it was taken back.
    pub revoked: Vec<RevocationFacts>,
    /// The statements on it.
    pub statements: WordSet<Statement>,
    /// Other kinds on the same form.
    pub combined_with: WordSet<ConsentKind>,
    /// It forbids investigative use.
    pub no_investigative_use: bool,
    /// A material statement is known to be false.
    pub known_false: bool,
    /// A service was made to depend on it, or nobody vouches that none was.
    pub conditioned: bool,
    /// It names the operator of the gateway.
    pub names_gateway: bool,
    /// The name on it is not the client's, or nobody vouches that it is.
    pub client_name_differs: bool,
    /// The proceeding it is for.
    pub proceeding: Option<Pii<String>>,
}

/// Until when a consent holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryFacts {
    /// Until this moment.
    At(Timestamp),
    /// Until this event.
    Event {
        /// The event.
        event: ExpiryEvent,
        /// Whether it has happened; `None`: not known.
        occurred: Option<bool>,
    },
    /// The form says "none".
    None,
}

/// One revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationFacts {
    /// When.
    pub at: Timestamp,
    /// As against whom; `None`: everybody.
    pub recipients: Option<Vec<AgencyId>>,
    /// How.
    pub form: RevocationForm,
}
