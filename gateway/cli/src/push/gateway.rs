//! The gateway that files go to: reached over mutual TLS, asked how an import has come on until it has ended.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use gateway_http::{Answer, CallError, Caller};
use http::{HeaderValue, StatusCode, Uri};
use serde_json::{Value, json};

use super::format::PushFormat;
use super::report::{self, field};

/// How long a gateway may neither take more of a file nor answer. It reads a file whole before it answers.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is asked how an import has come on.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// What a push is refused as that asks a person.
const MANY_DELETIONS: &str = "many-deletions";

/// Where to, and as whom.
#[derive(Args)]
pub(crate) struct To {
    /// The gateway, e.g. `https://assent.county.example:8443`.
    #[arg(long)]
    to: Uri,
    /// The authority that vouches for the gateway's certificate, a PEM file.
    #[arg(long)]
    ca: PathBuf,
    /// The agency's certificate, a PEM file.
    #[arg(long)]
    certificate: PathBuf,
    /// Its key, a PEM file.
    #[arg(long)]
    key: PathBuf,
}

/// A gateway that can be pushed to.
pub(crate) struct Reached(Caller);

/// What became of a push.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Taken in; the report says with what.
    Taken {
        /// Its id.
        import: String,
        /// What became of its records.
        report: Value,
    },
    /// These bytes were taken in before, and nothing came since.
    TakenBefore {
        /// The id of that push.
        import: String,
    },
    /// Read and refused; the report says why.
    Refused {
        /// Its id.
        import: String,
        /// Why.
        report: Value,
    },
    /// Not of a form that is received at all.
    Unreadable(String),
    /// The door is closed to this agency, whatever it pushes.
    Closed(String),
    /// Not now, whatever is pushed: the same again later may be.
    Later(String),
    /// The gateway could not do it, or broke off: it may be the gateway, it may be what was pushed.
    Failed(String),
    /// It would take away so much that a person is asked, at a door whose pushes have no report.
    Asks(String),
}

impl To {
    /// Gets ready to push there.
    pub(crate) fn reach(
        &self,
        deletions_meant: Option<&str>,
        older: Option<&str>,
    ) -> anyhow::Result<Reached> {
        let host = self.to.host().filter(|host| !host.is_empty());
        let (Some("https"), Some(host), "" | "/", None) =
            (self.to.scheme_str(), host, self.to.path(), self.to.query())
        else {
            anyhow::bail!("`--to` is not of the form `https://HOST:PORT`");
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (ca, certificate, key) = (text(&self.ca)?, text(&self.certificate)?, text(&self.key)?);
        let mut caller = Caller::of(
            host,
            self.to.port_u16().unwrap_or(443),
            &ca,
            Some((&certificate, &key)),
        )
        .context("`--ca`, `--certificate` and `--key` cannot be used")?;
        caller = caller.with_patience(PATIENCE);
        if let Some(meant) = deletions_meant {
            let meant = HeaderValue::from_str(meant).context("`--deletions-meant` cannot be sent")?;
            caller = caller.with_header("assent-deletions-meant", meant);
        }
        if let Some(by) = older {
            let by = HeaderValue::from_str(&format!("by={by}")).context("`--older` cannot be sent")?;
            caller = caller.with_header("assent-older-meant", by);
        }
        Ok(Reached(caller))
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

impl Reached {
    /// Pushes a file and waits until it is taken in or refused.
    pub(crate) async fn push(&self, format: PushFormat, file: std::fs::File) -> Ended {
        let (path, media_type) = format.door();
        let mut connection = match self.0.connect().await {
            Ok(connection) => connection,
            Err(error) => return not_reached(&error),
        };
        let file = tokio::fs::File::from_std(file);
        match connection.send_file(path, media_type, file).await {
            Ok(answer) => self.follow(&answer).await,
            Err(error) => Ended::Failed(error.to_string()),
        }
    }

    /// Follows a push by the first answer to it.
    async fn follow(&self, answer: &Answer) -> Ended {
        let said = answer.json();
        let import = field(&said, "import").as_str().unwrap_or_default().to_owned();
        match answer.status {
            StatusCode::OK => Ended::TakenBefore { import },
            StatusCode::CREATED => Ended::Taken {
                import,
                report: field(&said, "report").clone(),
            },
            StatusCode::ACCEPTED => self.wait(import).await,
            _ => not_let_in(answer),
        }
    }

    async fn wait(&self, import: String) -> Ended {
        loop {
            tokio::time::sleep(ASK_AGAIN).await;
            let answer = match self.0.get(&format!("/v1/imports/{import}")).await {
                Ok(answer) => answer,
                Err(error) => return not_reached(&error),
            };
            if !answer.status.is_success() {
                return not_let_in(&answer);
            }
            let said = answer.json();
            let report = field(&said, "report").clone();
            match field(&said, "state").as_str() {
                Some("running") => {}
                Some("published") => return Ended::Taken { import, report },
                Some("refused") => return Ended::Refused { import, report },
                _ => return Ended::Failed("the gateway failed; nothing of it is kept".to_owned()),
            }
        }
    }
}

fn not_reached(error: &CallError) -> Ended {
    Ended::Later(error.to_string())
}

fn not_let_in(answer: &Answer) -> Ended {
    let problem = answer.json();
    let words: Vec<&str> = ["title", "detail"]
        .iter()
        .filter_map(|key| field(&problem, key).as_str())
        .collect();
    let what = format!("{}: {}", answer.status, words.join(": "));
    let later = matches!(
        answer.status,
        StatusCode::CONFLICT
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    );
    let kind = field(&problem, "type").as_str().unwrap_or_default();
    match answer.status {
        _ if kind.ends_with(MANY_DELETIONS) => Ended::Asks(what),
        _ if later => Ended::Later(what),
        status if status.is_server_error() => Ended::Failed(what),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => Ended::Closed(what),
        _ => Ended::Unreadable(what),
    }
}

impl Ended {
    /// Whether a person has to say that it is meant, and what was pushed after it has to wait for that.
    pub(crate) fn asks_a_person(&self) -> bool {
        match self {
            Self::Refused { report, .. } => {
                let findings = field(field(report, "findings"), "findings").as_array();
                let mut findings = findings.into_iter().flatten();
                findings.any(|finding| field(finding, "rule") == MANY_DELETIONS)
            }
            Self::Asks(_) => true,
            _ => false,
        }
    }

    /// What became of it, in one or two words.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Taken { .. } => "taken in",
            Self::TakenBefore { .. } => "taken in before",
            Self::Refused { .. } => "refused",
            Self::Unreadable(_) | Self::Asks(_) => "refused",
            Self::Closed(_) => "not let in",
            Self::Later(_) => "not now",
            Self::Failed(_) => "failed",
        }
    }

    /// The import, if it came to one.
    pub(crate) fn import(&self) -> Option<&str> {
        match self {
            Self::Taken { import, .. } | Self::TakenBefore { import } | Self::Refused { import, .. } => {
                Some(import)
            }
            Self::Unreadable(_) | Self::Closed(_) | Self::Later(_) | Self::Failed(_) | Self::Asks(_) => None,
        }
    }

    /// For a person.
    pub(crate) fn as_text(&self, name: &str) -> String {
        let mut text = format!("{name}: {}", self.word());
        if let Some(import) = self.import() {
            text += &format!(" (import {import})");
        }
        match self {
            Self::Taken { report, .. } | Self::Refused { report, .. } => text += &report::as_text(report),
            Self::TakenBefore { .. } => {}
            Self::Unreadable(why)
            | Self::Closed(why)
            | Self::Later(why)
            | Self::Failed(why)
            | Self::Asks(why) => text += &format!(": {why}"),
        }
        text
    }

    /// For a machine.
    pub(crate) fn as_json(&self, name: &str) -> Value {
        let (report, why) = match self {
            Self::Taken { report, .. } | Self::Refused { report, .. } => (Some(report), None),
            Self::TakenBefore { .. } => (None, None),
            Self::Unreadable(why)
            | Self::Closed(why)
            | Self::Later(why)
            | Self::Failed(why)
            | Self::Asks(why) => (None, Some(why)),
        };
        json!({ "file": name, "outcome": self.word(), "import": self.import(), "report": report, "why": why })
    }
}
