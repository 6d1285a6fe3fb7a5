//! The fields of ours that a column can fill, and how a cell is put there.
//!
//! Must not know how a column was found.

use std::net::IpAddr;

use serde::Deserialize;

use super::moment::TimeForm;
use super::record::{Incoming, Warnings};

/// A field of ours. The words are those of a mapping file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The address.
    Email,
    /// First and last name in one.
    Name,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// Telephone number.
    Phone,
    /// Language.
    Language,
    /// Time zone.
    Timezone,
    /// Country.
    Country,
    /// City.
    City,
    /// The other platform's id.
    ExternalId,
    /// Proof of opting in: time.
    OptedInAt,
    /// Proof of opting in: network address.
    OptInIp,
    /// Proof of confirming: time.
    ConfirmedAt,
    /// Proof of confirming: network address.
    ConfirmIp,
    /// Proof of opting out: time.
    OptedOutAt,
    /// Why the person opted out; several columns are joined.
    OptOutReason,
    /// The campaign by which the person opted out.
    OptOutCampaign,
    /// Since when the status holds.
    StatusChangedAt,
    /// When the row was made.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// Tags.
    Tags,
    /// Nothing: the column is left out on purpose.
    Ignore,
}

/// How several tags stand in one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum TagForm {
    /// `"one","two, and a half"`: a second CSV in the cell.
    Quoted,
    /// Separated by this text.
    Separated(String),
}

/// How the cells of one file are to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Times.
    pub times: TimeForm,
    /// Tags.
    pub tags: TagForm,
}

impl Reading {
    /// Puts a cell into a field. An empty cell states nothing.
    pub fn put(&self, target: Target, cell: &str, into: &mut Incoming, warnings: &mut Warnings) {
        let text = cell.trim();
        if text.is_empty() {
            return;
        }
        let owned = || Some(text.to_owned());
        match target {
            Target::Email | Target::Ignore => {}
            Target::Name => (into.first_name, into.last_name) = split_name(text),
            Target::FirstName => into.first_name = owned(),
            Target::LastName => into.last_name = owned(),
            Target::Phone => into.phone = Some(without_guard(text).to_owned()),
            Target::Language => into.language = owned(),
            Target::Timezone => into.timezone = owned(),
            Target::Country => into.country = owned(),
            Target::City => into.city = owned(),
            Target::ExternalId => into.external_id = owned(),
            Target::OptInIp => into.opt_in_ip = ip(text, warnings),
            Target::ConfirmIp => into.confirm_ip = ip(text, warnings),
            Target::OptOutReason => {
                into.opt_out_reason = Some(match into.opt_out_reason.take() {
                    Some(before) if before == text => before,
                    Some(before) => format!("{before}: {text}"),
                    None => text.to_owned(),
                });
            }
            Target::OptOutCampaign => into.opt_out_campaign = into.opt_out_campaign.take().or_else(owned),
            Target::Tags => into.tags.extend(self.read_tags(text, warnings)),
            Target::OptedInAt
            | Target::ConfirmedAt
            | Target::OptedOutAt
            | Target::StatusChangedAt
            | Target::CreatedAt
            | Target::UpdatedAt => self.put_time(target, text, into, warnings),
        }
    }

    fn put_time(&self, target: Target, text: &str, into: &mut Incoming, warnings: &mut Warnings) {
        let Some(moment) = self.times.read(text) else {
            return;
        };
        if moment.at.is_none() {
            warnings.unreadable_times += 1;
        }
        let place = match target {
            Target::OptedInAt => &mut into.opted_in_at,
            Target::ConfirmedAt => &mut into.confirmed_at,
            Target::OptedOutAt => &mut into.opted_out_at,
            Target::StatusChangedAt => &mut into.status_changed_at,
            Target::CreatedAt => &mut into.created_at,
            _ => &mut into.updated_at,
        };
        *place = Some(moment);
    }

    fn read_tags(&self, text: &str, warnings: &mut Warnings) -> Vec<String> {
        let names = match &self.tags {
            TagForm::Quoted => {
                let (names, is_whole) = quoted_names(text);
                warnings.unreadable_tags += u64::from(!is_whole);
                names
            }
            TagForm::Separated(separator) => text.split(separator.as_str()).map(str::to_owned).collect(),
        };
        let trimmed = names.iter().map(|name| name.trim().to_owned());
        trimmed.filter(|name| !name.is_empty()).collect()
    }
}

/// Takes away the apostrophe that spreadsheets put before a telephone number.
pub fn without_guard(text: &str) -> &str {
    match text.strip_prefix('\'').map(str::trim_start) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit() || "+(-".contains(c)) => rest,
        _ => text,
    }
}

/// A canonical network address, or nothing: dirty accounts hold times in this column.
fn ip(text: &str, warnings: &mut Warnings) -> Option<String> {
    match text.parse::<IpAddr>() {
        Ok(address) => Some(address.to_string()),
        Err(_) => {
            warnings.unreadable_ips += 1;
            None
        }
    }
}

/// The first word is the given name; both together are the whole name again.
fn split_name(text: &str) -> (Option<String>, Option<String>) {
    match text.split_once(char::is_whitespace) {
        Some((first, rest)) => (Some(first.to_owned()), Some(rest.trim().to_owned())),
        None => (Some(text.to_owned()), None),
    }
}

/// Names in double quotes, doubled inside, joined by commas; also says whether every quote was closed.
fn quoted_names(text: &str) -> (Vec<String>, bool) {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    let mut is_whole = true;
    while !rest.is_empty() {
        let Some(inside) = rest.strip_prefix('"') else {
            let (name, after) = rest.split_once(',').unwrap_or((rest, ""));
            names.push(name.to_owned());
            rest = after.trim_start();
            continue;
        };
        let (name, after) = closing_quote(inside);
        is_whole &= after.is_some();
        names.push(name);
        let after = after.unwrap_or_default();
        // Between a closing quote and the comma there is nothing worth a tag.
        rest = after.split_once(',').map_or("", |(_, next)| next).trim_start();
    }
    (names, is_whole)
}

/// The text up to the closing quote, and what follows it.
fn closing_quote(text: &str) -> (String, Option<&str>) {
    let mut name = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return (name, Some(after)),
        }
    }
    name.push_str(rest);
    (name, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    fn put(target: Target, cells: &[&str]) -> (Incoming, Warnings) {
        let reading = Reading {
            times: TimeForm::Mailchimp,
            tags: TagForm::Quoted,
        };
        let mut person = Incoming::new("a.csv".into(), 1, Address::parse("ana@example.test").unwrap());
        let mut warnings = Warnings::default();
        for cell in cells {
            reading.put(target, cell, &mut person, &mut warnings);
        }
        (person, warnings)
    }

    #[test]
    fn tags_are_a_list_in_a_cell() {
        let cases: [(&str, &[&str], u64); 7] = [
            (r#""VIP","Winter, 2024""#, &["VIP", "Winter, 2024"], 0),
            (r#""say ""hi""" , "b""#, &["say \"hi\"", "b"], 0),
            ("plain, other", &["plain", "other"], 0),
            (r#""",,"#, &[], 0),
            (r#""open, end"#, &["open, end"], 1),
            ("\"\"\"", &["\""], 1),
            ("  ", &[], 0),
        ];
        for (cell, expected, warned) in cases {
            let (person, warnings) = put(Target::Tags, &[cell]);
            let expected: Vec<String> = expected.iter().map(|name| name.to_string()).collect();
            assert_eq!(
                (person.tags, warnings.unreadable_tags),
                (expected, warned),
                "{cell}"
            );
        }
    }

    #[test]
    fn the_guard_goes_from_phones_only_where_it_guards_something() {
        for (cell, expected) in [
            ("'+1 555", "+1 555"),
            ("' +44", "+44"),
            ("'(0)", "(0)"),
            ("+1", "+1"),
            ("'n/a", "'n/a"),
        ] {
            assert_eq!(put(Target::Phone, &[cell]).0.phone.as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_cell_for_a_network_address_that_holds_something_else_is_left_out_and_counted() {
        let (person, warnings) = put(Target::ConfirmIp, &["2019-01-01 00:00:00"]);
        assert_eq!((person.confirm_ip, warnings.unreadable_ips), (None, 1));
        let (person, warnings) = put(Target::OptInIp, &["2001:DB8::0:1"]);
        assert_eq!(
            (person.opt_in_ip.as_deref(), warnings.unreadable_ips),
            (Some("2001:db8::1"), 0)
        );
    }

    #[test]
    fn reasons_are_joined_and_times_keep_their_text() {
        let (person, _) = put(Target::OptOutReason, &["OTHER", " ", "moved away"]);
        assert_eq!(person.opt_out_reason.as_deref(), Some("OTHER: moved away"));
        let (person, warnings) = put(Target::OptedOutAt, &["03/04/2019 1:00"]);
        let moment = person.opted_out_at.unwrap();
        assert_eq!(
            (moment.at, moment.raw.as_str(), warnings.unreadable_times),
            (None, "03/04/2019 1:00", 1)
        );
    }

    proptest::proptest! {
        #[test]
        fn quoted_names_are_read_back(names in proptest::collection::vec("[a,\" é]{1,6}", 0..5)) {
            let cell: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
            proptest::prop_assert_eq!(quoted_names(&cell.join(",")), (names, true));
        }
    }
}
