//! What can be wrong with a log, each with a stable word. Messages name events by their ids and seals by their numbers,
//! never a value.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};
use uuid::Uuid;

/// Findings of one code that are reported one by one.
const PER_CODE: u64 = 20;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// The stable words for what can be wrong with an audit log.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, for tests and documentation.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The word in reports.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $word,)* }
            }
        }
    };
}

codes! {
    /// An event is not what was sealed.
    EventChanged = "EVENT_CHANGED";
    /// An event that was sealed is gone before its time.
    EventMissing = "EVENT_MISSING";
    /// An event is in no seal although it says that it happened long ago.
    EventUnsealed = "EVENT_UNSEALED";
    /// An event was sealed long after the time that it says it happened at, when later ones had been sealed already.
    EventLate = "EVENT_LATE";
    /// A seal's columns are not what its hash was made of.
    SealChanged = "SEAL_CHANGED";
    /// A seal's leaves are not those that its root and its counts were made of.
    SealLeaves = "SEAL_LEAVES";
    /// The number of a seal is missing.
    SealMissing = "SEAL_MISSING";
    /// A seal names another hash than the seal before it has.
    ChainBroken = "CHAIN_BROKEN";
    /// The signature of a seal was not made by its key over what it says.
    SignatureInvalid = "SIGNATURE_INVALID";
    /// A seal was signed by a key that is not among the trusted ones.
    SignerUntrusted = "SIGNER_UNTRUSTED";
    /// The newest seal has a smaller number than the head that was given.
    HeadNotReached = "HEAD_NOT_REACHED";
    /// The seal with the number of the head that was given has another hash.
    HeadDiffers = "HEAD_DIFFERS";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable word.
    pub code: Code,
    /// The number of the seal.
    pub seal: Option<i64>,
    /// The event.
    pub event: Option<Uuid>,
    /// For people: what is wrong.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(seal) = self.seal {
            write!(f, " seal {seal}")?;
        }
        if let Some(event) = self.event {
            write!(f, " event {event}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Findings as they come up, with a bound on how many are kept.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) kept: Vec<Finding>,
    /// How many there were beyond those kept.
    pub(super) more: u64,
    counts: BTreeMap<Code, u64>,
}

impl Findings {
    pub(super) fn seal(&mut self, code: Code, seal: i64, message: impl Into<String>) {
        self.add(code, Some(seal), None, message.into());
    }

    pub(super) fn event(&mut self, code: Code, seal: Option<i64>, event: Uuid, message: impl Into<String>) {
        self.add(code, seal, Some(event), message.into());
    }

    fn add(&mut self, code: Code, seal: Option<i64>, event: Option<Uuid>, message: String) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count > PER_CODE {
            self.more += 1;
            return;
        }
        self.kept.push(Finding {
            code,
            seal,
            event,
            message,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
    }

    #[test]
    fn a_million_findings_are_counted_and_not_kept() {
        let mut findings = Findings::default();
        for number in 0..1_000_000 {
            findings.seal(Code::SealChanged, number, "x");
        }
        assert_eq!((findings.kept.len(), findings.more), (20, 999_980));
    }
}
