//! What people write into single columns: how long it may be, and what form it must have.

use crate::address::Address;
use crate::cell::Cell;
use crate::error::{Code, Refusal};

/// The longest single line, in characters.
const LONGEST_LINE: usize = 255;

/// The longest text of several lines, in characters.
const LONGEST_TEXT: usize = 10_000;

/// A column's new value, checked; what is empty counts as none. `field` names it in the input.
pub fn check(column: &str, value: Cell, field: &str) -> Result<Cell, Refusal> {
    let Cell::Text(text) = value else {
        return Ok(value);
    };
    let wrong = |message: &str| Refusal::new(Code::BadUserInput, message).at([field]);
    let text = line(&text, LONGEST_LINE).map_err(wrong)?;
    if text.is_empty() {
        return Ok(Cell::Null);
    }
    let fits = match column {
        "country" => is_country(&text),
        "timezone" => is_zone(&text),
        "locale" | "language" => is_tag(&text),
        "website" => is_url(&text),
        _ => true,
    };
    if !fits {
        return Err(wrong(match column {
            "country" => "a country is two capital letters of ISO 3166-1, for example DE",
            "timezone" => "a time zone is a name of the IANA database, for example Europe/Paris",
            "locale" | "language" => "a language is a BCP 47 tag, for example en or pt-BR",
            _ => "a web address begins with http:// or https://",
        }));
    }
    Ok(text.into())
}

/// A single line, trimmed.
pub fn line(text: &str, longest: usize) -> Result<String, &'static str> {
    let text = text.trim();
    if text.chars().count() > longest {
        return Err("the text is too long");
    }
    if text.chars().any(char::is_control) {
        return Err("the text has a control character");
    }
    Ok(text.to_owned())
}

/// Text of several lines, trimmed.
pub fn lines(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.chars().count() > LONGEST_TEXT {
        return Err("the text is too long");
    }
    let bad = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(bad) {
        return Err("the text has a control character");
    }
    Ok(text.to_owned())
}

/// A name that must be there.
pub fn name(text: &str, field: &str) -> Result<String, Refusal> {
    let wrong = |message: &str| Refusal::new(Code::BadUserInput, message).at([field]);
    let text = line(text, 100).map_err(wrong)?;
    if text.is_empty() {
        return Err(wrong("the name is empty"));
    }
    Ok(text)
}

/// Text that need not be there.
pub fn optional(text: Option<&str>, field: &str) -> Result<Cell, Refusal> {
    let text = lines(text.unwrap_or_default())
        .map_err(|message| Refusal::new(Code::BadUserInput, message).at([field]))?;
    Ok(if text.is_empty() { Cell::Null } else { text.into() })
}

/// An address.
pub fn address(text: &str, field: &str) -> Result<Address, Refusal> {
    Address::parse(text).map_err(|reason| Refusal::new(Code::BadUserInput, reason.to_string()).at([field]))
}

/// Two capital letters.
pub fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// `http://` or `https://` and a host.
pub fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
        && !text.chars().any(char::is_whitespace)
}

fn is_zone(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte))
}

fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic()) && parts.all(is_part)
}
