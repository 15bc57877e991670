//! Words about agencies and the people and systems in them, for [`crate::registry`].

use super::vocabulary;

vocabulary! {
    /// What an organisation is; its legal status follows from this, its flags and its programmes.
    AgencyKind, "kind of agency" {
        /// Community mental-health or crisis-care clinic.
        BehavioralHealthProvider = "behavioral_health_provider",
        /// 988 or other crisis call centre.
        CrisisLine = "crisis_line",
        /// General or psychiatric hospital, emergency department.
        Hospital = "hospital",
        /// Any other general health care provider.
        MedicalProvider = "medical_provider",
        /// Programme that holds itself out as treating substance use disorder.
        SudProgram = "sud_program",
        /// Ambulance / emergency medical service.
        Ems = "ems",
        /// 911 call-taking or dispatch centre.
        Psap = "psap",
        /// Non-emergency municipal service line.
        ServiceLine311 = "service_line_311",
        /// Police, sheriff or federal enforcement agency.
        LawEnforcement = "law_enforcement",
        /// Prosecuting attorney's office.
        Prosecutor = "prosecutor",
        /// Court or court clerk.
        Court = "court",
        /// Probation, parole, pretrial or drug-court supervision.
        Supervision = "supervision",
        /// Jail, prison or other correctional institution.
        Jail = "jail",
        /// Attorney in private practice or public defence.
        LawFirm = "law_firm",
        /// Shelter, outreach or housing agency taking part in an HMIS (CHO).
        HomelessServices = "homeless_services",
        /// Operator of the HMIS database.
        HmisLead = "hmis_lead",
        /// Private or public property owner.
        Landlord = "landlord",
        /// Domestic or sexual violence service provider.
        VictimServiceProvider = "victim_service_provider",
        /// Runaway and homeless youth project.
        YouthServices = "youth_services",
        /// Peer or recovery support organisation that gives no treatment.
        RecoveryOrganization = "recovery_organization",
        /// Health department acting as public health authority.
        PublicHealthAuthority = "public_health_authority",
        /// Coroner or medical examiner.
        Coroner = "coroner",
        /// Multi-agency fatality review team.
        DeathReviewTeam = "death_review_team",
        /// Health plan or other third-party payer.
        HealthPlan = "health_plan",
        /// Clinical laboratory.
        Laboratory = "laboratory",
        /// University or institute doing research.
        ResearchInstitution = "research_institution",
        /// Evaluator or analyst of programme results.
        Evaluator = "evaluator",
        /// Funder, regulator or auditor of care.
        OversightAgency = "oversight_agency",
        /// Prescription drug monitoring programme.
        Pdmp = "pdmp",
        /// Child protective services.
        ChildProtection = "child_protection",
        /// Adult protective services.
        AdultProtection = "adult_protection",
        /// Department of Veterans Affairs facility.
        VaFacility = "va_facility",
        /// Organisation running the gateway.
        GatewayOperator = "gateway_operator",
        /// The client, a relative, guardian or caregiver (no organisation).
        PrivatePerson = "private_person",
    }
}

vocabulary! {
    /// Whether an organisation is a Part 2 programme (42 CFR 2.11).
    Part2Status, "Part 2 status" {
        /// It is.
        Yes = "yes",
        /// It is not.
        No = "no",
        /// Not established: treated as yes.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// A legal fact about an agency, kept in the registry.
    AgencyFlag, "flag of an agency" {
        /// Covered entity under 45 CFR 160.103.
        HipaaCoveredEntity = "hipaa_covered_entity",
        /// Business associate of a covered entity in the scenario.
        BusinessAssociate = "business_associate",
        /// Furnishes health care (also when not a covered entity).
        HealthCareProvider = "health_care_provider",
        /// Criminal justice agency under 28 CFR 20.3.
        CriminalJusticeAgency = "criminal_justice_agency",
        /// Government body.
        Governmental = "governmental",
        /// Victim service provider, or victim-service division of another body.
        VictimService = "victim_service",
        /// Holds persons in lawful custody.
        CorrectionalInstitution = "correctional_institution",
        /// Performs criminal-justice dispatching for a criminal justice agency.
        CjDispatch = "cj_dispatch",
        /// Enforces civil immigration law.
        ImmigrationEnforcement = "immigration_enforcement",
        /// Publicly identified as a place where only SUD care is given.
        SudOnlyFacility = "sud_only_facility",
        /// Contributes to or reads the HMIS.
        HmisParticipant = "hmis_participant",
    }
}

vocabulary! {
    /// The capacity in which a person acts.
    Role, "role" {
        /// Licensed or supervised mental-health or SUD clinician.
        Clinician = "clinician",
        /// Physician.
        Physician = "physician",
        /// Nurse.
        Nurse = "nurse",
        /// Psychologist.
        Psychologist = "psychologist",
        /// Telephone or chat crisis counsellor.
        CrisisCounselor = "crisis_counselor",
        /// Paramedic or EMT.
        Paramedic = "paramedic",
        /// Pharmacist.
        Pharmacist = "pharmacist",
        /// Peer support specialist.
        PeerSpecialist = "peer_specialist",
        /// Transport worker.
        Driver = "driver",
        /// Case manager.
        CaseManager = "case_manager",
        /// Civilian outreach worker.
        OutreachWorker = "outreach_worker",
        /// Housing or shelter worker.
        HousingNavigator = "housing_navigator",
        /// Victim advocate.
        VictimAdvocate = "victim_advocate",
        /// Other staff of a treatment programme.
        ProgramStaff = "program_staff",
        /// Director of a treatment programme.
        ProgramDirector = "program_director",
        /// 911 call-taker.
        CallTaker = "call_taker",
        /// Police or EMS dispatcher.
        Dispatcher = "dispatcher",
        /// 311 agent.
        ServiceAgent = "service_agent",
        /// Sworn officer on homeless outreach.
        OutreachOfficer = "outreach_officer",
        /// Sworn officer on patrol.
        PatrolOfficer = "patrol_officer",
        /// Investigator of a law-enforcement agency.
        Detective = "detective",
        /// Federal immigration officer.
        ImmigrationOfficer = "immigration_officer",
        /// Prosecuting attorney.
        Prosecutor = "prosecutor",
        /// Attorney for another party.
        DefenseOrCivilAttorney = "defense_or_civil_attorney",
        /// Judge or clerk of court.
        JudgeOrClerk = "judge_or_clerk",
        /// Probation, parole or pretrial officer.
        ProbationOfficer = "probation_officer",
        /// Correctional officer.
        CustodyOfficer = "custody_officer",
        /// Coroner or medical examiner.
        Coroner = "coroner",
        /// Member of a death-review team.
        ReviewTeamMember = "review_team_member",
        /// Researcher.
        Researcher = "researcher",
        /// Evaluator.
        Evaluator = "evaluator",
        /// Public health officer.
        PublicHealthOfficer = "public_health_officer",
        /// Auditor of a funder or regulator.
        Auditor = "auditor",
        /// Privacy or compliance officer.
        ComplianceOfficer = "compliance_officer",
        /// Laboratory staff.
        LaboratoryStaff = "laboratory_staff",
        /// Payer staff.
        ClaimsReviewer = "claims_reviewer",
        /// Registry or PDMP staff.
        Registrar = "registrar",
        /// Child or adult protection worker.
        ProtectiveServicesWorker = "protective_services_worker",
        /// Landlord or property manager.
        Landlord = "landlord",
        /// The client.
        Client = "client",
        /// Court-appointed guardian or other legal representative.
        Guardian = "guardian",
        /// Parent of a minor client.
        Parent = "parent",
        /// Relative or friend involved in care.
        FamilyCaregiver = "family_caregiver",
        /// Unattended system account.
        IntegrationAccount = "integration_account",
    }
}

vocabulary! {
    /// The kind of system on which a payload will be seen.
    SystemKind, "kind of system" {
        /// Record system of the person's own agency, visible to that agency's staff only.
        OwnRecordSystem = "own_record_system",
        /// Clinical record kept apart from the host agency.
        SegregatedClinicalRecord = "segregated_clinical_record",
        /// Screen or terminal seen by staff of several agencies.
        SharedTerminal = "shared_terminal",
        /// Mailbox or message channel read by several agencies.
        SharedInbox = "shared_inbox",
        /// Police records management system.
        LawEnforcementRms = "law_enforcement_rms",
        /// Computer-aided dispatch system.
        Cad = "cad",
        /// Homeless management information system.
        Hmis = "hmis",
        /// Cross-agency person index.
        SharedIndex = "shared_index",
        /// Controlled research environment.
        ResearchEnclave = "research_enclave",
        /// Court or case file.
        CourtFile = "court_file",
        /// Web console of the gateway, one person.
        Console = "console",
        /// Client portal.
        Portal = "portal",
        /// Verbal or paper hand-over.
        None = "none",
    }
}

vocabulary! {
    /// A kind of legal instrument; the word "MOU" alone satisfies no rule.
    Instrument, "instrument" {
        /// Business associate contract.
        Baa = "BAA",
        /// Qualified service organisation agreement.
        Qsoa = "QSOA",
        /// Data use agreement.
        Dua = "DUA",
        /// CJIS information exchange agreement.
        CjisIea = "CJIS_IEA",
        /// CJIS security addendum.
        CjisSecAddendum = "CJIS_SEC_ADDENDUM",
        /// Research agreement.
        Research = "RESEARCH",
        /// HMIS participation agreement.
        HmisParticipation = "HMIS_PARTICIPATION",
        /// Anything else.
        Other = "OTHER",
    }
}

vocabulary! {
    /// A term that an instrument contains, checked when it was signed.
    InstrumentTerm, "instrument term" {
        /// First 2.11 acknowledgment.
        QsoaBoundByPart2 = "qsoa_bound_by_part2",
        /// Second 2.11 acknowledgment.
        QsoaResistsProceedings = "qsoa_resists_proceedings",
        /// Contents of 164.504(e)(2).
        Baa504eContent = "baa_504e_content",
        /// Promises of 164.514(e)(4)(ii)(C).
        Dua514eContent = "dua_514e_content",
        /// Controls, roles and ownership of CJISSECPOL 5.1.1.
        CjisControls = "cjis_controls",
        /// Contract terms of 2.33(c).
        Part2ContractorTerms = "part2_contractor_terms",
    }
}

vocabulary! {
    /// A use that an HMIS privacy notice lists (69 FR 45888, section 4.1.3).
    NoticeUse, "use in a privacy notice" {
        /// Provide or coordinate services.
        ServiceCoordination = "service_coordination",
        /// Payment.
        Payment = "payment",
        /// Administrative functions.
        Administration = "administration",
        /// Create de-identified data.
        Deidentification = "deidentification",
        /// Required by law.
        RequiredByLaw = "required_by_law",
        /// Avert a serious threat.
        SeriousThreat = "serious_threat",
        /// Abuse, neglect or domestic violence reports.
        AbuseReport = "abuse_report",
        /// Academic research.
        Research = "research",
        /// Door LE-1: judicial process.
        LeProcess = "le_process",
        /// Door LE-2: written supervisory request.
        LeWritten = "le_written",
        /// Door LE-3: crime on premises.
        LePremises = "le_premises",
        /// Door LE-4: oral identify/locate request.
        LeLocate = "le_locate",
        /// Door LE-5: protective services.
        LeFederal = "le_federal",
    }
}

vocabulary! {
    /// What the gateway is, in law, to a source (catalogue 0.6).
    GatewayRole, "gateway role" {
        /// Business associate of a covered entity (45 CFR 160.103).
        BusinessAssociate = "business_associate",
        /// Qualified service organisation of a Part 2 programme (42 CFR 2.11).
        QualifiedServiceOrganization = "qualified_service_organization",
        /// Intermediary (42 CFR 2.11): a consent for Part 2 data has to name it.
        Intermediary = "intermediary",
    }
}
