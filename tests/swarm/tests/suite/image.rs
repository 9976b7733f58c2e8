//! An image of one program and the libraries it names, without a registry or a build.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::engine::{Engine, output, work};

/// Where Debian and the images keep the certificate authorities.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Makes the image `control/<name>:suite` of a program and gives its reference.
pub(crate) fn of(engine: &Engine, name: &str, program: &Path) -> Result<String> {
    let rootfs = work("rootfs").join(name);
    put(program, &rootfs.join("usr/local/bin").join(name))?;
    // Without debug symbols the image is a tenth; a machine without `strip` takes it as it is.
    let _ = Command::new("strip").arg(rootfs.join("usr/local/bin").join(name)).status();
    for library in libraries(program)? {
        put(Path::new(&library), &rootfs.join(library.trim_start_matches('/')))?;
    }
    // As the distroless base has it: a TLS client without one authority refuses to be built.
    put(Path::new(AUTHORITIES), &rootfs.join(AUTHORITIES.trim_start_matches('/')))?;
    let reference = format!("control/{name}:suite");
    let entry = format!("ENTRYPOINT [\"/usr/local/bin/{name}\"]");
    let mut tar = Command::new("tar")
        .arg("--directory")
        .arg(&rootfs)
        .args(["--create", "--owner=0", "--group=0", "."])
        .stdout(Stdio::piped())
        .spawn()?;
    let layers = tar.stdout.take().context("tar has no output")?;
    let mut import =
        engine.command(&["import", "--change", &entry, "--change", "USER 10001", "-", &reference]);
    output(import.stdin(layers))?;
    if !tar.wait()?.success() {
        bail!("tar of {} failed", rootfs.display());
    }
    fs::remove_dir_all(rootfs)?;
    Ok(reference)
}

fn put(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().context("a file has a folder")?)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

/// The absolute paths in `ldd`'s answer: the loader and each library.
fn libraries(program: &Path) -> Result<Vec<String>> {
    let said = output(Command::new("ldd").arg(program))?;
    let words = said.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(words.map(|word| word.trim_end_matches(':').to_owned()).collect())
}
