//! Words about the circumstances of a request: process, attestation, approval, authority, state law.

use super::vocabulary;

vocabulary! {
    /// Who starts a disclosure.
    Initiator, "initiator" {
        /// Somebody asks.
        Requester = "requester",
        /// The holder pushes or reports.
        Source = "source",
    }
}

vocabulary! {
    /// The outcome of looking for the client. Anything but one unique match is no match.
    ClientMatch, "client match" {
        /// One client.
        Unique = "unique",
        /// More than one could be meant.
        Ambiguous = "ambiguous",
        /// Nobody.
        None = "none",
    }
}

vocabulary! {
    /// A legal process or official request.
    LegalProcessType, "type of legal process" {
        /// Warrant signed by a judge.
        JudicialWarrant = "judicial_warrant",
        /// Subpoena or summons issued by a judicial officer.
        JudicialSubpoena = "judicial_subpoena",
        /// Grand jury subpoena.
        GrandJurySubpoena = "grand_jury_subpoena",
        /// Order of a court, not under 42 CFR part 2 subpart E.
        CourtOrder = "court_order",
        /// Order under 42 CFR 2.64 (noncriminal).
        Part2Order264 = "part2_order_2_64",
        /// Order under 42 CFR 2.65 (criminal, patient).
        Part2Order265 = "part2_order_2_65",
        /// Order under 42 CFR 2.66 (investigation of a programme).
        Part2Order266 = "part2_order_2_66",
        /// Administrative subpoena or civil investigative demand.
        AdministrativeSubpoena = "administrative_subpoena",
        /// Subpoena or discovery request without an order.
        AttorneySubpoena = "attorney_subpoena",
        /// Warrant signed by an agency official only.
        AgencyWarrant = "agency_warrant",
        /// Oral request by an official.
        OralRequest = "oral_request",
        /// Written request by an official.
        WrittenRequest = "written_request",
    }
}

vocabulary! {
    /// A fact recited in or proved about a process.
    LegalProcessFact, "fact of a process" {
        /// A subpoena or similar mandate accompanies the order (2.61).
        MandatePresent = "mandate_present",
        /// Patient had notice and a chance to respond.
        PatientNotified = "patient_notified",
        /// Holder had notice and a chance to be heard.
        HolderNotified = "holder_notified",
        /// Holder had independent counsel.
        HolderIndependentCounsel = "holder_independent_counsel",
        /// States relevance to a legitimate inquiry.
        RelevantMaterial = "relevant_material",
        /// Is specific and limited.
        SpecificLimited = "specific_limited",
        /// States that de-identified data would not do.
        DeidentifiedInsufficient = "deidentified_insufficient",
        /// Names the items wanted.
        IdentifiesInformation = "identifies_information",
        /// An answer is compelled by law.
        ResponseCompelled = "response_compelled",
        /// Signed by a supervisory official.
        SupervisorSigned = "supervisor_signed",
        /// Written assurance of notice to the individual, objections resolved.
        NoticeAssurance = "notice_assurance",
        /// Qualified protective order obtained or sought.
        QualifiedProtectiveOrder = "qualified_protective_order",
        /// States: needed to find a violation by someone other than the victim.
        ViolationByOther = "violation_by_other",
        /// States: not to be used against the victim.
        NotUsedAgainstVictim = "not_used_against_victim",
        /// States: waiting would harm an urgent activity.
        ActivityWouldSuffer = "activity_would_suffer",
        /// Names the case or proceeding.
        NamesProceeding = "names_proceeding",
    }
}

vocabulary! {
    /// What a process asks for.
    RequestFor, "aim of a process" {
        /// Identify or locate a suspect.
        Suspect = "suspect",
        /// Identify or locate a fugitive.
        Fugitive = "fugitive",
        /// Identify or locate a material witness.
        Witness = "witness",
        /// Identify or locate a missing person.
        MissingPerson = "missing_person",
        /// About a crime victim.
        Victim = "victim",
        /// Identify someone who admitted a violent crime.
        OffenderAdmission = "offender_admission",
        /// Evidence in an investigation.
        Evidence = "evidence",
        /// Mandated report.
        Reporting = "reporting",
        /// Civil immigration enforcement.
        Immigration = "immigration",
        /// Civil or administrative proceeding.
        Proceeding = "proceeding",
    }
}

vocabulary! {
    /// A finding or limit recited in a subpart E order.
    Finding, "finding" {
        /// No other effective way.
        NoOtherWay = "no_other_way",
        /// Public interest outweighs the injury.
        InterestOutweighs = "interest_outweighs",
        /// Extremely serious crime.
        ExtremelySeriousCrime = "extremely_serious_crime",
        /// Likely of substantial value.
        SubstantialValue = "substantial_value",
        /// Limited to parts of the record.
        PartsLimited = "parts_limited",
        /// Limited to named persons and that matter.
        PersonsLimited = "persons_limited",
        /// Sealing or other protection.
        Sealing = "sealing",
    }
}

vocabulary! {
    /// What a named person attests.
    AttestationType, "attestation" {
        /// Good-faith belief: serious and imminent threat, disclosure needed to lessen it.
        SeriousImminentThreat = "serious_imminent_threat",
        /// Treating clinician: disclosure coordinates treatment with this third party.
        TreatmentCoordination = "treatment_coordination",
        /// Professional judgment: best interest of an absent or incapacitated client or victim.
        BestInterest = "best_interest",
        /// Clinician: which items bear on this person's involvement in care.
        CareInvolvement = "care_involvement",
        /// Good-faith belief: crime or threat on the premises or against staff.
        PremisesCrime = "premises_crime",
        /// Emergency crew: crime at the scene.
        OffsiteCrime = "offsite_crime",
        /// Reporter: facts of a suspected abuse, neglect or domestic violence.
        AbuseReport = "abuse_report",
        /// Institution: item is needed for a 512(k)(5)(i) purpose.
        CustodyRepresentation = "custody_representation",
        /// Clinician: admission was not learned in therapy.
        AdmissionNotInTherapy = "admission_not_in_therapy",
        /// Clinician: representative is a suspected abuser or endangers the client.
        RepresentativeEndangerment = "representative_endangerment",
        /// Host agency cannot read the clinician's record.
        ClinicalRecordSegregated = "clinical_record_segregated",
        /// IRB or privacy-board waiver, all 164.512(i)(2) documents.
        ResearchWaiver = "research_waiver",
        /// Programme director's determination under 2.52.
        Part2ResearchDetermination = "part2_research_determination",
        /// Written undertaking under 2.53.
        AuditUndertaking = "audit_undertaking",
        /// Programme director approves this exchange with a non-treating recipient.
        LinkageApproved = "linkage_approved",
        /// Covered entity: suspicion that the client died of a crime.
        SuspiciousDeath = "suspicious_death",
        /// Covered entity: the client appears to have escaped from custody.
        EscapeFromCustody = "escape_from_custody",
        /// Workforce member: victim of a crime by the client.
        WorkforceVictim = "workforce_victim",
    }
}

vocabulary! {
    /// A fact stated in an attestation.
    AttestationFact, "fact of an attestation" {
        /// Recipient is able to prevent or lessen the threat.
        RecipientCanLessen = "recipient_can_lessen",
        /// Telling the individual would endanger them.
        WouldEndanger = "would_endanger",
        /// The individual agrees to the report.
        IndividualAgrees = "individual_agrees",
        /// Took place on the holder's premises or against its staff.
        OnPremises = "on_premises",
        /// The emergency comes from abuse, neglect or domestic violence of the patient.
        DvOfPatient = "dv_of_patient",
    }
}

vocabulary! {
    /// An approval by the holder.
    ApprovalType, "approval" {
        /// Named human approved the release (REVIEW).
        Review = "review",
        /// Legal reviewer approved the release (COUNSEL).
        Counsel = "counsel",
    }
}

vocabulary! {
    /// The form of a legal authority.
    AuthorityForm, "form of authority" {
        /// Statute or regulation.
        Statute = "statute",
        /// Ordinance.
        Ordinance = "ordinance",
        /// Executive order.
        ExecutiveOrder = "executive_order",
        /// Court rule or decision.
        CourtRule = "court_rule",
        /// Court order.
        CourtOrder = "court_order",
    }
}

vocabulary! {
    /// What a legal authority is about.
    AuthorityTopic, "topic of authority" {
        /// Collects data for public health.
        PublicHealth = "public_health",
        /// Oversees care.
        HealthOversight = "health_oversight",
        /// Receives or requires child-abuse reports.
        ChildAbuseReport = "child_abuse_report",
        /// Receives or requires adult-abuse reports.
        AdultAbuseReport = "adult_abuse_report",
        /// Inquires into causes of death.
        DeathInquiry = "death_inquiry",
        /// Requires wound reports.
        WoundReport = "wound_report",
        /// Requires dispensing reports.
        PdmpReport = "pdmp_report",
        /// Opens nonconviction CHRI to this agency.
        ChriAccess = "chri_access",
        /// Opens juvenile records to this agency.
        JuvenileAccess = "juvenile_access",
        /// Lets a parent see this care.
        ParentalAccess = "parental_access",
        /// Compels disclosure by a victim service provider.
        VictimDisclosure = "victim_disclosure",
        /// Protects federal officials and investigates threats to them (18 USC 3056, 871, 879; 22 USC 2709).
        ProtectiveServices = "protective_services",
        /// State public-records law opens police records to this agency.
        PublicRecords = "public_records",
        /// Assists in disaster relief, by law or charter.
        DisasterRelief = "disaster_relief",
    }
}

vocabulary! {
    /// What a state module is about.
    StateTopic, "topic of a state module" {
        /// MH and PSY content.
        MentalHealth = "mental_health",
        /// HIV and STD content.
        Hiv = "hiv",
        /// GDIS content.
        Genetic = "genetic",
        /// SEX and PREGNANT content.
        Reproductive = "reproductive",
        /// Care minors consent to alone.
        Minors = "minors",
        /// Local police data to health agencies.
        PoliceRecords = "police_records",
    }
}

vocabulary! {
    /// What a state module does; it can only tighten.
    StateEffect, "effect of a state module" {
        /// State law looked at, adds nothing.
        NoAdditionalRule = "no_additional_rule",
        /// Needs a consent or authorisation that names the recipient.
        RequireConsent = "require_consent",
        /// Forbids it.
        Deny = "deny",
        /// Requires a report.
        RequireReport = "require_report",
    }
}

vocabulary! {
    /// A restriction on file.
    RestrictionType, "restriction" {
        /// Restriction the holder agreed to (164.522(a), 2.26).
        Agreed = "agreed",
        /// Must-agree restriction: health plan, item paid in full.
        SelfPay = "self_pay",
    }
}
