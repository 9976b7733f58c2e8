//! Slows down the guessing of passwords: too many failures of one name in a minute.
//!
//! In memory only, and the same for names that exist and names that do not: it tells neither.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// How many failures in [`WINDOW`] are let through.
pub const FAILURES: usize = 10;
const WINDOW: TimeDelta = TimeDelta::seconds(60);
/// Of how many names failures are remembered; beyond, those of the longest ago are forgotten.
const NAMES: usize = 10_000;
/// Bytes of the longest user name there can be.
const LONGEST_NAME: usize = 63;

/// Failures of the last minute, by name.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<String, VecDeque<DateTime<Utc>>>>);

impl Throttle {
    /// After how many seconds this name may be tried again; none when it may be now.
    #[must_use]
    pub fn wait(&self, name: &str, now: DateTime<Utc>) -> Option<u64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = all.get(name)?.iter().filter(|at| **at + WINDOW > now);
        let recent: Vec<_> = recent.collect();
        let over = recent.len().checked_sub(FAILURES)?;
        let free = *recent[over] + WINDOW - now;
        Some(u64::try_from(free.num_milliseconds()).unwrap_or(0).div_ceil(1_000).max(1))
    }

    /// Takes one more failure.
    pub fn failed(&self, name: &str, now: DateTime<Utc>) {
        if name.len() > LONGEST_NAME {
            return; // nobody can be called so
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= NAMES && !all.contains_key(name) {
            all.retain(|_, at| at.back().is_some_and(|at| *at + WINDOW > now));
            let oldest = all.iter().min_by_key(|(_, at)| at.back().copied());
            if let Some(oldest) = oldest.filter(|_| all.len() >= NAMES).map(|(n, _)| n.clone()) {
                all.remove(&oldest);
            }
        }
        let failures = all.entry(name.to_owned()).or_default();
        failures.push_back(now);
        if failures.len() > FAILURES {
            failures.pop_front();
        }
    }

    /// Forgets the failures of a name that has signed in.
    pub fn succeeded(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_try_in_a_minute_waits_until_the_first_is_a_minute_ago() {
        let throttle = Throttle::default();
        let start = DateTime::UNIX_EPOCH;
        let at = |s| start + TimeDelta::seconds(s);
        for s in 0..10 {
            assert_eq!(throttle.wait("ada", at(s)), None);
            throttle.failed("ada", at(s));
        }
        assert_eq!(throttle.wait("ada", at(10)), Some(50));
        assert_eq!(throttle.wait("bob", at(10)), None, "another name is not held up");
        assert_eq!(throttle.wait("ada", at(60)), None);
        throttle.failed("ada", at(60));
        assert_eq!(throttle.wait("ada", at(60)), Some(1));
        throttle.succeeded("ada");
        assert_eq!(throttle.wait("ada", at(60)), None);
    }

    #[test]
    fn names_are_remembered_up_to_a_bound() {
        let throttle = Throttle::default();
        for n in 0..NAMES + 50 {
            throttle.failed(&n.to_string(), DateTime::UNIX_EPOCH);
        }
        assert_eq!(throttle.0.lock().unwrap().len(), NAMES);
    }
}
