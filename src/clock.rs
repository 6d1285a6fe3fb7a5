//! The one source of the time (D10). Tests and `--now` set where it starts; it then runs.
//!
//! Must not know what the time is asked for. Leases use [`Clock::monotonic_milliseconds`], which no
//! setting moves, so that a job set to run "in 30 days" does not lose its lease at once (ruling 36).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as Monotonic;

use chrono::{DateTime, TimeDelta, Utc};

/// An instant in UTC, kept to the microsecond, because that is what both stores keep.
pub type Instant = DateTime<Utc>;

/// A running clock, perhaps started at another time than now. Its copies are the same clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    offset: TimeDelta,
    latest: &'static AtomicU64,
}

/// How many bits of [`Clock::distinct_moment`] hold the fraction of a millisecond.
pub const FRACTION_BITS: u32 = 12;

/// A clock that is behind its latest moment by more than this (10 seconds) was set back, rather than having
/// been asked for more moments than there were; moments then start again from its time.
const SET_BACK: u64 = 10_000 << FRACTION_BITS;

impl Clock {
    /// The machine's own time.
    pub fn system() -> Self {
        static LATEST: AtomicU64 = AtomicU64::new(0);
        Clock {
            offset: TimeDelta::zero(),
            latest: &LATEST,
        }
    }

    /// A clock that shows `start` now and runs from there. A process makes one, so that its eight bytes may
    /// stay for good, which keeps clocks copyable.
    pub fn starting_at(start: Instant) -> Self {
        Clock {
            offset: start - machine_time(),
            latest: Box::leak(Box::new(AtomicU64::new(0))),
        }
    }

    /// The current time, cut to the microsecond.
    pub fn now(&self) -> Instant {
        let now = machine_time() + self.offset;
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Milliseconds since 1970 (48 bits) and their fraction in 4096ths ([`FRACTION_BITS`]): about the current
    /// time, and more than this clock has given before, also within a microsecond and on all threads.
    pub fn distinct_moment(&self) -> u64 {
        let moment = self.moment();
        let mut ours = moment;
        // Relaxed is enough: only the number itself is shared, nothing is published through it.
        let _previous = self
            .latest
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |latest| {
                let was_set_back = latest.saturating_sub(moment) > SET_BACK;
                ours = if was_set_back || latest < moment {
                    moment
                } else {
                    latest + 1
                };
                Some(ours)
            });
        ours
    }

    fn moment(&self) -> u64 {
        let microseconds = u64::try_from(self.now().timestamp_micros()).unwrap_or(0);
        let milliseconds = (microseconds / 1_000) & 0xffff_ffff_ffff;
        let fraction = ((microseconds % 1_000) << FRACTION_BITS) / 1_000;
        (milliseconds << FRACTION_BITS) | fraction
    }

    /// The time in the form that leases are compared in: milliseconds of the machine's own time, whatever
    /// `--now` says, and the same for all processes of one machine.
    pub fn lease_milliseconds(&self) -> i64 {
        machine_time().timestamp_millis()
    }

    /// Milliseconds since the process first asked; never goes back.
    pub fn monotonic_milliseconds(&self) -> u64 {
        static START: OnceLock<Monotonic> = OnceLock::new();
        u64::try_from(START.get_or_init(Monotonic::now).elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the machine"
)]
fn machine_time() -> Instant {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_starts_where_it_was_set_and_runs() {
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let clock = Clock::starting_at(start);
        let first = clock.now();
        assert!(first >= start && first < start + TimeDelta::seconds(5));
        assert!(clock.now() >= first);
    }
}
