//! A write to the Gateway: intent, call, outcome.
//!
//! The intent is in the audit log before anything is sent; without it nothing is sent. From then on
//! the write is no longer its sender's: it runs to its outcome in a task of its own, also when the
//! client goes away. When the outcome cannot be appended, the client still gets the Gateway's answer,
//! and the append is tried again for a while; what is left then, or by a process that died, is closed
//! as `unknown` by [`crate::sweeper`].

use std::time::Duration;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use fleet::{
    error::NodeError,
    gateway::{PassThrough, PassThroughAnswer, from_gateway},
};
use serde::Deserialize;
use streams::{
    clock::pause,
    ids::{CommandId, Seq},
    log::{AuditRecord, AuditResult, WRITE},
};
use tokio::{sync::oneshot, time::timeout};
use tracing::Instrument;

use super::{
    Sender, answer,
    asked::{Asked, Because, PassBody},
    unanswered,
};
use crate::{
    edge::audit,
    error::{ApiError, ApiResult, Code},
    state::AppState,
};

/// How long the intent may take. With the Gateway's 3 s and the outcome's first try it is below the
/// deadline of a request.
const INTENT: Duration = Duration::from_secs(4);
/// How long a client waits for the outcome's append before it gets the answer without.
const FIRST_TRY: Duration = Duration::from_secs(2);
/// Pauses between further tries. Together well below the log's memory of message ids, so that a try
/// that was stored after all and its repetition are one message.
const FURTHER_TRIES: [Duration; 6] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// Passes a write on.
///
/// # Errors
/// 503 `audit_unavailable` and `gateway_unavailable` when nothing was sent, 504
/// `gateway_outcome_unknown` and 502 `gateway_error` when the Gateway may have done it.
pub async fn write(
    state: &AppState,
    sender: Sender,
    asked: Asked,
    Because(reason): Because,
    body: Option<PassBody>,
) -> ApiResult<Response> {
    let note = &sender.caller.note;
    note.reason(&reason);
    let intent = intent(state, &sender, &asked, &reason);
    let stored = timeout(INTENT, audit::append(state, &intent)).await.map_err(|_| {
        let told = format!("no word of the intent within {} ms", INTENT.as_millis());
        ApiError::new(Code::AuditUnavailable, Code::AuditUnavailable.title()).caused_by(told)
    })??;
    let (told, answered) = oneshot::channel();
    let write = Write { state: state.clone(), sender, asked, reason, body: body.map(|b| b.0) };
    let run = write.run(intent, stored.seq, told).instrument(tracing::Span::current());
    state.background().spawn(run);
    // The task always tells, or has panicked.
    answered.await.unwrap_or_else(|_| Err(ApiError::new(Code::Internal, "the write was lost")))
}

fn intent(state: &AppState, sender: &Sender, asked: &Asked, reason: &str) -> AuditRecord {
    AuditRecord {
        v: 1,
        record_id: CommandId::from_uuid(state.ids().uuid()),
        at: state.clock().now(),
        class: WRITE.to_owned(),
        actor: Some(sender.caller.actor(sender.right)),
        claimed: None,
        tenant_id: sender.tenant.clone(),
        operation: asked.operation.clone(),
        result: AuditResult::Pending,
        code: None,
        reason: Some(reason.to_owned()),
        job_id: None,
        resource: Some(asked.resource.clone()),
        status: None,
        closes: None,
        ids: sender.caller.flow.clone(),
    }
}

/// A write whose intent is in the log.
#[derive(Debug)]
struct Write {
    state: AppState,
    sender: Sender,
    asked: Asked,
    reason: String,
    body: Option<Bytes>,
}

impl Write {
    async fn run(self, intent: AuditRecord, seq: Seq, told: oneshot::Sender<ApiResult<Response>>) {
        let result = self.send().await;
        let outcome = AuditRecord {
            record_id: CommandId::from_uuid(self.state.ids().uuid()),
            at: self.state.clock().now(),
            closes: Some(seq),
            reason: None,
            ..outcome(&intent, &result)
        };
        let appended = timeout(FIRST_TRY, self.state.logs().audit.append(&outcome)).await;
        let failed = match appended {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no word of it within {} ms", FIRST_TRY.as_millis())),
        };
        // Nobody listens any more when the client has gone away.
        let _ = told.send(reply(result));
        if let Some(error) = failed {
            let flow = &outcome.ids;
            tracing::warn!(
                error,
                operation = outcome.operation,
                closes = seq.0,
                request_id = %flow.request_id,
                correlation_id = %flow.correlation_id,
                "the outcome of a write could not be recorded; it is tried again"
            );
            self.append_later(&outcome, seq).await;
        }
    }

    async fn send(&self) -> Result<PassThroughAnswer, NodeError> {
        let request = PassThrough {
            method: self.asked.method.clone(),
            path: &self.asked.path,
            headers: &self.asked.headers,
            body: self.body.clone(),
            operator: &self.sender.caller.token,
            tenant: self.sender.tenant.as_ref(),
            reason: Some(&self.reason),
        };
        self.state.ports().gateway.pass_through(&self.sender.caller.flow, request).await
    }

    async fn append_later(&self, outcome: &AuditRecord, seq: Seq) {
        for delay in FURTHER_TRIES {
            pause(delay).await;
            match self.state.logs().audit.append(outcome).await {
                Ok(_) => {
                    tracing::info!(closes = seq.0, "the outcome of a write is recorded now");
                    return;
                }
                Err(error) => tracing::debug!(%error, closes = seq.0, "still not recorded"),
            }
        }
        tracing::warn!(
            closes = seq.0,
            "the outcome of a write is not recorded; it will be closed as unknown"
        );
    }
}

/// What the client is told.
fn reply(result: Result<PassThroughAnswer, NodeError>) -> ApiResult<Response> {
    let answer = match result {
        Ok(answer) => answer,
        Err(error @ (NodeError::Timeout { .. } | NodeError::Unreachable { .. })) => {
            let detail = "the Gateway did not answer; it may still have done it, so look at it \
                          before you try again";
            let code = Code::GatewayOutcomeUnknown;
            return Err(ApiError::new(code, detail).caused_by(error));
        }
        Err(error) => return Err(unanswered(error)),
    };
    match answer::usable(&answer) {
        Ok(()) => Ok(answer::response(answer)),
        Err(why) => {
            let detail = format!("{why}; it may have done it");
            Ok(ApiError::new(Code::GatewayError, detail).into_response())
        }
    }
}

/// The intent with how it ended.
fn outcome(intent: &AuditRecord, result: &Result<PassThroughAnswer, NodeError>) -> AuditRecord {
    let mut outcome = intent.clone();
    let ours = |code: Code| Some(code.as_str().to_owned());
    match result {
        Ok(answer) => {
            outcome.status = Some(answer.status);
            outcome.result = meaning(answer);
            outcome.code = match answer::usable(answer) {
                Ok(()) => code_of(answer),
                Err(_) => ours(Code::GatewayError),
            };
            outcome.resource = made(answer).or(outcome.resource);
        }
        Err(error) if error.had_no_effect() => {
            outcome.result = AuditResult::Error;
            outcome.code = ours(unanswered(error.clone()).code());
        }
        Err(NodeError::Timeout { .. } | NodeError::Unreachable { .. }) => {
            outcome.result = AuditResult::Unknown;
            outcome.code = ours(Code::GatewayOutcomeUnknown);
        }
        Err(_) => {
            outcome.result = AuditResult::Unknown;
            outcome.code = ours(Code::GatewayError);
        }
    }
    outcome
}

/// What a status says about the write. A 408, 502 or 504 is a proxy's word, not the Gateway's.
fn meaning(answer: &PassThroughAnswer) -> AuditResult {
    match answer.status {
        200..300 if answer::usable(answer).is_ok() => AuditResult::Ok,
        200..300 | 408 | 502 | 504 => AuditResult::Unknown,
        401 | 403 => AuditResult::Denied,
        _ => AuditResult::Error,
    }
}

/// The stable code of a problem, when the body has one that is a code.
fn code_of(answer: &PassThroughAnswer) -> Option<String> {
    #[derive(Deserialize)]
    struct Coded {
        code: String,
    }
    if answer.status < 400 {
        return None;
    }
    let code = serde_json::from_slice::<Coded>(&answer.body).ok()?.code;
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    ((1..=64).contains(&code.len()) && code.bytes().all(word)).then_some(code)
}

/// What a creation made, below its area.
fn made(answer: &PassThroughAnswer) -> Option<String> {
    let location = answer.headers.get(header::LOCATION).filter(|_| answer.status == 201)?;
    let path = from_gateway(location.to_str().ok()?)?;
    let below = path.split('?').next()?.splitn(3, '/').nth(2)?;
    Some(below.strip_prefix("tenant/").unwrap_or(below).to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::*;

    fn answer(status: u16, body: &'static str) -> PassThroughAnswer {
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        PassThroughAnswer { status, headers, body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn a_status_says_how_it_ended_and_a_proxys_says_that_nobody_knows() {
        for (status, expected) in [
            (200, AuditResult::Ok),
            (204, AuditResult::Ok),
            (401, AuditResult::Denied),
            (403, AuditResult::Denied),
            (404, AuditResult::Error),
            (408, AuditResult::Unknown),
            (409, AuditResult::Error),
            (412, AuditResult::Error),
            (500, AuditResult::Error),
            (502, AuditResult::Unknown),
            (503, AuditResult::Error),
            (504, AuditResult::Unknown),
        ] {
            assert_eq!(meaning(&answer(status, "")), expected, "{status}");
        }
        assert_eq!(meaning(&answer(200, "<html>")), AuditResult::Unknown);
    }

    #[test]
    fn only_a_code_is_recorded_as_one() {
        assert_eq!(code_of(&answer(409, r#"{"code":"in_use"}"#)).as_deref(), Some("in_use"));
        for body in [r#"{"code":"In Use"}"#, r#"{"code":""}"#, "{}", "", "<html>"] {
            assert_eq!(code_of(&answer(409, body)), None, "{body}");
        }
        assert_eq!(code_of(&answer(200, r#"{"code":"in_use"}"#)), None, "no problem, no code");
    }

    #[test]
    fn a_creation_names_what_it_made() {
        let mut made_it = answer(201, "{}");
        let location = HeaderValue::from_static("/iam/v1/users/usr_1");
        made_it.headers.insert(header::LOCATION, location);
        assert_eq!(made(&made_it).as_deref(), Some("users/usr_1"));
        let tenant = HeaderValue::from_static("/config/v1/tenant/documents/a");
        made_it.headers.insert(header::LOCATION, tenant);
        assert_eq!(made(&made_it).as_deref(), Some("documents/a"));
        made_it.status = 200;
        assert_eq!(made(&made_it), None);
    }
}
