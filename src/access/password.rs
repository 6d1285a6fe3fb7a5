//! Passwords: Argon2id, and the same work whether or not the user exists.
//!
//! Slow on purpose: call it on a blocking thread. Must not know users; limiting attempts is `rate`.

use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::{Code, Fault, Refusal, Result};

/// Shortest password, in characters.
pub const SHORTEST: usize = 12;

/// Longest password, in bytes of its normal form.
pub const LONGEST: usize = 256;

/// The most work that a stored hash may ask of us; a row that asks for more is not evaluated.
const MOST_MEMORY_KIBIBYTES: u32 = 256 * 1024;
const MOST_PASSES: u32 = 10;

/// Makes and checks password hashes with one set of costs.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    dummy: String,
}

impl Passwords {
    /// The costs of RFC 9106 as OWASP sets them for sign-in: 19 MiB, two passes, one lane.
    pub fn new() -> Result<Passwords> {
        Passwords::with_costs(19 * 1024, 2)
    }

    /// Other costs: kibibytes of memory, and passes over it.
    pub fn with_costs(memory_kibibytes: u32, passes: u32) -> Result<Passwords> {
        let params = Params::new(memory_kibibytes, passes, 1, None)
            .map_err(|error| Fault::Invariant(format!("costs of password hashes: {error}")))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash_with(&argon2, &rand::random::<[u8; 16]>())?;
        Ok(Passwords { argon2, dummy })
    }

    /// The hash to store, or a refusal of a password that is too short or too long.
    pub fn hash(&self, password: &str) -> Result<String> {
        let normal = normal(password);
        if password.chars().count() < SHORTEST || normal.len() > LONGEST {
            let message =
                format!("the password must have {SHORTEST} characters or more, and at most {LONGEST} bytes");
            return Err(Refusal::new(Code::BadUserInput, message).at(["password"]).into());
        }
        hash_with(&self.argon2, normal.as_bytes())
    }

    /// Whether the password fits the stored hash. Without a hash, or with one that cannot be used, the same
    /// work is done and the answer is no.
    pub fn verify_or_dummy(&self, stored: Option<&str>, password: &str) -> bool {
        let normal = normal(password);
        let usable = stored.and_then(usable).filter(|_| normal.len() <= LONGEST);
        let is_real = usable.is_some();
        let Some(hash) = usable.or_else(|| PasswordHash::new(&self.dummy).ok()) else {
            return false;
        };
        // Bytes beyond the limit are not hashed: the work must not grow with what a stranger sends.
        let bounded = &normal.as_bytes()[..normal.len().min(LONGEST)];
        let fits = self.argon2.verify_password(bounded, &hash).is_ok();
        fits && is_real
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Passwords({:?})", self.argon2.params())
    }
}

fn hash_with(argon2: &Argon2<'_>, password: &[u8]) -> Result<String> {
    let salt: [u8; 16] = rand::random();
    let hash = argon2
        .hash_password_with_salt(password, &salt)
        .map_err(|error| Fault::Invariant(format!("hash of a password: {error}")))?;
    Ok(hash.to_string())
}

/// One password can be typed as several sequences of characters; they count as one.
fn normal(password: &str) -> Zeroizing<String> {
    // Only the beginning is looked at: longer ones are refused by their length anyway.
    Zeroizing::new(password.chars().take(LONGEST + 1).nfc().collect())
}

/// The stored hash, if it is one and does not ask for more work than we give.
fn usable(stored: &str) -> Option<PasswordHash> {
    let hash = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let is_argon2id = hash.algorithm.as_str() == "argon2id";
    let bounded =
        params.m_cost() <= MOST_MEMORY_KIBIBYTES && params.t_cost() <= MOST_PASSES && params.p_cost() == 1;
    (is_argon2id && bounded && hash.hash.is_some()).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::with_costs(8, 1).unwrap()
    }

    #[test]
    fn the_right_password_fits_and_every_other_does_not() {
        let passwords = passwords();
        let hash = passwords.hash("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("correct horse battery").unwrap());
        assert!(passwords.verify_or_dummy(Some(&hash), "correct horse battery"));
        for wrong in [
            "",
            "correct horse battery ",
            "Correct horse battery",
            &"x".repeat(100_000),
        ] {
            assert!(!passwords.verify_or_dummy(Some(&hash), wrong));
        }
    }

    #[test]
    fn a_password_fits_however_its_letters_were_composed() {
        let passwords = passwords();
        let hash = passwords.hash("za\u{308}hlen und mehr").unwrap();
        assert!(passwords.verify_or_dummy(Some(&hash), "z\u{e4}hlen und mehr"));
    }

    #[test]
    fn an_unknown_user_and_a_damaged_hash_never_fit() {
        let passwords = passwords();
        let good = passwords.hash("correct horse battery").unwrap();
        let huge = good.replace("m=8,", "m=4194304,");
        for stored in [
            None,
            Some(""),
            Some("plain"),
            Some("$argon2id$v=19$m=8,t=1,p=1$"),
            Some(&huge),
            Some(&good[..40]),
        ] {
            assert!(
                !passwords.verify_or_dummy(stored, "correct horse battery"),
                "{stored:?}"
            );
        }
    }

    #[test]
    fn passwords_outside_the_bounds_are_refused_by_name() {
        for password in ["short", "elevenchars", &"é".repeat(129)] {
            let error = passwords().hash(password).unwrap_err();
            assert_eq!(error.code(), Code::BadUserInput, "{password}");
        }
        assert!(passwords().hash("twelve chars").is_ok());
    }

    #[test]
    fn the_usual_costs_are_those_of_the_recommendation() {
        let hash = Passwords::new().unwrap().dummy;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }
}
