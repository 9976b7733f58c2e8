//! Decision: with facts gathered, an accepted job is planned and begins, waits a moment for its
//! gates, or is rejected.

use crate::error::Classified;
use crate::job::{
    decide::{Draft, step},
    event::{JobEvent, Refusal},
    plan::{Gate, Plan, Verdict},
    planner::{self, PlanError},
    policy::Policy,
    state::{Context, Illegal, Job},
};

/// What follows from a recomputed plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planning {
    /// These events.
    Commit(Vec<JobEvent>),
    /// Nothing yet: a gate does not hold; gather facts again after a moment.
    Wait,
}

/// Decides. `context.at` is the engine's time.
///
/// # Errors
/// [`Illegal`] when the job is not pending: a bug in the caller.
pub fn decide(
    job: &Job,
    plan: &Result<Plan, PlanError>,
    context: Context,
    policy: &Policy,
) -> Result<Planning, Illegal> {
    let mut draft = Draft::new(job, context);
    let refusal = match plan {
        Err(error) => Some(refusal(error.code(), error.to_string())),
        Ok(plan) if plan.plan_hash != job.request.plan_hash => {
            let mut refusal =
                refusal("plan_changed", "the plan is not the one that was seen".into());
            refusal.diff = planner::diff(job.request.seen.as_deref(), &plan.base);
            Some(refusal)
        }
        Ok(plan) => gates_refusal(&plan.gates),
    };
    if let Some(refusal) = refusal {
        let waited = context.at.signed_duration_since(job.created_at).num_milliseconds().max(0);
        let may_pass = !refusal.gates.is_empty();
        if may_pass && waited.unsigned_abs() < policy.preflight_wait_ms {
            return Ok(Planning::Wait);
        }
        let request = Box::new(job.request.clone());
        draft.push(JobEvent::Rejected { request, refusal })?;
        return Ok(Planning::Commit(draft.into_events()));
    }
    if let Ok(plan) = plan {
        draft.push(JobEvent::Planned { plan: Box::new(plan.clone()) })?;
        step::go_on(&mut draft, policy)?;
    }
    Ok(Planning::Commit(draft.into_events()))
}

/// Decides when no facts can be gathered at all: waits a moment, then rejects.
///
/// # Errors
/// [`Illegal`] when the job is not pending: a bug in the caller.
pub fn unseen(
    job: &Job,
    because: &str,
    context: Context,
    policy: &Policy,
) -> Result<Planning, Illegal> {
    if step::elapsed_ms(job.created_at, context.at) < policy.preflight_wait_ms {
        return Ok(Planning::Wait);
    }
    let mut draft = Draft::new(job, context);
    let request = Box::new(job.request.clone());
    let refusal = refusal("facts_unavailable", format!("the fleet cannot be seen: {because}"));
    draft.push(JobEvent::Rejected { request, refusal })?;
    Ok(Planning::Commit(draft.into_events()))
}

fn refusal(code: &str, message: String) -> Refusal {
    Refusal { code: code.to_owned(), message, holder: None, diff: Vec::new(), gates: Vec::new() }
}

fn gates_refusal(gates: &[Gate]) -> Option<Refusal> {
    let open: Vec<Gate> = gates.iter().filter(|g| !g.holds()).cloned().collect();
    let worst = open.iter().max_by_key(|g| g.verdict)?;
    let code = if worst.verdict == Verdict::Fail { "gate_failed" } else { "gate_unknown" };
    let mut refusal = refusal(code, format!("{}: {}", worst.id, worst.because));
    refusal.gates = open;
    Some(refusal)
}
