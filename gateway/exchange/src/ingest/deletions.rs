//! A push that takes away much of what is on file asks a person first.
//!
//! A wrong export, a wrong folder or a vendor's changed key would otherwise empty a source in one night, and a crisis
//! provider would find nothing where yesterday there was a client. What a push would take away is counted against what its
//! source has on file; beyond the threshold it is refused, until somebody of the source says that they mean it.

use adapters::report::{Place, Report, Rule, Severity};
use gateway_store::{Holdings, RecordStore, StoreError};
use gateway_types::{AgencyId, IngestId, StaffId};
use serde_json::{Value, json};

/// So many clients may go unasked, however few there are.
const CLIENTS: u64 = 10;
/// So many statements may go unasked, however few there are.
const STATEMENTS: u64 = 100;
/// So much of what is on file may go unasked, in percent.
const PERCENT: u64 = 5;

static MANY_DELETIONS: Rule = Rule {
    id: "many-deletions",
    severity: Severity::RefusesPush,
    says: "the push would take away more of what is on file than a push does unasked; `deletions` says how much",
    remedy: "find out whether that is meant; if it is, send it again with `Assent-Deletions-Meant: \
             clients=N, statements=M, by=STAFF`",
};

/// What somebody of the source says may be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeantDeletions {
    /// The most clients and statements.
    pub most: Holdings,
    /// Who says so, as their agency names them: an attestation, recorded with the push.
    pub by: StaffId,
}

/// What a push takes away, weighed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Weighed {
    /// It may, unasked.
    Unasked,
    /// It may, since somebody says that it is meant.
    Meant,
    /// Somebody has to be asked: the report says so.
    Asks(Value),
}

/// Weighs what a push that is staged whole takes away.
pub(super) async fn weigh(
    store: &dyn RecordStore,
    push: IngestId,
    source: &AgencyId,
    meant: Option<&MeantDeletions>,
) -> Result<Weighed, StoreError> {
    let gone = store.taken_away(push).await?;
    if gone.clients <= CLIENTS && gone.statements <= STATEMENTS {
        return Ok(Weighed::Unasked);
    }
    let held = store.holdings(source).await?;
    Ok(judge(gone, held, meant))
}

fn judge(gone: Holdings, held: Holdings, meant: Option<&MeantDeletions>) -> Weighed {
    if few(gone.clients, held.clients, CLIENTS) && few(gone.statements, held.statements, STATEMENTS) {
        return Weighed::Unasked;
    }
    if meant
        .is_some_and(|meant| gone.clients <= meant.most.clients && gone.statements <= meant.most.statements)
    {
        return Weighed::Meant;
    }
    let mut report = Report::default();
    report.add(&MANY_DELETIONS, Place::default());
    let mut report = serde_json::to_value(&report).unwrap_or_default();
    if let Some(report) = report.as_object_mut() {
        let counts = |gone: u64, held: u64| json!({ "taken_away": gone, "on_file": held });
        let deletions = json!({
            "clients": counts(gone.clients, held.clients),
            "statements": counts(gone.statements, held.statements),
        });
        report.insert("deletions".to_owned(), deletions);
    }
    Weighed::Asks(report)
}

fn few(gone: u64, held: u64, always: u64) -> bool {
    // Wide enough that no count is cut off.
    gone <= always || u128::from(gone) * 100 <= u128::from(held) * u128::from(PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn of(clients: u64, statements: u64) -> Holdings {
        Holdings { clients, statements }
    }

    fn meant(clients: u64, statements: u64) -> MeantDeletions {
        MeantDeletions {
            most: of(clients, statements),
            by: StaffId::new("d-okafor").unwrap(),
        }
    }

    #[test]
    fn much_of_either_is_asked_about_and_little_is_not() {
        let asks = |gone, held| matches!(judge(gone, held, None), Weighed::Asks(_));
        assert!(!asks(of(10, 100), of(10, 100)));
        assert!(asks(of(11, 0), of(219, 9_000)));
        assert!(!asks(of(11, 0), of(220, 9_000)), "five percent");
        assert!(asks(of(0, 101), of(220, 2_019)));
        assert!(!asks(of(0, 101), of(220, 2_020)));
        assert!(asks(of(u64::MAX, 0), of(u64::MAX, 0)));
    }

    #[test]
    fn what_is_meant_covers_so_much_and_no_more() {
        let judged = |meant: MeantDeletions| judge(of(50, 700), of(60, 800), Some(&meant));
        assert_eq!(judged(meant(50, 700)), Weighed::Meant);
        for too_little in [meant(49, 700), meant(50, 699)] {
            let Weighed::Asks(report) = judged(too_little) else {
                panic!("more than is meant goes");
            };
            assert_eq!(report["findings"][0]["rule"], "many-deletions");
            assert_eq!(
                report["deletions"]["clients"],
                json!({ "taken_away": 50, "on_file": 60 })
            );
        }
    }
}
