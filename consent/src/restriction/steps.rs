//! The steps of a restriction's life. Each takes it and gives the next version, or says why there is none.

use gateway_types::{ClientId, RestrictionId, Timestamp};

use super::{KeptFrom, LetGo, Mistake, NotAgreed, Restriction, State, Wish};
use crate::consent::{Act, Format, Version};
use crate::signing::Recorder;

/// A step that a restriction cannot take. It is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepBarred {
    /// It covers nothing, or holds against nobody.
    #[error("a restriction has to name what is kept back, and from whom")]
    Empty,
    /// The last day comes before the first.
    #[error("the last day comes before the first")]
    Backwards,
    /// It was answered before.
    #[error("the agency has answered this request")]
    Answered,
    /// What is paid in full must be kept from health plans.
    #[error("what the client paid for in full must be kept from health plans (45 CFR 164.522(a)(1)(vi))")]
    MustAgree,
    /// The reason belongs to the other kind.
    #[error("only for what the client paid for in full can it matter whether it was")]
    NothingPaid,
    /// It is not, or no longer, agreed to.
    #[error("the restriction is not in force")]
    NotInForce,
    /// It would be in force from a moment that has passed.
    #[error("a restriction cannot be agreed to from a moment that has passed")]
    Past,
    /// It is marked already.
    #[error("the restriction is marked as one that should never have been taken down")]
    InError,
    /// The client would be told later.
    #[error("an agency can end a restriction only when it has told the client")]
    NotInformed,
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestrictionStep {
    /// The agency agrees, from then on; `None`: at once.
    Agree(Option<Timestamp>),
    /// The agency does not agree.
    Refuse(NotAgreed),
    /// The client lets it go.
    EndByClient(LetGo),
    /// The agency ends it for later records, and told the client at that moment.
    EndByAgency(Timestamp),
    /// It should never have been taken down. Final.
    EnterInError(Mistake),
}

impl RestrictionStep {
    /// Whether more may be disclosed after it than before.
    #[must_use]
    pub const fn widens(self) -> bool {
        !matches!(self, Self::Agree(_))
    }
}

impl Restriction {
    /// Takes down what a client asked of the recorder's agency.
    ///
    /// # Errors
    /// [`StepBarred::Empty`], [`StepBarred::Backwards`].
    pub fn ask(
        id: RestrictionId,
        client: ClientId,
        wish: Wish,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, StepBarred> {
        let (Wish::Withhold { categories, .. } | Wish::SelfPaid { categories, .. }) = &wish;
        let nobody =
            matches!(&wish, Wish::Withhold { from: KeptFrom::Only(agencies), .. } if agencies.is_empty());
        if categories.is_empty() || nobody {
            return Err(StepBarred::Empty);
        }
        if matches!(&wish, Wish::SelfPaid { first_day, last_day, .. } if last_day < first_day) {
            return Err(StepBarred::Backwards);
        }
        Ok(Self {
            format: Format,
            id,
            client,
            agency: by.agency.clone(),
            version: Version(1),
            wish,
            asked: Act { by, at: now },
            state: State::Asked,
        })
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`StepBarred`].
    pub fn step(self, step: RestrictionStep, by: Recorder, now: Timestamp) -> Result<Self, StepBarred> {
        let act = Act { by, at: now };
        let self_paid = matches!(self.wish, Wish::SelfPaid { .. });
        let state = match (step, &self.state) {
            (_, State::EnteredInError { .. }) => return Err(StepBarred::InError),
            (RestrictionStep::EnterInError(why), was) => State::EnteredInError {
                was: Box::new(was.clone()),
                why,
                recorded: act,
            },
            (RestrictionStep::Agree(from), State::Asked) => {
                let from = from.unwrap_or(now);
                if from < now {
                    return Err(StepBarred::Past);
                }
                State::Agreed { from, agreed: act }
            }
            (RestrictionStep::Refuse(why), State::Asked) => {
                match why {
                    NotAgreed::FreeToRefuse if self_paid => return Err(StepBarred::MustAgree),
                    NotAgreed::NotPaidInFull if !self_paid => return Err(StepBarred::NothingPaid),
                    _ => {}
                }
                State::Refused { why, refused: act }
            }
            (RestrictionStep::Agree(_) | RestrictionStep::Refuse(_), _) => return Err(StepBarred::Answered),
            (RestrictionStep::EndByClient(how), state) if self.can_be_let_go(state) => {
                State::EndedByClient { how, ended: act }
            }
            (RestrictionStep::EndByAgency(_), State::Asked | State::Agreed { .. }) if self_paid => {
                return Err(StepBarred::MustAgree);
            }
            (RestrictionStep::EndByAgency(informed), State::Agreed { from, .. }) => {
                if informed > now {
                    return Err(StepBarred::NotInformed);
                }
                State::EndedByAgency {
                    since: *from,
                    informed,
                    ended: act,
                }
            }
            (RestrictionStep::EndByClient(_) | RestrictionStep::EndByAgency(_), _) => {
                return Err(StepBarred::NotInForce);
            }
        };
        Ok(Self {
            version: Version(self.version.0.saturating_add(1)),
            state,
            ..self
        })
    }

    /// What binds, or was ended by the agency for later records alone, and what waits for its answer.
    fn can_be_let_go(&self, state: &State) -> bool {
        matches!(
            state,
            State::Asked | State::Agreed { .. } | State::EndedByAgency { .. }
        )
    }
}
