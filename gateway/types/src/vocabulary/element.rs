//! Words about one element of a record.

use super::vocabulary;

vocabulary! {
    /// What kind of information an element is.
    Category, "category" {
        /// Name, date and place of birth, sex, race.
        Demographics = "demographics",
        /// Social security number.
        Ssn = "ssn",
        /// Address, telephone, e-mail of the client.
        Contact = "contact",
        /// Present or last known whereabouts.
        Location = "location",
        /// Height, weight, hair, scars, tattoos and the like.
        PhysicalDescription = "physical_description",
        /// DNA, dental record, typing or analysis of tissue and body fluids.
        GeneticBiometric = "genetic_biometric",
        /// Name and number of the client's worker or agency.
        CaseManagerContact = "case_manager_contact",
        /// Bed or shelter status.
        ShelterStatus = "shelter_status",
        /// Participation in a project or programme: yes/no, dates, attendance.
        Enrollment = "enrollment",
        /// Address of a housing, shelter or treatment project.
        ProjectAddress = "project_address",
        /// Income and benefits.
        Income = "income",
        /// Veteran status.
        Veteran = "veteran",
        /// Disabling condition.
        Disability = "disability",
        /// Yes/no answer to an eligibility question.
        EligibilityFlag = "eligibility_flag",
        /// Medication list.
        Medications = "medications",
        /// Allergies.
        Allergies = "allergies",
        /// Problems and diagnoses.
        Conditions = "conditions",
        /// Visits: date, place, reason.
        Encounters = "encounters",
        /// Type of injury, date and time of treatment.
        Injury = "injury",
        /// Laboratory results.
        Labs = "labs",
        /// Care plan.
        CarePlan = "care_plan",
        /// Crisis or safety plan.
        CrisisPlan = "crisis_plan",
        /// Mental-health diagnosis, evaluation or summary.
        MentalHealth = "mental_health",
        /// Substance use disorder treatment record.
        SudTreatment = "sud_treatment",
        /// Separated SUD counselling notes.
        SudCounselingNotes = "sud_counseling_notes",
        /// Separated psychotherapy notes.
        PsychotherapyNotes = "psychotherapy_notes",
        /// HIV/AIDS information.
        Hiv = "hiv",
        /// Domestic or sexual violence history.
        DvHistory = "dv_history",
        /// Dispatch-safe hazard flags.
        SafetyFlags = "safety_flags",
        /// Facts of a threat: who, where, means.
        RiskStatement = "risk_statement",
        /// Statement made by the client.
        PatientStatement = "patient_statement",
        /// Report of one incident, crime, abuse or neglect.
        IncidentReport = "incident_report",
        /// Cause and circumstances of death.
        DeathInformation = "death_information",
        /// Claim or service paid for.
        Claims = "claims",
        /// Police incident without arrest, charge or disposition.
        PoliceIncident = "police_incident",
        /// CAD call: type, time, block.
        CallsForService = "calls_for_service",
        /// Free-text police narrative or intelligence note.
        PoliceNarrative = "police_narrative",
        /// Arrest, charge or disposition.
        Arrest = "arrest",
        /// Criminal history summary.
        CriminalHistory = "criminal_history",
        /// NCIC or III response.
        NcicResponse = "ncic_response",
        /// Juvenile delinquency record.
        JuvenileRecord = "juvenile_record",
        /// Table of counts.
        AggregateCounts = "aggregate_counts",
        /// Person-level data set.
        ResearchDataset = "research_dataset",
        /// Hashed or encrypted match key.
        LinkageToken = "linkage_token",
        /// Entry of the disclosure log (metadata).
        DisclosureLog = "disclosure_log",
    }
}

vocabulary! {
    /// A body of law that binds an element; several may, and each must be satisfied.
    Regime, "regime" {
        /// Protected health information.
        Hipaa = "HIPAA",
        /// Part 2 record (42 CFR 2.11).
        P2 = "P2",
        /// Part 2 status of the source not established: Part 2 rules apply.
        Unknown = "UNKNOWN",
        /// Separated SUD counselling notes; always listed with P2.
        Sudn = "SUDN",
        /// Separated psychotherapy notes; always listed with HIPAA.
        Psyn = "PSYN",
        /// HMIS protected personal information.
        Hmis = "HMIS",
        /// Victim-service information (VAWA, FVPSA, VOCA).
        Vsp = "VSP",
        /// Runaway and homeless youth record.
        Rhy = "RHY",
        /// HOPWA assistance record.
        Hopwa = "HOPWA",
        /// VA record under 38 USC 7332.
        Va7332 = "VA7332",
        /// Criminal history record information.
        Chri = "CHRI",
        /// NCIC restricted file or III response.
        Ncicr = "NCICR",
        /// Juvenile justice record.
        Juv = "JUV",
        /// Other FBI-sourced criminal justice information.
        Cji = "CJI",
        /// Local police data that is neither CHRI nor FBI-sourced.
        Cadx = "CADX",
        /// No special regime.
        None = "NONE",
    }
}

vocabulary! {
    /// HL7 ActCode sensitivity of the content. A label is not a regime.
    Sensitivity, "sensitivity" {
        /// Substance abuse (older synonym of SUD).
        Eth = "ETH",
        /// Substance use disorder.
        Sud = "SUD",
        /// Alcohol use disorder.
        Ethud = "ETHUD",
        /// Opioid use disorder.
        Opioidud = "OPIOIDUD",
        /// Behavioural health.
        Bh = "BH",
        /// Mental health.
        Mh = "MH",
        /// Psychiatry.
        Psy = "PSY",
        /// Psychotherapy note.
        Psythpn = "PSYTHPN",
        /// Developmental disability.
        Dvd = "DVD",
        /// Sexual assault, abuse or domestic violence.
        Sdv = "SDV",
        /// Violence.
        Vio = "VIO",
        /// HIV/AIDS.
        Hiv = "HIV",
        /// Sexually transmitted disease.
        Std = "STD",
        /// Sexuality and reproductive health.
        Sex = "SEX",
        /// Pregnancy.
        Pregnant = "PREGNANT",
        /// Genetic disease.
        Gdis = "GDIS",
        /// Sickle cell anaemia.
        Sca = "SCA",
        /// Military sexual trauma.
        Mst = "MST",
        /// Location.
        Locis = "LOCIS",
        /// Patient location.
        Patloc = "PATLOC",
        /// Living arrangement.
        Livarg = "LIVARG",
        /// Sensitive service provider.
        Ssp = "SSP",
        /// Diagnosis.
        Dia = "DIA",
        /// Adolescent.
        Adol = "ADOL",
        /// Patient-requested.
        Prs = "PRS",
    }
}

vocabulary! {
    /// A yes/no fact about an element; absent means no.
    ElementFact, "element fact" {
        /// Paid in full out of pocket.
        SelfPaid = "self_paid",
        /// Shows where a protected person or project is.
        RevealsConfidentialLocation = "reveals_confidential_location",
        /// Concerns a family-violence project.
        FamilyViolenceProject = "family_violence_project",
        /// Carries an arrest, charge or disposition notation.
        ContainsArrestNotation = "contains_arrest_notation",
        /// Carries pasted NCIC or III content.
        ContainsNcicReturn = "contains_ncic_return",
        /// Is conviction data (absent: nonconviction).
        Conviction = "conviction",
        /// Taken from a public blotter, court record or arrest announcement.
        PublicRecord = "public_record",
        /// Sealed or expunged.
        Sealed = "sealed",
        /// All 16 direct identifiers of 164.514(e)(2) removed.
        LimitedDataSet = "limited_data_set",
        /// Identifies a person other than the client.
        ThirdParty = "third_party",
        /// Unstructured text.
        FreeText = "free_text",
        /// Read and cleared by a named person.
        HumanCleared = "human_cleared",
        /// Hashed, encrypted or tokenised.
        Encoded = "encoded",
        /// Believed evidence of a crime on the holder's premises.
        EvidenceOfPremisesCrime = "evidence_of_premises_crime",
        /// Client admits a violent crime believed to have caused serious physical harm.
        AdmissionOfViolentCrime = "admission_of_violent_crime",
        /// Learned in treatment or counselling for that propensity, or a request for it.
        LearnedInTherapy = "learned_in_therapy",
        /// Care the minor obtained on own consent.
        MinorSelfConsented = "minor_self_consented",
        /// Note written by the requester.
        OriginatedByRequester = "originated_by_requester",
        /// Passed orally by a programme to a non-Part 2 provider, with consent, for treatment.
        OralFromProgram = "oral_from_program",
        /// Lets a reader compute a suppressed cell.
        RecoversSuppressedCell = "recovers_suppressed_cell",
        /// Text or place name shows SUD treatment.
        ProjectNameRevealsSud = "project_name_reveals_sud",
    }
}

vocabulary! {
    /// How an element was de-identified (45 CFR 164.514).
    Deidentified, "de-identification" {
        /// Identifiable.
        None = "none",
        /// 164.514(b)(2).
        SafeHarbor = "safe_harbor",
        /// 164.514(b)(1), documented.
        Expert = "expert",
    }
}
