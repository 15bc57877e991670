//! A C-CDA document. It is taken or refused, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _taken = adapters::ccda::document(bytes, &adapters::xml::Limits::default());
});
