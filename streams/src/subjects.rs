//! Subjects: the only place where a subject is built or taken apart.
//!
//! Every token comes from a validated newtype, so no id can name another subject.

use crate::ids::{CommandId, JobId, TenantId};

/// Platform scope in the tenant's place.
pub const PLATFORM: &str = "_";

fn tenant_token(tenant: Option<&TenantId>) -> &str {
    tenant.map_or(PLATFORM, TenantId::as_str)
}

/// Subject of a create command: one per job, so that a second create finds the first.
#[must_use]
pub fn create_command(tenant: Option<&TenantId>, job: &JobId) -> String {
    format!("control.cmd.{}.{job}.create", tenant_token(tenant))
}

/// Subject of any other command: one per command.
#[must_use]
pub fn verb_command(
    tenant: Option<&TenantId>,
    job: &JobId,
    verb: &str,
    command: &CommandId,
) -> String {
    format!("control.cmd.{}.{job}.{verb}.{command}", tenant_token(tenant))
}

/// Subject of a job's commits: one per job.
#[must_use]
pub fn job_events(tenant: Option<&TenantId>, job: &JobId) -> String {
    format!("control.evt.{}.job.{job}", tenant_token(tenant))
}

/// Subject of commits about the log itself.
#[must_use]
pub fn system_events(about: SystemSubject) -> String {
    format!("control.evt.{PLATFORM}.{}", about.token())
}

/// What a system commit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemSubject {
    /// `LeaderChanged`.
    Leader,
    /// `CommandUnreadable`.
    Command,
    /// `PlacementObserved`.
    Placement,
}

impl SystemSubject {
    fn token(self) -> &'static str {
        match self {
            Self::Leader => "leader",
            Self::Command => "command",
            Self::Placement => "placement",
        }
    }
}

/// Subject of an audit record, by tenant and class.
#[must_use]
pub fn audit(tenant: Option<&TenantId>, class: &str) -> String {
    format!("control.audit.{}.{class}", tenant_token(tenant))
}

/// What a subject of the event log is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventSubject {
    /// A job.
    Job {
        /// Its tenant; `None` on platform scope.
        tenant: Option<TenantId>,
        /// The job.
        job: JobId,
    },
    /// The log itself.
    System,
}

/// Takes a subject of the event log apart; `None` when it is not one of ours.
#[must_use]
pub fn parse_event(subject: &str) -> Option<EventSubject> {
    let tokens: Vec<&str> = subject.split('.').collect();
    match tokens.as_slice() {
        ["control", "evt", tenant, "job", job] => {
            let tenant = match *tenant {
                PLATFORM => None,
                id => Some(id.parse().ok()?),
            };
            Some(EventSubject::Job { tenant, job: job.parse().ok()? })
        }
        ["control", "evt", PLATFORM, "leader" | "command" | "placement"] => {
            Some(EventSubject::System)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_parses_back() {
        let job: JobId = "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H".parse().unwrap();
        let acme: TenantId = "acme".parse().unwrap();
        assert_eq!(
            parse_event(&job_events(Some(&acme), &job)),
            Some(EventSubject::Job { tenant: Some(acme), job: job.clone() })
        );
        assert_eq!(
            parse_event(&job_events(None, &job)),
            Some(EventSubject::Job { tenant: None, job })
        );
        assert_eq!(parse_event(&system_events(SystemSubject::Leader)), Some(EventSubject::System));
        assert_eq!(parse_event("control.evt.acme.job.x"), None);
        assert_eq!(parse_event("control.evt.acme.leader"), None);
    }
}
