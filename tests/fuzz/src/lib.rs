//! Fuzz targets: what reads bytes of strangers, each with the property that must hold for any bytes.
//!
//! A target takes bytes and panics when its property does not hold. It does no I/O and keeps no
//! state. The ordinary tests run each on its corpus and on some 20,000 mutated inputs
//! ([`mutate`]); `cargo xtask fuzz TARGET --seconds N` runs one for long, guided by coverage
//! (`bin/fuzz.rs`). An input that once broke something stays in `corpus/<target>/`.
// A property that does not hold must say so by a panic.
#![allow(clippy::unwrap_used)]

pub mod corpus;
pub mod mutate;
mod targets;

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, also of its folder in `corpus/`.
    pub name: &'static str,
    /// The property, as a sentence.
    pub says: &'static str,
    /// Panics when the property does not hold.
    pub run: fn(&[u8]),
    /// What means something to it, for the mutator.
    pub words: &'static [&'static str],
}

/// Every target.
pub const ALL: &[Target] = &[
    Target {
        name: "bearer",
        says: "no header but the one good token makes a principal",
        run: targets::bearer::run,
        words: targets::bearer::WORDS,
    },
    Target {
        name: "cookie",
        says: "the session cookie is read exactly once or not at all, and survives a browser",
        run: targets::cookie::run,
        words: targets::cookie::WORDS,
    },
    Target {
        name: "idempotency_key",
        says: "a key is refused or names exactly one job",
        run: targets::idempotency_key::run,
        words: targets::idempotency_key::WORDS,
    },
    Target {
        name: "traceparent",
        says: "a trace is continued only from a valid header, and comes out as it came in",
        run: targets::traceparent::run,
        words: targets::traceparent::WORDS,
    },
    Target {
        name: "tenant_id",
        says: "a tenant id is refused or is exactly its own subject, key, header and path segment",
        run: targets::tenant_id::run,
        words: targets::tenant_id::WORDS,
    },
    Target {
        name: "placement",
        says: "an entry is applied whole, or refused and changes nothing",
        run: targets::placement::run,
        words: targets::placement::WORDS,
    },
    Target {
        name: "event",
        says: "a stored message is unreadable, or reads, is written and folds as the same",
        run: targets::event::run,
        words: targets::event::WORDS,
    },
    Target {
        name: "prometheus",
        says: "a sum of samples is unknown or a number that one more sample moves by its value",
        run: targets::prometheus::run,
        words: targets::prometheus::WORDS,
    },
    Target {
        name: "pass_through",
        says: "a path is refused or leads where it says, below one of three prefixes",
        run: targets::pass_through::run,
        words: targets::pass_through::WORDS,
    },
];

/// The target of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}
