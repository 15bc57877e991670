//! A FHIR Bundle or resource. It is taken or refused, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _taken = adapters::fhir::bundle(bytes, &adapters::fhir::Limits::default());
});
