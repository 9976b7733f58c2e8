//! Settings of a program: flags over variables over the settings file over defaults.
//!
//! [`read`] is all that a program calls. The file (TOML, named by the program's own argument
//! `config_file`) names settings as `config print` shows them and knows no other rule: each value
//! becomes the default of its flag, so that it is parsed, checked and reported as a flag's is.
//! What is shown is made from the command line itself: a new setting is shown by existing, and
//! [`shown`] lets no password of an address through. Secrets are files, which are named, never read.

mod described;

use std::{any::TypeId, collections::BTreeMap, ffi::OsString, path::Path};

use clap::{ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};
use figment::{
    Figment,
    providers::{Format, Toml},
    value::Value,
};
use serde_json::{Map, Value as Json};

pub use described::described;

use crate::{Build, logs::redact};

/// Arguments that are no settings.
const NOT_SETTINGS: [&str; 3] = ["help", "version", "config_file"];

/// A command line as read, and the settings in force as they may be shown.
#[derive(Debug, Clone)]
pub struct Read<C> {
    /// The arguments, parsed.
    pub cli: C,
    /// Every setting by name, for `config print`; see [`shown`].
    pub shown: Json,
}

/// Reads this process's arguments, variables and settings file. Ends the process, as `clap` does,
/// when the arguments cannot be used (exit code 2) or when help or the version was asked for, which
/// is that of `build`.
///
/// # Errors
/// A sentence about the settings file.
pub fn read<C: CommandFactory + FromArgMatches>(build: Build) -> Result<Read<C>, String> {
    read_from(build, std::env::args_os()).map(|read| read.unwrap_or_else(|e| e.exit()))
}

/// As [`read`], from these arguments (the first is the program) and without ending the process.
///
/// # Errors
/// Outside: a sentence about the settings file. Inside: what `clap` says about the arguments.
pub fn read_from<C: CommandFactory + FromArgMatches>(
    build: Build,
    args: impl IntoIterator<Item = impl Into<OsString>>,
) -> Result<Result<Read<C>, clap::Error>, String> {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let fresh = || C::command().version(build.text());
    // The file is named by the very arguments it is a layer of.
    let first = fresh().ignore_errors(true).try_get_matches_from(&args);
    let named = first.as_ref().ok().and_then(|m| m.get_raw("config_file")?.next());
    let command = match named {
        Some(file) => layered(fresh(), Path::new(file))?,
        None => fresh(),
    };
    let matches = command.clone().try_get_matches_from(&args);
    Ok(matches.and_then(|matches| {
        let shown = shown(&command, &matches);
        Ok(Read { cli: C::from_arg_matches(&matches)?, shown })
    }))
}

/// The command with the values of a file as its defaults.
///
/// # Errors
/// A sentence: the file cannot be read, or names something that is no setting.
pub fn layered(command: Command, file: &Path) -> Result<Command, String> {
    let named = file.display();
    let read: BTreeMap<String, Value> =
        Figment::from(Toml::file_exact(file)).extract().map_err(|e| {
            // The first line says it; the second names the file again.
            let told = e.to_string();
            let first = told.lines().next().unwrap_or_default();
            format!("the settings file {named} cannot be used: {first}")
        })?;
    let settings: BTreeMap<String, bool> =
        settings(&command).map(|arg| (arg.get_id().to_string(), is_switch(arg))).collect();
    let mut command = command;
    for (name, value) in read {
        let Some(switch) = settings.get(&name) else {
            let known = settings.into_keys().collect::<Vec<_>>().join(", ");
            return Err(format!("the settings file {named} has {name}; there are only {known}"));
        };
        let (text, wanted) = if *switch {
            (value.to_bool().map(|on| on.to_string()), "true or false")
        } else {
            (text(&value), "a text, a number or a list of texts")
        };
        let text = text.ok_or_else(|| format!("the settings file {named}: {name} is {wanted}"))?;
        // Read once in the life of the process, and wanted for all of it.
        let text: &'static str = text.leak();
        command = command.mut_arg(name, |arg| arg.default_value(text));
    }
    Ok(command)
}

fn settings(command: &Command) -> impl Iterator<Item = &clap::Arg> {
    command.get_arguments().filter(|arg| !NOT_SETTINGS.contains(&arg.get_id().as_str()))
}

/// A flag without a value.
fn is_switch(arg: &clap::Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|n| n.to_string())
            .or_else(|| number.to_u128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        Value::Array(_, all) => {
            let all: Option<Vec<String>> = all.iter().map(text).collect();
            Some(all?.join(","))
        }
        Value::Bool(..) | Value::Char(..) | Value::Dict(..) | Value::Empty(..) => None,
    }
}

/// Every setting of a command as it may be shown, wherever it came from: numbers as numbers, lists
/// as lists, null for what is not set, addresses without what stands before their `@`.
#[must_use]
pub fn shown(command: &Command, matches: &ArgMatches) -> Json {
    let one = |arg: &clap::Arg| {
        let name = arg.get_id().as_str();
        let raw = matches.get_raw(name).into_iter().flatten();
        let mut all = raw.map(|value| value_of(arg, &value.to_string_lossy()));
        let many =
            arg.get_value_delimiter().is_some() || matches!(arg.get_action(), ArgAction::Append);
        let value = if many { all.collect() } else { all.next().unwrap_or(Json::Null) };
        (name.to_owned(), value)
    };
    Json::Object(settings(command).map(one).collect::<Map<_, _>>())
}

fn value_of(arg: &clap::Arg, text: &str) -> Json {
    if is_switch(arg) {
        return Json::from(text == "true");
    }
    if arg.get_value_parser().type_id() != TypeId::of::<String>()
        && let Ok(number) = text.parse::<i64>()
    {
        return Json::from(number);
    }
    Json::from(without_user(text))
}

/// Addresses, separated by commas, without what stands before their last `@`, with a scheme or
/// without. Nothing but an address has an `@` among the settings.
fn without_user(text: &str) -> String {
    let one = |part: &str| match (part.split_once("://"), part.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{}@{host}", redact::REDACTED),
        (None, Some((_, host))) => format!("{}@{host}", redact::REDACTED),
        (_, None) => redact::text(part.to_owned()),
    };
    text.split(',').map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::SocketAddr, path::PathBuf};

    use clap::{Parser, Subcommand};
    use serde_json::json;

    use super::*;
    use crate::LogArgs;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(subcommand)]
        verb: Option<Verb>,
        #[arg(long, global = true)]
        config_file: Option<PathBuf>,
        #[arg(long, global = true, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        #[arg(long, global = true, default_value_t = 512)]
        most: usize,
        #[arg(long, global = true, value_delimiter = ',')]
        origins: Vec<String>,
        #[arg(long, global = true, default_value = "42")]
        word: String,
        #[arg(long, global = true)]
        nats_url: Option<String>,
        #[arg(long, global = true)]
        fast: bool,
        #[arg(long, global = true, default_value_t = 0.5)]
        share: f64,
        #[command(flatten)]
        logs: LogArgs,
    }

    #[derive(Debug, Clone, Subcommand)]
    enum Verb {
        Serve { what: Option<String> },
    }

    const BUILD: Build = Build { service: "prog", version: "0.1.0", git_sha: "abc" };

    fn run(file: Option<&str>, flags: &[&str]) -> Result<Read<Cli>, String> {
        let mut on_disk = tempfile::NamedTempFile::new().unwrap();
        on_disk.write_all(file.unwrap_or_default().as_bytes()).unwrap();
        let path = on_disk.path().to_str().unwrap();
        let named = file.map(|_| ["--config-file", path]);
        let args = ["prog"].into_iter().chain(flags.iter().copied());
        let args = args.chain(named.into_iter().flatten());
        read_from(BUILD, args)?.map_err(|e| e.to_string())
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let file = "listen = \"127.0.0.1:9001\"\nmost = 7\norigins = [\"http://a\", \"http://b\"]\n\
                    log_filter = \"warn\"\nfast = true\nshare = 0.25\n";
        let Read { cli, shown } = run(Some(file), &["--listen", "127.0.0.1:9002"]).unwrap();
        assert_eq!((cli.listen.port(), cli.most), (9002, 7));
        assert_eq!((cli.fast, cli.share, shown["fast"].clone()), (true, 0.25, json!(true)));
        assert_eq!(cli.origins, ["http://a", "http://b"]);
        assert_eq!((cli.logs.log_filter.as_str(), cli.word.as_str()), ("warn", "42"));
        assert_eq!(shown["listen"], "127.0.0.1:9002");
        let first = run(None, &["serve", "--most", "3", "it"]).unwrap();
        assert_eq!((first.cli.most, first.shown["most"].clone()), (3, json!(3)));
        let Some(Verb::Serve { what }) = first.cli.verb else { panic!("{:?}", first.cli) };
        assert_eq!(what.as_deref(), Some("it"));
    }

    #[test]
    fn what_is_no_setting_or_no_value_of_one_is_refused_by_name() {
        let refused = |file: &str| run(Some(file), &[]).unwrap_err();
        assert!(refused("listne = \"x\"").contains("has listne; there are only"));
        assert!(refused("listen = \"nowhere\"").contains("--listen"));
        assert!(refused("listen = true").contains("listen is a text"));
        assert!(refused("listen = ").contains("cannot be used"));
        assert!(refused("fast = \"yes\"").contains("fast is true or false"));
        assert!(refused("config_file = \"x\"").contains("has config_file"));
        let missing = run(None, &["--config-file", "/nowhere/x.toml"]).unwrap_err();
        assert!(missing.contains("/nowhere/x.toml cannot be used"), "{missing}");
        assert!(run(None, &["--version"]).unwrap_err().contains("0.1.0 (abc)"));
        assert!(run(None, &["--nonsense"]).unwrap_err().contains("--nonsense"));
    }

    /// Plan 0.4, I12
    #[test]
    fn every_setting_is_shown_and_no_password_of_an_address_is() {
        let urls = "nats://u:planted@h:1,v:planted@i:2,nats://planted@j,nats://w:pla/nted@k,l:3";
        let shown = run(None, &["--nats-url", urls, "--origins", "a,b"]).unwrap().shown;
        let r = "[redacted]";
        let expected = json!({
            "listen": "127.0.0.1:8080",
            "most": 512,
            "origins": ["a", "b"],
            "word": "42",
            "nats_url": format!("nats://{r}@h:1,{r}@i:2,nats://{r}@j,nats://{r}@k,l:3"),
            "fast": false,
            "share": "0.5",
            "log_format": "text",
            "log_filter": "info",
        });
        assert_eq!(shown, expected);
        let none = run(None, &[]).unwrap().shown;
        assert_eq!((&none["nats_url"], &none["origins"]), (&Json::Null, &json!([])));
    }
}
