//! An HMIS CSV export, as a zip. It is taken or refused, and never panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = adapters::hmis::Limits::default();
    let mut export = std::io::Cursor::new(bytes);
    if let Ok(checked) = adapters::hmis::check(&mut export, &limits) {
        let _read = checked.read(&mut export, &mut |_record| std::ops::ControlFlow::Continue(()));
    }
});
