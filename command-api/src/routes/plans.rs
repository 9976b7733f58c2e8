//! `POST /admin/v1/plans/{kind}`: what a job would do. No effect.

use std::sync::Arc;

use axum::{Json, extract::State};
use fleet::facts::Wanted;
use serde::Deserialize;
use streams::{
    ids::{FlowIds, ServiceKind, TenantId},
    job::{
        command::JobKind,
        plan::Plan,
        planner::{MigrateAsk, plan_migrate},
    },
};

use crate::{
    auth::guard::ForTenant,
    error::ApiResult,
    extract::{PathKind, StrictJson},
    rights::JobsRead,
    state::AppState,
};

/// Body of a plan request.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanRequest, example = json!({ "params": { "targets": { "projection": null } } }))]
pub(crate) struct PlanBody {
    /// What is asked; a null target lets the rule choose.
    params: MigrateAsk,
}

/// Plans a job without any effect.
#[utoipa::path(post, path = "/admin/v1/plans/{kind}", request_body = PlanBody,
    params(("kind" = JobKind, Path, description = "Kind of job.")),
    responses((status = 200, body = Plan)))]
pub(crate) async fn create(
    guard: ForTenant<JobsRead>,
    State(state): State<AppState>,
    PathKind(kind): PathKind<JobKind>,
    StrictJson(body): StrictJson<PlanBody>,
) -> ApiResult<Json<Arc<Plan>>> {
    let plan = match kind {
        JobKind::TenantMigrate => {
            migrate(&state, &guard.tenant, &body.params, &guard.caller.flow).await?
        }
    };
    state.plans().insert(plan.plan_hash.clone(), Arc::clone(&plan)).await;
    Ok(Json(plan))
}

async fn migrate(
    state: &AppState,
    tenant: &TenantId,
    ask: &MigrateAsk,
    ids: &FlowIds,
) -> ApiResult<Arc<Plan>> {
    let snapshot = state.placement()?;
    let epoch_floors = state.models().jobs.read(|jobs| jobs.epoch_floors(tenant))?;
    let kinds: Vec<ServiceKind> = ask.targets.keys().copied().collect();
    let wanted = Wanted { tenant, kinds: &kinds, epoch_floors: &epoch_floors, ids };
    let facts = state.ports().fleet.facts(&snapshot, wanted).await;
    Ok(Arc::new(plan_migrate(tenant, ask, &facts, state.policy(), &[])?))
}
