//! Columns of the files that are about projects and the export, not about clients.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2022, FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `Export.csv`.
    EXPORT
    ExportID:               All,      Text(32),   Required,  ANY,            Structure, deciding;
    SourceType:             All,      Whole,      Required,  lists::L1_9,    Directory;
    SourceID:               All,      Text(350),  Nullable,  ANY,            Directory;
    SourceName:             All,      Text(50),   Nullable,  ANY,            Directory;
    SourceContactFirst:     All,      Text(50),   Nullable,  ANY,            Directory;
    SourceContactLast:      All,      Text(50),   Nullable,  ANY,            Directory;
    SourceContactPhone:     All,      Text(10),   Nullable,  ANY,            Directory;
    SourceContactExtension: All,      Text(5),    Nullable,  ANY,            Directory;
    SourceContactEmail:     All,      Text(320),  Nullable,  ANY,            Directory;
    ExportDate:             All,      Moment,     Required,  ANY,            Directory, deciding;
    ExportStartDate:        All,      Date,       Required,  ANY,            Directory;
    ExportEndDate:          All,      Date,       Required,  ANY,            Directory;
    SoftwareName:           All,      Text(50),   Required,  ANY,            Directory;
    SoftwareVersion:        All,      Text(50),   Nullable,  ANY,            Directory;
    CSVVersion:             All,      Text(50),   Nullable,  ANY,            Directory;
    ExportPeriodType:       All,      Whole,      Required,  lists::L1_1,    Directory;
    ExportDirective:        All,      Whole,      Required,  lists::L1_2,    Directory;
    HashStatus:             All,      Whole,      Required,  lists::L1_5,    Directory, deciding;
    ImplementationID:       From2024, Text(200),  Required,  ANY,            Directory;
}

columns! {
    /// `User.csv`.
    USER
    UserID:        All,      Text(32),   Required,  ANY,            Structure, deciding;
    UserFirstName: All,      Text(50),   Nullable,  ANY,            Directory;
    UserLastName:  All,      Text(50),   Nullable,  ANY,            Directory;
    UserPhone:     All,      Text(10),   Nullable,  ANY,            Directory;
    UserExtension: All,      Text(5),    Nullable,  ANY,            Directory;
    UserEmail:     All,      Text(320),  Nullable,  ANY,            Directory;
    DateCreated:   All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:   All,      Moment,     Required,  ANY,            Structure;
    DateDeleted:   All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:      All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Organization.csv`.
    ORGANIZATION
    OrganizationID:         All,      Text(32),   Required,  ANY,            Structure, deciding;
    OrganizationName:       All,      Text(200),  Required,  ANY,            Directory;
    VictimServiceProvider:  All,      Whole,      Required,  lists::L1_10,   Directory, deciding;
    OrganizationCommonName: All,      Text(200),  Nullable,  ANY,            Directory;
    DateCreated:            All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:            All,      Moment,     Required,  ANY,            Structure;
    UserID:                 All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:            All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:               All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Project.csv`.
    PROJECT
    ProjectID:                 All,      Text(32),   Required,  ANY,            Structure, deciding;
    OrganizationID:            All,      Text(32),   Required,  ANY,            Directory, deciding;
    ProjectName:               All,      Text(200),  Required,  ANY,            Directory;
    ProjectCommonName:         All,      Text(200),  Nullable,  ANY,            Directory;
    OperatingStartDate:        All,      Date,       Required,  ANY,            Directory;
    OperatingEndDate:          All,      Date,       Nullable,  ANY,            Directory;
    ContinuumProject:          All,      Whole,      Required,  lists::L1_10,   Directory;
    ProjectType:               Fy2022,   Whole,      Nullable,  lists::L2_02_6_2022,Directory;
    ProjectType:               From2024, Whole,      Nullable,  lists::L2_02_6, Directory;
    HousingType:               All,      Whole,      Nullable,  lists::L2_02_D, Directory;
    RRHSubType:                From2024, Whole,      Nullable,  lists::L2_02_A, Directory;
    ResidentialAffiliation:    All,      Whole,      Nullable,  lists::L1_10,   Directory;
    TrackingMethod:            Fy2022,   Whole,      Nullable,  lists::L2_02_C, Directory;
    HMISParticipatingProject:  Fy2022,   Whole,      Required,  lists::L1_7,    Directory;
    TargetPopulation:          All,      Whole,      Nullable,  lists::L2_02_7, Directory;
    HOPWAMedAssistedLivingFac: All,      Whole,      Nullable,  lists::L2_02_8, Directory;
    PITCount:                  All,      Whole,      Nullable,  ANY,            Directory;
    DateCreated:               All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:               All,      Moment,     Required,  ANY,            Structure;
    UserID:                    All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:               All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:                  All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Funder.csv`.
    FUNDER
    FunderID:    All,      Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:   All,      Text(32),   Required,  ANY,            Directory, deciding;
    Funder:      All,      Whole,      Required,  lists::L2_06_1, Directory, deciding;
    OtherFunder: All,      Text(100),  Nullable,  ANY,            Directory;
    GrantID:     All,      Text(100),  Required,  ANY,            Directory;
    StartDate:   All,      Date,       Required,  ANY,            Directory;
    EndDate:     All,      Date,       Nullable,  ANY,            Directory;
    DateCreated: All,      Moment,     Required,  ANY,            Structure;
    DateUpdated: All,      Moment,     Required,  ANY,            Structure;
    UserID:      All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted: All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:    All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `ProjectCoC.csv`.
    PROJECT_COC
    ProjectCoCID:  All,      Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:     All,      Text(32),   Required,  ANY,            Directory, deciding;
    CoCCode:       All,      Text(6),    Required,  ANY,            Directory;
    Geocode:       All,      Text(6),    Required,  ANY,            Directory;
    Address1:      All,      Text(100),  Nullable,  ANY,            Directory;
    Address2:      All,      Text(100),  Nullable,  ANY,            Directory;
    City:          All,      Text(50),   Nullable,  ANY,            Directory;
    State:         All,      Text(2),    Nullable,  ANY,            Directory;
    ZIP:           All,      Text(5),    Nullable,  ANY,            Directory;
    GeographyType: All,      Whole,      Nullable,  lists::L2_03_4, Directory;
    DateCreated:   All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:   All,      Moment,     Required,  ANY,            Structure;
    UserID:        All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:   All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:      All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Inventory.csv`.
    INVENTORY
    InventoryID:          All,      Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:            All,      Text(32),   Required,  ANY,            Directory, deciding;
    CoCCode:              All,      Text(6),    Required,  ANY,            Directory;
    HouseholdType:        All,      Whole,      Required,  lists::L2_07_4, Directory;
    Availability:         All,      Whole,      Nullable,  lists::L2_07_6, Directory;
    UnitInventory:        All,      Whole,      Required,  ANY,            Directory;
    BedInventory:         All,      Whole,      Required,  ANY,            Directory;
    CHVetBedInventory:    All,      Whole,      Nullable,  ANY,            Directory;
    YouthVetBedInventory: All,      Whole,      Nullable,  ANY,            Directory;
    VetBedInventory:      All,      Whole,      Nullable,  ANY,            Directory;
    CHYouthBedInventory:  All,      Whole,      Nullable,  ANY,            Directory;
    YouthBedInventory:    All,      Whole,      Nullable,  ANY,            Directory;
    CHBedInventory:       All,      Whole,      Nullable,  ANY,            Directory;
    OtherBedInventory:    All,      Whole,      Nullable,  ANY,            Directory;
    ESBedType:            All,      Whole,      Nullable,  lists::L2_07_5, Directory;
    InventoryStartDate:   All,      Date,       Required,  ANY,            Directory;
    InventoryEndDate:     All,      Date,       Nullable,  ANY,            Directory;
    DateCreated:          All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:          All,      Moment,     Required,  ANY,            Structure;
    UserID:               All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:          All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:             All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Affiliation.csv`.
    AFFILIATION
    AffiliationID: All,      Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:     All,      Text(32),   Required,  ANY,            Directory, deciding;
    ResProjectID:  All,      Text(32),   Required,  ANY,            Directory;
    DateCreated:   All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:   All,      Moment,     Required,  ANY,            Structure;
    UserID:        All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:   All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:      All,      Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `HMISParticipation.csv`.
    HMIS_PARTICIPATION
    HMISParticipationID:              From2024, Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:                        From2024, Text(32),   Required,  ANY,            Directory, deciding;
    HMISParticipationType:            From2024, Whole,      Required,  lists::L2_08_1, Directory, deciding;
    HMISParticipationStatusStartDate: From2024, Date,       Required,  ANY,            Directory;
    HMISParticipationStatusEndDate:   From2024, Date,       Nullable,  ANY,            Directory;
    DateCreated:                      From2024, Moment,     Required,  ANY,            Structure;
    DateUpdated:                      From2024, Moment,     Required,  ANY,            Structure;
    UserID:                           From2024, Text(32),   Required,  ANY,            Structure;
    DateDeleted:                      From2024, Moment,     Nullable,  ANY,            Structure;
    ExportID:                         From2024, Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `CEParticipation.csv`.
    CE_PARTICIPATION
    CEParticipationID:              From2024, Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:                      From2024, Text(32),   Required,  ANY,            Directory, deciding;
    AccessPoint:                    From2024, Whole,      Required,  lists::L1_10,   Directory;
    PreventionAssessment:           From2024, Whole,      Nullable,  lists::L1_10,   Directory;
    CrisisAssessment:               From2024, Whole,      Nullable,  lists::L1_10,   Directory;
    HousingAssessment:              From2024, Whole,      Nullable,  lists::L1_10,   Directory;
    DirectServices:                 From2024, Whole,      Nullable,  lists::L1_10,   Directory;
    ReceivesReferrals:              From2024, Whole,      Required,  lists::L1_10,   Directory;
    CEParticipationStatusStartDate: From2024, Date,       Required,  ANY,            Directory;
    CEParticipationStatusEndDate:   From2024, Date,       Nullable,  ANY,            Directory;
    DateCreated:                    From2024, Moment,     Required,  ANY,            Structure;
    DateUpdated:                    From2024, Moment,     Required,  ANY,            Structure;
    UserID:                         From2024, Text(32),   Required,  ANY,            Structure;
    DateDeleted:                    From2024, Moment,     Nullable,  ANY,            Structure;
    ExportID:                       From2024, Text(32),   Required,  ANY,            Structure;
}
