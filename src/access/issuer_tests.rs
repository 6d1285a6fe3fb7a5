//! Tests of reading a JWK set: what is taken, what is passed over, what refuses the whole set.

use serde_json::json;

use super::*;

fn provider() -> Value {
    serde_json::from_str(include_str!("testdata/provider.json")).unwrap()
}

fn key(key_id: &str) -> Value {
    let provider = provider();
    let keys = provider["keys"]["keys"].as_array().unwrap();
    keys.iter().find(|key| key["kid"] == key_id).unwrap().clone()
}

/// A key with one member changed; null removes it.
fn changed(key_id: &str, name: &str, value: Value) -> Value {
    let mut key = key(key_id);
    let members = key.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name)
    } else {
        members.insert(name.to_owned(), value)
    };
    key
}

/// The set of the good Ed25519 key and another one.
fn beside(other: Value) -> Result<KeySet, Refusal> {
    KeySet::parse(json!({ "keys": [key("eddsa"), other] }).to_string().as_bytes())
}

#[test]
fn each_key_has_the_one_algorithm_that_it_is_for() {
    let set = KeySet::parse(provider()["keys"].to_string().as_bytes()).unwrap();
    let expected = [
        ("eddsa", Algorithm::EdDSA),
        ("es256", Algorithm::ES256),
        ("es384", Algorithm::ES384),
        ("rs256", Algorithm::RS256),
        ("ps256", Algorithm::PS256),
    ];
    assert_eq!(set.len(), expected.len());
    for (key_id, algorithm) in expected {
        assert_eq!(set.get(key_id).unwrap().algorithm, algorithm);
    }
    assert!(set.get("EDDSA").is_none());
    assert!(set.get("").is_none());
}

#[test]
fn a_key_without_alg_has_the_usual_algorithm_of_its_kind() {
    for (key_id, algorithm) in [
        ("es384", Algorithm::ES384),
        ("rs256", Algorithm::RS256),
        ("ps256", Algorithm::RS256),
    ] {
        let set = beside(changed(key_id, "alg", Value::Null)).unwrap();
        assert_eq!(set.get(key_id).unwrap().algorithm, algorithm);
    }
}

#[test]
fn keys_that_are_not_for_us_are_passed_over() {
    let cases = [
        changed("es256", "use", "enc".into()),
        changed("es256", "key_ops", json!(["deriveKey"])),
        changed("es256", "kid", Value::Null),
        changed("rs256", "alg", "RS512".into()),
        changed("rs256", "alg", "RSA-OAEP".into()),
        changed("es256", "alg", "ECDH-ES+A128KW".into()),
        changed("es256", "crv", "P-521".into()),
        changed("es256", "crv", "secp256k1".into()),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "new", "pub": "AAAA" }),
    ];
    for other in cases {
        let set = beside(other.clone()).unwrap_or_else(|refusal| panic!("{other}: {refusal}"));
        assert_eq!(set.len(), 1, "{other}");
    }
    assert_eq!(
        beside(changed("es256", "key_ops", json!(["verify"])))
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn what_no_honest_set_holds_refuses_the_whole_of_it() {
    let mut even = BASE64URL_NOPAD
        .decode(key("rs256")["n"].as_str().unwrap().as_bytes())
        .unwrap();
    *even.last_mut().unwrap() &= 0xfe;
    let zeros = |count: usize| Value::from(BASE64URL_NOPAD.encode(&vec![0; count]));
    let cases = [
        (
            "a shared secret",
            json!({ "kty": "oct", "kid": "s", "alg": "HS256", "k": "AAAA" }),
        ),
        (
            "a shared secret in disguise",
            changed("es256", "k", "AAAA".into()),
        ),
        ("a private key", changed("eddsa", "d", "AAAA".into())),
        ("the same id twice", key("eddsa")),
        ("1024 bits", provider()["weak"].clone()),
        (
            "1024 bits, padded",
            changed("rs256", "n", {
                let weak = BASE64URL_NOPAD
                    .decode(provider()["weak"]["n"].as_str().unwrap().as_bytes())
                    .unwrap();
                BASE64URL_NOPAD.encode(&[vec![0; 128], weak].concat()).into()
            }),
        ),
        (
            "an even modulus",
            changed("rs256", "n", BASE64URL_NOPAD.encode(&even).into()),
        ),
        ("exponent one", changed("rs256", "e", "AQ".into())),
        ("exponent even", changed("rs256", "e", "Ag".into())),
        ("exponent missing", changed("rs256", "e", Value::Null)),
        ("alg of another family", changed("es256", "alg", "RS256".into())),
        ("alg of another curve", changed("es256", "alg", "ES384".into())),
        ("alg of a shared secret", changed("rs256", "alg", "HS256".into())),
        ("alg none", changed("eddsa", "alg", "none".into())),
        ("alg a number", changed("es256", "alg", 1.into())),
        ("kty missing", changed("es256", "kty", Value::Null)),
        ("crv missing", changed("es256", "crv", Value::Null)),
        ("kid a number", changed("es256", "kid", 1.into())),
        ("kid empty", changed("es256", "kid", "".into())),
        ("kid endless", changed("es256", "kid", "k".repeat(129).into())),
        ("a short point", changed("es256", "x", "AAAA".into())),
        ("no point of its curve", changed("es256", "x", zeros(32))),
        ("a short Ed25519 key", changed("eddsa", "x", "AAAA".into())),
        ("a weak Ed25519 key", changed("eddsa", "x", zeros(32))),
        ("x not base64url", changed("es256", "x", "+/==".into())),
        ("use a list", changed("es256", "use", json!(["sig"]))),
        ("key_ops text", changed("es256", "key_ops", "verify".into())),
        ("no object", json!("key")),
    ];
    for (what, other) in cases {
        let refusal = beside(other).expect_err(what);
        assert_eq!(refusal.code, Code::InvalidFile, "{what}");
    }
}

#[test]
fn what_is_no_key_set_is_refused() {
    let many = json!({ "keys": vec![key("es256"); MOST_KEYS + 1] }).to_string();
    let empty = json!({ "keys": [] }).to_string();
    let twice = format!(r#"{{"keys":[],"keys":[{}]}}"#, key("eddsa"));
    let texts = ["", "{}", "[]", "<html>", r#"{"keys":{}}"#, &many, &empty, &twice];
    for text in texts {
        assert!(KeySet::parse(text.as_bytes()).is_err(), "{}", quote(text));
    }
}
