//! Results and observations about the mind: what was observed and what was found.

use super::super::labels::annotation;
use super::super::markup::{Node, node};
use super::super::sections::templates;
use super::super::values::{Code, LOINC, SNOMED, coded, codes, fixed, found};
use super::{Making, observation, observation_templates, statement, status, worded};
impl Making<'_> {
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
    pub(super) fn results(&self) -> Node {
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

    /// An observation about the mind. The template for it is about cognition alone, so none is claimed.
    pub(super) fn mental_status(&self) -> Node {
        self.finding("", "", Vec::new())
            .holding(self.author())
            .all(self.annotated())
    }
}
