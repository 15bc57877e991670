//! An invented town for the demo, the tests and the load tests: agencies, people and the files about them.
//!
//! Everything follows from a seed. No person in it exists: names are put together from parts, social security
//! numbers come from ranges that are never issued, telephone numbers and places are those of fiction.

pub mod agencies;
mod cast;
mod clinics;
mod credentials;
mod dice;
mod directory;
mod hmis;
mod markers;
mod names;
mod person;
mod police;
mod stays;
mod town;

pub use agencies::{RegistryError, agencies, agency_files, agency_toml};
pub use cast::CastMember;
pub use clinics::fhir_bundles;
pub use credentials::{CredentialError, Credentials, Staff};
pub use hmis::{Summary, WriteError, victim_service_markers, write_hmis_zip, write_vsp_zip};
pub use markers::markers;
pub use person::{Person, Relation, Sex, Ssn};
pub use police::{CALLS_MAPPING, calls_for_service_csv};
pub use town::Town;
