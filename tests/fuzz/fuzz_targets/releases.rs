//! A file of releases, row by row. It is taken or refused, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(rows) = adapters::releases::read(bytes) {
        rows.for_each(drop);
    }
});
