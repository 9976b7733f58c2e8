//! Folding one bucket, pure: entries in, a map that is valid as a whole out, or why not.
//!
//! A bad value does not disappear by being ignored: its key stays on the list of what is wrong
//! until it is written again or deleted.

use std::collections::BTreeMap;

use streams::{
    ids::{NodeId, Revision},
    placement::{GatewayEntry, PlacementError, PlacementMap, Revised},
};

/// What a bucket folds into.
pub(super) trait Folded: Clone + Default {
    /// Applies one entry; an error leaves it unchanged.
    fn apply(&mut self, key: &str, value: Option<&[u8]>, at: Revision) -> Result<(), String>;
    /// Whether it is consistent.
    fn check(&self) -> Result<(), String>;
    /// Takes out what makes it inconsistent: only for a first load without a last good one.
    fn salvage(&mut self);
}

impl Folded for PlacementMap {
    fn apply(&mut self, key: &str, value: Option<&[u8]>, at: Revision) -> Result<(), String> {
        Self::apply(self, key, value, at).map_err(|e| e.to_string())
    }

    fn check(&self) -> Result<(), String> {
        self.validate().map_err(|e| e.to_string())
    }

    fn salvage(&mut self) {
        while let Err(PlacementError::Dangling { tenant, .. }) = self.validate() {
            self.tenants.remove(&tenant);
        }
    }
}

/// The Gateways.
#[derive(Debug, Clone, Default)]
pub(super) struct Gateways(pub(super) BTreeMap<NodeId, Revised<GatewayEntry>>);

impl Folded for Gateways {
    fn apply(&mut self, key: &str, value: Option<&[u8]>, at: Revision) -> Result<(), String> {
        let id: NodeId = key
            .strip_prefix("node.")
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| format!("gateway key {key:?} is not node.<id>"))?;
        match value {
            None => drop(self.0.remove(&id)),
            Some(bytes) => {
                let value: GatewayEntry = serde_json::from_slice(bytes)
                    .map_err(|e| format!("gateway value of {key} is not valid: {e}"))?;
                self.0.insert(id, Revised { value, revision: at });
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn salvage(&mut self) {}
}

/// One bucket on its way through a watch.
#[derive(Debug, Default)]
pub(super) struct Fold<T> {
    candidate: T,
    bad: BTreeMap<String, String>,
    seen: Revision,
    complete: bool,
    broken: Option<String>,
    /// What readers get, once there was a complete delivery.
    in_force: Option<(T, Revision)>,
    /// Whether `in_force` was valid as a whole, and not only the valid part of a first delivery.
    had_good: bool,
    alarm: Option<String>,
}

impl<T: Folded> Fold<T> {
    /// A watch begins (again): everything will be delivered anew. What is in force stays.
    pub(super) fn restart(&mut self) {
        self.candidate = T::default();
        self.bad.clear();
        self.seen = Revision(0);
        self.complete = false;
    }

    /// The watch broke.
    pub(super) fn broke(&mut self, because: String) {
        self.broken = Some(because);
    }

    /// One entry; `None` is a deletion.
    pub(super) fn entry(&mut self, key: &str, value: Option<&[u8]>, at: Revision) {
        self.seen = self.seen.max(at);
        match self.candidate.apply(key, value, at) {
            Ok(()) => drop(self.bad.remove(key)),
            // A key that never was ours is right when it is gone.
            Err(_) if value.is_none() => drop(self.bad.remove(key)),
            Err(because) => drop(self.bad.insert(key.to_owned(), because)),
        }
    }

    /// Everything that existed has been delivered.
    pub(super) fn current(&mut self) {
        self.complete = true;
        self.broken = None;
    }

    /// Decides what is in force after the changes so far.
    pub(super) fn settle(&mut self) {
        self.alarm = self.broken.clone();
        if !self.complete {
            return;
        }
        match self.bad.values().next().cloned().map_or_else(|| self.candidate.check(), Err) {
            Ok(()) => {
                self.in_force = Some((self.candidate.clone(), self.seen));
                self.had_good = true;
            }
            Err(because) if self.had_good => {
                self.alarm = Some(format!("{because}; the last good map stays in force"));
            }
            Err(because) => {
                let mut part = self.candidate.clone();
                part.salvage();
                self.in_force = Some((part, self.seen));
                self.alarm = Some(format!("{because}; only the valid part is in force"));
            }
        }
    }

    /// What is in force, and the highest revision it answers for. `None` before the first complete
    /// delivery.
    pub(super) fn in_force(&self) -> Option<&(T, Revision)> {
        self.in_force.as_ref()
    }

    /// What is wrong, as a sentence.
    pub(super) fn alarm(&self) -> Option<&str> {
        self.alarm.as_deref()
    }
}
