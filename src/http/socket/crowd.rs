//! How many sockets and operations each principal has at this moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// All who have a socket.
#[derive(Debug)]
pub(super) struct Crowd {
    most: [usize; 2],
    held: Mutex<HashMap<Uuid, [usize; 2]>>,
}

/// What is counted.
#[derive(Clone, Copy)]
pub(super) enum Held {
    Socket = 0,
    Operation = 1,
}

/// A place in the crowd; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    who: Uuid,
    what: usize,
}

impl Crowd {
    /// So many sockets and operations for each.
    pub(super) fn new(sockets: usize, operations: usize) -> Crowd {
        Crowd {
            most: [sockets, operations],
            held: Mutex::default(),
        }
    }

    /// A place, if there is one left for this principal.
    pub(super) fn enter(self: &Arc<Self>, who: Uuid, what: Held) -> Option<Place> {
        let what = what as usize;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = held.entry(who).or_default();
        if counts[what] >= self.most[what] {
            return None;
        }
        counts[what] += 1;
        drop(held);
        Some(Place {
            crowd: self.clone(),
            who,
            what,
        })
    }
}

impl Place {
    /// Whose it is.
    pub(super) fn who(&self) -> Uuid {
        self.who
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.crowd.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counts) = held.get_mut(&self.who) {
            counts[self.what] = counts[self.what].saturating_sub(1);
            if *counts == [0, 0] {
                held.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_left_and_nobody_is_remembered_for_nothing() {
        let crowd = Arc::new(Crowd::new(2, 1));
        let (ana, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = crowd.enter(ana, Held::Socket);
        let second = crowd.enter(ana, Held::Socket);
        assert!(first.is_some() && second.is_some());
        assert!(crowd.enter(ana, Held::Socket).is_none());
        assert!(crowd.enter(ana, Held::Operation).is_some());
        assert!(crowd.enter(ben, Held::Socket).is_some());
        drop(first);
        assert!(crowd.enter(ana, Held::Socket).is_some());
        drop(second);
        assert!(crowd.held.lock().unwrap().is_empty());
    }
}
