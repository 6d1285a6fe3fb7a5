//! The tokens by which people confirm that they signed up: made from the profile and the moment of the sign-up, so that
//! nothing is stored, and a token is void as soon as the profile's sign-up is another.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Instant;
use crate::keys::file::KeyFile;
use crate::keys::{KeyRing, Purpose};

/// Profile and microseconds.
const BODY: usize = 16 + 8;

/// Bytes of the MAC that are kept.
const CHECK: usize = 18;

/// What a token confirms.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The profile.
    pub profile: Uuid,
    /// When the person signed up, in microseconds of UTC.
    pub opted_in: i64,
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
    /// The token that confirms a sign-up in an account.
    pub fn confirmation_token(&self, account: Uuid, confirmation: Confirmation) -> String {
        let mut bytes = [0; BODY + CHECK];
        bytes[..16].copy_from_slice(confirmation.profile.as_bytes());
        bytes[16..BODY].copy_from_slice(&confirmation.opted_in.to_be_bytes());
        let check = check(self.newest(Purpose::Identifier), account, &bytes[..BODY]);
        bytes[BODY..].copy_from_slice(&check);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// What a token confirms in an account; `None` for everything that was not made here for that account.
    pub fn read_confirmation(&self, account: Uuid, token: &str) -> Option<Confirmation> {
        let mut bytes = [0; BODY + CHECK];
        if BASE64URL_NOPAD.decode_len(token.len()) != Ok(bytes.len()) {
            return None;
        }
        BASE64URL_NOPAD.decode_mut(token.as_bytes(), &mut bytes).ok()?;
        let (body, given) = bytes.split_at(BODY);
        let mut keys = self.versions(Purpose::Identifier).iter();
        if !keys.any(|key| bool::from(check(key, account, body).ct_eq(given))) {
            return None;
        }
        Some(Confirmation {
            profile: Uuid::from_slice(&body[..16]).ok()?,
            opted_in: i64::from_be_bytes(body[16..].try_into().ok()?),
        })
    }
}

/// Under a key derived for this alone: the one in the ring authenticates ids.
fn check(key: &KeyFile, account: Uuid, body: &[u8]) -> [u8; CHECK] {
    let derived = Zeroizing::new(mac(
        &key.secret,
        b"postern confirmation key\0",
        account.as_bytes(),
    ));
    let whole = mac(&derived, b"postern confirmation\0", body);
    let mut kept = [0; CHECK];
    kept.copy_from_slice(&whole[..CHECK]);
    kept
}

fn mac(key: &[u8; 32], label: &[u8], message: &[u8]) -> [u8; 32] {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .expect("HMAC takes keys of any length")
        .chain_update(label)
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}
