//! Requests for accountings: taken down when a client asks, put off once at most, and listed until they are given.
//!
//! 45 CFR 164.528(c): an accounting is given within sixty days of the request; once, and within these, it may be put off by up
//! to thirty days, and the client is told in writing why and until when. 42 CFR 2.25(a) takes this over. The list of an
//! intermediary is owed within thirty days, and nothing puts that off (2.24). The first of a kind in twelve months is free of
//! charge. Each step is in the log before it counts.

use gateway_store::{AccountingRequest, StoreError};
use gateway_types::{Date, EventId, Pii, SourceClientKey};

use super::NotAccounted;
use super::views::View;
use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Officer;

/// How many requests one page of the list holds.
const PAGE: u32 = 100;
/// How many characters a reason may have.
const REASON: usize = 2000;

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotRequested {
    /// The agency's own records name no such client.
    #[error("your records name no client by that key")]
    NoClient,
    /// The officer's agency has no such request, or it was given.
    #[error("there is no such request that is open")]
    NoRequest,
    /// Somebody else took a step meanwhile.
    #[error("the request changed meanwhile")]
    Changed,
    /// The step is none that the law knows.
    #[error("{0}")]
    NoStep(&'static str),
    /// As for an accounting.
    #[error(transparent)]
    Failed(#[from] NotAccounted),
}

impl From<StoreError> for NotRequested {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::Changed,
            other => Self::Failed(other.into()),
        }
    }
}

/// Within how many days an accounting is owed, and by how many it may be put off; `None` where no law says.
const fn days(view: View) -> Option<(i32, i32)> {
    match view {
        View::Hipaa | View::Part2 => Some((60, 30)),
        View::Intermediary => Some((30, 0)),
        View::Hmis | View::Youth | View::Justice => None,
    }
}

/// The request put off until `until`, as of `today`.
fn put_off(
    request: AccountingRequest,
    until: Date,
    reason: Pii<String>,
    today: Date,
) -> Result<AccountingRequest, &'static str> {
    let (owed, more) = View::from_code(&request.view).and_then(days).unwrap_or((0, 0));
    let latest = request.received.plus_days(owed.saturating_add(more));
    let length = reason.reveal().chars().count();
    if more == 0 {
        return Err("the law puts this accounting off for nothing");
    }
    if request.put_off.is_some() {
        return Err("it was put off before, and that may be done once");
    }
    if today > request.due {
        return Err("it is overdue: only within its days may it be put off");
    }
    if reason.reveal().trim().is_empty() || length > REASON {
        return Err("`reason`: what the client is told is wanted, in 2,000 characters at most");
    }
    if until <= request.due || latest.is_none_or(|latest| until > latest) {
        return Err("`until`: a day after it is due is wanted, thirty days later at most");
    }
    Ok(AccountingRequest {
        version: request.version.saturating_add(1),
        due: until,
        put_off: Some(reason),
        ..request
    })
}

/// The request given on `on`, as of `today`.
fn given(request: AccountingRequest, on: Date, today: Date) -> Result<AccountingRequest, &'static str> {
    if on < request.received || on > today {
        return Err("`on`: a day from when it was received until today is wanted");
    }
    Ok(AccountingRequest {
        version: request.version.saturating_add(1),
        given: Some(on),
        ..request
    })
}

impl Gateway {
    /// Takes down that one of the officer's agency's clients asked for an accounting.
    ///
    /// # Errors
    /// [`NotRequested`].
    pub async fn take_down_request(
        &self,
        officer: &Officer,
        own_key: SourceClientKey,
        view: View,
        received: Date,
    ) -> Result<AccountingRequest, NotRequested> {
        let today = self.now().date();
        let (owed, _) = days(view).ok_or(NotRequested::NoStep(
            "`view`: hipaa, part2 or intermediary is wanted; no law sets days for the others",
        ))?;
        // A year back: what was asked longer ago is overdue beyond all doubt, and more likely mistyped.
        let earliest = today.plus_days(-366).unwrap_or(today);
        if received > today || received < earliest {
            return Err(NotRequested::NoStep(
                "`received`: a day of the last year, not after today, is wanted",
            ));
        }
        let due = received.plus_days(owed).ok_or(NotAccounted::Fault)?;
        let since = super::views::year_before(received);
        let agency = officer.agency();
        let (client, merged) = self
            .accounted_for(agency, &About::OwnKey(own_key.clone()))
            .await?;
        let client = client.ok_or(NotRequested::NoClient)?;
        let mut before = 0;
        for client in std::iter::once(client).chain(merged) {
            let asked = self
                .records()
                .accountings_asked_since(agency, client, view.code(), since)
                .await?;
            before += asked;
        }
        let what = format!("request for an accounting under {}, due {due}", view.rule());
        let id = self.log_look_of(officer, Some(client), &what, b"").await?;
        let request = AccountingRequest {
            id,
            version: 1,
            agency: agency.clone(),
            client,
            own_key,
            view: view.code().to_owned(),
            received,
            due,
            put_off: None,
            given: None,
            free: before == 0,
            by: officer.staff().clone(),
        };
        self.records().record_accounting_request(&request).await?;
        Ok(request)
    }

    /// The requests that the officer's agency still owes an answer, the first due first, a page of them, and today's date. The
    /// look is logged first.
    ///
    /// # Errors
    /// [`NotRequested`].
    pub async fn owed_accountings(
        &self,
        officer: &Officer,
        after: Option<EventId>,
    ) -> Result<(Vec<AccountingRequest>, Date), NotRequested> {
        self.log_look_of(officer, None, "accountings that are owed", b"")
            .await?;
        let owed = self
            .records()
            .owed_accountings(officer.agency(), after, PAGE)
            .await?;
        Ok((owed, self.now().date()))
    }

    /// Puts an accounting off, once. The client is told in writing.
    ///
    /// # Errors
    /// [`NotRequested`].
    pub async fn put_off_accounting(
        &self,
        officer: &Officer,
        id: EventId,
        until: Date,
        reason: Pii<String>,
    ) -> Result<AccountingRequest, NotRequested> {
        let request = self.open_request(officer, id).await?;
        let what = format!("accounting put off until {until}: {}", reason.reveal());
        let step = put_off(request, until, reason, self.now().date()).map_err(NotRequested::NoStep)?;
        self.take_step(officer, step, what).await
    }

    /// Takes down that an accounting was given.
    ///
    /// # Errors
    /// [`NotRequested`].
    pub async fn accounting_given(
        &self,
        officer: &Officer,
        id: EventId,
        on: Date,
    ) -> Result<AccountingRequest, NotRequested> {
        let request = self.open_request(officer, id).await?;
        let step = given(request, on, self.now().date()).map_err(NotRequested::NoStep)?;
        self.take_step(officer, step, format!("accounting given on {on}"))
            .await
    }

    async fn open_request(&self, officer: &Officer, id: EventId) -> Result<AccountingRequest, NotRequested> {
        let request = self.records().accounting_request(id).await?;
        request
            .filter(|request| request.agency == *officer.agency() && request.given.is_none())
            .ok_or(NotRequested::NoRequest)
    }

    async fn take_step(
        &self,
        officer: &Officer,
        step: AccountingRequest,
        what: String,
    ) -> Result<AccountingRequest, NotRequested> {
        self.log_look_of(officer, Some(step.client), &what, b"").await?;
        self.records().record_accounting_request(&step).await?;
        Ok(step)
    }
}

#[cfg(test)]
mod tests;
