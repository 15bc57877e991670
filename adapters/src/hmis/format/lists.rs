//! Code lists of the HUD HMIS data standards: which numbers a column may hold. The years in one where they differ only
//! in what a later one adds; lists of FY2022 whose numbers mean something else stand for themselves, at the end.

/// List 1.9.
pub(super) const L1_9: &[u16] = &[1, 2, 3, 4];
/// List 1.1.
pub(super) const L1_1: &[u16] = &[1, 3, 4];
/// List 1.2.
pub(super) const L1_2: &[u16] = &[1, 2, 3];
/// List 1.5.
pub(super) const L1_5: &[u16] = &[1, 2, 3, 4];
/// List 1.10.
pub(super) const L1_10: &[u16] = &[0, 1];
/// List 2.02.6.
pub(super) const L2_02_6: &[u16] = &[0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14];
/// List 2.02.D.
pub(super) const L2_02_D: &[u16] = &[1, 2, 3];
/// List 2.02.A.
pub(super) const L2_02_A: &[u16] = &[1, 2];
/// List 2.02.7.
pub(super) const L2_02_7: &[u16] = &[1, 3, 4];
/// List 2.02.8.
pub(super) const L2_02_8: &[u16] = &[0, 1, 2];
/// List 2.06.1.
pub(super) const L2_06_1: &[u16] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 30,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56,
];
/// List 2.03.4.
pub(super) const L2_03_4: &[u16] = &[1, 2, 3, 99];
/// List 2.07.4.
pub(super) const L2_07_4: &[u16] = &[1, 3, 4];
/// List 2.07.6.
pub(super) const L2_07_6: &[u16] = &[1, 2, 3];
/// List 2.07.5.
pub(super) const L2_07_5: &[u16] = &[1, 2, 3];
/// List 2.08.1.
pub(super) const L2_08_1: &[u16] = &[0, 1, 2];
/// List 3.01.5.
pub(super) const L3_01_5: &[u16] = &[1, 2, 8, 9, 99];
/// List 3.02.2.
pub(super) const L3_02_2: &[u16] = &[1, 2, 8, 9, 99];
/// List 3.03.2.
pub(super) const L3_03_2: &[u16] = &[1, 2, 8, 9, 99];
/// List 4.21.
pub(super) const L4_21: &[u16] = &[0, 1, 8, 9, 99];
/// List 1.7.
pub(super) const L1_7: &[u16] = &[0, 1, 99];
/// List 1.6.
pub(super) const L1_6: &[u16] = &[8, 9, 99];
/// List 1.8.
pub(super) const L1_8: &[u16] = &[0, 1, 8, 9, 99];
/// List V1.11.
pub(super) const LV1_11: &[u16] = &[1, 2, 3, 4, 6, 7, 8, 9, 99];
/// List V1.12.
pub(super) const LV1_12: &[u16] = &[1, 2, 4, 5, 6, 7, 8, 9, 99];
/// List 3.15.1.
pub(super) const L3_15_1: &[u16] = &[1, 2, 3, 4, 5, 99];
/// List 3.12.1, less what `LivingSituation` may not hold.
pub(super) const ENTRY_SITUATION: &[u16] = &[
    8, 9, 99, 101, 116, 118, 204, 205, 206, 207, 215, 225, 302, 314, 329, 332, 335, 336, 410, 411, 421, 435,
];
/// List 3.12.A.
pub(super) const L3_12_A: &[u16] = &[419, 420, 428, 431, 433, 434, 436, 437, 438, 439, 440];
/// List 3.917.2.
pub(super) const L3_917_2: &[u16] = &[2, 3, 4, 5, 8, 9, 10, 11, 99];
/// List 3.917.4.
pub(super) const L3_917_4: &[u16] = &[1, 2, 3, 4, 8, 9, 99];
/// List 3.917.5.
pub(super) const L3_917_5: &[u16] = &[
    8, 9, 99, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113,
];
/// List P3.A.
pub(super) const LP3_A: &[u16] = &[1, 2, 3];
/// List V4.1.
pub(super) const LV4_1: &[u16] = &[1, 2, 3, 4, 99];
/// List R1.1.
pub(super) const LR1_1: &[u16] = &[1, 2, 7, 8, 9, 11, 18, 28, 30, 34, 35, 37, 38, 39, 99];
/// List R2.A.
pub(super) const LR2_A: &[u16] = &[1, 2, 3, 4, 99];
/// List LR3_1.
pub(super) const LR3_1: &[u16] = &[1, 2, 3, 4, 5, 6, 8, 9, 99];
/// List R11.A.
pub(super) const LR11_A: &[u16] = &[1, 2, 3];
/// List V7.A.
pub(super) const LV7_A: &[u16] = &[0, 1, 2, 3, 99];
/// List V7.B.
pub(super) const LV7_B: &[u16] = &[0, 1, 2, 3, 99];
/// List V7.C.
pub(super) const LV7_C: &[u16] = &[0, 1, 2, 99];
/// List V7.G.
pub(super) const LV7_G: &[u16] = &[0, 1, 2, 99];
/// List V7.I.
pub(super) const LV7_I: &[u16] = &[0, 1, 2, 99];
/// List V7.O.
pub(super) const LV7_O: &[u16] = &[0, 1, 2, 99];
/// List V10.
pub(super) const LV10: &[u16] = &[1, 2, 3, 4];
/// List 3.12.1, less what `Destination` may not hold.
pub(super) const DESTINATION: &[u16] = &[
    8, 9, 17, 24, 30, 99, 101, 116, 118, 204, 205, 206, 207, 215, 225, 302, 312, 313, 314, 327, 329, 332,
    410, 411, 421, 422, 423, 426, 435,
];
/// List W5.1.
pub(super) const LW5_1: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99];
/// List R17.1.
pub(super) const LR17_1: &[u16] = &[1, 2, 3];
/// List R17.A.
pub(super) const LR17_A: &[u16] = &[1, 2, 3, 4, 5, 6];
/// List R15.B.
pub(super) const LR15_B: &[u16] = &[1, 2, 3, 4, 8, 9, 99];
/// List R19.A.
pub(super) const LR19_A: &[u16] = &[0, 1, 2];
/// List R20.2.
pub(super) const LR20_2: &[u16] = &[0, 1, 9];
/// List V9.1.
pub(super) const LV9_1: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
/// List 4.04.A.
pub(super) const L4_04_A: &[u16] = &[1, 2, 3, 4, 8, 9, 99];
/// List W3.
pub(super) const LW3: &[u16] = &[1, 2, 3, 4, 8, 9, 99];
/// List 5.03.1.
pub(super) const L5_03_1: &[u16] = &[1, 2, 3, 5, 6];
/// List 4.11.A.
pub(super) const L4_11_A: &[u16] = &[1, 2, 3, 4, 8, 9, 99];
/// List R7.1.
pub(super) const LR7_1: &[u16] = &[1, 2, 3, 4, 5, 8, 9, 99];
/// List R4.1.
pub(super) const LR4_1: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 99];
/// List R5.1.
pub(super) const LR5_1: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 99];
/// List R6.A.
pub(super) const LR6_A: &[u16] = &[1, 2, 3, 99];
/// List R6.B.
pub(super) const LR6_B: &[u16] = &[1, 2, 3, 99];
/// List 1.3.
pub(super) const L1_3: &[u16] = &[5, 6, 7, 8, 9, 10];
/// List W4.B.
pub(super) const LW4_B: &[u16] = &[1, 2, 3];
/// List W4.3.
pub(super) const LW4_3: &[u16] = &[0, 1, 2, 8, 9, 99];
/// List 1.4.
pub(super) const L1_4: &[u16] = &[141, 142, 143, 144, 151, 152, 161, 200, 210, 300];
/// List P2.A.
pub(super) const LP2_A: &[u16] = &[1, 2, 3];
/// List 3.12.1, less what `CurrentLivingSituation` may not hold.
pub(super) const CURRENT_SITUATION: &[u16] = &[
    8, 9, 17, 37, 99, 101, 116, 118, 204, 205, 206, 207, 215, 225, 302, 314, 329, 332, 335, 336, 410, 411,
    421, 435,
];
/// List 4.19.3.
pub(super) const L4_19_3: &[u16] = &[1, 2, 3];
/// List 4.19.4.
pub(super) const L4_19_4: &[u16] = &[1, 2];
/// List 4.19.7.
pub(super) const L4_19_7: &[u16] = &[1, 2];
/// List 4.20.2.
pub(super) const L4_20_2: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];
/// List 4.20.D.
pub(super) const L4_20_D: &[u16] = &[1, 2, 3];
/// List C3.2.
pub(super) const LC3_2: &[u16] = &[0, 1, 2, 8, 9, 99];
/// List C3.A.
pub(super) const LC3_A: &[u16] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99];
/// List C3.B.
pub(super) const LC3_B: &[u16] = &[0, 1, 2, 3, 4, 8, 9, 99];
/// List P1.2.
pub(super) const LP1_2: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14];
/// List R14.2.
pub(super) const LR14_2: &[u16] = &[2, 5, 6, 7, 8, 10, 12, 13, 14, 17, 18, 26, 27, 28, 29];
/// List W1.2.
pub(super) const LW1_2: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
/// List V2.2.
pub(super) const LV2_2: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/// List W2.2.
pub(super) const LW2_2: &[u16] = &[1, 2, 3, 4, 7];
/// List V3.4.
pub(super) const LV3_4: &[u16] = &[1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18];
/// List P2.2.
pub(super) const LP2_2: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
/// List 4.14.
pub(super) const L4_14: &[u16] = &[200];
/// List V8.2.
pub(super) const LV8_2: &[u16] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
/// List C2.2.
pub(super) const LC2_2: &[u16] = &[1, 2, 3, 4, 5];
/// List 4.10.2.
pub(super) const L4_10_2: &[u16] = &[0, 1, 2, 3, 8, 9, 99];
/// List V5.6 (FY2022 only).
pub(super) const LV5_6: &[u16] = &[1, 2, 8, 9, 99];
/// List C1.1 and C1.2 (FY2022 only).
pub(super) const LC1_1: &[u16] = &[0, 1, 2, 3, 4, 8, 9, 99];
/// List 2.02.C (FY2022 only).
pub(super) const L2_02_C: &[u16] = &[0, 3];
/// List 2.02.6 of FY2022: one number for every emergency shelter.
pub(super) const L2_02_6_2022: &[u16] = &[1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14];
/// List V4.1 of FY2022.
pub(super) const LV4_1_2022: &[u16] = &[1, 2, 3, 99];
/// List 3.12.1 of FY2022, less what `LivingSituation` may not hold.
pub(super) const ENTRY_SITUATION_2022: &[u16] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 18, 19, 20, 21, 25, 28, 29, 31, 32, 33, 34, 35, 36, 99,
];
/// List 3.12.1 of FY2022, less what `CurrentLivingSituation` may not hold.
pub(super) const CURRENT_SITUATION_2022: &[u16] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21, 25, 28, 29, 31, 32, 33, 34, 35, 36,
    37, 99,
];
/// List 3.12.1 of FY2022, less what `Destination` may not hold.
pub(super) const DESTINATION_2022: &[u16] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30, 31, 32, 33, 34, 99,
];
