//! Circumstances: what people attested, what process was served, what is recorded about the client's wishes.

use std::collections::BTreeSet;

use gateway_types::vocabulary::{
    AgencyKind, ApprovalType, AttestationFact, AttestationType, AuthorityForm, AuthorityTopic, Category,
    Finding, GatewayRole, LegalProcessFact, LegalProcessType, NoticeUse, RequestFor, RestrictionType, Role,
    StateEffect, StateTopic, WordSet,
};
use gateway_types::{AgencyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::element::{Handle, Particularities};
use super::flags::{CategoryScope, Flags, is_default, is_false};

/// All circumstances of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circumstances {
    /// The emergency statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// Sources for which nobody answers in an emergency, whatever the statement says of the others (2.51(c)(2)).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub without_emergency_discloser: BTreeSet<AgencyId>,
    /// Sources that a declared disaster has closed (2.51(a)(2)).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub closed_by_disaster: BTreeSet<AgencyId>,
    /// Legal process and official requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal_process: Vec<LegalProcess>,
    /// What named people attested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<Attestation>,
    /// Approvals given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Legal authority held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal_authority: Vec<LegalAuthority>,
    /// What the client agreed to by word of mouth.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oral_agreements: Vec<OralAgreement>,
    /// The representative's authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative: Option<Representative>,
    /// Restrictions on file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<Restriction>,
    /// State modules loaded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state_modules: Vec<StateModule>,
    /// Statements that an accounting would impede.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Suspension>,
    /// HMIS privacy notices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privacy_notices: Vec<NoticeOnFile>,
    /// What the gateway is in law.
    #[serde(default = "business_associate", skip_serializing_if = "is_business_associate")]
    pub gateway_role: GatewayRole,
    /// EMS is on the call.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ems_call_open: bool,
    /// A disaster is declared where the client or the holder is.
    #[serde(default, skip_serializing_if = "is_false")]
    pub declared_disaster: bool,
    /// The audit log cannot be written.
    #[serde(default, skip_serializing_if = "is_false")]
    pub audit_store_unavailable: bool,
}

impl Default for Circumstances {
    fn default() -> Self {
        Self {
            emergency: None,
            without_emergency_discloser: BTreeSet::new(),
            closed_by_disaster: BTreeSet::new(),
            legal_process: Vec::new(),
            attestations: Vec::new(),
            approvals: Vec::new(),
            legal_authority: Vec::new(),
            oral_agreements: Vec::new(),
            representative: None,
            restrictions: Vec::new(),
            state_modules: Vec::new(),
            suspensions: Vec::new(),
            privacy_notices: Vec::new(),
            gateway_role: GatewayRole::BusinessAssociate,
            ems_call_open: false,
            declared_disaster: false,
            audit_store_unavailable: false,
        }
    }
}

impl Circumstances {
    /// The emergency statement as it stands for the records of one source.
    #[must_use]
    pub fn emergency_at(&self, source: &AgencyId) -> Option<Emergency> {
        self.emergency.map(|stated| Emergency {
            program_closed_by_disaster: stated.program_closed_by_disaster
                || self.closed_by_disaster.contains(source),
            discloser_named: stated.discloser_named && !self.without_emergency_discloser.contains(source),
            ..stated
        })
    }
}

const fn business_associate() -> GatewayRole {
    GatewayRole::BusinessAssociate
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_business_associate(role: &GatewayRole) -> bool {
    *role == GatewayRole::BusinessAssociate
}

/// The emergency statement and the record that 42 CFR 2.51(c) wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a separate line of the statement"
)]
pub struct Emergency {
    /// Treatment is needed at once.
    #[serde(skip_serializing_if = "is_false")]
    pub immediate_treatment_needed: bool,
    /// The client is able to consent.
    #[serde(skip_serializing_if = "is_false")]
    pub client_able_to_consent: bool,
    /// The client refused.
    #[serde(skip_serializing_if = "is_false")]
    pub client_refused: bool,
    /// A representative can be asked.
    #[serde(skip_serializing_if = "is_false")]
    pub representative_available: bool,
    /// The programme is closed by a declared disaster.
    #[serde(skip_serializing_if = "is_false")]
    pub program_closed_by_disaster: bool,
    /// 2.51(c)(1): the medical personnel are named.
    #[serde(skip_serializing_if = "is_false")]
    pub personnel_named: bool,
    /// 2.51(c)(1): their affiliation is named.
    #[serde(skip_serializing_if = "is_false")]
    pub affiliation_named: bool,
    /// 2.51(c)(2): the person who discloses is named.
    #[serde(skip_serializing_if = "is_false")]
    pub discloser_named: bool,
    /// 2.51(c)(3): date and time are recorded.
    #[serde(skip_serializing_if = "is_false")]
    pub time_recorded: bool,
    /// 2.51(c)(4): the nature of the emergency is recorded.
    #[serde(skip_serializing_if = "is_false")]
    pub nature_recorded: bool,
    /// Who made the statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_by: Option<Role>,
    /// What is needed.
    #[serde(skip_serializing_if = "is_default")]
    pub needed_categories: WordSet<Category>,
}

/// Legal process or an official request, as facts read from the paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalProcess {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: LegalProcessType,
    /// The agency that presents it.
    pub by: AgencyId,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_for: Option<RequestFor>,
    /// What it is limited to, or what it names.
    #[serde(default, skip_serializing_if = "is_default")]
    pub categories: WordSet<Category>,
    /// Findings and limits it recites.
    #[serde(default, skip_serializing_if = "is_default")]
    pub findings: WordSet<Finding>,
    /// Yes/no facts of it.
    #[serde(flatten)]
    pub facts: Flags<LegalProcessFact>,
}

/// What a named person attests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// What is attested.
    #[serde(rename = "type")]
    pub kind: AttestationType,
    /// The role of the person who attests.
    pub by_role: Role,
    /// The agency of the person who attests.
    pub by_agency: AgencyId,
    /// The items that it covers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub categories: WordSet<Category>,
    /// Yes/no facts of it.
    #[serde(flatten)]
    pub facts: Flags<AttestationFact>,
}

/// An approval by a named human.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What was approved.
    #[serde(rename = "type")]
    pub kind: ApprovalType,
    /// The role of the person who approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_role: Option<Role>,
    /// The agency of the person who approved.
    pub by_agency: AgencyId,
    /// Two people approved.
    #[serde(default, skip_serializing_if = "is_false")]
    pub two_person: bool,
}

/// Authority that an agency holds by law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalAuthority {
    /// Who holds it.
    pub agency: AgencyId,
    /// Its form.
    pub form: AuthorityForm,
    /// What it is about.
    pub topic: AuthorityTopic,
    /// What it covers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub categories: WordSet<Category>,
}

/// What the client agreed to by word of mouth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OralAgreement {
    /// The agency that may receive.
    pub to: AgencyId,
    /// It was written down.
    #[serde(default, skip_serializing_if = "is_false")]
    pub documented: bool,
    /// The client was present.
    #[serde(default, skip_serializing_if = "is_false")]
    pub client_present: bool,
    /// What it covers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub categories: WordSet<Category>,
}

/// A legal representative's authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Representative {
    /// The document is on file.
    #[serde(default, skip_serializing_if = "is_false")]
    pub authority_documented: bool,
    /// What is in its scope.
    #[serde(default, skip_serializing_if = "is_default")]
    pub categories: CategoryScope,
}

/// A restriction on file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    /// Whether the holder agreed to it or must.
    #[serde(rename = "type")]
    pub kind: RestrictionType,
    /// The holder it binds.
    pub agency: AgencyId,
    /// What it covers.
    pub categories: WordSet<Category>,
    /// Against whom; empty: everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<AgencyId>,
    /// It binds only what the holder had by then: then the holder told the client that it ends it
    /// (164.522(a)(2)(iii)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Restriction {
    /// Whether an element surely came to the holder only after the restriction had been ended for what comes later.
    #[must_use]
    pub fn spares(&self, element: &Particularities) -> bool {
        matches!((self.until, element.came_after), (Some(until), Some(after)) if until <= after)
    }
}

/// A state module: it can only tighten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateModule {
    /// Its handle.
    pub id: Handle,
    /// What it is about.
    pub topic: StateTopic,
    /// What it does.
    pub effect: StateEffect,
}

/// How a statement was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementForm {
    /// In writing.
    Written,
    /// By word of mouth: good for thirty days at most.
    Oral,
}

/// A statement that an accounting would impede an agency's work (45 CFR 164.528(a)(2)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// The stating agency.
    pub agency: AgencyId,
    /// How it was stated.
    pub form: StatementForm,
    /// From when.
    pub start: Timestamp,
    /// Until when; `None`: not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
}

impl Suspension {
    /// When it lapses. An oral statement lasts thirty days whatever it says (164.528(a)(2)(ii)(C)); so does a written one that
    /// names no end.
    #[must_use]
    pub const fn ends(&self) -> Timestamp {
        const THIRTY_DAYS: i64 = 30 * 24 * 60 * 60;
        match (self.form, self.end) {
            (StatementForm::Written, Some(end)) => end,
            _ => self.start.plus_seconds(THIRTY_DAYS),
        }
    }

    /// Whether it keeps from an accounting, at `now`, what the stating agency received.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.start <= now && now < self.ends()
    }
}

/// The HMIS privacy notice of an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeOnFile {
    /// Whose notice it is.
    pub agency: AgencyId,
    /// Its version.
    pub version: String,
    /// The uses it lists.
    pub uses: WordSet<NoticeUse>,
    /// The kinds of agency it names as recipients.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recipient_kinds: WordSet<AgencyKind>,
    /// It describes the gateway.
    #[serde(default, skip_serializing_if = "is_false")]
    pub describes_gateway: bool,
}

impl NoticeOnFile {
    /// The notice of an agency of the registry, if it has one.
    #[must_use]
    pub fn of(agency: &gateway_types::registry::Agency) -> Option<Self> {
        agency.privacy_notice.as_ref().map(|notice| Self {
            agency: agency.id.clone(),
            version: notice.version.clone(),
            uses: notice.uses,
            recipient_kinds: notice.recipient_kinds,
            describes_gateway: notice.describes_gateway,
        })
    }
}
