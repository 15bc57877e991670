//! Data in: the HMIS export, the clinics' bundles, the police's calls; and the push that is refused at the door.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value indexed by a name it lacks is null, not a panic"
)]

use std::io::{Cursor, Read as _, Seek as _};
use std::time::Duration;

use anyhow::Context as _;
use gateway_synthetic::agencies as cast;
use serde_json::Value;

use super::tour::Guide;
use super::voice::Voice;

impl Guide<'_> {
    /// Pushes everything, each agency over its own certificate.
    pub(super) async fn take_in(&self, voice: &mut Voice) -> anyhow::Result<()> {
        voice.part("The agencies push what they hold");
        self.hmis(voice).await?;
        for (agency, bundle) in gateway_synthetic::fhir_bundles(self.town)? {
            let report = self
                .push(
                    voice,
                    agency.as_str(),
                    "fhir",
                    "application/fhir+json",
                    bundle.into_bytes(),
                )
                .await?;
            let clients = report["counts"]["clients"].as_u64().unwrap_or(0);
            voice.check(
                &format!("{agency}: FHIR bundle taken in; {clients} patients"),
                clients > 0,
            );
        }
        let calls = gateway_synthetic::calls_for_service_csv(self.town).into_bytes();
        let report = self
            .push(
                voice,
                cast::RIVERTON_PD_OUTREACH,
                "calls-for-service",
                "text/csv",
                calls,
            )
            .await?;
        voice.check(
            &format!(
                "{}: calls for service taken in; {} rows about known people",
                cast::RIVERTON_PD_OUTREACH,
                report["counts"]["clients"]
            ),
            report["counts"]["elements"].as_u64().unwrap_or(0) > 0,
        );
        self.victim_services_are_turned_away(voice).await
    }

    async fn hmis(&self, voice: &mut Voice) -> anyhow::Result<()> {
        let mut file = tempfile::tempfile_in(&self.setting.folder)?;
        let summary = gateway_synthetic::write_hmis_zip(self.town, &mut file)?;
        voice.tell(&format!(
            "{} exports its HMIS: {} CSV files, {} rows about {} people.",
            cast::RIVERTON_HMIS,
            summary.files().len(),
            summary.total(),
            self.town.clients()
        ));
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        let report = self
            .push(
                voice,
                cast::RIVERTON_HMIS,
                "hmis-csv",
                "application/zip",
                bytes.clone(),
            )
            .await?;
        let clients = report["counts"]["clients"].as_u64().unwrap_or(0);
        voice.check(
            &format!(
                "{}: HMIS export taken in; {clients} clients, {} labelled elements",
                cast::RIVERTON_HMIS,
                report["counts"]["elements"]
            ),
            clients > 0,
        );
        let again = self
            .caller(cast::RIVERTON_HMIS)?
            .call("POST", "/v1/imports/hmis-csv", "application/zip", bytes)
            .await?;
        voice.check(
            "the same export pushed once more is recognised and stores nothing twice",
            again.status == 200 && again.json()["state"] == "published",
        );
        Ok(())
    }

    /// Pushes bytes, waits for the job and returns its report.
    async fn push(
        &self,
        voice: &Voice,
        agency: &str,
        kind: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> anyhow::Result<Value> {
        let caller = self.caller(agency)?;
        let answer = caller
            .call("POST", &format!("/v1/imports/{kind}"), media_type, bytes)
            .await?;
        anyhow::ensure!(
            answer.status.is_success(),
            "{agency}: the push was not accepted: {}",
            answer.text()
        );
        let id = answer.json()["import"]
            .as_str()
            .context("no import id")?
            .to_owned();
        let bar = voice.bar(&format!("{agency} {kind}"));
        loop {
            let status = caller.get(&format!("/v1/imports/{id}")).await?.json();
            if let Some(expected) = status["records_expected"].as_u64() {
                bar.set_length(expected);
            }
            bar.set_position(status["records"].as_u64().unwrap_or(0));
            match status["state"].as_str() {
                Some("running") => tokio::time::sleep(Duration::from_millis(50)).await,
                Some("published") => {
                    bar.finish_and_clear();
                    return Ok(status["report"].clone());
                }
                _ => anyhow::bail!("{agency}: the push ended otherwise: {status}"),
            }
        }
    }

    async fn victim_services_are_turned_away(&self, voice: &mut Voice) -> anyhow::Result<()> {
        let before = self.setting.gateway.count_clients().await?;
        let mut export = Cursor::new(Vec::new());
        gateway_synthetic::write_vsp_zip(self.town, &mut export)?;
        let answer = self
            .caller(cast::SAFE_HAVEN)?
            .call(
                "POST",
                "/v1/imports/hmis-csv",
                "application/zip",
                export.into_inner(),
            )
            .await?;
        let refused = answer.json()["type"] == "urn:assent:problem:victim-service-source";
        let kept = self.setting.gateway.count_clients().await? != before || self.anything_kept()?;
        voice.check(
            &format!(
                "{}: refused at the door, before its file was read: {}",
                cast::SAFE_HAVEN,
                answer.json()["title"]
            ),
            refused,
        );
        voice.check("nothing of that file is anywhere in the data folder", !kept);
        Ok(())
    }

    /// Whether any name of the victim service's file is in any file of the data folder.
    fn anything_kept(&self) -> anyhow::Result<bool> {
        let markers: Vec<Vec<u8>> = gateway_synthetic::victim_service_markers()
            .map(String::into_bytes)
            .collect();
        for entry in std::fs::read_dir(&self.setting.folder)? {
            let path = entry?.path();
            if path.is_file() {
                let bytes = std::fs::read(&path)?;
                if markers.iter().any(|marker| {
                    bytes
                        .windows(marker.len())
                        .any(|window| window == marker.as_slice())
                }) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
