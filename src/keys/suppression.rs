//! The keyed tokens of suppressed and erased addresses (the fence, D9).
//!
//! Each account has a key of its own, derived and never stored: the same address gives unrelated tokens in
//! two accounts, and a copy of the database alone recognises nobody.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::keys::file::KeyFile;
use crate::keys::{KeyRing, Purpose, Secret};

impl KeyRing {
    /// The token under the key in use, with that key's version, to be written.
    pub fn suppression_token(&self, account: Uuid, normalized_address: &str) -> (i64, [u8; 32]) {
        token(self.newest(Purpose::Suppression), account, normalized_address)
    }

    /// What makes the tokens of one account, and of no other, under every version, newest first: for the platform's own
    /// senders, who then recognise whom they must not write. Whoever has it can try addresses.
    pub fn suppression_account_keys(&self, account: Uuid) -> Vec<Secret> {
        let versions = self.versions(Purpose::Suppression).iter().rev();
        versions.map(|key| of_account(key, account)).collect()
    }

    /// The tokens under every version, newest first, to be looked for: what was suppressed under an older
    /// key stays suppressed.
    pub fn suppression_tokens_all_versions(
        &self,
        account: Uuid,
        normalized_address: &str,
    ) -> Vec<(i64, [u8; 32])> {
        let versions = self.versions(Purpose::Suppression).iter().rev();
        versions
            .map(|key| token(key, account, normalized_address))
            .collect()
    }
}

fn token(key: &KeyFile, account: Uuid, normalized_address: &str) -> (i64, [u8; 32]) {
    let token = mac(
        &of_account(key, account),
        b"postern suppression address\0",
        normalized_address.as_bytes(),
    );
    (i64::from(key.version), token)
}

fn of_account(key: &KeyFile, account: Uuid) -> Secret {
    Zeroizing::new(mac(
        &key.secret,
        b"postern suppression account\0",
        account.as_bytes(),
    ))
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
