//! Columns of the files about health, disability, income, work and schooling.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `HealthAndDV.csv`.
    HEALTH_AND_DV
    HealthAndDVID:            Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:             Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:               Both,     Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:          Both,     Date,       Required,  ANY,            Common, deciding;
    DomesticViolenceSurvivor: Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    WhenOccurred:             Both,     Whole,      Nullable,  lists::L4_11_A, In(DvHistory);
    CurrentlyFleeing:         Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    GeneralHealthStatus:      Both,     Whole,      Nullable,  lists::LR7_1,   In(Conditions);
    DentalHealthStatus:       Both,     Whole,      Nullable,  lists::LR7_1,   In(Conditions);
    MentalHealthStatus:       Both,     Whole,      Nullable,  lists::LR7_1,   In(MentalHealth);
    PregnancyStatus:          Both,     Whole,      Nullable,  lists::L1_8,    In(Conditions);
    DueDate:                  Both,     Date,       Nullable,  ANY,            In(Conditions);
    DataCollectionStage:      Both,     Whole,      Required,  lists::L5_03_1, Common;
    DateCreated:              Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:              Both,     Moment,     Required,  ANY,            Structure;
    UserID:                   Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:              Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                 Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Disabilities.csv`.
    DISABILITIES
    DisabilitiesID:       Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:         Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:           Both,     Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:      Both,     Date,       Required,  ANY,            Common, deciding;
    DisabilityType:       Both,     Whole,      Required,  lists::L1_3,    ByType, deciding;
    DisabilityResponse:   Both,     Whole,      Required,  ANY,            ByType;
    IndefiniteAndImpairs: Both,     Whole,      Nullable,  lists::L1_8,    ByType;
    TCellCountAvailable:  Both,     Whole,      Nullable,  lists::L1_8,    In(Hiv);
    TCellCount:           Both,     Whole,      Nullable,  ANY,            In(Hiv);
    TCellSource:          Both,     Whole,      Nullable,  lists::LW4_B,   In(Hiv);
    ViralLoadAvailable:   Both,     Whole,      Nullable,  lists::LW4_3,   In(Hiv);
    ViralLoad:            Both,     Whole,      Nullable,  ANY,            In(Hiv);
    ViralLoadSource:      Both,     Whole,      Nullable,  lists::LW4_B,   In(Hiv);
    AntiRetroviral:       Both,     Whole,      Nullable,  lists::L1_8,    In(Hiv);
    DataCollectionStage:  Both,     Whole,      Required,  lists::L5_03_1, Common;
    DateCreated:          Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:          Both,     Moment,     Required,  ANY,            Structure;
    UserID:               Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:          Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:             Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `IncomeBenefits.csv`.
    INCOME_BENEFITS
    IncomeBenefitsID:             Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:                 Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:                   Both,     Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:              Both,     Date,       Required,  ANY,            In(Income), deciding;
    IncomeFromAnySource:          Both,     Whole,      Nullable,  lists::L1_8,    In(Income);
    TotalMonthlyIncome:           Both,     Amount,     Nullable,  ANY,            In(Income);
    Earned:                       Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    EarnedAmount:                 Both,     Amount,     Nullable,  ANY,            In(Income);
    Unemployment:                 Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    UnemploymentAmount:           Both,     Amount,     Nullable,  ANY,            In(Income);
    SSI:                          Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    SSIAmount:                    Both,     Amount,     Nullable,  ANY,            In(Income);
    SSDI:                         Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    SSDIAmount:                   Both,     Amount,     Nullable,  ANY,            In(Income);
    VADisabilityService:          Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    VADisabilityServiceAmount:    Both,     Amount,     Nullable,  ANY,            In(Income);
    VADisabilityNonService:       Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    VADisabilityNonServiceAmount: Both,     Amount,     Nullable,  ANY,            In(Income);
    PrivateDisability:            Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    PrivateDisabilityAmount:      Both,     Amount,     Nullable,  ANY,            In(Income);
    WorkersComp:                  Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    WorkersCompAmount:            Both,     Amount,     Nullable,  ANY,            In(Income);
    TANF:                         Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    TANFAmount:                   Both,     Amount,     Nullable,  ANY,            In(Income);
    GA:                           Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    GAAmount:                     Both,     Amount,     Nullable,  ANY,            In(Income);
    SocSecRetirement:             Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    SocSecRetirementAmount:       Both,     Amount,     Nullable,  ANY,            In(Income);
    Pension:                      Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    PensionAmount:                Both,     Amount,     Nullable,  ANY,            In(Income);
    ChildSupport:                 Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    ChildSupportAmount:           Both,     Amount,     Nullable,  ANY,            In(Income);
    Alimony:                      Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    AlimonyAmount:                Both,     Amount,     Nullable,  ANY,            In(Income);
    OtherIncomeSource:            Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherIncomeAmount:            Both,     Amount,     Nullable,  ANY,            In(Income);
    OtherIncomeSourceIdentify:    Both,     Text(50),   Nullable,  ANY,            Withheld;
    BenefitsFromAnySource:        Both,     Whole,      Nullable,  lists::L1_8,    In(Income);
    SNAP:                         Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    WIC:                          Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    TANFChildCare:                Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    TANFTransportation:           Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherTANF:                    Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherBenefitsSource:          Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherBenefitsSourceIdentify:  Both,     Text(50),   Nullable,  ANY,            Withheld;
    InsuranceFromAnySource:       Both,     Whole,      Nullable,  lists::L1_8,    In(Income);
    Medicaid:                     Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoMedicaidReason:             Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    Medicare:                     Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoMedicareReason:             Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    SCHIP:                        Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoSCHIPReason:                Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    VHAServices:                  Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoVHAReason:                  Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    EmployerProvided:             Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoEmployerProvidedReason:     Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    COBRA:                        Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoCOBRAReason:                Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    PrivatePay:                   Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoPrivatePayReason:           Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    StateHealthIns:               Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoStateHealthInsReason:       Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    IndianHealthServices:         Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    NoIndianHealthServicesReason: Both,     Whole,      Nullable,  lists::L4_04_A, In(Income);
    OtherInsurance:               Both,     Whole,      Nullable,  lists::L1_7,    In(Income);
    OtherInsuranceIdentify:       Both,     Text(50),   Nullable,  ANY,            Withheld;
    ADAP:                         Both,     Whole,      Nullable,  lists::L1_8,    In(Hiv);
    NoADAPReason:                 Both,     Whole,      Nullable,  lists::LW3,     In(Hiv);
    RyanWhiteMedDent:             Both,     Whole,      Nullable,  lists::L1_8,    In(Hiv);
    NoRyanWhiteReason:            Both,     Whole,      Nullable,  lists::LW3,     In(Hiv);
    ConnectionWithSOAR:           Both,     Whole,      Nullable,  lists::L1_8,    In(Income);
    DataCollectionStage:          Both,     Whole,      Required,  lists::L5_03_1, In(Income);
    DateCreated:                  Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:                  Both,     Moment,     Required,  ANY,            Structure;
    UserID:                       Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:                  Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                     Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `EmploymentEducation.csv`.
    EMPLOYMENT_EDUCATION
    EmploymentEducationID: Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:          Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:            Both,     Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:       Both,     Date,       Required,  ANY,            Common;
    LastGradeCompleted:    Both,     Whole,      Nullable,  lists::LR4_1,   Withheld;
    SchoolStatus:          Both,     Whole,      Nullable,  lists::LR5_1,   Withheld;
    Employed:              Both,     Whole,      Nullable,  lists::L1_8,    In(Income);
    EmploymentType:        Both,     Whole,      Nullable,  lists::LR6_A,   In(Income);
    NotEmployedReason:     Both,     Whole,      Nullable,  lists::LR6_B,   In(Income);
    DataCollectionStage:   Both,     Whole,      Required,  lists::L5_03_1, Common;
    DateCreated:           Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:           Both,     Moment,     Required,  ANY,            Structure;
    UserID:                Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:           Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:              Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `YouthEducationStatus.csv`.
    YOUTH_EDUCATION_STATUS
    YouthEducationStatusID: Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:           Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:             Both,     Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:        Both,     Date,       Required,  ANY,            Withheld;
    CurrentSchoolAttend:    Both,     Whole,      Nullable,  lists::LC3_2,   Withheld;
    MostRecentEdStatus:     Both,     Whole,      Nullable,  lists::LC3_A,   Withheld;
    CurrentEdStatus:        Both,     Whole,      Nullable,  lists::LC3_B,   Withheld;
    DataCollectionStage:    Both,     Whole,      Required,  lists::L5_03_1, Withheld;
    DateCreated:            Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:            Both,     Moment,     Required,  ANY,            Structure;
    UserID:                 Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:            Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:               Both,     Text(32),   Required,  ANY,            Structure;
}
