//! The rights as types, so that the router can demand them. Strings as in contracts.md §2.

use std::collections::BTreeSet;

use crate::auth::{
    guard::RightSpec,
    rights::{Rights, Sight},
};

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;
            impl RightSpec for $name {
                const NAME: &'static str = $text;
            }
        )*
    };
}

rights! {
    /// See jobs, and plan.
    JobsRead = "control.jobs.read";
    /// Start a job.
    JobsCreate = "control.jobs.create";
    /// Cancel a job.
    JobsCancel = "control.jobs.cancel";
    /// Pause a job.
    JobsPause = "control.jobs.pause";
    /// Let a paused job go on.
    JobsResume = "control.jobs.resume";
    /// Try the undo of a stuck job again.
    JobsRetry = "control.jobs.retry";
    /// Answer for a gate.
    JobsOverride = "control.jobs.override";
    /// See tenants.
    TenantsRead = "control.tenants.read";
    /// See the placement.
    PlacementRead = "control.placement.read";
    /// See the nodes.
    FleetRead = "control.fleet.read";
    /// See the audit log.
    AuditRead = "control.audit.read";
    /// See users, sessions, roles and permissions of the Gateway.
    IamRead = "control.iam.read";
    /// Change users and roles, revoke sessions.
    IamWrite = "control.iam.write";
    /// See configuration.
    ConfigRead = "control.config.read";
    /// Change configuration.
    ConfigWrite = "control.config.write";
    /// See definitions.
    DefinitionsRead = "control.definitions.read";
    /// Change definitions.
    DefinitionsWrite = "control.definitions.write";
}

/// Any of the reading rights: each item is held against its own.
#[derive(Debug)]
pub struct AnyRead;

impl RightSpec for AnyRead {
    const NAME: &'static str = "control.*.read";

    fn sight(rights: &Rights) -> Sight {
        let mut own = BTreeSet::new();
        for right in [
            JobsRead::NAME,
            TenantsRead::NAME,
            PlacementRead::NAME,
            FleetRead::NAME,
            AuditRead::NAME,
        ] {
            match rights.sight(right) {
                Sight::All => return Sight::All,
                Sight::Only(tenants) => own.extend(tenants),
            }
        }
        Sight::Only(own)
    }
}
