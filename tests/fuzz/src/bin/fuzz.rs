//! A target under libFuzzer: `fuzz --target=NAME [FLAGS] FOLDER…`, as `cargo xtask fuzz` calls it.
//!
//! It must not hold a property itself: `targets` does. Flags with two dashes are ours, the engine
//! looks at those with one.
#![no_main]

use std::sync::LazyLock;

use fuzz::Target;

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::args().find_map(|arg| arg.strip_prefix("--target=").map(str::to_owned));
    let known = || fuzz::ALL.iter().map(|t| t.name).collect::<Vec<_>>().join(", ");
    name.as_deref().and_then(fuzz::named).unwrap_or_else(|| panic!("--target=NAME of {}", known()))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
