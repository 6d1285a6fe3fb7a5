//! What the keys of the ring are for. One key is never used for two things.

/// A purpose; the word names the key's file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Ed25519; signs the tokens of people who signed in here.
    Token,
    /// Ed25519; signs bundles and receipts. Its public keys, past ones too, are published.
    Receipt,
    /// Authenticates the ids that the API shows.
    Identifier,
    /// Seals cursors.
    Cursor,
    /// The root of the keyed tokens by which erased and suppressed addresses are recognised.
    Suppression,
    /// Wraps the data key of each stored object.
    Bundle,
    /// Seals the address of a person while the erasure that names it runs; keys derived from it, what a receiver of
    /// bundles wants to be shown, and the tokens by which people confirm that they signed up.
    Subject,
}

impl Purpose {
    /// Every purpose, in the order in which the ring's fingerprint takes them.
    pub const ALL: [Purpose; 7] = [
        Purpose::Token,
        Purpose::Receipt,
        Purpose::Identifier,
        Purpose::Cursor,
        Purpose::Suppression,
        Purpose::Bundle,
        Purpose::Subject,
    ];

    /// The word, as in the file's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Token => "token",
            Purpose::Receipt => "receipt",
            Purpose::Identifier => "identifier",
            Purpose::Cursor => "cursor",
            Purpose::Suppression => "suppression",
            Purpose::Bundle => "bundle",
            Purpose::Subject => "subject",
        }
    }

    /// The purpose with this word.
    pub fn parse(word: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }
}
