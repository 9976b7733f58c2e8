//! Gated tests of the projector on a real server; registered only when its variable is set.

use std::process::ExitCode;

fn main() -> ExitCode {
    test_support::gated::main(Vec::new(), Vec::new())
}
