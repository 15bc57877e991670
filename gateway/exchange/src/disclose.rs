//! The way of a record out: gates, facts, decision, permit, redaction, entry, answer. Every way out uses it.
//!
//! The types make the order unavoidable. Looking anybody up takes [`policies::Admitted`]; redaction takes a decision;
//! [`Disclosure`], the only thing that can be sent, is made from what the log returned for exactly these bytes.
//!
//! ```compile_fail,E0423
//! // What is sent cannot be made without a receipt of the log: its fields are private.
//! fn forge(bytes: Vec<u8>) -> gateway_exchange::disclose::Disclosure {
//!     gateway_exchange::disclose::Disclosure(bytes)
//! }
//! ```
//!
//! ```compile_fail,E0599
//! // A receipt is made by the log alone.
//! fn forge() -> gateway_exchange::sequencer::Appended {
//!     gateway_exchange::sequencer::Appended::new()
//! }
//! ```
//!
//! ```compile_fail,E0603
//! // Redaction cannot be called, let alone skipped, from outside.
//! use gateway_exchange::redact::Redacted;
//! ```

use std::sync::Arc;

use gateway_audit::detail::{
    AgreementVersion, Blocking, ConsentVersion, Outcome, Party, Reason, Released, TermOwed,
};
use gateway_audit::{Detail, Entry, EntryKind, Receipt};
use gateway_crypto::Secret;
use gateway_store::StoreError;
use gateway_types::vocabulary::Response;
use gateway_types::{ClientId, EventId, Pii};
use policies::blocking::{BlockingRecord, Exception, FollowUp};
use policies::facts::{Facts, RequestFacts};
use policies::{Decision, Denial, Findings};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::agreements::InForce;
use crate::assemble;
use crate::candidates::Candidates;
use crate::consents::party;
use crate::directory::Directory;
use crate::gateway::Gateway;
use crate::notices;
use crate::question::{Question, Shape};
use crate::redact::{Form, Redacted, RedactionFailed, redact};
use crate::requester::Requester;
use crate::sequencer::LogUnavailable;
use crate::word::Word;

/// How often a question is decided anew because something was taken back while its entry was being written.
pub(crate) const ATTEMPTS: usize = 3;

/// An answer that may be sent: its entry is durable.
pub struct Disclosure {
    bytes: Vec<u8>,
    completion: Completion,
    receipt: Receipt,
    elements: usize,
}

/// What an answer counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// A disclosure to whoever asked, or the refusal of one.
    Disclosure,
    /// A trial with a canary, which goes to nobody.
    Trial,
}

impl Disclosure {
    /// The bytes to be sent, and the duty to record how the sending ended.
    pub fn into_bytes(self) -> (Vec<u8>, Completion) {
        (self.bytes, self.completion)
    }

    /// The receipt.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// How many elements are released.
    #[must_use]
    pub const fn elements(&self) -> usize {
        self.elements
    }
}

impl std::fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[disclosure {}]", self.receipt.event)
    }
}

/// Why a question got no answer at all. None of these depends on the person asked about.
#[derive(Debug, thiserror::Error)]
pub enum NotDisclosed {
    /// A gate that looks at the request alone is closed.
    #[error("the request is not allowed, whoever it is about")]
    Refused(Vec<String>),
    /// Somebody in the audience is not registered.
    #[error("an agency, role or system in the audience is not registered")]
    UnknownAudience,
    /// Store or log cannot be reached: nothing is released.
    #[error("the gateway cannot answer now")]
    Unavailable,
    /// A fault of ours.
    #[error("the gateway failed")]
    Fault,
}

impl From<StoreError> for NotDisclosed {
    fn from(error: StoreError) -> Self {
        crate::gateway::log_store_error(&error);
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict { .. } => Self::Unavailable,
            _ => Self::Fault,
        }
    }
}

impl From<LogUnavailable> for NotDisclosed {
    fn from(_: LogUnavailable) -> Self {
        Self::Unavailable
    }
}

impl From<RedactionFailed> for NotDisclosed {
    fn from(error: RedactionFailed) -> Self {
        tracing::error!(%error, "nothing is released");
        Self::Fault
    }
}

impl Gateway {
    /// Answers a question: what is released, perhaps nothing, with a receipt.
    ///
    /// # Errors
    /// [`NotDisclosed`].
    pub async fn disclose(
        self: &Arc<Self>,
        by: &Requester,
        question: Question,
    ) -> Result<Disclosure, NotDisclosed> {
        if self.bars_release() {
            return Err(NotDisclosed::Unavailable);
        }
        let begun = tokio::time::Instant::now();
        for _ in 0..ATTEMPTS {
            if let Some(disclosure) = self.answer_as_things_stand(by, &question).await? {
                if disclosure.elements == 0 {
                    // How long nothing took would tell whether there was something to decide on.
                    tokio::time::sleep_until(next_step(begun, tokio::time::Instant::now())).await;
                }
                return Ok(disclosure);
            }
        }
        // Each time something was taken back while the entry was being written.
        Err(NotDisclosed::Unavailable)
    }

    /// Answers by what is on file now; `None`: the client's word has changed meanwhile, and nothing is released on it.
    async fn answer_as_things_stand(
        self: &Arc<Self>,
        by: &Requester,
        question: &Question,
    ) -> Result<Option<Disclosure>, NotDisclosed> {
        let now = self.now();
        let directory = Arc::clone(by.directory());
        // One set from the gates to the entry, whatever comes into force meanwhile.
        let in_force = self.in_force();
        let Some(request) = assemble::request(by, question, &directory, now) else {
            self.refuse(by, question, None, &in_force).await?;
            return Err(NotDisclosed::UnknownAudience);
        };
        let denial = match policies::admit(&request, in_force.agreements()) {
            // From here on every failure is the neutral answer.
            Ok(admitted) => {
                let candidates = Candidates::gather(self, &admitted, by, question, &directory, now).await?;
                let word = Word::of(&candidates, now);
                let disclosure = self
                    .decide(
                        by,
                        question,
                        request,
                        candidates,
                        &directory,
                        &in_force,
                        Counts::Disclosure,
                    )
                    .await?;
                return self.unless_taken_back(disclosure, &word).await;
            }
            Err(denial) => denial,
        };
        Err(self.refused(by, question, &denial, &request, &in_force).await?)
    }

    /// Records the refusal of a request at its gates, and says what is told of it.
    pub(crate) async fn refused(
        &self,
        by: &Requester,
        question: &Question,
        denial: &Denial,
        request: &RequestFacts,
        in_force: &InForce,
    ) -> Result<NotDisclosed, NotDisclosed> {
        self.refuse(by, question, Some((denial, request)), in_force)
            .await?;
        let told = denial.findings().request_reasons().iter();
        Ok(NotDisclosed::Refused(
            told.map(|reason| format!("not met: {}", reason.rule().says))
                .collect(),
        ))
    }

    /// Decides on what was found, redacts and records.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a step of the way before this one"
    )]
    pub(crate) async fn decide(
        self: &Arc<Self>,
        by: &Requester,
        question: &Question,
        request: RequestFacts,
        candidates: Candidates,
        directory: &Directory,
        in_force: &InForce,
        counts: Counts,
    ) -> Result<Disclosure, NotDisclosed> {
        let client = candidates.client();
        // What was looked up adds facts (who treats the client, whose records these are), so the gates are asked again
        // on all of them, as a replay will.
        let facts = assemble::facts(request, by, question, &candidates, directory);
        let decision = policies::decide_all(&facts, in_force.agreements());
        let mut detail = detail(by, question, &facts, decision.findings(), directory);
        if candidates.damaged() {
            detail.note = Some(Pii::new(
                "something on file could not be opened; everything was withheld".to_owned(),
            ));
        }
        detail.client = client;
        detail.blocking = BlockingRecord::of(decision.findings(), &facts).map(blocking);
        detail.terms = terms(decision.findings())?;
        detail.released = released(&candidates, decision.findings());
        detail.consents = consents(&candidates, decision.findings());
        let texts = notices::texts(&decision, &facts);
        let form = Form {
            shape: question.shape,
            event: self.new_event()?,
            at: facts.request.now,
        };
        let redacted = redact(&decision, &facts, candidates, texts, form)?;
        let kind = match (counts, &decision) {
            (Counts::Trial, _) => EntryKind::Canary,
            (Counts::Disclosure, Decision::Permit(_)) => EntryKind::Intent,
            (Counts::Disclosure, Decision::Denial(_)) => EntryKind::Denial,
        };
        self.record(kind, redacted, form, detail, &facts, in_force).await
    }

    /// Writes the entry and, once it is durable, makes the answer.
    async fn record(
        self: &Arc<Self>,
        kind: EntryKind,
        redacted: Redacted,
        form: Form,
        mut detail: Detail,
        facts: &Facts,
        in_force: &InForce,
    ) -> Result<Disclosure, NotDisclosed> {
        let digest = redacted.digest();
        detail.body = Some(digest);
        let sealed_facts = facts.to_canonical_json().map_err(|_| NotDisclosed::Fault)?;
        let event = form.event;
        let key = redacted.client_key();
        let entry = Entry {
            kind,
            event,
            detail: &detail,
            facts: &sealed_facts,
            policy: in_force.policy(),
            labels: &[],
        };
        let receipt = self.log_with_receipt(entry, key, digest).await?;
        let bytes = match form.shape {
            Shape::Elements => answer(&redacted, &receipt)?,
            Shape::Fhir | Shape::Ccda => redacted.body().to_vec(),
        };
        let completion = Completion {
            gateway: Arc::clone(self),
            of: (kind == EntryKind::Intent).then(|| Open {
                event,
                client: detail.client,
                key: Secret::from_bytes(*redacted.client_key().as_bytes()),
            }),
        };
        Ok(Disclosure {
            bytes,
            completion,
            receipt,
            elements: redacted.elements(),
        })
    }

    /// Records a refusal that looked at the request alone; no client was looked up.
    async fn refuse(
        &self,
        by: &Requester,
        question: &Question,
        denial: Option<(&Denial, &RequestFacts)>,
        in_force: &InForce,
    ) -> Result<(), NotDisclosed> {
        let mut detail = Detail::at(self.now());
        detail.requester = Some(party(by));
        detail.audience = audience(question);
        detail.purpose = Some(question.purpose);
        detail.response = Some(Response::Refused);
        let mut facts = Vec::new();
        if let Some((denial, request)) = denial {
            note_findings(&mut detail, denial.findings(), by.directory());
            let request = serde_json::to_value(request).map_err(|_| NotDisclosed::Fault)?;
            facts = gateway_audit::canonical::canonical_json(&request).map_err(|_| NotDisclosed::Fault)?;
        } else {
            detail.note = Some(Pii::new("somebody in the audience is not registered".to_owned()));
        }
        let key = self.records().client_key(None).await?;
        let (policy, event) = (in_force.policy(), self.new_event()?);
        self.log_event_under(policy, EntryKind::Denial, event, &key, &detail, &facts)
            .await?;
        Ok(())
    }
}

/// The steps in which answers without an element are given: the first end of a step after all work is done.
const STEP: std::time::Duration = std::time::Duration::from_millis(10);

pub(crate) fn next_step(begun: tokio::time::Instant, done: tokio::time::Instant) -> tokio::time::Instant {
    let steps = done.duration_since(begun).as_micros() / STEP.as_micros() + 1;
    begun + STEP * u32::try_from(steps).unwrap_or(u32::MAX)
}

fn audience(question: &Question) -> Vec<Party> {
    question
        .audience
        .iter()
        .map(|member| Party {
            agency: member.agency.clone(),
            person: member.staff.clone(),
            role: Some(member.role),
            system: Some(member.system.clone()),
        })
        .collect()
}

fn detail(
    by: &Requester,
    question: &Question,
    facts: &Facts,
    findings: &Findings,
    directory: &Directory,
) -> Detail {
    let mut detail = Detail::at(facts.request.now);
    detail.requester = Some(party(by));
    detail.audience = audience(question);
    detail.purpose = Some(question.purpose);
    let mut holders: Vec<_> = facts
        .record
        .elements
        .iter()
        .map(|element| element.holder().clone())
        .collect();
    holders.sort_unstable();
    holders.dedup();
    detail.holders = holders;
    detail.attestations = question
        .attested
        .attestations
        .iter()
        .map(|attested| gateway_audit::detail::Attested {
            kind: attested.kind,
            by: by.staff().clone(),
            at: facts.request.now,
        })
        .collect();
    if let Some(stated) = &question.attested.emergency {
        // The words go into the entry, sealed; the facts of the decision hold only that they were said.
        detail.emergency = Some(gateway_audit::detail::Emergency {
            nature: stated.nature.clone(),
            consent_unobtainable: stated.consent_unobtainable.clone(),
            programme_notified: None,
        });
        detail.discloser = emergency_discloser(facts, findings, directory);
    }
    note_findings(&mut detail, findings, directory);
    detail
}

/// Who answers for what went on an emergency (2.51(c)(2)): the officer of the one programme whose records went. If
/// records of several went, each released line names its source, and the registry of that moment its officer.
fn emergency_discloser(facts: &Facts, findings: &Findings, directory: &Directory) -> Option<Party> {
    let mut sources = facts
        .record
        .elements
        .iter()
        .zip(findings.elements())
        .filter(|(_, finding)| finding.bases().contains(gateway_types::vocabulary::Basis::P251))
        .map(|(element, _)| &element.source);
    let source = sources.next()?;
    if sources.any(|other| other != source) {
        return None;
    }
    Some(Party {
        agency: source.clone(),
        person: directory.agency(source)?.emergency_discloser.clone(),
        role: None,
        system: None,
    })
}

fn note_findings(detail: &mut Detail, findings: &Findings, directory: &Directory) {
    detail.response = Some(findings.response());
    detail.obligations = findings.obligations();
    detail.notices = findings.notices();
    detail.accounting.hipaa = findings.accounting().hipaa;
    detail.accounting.part2 = findings.accounting().part2;
    detail.rule_set = Some(findings.rule_set());
    detail.agreement_set = Some(findings.agreement_set());
    detail.registry = Some(directory.digest().to_string());
    detail.agreements = findings
        .agreements()
        .iter()
        .filter_map(|agreement| {
            Some(AgreementVersion {
                id: agreement.id.clone(),
                hash: agreement.hash?,
            })
        })
        .collect();
    let withheld = findings
        .elements()
        .iter()
        .filter(|element| element.outcome() == policies::Outcome::Withhold);
    detail.withheld = withheld.clone().count() as u64;
    let mut reasons: Vec<_> = findings
        .request_reasons()
        .iter()
        .copied()
        .chain(withheld.flat_map(|element| element.reasons()))
        .filter(|reason| reason.effect() != policies::Effect::Permits)
        .map(|reason| (reason.rule().id, reason.rule().says))
        .collect();
    reasons.sort_unstable();
    reasons.dedup();
    detail.reasons = reasons
        .into_iter()
        .map(|(rule, says)| Reason {
            rule: rule.to_owned(),
            text: Pii::new(says.to_owned()),
        })
        .collect();
}

fn blocking(record: BlockingRecord) -> Blocking {
    let owned = |ids: Vec<&'static str>| ids.into_iter().map(str::to_owned).collect();
    let exceptions = record
        .exceptions
        .iter()
        .map(|exception| Exception::citation(*exception));
    Blocking {
        exceptions: owned(exceptions.map(|citation| citation.unwrap_or("none")).collect()),
        criteria: owned(record.criteria),
        unmet: owned(record.unmet),
        withheld: record.withheld as u64,
        offer_new_form: record.follow_up == FollowUp::OfferNewForm,
    }
}

fn terms(findings: &Findings) -> Result<Vec<TermOwed>, NotDisclosed> {
    let owed = findings.terms().iter().map(|term| {
        Ok(TermOwed {
            agreement: term.agreement.clone(),
            clause: term.clause.clone(),
            recipient: term.recipient.clone(),
            asks: serde_json::to_value(&term.asks).map_err(|_| NotDisclosed::Fault)?,
        })
    });
    owed.collect()
}

fn released(candidates: &Candidates, findings: &Findings) -> Vec<Released> {
    findings
        .elements()
        .iter()
        .filter(|finding| finding.outcome() == policies::Outcome::Release)
        .filter_map(|finding| {
            let candidate = candidates
                .elements()
                .iter()
                .find(|candidate| candidate.handle == *finding.id())?;
            Some(Released {
                element: candidate.element.id,
                category: candidate.category,
                source: candidate.element.source.clone(),
                programme: candidate.element.programme.clone(),
                regimes: candidate.regimes,
                as_of: candidate.element.as_of,
                bases: finding.bases(),
            })
        })
        .collect()
}

fn consents(candidates: &Candidates, findings: &Findings) -> Vec<ConsentVersion> {
    candidates
        .consents()
        .iter()
        .filter(|stored| {
            findings
                .consents()
                .contains(&policies::facts::Handle::from(stored.consent.id()))
        })
        .map(|stored| ConsentVersion {
            id: stored.consent.id(),
            version: stored.version.to_string(),
        })
        .collect()
}

/// The answer as bytes: the disclosure exactly as the entry commits to it, and the receipt.
fn answer(redacted: &Redacted, receipt: &Receipt) -> Result<Vec<u8>, NotDisclosed> {
    #[derive(Serialize)]
    struct Answer<'a> {
        disclosure: &'a RawValue,
        receipt: &'a Receipt,
    }
    let disclosure: &RawValue = serde_json::from_slice(redacted.body()).map_err(|_| NotDisclosed::Fault)?;
    serde_json::to_vec(&Answer { disclosure, receipt }).map_err(|_| NotDisclosed::Fault)
}

/// The duty to record how the sending of an answer ended. Dropped without that (the caller went away before there was an
/// answer), nothing was sent, and that is recorded. If even that fails, the intent stays open and counts as disclosed.
#[derive(Debug)]
#[must_use = "how the sending ended has to be recorded"]
pub struct Completion {
    gateway: Arc<Gateway>,
    /// `None`: nothing was released, so nothing is to be completed.
    of: Option<Open>,
}

#[derive(Debug)]
struct Open {
    event: EventId,
    client: Option<ClientId>,
    key: Secret,
}

impl Completion {
    /// Records that `bytes` bytes of the answer were handed to the network: all of them, or the sending was broken off.
    pub async fn record(mut self, bytes: Sent) {
        if let Some(open) = self.of.take() {
            open.close(&self.gateway, bytes).await;
        }
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        let Some(open) = self.of.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let gateway = Arc::clone(&self.gateway);
            runtime.spawn(async move { open.close(&gateway, Sent::BrokenOff(0)).await });
        }
    }
}

impl Open {
    async fn close(self, gateway: &Gateway, bytes: Sent) {
        let mut detail = Detail::at(gateway.now());
        detail.client = self.client;
        detail.outcome = Some(match bytes {
            Sent::Whole(bytes) => Outcome::Sent { bytes },
            Sent::BrokenOff(bytes) => Outcome::Aborted { bytes },
        });
        let recorded = gateway
            .log_event(EntryKind::Completion, self.event, &self.key, &detail, b"")
            .await;
        if recorded.is_err() {
            tracing::warn!("the outcome of a disclosure could not be recorded; it counts as disclosed");
        }
    }
}

/// How much of an answer was handed to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// All of it: so many bytes.
    Whole(u64),
    /// It was broken off after so many bytes.
    BrokenOff(u64),
}
