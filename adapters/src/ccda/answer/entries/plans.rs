//! What is planned, and who cares for the person.

use serde_json::Value;

use super::super::labels::annotation;
use super::super::markup::{Node, node};
use super::super::patient::telecoms;
use super::super::sections::templates;
use super::super::values::{LOINC, SNOMED, concept, fixed};
use super::{Making, linked, of_organization, statement, status};
impl Making<'_> {
    /// A Planned Act, with the others inside if several are planned. One that is not open is no longer a plan and claims
    /// no template.
    pub(super) fn plan(&self) -> Node {
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
    pub(super) fn care_team(&self) -> Node {
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
}
