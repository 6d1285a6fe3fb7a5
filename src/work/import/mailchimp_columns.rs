//! Which column of a Mailchimp file is what.
//!
//! The audience's own fields come first, under labels of the user; then the platform's columns under fixed names,
//! some of them twice; so a fixed name before the block of the platform's columns is the user's. Must not
//! know what is done with the cells.

use std::collections::HashMap;

use super::label::{Fields, Glance};
use super::record::IncomingList;
use super::target::Target;
use crate::error::{Code, Refusal, Result};
use entities::value::FieldKind;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// A field of ours, or [`Target::Ignore`].
    Ours(Target),
    /// A custom field.
    Field {
        /// Its index in the list.
        index: usize,
        /// Whether it holds telephone numbers, before which a spreadsheet puts an apostrophe.
        is_phone: bool,
    },
}

/// Columns that the block of the platform's own begins with, in one file or another.
const BLOCK_STARTS: [&str; 5] = ["MEMBER_RATING", "OPTIN_TIME", "UNSUB_TIME", "CLEAN_TIME", "LEID"];

/// The platform's columns. Those that are taken nowhere are derived by the platform, or about its own campaigns.
const BLOCK: [(&str, Target); 28] = [
    ("MEMBER_RATING", Target::Ignore),
    ("OPTIN_TIME", Target::OptedInAt),
    ("OPTIN_IP", Target::OptInIp),
    ("CONFIRM_TIME", Target::ConfirmedAt),
    ("CONFIRM_IP", Target::ConfirmIp),
    ("LATITUDE", Target::Ignore),
    ("LONGITUDE", Target::Ignore),
    ("GMTOFF", Target::Ignore),
    ("DSTOFF", Target::Ignore),
    ("TIMEZONE", Target::Timezone),
    ("CC", Target::Country),
    ("REGION", Target::Ignore),
    ("LAST_CHANGED", Target::UpdatedAt),
    ("UNSUB_TIME", Target::OptedOutAt),
    ("UNSUB_CAMPAIGN_TITLE", Target::Ignore),
    ("UNSUB_CAMPAIGN_ID", Target::OptOutCampaign),
    ("UNSUB_REASON", Target::OptOutReason),
    ("UNSUB_REASON_OTHER", Target::OptOutReason),
    ("CLEAN_TIME", Target::StatusChangedAt),
    ("CLEAN_CAMPAIGN_TITLE", Target::Ignore),
    ("CLEAN_CAMPAIGN_ID", Target::Ignore),
    ("LEID", Target::Ignore),
    ("EUID", Target::ExternalId),
    ("NOTES", Target::Ignore),
    ("TAGS", Target::Tags),
    ("EMAIL_TYPE", Target::Ignore),
    ("SOURCE", Target::Ignore),
    ("SMS_MARKETING_STATUS", Target::Ignore),
];

/// Labels of the address that are certain; any other is found by what is under it.
const ADDRESS_LABELS: [&str; 2] = ["email address", "email"];

/// The column of addresses; `None` if there is none to be found and no row that would need it.
pub fn address(header: &[String], glances: &[Glance], file: &str) -> Result<Option<usize>> {
    let by_label = |label: &&str| header.iter().position(|column| column.to_lowercase() == **label);
    if let Some(column) = ADDRESS_LABELS.iter().find_map(by_label) {
        return Ok(Some(column));
    }
    let shares = glances.iter().map(Glance::addresses_in_hundred).enumerate();
    // The first of the best: `max_by_key` alone would give the last.
    match shares.rev().max_by_key(|(_, share)| *share) {
        Some((column, share)) if share >= 50 => Ok(Some(column)),
        _ if glances.iter().all(Glance::is_empty) => Ok(None),
        _ => Err(Refusal::new(
            Code::InvalidFile,
            format!(
                "{file} has no column of e-mail addresses: none is called \"Email Address\", and none of its {} \
                 columns holds addresses",
                header.len()
            ),
        )
        .into()),
    }
}

/// The columns of the files of one list.
#[derive(Default)]
pub struct Columns {
    fields: Fields,
    /// A label may occur several times in a header; the second is another field than the first.
    known: HashMap<(String, usize), (usize, FieldKind)>,
    not_taken: Vec<String>,
}

impl Columns {
    /// Gives every column of one file its role.
    pub fn roles(&mut self, header: &[String], glances: &[Glance], address: usize) -> Vec<Role> {
        let is_start = |label: &String| BLOCK_STARTS.contains(&label.as_str());
        let block = header.iter().position(is_start).unwrap_or(header.len());
        let has_euid = header.iter().skip(block).any(|label| label == "EUID");
        let mut times: HashMap<&str, usize> = HashMap::new();
        let mut has_phone = false;
        let mut roles = Vec::new();
        for (column, label) in header.iter().enumerate() {
            let occurrence = times.entry(label).and_modify(|count| *count += 1).or_insert(0);
            let known = BLOCK.iter().find(|(name, _)| name == label && column >= block);
            let ours = match label.to_lowercase().as_str() {
                _ if column == address => Some(Target::Email),
                "first name" if column < block && *occurrence == 0 => Some(Target::FirstName),
                "last name" if column < block && *occurrence == 0 => Some(Target::LastName),
                "phone" | "phone number" if column < block && !has_phone => Some(Target::Phone),
                "email_type" | "sms_marketing_status" => Some(Target::Ignore),
                "leid" if column >= block && !has_euid => Some(Target::ExternalId),
                _ => known.map(|(_, target)| *target),
            };
            has_phone |= ours == Some(Target::Phone);
            if ours == Some(Target::Ignore) && !self.not_taken.contains(label) {
                self.not_taken.push(label.clone());
            }
            roles.push(match ours {
                Some(target) => Role::Ours(target),
                None => self.field(label, *occurrence, glances.get(column)),
            });
        }
        roles
    }

    fn field(&mut self, label: &str, occurrence: usize, glance: Option<&Glance>) -> Role {
        let kind = glance.map_or(FieldKind::Text, |glance| glance.kind(label));
        let key = (label.to_owned(), occurrence);
        let (index, kind) = match self.known.get(&key) {
            Some(known) => *known,
            None => {
                let index = self.fields.add(label, kind);
                self.known.insert(key, (index, kind));
                (index, kind)
            }
        };
        Role::Field {
            index,
            is_phone: kind == FieldKind::Phone,
        }
    }

    /// The list that these are the columns of.
    pub fn into_list(self, external_id: Option<String>, name: Option<String>) -> IncomingList {
        IncomingList {
            external_id,
            name,
            fields: self.fields.into_fields(),
            columns_not_taken: self.not_taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(labels: &str) -> Vec<String> {
        labels.split(',').map(str::to_owned).collect()
    }

    fn glances(columns: usize, row: &str) -> Vec<Glance> {
        let mut glances = vec![Glance::default(); columns];
        for (glance, cell) in glances.iter_mut().zip(row.split(',')) {
            glance.look(cell);
        }
        glances
    }

    #[test]
    fn the_address_is_found_by_label_or_by_content() {
        let cases = [
            ("Email Address,x", "", Some(0)),
            ("Email,Email Address", "a@example.test,b@example.test", Some(1)),
            ("x,EMAIL", "a@example.test,", Some(1)),
            (
                "Nom,Adresse e-mail,Autre",
                "Ana,a@example.test,b@example.test",
                Some(1),
            ),
            ("Nom,Adresse", "", None),
        ];
        for (labels, row, expected) in cases {
            let header = header(labels);
            let found = address(&header, &glances(header.len(), row), "a.csv").unwrap();
            assert_eq!(found, expected, "{labels}");
        }
        let header = header("Nom,Ville");
        let refused = address(&header, &glances(2, "Ana,Lyon"), "a.csv").unwrap_err();
        assert!(
            refused.to_string().contains("no column of e-mail addresses"),
            "{refused}"
        );
    }

    #[test]
    fn repeated_columns_are_told_apart_by_their_place() {
        let header = header(
            "Email Address,NOTES,Colour,Colour,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,\
             UNSUB_CAMPAIGN_ID,UNSUB_REASON,LEID,EUID,NOTES,TAGS,Later",
        );
        let mut columns = Columns::default();
        let roles = columns.roles(&header, &glances(header.len(), ""), 0);
        let field = |index| Role::Field {
            index,
            is_phone: false,
        };
        let ours = Role::Ours;
        let expected = [
            ours(Target::Email),
            field(0),
            field(1),
            field(2),
            ours(Target::OptedOutAt),
            ours(Target::Ignore),
            ours(Target::OptOutCampaign),
            ours(Target::OptOutReason),
            ours(Target::OptOutCampaign),
            ours(Target::OptOutReason),
            ours(Target::Ignore),
            ours(Target::ExternalId),
            ours(Target::Ignore),
            ours(Target::Tags),
            field(3),
        ];
        assert_eq!(roles, expected);
        let list = columns.into_list(None, None);
        let tags: Vec<&str> = list.fields.iter().map(|field| field.tag.as_str()).collect();
        assert_eq!(tags, ["NOTES", "COLOUR", "COLOUR_2", "LATER"]);
        assert_eq!(list.columns_not_taken, ["UNSUB_CAMPAIGN_TITLE", "LEID", "NOTES"]);
    }

    #[test]
    fn the_files_of_a_list_share_its_fields_whatever_their_order() {
        let mut columns = Columns::default();
        let first = header("Email,Shoe,Hat,OPTIN_TIME");
        let second = header("Hat,Email,Scarf,CLEAN_TIME");
        columns.roles(&first, &glances(4, ""), 0);
        let roles = columns.roles(&second, &glances(4, ""), 1);
        let indexes: Vec<usize> = roles
            .iter()
            .filter_map(|role| match role {
                Role::Field { index, .. } => Some(*index),
                Role::Ours(_) => None,
            })
            .collect();
        assert_eq!(indexes, [1, 2]);
    }
}
