//! A line for each job whose end is in place, in the flow of the job.
//!
//! Only what is written live is told: a rebuild writes every job there ever was.

use serde::Deserialize;
use streams::{
    ids::{FlowIds, JobId, TenantId},
    views::Row,
};

/// The part of a job's row that its line needs; rows of other views do not have it.
#[derive(Debug, Deserialize)]
struct Ended {
    job_id: JobId,
    tenant_id: Option<TenantId>,
    state: String,
    #[serde(rename = "finished_at")]
    _finished_at: String,
    ids: FlowIds,
}

/// Which of these rows say that a job has ended: call it before they are written, and the result
/// afterwards.
pub fn of(rows: &[Row]) -> impl FnOnce() + use<> {
    let all: Vec<Ended> =
        rows.iter().filter_map(|row| serde_json::from_slice(&row.value).ok()).collect();
    move || {
        for ended in all {
            tracing::info!(
                job_id = %ended.job_id,
                tenant_id = ended.tenant_id.as_ref().map_or("_", TenantId::as_str),
                request_id = %ended.ids.request_id,
                correlation_id = %ended.ids.correlation_id,
                trace_id = %ended.ids.trace_id,
                state = ended.state,
                "the end of a job is in the read model"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use streams::ids::Seq;

    use super::*;

    fn row(value: &str) -> Row {
        let value = Bytes::from(value.to_owned());
        Row { key: "k".to_owned(), seq: Seq(1), value, last: false }
    }

    #[test]
    fn only_the_row_of_a_job_that_has_ended_is_told() {
        let ids = r#""ids":{"request_id":"r","correlation_id":"c","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#;
        let job = |finished: &str| {
            let id = "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H";
            row(&format!(
                r#"{{"job_id":"{id}","tenant_id":"acme","state":"succeeded",{finished}{ids}}}"#
            ))
        };
        let told = |row: &Row| serde_json::from_slice::<Ended>(&row.value).is_ok();
        assert!(told(&job(r#""finished_at":"2026-11-24T08:00:00Z","#)));
        assert!(!told(&job(r#""finished_at":null,"#)) && !told(&row("{}")));
    }
}
