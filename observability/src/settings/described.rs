//! What settings a program has, as data: made from its command line, so that a new setting is
//! described by existing. `cargo xtask gen` makes `docs/settings.md` of it.

use clap::{Command, CommandFactory};
use serde_json::{Value, json};

use super::settings;

/// Every setting of a program by the name that the file and `config print` use.
#[must_use]
pub fn described<C: CommandFactory>() -> Value {
    let command: Command = C::command();
    let one = |arg: &clap::Arg| {
        let text = |os: &std::ffi::OsStr| os.to_string_lossy().into_owned();
        let defaults: Vec<String> = arg.get_default_values().iter().map(|one| text(one)).collect();
        // A flag that is off is not set.
        let default = Some(defaults.join(",")).filter(|all| !all.is_empty() && all != "false");
        let about = arg.get_help().map(ToString::to_string);
        json!({
            "name": arg.get_id().as_str(),
            "flag": arg.get_long().map(|long| format!("--{long}")),
            "variable": arg.get_env().map(text),
            "default": default,
            "about": about,
        })
    };
    settings(&command).map(one).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::LogArgs;

    #[derive(Debug, Parser)]
    #[allow(dead_code)] // only described
    struct Cli {
        /// Which words.
        #[arg(long, env = "CONTROL_WORDS", default_value = "a,b", value_delimiter = ',')]
        words: Vec<String>,
        #[arg(long)]
        fast: bool,
        #[command(flatten)]
        logs: LogArgs,
    }

    #[test]
    fn every_setting_is_described_with_flag_variable_default_and_meaning() {
        let all = described::<Cli>();
        let words = json!({
            "name": "words", "flag": "--words", "variable": "CONTROL_WORDS", "default": "a,b",
            "about": "Which words",
        });
        assert_eq!(all[0], words);
        assert_eq!((&all[1]["variable"], &all[1]["default"]), (&Value::Null, &Value::Null));
        assert_eq!(all[2]["variable"], "CONTROL_LOG_FORMAT");
        assert_eq!(all.as_array().map(Vec::len), Some(4));
    }
}
