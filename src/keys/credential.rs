//! Seals what a receiver of bundles wants to be shown, from the request until the transfer has ended.
//!
//! Sealed with a key derived for this alone, and opened only for the account and the transfer it was sealed for.

use data_encoding::HEXLOWER;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::{Fault, Result};
use crate::keys::download::mac;
use crate::keys::file::KeyFile;
use crate::keys::ring::Secret;
use crate::keys::sealing::{opened, sealed};
use crate::keys::{KeyRing, Purpose};

const DERIVED: &[u8] = b"postern credential key\0";

impl KeyRing {
    /// Seals a text for one transfer of one account.
    pub fn seal_credential(&self, account: Uuid, transfer: Uuid, text: &str) -> Result<Vec<u8>> {
        let key = self.newest(Purpose::Subject);
        let aad = associated(key.version, account, transfer);
        sealed((key.version, &derived(key)), &aad, text)
            .ok_or_else(|| Fault::Keys("a credential cannot be sealed".into()).into())
    }

    /// Opens what was sealed for this transfer of this account; a fault for everything else.
    pub fn open_credential(&self, account: Uuid, transfer: Uuid, sealed: &[u8]) -> Result<Zeroizing<String>> {
        let open = || {
            let version = *sealed.first()?;
            let key = self.version(Purpose::Subject, version)?;
            opened(&derived(key), &associated(version, account, transfer), sealed)
        };
        open().ok_or_else(|| {
            Fault::Keys(format!("the credential of transfer {transfer} cannot be opened")).into()
        })
    }

    /// By which the same text is known again in the same account, without being told.
    pub fn credential_mark(&self, account: Uuid, text: &str) -> String {
        // The first version: a rotation must not make a request another one.
        let key = derived(&self.versions(Purpose::Subject)[0]);
        let message = [account.as_bytes(), text.as_bytes()].concat();
        HEXLOWER.encode(&mac(&key, b"postern credential mark\0", &message))
    }
}

fn derived(key: &KeyFile) -> Secret {
    Zeroizing::new(mac(&key.secret, DERIVED, b""))
}

fn associated(version: u8, account: Uuid, transfer: Uuid) -> Vec<u8> {
    [
        &b"postern credential\0"[..],
        &[version],
        account.as_bytes(),
        transfer.as_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_opens_for_its_transfer_alone_and_after_a_rotation_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let now = crate::clock::Clock::system().now();
        let mut ring = KeyRing::open_or_create(path.to_str().unwrap(), now).unwrap();
        let (account, transfer, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let sealed = ring.seal_credential(account, transfer, "secret word").unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"secret"));
        let mark = ring.credential_mark(account, "secret word");
        ring.rotate(Purpose::Subject, now + chrono::TimeDelta::seconds(1))
            .unwrap();
        assert_eq!(
            *ring.open_credential(account, transfer, &sealed).unwrap(),
            "secret word"
        );
        assert_eq!(ring.credential_mark(account, "secret word"), mark);
        assert_ne!(ring.credential_mark(other, "secret word"), mark);
        assert!(ring.open_credential(account, other, &sealed).is_err());
        assert!(ring.open_credential(other, transfer, &sealed).is_err());
        assert!(ring.open_subject(account, transfer, &sealed).is_err());
        assert!(ring.open_credential(account, transfer, b"").is_err());
    }
}
