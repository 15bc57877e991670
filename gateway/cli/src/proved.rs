//! No agreement comes into force beside a floor other than the one that was proved.
//!
//! What decides in use is compiled Rust, held against the floor in Cedar by tests; what is proved is the floor. A build
//! whose floor was changed and not proved anew puts nothing in force, and does not serve. A build without the
//! reference has no second reading to ask, and says so.

use gateway_exchange::agreements::Clearance;

/// Asks the second reading of the law.
#[cfg(feature = "reference")]
pub(crate) fn clearance() -> Option<Clearance> {
    use std::sync::{Arc, LazyLock};

    use policies_reference::{ActiveSet, Floor, ReferenceEngine};

    // Reading the floor takes longer than everything else that is asked of it.
    static FLOOR: LazyLock<Result<Floor, String>> =
        LazyLock::new(|| Floor::load().map_err(|error| error.to_string()));
    Some(Arc::new(|agreements| {
        let floor = FLOOR.as_ref().map_err(Clone::clone)?.clone();
        let engine = ReferenceEngine::with_floor(floor, agreements).map_err(|error| error.to_string())?;
        let set = ActiveSet::run_by(&engine).map_err(|error| error.to_string())?;
        tracing::info!(
            floor = %set.floor,
            policies = set.policies,
            "the floor is the one that was proved"
        );
        Ok(())
    }))
}

/// There is nobody to ask.
#[cfg(not(feature = "reference"))]
pub(crate) fn clearance() -> Option<Clearance> {
    tracing::warn!("built without the second reading of the law: whether it was proved is not checked");
    None
}
