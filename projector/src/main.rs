//! The projector's command line. The service itself is in `projector::serve`.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::CommandFactory;
use observability::{Build, probe, settings, settings::Read};
use projector::{
    config::{Cli, ConfigVerb, Verb},
    serve::{rebuild, serve},
};

const BUILD: Build = observability::build!("projector");
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
    let pace = cli.settings.check();
    match (cli.verb.unwrap_or(Verb::Serve), pace) {
        (Verb::Serve, Ok(pace)) => ended(serve(&cli.settings, pace, BUILD).await),
        (Verb::Rebuild { views }, Ok(pace)) => {
            ended(rebuild(&cli.settings, pace, &views, BUILD).await)
        }
        (Verb::Serve | Verb::Rebuild { .. }, Err(error)) => fail(WRONG_SETTINGS, &error),
        (Verb::Config { act: ConfigVerb::Check }, Err(error)) => refused(&error),
        (Verb::Config { act: ConfigVerb::Check }, Ok(_)) => say("the settings can be used"),
        (Verb::Config { act: ConfigVerb::Print }, _) => say(&format!("{shown:#}")),
        (Verb::Config { act: ConfigVerb::Describe }, _) => {
            say(&format!("{:#}", settings::described::<Cli>()))
        }
        (Verb::Healthcheck, _) => {
            ended(probe::alive(cli.settings.listen).await.map_err(Into::into))
        }
        (Verb::Completions { shell }, _) => {
            let out = &mut std::io::stdout();
            clap_complete::generate(shell, &mut Cli::command(), "projector", out);
            ExitCode::SUCCESS
        }
    }
}

fn say(text: &str) -> ExitCode {
    // A reader that has gone away is no failure of ours.
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

fn ended(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &format!("{error:#}")),
    }
}

/// The settings cannot be used; said plainly, since there is no log yet or nobody who reads it.
fn refused(because: &str) -> ExitCode {
    eprintln!("projector: {because}");
    ExitCode::from(WRONG_SETTINGS)
}

fn fail(code: u8, because: &str) -> ExitCode {
    tracing::error!(reason = because, "projector cannot go on");
    if std::io::stderr().is_terminal() {
        eprintln!("projector: {because}");
    }
    ExitCode::from(code)
}
