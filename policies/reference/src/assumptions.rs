//! What the engine works out before Cedar is asked, and so what no proof about the policies covers.

/// Something that Cedar is told rather than works out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// Its name: the attribute, or the step.
    pub name: &'static str,
    /// What is taken to be so.
    pub means: &'static str,
    /// Why it is not left to Cedar.
    pub because: &'static str,
}

/// Every assumption.
pub static ASSUMPTIONS: &[Assumption] = &[
    Assumption {
        name: "facts",
        means: "the facts are as the gateway states them: labels, regimes, ages, what is on a form, who attested what",
        because: "no rule can look behind the facts",
    },
    Assumption {
        name: "all seats, regimes and objections",
        means: "an element goes only if every question is allowed: for each seat, each regime that binds it, each restriction, suspension and revocation on file, each pair of recipients, each element that is asked about",
        because: "Cedar has no words for `every` over records",
    },
    Assumption {
        name: "choice of documents",
        means: "one consent, attestation, process, authority, agreement clause, notice and oral agreement at a time; if none together are allowed, the answer is no",
        because: "Cedar has no words for `some` over records",
    },
    Assumption {
        name: "seats",
        means: "who will see the payload is every person named, and the agency that runs a shared screen, a shared mailbox, a police system or a dispatch system which is not the person's own",
        because: "it is a list made from the request, catalogue 0.3 step 0",
    },
    Assumption {
        name: "thirtyDaysAfterSigning, thirtyDaysAfterStart",
        means: "thirty days after the date of a release, or of a statement that suspends an accounting",
        because: "Cedar's sums can overflow, and a rule that fails is skipped; here Cedar only compares",
    },
    Assumption {
        name: "emergency.closedByDisaster, emergency.discloserNamed",
        means: "whether a declared disaster has closed the element's source, and whether somebody is named who answers for what it discloses in an emergency",
        because: "the registry says so of each source, not of the question",
    },
    Assumption {
        name: "approvals",
        means: "the approvals of the element's holder, and those that two of its people gave",
        because: "a set of words in place of a list of records",
    },
    Assumption {
        name: "onFile.attested, onFile.attestedByRecipient, onFile.offsiteCrime",
        means: "the kinds of attestation that anybody, or the recipient's agency, has made; what any of the holder's reports of a crime at a scene says",
        because: "rules that ask whether there is none",
    },
    Assumption {
        name: "onFile.presentBeforeRecipient",
        means: "the client was present at some oral agreement in favour of the recipient",
        because: "a rule that asks whether there is none",
    },
    Assumption {
        name: "onFile.admissions, onFile.admissionsInTherapy",
        means: "among the elements of the request from the same holder there is an admission of a violent crime, and one that was learned in therapy",
        because: "the list of 164.512(j)(3) goes only together with the admission",
    },
    Assumption {
        name: "present",
        means: "the kinds and flags of all agencies in the audience",
        because: "agreements that withhold when police are present",
    },
    Assumption {
        name: "state",
        means: "the topics of the State modules loaded, by what the module does",
        because: "three sets of words in place of a list of records",
    },
    Assumption {
        name: "requester.unverified",
        means: "the identity or the authority of whoever asks was not verified",
        because: "one word for two facts that the gate treats alike",
    },
    Assumption {
        name: "unknown agencies",
        means: "an element whose holder or source is not in the registry is withheld without a question",
        because: "nothing is known that a question could hold",
    },
];
