//! The public keys of a token issuer: a JWK set, read strictly.
//!
//! Each key has exactly one algorithm, which comes from the key and never from a token. Pure: who fetches
//! the set, and when, is `keys::jwks_source`.

use std::collections::HashMap;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

use crate::access::strict_json;
use crate::clock::Instant;
use crate::error::{Code, Refusal, quote};

/// Most keys that one set may hold. Providers have two to six; more makes a set a burden.
pub const MOST_KEYS: usize = 64;

/// Longest `kid`, in bytes.
pub const LONGEST_KEY_ID: usize = 128;

/// A public key that checks tokens, with the one algorithm that it is for.
#[derive(Clone, Debug)]
pub struct TokenKey {
    /// The one algorithm.
    pub algorithm: Algorithm,
    /// The key itself.
    pub key: DecodingKey,
    /// From when on nothing signed by it is taken any more; `None` while it is in use.
    pub valid_until: Option<Instant>,
}

impl TokenKey {
    /// An Ed25519 key of our own ring.
    pub fn ed25519(public_key: &[u8; 32], valid_until: Option<Instant>) -> Self {
        TokenKey {
            algorithm: Algorithm::EdDSA,
            key: DecodingKey::from_ed_der(public_key),
            valid_until,
        }
    }
}

/// The keys of one issuer by their `kid`, compared exactly.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, TokenKey>,
}

impl KeySet {
    /// A set of keys that are already known to be sound.
    pub fn new(keys: impl IntoIterator<Item = (String, TokenKey)>) -> Self {
        KeySet {
            keys: keys.into_iter().collect(),
        }
    }

    /// The key with exactly this id.
    pub fn get(&self, key_id: &str) -> Option<&TokenKey> {
        self.keys.get(key_id)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Reads a JWK set (RFC 7517). Keys for encryption, without an id, or of a kind that we do not use are
    /// passed over. What no honest set holds refuses the whole of it: a shared secret, a private key, two
    /// keys with one id, a weak key, an algorithm that does not fit its key.
    pub fn parse(bytes: &[u8]) -> Result<KeySet, Refusal> {
        let set =
            strict_json::object(bytes).ok_or_else(|| bad("it is not a JSON object, or repeats a name"))?;
        let Some(Value::Array(entries)) = set.get("keys") else {
            return Err(bad("it has no list named keys"));
        };
        if entries.len() > MOST_KEYS {
            return Err(bad(&format!("it has more than {MOST_KEYS} keys")));
        }
        let mut keys = HashMap::new();
        for entry in entries {
            let Some((key_id, key)) = token_key(&Jwk::of(entry)?)? else {
                continue;
            };
            if keys.insert(key_id.to_owned(), key).is_some() {
                return Err(bad(&format!("two keys have the id {}", quote(key_id))));
            }
        }
        if keys.is_empty() {
            return Err(bad(
                "it has no key that signs with EdDSA, ES256, ES384, RS256 or PS256",
            ));
        }
        Ok(KeySet { keys })
    }
}

/// One entry of the list, with its members read as text.
struct Jwk<'a>(&'a serde_json::Map<String, Value>);

impl<'a> Jwk<'a> {
    fn of(entry: &'a Value) -> Result<Jwk<'a>, Refusal> {
        entry
            .as_object()
            .map(Jwk)
            .ok_or_else(|| bad("a key is not an object"))
    }

    /// A member as text, `None` when it is missing, refused when it is something else.
    fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(bad(&format!("{name} of a key is not text"))),
        }
    }

    /// A member's base64url bytes.
    fn bytes(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        let text = self
            .text(name)?
            .ok_or_else(|| bad(&format!("a key has no {name}")))?;
        BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| bad(&format!("{name} of a key is not base64url")))
    }

    fn is_for_signing(&self) -> Result<bool, Refusal> {
        let operations = match self.0.get("key_ops") {
            None => true,
            Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
            Some(_) => return Err(bad("key_ops of a key is not a list")),
        };
        Ok(operations && self.text("use")?.is_none_or(|purpose| purpose == "sig"))
    }
}

/// The key, or `None` for one that is passed over.
fn token_key<'a>(jwk: &Jwk<'a>) -> Result<Option<(&'a str, TokenKey)>, Refusal> {
    let kind = jwk.text("kty")?.ok_or_else(|| bad("a key has no kty"))?;
    if kind == "oct" || jwk.0.contains_key("k") {
        return Err(bad("it holds a shared secret; only public keys can be trusted"));
    }
    if jwk.0.contains_key("d") {
        return Err(bad("it holds a private key; the issuer must replace that key"));
    }
    let Some(algorithm) = algorithm(jwk, kind)? else {
        return Ok(None);
    };
    let Some(key_id) = jwk.text("kid")? else {
        return Ok(None);
    };
    if key_id.is_empty() || key_id.len() > LONGEST_KEY_ID {
        return Err(bad("a key's id is empty or too long"));
    }
    if !jwk.is_for_signing()? {
        return Ok(None);
    }
    let key = match algorithm {
        Algorithm::EdDSA => ed25519(jwk)?,
        Algorithm::ES256 => elliptic(jwk, 32)?,
        Algorithm::ES384 => elliptic(jwk, 48)?,
        _ => rsa(jwk)?,
    };
    // The library builds the key's point only when it verifies; a key that is none must not wait until then.
    if !matches!(jsonwebtoken::crypto::verify("", b"", &key, algorithm), Ok(false)) {
        return Err(bad(&format!(
            "the key {} is not a point of its curve",
            quote(key_id)
        )));
    }
    Ok(Some((
        key_id,
        TokenKey {
            algorithm,
            key,
            valid_until: None,
        },
    )))
}

/// The one algorithm of a key: what `alg` says if it fits the kind, else what the kind has. `None` for kinds
/// and algorithms that we do not use.
fn algorithm(jwk: &Jwk<'_>, kind: &str) -> Result<Option<Algorithm>, Refusal> {
    let usual = match (kind, jwk.text("crv")?) {
        ("OKP", Some("Ed25519")) => Algorithm::EdDSA,
        ("EC", Some("P-256")) => Algorithm::ES256,
        ("EC", Some("P-384")) => Algorithm::ES384,
        ("RSA", None) => Algorithm::RS256,
        ("OKP" | "EC", None) => return Err(bad("a key on a curve has no crv")),
        ("RSA", Some(_)) => return Err(bad("an RSA key has a crv")),
        _ => return Ok(None),
    };
    let Some(named) = jwk.text("alg")? else {
        return Ok(Some(usual));
    };
    match (usual, named) {
        // RFC 9864 names the curve in `alg`.
        (Algorithm::EdDSA, "EdDSA" | "Ed25519")
        | (Algorithm::ES256, "ES256")
        | (Algorithm::ES384, "ES384") => Ok(Some(usual)),
        (Algorithm::RS256, "RS256") => Ok(Some(Algorithm::RS256)),
        (Algorithm::RS256, "PS256") => Ok(Some(Algorithm::PS256)),
        (Algorithm::RS256, "RS384" | "RS512" | "PS384" | "PS512") => Ok(None),
        (Algorithm::RS256, other) if other.starts_with("RSA") => Ok(None),
        (Algorithm::ES256 | Algorithm::ES384, other) if other.starts_with("ECDH-ES") => Ok(None),
        (_, other) => Err(bad(&format!(
            "the algorithm {} does not fit its key",
            quote(other)
        ))),
    }
}

fn ed25519(jwk: &Jwk<'_>) -> Result<DecodingKey, Refusal> {
    // The library takes the first 32 bytes of what it is given and stops the process when there are fewer.
    let point: [u8; 32] = jwk
        .bytes("x")?
        .try_into()
        .map_err(|_| bad("an Ed25519 key has not exactly 32 bytes"))?;
    let is_sound = ed25519_dalek::VerifyingKey::from_bytes(&point).is_ok_and(|key| !key.is_weak());
    if !is_sound {
        return Err(bad("an Ed25519 key is not a sound point of its curve"));
    }
    Ok(DecodingKey::from_ed_der(&point))
}

fn elliptic(jwk: &Jwk<'_>, size: usize) -> Result<DecodingKey, Refusal> {
    let (x, y) = (jwk.bytes("x")?, jwk.bytes("y")?);
    if x.len() != size || y.len() != size {
        return Err(bad("a coordinate of a key has not the size of its curve"));
    }
    Ok(DecodingKey::from_ec_der(&[&[4][..], &x, &y].concat()))
}

fn rsa(jwk: &Jwk<'_>) -> Result<DecodingKey, Refusal> {
    let (modulus, exponent) = (jwk.bytes("n")?, jwk.bytes("e")?);
    let modulus: Vec<u8> = modulus.into_iter().skip_while(|byte| *byte == 0).collect();
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !(2048..=4096).contains(&bits) {
        return Err(bad(&format!(
            "an RSA key has {bits} bits; 2048 to 4096 are taken"
        )));
    }
    let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte % 2 == 1);
    let sound_exponent = exponent.len() <= 4 && is_odd(&exponent) && exponent.iter().rev().ne([1u8].iter());
    if !is_odd(&modulus) || !sound_exponent || exponent.starts_with(&[0]) {
        return Err(bad("an RSA key has an unsound modulus or exponent"));
    }
    Ok(DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

fn bad(what: &str) -> Refusal {
    Refusal::new(
        Code::InvalidFile,
        format!("the key set of the identity provider is refused: {what}"),
    )
}

#[cfg(test)]
#[path = "issuer_tests.rs"]
mod tests;
