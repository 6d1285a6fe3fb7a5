//! How fast rows were written lately, and how long the rest will take at that rate. Pure: time is told to it.

use std::collections::VecDeque;

/// How far back it looks, in milliseconds: long enough to be steady, short enough to follow a storage that gets slow.
const PAST: u64 = 10_000;

/// From less time no rate is told.
const LEAST: u64 = 900;

/// The longest time left that is told, in seconds: 30 days. Beyond it is no estimate any more.
const LONGEST: u64 = 30 * 24 * 60 * 60;

/// What was written when, over the recent past.
#[derive(Debug, Default)]
pub(super) struct Pace {
    seen: VecDeque<(u64, u64)>,
}

impl Pace {
    /// At this moment, in milliseconds of any clock that only rises, so many rows were written. Gives the rows a second
    /// since a moment ago; `None` while that is not known.
    pub(super) fn at(&mut self, milliseconds: u64, rows: u64) -> Option<u64> {
        self.seen.push_back((milliseconds, rows));
        // One older than that stays, or a look after a long pause would know nothing.
        while self
            .seen
            .get(1)
            .is_some_and(|(at, _)| at.saturating_add(PAST) <= milliseconds)
        {
            self.seen.pop_front();
        }
        self.rate()
    }

    fn rate(&self) -> Option<u64> {
        let ((from, before), (to, now)) = (self.seen.front()?, self.seen.back()?);
        let time = to.checked_sub(*from).filter(|time| *time >= LEAST)?;
        Some(now.saturating_sub(*before).saturating_mul(1_000) / time)
    }

    /// Seconds until all the expected rows are written; `None` while that is not known, and when they are: what is left
    /// then is the end of the bundle, which has no rows to count.
    pub(super) fn left(&self, expected: Option<u64>, rows: u64) -> Option<u64> {
        let rest = expected?.checked_sub(rows).filter(|rest| *rest > 0)?;
        let rate = self.rate().filter(|rate| *rate > 0)?;
        Some(rest.div_ceil(rate)).filter(|seconds| *seconds <= LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_of_the_recent_past_and_unknown_before_there_is_one() {
        let mut pace = Pace::default();
        assert_eq!(pace.at(5_000, 0), None);
        assert_eq!(pace.at(5_200, 300), None, "too short a time to say");
        assert_eq!(pace.at(6_000, 1_000), Some(1_000));
        assert_eq!(pace.left(Some(3_000), 1_000), Some(2));
        assert_eq!(pace.left(None, 1_000), None, "not counted yet");
        assert_eq!(pace.left(Some(1_000), 1_000), None, "all rows are written");
        for second in 7..=30 {
            pace.at(second * 1_000, 1_000);
        }
        assert_eq!(pace.at(31_000, 1_000), Some(0), "the storage stands still");
        assert_eq!(pace.left(Some(3_000), 1_000), None, "nobody knows");
        assert_eq!(pace.at(31_500, 1_500), Some(47), "over ten seconds");
    }

    #[test]
    fn numbers_without_sense_give_no_time_and_no_panic() {
        let mut pace = Pace::default();
        pace.at(0, 0);
        pace.at(10_000, 1);
        assert_eq!(pace.left(Some(u64::MAX), 1), None);
        assert_eq!(pace.left(Some(1), 5), None);
        pace.at(5_000, 0);
        pace.at(u64::MAX - 1, u64::MAX);
    }
}
