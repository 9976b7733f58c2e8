//! A folded job as its row: pure, and the only place where sentences about a job's standing are
//! made.
//!
//! Times are those of the commits; due times are derived from them and the policy, as the engine
//! derives them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    job::{
        command::{Actor, JobSpec, Verb},
        decide::verb::refusal,
        event::{Cause, PauseCause},
        plan::Gate,
        policy::Policy,
        state::{Job, Status, StepState, StepStatus},
        step::rule,
    },
    views::job_row::{
        ActionRow, ActorRow, ErrorRow, GateRow, JobRow, JobState, StepRow, VerbRow, WaitingOn,
    },
};

/// Who acts, as shown.
pub(super) fn actor(actor: &Actor) -> ActorRow {
    ActorRow { sub: actor.sub.clone(), session_id: actor.session_id.clone() }
}

/// The row of a job.
pub(super) fn row(job: &Job, verbs: Vec<VerbRow>) -> JobRow {
    let policy = policy_of(job);
    let request = &job.request;
    let JobSpec::TenantMigrate(params) = &request.spec;
    let mut held = job.held.clone();
    if job.status.is_terminal() {
        held.locks.clear();
        held.permits.clear();
    }
    JobRow {
        job_id: job.job_id.clone(),
        kind: request.spec.kind(),
        tenant_id: job.tenant_id.clone(),
        state: JobState::from(&job.status),
        waiting_on: waiting_on(job),
        because: because(job),
        reason: request.reason.clone(),
        actor: actor(&request.actor),
        params: params.clone(),
        plan_hash: request.plan_hash.clone(),
        plan: job.plan.clone(),
        created_at: job.created_at,
        updated_at: job.updated_at,
        deadline_at: policy.as_ref().and_then(|policy| deadline_at(job, policy)),
        finished_at: job.finished_at,
        ran_ms: job.ran_ms,
        steps: job.steps.iter().map(|s| step(s, job, policy.as_ref())).collect(),
        gates: gates(job),
        errors: job.steps.iter().filter_map(error).collect(),
        refusal: match &job.status {
            Status::Rejected { refusal } => Some(refusal.clone()),
            _ => None,
        },
        paused_by: match &job.status {
            Status::Paused { cause } => Some(cause.clone()),
            _ => None,
        },
        undone_by: match &job.status {
            Status::Compensating { cause } | Status::Stuck { cause, .. } => Some(cause.clone()),
            _ => None,
        },
        fence: job.fence,
        held,
        actions: actions(job),
        verbs,
        ids: request.ids.clone(),
        seq: job.seq,
        accepted_seq: job.accepted_seq,
    }
}

/// The policy a job is driven under: its plan names the revision. Without a plan nothing is due yet;
/// under a revision of a newer program no due time is shown rather than a wrong one.
fn policy_of(job: &Job) -> Option<Policy> {
    job.plan.as_ref().and_then(|plan| Policy::of_revision(plan.base.policy_revision))
}

/// Each verb with whether the aggregate would take it now, by the aggregate's own rule.
fn actions(job: &Job) -> Vec<ActionRow> {
    let row = |verb| {
        let refusal = refusal(job, verb).map(|(_, message)| message);
        let allowed = refusal.is_none();
        ActionRow { verb, allowed, because: refusal.unwrap_or_default() }
    };
    Verb::ALL.into_iter().map(row).collect()
}

fn after(at: DateTime<Utc>, ms: u64) -> DateTime<Utc> {
    at + Duration::from_millis(ms)
}

fn deadline_at(job: &Job, policy: &Policy) -> Option<DateTime<Utc>> {
    let since = job.running_since?;
    Some(after(since, policy.job_deadline_ms.saturating_sub(job.ran_ms)))
}

/// The step that is next, when its gates do not hold.
fn held_back(job: &Job) -> Option<&StepState> {
    job.next_pending().filter(|s| s.gates_waiting_since.is_some())
}

fn waiting_on(job: &Job) -> Option<WaitingOn> {
    match &job.status {
        Status::Pending => Some(WaitingOn::Plan),
        Status::Paused { .. } | Status::Stuck { .. } => Some(WaitingOn::Operator),
        Status::Running | Status::Compensating { .. } => {
            if job.current().is_some_and(|s| s.retry_at.is_some()) {
                Some(WaitingOn::Retry)
            } else if matches!(job.status, Status::Running) && job.current().is_none() {
                held_back(job).map(|_| WaitingOn::Gates)
            } else {
                None
            }
        }
        Status::Succeeded | Status::Cancelled | Status::RolledBack | Status::Rejected { .. } => {
            None
        }
    }
}

fn because(job: &Job) -> Option<String> {
    match &job.status {
        Status::Pending => Some("Facts are gathered and the plan is recomputed.".to_owned()),
        Status::Running => {
            let waits = job.current().or_else(|| held_back(job))?;
            waiting_because(waits)
        }
        Status::Paused { cause } => Some(match cause {
            PauseCause::Operator => "Paused by an operator.".to_owned(),
            PauseCause::GateUnknown { step_id, gate } => {
                format!("Gate {gate} before {step_id} cannot be told.")
            }
            PauseCause::StepFailed { step_id, error } => {
                format!("{step_id} failed past the point of no return: {}", error.message)
            }
            PauseCause::DeadlineExceeded => {
                "It ran longer than its deadline, past the point of no return.".to_owned()
            }
        }),
        Status::Compensating { cause } => Some(cause_sentence(cause)),
        Status::Stuck { step_id, error, .. } => {
            Some(format!("The undo of {step_id} failed: {}", error.message))
        }
        Status::Rejected { refusal } => Some(refusal.message.clone()),
        Status::Succeeded | Status::Cancelled | Status::RolledBack => None,
    }
}

fn cause_sentence(cause: &Cause) -> String {
    match cause {
        Cause::Cancelled => "Undone because an operator cancelled it.".to_owned(),
        Cause::GateFailed { step_id, gate } => {
            format!("Undone because gate {gate} before {step_id} did not hold.")
        }
        Cause::StepFailed { step_id, error } => {
            format!("Undone because {step_id} failed: {}", error.message)
        }
        Cause::DeadlineExceeded => "Undone because it ran longer than its deadline.".to_owned(),
    }
}

/// Why a step does not go on by itself, as a sentence.
fn waiting_because(step: &StepState) -> Option<String> {
    if step.retry_at.is_some() {
        let last = step.error.as_ref().map_or("the last attempt failed", |e| e.message.as_str());
        return Some(format!("Attempt {} follows: {last}", step.attempt));
    }
    step.gates_waiting_since?;
    let mut closed = step.gates.iter().filter(|g| !g.holds()).map(|g| {
        let seen = if g.because.is_empty() { &g.observed } else { &g.because };
        format!("{}: {seen}", g.id)
    });
    let first = closed.next()?;
    Some(
        closed.fold(format!("Gates must hold first. {first}"), |text, gate| {
            format!("{text}; {gate}")
        }),
    )
}

/// When the time of a step is over, counted as the engine counts it: a pause takes none of it.
fn gives_up_at(state: &StepState, job: &Job, policy: &Policy) -> Option<DateTime<Utc>> {
    let (begun, ms) = match state.status {
        StepStatus::Pending => (state.gates_waiting_since, policy.gate_wait_ms),
        StepStatus::Running | StepStatus::Waiting => {
            let begun = state.started_at.max(job.running_since);
            (begun, rule(state.step.kind, policy).deadline_ms)
        }
        StepStatus::Undoing => (state.undo_started_at, policy.step_deadline_ms),
        StepStatus::Done | StepStatus::Skipped | StepStatus::Failed | StepStatus::Undone => {
            return None;
        }
    };
    begun.map(|at| after(at, ms))
}

fn step(state: &StepState, job: &Job, policy: Option<&Policy>) -> StepRow {
    let running = job.status == Status::Running;
    let driven = running || matches!(job.status, Status::Compensating { .. });
    let gated = state.status == StepStatus::Pending && state.gates_waiting_since.is_some();
    let shown = if gated && running { StepStatus::Waiting } else { state.status };
    let step = &state.step;
    StepRow {
        id: step.id.clone(),
        title: step.title.clone(),
        target: step.target.clone(),
        kind: step.kind,
        service_kind: step.service_kind,
        state: shown,
        attempt: state.attempt,
        started_at: state.started_at,
        finished_at: state.finished_at,
        undo_started_at: state.undo_started_at,
        expected_ms: step.expected_ms,
        waiting_because: if driven { waiting_because(state) } else { None },
        next_try_at: if driven { state.retry_at } else { None },
        gives_up_at: policy.filter(|_| driven).and_then(|p| gives_up_at(state, job, p)),
        undo: step.undo,
        point_of_no_return: step.point_of_no_return,
        error: state.error.clone(),
        evidence: state.evidence.clone(),
    }
}

fn gates(job: &Job) -> Vec<GateRow> {
    let preflight = job.plan.iter().flat_map(|p| &p.gates).map(|g| gate(g, None));
    let steps = job.steps.iter().flat_map(|s| s.gates.iter().map(|g| gate(g, Some(s))));
    let refused = match &job.status {
        Status::Rejected { refusal } => refusal.gates.as_slice(),
        _ => &[],
    };
    preflight.chain(steps).chain(refused.iter().map(|g| gate(g, None))).collect()
}

fn gate(gate: &Gate, guards: Option<&StepState>) -> GateRow {
    GateRow {
        step_id: guards.map(|s| s.step.id.clone()),
        id: gate.id.clone(),
        verdict: gate.verdict,
        observed: gate.observed.clone(),
        threshold: gate.threshold.clone(),
        observed_at: gate.observed_at,
        max_age_ms: gate.max_age_ms,
        because: gate.because.clone(),
        overridden_by: gate.overridden_by.clone(),
    }
}

fn error(state: &StepState) -> Option<ErrorRow> {
    let error = state.error.as_ref()?;
    Some(ErrorRow {
        step_id: state.step.id.clone(),
        class: error.class,
        code: error.code.clone(),
        message: error.message.clone(),
        retryable: error.retryable,
        evidence: error.evidence.clone(),
    })
}
