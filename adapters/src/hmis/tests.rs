//! One test for each hazard of an export.
