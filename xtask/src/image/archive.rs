//! The archive of one image, readable in two ways: `docker load` follows `manifest.json`, everything
//! that takes an OCI layout follows `index.json`; both name the same blobs by their digest.
//! It must hold no time, name or path of the building machine. Next: `layer.rs`.

use anyhow::Result;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tar::Builder;

use super::{
    layer::{Entry, USER, append},
    services::Service,
};

/// Long ago: an image says by its commit how old it is.
const CREATED: &str = "1970-01-01T00:00:00Z";
/// Nanoseconds, as images count.
const SECOND: u64 = 1_000_000_000;

/// Everything an image is made of.
pub(crate) struct Image<'a> {
    pub(crate) service: &'a Service,
    pub(crate) revision: &'a str,
    pub(crate) architecture: &'a str,
    pub(crate) layer: Vec<u8>,
}

/// Some bytes under their digest.
struct Blob {
    bytes: Vec<u8>,
    hex: String,
}

impl Blob {
    fn of(bytes: Vec<u8>) -> Self {
        let hex = hex::encode(Sha256::digest(&bytes));
        Self { bytes, hex }
    }

    fn path(&self) -> String {
        format!("blobs/sha256/{}", self.hex)
    }

    fn described(&self, kind: &str) -> Value {
        json!({
            "mediaType": format!("application/vnd.oci.image.{kind}"),
            "digest": format!("sha256:{}", self.hex),
            "size": self.bytes.len(),
        })
    }
}

impl Image<'_> {
    /// The name of one build of it.
    pub(crate) fn name(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        format!("control/{}:{version}-{}", self.service.name, self.revision)
    }

    /// The archive and the digest by which a registry would know the image.
    pub(crate) fn archive(&self) -> Result<(Vec<u8>, String)> {
        let layer = Blob::of(self.layer.clone());
        let config = Blob::of(serde_json::to_vec(&self.config(&layer))?);
        let manifest = Blob::of(serde_json::to_vec(&json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config.described("config.v1+json"),
            "layers": [layer.described("layer.v1.tar")],
            "annotations": self.labels(),
        }))?);
        let names = [self.name(), format!("control/{}:local", self.service.name)];
        let mut entry = manifest.described("manifest.v1+json");
        entry["annotations"] = json!({ "org.opencontainers.image.ref.name": names[0] });
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [entry],
        });
        let docker =
            json!([{ "Config": config.path(), "RepoTags": names, "Layers": [layer.path()] }]);

        let mut tar = Builder::new(Vec::new());
        append(&mut tar, &Entry::folder("blobs"))?;
        append(&mut tar, &Entry::folder("blobs/sha256"))?;
        for blob in [&config, &layer, &manifest] {
            append(&mut tar, &Entry::file(&blob.path(), &blob.bytes))?;
        }
        let layout = json!({ "imageLayoutVersion": "1.0.0" });
        for (path, value) in
            [("index.json", index), ("manifest.json", docker), ("oci-layout", layout)]
        {
            append(&mut tar, &Entry::file(path, &serde_json::to_vec(&value)?))?;
        }
        Ok((tar.into_inner()?, format!("sha256:{}", manifest.hex)))
    }

    fn labels(&self) -> Value {
        json!({
            "org.opencontainers.image.title": self.service.name,
            "org.opencontainers.image.description": self.service.about,
            "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
            "org.opencontainers.image.revision": self.revision,
            "org.opencontainers.image.licenses": "Apache-2.0",
        })
    }

    fn config(&self, layer: &Blob) -> Value {
        let program = self.service.program();
        let mut config = json!({
            "User": format!("{USER}:{USER}"),
            "Entrypoint": [program],
            "WorkingDir": self.service.state.unwrap_or("/"),
            "Env": self.service.env,
            "Labels": self.labels(),
            "StopSignal": "SIGTERM",
        });
        if let Some(port) = self.service.port {
            config["ExposedPorts"] = json!({ format!("{port}/tcp"): {} });
        }
        if let Some(state) = self.service.state {
            config["Volumes"] = json!({ state: {} });
        }
        if self.service.stays {
            // As the stack files have it; `healthcheck` gives up after 3 s by itself.
            config["Healthcheck"] = json!({
                "Test": ["CMD", program, "healthcheck"],
                "Interval": 5 * SECOND,
                "Timeout": 4 * SECOND,
                "StartPeriod": 20 * SECOND,
                "Retries": 3,
            });
        }
        json!({
            "architecture": self.architecture,
            "os": "linux",
            "created": CREATED,
            "config": config,
            "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", layer.hex)] },
            "history": [{
                "created": CREATED,
                "created_by": format!("cargo xtask image {}", self.service.name),
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io::Read};

    use super::*;
    use crate::image::{layer, services::named};

    fn archive(service: &str, program: &[u8], revision: &str) -> (Vec<u8>, String) {
        let service = named(service).unwrap();
        let layer = layer::of(service, program).unwrap();
        Image { service, revision, architecture: "amd64", layer }.archive().unwrap()
    }

    fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(archive).entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.insert(entry.path().unwrap().display().to_string(), bytes);
        }
        files
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes_and_any_other_input_another_digest() {
        let first = archive("command-api", b"one", "abc");
        assert_eq!(first, archive("command-api", b"one", "abc"));
        assert_ne!(first.1, archive("command-api", b"two", "abc").1);
        assert_ne!(first.1, archive("command-api", b"one", "abd").1);
        assert_ne!(first.1, archive("projector", b"one", "abc").1);
    }

    #[test]
    fn both_ways_into_the_archive_lead_to_blobs_that_are_what_their_names_say() {
        let (archive, digest) = archive("fleet-sim", b"program", "abc");
        let files = files(&archive);
        for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with("blobs/sha256/")) {
            if let Some(hex) = path.strip_prefix("blobs/sha256/").filter(|hex| !hex.is_empty()) {
                assert_eq!(hex::encode(Sha256::digest(bytes)), hex);
            }
        }
        let json = |path: &str| serde_json::from_slice::<Value>(&files[path]).unwrap();
        let blob = |digest: &Value| format!("blobs/{}", digest.as_str().unwrap().replace(':', "/"));
        let (index, docker) = (json("index.json"), &json("manifest.json")[0]);
        assert_eq!(index["manifests"][0]["digest"], digest);
        let manifest = json(&blob(&index["manifests"][0]["digest"]));
        let config = blob(&manifest["config"]["digest"]);
        assert_eq!(docker["Config"], config);
        assert_eq!(docker["Layers"][0], blob(&manifest["layers"][0]["digest"]));
        assert_eq!(docker["RepoTags"][1], "control/fleet-sim:local");
        let layer = &files[docker["Layers"][0].as_str().unwrap()];
        let config = json(&config);
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(layer)));
        assert_eq!(config["rootfs"]["diff_ids"][0], digest);
        assert_eq!(config["config"]["User"], "10001:10001");
        assert_eq!(config["config"]["Volumes"], json!({ "/var/lib/fleet": {} }));
        assert_eq!(config["config"]["Labels"]["org.opencontainers.image.revision"], "abc");
    }
}
