//! `assent agency`: the registry, one file an agency, every version kept.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use gateway_exchange::directory::read_registration;
use gateway_store::RegistryVersion;
use gateway_types::registry::Agency;
use gateway_types::{Clock as _, StaffId, SystemClock, Timestamp};

use crate::compose::{self, Process, Stores};
use crate::config::Config;
use crate::{Failure, say, serve};

/// The registry of agencies.
#[derive(Subcommand)]
pub(crate) enum AgencyCommand {
    /// Enter an agency, or a new version of one. A gateway that serves takes it up within seconds.
    Add {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Who enters it.
        #[arg(long)]
        by: StaffId,
        /// Who approves it: somebody else.
        #[arg(long)]
        approved_by: StaffId,
        /// The registration file.
        file: PathBuf,
    },
    /// Check registration files without entering them.
    Check {
        /// The registration files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the agencies and whether they may exchange.
    List {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

pub(crate) async fn run(command: AgencyCommand) -> Result<(), Failure> {
    match command {
        AgencyCommand::Check { files } => check(&files),
        AgencyCommand::List { config } => list(&config).await,
        AgencyCommand::Add {
            config,
            by,
            approved_by,
            file,
        } => {
            if by == approved_by {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "`--by` and `--approved-by` must be two people"
                )));
            }
            let agency = read(&file)?;
            add(&config, &agency, &[by, approved_by]).await
        }
    }
}

fn read(file: &PathBuf) -> Result<Agency, Failure> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let agency =
        read_registration(&file.display().to_string(), &text).map_err(|error| Failure::Data(error.into()))?;
    for key in &agency.token_keys {
        gateway_crypto::tokens::check_token_key(&key.public_key_pem)
            .with_context(|| format!("{}: `token_key` `{}`", file.display(), key.kid))
            .map_err(Failure::Data)?;
    }
    Ok(agency)
}

fn check(files: &[PathBuf]) -> Result<(), Failure> {
    let now = SystemClock.now();
    for file in files {
        let agency = read(file)?;
        say(&format!("{}: ok: {}", file.display(), standing(&agency, now)));
    }
    Ok(())
}

async fn list(config: &std::path::Path) -> Result<(), Failure> {
    let (config, keys) = configured(config)?;
    let stores = Stores::of(&config, &keys, Process::Tool).await?;
    let now = SystemClock.now();
    for RegistryVersion {
        version,
        entered_at,
        entered_by,
        agency,
    } in stores
        .records
        .agencies()
        .await
        .context("the registry cannot be read")?
    {
        let by: Vec<_> = entered_by.iter().map(StaffId::as_str).collect();
        say(&format!(
            "{:<28} version {version}, entered {} by {}: {}",
            agency.id.as_str(),
            entered_at.date(),
            by.join(" and "),
            standing(&agency, now)
        ));
    }
    Ok(())
}

async fn add(config: &std::path::Path, agency: &Agency, by: &[StaffId]) -> Result<(), Failure> {
    let (gateway, taken_up) = compose::tool(config, None).await?;
    taken_up
        .context("the agreements in force cannot be read, under which the registration would be entered")?;
    let version = gateway
        .enter_agency(agency, by)
        .await
        .context("the registration cannot be entered")?;
    say(&format!(
        "{} is registered, version {version}: {}",
        agency.id,
        standing(agency, SystemClock.now())
    ));
    Ok(())
}

fn configured(path: &std::path::Path) -> Result<(Config, compose::GatewayKeys), Failure> {
    let config = Config::load(path).map_err(|errors| Failure::Usage(errors.into()))?;
    let keys = serve::gateway_keys(&config).map_err(Failure::Usage)?;
    Ok((config, keys))
}

/// What an agency may do now, in words.
fn standing(agency: &Agency, now: Timestamp) -> String {
    let regimes: std::collections::BTreeSet<_> = agency
        .programmes
        .iter()
        .flat_map(|programme| programme.regimes.iter())
        .map(|regime| regime.to_string())
        .collect();
    let regimes: Vec<_> = regimes.into_iter().collect();
    let instruments: Vec<_> = agency
        .instruments_in_force(now)
        .map(|instrument| instrument.kind.to_string())
        .collect();
    let may = if instruments.is_empty() {
        "may not exchange: no instrument is in force".to_owned()
    } else if agency.is_victim_service() {
        format!(
            "may ask under {}; its pushes are refused at the door",
            instruments.join(", ")
        )
    } else {
        format!("may exchange under {}", instruments.join(", "))
    };
    format!(
        "{} ({}), records under {}; {may}",
        agency.name,
        agency.kind,
        regimes.join(", ")
    )
}
