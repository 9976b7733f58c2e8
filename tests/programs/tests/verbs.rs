//! Every program over every verb that all of them have: what it says, and how it ends.
//!
//! One table ([`program::PROGRAMS`]) drives all; a program or a verb that is missing fails here.
//! `docs/cli.md` tells the same to people.
#![allow(clippy::unwrap_used)]

#[path = "verbs/program.rs"]
mod program;

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::Path,
};

use program::{PROGRAMS, Program, Said};
use serde_json::Value;

const SECRET: &str = "planted-in-an-address";
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// Arguments with which a program's settings can be used.
fn usable<'a>(program: &Program, token: &'a str) -> Vec<&'a str> {
    if program.needs_token { vec!["--node-token-file", token] } else { Vec::new() }
}

fn token(folder: &Path) -> String {
    let file = folder.join("token");
    std::fs::write(&file, "a-service-token").unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    for program in &PROGRAMS {
        let Said { code, out, err } = program.run(&["--help"], &[]);
        assert_eq!((code, err.as_str()), (0, ""), "{}", program.name);
        assert!(out.contains("Examples:") && out.contains("Exit codes:"), "{out}");
        for verb in ["config", "healthcheck", "completions"] {
            assert!(out.contains(&format!("\n  {verb} ")), "{} has no {verb}", program.name);
        }
    }
}

#[test]
fn version_names_the_program_its_version_and_the_commit() {
    let git = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.git").exists();
    for program in &PROGRAMS {
        let Said { code, out, .. } = program.run(&["--version"], &[]);
        let rest = out.trim().strip_prefix(&format!("{} ", program.name)).unwrap();
        let (version, sha) = rest.strip_suffix(')').unwrap().split_once(" (").unwrap();
        assert_eq!((code, version), (0, env!("CARGO_PKG_VERSION")), "{out}");
        let known = sha.len() >= 12 && sha[..12].chars().all(|c| c.is_ascii_hexdigit());
        assert!(known || !git, "{} does not know its commit: {out}", program.name);
    }
}

#[test]
fn completions_are_printed_for_every_shell() {
    for program in &PROGRAMS {
        for shell in SHELLS {
            let Said { code, out, .. } = program.run(&["completions", shell], &[]);
            assert!(code == 0 && out.contains(program.name), "{} {shell}: {out}", program.name);
        }
    }
}

/// Plan 0.4, I12
#[test]
fn no_program_says_the_password_of_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path());
    let url = format!("nats://someone:{SECRET}@127.0.0.1:1");
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, format!("nats_url = \"{url}\"\n")).unwrap();
    for program in &PROGRAMS {
        let by_variable = [("CONTROL_NATS_URL", url.as_str())];
        let by_file = [(program.file_variable, file.to_str().unwrap())];
        for variables in [by_variable, by_file] {
            let shown = program.run(&["config", "print"], &variables);
            let settings: Value = serde_json::from_str(&shown.out).unwrap();
            assert_eq!(settings["nats_url"], "nats://[redacted]@127.0.0.1:1", "{}", program.name);
            for args in [&["config", "print"][..], &["config", "check"], &["healthcheck"]] {
                let args = [args, &usable(program, &token)].concat();
                let Said { out, err, .. } = program.run(&args, &variables);
                let said = format!("{out}{err}");
                assert!(!said.contains(SECRET), "{} {args:?}: {said}", program.name);
            }
        }
        let broken = [("CONTROL_NATS_URL", "nats://someone:planted-in-an-address@127.0.0.1:port")];
        let args = [&["config", "check"][..], &usable(program, &token)].concat();
        let Said { code, err, .. } = program.run(&args, &broken);
        assert_eq!(code, 2, "{}: {err}", program.name);
        assert!(err.contains("127.0.0.1:port") && !err.contains(SECRET), "{err}");
    }
}

#[test]
fn every_described_setting_is_printed_and_none_besides() {
    for program in &PROGRAMS {
        let printed = program.run(&["config", "print"], &[]);
        let printed: Value = serde_json::from_str(&printed.out).unwrap();
        let mut printed: Vec<&str> =
            printed.as_object().unwrap().keys().map(String::as_str).collect();
        let described = program.run(&["config", "describe"], &[]);
        let described: Value = serde_json::from_str(&described.out).unwrap();
        let described = described.as_array().unwrap();
        let mut names: Vec<&str> =
            described.iter().map(|one| one["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        printed.sort_unstable();
        assert_eq!(printed, names, "{}", program.name);
        for one in described {
            assert!(one["about"].is_string(), "{}: {one} says nothing", program.name);
        }
    }
}

#[test]
fn usable_settings_end_with_0_and_unusable_ones_with_2_and_their_name() {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path());
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, "no_such_setting = 1\n").unwrap();
    let file = file.to_str().unwrap();
    for program in &PROGRAMS {
        let check = |more: &[&str]| {
            program.run(&[&["config", "check"], &usable(program, &token)[..], more].concat(), &[])
        };
        let good = check(&[]);
        assert_eq!((good.code, good.err.as_str()), (0, ""), "{}", program.name);
        assert!(good.out.contains("can be used"), "{}", good.out);
        let (args, named) = program.refuses;
        for (args, named) in [
            (&args[..], named),
            (&["--config-file", file], "no_such_setting"),
            (&["--config-file", "/nowhere/settings.toml"], "/nowhere/settings.toml"),
            (&["--no-such-flag"], "--no-such-flag"),
        ] {
            let Said { code, err, .. } = check(args);
            assert_eq!(code, 2, "{} {args:?}: {err}", program.name);
            assert!(err.contains(named), "{} {args:?}: {err}", program.name);
        }
        if program.needs_token {
            let without = program.run(&["config", "check"], &[]);
            assert_eq!(without.code, 2, "{}", program.name);
            assert!(without.err.contains("CONTROL_NODE_TOKEN_FILE"), "{}", without.err);
        }
    }
}

#[test]
fn a_system_without_certificate_authorities_is_told_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path());
    let api = PROGRAMS.iter().find(|program| program.name == "command-api").unwrap();
    let nobody = [("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/nowhere")];
    let args = [&["config", "check"][..], &usable(api, &token)].concat();
    let Said { code, err, .. } = api.run(&args, &nobody);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("install them") && err.contains("No CA certificates"), "{err}");
}

/// The address of a listener that nobody answers on once it is dropped.
fn address(listener: &TcpListener) -> String {
    listener.local_addr().unwrap().to_string()
}

#[test]
fn healthcheck_ends_with_0_where_somebody_answers_and_as_documented_where_nobody_does() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let alive = address(&listener);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let read = stream.read(&mut [0; 1024]).unwrap();
            assert!(read > 0);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}");
        }
    });
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = address(&nobody);
    drop(nobody);
    for program in &PROGRAMS {
        let flag = if program.serves.is_some() { "--listen" } else { "--nats-url" };
        let said = program.run(&["healthcheck", flag, &dead], &[]);
        assert_eq!(said.code, program.nobody, "{}: {}", program.name, said.err);
        assert!(said.err.contains(&dead), "{}: {}", program.name, said.err);
        if program.serves.is_some() {
            let said = program.run(&["healthcheck", flag, &alive], &[]);
            assert_eq!(said.code, 0, "{}: {}", program.name, said.err);
        }
    }
}

#[test]
fn a_service_that_cannot_start_ends_with_1_and_says_what_is_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = address(&listener);
    // Nobody listens on port 1; a service may look for NATS before it listens itself.
    let nats = ["--nats-url", "nats://127.0.0.1:1"];
    for program in &PROGRAMS {
        let Some(serves) = program.serves else { continue };
        let args = [serves, &usable(program, &token), &["--listen", &taken], &nats].concat();
        let Said { code, out, err } = program.run(&args, &[]);
        let said = format!("{out}{err}");
        assert_eq!(code, 1, "{}: {said}", program.name);
        let named = [taken.as_str(), "127.0.0.1:1"].iter().any(|it| said.contains(it));
        assert!(named, "{}: {said}", program.name);
    }
}
