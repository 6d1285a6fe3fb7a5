//! Tests of checking tokens with the ring's keys and a provider's file.

use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use uuid::Uuid;

use super::*;
use crate::access::token::OwnToken;

struct Fixture {
    folder: tempfile::TempDir,
    ring: KeyRing,
    clock: Clock,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let ring = KeyRing::open_or_create(folder.path().join("keys").to_str().unwrap(), clock.now()).unwrap();
    Fixture { folder, ring, clock }
}

impl Fixture {
    fn publish(&self, key_id: &str, key: &SigningKey) -> String {
        let path = self.folder.path().join("provider.json");
        let x = BASE64URL_NOPAD.encode(key.verifying_key().as_bytes());
        let set = serde_json::json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": key_id, "x": x }] });
        std::fs::write(&path, set.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn provider(&self, location: &str) -> Provider {
        let source = JwksSource::open(location, self.clock).await.unwrap();
        Provider {
            issuer: "https://id.example.test".into(),
            audience: "us".into(),
            source,
        }
    }

    fn provider_token(&self, key_id: &str, key: &SigningKey) -> String {
        let now = self.clock.now().timestamp();
        let header = serde_json::json!({ "alg": "EdDSA", "kid": key_id });
        let payload = serde_json::json!({
            "iss": "https://id.example.test", "aud": "us", "sub": "ana", "iat": now, "exp": now + 600,
        });
        let encode = |json: serde_json::Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let input = format!("{}.{}", encode(header), encode(payload));
        format!(
            "{input}.{}",
            BASE64URL_NOPAD.encode(&key.sign(input.as_bytes()).to_bytes())
        )
    }

    fn own_token(&self) -> String {
        let token = OwnToken {
            user: Uuid::from_u128(7),
            account: None,
            groups: None,
            token_id: Uuid::from_u128(8),
            issued_at: self.clock.now(),
            life: TimeDelta::minutes(15),
        };
        self.ring.sign_token(&token).unwrap()
    }
}

#[tokio::test]
async fn our_own_and_a_providers_tokens_are_taken_and_a_strangers_is_not() {
    let fixture = fixture();
    let (key, stranger) = (SigningKey::from_bytes(&[3; 32]), SigningKey::from_bytes(&[4; 32]));
    let location = fixture.publish("k", &key);
    let verifier = TokenVerifier::new(
        &fixture.ring,
        vec![fixture.provider(&location).await],
        fixture.clock,
    )
    .unwrap();
    let own = verifier.verify(&fixture.own_token()).await.unwrap();
    assert_eq!(own.issuer, Issuer::Own);
    for _ in 0..2 {
        let theirs = verifier.verify(&fixture.provider_token("k", &key)).await.unwrap();
        assert_eq!(
            (theirs.issuer, theirs.subject.as_str()),
            (Issuer::Provider("https://id.example.test".into()), "ana")
        );
    }
    assert_eq!(
        verifier.verify(&fixture.provider_token("k", &stranger)).await,
        Err(Unverified::Signature)
    );
    assert_eq!(verifier.verify("").await, Err(Unverified::Malformed));
    assert_eq!(
        verifier.verify(&"a".repeat(1_000_000)).await,
        Err(Unverified::Malformed)
    );
    let without = TokenVerifier::new(&fixture.ring, Vec::new(), fixture.clock).unwrap();
    assert_eq!(
        without.verify(&fixture.provider_token("k", &key)).await,
        Err(Unverified::UnknownIssuer)
    );
}

#[tokio::test]
async fn a_token_is_remembered_for_a_minute_and_never_beyond_its_end() {
    let fixture = fixture();
    let verifier = TokenVerifier::new(&fixture.ring, Vec::new(), fixture.clock).unwrap();
    let text = fixture.own_token();
    let verified = verifier.verify(&text).await.unwrap();
    let now = fixture.clock.now();
    assert_eq!(verifier.good.get(&[&text], now), Some(verified.clone()));
    assert_eq!(verifier.good.get(&[&text], now + TimeDelta::seconds(61)), None);
    assert_eq!(verifier.good.get(&[&format!("{text}A")], now), None);
    let ending = VerifiedToken {
        expires_at: now + TimeDelta::seconds(5),
        ..verified
    };
    verifier.remember("ending", &ending, now);
    assert!(
        verifier
            .good
            .get(&["ending"], now + TimeDelta::seconds(4))
            .is_some()
    );
    assert!(
        verifier
            .good
            .get(&["ending"], now + TimeDelta::seconds(5))
            .is_none()
    );
}

#[tokio::test]
async fn two_providers_cannot_have_one_name_nor_ours() {
    let fixture = fixture();
    let location = fixture.publish("k", &SigningKey::from_bytes(&[3; 32]));
    let two = vec![
        fixture.provider(&location).await,
        fixture.provider(&location).await,
    ];
    assert!(TokenVerifier::new(&fixture.ring, two, fixture.clock).is_err());
    let ours = Provider {
        issuer: "postern".into(),
        ..fixture.provider(&location).await
    };
    assert!(TokenVerifier::new(&fixture.ring, vec![ours], fixture.clock).is_err());
}
