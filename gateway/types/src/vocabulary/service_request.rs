//! Words about requests to a 311 line, for [`crate::service_request`].

use super::vocabulary;

vocabulary! {
    /// What a service request asks for. Others are not kept.
    ServiceKind, "kind of service request" {
        /// Somebody stays outdoors, or several do.
        Encampment = "encampment",
        /// Somebody may need help.
        WelfareCheck = "welfare_check",
    }
}

vocabulary! {
    /// Whether a service request has been seen to.
    ServiceRequestState, "state of a service request" {
        /// It has not.
        Open = "open",
        /// It has, or will not be.
        Closed = "closed",
    }
}
