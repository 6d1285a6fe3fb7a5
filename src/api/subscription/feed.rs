//! What was done in an account lately, in the order in which this gateway learnt of it: looked up once for all who
//! follow it.
//!
//! Events get their time before they are committed, by several gateways, so nobody ever knows that all up to a moment
//! were seen. So a short while is looked at again each time, a longer one now and then, and what is known is remembered
//! for as long.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex as StdMutex, PoisonError, Weak};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::Mutex;
use tokio::time::Instant as Monotonic;
use uuid::Uuid;

use crate::clock::Instant;
use crate::error::Result;
use crate::store::{Database, audit};

/// How old an answer of the database may be that is used again.
pub(super) const FRESH: Duration = Duration::from_millis(200);

/// How late an event may be committed and still be found at the next look.
const SHORT: TimeDelta = TimeDelta::seconds(3);

/// How late an event may be committed and still be found.
const LONG: TimeDelta = TimeDelta::seconds(60);

/// Every so many looks the long while is looked at. The first look is such a one: what is known then is what was
/// before anybody followed.
const LONG_EVERY: u64 = 16;

/// The feeds of the accounts that somebody follows.
#[derive(Debug, Default)]
pub(in crate::api) struct Feeds {
    open: StdMutex<HashMap<Uuid, Weak<Feed>>>,
}

impl Feeds {
    /// The feed of an account; it lasts as long as somebody holds it.
    pub(super) fn of(&self, account: Uuid) -> Arc<Feed> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = open.get(&account).and_then(Weak::upgrade) {
            return feed;
        }
        open.retain(|_, feed| feed.strong_count() > 0);
        let feed = Arc::new(Feed {
            account,
            known: Mutex::default(),
        });
        open.insert(account, Arc::downgrade(&feed));
        feed
    }
}

/// What was done in one account lately.
#[derive(Debug)]
pub(super) struct Feed {
    account: Uuid,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    looked_at: Option<Monotonic>,
    looks: u64,
    /// The number of the newest event.
    last: u64,
    events: VecDeque<(u64, Uuid, Instant)>,
    ids: HashSet<Uuid>,
}

impl Feed {
    /// The number of the newest event that is known now: where somebody begins who follows from now on.
    pub(super) async fn last(&self, database: &Database, now: Instant) -> Result<u64> {
        let mut known = self.known.lock().await;
        known.look(database, self.account, now).await?;
        Ok(known.last)
    }

    /// The events behind that number, each with its own. Ids alone: the events themselves go through the door.
    pub(super) async fn behind(
        &self,
        database: &Database,
        number: u64,
        now: Instant,
    ) -> Result<Vec<(u64, Uuid)>> {
        let mut known = self.known.lock().await;
        known.look(database, self.account, now).await?;
        let new = known.events.iter().rev().take_while(|(of, ..)| *of > number);
        let mut new: Vec<(u64, Uuid)> = new.map(|(of, id, _)| (*of, *id)).collect();
        new.reverse();
        Ok(new)
    }
}

impl Known {
    async fn look(&mut self, database: &Database, account: Uuid, now: Instant) -> Result<()> {
        if self.looked_at.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(());
        }
        let is_long = self.looks.is_multiple_of(LONG_EVERY);
        let since = now - if is_long { LONG } else { SHORT };
        for (id, at) in audit::since(database, account, since).await? {
            if self.ids.insert(id) {
                self.last += 1;
                self.events.push_back((self.last, id, at));
            }
        }
        self.looks += 1;
        self.looked_at = Some(Monotonic::now());
        // What a look can no longer find need not be known.
        let oldest = now - LONG - SHORT;
        while let Some((_, id, at)) = self.events.front() {
            if *at >= oldest {
                break;
            }
            self.ids.remove(id);
            self.events.pop_front();
        }
        Ok(())
    }
}
