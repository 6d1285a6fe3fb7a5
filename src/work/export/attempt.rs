//! When a failed attempt is made again, and when not: what may pass is waited out, longer each time, a stated number of
//! times. Pure.

use crate::error::{Error, Fault};

/// After so many attempts an export has failed.
pub const ATTEMPTS: i64 = 8;

/// The wait after the first attempt, in milliseconds; it doubles each time.
const FIRST_WAIT: i64 = 5_000;

/// The longest wait. All of them together are some ten minutes, which a storage that is started anew needs at most.
const LONGEST_WAIT: i64 = 5 * 60 * 1_000;

/// How long to wait, in milliseconds, before the attempt after this one; `None`: there is to be none.
pub(super) fn wait(error: &Error, attempts: i64) -> Option<i64> {
    let may_pass = matches!(
        error,
        Error::Fault(Fault::StoreUnavailable(_) | Fault::DepotUnavailable(_))
    );
    if !may_pass || attempts >= ATTEMPTS {
        return None;
    }
    let doubled = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    Some((FIRST_WAIT << doubled).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Refusal};

    #[test]
    fn what_may_pass_is_waited_out_longer_each_time_and_not_for_ever() {
        let away = || Error::from(Fault::DepotUnavailable("away".into()));
        let waits: Vec<i64> = (1..).map_while(|attempts| wait(&away(), attempts)).collect();
        let seconds = [5, 10, 20, 40, 80, 160, 300];
        assert_eq!(waits, seconds.map(|seconds| seconds * 1_000));
        for error in [
            Fault::StorageFull("full".into()).into(),
            Fault::Depot("forbidden".into()).into(),
            Fault::Invariant("wrong".into()).into(),
            Refusal::new(Code::Forbidden, "no").into(),
        ] {
            assert_eq!(wait(&error, 1), None, "{error}");
        }
    }
}
