//! What a custom field takes: one text for each value, in the form that the field's kind asks for. Pure.

use chrono::{DateTime, NaiveDate};
use entities::value::FieldKind;

use crate::address::Address;
use crate::cell::instant_text;
use crate::work::plain_text::{is_country, is_url, line, lines};

/// A custom field, as far as its values are concerned.
#[derive(Clone, Debug)]
pub struct Field {
    /// What it holds.
    pub kind: FieldKind,
    /// The choices, for fields with choices.
    pub options: Vec<String>,
}

impl Field {
    /// Whether it may hold several values.
    pub fn takes_several(&self) -> bool {
        self.kind == FieldKind::MultipleChoice
    }

    /// A value in its stored form, or why it is none.
    pub fn read(&self, text: &str) -> Result<String, &'static str> {
        let text = match self.kind {
            FieldKind::Textarea | FieldKind::Address | FieldKind::Consent => lines(text)?,
            _ => line(text, 1_000)?,
        };
        if text.is_empty() {
            return Err("a value is empty; leave it out to clear the field");
        }
        let fits = |fits: bool, message| if fits { Ok(text.clone()) } else { Err(message) };
        match self.kind {
            FieldKind::Text
            | FieldKind::Textarea
            | FieldKind::State
            | FieldKind::City
            | FieldKind::Consent
            | FieldKind::Address => Ok(text),
            FieldKind::PostalCode => fits(text.len() <= 16, "a postal code has at most 16 characters"),
            FieldKind::Email => match Address::parse(&text) {
                Ok(address) => Ok(address.original),
                Err(_) => Err("this is no e-mail address"),
            },
            FieldKind::Url => fits(is_url(&text), "a web address begins with http:// or https://"),
            FieldKind::Phone => fits(
                is_phone(&text),
                "a telephone number has digits, spaces and + ( ) - . /",
            ),
            FieldKind::Number => fits(is_number(&text), "a number is written like -12.5"),
            FieldKind::Date => fits(is_date(&text), "a date is written like 2026-03-01"),
            FieldKind::Datetime => match DateTime::parse_from_rfc3339(&text) {
                Ok(at) => Ok(instant_text(at.to_utc())),
                Err(_) => Err("a moment is written like 2026-03-01T09:00:00Z"),
            },
            FieldKind::Boolean => match text.to_ascii_lowercase().as_str() {
                word @ ("true" | "false") => Ok(word.to_owned()),
                _ => Err("the field takes true and false"),
            },
            FieldKind::Choice | FieldKind::MultipleChoice => {
                fits(self.options.contains(&text), "the field takes one of its options")
            }
            FieldKind::Country => fits(
                is_country(&text),
                "a country is two capital letters of ISO 3166-1, for example DE",
            ),
            FieldKind::Rating => fits(
                text.parse::<u8>().is_ok_and(|stars| stars <= 10),
                "a rating is a whole number from 0 to 10",
            ),
            FieldKind::Birthday => fits(
                is_date(&text) || is_date(&format!("2000-{text}")),
                "a birthday is written like 02-29 or 1990-02-28",
            ),
        }
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut parts = digits.splitn(2, '.');
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits.len() <= 40 && parts.all(is_part)
}

fn is_phone(text: &str) -> bool {
    text.len() <= 40
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+()-./ ".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_field_takes_its_own_form() {
        use FieldKind as Kind;
        let cases = [
            (Kind::Text, " Ana ", Some("Ana")),
            (Kind::Text, "a\nb", None),
            (Kind::Text, "", None),
            (Kind::Textarea, "a\nb", Some("a\nb")),
            (Kind::Email, "Ana@Example.test", Some("Ana@Example.test")),
            (Kind::Email, "ana", None),
            (
                Kind::Url,
                "https://example.test/x",
                Some("https://example.test/x"),
            ),
            (Kind::Url, "javascript:alert(1)", None),
            (Kind::Phone, "+49 (30) 12-34", Some("+49 (30) 12-34")),
            (Kind::Phone, "call me", None),
            (Kind::Number, "-12.50", Some("-12.50")),
            (Kind::Number, "1e9", None),
            (Kind::Number, "1.", None),
            (Kind::Date, "2024-02-29", Some("2024-02-29")),
            (Kind::Date, "2023-02-29", None),
            (
                Kind::Datetime,
                "2026-03-01T10:00:00+01:00",
                Some("2026-03-01T09:00:00Z"),
            ),
            (Kind::Datetime, "2026-03-01", None),
            (Kind::Boolean, "TRUE", Some("true")),
            (Kind::Boolean, "yes", None),
            (Kind::Choice, "red", Some("red")),
            (Kind::Choice, "Red", None),
            (Kind::MultipleChoice, "blue", Some("blue")),
            (Kind::Country, "DE", Some("DE")),
            (Kind::Country, "Germany", None),
            (Kind::Rating, "5", Some("5")),
            (Kind::Rating, "11", None),
            (Kind::Birthday, "02-29", Some("02-29")),
            (Kind::Birthday, "02-30", None),
            (Kind::PostalCode, "10115", Some("10115")),
        ];
        for (kind, text, expected) in cases {
            let field = Field {
                kind,
                options: vec!["red".into(), "blue".into()],
            };
            assert_eq!(field.read(text).ok().as_deref(), expected, "{kind:?} {text:?}");
        }
    }
}
