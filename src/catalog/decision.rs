//! The words of decisions: classes, bundles, fates, clocks, masks, settings.
//!
//! Plain data; where each word stands in the policy file is [`super::policy`]'s business.

use chrono::{Datelike, Days, Months, TimeZone, Utc};

use super::resource::{ColumnId, ResourceId};
use crate::clock::Instant;

/// Classes of personal data.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Not personal.
    None,
    /// Addresses and numbers to reach somebody.
    Contact,
    /// Names, ids by which a person is known.
    Identity,
    /// Where somebody is.
    Location,
    /// IP addresses, user agents, cookie ids.
    OnlineId,
    /// What somebody did, and when.
    Behaviour,
    /// What somebody likes, chose or agreed to.
    Preference,
    /// Text that may hold anything.
    Content,
    /// Money.
    Financial,
    /// Art. 9 GDPR; also custom fields that nobody decided about.
    Special,
    /// Pseudonyms made with a key.
    Pseudonym,
    /// Decided by each row's field definition (`class_by`).
    ByField,
    /// Passwords, keys, bearer links: no readable value.
    Secret,
}

impl Class {
    /// Whether it is personal data.
    pub fn is_personal(self) -> bool {
        self != Class::None
    }

    /// The word of the class, as the policy writes it.
    pub fn word(self) -> &'static str {
        match self {
            Class::None => "none",
            Class::Contact => "contact",
            Class::Identity => "identity",
            Class::Location => "location",
            Class::OnlineId => "online_id",
            Class::Behaviour => "behaviour",
            Class::Preference => "preference",
            Class::Content => "content",
            Class::Financial => "financial",
            Class::Special => "special",
            Class::Pseudonym => "pseudonym",
            Class::ByField => "by_field",
            Class::Secret => "secret",
        }
    }
}

/// Which part of a platform's business a table belongs to; the built-in groups' rights are computed from it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// The customer itself and what it is told.
    Account,
    /// Who may do what, and who did.
    Access,
    /// Lists, people, and what people did.
    Audience,
    /// What is sent: campaigns and what they are made of.
    Content,
    /// With what it is sent: servers and domains.
    Sending,
    /// Money.
    Billing,
    /// Questions to the platform, and its answers.
    Support,
    /// Rights of people, and how they were answered.
    Privacy,
}

/// Which bundles a column is part of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Default)]
pub struct Exports {
    /// The account's own bundle.
    pub account: bool,
    /// A person's access bundle (Art. 15).
    pub access: bool,
    /// A person's portability bundle (Art. 20): provided by or observed of the person.
    pub portability: bool,
}

/// What an erasure does to a column of a row that is about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnErase {
    /// It goes when the row goes; if the row stays, so does the value. Not for personal data in rows that stay.
    WithRow,
    /// Set to NULL.
    Null,
    /// Replaced by `[erased]`.
    Redact,
    /// Instants: cut to the day, so that joins on exact times find nobody.
    TruncateDay,
    /// IP addresses: the last octet, or the last 80 bits, set to zero.
    TruncateIp,
    /// Replaced by the person's keyed token, in hexadecimal.
    Token,
    /// Kept, with a reason, until the clock runs out.
    Retain(Retain),
    /// May mention anybody: searched for the person's address in the residue sweep, and each mention redacted.
    Scan,
}

/// Why something is kept, how long, and what happens then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retain {
    /// A short reference such as `tax:DE:AO147`.
    pub reason: String,
    /// From which instant column of the row, or `erasure`, the clock runs.
    pub from: String,
    /// How long.
    pub duration: Duration,
    /// What happens at its end.
    pub then: Then,
}

/// A length of calendar time, as in `8 years` or `30 days`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    /// Calendar months.
    pub months: u32,
    /// Days.
    pub days: u32,
    /// Whether the clock starts at the end of the calendar year.
    pub from_end_of_year: bool,
}

impl Duration {
    /// The clocks that have run out at that moment are those that began before this one; `None`: before all times.
    pub fn began_before(&self, now: Instant) -> Option<Instant> {
        let has_run_out = |start: Instant| self.end(start).is_some_and(|end| end <= now);
        if self.from_end_of_year {
            // All clocks of a year run out together.
            let mut years = 0..=self.months / 12 + self.days / 365 + 2;
            let first_of = |back: u32| {
                let year = now.year().checked_sub(i32::try_from(back).ok()?)?;
                Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single()
            };
            let last = years.find_map(|back| first_of(back).filter(|first| has_run_out(*first)))?;
            return last.checked_add_months(Months::new(12));
        }
        let about = now
            .checked_sub_days(Days::new(self.days.into()))?
            .checked_sub_months(Months::new(self.months))?;
        // Months differ in length: from the last days of some, the clock runs out with that of the days before.
        let later = |days| about.checked_add_days(Days::new(days));
        let latest = (0..=4)
            .rev()
            .filter_map(later)
            .find(|start| has_run_out(*start))?;
        latest.checked_add_signed(chrono::TimeDelta::microseconds(1))
    }

    /// When a clock has run out that starts at that moment; `None` beyond all times.
    pub fn end(&self, start: Instant) -> Option<Instant> {
        let start = match self.from_end_of_year {
            false => start,
            true => Utc
                .with_ymd_and_hms(start.year().checked_add(1)?, 1, 1, 0, 0, 0)
                .single()?,
        };
        start
            .checked_add_months(Months::new(self.months))?
            .checked_add_days(Days::new(self.days.into()))
    }
}

/// What happens when a clock has run out.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// The row is deleted.
    Delete,
    /// Its personal columns are set to NULL or redacted.
    Anonymise,
}

/// How long rows of a table are kept although nobody asked for their erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// From which instant column of the row the clock runs.
    pub from: String,
    /// How long; `None`: as long as the account exists.
    pub duration: Option<Duration>,
    /// What happens at its end.
    pub then: Then,
}

/// Whether single rows of a table are deleted when somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// They are, with what goes with them.
    Delete,
    /// They are not, for this reason.
    Kept(String),
}

/// What those see who may read a row, but not in clear.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// The value itself.
    Clear,
    /// Null.
    Hide,
    /// `a***@example.com`.
    Email,
    /// The first letter.
    Initial,
    /// The network part.
    IpPrefix,
    /// Of a count: null where fewer people stand behind it than [`Settings::small_cell`], else rounded down to a
    /// multiple of that, so that one more person rarely shows. Rows without a count to show do not exist for them.
    SmallCell,
}

/// Something that keeps what it needs of an erased account for as long as it is open: a bill that is not paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its name in the policy.
    pub name: String,
    /// Why, as a short reference such as `claim:GDPR:17(3)(e)`.
    pub reason: String,
    /// The table whose rows are open or not.
    pub resource: ResourceId,
    /// The column that says so.
    pub column: ColumnId,
    /// A row with one of these words in it is open.
    pub values: Vec<String>,
    /// For people: what is open, and until when.
    pub description: String,
}

/// A hold's place in the catalog.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HoldId(pub u16);

/// What happens to a row when the row it refers to is erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnErase {
    /// This row is erased, too: deleted.
    Cascade,
    /// The reference is set to NULL and this row's personal columns are treated as their `erase` says.
    Unlink,
    /// The reference is set to a row that stands for nobody.
    Reassign,
    /// This row is kept as it is, with a reason, until the clock runs out.
    Retain(Retain),
    /// The erasure is refused while such a row exists.
    Block,
}

/// Parameters that differ from platform to platform.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Days a finished bundle stays downloadable, 1 to 90.
    pub bundle_days: u32,
    /// Hours in which an erasure plan can be confirmed, 1 to 720.
    pub plan_hours: u32,
    /// Months the record of an erasure is kept, at least 24 (11 CCR 7101).
    pub erasure_record_months: u32,
    /// Days in which whoever was given data of an erased person is told of it and confirms it, 1 to 90.
    pub recipient_days: u32,
    /// Minutes a token of ours lives, 1 to 60.
    pub token_minutes: u32,
    /// Counts of fewer people than this are kept from those who may not read in clear, 2 to 100.
    pub small_cell: u32,
    /// Days in which somebody who is invited can come in, 1 to 90.
    pub invitation_days: u32,
    /// Mebibytes of one upload, 1 to 1,048,576.
    pub upload_mebibytes: u32,
    /// Hours in which an upload can be imported, 1 to 168.
    pub upload_hours: u32,
    /// Uploads that one user or key may have at one time, 1 to 1,000.
    pub open_uploads: u32,
    /// Rows that may go with one that is deleted, itself among them, 1 to 1,000,000.
    pub delete_rows: u32,
    /// Days in which a sign-up can be confirmed; who did not, and never was on the list before, is taken off it again,
    /// 1 to 365.
    pub unconfirmed_days: u32,
    /// Days between the closing of an account and its erasure, in which it can be carried out, 30 to 365.
    pub retrieval_days: u32,
    /// Days after which a backup of the database must be gone, 1 to 3,650.
    pub backup_days: u32,
    /// Minutes after which a gateway looks for rows of erased people that were written past it, 1 to 60.
    pub fence_sweep_minutes: u32,
    /// Whether an erasure needs a second person's approval.
    pub erasure_approval: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_runs_out_after_calendar_months_and_days_or_counts_from_the_end_of_the_year() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let clock = |months, days, from_end_of_year| Duration {
            months,
            days,
            from_end_of_year,
        };
        for (clock, end) in [
            (clock(36, 0, false), "2027-02-28T10:00:00Z"),
            (clock(0, 30, false), "2024-03-30T10:00:00Z"),
            (clock(12, 1, true), "2026-01-02T00:00:00Z"),
        ] {
            assert_eq!(clock.end(at("2024-02-29T10:00:00Z")), Some(at(end)));
        }
    }

    #[test]
    fn worked_back_from_now_a_clock_begins_where_it_has_just_run_out() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let microsecond = chrono::TimeDelta::microseconds(1);
        for (months, days, from_end_of_year) in [
            (0, 30, false),
            (1, 0, false),
            (36, 1, false),
            (96, 0, true),
            (0, 1, true),
            (14, 20, true),
        ] {
            let clock = Duration {
                months,
                days,
                from_end_of_year,
            };
            for now in [
                "2026-01-01T00:00:00Z",
                "2026-02-28T12:00:00Z",
                "2026-03-01T00:00:00.000001Z",
                "2028-02-29T23:59:59Z",
                "2026-12-31T23:59:59.999999Z",
            ] {
                let now = at(now);
                let before = clock.began_before(now).unwrap();
                assert!(
                    clock.end(before - microsecond).unwrap() <= now,
                    "{clock:?} at {now}: too soon"
                );
                assert!(clock.end(before).unwrap() > now, "{clock:?} at {now}: too late");
            }
        }
    }
}
