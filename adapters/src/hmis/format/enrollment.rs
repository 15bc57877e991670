//! Columns of `Enrollment.csv`, `EnrollmentCoC.csv` and `Exit.csv`: stays in projects.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2022, FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `Enrollment.csv`.
    ENROLLMENT
    EnrollmentID:                    All,      Text(32),   Required,  ANY,            Structure, deciding;
    PersonalID:                      All,      Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:                       All,      Text(32),   Required,  ANY,            Structure, deciding;
    EntryDate:                       All,      Date,       Required,  ANY,            In(Enrollment), deciding;
    HouseholdID:                     All,      Text(32),   Required,  ANY,            Withheld;
    RelationshipToHoH:               All,      Whole,      Required,  lists::L3_15_1, In(Enrollment);
    EnrollmentCoC:                   From2024, Text(6),    Required,  ANY,            In(Enrollment);
    LivingSituation:                 Fy2022,   Whole,      Nullable,  lists::ENTRY_SITUATION_2022,In(Location);
    LivingSituation:                 From2024, Whole,      Nullable,  lists::ENTRY_SITUATION, In(Location);
    RentalSubsidyType:               From2024, Whole,      Nullable,  lists::L3_12_A, In(Location);
    LengthOfStay:                    All,      Whole,      Nullable,  lists::L3_917_2, In(Location);
    LOSUnderThreshold:               All,      Whole,      Nullable,  lists::L1_7,    In(Location);
    PreviousStreetESSH:              All,      Whole,      Nullable,  lists::L1_7,    In(Location);
    DateToStreetESSH:                All,      Date,       Nullable,  ANY,            In(Location);
    TimesHomelessPastThreeYears:     All,      Whole,      Nullable,  lists::L3_917_4, In(Location);
    MonthsHomelessPastThreeYears:    All,      Whole,      Nullable,  lists::L3_917_5, In(Location);
    DisablingCondition:              All,      Whole,      Required,  lists::L1_8,    In(Disability);
    DateOfEngagement:                All,      Date,       Nullable,  ANY,            In(Enrollment);
    MoveInDate:                      All,      Date,       Nullable,  ANY,            In(Enrollment);
    DateOfPATHStatus:                All,      Date,       Nullable,  ANY,            In(MentalHealth);
    ClientEnrolledInPATH:            All,      Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    ReasonNotEnrolled:               All,      Whole,      Nullable,  lists::LP3_A,   In(MentalHealth);
    WorstHousingSituation:           Fy2022,   Whole,      Nullable,  lists::L1_8,    In(Location);
    PercentAMI:                      Fy2022,   Whole,      Nullable,  lists::LV4_1_2022,In(Income);
    PercentAMI:                      From2024, Whole,      Nullable,  lists::LV4_1,   In(Income);
    LastPermanentStreet:             Fy2022,   Text(100),  Nullable,  ANY,            In(Location);
    LastPermanentCity:               Fy2022,   Text(50),   Nullable,  ANY,            In(Location);
    LastPermanentState:              Fy2022,   Text(2),    Nullable,  ANY,            In(Location);
    LastPermanentZIP:                Fy2022,   Text(5),    Nullable,  ANY,            In(Location);
    AddressDataQuality:              Fy2022,   Whole,      Nullable,  lists::LV5_6,   In(Location);
    ReferralSource:                  All,      Whole,      Nullable,  lists::LR1_1,   Withheld;
    CountOutreachReferralApproaches: All,      Whole,      Nullable,  ANY,            Withheld;
    DateOfBCPStatus:                 All,      Date,       Nullable,  ANY,            Withheld;
    EligibleForRHY:                  All,      Whole,      Nullable,  lists::L1_7,    Withheld;
    ReasonNoServices:                All,      Whole,      Nullable,  lists::LR2_A,   Withheld;
    RunawayYouth:                    All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    SexualOrientation:               To2024,   Whole,      Nullable,  lists::LR3_1,   Withheld;
    SexualOrientationOther:          To2024,   Text(100),  Nullable,  ANY,            Withheld;
    FormerWardChildWelfare:          All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    ChildWelfareYears:               All,      Whole,      Nullable,  lists::LR11_A,  Withheld;
    ChildWelfareMonths:              All,      Whole,      Nullable,  ANY,            Withheld;
    FormerWardJuvenileJustice:       All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    JuvenileJusticeYears:            All,      Whole,      Nullable,  lists::LR11_A,  Withheld;
    JuvenileJusticeMonths:           All,      Whole,      Nullable,  ANY,            Withheld;
    UnemploymentFam:                 All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    MentalHealthDisorderFam:         All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    PhysicalDisabilityFam:           All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    AlcoholDrugUseDisorderFam:       All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    InsufficientIncome:              All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    IncarceratedParent:              All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    VAMCStation:                     All,      Text(5),    Nullable,  ANY,            In(Veteran);
    TargetScreenReqd:                All,      Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    TimeToHousingLoss:               All,      Whole,      Nullable,  lists::LV7_A,   In(EligibilityFlag);
    AnnualPercentAMI:                All,      Whole,      Nullable,  lists::LV7_B,   In(Income);
    LiteralHomelessHistory:          All,      Whole,      Nullable,  lists::LV7_C,   In(EligibilityFlag);
    ClientLeaseholder:               All,      Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    HOHLeaseholder:                  All,      Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    SubsidyAtRisk:                   All,      Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    EvictionHistory:                 All,      Whole,      Nullable,  lists::LV7_G,   In(EligibilityFlag);
    CriminalRecord:                  All,      Whole,      Nullable,  lists::L1_7,    Withheld;
    IncarceratedAdult:               All,      Whole,      Nullable,  lists::LV7_I,   Withheld;
    PrisonDischarge:                 All,      Whole,      Nullable,  lists::L1_7,    Withheld;
    SexOffender:                     All,      Whole,      Nullable,  lists::L1_7,    Withheld;
    DisabledHoH:                     All,      Whole,      Nullable,  lists::L1_7,    In(Disability);
    CurrentPregnant:                 All,      Whole,      Nullable,  lists::L1_7,    In(Conditions);
    SingleParent:                    All,      Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    DependentUnder6:                 All,      Whole,      Nullable,  lists::LV7_O,   In(EligibilityFlag);
    HH5Plus:                         All,      Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    CoCPrioritized:                  All,      Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    HPScreeningScore:                All,      Whole,      Nullable,  ANY,            In(EligibilityFlag);
    ThresholdScore:                  All,      Whole,      Nullable,  ANY,            In(EligibilityFlag);
    TranslationNeeded:               Fy2024OrLater, Whole,      Nullable,  lists::L1_8,    In(Contact);
    PreferredLanguage:               Fy2024OrLater, Whole,      Nullable,  ANY,            In(Contact);
    PreferredLanguageDifferent:      Fy2024OrLater, Text(100),  Nullable,  ANY,            In(Contact);
    MentalHealthConsultation:        Fy2026,   Whole,      Nullable,  lists::LV10,    In(MentalHealth);
    DateCreated:                     All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:                     All,      Moment,     Required,  ANY,            Structure;
    UserID:                          All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:                     All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:                        All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `EnrollmentCoC.csv`, of FY2022 only: since FY2024 a column of the enrolment.
    ENROLLMENT_COC
    EnrollmentCoCID:     Fy2022,   Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:        Fy2022,   Text(32),   Required,  ANY,            Link, deciding;
    HouseholdID:         Fy2022,   Text(32),   Required,  ANY,            Withheld;
    ProjectID:           Fy2022,   Text(32),   Required,  ANY,            Structure;
    PersonalID:          Fy2022,   Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:     Fy2022,   Date,       Required,  ANY,            In(Enrollment), deciding;
    CoCCode:             Fy2022,   Text(6),    Required,  ANY,            In(Enrollment);
    DataCollectionStage: Fy2022,   Whole,      Required,  lists::L5_03_1, In(Enrollment);
    DateCreated:         Fy2022,   Moment,     Required,  ANY,            Structure;
    DateUpdated:         Fy2022,   Moment,     Required,  ANY,            Structure;
    UserID:              Fy2022,   Text(32),   Required,  ANY,            Structure;
    DateDeleted:         Fy2022,   Moment,     Nullable,  ANY,            Structure;
    ExportID:            Fy2022,   Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Exit.csv`.
    EXIT
    ExitID:                                       All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:                                 All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:                                   All,      Text(32),   Required,  ANY,            Structure, deciding;
    ExitDate:                                     All,      Date,       Required,  ANY,            In(Enrollment), deciding;
    Destination:                                  Fy2022,   Whole,      Required,  lists::DESTINATION_2022,In(Location);
    Destination:                                  From2024, Whole,      Required,  lists::DESTINATION, In(Location);
    DestinationSubsidyType:                       From2024, Whole,      Nullable,  lists::L3_12_A, In(Location);
    OtherDestination:                             All,      Text(50),   Nullable,  ANY,            Withheld;
    HousingAssessment:                            All,      Whole,      Nullable,  lists::LW5_1,   In(Hiv);
    SubsidyInformation:                           All,      Whole,      Nullable,  ANY,            In(Hiv);
    ProjectCompletionStatus:                      All,      Whole,      Nullable,  lists::LR17_1,  Withheld;
    EarlyExitReason:                              All,      Whole,      Nullable,  lists::LR17_A,  Withheld;
    ExchangeForSex:                               All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    ExchangeForSexPastThreeMonths:                All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    CountOfExchangeForSex:                        All,      Whole,      Nullable,  lists::LR15_B,  In(DvHistory);
    AskedOrForcedToExchangeForSex:                All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    AskedOrForcedToExchangeForSexPastThreeMonths: All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    WorkplaceViolenceThreats:                     All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    WorkplacePromiseDifference:                   All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    CoercedToContinueWork:                        All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    LaborExploitPastThreeMonths:                  All,      Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    CounselingReceived:                           All,      Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    IndividualCounseling:                         All,      Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    FamilyCounseling:                             All,      Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    GroupCounseling:                              All,      Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    SessionCountAtExit:                           All,      Whole,      Nullable,  ANY,            In(MentalHealth);
    PostExitCounselingPlan:                       All,      Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    SessionsInPlan:                               All,      Whole,      Nullable,  ANY,            In(MentalHealth);
    DestinationSafeClient:                        All,      Whole,      Nullable,  lists::L1_8,    Withheld;
    DestinationSafeWorker:                        All,      Whole,      Nullable,  lists::LR19_A,  Withheld;
    PosAdultConnections:                          All,      Whole,      Nullable,  lists::LR19_A,  Withheld;
    PosPeerConnections:                           All,      Whole,      Nullable,  lists::LR19_A,  Withheld;
    PosCommunityConnections:                      All,      Whole,      Nullable,  lists::LR19_A,  Withheld;
    AftercareDate:                                All,      Date,       Nullable,  ANY,            Withheld;
    AftercareProvided:                            All,      Whole,      Nullable,  lists::LR20_2,  Withheld;
    EmailSocialMedia:                             All,      Whole,      Nullable,  lists::L1_7,    Withheld;
    Telephone:                                    All,      Whole,      Nullable,  lists::L1_7,    Withheld;
    InPersonIndividual:                           All,      Whole,      Nullable,  lists::L1_7,    Withheld;
    InPersonGroup:                                All,      Whole,      Nullable,  lists::L1_7,    Withheld;
    CMExitReason:                                 All,      Whole,      Nullable,  lists::LV9_1,   In(Veteran);
    DateCreated:                                  All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:                                  All,      Moment,     Required,  ANY,            Structure;
    UserID:                                       All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:                                  All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:                                     All,      Text(32),   Required,  ANY,            Structure;
}
