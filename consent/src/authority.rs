//! Who has to have signed: 42 CFR 2.14, 2.15 and 2.31(a)(8); 45 CFR 164.502(g) and 164.508(c)(1)(vi); 28 CFR
//! 90.4(b)(3)(ii)(C); 45 CFR 1351.21.
//!
//! Of two provisions that ask differently, both are asked. Whoever is suspected of abusing the client signs nothing for
//! them, whatever the kind.

use gateway_types::WordSet;
use gateway_types::vocabulary::{ConsentKind, PurposeOfUse, SignerRole};

use crate::adequacy::{Form, Outcome, Sheet};
use crate::signing::{Attested, Standing};
use crate::terms::YouthProject;

impl Form<'_> {
    fn client_signed(self) -> bool {
        let signature = &self.paper.signature;
        std::iter::once(&signature.signer)
            .chain(&signature.co_signer)
            .any(|signer| signer.role == SignerRole::Client)
    }

    fn signed_with_authority(self, role: SignerRole) -> bool {
        let signature = &self.paper.signature;
        std::iter::once(&signature.signer)
            .chain(&signature.co_signer)
            .any(|signer| signer.role == role && signer.authority_documented)
    }

    /// A parent, or a guardian whose authority is on file.
    fn parent_signed(self) -> bool {
        let signature = &self.paper.signature;
        std::iter::once(&signature.signer)
            .chain(&signature.co_signer)
            .any(|signer| signer.role == SignerRole::Parent)
            || self.signed_with_authority(SignerRole::Guardian)
    }

    /// Whether those signed who have to, by the client's standing in law.
    pub(crate) fn signed_by_the_right_person(self) -> Outcome {
        use SignerRole::{Client, Guardian, PersonalRepresentative, ProgramDirector};
        let (terms, signature) = (self.terms, &self.paper.signature);
        let signers = || std::iter::once(&signature.signer).chain(&signature.co_signer);
        if signers().any(|signer| signer.role != Client && signer.suspected_abuser) {
            return Outcome::Missing("signed by a suspected abuser");
        }
        // Parts of the law that hear the client alone: 2.14 and 2.15(a) for Part 2, 90.4(b) for victim services.
        let strict = !matches!(terms.kind, ConsentKind::Authorization | ConsentKind::HmisRoi);
        // 2.15(a)(2): a director may agree to disclosures for payment, and to nothing else.
        let director = signers().any(|signer| signer.role == ProgramDirector)
            && terms.purposes == WordSet::EMPTY.with(PurposeOfUse::Hpaymt)
            && matches!(terms.kind, ConsentKind::Tpo | ConsentKind::Named);
        let (client, parent) = (self.client_signed(), self.parent_signed());
        let (right, missing) = match signature.standing {
            Standing::Adult if strict => (client, "only the client may sign"),
            Standing::Adult => (
                client || self.signed_with_authority(Guardian),
                "not signed by the client or a representative with documented authority",
            ),
            Standing::MinorActingAlone => (client, "only the minor may sign"),
            Standing::Minor if strict => (client && parent, "the minor and a parent both have to sign"),
            Standing::Minor => (parent, "a parent has to sign"),
            Standing::Incapacitated => (
                self.signed_with_authority(Guardian) || director,
                "a guardian with documented authority has to sign",
            ),
            Standing::Deceased => (
                self.signed_with_authority(PersonalRepresentative),
                "a personal representative with documented authority has to sign",
            ),
        };
        if right {
            Outcome::Met
        } else {
            Outcome::Missing(missing)
        }
    }
}

impl Sheet<'_> {
    /// Records of a project for runaway and homeless youth (catalogue RHY-1): a kind that can open them, signed by the
    /// youth, in a Basic Center by a parent or guardian too, after it was explained.
    pub(crate) fn youth_project(&mut self) {
        const CITE: &str = "45 CFR 1351.21";
        let form = self.form;
        let Some(project) = form.terms.youth_project else {
            return;
        };
        let opens = matches!(form.terms.kind, ConsentKind::Named | ConsentKind::HmisRoi);
        self.need(
            "rhy kind",
            CITE,
            opens,
            "this kind does not open records of a youth project",
        );
        let minor = matches!(
            form.paper.signature.standing,
            Standing::Minor | Standing::MinorActingAlone
        );
        if minor {
            let (signed, missing) = match project {
                YouthProject::BasicCenter => (
                    form.client_signed() && form.parent_signed(),
                    "the youth and a parent or guardian both have to sign",
                ),
                YouthProject::TransitionalLiving => (form.client_signed(), "the youth has to sign"),
            };
            self.need("rhy signer", CITE, signed, missing);
        }
        self.need_vouched(
            "rhy informed",
            CITE,
            Attested::DiscussedWhyWhoWhat,
            "nobody vouches that why, to whom and what was explained to the youth",
        );
    }
}
