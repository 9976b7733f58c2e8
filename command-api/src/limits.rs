//! How often somebody may ask: per source address before anything is looked at, per principal once
//! it is known, and for sign-ins per user name and per address, against guessing.
//!
//! Each is a bucket (GCRA, `governor`) that refills evenly. The buckets are bounded: who has not
//! asked longest is forgotten first, and who is idle for as long as a bucket takes to fill is
//! forgotten without loss. It knows no request; the edge and the guards call [`Limits::check`].

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{
    DefaultDirectRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use moka::{future::Cache, policy::EvictionPolicy};
use streams::ids::PrincipalId;

use crate::error::{ApiError, Code};

/// Most buckets of one kind.
const CAPACITY: u64 = 10_000;
/// How many times its rate a bucket of requests takes at once: a page of the console asks for a
/// dozen things, a script creates a hundred jobs, and neither does it every second.
const BURST: u32 = 3;

/// The limits; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests a second from one address.
    pub address: u32,
    /// Requests a second of one principal.
    pub principal: u32,
    /// Sign-ins a minute under one user name, good or bad.
    pub sign_in_name: u32,
    /// Sign-ins a minute from one address, good or bad.
    pub sign_in_address: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { address: 1_000, principal: 500, sign_in_name: 20, sign_in_address: 60 }
    }
}

/// Who is counted.
#[derive(Debug, Clone, Copy)]
pub enum Who<'w> {
    /// Whatever asks from this address.
    Address(IpAddr),
    /// Whoever this is, from anywhere.
    Principal(&'w PrincipalId),
    /// Whoever tries this user name.
    SignInName(&'w str),
    /// Whoever tries to sign in from this address.
    SignInAddress(IpAddr),
}

impl Who<'_> {
    /// The limit, as a metric's label.
    #[must_use]
    pub fn limit(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Principal(_) => "principal",
            Self::SignInName(_) => "sign_in_name",
            Self::SignInAddress(_) => "sign_in_address",
        }
    }
}

/// Buckets of one kind.
#[derive(Debug)]
struct Buckets {
    quota: Quota,
    held: Cache<String, Arc<DefaultDirectRateLimiter>>,
}

impl Buckets {
    fn new(quota: Quota) -> Self {
        let idle = quota.burst_size_replenished_in() + Duration::from_secs(1);
        let held = Cache::builder().max_capacity(CAPACITY).time_to_idle(idle);
        // Whoever is new is let in, so that a flood of new ones does not run without a bucket.
        Self { quota, held: held.eviction_policy(EvictionPolicy::lru()).build() }
    }

    /// Takes one, or says for how long there is none.
    async fn take(&self, key: String) -> Result<(), Duration> {
        let fresh = async { Arc::new(RateLimiter::direct(self.quota)) };
        let bucket = self.held.get_with(key, fresh).await;
        bucket.check().map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

/// The buckets of one process.
#[derive(Debug)]
pub struct Limits {
    address: Option<Buckets>,
    principal: Option<Buckets>,
    sign_in_name: Option<Buckets>,
    sign_in_address: Option<Buckets>,
}

impl Limits {
    /// Full buckets.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        let requests = |rate: u32| {
            let rate = NonZeroU32::new(rate)?;
            let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST - 1));
            Some(Buckets::new(Quota::per_second(rate).allow_burst(burst)))
        };
        let sign_ins = |rate| Some(Buckets::new(Quota::per_minute(NonZeroU32::new(rate)?)));
        Self {
            address: requests(rates.address),
            principal: requests(rates.principal),
            sign_in_name: sign_ins(rates.sign_in_name),
            sign_in_address: sign_ins(rates.sign_in_address),
        }
    }

    /// Counts one.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time after which there is one more.
    pub async fn check(&self, who: Who<'_>) -> Result<(), ApiError> {
        let (buckets, key) = match who {
            Who::Address(address) => (&self.address, network(address)),
            Who::Principal(principal) => (&self.principal, principal.to_string()),
            Who::SignInName(name) => (&self.sign_in_name, name.to_lowercase()),
            Who::SignInAddress(address) => (&self.sign_in_address, network(address)),
        };
        let Some(buckets) = buckets else { return Ok(()) };
        buckets.take(key).await.map_err(|wait| refused(who, wait))
    }
}

fn refused(who: Who<'_>, wait: Duration) -> ApiError {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let whose = match who {
        Who::Address(_) => "this address asks",
        Who::Principal(_) => "this principal asks",
        Who::SignInName(_) => "sign-ins under this user name are tried",
        Who::SignInAddress(_) => "sign-ins from this address are tried",
    };
    let detail = format!("{whose} too often; try again in {} s", seconds.max(1));
    ApiError::new(Code::RateLimited, detail).after(seconds.max(1)).caused_by(who.limit())
}

/// Who has one IPv6 address has 2⁶⁴ of them: they count as one.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Who<'static> {
        Who::Address(text.parse().unwrap())
    }

    async fn taken(limits: &Limits, who: Who<'_>) -> usize {
        for n in 0.. {
            if let Err(error) = limits.check(who).await {
                assert_eq!(error.code(), Code::RateLimited);
                assert_eq!(error.problem().cause.as_deref(), Some(who.limit()));
                assert!(error.problem().retry_after.is_some_and(|s| (1..=60).contains(&s)));
                return n;
            }
        }
        unreachable!("a bucket has an end")
    }

    #[tokio::test]
    async fn each_has_a_bucket_of_its_own_and_zero_is_no_limit() {
        let rates = Rates { address: 1, principal: 1, sign_in_name: 5, sign_in_address: 0 };
        let limits = Limits::new(rates);
        assert_eq!(taken(&limits, address("10.0.0.1")).await, 3);
        assert_eq!(taken(&limits, address("10.0.0.2")).await, 3);
        assert_eq!(taken(&limits, Who::SignInName("Ada")).await, 5);
        assert_eq!(taken(&limits, Who::SignInName("ADA")).await, 0, "case is no way round");
        for _ in 0..1000 {
            let who = Who::SignInAddress([10, 0, 0, 1].into());
            assert!(limits.check(who).await.is_ok());
        }
    }

    #[tokio::test]
    async fn neighbours_in_one_ipv6_network_share_a_bucket_and_a_mapped_address_is_its_own() {
        let rates = Rates { address: 1, ..Rates::default() };
        let limits = Limits::new(rates);
        assert_eq!(taken(&limits, address("2001:db8::1")).await, 3);
        assert_eq!(taken(&limits, address("2001:db8::ffff:2")).await, 0);
        assert_eq!(taken(&limits, address("2001:db8:0:1::1")).await, 3);
        assert_eq!(taken(&limits, address("10.0.0.1")).await, 3);
        assert_eq!(taken(&limits, address("::ffff:10.0.0.1")).await, 0);
    }

    #[tokio::test]
    async fn a_flood_of_names_is_bounded_and_each_newcomer_still_has_a_bucket() {
        let limits = Limits::new(Rates { sign_in_name: 1, ..Rates::default() });
        for n in 0..CAPACITY + 5_000 {
            assert!(limits.check(Who::SignInName(&format!("name-{n}"))).await.is_ok());
        }
        let buckets = limits.sign_in_name.as_ref().unwrap();
        buckets.held.run_pending_tasks().await;
        assert!(buckets.held.entry_count() <= CAPACITY, "{}", buckets.held.entry_count());
        assert_eq!(taken(&limits, Who::SignInName("newcomer")).await, 1);
    }

    #[tokio::test]
    async fn a_busy_team_is_far_from_the_limits_it_starts_with() {
        let limits = Limits::new(Rates::default());
        let (one, ops) = (address("10.0.0.1"), "ops".parse().unwrap());
        for _ in 0..400 {
            assert!(limits.check(one).await.is_ok());
            assert!(limits.check(Who::Principal(&ops)).await.is_ok());
        }
    }
}
