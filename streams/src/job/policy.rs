//! Thresholds and limits, versioned. Everything a gate or the engine compares against is here.

use serde::{Deserialize, Serialize};

/// One revision of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Which revision; part of the plan's base.
    pub revision: u64,
    /// A reading older than this is unknown, milliseconds.
    pub max_age_ms: u64,
    /// Lag of the target at most, events.
    pub max_lag_events: u64,
    /// Lag of the target at most, milliseconds.
    pub max_lag_ms: u64,
    /// Free share of the target's `max_tenants` at least, per mille, counted with the newcomer.
    pub min_headroom_permille: u64,
    /// How many probes in a row must hold.
    pub samples: u32,
    /// Pause between two probes, milliseconds.
    pub sample_gap_ms: u64,
    /// Migrations at once in the whole fleet.
    pub permits_fleet: usize,
    /// Migrations at once that touch one shard.
    pub permits_shard: usize,
    /// How long a preflight gate may not hold before an accepted job is rejected, milliseconds.
    pub preflight_wait_ms: u64,
    /// How long a gate before a step may not hold before the job is undone or paused, milliseconds.
    pub gate_wait_ms: u64,
    /// Default time of one attempt of a step, milliseconds.
    pub attempt_timeout_ms: u64,
    /// Default time of one step with all its attempts, milliseconds.
    pub step_deadline_ms: u64,
    /// First back-off, milliseconds; doubles.
    pub backoff_first_ms: u64,
    /// Largest back-off, milliseconds.
    pub backoff_cap_ms: u64,
    /// Running time of a whole job, milliseconds.
    pub job_deadline_ms: u64,
}

impl Policy {
    /// The thresholds of a revision, as a plan's base names it; `None` for one that this program
    /// does not know, because a newer one has written it.
    #[must_use]
    pub fn of_revision(revision: u64) -> Option<Self> {
        let present = Self::default();
        (revision == present.revision).then_some(present)
    }
}

impl Default for Policy {
    /// The present one, revision 1: the defaults of the design (jobs.md, Gates and Steps).
    fn default() -> Self {
        Self {
            revision: 1,
            max_age_ms: 10_000,
            max_lag_events: 100,
            max_lag_ms: 5_000,
            min_headroom_permille: 200,
            samples: 3,
            sample_gap_ms: 1_000,
            permits_fleet: 2,
            permits_shard: 1,
            preflight_wait_ms: 5_000,
            gate_wait_ms: 30_000,
            attempt_timeout_ms: 10_000,
            step_deadline_ms: 300_000,
            backoff_first_ms: 250,
            backoff_cap_ms: 15_000,
            job_deadline_ms: 7_200_000,
        }
    }
}
