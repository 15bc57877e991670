//! What agreements in force would let through, once the client consents: the rest is not asked for.

use gateway_types::vocabulary::{Category, PurposeOfUse, Role};
use gateway_types::{AgencyId, Timestamp, WordSet};
use policies::Agreements;
use policies::facts::CategoryScope;

/// Who would receive, and what for.
pub(super) struct Receiving<'a> {
    pub(super) agency: &'a AgencyId,
    pub(super) role: Role,
    pub(super) purpose: PurposeOfUse,
}

impl Receiving<'_> {
    /// Of `wanted`, what a clause in force lets go to them, from `holder` if one is named, and no promise of the same
    /// agreement keeps from them.
    pub(super) fn agreed(
        &self,
        agreements: &Agreements,
        holder: Option<&AgencyId>,
        wanted: WordSet<Category>,
        now: Timestamp,
    ) -> WordSet<Category> {
        let meant = |named: &[AgencyId], agency: &AgencyId| named.is_empty() || named.contains(agency);
        let is_from = |named: &[AgencyId]| holder.is_none_or(|holder| meant(named, holder));
        let mut agreed = WordSet::EMPTY;
        for agreement in agreements.in_force(now) {
            let parties = agreement.parties();
            if !parties.contains(self.agency) || holder.is_some_and(|holder| !parties.contains(holder)) {
                continue;
            }
            let clauses = agreement.clauses().iter().filter(|clause| {
                meant(&clause.to, self.agency)
                    && is_from(&clause.from)
                    && clause.purposes.contains(self.purpose)
                    && (clause.roles.is_empty() || clause.roles.contains(self.role))
            });
            let shared = clauses.fold(WordSet::EMPTY, |so_far, clause| {
                so_far.union(within(clause.share, wanted))
            });
            // Of promises about one holder's records alone nothing is known before there is a holder.
            let promises = agreement.promises().iter().filter(|promise| {
                let about = holder.map_or(promise.from.is_empty(), |holder| meant(&promise.from, holder));
                about
                    && meant(&promise.to, self.agency)
                    && (promise.purposes.is_empty() || promise.purposes.contains(self.purpose))
            });
            let kept = promises.fold(WordSet::EMPTY, |so_far, promise| {
                so_far.union(within(promise.share, wanted))
            });
            agreed = agreed.union(shared.difference(kept));
        }
        agreed
    }
}

fn within(scope: CategoryScope, wanted: WordSet<Category>) -> WordSet<Category> {
    match scope {
        CategoryScope::All => wanted,
        CategoryScope::Only(named) => named.intersection(wanted),
    }
}
