//! When a failed attempt is made again, and when not: what may pass is waited out, longer each time, a stated number of
//! times.

use crate::error::{Code, Error, Fault, Result};
use crate::store::queue::{self, Again, Claim};
use crate::work::installation::Installation;
use crate::work::job::{JobKind, objects};

/// After so many attempts a job has failed.
pub const ATTEMPTS: i64 = 8;

/// The wait after the first attempt, in milliseconds; it doubles each time.
const FIRST_WAIT: i64 = 5_000;

/// The longest wait. All of them together are some ten minutes, which a storage that is started anew needs at most.
const LONGEST_WAIT: i64 = 5 * 60 * 1_000;

/// Why a job has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The code.
    pub code: Code,
    /// What was wrong, for people; none when the fault was ours.
    pub message: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure {
            code: error.code(),
            message: match error {
                Error::Refused(refusal) => Some(refusal.message),
                Error::Fault(_) => None,
            },
        }
    }
}

/// Makes one attempt at a claimed job. When it has failed, what it stored is removed, and the job is given back for
/// another one after a while, if what went wrong may pass; else `fail` ends it.
pub async fn attempt(
    installation: &Installation,
    kind: &JobKind,
    claim: &Claim,
    work: impl Future<Output = Result<()>>,
    fail: impl AsyncFnOnce(Failure) -> Result<()>,
) -> Result<()> {
    let word = kind.word;
    // Whoever had it did not live to say what was wrong, each time.
    if claim.attempts > ATTEMPTS {
        tracing::warn!(word, job = %claim.id, "a job failed: no worker has lived to its end");
        let (code, message) = (Code::Internal, None);
        return fail(Failure { code, message }).await;
    }
    let Err(error) = work.await else {
        return Ok(());
    };
    // Its own objects alone: a worker that took over may have published its own by now. A storage that is away keeps
    // nobody from learning what became of the job; what is left there is removed when it is tidied.
    if let Err(error) = objects::remove_of(installation, kind, claim).await {
        tracing::warn!(word, job = %claim.id, %error, "what a job may have left was not removed");
    }
    let (attempt, code) = (claim.attempts, error.code());
    let Some(wait) = wait(&error, attempt) else {
        tracing::warn!(word, job = %claim.id, attempt, code = code.as_str(), %error, "a job failed");
        return fail(error.into()).await;
    };
    tracing::warn!(word, job = %claim.id, attempt, wait, code = code.as_str(), %error, "a job is tried again later");
    let again = Again::NotBefore(installation.clock.lease_milliseconds() + wait);
    queue::give_back(&installation.database, claim, again)
        .await
        .map(drop)
}

/// How long to wait, in milliseconds, before the attempt after this one; `None`: there is to be none.
fn wait(error: &Error, attempts: i64) -> Option<i64> {
    let may_pass = matches!(
        error,
        Error::Fault(Fault::StoreUnavailable(_) | Fault::DepotUnavailable(_) | Fault::ReceiverUnavailable(_))
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
    use crate::error::Refusal;

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
