//! The lines of a FHIR bulk export. It is taken or refused, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _taken = adapters::fhir::ndjson(bytes, &adapters::fhir::Limits::default());
});
