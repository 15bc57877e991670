//! The six agencies of Riverton as the registry knows them: what each is in law, what it runs, on what terms.
//!
//! Keys for tokens are not here: the demo makes them when it starts and adds them.

use gateway_types::registry::{Agency, InstrumentInForce, PrivacyNotice, Programme, System};
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, GatewayRole, Instrument, InstrumentTerm, NoticeUse, Part2Status, Regime, Role,
    SystemKind,
};
use gateway_types::{AgencyId, Date, InvalidId, ProgrammeId, StaffId, SystemId, WordSet};

use crate::clinics::{CEDAR_ORGANISATION, HARBOR_ORGANISATION, LAKESIDE_ORGANISATION};

/// The HMIS lead.
pub const RIVERTON_HMIS: &str = "riverton-hmis";
/// The hospital.
pub const LAKESIDE_HOSPITAL: &str = "lakeside-hospital";
/// The opioid treatment programme.
pub const CEDAR_RECOVERY: &str = "cedar-recovery";
/// The crisis provider.
pub const HARBOR_CRISIS: &str = "harbor-crisis";
/// Who answers at the treatment programme for what it discloses in an emergency (42 CFR 2.51(c)(2)).
pub const EMERGENCY_DISCLOSER: &str = "md-oyelaran";
/// The police homeless outreach team.
pub const RIVERTON_PD_OUTREACH: &str = "riverton-pd-outreach";
/// The victim service provider.
pub const SAFE_HAVEN: &str = "safe-haven";

/// The registry's entries could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// An id is not one.
    #[error("an id of a registry entry is not valid")]
    Id(#[from] InvalidId),
    /// An entry cannot be written as TOML.
    #[error("a registry entry cannot be written as a file")]
    Text(#[from] toml::ser::Error),
}

fn words<W: gateway_types::Word>(list: &[W]) -> WordSet<W> {
    list.iter().copied().collect()
}

fn programme(
    id: &str,
    name: &str,
    regimes: &[Regime],
    source_names: &[&str],
) -> Result<Programme, InvalidId> {
    Ok(Programme {
        id: ProgrammeId::new(id)?,
        name: name.to_owned(),
        regimes: words(regimes),
        source_names: source_names.iter().map(|name| (*name).to_owned()).collect(),
        covers_unnamed: false,
    })
}

fn system(id: &str, kind: SystemKind) -> Result<System, InvalidId> {
    Ok(System {
        id: SystemId::new(id)?,
        kind,
        operator: None,
    })
}

fn instrument(kind: Instrument, terms: &[InstrumentTerm], effective: Date) -> InstrumentInForce {
    InstrumentInForce {
        kind,
        terms: words(terms),
        effective,
        expires: None,
    }
}

/// The registry entries of the six agencies, with instruments in force since `since`.
///
/// # Errors
/// [`InvalidId`] never in practice: the ids are constants.
pub fn agencies(since: Date) -> Result<Vec<Agency>, InvalidId> {
    Ok(vec![
        riverton_hmis(since)?,
        lakeside_hospital(since)?,
        cedar_recovery(since)?,
        harbor_crisis(since)?,
        riverton_pd_outreach(since)?,
        safe_haven(since)?,
    ])
}

/// The same entries as the files of a registry folder: name (`<id>.toml`) and text.
///
/// # Errors
/// [`RegistryError`] never in practice.
pub fn agency_files(since: Date) -> Result<Vec<(String, String)>, RegistryError> {
    agencies(since)?
        .iter()
        .map(|agency| Ok((format!("{}.toml", agency.id), agency_toml(agency)?)))
        .collect()
}

/// One entry as the text of its file.
///
/// # Errors
/// [`RegistryError::Text`] if it cannot be written.
pub fn agency_toml(agency: &Agency) -> Result<String, RegistryError> {
    Ok(toml::to_string_pretty(agency)?)
}

fn riverton_hmis(since: Date) -> Result<Agency, InvalidId> {
    let mut continuum = programme("continuum", "Riverton Continuum of Care", &[Regime::Hmis], &[])?;
    continuum.covers_unnamed = true;
    Ok(Agency {
        id: AgencyId::new(RIVERTON_HMIS)?,
        name: "Riverton HMIS".to_owned(),
        kind: AgencyKind::HmisLead,
        part2_program: Part2Status::No,
        flags: words(&[AgencyFlag::HmisParticipant, AgencyFlag::Governmental]),
        roles: words(&[
            Role::CaseManager,
            Role::OutreachWorker,
            Role::HousingNavigator,
            Role::ComplianceOfficer,
            Role::IntegrationAccount,
        ]),
        default_programme: Some(continuum.id.clone()),
        programmes: vec![continuum],
        systems: vec![system("riverton-hmis-database", SystemKind::Hmis)?],
        instruments: vec![instrument(Instrument::HmisParticipation, &[], since)],
        // The catalogue's word for an HMIS processor (0.6) is not in the vocabulary; this is its default.
        gateway_role: Some(GatewayRole::BusinessAssociate),
        privacy_notice: Some(PrivacyNotice {
            version: "2026-02".to_owned(),
            uses: words(&[
                NoticeUse::ServiceCoordination,
                NoticeUse::Administration,
                NoticeUse::Deidentification,
                NoticeUse::RequiredByLaw,
                NoticeUse::SeriousThreat,
            ]),
            // No police: what outreach officers get needs the client's written release.
            recipient_kinds: words(&[
                AgencyKind::BehavioralHealthProvider,
                AgencyKind::HomelessServices,
                AgencyKind::Hospital,
                AgencyKind::HmisLead,
            ]),
            describes_gateway: true,
        }),
        emergency_discloser: None,
        disaster_closures: Vec::new(),
        token_keys: Vec::new(),
    })
}

fn lakeside_hospital(since: Date) -> Result<Agency, InvalidId> {
    let general = programme(
        "lakeside-general",
        "Lakeside General Hospital",
        &[Regime::Hipaa],
        &[LAKESIDE_ORGANISATION],
    )?;
    Ok(Agency {
        id: AgencyId::new(LAKESIDE_HOSPITAL)?,
        name: "Lakeside Hospital".to_owned(),
        kind: AgencyKind::Hospital,
        part2_program: Part2Status::No,
        flags: words(&[AgencyFlag::HipaaCoveredEntity, AgencyFlag::HealthCareProvider]),
        roles: words(&[
            Role::Physician,
            Role::Nurse,
            Role::Clinician,
            Role::CaseManager,
            Role::IntegrationAccount,
        ]),
        default_programme: Some(general.id.clone()),
        programmes: vec![general],
        systems: vec![system("lakeside-ehr", SystemKind::OwnRecordSystem)?],
        instruments: vec![instrument(
            Instrument::Baa,
            &[InstrumentTerm::Baa504eContent],
            since,
        )],
        gateway_role: Some(GatewayRole::BusinessAssociate),
        privacy_notice: None,
        emergency_discloser: None,
        disaster_closures: Vec::new(),
        token_keys: Vec::new(),
    })
}

fn cedar_recovery(since: Date) -> Result<Agency, InvalidId> {
    let treatment = programme(
        "opioid-treatment",
        "Cedar Recovery Opioid Treatment Program",
        &[Regime::P2, Regime::Hipaa],
        &[CEDAR_ORGANISATION],
    )?;
    Ok(Agency {
        id: AgencyId::new(CEDAR_RECOVERY)?,
        name: "Cedar Recovery".to_owned(),
        kind: AgencyKind::SudProgram,
        part2_program: Part2Status::Yes,
        flags: words(&[
            AgencyFlag::HipaaCoveredEntity,
            AgencyFlag::HealthCareProvider,
            AgencyFlag::SudOnlyFacility,
        ]),
        roles: words(&[
            Role::Clinician,
            Role::Nurse,
            Role::ProgramStaff,
            Role::ProgramDirector,
            Role::IntegrationAccount,
        ]),
        default_programme: Some(treatment.id.clone()),
        programmes: vec![treatment],
        systems: vec![system("cedar-ehr", SystemKind::OwnRecordSystem)?],
        instruments: vec![
            instrument(
                Instrument::Qsoa,
                &[
                    InstrumentTerm::QsoaBoundByPart2,
                    InstrumentTerm::QsoaResistsProceedings,
                ],
                since,
            ),
            instrument(Instrument::Baa, &[InstrumentTerm::Baa504eContent], since),
        ],
        gateway_role: Some(GatewayRole::QualifiedServiceOrganization),
        privacy_notice: None,
        emergency_discloser: Some(StaffId::new(EMERGENCY_DISCLOSER)?),
        disaster_closures: Vec::new(),
        token_keys: Vec::new(),
    })
}

fn harbor_crisis(since: Date) -> Result<Agency, InvalidId> {
    let mobile = programme(
        "mobile-crisis",
        "Harbor Mobile Crisis",
        &[Regime::Hipaa],
        &[HARBOR_ORGANISATION],
    )?;
    Ok(Agency {
        id: AgencyId::new(HARBOR_CRISIS)?,
        name: "Harbor Crisis Services".to_owned(),
        kind: AgencyKind::BehavioralHealthProvider,
        part2_program: Part2Status::No,
        flags: words(&[AgencyFlag::HipaaCoveredEntity, AgencyFlag::HealthCareProvider]),
        roles: words(&[
            Role::Clinician,
            Role::Nurse,
            Role::CrisisCounselor,
            Role::PeerSpecialist,
            Role::IntegrationAccount,
        ]),
        default_programme: Some(mobile.id.clone()),
        programmes: vec![mobile],
        systems: vec![system("pavement-tablet", SystemKind::OwnRecordSystem)?],
        instruments: vec![instrument(
            Instrument::Baa,
            &[InstrumentTerm::Baa504eContent],
            since,
        )],
        gateway_role: Some(GatewayRole::BusinessAssociate),
        privacy_notice: None,
        emergency_discloser: None,
        disaster_closures: Vec::new(),
        token_keys: Vec::new(),
    })
}

fn riverton_pd_outreach(since: Date) -> Result<Agency, InvalidId> {
    let calls = programme(
        "calls-for-service",
        "Calls for service",
        &[Regime::Cadx],
        &["riverton-cad"],
    )?;
    Ok(Agency {
        id: AgencyId::new(RIVERTON_PD_OUTREACH)?,
        name: "Riverton Police Homeless Outreach Team".to_owned(),
        kind: AgencyKind::LawEnforcement,
        part2_program: Part2Status::No,
        flags: words(&[AgencyFlag::CriminalJusticeAgency, AgencyFlag::Governmental]),
        roles: words(&[
            Role::OutreachOfficer,
            Role::PatrolOfficer,
            Role::IntegrationAccount,
        ]),
        default_programme: Some(calls.id.clone()),
        programmes: vec![calls],
        systems: vec![
            system("outreach-console", SystemKind::Console)?,
            system("riverton-cad", SystemKind::Cad)?,
            system("riverton-rms", SystemKind::LawEnforcementRms)?,
        ],
        instruments: vec![instrument(Instrument::Other, &[], since)],
        gateway_role: Some(GatewayRole::BusinessAssociate),
        privacy_notice: None,
        emergency_discloser: None,
        disaster_closures: Vec::new(),
        token_keys: Vec::new(),
    })
}

/// Everything about this entry is in order, so that a refused push is refused for what it holds and for nothing
/// else.
fn safe_haven(since: Date) -> Result<Agency, InvalidId> {
    let refuge = programme("refuge", "Wrensfold House", &[Regime::Vsp], &[])?;
    Ok(Agency {
        id: AgencyId::new(SAFE_HAVEN)?,
        name: "Safe Haven".to_owned(),
        kind: AgencyKind::VictimServiceProvider,
        part2_program: Part2Status::No,
        flags: words(&[AgencyFlag::VictimService]),
        roles: words(&[Role::VictimAdvocate, Role::IntegrationAccount]),
        default_programme: Some(refuge.id.clone()),
        programmes: vec![refuge],
        systems: vec![system("haven-casebook", SystemKind::OwnRecordSystem)?],
        instruments: vec![instrument(Instrument::Other, &[], since)],
        gateway_role: Some(GatewayRole::BusinessAssociate),
        privacy_notice: None,
        emergency_discloser: None,
        disaster_closures: Vec::new(),
        token_keys: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since() -> Date {
        Date::new(2026, 1, 1).unwrap()
    }

    #[test]
    fn entries_survive_being_written_and_read() {
        let entries = agencies(since()).unwrap();
        let files = agency_files(since()).unwrap();
        assert_eq!(files.len(), 6);
        for (agency, (name, text)) in entries.iter().zip(&files) {
            assert_eq!(*name, format!("{}.toml", agency.id));
            assert_eq!(toml::from_str::<Agency>(text).unwrap(), *agency, "{text}");
        }
    }

    #[test]
    fn each_may_exchange_and_knows_its_default_programme() {
        let now = Date::new(2026, 11, 10).unwrap().start_utc();
        let before = Date::new(2025, 12, 31).unwrap().start_utc();
        for agency in agencies(since()).unwrap() {
            assert!(agency.may_exchange(now) && !agency.may_exchange(before));
            assert!(agency.programme_of(None).is_some());
            assert_eq!(agency.is_victim_service(), agency.id.as_str() == SAFE_HAVEN);
        }
    }

    #[test]
    fn the_sources_names_for_programmes_are_registered() {
        let entries = agencies(since()).unwrap();
        let of = |id: &str| entries.iter().find(|agency| agency.id.as_str() == id).unwrap();
        assert_eq!(
            of(RIVERTON_HMIS)
                .programme_of(Some("PRJ-101"))
                .unwrap()
                .id
                .as_str(),
            "continuum"
        );
        let cedar = of(CEDAR_RECOVERY).programme_of(Some(CEDAR_ORGANISATION)).unwrap();
        assert!(cedar.regimes.contains(Regime::P2));
        assert!(of(LAKESIDE_HOSPITAL).programme_of(Some("elsewhere")).is_none());
    }
}
