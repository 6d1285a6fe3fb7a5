//! Tests of what is taken as a token: one table of attacks on our own tokens, one of a provider's.

use std::sync::Arc;

use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;

use super::*;

const NOW: i64 = 1_800_000_000;

fn now() -> Instant {
    Instant::from_timestamp(NOW, 0).unwrap()
}

fn own_key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn issuers() -> Vec<TrustedIssuer> {
    let public = own_key().verifying_key().to_bytes();
    let retired = SigningKey::from_bytes(&[4; 32]).verifying_key().to_bytes();
    let own = KeySet::new([
        ("own".to_owned(), TokenKey::ed25519(&public, None)),
        (
            "retired".to_owned(),
            TokenKey::ed25519(&retired, Some(now() - TimeDelta::seconds(1))),
        ),
    ]);
    let provider = KeySet::parse(provider()["keys"].to_string().as_bytes()).unwrap();
    vec![
        TrustedIssuer::own(Arc::new(own)),
        TrustedIssuer::provider("https://id.example.test", "postern-gateway", Arc::new(provider)).unwrap(),
    ]
}

/// A key set and tokens made once with `openssl`; their private keys are gone.
fn provider() -> Value {
    serde_json::from_str(include_str!("testdata/provider.json")).unwrap()
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "own", "typ": "JWT" })
}

fn payload() -> Value {
    json!({
        "iss": "postern", "aud": "postern", "sub": "01900000-0000-7000-8000-000000000001",
        "iat": NOW - 60, "exp": NOW + 600, "jti": "01900000-0000-7000-8000-000000000002",
    })
}

fn signed_by(key: &SigningKey, header: &str, payload: &str) -> String {
    let input = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(header.as_bytes()),
        BASE64URL_NOPAD.encode(payload.as_bytes())
    );
    format!(
        "{input}.{}",
        BASE64URL_NOPAD.encode(&key.sign(input.as_bytes()).to_bytes())
    )
}

fn signed(header: &Value, payload: &Value) -> String {
    signed_by(&own_key(), &header.to_string(), &payload.to_string())
}

/// The usual token with one claim changed; null removes it.
fn with_claim(name: &str, value: Value) -> String {
    signed(&header(), &changed(payload(), name, value))
}

fn changed(mut object: Value, name: &str, value: Value) -> Value {
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name)
    } else {
        members.insert(name.to_owned(), value)
    };
    object
}

fn check(token: &str) -> Result<VerifiedToken, Unverified> {
    verify(token, now(), &issuers())
}

#[path = "token_attacks.rs"]
mod attacks;

#[test]
fn a_good_token_of_our_own_says_who_and_until_when() {
    let token = OwnToken {
        user: Uuid::from_u128(7),
        account: Some(Uuid::from_u128(8)),
        groups: Some(vec!["analyst".into()]),
        token_id: Uuid::from_u128(9),
        issued_at: now(),
        life: USUAL_LIFE,
    };
    let input = token.signing_input("own").unwrap();
    let text = format!(
        "{input}.{}",
        BASE64URL_NOPAD.encode(&own_key().sign(input.as_bytes()).to_bytes())
    );
    let verified = check(&text).unwrap();
    assert_eq!(
        verified,
        VerifiedToken {
            issuer: Issuer::Own,
            subject: Uuid::from_u128(7).to_string(),
            account: Some(Uuid::from_u128(8)),
            groups: Some(vec!["analyst".into()]),
            verified_email: None,
            token_id: Some(Uuid::from_u128(9).to_string()),
            expires_at: now() + TimeDelta::minutes(15),
        }
    );
}

#[test]
fn a_token_of_our_own_lives_a_second_to_a_day() {
    let token = |life| OwnToken {
        user: Uuid::from_u128(7),
        account: None,
        groups: None,
        token_id: Uuid::from_u128(9),
        issued_at: now(),
        life,
    };
    for life in [TimeDelta::zero(), TimeDelta::seconds(-1), TimeDelta::hours(25)] {
        assert_eq!(
            token(life).signing_input("own").unwrap_err().code,
            Code::InvalidSetting
        );
    }
    assert!(token(TimeDelta::hours(24)).signing_input("own").is_ok());
}

#[test]
fn the_times_of_a_token_are_checked_against_our_clock_with_thirty_seconds_of_leeway() {
    let cases = [
        ("exp", NOW - 29, true),
        ("exp", NOW - 30, false),
        ("exp", NOW - 3_600, false),
        ("nbf", NOW + 30, true),
        ("nbf", NOW + 31, false),
        ("nbf", 0, true),
        ("iat", NOW + 30, true),
        ("iat", NOW + 31, false),
        ("iat", NOW + 600, false),
    ];
    for (claim, at, is_taken) in cases {
        let token = with_claim(claim, at.into());
        assert_eq!(
            check(&token).is_ok(),
            is_taken,
            "{claim} {at}: {:?}",
            check(&token)
        );
    }
}

fn unknown_key(key_id: &str) -> Unverified {
    Unverified::UnknownKey {
        issuer: Issuer::Own,
        key_id: key_id.to_owned(),
    }
}

#[test]
fn a_providers_tokens_are_taken_with_each_of_its_keys_algorithms() {
    let provider = provider();
    for key_id in ["eddsa", "es256", "es384", "rs256", "ps256"] {
        let token = provider["tokens"][key_id].as_str().unwrap();
        let verified = check(token).unwrap_or_else(|reason| panic!("{key_id}: {reason}"));
        assert_eq!(
            verified.issuer,
            Issuer::Provider("https://id.example.test".into())
        );
        assert_eq!(verified.subject, "ana@example.test");
        assert_eq!(verified.groups, Some(vec!["analyst".to_owned()]));
        // The same signature under the neighbour's key or algorithm.
        let parts: Vec<&str> = token.split('.').collect();
        for (kid, algorithm) in [
            ("es256", "ES256"),
            ("rs256", "RS256"),
            ("ps256", "RS256"),
            ("rs256", "PS256"),
        ] {
            let header = json!({ "alg": algorithm, "kid": kid, "typ": "JWT" }).to_string();
            let forged = format!(
                "{}.{}.{}",
                BASE64URL_NOPAD.encode(header.as_bytes()),
                parts[1],
                parts[2]
            );
            if forged != token {
                let reason = check(&forged).unwrap_err();
                assert!(
                    matches!(reason, Unverified::Signature | Unverified::Algorithm),
                    "{key_id} as {kid}: {reason}"
                );
            }
        }
    }
}

#[test]
fn no_issuer_can_sign_for_another() {
    let as_provider = changed(
        changed(payload(), "iss", "https://id.example.test".into()),
        "aud",
        "postern-gateway".into(),
    );
    let token = signed(&header(), &as_provider);
    let issuer = Issuer::Provider("https://id.example.test".into());
    assert_eq!(
        check(&token),
        Err(Unverified::UnknownKey {
            issuer,
            key_id: "own".into()
        })
    );
    assert!(TrustedIssuer::provider("postern", "a", Arc::default()).is_err());
    assert!(TrustedIssuer::provider("", "a", Arc::default()).is_err());
    assert!(TrustedIssuer::provider("a", "", Arc::default()).is_err());
}

#[test]
fn a_verified_address_is_given_out_only_where_the_issuer_verified_it() {
    let with = |verified: Value| {
        let claims = changed(payload(), "email", "ana@example.test".into());
        check(&signed(&header(), &changed(claims, "email_verified", verified)))
            .unwrap()
            .verified_email
    };
    assert_eq!(with(true.into()), Some("ana@example.test".to_owned()));
    assert_eq!(with(false.into()), None);
    assert_eq!(with(Value::Null), None);
}

#[test]
fn every_asker_is_told_the_same() {
    let reasons = [
        Unverified::Malformed,
        Unverified::Signature,
        Unverified::Claim("exp"),
        unknown_key("k"),
    ];
    for reason in reasons {
        let refusal = Refusal::from(reason);
        assert_eq!(refusal, unauthenticated());
        assert_eq!(refusal.code, Code::Unauthenticated);
    }
}

proptest::proptest! {
    #[test]
    fn any_changed_byte_of_a_token_is_refused(place: proptest::sample::Index, with in "[A-Za-z0-9_.-]") {
        let good = signed(&header(), &payload());
        let at = place.index(good.len());
        let changed = format!("{}{with}{}", &good[..at], &good[at + 1..]);
        if changed != good {
            proptest::prop_assert!(check(&changed).is_err());
        }
    }

    #[test]
    fn any_text_is_answered_without_a_panic(text in "[A-Za-z0-9_.{}\":-]{0,200}") {
        proptest::prop_assert!(check(&text).is_err());
    }
}
