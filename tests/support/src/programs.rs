//! The `nats-server` programs of suites that start servers of their own.
//!
//! A variable names one; without it those that `cargo xtask` obtained are taken, then one on
//! `PATH`, so that plan 0.3's command works with its one variable.

use std::path::{Path, PathBuf};

use crate::gated::{NATS_FLOOR_BIN, NATS_SERVER_BIN, variable};

/// The current release and, where there is another one, the floor, each with the prefix of its
/// trials' names.
///
/// # Errors
/// A sentence with the way out when there is none at all.
pub fn nats_servers() -> Result<Vec<(&'static str, PathBuf)>, String> {
    let obtained = obtained(&workspace().join(".cache/tools"));
    let current = variable(NATS_SERVER_BIN)
        .map(PathBuf::from)
        .or_else(|| obtained.last().cloned())
        .or_else(|| on_path("nats-server"));
    let Some(current) = current else {
        return Err(format!(
            "these cases start a nats-server of their own and there is none: `cargo xtask tools` \
             obtains the pinned one, or set {NATS_SERVER_BIN}"
        ));
    };
    let floor = variable(NATS_FLOOR_BIN).map(PathBuf::from).or_else(|| obtained.first().cloned());
    let mut programs = vec![("private", current.clone())];
    programs.extend(floor.filter(|floor| *floor != current).map(|floor| ("private_floor", floor)));
    Ok(programs)
}

/// The servers below a folder of tools, oldest first.
fn obtained(tools: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(tools).into_iter().flatten().flatten();
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix("nats-server-")?;
            let numbers = version.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
            Some((numbers, entry.path().join("bin/nats-server")))
        })
        .filter(|(_, program)| program.is_file())
        .collect();
    found.sort();
    found.into_iter().map(|(_, program)| program).collect()
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = variable("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The root of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obtained_servers_stand_in_the_order_of_their_versions() {
        let tools = tempfile::tempdir().expect("a folder");
        for name in ["nats-server-2.15.1", "nats-server-2.9.27", "nats-server-x", "nats-cli-0.5.0"]
        {
            let bin = tools.path().join(name).join("bin");
            std::fs::create_dir_all(&bin).expect("a folder");
            std::fs::write(bin.join("nats-server"), "").expect("a file");
        }
        let found = obtained(tools.path());
        let names: Vec<bool> =
            found.iter().map(|path| path.to_string_lossy().contains("2.9.27")).collect();
        assert_eq!(names, [true, false]);
    }
}
