//! The secret in a short-lived link to one bundle: who made it, for which export, until when; nothing is stored.
//!
//! Whoever has the link has what it says, so it says as little as can be, for as short as can be. Must not know what
//! an export is, nor who may have it: that is asked anew when the link is used.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::access::viewer::Principal;
use crate::clock::Instant;
use crate::keys::file::KeyFile;
use crate::keys::{KeyRing, Purpose};

/// Kind and id of who made it, account, export, number of the file, microseconds.
const BODY: usize = 1 + 16 + 16 + 16 + 2 + 8;

/// Bytes of the MAC that are kept.
const CHECK: usize = 24;

/// What a link says.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct DownloadLink {
    /// Who made it, with whose rights it is used.
    pub principal: Principal,
    /// In which account.
    pub account: Uuid,
    /// To the bundle of which export.
    pub export: Uuid,
    /// Which file of it, from 1.
    pub volume: u16,
    /// Until when it is good.
    pub expires_at: Instant,
}

impl DownloadLink {
    fn body(&self) -> [u8; BODY] {
        let kind = match self.principal {
            Principal::User(_) => 1,
            Principal::ApiKey(_) => 2,
            Principal::Operator(_) => 3,
        };
        let mut body = [0; BODY];
        body[0] = kind;
        body[1..17].copy_from_slice(self.principal.id().as_bytes());
        body[17..33].copy_from_slice(self.account.as_bytes());
        body[33..49].copy_from_slice(self.export.as_bytes());
        body[49..51].copy_from_slice(&self.volume.to_be_bytes());
        body[51..].copy_from_slice(&self.expires_at.timestamp_micros().to_be_bytes());
        body
    }

    fn of_body(body: &[u8]) -> Option<DownloadLink> {
        let id = |from: usize| Uuid::from_slice(body.get(from..from + 16)?).ok();
        let who = id(1)?;
        Some(DownloadLink {
            principal: match body.first()? {
                1 => Principal::User(who),
                2 => Principal::ApiKey(who),
                3 => Principal::Operator(who),
                _ => return None,
            },
            account: id(17)?,
            export: id(33)?,
            volume: u16::from_be_bytes(body.get(49..51)?.try_into().ok()?),
            expires_at: Instant::from_timestamp_micros(i64::from_be_bytes(body.get(51..)?.try_into().ok()?))?,
        })
    }
}

impl KeyRing {
    /// The secret of a link.
    pub fn download_secret(&self, link: &DownloadLink) -> String {
        let body = link.body();
        let check = check(self.newest(Purpose::Identifier), &body);
        BASE64URL_NOPAD.encode(&[&body[..], &check].concat())
    }

    /// What a link says; `None` for everything that was not made here.
    pub fn read_download(&self, secret: &str) -> Option<DownloadLink> {
        let mut bytes = [0; BODY + CHECK];
        if BASE64URL_NOPAD.decode_len(secret.len()) != Ok(bytes.len()) {
            return None;
        }
        BASE64URL_NOPAD.decode_mut(secret.as_bytes(), &mut bytes).ok()?;
        let (body, given) = bytes.split_at(BODY);
        let mut keys = self.versions(Purpose::Identifier).iter();
        if !keys.any(|key| bool::from(check(key, body).ct_eq(given))) {
            return None;
        }
        DownloadLink::of_body(body)
    }
}

/// Under a key derived for this alone: the one in the ring authenticates ids.
fn check(key: &KeyFile, body: &[u8]) -> [u8; CHECK] {
    let derived = Zeroizing::new(mac(&key.secret, b"postern download key\0", b""));
    let whole = mac(&derived, b"postern download\0", body);
    let mut kept = [0; CHECK];
    kept.copy_from_slice(&whole[..CHECK]);
    kept
}

/// HMAC-SHA-256 of a message that begins with a label.
pub(super) fn mac(key: &[u8; 32], label: &[u8], message: &[u8]) -> [u8; 32] {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .expect("HMAC takes keys of any length")
        .chain_update(label)
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}
