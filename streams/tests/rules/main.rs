//! The Job's rules as given / when / then: planning, gates, decisions, the fold of a whole log and
//! its stored form. One file per idea; here is only what they share.
#![allow(clippy::unwrap_used)]

mod decisions;
mod fold;
mod gates;
mod planning;
mod snapshot;
mod verbs;

use streams::{
    ids::ServiceKind,
    job::{
        command::Verb,
        decide::create,
        event::{Asked, JobEvent},
        facts::Facts,
        plan::Plan,
        planner::{MigrateAsk, plan_migrate},
        policy::Policy,
        state::{Job, evolve},
        step::Evidence,
    },
};
use test_support::facts::{acme, actor, command_id, context, flow, job_id, request};

pub(crate) fn ask(kinds: &[ServiceKind]) -> MigrateAsk {
    MigrateAsk { targets: kinds.iter().map(|k| (*k, None)).collect(), reverse_of: None }
}

pub(crate) fn plan_of(kinds: &[ServiceKind], facts: &Facts) -> Plan {
    plan_migrate(&acme(), &ask(kinds), facts, &Policy::default(), &[]).unwrap()
}

pub(crate) fn accepted(plan: &Plan) -> JobEvent {
    let request = request(plan);
    let held = create::wanted(&request);
    JobEvent::Accepted { request: Box::new(request), held }
}

/// Folds events, one commit each, a second apart.
pub(crate) fn fold(events: &[JobEvent]) -> Job {
    let mut job = None;
    for (i, event) in events.iter().enumerate() {
        let n = i as u64;
        job = Some(evolve(job, &job_id(1), event, context(n + 1, n * 1000)).unwrap());
    }
    job.unwrap()
}

pub(crate) fn asked(verb: Verb) -> Asked {
    Asked {
        command_id: command_id(9),
        verb,
        actor: actor(),
        reason: streams::job::command::Reason::parse("because").unwrap(),
        ids: flow(),
    }
}

/// Events up to and including the start of the `n`th step (0-based).
pub(crate) fn started(plan: &Plan, n: usize) -> Vec<JobEvent> {
    let mut events = vec![accepted(plan), JobEvent::Planned { plan: Box::new(plan.clone()) }];
    for (i, step) in plan.steps.iter().enumerate().take(n + 1) {
        events.push(JobEvent::StepStarted { step_id: step.id.clone() });
        if i < n {
            let step_id = step.id.clone();
            events.push(JobEvent::StepSucceeded { step_id, evidence: Evidence::Done });
        }
    }
    events
}

pub(crate) fn flip_index(plan: &Plan) -> usize {
    plan.steps.iter().position(|s| s.point_of_no_return).unwrap()
}
