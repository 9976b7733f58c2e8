//! `docs/settings.md`: one table of every setting of every program, from what each describes.
//! It must not name a setting itself, but for those of the tools that build and test.
//! Next: `observability/src/settings/described.rs`.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde::Deserialize;

/// A setting as a program's `config describe` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Setting {
    name: String,
    flag: String,
    variable: Option<String>,
    default: Option<String>,
    about: Option<String>,
}

/// One row: a setting, and each program that has it with its default there.
struct Row {
    setting: Setting,
    programs: Vec<(String, Option<String>)>,
}

const INTRO: &str = "# Settings

Every setting of every program, written by `cargo xtask gen` from what the programs say themselves
(`<program> config describe`). A flag goes before its variable, a variable before the settings file,
the file before the default. The file is TOML and uses the names of the third column; it is named by
`--config-file` or by `CONTROL_API_CONFIG_FILE`, `CONTROL_SAGA_CONFIG_FILE`,
`CONTROL_PROJECTOR_CONFIG_FILE`, `CONTROL_LOG_CONFIG_FILE`, `FLEET_SIM_CONFIG_FILE`.
Secrets are files: a setting names the file, and `config print` shows its name and no more; of an
address it leaves out what stands before the `@`. `config check` refuses what cannot be used, with
exit code 2 and the name of the variable. Verbs and exit codes: [cli.md](cli.md).

| variable | flag | in the file | programs | default | what it is |
|---|---|---|---|---|---|
";

const TOOLS: &str = "
Variables of the tools that build and test, which are no settings of a program:

| variable | who reads it | what it is |
|---|---|---|
| `CONTROL_GIT_SHA` | the build | the commit to name where git cannot say it |
| `CONTROL_NATS_SERVER` | `cargo xtask` | a nats-server to use instead of the pinned one |
| `CONTROL_CHROMIUM` | `cargo xtask test` | a browser to use instead of one on `PATH` |
| `CONTROL_TEST_NATS_URL` | tests | a server with JetStream: the NATS suites run |
| `CONTROL_TEST_NATS_FLOOR_URL` | tests | the same of the oldest supported version |
| `CONTROL_TEST_NATS_SERVER_BIN`, `CONTROL_TEST_NATS_FLOOR_BIN` | tests | programs for private servers |
| `CONTROL_TEST_DOCKER` | tests | `1`: an engine may be started in namespaces of its own |
| `CONTROL_E2E_ENV_FILE` | browser, scenarios, bench | where the system under test is, as `dev --env-file` wrote it |
";

/// The page, from each program's name and what it printed.
pub(crate) fn page(described: &[(&str, String)]) -> Result<String> {
    let mut page = INTRO.to_owned();
    for row in rows(described)? {
        let Setting { name, flag, variable, about, .. } = &row.setting;
        let variable = variable.as_ref().map_or("–".to_owned(), |name| format!("`{name}`"));
        let programs: Vec<&str> = row.programs.iter().map(|(name, _)| name.as_str()).collect();
        let programs = programs.join(", ");
        let about = about.as_deref().unwrap_or_default().replace('|', "\\|");
        let default = default(&row);
        writeln!(page, "| {variable} | `{flag}` | `{name}` | {programs} | {default} | {about} |")?;
    }
    page.push_str(TOOLS);
    Ok(page)
}

/// Settings of one variable, flag and name are one row; in the order of their variables.
fn rows(described: &[(&str, String)]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for (program, text) in described {
        let settings: Vec<Setting> = serde_json::from_str(text)
            .with_context(|| format!("`{program} config describe` says something else"))?;
        for setting in settings {
            let here = ((*program).to_owned(), setting.default.clone());
            let key = |of: &Setting| (of.variable.clone(), of.flag.clone(), of.name.clone());
            let same = |row: &&mut Row| key(&row.setting) == key(&setting);
            match rows.iter_mut().find(same) {
                Some(row) => row.programs.push(here),
                None => rows.push(Row { setting, programs: vec![here] }),
            }
        }
    }
    rows.sort_by_key(|row| {
        let Setting { variable, flag, .. } = &row.setting;
        (variable.is_none(), variable.clone(), flag.clone())
    });
    Ok(rows)
}

/// The default, and where it is another one.
fn default(row: &Row) -> String {
    let show = |value: &Option<String>| match value {
        Some(value) => format!("`{}`", value.replace('|', "\\|")),
        None => "–".to_owned(),
    };
    let mut distinct: Vec<(&Option<String>, Vec<&str>)> = Vec::new();
    for (program, value) in &row.programs {
        match distinct.iter_mut().find(|(known, _)| *known == value) {
            Some((_, programs)) => programs.push(program),
            None => distinct.push((value, vec![program])),
        }
    }
    if let [(value, _)] = distinct.as_slice() {
        return show(value);
    }
    let each = distinct.iter().map(|(value, who)| format!("{} ({})", show(value), who.join(", ")));
    each.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(variable: &str, default: &str) -> String {
        format!(
            "[{{\"name\":\"log\",\"flag\":\"--log\",\"variable\":{variable},\"default\":{default},\
             \"about\":\"a|b\"}}]"
        )
    }

    #[test]
    fn one_variable_is_one_row_that_names_every_program_and_each_default() {
        let one = described("\"CONTROL_LOG\"", "\"info\"");
        let other = described("\"CONTROL_LOG\"", "\"error\"");
        let text = page(&[("a", one.clone()), ("b", one), ("c", other)]).unwrap();
        let row =
            "| `CONTROL_LOG` | `--log` | `log` | a, b, c | `info` (a, b); `error` (c) | a\\|b |";
        assert_eq!(text.lines().filter(|line| *line == row).count(), 1, "{text}");
        assert!(page(&[("a", "{}".to_owned())]).is_err());
    }

    #[test]
    fn what_has_no_variable_and_no_default_stands_last() {
        let text = page(&[
            ("a", described("null", "null")),
            ("b", described("\"CONTROL_LOG\"", "\"info\"")),
        ])
        .unwrap();
        let rows: Vec<&str> = text.lines().filter(|line| line.contains("`--log`")).collect();
        assert!(rows[0].starts_with("| `CONTROL_LOG`") && rows[1].starts_with("| – |"), "{rows:?}");
        assert!(rows[1].contains("| a | – |"), "{rows:?}");
    }
}
