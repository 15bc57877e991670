//! Columns of `Client.csv`: who a client is.
//!
//! Names, types and null rules of the HUD HMIS CSV formats FY2022, FY2024 and FY2026, one line a column.

use super::prelude::*;

columns! {
    /// `Client.csv`.
    CLIENT
    PersonalID:              All,      Text(32),   Required,  ANY,            Structure, deciding;
    FirstName:               All,      Text(50),   Nullable,  ANY,            In(Demographics);
    MiddleName:              All,      Text(50),   Nullable,  ANY,            In(Demographics);
    LastName:                All,      Text(50),   Nullable,  ANY,            In(Demographics);
    NameSuffix:              All,      Text(50),   Nullable,  ANY,            In(Demographics);
    NameDataQuality:         All,      Whole,      Required,  lists::L3_01_5, In(Demographics);
    SSN:                     All,      Text(9),    Nullable,  ANY,            In(Ssn);
    SSNDataQuality:          All,      Whole,      Required,  lists::L3_02_2, In(Ssn);
    DOB:                     All,      Date,       Nullable,  ANY,            In(Demographics);
    DOBDataQuality:          All,      Whole,      Required,  lists::L3_03_2, In(Demographics);
    Sex:                     Fy2026,   Whole,      Nullable,  lists::L4_21,   In(Demographics);
    AmIndAKNative:           All,      Whole,      Required,  lists::L1_7,    In(Demographics);
    Asian:                   Fy2022,   Whole,      Required,  lists::L1_7,    In(Demographics);
    Asian:                   From2024, Whole,      Required,  lists::L1_10,   In(Demographics);
    BlackAfAmerican:         Fy2022,   Whole,      Required,  lists::L1_7,    In(Demographics);
    BlackAfAmerican:         From2024, Whole,      Required,  lists::L1_10,   In(Demographics);
    HispanicLatinao:         From2024, Whole,      Required,  lists::L1_10,   In(Demographics), also "HispanicLatinaeo";
    MidEastNAfrican:         From2024, Whole,      Required,  lists::L1_10,   In(Demographics);
    NativeHIPacific:         Fy2022,   Whole,      Required,  lists::L1_7,    In(Demographics);
    NativeHIPacific:         From2024, Whole,      Required,  lists::L1_10,   In(Demographics);
    White:                   Fy2022,   Whole,      Required,  lists::L1_7,    In(Demographics);
    White:                   From2024, Whole,      Required,  lists::L1_10,   In(Demographics);
    RaceNone:                All,      Whole,      Nullable,  lists::L1_6,    In(Demographics);
    AdditionalRaceEthnicity: From2024, Text(100),  Nullable,  ANY,            In(Demographics);
    Ethnicity:               Fy2022,   Whole,      Required,  lists::L1_8,    In(Demographics);
    Female:                  Fy2022,   Whole,      Required,  lists::L1_7,    Withheld;
    Male:                    Fy2022,   Whole,      Required,  lists::L1_7,    Withheld;
    NoSingleGender:          Fy2022,   Whole,      Required,  lists::L1_7,    Withheld;
    Transgender:             Fy2022,   Whole,      Required,  lists::L1_7,    Withheld;
    Questioning:             Fy2022,   Whole,      Required,  lists::L1_7,    Withheld;
    Woman:                   Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    Man:                     Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    NonBinary:               Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    CulturallySpecific:      Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    Transgender:             Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    Questioning:             Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    DifferentIdentity:       Fy2024,   Whole,      Required,  lists::L1_10,   Withheld;
    GenderNone:              To2024,   Whole,      Nullable,  lists::L1_6,    Withheld;
    DifferentIdentityText:   Fy2024,   Text(100),  Nullable,  ANY,            Withheld;
    VeteranStatus:           All,      Whole,      Required,  lists::L1_8,    In(Veteran);
    YearEnteredService:      All,      Whole,      Nullable,  ANY,            In(Veteran);
    YearSeparated:           All,      Whole,      Nullable,  ANY,            In(Veteran);
    WorldWarII:              All,      Whole,      Nullable,  lists::L1_8,    In(Veteran);
    KoreanWar:               All,      Whole,      Nullable,  lists::L1_8,    In(Veteran);
    VietnamWar:              All,      Whole,      Nullable,  lists::L1_8,    In(Veteran);
    DesertStorm:             All,      Whole,      Nullable,  lists::L1_8,    In(Veteran);
    AfghanistanOEF:          All,      Whole,      Nullable,  lists::L1_8,    In(Veteran);
    IraqOIF:                 All,      Whole,      Nullable,  lists::L1_8,    In(Veteran);
    IraqOND:                 All,      Whole,      Nullable,  lists::L1_8,    In(Veteran);
    OtherTheater:            All,      Whole,      Nullable,  lists::L1_8,    In(Veteran);
    MilitaryBranch:          All,      Whole,      Nullable,  lists::LV1_11,  In(Veteran);
    DischargeStatus:         All,      Whole,      Nullable,  lists::LV1_12,  In(Veteran);
    DateCreated:             All,      Moment,     Required,  ANY,            Structure;
    DateUpdated:             All,      Moment,     Required,  ANY,            Structure;
    UserID:                  All,      Text(32),   Required,  ANY,            Structure;
    DateDeleted:             All,      Moment,     Nullable,  ANY,            Structure;
    ExportID:                All,      Text(32),   Required,  ANY,            Structure;
}
