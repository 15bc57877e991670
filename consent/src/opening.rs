//! What no rule of the floor lets a signed form open, although nothing that the law asks of it is missing: said when it is
//! recorded, so that no form is called active and opens nothing.

use gateway_types::WordSet;
use gateway_types::vocabulary::{ConsentKind, PurposeOfUse, Statement};

use crate::adequacy::{Outcome, Sheet};
use crate::terms::Terms;

impl Terms {
    /// The purposes for which a form of this kind opens anything.
    #[must_use]
    pub fn opened_purposes(&self) -> WordSet<PurposeOfUse> {
        use PurposeOfUse::{
            Btg, CjMonitor, Coc, Etreat, Fraud, Gov, Hdecd, Hlegal, Hoperat, Hpaymt, Hqualimp, Hresch,
            LeInvest, LegalProc, Milcdm, Mltraining, Treat,
        };
        // Treatment, payment and operations, with everything HL7 puts under them.
        const TPO: [PurposeOfUse; 13] = [
            Treat, Coc, Etreat, Btg, Hpaymt, Hoperat, Hqualimp, Hlegal, Gov, Fraud, Milcdm, Hdecd, Mltraining,
        ];
        let of_the_kind: WordSet<PurposeOfUse> = match self.kind {
            // 38 CFR 1.475: the VA's own records go for whatever the form in its wording says.
            ConsentKind::Tpo if !self.statements.contains(Statement::VaApprovedForm) => {
                TPO.into_iter().collect()
            }
            ConsentKind::LegalProceedings => [LeInvest, LegalProc].into_iter().collect(),
            ConsentKind::CriminalJustice => WordSet::EMPTY.with(CjMonitor),
            ConsentKind::Research => WordSet::EMPTY.with(Hresch),
            ConsentKind::Tpo
            | ConsentKind::Named
            | ConsentKind::Notes
            | ConsentKind::Authorization
            | ConsentKind::VawaRelease
            | ConsentKind::HmisRoi => WordSet::all(),
        };
        if self.no_investigative_use {
            of_the_kind.difference([LeInvest, LegalProc].into_iter().collect())
        } else {
            of_the_kind
        }
    }
}

/// Which ends a form of its kind and purposes may have besides a date; the floor opens nothing by another.
impl Terms {
    /// 42 CFR 2.31(a)(7), 45 CFR 164.508(c)(1)(v): "end of the research study" is an end where the form is for research.
    pub(crate) fn may_end_with_a_study(&self) -> bool {
        match self.kind {
            ConsentKind::Research => true,
            ConsentKind::Named | ConsentKind::Authorization => self.is_for_research_alone(),
            _ => false,
        }
    }

    /// "None" is an end of a consent for treatment, payment and operations (2.31(a)(7)) and of an authorisation for
    /// research (164.508(c)(1)(v)). A research form opens records under 42 CFR part 2 too, and 2.31(a)(7) gives those no
    /// "none" but for treatment, payment and operations: it has an end, if only that of the study.
    pub(crate) fn may_have_no_end(&self) -> bool {
        match self.kind {
            ConsentKind::Tpo => true,
            ConsentKind::Authorization => self.is_for_research_alone(),
            _ => false,
        }
    }

    fn is_for_research_alone(&self) -> bool {
        self.purposes == WordSet::EMPTY.with(PurposeOfUse::Hresch)
    }
}

impl Sheet<'_> {
    /// Whether it opens anything for a purpose that it names.
    pub(crate) fn opens_something(&mut self) {
        let terms = self.form.terms;
        let opened = terms.purposes.intersection(terms.opened_purposes());
        if terms.purposes.is_empty() || opened == terms.purposes {
            return;
        }
        let outcome = match (opened.is_empty(), terms.no_investigative_use) {
            (true, false) => {
                Outcome::Missing("opens nothing: a form of its kind is for none of its purposes")
            }
            (true, true) => {
                Outcome::Missing("opens nothing: it forbids the uses that it names, or its kind does")
            }
            (false, _) => Outcome::MetInPart("names purposes for which a form of its kind opens nothing"),
        };
        let citation = match terms.kind {
            ConsentKind::Tpo => "42 CFR 2.31(a)(4)(i), 2.33(a)(2)",
            ConsentKind::LegalProceedings => "42 CFR 2.31(d)",
            ConsentKind::CriminalJustice => "42 CFR 2.35",
            ConsentKind::Research => "42 CFR 2.52, 45 CFR 164.508(b)(3)(i)",
            _ => "the form's own words",
        };
        self.check("opens", citation, outcome);
    }
}
