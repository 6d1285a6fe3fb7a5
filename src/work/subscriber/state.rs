//! The states of a subscriber on a list, and what asking to come, confirming and leaving make of each (`domain.md`
//! 1.16). Pure.

use entities::value::{OptIn, ProfileStatus};

/// What somebody does about being on a list.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Asks to come onto it.
    Subscribe(OptIn),
    /// Asks to come onto it after objecting to being mailed.
    SubscribeAgain,
    /// Says that the asking was meant.
    Confirm,
    /// Leaves it.
    Unsubscribe,
}

/// What an act makes of a state.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It becomes this.
    Becomes(ProfileStatus),
    /// It is so already.
    Stays,
    /// That cannot be done in this state.
    Refused,
}

/// What an act makes of a state; `None`: the person is not on the list.
pub fn outcome(state: Option<ProfileStatus>, act: Act) -> Outcome {
    use Outcome::{Becomes, Refused, Stays};
    use ProfileStatus as Status;
    match (act, state) {
        (Act::Subscribe(OptIn::Single), None | Some(Status::NonSubscribed)) => Becomes(Status::Subscribed),
        // Who left comes back by confirming, whatever the list asks of those who come for the first time.
        (Act::Subscribe(_), None | Some(Status::NonSubscribed | Status::Unsubscribed)) => {
            Becomes(Status::PendingConfirm)
        }
        (Act::Subscribe(_), Some(Status::Subscribed)) => Stays,
        // Another mail, another token; the earlier one is void.
        (Act::Subscribe(_), Some(Status::PendingConfirm)) => Becomes(Status::PendingConfirm),
        // An objection ends by the person's own word alone, also for who is on the list still.
        (
            Act::SubscribeAgain,
            None
            | Some(Status::NonSubscribed | Status::Unsubscribed | Status::Subscribed | Status::PendingConfirm),
        ) => Becomes(Status::PendingConfirm),
        (Act::Confirm, Some(Status::PendingConfirm)) => Becomes(Status::Subscribed),
        (Act::Confirm, Some(Status::Subscribed)) => Stays,
        (
            Act::Unsubscribe,
            Some(
                Status::PendingConfirm
                | Status::PendingApproval
                | Status::Subscribed
                | Status::Cleaned
                | Status::Disabled
                | Status::NonSubscribed,
            ),
        ) => Becomes(Status::Unsubscribed),
        (Act::Unsubscribe, Some(Status::Unsubscribed)) => Stays,
        (
            Act::Subscribe(_) | Act::SubscribeAgain,
            Some(
                Status::PendingApproval
                | Status::Cleaned
                | Status::Complained
                | Status::Disabled
                | Status::Moved,
            ),
        )
        | (Act::Confirm | Act::Unsubscribe, _) => Refused,
    }
}
