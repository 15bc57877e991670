//! A push that takes away much of what is on file asks a person first.
//!
//! A wrong export, a wrong folder or a vendor's changed key would otherwise empty a source in one night, and a crisis
//! provider would find nothing where yesterday there was a client. What a push would take away is counted, together with what
//! the source took away within a day before it, against what its source has on file; beyond the threshold it is refused,
//! until somebody of the source says that they mean it. At every door: one large export does the same as many small messages.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adapters::report::{Place, Report, Rule, Severity};
use gateway_store::{Holdings, NewIngest, RecordStore, StoreError};
use gateway_types::{AgencyId, StaffId};
use serde_json::{Value, json};
use tokio::time::Instant;

/// So many clients may go unasked, however few there are.
const CLIENTS: u64 = 10;
/// So many statements may go unasked, however few there are.
const STATEMENTS: u64 = 100;
/// So much of what is on file may go unasked, in percent.
const PERCENT: u64 = 5;

/// For so long what was taken away counts together.
const WINDOW_SECONDS: i64 = 24 * 60 * 60;
/// For so long what a source that sends messages has on file is not counted anew: that takes as long as there is much of it.
const COUNTED: Duration = Duration::from_secs(600);

static MANY_DELETIONS: Rule = Rule {
    id: "many-deletions",
    severity: Severity::RefusesPush,
    says: "together with what went within a day before, the push would take away more of what is on file than goes unasked; \
           `deletions` says how much",
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

/// What sources had on file when it was last counted, for pushes that come all the time.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<HashMap<AgencyId, (Instant, Holdings)>>);

impl Counted {
    async fn holdings(&self, store: &dyn RecordStore, source: &AgencyId) -> Result<Holdings, StoreError> {
        let known = self.known().get(source).copied();
        if let Some((at, held)) = known
            && at.elapsed() < COUNTED
        {
            return Ok(held);
        }
        let held = store.holdings(source).await?;
        self.known().insert(source.clone(), (Instant::now(), held));
        Ok(held)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<AgencyId, (Instant, Holdings)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Weighs what a push that is staged whole takes away, and notes it for those that come after.
pub(super) async fn weigh(
    store: &dyn RecordStore,
    push: &NewIngest,
    meant: Option<&MeantDeletions>,
    counted: Option<&Counted>,
) -> Result<Weighed, StoreError> {
    let gone = store.taken_away(push.id).await?;
    if gone == Holdings::default() {
        return Ok(Weighed::Unasked);
    }
    let since = push.received_at.plus_seconds(-WINDOW_SECONDS);
    let before = store.gone_since(&push.source, since).await?;
    let always = gone.clients.saturating_add(before.clients) <= CLIENTS
        && gone.statements.saturating_add(before.statements) <= STATEMENTS;
    let weighed = if always {
        Weighed::Unasked
    } else {
        let held = match counted {
            Some(counted) => counted.holdings(store, &push.source).await?,
            None => store.holdings(&push.source).await?,
        };
        judge(gone, before, held, meant)
    };
    match weighed {
        Weighed::Unasked => store.note_gone(push.id, gone, false).await?,
        Weighed::Meant => store.note_gone(push.id, gone, true).await?,
        Weighed::Asks(_) => {}
    }
    Ok(weighed)
}

fn judge(gone: Holdings, before: Holdings, held: Holdings, meant: Option<&MeantDeletions>) -> Weighed {
    // What goes now is not of a kind of which too much goes: what went before does not hold it up.
    let few = |now: u64, before: u64, held: u64, always: u64| {
        now == 0 || few(now.saturating_add(before), held.saturating_add(before), always)
    };
    if few(gone.clients, before.clients, held.clients, CLIENTS)
        && few(gone.statements, before.statements, held.statements, STATEMENTS)
    {
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
        let counts = |gone: u64, before: u64, held: u64| json!({ "taken_away": gone, "within_a_day_before": before, "on_file": held });
        let deletions = json!({
            "clients": counts(gone.clients, before.clients, held.clients),
            "statements": counts(gone.statements, before.statements, held.statements),
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
        let asks = |gone, held| matches!(judge(gone, of(0, 0), held, None), Weighed::Asks(_));
        assert!(!asks(of(10, 100), of(10, 100)));
        assert!(asks(of(11, 0), of(219, 9_000)));
        assert!(!asks(of(11, 0), of(220, 9_000)), "five percent");
        assert!(asks(of(0, 101), of(220, 2_019)));
        assert!(!asks(of(0, 101), of(220, 2_020)));
        assert!(asks(of(u64::MAX, 0), of(u64::MAX, 0)));
    }

    #[test]
    fn what_went_within_a_day_before_counts_with_what_goes() {
        let asks = |gone, before, held| matches!(judge(gone, before, held, None), Weighed::Asks(_));
        assert!(!asks(of(1, 0), of(9, 0), of(51, 0)));
        assert!(asks(of(1, 0), of(10, 0), of(50, 0)));
        assert!(
            !asks(of(1, 0), of(10, 0), of(210, 0)),
            "five percent of what there was"
        );
        assert!(asks(of(0, 1), of(0, 100), of(50, 1_000)));
        assert!(
            !asks(of(0, 1), of(10, 0), of(0, 1_000)),
            "of clients there go none"
        );
        assert!(asks(of(1, 0), of(u64::MAX, 0), of(9, 0)));
    }

    #[test]
    fn what_is_meant_covers_so_much_and_no_more() {
        let judged = |meant: MeantDeletions| judge(of(50, 700), of(0, 0), of(60, 800), Some(&meant));
        assert_eq!(judged(meant(50, 700)), Weighed::Meant);
        for too_little in [meant(49, 700), meant(50, 699)] {
            let Weighed::Asks(report) = judged(too_little) else {
                panic!("more than is meant goes");
            };
            assert_eq!(report["findings"][0]["rule"], "many-deletions");
            assert_eq!(
                report["deletions"]["clients"],
                json!({ "taken_away": 50, "within_a_day_before": 0, "on_file": 60 })
            );
        }
    }
}
