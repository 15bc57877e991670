//! The entry of a released element, by the templates of C-CDA R2.1 (their conformance numbers are in the tests).
//!
//! What the source did not say has a null flavour where the template lets it. Words are references to the narrative.

use serde_json::Value;

use super::labels::annotation;
use super::markup::{Node, node};
use super::patient::telecoms;
use super::row::Row;
use super::sections::{Section, of_category, templates};
use super::values::{
    ACT_CODE, Code, LOINC, RXNORM, SNOMED, at, coded, codes, concept, decimal, fixed, found, plain, time,
    unit,
};

const UNII: &str = "2.16.840.1.113883.4.9";

/// What one entry is made with.
struct Making<'m> {
    row: &'m Row<'m>,
    document: &'m str,
}

/// The entry of an element in its section.
pub(super) fn entry(section: Section, row: &Row<'_>, document: &str) -> Node {
    let making = Making { row, document };
    match section {
        Section::Problems => making.problem(),
        Section::Allergies => making.allergy(),
        Section::Medications => making.medication(),
        Section::Results => making.results(),
        Section::Encounters => making.encounter(),
        Section::MentalStatus => making.mental_status(),
        Section::Plan => making.plan(),
        Section::CareTeams => making.care_team(),
        Section::SocialHistory => making.social_history(),
        Section::VitalSigns | Section::Other(_) => making.other(),
    }
}

fn statement(name: &'static str, class: &str, mood: &str) -> Node {
    node(name).with("classCode", class).with("moodCode", mood)
}

fn observation() -> Node {
    statement("observation", "OBS", "EVN")
}

fn status(code: &str) -> Node {
    node("statusCode").with("code", code)
}

fn linked(how: &str, to: Node) -> Node {
    node("entryRelationship").with("typeCode", how).holding(to)
}

fn of_organization(name: &str) -> Node {
    node("representedOrganization").holding(node("name").saying(name))
}

impl Making<'_> {
    /// An id within the document.
    fn id(&self, part: &str) -> Node {
        node("id")
            .with("root", self.document)
            .with("extension", format!("{}{part}", self.row.id()))
    }

    /// The agency that the element comes from.
    fn author(&self) -> Node {
        let as_of = self.row.element.as_of.and_then(|day| time(&day.to_string()));
        node("author").holding(at("time", as_of)).holding(
            node("assignedAuthor")
                .holding(node("id").with("nullFlavor", "NI"))
                .holding(of_organization(self.row.element.source)),
        )
    }

    fn annotated(&self) -> Option<Node> {
        annotation(self.row.element).map(|labels| linked("COMP", labels))
    }

    fn denied(&self, made: Node) -> Node {
        if self.row.denied {
            made.with("negationInd", "true")
        } else {
            made
        }
    }

    /// The first of these fields that is a time.
    fn when(&self, fields: &[&str]) -> Option<String> {
        fields.iter().find_map(|field| time(self.row.text(field)?))
    }

    fn from(&self) -> Option<String> {
        self.when(&[
            "from",
            "time",
            "onsetDateTime",
            "period.start",
            "effectivePeriod.start",
            "effectiveDateTime",
            "effectivePeriod",
            "authoredOn",
        ])
    }

    fn until(&self) -> Option<String> {
        self.when(&["until", "abatementDateTime", "period.end", "effectivePeriod.end"])
    }

    /// From when, and until when if that is known or has to be said.
    fn interval(&self, has_ended: bool) -> Node {
        let until = self.until();
        let high = (until.is_some() || has_ended).then(|| at("high", until));
        node("effectiveTime").holding(at("low", self.from())).all(high)
    }

    /// One moment, or from when until when.
    fn moment(&self) -> Node {
        match self.until() {
            Some(_) => self.interval(false),
            None => at(
                "effectiveTime",
                self.when(&["effectiveDateTime", "issued"])
                    .or_else(|| self.from()),
            ),
        }
    }

    /// Whether the source says that a concern is over.
    fn is_over(&self) -> bool {
        const OVER: [&str; 3] = ["resolved", "inactive", "remission"];
        let said = self.row.text("clinical_status").unwrap_or_default();
        OVER.iter().any(|word| said.eq_ignore_ascii_case(word)) || self.until().is_some()
    }

    /// A concern about one observation.
    fn concern(&self, template: &str, about: Node) -> Node {
        let over = self.is_over();
        statement("act", "ACT", "EVN")
            .all(templates(template, "2015-08-01", true))
            .holding(self.id("c"))
            .holding(fixed("code", "CONC", "2.16.840.1.113883.5.6"))
            .holding(status(if over { "completed" } else { "active" }))
            .holding(self.interval(over))
            .holding(self.author())
            .holding(linked("SUBJ", about))
    }

    /// Problem Concern Act with a Problem Observation.
    fn problem(&self) -> Node {
        let field = if self.row.text("condition").is_some() || self.row.text("flag").is_none() {
            "condition"
        } else {
            "flag"
        };
        let kind = fixed("code", "64572001", SNOMED).holding(fixed("translation", "75323-6", LOINC));
        let about = self
            .denied(observation())
            .all(templates("4.4", "2015-08-01", true))
            .holding(self.id(""))
            .holding(kind)
            .holding(self.row.reference())
            .holding(status("completed"))
            .holding(self.interval(self.is_over()))
            .holding(concept("value", self.row, field, &[SNOMED]).with("xsi:type", "CD"))
            .all(self.annotated());
        self.concern("4.3", about)
    }

    /// Allergy Concern Act with an Allergy Observation.
    fn allergy(&self) -> Node {
        let row = self.row;
        let substance = node("participant").with("typeCode", "CSM").holding(
            node("participantRole").with("classCode", "MANU").holding(
                node("playingEntity").with("classCode", "MMAT").holding(concept(
                    "code",
                    row,
                    "allergy",
                    &[RXNORM, UNII, SNOMED],
                )),
            ),
        );
        let kind = self.kind_of_allergy();
        let reactions = (0..row.count("reactions")).flat_map(|at| self.reactions(at));
        let criticality = row.original("criticality").map(|words| {
            linked(
                "SUBJ",
                observation_of("4.145", None, fixed("code", "82606-5", LOINC), words),
            )
            .with("inversionInd", "true")
        });
        let about = self
            .denied(observation())
            .all(templates("4.7", "2014-06-09", true))
            .holding(self.id(""))
            .holding(fixed("code", "ASSERTION", ACT_CODE))
            .holding(row.reference())
            .holding(status("completed"))
            .holding(self.interval(self.is_over()))
            .holding(kind)
            .holding(substance)
            .all(reactions)
            .all(criticality)
            .all(self.annotated());
        self.concern("4.30", about)
    }

    /// What kind of allergy it is: the template wants a code of its list (CONF:1098-16317), and the most general one says
    /// no more than that it is one.
    fn kind_of_allergy(&self) -> Node {
        const PROPENSITY_TO_ADVERSE_REACTION: &str = "420134006";
        const KINDS: [&str; 9] = [
            "235719002",
            "414285001",
            "416098002",
            "418038007",
            "418471000",
            "419199007",
            "419511003",
            PROPENSITY_TO_ADVERSE_REACTION,
            "59037007",
        ];
        let stated = codes(self.row, "type_codes");
        let known = stated
            .iter()
            .position(|code| code.system == SNOMED && KINDS.contains(&code.code));
        let kind = known
            .and_then(|at| stated.get(at))
            .map_or(PROPENSITY_TO_ADVERSE_REACTION, |code| code.code);
        let others = stated
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != known)
            .map(|(_, code)| fixed("translation", code.code, code.system));
        fixed("value", kind, SNOMED)
            .with("xsi:type", "CD")
            .all(self.row.original("type"))
            .all(others)
    }

    /// Reaction Observations, each with its severity.
    fn reactions(&self, number: usize) -> Vec<Node> {
        let under = format!("reactions[{number}]");
        let severity = || {
            let words = self.row.original(&format!("{under}.severity"))?;
            let severity = observation_of("4.8", Some("2014-06-09"), fixed("code", "SEV", ACT_CODE), words);
            Some(linked("SUBJ", severity).with("inversionInd", "true"))
        };
        (0..)
            .map_while(|at| self.row.original(&format!("{under}.manifestations[{at}]")))
            .enumerate()
            .map(|(at, words)| {
                let reaction = observation()
                    .all(templates("4.9", "2014-06-09", true))
                    .holding(self.id(&format!("r{number}-{at}")))
                    .holding(fixed("code", "ASSERTION", ACT_CODE))
                    .holding(status("completed"))
                    .holding(worded(words))
                    .all(severity());
                linked("MFST", reaction).with("inversionInd", "true")
            })
            .collect()
    }

    /// Medication Activity. What is denied has no code: few readers look for a negation here.
    fn medication(&self) -> Node {
        let row = self.row;
        let is_order = row.text("intent").is_some_and(|intent| intent != "taken");
        let told = match row.text("status").unwrap_or_default() {
            "active" => Some("active"),
            "completed" => Some("completed"),
            "on-hold" | "suspended" => Some("suspended"),
            "stopped" | "aborted" => Some("aborted"),
            "cancelled" => Some("cancelled"),
            _ => None,
        };
        let taken = match (self.from(), self.until()) {
            (None, None) => node("effectiveTime")
                .with("xsi:type", "IVL_TS")
                .with("nullFlavor", "NI")
                .holding(at("low", None)),
            _ => self.interval(false).with("xsi:type", "IVL_TS"),
        };
        let every = row.text("every").and_then(|every| {
            let (value, of) = every.split_once(' ')?;
            let period = node("period")
                .with("value", decimal(value)?)
                .with("unit", unit(of)?);
            let every = node("effectiveTime")
                .with("xsi:type", "PIVL_TS")
                .with("operator", "A");
            Some(every.holding(period))
        });
        let dose = row.text("dose").and_then(|dose| {
            let (value, of) = dose
                .split_once(' ')
                .map_or((dose, None), |(value, of)| (value, Some(of)));
            let dose = node("doseQuantity").with("value", decimal(value)?);
            Some(match of {
                Some(of) => dose.with("unit", unit(of)?),
                None => dose,
            })
        });
        let all = codes(row, "medication_codes");
        let medicine: &[Code<'_>] = if row.denied { &[] } else { &all };
        let material =
            node("manufacturedMaterial").holding(coded("code", row, "medication", medicine, &[RXNORM]));
        let product = node("manufacturedProduct")
            .with("classCode", "MANU")
            .all(templates("4.23", "2014-06-09", true))
            .holding(material);
        let route = row
            .original("route")
            .map(|words| node("routeCode").with("nullFlavor", "OTH").holding(words));
        self.denied(statement(
            "substanceAdministration",
            "SBADM",
            if is_order { "INT" } else { "EVN" },
        ))
        .all(templates("4.16", "2014-06-09", true))
        .holding(self.id(""))
        .holding(row.reference())
        .holding(match told {
            Some(code) => status(code),
            None => node("statusCode").with("nullFlavor", "UNK"),
        })
        .holding(taken)
        .all(every)
        .all(route)
        .holding(dose.unwrap_or_else(|| node("doseQuantity").with("nullFlavor", "NI")))
        .holding(node("consumable").holding(product))
        .holding(self.author())
        .all(self.reasons())
        .all(self.annotated())
    }

    /// Indications.
    fn reasons(&self) -> Vec<Node> {
        (0..self.row.count("reasons"))
            .filter_map(|at| {
                let words = self.row.original(&format!("reasons[{at}]"))?;
                let kind = fixed("code", "64572001", SNOMED).holding(fixed("translation", "75323-6", LOINC));
                let reason = observation()
                    .all(templates("4.19", "2014-06-09", true))
                    .holding(self.id(&format!("i{at}")))
                    .holding(kind)
                    .holding(status("completed"))
                    .holding(node("effectiveTime").with("nullFlavor", "NI"))
                    .holding(worded(words));
                Some(linked("RSON", reason))
            })
            .collect()
    }

    fn result_status(&self) -> &'static str {
        match self.row.text("status").unwrap_or_default() {
            "preliminary" | "registered" | "active" => "active",
            "cancelled" => "cancelled",
            "aborted" => "aborted",
            "held" => "held",
            "suspended" => "suspended",
            _ => "completed",
        }
    }

    /// Result Organizer with a Result Observation for the result, and one for each of its components.
    fn results(&self) -> Node {
        let components = self.row.count("components");
        let has_own = components == 0 || found(self.row, "").is_some();
        let under = (0..components).map(|at| format!("components[{at}]."));
        let all = has_own
            .then(String::new)
            .into_iter()
            .chain(under)
            .enumerate()
            .map(|(at, under)| node("component").holding(self.result(&under, at)));
        let name = coded(
            "code",
            self.row,
            "observation",
            &self.result_codes(""),
            &[LOINC, SNOMED],
        );
        statement("organizer", "CLUSTER", "EVN")
            .all(templates("4.1", "2015-08-01", true))
            .holding(self.id("g"))
            .holding(name)
            .holding(status(self.result_status()))
            .holding(self.author())
            .all(all)
            .all(annotation(self.row.element).map(|labels| node("component").holding(labels)))
    }

    /// The codes of what was observed; none if it is denied.
    fn result_codes(&self, under: &str) -> Vec<Code<'_>> {
        if self.row.denied {
            return Vec::new();
        }
        codes(self.row, &format!("{under}observation_codes"))
    }

    fn result(&self, under: &str, at: usize) -> Node {
        let part = if at == 0 { String::new() } else { format!("o{at}") };
        self.finding(under, &part, observation_templates("4.2", "2015-08-01"))
            .all(self.interpretations(under))
    }

    /// What was observed and what was found.
    fn finding(&self, under: &str, part: &str, of: Vec<Node>) -> Node {
        let row = self.row;
        let name = coded(
            "code",
            row,
            &format!("{under}observation"),
            &self.result_codes(under),
            &[],
        );
        let nothing = || node("value").with("xsi:type", "CD").with("nullFlavor", "NI");
        let is_coded = !row.texts(&format!("{under}value_codes")).is_empty();
        let value = match found(row, under) {
            Some(_) if row.denied && is_coded => row
                .original(&format!("{under}value"))
                .map_or_else(nothing, worded),
            Some(value) => value,
            None => nothing(),
        };
        self.denied(observation())
            .all(of)
            .holding(self.id(part))
            .holding(name)
            .holding(row.reference())
            .holding(status(self.result_status()))
            .holding(self.moment())
            .holding(value)
    }

    fn interpretations(&self, under: &str) -> Vec<Node> {
        const KNOWN: [&str; 13] = [
            "N", "H", "L", "A", "HH", "LL", "AA", "HX", "LX", "S", "R", "I", "U",
        ];
        self.row
            .texts(&format!("{under}interpretation"))
            .into_iter()
            .chain(self.row.text(&format!("{under}interpretation")))
            .filter(|word| KNOWN.contains(word))
            .map(|code| fixed("interpretationCode", code, "2.16.840.1.113883.5.83"))
            .collect()
    }

    /// Encounter Activity.
    fn encounter(&self) -> Node {
        let row = self.row;
        let kind = if row.text("type").is_some() || !row.texts("type_codes").is_empty() {
            concept("code", row, "type", &[])
        } else {
            coded("code", row, "types[0]", &[], &[])
        };
        let left = row.original("discharge").map(|words| {
            node("sdtc:dischargeDispositionCode")
                .with("nullFlavor", "OTH")
                .holding(words)
        });
        let provider = row.text("provider").map(|name| {
            let entity = node("assignedEntity").holding(node("id").with("nullFlavor", "NI"));
            node("performer").holding(entity.holding(of_organization(name)))
        });
        let places = row.texts("locations").into_iter().map(|place| {
            let entity = node("playingEntity").with("classCode", "PLC");
            let role = node("participantRole").with("classCode", "SDLOC");
            node("participant")
                .with("typeCode", "LOC")
                .holding(role.holding(entity.holding(node("name").saying(place))))
        });
        statement("encounter", "ENC", "EVN")
            .all(templates("4.49", "2015-08-01", true))
            .holding(self.id(""))
            .holding(kind)
            .holding(row.reference())
            .holding(match (self.from(), self.until()) {
                (None, None) => node("effectiveTime").with("nullFlavor", "NI"),
                _ => self.interval(false),
            })
            .all(left)
            .all(provider)
            .holding(self.author())
            .all(places)
            .all(self.reasons())
            .all(self.annotated())
    }

    /// An observation about the mind. The template for it is about cognition alone, so none is claimed.
    fn mental_status(&self) -> Node {
        self.finding("", "", Vec::new())
            .holding(self.author())
            .all(self.annotated())
    }

    /// A Planned Act, with the others inside if several are planned. One that is not open is no longer a plan and claims
    /// no template.
    fn plan(&self) -> Node {
        let row = self.row;
        let listed = row.count("activities");
        let mut paths: Vec<String> = ["activity", "goal"]
            .into_iter()
            .filter(|field| row.text(field).is_some())
            .map(str::to_owned)
            .collect();
        paths.extend((0..listed).map(|at| format!("activities[{at}].activity")));
        let mut acts = paths.iter().enumerate().map(|(at, path)| {
            let status_at = match path.strip_suffix(".activity") {
                Some(listed) => format!("{listed}.status"),
                None => "status".to_owned(),
            };
            let part = if at == 0 { String::new() } else { format!("a{at}") };
            self.planned(
                &part,
                row.text(&status_at),
                concept("code", row, path, &[SNOMED, LOINC]),
            )
        });
        let first = acts
            .next()
            .unwrap_or_else(|| self.planned("", row.text("status"), node("code").with("nullFlavor", "NI")));
        let others: Vec<Node> = acts.map(|act| linked("REFR", act)).collect();
        first.holding(self.author()).all(others).all(self.annotated())
    }

    fn planned(&self, part: &str, said: Option<&str>, code: Node) -> Node {
        const MOODS: [&str; 5] = ["INT", "ARQ", "PRMS", "PRP", "RQO"];
        let mood = self
            .row
            .text("mood")
            .filter(|mood| MOODS.contains(mood))
            .unwrap_or("INT");
        let closed = match said.unwrap_or_default() {
            "completed" => Some("completed"),
            "cancelled" | "revoked" | "aborted" | "stopped" => Some("aborted"),
            "on-hold" | "suspended" => Some("suspended"),
            _ => None,
        };
        let of = closed.is_none().then(|| templates("4.39", "2014-06-09", true));
        statement("act", "ACT", mood)
            .all(of.into_iter().flatten())
            .holding(self.id(part))
            .holding(code)
            .holding(self.row.reference())
            .holding(status(closed.unwrap_or("active")))
    }

    /// Care Team Organizer with a member act for each person.
    fn care_team(&self) -> Node {
        let row = self.row;
        let people = row.element.fields.fields().get("people");
        let people = people.and_then(Value::as_array).into_iter().flatten();
        let members = people.enumerate().map(|(at, person)| {
            let text = |name: &str| person.get(name).and_then(Value::as_str);
            let role = row
                .original(&format!("people[{at}].role"))
                .map(|words| node("sdtc:functionCode").with("nullFlavor", "OTH").holding(words));
            let reached = person.get("telecom").map(telecoms).unwrap_or_default();
            let reached = reached
                .into_iter()
                .map(|value| node("telecom").with("value", value));
            let name = text("name").map(|name| node("assignedPerson").holding(node("name").saying(name)));
            let entity = node("assignedEntity")
                .holding(node("id").with("nullFlavor", "NI"))
                .all(reached)
                .all(name)
                .all(text("organization").map(of_organization));
            let performer = node("performer")
                .with("typeCode", "PRF")
                .all(role)
                .holding(entity);
            let member = statement("act", "PCPR", "EVN")
                .all(templates("4.500.1", "2022-06-01", false))
                .holding(self.id(&format!("m{at}")))
                .holding(fixed("code", "85847-2", LOINC))
                .holding(row.reference())
                .holding(status("active"))
                .holding(self.interval(false))
                .holding(performer);
            node("component").holding(member)
        });
        statement("organizer", "CLUSTER", "EVN")
            .all(templates("4.500", "2022-06-01", false))
            .holding(self.id(""))
            .holding(fixed("code", "86744-0", LOINC))
            .holding(status("active"))
            .holding(self.interval(false))
            .holding(self.author())
            .all(members)
            .all(annotation(row.element).map(|labels| node("component").holding(labels)))
    }

    /// Social History Observation, with an observation for each field.
    fn social_history(&self) -> Node {
        let of = observation_templates("4.38", "2015-08-01");
        self.by_fields(of)
    }

    /// An observation of a kind that C-CDA has no template for, with one for each field.
    fn other(&self) -> Node {
        self.by_fields(Vec::new())
    }

    fn by_fields(&self, of: Vec<Node>) -> Node {
        let row = self.row;
        let fields = row.values().iter().map(|told| {
            let name = node("originalText").saying(&told.label);
            let field = observation()
                .holding(node("code").with("nullFlavor", "OTH").holding(name))
                .holding(status("completed"))
                .holding(plain(told.value, &told.reference()));
            linked("COMP", field)
        });
        self.denied(observation())
            .all(of)
            .holding(self.id(""))
            .holding(of_category("code", row.element.category))
            .holding(row.reference())
            .holding(status("completed"))
            .holding(self.moment())
            .holding(self.author())
            .all(fields)
            .all(self.annotated())
    }
}

fn observation_templates(root: &str, version: &str) -> Vec<Node> {
    templates(root, version, true).collect()
}

/// A value in words of the narrative.
fn worded(words: Node) -> Node {
    node("value")
        .with("xsi:type", "CD")
        .with("nullFlavor", "OTH")
        .holding(words)
}

/// A small observation that says one thing in words.
fn observation_of(template: &str, version: Option<&str>, code: Node, words: Node) -> Node {
    let of = match version {
        Some(version) => observation_templates(template, version),
        None => vec![node("templateId").with("root", format!("2.16.840.1.113883.10.20.22.{template}"))],
    };
    observation()
        .all(of)
        .holding(code)
        .holding(status("completed"))
        .holding(worded(words))
}
