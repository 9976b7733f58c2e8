//! The job saga's command line. The service itself is in `job_saga::serve`.

use std::{io::IsTerminal, process::ExitCode};

use clap::{CommandFactory, Parser};
use job_saga::{
    config::{Cli, ConfigVerb, Verb},
    serve::{BUILD, serve},
};
use observability::probe;

/// Settings that cannot be used.
const WRONG_SETTINGS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = cli.logs.init(BUILD) {
        return fail(WRONG_SETTINGS, &error.to_string());
    }
    match cli.verb.unwrap_or(Verb::Serve) {
        Verb::Serve => match cli.settings.check() {
            Ok(settings) => ended(serve(settings).await),
            Err(error) => fail(WRONG_SETTINGS, &error),
        },
        Verb::Config { act: ConfigVerb::Check } => match cli.settings.check() {
            Ok(_) => {
                say("the settings can be used");
                ExitCode::SUCCESS
            }
            Err(error) => fail(WRONG_SETTINGS, &error),
        },
        Verb::Config { act: ConfigVerb::Print } => {
            say(&format!("{:#}", cli.settings.shown()));
            ExitCode::SUCCESS
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

fn say(text: &str) {
    println!("{text}");
}

fn fail(code: u8, because: &str) -> ExitCode {
    tracing::error!(reason = because, "job-saga cannot go on");
    if std::io::stderr().is_terminal() {
        eprintln!("job-saga: {because}");
    }
    ExitCode::from(code)
}
