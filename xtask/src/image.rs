//! `cargo xtask image`: images of our programs, made without a registry, a base image or an engine.
//!
//! An image is one layer: a static program, the certificate authorities and three small files. It
//! must hold nothing else, so that nothing else can be run, read or written in it, and the same
//! inputs must give the same digest. Next: `image/program.rs` for how a program is linked,
//! `image/layer.rs` for what is in the layer, `image/archive.rs` for the file that is written.

mod archive;
mod authorities;
mod elf;
mod layer;
mod program;
mod revision;
mod services;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::sh::{cmd, run, say};
use archive::Image;
use program::Profile;
use services::Service;

/// What to put into images, and where to leave them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Which programs
    #[arg(value_name = "SERVICE", required_unless_present = "all", value_parser = services::names())]
    services: Vec<String>,
    /// Every one of them
    #[arg(long, conflicts_with = "services")]
    all: bool,
    /// How they are compiled
    #[arg(long, value_enum, default_value_t = Profile::Release)]
    profile: Profile,
    /// Write the archive here (of one service); else `target/image/<service>.tar`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Hand the archive to the engine of this machine: `docker load`
    #[arg(long)]
    load: bool,
}

const EXAMPLES: &str = "Examples:
  cargo xtask image command-api                      target/image/command-api.tar
  cargo xtask image --all --load                     all of them, into the engine, for compose.yml
  cargo xtask image projector --profile dev --out p.tar && docker load --input p.tar
  skopeo copy oci-archive:target/image/command-api.tar docker://registry.example/control/command-api

Each is named control/<service>:local and control/<service>:<version>-<commit>. The archive is read
by `docker load`, `podman load` and everything that takes an OCI layout.";

/// Builds the programs in one go, then writes an archive for each.
pub(crate) fn image(options: &Options) -> Result<()> {
    let wanted: Vec<&Service> = match options.all {
        true => services::SERVICES.iter().collect(),
        false => {
            options.services.iter().map(|name| services::named(name)).collect::<Result<_>>()?
        }
    };
    if options.out.is_some() && wanted.len() != 1 {
        bail!("--out names one file, but {} services are asked for", wanted.len());
    }
    let revision = revision::of(crate::root::root())?;
    if wanted.iter().any(|service| service.embeds_ui) {
        crate::ui::bundle()?;
    }
    program::build(&wanted, options.profile, &revision)?;
    for service in wanted {
        let default = || folder().join(format!("{}.tar", service.name));
        let out = options.out.clone().unwrap_or_else(default);
        write(service, options.profile, &revision, &out)?;
        if options.load {
            run(cmd("docker").args(["load", "--quiet", "--input"]).arg(&out))?;
        }
    }
    Ok(())
}

/// Where archives are left.
fn folder() -> PathBuf {
    crate::root::target().join("image")
}

fn write(service: &Service, profile: Profile, revision: &str, out: &Path) -> Result<()> {
    let file = program::file(service, profile);
    let code = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    if let Some(loader) = elf::loader(&code)? {
        bail!("{} is not static: it asks for {loader}", file.display());
    }
    let image = Image {
        service,
        revision,
        architecture: program::architecture()?,
        layer: layer::of(service, &code)?,
    };
    if let Some(folder) = out.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Beside it first, so that what stands under the name is always whole.
    let half = out.with_extension("tar.new");
    let (bytes, digest) = image.archive()?;
    std::fs::write(&half, &bytes).with_context(|| format!("cannot write {}", half.display()))?;
    std::fs::rename(&half, out).with_context(|| format!("cannot write {}", out.display()))?;
    let mib = bytes.len() / (1024 * 1024);
    say(format!("{} {digest} ({mib} MiB) in {}", image.name(), out.display()));
    Ok(())
}
