//! What operations cost their askers over time: the most that one could cost is taken before it runs, and what it did
//! not use is given back.

use std::net::IpAddr;

use uuid::Uuid;

use super::{Answered, Gateway, one};
use crate::access::rate::Throttle;
use crate::api::answer::Cost;
use crate::api::compile::{Ask, COST_LIMIT};
use crate::api::service::Request;

/// What an operation costs at least: it was looked at.
const LEAST: u64 = 1;

/// Whose bucket it is.
#[derive(Hash)]
enum Payer {
    Principal(Uuid),
    /// Whoever is not signed in pays as the machine that asks.
    Client(Option<IpAddr>),
}

fn payer(ask: Ask<'_>, request: &Request) -> Payer {
    match ask.asker {
        Some(asker) => Payer::Principal(asker.viewer.principal.id()),
        None => Payer::Client(request.client),
    }
}

impl Gateway {
    /// Takes what an operation could cost. Errors: `RATE_LIMITED`, and when to try again.
    pub(in crate::api) fn pay(&self, ask: Ask<'_>, request: &Request, cost: u64) -> Answered<()> {
        let Some(limiter) = &self.parts.rate else {
            return Ok(());
        };
        let now = self.parts.clock.monotonic_milliseconds();
        match limiter.spend(payer(ask, request), cost.max(LEAST), now) {
            Ok(_) => Ok(()),
            Err(refusal) => Err(one(refusal.into())),
        }
    }

    /// Gives back what an operation did not use; says what it cost.
    pub(in crate::api) fn settle(
        &self,
        ask: Ask<'_>,
        request: &Request,
        requested: u64,
        actual: u64,
    ) -> Cost {
        let throttle = self.parts.rate.as_ref().map(|limiter| -> Throttle {
            let unused = requested.max(LEAST).saturating_sub(actual.max(LEAST));
            let now = self.parts.clock.monotonic_milliseconds();
            limiter.give_back(payer(ask, request), unused, now)
        });
        Cost {
            requested,
            actual,
            limit: COST_LIMIT,
            throttle,
        }
    }
}
