//! Columns of `Enrollment.csv` and `Exit.csv`: stays in projects.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `Enrollment.csv`.
    ENROLLMENT
    EnrollmentID:                    Both,     Text(32),   Required,  ANY,            Structure, deciding;
    PersonalID:                      Both,     Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:                       Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EntryDate:                       Both,     Date,       Required,  ANY,            In(Enrollment), deciding;
    HouseholdID:                     Both,     Text(32),   Required,  ANY,            Withheld;
    RelationshipToHoH:               Both,     Whole,      Required,  lists::L3_15_1, In(Enrollment);
    EnrollmentCoC:                   Both,     Text(6),    Required,  ANY,            In(Enrollment);
    LivingSituation:                 Both,     Whole,      Nullable,  lists::ENTRY_SITUATION, In(Location);
    RentalSubsidyType:               Both,     Whole,      Nullable,  lists::L3_12_A, In(Location);
    LengthOfStay:                    Both,     Whole,      Nullable,  lists::L3_917_2, In(Location);
    LOSUnderThreshold:               Both,     Whole,      Nullable,  lists::L1_7,    In(Location);
    PreviousStreetESSH:              Both,     Whole,      Nullable,  lists::L1_7,    In(Location);
    DateToStreetESSH:                Both,     Date,       Nullable,  ANY,            In(Location);
    TimesHomelessPastThreeYears:     Both,     Whole,      Nullable,  lists::L3_917_4, In(Location);
    MonthsHomelessPastThreeYears:    Both,     Whole,      Nullable,  lists::L3_917_5, In(Location);
    DisablingCondition:              Both,     Whole,      Required,  lists::L1_8,    In(Disability);
    DateOfEngagement:                Both,     Date,       Nullable,  ANY,            In(Enrollment);
    MoveInDate:                      Both,     Date,       Nullable,  ANY,            In(Enrollment);
    DateOfPATHStatus:                Both,     Date,       Nullable,  ANY,            In(MentalHealth);
    ClientEnrolledInPATH:            Both,     Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    ReasonNotEnrolled:               Both,     Whole,      Nullable,  lists::LP3_A,   In(MentalHealth);
    PercentAMI:                      Both,     Whole,      Nullable,  lists::LV4_1,   In(Income);
    ReferralSource:                  Both,     Whole,      Nullable,  lists::LR1_1,   Withheld;
    CountOutreachReferralApproaches: Both,     Whole,      Nullable,  ANY,            Withheld;
    DateOfBCPStatus:                 Both,     Date,       Nullable,  ANY,            Withheld;
    EligibleForRHY:                  Both,     Whole,      Nullable,  lists::L1_7,    Withheld;
    ReasonNoServices:                Both,     Whole,      Nullable,  lists::LR2_A,   Withheld;
    RunawayYouth:                    Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    SexualOrientation:               Fy2024,   Whole,      Nullable,  lists::LR3_1,   Withheld;
    SexualOrientationOther:          Fy2024,   Text(100),  Nullable,  ANY,            Withheld;
    FormerWardChildWelfare:          Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    ChildWelfareYears:               Both,     Whole,      Nullable,  lists::LR11_A,  Withheld;
    ChildWelfareMonths:              Both,     Whole,      Nullable,  ANY,            Withheld;
    FormerWardJuvenileJustice:       Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    JuvenileJusticeYears:            Both,     Whole,      Nullable,  lists::LR11_A,  Withheld;
    JuvenileJusticeMonths:           Both,     Whole,      Nullable,  ANY,            Withheld;
    UnemploymentFam:                 Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    MentalHealthDisorderFam:         Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    PhysicalDisabilityFam:           Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    AlcoholDrugUseDisorderFam:       Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    InsufficientIncome:              Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    IncarceratedParent:              Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    VAMCStation:                     Both,     Text(5),    Nullable,  ANY,            In(Veteran);
    TargetScreenReqd:                Both,     Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    TimeToHousingLoss:               Both,     Whole,      Nullable,  lists::LV7_A,   In(EligibilityFlag);
    AnnualPercentAMI:                Both,     Whole,      Nullable,  lists::LV7_B,   In(Income);
    LiteralHomelessHistory:          Both,     Whole,      Nullable,  lists::LV7_C,   In(EligibilityFlag);
    ClientLeaseholder:               Both,     Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    HOHLeaseholder:                  Both,     Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    SubsidyAtRisk:                   Both,     Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    EvictionHistory:                 Both,     Whole,      Nullable,  lists::LV7_G,   In(EligibilityFlag);
    CriminalRecord:                  Both,     Whole,      Nullable,  lists::L1_7,    Withheld;
    IncarceratedAdult:               Both,     Whole,      Nullable,  lists::LV7_I,   Withheld;
    PrisonDischarge:                 Both,     Whole,      Nullable,  lists::L1_7,    Withheld;
    SexOffender:                     Both,     Whole,      Nullable,  lists::L1_7,    Withheld;
    DisabledHoH:                     Both,     Whole,      Nullable,  lists::L1_7,    In(Disability);
    CurrentPregnant:                 Both,     Whole,      Nullable,  lists::L1_7,    In(Conditions);
    SingleParent:                    Both,     Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    DependentUnder6:                 Both,     Whole,      Nullable,  lists::LV7_O,   In(EligibilityFlag);
    HH5Plus:                         Both,     Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    CoCPrioritized:                  Both,     Whole,      Nullable,  lists::L1_7,    In(EligibilityFlag);
    HPScreeningScore:                Both,     Whole,      Nullable,  ANY,            In(EligibilityFlag);
    ThresholdScore:                  Both,     Whole,      Nullable,  ANY,            In(EligibilityFlag);
    TranslationNeeded:               Fy2024OrLater, Whole,      Nullable,  lists::L1_8,    In(Contact);
    PreferredLanguage:               Fy2024OrLater, Whole,      Nullable,  ANY,            In(Contact);
    PreferredLanguageDifferent:      Fy2024OrLater, Text(100),  Nullable,  ANY,            In(Contact);
    MentalHealthConsultation:        Fy2026,   Whole,      Nullable,  lists::LV10,    In(MentalHealth);
    DateCreated:                     Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:                     Both,     Moment,     Required,  ANY,            Structure;
    UserID:                          Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:                     Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                        Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Exit.csv`.
    EXIT
    ExitID:                                       Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:                                 Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:                                   Both,     Text(32),   Required,  ANY,            Structure, deciding;
    ExitDate:                                     Both,     Date,       Required,  ANY,            In(Enrollment), deciding;
    Destination:                                  Both,     Whole,      Required,  lists::DESTINATION, In(Location);
    DestinationSubsidyType:                       Both,     Whole,      Nullable,  lists::L3_12_A, In(Location);
    OtherDestination:                             Both,     Text(50),   Nullable,  ANY,            Withheld;
    HousingAssessment:                            Both,     Whole,      Nullable,  lists::LW5_1,   In(Hiv);
    SubsidyInformation:                           Both,     Whole,      Nullable,  ANY,            In(Hiv);
    ProjectCompletionStatus:                      Both,     Whole,      Nullable,  lists::LR17_1,  Withheld;
    EarlyExitReason:                              Both,     Whole,      Nullable,  lists::LR17_A,  Withheld;
    ExchangeForSex:                               Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    ExchangeForSexPastThreeMonths:                Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    CountOfExchangeForSex:                        Both,     Whole,      Nullable,  lists::LR15_B,  In(DvHistory);
    AskedOrForcedToExchangeForSex:                Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    AskedOrForcedToExchangeForSexPastThreeMonths: Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    WorkplaceViolenceThreats:                     Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    WorkplacePromiseDifference:                   Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    CoercedToContinueWork:                        Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    LaborExploitPastThreeMonths:                  Both,     Whole,      Nullable,  lists::L1_8,    In(DvHistory);
    CounselingReceived:                           Both,     Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    IndividualCounseling:                         Both,     Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    FamilyCounseling:                             Both,     Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    GroupCounseling:                              Both,     Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    SessionCountAtExit:                           Both,     Whole,      Nullable,  ANY,            In(MentalHealth);
    PostExitCounselingPlan:                       Both,     Whole,      Nullable,  lists::L1_7,    In(MentalHealth);
    SessionsInPlan:                               Both,     Whole,      Nullable,  ANY,            In(MentalHealth);
    DestinationSafeClient:                        Both,     Whole,      Nullable,  lists::L1_8,    Withheld;
    DestinationSafeWorker:                        Both,     Whole,      Nullable,  lists::LR19_A,  Withheld;
    PosAdultConnections:                          Both,     Whole,      Nullable,  lists::LR19_A,  Withheld;
    PosPeerConnections:                           Both,     Whole,      Nullable,  lists::LR19_A,  Withheld;
    PosCommunityConnections:                      Both,     Whole,      Nullable,  lists::LR19_A,  Withheld;
    AftercareDate:                                Both,     Date,       Nullable,  ANY,            Withheld;
    AftercareProvided:                            Both,     Whole,      Nullable,  lists::LR20_2,  Withheld;
    EmailSocialMedia:                             Both,     Whole,      Nullable,  lists::L1_7,    Withheld;
    Telephone:                                    Both,     Whole,      Nullable,  lists::L1_7,    Withheld;
    InPersonIndividual:                           Both,     Whole,      Nullable,  lists::L1_7,    Withheld;
    InPersonGroup:                                Both,     Whole,      Nullable,  lists::L1_7,    Withheld;
    CMExitReason:                                 Both,     Whole,      Nullable,  lists::LV9_1,   In(Veteran);
    DateCreated:                                  Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:                                  Both,     Moment,     Required,  ANY,            Structure;
    UserID:                                       Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:                                  Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                                     Both,     Text(32),   Required,  ANY,            Structure;
}
