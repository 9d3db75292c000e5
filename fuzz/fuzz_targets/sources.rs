//! The target `sources` by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: resight_fuzz::watch_panics(),
    |input: &[u8]| resight_fuzz::run("sources", input)
);
