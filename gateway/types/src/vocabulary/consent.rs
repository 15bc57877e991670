//! Words found on a consent, an authorisation or a release.

use super::vocabulary;

vocabulary! {
    /// A kind of consent; which regimes it can satisfy is in the rules.
    ConsentKind, "kind of consent" {
        /// Single Part 2 consent for treatment, payment and operations.
        Tpo = "tpo",
        /// Part 2 consent naming recipient and purpose.
        Named = "named",
        /// Consent or authorisation for separated notes.
        Notes = "notes",
        /// Consent under 2.31(d).
        LegalProceedings = "legal_proceedings",
        /// Consent under 2.35.
        CriminalJustice = "criminal_justice",
        /// HIPAA authorisation (164.508).
        Authorization = "authorization",
        /// Release under 28 CFR 90.4(b)(3).
        VawaRelease = "vawa_release",
        /// Consent or authorisation for research.
        Research = "research",
        /// Written HMIS release of information.
        HmisRoi = "hmis_roi",
    }
}

vocabulary! {
    /// A class named on a form instead of single agencies.
    RecipientClass, "class of discloser or recipient" {
        /// "my treating providers".
        TreatingProviders = "treating_providers",
        /// 'my health plans'.
        HealthPlans = "health_plans",
        /// 'my third-party payers'.
        ThirdPartyPayers = "third_party_payers",
        /// 'people helping to operate this program'.
        ProgramOperators = "program_operators",
        /// 'any programme that treated me'.
        Part2Programs = "part2_programs",
        /// 'agencies taking part in the HMIS'.
        HmisParticipants = "hmis_participants",
        /// No limit stated.
        Anyone = "anyone",
    }
}

vocabulary! {
    /// A statement that a kind of consent needs.
    Statement, "statement on a form" {
        /// 2.31(a)(4)(iii): HIPAA redisclosure, except proceedings against the patient.
        Part2RedisclosureByHipaaHolders = "part2_redisclosure_by_hipaa_holders",
        /// 2.31(a)(6).
        Part2RightToRevoke = "part2_right_to_revoke",
        /// 2.31(a)(10)(i).
        Part2RedisclosurePotential = "part2_redisclosure_potential",
        /// 2.31(a)(10)(ii).
        Part2RefusalConsequences = "part2_refusal_consequences",
        /// 164.508(c)(2)(i).
        HipaaRightToRevoke = "hipaa_right_to_revoke",
        /// 164.508(c)(2)(ii).
        HipaaConditioning = "hipaa_conditioning",
        /// 164.508(c)(2)(iii).
        HipaaRedisclosurePotential = "hipaa_redisclosure_potential",
        /// 2.35(b): period stated.
        CjReasonablePeriod = "cj_reasonable_period",
        /// 2.35(b)-(c): time or event after which it can be revoked.
        CjRevocableEvent = "cj_revocable_event",
        /// Why and what for is written.
        VawaReason = "vawa_reason",
        /// Duration is written.
        VawaDuration = "vawa_duration",
        /// Not a condition of service.
        VawaVoluntary = "vawa_voluntary",
        /// Form accepted by the VA for 38 USC 7332.
        VaApprovedForm = "va_approved_form",
    }
}

vocabulary! {
    /// An event at which a consent ends.
    ExpiryEvent, "expiry event" {
        /// 'end of the treatment'.
        EndOfTreatment = "end_of_treatment",
        /// Discharge from the named programme.
        Discharge = "discharge",
        /// Exit from the housing project.
        ProgramExit = "program_exit",
        /// Closing of the named case.
        CaseClosure = "case_closure",
        /// Final disposition of the criminal case.
        FinalDisposition = "final_disposition",
        /// 'end of the research study'.
        EndOfStudy = "end_of_study",
    }
}

vocabulary! {
    /// Who signed.
    SignerRole, "signer" {
        /// The client.
        Client = "client",
        /// Parent of a minor.
        Parent = "parent",
        /// Guardian or legal representative.
        Guardian = "guardian",
        /// Representative of a deceased person.
        PersonalRepresentative = "personal_representative",
        /// Director of the programme.
        ProgramDirector = "program_director",
    }
}

vocabulary! {
    /// How a revocation was made. An oral one counts at once.
    RevocationForm, "form of revocation" {
        /// In writing.
        Written = "written",
        /// By word of mouth; the writing is still owed.
        Oral = "oral",
    }
}
