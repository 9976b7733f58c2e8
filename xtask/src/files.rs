//! Small file helpers: a digest over files, a walk over a folder.
//! It must not know what the files mean.
//! Next: `ui.rs`, which remembers a digest.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// SHA-256 over the names and contents of the given files, in the given order, as hex.
pub(crate) fn digest(files: &[impl AsRef<Path>]) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        let file = file.as_ref();
        let bytes =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        hash.update(file.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(bytes.len().to_le_bytes());
        hash.update(&bytes);
    }
    Ok(hex::encode(hash.finalize()))
}

/// Every file below a folder, sorted; folders named in `skip` are not entered.
pub(crate) fn walk(folder: &Path, skip: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(dir) = todo.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let skipped = skip.iter().any(|skip| name == *skip);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !skipped => todo.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_changes_with_a_name_and_with_a_byte() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        std::fs::write(&one, "x").unwrap();
        std::fs::write(&two, "x").unwrap();
        let before = digest(&[&one]).unwrap();
        assert_ne!(before, digest(&[&two]).unwrap());
        std::fs::write(&one, "y").unwrap();
        assert_ne!(before, digest(&[&one]).unwrap());
    }

    #[test]
    fn a_walk_skips_the_named_folders() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["src/a.ts", "node_modules/b.js"] {
            let file = dir.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        let names = walk(dir.path(), &["node_modules"]);
        assert_eq!(names, [dir.path().join("src/a.ts")]);
    }
}
