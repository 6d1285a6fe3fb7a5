//! How hard erasures work, so that whoever reads and writes meanwhile hardly notices.

use std::time::Duration;

use super::invalid;
use crate::error::Refusal;

/// How erasures get on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasing {
    /// Rows of one transaction at most.
    pub batch: u32,
    /// Percent of its time that an erasure of many rows works; the rest it leaves the database alone.
    pub pace: u32,
}

impl Default for Erasing {
    fn default() -> Self {
        Erasing {
            batch: 1_000,
            pace: 50,
        }
    }
}

impl Erasing {
    /// What the settings say; `None`: as usual.
    pub(super) fn parse(batch: Option<u32>, pace: Option<u32>) -> Result<Erasing, Refusal> {
        let usual = Erasing::default();
        let erasing = Erasing {
            batch: batch.unwrap_or(usual.batch),
            pace: pace.unwrap_or(usual.pace),
        };
        if !(1..=100_000).contains(&erasing.batch) {
            return Err(invalid("erasure-batch must be from 1 to 100000"));
        }
        if !(1..=100).contains(&erasing.pace) {
            return Err(invalid("erasure-pace must be from 1 to 100"));
        }
        Ok(erasing)
    }

    /// How long to rest after a transaction that took so long; no longer than `at_most`, within which it must be told that
    /// somebody works.
    pub fn rest(&self, worked: Duration, at_most: Duration) -> Duration {
        let rest = worked * (100 - self.pace) / self.pace;
        rest.min(at_most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_rests_as_long_as_its_pace_leaves_and_not_until_its_lease_is_over() {
        let rest = |pace, seconds| {
            let erasing = Erasing {
                pace,
                ..Erasing::default()
            };
            erasing
                .rest(Duration::from_secs(seconds), Duration::from_secs(30))
                .as_secs()
        };
        assert_eq!(
            [rest(50, 4), rest(25, 4), rest(100, 4), rest(1, 4), rest(50, 0)],
            [4, 12, 0, 30, 0]
        );
    }
}
