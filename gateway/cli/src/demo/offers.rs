//! What to try next: commands to paste, with the demo's certificates and tokens.

use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::json;

use super::setting::{CLINICIAN, COMPLIANCE_OFFICER, OUTREACH_OFFICER, Setting};
use super::tour::{ASKED, Guide};
use super::voice::Voice;
use crate::{keys, say};

/// Writes the tokens into files and prints the commands.
pub(super) fn print(setting: &Setting, guide: &Guide<'_>, voice: &Voice) -> anyhow::Result<()> {
    let folder = &setting.folder;
    let tokens = folder.join("tokens");
    std::fs::create_dir(&tokens)?;
    let credentials = &setting.credentials;
    keys::write_secret(&tokens.join("clinician"), &credentials.token(CLINICIAN)?)?;
    keys::write_secret(
        &tokens.join("outreach-officer"),
        &credentials.token(OUTREACH_OFFICER)?,
    )?;
    let auditor = credentials.officer_token(COMPLIANCE_OFFICER, cast::RIVERTON_HMIS)?;
    keys::write_secret(&tokens.join("compliance-officer"), &auditor)?;

    let certificates = folder.join("certificates");
    let address = guide.address;
    let curl = |agency: Option<&str>, token: &str, path: &str, body: Option<&serde_json::Value>| {
        let mut command = format!("curl --cacert '{}'", certificates.join("ca.pem").display());
        if let Some(agency) = agency {
            command += &format!(
                " --cert '{}' --key '{}'",
                certificates.join(format!("{agency}.pem")).display(),
                certificates.join(format!("{agency}.key")).display()
            );
        }
        command += &format!(
            " -H \"Authorization: Bearer $(cat '{}')\"",
            tokens.join(token).display()
        );
        if let Some(body) = body {
            command += &format!(" --json '{body}'");
        }
        format!("{command} https://{address}{path}")
    };
    let rosa = CastMember::Rosa.person().identity();
    let ask = json!({ "client": { "identity": rosa }, "purpose": "TREAT", "categories": ASKED });
    let marcus = CastMember::Marcus.person().identity();
    let outreach = json!({ "client": { "identity": marcus }, "purpose": "LE-OUTREACH", "categories": ["case_manager_contact", "shelter_status"] });
    let whose = json!({ "client": { "own_key": guide.town.personal_id(CastMember::Marcus.index()) } });

    voice.part(&format!("Serving on https://{address}; try it yourself"));
    say("\n# the crisis clinician asks about Rosa");
    say(&curl(
        Some(cast::HARBOR_CRISIS),
        "clinician",
        "/v1/disclosures",
        Some(&ask),
    ));
    say("\n# the outreach officer asks about Marcus; then change the name and compare");
    say(&curl(
        Some(cast::RIVERTON_PD_OUTREACH),
        "outreach-officer",
        "/v1/disclosures",
        Some(&outreach),
    ));
    say("\n# the compliance officer lists who saw Marcus's record");
    say(&curl(None, "compliance-officer", "/v1/accountings", Some(&whose)));
    say("\n# the signed checkpoint of the log, and the description of the API");
    say(&format!(
        "curl --cacert '{}' https://{address}/v1/log/checkpoint",
        certificates.join("ca.pem").display()
    ));
    say(&format!(
        "curl --cacert '{}' https://{address}/openapi.json",
        certificates.join("ca.pem").display()
    ));
    say(&format!(
        "\n# the log's public key\n{}",
        setting.gateway.log_key()
    ));
    voice.part("Stop with Ctrl-C.");
    Ok(())
}
