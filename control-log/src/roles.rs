//! `roles`: the permissions of each role as a NATS configuration.

use std::{collections::BTreeMap, process::ExitCode};

use anyhow::Context;
use streams::roles::{Role, config};

use crate::cli::Roles;

pub(crate) fn run(args: &Roles) -> anyhow::Result<ExitCode> {
    let mut keys = BTreeMap::new();
    for given in &args.nkeys {
        let (role, key) =
            given.split_once('=').with_context(|| format!("{given:?} is not ROLE=KEY"))?;
        let role: Role = role.parse().map_err(anyhow::Error::msg)?;
        keys.insert(role, key.to_owned());
    }
    print!("{}", config(&keys).map_err(anyhow::Error::msg)?);
    Ok(ExitCode::SUCCESS)
}
