//! `cargo xtask bench`: the release benchmark against a private server of its own.
//! It must not measure anything itself: `tests/support`, bin `bench`, does and prints.
//! Next: `nats.rs`.

use anyhow::Result;

use crate::sh::{cargo, run, say};

/// Starts a private server and runs the benchmark with the given arguments.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let build = ["build", "--release", "--locked", "--package", "test-support", "--bin", "bench"];
    run(cargo().args(build))?;
    let program = crate::tools::nats_server::current()?;
    let server = crate::nats::Private::start(&program)?;
    say(format!("private nats-server at {}, file storage, sync_interval: always", server.url()));
    run(cargo()
        .args(["run", "--release", "--locked", "--quiet"])
        .args(["--package", "test-support", "--bin", "bench", "--"])
        .args(args)
        .env("CONTROL_BENCH_NATS_URL", server.url())
        .env("CONTROL_BENCH_NATS_SERVER_BIN", &program))
}
