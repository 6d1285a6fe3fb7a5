//! What follows from the label of a column and a look at its first cells: a merge tag and a kind.
//!
//! Must not know which platform wrote the column.

use std::collections::HashSet;

use entities::value::FieldKind;
use unicode_normalization::UnicodeNormalization;

use super::record::IncomingField;
use super::target::without_guard;
use crate::address::Address;

/// Tags that a campaign's text already gives a meaning.
const RESERVED: [&str; 22] = [
    "EMAIL",
    "FNAME",
    "LNAME",
    "NAME",
    "PHONE",
    "STATUS",
    "LIST",
    "LIST_NAME",
    "DATE",
    "DATETIME",
    "SUBJECT",
    "CAMPAIGN",
    "CAMPAIGN_NAME",
    "COMPANY",
    "COMPANY_NAME",
    "UNSUBSCRIBE",
    "UNSUBSCRIBE_URL",
    "ARCHIVE",
    "FORWARD",
    "REWARDS",
    "SUBSCRIBER_ID",
    "UPDATE_PROFILE",
];

const LONGEST_TAG: usize = 40;

/// Labels of a postal address, as platforms give them.
const POSTAL: [&str; 5] = [
    "address",
    "postal address",
    "mailing address",
    "shipping address",
    "billing address",
];

/// The fields of one list, each under a tag of its own.
#[derive(Debug, Default)]
pub struct Fields {
    fields: Vec<IncomingField>,
    taken: HashSet<String>,
}

impl Fields {
    /// Adds a field; its index stays.
    pub fn add(&mut self, label: &str, kind: FieldKind) -> usize {
        let tag = self.free_tag(label);
        self.add_with_tag(label, tag, kind)
    }

    /// Keeps a tag for a field that is added later; false if it is reserved or taken.
    pub fn reserve(&mut self, tag: &str) -> bool {
        self.is_free(tag) && self.taken.insert(tag.to_owned())
    }

    /// Adds a field under a tag that was kept for it, or is free.
    pub fn add_with_tag(&mut self, label: &str, tag: String, kind: FieldKind) -> usize {
        self.taken.insert(tag.clone());
        self.fields.push(IncomingField {
            label: label.to_owned(),
            tag,
            kind,
            class: None,
        });
        self.fields.len() - 1
    }

    fn is_free(&self, tag: &str) -> bool {
        !RESERVED.contains(&tag) && !self.taken.contains(tag)
    }

    /// The fields, to be changed after all were added.
    pub fn into_fields(self) -> Vec<IncomingField> {
        self.fields
    }

    fn free_tag(&self, label: &str) -> String {
        let base = tag(label);
        if self.is_free(&base) {
            return base;
        }
        let numbered = (2..).map(|number: u32| format!("{base}_{number}"));
        let mut free = numbered.filter(|tag| self.is_free(tag));
        free.next().unwrap_or(base)
    }
}

/// Whether a text has the form of a merge tag.
pub fn is_tag(text: &str) -> bool {
    text.len() <= LONGEST_TAG
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// A merge tag out of a label: `Größe (EU)` gives `GROSSE_EU`, what has no Latin letter gives `FIELD`.
fn tag(label: &str) -> String {
    let mut tag = String::new();
    for c in label.replace('ß', "ss").nfkd().filter(|c| !is_mark(*c)) {
        if c.is_ascii_alphanumeric() {
            tag.push(c.to_ascii_uppercase());
        } else if !tag.is_empty() && !tag.ends_with('_') {
            tag.push('_');
        }
        if tag.len() >= LONGEST_TAG - 8 {
            break;
        }
    }
    let tag = tag.trim_end_matches('_');
    match tag.chars().next() {
        None => "FIELD".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("FIELD_{tag}"),
        Some(_) => tag.to_owned(),
    }
}

fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// What the first cells of a column look like.
#[derive(Clone, Debug, Default)]
pub struct Glance {
    filled: u32,
    addresses: u32,
    phones: u32,
    numbers: u32,
    dates: u32,
    times: u32,
    birthdays: u32,
    links: u32,
    truths: u32,
}

impl Glance {
    /// Looks at one more cell.
    pub fn look(&mut self, cell: &str) {
        let text = cell.trim();
        if text.is_empty() {
            return;
        }
        self.filled += 1;
        self.addresses += u32::from(Address::parse(text).is_ok());
        self.phones += u32::from(is_phone(text));
        self.numbers += u32::from(is_number(text));
        self.dates += u32::from(is_shaped(text, "0000-00-00"));
        self.times += u32::from(is_shaped(text.get(..16).unwrap_or_default(), "0000-00-00 00:00"));
        self.birthdays += u32::from(is_shaped(text, "00/00"));
        self.links += u32::from(text.starts_with("https://") || text.starts_with("http://"));
        self.truths += u32::from(matches!(text, "true" | "false"));
    }

    /// Whether no cell was filled.
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// The share of the filled cells that are addresses, in percent; 0 if none is filled.
    pub fn addresses_in_hundred(&self) -> u32 {
        (self.addresses * 100).checked_div(self.filled).unwrap_or(0)
    }

    /// The kind that label and cells suggest; text if nothing does.
    pub fn kind(&self, label: &str) -> FieldKind {
        let most = |count: u32| self.filled > 0 && count * 10 >= self.filled * 9;
        let by_cells = [
            (self.addresses, FieldKind::Email),
            (self.phones, FieldKind::Phone),
            (self.birthdays, FieldKind::Birthday),
            (self.dates, FieldKind::Date),
            (self.times, FieldKind::Datetime),
            (self.numbers, FieldKind::Number),
            (self.links, FieldKind::Url),
            (self.truths, FieldKind::Boolean),
        ];
        let label = label.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| label.contains(word));
        if says(&["phone", "mobile", "telefon", "téléphone", "teléfono", "whatsapp"]) || label == "tel" {
            FieldKind::Phone
        } else if POSTAL.contains(&label.as_str()) {
            FieldKind::Address
        } else if says(&["zip code", "postal code", "postcode"]) || label == "zip" {
            FieldKind::PostalCode
        } else {
            by_cells
                .into_iter()
                .find(|(count, _)| most(*count))
                .map_or(FieldKind::Text, |(_, kind)| kind)
        }
    }
}

/// With a country code only: without one, a telephone number and a customer number look the same.
fn is_phone(text: &str) -> bool {
    let text = without_guard(text);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.starts_with('+')
        && (7..=15).contains(&digits)
        && text.chars().all(|c| c.is_ascii_digit() || "+ ()-./".contains(c))
}

/// A number that loses nothing as a number: no leading zeros, no more digits than a computer keeps.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
    all_digits(whole) && all_digits(part) && !has_leading_zero && whole.len() + part.len() <= 16
}

fn is_shaped(text: &str, shape: &str) -> bool {
    let fits = |(c, s): (char, char)| if s == '0' { c.is_ascii_digit() } else { c == s };
    text.len() == shape.len() && text.chars().zip(shape.chars()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_tags_that_are_unique_and_not_reserved() {
        let mut fields = Fields::default();
        let cases = [
            ("Größe (EU)", "GROSSE_EU"),
            ("Größe [EU]", "GROSSE_EU_2"),
            ("  été ", "ETE"),
            ("Имя", "FIELD"),
            ("🦊", "FIELD_2"),
            ("", "FIELD_3"),
            ("2nd street", "FIELD_2ND_STREET"),
            ("Email", "EMAIL_2"),
            ("=cmd|' /C calc'!A0", "CMD_C_CALC_A0"),
            ("ﬁeld", "FIELD_4"),
        ];
        for (label, _) in cases {
            fields.add(label, FieldKind::Text);
        }
        let tags: Vec<String> = fields.into_fields().into_iter().map(|field| field.tag).collect();
        assert_eq!(tags, cases.map(|(_, tag)| tag));
    }

    #[test]
    fn the_kind_follows_from_label_and_cells() {
        let cases: [(&str, &[&str], FieldKind); 12] = [
            ("Phone Number", &[], FieldKind::Phone),
            (
                "Erreichbar",
                &["'+49 30 123456", "+1 (555) 010-9999"],
                FieldKind::Phone,
            ),
            ("Customer", &["4930123456"], FieldKind::Number),
            ("Customer", &["0049"], FieldKind::Text),
            ("Customer", &["12345678901234567"], FieldKind::Text),
            ("Birthday", &["02/29"], FieldKind::Birthday),
            ("Since", &["2020-01-01", ""], FieldKind::Date),
            ("Since", &["2020-01-01 10:00:00"], FieldKind::Datetime),
            ("Shop", &["https://example.test/a"], FieldKind::Url),
            ("Friend", &["bob@example.test"], FieldKind::Email),
            ("Address", &["1 Main St"], FieldKind::Address),
            ("IP address", &["192.0.2.1"], FieldKind::Text),
        ];
        for (label, cells, expected) in cases {
            let mut glance = Glance::default();
            cells.iter().for_each(|cell| glance.look(cell));
            assert_eq!(glance.kind(label), expected, "{label} {cells:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_label_gives_a_tag(labels in proptest::collection::vec("\\PC{0,60}", 1..8)) {
            let mut fields = Fields::default();
            for label in &labels {
                fields.add(label, FieldKind::Text);
            }
            let tags: HashSet<String> = fields.into_fields().into_iter().map(|field| field.tag).collect();
            proptest::prop_assert_eq!(tags.len(), labels.len());
            proptest::prop_assert!(tags.iter().all(|tag| is_tag(tag)), "{:?}", tags);
        }
    }
}
