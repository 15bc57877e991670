//! Columns of the files about services, whereabouts, assessments and referrals.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2022, FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `Services.csv`.
    SERVICES
    ServicesID:        All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:      All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:        All,      Text(32),   Required,  ANY,            Structure, deciding;
    DateProvided:      All,      Date,       Required,  ANY,            ByType, deciding;
    RecordType:        All,      Whole,      Required,  lists::L1_4,    ByType, deciding;
    TypeProvided:      All,      Whole,      Required,  ANY,            ByType;
    OtherTypeProvided: All,      Text(50),   Nullable,  ANY,            Withheld;
    MovingOnOtherType: All,      Text(50),   Nullable,  ANY,            Withheld;
    SubTypeProvided:   All,      Whole,      Nullable,  ANY,            ByType;
    FAAmount:          All,      Money,      Nullable,  ANY,            ByType;
    FAStartDate:       From2024, Date,       Nullable,  ANY,            ByType;
    FAEndDate:         From2024, Date,       Nullable,  ANY,            ByType;
    ReferralOutcome:   All,      Whole,      Nullable,  lists::LP2_A,   ByType;
    DateCreated:       All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:       All,      Moment,     Required,  ANY,            Structure;
    UserID:            All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:       All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:          All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `CurrentLivingSituation.csv`.
    CURRENT_LIVING_SITUATION
    CurrentLivingSitID:     All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:           All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:             All,      Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:        All,      Date,       Required,  ANY,            In(Location), deciding;
    CurrentLivingSituation: Fy2022,   Whole,      Required,  lists::CURRENT_SITUATION_2022,In(Location);
    CurrentLivingSituation: From2024, Whole,      Required,  lists::CURRENT_SITUATION, In(Location);
    CLSSubsidyType:         From2024, Whole,      Nullable,  lists::L3_12_A, In(Location);
    VerifiedBy:             All,      Text(200),  Nullable,  ANY,            Withheld;
    LeaveSituation14Days:   All,      Whole,      Nullable,  lists::L1_8,    In(Location);
    SubsequentResidence:    All,      Whole,      Nullable,  lists::L1_8,    In(Location);
    ResourcesToObtain:      All,      Whole,      Nullable,  lists::L1_8,    In(Location);
    LeaseOwn60Day:          All,      Whole,      Nullable,  lists::L1_8,    In(Location);
    MovedTwoOrMore:         All,      Whole,      Nullable,  lists::L1_8,    In(Location);
    LocationDetails:        All,      Text(250),  Nullable,  ANY,            Withheld;
    DateCreated:            All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:            All,      Moment,     Required,  ANY,            Structure;
    UserID:                 All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:            All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:               All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Assessment.csv`.
    ASSESSMENT
    AssessmentID:         All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:         All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:           All,      Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentDate:       All,      Date,       Required,  ANY,            In(Enrollment);
    AssessmentLocation:   All,      Text(250),  Required,  ANY,            Withheld;
    AssessmentType:       All,      Whole,      Required,  lists::L4_19_3, In(Enrollment);
    AssessmentLevel:      All,      Whole,      Required,  lists::L4_19_4, In(Enrollment);
    PrioritizationStatus: All,      Whole,      Required,  lists::L4_19_7, In(Enrollment);
    DateCreated:          All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:          All,      Moment,     Required,  ANY,            Structure;
    UserID:               All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:          All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:             All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `AssessmentQuestions.csv`.
    ASSESSMENT_QUESTIONS
    AssessmentQuestionID:    All,      Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentID:            All,      Text(32),   Required,  ANY,            Link;
    EnrollmentID:            All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:              All,      Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentQuestionGroup: All,      Text(250),  Nullable,  ANY,            Withheld;
    AssessmentQuestionOrder: All,      Whole,      Nullable,  ANY,            Withheld;
    AssessmentQuestion:      All,      Text(250),  Required,  ANY,            Withheld;
    AssessmentAnswer:        All,      Text(500),  Nullable,  ANY,            Withheld;
    DateCreated:             All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:             All,      Moment,     Required,  ANY,            Structure;
    UserID:                  All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:             All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:                All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `AssessmentResults.csv`.
    ASSESSMENT_RESULTS
    AssessmentResultID:   All,      Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentID:         All,      Text(32),   Required,  ANY,            Link;
    EnrollmentID:         All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:           All,      Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentResultType: All,      Text(250),  Required,  ANY,            Withheld;
    AssessmentResult:     All,      Text(250),  Nullable,  ANY,            Withheld;
    DateCreated:          All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:          All,      Moment,     Required,  ANY,            Structure;
    UserID:               All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:          All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:             All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Event.csv`.
    EVENT
    EventID:                   All,      Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:              All,      Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:                All,      Text(32),   Required,  ANY,            Structure, deciding;
    EventDate:                 All,      Date,       Required,  ANY,            In(Enrollment);
    Event:                     All,      Whole,      Required,  lists::L4_20_2, In(Enrollment);
    ProbSolDivRRResult:        All,      Whole,      Nullable,  lists::L1_7,    In(Enrollment);
    ReferralCaseManageAfter:   All,      Whole,      Nullable,  lists::L1_7,    In(Enrollment);
    LocationCrisisOrPHHousing: All,      Text(250),  Nullable,  ANY,            Withheld;
    ReferralResult:            All,      Whole,      Nullable,  lists::L4_20_D, In(Enrollment);
    ResultDate:                All,      Date,       Nullable,  ANY,            In(Enrollment);
    DateCreated:               All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:               All,      Moment,     Required,  ANY,            Structure;
    UserID:                    All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:               All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:                  All,      Text(32),   Required,  ANY,            Structure;
}
