//! The cases, one file per concern, each a sentence an operator would say.

mod cancel;
mod kill;
mod migrate;
mod requests;

use std::pin::Pin;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::system::System;

type Run = for<'s> fn(&'s System) -> Pin<Box<dyn Future<Output = Result<String>> + 's>>;

/// One case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What it shows.
    pub(crate) says: &'static str,
    /// Part of the short run.
    pub(crate) smoke: bool,
    pub(crate) run: Run,
}

macro_rules! case {
    ($name:literal, $says:literal, $smoke:literal, $run:path) => {
        Case { name: $name, says: $says, smoke: $smoke, run: |system| Box::pin($run(system)) }
    };
}

/// Every case, in the order in which they are run.
pub(crate) const ALL: &[Case] = &[
    case!("migrate-kinds", "one tenant per service kind moves under traffic", true, migrate::kinds),
    case!(
        "migrate-whole",
        "one tenant moves whole, and back by the mirrored migration",
        false,
        migrate::whole
    ),
    case!(
        "one-key",
        "64 concurrent requests of one key are one job with one receipt",
        true,
        requests::one_key
    ),
    case!("other-body", "the same key with another body is refused", true, requests::other_body),
    case!(
        "second-job",
        "a second job of a tenant is refused with the holder named",
        true,
        requests::second_job
    ),
    case!(
        "bad-tenants",
        "a malformed tenant is refused and nothing is appended",
        true,
        requests::bad_tenants
    ),
    case!("bad-tokens", "requests without a valid token are refused", true, requests::bad_tokens),
    case!(
        "viewer",
        "a viewer may not create a job, and the denial is audited",
        true,
        requests::viewer
    ),
    case!(
        "kill-one-step",
        "the leader is killed in the flip; the job still ends once",
        true,
        kill::in_the_flip
    ),
    case!(
        "kill-each-step",
        "the leader is killed in every step in turn",
        false,
        kill::in_each_step
    ),
    case!("freeze", "a frozen leader is replaced and refused when it thaws", false, kill::frozen),
    case!(
        "cancel-each-step",
        "cancelled in every step before the flip, the pre-state is back",
        false,
        cancel::before_the_flip
    ),
    case!(
        "cancel-late",
        "after the flip cancel is refused and the mirrored migration works",
        false,
        cancel::after_the_flip
    ),
];

/// Every kind at once, targets chosen by the rule.
fn whole() -> Value {
    json!({"runner": null, "aggregate": null, "projection": null})
}

/// Placement of a tenant per kind: shard and epoch.
async fn placement(system: &System, tenant: &str) -> Result<Value> {
    let row = system.operator.get(&format!("/admin/v1/tenants/{tenant}")).await?;
    let placement = row.get("placement").context("a tenant without placement")?;
    Ok(placement.clone())
}
