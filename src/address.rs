//! When two e-mail addresses are the same address (ruling 4).
//!
//! Normal form: trimmed, NFC, lower case as a whole, the domain as an IDNA A-label; dots and plus-tags are
//! kept, because without them different people become one. Must not know why addresses are compared.

use unicode_normalization::UnicodeNormalization;

/// The version of these rules; it stands beside every keyed token made from a normal form, because a change
/// of rule would silently un-suppress people.
pub const NORMALIZER_VERSION: i64 = 1;

/// The longest address that is taken, in bytes of the normal form (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 254;

/// An address in both forms: as it was written, and as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// As given, trimmed of white space.
    pub original: String,
    /// As compared.
    pub normalized: String,
}

/// Why a text is not an address. Says what is wrong without quoting the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// Not exactly one `@` that has something on both sides.
    #[error("the address must have one @ with text on both sides")]
    NoAt,
    /// White space, control characters, angle brackets, commas and the like.
    #[error("the address has a character that addresses do not have")]
    BadCharacter,
    /// A dot at an end of the local part, or two in a row.
    #[error("the part before the @ has a dot at an end or two dots in a row")]
    BadDots,
    /// Not a domain name.
    #[error("the part after the @ is not a domain name")]
    BadDomain,
    /// Longer than 64 bytes before the `@` or 254 in all.
    #[error("the address is too long")]
    TooLong,
}

impl Address {
    /// Reads an address, or says why it is none.
    pub fn parse(text: &str) -> Result<Address, NotAnAddress> {
        let original: String = text.trim().trim_start_matches('\u{feff}').nfc().collect();
        if original.is_empty() {
            return Err(NotAnAddress::Empty);
        }
        let (local, domain) = original.rsplit_once('@').ok_or(NotAnAddress::NoAt)?;
        if local.is_empty() || domain.is_empty() {
            return Err(NotAnAddress::NoAt);
        }
        if local.contains('@') {
            return Err(NotAnAddress::NoAt);
        }
        let bad =
            |c: char| c.is_whitespace() || c.is_control() || "<>(),;:\"[]\\".contains(c) || is_invisible(c);
        if original.chars().any(bad) {
            return Err(NotAnAddress::BadCharacter);
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(NotAnAddress::BadDots);
        }
        let domain = domain.strip_suffix('.').unwrap_or(domain);
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| NotAnAddress::BadDomain)?;
        if domain.is_empty() || !domain.contains('.') {
            return Err(NotAnAddress::BadDomain);
        }
        let local: String = local.to_lowercase().nfc().collect();
        let normalized = format!("{local}@{domain}");
        if local.len() > 64 || normalized.len() > LONGEST {
            return Err(NotAnAddress::TooLong);
        }
        Ok(Address { original, normalized })
    }

    /// The domain of the normal form, as an A-label.
    pub fn domain(&self) -> &str {
        self.normalized.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Characters that a reader cannot see and that would make two addresses look alike.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Result<String, NotAnAddress> {
        Address::parse(text).map(|address| address.normalized)
    }

    #[test]
    fn addresses_that_mean_the_same_have_one_normal_form() {
        let cases = [
            (" Ana@Example.TEST ", "ana@example.test"),
            ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example"),
            (
                "ju\u{308}rgen@bu\u{308}cher.example",
                "jürgen@xn--bcher-kva.example",
            ),
            ("JÜRGEN@xn--bcher-kva.example", "jürgen@xn--bcher-kva.example"),
            ("ana+news@example.test", "ana+news@example.test"),
            ("o'hara@example.test.", "o'hara@example.test"),
        ];
        for (text, expected) in cases {
            assert_eq!(normal(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        let cases = [
            ("", NotAnAddress::Empty),
            ("   ", NotAnAddress::Empty),
            ("ana", NotAnAddress::NoAt),
            ("@example.test", NotAnAddress::NoAt),
            ("ana@", NotAnAddress::NoAt),
            ("a@b@example.test", NotAnAddress::NoAt),
            ("a na@example.test", NotAnAddress::BadCharacter),
            ("ana\u{0}@example.test", NotAnAddress::BadCharacter),
            ("ana\u{200b}@example.test", NotAnAddress::BadCharacter),
            ("<ana@example.test>", NotAnAddress::BadCharacter),
            (".ana@example.test", NotAnAddress::BadDots),
            ("a..na@example.test", NotAnAddress::BadDots),
            ("ana@localhost", NotAnAddress::BadDomain),
            ("ana@-bad-.test", NotAnAddress::BadDomain),
        ];
        for (text, reason) in cases {
            assert_eq!(normal(text), Err(reason), "{text:?}");
        }
        assert_eq!(
            normal(&format!("{}@example.test", "a".repeat(65))),
            Err(NotAnAddress::TooLong)
        );
    }

    proptest::proptest! {
        #[test]
        fn the_normal_form_of_a_normal_form_is_itself(text in "[a-zA-Zéß+._-]{1,12}@[a-zü]{1,8}\\.(test|example)") {
            if let Ok(once) = normal(&text) {
                proptest::prop_assert_eq!(normal(&once), Ok(once.clone()));
            }
        }
    }
}
