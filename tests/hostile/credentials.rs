//! Tokens that are forged.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Attack, Victim};

/// A good token taken apart, and the key that it was signed with.
pub struct Token {
    pub header: Value,
    pub claims: Value,
    pub key: SigningKey,
}

impl Token {
    fn of(victim: &Victim) -> Token {
        let parts: Vec<&str> = victim.token.split('.').collect();
        let read = |part: &str| {
            let bytes = BASE64URL_NOPAD
                .decode(part.as_bytes())
                .expect("a token is base64url");
            serde_json::from_slice(&bytes).expect("a token is JSON")
        };
        let file = victim.home.data().join("keys").join("token-1.key");
        let text = std::fs::read_to_string(file).expect("the ring's key");
        let secret = text
            .lines()
            .find_map(|line| line.strip_prefix("secret "))
            .expect("a secret");
        let secret = HEXLOWER.decode(secret.as_bytes()).expect("hexadecimal");
        Token {
            header: read(parts[0]),
            claims: read(parts[1]),
            key: SigningKey::from_bytes(&secret.try_into().expect("32 bytes")),
        }
    }

    /// A token with members changed, or removed by null, and properly signed.
    pub fn with(&self, header: Value, claims: Value) -> String {
        let input = input(&changed(&self.header, header), &changed(&self.claims, claims));
        self.signed(&input)
    }

    fn signed(&self, input: &str) -> String {
        let signature = self.key.sign(input.as_bytes()).to_bytes();
        format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

fn changed(base: &Value, changes: Value) -> Value {
    let mut base = base.clone();
    let members = base.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    base
}

fn input(header: &Value, claims: &Value) -> String {
    let encode = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
    format!("{}.{}", encode(header), encode(claims))
}

fn keyed(input: &str, secret: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("any key");
    mac.update(input.as_bytes());
    format!("{input}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()))
}

/// Everything that `graphql.md` 3.5 names.
fn forged(victim: &Victim) -> Vec<(&'static str, String)> {
    let token = Token::of(victim);
    let now = token.claims["iat"].as_i64().expect("a time");
    let same = || json!({});
    let public = token.key.verifying_key();
    let pem = public
        .to_public_key_pem(LineEnding::LF)
        .expect("a public key has a PEM");
    let hs256 = input(&changed(&token.header, json!({ "alg": "HS256" })), &token.claims);
    let none = input(&json!({ "alg": "none", "typ": "JWT" }), &token.claims);
    let parts: Vec<&str> = victim.token.split('.').collect();
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let by_stranger = Token {
        key: stranger.clone(),
        header: token.header.clone(),
        claims: token.claims.clone(),
    };
    let own_key = json!({ "jwk": { "kty": "OKP", "crv": "Ed25519", "x": BASE64URL_NOPAD.encode(stranger.verifying_key().as_bytes()) } });
    let mut forged = vec![
        ("alg none without a signature", format!("{none}.")),
        ("alg none with a signature", token.signed(&none)),
        (
            "alg None",
            format!(
                "{}.",
                input(&json!({ "alg": "None", "typ": "JWT" }), &token.claims)
            ),
        ),
        (
            "HS256 with the public key's bytes",
            keyed(&hs256, public.as_bytes()),
        ),
        ("HS256 with the public key's PEM", keyed(&hs256, pem.as_bytes())),
        ("HS256 with an empty key", keyed(&hs256, b"")),
        ("another key", by_stranger.with(same(), same())),
        (
            "another key that it brings itself",
            by_stranger.with(own_key, same()),
        ),
        (
            "another key by URL",
            by_stranger.with(json!({ "jku": "http://127.0.0.1/keys" }), same()),
        ),
        (
            "a certificate by URL",
            token.with(json!({ "x5u": "http://127.0.0.1/x" }), same()),
        ),
        ("crit", token.with(json!({ "crit": ["exp"] }), same())),
        (
            "alg of another family",
            token.with(json!({ "alg": "ES256" }), same()),
        ),
        ("no alg", token.with(json!({ "alg": null }), same())),
        ("an unknown kid", token.with(json!({ "kid": "other" }), same())),
        (
            "a kid that is a path",
            token.with(json!({ "kid": "../keys/token-1.key" }), same()),
        ),
        (
            "a kid that is SQL",
            token.with(json!({ "kid": "' OR 1=1 --" }), same()),
        ),
        ("no kid", token.with(json!({ "kid": null }), same())),
        ("another typ", token.with(json!({ "typ": "dpop+jwt" }), same())),
        (
            "expired",
            token.with(same(), json!({ "iat": now - 900, "exp": now - 60 })),
        ),
        ("no exp", token.with(same(), json!({ "exp": null }))),
        (
            "exp as text",
            token.with(same(), json!({ "exp": (now + 600).to_string() })),
        ),
        (
            "exp as a fraction",
            token.with(same(), json!({ "exp": now as f64 + 600.5 })),
        ),
        ("exp in a list", token.with(same(), json!({ "exp": [now + 600] }))),
        (
            "a life of ten years",
            token.with(same(), json!({ "exp": now + 315_360_000 })),
        ),
        ("not yet", token.with(same(), json!({ "nbf": now + 300 }))),
        ("nbf as text", token.with(same(), json!({ "nbf": "0" }))),
        (
            "issued tomorrow",
            token.with(same(), json!({ "iat": now + 86_400, "exp": now + 87_000 })),
        ),
        (
            "another audience",
            token.with(same(), json!({ "aud": "billing" })),
        ),
        ("no audience", token.with(same(), json!({ "aud": null }))),
        (
            "an empty list of audiences",
            token.with(same(), json!({ "aud": [] })),
        ),
        (
            "another issuer",
            token.with(same(), json!({ "iss": "https://evil.example" })),
        ),
        ("no issuer", token.with(same(), json!({ "iss": null }))),
        (
            "a subject that is nobody",
            token.with(same(), json!({ "sub": "0190d9c4-5f6e-7000-8000-000000000000" })),
        ),
        ("no subject", token.with(same(), json!({ "sub": null }))),
        (
            "a subject by address",
            token.with(same(), json!({ "sub": "owner@acme.test" })),
        ),
        (
            "a subject that is SQL",
            token.with(same(), json!({ "sub": "' OR '1'='1" })),
        ),
        ("claims changed under the signature", {
            let claims = changed(
                &token.claims,
                json!({ "account": "0190d9c4-5f6e-7000-8000-000000000000" }),
            );
            format!("{}.{}", input(&token.header, &claims), parts[2])
        }),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{}.{}", victim.token, parts[2])),
        ("padding", format!("{}==", victim.token)),
        ("a claim twice", {
            let claims = token.claims.to_string().replacen('{', "{\"sub\":\"x\",", 1);
            let encoded = BASE64URL_NOPAD.encode(claims.as_bytes());
            token.signed(&format!("{}.{encoded}", parts[0]))
        }),
        ("nine kilobytes", "a".repeat(9_000)),
        ("dots", "...".into()),
        (
            "an API key that is none",
            "pk_0000000000_0000000000000000000000000000000000000000000".into(),
        ),
    ];
    forged.extend((0..8).map(|bit| ("a bit of the signature", flipped(&victim.token, bit))));
    forged
}

/// The token with a character of its signature changed in a way that changes its bytes.
fn flipped(token: &str, place: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let at = bytes.len() - 80 + place * 9;
    bytes[at] = if bytes[at] == b'A' { b'Q' } else { b'A' };
    String::from_utf8(bytes).expect("tokens are ASCII")
}

#[tokio::test]
async fn every_forged_token_gets_the_same_401_and_a_good_one_an_answer() {
    for mut victim in Victim::each().await {
        let query = "{ viewer { account { name } } }";
        let forged = forged(&victim);
        let mut answers = Vec::new();
        for (_, token) in &forged {
            answers.push(victim.client.graphql(token, query, json!({})).await.text());
        }
        let first = &answers[0];
        let different: Vec<_> = forged
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| *answer != first)
            .collect();
        assert!(different.is_empty(), "{different:?}");
        let attacks: Vec<Attack> = forged
            .iter()
            .map(|(name, token)| {
                let body = json!({ "query": query }).to_string();
                let request = victim
                    .bare()
                    .bearer_auth(token)
                    .header("content-type", "application/json")
                    .body(body);
                victim.attack(name, request, 401, "UNAUTHENTICATED")
            })
            .collect();
        victim.withstands(attacks).await;
        // The same way of signing makes a good token: nothing above was refused for another reason.
        let good = Token::of(&victim).with(json!({}), json!({ "jti": "another" }));
        let answer = victim.client.graphql(&good, query, json!({})).await;
        assert_eq!(answer.data()["viewer"]["account"]["name"], "Acme");
        let logged = victim.gateway.logged();
        assert!(
            forged
                .iter()
                .all(|(_, token)| token.len() < 20 || !logged.contains(token)),
            "a token is in the log"
        );
    }
}
