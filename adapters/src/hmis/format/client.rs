//! Columns of `Client.csv`: who a client is.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `Client.csv`.
    CLIENT
    PersonalID:              Both,     Text(32),   Required,  ANY,            Structure, deciding;
    FirstName:               Both,     Text(50),   Nullable,  ANY,            In(Demographics);
    MiddleName:              Both,     Text(50),   Nullable,  ANY,            In(Demographics);
    LastName:                Both,     Text(50),   Nullable,  ANY,            In(Demographics);
    NameSuffix:              Both,     Text(50),   Nullable,  ANY,            In(Demographics);
    NameDataQuality:         Both,     Whole,      Required,  lists::L3_01_5, In(Demographics);
    SSN:                     Both,     Text(9),    Nullable,  ANY,            In(Ssn);
    SSNDataQuality:          Both,     Whole,      Required,  lists::L3_02_2, In(Ssn);
    DOB:                     Both,     Date,       Nullable,  ANY,            In(Demographics);
    DOBDataQuality:          Both,     Whole,      Required,  lists::L3_03_2, In(Demographics);
    Sex:                     Fy2026,   Whole,      Nullable,  lists::L4_21,   In(Demographics);
    AmIndAKNative:           Both,     Whole,      Required,  lists::L1_7,    In(Demographics);
    Asian:                   Both,     Whole,      Required,  lists::L1_10,   In(Demographics);
    BlackAfAmerican:         Both,     Whole,      Required,  lists::L1_10,   In(Demographics);
    HispanicLatinao:         Both,     Whole,      Required,  lists::L1_10,   In(Demographics), also "HispanicLatinaeo";
    MidEastNAfrican:         Both,     Whole,      Required,  lists::L1_10,   In(Demographics);
    NativeHIPacific:         Both,     Whole,      Required,  lists::L1_10,   In(Demographics);
    White:                   Both,     Whole,      Required,  lists::L1_10,   In(Demographics);
    RaceNone:                Both,     Whole,      Nullable,  lists::L1_6,    In(Demographics);
    AdditionalRaceEthnicity: Both,     Text(100),  Nullable,  ANY,            In(Demographics);
    Woman:                   Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    Man:                     Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    NonBinary:               Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    CulturallySpecific:      Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    Transgender:             Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    Questioning:             Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    DifferentIdentity:       Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    GenderNone:              Fy2024,   Whole,      Nullable,  lists::L1_6,    Withheld;
    DifferentIdentityText:   Fy2024,   Text(100),  Nullable,  ANY,            Withheld;
    VeteranStatus:           Both,     Whole,      Required,  lists::L1_8,    In(Veteran);
    YearEnteredService:      Both,     Whole,      Nullable,  ANY,            In(Veteran);
    YearSeparated:           Both,     Whole,      Nullable,  ANY,            In(Veteran);
    WorldWarII:              Both,     Whole,      Nullable,  lists::L1_8,    In(Veteran);
    KoreanWar:               Both,     Whole,      Nullable,  lists::L1_8,    In(Veteran);
    VietnamWar:              Both,     Whole,      Nullable,  lists::L1_8,    In(Veteran);
    DesertStorm:             Both,     Whole,      Nullable,  lists::L1_8,    In(Veteran);
    AfghanistanOEF:          Both,     Whole,      Nullable,  lists::L1_8,    In(Veteran);
    IraqOIF:                 Both,     Whole,      Nullable,  lists::L1_8,    In(Veteran);
    IraqOND:                 Both,     Whole,      Nullable,  lists::L1_8,    In(Veteran);
    OtherTheater:            Both,     Whole,      Nullable,  lists::L1_8,    In(Veteran);
    MilitaryBranch:          Both,     Whole,      Nullable,  lists::LV1_11,  In(Veteran);
    DischargeStatus:         Both,     Whole,      Nullable,  lists::LV1_12,  In(Veteran);
    DateCreated:             Both,     Moment,     Required,  ANY,            Structure;
    DateUpdated:             Both,     Moment,     Required,  ANY,            Structure;
    UserID:                  Both,     Text(32),   Required,  ANY,            Structure;
    DateDeleted:             Both,     Moment,     Nullable,  ANY,            Structure;
    ExportID:                Both,     Text(32),   Required,  ANY,            Structure;
}
