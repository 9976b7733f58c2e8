//! Cancel, pause, resume, retry: commands about a job that exists, each under its own right.

use axum::extract::State;
use streams::{ids::JobId, job::command::Verb};

use crate::{
    auth::guard::{Platform, RightSpec},
    commands::{
        Accepted, Receipt,
        verb::{Ask, VerbBody},
    },
    error::ApiResult,
    extract::{Key, PathJob, PreferWait, StrictJson},
    rights::{JobsCancel, JobsPause, JobsResume, JobsRetry},
    state::AppState,
};

macro_rules! verb {
    ($(#[$doc:meta])* $name:ident, $path:literal, $right:ty, $verb:expr) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, request_body = VerbBody,
            params(
                ("job_id" = JobId, Path, description = "The job."),
                ("idempotency-key" = String, Header, description = "Made once per decision.",
                    example = "5f0c1d6e-9b1f-4d1c-a8f7-0d8e3c9f7b21"),
                ("prefer" = Option<String>, Header, description = "`wait=2`: answer when decided."),
            ),
            responses((status = 202, body = Receipt, headers(
                ("idempotency-replayed" = Option<String>,
                    description = "`true` on a repeated request."),
                ("preference-applied" = Option<String>,
                    description = "`wait=2` when it waited.")))))]
        pub(crate) async fn $name(
            guard: Platform<$right>,
            State(state): State<AppState>,
            PathJob { 0: job_id }: PathJob,
            Key(key): Key,
            PreferWait(wait): PreferWait,
            StrictJson(body): StrictJson<VerbBody>,
        ) -> ApiResult<Accepted> {
            let ask = Ask {
                caller: &guard.caller,
                sight: &guard.sight,
                right: <$right>::NAME,
                verb: $verb,
                job_id: &job_id,
                key: &key,
                wait,
            };
            ask.run(&state, body).await
        }
    };
}

verb!(
    /// Undoes what was started, before the point of no return.
    cancel, "/admin/v1/jobs/{job_id}/cancel", JobsCancel, Verb::Cancel
);
verb!(
    /// Stops after the current attempt.
    pause, "/admin/v1/jobs/{job_id}/pause", JobsPause, Verb::Pause
);
verb!(
    /// Lets a paused job go on.
    resume, "/admin/v1/jobs/{job_id}/resume", JobsResume, Verb::Resume
);
verb!(
    /// Tries the undo of a stuck job again.
    retry, "/admin/v1/jobs/{job_id}/retry", JobsRetry, Verb::Retry
);
