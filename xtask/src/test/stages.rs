//! The stages of `cargo xtask test`, in order: the canonical commands of plan 0.1 and what
//! surrounds them. It must stay a table with one small function per stage.
//! Next: `rust.rs` for the gated suites, `browser.rs` for the flow in Chromium.

use anyhow::Result;

use super::Outcome;
use super::{browser, rust};
use crate::root::ui;
use crate::sh::{cargo, cmd, run};

/// One stage.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Stages whose failure makes this one pointless.
    pub(crate) after: &'static [&'static str],
    pub(crate) run: fn() -> Result<Outcome>,
}

const fn stage(name: &'static str, about: &'static str, run: fn() -> Result<Outcome>) -> Stage {
    Stage { name, about, after: &[], run }
}

/// Every stage. The UI is built before the Rust code because the API embeds it.
pub(crate) const STAGES: &[Stage] = &[
    stage("install", "pinned programs, Chromium and npm packages", || {
        install().map(|()| Outcome::Passed)
    }),
    stage("tidy", "cargo xtask tidy", || crate::tidy::tidy().map(|()| Outcome::Passed)),
    stage("fmt", "cargo fmt --all --check", || passes(cargo().args(["fmt", "--all", "--check"]))),
    stage("ui-lint", "npm run lint", || npm("lint")),
    stage("ui-typecheck", "npm run typecheck", || npm("typecheck")),
    stage("ui-test", "npm run test", || npm("test")),
    stage("ui-build", "npm run build", || {
        // Through the same door as `dev`, so that the browser stage does not build it again.
        crate::ui::build().map(|()| Outcome::Passed)
    }),
    stage("clippy", "cargo clippy --workspace --all-targets --locked -- -D warnings", || {
        let flags = ["--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        passes(cargo().arg("clippy").args(flags))
    }),
    stage("deny", "cargo deny: bans, licences, sources, advisories where possible", || {
        crate::deny::check().map(|()| Outcome::Passed)
    }),
    stage("rust", "cargo test --workspace --locked", || {
        passes(cargo().args(["test", "--workspace", "--locked"]))
    }),
    Stage {
        name: "nats",
        about: "the NATS suites on private servers, current and floor",
        after: &["rust"],
        run: rust::nats_suites,
    },
    Stage {
        name: "gating",
        about: "a gated suite without its server refuses to run, in one sentence",
        after: &["rust"],
        run: rust::gating,
    },
    stage("help", "cargo run --locked -- --help", || {
        passes(cargo().args(["run", "--locked", "--", "--help"]))
    }),
    stage("gen", "cargo xtask gen --check", || {
        crate::generate::generate(true).map(|()| Outcome::Passed)
    }),
    stage("stacks", "docker stack config and lint-stacks, broken fixtures refused", || {
        crate::stacks::lint_stacks().map(|()| Outcome::Passed)
    }),
    Stage {
        name: "browser",
        about: "the main flow in Chromium against the running system",
        after: &["ui-build"],
        run: browser::flow,
    },
    stage("schemathesis", "every operation of the API asked what its document allows", || {
        browser::schemathesis()
    }),
    stage("acceptance", "cargo xtask faults --smoke: migrations, kills, refusals", || {
        browser::acceptance()
    }),
    stage("docker", "CONTROL_TEST_DOCKER=1 cargo test --workspace -- --ignored", || {
        rust::docker_suites()
    }),
];

/// Obtains everything the other stages need; instant when it is already there.
pub(crate) fn install() -> Result<()> {
    crate::tools::nats_server::current()?;
    crate::tools::nats_server::floor()?;
    crate::tools::obtain(&crate::tools::pins::CARGO_DENY)?;
    crate::tools::chromium::obtain()?;
    crate::docker::Validator::obtain()?;
    browser::python()?;
    crate::tools::npm::ci(&ui())?;
    crate::tools::npm::ci(&ui().join("codegen"))?;
    crate::sh::say("everything needed is here");
    Ok(())
}

fn passes(command: &mut std::process::Command) -> Result<Outcome> {
    run(command).map(|()| Outcome::Passed)
}

fn npm(script: &str) -> Result<Outcome> {
    crate::tools::npm::ci(&ui())?;
    passes(cmd("npm").current_dir(ui()).args(["run", script]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T0.1, T0.2: one command runs the harness of both subprojects.
    #[test]
    fn the_stages_hold_every_canonical_command_of_the_plan() {
        let spoken: Vec<&str> = STAGES.iter().map(|stage| stage.about).collect();
        for command in [
            "npm run lint",
            "npm run typecheck",
            "npm run test",
            "npm run build",
            "cargo test",
            "cargo fmt --all --check",
            "cargo clippy",
            "cargo run --locked -- --help",
            "docker stack config",
        ] {
            assert!(spoken.iter().any(|about| about.contains(command)), "no stage runs {command}");
        }
    }

    #[test]
    fn a_stage_waits_only_for_stages_before_it() {
        for (index, stage) in STAGES.iter().enumerate() {
            for name in stage.after {
                let before = STAGES[..index].iter().any(|earlier| earlier.name == *name);
                assert!(before, "{} waits for {name}, which does not come before it", stage.name);
            }
        }
    }

    /// T0.2: the CI entry and the workflow call the same command a person does.
    #[test]
    fn ci_calls_the_same_command_as_a_person() {
        let read = |path: &str| std::fs::read_to_string(crate::root::root().join(path)).unwrap();
        assert!(read(".ci/run").contains("cargo xtask test"));
        assert!(read(".github/workflows/ci.yml").contains(".ci/run"));
    }
}
