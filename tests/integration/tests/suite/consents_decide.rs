//! What the client's word lets happen, over random lives of forms: recorded over the API, kept, read back as facts, put to
//! the real engine, redacted and answered. Nothing of the programme goes without an adequate, current, covering consent
//! (42 CFR 2.13(a), 2.31), and everything goes that one covers.
//!
//! What should go is worked out here from what was put on the form and done to it, and never asked of the code under test.

use std::collections::BTreeSet;

use gateway_crypto::Digest;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::{Clock as _, Timestamp};
use serde_json::{Value, json};
use tests_support::{OUTREACH_OFFICER, PROGRAMME_STAFF, TestGateway, elements, patient_key};

const ROSA: CastMember = CastMember::Rosa;
const CATEGORIES: [&str; 4] = ["medications", "conditions", "sud_treatment", "encounters"];
const STATEMENTS: [&str; 4] = [
    "part2_redisclosure_by_hipaa_holders",
    "part2_right_to_revoke",
    "part2_redisclosure_potential",
    "part2_refusal_consequences",
];
/// The last is not asked for by Part 2: a service may depend on such a form (2.31(a)(10)(ii)).
const WORDS: [&str; 5] = [
    "name_matches_client",
    "signer_identified",
    "statements_seen",
    "read_back",
    "not_conditioned",
];
const DAY: i64 = 86_400;
const STEPS: usize = 60;

/// What is wrong with a form, each by itself enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Statement(usize),
    Word(usize),
    NoPurpose,
    NoDiscloser,
    NoEnd,
    WrongSigner,
}

/// Where a form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Holds,
    Rests,
    Gone,
}

/// A form on file, as the test knows it.
#[derive(Debug)]
struct Form {
    id: String,
    defect: Option<Defect>,
    /// It is of a kind that opens records of the programme.
    opens: bool,
    to_crisis_team: bool,
    purposes: Vec<&'static str>,
    categories: Vec<&'static str>,
    end: Option<Timestamp>,
    standing: Standing,
    out_for_crisis_team: bool,
}

impl Form {
    /// Whether it covers the disclosure of one category to the crisis team for a purpose, now.
    fn covers(&self, purpose: &str, category: &str, now: Timestamp) -> bool {
        // Coordination of care is part of treatment.
        let for_it = |listed: &&str| *listed == purpose || (*listed == "TREAT" && purpose == "COC");
        self.defect.is_none()
            && self.opens
            && self.to_crisis_team
            && !self.out_for_crisis_team
            && self.standing == Standing::Holds
            && self.end.is_none_or(|end| now < end)
            && self.purposes.iter().any(for_it)
            && self.categories.contains(&category)
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(most).unwrap()).unwrap()
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn some<T: Copy>(&mut self, from: &[T]) -> Vec<T> {
        let mut some: Vec<T> = from.iter().copied().filter(|_| !self.one_in(3)).collect();
        if some.is_empty() {
            some.push(self.pick(from));
        }
        some
    }
}

struct Life {
    test: TestGateway,
    key: String,
    dice: Dice,
    forms: Vec<Form>,
}

impl Life {
    /// Records a form drawn at random, most of them sound. One that the gateway does not keep is none.
    async fn sign(&mut self) {
        let (now, dice) = (self.test.clock.now(), &mut self.dice);
        let kind = dice.pick(&["tpo", "tpo", "named", "named", "named", "hmis_roi"]);
        let defect = dice.one_in(3).then(|| match dice.below(6) {
            0 => Defect::Statement(dice.below(STATEMENTS.len())),
            1 => Defect::Word(dice.below(WORDS.len() - 1)),
            2 => Defect::NoPurpose,
            3 => Defect::NoDiscloser,
            4 => Defect::NoEnd,
            _ => Defect::WrongSigner,
        });
        // A form by which everybody might disclose to the recorder itself is not taken at all.
        let recipient = match (dice.below(4), defect) {
            (2, Some(Defect::NoDiscloser)) => 3,
            (recipient, _) => recipient,
        };
        let recipients = match recipient {
            0 => json!({ "agencies": [cast::LAKESIDE_HOSPITAL] }),
            1 => json!({ "agencies": [cast::HARBOR_CRISIS, cast::LAKESIDE_HOSPITAL] }),
            2 => json!({ "classes": ["treating_providers"] }),
            _ => json!({ "agencies": [cast::HARBOR_CRISIS] }),
        };
        let purposes = dice.pick(&[
            &["TREAT", "HPAYMT", "HOPERAT"][..],
            &["TREAT"],
            &["TREAT"],
            &["COC"],
            &["HPAYMT", "HOPERAT"],
        ]);
        let categories = dice.some(&CATEGORIES);
        let end = (kind != "tpo" || dice.one_in(2))
            .then(|| now.plus_seconds(DAY + i64::try_from(dice.below(20)).unwrap() * DAY / 2));
        let all_but = |all: &[&'static str], without: Option<usize>| -> Vec<&'static str> {
            let kept = all.iter().enumerate().filter(|(at, _)| Some(*at) != without);
            kept.map(|(_, word)| *word).collect()
        };
        let statement = match defect {
            Some(Defect::Statement(at)) => Some(at),
            _ => None,
        };
        let word = match defect {
            Some(Defect::Word(at)) => Some(at),
            _ => None,
        };
        let discloser: &[&str] = match defect {
            Some(Defect::NoDiscloser) => &[],
            _ => &[cast::CEDAR_RECOVERY],
        };
        let form = json!({
            "own_key": self.key,
            "terms": {
                "kind": kind,
                "discloser": { "agencies": discloser },
                "recipients": recipients,
                "purposes": if defect == Some(Defect::NoPurpose) { &[][..] } else { purposes },
                "categories": { "only": categories },
                "expiry": match (defect, end) {
                    (Some(Defect::NoEnd), _) => json!("unstated"),
                    (_, Some(end)) => json!({ "at": end.to_string() }),
                    (_, None) => json!("none"),
                },
                "statements": all_but(&STATEMENTS, statement),
            },
            "signature": {
                "signed_at": now.plus_seconds(-60).to_string(),
                "signer": { "role": if defect == Some(Defect::WrongSigner) { "parent" } else { "client" } },
                "standing": "adult",
                "artefact": Digest::of(&now.as_micros().to_be_bytes()).to_string(),
            },
            "attested": all_but(&WORDS, word),
        });
        let answer = self.test.asker(PROGRAMME_STAFF).post("/v1/consents", &form).await;
        assert_eq!(answer.status, 201, "{form:#}: {}", answer.text());
        self.forms.push(Form {
            id: answer.json()["consent"].as_str().unwrap().to_owned(),
            defect,
            opens: kind != "hmis_roi",
            to_crisis_team: recipient != 0,
            purposes: purposes.to_vec(),
            categories,
            end,
            standing: Standing::Holds,
            out_for_crisis_team: false,
        });
    }

    /// Takes a form back, wholly or as against one recipient, lays it to rest, or has it hold again.
    async fn change(&mut self) {
        let now = self.test.clock.now();
        let living: Vec<usize> = (0..self.forms.len())
            .filter(|at| {
                let form = &self.forms[*at];
                form.standing != Standing::Gone && form.end.is_none_or(|end| now < end)
            })
            .collect();
        if living.is_empty() {
            return;
        }
        let at = self.dice.pick(&living);
        let what = self.dice.below(4);
        let form = &mut self.forms[at];
        let told = |scope: Value| json!({ "at": now.to_string(), "form": "oral", "scope": scope });
        let revocations = format!("/v1/consents/{}/revocations", form.id);
        let steps = format!("/v1/consents/{}/steps", form.id);
        let (path, body) = match (what, form.standing) {
            (0, _) => {
                form.standing = Standing::Gone;
                (revocations, told(json!("whole")))
            }
            (1, _) => {
                form.out_for_crisis_team = true;
                (revocations, told(json!({ "recipients": [cast::HARBOR_CRISIS] })))
            }
            (2, _) => (
                revocations,
                told(json!({ "recipients": [cast::RIVERTON_PD_OUTREACH] })),
            ),
            (_, Standing::Rests) => {
                form.standing = Standing::Holds;
                (steps, json!({ "resume": { "because": "client_asks" } }))
            }
            _ => {
                form.standing = Standing::Rests;
                (steps, json!({ "suspend": { "why": "client_asks" } }))
            }
        };
        let answer = self.test.asker(PROGRAMME_STAFF).post(&path, &body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text());
    }

    /// The categories of the programme's records that go to the crisis team.
    async fn shown(&self, purpose: &str) -> BTreeSet<String> {
        let answer = self.test.clinician().ask(ROSA, purpose, &CATEGORIES).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let shown = elements(&answer).into_iter();
        shown
            .filter(|element| element["source"] == cast::CEDAR_RECOVERY)
            .map(|element| element["category"].as_str().unwrap().to_owned())
            .collect()
    }
}

async fn lives_as_the_forms_say(seed: u64) {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, ROSA);
    // What there is to be shown.
    let everything = test.record_tpo(&town, ROSA).await;
    let mut life = Life {
        test,
        key,
        dice: Dice(seed),
        forms: Vec::new(),
    };
    let there = life.shown("TREAT").await;
    assert!(there.len() >= 3, "{there:?}");
    assert_eq!(life.test.revoke(PROGRAMME_STAFF, &everything).await.status, 200);

    let (mut released, mut withheld) = (0, 0);
    for step in 0..STEPS {
        // A paper is newer than whatever was taken back before.
        let later = 3_600 + life.dice.below(18 * 3_600);
        life.test.clock.advance(i64::try_from(later).unwrap());
        if life.dice.below(5) < 3 {
            life.sign().await;
        } else {
            life.change().await;
        }
        let now = life.test.clock.now();
        let purpose = life.dice.pick(&["TREAT", "TREAT", "COC"]);
        let covered: BTreeSet<String> = there
            .iter()
            .filter(|category| life.forms.iter().any(|form| form.covers(purpose, category, now)))
            .cloned()
            .collect();
        released += covered.len();
        withheld += there.len() - covered.len();
        assert_eq!(
            life.shown(purpose).await,
            covered,
            "seed {seed}, step {step}, {purpose} at {now}: {:#?}",
            life.forms
        );
        if step % 10 == 0 {
            let officer = life.test.asker(OUTREACH_OFFICER);
            let answer = officer.ask(ROSA, "LE-OUTREACH", &CATEGORIES).await;
            assert!(
                elements(&answer).is_empty(),
                "seed {seed}, step {step}: {}",
                answer.text()
            );
        }
    }
    // Both sides were met often enough to count.
    assert!(
        released >= STEPS / 2 && withheld >= STEPS / 2,
        "{released} {withheld}"
    );
    life.test.settle().await;
    assert!(life.test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_is_what_a_sound_form_covers_now() {
    lives_as_the_forms_say(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_is_what_a_sound_form_covers_now_in_another_life() {
    lives_as_the_forms_say(20_260).await;
}
