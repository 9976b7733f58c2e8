//! Which commit a program is built from, known where it is said: in the `main.rs` of a program.
//!
//! [`git_sha!`] is a macro and not a constant of a build script on purpose. A build script that runs
//! at each commit makes every crate above it stale, tests included; the macro makes only the file
//! that calls it depend on git's record of where `HEAD` is, so that a commit compiles some `main.rs`
//! anew and links. It must therefore not be called in a library. What is not committed is not told:
//! that would need a look at every file at every build (`cargo xtask image` does it for an image).
//! Next: `git.rs` for which files tell that `HEAD` has moved; `observability::build!`.

mod git;

use std::{env, path::Path};

use proc_macro::TokenStream;

/// The commit: `CONTROL_GIT_SHA` when it is set and not empty, else what git says of the folder
/// (12 characters), else `unknown`, for example in an unpacked archive.
#[proc_macro]
pub fn git_sha(_: TokenStream) -> TokenStream {
    let given = env::var_os(VARIABLE).and_then(|value| value.into_string().ok());
    let here = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into());
    let code = expansion(given.as_deref(), Path::new(&here));
    // Nothing in it is foreign: a sha is checked, paths are written as literals.
    code.parse().unwrap_or_default()
}

/// Says the commit where git cannot, as in a container's build.
const VARIABLE: &str = "CONTROL_GIT_SHA";
/// Where nobody can say.
const UNKNOWN: &str = "unknown";

/// An expression of the commit that the compiler forms anew when the variable or a file changes.
fn expansion(given: Option<&str>, here: &Path) -> String {
    let given = given.map(str::trim).filter(|sha| is_word(sha));
    let (sha, files) = match given {
        Some(sha) => (sha.to_owned(), Vec::new()),
        None => (git::head(here).unwrap_or_else(|| UNKNOWN.to_owned()), git::moves(here)),
    };
    let mut code = format!("{{ const _: Option<&str> = option_env!({VARIABLE:?}); ");
    for file in files.iter().filter_map(|file| file.to_str()) {
        code.push_str(&format!("const _: &[u8] = include_bytes!({file:?}); "));
    }
    code.push_str(&format!("{sha:?} }}"));
    code
}

/// What can stand in a label: a commit, perhaps with a word behind it.
fn is_word(sha: &str) -> bool {
    !sha.is_empty() && sha.len() <= 64 && sha.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_goes_before_git_and_nonsense_in_it_is_not_believed() {
        let nowhere = tempfile::tempdir().expect("a folder");
        let say = |given| expansion(given, nowhere.path());
        assert!(say(Some("5bbb959c1f2a-dirty\n")).ends_with("\"5bbb959c1f2a-dirty\" }"));
        for given in [None, Some(""), Some("a b"), Some("\"; panic!()")] {
            assert!(say(given).ends_with("\"unknown\" }"), "{given:?}");
        }
        assert!(say(None).contains("option_env!(\"CONTROL_GIT_SHA\")"));
    }
}
