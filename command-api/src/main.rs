//! The operators' API: command line only. The service is in `command_api::serve`.

use std::{io::Write, process::ExitCode, sync::Arc};

use clap::CommandFactory;
use command_api::{
    cli::{Cli, ConfigVerb, Verb},
    error::code,
    router, serve,
};
use observability::{Build, probe, settings, settings::Read};
use streams::clock::SystemClock;

const BUILD: Build = observability::build!("command-api");
/// Settings that cannot be used.
const WRONG_SETTINGS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let Read { cli, shown } = match settings::read::<Cli>(BUILD) {
        Ok(read) => read,
        Err(error) => return fail(WRONG_SETTINGS, &error),
    };
    if let Err(error) = cli.logs.init(BUILD) {
        return fail(WRONG_SETTINGS, &error.to_string());
    }
    match cli.verb.clone().unwrap_or(Verb::Serve) {
        Verb::Serve => match cli.checked(BUILD, Arc::new(SystemClock)) {
            Ok(checked) => ended(serve::serve(&cli, checked).await),
            Err(error) => fail(WRONG_SETTINGS, &format!("{error:#}")),
        },
        Verb::Healthcheck => ended(probe::alive(cli.config.listen).await.map_err(Into::into)),
        Verb::Openapi => say(&format!("{:#}\n", router::document())),
        Verb::Errors => say(&code::docs()),
        Verb::Config { act: ConfigVerb::Check } => {
            match cli.checked(BUILD, Arc::new(SystemClock)) {
                Ok(_) => say("the settings can be used\n"),
                Err(error) => fail(WRONG_SETTINGS, &format!("{error:#}")),
            }
        }
        Verb::Config { act: ConfigVerb::Print } => say(&format!("{shown:#}\n")),
        Verb::Config { act: ConfigVerb::Describe } => {
            say(&format!("{:#}\n", settings::described::<Cli>()))
        }
        Verb::Completions { shell } => {
            let out = &mut std::io::stdout();
            clap_complete::generate(shell, &mut Cli::command(), "command-api", out);
            ExitCode::SUCCESS
        }
    }
}

fn ended(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &format!("{error:#}")),
    }
}

/// A reader that has gone away is no failure of ours.
fn say(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn fail(code: u8, because: &str) -> ExitCode {
    eprintln!("command-api: {because}");
    ExitCode::from(code)
}
