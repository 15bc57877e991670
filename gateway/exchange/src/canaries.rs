//! Canaries: two invented clients who go through the whole path, over and over. One must never be released to anybody, the
//! other must always be. If the first is ever let out, the gateway stops releasing until it is started again; if the
//! second is withheld, it says so, because a wrong refusal in a crisis can kill (promise 10).
//!
//! They are on file like anybody else, sealed, from invented agencies, with signed consents; what is asked about them
//! passes gates, look-up, rules, agreements, redaction and log. Nobody else can meet them: no registration may take the
//! agencies' ids, no key finds them by particulars, and they are in no count and no list. Their entries have a kind of
//! their own ([`EntryKind::Canary`]).
//!
//! [`EntryKind::Canary`]: gateway_audit::EntryKind::Canary

mod flock;
mod plant;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use gateway_types::Timestamp;
use gateway_types::vocabulary::Regime;

use self::flock::{Flock, Trial};
use crate::assemble;
use crate::candidates::Candidates;
use crate::disclose::{Counts, NotDisclosed};
use crate::gateway::Gateway;

pub use self::flock::{Must, always, never};
pub use self::plant::form_id;

/// How long after a round the next is due, in microseconds.
const BETWEEN: i64 = 60_000_000;

/// How the canaries are.
#[derive(Debug, Default)]
pub(crate) struct Canaries {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The client who must never be released was.
    let_out: bool,
    /// What was withheld from who must be released to, until it is released again.
    withheld: BTreeSet<Regime>,
    /// No round could be gone through, since when.
    untried: bool,
    /// The last round.
    last: Option<Timestamp>,
    /// Whose turn it is.
    turn: usize,
}

/// What came of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// The element went.
    Out,
    /// Nothing went.
    Back,
}

impl State {
    /// Takes down what came of a trial.
    fn note(&mut self, must: Must, regime: Regime, came: Came) {
        match (must, came) {
            (Must::Stay, Came::Out) => self.let_out = true,
            (Must::Go, Came::Back) => {
                self.withheld.insert(regime);
            }
            (Must::Go, Came::Out) => {
                self.withheld.remove(&regime);
            }
            (Must::Stay, Came::Back) => {}
        }
    }
}

impl Canaries {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether nothing may be released, because who must never be was.
    pub(crate) fn bar_release(&self) -> bool {
        self.with(|state| state.let_out)
    }

    /// What is not well, in fixed words, beside what bars release.
    pub(crate) fn troubles(&self) -> Vec<&'static str> {
        self.with(|state| {
            let mut troubles: Vec<_> = state.withheld.iter().map(|regime| withheld(*regime)).collect();
            if state.untried {
                troubles.push("the canaries could not be tried");
            }
            troubles
        })
    }
}

/// That a record under a regime stayed back from who must be released to.
const fn withheld(regime: Regime) -> &'static str {
    match regime {
        Regime::P2 => "the canary that must be released was withheld: P2",
        Regime::Unknown => "the canary that must be released was withheld: UNKNOWN",
        Regime::Sudn => "the canary that must be released was withheld: SUDN",
        Regime::Hipaa => "the canary that must be released was withheld: HIPAA",
        Regime::Psyn => "the canary that must be released was withheld: PSYN",
        Regime::Hmis => "the canary that must be released was withheld: HMIS",
        _ => "the canary that must be released was withheld",
    }
}

impl Gateway {
    /// Tries every canary under every regime, as at start.
    pub async fn try_canaries(self: &Arc<Self>) {
        let Some(flock) = self.flock().await else { return };
        for trial in flock.trials() {
            self.try_one(&flock, trial).await;
        }
    }

    /// Tries one that must stay and one that must go, and what went wrong before, if a minute has passed since the last
    /// round. To be called every second or so.
    pub async fn turn_canaries(self: &Arc<Self>) {
        let now = self.now();
        let due = self.canaries().with(|state| {
            state
                .last
                .is_none_or(|last| now.as_micros() - last.as_micros() >= BETWEEN || now < last)
        });
        if !due {
            return;
        }
        let Some(flock) = self.flock().await else { return };
        let (turn, wrong) = self.canaries().with(|state| {
            state.turn = state.turn.wrapping_add(1);
            (state.turn, state.withheld.clone())
        });
        for must in [Must::Stay, Must::Go] {
            let of_these: Vec<_> = flock.trials().filter(|trial| trial.must == must).collect();
            let place = turn.checked_rem(of_these.len()).unwrap_or_default();
            for (at, trial) in of_these.into_iter().enumerate() {
                if at == place || (must == Must::Go && wrong.contains(&trial.regime)) {
                    self.try_one(&flock, trial).await;
                }
            }
        }
    }

    /// The flock, on file. The round counts as begun.
    async fn flock(&self) -> Option<Flock> {
        let now = self.now();
        let planted = match Flock::invent() {
            Some(flock) => self.plant(&flock).await.map(|()| flock),
            None => Err(NotDisclosed::Fault),
        };
        self.canaries().with(|state| {
            state.last = Some(now);
            state.untried = planted.is_err();
        });
        planted
            .inspect_err(|error| tracing::error!(%error, "the canaries could not be tried"))
            .ok()
    }

    async fn try_one(self: &Arc<Self>, flock: &Flock, trial: &Trial) {
        let came = match self.ask_about_canary(flock, trial).await {
            Ok(came) => came,
            Err(error) => {
                tracing::error!(%error, "a canary could not be tried");
                self.canaries().with(|state| state.untried = true);
                return;
            }
        };
        if came != trial.must.expected() {
            tracing::error!(regime = %trial.regime, must = trial.must.in_words(), "a canary failed");
        }
        self.canaries()
            .with(|state| state.note(trial.must, trial.regime, came));
    }

    /// The whole path, from the gates to the durable entry.
    async fn ask_about_canary(self: &Arc<Self>, flock: &Flock, trial: &Trial) -> Result<Came, NotDisclosed> {
        let now = self.now();
        let directory = Arc::clone(flock.directory());
        let in_force = self.in_force().with(flock.agreements());
        let (by, question) = flock.question(trial).ok_or(NotDisclosed::Fault)?;
        let request = assemble::request(&by, &question, &directory, now).ok_or(NotDisclosed::Fault)?;
        let admitted = match policies::admit(&request, in_force.agreements()) {
            Ok(admitted) => admitted,
            // A gate is the first of what may withhold.
            Err(_) => return Ok(Came::Back),
        };
        let candidates = Candidates::gather(self, &admitted, &by, &question, &directory, now).await?;
        let disclosure = self
            .decide(
                &by,
                &question,
                request,
                candidates,
                &directory,
                &in_force,
                Counts::Trial,
            )
            .await?;
        Ok(if disclosure.elements() == 0 {
            Came::Back
        } else {
            Came::Out
        })
    }
}

impl Must {
    const fn expected(self) -> Came {
        match self {
            Self::Stay => Came::Back,
            Self::Go => Came::Out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_let_out_bars_release_for_good_and_who_was_withheld_until_it_goes_again() {
        let canaries = Canaries::default();
        let note = |must, came| canaries.with(|state| state.note(must, Regime::P2, came));
        note(Must::Stay, Came::Back);
        note(Must::Go, Came::Out);
        assert!(canaries.troubles().is_empty() && !canaries.bar_release());
        note(Must::Go, Came::Back);
        assert!(canaries.troubles()[0].ends_with("P2") && !canaries.bar_release());
        note(Must::Go, Came::Out);
        assert!(canaries.troubles().is_empty());
        note(Must::Stay, Came::Out);
        note(Must::Stay, Came::Back);
        assert!(canaries.bar_release() && canaries.troubles().is_empty());
    }
}
