//! The tokens by which people confirm that they signed up: sealed, good in one account, so that whoever reads a link
//! learns nothing of who follows it, and nobody can make one.
//!
//! A token names the profile and the moment of the sign-up, and is void as soon as the profile's sign-up is another. It can
//! carry the sign-up itself, of somebody about whom nothing may be stored before that person says yes. Both kinds look the
//! same: whoever passes tokens on does not learn which is which. Must not know what a sign-up says.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Instant;
use crate::error::{Fault, Result};
use crate::keys::download::mac;
use crate::keys::file::KeyFile;
use crate::keys::ring::Secret;
use crate::keys::sealing::{opened, sealed};
use crate::keys::{KeyRing, Purpose};

/// Digits of an id, and of a moment.
const ID: usize = 32;
const MOMENT: usize = 16;

/// What a token confirms.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The profile.
    pub profile: Uuid,
    /// When the person signed up, in microseconds of UTC.
    pub opted_in: i64,
}

/// Where the sign-up is that a token confirms.
#[derive(Copy, Clone)]
pub enum SignUpText<'a> {
    /// In the store. The token is as long as if it carried this text.
    Stored(&'a str),
    /// In the token: this text, which does not begin with a space.
    Carried(&'a str),
}

impl Confirmation {
    /// The confirmation of a sign-up at that moment.
    pub fn new(profile: Uuid, opted_in: Instant) -> Confirmation {
        Confirmation {
            profile,
            opted_in: opted_in.timestamp_micros(),
        }
    }
}

impl KeyRing {
    /// The token that confirms a sign-up in an account. Grows with the text.
    pub fn confirmation_token(
        &self,
        account: Uuid,
        confirmation: Confirmation,
        sign_up: SignUpText<'_>,
    ) -> Result<String> {
        let Confirmation { profile, opted_in } = confirmation;
        let text = match sign_up {
            SignUpText::Carried(text) => Zeroizing::new(text.to_owned()),
            SignUpText::Stored(text) => Zeroizing::new(" ".repeat(text.len())),
        };
        let whole = Zeroizing::new(format!(
            "{}{opted_in:0MOMENT$x}{}",
            profile.as_simple(),
            text.as_str()
        ));
        let key = self.newest(Purpose::Subject);
        let sealed = sealed((key.version, &derived(key)), &associated(key, account), &whole)
            .ok_or_else(|| Fault::Keys("a confirmation cannot be sealed".into()))?;
        Ok(BASE64URL_NOPAD.encode(&sealed))
    }

    /// What a token confirms in an account, with the sign-up that it carries; `None` for everything that was not made here
    /// for that account.
    pub fn read_confirmation(
        &self,
        account: Uuid,
        token: &str,
    ) -> Option<(Confirmation, Option<Zeroizing<String>>)> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let key = self.version(Purpose::Subject, *bytes.first()?)?;
        let whole = opened(&derived(key), &associated(key, account), &bytes)?;
        let (profile, rest) = whole.split_at_checked(ID)?;
        let (opted_in, sign_up) = rest.split_at_checked(MOMENT)?;
        let confirmation = Confirmation {
            profile: Uuid::try_parse(profile).ok()?,
            opted_in: i64::from_str_radix(opted_in, 16).ok()?,
        };
        let carried = !sign_up.trim_start_matches(' ').is_empty();
        Some((confirmation, carried.then(|| Zeroizing::new(sign_up.to_owned()))))
    }
}

fn derived(key: &KeyFile) -> Secret {
    Zeroizing::new(mac(&key.secret, b"postern confirmation key\0", b""))
}

fn associated(key: &KeyFile, account: Uuid) -> Vec<u8> {
    [&b"postern confirmation\0"[..], &[key.version], account.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_it_was_made_for_in_its_account_alone_and_looks_like_every_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let now = crate::clock::Clock::system().now();
        let mut ring = KeyRing::open_or_create(path.to_str().unwrap(), now).unwrap();
        let (account, other) = (Uuid::now_v7(), Uuid::now_v7());
        let confirmation = Confirmation::new(Uuid::now_v7(), now);
        let make = |sign_up| ring.confirmation_token(account, confirmation, sign_up).unwrap();
        let carrying = make(SignUpText::Carried("{\"email\":\"ana@example.test\"}"));
        let plain = make(SignUpText::Stored("{\"email\":\"ana@example.test\"}"));
        assert_eq!(carrying.len(), plain.len());
        ring.rotate(Purpose::Subject, now + chrono::TimeDelta::seconds(1))
            .unwrap();
        let (read, sign_up) = ring.read_confirmation(account, &carrying).unwrap();
        assert_eq!(read, confirmation);
        assert_eq!(*sign_up.unwrap(), "{\"email\":\"ana@example.test\"}");
        assert_eq!(
            ring.read_confirmation(account, &plain).unwrap(),
            (confirmation, None)
        );
        assert!(ring.read_confirmation(other, &carrying).is_none());
        let bytes = BASE64URL_NOPAD.decode(carrying.as_bytes()).unwrap();
        for place in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[place] ^= 1;
            let forged = BASE64URL_NOPAD.encode(&bytes);
            assert!(ring.read_confirmation(account, &forged).is_none(), "byte {place}");
        }
        assert!(ring.read_confirmation(account, "").is_none());
    }
}
