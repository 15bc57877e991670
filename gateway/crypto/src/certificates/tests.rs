//! Certificates as rustls and our reader see them.
