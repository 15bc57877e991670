//! Labelled elements of one row: one for each category in it (catalogue HMIS-11, HMIS-12, section 3.3).
//!
//! Columns stay in the names of the format. A dependent column never goes without its parent, since it tells the
//! parent's answer: both are in one element, which is released or withheld whole.

use csv::ByteRecord;
use gateway_types::vocabulary::{Category, ElementFact, Sensitivity, WordSet};
use gateway_types::{Date, LabelledElement, Payload, RecordKey};
use serde_json::Value;

use super::directory::{Project, Worker};
use super::format::{Column, HmisFile, Part, Version, living_situation, project_type, situation_since_2024};
use super::plan::{Plan, cell};
use super::values::{self, Cell, Remark, decode, whole};
use crate::labelling;

/// What is known about where a row comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setting<'a> {
    /// The project of the enrolment.
    pub(super) project: Option<&'a Project>,
    /// When the enrolment ended.
    pub(super) exit: Option<Date>,
    /// Who owns the row of the enrolment.
    pub(super) worker: Option<&'a Worker>,
    /// The date of the information.
    pub(super) as_of: Option<Date>,
}

/// The elements of a row, being gathered.
struct Gathering {
    parts: Vec<(Option<Category>, Payload, WordSet<Sensitivity>)>,
}

impl Gathering {
    fn part(&mut self, category: Option<Category>) -> &mut (Option<Category>, Payload, WordSet<Sensitivity>) {
        let at = match self.parts.iter().position(|(known, ..)| *known == category) {
            Some(at) => at,
            None => {
                self.parts.push((category, Payload::new(), WordSet::EMPTY));
                self.parts.len() - 1
            }
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "`at` is the place of a part found or pushed just above"
        )]
        &mut self.parts[at]
    }

    fn put(&mut self, category: Option<Category>, name: &str, value: impl Into<Value>) {
        self.part(category).1.insert(name, value);
    }

    fn label(&mut self, category: Option<Category>, label: Sensitivity) {
        self.part(category).2.insert(label);
    }
}

/// The elements of a row.
pub(super) fn elements(plan: &Plan, record: &ByteRecord, setting: &Setting<'_>) -> Vec<LabelledElement> {
    let mut gathering = Gathering {
        parts: Vec::with_capacity(4),
    };
    let by_type = category_by_type(plan, record);
    let mut links: Vec<(&'static Column, Value)> = Vec::new();
    let mut common: Vec<(&'static Column, Value)> = Vec::new();
    for (column, raw) in plan.columns.iter().zip(record) {
        if raw.is_empty() || matches!(column.part, Part::Structure | Part::Directory) {
            continue;
        }
        if plan.hides(column, raw) {
            continue;
        }
        let Some((value, usable)) = value_of(column, raw) else {
            continue;
        };
        if usable && plan.version == Some(Version::Fy2022) && put_since_2024(column, &value, &mut gathering) {
            continue;
        }
        match column.part {
            Part::Link => links.push((column, value)),
            Part::Common => common.push((column, value)),
            Part::In(category) if usable => gathering.put(Some(category), column.name, value),
            Part::ByType if usable => gathering.put(by_type, column.name, value),
            _ => gathering.put(None, column.name, value),
        }
    }
    tell(plan, record, by_type, &mut gathering);
    if plan.file == HmisFile::Enrollment {
        from_the_project(plan, record, setting, &mut gathering);
    }
    if gathering.parts.is_empty() && !common.is_empty() {
        gathering.part(None);
    }
    for (index, (_, payload, _)) in gathering.parts.iter_mut().enumerate() {
        for (column, value) in &common {
            payload.insert(column.name, value.clone());
        }
        if index == 0 {
            for (column, value) in &links {
                payload.insert(column.name, value.clone());
            }
        }
    }
    let key = decode(cell(record, plan.at.key)).unwrap_or_default();
    let kind = plan.file.name();
    gathering
        .parts
        .into_iter()
        .map(|(category, payload, told)| {
            label(
                RecordKey::new(kind, key.as_ref()),
                category,
                payload,
                told,
                setting,
            )
        })
        .collect()
}

/// Puts what a number of FY2022 says as it is said since FY2024, if that is another number. Whether it was one.
fn put_since_2024(column: &Column, value: &Value, gathering: &mut Gathering) -> bool {
    let (Part::In(category), Some(code)) = (
        column.part,
        value.as_u64().and_then(|code| u32::try_from(code).ok()),
    ) else {
        return false;
    };
    let category = Some(category);
    if let Some(subsidy_column) = column.recoded() {
        let (place, subsidy) = situation_since_2024(code);
        gathering.put(category, column.name, place);
        if let Some(subsidy) = subsidy {
            gathering.put(category, subsidy_column, subsidy);
        }
        return true;
    }
    if column.name == "PercentAMI" && code == 3 {
        // Since FY2024 a 3 ends at 80 per cent; no number says this one.
        gathering.put(category, column.name, "more than 50 per cent");
        return true;
    }
    false
}

/// A cell as JSON, and whether it is what its column says.
fn value_of(column: &Column, raw: &[u8]) -> Option<(Value, bool)> {
    let (cell, remark) = values::read(column, raw);
    let value = match cell {
        Cell::Blank => return None,
        Cell::Whole(number) => Value::from(number),
        // A fine date is written as we would write it.
        Cell::Date(_) if remark == Remark::Fine => Value::from(std::str::from_utf8(raw.trim_ascii()).ok()?),
        Cell::Date(date) => Value::from(date.to_string()),
        // The source's own time: written back without a zone.
        Cell::Moment(moment) => Value::from(moment.to_string().trim_end_matches('Z')),
        Cell::Money(text) => std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse::<f64>().ok())
            .map_or(Value::Null, Value::from),
        Cell::Text(text) => Value::from(decode(text)?.into_owned()),
    };
    Some((value, remark.usable()))
}

/// The category of columns that another column of the row decides.
fn category_by_type(plan: &Plan, record: &ByteRecord) -> Option<Category> {
    match plan.file {
        HmisFile::Disabilities => match whole(cell(record, plan.at.chooser))? {
            5..=7 => Some(Category::Disability),
            8 => Some(Category::Hiv),
            9 => Some(Category::MentalHealth),
            10 => Some(Category::SudTreatment),
            _ => None,
        },
        HmisFile::Services => {
            let kind = whole(cell(record, plan.at.chosen));
            match (whole(cell(record, plan.at.chooser))?, kind) {
                (141, Some(5)) | (161, Some(2)) | (142, Some(17 | 18)) => Some(Category::SudTreatment),
                (143, Some(12)) => Some(Category::SudTreatment),
                (141 | 161, _) => Some(Category::MentalHealth),
                (143 | 151, _) => Some(Category::Hiv),
                (142, Some(12..=14 | 27 | 28)) => Some(Category::Conditions),
                (142 | 144 | 152 | 210 | 300, _) => Some(Category::Enrollment),
                (200, _) => Some(Category::ShelterStatus),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Labels that the values of a row call for beyond those of their category.
fn tell(plan: &Plan, record: &ByteRecord, by_type: Option<Category>, gathering: &mut Gathering) {
    let number = |at| whole(cell(record, at));
    let (chooser, chosen) = (number(plan.at.chooser), number(plan.at.chosen));
    if number(plan.at.pregnancy).is_some() {
        gathering.label(Some(Category::Conditions), Sensitivity::Pregnant);
    }
    match plan.file {
        HmisFile::Enrollment | HmisFile::CurrentLivingSituation => {
            situation(plan, record, "living_situation", gathering);
        }
        HmisFile::Exit => situation(plan, record, "destination", gathering),
        HmisFile::Disabilities => match chooser {
            Some(6) => gathering.label(by_type, Sensitivity::Dvd),
            Some(10) if matches!(chosen, Some(1 | 3)) => {
                gathering.label(by_type, Sensitivity::Ethud);
            }
            _ => {}
        },
        HmisFile::Services => match (chooser, chosen) {
            (Some(142), Some(12 | 13)) => gathering.label(by_type, Sensitivity::Pregnant),
            (Some(142), Some(28)) => gathering.label(by_type, Sensitivity::Std),
            (Some(143), Some(12)) => gathering.label(by_type, Sensitivity::Hiv),
            _ => {}
        },
        _ => {}
    }
}

/// A living situation in words, with what it tells beside where somebody lives (list 3.12.1).
fn situation(plan: &Plan, record: &ByteRecord, name: &str, gathering: &mut Gathering) {
    let code = whole(cell(record, plan.at.chooser)).map(|code| match plan.version {
        Some(Version::Fy2022) => situation_since_2024(code).0,
        _ => code,
    });
    let Some((code, words)) = code.and_then(|code| Some((code, living_situation(code)?))) else {
        return;
    };
    let place = Some(Category::Location);
    gathering.put(place, name, words);
    match code {
        204 => gathering.label(place, Sensitivity::Mh),
        205 => gathering.label(place, Sensitivity::Sud),
        327 | 426 => gathering.label(place, Sensitivity::Hiv),
        _ => {}
    }
}

/// What follows from an enrolment together with its project: where the client is housed and who works with them.
/// Always made anew from both, so that an exit changes them at the next push.
fn from_the_project(plan: &Plan, record: &ByteRecord, setting: &Setting<'_>, gathering: &mut Gathering) {
    let Some(project) = setting.project else {
        return;
    };
    let kind = project.kind.and_then(project_type);
    let until = setting.exit.map(|date| date.to_string());
    let entered = decode(cell(record, plan.at.date)).unwrap_or_default();
    let describe = |category: Category, gathering: &mut Gathering| {
        let category = Some(category);
        gathering.put(category, "project_name", project.name.as_str());
        gathering.put(category, "organization_name", project.organization.as_str());
        if let Some(kind) = kind {
            gathering.put(category, "project_type", kind);
        }
        if let Some(until) = &until {
            gathering.put(category, "until", until.as_str());
        }
    };
    describe(Category::Enrollment, gathering);
    if matches!(project.kind, Some(0..=3 | 8..=10 | 13)) {
        describe(Category::ShelterStatus, gathering);
        let housed = !cell(record, plan.at.move_in).is_empty();
        let status = match (project.kind, &until) {
            (_, Some(_)) => "left",
            (Some(0 | 1 | 2 | 8), None) => "in shelter or transitional housing",
            (_, None) if housed => "housed",
            (_, None) => "enrolled, not yet moved in",
        };
        gathering.put(Some(Category::ShelterStatus), "status", status);
        gathering.put(Some(Category::ShelterStatus), "since", entered.as_ref());
        if let Some(address) = &project.address {
            let category = Some(Category::ProjectAddress);
            gathering.put(category, "project_name", project.name.as_str());
            gathering.put(category, "address", address.lines.as_str());
            gathering.put(category, "city", address.city.as_str());
            gathering.put(category, "state", address.state.as_str());
            gathering.put(category, "zip", address.zip.as_str());
            if let Some(until) = &until {
                gathering.put(category, "until", until.as_str());
            }
        }
    }
    describe(Category::CaseManagerContact, gathering);
    if let Some(worker) = setting.worker.filter(|_| until.is_none()) {
        for (name, value) in [
            ("name", &worker.name),
            ("phone", &worker.phone),
            ("email", &worker.email),
        ] {
            if !value.is_empty() {
                gathering.put(Some(Category::CaseManagerContact), name, value.as_str());
            }
        }
        // The format has no case manager; the closest is whoever last worked on the record of the enrolment.
        gathering.put(
            Some(Category::CaseManagerContact),
            "basis",
            "last worked on the enrolment record",
        );
    }
}

/// Puts all labels on an element: those of its category, of its values and of its project.
pub(super) fn label(
    record: RecordKey,
    category: Option<Category>,
    payload: Payload,
    told: WordSet<Sensitivity>,
    setting: &Setting<'_>,
) -> LabelledElement {
    let mut sensitivity = told.union(of_category(category));
    let (mut regimes, mut facts) = (WordSet::EMPTY, WordSet::EMPTY);
    if let Some(project) = setting.project {
        // Enrolment in a project for people with HIV, a youth project, a project for survivors tells that by itself.
        sensitivity = sensitivity.union(project.sensitivity);
        regimes = project.regimes;
        facts = project.facts;
        if payload.fields().contains_key("project_name") {
            sensitivity = sensitivity.union(project.telling_name.difference(plain()));
            if project.telling_name.contains(Sensitivity::Sud) {
                facts.insert(ElementFact::ProjectNameRevealsSud);
            }
        }
    }
    labelling::close(&mut sensitivity);
    LabelledElement {
        record,
        category,
        source_programme: setting.project.map(|project| project.id.clone()),
        regimes,
        sensitivity,
        facts,
        as_of: setting.as_of,
        payload,
    }
}

/// What every name of a housing project says; a label on every element would mean nothing.
fn plain() -> WordSet<Sensitivity> {
    WordSet::EMPTY.with(Sensitivity::Livarg)
}

/// What a category tells by itself (catalogue HMIS-11).
fn of_category(category: Option<Category>) -> WordSet<Sensitivity> {
    let none = WordSet::EMPTY;
    match category {
        Some(Category::Hiv) => none.with(Sensitivity::Hiv),
        Some(Category::MentalHealth) => none.with(Sensitivity::Mh),
        Some(Category::SudTreatment) => none.with(Sensitivity::Sud),
        Some(Category::DvHistory) => none.with(Sensitivity::Sdv),
        Some(Category::Disability | Category::Conditions) => none.with(Sensitivity::Dia),
        Some(Category::Location) => none.with(Sensitivity::Livarg).with(Sensitivity::Locis),
        Some(Category::ShelterStatus) => none.with(Sensitivity::Livarg),
        Some(Category::ProjectAddress) => none.with(Sensitivity::Locis),
        _ => none,
    }
}
