//! Tests of what the ring signs, with keys before and after rotations.

use chrono::TimeDelta;
use ed25519_dalek::pkcs8::DecodePublicKey;
use ed25519_dalek::{Signature, VerifyingKey};
use uuid::Uuid;

use super::*;
use crate::access::token::{TrustedIssuer, USUAL_LIFE, Unverified, verify};

fn start() -> Instant {
    Instant::from_timestamp(1_800_000_000, 0).unwrap()
}

fn ring() -> (tempfile::TempDir, KeyRing) {
    let temporary = tempfile::tempdir().unwrap();
    let ring = KeyRing::open_or_create(temporary.path().join("keys").to_str().unwrap(), start()).unwrap();
    (temporary, ring)
}

fn token(issued_at: Instant, life: TimeDelta) -> OwnToken {
    OwnToken {
        user: Uuid::from_u128(7),
        account: None,
        groups: None,
        token_id: Uuid::from_u128(8),
        issued_at,
        life,
    }
}

#[test]
fn a_receipt_of_any_time_is_checked_with_the_published_key_of_that_time() {
    let (_folder, mut ring) = ring();
    let old = (ring.receipt_key_id(), ring.sign_receipt(b"first"));
    let rotated = start() + TimeDelta::days(30);
    ring.rotate(Purpose::Receipt, rotated).unwrap();
    let new = (ring.receipt_key_id(), ring.sign_receipt(b"second"));
    let published = ring.receipt_public_keys().unwrap();
    assert_eq!(published.len(), 2);
    assert_eq!(
        (published[0].valid_from, published[0].valid_until),
        (start(), Some(rotated))
    );
    assert_eq!(
        (published[1].valid_from, published[1].valid_until),
        (rotated, None)
    );
    for ((id, signature), text, key) in [
        (old, &b"first"[..], &published[0]),
        (new, b"second", &published[1]),
    ] {
        assert_eq!(key.key_id, id);
        let public = VerifyingKey::from_public_key_pem(&key.pem).unwrap();
        assert_eq!(key_id(public.as_bytes()), id);
        public
            .verify_strict(text, &Signature::from_bytes(&signature))
            .unwrap();
        assert!(
            public
                .verify_strict(b"other", &Signature::from_bytes(&signature))
                .is_err()
        );
    }
}

#[test]
fn a_key_id_is_the_beginning_of_the_keys_digest() {
    // openssl dgst -sha256 over 32 zero bytes begins with 66687aadf862bd77.
    assert_eq!(key_id(&[0; 32]), "66687aadf862bd77");
}

#[test]
fn a_signed_token_is_taken_and_a_replaced_key_counts_for_one_more_day() {
    let (_folder, mut ring) = ring();
    let rotated = start() + TimeDelta::hours(10);
    let long = ring
        .sign_token(&token(rotated - TimeDelta::seconds(1), LONGEST_LIFE))
        .unwrap();
    let kept = ring.token_keys();
    ring.rotate(Purpose::Token, rotated).unwrap();
    let new = ring.sign_token(&token(rotated, USUAL_LIFE)).unwrap();
    let issuers = [TrustedIssuer::own(std::sync::Arc::new(ring.token_keys()))];
    assert!(verify(&new, rotated, &issuers).is_ok());
    assert!(verify(&long, rotated + TimeDelta::hours(23), &issuers).is_ok());
    // Just within the leeway of the token, but past the life of the key.
    let late = rotated + TimeDelta::hours(24);
    assert_eq!(verify(&long, late, &issuers), Err(Unverified::RetiredKey));
    let before = [TrustedIssuer::own(std::sync::Arc::new(kept))];
    assert!(matches!(
        verify(&new, rotated, &before),
        Err(Unverified::UnknownKey { .. })
    ));
}

#[test]
fn the_published_key_set_is_one_that_we_would_take_and_drops_old_keys() {
    let (_folder, mut ring) = ring();
    let rotated = start() + TimeDelta::days(1);
    ring.rotate(Purpose::Token, rotated).unwrap();
    let published = |now| {
        let text = ring.token_jwks(now).to_string();
        assert!(!text.contains("\"d\""));
        KeySet::parse(text.as_bytes()).unwrap().len()
    };
    assert_eq!(published(rotated + TimeDelta::hours(23)), 2);
    assert_eq!(published(rotated + TimeDelta::hours(24)), 1);
}
