//! Faults and broken rules that can be switched on for a node, at any time, from outside it.
//!
//! They outlive a crash of the node. A fault is a failure a fleet may really have; a *broken rule*
//! makes a node violate the contract, so that a test can see the checker's counters move.

use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What can be wrong with a node.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The wire form.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

faults! {
    /// A drain never ends: one piece of work stays in flight. `force` abandons it.
    HangDrain = "hang_drain";
    /// The placement in memory stays as it is; a reload answers 503.
    RefuseReload = "refuse_reload";
    /// Nothing more is applied; lag grows.
    Lag = "lag";
    /// The node dies now and starts again from its durable state after `ms` (2,000).
    Crash = "crash";
    /// `/ready` alternates every `ms` (2,000).
    Flap = "flap";
    /// Ready, no inflight, no lag, whatever is true.
    LieHealth = "lie_health";
    /// Admin answers come after `ms` (5,000).
    Slow = "slow";
    /// Admin reads answer with a body that does not end.
    HugeBody = "huge_body";
    /// Admin calls answer with a redirect.
    Redirect = "redirect";
    /// Broken rule: serves although draining, drained, preparing or the node drains.
    IgnoreDrain = "ignore_drain";
    /// Broken rule: a placement epoch above its own does not stop it.
    IgnoreEpoch = "ignore_epoch";
    /// Broken rule: takes any fence.
    IgnoreFence = "ignore_fence";
    /// Broken rule (Aggregate): appends each command twice.
    DoubleAppend = "double_append";
    /// Broken rule (Aggregate): acknowledges without appending.
    AckWithoutAppend = "ack_without_append";
    /// Broken rule (Projection): applies each event twice.
    DoubleApply = "double_apply";
    /// Broken rule (Projection): passes over each event.
    SkipApply = "skip_apply";
    /// Broken rule (Runner): runs each effect twice.
    DoubleEffect = "double_effect";
    /// Broken rule (Runner): passes over each effect.
    SkipEffect = "skip_effect";
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No fault of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a fault; known are {known}", known = known())]
pub struct UnknownFault(String);

fn known() -> String {
    Fault::ALL.iter().map(|f| f.as_str()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Fault {
    type Err = UnknownFault;
    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let found = Self::ALL.iter().find(|f| f.as_str() == text);
        found.copied().ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

/// How a fault behaves; every field has a default that depends on the fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Its time, ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
}

impl Params {
    /// Its time, or the default.
    #[must_use]
    pub fn duration(self, default_ms: u64) -> Duration {
        Duration::from_millis(self.ms.unwrap_or(default_ms))
    }
}

/// The faults of one node.
#[derive(Debug)]
pub struct Faults {
    on: Mutex<BTreeMap<Fault, Params>>,
    changed: watch::Sender<u64>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { on: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl Faults {
    /// Switches a fault on.
    pub fn set(&self, fault: Fault, params: Params) {
        self.on.lock().unwrap_or_else(PoisonError::into_inner).insert(fault, params);
        self.changed.send_modify(|n| *n += 1);
    }

    /// Switches a fault off; true when it was on.
    pub fn clear(&self, fault: Fault) -> bool {
        let was = self.on.lock().unwrap_or_else(PoisonError::into_inner).remove(&fault);
        self.changed.send_modify(|n| *n += 1);
        was.is_some()
    }

    /// Whether and how a fault is on.
    #[must_use]
    pub fn get(&self, fault: Fault) -> Option<Params> {
        self.on.lock().unwrap_or_else(PoisonError::into_inner).get(&fault).copied()
    }

    /// Whether a fault is on.
    #[must_use]
    pub fn is(&self, fault: Fault) -> bool {
        self.get(fault).is_some()
    }

    /// All that are on.
    #[must_use]
    pub fn all(&self) -> BTreeMap<Fault, Params> {
        self.on.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells of every change.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_one_name_for_json_and_urls() {
        for fault in Fault::ALL {
            assert_eq!(fault.as_str().parse::<Fault>().unwrap(), *fault);
            assert_eq!(serde_json::to_value(fault).unwrap(), fault.as_str());
        }
        let error = "lagg".parse::<Fault>().unwrap_err().to_string();
        assert!(error.contains("lagg") && error.contains("hang_drain"), "{error}");
    }
}
