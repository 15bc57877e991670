//! The header of every file of a FY2026 HMIS CSV export, in the order of the specification (HUD, FY2026 data
//! standards): names, case and order bind, since some readers match them exactly.

/// Header of `Export.csv`.
pub(super) const EXPORT: &str = "\
    ExportID,SourceType,SourceID,SourceName,SourceContactFirst,SourceContactLast,SourceContactPhone,\
    SourceContactExtension,SourceContactEmail,ExportDate,ExportStartDate,ExportEndDate,SoftwareName,\
    SoftwareVersion,CSVVersion,ExportPeriodType,ExportDirective,HashStatus,ImplementationID";

/// Header of `Organization.csv`.
pub(super) const ORGANIZATION: &str = "\
    OrganizationID,OrganizationName,VictimServiceProvider,OrganizationCommonName,DateCreated,DateUpdated,\
    UserID,DateDeleted,ExportID";

/// Header of `User.csv`.
pub(super) const USER: &str = "\
    UserID,UserFirstName,UserLastName,UserPhone,UserExtension,UserEmail,DateCreated,DateUpdated,\
    DateDeleted,ExportID";

/// Header of `Project.csv`.
pub(super) const PROJECT: &str = "\
    ProjectID,OrganizationID,ProjectName,ProjectCommonName,OperatingStartDate,OperatingEndDate,\
    ContinuumProject,ProjectType,HousingType,RRHSubType,ResidentialAffiliation,TargetPopulation,\
    HOPWAMedAssistedLivingFac,PITCount,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `Funder.csv`.
pub(super) const FUNDER: &str = "\
    FunderID,ProjectID,Funder,OtherFunder,GrantID,StartDate,EndDate,DateCreated,DateUpdated,UserID,\
    DateDeleted,ExportID";

/// Header of `ProjectCoC.csv`.
pub(super) const PROJECT_COC: &str = "\
    ProjectCoCID,ProjectID,CoCCode,Geocode,Address1,Address2,City,State,ZIP,GeographyType,DateCreated,\
    DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `Inventory.csv`.
pub(super) const INVENTORY: &str = "\
    InventoryID,ProjectID,CoCCode,HouseholdType,Availability,UnitInventory,BedInventory,\
    CHVetBedInventory,YouthVetBedInventory,VetBedInventory,CHYouthBedInventory,YouthBedInventory,\
    CHBedInventory,OtherBedInventory,ESBedType,InventoryStartDate,InventoryEndDate,DateCreated,\
    DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `Affiliation.csv`.
pub(super) const AFFILIATION: &str = "\
    AffiliationID,ProjectID,ResProjectID,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `HMISParticipation.csv`.
pub(super) const HMIS_PARTICIPATION: &str = "\
    HMISParticipationID,ProjectID,HMISParticipationType,HMISParticipationStatusStartDate,\
    HMISParticipationStatusEndDate,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `CEParticipation.csv`.
pub(super) const CE_PARTICIPATION: &str = "\
    CEParticipationID,ProjectID,AccessPoint,PreventionAssessment,CrisisAssessment,HousingAssessment,\
    DirectServices,ReceivesReferrals,CEParticipationStatusStartDate,CEParticipationStatusEndDate,\
    DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `Client.csv`.
pub(super) const CLIENT: &str = "\
    PersonalID,FirstName,MiddleName,LastName,NameSuffix,NameDataQuality,SSN,SSNDataQuality,DOB,\
    DOBDataQuality,Sex,AmIndAKNative,Asian,BlackAfAmerican,HispanicLatinao,MidEastNAfrican,\
    NativeHIPacific,White,RaceNone,AdditionalRaceEthnicity,VeteranStatus,YearEnteredService,\
    YearSeparated,WorldWarII,KoreanWar,VietnamWar,DesertStorm,AfghanistanOEF,IraqOIF,IraqOND,\
    OtherTheater,MilitaryBranch,DischargeStatus,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `Enrollment.csv`.
pub(super) const ENROLLMENT: &str = "\
    EnrollmentID,PersonalID,ProjectID,EntryDate,HouseholdID,RelationshipToHoH,EnrollmentCoC,\
    LivingSituation,RentalSubsidyType,LengthOfStay,LOSUnderThreshold,PreviousStreetESSH,DateToStreetESSH,\
    TimesHomelessPastThreeYears,MonthsHomelessPastThreeYears,DisablingCondition,DateOfEngagement,\
    MoveInDate,DateOfPATHStatus,ClientEnrolledInPATH,ReasonNotEnrolled,PercentAMI,ReferralSource,\
    CountOutreachReferralApproaches,DateOfBCPStatus,EligibleForRHY,ReasonNoServices,RunawayYouth,\
    FormerWardChildWelfare,ChildWelfareYears,ChildWelfareMonths,FormerWardJuvenileJustice,\
    JuvenileJusticeYears,JuvenileJusticeMonths,UnemploymentFam,MentalHealthDisorderFam,\
    PhysicalDisabilityFam,AlcoholDrugUseDisorderFam,InsufficientIncome,IncarceratedParent,VAMCStation,\
    TargetScreenReqd,TimeToHousingLoss,AnnualPercentAMI,LiteralHomelessHistory,ClientLeaseholder,\
    HOHLeaseholder,SubsidyAtRisk,EvictionHistory,CriminalRecord,IncarceratedAdult,PrisonDischarge,\
    SexOffender,DisabledHoH,CurrentPregnant,SingleParent,DependentUnder6,HH5Plus,CoCPrioritized,\
    HPScreeningScore,ThresholdScore,MentalHealthConsultation,DateCreated,DateUpdated,UserID,DateDeleted,\
    ExportID";

/// Header of `Exit.csv`.
pub(super) const EXIT: &str = "\
    ExitID,EnrollmentID,PersonalID,ExitDate,Destination,DestinationSubsidyType,OtherDestination,\
    HousingAssessment,SubsidyInformation,ProjectCompletionStatus,EarlyExitReason,ExchangeForSex,\
    ExchangeForSexPastThreeMonths,CountOfExchangeForSex,AskedOrForcedToExchangeForSex,\
    AskedOrForcedToExchangeForSexPastThreeMonths,WorkplaceViolenceThreats,WorkplacePromiseDifference,\
    CoercedToContinueWork,LaborExploitPastThreeMonths,CounselingReceived,IndividualCounseling,\
    FamilyCounseling,GroupCounseling,SessionCountAtExit,PostExitCounselingPlan,SessionsInPlan,\
    DestinationSafeClient,DestinationSafeWorker,PosAdultConnections,PosPeerConnections,\
    PosCommunityConnections,AftercareDate,AftercareProvided,EmailSocialMedia,Telephone,\
    InPersonIndividual,InPersonGroup,CMExitReason,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `IncomeBenefits.csv`.
pub(super) const INCOME_BENEFITS: &str = "\
    IncomeBenefitsID,EnrollmentID,PersonalID,InformationDate,IncomeFromAnySource,TotalMonthlyIncome,\
    Earned,EarnedAmount,Unemployment,UnemploymentAmount,SSI,SSIAmount,SSDI,SSDIAmount,\
    VADisabilityService,VADisabilityServiceAmount,VADisabilityNonService,VADisabilityNonServiceAmount,\
    PrivateDisability,PrivateDisabilityAmount,WorkersComp,WorkersCompAmount,TANF,TANFAmount,GA,GAAmount,\
    SocSecRetirement,SocSecRetirementAmount,Pension,PensionAmount,ChildSupport,ChildSupportAmount,\
    Alimony,AlimonyAmount,OtherIncomeSource,OtherIncomeAmount,OtherIncomeSourceIdentify,\
    BenefitsFromAnySource,SNAP,WIC,TANFChildCare,TANFTransportation,OtherTANF,OtherBenefitsSource,\
    OtherBenefitsSourceIdentify,InsuranceFromAnySource,Medicaid,NoMedicaidReason,Medicare,\
    NoMedicareReason,SCHIP,NoSCHIPReason,VHAServices,NoVHAReason,EmployerProvided,\
    NoEmployerProvidedReason,COBRA,NoCOBRAReason,PrivatePay,NoPrivatePayReason,StateHealthIns,\
    NoStateHealthInsReason,IndianHealthServices,NoIndianHealthServicesReason,OtherInsurance,\
    OtherInsuranceIdentify,ADAP,NoADAPReason,RyanWhiteMedDent,NoRyanWhiteReason,ConnectionWithSOAR,\
    DataCollectionStage,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `HealthAndDV.csv`.
pub(super) const HEALTH_AND_DV: &str = "\
    HealthAndDVID,EnrollmentID,PersonalID,InformationDate,DomesticViolenceSurvivor,WhenOccurred,\
    CurrentlyFleeing,GeneralHealthStatus,DentalHealthStatus,MentalHealthStatus,PregnancyStatus,DueDate,\
    DataCollectionStage,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `EmploymentEducation.csv`.
pub(super) const EMPLOYMENT_EDUCATION: &str = "\
    EmploymentEducationID,EnrollmentID,PersonalID,InformationDate,LastGradeCompleted,SchoolStatus,\
    Employed,EmploymentType,NotEmployedReason,DataCollectionStage,DateCreated,DateUpdated,UserID,\
    DateDeleted,ExportID";

/// Header of `Disabilities.csv`.
pub(super) const DISABILITIES: &str = "\
    DisabilitiesID,EnrollmentID,PersonalID,InformationDate,DisabilityType,DisabilityResponse,\
    IndefiniteAndImpairs,TCellCountAvailable,TCellCount,TCellSource,ViralLoadAvailable,ViralLoad,\
    ViralLoadSource,AntiRetroviral,DataCollectionStage,DateCreated,DateUpdated,UserID,DateDeleted,\
    ExportID";

/// Header of `Services.csv`.
pub(super) const SERVICES: &str = "\
    ServicesID,EnrollmentID,PersonalID,DateProvided,RecordType,TypeProvided,OtherTypeProvided,\
    MovingOnOtherType,SubTypeProvided,FAAmount,FAStartDate,FAEndDate,ReferralOutcome,DateCreated,\
    DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `CurrentLivingSituation.csv`.
pub(super) const CURRENT_LIVING_SITUATION: &str = "\
    CurrentLivingSitID,EnrollmentID,PersonalID,InformationDate,CurrentLivingSituation,CLSSubsidyType,\
    VerifiedBy,LeaveSituation14Days,SubsequentResidence,ResourcesToObtain,LeaseOwn60Day,MovedTwoOrMore,\
    LocationDetails,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `Assessment.csv`.
pub(super) const ASSESSMENT: &str = "\
    AssessmentID,EnrollmentID,PersonalID,AssessmentDate,AssessmentLocation,AssessmentType,\
    AssessmentLevel,PrioritizationStatus,DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `AssessmentQuestions.csv`.
pub(super) const ASSESSMENT_QUESTIONS: &str = "\
    AssessmentQuestionID,AssessmentID,EnrollmentID,PersonalID,AssessmentQuestionGroup,\
    AssessmentQuestionOrder,AssessmentQuestion,AssessmentAnswer,DateCreated,DateUpdated,UserID,\
    DateDeleted,ExportID";

/// Header of `AssessmentResults.csv`.
pub(super) const ASSESSMENT_RESULTS: &str = "\
    AssessmentResultID,AssessmentID,EnrollmentID,PersonalID,AssessmentResultType,AssessmentResult,\
    DateCreated,DateUpdated,UserID,DateDeleted,ExportID";

/// Header of `Event.csv`.
pub(super) const EVENT: &str = "\
    EventID,EnrollmentID,PersonalID,EventDate,Event,ProbSolDivRRResult,ReferralCaseManageAfter,\
    LocationCrisisOrPHHousing,ReferralResult,ResultDate,DateCreated,DateUpdated,UserID,DateDeleted,\
    ExportID";

/// Header of `YouthEducationStatus.csv`.
pub(super) const YOUTH_EDUCATION_STATUS: &str = "\
    YouthEducationStatusID,EnrollmentID,PersonalID,InformationDate,CurrentSchoolAttend,\
    MostRecentEdStatus,CurrentEdStatus,DataCollectionStage,DateCreated,DateUpdated,UserID,DateDeleted,\
    ExportID";
