//! Bugs on purpose, for the tests that prove the seeded tests find bugs. Outside of tests every
//! question is answered with a constant `false`, so nothing of this reaches a binary.

/// A rule that can be broken in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A new leader repeats a running step without a higher fence.
    NoResume,
    /// Any result is taken for that of the attempt under way.
    StaleResultTaken,
    /// A commit does not say which command it answers.
    AnswerForgotten,
    /// A command is decided again although its answer stands in the log.
    AnsweredTwice,
    /// A second append starts while the first has no outcome.
    UnknownForgotten,
    /// The flip writes whatever revision the entry is at.
    FlipWithoutCompare,
    /// The flip takes another writer's entry for its own.
    FlipTakesAnyEntry,
    /// The undo of a drain does not raise the fence of a node that was never drained.
    UndoLeavesFence,
    /// The target is not held at the position.
    HoldSkipped,
    /// The target is released after the flip failed, but the source stays drained.
    UndrainSkipped,
    /// A retry does not wait for its time.
    RetryAtOnce,
    /// A new leader begins one command too late.
    CommandSkipped,
    /// The target serves before the flip.
    ActivateEarly,
    /// A leader's change is not announced in the log.
    LeadWithoutCommit,
    /// A snapshot of another life of the log is taken for one of this.
    SnapshotOfAnotherLife,
    /// A snapshot is used although the log does not hold the commit it ends with.
    SnapshotNotHeldAgainstTheLog,
    /// A snapshot leaves out the jobs that have ended.
    SnapshotForgetsTheEnded,
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Whether this rule is broken now.
#[cfg(test)]
#[must_use]
pub fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether this rule is broken now: never.
#[cfg(not(test))]
#[must_use]
pub const fn planted(_bug: Bug) -> bool {
    false
}

/// Breaks a rule on this thread, or none.
#[cfg(test)]
pub(crate) fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}
