//! The claims of a token: their types, their bounds and their times, checked by us against our clock.
//!
//! Must not know keys or signatures; what it reads is believed only after `token` has checked them.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::token::{Issuer, Unverified, VerifiedToken};
use crate::clock::Instant;

/// Most groups, and longest name of one in bytes.
const MOST_GROUPS: usize = 100;
const LONGEST_GROUP: usize = 100;

/// Most audiences that one token may name.
const MOST_AUDIENCES: usize = 16;

/// Longest `sub`, `iss`, `jti` and `email`, in bytes.
const LONGEST_NAME: usize = 255;

/// Claims of the right types, not yet believed.
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    subject: String,
    expires: i64,
    not_before: Option<i64>,
    issued: Option<i64>,
    account: Option<Uuid>,
    groups: Option<Vec<String>>,
    verified_email: Option<String>,
    token_id: Option<String>,
}

impl Claims {
    /// Reads the claims; a claim of the wrong type is refused, never counted as absent (CVE-2026-25537).
    pub fn read(payload: &Map<String, Value>) -> Result<Claims, Unverified> {
        check_audience(payload)?;
        let is_verified = match payload.get("email_verified") {
            None => false,
            Some(Value::Bool(is_verified)) => *is_verified,
            Some(_) => return Err(Unverified::Claim("email_verified")),
        };
        Ok(Claims {
            issuer: name(payload, "iss")?.ok_or(Unverified::Claim("iss"))?,
            subject: name(payload, "sub")?.ok_or(Unverified::Claim("sub"))?,
            expires: seconds(payload, "exp")?.ok_or(Unverified::Claim("exp"))?,
            not_before: seconds(payload, "nbf")?,
            issued: seconds(payload, "iat")?,
            account: account(payload)?,
            groups: groups(payload)?,
            verified_email: name(payload, "email")?.filter(|_| is_verified),
            token_id: name(payload, "jti")?,
        })
    }

    /// Whether now lies between the token's times, with the leeway on both sides.
    pub fn check_time(&self, now: i64, leeway: i64) -> Result<(), Unverified> {
        if self.expires.saturating_add(leeway) <= now {
            return Err(Unverified::Time("exp"));
        }
        if self
            .not_before
            .is_some_and(|from| from > now.saturating_add(leeway))
        {
            return Err(Unverified::Time("nbf"));
        }
        if self
            .issued
            .is_some_and(|at| at > now.saturating_add(leeway) || at >= self.expires)
        {
            return Err(Unverified::Time("iat"));
        }
        Ok(())
    }

    /// What our own tokens always have.
    pub fn check_own(&self) -> Result<(), Unverified> {
        let user = uuid(&self.subject).ok_or(Unverified::Claim("sub"))?;
        let issued = self.issued.ok_or(Unverified::Claim("iat"))?;
        let longest = crate::access::token::LONGEST_LIFE.num_seconds();
        if user.is_nil() || self.token_id.is_none() || self.expires.saturating_sub(issued) > longest {
            return Err(Unverified::Claim("sub, jti or exp"));
        }
        Ok(())
    }

    /// What the token says, once it is believed.
    pub fn verified(self, issuer: Issuer) -> Result<VerifiedToken, Unverified> {
        let expires_at = Instant::from_timestamp(self.expires, 0).ok_or(Unverified::Claim("exp"))?;
        Ok(VerifiedToken {
            issuer,
            subject: self.subject,
            account: self.account,
            groups: self.groups,
            verified_email: self.verified_email,
            token_id: self.token_id,
            expires_at,
        })
    }
}

/// Whether a list of groups is within its bounds.
pub fn check_groups(groups: &[String]) -> Result<(), Unverified> {
    let fits = |group: &String| !group.is_empty() && group.len() <= LONGEST_GROUP;
    if groups.len() > MOST_GROUPS || !groups.iter().all(fits) {
        return Err(Unverified::Claim("groups"));
    }
    Ok(())
}

/// Text that is not empty, not long, and has no control characters.
fn name(payload: &Map<String, Value>, claim: &'static str) -> Result<Option<String>, Unverified> {
    match payload.get(claim) {
        None => Ok(None),
        Some(Value::String(text))
            if !text.is_empty() && text.len() <= LONGEST_NAME && !text.contains(char::is_control) =>
        {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(Unverified::Claim(claim)),
    }
}

/// A whole number of seconds from 1970 to 9999.
fn seconds(payload: &Map<String, Value>, claim: &'static str) -> Result<Option<i64>, Unverified> {
    let Some(value) = payload.get(claim) else {
        return Ok(None);
    };
    let seconds = value
        .as_i64()
        .filter(|seconds| (0..253_402_300_800).contains(seconds));
    seconds.map(Some).ok_or(Unverified::Claim(claim))
}

/// One audience or a short list of them; the library compares them with ours.
fn check_audience(payload: &Map<String, Value>) -> Result<(), Unverified> {
    match payload.get("aud") {
        Some(Value::String(_)) => Ok(()),
        Some(Value::Array(list))
            if (1..=MOST_AUDIENCES).contains(&list.len()) && list.iter().all(Value::is_string) =>
        {
            Ok(())
        }
        _ => Err(Unverified::Claim("aud")),
    }
}

fn account(payload: &Map<String, Value>) -> Result<Option<Uuid>, Unverified> {
    match payload.get("account") {
        None => Ok(None),
        Some(Value::String(text)) => uuid(text).map(Some).ok_or(Unverified::Claim("account")),
        Some(_) => Err(Unverified::Claim("account")),
    }
}

/// A UUID in its one usual spelling; the other spellings that the library reads would be second names.
fn uuid(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.to_string() == text).then_some(id)
}

fn groups(payload: &Map<String, Value>) -> Result<Option<Vec<String>>, Unverified> {
    let Some(value) = payload.get("groups") else {
        return Ok(None);
    };
    let list = value.as_array().ok_or(Unverified::Claim("groups"))?;
    let names: Option<Vec<String>> = list.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    let names = names.ok_or(Unverified::Claim("groups"))?;
    check_groups(&names)?;
    Ok(Some(names))
}
