//! `cargo xtask fuzz [TARGET] --seconds N`: fuzz targets under libFuzzer, guided by coverage.
//! It must not know what a target demands: `tests/fuzz` does, and runs each briefly in its tests.
//! Next: `tests/fuzz/src/lib.rs` for the targets.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::sh::{cargo, cmd, read, run, say};

/// What to fuzz, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The target; every one in turn when none is named
    target: Option<String>,
    /// Time for each target
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

/// Coverage instrumentation that the stable compiler has. Assertions stay on: they are what is
/// looked for.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1";

/// Builds the engine's program apart from everything else and runs it.
pub(crate) fn fuzz(options: &Options) -> Result<()> {
    let names = match &options.target {
        Some(name) => vec![name.clone()],
        None => targets()?,
    };
    if let Some(unknown) = names.iter().find(|name| !corpus(name).is_dir()) {
        bail!("no target is called {unknown}; there are {}", targets()?.join(", "));
    }
    let program = build()?;
    for name in &names {
        say(format!("{name} for {} s", options.seconds));
        let (grown, found) = (folder().join("corpus").join(name), folder().join("found"));
        std::fs::create_dir_all(&grown)?;
        std::fs::create_dir_all(&found)?;
        let mut engine = cmd(&program);
        engine
            .arg(format!("--target={name}"))
            .arg(format!("-max_total_time={}", options.seconds))
            .args(["-max_len=16384", "-timeout=10", "-rss_limit_mb=4096", "-print_final_stats=1"])
            .args(["-reload=0", "-verbosity=0"])
            .arg(format!("-artifact_prefix={}/{name}-", found.display()))
            .args([&grown, &corpus(name)]);
        run(&mut engine).with_context(|| {
            let (here, there) = (found.display(), corpus(name));
            format!("{name}: what broke it is in {here}; keep it in {}", there.display())
        })?;
    }
    Ok(())
}

/// Only the target's own code is instrumented, not what runs while building: hence the triple.
fn build() -> Result<PathBuf> {
    let triple = read(cmd("rustc").args(["--print", "host-tuple"]))?.trim().to_owned();
    say("building with instrumentation; the first time takes minutes");
    run(cargo()
        .args(["build", "--release", "--locked", "--package", "fuzz", "--bin", "fuzz"])
        .args(["--features", "engine", "--target", &triple])
        .env("CARGO_TARGET_DIR", folder())
        .env("RUSTFLAGS", FLAGS))?;
    Ok(folder().join(triple).join("release/fuzz"))
}

/// Everything of these runs: programs, grown corpora, findings.
fn folder() -> PathBuf {
    crate::root::target().join("fuzz")
}

fn corpus(name: &str) -> PathBuf {
    crate::root::root().join("tests/fuzz/corpus").join(name)
}

fn targets() -> Result<Vec<String>> {
    let entries = std::fs::read_dir(corpus(""))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect::<Result<_>>()?;
    names.sort();
    Ok(names)
}
