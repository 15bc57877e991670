//! Columns of the files about services, whereabouts, assessments and referrals.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `Services.csv`.
    SERVICES
    ServicesID:        Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:      Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:        Both,     Text(32),   Required,  ANY,            Structure, deciding;
    DateProvided:      Both,     Date,       Required,  ANY,            ByType, deciding;
    RecordType:        Both,     Whole,      Required,  lists::L1_4,    ByType, deciding;
    TypeProvided:      Both,     Whole,      Required,  ANY,            ByType;
    OtherTypeProvided: Both,     Text(50),   Nullable,  ANY,            Withheld;
    MovingOnOtherType: Both,     Text(50),   Nullable,  ANY,            Withheld;
    SubTypeProvided:   Both,     Whole,      Nullable,  ANY,            ByType;
    FAAmount:          Both,     Money,      Nullable,  ANY,            ByType;
    FAStartDate:       Both,     Date,       Nullable,  ANY,            ByType;
    FAEndDate:         Both,     Date,       Nullable,  ANY,            ByType;
    ReferralOutcome:   Both,     Whole,      Nullable,  lists::LP2_A,   ByType;
    DateCreated:       Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:       Both,     Moment,     Required,  ANY,            Structure;
    UserID:            Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:       Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:          Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `CurrentLivingSituation.csv`.
    CURRENT_LIVING_SITUATION
    CurrentLivingSitID:     Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:           Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:             Both,     Text(32),   Required,  ANY,            Structure, deciding;
    InformationDate:        Both,     Date,       Required,  ANY,            In(Location), deciding;
    CurrentLivingSituation: Both,     Whole,      Required,  lists::CURRENT_SITUATION, In(Location);
    CLSSubsidyType:         Both,     Whole,      Nullable,  lists::L3_12_A, In(Location);
    VerifiedBy:             Both,     Text(200),  Nullable,  ANY,            Withheld;
    LeaveSituation14Days:   Both,     Whole,      Nullable,  lists::L1_8,    In(Location);
    SubsequentResidence:    Both,     Whole,      Nullable,  lists::L1_8,    In(Location);
    ResourcesToObtain:      Both,     Whole,      Nullable,  lists::L1_8,    In(Location);
    LeaseOwn60Day:          Both,     Whole,      Nullable,  lists::L1_8,    In(Location);
    MovedTwoOrMore:         Both,     Whole,      Nullable,  lists::L1_8,    In(Location);
    LocationDetails:        Both,     Text(250),  Nullable,  ANY,            Withheld;
    DateCreated:            Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:            Both,     Moment,     Required,  ANY,            Structure;
    UserID:                 Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:            Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:               Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Assessment.csv`.
    ASSESSMENT
    AssessmentID:         Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:         Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:           Both,     Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentDate:       Both,     Date,       Required,  ANY,            In(Enrollment);
    AssessmentLocation:   Both,     Text(250),  Required,  ANY,            Withheld;
    AssessmentType:       Both,     Whole,      Required,  lists::L4_19_3, In(Enrollment);
    AssessmentLevel:      Both,     Whole,      Required,  lists::L4_19_4, In(Enrollment);
    PrioritizationStatus: Both,     Whole,      Required,  lists::L4_19_7, In(Enrollment);
    DateCreated:          Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:          Both,     Moment,     Required,  ANY,            Structure;
    UserID:               Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:          Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:             Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `AssessmentQuestions.csv`.
    ASSESSMENT_QUESTIONS
    AssessmentQuestionID:    Both,     Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentID:            Both,     Text(32),   Required,  ANY,            Link;
    EnrollmentID:            Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:              Both,     Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentQuestionGroup: Both,     Text(250),  Nullable,  ANY,            Withheld;
    AssessmentQuestionOrder: Both,     Whole,      Nullable,  ANY,            Withheld;
    AssessmentQuestion:      Both,     Text(250),  Required,  ANY,            Withheld;
    AssessmentAnswer:        Both,     Text(500),  Nullable,  ANY,            Withheld;
    DateCreated:             Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:             Both,     Moment,     Required,  ANY,            Structure;
    UserID:                  Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:             Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `AssessmentResults.csv`.
    ASSESSMENT_RESULTS
    AssessmentResultID:   Both,     Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentID:         Both,     Text(32),   Required,  ANY,            Link;
    EnrollmentID:         Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:           Both,     Text(32),   Required,  ANY,            Structure, deciding;
    AssessmentResultType: Both,     Text(250),  Required,  ANY,            Withheld;
    AssessmentResult:     Both,     Text(250),  Nullable,  ANY,            Withheld;
    DateCreated:          Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:          Both,     Moment,     Required,  ANY,            Structure;
    UserID:               Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:          Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:             Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Event.csv`.
    EVENT
    EventID:                   Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EnrollmentID:              Both,     Text(32),   Required,  ANY,            Link, deciding;
    PersonalID:                Both,     Text(32),   Required,  ANY,            Structure, deciding;
    EventDate:                 Both,     Date,       Required,  ANY,            In(Enrollment);
    Event:                     Both,     Whole,      Required,  lists::L4_20_2, In(Enrollment);
    ProbSolDivRRResult:        Both,     Whole,      Nullable,  lists::L1_7,    In(Enrollment);
    ReferralCaseManageAfter:   Both,     Whole,      Nullable,  lists::L1_7,    In(Enrollment);
    LocationCrisisOrPHHousing: Both,     Text(250),  Nullable,  ANY,            Withheld;
    ReferralResult:            Both,     Whole,      Nullable,  lists::L4_20_D, In(Enrollment);
    ResultDate:                Both,     Date,       Nullable,  ANY,            In(Enrollment);
    DateCreated:               Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:               Both,     Moment,     Required,  ANY,            Structure;
    UserID:                    Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:               Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                  Both,     Text(32),   Required,  ANY,            Structure;
}
