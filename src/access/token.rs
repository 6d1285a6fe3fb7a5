//! Bearer tokens (JWT): what we sign, and what of theirs and ours is taken (`graphql.md` section 3.5).
//!
//! Pure: the keys and the time are passed in. Who the subject is and what it may, others look up; a token
//! only says who signed, for whom, and until when.

use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::claims::{self, Claims};
use crate::access::issuer::{KeySet, LONGEST_KEY_ID, TokenKey};
use crate::access::strict_json;
use crate::clock::Instant;
use crate::error::{Code, Refusal};

/// The `iss` and `aud` of our own tokens.
pub const OWN_NAME: &str = "postern";

/// Longest token, in bytes; a longer one is refused before it is decoded.
pub const LONGEST: usize = 8 * 1024;

/// How far apart the clocks of issuer and gateway may be, in seconds.
pub const LEEWAY_SECONDS: i64 = 30;

/// Life of our own tokens where nothing else is asked for.
pub const USUAL_LIFE: TimeDelta = TimeDelta::minutes(15);

/// Longest life of our own tokens. So long a replaced key still counts.
pub const LONGEST_LIFE: TimeDelta = TimeDelta::hours(24);

/// Who signed a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Issuer {
    /// This installation.
    Own,
    /// The identity provider with this `iss`.
    Provider(String),
}

/// An issuer whose tokens are taken, with its keys as they are now.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    issuer: Issuer,
    audience: String,
    keys: std::sync::Arc<KeySet>,
}

impl TrustedIssuer {
    /// This installation's own issuer.
    pub fn own(keys: std::sync::Arc<KeySet>) -> Self {
        TrustedIssuer {
            issuer: Issuer::Own,
            audience: OWN_NAME.to_owned(),
            keys,
        }
    }

    /// An identity provider. Refused when it has no name or audience, or takes our own name.
    pub fn provider(
        name: &str,
        audience: &str,
        keys: std::sync::Arc<KeySet>,
    ) -> Result<TrustedIssuer, Refusal> {
        if name.is_empty() || audience.is_empty() || name == OWN_NAME {
            return Err(Refusal::new(
                Code::InvalidSetting,
                "--jwks needs --issuer and --audience, and the issuer may not be called postern",
            ));
        }
        let issuer = Issuer::Provider(name.to_owned());
        Ok(TrustedIssuer {
            issuer,
            audience: audience.to_owned(),
            keys,
        })
    }

    /// Who this is.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn name(&self) -> &str {
        match &self.issuer {
            Issuer::Own => OWN_NAME,
            Issuer::Provider(name) => name,
        }
    }
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    /// Who signed it.
    pub issuer: Issuer,
    /// `sub`: for our own tokens the user's id as text.
    pub subject: String,
    /// The account that requests act in, where the token names one.
    pub account: Option<Uuid>,
    /// The groups that the request is narrowed to, where the token names them; they never widen (ruling 14).
    pub groups: Option<Vec<String>>,
    /// The `email` claim, only where the issuer says that it was verified.
    pub verified_email: Option<String>,
    /// `jti`, for lists of revoked tokens.
    pub token_id: Option<String>,
    /// When requests and sockets end.
    pub expires_at: Instant,
}

/// Why a token is not taken. For the log alone; every asker gets the same refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// Too long, not three parts, not base64url, not JSON objects, a member twice.
    #[error("the token is malformed")]
    Malformed,
    /// A header that is not taken: `crit`, a key of its own, another `typ`.
    #[error("the token's header has or lacks {0}")]
    Header(&'static str),
    /// Signed by somebody who is not trusted.
    #[error("the token's issuer is not trusted")]
    UnknownIssuer,
    /// The issuer is trusted, but has no such key. It may have a new one: look once, then try again.
    #[error("the token's key is not known")]
    UnknownKey {
        /// Whose keys to look at.
        issuer: Issuer,
        /// The `kid` that is missing.
        key_id: String,
    },
    /// Another algorithm than the key's.
    #[error("the token's algorithm is not its key's")]
    Algorithm,
    /// The key was replaced too long ago.
    #[error("the token's key is no longer taken")]
    RetiredKey,
    /// A claim is missing, of the wrong type, or too long.
    #[error("the claim {0} is missing or malformed")]
    Claim(&'static str),
    /// The claims say that it is not the time.
    #[error("the token is expired, not yet valid, or from the future ({0})")]
    Time(&'static str),
    /// The signature, or what the library checks besides: issuer and audience.
    #[error("the token's signature, issuer or audience is wrong")]
    Signature,
}

impl From<Unverified> for Refusal {
    fn from(_: Unverified) -> Refusal {
        unauthenticated()
    }
}

/// The one answer to every credential that is not taken.
pub fn unauthenticated() -> Refusal {
    Refusal::new(
        Code::Unauthenticated,
        "the credentials are not accepted; sign in again or ask for a new token",
    )
}

/// Checks a bearer token against the issuers that are trusted, at the given time.
pub fn verify(token: &str, now: Instant, issuers: &[TrustedIssuer]) -> Result<VerifiedToken, Unverified> {
    let (header, payload) = parts(token)?;
    let header = Header::read(&header)?;
    let claims = Claims::read(&payload)?;
    let trusted = issuers
        .iter()
        .find(|trusted| trusted.name() == claims.issuer)
        .ok_or(Unverified::UnknownIssuer)?;
    let is_own = trusted.issuer == Issuer::Own;
    header.check_type(is_own)?;
    let key = trusted
        .keys
        .get(&header.key_id)
        .ok_or_else(|| Unverified::UnknownKey {
            issuer: trusted.issuer.clone(),
            key_id: header.key_id.clone(),
        })?;
    if header.algorithm != name_of(key.algorithm) {
        return Err(Unverified::Algorithm);
    }
    if key.valid_until.is_some_and(|until| now >= until) {
        return Err(Unverified::RetiredKey);
    }
    check_signature(token, key, trusted)?;
    claims.check_time(now.timestamp(), LEEWAY_SECONDS)?;
    if is_own {
        claims.check_own()?;
    }
    claims.verified(trusted.issuer.clone())
}

type Members = Map<String, Value>;

/// Whom a token claims to be from, before anything is checked: good for choosing whose keys to try, no more.
pub fn claimed_issuer(token: &str) -> Option<String> {
    let (_, payload) = parts(token).ok()?;
    Claims::read(&payload).ok().map(|claims| claims.issuer)
}

/// Header and payload, decoded; the signature stays as it is.
fn parts(token: &str) -> Result<(Members, Members), Unverified> {
    if token.len() > LONGEST {
        return Err(Unverified::Malformed);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Unverified::Malformed);
    };
    if signature.is_empty() {
        return Err(Unverified::Malformed);
    }
    let object = |part: &str| {
        let bytes = BASE64URL_NOPAD
            .decode(part.as_bytes())
            .map_err(|_| Unverified::Malformed)?;
        strict_json::object(&bytes).ok_or(Unverified::Malformed)
    };
    Ok((object(header)?, object(payload)?))
}

struct Header {
    algorithm: String,
    key_id: String,
    kind: Option<String>,
}

/// Header members that would have us take a key from the token, obey an extension, or decode something else.
const REFUSED_MEMBERS: &[&str] = &[
    "crit", "jwk", "jku", "x5u", "x5c", "b64", "cty", "enc", "zip", "epk", "url", "p2c", "p2s",
];

impl Header {
    fn read(header: &Map<String, Value>) -> Result<Header, Unverified> {
        if let Some(member) = REFUSED_MEMBERS
            .iter()
            .find(|member| header.contains_key(**member))
        {
            return Err(Unverified::Header(member));
        }
        let text = |name: &'static str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_KEY_ID => Ok(Some(text.clone())),
            Some(_) => Err(Unverified::Header(name)),
        };
        Ok(Header {
            algorithm: text("alg")?.ok_or(Unverified::Header("alg"))?,
            key_id: text("kid")?.ok_or(Unverified::Header("kid"))?,
            kind: text("typ")?,
        })
    }

    /// Ours say `JWT`; a provider's may also be silent or say that they are access tokens (RFC 9068).
    fn check_type(&self, is_own: bool) -> Result<(), Unverified> {
        let kind = self
            .kind
            .as_deref()
            .map(|kind| kind.trim_start_matches("application/").to_ascii_lowercase());
        match kind.as_deref() {
            Some("jwt") => Ok(()),
            None | Some("at+jwt") if !is_own => Ok(()),
            _ => Err(Unverified::Header("typ")),
        }
    }
}

/// Signature, issuer and audience, by the library. It is told to leave the times to us: it asks the machine
/// for them and takes fractions (ruling 14).
fn check_signature(token: &str, key: &TokenKey, trusted: &TrustedIssuer) -> Result<(), Unverified> {
    let mut validation = Validation::new(key.algorithm);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_issuer(&[trusted.name()]);
    validation.set_audience(&[&trusted.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    jsonwebtoken::decode::<serde::de::IgnoredAny>(token, &key.key, &validation)
        .map(|_| ())
        .map_err(|_| Unverified::Signature)
}

/// As in a header. The algorithms that a key can have are those that `issuer` gives out.
fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDSA => "EdDSA",
        Algorithm::ES256 => "ES256",
        Algorithm::ES384 => "ES384",
        Algorithm::RS256 => "RS256",
        Algorithm::PS256 => "PS256",
        _ => "",
    }
}

/// A token that this installation is about to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnToken {
    /// The user's id.
    pub user: Uuid,
    /// The account that it is for, if one is fixed.
    pub account: Option<Uuid>,
    /// The groups that it is narrowed to, if it is.
    pub groups: Option<Vec<String>>,
    /// Its own id.
    pub token_id: Uuid,
    /// From when.
    pub issued_at: Instant,
    /// For how long: a second to [`LONGEST_LIFE`].
    pub life: TimeDelta,
}

impl OwnToken {
    /// Header and payload, joined as they are signed. The key's id says which key signs.
    pub fn signing_input(&self, key_id: &str) -> Result<String, Refusal> {
        if self.life < TimeDelta::seconds(1) || self.life > LONGEST_LIFE {
            return Err(Refusal::new(
                Code::InvalidSetting,
                "a token lives for a second to 24 hours; ask for less",
            ));
        }
        let header = serde_json::json!({ "alg": "EdDSA", "kid": key_id, "typ": "JWT" });
        let issued_at = self.issued_at.timestamp();
        let mut payload = serde_json::json!({
            "iss": OWN_NAME, "aud": OWN_NAME, "sub": self.user.to_string(),
            "iat": issued_at, "exp": issued_at + self.life.num_seconds(), "jti": self.token_id.to_string(),
        });
        if let Some(account) = self.account {
            payload["account"] = account.to_string().into();
        }
        if let Some(groups) = &self.groups {
            claims::check_groups(groups).map_err(|_| {
                Refusal::new(Code::InvalidSetting, "a token names too many groups; name fewer")
            })?;
            payload["groups"] = groups.clone().into();
        }
        let encode = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        Ok(format!("{}.{}", encode(&header), encode(&payload)))
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
