//! Whether a signed form holds what the law asks of its kind, element by element, with the provision.
//!
//! 42 CFR 2.31(a)(1)-(10), (b), (c), (d) and 2.35; 45 CFR 164.508(b)-(c); 28 CFR 90.4(b)(3); the written HMIS release
//! (HUD 2004 Notice, 69 FR 45888, section 4.1.3). A form that fails is kept and never relied on (2.31(c)(2)). Who
//! vouches for an element stands beside it; who may sign is in `authority`.

use gateway_types::vocabulary::{Category, ConsentKind, ExpiryEvent, PurposeOfUse, Statement};
use gateway_types::{AgencyId, Timestamp, WordSet};

use crate::combination::check_combination;
use crate::consent::{Act, Paper};
use crate::signing::{Attested, Finding, RevocationScope};
use crate::terms::{CategoryScope, Expiry, Terms};

/// One element that the law asks of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementCheck {
    /// The element, e.g. `2.31(a)(4)`.
    pub id: &'static str,
    /// Whether it is there.
    pub outcome: Outcome,
    /// The provision in full.
    pub citation: &'static str,
    /// Who vouches for it, and since when; `None`: it is missing.
    pub vouched: Option<Act>,
    /// What the holder, with the signed paper before it, may vouch for so that it is no longer missing. `None`: it is
    /// there, or only another form helps.
    pub to_vouch: Option<Attested>,
}

/// Whether an element is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is.
    Met,
    /// It is there or not needed for some disclosures, and missing for others; the rules look at each.
    MetInPart(&'static str),
    /// It is not; the consent is defective.
    Missing(&'static str),
}

/// Everything that adequacy is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a> {
    pub(crate) terms: &'a Terms,
    pub(crate) paper: &'a Paper,
    pub(crate) now: Timestamp,
}

/// The purposes that are treatment, payment and health care operations.
pub(crate) fn tpo_purposes() -> WordSet<PurposeOfUse> {
    use PurposeOfUse::{Coc, Etreat, Hoperat, Hpaymt, Hqualimp, Treat};
    [Treat, Coc, Etreat, Hpaymt, Hoperat, Hqualimp]
        .into_iter()
        .collect()
}

/// Victim-service releases run at most this long (catalogue VSP-3, CD). The floor opens nothing by a longer one, whatever
/// reason staff wrote down.
const RELEASE_SECONDS: i64 = 30 * 24 * 3600;

impl<'a> Form<'a> {
    /// Every element asked of this kind, in the order of the provision.
    pub(crate) fn checks(self) -> Vec<ElementCheck> {
        let mut sheet = Sheet {
            form: self,
            checks: Vec::new(),
        };
        match self.terms.kind {
            ConsentKind::Tpo
            | ConsentKind::Named
            | ConsentKind::LegalProceedings
            | ConsentKind::CriminalJustice => sheet.part2(),
            ConsentKind::Notes => sheet.notes(),
            ConsentKind::Research => {
                sheet.part2();
                sheet.hipaa_statements();
                sheet.plain_and_copied();
            }
            ConsentKind::Authorization => sheet.authorization(),
            ConsentKind::VawaRelease => sheet.vawa_release(),
            ConsentKind::HmisRoi => sheet.hmis_release(),
        }
        sheet.youth_project();
        sheet.combination();
        sheet.opens_something();
        sheet.not_false();
        sheet.attestations();
        sheet.checks
    }
}

pub(crate) struct Sheet<'a> {
    pub(crate) form: Form<'a>,
    checks: Vec<ElementCheck>,
}

impl Sheet<'_> {
    /// An element for which whoever put the form on record vouches.
    pub(crate) fn check(&mut self, id: &'static str, citation: &'static str, outcome: Outcome) {
        let vouched = Some(self.form.paper.recorded.clone());
        self.enter(id, citation, outcome, vouched);
    }

    fn enter(&mut self, id: &'static str, citation: &'static str, outcome: Outcome, vouched: Option<Act>) {
        let vouched = vouched.filter(|_| !matches!(outcome, Outcome::Missing(_)));
        self.checks.push(ElementCheck {
            id,
            outcome,
            citation,
            vouched,
            to_vouch: None,
        });
    }

    pub(crate) fn need(
        &mut self,
        id: &'static str,
        citation: &'static str,
        met: bool,
        missing: &'static str,
    ) {
        self.check(id, citation, met_or(met, missing));
    }

    /// An element that rests on what somebody vouches for.
    pub(crate) fn need_vouched(
        &mut self,
        id: &'static str,
        citation: &'static str,
        attested: Attested,
        missing: &'static str,
    ) {
        let refuted = match attested {
            Attested::NameMatchesClient => Some(Finding::ClientNameDiffers),
            Attested::NotConditioned => Some(Finding::Conditioned),
            _ => None,
        };
        let refuted = refuted.is_some_and(|finding| self.form.paper.findings.contains(&finding));
        let vouched = self
            .form
            .paper
            .attested
            .get(&attested)
            .filter(|_| !refuted)
            .cloned();
        let met = vouched.is_some();
        self.enter(id, citation, met_or(met, missing), vouched);
        if let Some(check) = self.checks.last_mut().filter(|_| !met && !refuted) {
            check.to_vouch = Some(attested);
        }
    }

    fn statement(
        &mut self,
        id: &'static str,
        citation: &'static str,
        statement: Statement,
        missing: &'static str,
    ) {
        let outcome = met_or(self.form.terms.statements.contains(statement), missing);
        let seen = self.form.paper.attested.get(&Attested::StatementsSeen);
        self.enter(id, citation, outcome, seen.cloned());
    }

    fn part2(&mut self) {
        let terms = self.form.terms;
        let kind = terms.kind;
        self.need_vouched(
            "2.31(a)(1)",
            "42 CFR 2.31(a)(1)",
            Attested::NameMatchesClient,
            NAME,
        );
        self.need(
            "2.31(a)(2)",
            "42 CFR 2.31(a)(2)",
            terms.discloser.names_somebody(),
            DISCLOSER,
        );
        self.check("2.31(a)(3)", "42 CFR 2.31(a)(3)", self.information());
        let (recipient_cite, recipients, missing) = if kind == ConsentKind::CriminalJustice {
            let named = !terms.recipients.persons.is_empty();
            (
                "42 CFR 2.31(a)(4), 2.35(a)",
                named,
                "no person of the justice system is named",
            )
        } else {
            (
                "42 CFR 2.31(a)(4)(i)",
                terms.recipients.names_somebody(),
                RECIPIENT,
            )
        };
        self.need("2.31(a)(4)(i)", recipient_cite, recipients, missing);
        if !terms.names_gateway {
            let partly = Outcome::MetInPart(
                "does not name the gateway, which it must where the gateway is an intermediary",
            );
            self.check("2.31(a)(4)(ii)", "42 CFR 2.31(a)(4)(ii)", partly);
        }
        self.redisclosure_statement();
        self.need(
            "2.31(a)(5)",
            "42 CFR 2.31(a)(5)",
            !terms.purposes.is_empty(),
            PURPOSE,
        );
        if kind == ConsentKind::CriminalJustice {
            let (period, event) = (Statement::CjReasonablePeriod, Statement::CjRevocableEvent);
            self.statement(
                "2.35(b)",
                "42 CFR 2.35(b)",
                period,
                "no reasonable period is stated",
            );
            self.statement(
                "2.35(c)",
                "42 CFR 2.35(b)-(c)",
                event,
                "not stated from when it can be revoked",
            );
        } else {
            let right = Statement::Part2RightToRevoke;
            self.statement(
                "2.31(a)(6)",
                "42 CFR 2.31(a)(6)",
                right,
                "the right to revoke is not stated",
            );
        }
        self.check("2.31(a)(7)", "42 CFR 2.31(a)(7)", self.expiry());
        self.check(
            "2.31(a)(8)",
            "42 CFR 2.31(a)(8), 2.14, 2.15",
            self.form.signed_by_the_right_person(),
        );
        self.need("2.31(a)(9)", "42 CFR 2.31(a)(9)", self.dated(), DATE);
        self.part2_tpo_statements();
        if kind == ConsentKind::LegalProceedings {
            let named = terms
                .proceeding
                .as_ref()
                .is_some_and(|text| !text.reveal().trim().is_empty());
            self.need("2.31(d)", "42 CFR 2.31(d)", named, "no proceeding is named");
        }
    }

    /// 2.31(a)(4)(iii) is asked only towards covered entities and business associates, so its absence never voids
    /// the whole form.
    fn redisclosure_statement(&mut self) {
        let terms = self.form.terms;
        let has = terms
            .statements
            .contains(Statement::Part2RedisclosureByHipaaHolders);
        let concerned = matches!(terms.kind, ConsentKind::Tpo | ConsentKind::Named)
            && !terms.purposes.intersection(tpo_purposes()).is_empty();
        if concerned {
            let outcome = if has {
                Outcome::Met
            } else {
                Outcome::MetInPart(
                    "no redisclosure statement: not good towards covered entities and business associates",
                )
            };
            self.check("2.31(a)(4)(iii)", "42 CFR 2.31(a)(4)(iii)", outcome);
        }
    }

    /// 2.31(a)(10): both statements on every consent for treatment, payment and operations.
    fn part2_tpo_statements(&mut self) {
        let terms = self.form.terms;
        let for_tpo = terms.purposes.intersection(tpo_purposes());
        let needed = match terms.kind {
            ConsentKind::Tpo => true,
            ConsentKind::Named => !for_tpo.is_empty(),
            _ => false,
        };
        if !needed {
            return;
        }
        // A named consent for housing and treatment stays good for housing without them.
        let other_use = terms.kind == ConsentKind::Named && for_tpo != terms.purposes;
        let outcome_of = |statement, missing, partly| match (terms.statements.contains(statement), other_use)
        {
            (true, _) => Outcome::Met,
            (false, true) => Outcome::MetInPart(partly),
            (false, false) => Outcome::Missing(missing),
        };
        let potential = outcome_of(
            Statement::Part2RedisclosurePotential,
            "the potential for redisclosure is not stated",
            "the potential for redisclosure is not stated: not good for treatment, payment or operations",
        );
        let refusal = outcome_of(
            Statement::Part2RefusalConsequences,
            "the consequences of refusing are not stated",
            "the consequences of refusing are not stated: not good for treatment, payment or operations",
        );
        self.check("2.31(a)(10)(i)", "42 CFR 2.31(a)(10)(i)", potential);
        self.check("2.31(a)(10)(ii)", "42 CFR 2.31(a)(10)(ii)", refusal);
    }

    /// Separated notes: the counsellor's are Part 2's matter, the psychotherapist's HIPAA's. Each consent may be combined
    /// only with another for notes of the same sort, so that no form names both.
    fn notes(&mut self) {
        let named = match self.form.terms.categories {
            CategoryScope::Only(named) => named,
            CategoryScope::All => WordSet::EMPTY,
        };
        let psychotherapy = named.contains(Category::PsychotherapyNotes);
        if psychotherapy && !named.contains(Category::SudCounselingNotes) {
            self.authorization();
        } else {
            self.part2();
        }
        if psychotherapy && named.contains(Category::SudCounselingNotes) {
            let outcome = Outcome::Missing("names a counsellor's and a psychotherapist's notes on one form");
            self.check("form", "42 CFR 2.31(b)(1), 45 CFR 164.508(b)(3)(ii)", outcome);
        }
        self.need_vouched(
            "2.31(b)(3)",
            "42 CFR 2.31(b), 45 CFR 164.508(b)(4)",
            Attested::NotConditioned,
            CONDITIONED,
        );
    }

    fn hipaa_statements(&mut self) {
        use Statement::{HipaaConditioning, HipaaRedisclosurePotential, HipaaRightToRevoke};
        let [right, conditioning, potential] = [
            "the right to revoke is not stated",
            "not stated whether a service depends on it",
            "the potential for redisclosure is not stated",
        ];
        self.statement(
            "164.508(c)(2)(i)",
            "45 CFR 164.508(c)(2)(i)",
            HipaaRightToRevoke,
            right,
        );
        self.statement(
            "164.508(c)(2)(ii)",
            "45 CFR 164.508(c)(2)(ii)",
            HipaaConditioning,
            conditioning,
        );
        self.statement(
            "164.508(c)(2)(iii)",
            "45 CFR 164.508(c)(2)(iii)",
            HipaaRedisclosurePotential,
            potential,
        );
    }

    fn authorization(&mut self) {
        let terms = self.form.terms;
        self.need_vouched(
            "164.508(b)(1)",
            "45 CFR 164.508(b)(1)(i)",
            Attested::NameMatchesClient,
            NAME,
        );
        self.check("164.508(c)(1)(i)", "45 CFR 164.508(c)(1)(i)", self.information());
        let discloser = terms.discloser.names_somebody();
        self.need(
            "164.508(c)(1)(ii)",
            "45 CFR 164.508(c)(1)(ii)",
            discloser,
            DISCLOSER,
        );
        let recipients = terms.recipients.names_somebody();
        self.need(
            "164.508(c)(1)(iii)",
            "45 CFR 164.508(c)(1)(iii)",
            recipients,
            RECIPIENT,
        );
        self.need(
            "164.508(c)(1)(iv)",
            "45 CFR 164.508(c)(1)(iv)",
            !terms.purposes.is_empty(),
            PURPOSE,
        );
        self.check("164.508(c)(1)(v)", "45 CFR 164.508(c)(1)(v)", self.expiry());
        let signer = self.form.signed_by_the_right_person();
        self.check(
            "164.508(c)(1)(vi)",
            "45 CFR 164.508(c)(1)(vi), 164.502(g)",
            signer,
        );
        self.need(
            "164.508(c)(1)(vi) date",
            "45 CFR 164.508(c)(1)(vi)",
            self.dated(),
            DATE,
        );
        self.hipaa_statements();
        self.plain_and_copied();
    }

    fn plain_and_copied(&mut self) {
        self.need_vouched(
            "164.508(c)(3)",
            "45 CFR 164.508(c)(3)",
            Attested::PlainLanguage,
            "nobody vouches for plain language",
        );
        self.need_vouched(
            "164.508(c)(4)",
            "45 CFR 164.508(c)(4)",
            Attested::CopyGiven,
            "nobody vouches that the signer has a copy",
        );
    }

    fn vawa_release(&mut self) {
        use Statement::{VawaDuration, VawaReason, VawaVoluntary};
        let terms = self.form.terms;
        let cite = "28 CFR 90.4(b)(3)(ii), 45 CFR 1370.4";
        self.need_vouched("vawa name", cite, Attested::NameMatchesClient, NAME);
        self.need(
            "vawa discloser",
            cite,
            !terms.discloser.agencies.is_empty(),
            "no discloser is named; a class is not enough",
        );
        // One that the client has struck out since is named no longer, and cannot carry a class along.
        let struck = |agency: &AgencyId| {
            let said = self.form.paper.revocations.iter();
            said.filter(|revocation| revocation.at <= self.form.now)
                .any(|revocation| match &revocation.scope {
                    RevocationScope::Whole => true,
                    RevocationScope::Recipients(agencies) => agencies.contains(agency),
                })
        };
        let named = terms.recipients.agencies.iter().any(|agency| !struck(agency))
            || !terms.recipients.persons.is_empty();
        self.need(
            "vawa recipient",
            cite,
            named,
            "no recipient is named; a class is not enough",
        );
        let specific = matches!(terms.categories, CategoryScope::Only(_)) && !terms.categories.is_empty();
        self.need(
            "vawa scope",
            cite,
            specific,
            "a blanket release, or no information described",
        );
        self.need("vawa purpose", cite, !terms.purposes.is_empty(), PURPOSE);
        self.statement("vawa reason", cite, VawaReason, "why and what for is not written");
        self.statement("vawa duration", cite, VawaDuration, "how long is not written");
        self.statement(
            "vawa voluntary",
            cite,
            VawaVoluntary,
            "not stated that no service depends on it",
        );
        self.check("vawa end", cite, self.reasonably_limited());
        self.check(
            "vawa signer",
            "28 CFR 90.4(b)(3)(ii)(C), 45 CFR 1370.4",
            self.form.signed_by_the_right_person(),
        );
        self.need("vawa date", cite, self.dated(), DATE);
        self.need_vouched("vawa condition", cite, Attested::NotConditioned, CONDITIONED);
        self.need_vouched(
            "vawa informed",
            cite,
            Attested::DiscussedWhyWhoWhat,
            "nobody vouches that why, to whom and what was discussed",
        );
    }

    fn hmis_release(&mut self) {
        let terms = self.form.terms;
        let cite = "69 FR 45888, section 4.1.3";
        self.need_vouched("hmis name", cite, Attested::NameMatchesClient, NAME);
        self.need(
            "hmis discloser",
            cite,
            terms.discloser.names_somebody(),
            DISCLOSER,
        );
        self.need(
            "hmis recipient",
            cite,
            terms.recipients.names_somebody(),
            RECIPIENT,
        );
        self.check("hmis information", cite, self.information());
        self.need("hmis purpose", cite, !terms.purposes.is_empty(), PURPOSE);
        self.check("hmis expiry", cite, self.expiry());
        self.check("hmis signer", cite, self.form.signed_by_the_right_person());
        self.need("hmis date", cite, self.dated(), DATE);
    }

    fn combination(&mut self) {
        let terms = self.form.terms;
        let barred = terms
            .combined_with
            .iter()
            .find_map(|other| check_combination(terms.kind, other).err());
        if let Some(barred) = barred {
            let outcome = Outcome::Missing("shares a form with a kind that it may not share one with");
            self.check("form", barred.citation, outcome);
        } else if !terms.combined_with.is_empty()
            && self.conditioned()
            && (terms.kind == ConsentKind::Authorization
                || terms.combined_with.contains(ConsentKind::Authorization))
        {
            let outcome = Outcome::Missing("a conditioned authorisation shares a form with another");
            self.check("form", "45 CFR 164.508(b)(3)(iii)", outcome);
        }
    }

    fn not_false(&mut self) {
        let sound = !self.form.paper.findings.contains(&Finding::KnownFalse);
        let cite = "42 CFR 2.31(c)(4), 45 CFR 164.508(b)(2)(v)";
        self.need(
            "not false",
            cite,
            sound,
            "a material statement is known to be false",
        );
    }

    /// What the recorder has to vouch for whatever the kind; it is our own condition, not a provision's.
    fn attestations(&mut self) {
        for (attested, id, missing) in [
            (
                Attested::SignerIdentified,
                "recorded signer",
                "nobody vouches for who signed",
            ),
            (
                Attested::StatementsSeen,
                "recorded statements",
                "nobody vouches for the statements on the form",
            ),
            (
                Attested::ReadBack,
                "read back",
                "nobody vouches that the scope was read back to the signer",
            ),
        ] {
            self.need_vouched(id, "recording rule", attested, missing);
        }
    }

    fn conditioned(&self) -> bool {
        self.form.paper.findings.contains(&Finding::Conditioned)
            || !self.form.paper.attested.contains_key(&Attested::NotConditioned)
    }

    fn dated(&self) -> bool {
        self.form.paper.signature.signed_at <= self.form.now
    }

    fn information(&self) -> Outcome {
        let terms = self.form.terms;
        let notes: WordSet<Category> = [Category::SudCounselingNotes, Category::PsychotherapyNotes]
            .into_iter()
            .collect();
        match (terms.kind, terms.categories) {
            (_, scope) if scope.is_empty() => Outcome::Missing("no information is described"),
            (ConsentKind::Notes, CategoryScope::All) => Outcome::Missing("the separated notes are not named"),
            (ConsentKind::Notes, CategoryScope::Only(categories)) if !categories.is_subset_of(notes) => {
                Outcome::Missing("covers more than separated notes")
            }
            (_, CategoryScope::All) => Outcome::MetInPart("all records: held until a named human approves"),
            _ => Outcome::Met,
        }
    }

    fn expiry(&self) -> Outcome {
        match (self.form.terms.expiry, self.form.terms.kind) {
            (Expiry::At(end), _) if end <= self.form.paper.signature.signed_at => {
                Outcome::Missing("ends before it was signed")
            }
            (Expiry::Event(ExpiryEvent::EndOfStudy), _) if !self.form.terms.may_end_with_a_study() => {
                Outcome::Missing("opens nothing: only a form for research and nothing else ends with a study")
            }
            (Expiry::At(_) | Expiry::Event(_), _) => Outcome::Met,
            (Expiry::None, _) if self.form.terms.may_have_no_end() => Outcome::Met,
            (Expiry::None, _) => Outcome::Missing("an end is needed on this kind"),
            (Expiry::Unstated, _) => Outcome::Missing("no end is stated"),
        }
    }

    fn reasonably_limited(&self) -> Outcome {
        let start = self.form.paper.signature.signed_at;
        match self.form.terms.expiry {
            Expiry::At(end) if end <= start => Outcome::Missing("ends before it was signed"),
            Expiry::At(end) if end <= start.plus_seconds(RELEASE_SECONDS) => Outcome::Met,
            Expiry::At(_) => Outcome::Missing("opens nothing: it ends more than 30 days after it was signed"),
            _ => Outcome::Missing("no end date"),
        }
    }
}

const fn met_or(met: bool, missing: &'static str) -> Outcome {
    if met {
        Outcome::Met
    } else {
        Outcome::Missing(missing)
    }
}

const NAME: &str = "nobody vouches that the name is the client's, or it is not";
const DISCLOSER: &str = "nobody in particular is named as discloser";
const RECIPIENT: &str = "nobody in particular is named as recipient";
const PURPOSE: &str = "no purpose is stated";
const DATE: &str = "dated in the future";
const CONDITIONED: &str = "a service depended on it, or nobody vouches that none did";
