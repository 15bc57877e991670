//! The guided tour: three people use the gateway over HTTPS, and each step checks what it says.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value indexed by a name it lacks is null, not a panic"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::Context as _;
use gateway_http::{Answer, Caller};
use gateway_synthetic::{CastMember, Town, agencies as cast};
use gateway_types::{ClientIdentity, Date};
use serde_json::{Value, json};

use super::setting::{CLINICIAN, COMPLIANCE_OFFICER, OUTREACH_OFFICER, PROGRAMME_STAFF, Setting};
use super::signing::name;
use super::voice::Voice;
use crate::audit;

/// What a crisis clinician asks for on a pavement.
pub(super) const ASKED: [&str; 6] = [
    "shelter_status",
    "case_manager_contact",
    "medications",
    "conditions",
    "encounters",
    "sud_treatment",
];
/// What an outreach officer asks for.
const CONTACT: [&str; 3] = ["contact", "case_manager_contact", "shelter_status"];

/// Leads through the demo.
pub(super) struct Guide<'s> {
    pub(super) setting: &'s Setting,
    pub(super) town: &'s Town,
    pub(super) address: SocketAddr,
    /// The consent that is revoked during the tour.
    pub(super) revocable: OnceLock<String>,
    clinician: Caller,
    officer: Caller,
    auditor: Caller,
}

impl<'s> Guide<'s> {
    pub(super) fn new(setting: &'s Setting, town: &'s Town, address: SocketAddr) -> anyhow::Result<Self> {
        let caller = |agency: &str| -> anyhow::Result<Caller> {
            Ok(Caller::new(
                address,
                setting.credentials.authority(),
                Some(setting.credentials.identity(agency)?),
            )?)
        };
        let clinician = setting.credentials.token(CLINICIAN)?;
        let officer = setting.credentials.token(OUTREACH_OFFICER)?;
        let auditor = setting
            .credentials
            .officer_token(COMPLIANCE_OFFICER, cast::RIVERTON_HMIS)?;
        Ok(Self {
            setting,
            town,
            address,
            revocable: OnceLock::new(),
            clinician: caller(cast::HARBOR_CRISIS)?.with_token(clinician),
            officer: caller(cast::RIVERTON_PD_OUTREACH)?.with_token(officer),
            auditor: Caller::new(address, setting.credentials.authority(), None)?.with_token(auditor),
        })
    }

    /// A caller with an agency's certificate.
    pub(super) fn caller(&self, agency: &str) -> anyhow::Result<Caller> {
        Ok(Caller::new(
            self.address,
            self.setting.credentials.authority(),
            Some(self.setting.credentials.identity(agency)?),
        )?)
    }

    /// Says who takes part.
    pub(super) fn introduce(&self, voice: &Voice) {
        voice.part("Six agencies are registered, each with what it is in law");
        for agency in &self.setting.agencies {
            let regimes: Vec<_> = agency
                .programmes
                .iter()
                .flat_map(|programme| programme.regimes.iter())
                .map(|regime| regime.to_string())
                .collect();
            voice.line(&format!(
                "{:<20} {}: records under {}",
                agency.id.as_str(),
                agency.name,
                regimes.join(" and ")
            ));
        }
        voice.part("Two agreements are in force");
        for (file, text) in super::setting::AGREEMENTS {
            let title = text
                .lines()
                .find_map(|line| line.strip_prefix("title"))
                .unwrap_or_default();
            voice.tell(&format!(
                "{file}: {}",
                title.trim_start_matches([' ', '=']).trim_matches('"')
            ));
        }
        voice.tell(&format!(
            "Each came into force because two people signed for it, {} and {}; their approvals lie beside the files in \
             `mou` and in the log.",
            super::approving::OFFICERS[0].0,
            super::approving::OFFICERS[1].0
        ));
    }

    /// The tour.
    pub(super) async fn tour(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.part("On a pavement: a crisis clinician asks");
        self.consented(voice).await?;
        self.not_consented(voice).await?;
        voice.part("On the street: a police outreach officer asks");
        self.released_to_police(voice).await?;
        self.neutral(voice).await?;
        voice.part("A client changes her mind");
        self.revoked(voice).await?;
        voice.part("At a desk: the compliance officer audits");
        self.accounted(voice).await?;
        self.verified(voice).await
    }

    async fn consented(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.step(&format!(
            "{} has agreed: treatment records may go to those who treat her",
            name(CastMember::Rosa)
        ));
        let answer = self
            .ask(&self.clinician, CastMember::Rosa, "TREAT", &ASKED)
            .await?;
        show(voice, &answer);
        voice.check(
            "housing and case manager come from the HMIS",
            has(&answer, cast::RIVERTON_HMIS, "case_manager_contact"),
        );
        voice.check(
            "medications come from the hospital",
            has(&answer, cast::LAKESIDE_HOSPITAL, "medications"),
        );
        voice.check(
            "Part 2 treatment comes from the opioid treatment programme, because she consented",
            from(&answer, cast::CEDAR_RECOVERY),
        );
        let statement = notice(&answer, "part2_statement_1");
        voice.check(
            "with the statement of 42 CFR 2.32, word for word",
            statement.is_some(),
        );
        if let Some(text) = statement {
            voice.show(&format!("\"{text}\""));
        }
        Ok(())
    }

    async fn not_consented(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.step(&format!(
            "{} has agreed to nothing: the same clinician, the same question",
            name(CastMember::Ezekiel)
        ));
        let answer = self
            .ask(&self.clinician, CastMember::Ezekiel, "TREAT", &ASKED)
            .await?;
        show(voice, &answer);
        voice.check(
            "what HIPAA and the HMIS notice let a treating clinician see is there",
            from(&answer, cast::RIVERTON_HMIS),
        );
        voice.check(
            "the treatment programme has records about him; nothing of them is shown, nor that they exist",
            !from(&answer, cast::CEDAR_RECOVERY) && !answer.text().contains("part2"),
        );
        Ok(())
    }

    async fn released_to_police(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.step(&format!(
            "{} signed a release that names the outreach team",
            name(CastMember::Marcus)
        ));
        let answer = self
            .ask(&self.officer, CastMember::Marcus, "LE-OUTREACH", &CONTACT)
            .await?;
        show(voice, &answer);
        voice.check(
            "the officer gets what the release names and the HMIS holds about him: whom to call",
            has(&answer, cast::RIVERTON_HMIS, "case_manager_contact"),
        );
        let obligations = answer.json()["disclosure"]["obligations"].to_string();
        voice.check(
            "with the duty not to use it for anything else",
            obligations.contains("NOREUSE"),
        );
        Ok(())
    }

    async fn neutral(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.step("Everybody else: the neutral answer");
        let nobody = self
            .ask_about(&self.officer, &nobody(), "LE-OUTREACH", &CONTACT)
            .await?;
        let no_release = self
            .ask(&self.officer, CastMember::Ezekiel, "LE-OUTREACH", &CONTACT)
            .await?;
        show(voice, &no_release);
        voice.check(
            "without a release the officer gets nothing",
            elements(&no_release).is_empty(),
        );
        let part2 = self
            .ask(
                &self.officer,
                CastMember::Rosa,
                "LE-OUTREACH",
                &["medications", "conditions", "sud_treatment"],
            )
            .await?;
        let nobody_part2 = self
            .ask_about(
                &self.officer,
                &nobody_else(),
                "LE-OUTREACH",
                &["medications", "conditions", "sud_treatment"],
            )
            .await?;
        voice.check(
            "a question for Part 2 data is answered exactly as for a person nobody has ever heard of: status, headers and disclosure are the same",
            alike(&part2, &nobody_part2) && alike(&no_release, &nobody),
        );
        Ok(())
    }

    async fn revoked(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.step(&format!("{} revokes her consent", name(CastMember::Tamsin)));
        let before = self
            .ask(&self.clinician, CastMember::Tamsin, "TREAT", &ASKED)
            .await?;
        voice.check(
            "before: the clinician sees the treatment programme's records",
            from(&before, cast::CEDAR_RECOVERY),
        );
        let consent = self.revocable.get().context("no consent to revoke")?;
        let token = self.setting.credentials.token(PROGRAMME_STAFF)?;
        let at = gateway_types::Clock::now(&gateway_types::SystemClock).to_string();
        let revocation = json!({ "at": at, "form": "oral", "scope": "whole" });
        let revoked = self
            .caller(cast::CEDAR_RECOVERY)?
            .with_token(token)
            .post_json(&format!("/v1/consents/{consent}/revocations"), &revocation)
            .await?;
        voice.check(
            "by word of mouth is enough; it counts at once",
            revoked.json()["status"] == "revoked",
        );
        let after = self
            .ask(&self.clinician, CastMember::Tamsin, "TREAT", &ASKED)
            .await?;
        show(voice, &after);
        voice.check(
            "after: the same question, and they are gone; the rest is still there",
            !from(&after, cast::CEDAR_RECOVERY) && !elements(&after).is_empty(),
        );
        Ok(())
    }

    async fn accounted(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.step(&format!("\"Who saw {}'s record?\"", name(CastMember::Marcus)));
        let key = self.town.personal_id(CastMember::Marcus.index());
        let answer = self
            .auditor
            .post_json("/v1/accountings", &json!({ "client": { "own_key": key } }))
            .await?;
        let answer = answer.json();
        let lines = answer["disclosures"].as_array().cloned().unwrap_or_default();
        for line in &lines {
            voice.show(&format!(
                "{}  {} of {}  {}  [{}]  on {}  {}",
                text(&line["at"]),
                text(&line["person"]),
                text(&line["recipient"]),
                text(&line["purpose"]),
                list(&line["categories"]),
                list(&line["bases"]),
                text(&line["outcome"]),
            ));
        }
        voice.check(
            "what the officer received is there, with person, purpose, categories and legal basis",
            lines.iter().any(|line| line["person"] == "k-nguyen"),
        );
        Ok(())
    }

    async fn verified(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.step("Is the log what it was?");
        let folder = self.setting.folder.join("log-export");
        let count = audit::export(&*self.setting.audit, &folder).await?;
        let key = self
            .setting
            .gateway
            .log_key()
            .parse()
            .map_err(|_| anyhow::anyhow!("the log's key does not read"))?;
        let verification = audit::verify(&folder, &key, None);
        voice.show(verification.to_string().trim_end());
        voice.check(
            &format!("the exported log of {count} entries verifies with its public key alone"),
            verification.is_intact(),
        );
        let copy = self.setting.folder.join("log-tampered");
        copy_folder(&folder, &copy)?;
        let entry = flip_a_byte(&copy)?;
        voice.tell(&format!("In a copy, one bit of entry {entry} is flipped:"));
        let verification = audit::verify(&copy, &key, None);
        let said = verification.to_string();
        voice.show(said.trim_end());
        voice.check(
            &format!("verification fails and names entry {entry}"),
            !verification.is_intact() && said.contains(&format!("ntry {entry}")),
        );
        Ok(())
    }

    async fn ask(
        &self,
        caller: &Caller,
        member: CastMember,
        purpose: &str,
        categories: &[&str],
    ) -> anyhow::Result<Answer> {
        self.ask_about(caller, &member.person().identity(), purpose, categories)
            .await
    }

    async fn ask_about(
        &self,
        caller: &Caller,
        identity: &ClientIdentity,
        purpose: &str,
        categories: &[&str],
    ) -> anyhow::Result<Answer> {
        let question =
            json!({ "client": { "identity": identity }, "purpose": purpose, "categories": categories });
        Ok(caller.post_json("/v1/disclosures", &question).await?)
    }
}

fn nobody() -> ClientIdentity {
    ClientIdentity {
        first_name: Some("Nemo".to_owned().into()),
        last_name: Some("Nowhere-Atall".to_owned().into()),
        birth_date: Date::new(1971, 3, 3).map(Into::into),
        ..ClientIdentity::default()
    }
}

fn nobody_else() -> ClientIdentity {
    ClientIdentity {
        first_name: Some("Outis".to_owned().into()),
        ..nobody()
    }
}

fn elements(answer: &Answer) -> Vec<Value> {
    answer.json()["disclosure"]["elements"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn from(answer: &Answer, source: &str) -> bool {
    elements(answer).iter().any(|element| element["source"] == source)
}

fn has(answer: &Answer, source: &str, category: &str) -> bool {
    elements(answer)
        .iter()
        .any(|element| element["source"] == source && element["category"] == category)
}

fn notice(answer: &Answer, code: &str) -> Option<String> {
    let answer = answer.json();
    let notices = answer["disclosure"]["notices"].as_array()?;
    notices.iter().find(|notice| notice["notice"] == code)?["text"]
        .as_str()
        .map(str::to_owned)
}

/// Whether two answers look alike to the one who asked: all but the receipt.
fn alike(one: &Answer, other: &Answer) -> bool {
    let visible = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.remove(http_date());
        // The receipt's length varies with the digits of its numbers.
        headers.remove("content-length");
        (answer.status, headers, answer.json()["disclosure"].clone())
    };
    visible(one) == visible(other)
}

const fn http_date() -> &'static str {
    "date"
}

/// What a person would look at first in an element, in this order.
const TELLING: [&str; 12] = [
    "medication",
    "condition",
    "worker",
    "name",
    "people",
    "telephone",
    "phone",
    "email",
    "dosage",
    "project_name",
    "organization_name",
    "period",
];

fn show(voice: &Voice, answer: &Answer) {
    let elements = elements(answer);
    if elements.is_empty() {
        voice.show(&answer.json()["disclosure"].to_string());
    }
    let mut last = None;
    let mut alike = 0;
    for element in &elements {
        // A shelter records every night; one line says it.
        let kind = (
            element["category"].clone(),
            element["source"].clone(),
            fields_of(element).contains_key("RecordType"),
        );
        if kind.2 && last.as_ref() == Some(&kind) {
            alike += 1;
            continue;
        }
        if alike > 0 {
            voice.show(&format!("{:<22} and {alike} more like it", ""));
            alike = 0;
        }
        last = Some(kind);
        let fields = fields_of(element);
        let telling = TELLING
            .iter()
            .filter_map(|name| fields.get(*name).map(|value| (*name, value)));
        let rest = fields
            .iter()
            .filter(|(name, _)| !TELLING.contains(&name.as_str()) && !name.ends_with("ID"));
        let told: Vec<String> = telling
            .chain(rest.map(|(name, value)| (name.as_str(), value)))
            .take(2)
            .map(|(name, value)| format!("{name}: {}", text(value)))
            .collect();
        voice.show(&format!(
            "{:<22} {:<18} {}",
            text(&element["category"]),
            text(&element["source"]),
            short(&told.join(", "), 76)
        ));
    }
    if alike > 0 {
        voice.show(&format!("{:<22} and {alike} more like it", ""));
    }
}

fn fields_of(element: &Value) -> serde_json::Map<String, Value> {
    element["fields"].as_object().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn list(value: &Value) -> String {
    value
        .as_array()
        .map(|items| items.iter().map(text).collect::<Vec<_>>().join(", "))
        .unwrap_or_default()
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        text.chars().take(most - 1).chain(['…']).collect()
    }
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Flips one bit in the middle of the first bundle of entries; returns the entry it is in.
fn flip_a_byte(folder: &Path) -> anyhow::Result<u64> {
    let bundles = folder.join("tile").join("entries");
    let partial = bundles.join("000.p");
    let path = if partial.is_dir() {
        std::fs::read_dir(&partial)?
            .next()
            .context("an empty bundle folder")??
            .path()
    } else {
        bundles.join("000")
    };
    let mut bytes = std::fs::read(&path)?;
    let (mut entry, mut at) = (0_u64, 0_usize);
    // Walk to the fifth entry: two bytes of length, then the entry.
    while entry < 5 {
        let length: [u8; 2] = bytes
            .get(at..at + 2)
            .and_then(|length| length.try_into().ok())
            .context("a short bundle")?;
        at += 2 + usize::from(u16::from_be_bytes(length));
        entry += 1;
    }
    // Past the length and well into the commitments.
    *bytes.get_mut(at + 2 + 100).context("a short bundle")? ^= 1;
    std::fs::write(&path, bytes)?;
    Ok(entry)
}
