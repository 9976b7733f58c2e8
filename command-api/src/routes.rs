//! One file per area of the API: extractors, one call, a reply.

pub(crate) mod audit;
pub(crate) mod events;
pub(crate) mod fleet;
pub(crate) mod gateway;
pub(crate) mod health;
pub(crate) mod jobs;
pub(crate) mod placement;
pub(crate) mod plans;
pub(crate) mod search;
pub(crate) mod services;
pub(crate) mod session;
pub(crate) mod tenants;
pub(crate) mod verbs;

use serde::Serialize;

use crate::page::AsOf;

/// One thing, and how current it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Current<T> {
    #[serde(flatten)]
    thing: T,
    /// How current it is.
    as_of: AsOf,
}

impl<T> Current<T> {
    pub(crate) fn new(thing: T, as_of: AsOf) -> Self {
        Self { thing, as_of }
    }
}
