//! What the templates that an answer claims require, by their conformance numbers in C-CDA R2.1 (and, for care teams, the
//! companion guide), and a check of a document against it.

use std::collections::HashSet;

use crate::ccda::concept::{child, children};
use crate::ccda::{V3, XSI};
use crate::xml::Element;

/// Root after `2.16.840.1.113883.10.20.22.`, version in R2.1, and what is required: a conformance number, then `1` exactly
/// one, `+` at least one, `=` an attribute with one of these values, and where.
const TEMPLATES: &[(&str, &str, &[&str])] = &[
    (
        "1.1",
        "2015-08-01",
        &[
            "1198-16791 = realmCode/@code US",
            "1198-5361 1 typeId",
            "1198-5250 = typeId/@root 2.16.840.1.113883.1.3",
            "1198-5251 = typeId/@extension POCD_HD000040",
            "1198-5363 1 id",
            "1198-5253 1 code",
            "1198-5254 1 title",
            "1198-5256 1 effectiveTime",
            "1198-5259 1 confidentialityCode",
            "1198-5372 1 languageCode",
            "1198-5266 + recordTarget",
            "1198-5267 1 recordTarget/patientRole",
            "1198-5268 + recordTarget/patientRole/id",
            "1198-5271 + recordTarget/patientRole/addr",
            "81-7291 + recordTarget/patientRole/addr/streetAddressLine",
            "81-7292 1 recordTarget/patientRole/addr/city",
            "81-10024 1 recordTarget/patientRole/addr/state",
            "81-10025 1 recordTarget/patientRole/addr/postalCode",
            "1198-5280 + recordTarget/patientRole/telecom",
            "1198-5283 1 recordTarget/patientRole/patient",
            "1198-5284 + recordTarget/patientRole/patient/name",
            "81-7157 + recordTarget/patientRole/patient/name/given",
            "81-7159 1 recordTarget/patientRole/patient/name/family",
            "1198-6394 1 recordTarget/patientRole/patient/administrativeGenderCode",
            "1198-5298 1 recordTarget/patientRole/patient/birthTime",
            "1198-5322 1 recordTarget/patientRole/patient/raceCode",
            "1198-5323 1 recordTarget/patientRole/patient/ethnicGroupCode",
            "1198-5444 + author",
            "1198-5445 1 author/time",
            "1198-5448 1 author/assignedAuthor",
            "1198-5449 + author/assignedAuthor/id",
            "1198-5452 + author/assignedAuthor/addr",
            "1198-5428 + author/assignedAuthor/telecom",
            "1198-16784 1 author/assignedAuthor/assignedAuthoringDevice/manufacturerModelName",
            "1198-16785 1 author/assignedAuthor/assignedAuthoringDevice/softwareName",
            "1198-5519 1 custodian",
            "1198-5521 1 custodian/assignedCustodian/representedCustodianOrganization",
            "1198-5522 + custodian/assignedCustodian/representedCustodianOrganization/id",
            "1198-5524 1 custodian/assignedCustodian/representedCustodianOrganization/name",
            "1198-5525 1 custodian/assignedCustodian/representedCustodianOrganization/telecom",
            "1198-5559 1 custodian/assignedCustodian/representedCustodianOrganization/addr",
        ],
    ),
    (
        "1.2",
        "2015-08-01",
        &[
            "1198-17181 = code/@code 34133-9",
            "1198-32138 = code/@codeSystem 2.16.840.1.113883.6.1",
            "1198-8456 1 author/assignedAuthor/assignedAuthoringDevice",
            "1198-8456 1 author/assignedAuthor/representedOrganization",
            "1198-8452 1 documentationOf",
            "1198-8453 = documentationOf/serviceEvent/@classCode PCPR",
            "1198-8454 1 documentationOf/serviceEvent/effectiveTime/low",
            "1198-8455 1 documentationOf/serviceEvent/effectiveTime/high",
            "1198-30659 1 component",
            "1198-30660 1 component/structuredBody",
        ],
    ),
    (
        "2.6.1",
        "2015-08-01",
        &[
            "1198-15350 = code/@code 48765-2",
            "1198-7534 1 title",
            "1198-7530 1 text",
        ],
    ),
    (
        "2.1.1",
        "2014-06-09",
        &[
            "1098-15388 = code/@code 10160-0",
            "1098-7570 1 title",
            "1098-7571 1 text",
        ],
    ),
    (
        "2.5.1",
        "2015-08-01",
        &[
            "1198-15410 = code/@code 11450-4",
            "1198-9181 1 title",
            "1198-9182 1 text",
        ],
    ),
    (
        "2.3.1",
        "2015-08-01",
        &[
            "1198-15434 = code/@code 30954-2",
            "1198-8892 1 title",
            "1198-7111 1 text",
        ],
    ),
    (
        "2.17",
        "2015-08-01",
        &[
            "1198-14820 = code/@code 29762-2",
            "1198-7938 1 title",
            "1198-7939 1 text",
        ],
    ),
    (
        "2.4.1",
        "2015-08-01",
        &[
            "1198-15963 = code/@code 8716-3",
            "1198-9967 1 title",
            "1198-7275 1 text",
        ],
    ),
    (
        "2.22",
        "2015-08-01",
        &[
            "1198-15462 = code/@code 46240-8",
            "1198-7942 1 title",
            "1198-7943 1 text",
        ],
    ),
    (
        "2.56",
        "2015-08-01",
        &[
            "1198-28296 = code/@code 10190-7",
            "1198-28297 1 title",
            "1198-28298 1 text",
        ],
    ),
    (
        "2.10",
        "2014-06-09",
        &[
            "1098-14750 = code/@code 18776-5",
            "1098-16986 1 title",
            "1098-7725 1 text",
        ],
    ),
    (
        "2.500",
        "2022-06-01",
        &["guide = code/@code 85847-2", "guide 1 title", "guide 1 text"],
    ),
    (
        "4.30",
        "2015-08-01",
        &[
            "1198-7469 = @classCode ACT",
            "1198-7470 = @moodCode EVN",
            "1198-7472 + id",
            "1198-19158 = code/@code CONC",
            "1198-19086 = statusCode/@code active|completed|aborted|suspended",
            "1198-7498 1 effectiveTime",
            "1198-7504 1 effectiveTime/low",
            "1198-7509 + entryRelationship",
        ],
    ),
    (
        "4.7",
        "2014-06-09",
        &[
            "1098-7379 = @classCode OBS",
            "1098-7380 = @moodCode EVN",
            "1098-7382 + id",
            "1098-15948 = code/@code ASSERTION",
            "1098-32153 = code/@codeSystem 2.16.840.1.113883.5.4",
            "1098-19085 = statusCode/@code completed",
            "1098-31538 1 effectiveTime/low",
            "1098-16317 = value/@code 235719002|414285001|416098002|418038007|418471000|419199007|419511003|420134006|59037007",
            "1098-7403 = participant/@typeCode CSM",
            "1098-7405 = participant/participantRole/@classCode MANU",
            "1098-7407 = participant/participantRole/playingEntity/@classCode MMAT",
            "1098-7419 1 participant/participantRole/playingEntity/code",
        ],
    ),
    (
        "4.9",
        "2014-06-09",
        &[
            "1098-7329 + id",
            "1098-31124 = code/@code ASSERTION",
            "1098-19114 = statusCode/@code completed",
            "1098-7335 1 value",
        ],
    ),
    (
        "4.8",
        "2014-06-09",
        &[
            "1098-19169 = code/@code SEV",
            "1098-19115 = statusCode/@code completed",
            "1098-7356 1 value",
        ],
    ),
    (
        "4.145",
        "",
        &[
            "81-32925 = code/@code 82606-5",
            "81-32927 = statusCode/@code completed",
            "81-32928 1 value",
        ],
    ),
    (
        "4.16",
        "2014-06-09",
        &[
            "1098-7496 = @classCode SBADM",
            "1098-7497 = @moodCode EVN|INT",
            "1098-7500 + id",
            "1098-7507 1 statusCode",
            "1098-7508 + effectiveTime",
            "1098-7516 1 doseQuantity",
            "1098-7520 1 consumable",
            "1098-16085 1 consumable/manufacturedProduct",
        ],
    ),
    (
        "4.23",
        "2014-06-09",
        &[
            "1098-7408 = @classCode MANU",
            "1098-7412 1 manufacturedMaterial/code",
        ],
    ),
    (
        "4.19",
        "2014-06-09",
        &[
            "1098-7483 + id",
            "1098-31229 1 code",
            "1098-19105 = statusCode/@code completed",
        ],
    ),
    (
        "4.3",
        "2015-08-01",
        &[
            "1198-9024 = @classCode ACT",
            "1198-9025 = @moodCode EVN",
            "1198-9026 + id",
            "1198-19184 = code/@code CONC",
            "1198-9029 1 statusCode",
            "1198-9032 1 effectiveTime/low",
            "1198-9034 + entryRelationship",
        ],
    ),
    (
        "4.4",
        "2015-08-01",
        &[
            "1198-9041 = @classCode OBS",
            "1198-9042 = @moodCode EVN",
            "1198-9043 + id",
            "1198-9045 1 code",
            "1198-32950 + code/translation",
            "1198-19112 = statusCode/@code completed",
            "1198-15603 1 effectiveTime/low",
            "1198-9058 1 value",
        ],
    ),
    (
        "4.1",
        "2015-08-01",
        &[
            "1198-7121 = @classCode CLUSTER|BATTERY",
            "1198-7122 = @moodCode EVN",
            "1198-7127 + id",
            "1198-7128 1 code",
            "1198-14848 = statusCode/@code aborted|active|cancelled|completed|held|suspended",
            "1198-7124 + component",
        ],
    ),
    (
        "4.2",
        "2015-08-01",
        &[
            "1198-7130 = @classCode OBS",
            "1198-7131 = @moodCode EVN",
            "1198-7137 + id",
            "1198-7133 1 code",
            "1198-14849 = statusCode/@code aborted|active|cancelled|completed|held|suspended",
            "1198-7140 1 effectiveTime",
            "1198-7143 1 value",
        ],
    ),
    (
        "4.49",
        "2015-08-01",
        &[
            "1198-8710 = @classCode ENC",
            "1198-8711 = @moodCode EVN",
            "1198-8713 + id",
            "1198-8714 1 code",
            "1198-8715 1 effectiveTime",
        ],
    ),
    (
        "4.38",
        "2015-08-01",
        &[
            "1198-8548 = @classCode OBS",
            "1198-8549 = @moodCode EVN",
            "1198-8551 + id",
            "1198-8558 1 code",
            "1198-32951 + code/translation",
            "1198-19117 = statusCode/@code completed",
            "1198-31868 1 effectiveTime",
        ],
    ),
    (
        "4.39",
        "2014-06-09",
        &[
            "1098-8538 = @classCode ACT",
            "1098-8539 = @moodCode INT|ARQ|PRMS|PRP|RQO",
            "1098-8546 + id",
            "1098-31687 1 code",
            "1098-32019 = statusCode/@code active",
        ],
    ),
    (
        "4.500",
        "2022-06-01",
        &[
            "guide = @classCode CLUSTER",
            "guide = @moodCode EVN",
            "guide + id",
            "guide = code/@code 86744-0",
            "guide 1 statusCode",
            "guide 1 effectiveTime/low",
            "guide + component",
        ],
    ),
    (
        "4.500.1",
        "2022-06-01",
        &[
            "guide = @classCode PCPR",
            "guide = code/@code 85847-2",
            "guide 1 statusCode",
            "guide 1 effectiveTime/low",
            "guide 1 performer",
            "guide + performer/assignedEntity/id",
        ],
    ),
];

/// Sections that have at least one entry, each with this template, unless they are of the null flavour `NI`.
const ENTRIES: &[(&str, &str, &str)] = &[
    ("2.6.1", "4.30", "1198-7531"),
    ("2.1.1", "4.16", "1098-7572"),
    ("2.5.1", "4.3", "1198-9183"),
    ("2.3.1", "4.1", "1198-7112"),
    ("2.4.1", "4.26", "1198-7276"),
];

/// Sections that a Continuity of Care Document has (CONF:1198-30661, 30663, 30665, 30669, 30687, 30689).
const REQUIRED: [&str; 6] = ["2.6.1", "2.1.1", "2.5.1", "2.3.1", "2.17", "2.4.1"];

/// The order in which the schema of CDA (with HL7's extensions) has the elements that are used here.
const ORDERS: &[(&str, &[&str])] = &[
    (
        "ClinicalDocument",
        &[
            "realmCode",
            "typeId",
            "templateId",
            "id",
            "code",
            "title",
            "effectiveTime",
            "confidentialityCode",
            "languageCode",
            "recordTarget",
            "author",
            "custodian",
            "documentationOf",
            "component",
        ],
    ),
    ("patientRole", &["id", "addr", "telecom", "patient"]),
    (
        "patient",
        &[
            "name",
            "administrativeGenderCode",
            "birthTime",
            "deceasedInd",
            "deceasedTime",
            "raceCode",
            "ethnicGroupCode",
            "languageCommunication",
        ],
    ),
    ("addr", &["streetAddressLine", "city", "state", "postalCode"]),
    ("author", &["time", "assignedAuthor"]),
    (
        "assignedAuthor",
        &[
            "id",
            "addr",
            "telecom",
            "assignedAuthoringDevice",
            "representedOrganization",
        ],
    ),
    (
        "assignedAuthoringDevice",
        &["manufacturerModelName", "softwareName"],
    ),
    ("representedOrganization", &["id", "name", "telecom", "addr"]),
    (
        "representedCustodianOrganization",
        &["id", "name", "telecom", "addr"],
    ),
    ("section", &["templateId", "code", "title", "text", "entry"]),
    (
        "observation",
        &[
            "templateId",
            "id",
            "code",
            "text",
            "statusCode",
            "effectiveTime",
            "value",
            "interpretationCode",
            "author",
            "participant",
            "entryRelationship",
        ],
    ),
    (
        "act",
        &[
            "templateId",
            "id",
            "code",
            "text",
            "statusCode",
            "effectiveTime",
            "performer",
            "author",
            "entryRelationship",
        ],
    ),
    (
        "substanceAdministration",
        &[
            "templateId",
            "id",
            "text",
            "statusCode",
            "effectiveTime",
            "routeCode",
            "doseQuantity",
            "consumable",
            "author",
            "entryRelationship",
        ],
    ),
    (
        "encounter",
        &[
            "templateId",
            "id",
            "code",
            "text",
            "effectiveTime",
            "dischargeDispositionCode",
            "performer",
            "author",
            "participant",
            "entryRelationship",
        ],
    ),
    (
        "organizer",
        &[
            "templateId",
            "id",
            "code",
            "statusCode",
            "effectiveTime",
            "author",
            "component",
        ],
    ),
    ("performer", &["functionCode", "assignedEntity"]),
    (
        "assignedEntity",
        &["id", "telecom", "assignedPerson", "representedOrganization"],
    ),
    ("manufacturedProduct", &["templateId", "manufacturedMaterial"]),
    ("code", &["originalText", "translation"]),
    ("value", &["originalText", "translation"]),
];

/// Whether the children of an element stand in the order of the schema, and are of it.
fn is_in_order(element: &Element) -> bool {
    let Some((_, order)) = ORDERS.iter().find(|(name, _)| element.is(V3, name)) else {
        return true;
    };
    // A value may also be an interval or a reference.
    let others = ["low", "high", "reference"];
    let places: Option<Vec<usize>> = element
        .elements()
        .filter(|inside| !(element.is(V3, "value") && others.contains(&inside.name())))
        .map(|inside| order.iter().position(|name| *name == inside.name()))
        .collect();
    places.is_some_and(|places| places.is_sorted())
}

/// Templates that R1.1 did not have.
const NEW: [&str; 5] = ["2.56", "2.500", "4.500", "4.500.1", "4.145"];

fn claims(element: &Element) -> impl Iterator<Item = (&str, &str)> {
    children(element, "templateId").filter_map(|id| {
        let root = id
            .attribute("root")?
            .strip_prefix("2.16.840.1.113883.10.20.22.")?;
        Some((root, id.attribute("extension").unwrap_or_default()))
    })
}

fn reach<'a>(from: &'a Element, path: &str) -> Vec<&'a Element> {
    path.split('/')
        .filter(|step| !step.is_empty())
        .fold(vec![from], |found, step| {
            found
                .into_iter()
                .flat_map(|element| element.elements().filter(|inside| inside.is(V3, step)))
                .collect()
        })
}

fn keeps(element: &Element, requirement: &str) -> bool {
    let words: Vec<&str> = requirement.splitn(4, ' ').collect();
    let (how, path) = (words[1], words[2]);
    if how == "=" {
        let (path, attribute) = path.rsplit_once('@').unwrap();
        let found = reach(element, path);
        return !found.is_empty()
            && found.iter().all(|one| {
                one.attribute(attribute)
                    .is_some_and(|value| words[3].split('|').any(|wanted| wanted == value))
            });
    }
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parents = reach(element, parent);
    !parents.is_empty()
        && parents.iter().all(|parent| {
            let count = parent.elements().filter(|inside| inside.is(V3, name)).count();
            if how == "1" { count == 1 } else { count > 0 }
        })
}

/// What is wrong with a document.
pub(super) fn faults(document: &Element) -> Vec<String> {
    let mut faults = Vec::new();
    let everything: Vec<&Element> = std::iter::once(document).chain(document.descendants()).collect();
    let mut ids = HashSet::new();
    for element in &everything {
        if let Some(id) = element.attribute("ID")
            && !ids.insert(id)
        {
            faults.push(format!("the ID {id} stands twice"));
        }
    }
    for element in &everything {
        if !is_in_order(element) {
            faults.push(format!("{} is not in the order of the schema", element.name()));
        }
        if element.is(V3, "reference") {
            let to = element.attribute("value").unwrap_or_default();
            if !to.strip_prefix('#').is_some_and(|id| ids.contains(id)) {
                faults.push(format!("line {}: the reference {to} leads nowhere", element.line));
            }
        }
        for (root, version) in claims(element) {
            let Some((_, known, required)) = TEMPLATES.iter().find(|(known, ..)| *known == root) else {
                faults.push(format!("the template {root} is not known here"));
                continue;
            };
            if version != *known && !version.is_empty() {
                faults.push(format!("{root} is claimed as of {version}"));
            }
            let both = claims(element).any(|claim| claim == (root, *known))
                && (NEW.contains(&root) || claims(element).any(|claim| claim == (root, "")));
            if !both {
                faults.push(format!(
                    "{root}: not claimed as of both releases (CONF:1198-32936)"
                ));
            }
            faults.extend(
                required
                    .iter()
                    .filter(|requirement| !keeps(element, requirement))
                    .map(|requirement| format!("{root}: not met: CONF:{requirement}")),
            );
        }
        // Types are those that CDA has for a value.
        if element.is(V3, "value")
            && !["CD", "CE", "PQ", "INT", "BL", "IVL_PQ", "ED"]
                .contains(&element.attribute_of(Some(XSI), "type").unwrap_or_default())
        {
            faults.push("a value has no type".to_owned());
        }
    }
    let sections: Vec<&Element> = everything
        .iter()
        .filter(|element| element.is(V3, "section"))
        .copied()
        .collect();
    let has = |section: &Element, root: &str| claims(section).any(|(claimed, _)| claimed == root);
    for root in REQUIRED {
        if sections.iter().filter(|section| has(section, root)).count() != 1 {
            faults.push(format!("the section {root} is missing, or stands twice"));
        }
    }
    for section in sections {
        let is_empty = section.attribute("nullFlavor") == Some("NI");
        let entries: Vec<&Element> = children(section, "entry").collect();
        if is_empty && !entries.is_empty() {
            faults.push("a section without information has entries".to_owned());
        }
        for (of, wanted, number) in ENTRIES {
            let lacking = |entry: &&Element| !entry.elements().any(|inside| has(inside, wanted));
            if has(section, of) && !is_empty && (entries.is_empty() || entries.iter().any(lacking)) {
                faults.push(format!("{of}: not met: CONF:{number}"));
            }
        }
        if child(section, "text").is_none() {
            faults.push("a section without text".to_owned());
        }
    }
    faults
}
