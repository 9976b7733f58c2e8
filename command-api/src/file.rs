//! The settings file: a layer below variables and flags, above the defaults.
//!
//! It names settings as `config print` does and knows no other rule: each value becomes the default
//! of its flag, so that it is parsed, checked and reported as a flag's is.

use std::{collections::BTreeMap, path::Path};

use figment::{
    Figment,
    providers::{Format, Toml},
    value::Value,
};

/// Arguments that are no settings.
const NOT_SETTINGS: [&str; 3] = ["help", "version", "config_file"];

/// The command with the values of a file as its defaults.
///
/// # Errors
/// A sentence: the file cannot be read, or names something that is no setting.
pub fn layered(command: clap::Command, file: &Path) -> Result<clap::Command, String> {
    let named = file.display();
    let read: BTreeMap<String, Value> =
        Figment::from(Toml::file_exact(file)).extract().map_err(|e| {
            // The first line says it; the second names the file again.
            let told = e.to_string();
            let first = told.lines().next().unwrap_or_default();
            format!("the settings file {named} cannot be used: {first}")
        })?;
    let settings: Vec<String> = command
        .get_arguments()
        .map(|arg| arg.get_id().to_string())
        .filter(|id| !NOT_SETTINGS.contains(&id.as_str()))
        .collect();
    let mut command = command;
    for (name, value) in read {
        if !settings.contains(&name) {
            let known = settings.join(", ");
            return Err(format!("the settings file {named} has {name}; there are only {known}"));
        }
        let text = text(&value).ok_or_else(|| {
            format!("the settings file {named}: {name} is a text, a number or a list of texts")
        })?;
        // Read once in the life of the process, and wanted for all of it.
        let text: &'static str = text.leak();
        command = command.mut_arg(name, |arg| arg.default_value(text));
    }
    Ok(command)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|n| n.to_string())
            .or_else(|| number.to_u128().map(|n| n.to_string())),
        Value::Array(_, all) => {
            let all: Option<Vec<String>> = all.iter().map(text).collect();
            Some(all?.join(","))
        }
        Value::Bool(..) | Value::Char(..) | Value::Dict(..) | Value::Empty(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::cli::Cli;

    fn read(text: &str, flags: &[&str]) -> Result<Cli, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let command = layered(Cli::command(), file.path())?;
        let all = std::iter::once(&"command-api").chain(flags);
        let matches = command.try_get_matches_from(all).map_err(|e| e.to_string())?;
        Cli::from_arg_matches(&matches).map_err(|e| e.to_string())
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let file = "listen = \"127.0.0.1:9001\"\nmax_in_flight = 7\n\
                    allowed_origins = [\"http://a\", \"http://b\"]\n";
        let cli = read(file, &["--listen", "127.0.0.1:9002"]).unwrap();
        assert_eq!(cli.config.listen.port(), 9002);
        assert_eq!(cli.config.max_in_flight, 7);
        assert_eq!(cli.config.allowed_origins, ["http://a", "http://b"]);
        assert_eq!(cli.config.token_audience, "control");
    }

    #[test]
    fn what_is_no_setting_or_no_value_of_one_is_refused_by_name() {
        let refused = |file: &str| read(file, &[]).unwrap_err();
        assert!(refused("listne = \"x\"").contains("has listne; there are only"));
        assert!(refused("listen = \"nowhere\"").contains("--listen"));
        assert!(refused("listen = true").contains("listen is a text"));
        assert!(refused("listen = ").contains("cannot be used"));
        assert!(refused("config_file = \"x\"").contains("has config_file"));
    }
}
