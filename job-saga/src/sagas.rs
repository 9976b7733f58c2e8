//! The sagas: one file per job kind, each step's body under its kind.
//!
//! A body is observe → act → observe. It makes no choices, keeps no state between attempts and may
//! run any number of times, also at the same time as a late copy of itself.

pub mod migrate;

use streams::job::step::{Evidence, StepError};

use crate::{
    effects::{Attempt, Fleet},
    engine::Effect,
};

/// Carries out one attempt of a step or of its undo.
///
/// # Errors
/// What was seen instead of the post-condition.
pub async fn attempt(fleet: &dyn Fleet, effect: &Effect) -> Result<Evidence, StepError> {
    let attempt = Attempt::begin(fleet, effect);
    if effect.undo { migrate::undo(attempt).await } else { migrate::step(attempt).await }
}
