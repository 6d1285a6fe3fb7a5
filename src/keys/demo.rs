//! The passwords of a demo's made-up users: the same at every start, so that they can be printed again, and
//! unknown to whoever lacks the ring. Must not know who the users are.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::keys::KeyRing;

impl KeyRing {
    /// The password of the demo's user with that address: 80 bits, in four groups of four.
    pub fn demo_password(&self, email: &str) -> String {
        let bytes = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.id()[..])
            .expect("HMAC takes keys of any length")
            .chain_update(b"postern demo password\0")
            .chain_update(email)
            .finalize()
            .into_bytes();
        let text = BASE32_NOPAD.encode(&bytes[..10]).to_lowercase();
        let groups = [&text[..4], &text[4..8], &text[8..12], &text[12..]];
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::keys::KeyRing;

    #[test]
    fn a_demo_password_is_the_same_for_a_ring_and_an_address_and_different_for_others() {
        let open = |folder: &tempfile::TempDir| {
            KeyRing::open_or_create(
                &folder.path().join("keys").to_string_lossy(),
                Clock::system().now(),
            )
            .unwrap()
        };
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = open(&one).demo_password("owner@acme.example");
        assert_eq!(first.len(), 19);
        assert_eq!(open(&one).demo_password("owner@acme.example"), first);
        assert_ne!(open(&one).demo_password("owner@globex.example"), first);
        assert_ne!(open(&other).demo_password("owner@acme.example"), first);
    }
}
