//! Why a socket is closed: the codes that clients of `graphql-transport-ws` know, each with its words.

use std::borrow::Cow;

use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// The longest reason that a close frame holds, in bytes; with a longer one the client sees no code at all.
const LONGEST: usize = 123;

/// Why a socket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    reason: Cow<'static, str>,
}

impl Close {
    const fn new(code: u16, reason: &'static str) -> Close {
        Close {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    /// The gateway ends.
    pub(super) const GOING_AWAY: Close = Close::new(1001, "Going away");
    /// A message is larger than a body may be.
    pub(super) const TOO_BIG: Close = Close::new(1009, "Message too big");
    /// Too many sockets of one principal.
    pub(super) const TRY_LATER: Close = Close::new(1013, "Too many connections; try again later");
    /// Something was to be done before the connection was acknowledged.
    pub(super) const UNAUTHORIZED: Close = Close::new(4401, "Unauthorized");
    /// The credentials are not good.
    pub(super) const FORBIDDEN: Close = Close::new(4403, "Forbidden");
    /// The credentials were good.
    pub(super) const TOKEN_EXPIRED: Close = Close::new(4403, "Token expired");
    /// Another protocol than ours.
    pub(super) const PROTOCOL: Close = Close::new(4406, "Subprotocol not acceptable");
    /// Nobody said who it is.
    pub(super) const INIT_TIMEOUT: Close = Close::new(4408, "Connection initialisation timeout");
    /// Somebody said twice who it is.
    pub(super) const TOO_MANY_INITS: Close = Close::new(4429, "Too many initialisation requests");

    /// A message that the protocol does not know.
    pub(super) fn bad_message(what: &'static str) -> Close {
        Close::new(4400, what)
    }

    /// An operation with the id of one that is still under way.
    pub(super) fn already_exists(id: &str) -> Close {
        let reason = format!("Subscriber for {id} already exists");
        // As clients write it, where it fits.
        let reason = match reason.len() <= LONGEST {
            true => Cow::Owned(reason),
            false => Cow::Borrowed("Subscriber already exists"),
        };
        Close { code: 4409, reason }
    }
}

impl From<Close> for CloseFrame {
    fn from(close: Close) -> CloseFrame {
        CloseFrame {
            code: close.code.into(),
            reason: close.reason.as_ref().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_fits_into_a_frame() {
        for id in ["a", &"a".repeat(200), &"€".repeat(50)] {
            assert!(Close::already_exists(id).reason.len() <= LONGEST);
        }
    }
}
