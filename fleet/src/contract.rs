//! Wire types of the contract with the fleet, version `v1`: what a node and a Gateway say and hear.
//!
//! Data only: no client, no server, no rule about jobs. Both sides are built from these types: the
//! clients of this crate, the fleet simulator, the conformance suite. Bodies a node *receives*
//! refuse unknown fields (422 `bad_argument`); bodies it *sends* may grow, so readers ignore fields
//! they do not know. Where the contract sheet leaves a choice open, the doc comment of the type
//! that meets it decides. Names: [`paths`], [`headers`]. Callers: [`crate::client`].

pub mod administration;
mod drain;
mod gateway;
pub mod headers;
mod node;
pub mod paths;
mod placement;
mod problem;
mod tenant;

pub use drain::{DrainMode, DrainRequest, DrainState, DrainStatus, NodeDrainStatus, TenantDrain};
pub use gateway::{Grant, Jwks, LoginRequest, LoginResponse, Rights};
pub use node::{
    Check, CheckStatus, Health, HealthStatus, Info, Limits, NodeKind, Ready, ReadyState, capability,
};
pub use placement::{
    MapName, PlacementSnapshot, ReloadRequest, ReloadResult, Revisions, SnapshotSource,
};
pub use problem::{Problem, ProblemCode};
/// Where a tenant stands on one node; the planner knows the same type.
pub use streams::job::facts::TenantState;
pub use tenant::{
    ActivateRequest, Blocker, Digest, DigestAlgo, DigestPending, Inflight, Lag, PrepareRequest,
    TenantPage, TenantQuery, TenantStatus,
};

/// The only version of the node API there is.
pub const API_VERSION: &str = "v1";
