//! The log tool as an operator runs it, and the roles as a server enforces them.
//!
//! Gated: each case starts a private server (see `test_support::gated`). What needs none (catalogue
//! files, completions, wrong arguments) runs always.
#![allow(clippy::unwrap_used)]

#[path = "../../../streams/tests/verify/log.rs"]
#[allow(dead_code)] // shared with another target
mod log;
mod program;
mod role_cases;
mod tool_cases;

use std::process::ExitCode;

use libtest_mimic::Trial;
use test_support::gated::{self, ServerCase};

fn main() -> ExitCode {
    let always = tool_cases::ALWAYS
        .iter()
        .map(|(name, run)| {
            Trial::test(*name, move || {
                run();
                Ok(())
            })
        })
        .collect();
    let cases: Vec<ServerCase> = [tool_cases::CASES, role_cases::CASES].concat();
    gated::main(always, gated::on_private_servers(&cases))
}
