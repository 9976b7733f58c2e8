//! The program: runs a simulated fleet until it is told to stop, or prints its users.

use std::{io::Write, process::ExitCode};

use clap::CommandFactory;
use fleet_sim::{
    config::{Cli, Command, ConfigVerb},
    verbs,
};
use observability::{Build, probe, settings, settings::Read};

const BUILD: Build = observability::build!("fleet-sim");
/// Settings that cannot be used.
const WRONG_SETTINGS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let Read { cli, shown } = match settings::read::<Cli>(BUILD) {
        Ok(read) => read,
        Err(error) => return fail(WRONG_SETTINGS, &error),
    };
    let usable = cli.run.check();
    let done = match (cli.command.unwrap_or(Command::Run), usable) {
        (Command::Run | Command::Config { act: ConfigVerb::Check }, Err(error)) => {
            return fail(WRONG_SETTINGS, &error);
        }
        (Command::Run, Ok(())) => verbs::run(&cli.run, BUILD).await,
        (Command::Config { act: ConfigVerb::Check }, Ok(())) => say("the settings can be used"),
        (Command::Config { act: ConfigVerb::Print }, _) => say(&format!("{shown:#}")),
        (Command::Config { act: ConfigVerb::Describe }, _) => {
            say(&format!("{:#}", settings::described::<Cli>()))
        }
        (Command::Users { json }, _) => verbs::print_users(&cli.run.state_dir, json),
        (Command::Healthcheck, _) => probe::alive(cli.run.listen).await.map_err(Into::into),
        (Command::Completions { shell }, _) => {
            let out = &mut std::io::stdout();
            clap_complete::generate(shell, &mut Cli::command(), "fleet-sim", out);
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // One sentence with its causes; a backtrace helps nobody who has a port taken.
        Err(error) => fail(1, &format!("{error:#}")),
    }
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

fn fail(code: u8, because: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "fleet-sim: {because}");
    ExitCode::from(code)
}
