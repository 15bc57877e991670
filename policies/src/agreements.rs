//! Agreements in force: what the parties allow each other, direction by direction. They only take away from the law.
//!
//! The flat agreements of the facts and the clauses of agreement files are brought into one form. An instrument counts
//! only with its terms; the word "MOU" satisfies nothing (catalogue 0.5).

mod in_force;
mod index;

use gateway_crypto::Digest;
use gateway_types::vocabulary::{
    Category, ConsentKind, Instrument, InstrumentTerm, PurposeOfUse, Role, WordSet,
};
use gateway_types::{AgencyId, MouId, Timestamp};

use crate::decision::AgreementInPlay;
use crate::facts::{CategoryScope, MouFacts, RequestFacts};
use crate::mou::{self, Condition, Diagnostic, Redisclosure, Retention};
use crate::terms::Term;
use index::Index;

pub(crate) use in_force::{InForce, Lane, Lookup, Party, Way};

/// The active set of agreements, compiled from their files. The set itself knows no clock: each decision asks what is
/// in force at its own moment.
#[derive(Debug)]
pub struct Agreements {
    agreements: Vec<Agreement>,
    index: Index,
    hash: Digest,
}

impl Agreements {
    /// The empty set: no query that needs an agreement passes the gate.
    #[must_use]
    pub fn none() -> Self {
        Self::of(Vec::new())
    }

    /// Compiles a set of files, given as name and text. Files whose status is not `active` or that lack a party's
    /// signature are read and checked but bring nothing into force.
    ///
    /// # Errors
    /// Everything that is wrong, in all files, with line, column and a hint. Nothing is loaded then.
    pub fn load(files: &[(&str, &str)]) -> Result<Self, Vec<Diagnostic>> {
        Self::load_those(files, mou::File::is_active)
    }

    /// Compiles drafts, whatever their status and signatures, as if they had always been in force: for asking what would
    /// have been decided under them.
    ///
    /// # Errors
    /// As [`Agreements::load`].
    pub fn load_drafts(files: &[(&str, &str)]) -> Result<Self, Vec<Diagnostic>> {
        let mut drafts = Self::load_those(files, |_| true)?.agreements;
        for draft in &mut drafts {
            draft.effective = Timestamp::from_micros(i64::MIN);
            draft.ends = None;
        }
        Ok(Self::of(drafts))
    }

    /// This set with other versions of some of its agreements, or with more of them.
    #[must_use]
    pub fn with(&self, others: &Self) -> Self {
        let kept = self
            .agreements
            .iter()
            .filter(|agreement| others.agreements.iter().all(|other| other.id != agreement.id));
        Self::of(kept.chain(&others.agreements).cloned().collect())
    }

    fn load_those(
        files: &[(&str, &str)],
        is_wanted: impl Fn(&mou::File) -> bool,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut agreements: Vec<Agreement> = Vec::new();
        for (name, text) in files {
            match mou::read(name, text) {
                Ok(file) if is_wanted(&file) => {
                    if agreements.iter().any(|known| known.id == file.agreement.id) {
                        diagnostics.push(Diagnostic::whole_file(
                            mou::Code::SameAgreement,
                            name,
                            "another active file has the same agreement id",
                            "supersede it: only one version of an agreement is active",
                        ));
                    }
                    agreements.push(file.agreement);
                }
                Ok(_) => {}
                Err(found) => diagnostics.extend(found),
            }
        }
        if diagnostics.is_empty() {
            Ok(Self::of(agreements))
        } else {
            Err(diagnostics)
        }
    }

    /// The same set with one more agreement, for the tools.
    pub(crate) fn and(&self, agreement: Agreement) -> Self {
        let mut agreements = self.agreements.clone();
        agreements.push(agreement);
        Self::of(agreements)
    }

    /// Every agreement, in force or not, those given as facts among them; for the tools.
    pub(crate) fn with_stated(&self, request: &RequestFacts) -> Vec<Agreement> {
        let stated = request.mous.iter().filter_map(Agreement::stated);
        self.agreements.iter().cloned().chain(stated).collect()
    }

    pub(crate) fn of(mut agreements: Vec<Agreement>) -> Self {
        // The order of the files decides nothing.
        agreements.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.hash.cmp(&b.hash)));
        let members = agreements
            .iter()
            .map(|agreement| (&agreement.id, agreement.hash.as_ref()));
        Self {
            hash: hash_of_members(members),
            index: Index::of(&agreements),
            agreements,
        }
    }

    /// The digest of the set: of the ids and content hashes of its agreements.
    #[must_use]
    pub const fn hash(&self) -> Digest {
        self.hash
    }

    /// The agreements in force at `now`.
    pub fn in_force(&self, now: Timestamp) -> impl Iterator<Item = &Agreement> {
        self.agreements
            .iter()
            .filter(move |agreement| agreement.stands_at(now))
    }

    /// Every agreement of the set, in force or not.
    #[must_use]
    pub fn all(&self) -> &[Agreement] {
        &self.agreements
    }
}

/// The digest of a set, from the ids and content hashes of its agreements: as [`Agreements::hash`], without their texts.
pub fn set_hash<'m>(members: impl IntoIterator<Item = (&'m MouId, &'m Digest)>) -> Digest {
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_unstable();
    hash_of_members(members.into_iter().map(|(id, hash)| (id, Some(hash))))
}

fn hash_of_members<'m>(members: impl Iterator<Item = (&'m MouId, Option<&'m Digest>)>) -> Digest {
    let lines: Vec<String> = members
        .map(|(id, hash)| format!("{id} {}", hash.map_or_else(String::new, Digest::to_string)))
        .collect();
    let parts: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    Digest::of_parts(&parts)
}

/// One agreement.
#[derive(Clone, Debug)]
pub struct Agreement {
    pub(crate) id: MouId,
    pub(crate) version: Option<String>,
    pub(crate) hash: Option<Digest>,
    pub(crate) parties: Vec<AgencyId>,
    pub(crate) effective: Timestamp,
    /// The first moment at which it is no longer in force.
    pub(crate) ends: Option<Timestamp>,
    pub(crate) instruments: WordSet<Instrument>,
    pub(crate) terms: WordSet<InstrumentTerm>,
    pub(crate) segregated: bool,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) promises: Vec<Promise>,
    pub(crate) police_present: PolicePresent,
    /// What parties may pass on of what they got from each other; `None`: the paper does not speak of it.
    pub(crate) redisclosure: Option<Vec<Redisclosure>>,
    pub(crate) retention: Vec<Retention>,
}

/// What one side may see of the other.
#[derive(Clone, Debug)]
pub struct Clause {
    /// Its id in the file; empty for an agreement of the facts.
    pub id: String,
    /// Who shares; empty: any party.
    pub from: Vec<AgencyId>,
    /// Who receives; empty: any party.
    pub to: Vec<AgencyId>,
    /// The roles it admits; empty: every role.
    pub roles: WordSet<Role>,
    /// For what.
    pub purposes: WordSet<PurposeOfUse>,
    /// What.
    pub share: CategoryScope,
    /// A usable consent of one of these kinds is demanded besides the law; empty: none.
    pub consent: WordSet<ConsentKind>,
    /// What must be so besides.
    pub when: Vec<Condition>,
    /// What it asks of those who receive under it.
    pub duties: Vec<Term>,
    /// What it says to people; no decision reads it.
    pub wording: Wording,
}

/// The words of the paper. Explanations repeat them; no decision reads them.
#[derive(Clone, Debug, Default)]
pub struct Wording {
    /// The clause in words.
    pub text: String,
    /// The law it names, as commentary.
    pub basis: String,
}

/// What the parties promise never to share.
#[derive(Clone, Debug)]
pub struct Promise {
    /// Its id in the file.
    pub id: String,
    /// What it says to people; no decision reads it.
    pub wording: Wording,
    /// Whose data; empty: any party's.
    pub from: Vec<AgencyId>,
    /// To whom.
    pub to: Vec<AgencyId>,
    /// For which purposes; empty: for any.
    pub purposes: WordSet<PurposeOfUse>,
    /// What.
    pub share: CategoryScope,
}

/// What becomes of a view when police are in the audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicePresent {
    /// They are recipients like any other: all must be allowed. The law asks for this anyway.
    TreatAsRecipient,
    /// Nothing goes under this agreement.
    Withhold,
}

impl Agreement {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &MouId {
        &self.id
    }

    /// Its version, if it came from a file.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The digest of what it says.
    #[must_use]
    pub const fn hash(&self) -> Option<Digest> {
        self.hash
    }

    /// Its parties.
    #[must_use]
    pub fn parties(&self) -> &[AgencyId] {
        &self.parties
    }

    /// How long recipients may keep what they got under it.
    #[must_use]
    pub fn retention(&self) -> &[Retention] {
        &self.retention
    }

    /// Whether it is in force at `now`.
    #[must_use]
    pub fn stands_at(&self, now: Timestamp) -> bool {
        self.effective <= now && self.ends.is_none_or(|end| now < end)
    }

    /// What each side may see of the other.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// What the parties promise never to share.
    #[must_use]
    pub fn promises(&self) -> &[Promise] {
        &self.promises
    }

    /// What it says of views that police see too.
    #[must_use]
    pub const fn police_present(&self) -> PolicePresent {
        self.police_present
    }

    /// What parties may pass on of what they got from each other; `None`: the paper does not speak of it.
    #[must_use]
    pub fn redisclosure(&self) -> Option<&[Redisclosure]> {
        self.redisclosure.as_deref()
    }

    /// The first moment it is in force, and the first moment it is no longer; `None`: no end.
    #[must_use]
    pub const fn term(&self) -> (Timestamp, Option<Timestamp>) {
        (self.effective, self.ends)
    }

    /// What it is in law.
    #[must_use]
    pub const fn instruments(&self) -> WordSet<Instrument> {
        self.instruments
    }

    /// The terms that an instrument needs.
    #[must_use]
    pub const fn terms(&self) -> WordSet<InstrumentTerm> {
        self.terms
    }

    /// A flat agreement of the facts: one clause, both ways between all parties.
    #[must_use]
    pub fn stated(facts: &MouFacts) -> Option<Self> {
        Some(Self {
            id: MouId::new(facts.id.as_str()).ok()?,
            version: None,
            hash: None,
            parties: facts.parties.clone(),
            effective: facts.effective,
            ends: facts.expires,
            instruments: facts.instruments,
            terms: facts.terms,
            segregated: facts.segregated_clinical_record,
            clauses: vec![Clause {
                id: String::new(),
                from: Vec::new(),
                to: Vec::new(),
                roles: facts.recipient_roles,
                purposes: facts.purposes,
                share: facts.categories,
                consent: WordSet::EMPTY,
                when: Vec::new(),
                duties: Vec::new(),
                wording: Wording::default(),
            }],
            promises: Vec::new(),
            police_present: PolicePresent::TreatAsRecipient,
            redisclosure: None,
            retention: Vec::new(),
        })
    }

    /// Whether it is this instrument, with these terms.
    pub(crate) fn is_instrument(&self, instrument: Instrument, terms: &[InstrumentTerm]) -> bool {
        self.instruments.contains(instrument) && terms.iter().all(|term| self.terms.contains(*term))
    }

    /// Whether it promises that clinical records are kept apart from the host agency.
    #[must_use]
    pub const fn segregates_clinical_record(&self) -> bool {
        self.segregated
    }

    /// The agreement and clause, as a decision records them.
    pub(crate) fn in_play(&self, clause: &Clause) -> AgreementInPlay {
        AgreementInPlay {
            id: self.id.clone(),
            version: self.version.clone(),
            clause: (!clause.id.is_empty()).then(|| clause.id.clone()),
            hash: self.hash,
        }
    }
}

impl Clause {
    pub(crate) fn runs(&self, from: &AgencyId, to: &AgencyId) -> bool {
        (self.from.is_empty() || self.from.contains(from)) && (self.to.is_empty() || self.to.contains(to))
    }

    pub(crate) fn admits(&self, role: Option<Role>) -> bool {
        self.roles.is_empty() || role.is_none_or(|role| self.roles.contains(role))
    }

    /// Direction, role, purpose and category; not yet what it demands besides.
    pub(crate) fn covers(
        &self,
        from: &AgencyId,
        to: &AgencyId,
        role: Option<Role>,
        purpose: PurposeOfUse,
        category: Category,
    ) -> bool {
        self.runs(from, to)
            && self.admits(role)
            && self.purposes.contains(purpose)
            && self.share.covers(category)
    }
}

impl Promise {
    pub(crate) fn runs(&self, from: &AgencyId, to: &AgencyId) -> bool {
        (self.from.is_empty() || self.from.contains(from)) && self.to.contains(to)
    }

    pub(crate) fn bars(
        &self,
        from: &AgencyId,
        to: &AgencyId,
        purpose: PurposeOfUse,
        category: Category,
    ) -> bool {
        self.runs(from, to)
            && (self.purposes.is_empty() || self.purposes.contains(purpose))
            && self.share.covers(category)
    }
}
