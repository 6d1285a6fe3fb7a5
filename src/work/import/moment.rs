//! Reads the times that other platforms write. What can be read in two ways is not read at all: a proof of consent
//! must not hold a guess.
//!
//! Must not know which column a time comes from.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

use super::record::Moment;
use crate::clock::Instant;

/// How times are written.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeForm {
    /// `2024-07-22 14:58:23` without a zone, which is UTC; some files have slashes.
    Mailchimp,
    /// Go's default, `2024-07-22 14:58:23.1 +0000 +0000`, or RFC 3339.
    Go,
    /// As a mapping says: a format of `strftime`, or RFC 3339 and its plainer relatives; and the offset of what has none.
    Mapped {
        /// `strftime` format.
        format: Option<String>,
        /// For times without an offset.
        offset: FixedOffset,
    },
}

impl TimeForm {
    /// Reads a cell; `None` if it states no time.
    pub fn read(&self, cell: &str) -> Option<Moment> {
        let raw = cell.trim();
        if raw.is_empty() || raw.starts_with("0000-00-00") || raw.starts_with("0001-01-01") {
            return None;
        }
        let at = match self {
            TimeForm::Mailchimp => plain(raw, &Utc).or_else(|| slashes(raw)),
            TimeForm::Go => go(raw).or_else(|| rfc3339(raw)),
            TimeForm::Mapped { format: None, offset } => rfc3339(raw).or_else(|| plain(raw, offset)),
            TimeForm::Mapped {
                format: Some(format),
                offset,
            } => formatted(raw, format, offset),
        };
        Some(Moment {
            at: at.and_then(sensible),
            raw: raw.to_owned(),
        })
    }

    /// Whether `format` is one that can be read with.
    pub fn is_format(format: &str) -> bool {
        !StrftimeItems::new(format).any(|item| matches!(item, Item::Error))
    }
}

/// Cuts to the microsecond; nobody subscribed to anything before 1970 or after 9999.
fn sensible(at: Instant) -> Option<Instant> {
    let at = DateTime::from_timestamp_micros(at.timestamp_micros())?;
    (1970..=9999).contains(&at.year()).then_some(at)
}

fn local<Z: TimeZone>(naive: NaiveDateTime, zone: &Z) -> Option<Instant> {
    Some(zone.from_local_datetime(&naive).single()?.with_timezone(&Utc))
}

fn plain<Z: TimeZone>(text: &str, zone: &Z) -> Option<Instant> {
    let date_time = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let read = |format: &&str| NaiveDateTime::parse_from_str(text, format).ok();
    let midnight = || {
        Some(
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()?
                .and_time(NaiveTime::MIN),
        )
    };
    local(date_time.iter().find_map(read).or_else(midnight)?, zone)
}

/// The year first is certain. The year last is read only where day and month cannot be taken for each other.
fn slashes(text: &str) -> Option<Instant> {
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    let parts: Vec<&str> = date.split('/').collect();
    let [first, second, third] = parts[..] else {
        return None;
    };
    if first.len() == 4 {
        return plain(&format!("{first}-{second}-{third} {time}"), &Utc);
    }
    let (one, two): (u32, u32) = (first.parse().ok()?, second.parse().ok()?);
    let (month, day) = match (one > 12, two > 12) {
        (true, false) => (two, one),
        (false, true) => (one, two),
        _ if one == two => (one, two),
        _ => return None,
    };
    (third.len() == 4).then(|| plain(&format!("{third}-{month}-{day} {time}"), &Utc))?
}

fn rfc3339(text: &str) -> Option<Instant> {
    Some(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc))
}

/// Date, time, offset; the zone's name and the monotonic reading that may follow say nothing more.
fn go(text: &str) -> Option<Instant> {
    let mut words = text.split_whitespace();
    let (date, time, offset) = (words.next()?, words.next()?, words.next()?);
    let joined = format!("{date} {time} {offset}");
    let read = DateTime::parse_from_str(&joined, "%Y-%m-%d %H:%M:%S%.f %z");
    Some(read.ok()?.with_timezone(&Utc))
}

fn formatted(text: &str, format: &str, offset: &FixedOffset) -> Option<Instant> {
    if let Ok(at) = DateTime::parse_from_str(text, format) {
        return Some(at.with_timezone(&Utc));
    }
    let date_time = NaiveDateTime::parse_from_str(text, format).ok();
    let midnight = || {
        Some(
            NaiveDate::parse_from_str(text, format)
                .ok()?
                .and_time(NaiveTime::MIN),
        )
    };
    local(date_time.or_else(midnight)?, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::instant_text;

    fn check(form: &TimeForm, cases: &[(&str, Option<&str>)]) {
        for (text, expected) in cases {
            let moment = form.read(text).expect(text);
            assert_eq!(moment.at.map(instant_text).as_deref(), *expected, "{text}");
            assert_eq!(moment.raw, text.trim());
        }
    }

    #[test]
    fn times_without_a_zone_are_utc_and_ambiguous_ones_are_not_read() {
        check(
            &TimeForm::Mailchimp,
            &[
                ("2019-03-04 05:06:07", Some("2019-03-04T05:06:07Z")),
                (" 2019-03-04 05:06 ", Some("2019-03-04T05:06:00Z")),
                ("2019/03/04 05:06:07", Some("2019-03-04T05:06:07Z")),
                ("12/31/2019 05:06:07", Some("2019-12-31T05:06:07Z")),
                ("31/12/2019 05:06", Some("2019-12-31T05:06:00Z")),
                ("03/04/2019 05:06:07", None),
                ("03/04/19", None),
                ("2019-02-30 00:00:00", None),
                ("1009-01-01 00:00:00", None),
                ("yesterday", None),
            ],
        );
        assert_eq!(TimeForm::Mailchimp.read("0000-00-00 00:00:00"), None);
        assert_eq!(TimeForm::Mailchimp.read("  "), None);
    }

    #[test]
    fn go_writes_its_zone_twice() {
        check(
            &TimeForm::Go,
            &[
                (
                    "2024-07-22 14:58:23.1 +0000 +0000",
                    Some("2024-07-22T14:58:23.100Z"),
                ),
                (
                    "2024-07-22 14:58:23.123456789 +0200 CEST",
                    Some("2024-07-22T12:58:23.123456Z"),
                ),
                (
                    "2024-07-22 14:58:23 +0000 UTC m=+0.01",
                    Some("2024-07-22T14:58:23Z"),
                ),
                ("2024-07-22T14:58:23.1+02:00", Some("2024-07-22T12:58:23.100Z")),
                ("2024-07-22 14:58:23", None),
            ],
        );
    }

    #[test]
    fn a_mapping_says_format_and_offset() {
        let offset = FixedOffset::east_opt(3600).unwrap();
        let german = TimeForm::Mapped {
            format: Some("%d.%m.%Y %H:%M".into()),
            offset,
        };
        check(
            &german,
            &[
                ("04.03.2019 05:06", Some("2019-03-04T04:06:00Z")),
                ("2019-03-04", None),
            ],
        );
        let date = TimeForm::Mapped {
            format: Some("%d.%m.%Y".into()),
            offset,
        };
        check(&date, &[("04.03.2019", Some("2019-03-03T23:00:00Z"))]);
        let default = TimeForm::Mapped { format: None, offset };
        check(
            &default,
            &[
                ("2019-03-04T05:06:07Z", Some("2019-03-04T05:06:07Z")),
                ("2019-03-04", Some("2019-03-03T23:00:00Z")),
            ],
        );
        assert!(TimeForm::is_format("%Y") && !TimeForm::is_format("%Q!"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "\\PC{0,30}") {
            for form in [TimeForm::Mailchimp, TimeForm::Go] {
                let _ = form.read(&text);
            }
        }
    }
}
