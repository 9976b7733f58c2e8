//! The data side that reads: entities of a Projection, and where any node's folds stand.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{Life, order::DataTenant, serving::Ticket};
use crate::{
    checker::watch::{FOLDS, FoldView, FoldViews},
    data::{self, EntityView, SERVED_BY},
    flow,
    problem::Answer,
};

/// Data routes of a Projection.
pub fn routes() -> Router<Arc<Life>> {
    Router::new().route(data::ENTITY, get(entity))
}

/// What the checker looks at, on every node that holds tenants.
pub fn observed() -> Router<Arc<Life>> {
    Router::new().route(FOLDS, get(folds))
}

async fn entity(
    life: Shared<Arc<Life>>,
    data: DataTenant,
    Path(entity): Path<String>,
) -> Answer<Response> {
    let flow = flow::current().unwrap_or_else(|| flow::fresh(&*life.world.ids));
    let work = (flow.request_id.to_string(), "read");
    let (_ticket, _) = Ticket::accept(&life, &data.tenant, data.asked, work)?;
    life.world.checker.read_served(&life.spec.node_id, &data.tenant, &flow.request_id);
    let view = {
        let state = life.lock();
        let fold = state.live.get(&data.tenant).map(|l| &l.fold);
        let found = fold.and_then(|f| f.entities.get(&entity)).copied().unwrap_or_default();
        let applied_seq = fold.map(|f| f.applied).unwrap_or_default();
        EntityView { entity, count: found.count, sum: found.sum, applied_seq }
    };
    let served_by = [(SERVED_BY, life.spec.node_id.to_string())];
    Ok((served_by, Json(view)).into_response())
}

async fn folds(life: Shared<Arc<Life>>) -> Json<FoldViews> {
    let state = life.lock();
    let views: BTreeMap<_, _> = state
        .live
        .iter()
        .map(|(tenant, live)| {
            let fold = &live.fold;
            let digest = fold.digest.clone();
            (tenant.clone(), FoldView { applied: fold.applied, events: fold.events, digest })
        })
        .collect();
    Json(views)
}
