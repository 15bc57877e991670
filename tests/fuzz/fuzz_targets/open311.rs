//! Service requests of a 311 line. They are taken or refused, and nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _taken = adapters::open311::requests(bytes, &adapters::open311::Times::ANY);
});
