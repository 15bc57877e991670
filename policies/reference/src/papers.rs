//! Documents and parties as Cedar values: one record for each, and the record of one that is absent.

use cedar_policy::RestrictedExpression as Value;
use gateway_types::vocabulary::{
    AgencyKind, ApprovalType, AttestationType, Part2Status, StateEffect, StateTopic, WordSet,
};
use gateway_types::{AgencyId, Timestamp};
use policies::agreements::{Agreement, Clause};
use policies::facts::{
    AgencyFacts, Attestation, CategoryScope, Circumstances, ConsentFacts, Emergency, Expiry, LegalAuthority,
    LegalProcess, NoticeOnFile, OralAgreement, Representative, Restriction, Revocation, Signer, StateModule,
    StatementForm, Suspension,
};

use crate::words::Lexicon;

/// What stands for an agency that is not there; no id is written so.
const NOBODY: &str = "(nobody)";
const THIRTY_DAYS: i64 = 30 * 24 * 60 * 60;

/// For whose sake a consent is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reliance {
    Recipient,
    Holder,
    Question,
}

impl Reliance {
    const fn code(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::Holder => "holder",
            Self::Question => "question",
        }
    }
}

/// A record of these fields.
#[expect(
    clippy::expect_used,
    reason = "a record is refused only for a field given twice; each list here is written out"
)]
pub(crate) fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::new_record(fields.map(|(name, value)| (name.to_owned(), value))).expect("no field is given twice")
}

pub(crate) fn truth(fact: bool) -> Value {
    Value::new_bool(fact)
}

pub(crate) fn moment(at: Timestamp) -> Value {
    Value::new_long(at.as_micros())
}

fn moment_or_zero(at: Option<Timestamp>) -> Value {
    Value::new_long(at.map_or(0, Timestamp::as_micros))
}

impl Lexicon {
    pub(crate) fn agency_value(&self, id: Option<&AgencyId>) -> Value {
        Value::new_entity_uid(self.agency(id.map_or(NOBODY, AgencyId::as_str)))
    }

    pub(crate) fn agencies<'a>(&self, ids: impl IntoIterator<Item = &'a AgencyId>) -> Value {
        Value::new_set(ids.into_iter().map(|id| self.agency_value(Some(id))))
    }

    pub(crate) fn party(&self, id: Option<&AgencyId>, facts: Option<&AgencyFacts>) -> Value {
        record([
            ("id", self.agency_value(id)),
            // Whom the registry does not know never gets past the gate.
            (
                "kind",
                self.word(facts.map_or(AgencyKind::PrivatePerson, |facts| facts.kind)),
            ),
            (
                "part2",
                self.word(facts.map_or(Part2Status::Unknown, |facts| facts.part2_program)),
            ),
            (
                "flags",
                self.set(facts.map_or(WordSet::EMPTY, |facts| facts.flags.0)),
            ),
        ])
    }

    fn signer(&self, signer: Option<Signer>) -> Value {
        record([
            ("role", self.word_or_none(signer.map(|signer| signer.role))),
            (
                "documented",
                truth(signer.is_some_and(|signer| signer.authority_documented)),
            ),
            (
                "suspectedAbuser",
                truth(signer.is_some_and(|signer| signer.suspected_abuser)),
            ),
        ])
    }

    pub(crate) fn consent(&self, consent: Option<&ConsentFacts>, relied_on: Reliance) -> Value {
        let (expiry, end, event, occurred) = match consent.and_then(|consent| consent.expires) {
            None => ("not_stated", None, None, "unknown"),
            Some(Expiry::At(end)) => ("moment", Some(end), None, "unknown"),
            Some(Expiry::Never) => ("never", None, None, "unknown"),
            Some(Expiry::Event { event, occurred }) => {
                let occurred = match occurred {
                    Some(true) => "yes",
                    Some(false) => "no",
                    None => "unknown",
                };
                ("event", None, Some(event), occurred)
            }
        };
        let says = |fact: fn(&ConsentFacts) -> bool| truth(consent.is_some_and(fact));
        let signed = consent.and_then(|consent| consent.signed_at);
        let scope = consent.map_or_else(CategoryScope::default, |consent| consent.categories);
        let (all, categories) = scope_of(scope);
        record([
            ("kind", self.word_or_none(consent.map(|consent| consent.kind))),
            ("reliedOn", self.own("Reliance", relied_on.code())),
            ("dated", truth(signed.is_some())),
            ("signedAt", moment_or_zero(signed)),
            (
                "thirtyDaysAfterSigning",
                moment_or_zero(signed.map(|at| at.plus_seconds(THIRTY_DAYS))),
            ),
            ("signer", self.signer(consent.and_then(|consent| consent.signer))),
            (
                "coSigner",
                self.signer(consent.and_then(|consent| consent.co_signer)),
            ),
            (
                "disclosers",
                self.agencies(
                    consent
                        .into_iter()
                        .flat_map(|consent| &consent.discloser.agencies),
                ),
            ),
            (
                "discloserClasses",
                self.set(consent.map_or(WordSet::EMPTY, |consent| consent.discloser.classes)),
            ),
            (
                "recipients",
                self.agencies(
                    consent
                        .into_iter()
                        .flat_map(|consent| &consent.recipients.agencies),
                ),
            ),
            (
                "recipientClasses",
                self.set(consent.map_or(WordSet::EMPTY, |consent| consent.recipients.classes)),
            ),
            (
                "persons",
                Value::new_set(
                    consent
                        .into_iter()
                        .flat_map(|consent| &consent.recipients.persons)
                        .map(|person| Value::new_entity_uid(self.person(person.as_str()))),
                ),
            ),
            (
                "purposes",
                self.set(consent.map_or(WordSet::EMPTY, |consent| consent.purposes)),
            ),
            ("categories", self.set(categories)),
            ("allCategories", truth(all)),
            ("expiry", self.own("Expiry", expiry)),
            ("expiresAt", moment_or_zero(end)),
            ("expiryEvent", self.word_or_none(event)),
            ("occurred", self.own("Occurrence", occurred)),
            (
                "statements",
                self.set(consent.map_or(WordSet::EMPTY, |consent| consent.statements.0)),
            ),
            (
                "combinedWith",
                self.set(consent.map_or(WordSet::EMPTY, |consent| consent.combined_with)),
            ),
            ("noInvestigativeUse", says(|consent| consent.no_investigative_use)),
            ("knownFalse", says(|consent| consent.known_false)),
            ("conditioned", says(|consent| consent.conditioned)),
            ("namesGateway", says(|consent| consent.names_gateway)),
            ("clientNameDiffers", says(|consent| consent.client_name_differs)),
            ("namesProceeding", says(|consent| consent.proceeding.is_some())),
        ])
    }

    pub(crate) fn revocation(&self, revocation: Option<&Revocation>) -> Value {
        record([
            ("received", truth(revocation.is_some())),
            ("at", moment_or_zero(revocation.map(|revocation| revocation.at))),
            (
                "recipients",
                self.agencies(
                    revocation
                        .into_iter()
                        .flat_map(|revocation| &revocation.recipients),
                ),
            ),
        ])
    }

    pub(crate) fn attestation(&self, attestation: Option<&Attestation>) -> Value {
        record([
            (
                "kind",
                self.word_or_none(attestation.map(|attestation| attestation.kind)),
            ),
            (
                "by",
                self.agency_value(attestation.map(|attestation| &attestation.by_agency)),
            ),
            (
                "role",
                self.word_or_none(attestation.map(|attestation| attestation.by_role)),
            ),
            (
                "categories",
                self.set(attestation.map_or(WordSet::EMPTY, |attestation| attestation.categories)),
            ),
            (
                "facts",
                self.set(attestation.map_or(WordSet::EMPTY, |attestation| attestation.facts.0)),
            ),
        ])
    }

    pub(crate) fn process(&self, process: Option<&LegalProcess>) -> Value {
        record([
            ("kind", self.word_or_none(process.map(|process| process.kind))),
            ("by", self.agency_value(process.map(|process| &process.by))),
            (
                "aim",
                self.word_or_none(process.and_then(|process| process.request_for)),
            ),
            (
                "categories",
                self.set(process.map_or(WordSet::EMPTY, |process| process.categories)),
            ),
            (
                "findings",
                self.set(process.map_or(WordSet::EMPTY, |process| process.findings)),
            ),
            (
                "facts",
                self.set(process.map_or(WordSet::EMPTY, |process| process.facts.0)),
            ),
        ])
    }

    pub(crate) fn authority(&self, authority: Option<&LegalAuthority>) -> Value {
        record([
            (
                "topic",
                self.word_or_none(authority.map(|authority| authority.topic)),
            ),
            (
                "form",
                self.word_or_none(authority.map(|authority| authority.form)),
            ),
            (
                "agency",
                self.agency_value(authority.map(|authority| &authority.agency)),
            ),
            (
                "categories",
                self.set(authority.map_or(WordSet::EMPTY, |authority| authority.categories)),
            ),
        ])
    }

    pub(crate) fn agreement(&self, read: Option<(&Agreement, &Clause)>) -> Value {
        let agreement = read.map(|(agreement, _)| agreement);
        let clause = read.map(|(_, clause)| clause);
        let (effective, ends) = agreement.map_or((Timestamp::from_micros(0), None), Agreement::term);
        let (all, categories) = scope_of(clause.map_or_else(CategoryScope::default, |clause| clause.share));
        record([
            (
                "parties",
                self.agencies(agreement.into_iter().flat_map(Agreement::parties)),
            ),
            ("effective", moment(effective)),
            ("endless", truth(ends.is_none())),
            ("ends", moment_or_zero(ends)),
            (
                "instruments",
                self.set(agreement.map_or(WordSet::EMPTY, Agreement::instruments)),
            ),
            (
                "terms",
                self.set(agreement.map_or(WordSet::EMPTY, Agreement::terms)),
            ),
            (
                "segregated",
                truth(agreement.is_some_and(Agreement::segregates_clinical_record)),
            ),
            (
                "fromAnyParty",
                truth(clause.is_some_and(|clause| clause.from.is_empty())),
            ),
            (
                "from",
                self.agencies(clause.into_iter().flat_map(|clause| &clause.from)),
            ),
            (
                "toAnyParty",
                truth(clause.is_some_and(|clause| clause.to.is_empty())),
            ),
            (
                "to",
                self.agencies(clause.into_iter().flat_map(|clause| &clause.to)),
            ),
            (
                "purposes",
                self.set(clause.map_or(WordSet::EMPTY, |clause| clause.purposes)),
            ),
            ("allCategories", truth(all)),
            ("categories", self.set(categories)),
        ])
    }

    pub(crate) fn notice(&self, notice: Option<&NoticeOnFile>) -> Value {
        record([
            ("agency", self.agency_value(notice.map(|notice| &notice.agency))),
            (
                "uses",
                self.set(notice.map_or(WordSet::EMPTY, |notice| notice.uses)),
            ),
            (
                "recipientKinds",
                self.set(notice.map_or(WordSet::EMPTY, |notice| notice.recipient_kinds)),
            ),
            (
                "describesGateway",
                truth(notice.is_some_and(|notice| notice.describes_gateway)),
            ),
        ])
    }

    pub(crate) fn word_of_mouth(&self, agreed: Option<&OralAgreement>) -> Value {
        record([
            ("to", self.agency_value(agreed.map(|agreed| &agreed.to))),
            (
                "documented",
                truth(agreed.is_some_and(|agreed| agreed.documented)),
            ),
            (
                "categories",
                self.set(agreed.map_or(WordSet::EMPTY, |agreed| agreed.categories)),
            ),
        ])
    }

    pub(crate) fn restriction(&self, restriction: Option<&Restriction>) -> Value {
        record([
            (
                "kind",
                self.word_or_none(restriction.map(|restriction| restriction.kind)),
            ),
            (
                "agency",
                self.agency_value(restriction.map(|restriction| &restriction.agency)),
            ),
            (
                "categories",
                self.set(restriction.map_or(WordSet::EMPTY, |restriction| restriction.categories)),
            ),
            (
                "everybody",
                truth(restriction.is_some_and(|restriction| restriction.recipients.is_empty())),
            ),
            (
                "recipients",
                self.agencies(
                    restriction
                        .into_iter()
                        .flat_map(|restriction| &restriction.recipients),
                ),
            ),
        ])
    }

    pub(crate) fn suspension(&self, suspension: Option<&Suspension>) -> Value {
        let form = match suspension.map(|suspension| suspension.form) {
            None => crate::words::ABSENT,
            Some(StatementForm::Written) => "written",
            Some(StatementForm::Oral) => "oral",
        };
        let start = suspension.map(|suspension| suspension.start);
        let end = suspension.and_then(|suspension| suspension.end);
        record([
            ("form", self.own("StatementForm", form)),
            (
                "agency",
                self.agency_value(suspension.map(|suspension| &suspension.agency)),
            ),
            ("start", moment_or_zero(start)),
            (
                "thirtyDaysAfterStart",
                moment_or_zero(start.map(|start| start.plus_seconds(THIRTY_DAYS))),
            ),
            ("endStated", truth(end.is_some())),
            ("end", moment_or_zero(end)),
        ])
    }

    pub(crate) fn emergency(&self, emergency: Option<Emergency>) -> Value {
        let stated = emergency.unwrap_or_default();
        record([
            ("treatmentNeeded", truth(stated.immediate_treatment_needed)),
            ("ableToConsent", truth(stated.client_able_to_consent)),
            ("refused", truth(stated.client_refused)),
            ("representativeAvailable", truth(stated.representative_available)),
            ("closedByDisaster", truth(stated.program_closed_by_disaster)),
            ("personnelNamed", truth(stated.personnel_named)),
            ("affiliationNamed", truth(stated.affiliation_named)),
            ("discloserNamed", truth(stated.discloser_named)),
            ("timeRecorded", truth(stated.time_recorded)),
            ("natureRecorded", truth(stated.nature_recorded)),
            ("statedBy", self.word_or_none(stated.stated_by)),
            ("needed", self.set(stated.needed_categories)),
        ])
    }

    pub(crate) fn representative(&self, representative: Option<Representative>) -> Value {
        let scope = representative.map_or_else(CategoryScope::default, |facts| facts.categories);
        let (everything, categories) = scope_of(scope);
        record([
            (
                "documented",
                truth(representative.is_some_and(|facts| facts.authority_documented)),
            ),
            ("everything", truth(everything)),
            ("categories", self.set(categories)),
        ])
    }

    /// What the holder approved.
    pub(crate) fn approvals(&self, papers: &Circumstances, holder: &AgencyId) -> Value {
        let given = |enough: fn(bool) -> bool| -> WordSet<ApprovalType> {
            papers
                .approvals
                .iter()
                .filter(|approval| approval.by_agency == *holder && enough(approval.two_person))
                .map(|approval| approval.kind)
                .collect()
        };
        record([
            ("given", self.set(given(|_| true))),
            ("byTwo", self.set(given(|two| two))),
        ])
    }

    pub(crate) fn state(&self, modules: &[StateModule]) -> Value {
        let topics = |effect: StateEffect| -> WordSet<StateTopic> {
            modules
                .iter()
                .filter(|module| module.effect == effect)
                .map(|module| module.topic)
                .collect()
        };
        record([
            ("open", self.set(topics(StateEffect::NoAdditionalRule))),
            ("needsConsent", self.set(topics(StateEffect::RequireConsent))),
            ("denies", self.set(topics(StateEffect::Deny))),
        ])
    }
}

/// The kinds of attestation among these.
pub(crate) fn kinds<'a>(attestations: impl IntoIterator<Item = &'a Attestation>) -> WordSet<AttestationType> {
    attestations
        .into_iter()
        .map(|attestation| attestation.kind)
        .collect()
}

/// Whether all, and which.
pub(crate) fn scope_of(scope: CategoryScope) -> (bool, WordSet<gateway_types::vocabulary::Category>) {
    match scope {
        CategoryScope::All => (true, WordSet::EMPTY),
        CategoryScope::Only(named) => (false, named),
    }
}
