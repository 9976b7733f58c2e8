//! What carries out actions: appends, attempts of effects, looks at the fleet, timers.
//!
//! Every task ends in an input; an aborted one ends in nothing, which the engine expects.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use cqrs_es::EventStore;
use futures::FutureExt;
use observability::{metrics::declared, spans};
use streams::{
    clock::pause,
    error::ErrorClass,
    ids::{FlowIds, JobId, Seq, ServiceKind, TenantId},
    job::step::StepError,
    log::flow_headers,
    ports::AppendError,
    store::{JobStore, append_error},
};
use tokio::time::{Instant, timeout};
use tracing::Instrument;

use super::{Event, Loop};
use crate::{
    engine::{AppendFailure, Effect, Input, NewCommit, TimerKey},
    sagas,
};

/// An attempt that does not stop by itself is stopped this long after its time.
const GRACE: Duration = Duration::from_secs(1);
/// Time to gather facts.
const GATHER: Duration = Duration::from_secs(6);

impl Loop {
    pub(super) fn append(&mut self, new: NewCommit, last: Seq, ids: Option<FlowIds>) {
        let (store, out) = (JobStore(self.saga.logs.events.clone()), self.events.clone());
        let metrics = self.saga.metrics.clone();
        self.commits += 1;
        tokio::spawn(async move {
            let started = Instant::now();
            let appended = append(&store, new, last, ids.as_ref()).await;
            let took = started.elapsed().as_secs_f64();
            metrics
                .histogram(&declared::APPEND_DURATION)
                .with_label_values(&["events"])
                .observe(took);
            let count = |outcome: &str| {
                metrics.counter(&declared::APPENDS).with_label_values(&["events", outcome]).inc();
            };
            let failure = match appended {
                // What counts is what is read back: the feed delivers it.
                Ok(()) => return count("stored"),
                Err(AppendError::Conflict(_)) => AppendFailure::Conflict,
                Err(AppendError::Unknown(_)) => AppendFailure::Unknown,
                Err(AppendError::Unavailable(_) | AppendError::Full(_)) => {
                    AppendFailure::Unavailable
                }
                Err(AppendError::Refused(why)) => AppendFailure::Refused(why),
            };
            count(match &failure {
                AppendFailure::Conflict => "conflict",
                AppendFailure::Unknown => "unknown",
                AppendFailure::Unavailable => "unavailable",
                AppendFailure::Refused(_) => "refused",
            });
            tracing::warn!(last = %last, ?failure, "an append was not acknowledged");
            let _ = out.send(Event::Input(Input::AppendFailed { last, failure })).await;
        });
    }

    pub(super) fn perform(&mut self, effect: Box<Effect>) {
        let (fleet, out) = (Arc::clone(&self.saga.fleet), self.events.clone());
        let (metrics, job_id) = (self.saga.metrics.clone(), effect.job_id.clone());
        let span = span(&effect);
        let task = async move {
            let started = Instant::now();
            let attempt = AssertUnwindSafe(sagas::attempt(&*fleet, &effect)).catch_unwind();
            let result = match timeout(effect.timeout + GRACE, attempt).await {
                Ok(Ok(result)) => result,
                Ok(Err(_)) => {
                    let say = format!("{} panicked; this is a bug", effect.step.id);
                    Err(StepError::fatal(ErrorClass::Corrupt, "step_panicked", say))
                }
                Err(_) => {
                    let say = format!("no end within {} ms", effect.timeout.as_millis());
                    Err(StepError::not_yet("attempt_timeout", say))
                }
            };
            let name = effect.step.kind.as_str();
            let outcome = match &result {
                Ok(_) => "ok",
                Err(error) if error.retryable => "not_yet",
                Err(_) => "failed",
            };
            let took = started.elapsed();
            metrics.counter(&declared::SAGA_EFFECTS).with_label_values(&[name, outcome]).inc();
            let seconds = metrics.histogram(&declared::SAGA_EFFECT_DURATION);
            seconds.with_label_values(&[name]).observe(took.as_secs_f64());
            match &result {
                Ok(_) => tracing::info!(undo = effect.undo, "{} done", effect.step.id),
                Err(error) => {
                    tracing::warn!(undo = effect.undo, code = %error.code, reason = %error.message,
                        "an attempt of {} did not succeed", effect.step.id);
                }
            }
            let Effect { job_id, step, undo, fence, .. } = *effect;
            let done = Input::EffectDone { job_id, step_id: step.id, undo, fence, result };
            let _ = out.send(Event::Input(done)).await;
        };
        let task = tokio::spawn(task.instrument(span));
        if let Some(before) = self.effects.insert(job_id, task.abort_handle()) {
            before.abort();
        }
    }

    pub(super) fn gather(
        &mut self,
        job_id: JobId,
        token: Seq,
        tenant: TenantId,
        kinds: Vec<ServiceKind>,
        ids: FlowIds,
    ) {
        let (fleet, out) = (Arc::clone(&self.saga.fleet), self.events.clone());
        let task = tokio::spawn(async move {
            let facts = match timeout(GATHER, fleet.facts(&ids, &tenant, &kinds)).await {
                Ok(facts) => facts.map(Box::new),
                Err(_) => Err(format!("no answer within {} ms", GATHER.as_millis())),
            };
            let _ = out.send(Event::Input(Input::Facts { job_id, token, facts })).await;
        });
        self.gathers.retain(|t| !t.is_finished());
        self.gathers.push(task.abort_handle());
    }

    pub(super) fn arm(&mut self, key: TimerKey, after: Duration) {
        let out = self.events.clone();
        let due = key.clone();
        let task = tokio::spawn(async move {
            pause(after).await;
            let _ = out.send(Event::Input(Input::Timer(due))).await;
        });
        self.timers.retain(|_, t| !t.is_finished());
        if let Some(before) = self.timers.insert(key, task.abort_handle()) {
            before.abort();
        }
    }
}

/// A job's events are committed through its store, what is about the log itself as it is.
async fn append(
    store: &JobStore,
    new: NewCommit,
    last: Seq,
    ids: Option<&FlowIds>,
) -> Result<(), AppendError> {
    match new {
        NewCommit::Job { context, events } => {
            let metadata = ids.map(flow_headers).unwrap_or_default().into_iter().collect();
            store.commit(events, *context, metadata).await.map(drop).map_err(append_error)
        }
        NewCommit::System(commit) => store.0.append(&commit, last, ids).await.map(drop),
    }
}

fn span(effect: &Effect) -> tracing::Span {
    let flow = spans::Flow {
        request_id: effect.ids.request_id.as_str(),
        correlation_id: effect.ids.correlation_id.as_str(),
        trace_id: effect.ids.trace_id.as_str(),
    };
    let kind = effect.plan.spec.kind().as_str();
    let span = spans::job(effect.job_id.as_str(), kind, effect.tenant.as_str(), flow);
    span.record("step_id", effect.step.id.as_str());
    span.record("attempt", effect.attempt);
    span.record("fence", effect.fence.0);
    span
}
