//! The job saga's command line. The service itself is in `job_saga::serve`.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::CommandFactory;
use job_saga::{
    config::{Cli, ConfigVerb, Verb},
    serve::serve,
};
use observability::{Build, probe, settings, settings::Read};

const BUILD: Build = observability::build!("job-saga");
/// Settings that cannot be used.
const WRONG_SETTINGS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let Read { cli, shown } = match settings::read::<Cli>(BUILD) {
        Ok(read) => read,
        Err(error) => return refused(&error),
    };
    if let Err(error) = cli.logs.init(BUILD) {
        return refused(&error.to_string());
    }
    match cli.verb.unwrap_or(Verb::Serve) {
        Verb::Serve => match cli.settings.check() {
            Ok(settings) => ended(serve(settings, BUILD).await),
            Err(error) => fail(WRONG_SETTINGS, &error),
        },
        Verb::Config { act: ConfigVerb::Check } => match cli.settings.check() {
            Ok(_) => say("the settings can be used"),
            Err(error) => refused(&error),
        },
        Verb::Config { act: ConfigVerb::Print } => say(&format!("{shown:#}")),
        Verb::Config { act: ConfigVerb::Describe } => {
            say(&format!("{:#}", settings::described::<Cli>()))
        }
        Verb::Healthcheck => ended(probe::alive(cli.settings.listen).await.map_err(Into::into)),
        Verb::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "job-saga", &mut std::io::stdout());
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

fn say(text: &str) -> ExitCode {
    // A reader that has gone away is no failure of ours.
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

/// The settings cannot be used; said plainly, since there is no log yet or nobody who reads it.
fn refused(because: &str) -> ExitCode {
    eprintln!("job-saga: {because}");
    ExitCode::from(WRONG_SETTINGS)
}

fn fail(code: u8, because: &str) -> ExitCode {
    tracing::error!(reason = because, "job-saga cannot go on");
    if std::io::stderr().is_terminal() {
        eprintln!("job-saga: {because}");
    }
    ExitCode::from(code)
}
