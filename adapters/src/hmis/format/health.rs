//! Columns of the files about health, disability, income, work and schooling.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2022, FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `HealthAndDV.csv`.
    HEALTH_AND_DV
    HealthAndDVID:            All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:             All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:               All,      Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:          All,      Date,       Required,  ANY,            Common, deciding;
    DomesticViolenceVictim:   Fy2022,   Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    DomesticViolenceSurvivor: From2024, Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    WhenOccurred:             All,      Whole,      Nullable,  lists::L4_11_A, In(DvHistory);
    CurrentlyFleeing:         All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    GeneralHealthStatus:      All,      Whole,      Nullable,  lists::LR7_1,   In(Conditions);
    DentalHealthStatus:       All,      Whole,      Nullable,  lists::LR7_1,   In(Conditions);
    MentalHealthStatus:       All,      Whole,      Nullable,  lists::LR7_1,   In(MentalHealth);
    PregnancyStatus:          All,      Whole,      Nullable,  lists::L1_8,    In(Conditions);
    DueDate:                  All,      Date,       Nullable,  ANY,            In(Conditions);
    LifeValue:                Fy2022,   Whole,      Nullable,  lists::LC1_1,   In(MentalHealth);
    SupportFromOthers:        Fy2022,   Whole,      Nullable,  lists::LC1_1,   In(MentalHealth);
    BounceBack:               Fy2022,   Whole,      Nullable,  lists::LC1_1,   In(MentalHealth);
    FeelingFrequency:         Fy2022,   Whole,      Nullable,  lists::LC1_1,   In(MentalHealth);
    DataCollectionStage:      All,      Whole,      Required,  lists::L5_03_1, Common;
    DateCreated:              All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:              All,      Moment,     Required,  ANY,            Structure;
    UserID:                   All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:              All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:                 All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Disabilities.csv`.
    DISABILITIES
    DisabilitiesID:       All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:         All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:           All,      Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:      All,      Date,       Required,  ANY,            Common, deciding;
    DisabilityType:       All,      Whole,      Required,  lists::L1_3,    ByType, deciding;
    DisabilityResponse:   All,      Whole,      Required,  ANY,            ByType;
    IndefiniteAndImpairs: All,      Whole,      Nullable,  lists::L1_8,    ByType;
    TCellCountAvailable:  All,      Whole,      Nullable,  lists::L1_8,    In(Hiv);
    TCellCount:           All,      Whole,      Nullable,  ANY,            In(Hiv);
    TCellSource:          All,      Whole,      Nullable,  lists::LW4_B,   In(Hiv);
    ViralLoadAvailable:   All,      Whole,      Nullable,  lists::LW4_3,   In(Hiv);
    ViralLoad:            All,      Whole,      Nullable,  ANY,            In(Hiv);
    ViralLoadSource:      All,      Whole,      Nullable,  lists::LW4_B,   In(Hiv);
    AntiRetroviral:       All,      Whole,      Nullable,  lists::L1_8,    In(Hiv);
    DataCollectionStage:  All,      Whole,      Required,  lists::L5_03_1, Common;
    DateCreated:          All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:          All,      Moment,     Required,  ANY,            Structure;
    UserID:               All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:          All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:             All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `IncomeBenefits.csv`.
    INCOME_BENEFITS
    IncomeBenefitsID:             All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:                 All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:                   All,      Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:              All,      Date,       Required,  ANY,            In(Income), deciding;
    IncomeFromAnySource:          All,      Whole,      Nullable,  lists::L1_8,    In(Income);
    TotalMonthlyIncome:           All,      Amount,     Nullable,  ANY,            In(Income);
    Earned:                       All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    EarnedAmount:                 All,      Amount,     Nullable,  ANY,            In(Income);
    Unemployment:                 All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    UnemploymentAmount:           All,      Amount,     Nullable,  ANY,            In(Income);
    SSI:                          All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    SSIAmount:                    All,      Amount,     Nullable,  ANY,            In(Income);
    SSDI:                         All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    SSDIAmount:                   All,      Amount,     Nullable,  ANY,            In(Income);
    VADisabilityService:          All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    VADisabilityServiceAmount:    All,      Amount,     Nullable,  ANY,            In(Income);
    VADisabilityNonService:       All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    VADisabilityNonServiceAmount: All,      Amount,     Nullable,  ANY,            In(Income);
    PrivateDisability:            All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    PrivateDisabilityAmount:      All,      Amount,     Nullable,  ANY,            In(Income);
    WorkersComp:                  All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    WorkersCompAmount:            All,      Amount,     Nullable,  ANY,            In(Income);
    TANF:                         All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    TANFAmount:                   All,      Amount,     Nullable,  ANY,            In(Income);
    GA:                           All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    GAAmount:                     All,      Amount,     Nullable,  ANY,            In(Income);
    SocSecRetirement:             All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    SocSecRetirementAmount:       All,      Amount,     Nullable,  ANY,            In(Income);
    Pension:                      All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    PensionAmount:                All,      Amount,     Nullable,  ANY,            In(Income);
    ChildSupport:                 All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    ChildSupportAmount:           All,      Amount,     Nullable,  ANY,            In(Income);
    Alimony:                      All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    AlimonyAmount:                All,      Amount,     Nullable,  ANY,            In(Income);
    OtherIncomeSource:            All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherIncomeAmount:            All,      Amount,     Nullable,  ANY,            In(Income);
    OtherIncomeSourceIdentify:    All,      Text(50),   Nullable,  ANY,            Withheld;
    BenefitsFromAnySource:        All,      Whole,      Nullable,  lists::L1_8,    In(Income);
    SNAP:                         All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    WIC:                          All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    TANFChildCare:                All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    TANFTransportation:           All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherTANF:                    All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherBenefitsSource:          All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherBenefitsSourceIdentify:  All,      Text(50),   Nullable,  ANY,            Withheld;
    InsuranceFromAnySource:       All,      Whole,      Nullable,  lists::L1_8,    In(Income);
    Medicaid:                     All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    NoMedicaidReason:             All,      Whole,      Nullable,  lists::L4_04_A, In(Income);
    Medicare:                     All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    NoMedicareReason:             All,      Whole,      Nullable,  lists::L4_04_A, In(Income);
    SCHIP:                        All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    NoSCHIPReason:                All,      Whole,      Nullable,  lists::L4_04_A, In(Income);
    VAMedicalServices:            Fy2022,   Whole,      Nullable,  lists::L1_7,    In(Income);
    NoVAMedReason:                Fy2022,   Whole,      Nullable,  lists::L4_04_A, In(Income);
    VHAServices:                  From2024, Whole,      Nullable,  lists::L1_7,    In(Income);
    NoVHAReason:                  From2024, Whole,      Nullable,  lists::L4_04_A, In(Income);
    EmployerProvided:             All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    NoEmployerProvidedReason:     All,      Whole,      Nullable,  lists::L4_04_A, In(Income);
    COBRA:                        All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    NoCOBRAReason:                All,      Whole,      Nullable,  lists::L4_04_A, In(Income);
    PrivatePay:                   All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    NoPrivatePayReason:           All,      Whole,      Nullable,  lists::L4_04_A, In(Income);
    StateHealthIns:               All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    NoStateHealthInsReason:       All,      Whole,      Nullable,  lists::L4_04_A, In(Income);
    IndianHealthServices:         All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    NoIndianHealthServicesReason: All,      Whole,      Nullable,  lists::L4_04_A, In(Income);
    OtherInsurance:               All,      Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherInsuranceIdentify:       All,      Text(50),   Nullable,  ANY,            Withheld;
    ADAP:                         All,      Whole,      Nullable,  lists::L1_8,    In(Hiv);
    NoADAPReason:                 All,      Whole,      Nullable,  lists::LW3,     In(Hiv);
    RyanWhiteMedDent:             All,      Whole,      Nullable,  lists::L1_8,    In(Hiv);
    NoRyanWhiteReason:            All,      Whole,      Nullable,  lists::LW3,     In(Hiv);
    ConnectionWithSOAR:           All,      Whole,      Nullable,  lists::L1_8,    In(Income);
    DataCollectionStage:          All,      Whole,      Required,  lists::L5_03_1, In(Income);
    DateCreated:                  All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:                  All,      Moment,     Required,  ANY,            Structure;
    UserID:                       All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:                  All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:                     All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `EmploymentEducation.csv`.
    EMPLOYMENT_EDUCATION
    EmploymentEducationID: All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:          All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:            All,      Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:       All,      Date,       Required,  ANY,            Common;
    LastGradeCompleted:    All,      Whole,      Nullable,  lists::LR4_1,   Withheld;
    SchoolStatus:          All,      Whole,      Nullable,  lists::LR5_1,   Withheld;
    Employed:              All,      Whole,      Nullable,  lists::L1_8,    In(Income);
    EmploymentType:        All,      Whole,      Nullable,  lists::LR6_A,   In(Income);
    NotEmployedReason:     All,      Whole,      Nullable,  lists::LR6_B,   In(Income);
    DataCollectionStage:   All,      Whole,      Required,  lists::L5_03_1, Common;
    DateCreated:           All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:           All,      Moment,     Required,  ANY,            Structure;
    UserID:                All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:           All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:              All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `YouthEducationStatus.csv`.
    YOUTH_EDUCATION_STATUS
    YouthEducationStatusID: All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:           All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:             All,      Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:        All,      Date,       Required,  ANY,            Withheld;
    CurrentSchoolAttend:    All,      Whole,      Nullable,  lists::LC3_2,   Withheld;
    MostRecentEdStatus:     All,      Whole,      Nullable,  lists::LC3_A,   Withheld;
    CurrentEdStatus:        All,      Whole,      Nullable,  lists::LC3_B,   Withheld;
    DataCollectionStage:    All,      Whole,      Required,  lists::L5_03_1, Withheld;
    DateCreated:            All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:            All,      Moment,     Required,  ANY,            Structure;
    UserID:                 All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:            All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:               All,      Text(32),   Required,  ANY,            Structure;
}
