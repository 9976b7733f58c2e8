//! What a test can break in the memory log: one queue of faults, each taken by one append or write.
//!
//! Faults change what the caller is told and when a message lands, never the rules of the log.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::clock::pause;

/// What happens to one append or write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Stored, but the caller hears that the outcome is unknown.
    UnknownStored,
    /// Not stored, and the caller hears that the outcome is unknown.
    UnknownNotStored,
    /// The caller hears that the outcome is unknown; it arrives under its condition when the test
    /// calls `deliver_late`, as a publish does that waited in a broken connection.
    UnknownLate,
    /// Not stored: the server cannot now.
    Unavailable,
    /// Not stored: storage is exhausted.
    Full,
}

/// The faults of one log or of the buckets.
#[derive(Debug, Default)]
pub struct Faults {
    queue: Mutex<VecDeque<Fault>>,
    delay: Mutex<Duration>,
    offline: AtomicBool,
}

impl Faults {
    /// The next append or write meets this fault; several queue up in order.
    pub fn push(&self, fault: Fault) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    /// Faults not yet met.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Every acknowledgement takes this long (the message is stored at once).
    pub fn delay_acks(&self, delay: Duration) {
        *self.delay.lock().unwrap_or_else(PoisonError::into_inner) = delay;
    }

    pub(super) fn take(&self) -> Option<Fault> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    pub(super) async fn ack(&self) {
        let delay = *self.delay.lock().unwrap_or_else(PoisonError::into_inner);
        if !delay.is_zero() {
            pause(delay).await;
        }
    }

    pub(super) fn set_offline(&self, offline: bool) {
        self.offline.store(offline, Ordering::SeqCst);
    }

    pub(super) fn is_offline(&self) -> bool {
        self.offline.load(Ordering::SeqCst)
    }
}
