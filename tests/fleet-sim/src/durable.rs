//! Files that survive a kill: whole documents replaced by rename, and append-only lines.
//!
//! Knows nothing of what is stored. A torn last line (the writer died in it) is cut off on opening.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

/// Reads a JSON document; `None` when the file does not exist.
///
/// # Errors
/// When it cannot be read or is not the JSON expected; the message names the file.
pub fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(named(path, &error)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|e| named(path, &io::Error::other(e)))
}

/// Replaces a JSON document atomically. With `sync` the content is on the disk before the rename,
/// and the rename before this returns.
///
/// # Errors
/// When the disk refuses; the old document is then still whole.
pub fn write<T: Serialize>(path: &Path, value: &T, sync: bool) -> io::Result<()> {
    let bytes = serde_json::to_vec(value).map_err(|e| named(path, &io::Error::other(e)))?;
    write_bytes(path, &bytes, sync)
}

/// As [`write`], for bytes that are ready.
///
/// # Errors
/// As [`write`].
pub fn write_bytes(path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
    let next = path.with_extension("next");
    let mut file = private(&next).map_err(|e| named(&next, &e))?;
    file.write_all(bytes).map_err(|e| named(&next, &e))?;
    if sync {
        file.sync_all().map_err(|e| named(&next, &e))?;
    }
    fs::rename(&next, path).map_err(|e| named(path, &e))?;
    if sync && let Some(folder) = path.parent() {
        File::open(folder).and_then(|f| f.sync_all()).map_err(|e| named(folder, &e))?;
    }
    Ok(())
}

/// A new file that only its owner may read: some of them hold secrets.
fn private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// An append-only file of JSON lines.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    file: File,
}

impl Lines {
    /// Opens or creates the file, and returns what it holds.
    ///
    /// # Errors
    /// When it cannot be read, or a line other than the last is not the JSON expected.
    pub fn open<T: DeserializeOwned>(path: &Path) -> io::Result<(Self, Vec<T>)> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(named(path, &error)),
        };
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let items = text[..whole]
            .split(|b| *b == b'\n')
            .filter(|line| !line.is_empty())
            .map(serde_json::from_slice)
            .collect::<Result<Vec<T>, _>>()
            .map_err(|e| named(path, &io::Error::other(e)))?;
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|e| named(path, &e))?;
        file.set_len(whole as u64).map_err(|e| named(path, &e))?;
        Ok((Self { path: path.to_owned(), file }, items))
    }

    /// Appends one line: in the operating system's hands when this returns, so it survives a kill.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn append<T: Serialize>(&mut self, item: &T) -> io::Result<()> {
        let mut line = serde_json::to_vec(item).map_err(io::Error::other)?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|e| named(&self.path, &e))
    }

    /// Puts what was appended on the disk: it survives a power cut too.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data().map_err(|e| named(&self.path, &e))
    }

    /// Replaces the whole content.
    ///
    /// # Errors
    /// When the disk refuses; the old content is then still whole.
    pub fn rewrite<T: Serialize>(&mut self, items: impl Iterator<Item = T>) -> io::Result<()> {
        let mut bytes = Vec::new();
        for item in items {
            serde_json::to_writer(&mut bytes, &item).map_err(io::Error::other)?;
            bytes.push(b'\n');
        }
        write_bytes(&self.path, &bytes, false)?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_cut_off_and_appending_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        fs::write(&path, "1\n2\n3").unwrap();
        let (mut lines, items) = Lines::open::<u32>(&path).unwrap();
        assert_eq!(items, [1, 2]);
        lines.append(&4).unwrap();
        drop(lines);
        assert_eq!(Lines::open::<u32>(&path).unwrap().1, [1, 2, 4]);
    }

    #[test]
    fn a_damaged_earlier_line_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        fs::write(&path, "1\nx\n3\n").unwrap();
        let error = Lines::open::<u32>(&path).unwrap_err().to_string();
        assert!(error.contains("lines.jsonl"), "{error}");
    }

    #[test]
    fn a_document_is_replaced_whole_and_only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doc.json");
        assert_eq!(read::<u32>(&path).unwrap(), None);
        write(&path, &1_u32, true).unwrap();
        write(&path, &2_u32, false).unwrap();
        assert_eq!(read::<u32>(&path).unwrap(), Some(2));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
