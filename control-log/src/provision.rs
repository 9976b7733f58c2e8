//! `provision` and `diff`: the servers against the catalogue (I11).

use std::process::ExitCode;

use serde_json::json;
use streams::{
    jetstream::{
        Jetstream,
        admin::{Done, Found, ProvisionError},
    },
    shapes::{self, Difference},
};

use crate::cli::{EXIT_FINDINGS, Output, Provision};

pub(crate) async fn run(
    nats: &Jetstream,
    args: &Provision,
    output: Output,
) -> anyhow::Result<ExitCode> {
    match nats.provision(&shapes::catalogue(), args.update).await {
        Ok(done) => {
            for (name, what) in done {
                let word = match what {
                    Done::Unchanged => "unchanged",
                    Done::Created => "created",
                    Done::Updated => "updated",
                };
                match output {
                    Output::Text => println!("{word:<10} {name}"),
                    Output::Json => println!("{}", json!({"stream": name, "done": word})),
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(ProvisionError::Differs(differences)) => {
            show(&differences, output);
            if output == Output::Text {
                let hint = if differences.iter().all(|d| d.updatable) {
                    "`control-log provision --update` sets these in place."
                } else {
                    "Nothing was changed; what is stored is never deleted or made anew by this tool."
                };
                eprintln!("{hint}");
            }
            Ok(ExitCode::from(EXIT_FINDINGS))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn diff(nats: &Jetstream, output: Output) -> anyhow::Result<ExitCode> {
    let mut clean = true;
    for (name, found) in nats.compare(&shapes::catalogue()).await? {
        match found {
            Found::Equal => {}
            Found::Absent => {
                clean = false;
                match output {
                    Output::Text => println!("{name}: absent"),
                    Output::Json => println!("{}", json!({"stream": name, "absent": true})),
                }
            }
            Found::Differs(differences) => {
                clean = false;
                show(&differences, output);
            }
        }
    }
    if clean && output == Output::Text {
        println!("as the catalogue says");
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FINDINGS) })
}

fn show(differences: &[Difference], output: Output) {
    for d in differences {
        match output {
            Output::Text => println!("{d}"),
            Output::Json => println!(
                "{}",
                json!({"stream": d.stream, "field": d.field, "wanted": d.wanted,
                       "found": d.found, "updatable": d.updatable})
            ),
        }
    }
}
