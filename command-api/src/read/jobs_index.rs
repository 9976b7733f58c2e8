//! Jobs in memory, by id, age, tenant, state and flow id; and what is derived from all of them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use streams::{
    ids::{Epoch, JobId, Seq, ServiceKind, TenantId},
    views::{
        View as _,
        job_row::{JobRow, JobState},
        jobs::JobsView,
    },
};

use super::{
    Position,
    feed::{Row, Upsert},
    view::Index,
};
use crate::{auth::guard::RightSpec, rights::JobsRead};

/// Age of a job in the list: its first commit, then its id.
pub type Place = (Seq, JobId);

/// The index.
#[derive(Debug, Default)]
pub struct JobsIndex {
    rows: HashMap<JobId, Arc<JobRow>>,
    by_age: BTreeSet<Place>,
    by_tenant: BTreeMap<TenantId, BTreeSet<Place>>,
    by_state: BTreeMap<JobState, BTreeSet<Place>>,
    by_change: BTreeSet<(Seq, JobId)>,
    by_flow: BTreeMap<String, BTreeSet<JobId>>,
    epochs: HashMap<(TenantId, ServiceKind), Epoch>,
}

impl Index for JobsIndex {
    const VIEW: &'static str = JobsView::NAME;

    fn apply(&mut self, key: &str, value: Option<&[u8]>, at: Position) -> Option<Upsert> {
        let Some(value) = value else {
            let id: JobId = key.parse().ok()?;
            self.remove(&id);
            return None;
        };
        let row: JobRow = match serde_json::from_slice(value) {
            Ok(row) => row,
            Err(error) => {
                tracing::error!(key, %error, "row of a job is unreadable");
                return None;
            }
        };
        let old = self.rows.get(&row.job_id);
        if old.is_some_and(|old| old.seq > row.seq) {
            return None; // a watch that healed itself repeats
        }
        let row = Arc::new(row);
        self.remove(&row.job_id);
        self.insert(Arc::clone(&row));
        Some(upsert(&row, at))
    }

    fn highest(&self) -> Seq {
        self.by_change.last().map_or(Seq(0), |(seq, _)| *seq)
    }
}

/// The row as an event stream sends it: without its plan, which does not change.
fn upsert(row: &JobRow, at: Position) -> Upsert {
    Upsert {
        at: Position { seq: row.seq, ..at },
        tenant: row.tenant_id.clone(),
        right: JobsRead::NAME,
        row: Row::Jobs {
            key: row.job_id.clone(),
            row: Box::new(JobRow { plan: None, ..row.clone() }),
        },
    }
}

impl JobsIndex {
    fn remove(&mut self, id: &JobId) {
        let Some(row) = self.rows.remove(id) else { return };
        let place = (row.accepted_seq, row.job_id.clone());
        self.by_age.remove(&place);
        self.by_change.remove(&(row.seq, row.job_id.clone()));
        self.by_state.entry(row.state).or_default().remove(&place);
        if let Some(of) = row.tenant_id.as_ref().and_then(|t| self.by_tenant.get_mut(t)) {
            of.remove(&place);
        }
    }

    fn insert(&mut self, row: Arc<JobRow>) {
        let id = row.job_id.clone();
        let place = (row.accepted_seq, id.clone());
        self.by_change.insert((row.seq, id.clone()));
        self.by_state.entry(row.state).or_default().insert(place.clone());
        for flow in flow_ids(&row) {
            self.by_flow.entry(flow).or_default().insert(id.clone());
        }
        if let Some(tenant) = &row.tenant_id {
            self.by_tenant.entry(tenant.clone()).or_default().insert(place.clone());
            for moved in row.plan.iter().flat_map(|plan| &plan.base.moves) {
                let highest = self.epochs.entry((tenant.clone(), moved.service_kind)).or_default();
                *highest = moved.to_epoch.max(*highest);
            }
        }
        self.by_age.insert(place);
        self.rows.insert(id, row);
    }

    /// One job.
    #[must_use]
    pub fn get(&self, id: &JobId) -> Option<&Arc<JobRow>> {
        self.rows.get(id)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Open jobs.
    pub fn open(&self) -> impl Iterator<Item = &Arc<JobRow>> {
        let open = self.by_state.iter().filter(|(state, _)| !state.is_terminal());
        open.flat_map(|(_, places)| places).filter_map(|(_, id)| self.rows.get(id))
    }

    /// The open job that holds an exclusive scope.
    #[must_use]
    pub fn holder_of(&self, scope: &str) -> Option<&Arc<JobRow>> {
        self.open().find(|row| row.held.locks.iter().any(|lock| lock == scope))
    }

    /// Highest epoch any plan of the log used for a tenant in a map.
    #[must_use]
    pub fn epoch_floors(&self, tenant: &TenantId) -> BTreeMap<ServiceKind, Epoch> {
        let floor = |kind| {
            let highest = self.epochs.get(&(tenant.clone(), kind)).copied();
            highest.map(|epoch| (kind, epoch))
        };
        ServiceKind::DRAIN_ORDER.into_iter().filter_map(floor).collect()
    }

    /// Jobs whose request, correlation or trace id is, or begins with, `text`.
    pub fn of_flow<'i>(&'i self, text: &'i str) -> impl Iterator<Item = &'i Arc<JobRow>> {
        let found = self.by_flow.range(text.to_owned()..);
        let found = found.take_while(move |(flow, _)| flow.starts_with(text));
        found.flat_map(|(_, ids)| ids).filter_map(|id| self.rows.get(id))
    }

    /// Jobs whose id begins with `text`.
    pub fn named<'i>(&'i self, text: &'i str) -> impl Iterator<Item = &'i Arc<JobRow>> {
        let newest = self.by_age.iter().rev();
        newest
            .filter(move |(_, id)| id.as_str().starts_with(text))
            .filter_map(|p| self.rows.get(&p.1))
    }

    /// Rows changed after a position, oldest change first.
    #[must_use]
    pub fn newer_than(&self, at: Position) -> Vec<Upsert> {
        let from = self.by_change.iter().rev().take_while(|(seq, _)| *seq > at.seq);
        let mut rows: Vec<_> = from.filter_map(|(_, id)| self.rows.get(id)).collect();
        rows.reverse();
        rows.into_iter().map(|row| upsert(row, at)).collect()
    }

    /// The smallest set of places that holds every row a filter may take, and whether it is exact.
    #[must_use]
    pub fn places(&self, tenants: &[TenantId], states: &[JobState]) -> Places<'_> {
        let empty = || Places::Some(BTreeSet::new());
        match (tenants, states) {
            ([tenant], _) => self.by_tenant.get(tenant).map_or_else(empty, Places::All),
            (_, [state]) => self.by_state.get(state).map_or_else(empty, Places::All),
            ([], []) => Places::All(&self.by_age),
            _ => {
                let of_tenants = tenants.iter().filter_map(|t| self.by_tenant.get(t));
                let of_states = states.iter().filter_map(|s| self.by_state.get(s));
                let some: Vec<_> =
                    if tenants.is_empty() { of_states.collect() } else { of_tenants.collect() };
                let many: usize = some.iter().map(|set| set.len()).sum();
                if many * 4 > self.by_age.len() {
                    return Places::All(&self.by_age);
                }
                Places::Some(some.into_iter().flatten().cloned().collect())
            }
        }
    }
}

/// Places to look through.
#[derive(Debug)]
pub enum Places<'i> {
    /// A set of the index.
    All(&'i BTreeSet<Place>),
    /// A set made for this question.
    Some(BTreeSet<Place>),
}

impl std::ops::Deref for Places<'_> {
    type Target = BTreeSet<Place>;
    fn deref(&self) -> &BTreeSet<Place> {
        match self {
            Self::All(set) => set,
            Self::Some(set) => set,
        }
    }
}

fn flow_ids(row: &JobRow) -> [String; 3] {
    let ids = &row.ids;
    [ids.request_id.to_string(), ids.correlation_id.to_string(), ids.trace_id.to_string()]
}
