//! Makes ids: UUID v7 from our own clock, so that rows made later sort later (ruling 3).
//!
//! Must not know what is identified; the form in which an id is shown outside is `access::global_id`.

use uuid::{Uuid, Variant, Version};

use crate::clock::{Clock, FRACTION_BITS};

/// A new id. The ids that one clock gives rise strictly, also within a microsecond.
///
/// The first 48 bits are the clock's milliseconds, the next 12 its fraction of a millisecond (RFC 9562,
/// section 6.2, method 3), the remaining 62 are random.
pub fn new(clock: &Clock) -> Uuid {
    assemble(clock.distinct_moment(), rand::random())
}

fn assemble(moment: u64, random: u64) -> Uuid {
    let high = (u128::from(moment >> FRACTION_BITS) << 16) | u128::from(moment & 0xfff);
    let bytes = ((high << 64) | u128::from(random)).to_be_bytes();
    uuid::Builder::from_bytes(bytes)
        .with_version(Version::SortRand)
        .with_variant(Variant::RFC4122)
        .into_uuid()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn ids_of_one_clock_rise_strictly_and_carry_the_clocks_time() {
        let start = DateTime::from_timestamp(4_000_000_000, 0).unwrap();
        let clock = Clock::starting_at(start);
        let ids: Vec<Uuid> = (0..20_000).map(|_| new(&clock)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        for id in &ids {
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_variant(), Variant::RFC4122);
            let (seconds, _) = id.get_timestamp().unwrap().to_unix();
            assert!((4_000_000_000..4_000_000_060).contains(&seconds));
        }
    }

    #[test]
    fn the_fraction_of_the_millisecond_sorts_ids_of_one_millisecond() {
        let early = assemble((5 << FRACTION_BITS) | 1, u64::MAX);
        let late = assemble((5 << FRACTION_BITS) | 2, 0);
        assert!(early < late);
        assert!(late < assemble(6 << FRACTION_BITS, 0));
    }

    #[test]
    fn threads_never_make_the_same_id() {
        let clock = Clock::system();
        let make = move || (0..2_000).map(|_| new(&clock)).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(make)).collect();
        let all: std::collections::HashSet<Uuid> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(all.len(), 8_000);
    }
}
