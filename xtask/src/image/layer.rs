//! The one layer of an image, as an uncompressed tar: every entry in a fixed order, of the same
//! time, owned by root but for the folder a program may write to.
//! It must not take anything from the building machine. Next: `archive.rs`.

use anyhow::Result;
use tar::{Builder, EntryType, Header};

use super::{authorities, services::Service};

/// Who runs the program: numeric, so that an orchestrator can tell that it is not root.
pub(crate) const USER: u32 = 10_001;

/// For libraries that ask who the user is.
const PASSWD: &str = "root:x:0:0::/:\ncontrol:x:10001:10001::/:\n";
const GROUP: &str = "root:x:0:\ncontrol:x:10001:\n";
/// The C library asks for addresses: the container's own list first, then the resolver.
const NSSWITCH: &str = "hosts: files dns\n";

/// The layer's bytes for a program.
pub(crate) fn of(service: &Service, program: &[u8]) -> Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    for folder in ["etc", "etc/ssl", "etc/ssl/certs"] {
        append(&mut tar, &Entry::folder(folder))?;
    }
    for (path, text) in
        [("etc/group", GROUP), ("etc/nsswitch.conf", NSSWITCH), ("etc/passwd", PASSWD)]
    {
        append(&mut tar, &Entry::file(path, text.as_bytes()))?;
    }
    append(&mut tar, &Entry::file(authorities::FILE, authorities::bundle().as_bytes()))?;
    for folder in ["usr", "usr/local", "usr/local/bin"] {
        append(&mut tar, &Entry::folder(folder))?;
    }
    let path = format!("usr/local/bin/{}", service.name);
    append(&mut tar, &Entry { mode: 0o755, ..Entry::file(&path, program) })?;
    if let Some(state) = service.state {
        let path = state.trim_start_matches('/');
        for (at, _) in path.match_indices('/') {
            append(&mut tar, &Entry::folder(&path[..at]))?;
        }
        append(&mut tar, &Entry { owner: USER, mode: 0o750, ..Entry::folder(path) })?;
    }
    Ok(tar.into_inner()?)
}

/// One entry of a tar.
pub(super) struct Entry<'a> {
    path: &'a str,
    kind: EntryType,
    mode: u32,
    owner: u32,
    content: &'a [u8],
}

impl<'a> Entry<'a> {
    pub(super) fn file(path: &'a str, content: &'a [u8]) -> Self {
        Self { path, kind: EntryType::Regular, mode: 0o644, owner: 0, content }
    }

    pub(super) fn folder(path: &'a str) -> Self {
        Self { path, kind: EntryType::Directory, mode: 0o755, owner: 0, content: &[] }
    }
}

/// Appends an entry that says nothing of when and where it was made.
pub(super) fn append(tar: &mut Builder<Vec<u8>>, entry: &Entry<'_>) -> Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(entry.kind);
    header.set_mode(entry.mode);
    header.set_uid(entry.owner.into());
    header.set_gid(entry.owner.into());
    header.set_mtime(0);
    header.set_size(entry.content.len() as u64);
    let slash = if entry.kind.is_dir() { "/" } else { "" };
    tar.append_data(&mut header, format!("{}{slash}", entry.path), entry.content)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::services::named;

    fn entries(service: &str) -> Vec<(String, u32, u64)> {
        let layer = of(named(service).unwrap(), b"program").unwrap();
        let mut archive = tar::Archive::new(layer.as_slice());
        let entries = archive.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!(header.mtime().unwrap(), 0);
            let path = entry.path().unwrap().display().to_string();
            (path, header.mode().unwrap(), header.uid().unwrap())
        });
        entries.collect()
    }

    #[test]
    fn the_api_image_holds_the_program_the_authorities_and_nothing_one_could_run_or_write() {
        let all = entries("command-api");
        let files: Vec<&str> =
            all.iter().map(|e| e.0.as_str()).filter(|path| !path.ends_with('/')).collect();
        assert_eq!(
            files,
            [
                "etc/group",
                "etc/nsswitch.conf",
                "etc/passwd",
                "etc/ssl/certs/ca-certificates.crt",
                "usr/local/bin/command-api"
            ]
        );
        assert!(all.iter().all(|(_, mode, owner)| *owner == 0 && mode & 0o022 == 0));
        let runs = |e: &&(String, u32, u64)| e.1 & 0o111 != 0 && !e.0.ends_with('/');
        assert_eq!(all.iter().filter(runs).count(), 1);
    }

    #[test]
    fn only_the_folder_for_state_belongs_to_the_user() {
        let all = entries("fleet-sim");
        let own: Vec<&str> =
            all.iter().filter(|e| e.2 == u64::from(USER)).map(|e| e.0.as_str()).collect();
        assert_eq!(own, ["var/lib/fleet/"]);
    }
}
