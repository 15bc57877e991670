//! The statement that approvers sign: one text for one change, to the byte.

use std::fmt;

use gateway_crypto::Digest;
use gateway_store::AgreementAction;
use gateway_types::{MouId, Timestamp};
use policies::mou::Heading;

const FIRST: &str = "assent agreement approval v1";
const NONE: &str = "none";

/// One change of one agreement, as it is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What is done.
    pub action: AgreementAction,
    /// The agreement.
    pub mou: MouId,
    /// The version that comes into force, or leaves it, in the words of its file.
    pub version: String,
    /// Its content hash: what it says.
    pub content: Digest,
    /// The digest of the file, byte for byte: the parties' signatures and the comments too.
    pub file: Digest,
    /// The content hash of the version that is in force until then.
    pub replaces: Option<Digest>,
    /// When it was first stated. Makes two approvals of the same change two statements.
    pub stated: Timestamp,
}

/// Why a text is no statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It does not begin as one.
    #[error("the first line is not `{FIRST}`")]
    First,
    /// A line is missing, strange, or not in its place.
    #[error("line {line} is not `{key}: ...` as it should be")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What it should hold.
        key: &'static str,
    },
    /// There is more than a statement has.
    #[error("something follows the last line")]
    More,
    /// The version holds characters that have no place in a line.
    #[error("the version of the file cannot be written in one line")]
    Version,
}

impl Statement {
    /// The statement about a file: that it comes into force in place of what it supersedes, or that it leaves it.
    ///
    /// # Errors
    /// [`StatementError::Version`].
    pub fn about(
        action: AgreementAction,
        heading: &Heading,
        text: &str,
        stated: Timestamp,
    ) -> Result<Self, StatementError> {
        if heading.version.is_empty() || heading.version.chars().any(char::is_control) {
            return Err(StatementError::Version);
        }
        Ok(Self {
            action,
            mou: heading.id.clone(),
            version: heading.version.clone(),
            content: heading.hash,
            file: Digest::of(text.as_bytes()),
            replaces: match action {
                AgreementAction::Activate => heading.supersedes,
                AgreementAction::Retire => Some(heading.hash),
            },
            // Whole seconds: the text is for people too.
            stated: Timestamp::from_micros(stated.as_seconds().saturating_mul(1_000_000)),
        })
    }

    /// Reads a statement: only the very text that [`Statement`] writes.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn read(text: &str) -> Result<Self, StatementError> {
        let mut lines = (1..).zip(text.lines());
        if lines.next().map(|(_, line)| line) != Some(FIRST) {
            return Err(StatementError::First);
        }
        let mut value = |key: &'static str| {
            let (line, text) = lines.next().unwrap_or((0, ""));
            text.strip_prefix(key)
                .and_then(|rest| rest.strip_prefix(": "))
                .map(|value| (line, value))
                .ok_or(StatementError::Line { line, key })
        };
        let action = read_as("action", value("action")?, AgreementAction::from_code)?;
        let mou = read_as("agreement", value("agreement")?, |text| text.parse().ok())?;
        let version = value("version")?.1.to_owned();
        let content = read_as("content", value("content")?, |text| text.parse().ok())?;
        let file = read_as("file", value("file")?, |text| text.parse().ok())?;
        let replaces = read_as("replaces", value("replaces")?, |text| {
            if text == NONE {
                Some(None)
            } else {
                text.parse().ok().map(Some)
            }
        })?;
        let stated = read_as("stated", value("stated")?, |text| text.parse().ok())?;
        let statement = Self {
            action,
            mou,
            version,
            content,
            file,
            replaces,
            stated,
        };
        // One statement, one text: nothing can be said twice in two ways.
        if statement.to_string() == text {
            Ok(statement)
        } else {
            Err(StatementError::More)
        }
    }

    /// The digest of the statement, by which it is used once.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }
}

fn read_as<T>(
    key: &'static str,
    (line, text): (usize, &str),
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, StatementError> {
    read(text).ok_or(StatementError::Line { line, key })
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}")?;
        writeln!(f, "action: {}", self.action.code())?;
        writeln!(f, "agreement: {}", self.mou)?;
        writeln!(f, "version: {}", self.version)?;
        writeln!(f, "content: {}", self.content)?;
        writeln!(f, "file: {}", self.file)?;
        match self.replaces {
            Some(hash) => writeln!(f, "replaces: {hash}")?,
            None => writeln!(f, "replaces: {NONE}")?,
        }
        writeln!(f, "stated: {}", self.stated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        Statement {
            action: AgreementAction::Activate,
            mou: MouId::new("care").unwrap(),
            version: "1.0.0".to_owned(),
            content: Digest::of(b"content"),
            file: Digest::of(b"file"),
            replaces: None,
            stated: "2026-11-22T14:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_statement_is_one_text_and_reads_back() {
        let text = statement().to_string();
        assert!(
            text.starts_with("assent agreement approval v1\naction: activate\nagreement: care\n"),
            "{text}"
        );
        assert!(
            text.ends_with("replaces: none\nstated: 2026-11-22T14:00:00Z\n"),
            "{text}"
        );
        assert_eq!(Statement::read(&text), Ok(statement()));
        let retirement = Statement {
            action: AgreementAction::Retire,
            replaces: Some(Digest::of(b"content")),
            ..statement()
        };
        assert_eq!(Statement::read(&retirement.to_string()), Ok(retirement));
    }

    #[test]
    fn no_other_text_reads_as_a_statement() {
        let text = statement().to_string();
        for (from, to) in [
            ("v1", "v2"),
            ("activate", "enact"),
            ("care", "Care"),
            ("sha256:", "SHA256:"),
            ("replaces: none", "replaces: nothing"),
            ("replaces: none\n", ""),
            ("version: 1.0.0\n", "version: 1.0.0\nversion: 2.0.0\n"),
            ("14:00:00Z", "14:00:00.0Z"),
            ("14:00:00Z", "15:00:00+01:00"),
            ("14:00:00Z\n", "14:00:00Z\nand more\n"),
            ("action: ", "action:  "),
            ("\n", "\r\n"),
        ] {
            let other = text.replace(from, to);
            assert_ne!(other, text);
            assert!(Statement::read(&other).is_err(), "{other}");
        }
    }
}
