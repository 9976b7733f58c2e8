//! Bugs on purpose, for the tests that prove the seeded tests find bugs. Outside of tests every
//! question is answered with a constant `false`, so nothing of this reaches a binary.

/// A rule that can be broken in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A new leader repeats a running step without a higher fence.
    NoResume,
    /// Results of an old fence are taken for the present one's.
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
    /// The source is called drained while work is in flight.
    DrainNotAwaited,
    /// The target is activated without its position.
    ActivateAnywhere,
    /// The effect begins before its commit stands in the log.
    EffectBeforeCommit,
    /// The undo of a prepare is believed without looking.
    ReleaseNotObserved,
    /// A lost lease is overlooked.
    LeaseLossOverlooked,
    /// A leader's change is not announced in the log.
    LeadWithoutCommit,
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
