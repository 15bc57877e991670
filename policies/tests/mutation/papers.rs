//! Cases about what only an agreement file can say: a promise never to share, and a ban on passing on.
//!
//! In each, another agreement of the same parties would let the item go; the file's word has to keep it.

use serde_json::{Value, json};

use crate::{Agreements, decide_all, facts::Facts};

/// An agreement file, facts, and what goes.
pub(super) struct Paper {
    pub(super) name: &'static str,
    agreements: Agreements,
    facts: Facts,
    goes: &'static [&'static str],
}

impl Paper {
    pub(super) fn holds(&self) -> bool {
        let decision = decide_all(&self.facts, &self.agreements);
        let released: Vec<&str> = decision
            .findings()
            .released()
            .map(crate::facts::Handle::as_str)
            .collect();
        released == self.goes
    }
}

pub(super) fn papers() -> Vec<Paper> {
    vec![
        Paper {
            name: "a promise outlives another agreement",
            agreements: file(
                ["lakeside-hospital", "harbor-crisis"],
                "[[never]]\nid = \"4.1\"\ntext = \"Conditions are never shared.\"\nto = \"two\"\nshare = [\"conditions\"]\n",
            ),
            facts: facts(&json!([item("allergies", None), item("conditions", None)])),
            goes: &["allergies"],
        },
        Paper {
            name: "what came under a ban on passing on stays",
            agreements: file(
                ["river-clinic", "lakeside-hospital"],
                "[redisclosure]\ndefault = \"prohibited\"\n",
            ),
            facts: facts(&json!([
                item("allergies", None),
                item("conditions", Some("river-clinic"))
            ])),
            goes: &["allergies"],
        },
    ]
}

fn item(category: &str, source: Option<&str>) -> Value {
    json!({ "id": category, "category": category, "source": source.unwrap_or("lakeside-hospital"),
            "holder": "lakeside-hospital", "regimes": ["HIPAA"] })
}

fn facts(elements: &Value) -> Facts {
    let clinic =
        json!({ "kind": "medical_provider", "hipaa_covered_entity": true, "health_care_provider": true });
    serde_json::from_value(json!({
        "now": "2026-11-10T14:00:00Z",
        "initiator": "requester",
        "agencies": { "lakeside-hospital": clinic, "harbor-crisis": clinic, "river-clinic": clinic },
        "requester": { "agency": "harbor-crisis", "role": "clinician", "system": "own_record_system" },
        "purpose": "TREAT",
        "client": { "age": 34 },
        "elements": elements,
        "mous": [{ "id": "m-1", "effective": "2026-01-01T00:00:00Z", "purposes": ["TREAT"], "categories": ["all"],
                   "parties": ["lakeside-hospital", "harbor-crisis", "river-clinic"] }]
    }))
    .unwrap()
}

/// A signed agreement of two clinics that shares allergies one way, with something more in it.
fn file(parties: [&str; 2], more: &str) -> Agreements {
    let [one, two] = parties;
    let party = |key: &str, agency: &str| {
        format!(
            "[[party]]\nkey = \"{key}\"\nagency = \"{agency}\"\nname = \"{agency}\"\nkind = \"medical_provider\"\n\
             roles = [\"clinician\"]\n\n\
             [[signature]]\nparty = \"{key}\"\nname = \"Ines Abara-Holt\"\ntitle = \"Director\"\non = 2025-12-18\n\n"
        )
    };
    let text = format!(
        "format = \"mou/1\"\nid = \"paper\"\nversion = \"1.0.0\"\ntitle = \"Paper\"\nstatus = \"active\"\n\
         effective = 2026-01-01\ninstruments = [\"OTHER\"]\n\n{}{}\
         [[clause]]\nid = \"3.1\"\ntext = \"Allergies for treatment.\"\nfrom = \"one\"\nto = \"two\"\n\
         roles = [\"clinician\"]\npurposes = [\"TREAT\"]\nshare = [\"allergies\"]\nconsent = \"not_required\"\n\
         basis = \"45 CFR 164.506\"\n\n{more}",
        party("one", one),
        party("two", two),
    );
    Agreements::load(&[("paper.toml", &text)]).unwrap_or_else(|found| {
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        panic!("{}", told.join("\n"))
    })
}
