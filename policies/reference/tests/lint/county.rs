//! Agreements of an invented county, each different from all others: parties, directions, roles, purposes, categories,
//! consents, conditions and promises are drawn. Every number gives the same file every time.

use std::fmt::Write as _;

/// What is drawn from.
const ROLES: &[&str] = &[
    "clinician",
    "physician",
    "nurse",
    "crisis_counselor",
    "paramedic",
    "peer_specialist",
    "case_manager",
    "outreach_worker",
    "housing_navigator",
    "claims_reviewer",
    "program_director",
];
const KINDS: &[&str] = &[
    "behavioral_health_provider",
    "hospital",
    "medical_provider",
    "sud_program",
    "homeless_services",
    "hmis_lead",
];
const PURPOSES: &[&str] = &["TREAT", "COC", "ETREAT", "HOUSING-COORD", "HPAYMT", "HOPERAT"];
const CATEGORIES: &[&str] = &[
    "demographics",
    "contact",
    "location",
    "medications",
    "allergies",
    "conditions",
    "encounters",
    "labs",
    "injury",
    "disability",
    "mental_health",
    "sud_treatment",
    "care_plan",
    "crisis_plan",
    "enrollment",
    "shelter_status",
    "case_manager_contact",
    "veteran",
    "claims",
];
const CONSENTS: &[&str] = &[
    "\"not_required\"",
    "[\"tpo\", \"named\"]",
    "[\"tpo\"]",
    "[\"authorization\"]",
];
const CONDITIONS: &[&str] = &[
    "",
    "when = [\"treating_relationship\"]",
    "when = [\"own_system\"]",
];

/// Numbers without end, the same for the same beginning.
struct Draw(u64);

impl Draw {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % below
    }

    /// Some of these, in their order; at least `least`.
    fn some<'w>(&mut self, words: &[&'w str], least: usize, most: usize) -> Vec<&'w str> {
        let wanted = least + self.next(most - least + 1);
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < wanted {
            let place = self.next(words.len());
            if !chosen.contains(&place) {
                chosen.push(place);
            }
        }
        chosen.sort_unstable();
        chosen.into_iter().map(|place| words[place]).collect()
    }
}

/// `count` files, by name and text.
pub(crate) fn files(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|number| (format!("county-{number}.toml"), agreement(number)))
        .collect()
}

fn agreement(number: usize) -> String {
    let mut draw = Draw(number as u64 * 977 + 5);
    let parties = 2 + draw.next(4);
    let first = draw.next(300);
    let named: Vec<(String, &str)> = (0..parties)
        .map(|place| {
            let agency = (first + place * 7) % 300;
            (format!("agency-{agency}"), KINDS[agency % KINDS.len()])
        })
        .collect();
    let mut text = head(&format!("county-{number}"), &named, 1 + number % 28);
    let keys: Vec<String> = (0..parties).map(|place| format!("p{place}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    for place in 0..2 + draw.next(4) {
        let (from, to) = (draw.some(&keys, 1, parties - 1), draw.some(&keys, 2, parties));
        text += &clause(
            &format!("1.{place}"),
            (&from, &to),
            &draw.some(ROLES, 2, 6),
            &draw.some(PURPOSES, 1, 3),
            &draw.some(CATEGORIES, 3, 9),
            CONSENTS[draw.next(CONSENTS.len())],
            CONDITIONS[draw.next(CONDITIONS.len())],
        );
    }
    let _ = write!(
        text,
        "[[never]]\nid = \"9\"\ntext = \"t\"\nto = {}\nshare = [\"psychotherapy_notes\", \"sud_counseling_notes\"]\n\
         [audience]\nlaw_enforcement_present = \"{}\"\n",
        listed(&keys),
        ["withhold", "treat_as_recipient"][draw.next(2)],
    );
    text
}

/// What an agreement begins with.
pub(crate) fn head(id: &str, parties: &[(String, &str)], day: usize) -> String {
    let mut text = format!(
        "format = \"mou/1\"\nid = \"{id}\"\nversion = \"1.0.0\"\ntitle = \"Agreement {id}\"\nstatus = \"active\"\n\
         effective = 2025-01-{day:02}\ninstruments = [\"OTHER\"]\n"
    );
    for (place, (agency, kind)) in parties.iter().enumerate() {
        let _ = write!(
            text,
            "[[party]]\nkey = \"p{place}\"\nagency = \"{agency}\"\nname = \"{agency}\"\nkind = \"{kind}\"\nroles = {}\n\
             [[signature]]\nparty = \"p{place}\"\nname = \"N\"\ntitle = \"T\"\non = 2024-12-01\n",
            listed(&[ROLES, &["driver"]].concat())
        );
    }
    text
}

/// One clause.
pub(crate) fn clause(
    id: &str,
    (from, to): (&[&str], &[&str]),
    roles: &[&str],
    purposes: &[&str],
    share: &[&str],
    consent: &str,
    more: &str,
) -> String {
    format!(
        "[[clause]]\nid = \"{id}\"\ntext = \"t\"\nfrom = {}\nto = {}\nroles = {}\npurposes = {}\nshare = {}\n\
         consent = {consent}\nbasis = \"b\"\n{more}\n",
        listed(from),
        listed(to),
        listed(roles),
        listed(purposes),
        listed(share),
    )
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", quoted.join(", "))
}
