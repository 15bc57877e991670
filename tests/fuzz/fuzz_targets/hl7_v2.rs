//! An HL7 version 2 message. It is taken or refused, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _reading = adapters::hl7v2::message(bytes, &adapters::hl7v2::Limits::default(), 1);
});
