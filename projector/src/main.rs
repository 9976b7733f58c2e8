//! The projector's command line. The service itself is in `projector::serve`.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::{CommandFactory, Parser};
use observability::probe;
use projector::{
    config::{Cli, ConfigVerb, Verb},
    serve::{BUILD, rebuild, serve},
};

/// Settings that cannot be used.
const WRONG_SETTINGS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = cli.logs.init(BUILD) {
        return fail(WRONG_SETTINGS, &error.to_string());
    }
    let pace = match cli.settings.check() {
        Ok(pace) => pace,
        Err(error) => return fail(WRONG_SETTINGS, &error),
    };
    match cli.verb.unwrap_or(Verb::Serve) {
        Verb::Serve => ended(serve(&cli.settings, pace).await),
        Verb::Rebuild { views } => ended(rebuild(&cli.settings, pace, &views).await),
        Verb::Config { act: ConfigVerb::Check } => {
            say("the settings can be used");
            ExitCode::SUCCESS
        }
        Verb::Config { act: ConfigVerb::Print } => {
            say(&format!("{:#}", cli.settings.shown()));
            ExitCode::SUCCESS
        }
        Verb::Healthcheck => ended(probe::alive(cli.settings.listen).await.map_err(Into::into)),
        Verb::Completions { shell } => {
            let out = &mut std::io::stdout();
            clap_complete::generate(shell, &mut Cli::command(), "projector", out);
            ExitCode::SUCCESS
        }
    }
}

fn say(text: &str) {
    // A reader that has gone away is no failure of ours.
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn ended(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &format!("{error:#}")),
    }
}

fn fail(code: u8, because: &str) -> ExitCode {
    tracing::error!(reason = because, "projector cannot go on");
    if std::io::stderr().is_terminal() {
        eprintln!("projector: {because}");
    }
    ExitCode::from(code)
}
