//! Purposes of use: HL7 v3 ActReason codes where HL7 has one, local ones otherwise.

use super::vocabulary;

vocabulary! {
    /// Why the information is asked for or sent. One per request.
    PurposeOfUse, "purpose of use" {
        /// Treatment (HL7).
        Treat = "TREAT",
        /// Coordination of care / case management (HL7, under TREAT).
        Coc = "COC",
        /// Emergency treatment (HL7).
        Etreat = "ETREAT",
        /// Break the glass (HL7).
        Btg = "BTG",
        /// Payment (HL7).
        Hpaymt = "HPAYMT",
        /// Health care operations (HL7).
        Hoperat = "HOPERAT",
        /// Quality improvement (HL7, under HOPERAT).
        Hqualimp = "HQUALIMP",
        /// Legal services (HL7, under HOPERAT; never inherited).
        Hlegal = "HLEGAL",
        /// Government operation (HL7, under HOPERAT; never inherited).
        Gov = "GOV",
        /// Fraud inquiry (HL7, under HOPERAT; never inherited).
        Fraud = "FRAUD",
        /// Military command (HL7, under HOPERAT; never inherited).
        Milcdm = "MILCDM",
        /// Decedent operations (HL7, under HOPERAT; never inherited).
        Hdecd = "HDECD",
        /// Machine-learning training (HL7, under HOPERAT; never inherited).
        Mltraining = "MLTRAINING",
        /// Research (HL7).
        Hresch = "HRESCH",
        /// Public health (HL7).
        Pubhlth = "PUBHLTH",
        /// Disaster relief (HL7, under PUBHLTH).
        Disaster = "DISASTER",
        /// Lessen a serious threat (HL7, under PUBHLTH; never inherited).
        Threat = "THREAT",
        /// Marketing (HL7).
        Hmarkt = "HMARKT",
        /// Request by the client, including an accounting request (HL7).
        Patrqt = "PATRQT",
        /// Request by family or caregiver (HL7).
        Famrqt = "FAMRQT",
        /// Request by a legal representative (HL7).
        Pwatrny = "PWATRNY",
        /// Law-enforcement investigation, identification or prosecution.
        LeInvest = "LE-INVEST",
        /// Police welfare check.
        LeWelfare = "LE-WELFARE",
        /// Police homeless outreach.
        LeOutreach = "LE-OUTREACH",
        /// Report of a crime to law enforcement by the holder.
        LeReport = "LE-REPORT",
        /// Dispatching of police, fire or EMS.
        Dispatch = "DISPATCH",
        /// Dispatching for a criminal justice agency.
        CjDispatch = "CJ-DISPATCH",
        /// Supervision of a treatment condition of release or sentence.
        CjMonitor = "CJ-MONITOR",
        /// Health, safety, transport or order in a correctional institution.
        CustodySafety = "CUSTODY-SAFETY",
        /// Housing and shelter coordination.
        HousingCoord = "HOUSING-COORD",
        /// Verification of housing eligibility.
        HousingElig = "HOUSING-ELIG",
        /// Tenant screening.
        TenantScreen = "TENANT-SCREEN",
        /// Municipal service request.
        ServiceReq = "SERVICE-REQ",
        /// Storing a record in a shared or another agency's system.
        Ingest = "INGEST",
        /// Record linkage.
        Match = "MATCH",
        /// Aggregate reporting and evaluation.
        Reporting = "REPORTING",
        /// Standing bulk feed.
        BulkSync = "BULK-SYNC",
        /// Subpoena, order or other process in a proceeding.
        LegalProc = "LEGAL-PROC",
        /// Inquiry into a cause of death.
        DeathInq = "DEATH-INQ",
        /// Multi-agency fatality review.
        DeathReview = "DEATH-REVIEW",
        /// Audit, evaluation or compliance review.
        Audit = "AUDIT",
        /// Initial report of abuse or neglect.
        AbuseReport = "ABUSE-REPORT",
        /// Records requested after such a report.
        AbuseFollowup = "ABUSE-FOLLOWUP",
        /// Report to a prescription drug monitoring programme.
        PdmpReport = "PDMP-REPORT",
    }
}
