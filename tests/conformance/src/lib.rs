//! Conformance suite of the node contract v1: cases that any node URL can be held against.
//!
//! A case says one sentence of the contract and leaves the node as it found it, but for higher
//! fences. It knows a node only through its URL. [`any`] holds for every kind, [`tenants`] for the
//! kinds that hold tenants, [`gateway`] for Gateways, and [`administration`] for those that somebody
//! is signed in at; [`probe`] is how they speak.

pub mod administration;
pub mod any;
pub mod gateway;
pub mod learn;
pub mod probe;
pub mod tenants;

use std::{future::Future, pin::Pin};

use fleet::contract::NodeKind;
use probe::Probe;

/// Why a case failed, for a person.
pub type Outcome = Result<(), String>;

/// One case: its sentence and its body.
pub struct Case {
    /// What must hold.
    pub name: &'static str,
    run: for<'p> fn(&'p Probe) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'p>>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Cases of one module: each function becomes a case named after it.
#[macro_export]
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        /// The cases of this file.
        #[must_use]
        pub fn cases() -> Vec<$crate::Case> {
            vec![$($crate::Case::new(stringify!($name), |probe| Box::pin($name(probe)))),*]
        }
    };
}

impl Case {
    /// A case.
    #[must_use]
    pub fn new(
        name: &'static str,
        run: for<'p> fn(&'p Probe) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'p>>,
    ) -> Self {
        Self { name, run }
    }
}

/// Holds the node against every case of its kind, one after another.
pub async fn run(probe: &Probe, kind: NodeKind) -> Vec<(&'static str, Outcome)> {
    let mut all = any::cases();
    all.extend(if kind == NodeKind::Gateway { gateway::cases() } else { tenants::cases() });
    if kind == NodeKind::Gateway && probe.is_signed_in() {
        all.extend(administration::cases());
    }
    let mut verdicts = Vec::with_capacity(all.len());
    for case in all {
        verdicts.push((case.name, (case.run)(probe).await));
    }
    verdicts
}
