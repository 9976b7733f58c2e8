//! `catalog`: the catalogue as files, which `nats stream add --config` takes.

use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

use anyhow::Context;
use streams::shapes;

use crate::cli::{Catalog, EXIT_FINDINGS};

pub(crate) fn run(args: &Catalog, replicas: usize) -> anyhow::Result<ExitCode> {
    let files: BTreeMap<String, String> = shapes::catalogue()
        .iter()
        .map(|shape| (format!("{}.json", shape.name), shape.config_file(replicas)))
        .collect();
    match (&args.write, &args.check) {
        (Some(folder), _) => write(folder, &files),
        (None, Some(folder)) => check(folder, &files),
        (None, None) => anyhow::bail!("say --write DIR or --check DIR"),
    }
}

fn write(folder: &Path, files: &BTreeMap<String, String>) -> anyhow::Result<ExitCode> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn check(folder: &Path, files: &BTreeMap<String, String>) -> anyhow::Result<ExitCode> {
    let mut found = BTreeMap::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else { continue };
        if name.ends_with(".json") {
            found.insert(name.to_owned(), fs::read_to_string(&path)?);
        }
    }
    let mut clean = true;
    for name in files.keys().chain(found.keys()).collect::<std::collections::BTreeSet<_>>() {
        if files.get(name) != found.get(name) {
            clean = false;
            println!("{}: not what the catalogue says", folder.join(name).display());
        }
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FINDINGS) })
}
