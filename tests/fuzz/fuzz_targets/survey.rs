//! Whatever a folder may hold: the format is told from the bytes. It is taken or refused, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _surveyed = adapters::survey::survey(bytes);
});
