//! The entry of a released element, by the templates of C-CDA R2.1 (their conformance numbers are in the tests).
//!
//! What the source did not say has a null flavour where the template lets it. Words are references to the narrative.

mod allergy;
mod medication;
mod plans;
mod results;

use super::labels::annotation;
use super::markup::{Node, node};
use super::row::Row;
use super::sections::{Section, of_category, templates};
use super::values::{LOINC, SNOMED, at, coded, concept, fixed, plain, time};

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

/// A small observation that says one thing, in words and, if there is one for it, in a code.
fn observation_of(
    template: &str,
    version: Option<&str>,
    code: Node,
    value: Option<(&str, &str)>,
    words: Node,
) -> Node {
    let of = match version {
        Some(version) => observation_templates(template, version),
        None => vec![node("templateId").with("root", format!("2.16.840.1.113883.10.20.22.{template}"))],
    };
    observation()
        .all(of)
        .holding(code)
        .holding(status("completed"))
        .holding(match value {
            Some((code, system)) => fixed("value", code, system).with("xsi:type", "CD").holding(words),
            None => worded(words),
        })
}
