//! Limits how often something may be tried: leaky buckets in bounded memory.
//!
//! Pure: the time is passed in. Keeps keyed hashes of what it counts, so that it holds no addresses.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::error::{Code, Refusal};

/// How much is allowed: so many at once, then one for every so many milliseconds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How many at once, at least 1.
    pub burst: u32,
    /// How long until one more is allowed, in milliseconds, at least 1.
    pub refill_milliseconds: u64,
}

/// One bucket for each key that was lately seen.
#[derive(Debug)]
pub struct RateLimiter {
    allowance: Allowance,
    most_keys: usize,
    hasher: RandomState,
    /// For each key the time at which its bucket is empty again, in milliseconds.
    buckets: Mutex<HashMap<u64, u64>>,
}

impl RateLimiter {
    /// A limiter that remembers at most so many keys. When it is full, the buckets nearest to empty are
    /// forgotten, so whoever wants to be forgotten has to fill all the others further than his own.
    pub fn new(allowance: Allowance, most_keys: usize) -> Self {
        let allowance = Allowance {
            burst: allowance.burst.max(1),
            refill_milliseconds: allowance.refill_milliseconds.max(1),
        };
        RateLimiter {
            allowance,
            most_keys: most_keys.max(8),
            hasher: RandomState::new(),
            buckets: Mutex::default(),
        }
    }

    /// Counts one try, or refuses it with [`Code::RateLimited`] and the time to wait. A refused try does not
    /// lengthen the wait. `now` is in milliseconds of a clock that does not go back.
    pub fn check(&self, key: impl Hash, now: u64) -> Result<(), Refusal> {
        let key = self.hasher.hash_one(key);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let empty_at = buckets.get(&key).copied().unwrap_or(0).max(now);
        let full = self
            .allowance
            .refill_milliseconds
            .saturating_mul(u64::from(self.allowance.burst));
        let after = empty_at.saturating_add(self.allowance.refill_milliseconds);
        if after > now.saturating_add(full) {
            let wait = after - now - full;
            return Err(
                Refusal::new(Code::RateLimited, "too many tries; wait before trying again")
                    .retry_after(wait.div_ceil(1_000)),
            );
        }
        if buckets.len() >= self.most_keys && !buckets.contains_key(&key) {
            forget(&mut buckets, now);
        }
        buckets.insert(key, after);
        Ok(())
    }
}

/// How full the bucket of an asker is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Throttle {
    /// Points that an asker who was idle has.
    pub maximum_available: u64,
    /// Points that this asker has now.
    pub currently_available: u64,
    /// Points that come back in a second.
    pub restore_rate: u64,
}

/// Limits how much askers may cost together over time: a bucket of points for each, which leaks.
#[derive(Debug)]
pub struct CostLimiter {
    burst: u64,
    per_second: u64,
    most_keys: usize,
    hasher: RandomState,
    /// For each key how much was spent, in thousandths of points, and when that was so, in milliseconds.
    buckets: Mutex<HashMap<u64, (u64, u64)>>,
}

impl CostLimiter {
    /// A limiter with buckets of `burst` points, of which `per_second` come back; both at least 1. Remembers at most
    /// so many keys; when it is full, the buckets nearest to empty are forgotten.
    pub fn new(burst: u64, per_second: u64, most_keys: usize) -> Self {
        CostLimiter {
            burst: burst.clamp(1, u64::MAX / 1_000),
            per_second: per_second.max(1),
            most_keys: most_keys.max(8),
            hasher: RandomState::new(),
            buckets: Mutex::default(),
        }
    }

    /// Spends points, or refuses it with [`Code::RateLimited`] and the time to wait; what is refused costs nothing.
    /// `now` is in milliseconds of a clock that does not go back.
    pub fn spend(&self, key: impl Hash, points: u64, now: u64) -> Result<Throttle, Refusal> {
        let key = self.hasher.hash_one(key);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = self.spent(&buckets, key, now);
        let after = spent.saturating_add(points.saturating_mul(1_000));
        let full = self.burst * 1_000;
        if after > full {
            let wait = (after - full).div_ceil(self.per_second.saturating_mul(1_000));
            let message = format!(
                "{} points are left of {}, and this could cost {points}; wait, or ask for less",
                (full.saturating_sub(spent)) / 1_000,
                self.burst
            );
            return Err(Refusal::new(Code::RateLimited, message).retry_after(wait.max(1)));
        }
        if buckets.len() >= self.most_keys && !buckets.contains_key(&key) {
            let per_second = self.per_second;
            let mut empty_at: HashMap<u64, u64> = buckets
                .iter()
                .map(|(key, (spent, at))| (*key, at.saturating_add(spent.div_ceil(per_second))))
                .collect();
            forget(&mut empty_at, now);
            buckets.retain(|key, _| empty_at.contains_key(key));
        }
        buckets.insert(key, (after, now));
        Ok(self.throttle(after))
    }

    /// Gives back points that were spent and not used.
    pub fn give_back(&self, key: impl Hash, points: u64, now: u64) -> Throttle {
        let key = self.hasher.hash_one(key);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = self
            .spent(&buckets, key, now)
            .saturating_sub(points.saturating_mul(1_000));
        if let Some(bucket) = buckets.get_mut(&key) {
            *bucket = (spent, now);
        }
        self.throttle(spent)
    }

    fn spent(&self, buckets: &HashMap<u64, (u64, u64)>, key: u64, now: u64) -> u64 {
        buckets.get(&key).map_or(0, |(spent, at)| {
            // So many points a second are so many thousandths of points a millisecond.
            spent.saturating_sub(now.saturating_sub(*at).saturating_mul(self.per_second))
        })
    }

    fn throttle(&self, spent: u64) -> Throttle {
        Throttle {
            maximum_available: self.burst,
            currently_available: (self.burst * 1_000).saturating_sub(spent) / 1_000,
            restore_rate: self.per_second,
        }
    }
}

/// Makes room: every empty bucket, and where that is not enough, the eighth that is nearest to empty.
fn forget(buckets: &mut HashMap<u64, u64>, now: u64) {
    let before = buckets.len();
    buckets.retain(|_, empty_at| *empty_at > now);
    if buckets.len() > before - before.div_ceil(8) {
        let mut times: Vec<u64> = buckets.values().copied().collect();
        let eighth = times.len() / 8;
        let (_, limit, _) = times.select_nth_unstable(eighth);
        let limit = *limit;
        buckets.retain(|_, empty_at| *empty_at > limit);
    }
}

/// Limits sign-in by the address that is tried and by the client that tries.
#[derive(Debug)]
pub struct SignInLimiter {
    by_address: RateLimiter,
    by_client: RateLimiter,
}

impl SignInLimiter {
    /// For an address 10 tries at once and then one every 30 seconds; for a client, behind which there may
    /// be an office, 50 and one every 2 seconds.
    pub fn new() -> Self {
        let limiter = |burst, refill_milliseconds| {
            RateLimiter::new(
                Allowance {
                    burst,
                    refill_milliseconds,
                },
                100_000,
            )
        };
        SignInLimiter {
            by_address: limiter(10, 30_000),
            by_client: limiter(50, 2_000),
        }
    }

    /// Counts one try of a normal address by a client, or refuses it. Asked before the password is looked at.
    pub fn check(&self, normalized_address: &str, client: &str, now: u64) -> Result<(), Refusal> {
        self.by_client.check(client, now)?;
        self.by_address.check(normalized_address, now)
    }
}

impl Default for SignInLimiter {
    fn default() -> Self {
        SignInLimiter::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(most_keys: usize) -> RateLimiter {
        RateLimiter::new(
            Allowance {
                burst: 3,
                refill_milliseconds: 1_000,
            },
            most_keys,
        )
    }

    #[test]
    fn a_burst_passes_then_one_for_each_refill() {
        let limiter = limiter(100);
        for _ in 0..3 {
            limiter.check("ana", 5_000).unwrap();
        }
        let refusal = limiter.check("ana", 5_000).unwrap_err();
        assert_eq!(
            (refusal.code, refusal.retry_after_seconds),
            (Code::RateLimited, Some(1))
        );
        limiter.check("ben", 5_000).unwrap();
        assert!(limiter.check("ana", 5_999).is_err());
        limiter.check("ana", 6_000).unwrap();
        assert!(limiter.check("ana", 6_000).is_err());
        for _ in 0..3 {
            limiter.check("ana", 60_000).unwrap();
        }
    }

    #[test]
    fn a_refused_try_does_not_lengthen_the_wait() {
        let limiter = limiter(100);
        for _ in 0..1_000 {
            let _ = limiter.check("ana", 0);
        }
        limiter.check("ana", 1_000).unwrap();
    }

    #[test]
    fn memory_is_bounded_and_the_most_limited_is_remembered() {
        let limiter = limiter(64);
        for _ in 0..3 {
            limiter.check("attacker", 0).unwrap();
        }
        for other in 0..10_000 {
            limiter.check(other, 0).unwrap();
        }
        assert!(limiter.buckets.lock().unwrap().len() <= 64);
        assert!(limiter.check("attacker", 0).is_err());
    }

    #[test]
    fn points_are_spent_given_back_and_come_back_with_time() {
        let limiter = CostLimiter::new(100, 10, 100);
        let left = |throttle: Throttle| throttle.currently_available;
        assert_eq!(left(limiter.spend("ana", 60, 0).unwrap()), 40);
        let refusal = limiter.spend("ana", 60, 0).unwrap_err();
        assert_eq!(
            (refusal.code, refusal.retry_after_seconds),
            (Code::RateLimited, Some(2))
        );
        assert_eq!(left(limiter.spend("ben", 100, 0).unwrap()), 0);
        assert_eq!(left(limiter.give_back("ana", 50, 0)), 90);
        assert_eq!(left(limiter.spend("ana", 90, 0).unwrap()), 0);
        assert!(limiter.spend("ana", 11, 1_000).is_err());
        assert_eq!(left(limiter.spend("ana", 10, 1_000).unwrap()), 0);
        assert_eq!(left(limiter.spend("ana", 100, 60_000).unwrap()), 0);
        let limiter = CostLimiter::new(10, 1, 64);
        limiter.spend("attacker", 10, 0).unwrap();
        for other in 0..10_000 {
            limiter.spend(other, 1, 0).unwrap();
        }
        assert!(limiter.buckets.lock().unwrap().len() <= 64);
        assert!(limiter.spend("attacker", 1, 0).is_err());
    }

    #[test]
    fn sign_in_is_limited_by_address_from_many_clients_and_by_client_over_many_addresses() {
        let by_address = SignInLimiter::new();
        let passed = (0..200)
            .filter(|n| by_address.check("ana@example.test", &format!("c{n}"), 0).is_ok())
            .count();
        assert_eq!(passed, 10);
        let by_client = SignInLimiter::new();
        let passed = (0..200)
            .filter(|n| by_client.check(&format!("u{n}@example.test"), "c", 0).is_ok())
            .count();
        assert_eq!(passed, 50);
    }
}
