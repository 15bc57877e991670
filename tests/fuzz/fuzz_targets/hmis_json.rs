//! One client as JSON. It is taken or refused, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _taken = adapters::hmis::one_client_json(bytes, &adapters::hmis::Limits::default());
});
