//! Judges seals one after the other, and the events that belong to them. Pure: where they come from, others know.

use chrono::TimeDelta;
use uuid::Uuid;

use super::finding::{Code, Findings};
use super::format::{self, BEFORE_THE_FIRST, Leaf, made_at};
use super::tree::Hash;
use crate::bundle::PublicKey;
use crate::catalog::Duration;
use crate::clock::Instant;
use crate::store::audit_seal::Seal;

/// An event is sealed at the latest so long after it happened: looks are made every few minutes, and once a day at the
/// whole log, for what came late.
pub(super) const SETTLED: TimeDelta = TimeDelta::days(2);

/// A seal by its number and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number.
    pub number: i64,
    /// The hash, in lower-case hexadecimal.
    pub hash: String,
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.number, self.hash)
    }
}

/// What a log is judged by.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The keys whose signatures count.
    pub keys: Vec<PublicKey>,
    /// How long events are kept; none: for good.
    pub kept: Option<Duration>,
    /// A seal that is known to have been there.
    pub known: Option<Head>,
    /// When it is judged.
    pub now: Instant,
}

/// The event that a leaf stands for, as it is now.
pub(super) enum Found {
    /// It is not there.
    Gone,
    /// Its row holds values that nobody wrote.
    Unreadable,
    /// Its digest, and when it says that it happened.
    There(Hash, Option<Instant>),
}

/// One log under judgement.
pub(super) struct Checker<'a> {
    terms: &'a Terms,
    pub(super) findings: Findings,
    /// The newest seal so far, by the hash of what it says.
    pub(super) head: Option<Head>,
    /// The hash that stands in its row.
    named: String,
    /// The greatest id that the seals so far hold.
    reached: Uuid,
    knows: bool,
    pub(super) seals: u64,
    pub(super) events: u64,
    /// Sealed events that are gone because their time was over.
    pub(super) retired: u64,
    /// Events that wait for their seal.
    pub(super) waiting: u64,
}

impl<'a> Checker<'a> {
    pub(super) fn new(terms: &'a Terms) -> Checker<'a> {
        Checker {
            terms,
            findings: Findings::default(),
            head: None,
            named: BEFORE_THE_FIRST.to_owned(),
            reached: Uuid::nil(),
            knows: terms.known.is_none(),
            seals: 0,
            events: 0,
            retired: 0,
            waiting: 0,
        }
    }

    /// Judges the next seal, in the order of the numbers. Gives the leaves to judge the events by; none where they are
    /// not the ones that were sealed.
    pub(super) fn seal(&mut self, seal: &Seal) -> Vec<Leaf> {
        self.seals += 1;
        let statement = format::statement(seal);
        let hash = format::hash(&statement);
        self.follow(seal);
        if hash == seal.hash {
            self.signature(seal, &statement);
        } else {
            let message = "its columns do not give its hash";
            self.findings.seal(Code::SealChanged, seal.number, message);
        }
        if let Some(known) = self
            .terms
            .known
            .as_ref()
            .filter(|known| known.number == seal.number)
        {
            self.knows = true;
            if known.hash != hash {
                let message = format!("its hash is {hash}, that of the head given is {}", known.hash);
                self.findings.seal(Code::HeadDiffers, seal.number, message);
            }
        }
        self.named.clone_from(&seal.hash);
        self.head = Some(Head {
            number: seal.number,
            hash,
        });
        self.leaves(seal)
    }

    /// Whether the seal follows the one before. One that was changed has been reported; what goes on from what stood
    /// there is good.
    fn follow(&mut self, seal: &Seal) {
        let (before, hash) = match &self.head {
            None => (0, BEFORE_THE_FIRST),
            Some(head) => (head.number, head.hash.as_str()),
        };
        if seal.number != before + 1 {
            let message = match seal.number - before {
                2 => "it is not there".to_owned(),
                _ => format!("this one and all before seal {} are not there", seal.number),
            };
            self.findings.seal(Code::SealMissing, before + 1, message);
        } else if seal.previous_hash != hash && seal.previous_hash != self.named {
            let message = format!("it does not go on from seal {before}, whose hash is {hash}");
            self.findings.seal(Code::ChainBroken, seal.number, message);
        }
    }

    fn signature(&mut self, seal: &Seal, statement: &[u8]) {
        let Some(key) = self.terms.keys.iter().find(|key| key.id() == seal.key_id) else {
            let message = "it is signed by a key that does not count here";
            self.findings.seal(Code::SignerUntrusted, seal.number, message);
            return;
        };
        let signature = data_encoding::HEXLOWER.decode(seal.signature.as_bytes());
        if !signature.is_ok_and(|signature| key.verifies(statement, &signature)) {
            let message = format!("its signature was not made by the key {} over it", seal.key_id);
            self.findings.seal(Code::SignatureInvalid, seal.number, message);
        }
    }

    fn leaves(&mut self, seal: &Seal) -> Vec<Leaf> {
        let leaves = format::from_bytes(&seal.leaves).unwrap_or_default();
        let ids = |leaf: Option<&Leaf>| leaf.map(|leaf| leaf.id);
        let is_what_was_sealed = format::root(&seal.leaves) == seal.root
            && i64::try_from(leaves.len()) == Ok(seal.event_count)
            && ids(leaves.first()) == Some(seal.first_event)
            && ids(leaves.last()) == Some(seal.last_event)
            && leaves.is_sorted_by(|one, next| one.id < next.id);
        if is_what_was_sealed {
            return leaves;
        }
        let message = "its leaves do not give its root and its counts, so its events cannot be judged";
        self.findings.seal(Code::SealLeaves, seal.number, message);
        Vec::new()
    }

    /// Judges an event of a seal. After the last of a seal comes [`Checker::reach`].
    pub(super) fn event(&mut self, seal: &Seal, leaf: &Leaf, found: &Found) {
        self.events += 1;
        let number = Some(seal.number);
        let (digest, says) = match found {
            Found::Gone if self.is_over(leaf.id) => {
                self.retired += 1;
                return;
            }
            Found::Gone => {
                let message = "it was sealed and is not there, before its time was over";
                self.findings.event(Code::EventMissing, number, leaf.id, message);
                return;
            }
            Found::Unreadable => (None, None),
            Found::There(digest, says) => (Some(digest), *says),
        };
        if digest != Some(&leaf.digest) {
            let message = "it is not what was sealed";
            self.findings.event(Code::EventChanged, number, leaf.id, message);
        }
        let made = made_at(leaf.id);
        let came_late = leaf.id < self.reached && made.is_none_or(|made| seal.sealed_at - made > SETTLED);
        let is_dated_back = made.zip(says).is_some_and(|(made, says)| made - says > SETTLED);
        if came_late || is_dated_back {
            let message = "it was written long after the time at which it says that it happened";
            self.findings.event(Code::EventLate, number, leaf.id, message);
        }
    }

    /// Notes how far a seal reached, once its events were judged.
    pub(super) fn reach(&mut self, seal: &Seal) {
        self.reached = self.reached.max(seal.last_event);
    }

    /// An event that no seal has.
    pub(super) fn unsealed(&mut self, event: Uuid) {
        let age = made_at(event).map(|made| (self.terms.now - made).abs());
        if age.is_some_and(|age| age <= SETTLED) {
            self.waiting += 1;
            return;
        }
        let message = "no seal has it, though it should have one by now; `audit verify --seal` seals what was never sealed";
        self.findings.event(Code::EventUnsealed, None, event, message);
    }

    /// The end of the log.
    pub(super) fn end(&mut self) {
        if let Some(known) = self.terms.known.as_ref().filter(|_| !self.knows) {
            let newest = self.head.as_ref().map_or(0, |head| head.number);
            let message = format!("the newest seal is {newest}");
            self.findings.seal(Code::HeadNotReached, known.number, message);
        }
    }

    /// Whether the time for which events are kept is over for this one.
    fn is_over(&self, event: Uuid) -> bool {
        let end = self.terms.kept.zip(made_at(event));
        let end = end.and_then(|(kept, made)| kept.end(made));
        end.is_some_and(|end| end <= self.terms.now)
    }
}
