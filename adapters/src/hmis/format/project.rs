//! Columns of the files that are about projects and the export, not about clients.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `Export.csv`.
    EXPORT
    ExportID:               Both,     Text(32),   Required,  ANY,            Structure, deciding;
    SourceType:             Both,     Whole,      Required,  lists::L1_9,    Directory;
    SourceID:               Both,     Text(350),  Nullable,  ANY,            Directory;
    SourceName:             Both,     Text(50),   Nullable,  ANY,            Directory;
    SourceContactFirst:     Both,     Text(50),   Nullable,  ANY,            Directory;
    SourceContactLast:      Both,     Text(50),   Nullable,  ANY,            Directory;
    SourceContactPhone:     Both,     Text(10),   Nullable,  ANY,            Directory;
    SourceContactExtension: Both,     Text(5),    Nullable,  ANY,            Directory;
    SourceContactEmail:     Both,     Text(320),  Nullable,  ANY,            Directory;
    ExportDate:             Both,     Moment,     Required,  ANY,            Directory, deciding;
    ExportStartDate:        Both,     Date,       Required,  ANY,            Directory;
    ExportEndDate:          Both,     Date,       Required,  ANY,            Directory;
    SoftwareName:           Both,     Text(50),   Required,  ANY,            Directory;
    SoftwareVersion:        Both,     Text(50),   Nullable,  ANY,            Directory;
    CSVVersion:             Both,     Text(50),   Nullable,  ANY,            Directory;
    ExportPeriodType:       Both,     Whole,      Required,  lists::L1_1,    Directory;
    ExportDirective:        Both,     Whole,      Required,  lists::L1_2,    Directory;
    HashStatus:             Both,     Whole,      Required,  lists::L1_5,    Directory, deciding;
    ImplementationID:       Both,     Text(200),  Required,  ANY,            Directory;
}

columns! {
    /// `User.csv`.
    USER
    UserID:        Both,     Text(32),   Required,  ANY,            Structure, deciding;
    UserFirstName: Both,     Text(50),   Nullable,  ANY,            Directory;
    UserLastName:  Both,     Text(50),   Nullable,  ANY,            Directory;
    UserPhone:     Both,     Text(10),   Nullable,  ANY,            Directory;
    UserExtension: Both,     Text(5),    Nullable,  ANY,            Directory;
    UserEmail:     Both,     Text(320),  Nullable,  ANY,            Directory;
    DateCreated:   Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:   Both,     Moment,     Required,  ANY,            Structure;
    DateDeleted:   Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:      Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Organization.csv`.
    ORGANIZATION
    OrganizationID:         Both,     Text(32),   Required,  ANY,            Structure, deciding;
    OrganizationName:       Both,     Text(200),  Required,  ANY,            Directory;
    VictimServiceProvider:  Both,     Whole,      Required,  lists::L1_10,   Directory, deciding;
    OrganizationCommonName: Both,     Text(200),  Nullable,  ANY,            Directory;
    DateCreated:            Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:            Both,     Moment,     Required,  ANY,            Structure;
    UserID:                 Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:            Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:               Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Project.csv`.
    PROJECT
    ProjectID:                 Both,     Text(32),   Required,  ANY,            Structure, deciding;
    OrganizationID:            Both,     Text(32),   Required,  ANY,            Directory, deciding;
    ProjectName:               Both,     Text(200),  Required,  ANY,            Directory;
    ProjectCommonName:         Both,     Text(200),  Nullable,  ANY,            Directory;
    OperatingStartDate:        Both,     Date,       Required,  ANY,            Directory;
    OperatingEndDate:          Both,     Date,       Nullable,  ANY,            Directory;
    ContinuumProject:          Both,     Whole,      Required,  lists::L1_10,   Directory;
    ProjectType:               Both,     Whole,      Nullable,  lists::L2_02_6, Directory;
    HousingType:               Both,     Whole,      Nullable,  lists::L2_02_D, Directory;
    RRHSubType:                Both,     Whole,      Nullable,  lists::L2_02_A, Directory;
    ResidentialAffiliation:    Both,     Whole,      Nullable,  lists::L1_10,   Directory;
    TargetPopulation:          Both,     Whole,      Nullable,  lists::L2_02_7, Directory;
    HOPWAMedAssistedLivingFac: Both,     Whole,      Nullable,  lists::L2_02_8, Directory;
    PITCount:                  Both,     Whole,      Nullable,  ANY,            Directory;
    DateCreated:               Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:               Both,     Moment,     Required,  ANY,            Structure;
    UserID:                    Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:               Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                  Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Funder.csv`.
    FUNDER
    FunderID:    Both,     Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:   Both,     Text(32),   Required,  ANY,            Directory, deciding;
    Funder:      Both,     Whole,      Required,  lists::L2_06_1, Directory, deciding;
    OtherFunder: Both,     Text(100),  Nullable,  ANY,            Directory;
    GrantID:     Both,     Text(100),  Required,  ANY,            Directory;
    StartDate:   Both,     Date,       Required,  ANY,            Directory;
    EndDate:     Both,     Date,       Nullable,  ANY,            Directory;
    DateCreated: Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated: Both,     Moment,     Required,  ANY,            Structure;
    UserID:      Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted: Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:    Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `ProjectCoC.csv`.
    PROJECT_COC
    ProjectCoCID:  Both,     Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:     Both,     Text(32),   Required,  ANY,            Directory, deciding;
    CoCCode:       Both,     Text(6),    Required,  ANY,            Directory;
    Geocode:       Both,     Text(6),    Required,  ANY,            Directory;
    Address1:      Both,     Text(100),  Nullable,  ANY,            Directory;
    Address2:      Both,     Text(100),  Nullable,  ANY,            Directory;
    City:          Both,     Text(50),   Nullable,  ANY,            Directory;
    State:         Both,     Text(2),    Nullable,  ANY,            Directory;
    ZIP:           Both,     Text(5),    Nullable,  ANY,            Directory;
    GeographyType: Both,     Whole,      Nullable,  lists::L2_03_4, Directory;
    DateCreated:   Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:   Both,     Moment,     Required,  ANY,            Structure;
    UserID:        Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:   Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:      Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Inventory.csv`.
    INVENTORY
    InventoryID:          Both,     Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:            Both,     Text(32),   Required,  ANY,            Directory, deciding;
    CoCCode:              Both,     Text(6),    Required,  ANY,            Directory;
    HouseholdType:        Both,     Whole,      Required,  lists::L2_07_4, Directory;
    Availability:         Both,     Whole,      Nullable,  lists::L2_07_6, Directory;
    UnitInventory:        Both,     Whole,      Required,  ANY,            Directory;
    BedInventory:         Both,     Whole,      Required,  ANY,            Directory;
    CHVetBedInventory:    Both,     Whole,      Nullable,  ANY,            Directory;
    YouthVetBedInventory: Both,     Whole,      Nullable,  ANY,            Directory;
    VetBedInventory:      Both,     Whole,      Nullable,  ANY,            Directory;
    CHYouthBedInventory:  Both,     Whole,      Nullable,  ANY,            Directory;
    YouthBedInventory:    Both,     Whole,      Nullable,  ANY,            Directory;
    CHBedInventory:       Both,     Whole,      Nullable,  ANY,            Directory;
    OtherBedInventory:    Both,     Whole,      Nullable,  ANY,            Directory;
    ESBedType:            Both,     Whole,      Nullable,  lists::L2_07_5, Directory;
    InventoryStartDate:   Both,     Date,       Required,  ANY,            Directory;
    InventoryEndDate:     Both,     Date,       Nullable,  ANY,            Directory;
    DateCreated:          Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:          Both,     Moment,     Required,  ANY,            Structure;
    UserID:               Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:          Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:             Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `Affiliation.csv`.
    AFFILIATION
    AffiliationID: Both,     Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:     Both,     Text(32),   Required,  ANY,            Directory, deciding;
    ResProjectID:  Both,     Text(32),   Required,  ANY,            Directory;
    DateCreated:   Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:   Both,     Moment,     Required,  ANY,            Structure;
    UserID:        Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:   Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:      Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `HMISParticipation.csv`.
    HMIS_PARTICIPATION
    HMISParticipationID:              Both,     Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:                        Both,     Text(32),   Required,  ANY,            Directory, deciding;
    HMISParticipationType:            Both,     Whole,      Required,  lists::L2_08_1, Directory, deciding;
    HMISParticipationStatusStartDate: Both,     Date,       Required,  ANY,            Directory;
    HMISParticipationStatusEndDate:   Both,     Date,       Nullable,  ANY,            Directory;
    DateCreated:                      Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:                      Both,     Moment,     Required,  ANY,            Structure;
    UserID:                           Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:                      Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                         Both,     Text(32),   Required,  ANY,            Structure;
}

columns! {
    /// `CEParticipation.csv`.
    CE_PARTICIPATION
    CEParticipationID:              Both,     Text(32),   Required,  ANY,            Structure, deciding;
    ProjectID:                      Both,     Text(32),   Required,  ANY,            Directory, deciding;
    AccessPoint:                    Both,     Whole,      Required,  lists::L1_10,   Directory;
    PreventionAssessment:           Both,     Whole,      Nullable,  lists::L1_10,   Directory;
    CrisisAssessment:               Both,     Whole,      Nullable,  lists::L1_10,   Directory;
    HousingAssessment:              Both,     Whole,      Nullable,  lists::L1_10,   Directory;
    DirectServices:                 Both,     Whole,      Nullable,  lists::L1_10,   Directory;
    ReceivesReferrals:              Both,     Whole,      Required,  lists::L1_10,   Directory;
    CEParticipationStatusStartDate: Both,     Date,       Required,  ANY,            Directory;
    CEParticipationStatusEndDate:   Both,     Date,       Nullable,  ANY,            Directory;
    DateCreated:                    Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:                    Both,     Moment,     Required,  ANY,            Structure;
    UserID:                         Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:                    Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                       Both,     Text(32),   Required,  ANY,            Structure;
}
