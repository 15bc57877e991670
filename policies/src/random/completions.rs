//! Changes that complete what a rule asks for, so that a good share of the facts ends in a release.

use gateway_types::AgencyId;
use gateway_types::vocabulary::{ApprovalType, Category, GatewayRole, Initiator, SignerRole, Word, WordSet};

use super::changes::Weave;
use crate::facts::{Approval, CategoryScope, Expiry, Flags, MouFacts, NoticeOnFile, OralAgreement, Signer};

const DAY: i64 = 24 * 60 * 60;

impl Weave<'_> {
    pub(super) fn complete(&mut self) {
        match self.dice.below(16) {
            0..=2 => self.complete_agreement(),
            3..=5 => self.complete_consent(),
            6 => self.complete_approvals(),
            7 | 8 => self.complete_attestation(),
            9 | 10 => self.complete_process(),
            11 => self.complete_authority(),
            12 => self.complete_notices(),
            13 => self.complete_emergency(),
            14 => self.complete_agreement_by_mouth(),
            _ => self.clear_the_way(),
        }
    }

    fn holder(&mut self) -> Option<AgencyId> {
        self.dice
            .pick(&self.facts.record.elements)
            .map(|element| element.holder().clone())
    }

    fn recipient(&mut self) -> Option<AgencyId> {
        let request = &self.facts.request;
        let own = &request.requester.person.agency;
        let pushed = request.initiator == Initiator::Source;
        let other = self.dice.pick(&request.audience).map(|person| &person.agency);
        let agency = match other {
            Some(other) if pushed || self.dice.chance(40) => other,
            _ => own,
        };
        Some(agency.clone())
    }

    fn categories(&self) -> WordSet<Category> {
        self.facts
            .record
            .elements
            .iter()
            .map(|element| element.category)
            .collect()
    }

    /// An agreement of everybody on everything, so that the law alone decides.
    fn complete_agreement(&mut self) {
        let id = self.handle("m");
        let mut agreement = MouFacts {
            id,
            effective: self.facts.request.now.plus_seconds(-DAY),
            expires: None,
            parties: self.facts.request.agencies.keys().cloned().collect(),
            purposes: WordSet::all(),
            categories: CategoryScope::All,
            recipient_roles: WordSet::EMPTY,
            instruments: WordSet::EMPTY,
            terms: WordSet::EMPTY,
            segregated_clinical_record: self.dice.chance(30),
        };
        if self.dice.chance(40) {
            agreement.instruments = WordSet::all();
            agreement.terms = WordSet::all();
        }
        self.facts.request.mous.push(agreement);
    }

    fn complete_consent(&mut self) {
        let (holder, recipient) = (self.holder(), self.recipient());
        let (now, purpose) = (self.facts.request.now, self.facts.request.purpose);
        let (categories, age) = (self.categories(), self.facts.record.client.age);
        let Some(consent) = self.dice.pick_mut(&mut self.facts.record.consents) else {
            return;
        };
        consent.signed_at = Some(now.plus_seconds(-DAY));
        consent.signer = Some(Signer {
            role: SignerRole::Client,
            authority_documented: false,
            suspected_abuser: false,
        });
        if age < 18 {
            consent.co_signer = Some(Signer {
                role: SignerRole::Parent,
                authority_documented: true,
                suspected_abuser: false,
            });
        }
        consent.discloser.agencies.extend(holder);
        consent.recipients.agencies.extend(recipient);
        consent.purposes.insert(purpose);
        if let CategoryScope::Only(named) = &mut consent.categories {
            *named = named.union(categories);
        }
        consent.expires = Some(Expiry::At(now.plus_seconds(DAY)));
        consent.revoked.clear();
        consent.statements = Flags(WordSet::all());
        consent.combined_with = WordSet::EMPTY;
        consent.no_investigative_use = false;
        consent.known_false = false;
        consent.conditioned = false;
        consent.client_name_differs = false;
        consent
            .proceeding
            .get_or_insert_with(|| "a proceeding".to_owned());
    }

    fn complete_approvals(&mut self) {
        let Some(by_agency) = self.holder() else { return };
        for kind in ApprovalType::ALL {
            let two_person = self.dice.chance(60);
            self.facts.record.circumstances.approvals.push(Approval {
                kind: *kind,
                by_role: None,
                by_agency: by_agency.clone(),
                two_person,
            });
        }
    }

    fn complete_attestation(&mut self) {
        let by = if self.dice.chance(70) {
            self.holder()
        } else {
            self.recipient()
        };
        let categories = self.categories();
        let papers = &mut self.facts.record.circumstances;
        if let (Some(attestation), Some(by)) = (self.dice.pick_mut(&mut papers.attestations), by) {
            attestation.by_agency = by;
            attestation.categories = attestation.categories.union(categories);
            if self.dice.chance(50) {
                attestation.facts = Flags(WordSet::all());
            }
        }
    }

    fn complete_process(&mut self) {
        let by = self.recipient();
        let categories = self.categories();
        let papers = &mut self.facts.record.circumstances;
        if let (Some(process), Some(by)) = (self.dice.pick_mut(&mut papers.legal_process), by) {
            process.by = by;
            process.categories = process.categories.union(categories);
            process.facts = Flags(WordSet::all());
            process.findings = WordSet::all();
        }
    }

    fn complete_authority(&mut self) {
        let agency = self.recipient();
        let categories = self.categories();
        let papers = &mut self.facts.record.circumstances;
        if let (Some(authority), Some(agency)) = (self.dice.pick_mut(&mut papers.legal_authority), agency) {
            authority.agency = agency;
            authority.categories = authority.categories.union(categories);
        }
    }

    fn complete_notices(&mut self) {
        for agency in self.holder().into_iter().chain(self.recipient()) {
            self.facts
                .record
                .circumstances
                .privacy_notices
                .push(NoticeOnFile {
                    agency,
                    version: "1".to_owned(),
                    uses: WordSet::all(),
                    recipient_kinds: WordSet::all(),
                    describes_gateway: true,
                });
        }
    }

    fn complete_emergency(&mut self) {
        let categories = self.categories();
        let emergency = self.facts.record.circumstances.emergency.get_or_insert_default();
        emergency.immediate_treatment_needed = true;
        emergency.client_able_to_consent = false;
        emergency.personnel_named = true;
        emergency.affiliation_named = true;
        emergency.discloser_named = true;
        emergency.time_recorded = true;
        emergency.nature_recorded = true;
        emergency.needed_categories = categories;
        self.facts.request.requester.person.medical_personnel = true;
    }

    fn complete_agreement_by_mouth(&mut self) {
        let categories = self.categories();
        if let Some(to) = self.recipient() {
            self.facts
                .record
                .circumstances
                .oral_agreements
                .push(OralAgreement {
                    to,
                    documented: true,
                    client_present: true,
                    categories,
                });
        }
    }

    /// What stands in the way whatever the basis is taken away.
    fn clear_the_way(&mut self) {
        self.facts.record.circumstances.restrictions.clear();
        self.facts.record.circumstances.audit_store_unavailable = false;
        self.facts.record.circumstances.gateway_role = GatewayRole::BusinessAssociate;
        self.facts.request.requester.identity_unverified = false;
        self.facts.request.requester.authority_unverified = false;
        self.facts.request.requester.asserts_consent = true;
        self.facts.record.client.found = gateway_types::vocabulary::ClientMatch::Unique;
    }
}
