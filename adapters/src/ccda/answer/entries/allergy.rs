//! Allergies: a concern, what it is about, what kind it is, and the reactions with how bad they are.

use super::super::markup::{Node, node};
use super::super::sections::templates;
use super::super::values::{ACT_CODE, LOINC, RXNORM, SNOMED, codes, concept, fixed};
use super::{Making, linked, observation, observation_of, status, worded};
const UNII: &str = "2.16.840.1.113883.4.9";
/// HL7 ObservationValue.
const OBSERVATION_VALUE: &str = "2.16.840.1.113883.5.1063";

impl Making<'_> {
    /// Allergy Concern Act with an Allergy Observation.
    pub(super) fn allergy(&self) -> Node {
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
            let level = match row.text("criticality").unwrap_or_default() {
                "high" | "CRITH" => Some(("CRITH", OBSERVATION_VALUE)),
                "low" | "CRITL" => Some(("CRITL", OBSERVATION_VALUE)),
                _ => None,
            };
            let criticality = observation_of("4.145", None, fixed("code", "82606-5", LOINC), level, words);
            linked("SUBJ", criticality).with("inversionInd", "true")
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
            let path = format!("{under}.severity");
            let words = self.row.original(&path)?;
            let level = match self.row.text(&path).unwrap_or_default() {
                "mild" => Some(("255604002", SNOMED)),
                "moderate" => Some(("6736007", SNOMED)),
                "severe" => Some(("24484000", SNOMED)),
                _ => None,
            };
            let code = fixed("code", "SEV", ACT_CODE);
            let severity = observation_of("4.8", Some("2014-06-09"), code, level, words);
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
}
