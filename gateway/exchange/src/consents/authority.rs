//! Who may put which form on record, and what on it cannot be true.
//!
//! Nobody looks at the signed paper here. So an agency's word counts for its own records (decision 0009): who records a
//! form is one that discloses under it, and one that receives under it records it only if it alone discloses.

use consent::{RevocationScope, Signature, Terms};
use gateway_types::{AgencyId, Timestamp};

use super::NotRecorded;
use crate::assemble::is_of_a_class;
use crate::directory::Directory;
use crate::requester::Requester;

/// How far the clock of whoever took the signature may be ahead: as far as that of a token may be at most.
const CLOCKS_DIFFER_SECONDS: i64 = 300;

/// Refuses a form that its recorder gains by or has no part in, and one that names agencies that do not exist.
pub(super) fn may_put_on_record(by: &Requester, terms: &Terms) -> Result<(), NotRecorded> {
    let (directory, agency) = (by.directory(), by.agency_id());
    if terms.benefits(agency) {
        return Err(NotRecorded::OwnBenefit);
    }
    let discloses = terms.discloser.agencies.contains(agency)
        || directory
            .agency(agency)
            .is_some_and(|agency| is_of_a_class(agency, terms.discloser.classes));
    // One that names nobody opens nothing; it is kept, and told what it lacks.
    if terms.discloser.names_somebody() && !discloses {
        return Err(NotRecorded::NotADiscloser);
    }
    known(
        directory,
        "`terms.discloser.agencies`",
        terms.discloser.agencies.iter(),
    )?;
    known(
        directory,
        "`terms.recipients.agencies`",
        terms.recipients.agencies.iter(),
    )?;
    known(
        directory,
        "`terms.recipients.persons`",
        terms.recipients.persons.iter().map(|person| &person.agency),
    )
}

/// Refuses a revocation as against an agency that does not exist: it would take back nothing.
pub(super) fn revokes_for_known(directory: &Directory, scope: &RevocationScope) -> Result<(), NotRecorded> {
    match scope {
        RevocationScope::Whole => Ok(()),
        RevocationScope::Recipients(agencies) => known(directory, "`scope.recipients`", agencies.iter()),
    }
}

fn known<'a>(
    directory: &Directory,
    place: &'static str,
    mut agencies: impl Iterator<Item = &'a AgencyId>,
) -> Result<(), NotRecorded> {
    if agencies.all(|id| directory.agency(id).is_some()) {
        Ok(())
    } else {
        Err(NotRecorded::UnknownAgency { place })
    }
}

/// The signature by the gateway's clock: one dated a little ahead was made by a clock that is ahead, and just now.
pub(super) fn by_our_clock(signature: Signature, now: Timestamp) -> Result<Signature, NotRecorded> {
    Ok(Signature {
        signed_at: signed_by_our_clock(signature.signed_at, now)?,
        ..signature
    })
}

/// The moment of a signature by the gateway's clock.
pub(super) fn signed_by_our_clock(signed_at: Timestamp, now: Timestamp) -> Result<Timestamp, NotRecorded> {
    if signed_at > now.plus_seconds(CLOCKS_DIFFER_SECONDS) {
        return Err(NotRecorded::SignedAhead);
    }
    Ok(signed_at.min(now))
}
