//! From a verb to the file that carries it out, with a connection where it needs one.

use std::process::ExitCode;

use clap::CommandFactory;
use serde_json::Value;
use streams::jetstream::Jetstream;

use crate::{
    catalog,
    cli::{Cli, ConfigVerb, Verb},
    export, job, provision, replay, roles, verify,
};

/// Carries out the verb; `shown` are the settings in force.
pub(crate) async fn run(cli: Cli, shown: &Value) -> anyhow::Result<ExitCode> {
    let connect = async || Jetstream::connect(&cli.nats.options("control-log")).await;
    match &cli.verb {
        Verb::Provision(args) => provision::run(&connect().await?, args, cli.output).await,
        Verb::Diff => provision::diff(&connect().await?, cli.output).await,
        Verb::Catalog(args) => catalog::run(args, cli.nats.nats_replicas),
        Verb::Replay(args) => replay::run(&connect().await?, args, cli.output).await,
        Verb::Job(args) => job::run(&connect().await?, args, cli.output).await,
        Verb::Export(args) => export::run(&connect().await?, args).await,
        Verb::Verify(args) => match &args.export {
            Some(file) => verify::offline(file, args, cli.output),
            None => verify::live(&connect().await?, args, cli.output).await,
        },
        Verb::Roles(args) => roles::run(args),
        Verb::Config { act: ConfigVerb::Check } => {
            cli.nats.check()?;
            println!("the settings can be used");
            Ok(ExitCode::SUCCESS)
        }
        Verb::Config { act: ConfigVerb::Print } => {
            println!("{shown:#}");
            Ok(ExitCode::SUCCESS)
        }
        Verb::Config { act: ConfigVerb::Describe } => {
            println!("{:#}", observability::settings::described::<Cli>());
            Ok(ExitCode::SUCCESS)
        }
        Verb::Healthcheck => {
            connect().await?.ping().await?;
            println!("ok");
            Ok(ExitCode::SUCCESS)
        }
        Verb::Completions { shell } => {
            let mut command = Cli::command();
            clap_complete::generate(*shell, &mut command, "control-log", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}
