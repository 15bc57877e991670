//! Witnesses, as the configuration names them: `[witness]` makes this gateway cosign other agencies' logs, `[witnesses]` has
//! its own cosigned by those in a trust policy.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use gateway_audit::{Cosigner, TrustPolicy, VerifierKey, WitnessKey};
use gateway_exchange::Gateway;
use gateway_exchange::witness::{Quorum, WitnessLine, WitnessOf};
use gateway_http::Caller;
use http::Uri;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::keys;

/// How long a witness may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The log is shown again after so many turns at most, also if nothing was appended: a cosignature says that this was the head
/// *then*.
const HEARTBEAT: u32 = 60;

/// As whom this gateway cosigns, and which logs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WitnessEntry {
    /// Its name as a witness, e.g. `witness.hospital.example`.
    name: String,
    /// Its key file, made by `assent keys witness`. Never the key of a log.
    pub(crate) key: PathBuf,
    /// The public keys of the logs.
    logs: Vec<String>,
}

/// Who cosigns this gateway's log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WitnessesEntry {
    /// The trust policy: witnesses with their addresses, and how many it takes (C2SP tlog-policy).
    pub(crate) policy: PathBuf,
    /// The authority that vouches for the witnesses' certificates, a PEM file.
    pub(crate) ca: PathBuf,
    /// How often the log is shown to them while it grows.
    #[serde(default = "every")]
    pub(crate) every_seconds: u32,
    /// After so many minutes without a quorum nothing is released; absent: never on that ground.
    stop_without_quorum_minutes: Option<u32>,
}

const fn every() -> u32 {
    5
}

impl WitnessEntry {
    pub(crate) fn read(&self) -> anyhow::Result<WitnessOf> {
        let cosigner = Cosigner::new(self.name.as_str(), keys::read_witness(&self.key)?)
            .context("`witness.name` cannot be the name of a key")?;
        let logs: Vec<VerifierKey> = self
            .logs
            .iter()
            .map(|log| log.parse().context("`witness.logs`: not the public key of a log"))
            .collect::<anyhow::Result<_>>()?;
        Ok(WitnessOf { cosigner, logs })
    }
}

impl WitnessesEntry {
    /// Whether the log is shown often enough not to be stopped for want of a quorum that is there.
    pub(crate) fn shows_in_time(&self) -> bool {
        self.stop_without_quorum_minutes
            .is_none_or(|minutes| minutes.saturating_mul(60) / 3 >= self.every_seconds)
    }

    /// After how many turns an idle log is shown again: three times before the gateway would stop, if it may.
    pub(crate) fn heartbeat(&self) -> u32 {
        let stop = self.stop_without_quorum_minutes.unwrap_or(u32::MAX);
        (stop.saturating_mul(60) / 3 / self.every_seconds.max(1)).clamp(1, HEARTBEAT)
    }

    pub(crate) fn quorum(&self) -> anyhow::Result<Quorum> {
        Ok(Quorum {
            policy: read_policy(&self.policy)?,
            stop_after_minutes: self.stop_without_quorum_minutes,
        })
    }

    /// The lines to the witnesses that have an address.
    pub(crate) fn lines(&self) -> anyhow::Result<Vec<Box<dyn WitnessLine>>> {
        let ca = std::fs::read_to_string(&self.ca)
            .with_context(|| format!("`{}` cannot be read", self.ca.display()))?;
        let policy = read_policy(&self.policy)?;
        let mut lines: Vec<Box<dyn WitnessLine>> = Vec::new();
        for (key, address) in policy.addresses() {
            lines.push(Box::new(Line::to(key, address, &ca)?));
        }
        anyhow::ensure!(!lines.is_empty(), "`witnesses.policy`: no witness has an address");
        Ok(lines)
    }
}

/// Reads a trust policy.
pub(crate) fn read_policy(path: &Path) -> anyhow::Result<TrustPolicy> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    TrustPolicy::parse(&text).with_context(|| format!("`{}`", path.display()))
}

/// A witness reached over HTTPS.
struct Line {
    key: WitnessKey,
    caller: Caller,
    path: String,
}

impl Line {
    fn to(key: &WitnessKey, address: &str, ca: &str) -> anyhow::Result<Self> {
        let wrong = || {
            format!(
                "`witnesses.policy`: the address of {} is not `https://HOST[:PORT][/PATH]`",
                key.name()
            )
        };
        let address: Uri = address.parse().with_context(wrong)?;
        let (Some("https"), Some(host), None) = (address.scheme_str(), address.host(), address.query())
        else {
            anyhow::bail!(wrong());
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let caller = Caller::of(host, address.port_u16().unwrap_or(443), ca, None)
            .context("`witnesses.ca` cannot be used")?;
        Ok(Self {
            key: key.clone(),
            caller,
            path: format!("{}/add-checkpoint", address.path().trim_end_matches('/')),
        })
    }
}

#[async_trait::async_trait]
impl WitnessLine for Line {
    fn key(&self) -> &WitnessKey {
        &self.key
    }

    async fn add_checkpoint(&self, body: String) -> Result<(u16, String), String> {
        let called = self.caller.call("POST", &self.path, "text/plain", body);
        match tokio::time::timeout(PATIENCE, called).await {
            Ok(Ok(answer)) => Ok((answer.status.as_u16(), answer.text())),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

/// Shows the log to its witnesses, as often as it grows, until enough have cosigned, and now and then besides.
pub(crate) async fn follow(
    gateway: Arc<Gateway>,
    lines: Vec<Box<dyn WitnessLine>>,
    every: Duration,
    heartbeat: u32,
    stop: CancellationToken,
) {
    let (mut shown, mut turns) = (None, 0);
    while tokio::time::timeout(every, stop.cancelled()).await.is_err() {
        turns += 1;
        let Ok(now) = gateway.checkpoint().await else {
            continue;
        };
        if now == shown && turns < heartbeat {
            continue;
        }
        turns = 0;
        match gateway.be_witnessed(&lines).await {
            Ok(true) => shown = now,
            Ok(false) => shown = None,
            Err(_) => tracing::warn!("the log could not be shown to its witnesses; it is tried again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(every_seconds: u32, stop_without_quorum_minutes: Option<u32>) -> WitnessesEntry {
        let (policy, ca) = (PathBuf::new(), PathBuf::new());
        WitnessesEntry {
            policy,
            ca,
            every_seconds,
            stop_without_quorum_minutes,
        }
    }

    #[test]
    fn an_idle_log_is_shown_well_before_the_gateway_would_stop() {
        for (every, stop) in [(5, 1), (5, 3), (5, 60), (60, 30), (20, 1), (600, 30)] {
            let entry = entry(every, Some(stop));
            assert!(entry.shows_in_time(), "{every} {stop}");
            assert!(entry.heartbeat() * every * 3 <= stop * 60, "{every} {stop}");
        }
        assert_eq!(entry(5, None).heartbeat(), HEARTBEAT);
        assert!(!entry(60, Some(1)).shows_in_time());
        assert!(!entry(1, Some(0)).shows_in_time());
        assert!(entry(3600, None).shows_in_time());
    }
}
