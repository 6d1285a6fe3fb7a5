//! The people of a batch as they are, and as they will be: rows of the tables that an import writes, with what
//! changed about them. Must not know what wins, nor where the rows come from and go to.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::cell::Cell;
use crate::clock::Instant;

/// Columns of `subscribers`, and their places.
pub mod subscriber {
    pub const COLUMNS: [&str; 15] = [
        "id",
        "email",
        "email_normalized",
        "status",
        "first_name",
        "last_name",
        "phone",
        "language",
        "timezone",
        "country",
        "city",
        "source",
        "external_id",
        "created_at",
        "updated_at",
    ];
    pub const EMAIL: usize = 1;
    pub const NORMALIZED: usize = 2;
    pub const STATUS: usize = 3;
    /// First name to city, in the order of [`COLUMNS`].
    pub const DETAILS: std::ops::Range<usize> = 4..11;
    pub const SOURCE: usize = 11;
    pub const EXTERNAL_ID: usize = 12;
    pub const UPDATED_AT: usize = 14;
}

/// Columns of `subscriber_profiles`, and their places.
pub mod profile {
    pub const COLUMNS: [&str; 16] = [
        "id",
        "subscriber_id",
        "list_id",
        "status",
        "status_changed_at",
        "opted_in_at",
        "opt_in_ip",
        "confirmed_at",
        "confirm_ip",
        "opted_out_at",
        "opt_out_reason",
        "tags",
        "source",
        "external_id",
        "created_at",
        "updated_at",
    ];
    pub const SUBSCRIBER: usize = 1;
    pub const LIST: usize = 2;
    pub const STATUS: usize = 3;
    pub const STATUS_CHANGED_AT: usize = 4;
    /// Time of opting in to reason of opting out, in the order of [`COLUMNS`].
    pub const PROOFS: std::ops::Range<usize> = 5..11;
    pub const OPTED_IN_AT: usize = 5;
    pub const CONFIRMED_AT: usize = 7;
    pub const TAGS: usize = 11;
    pub const UPDATED_AT: usize = 15;
}

/// Columns of `profile_values`.
pub const VALUE_COLUMNS: [&str; 6] = ["id", "profile_id", "field_id", "ordinal", "value", "changed_at"];

/// A row, and what is to be done with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// In the order of its table's columns.
    pub cells: Vec<Cell>,
    /// Whether it has to be inserted.
    pub is_new: bool,
    /// Whether it has to be written at all.
    pub is_changed: bool,
}

impl Record {
    /// A row as the store has it.
    pub fn known(cells: Vec<Cell>) -> Record {
        Record {
            cells,
            is_new: false,
            is_changed: false,
        }
    }

    /// A row that the store does not have.
    pub fn new(cells: Vec<Cell>) -> Record {
        Record {
            cells,
            is_new: true,
            is_changed: true,
        }
    }

    /// The row's id; both tables have it first.
    pub fn id(&self) -> Uuid {
        self.cells[0].as_uuid().unwrap_or_default()
    }

    /// The text at a place.
    pub fn text(&self, place: usize) -> Option<&str> {
        self.cells[place].as_text()
    }

    /// The instant at a place.
    pub fn instant(&self, place: usize) -> Option<Instant> {
        self.cells[place].as_instant()
    }

    /// Sets a value; says whether it was another.
    pub fn set(&mut self, place: usize, cell: Cell) -> bool {
        let differs = self.cells[place] != cell;
        if differs {
            self.cells[place] = cell;
            self.is_changed = true;
        }
        differs
    }

    /// Takes a value over: nothing states nothing; what is missing is filled in; what is there is overwritten
    /// when `may_overwrite`. Says whether anything changed.
    pub fn put(&mut self, place: usize, cell: Cell, may_overwrite: bool) -> bool {
        let wanted = !cell.is_null() && (may_overwrite || self.cells[place].is_null());
        wanted && self.set(place, cell)
    }
}

/// One value of a custom field, and what is to be done with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The row's id.
    pub id: Uuid,
    /// Its place among the values of the field.
    pub ordinal: i64,
    /// The text.
    pub text: String,
    /// Whether it has to be inserted.
    pub is_new: bool,
    /// Whether it has to be written at all.
    pub is_changed: bool,
}

/// The people of a batch.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub subscribers: Vec<Record>,
    pub by_address: HashMap<String, usize>,
    pub by_external_id: HashMap<String, usize>,
    pub profiles: Vec<Record>,
    /// Subscribers whose address changed.
    pub moved: HashSet<Uuid>,
    /// By subscriber and list.
    pub by_member: HashMap<(Uuid, Uuid), usize>,
    /// By profile and field, in the order of their ordinals.
    pub values: HashMap<(Uuid, Uuid), Vec<Value>>,
    /// Values that have to go.
    pub gone_values: Vec<Uuid>,
    /// Rows of `consents` and of `unsubscribes` to be added.
    pub consents: Vec<Vec<Cell>>,
    pub unsubscribes: Vec<Vec<Cell>>,
    /// Why an address must not be mailed.
    pub suppressed: HashMap<String, String>,
    /// Addresses that were erased.
    pub erased: HashSet<String>,
    /// Subscribers whose data may be kept and not used.
    pub restricted: HashSet<Uuid>,
    /// Subscribers who object, and are corrected and not subscribed, whatever address they have.
    pub objecting: HashSet<Uuid>,
}

impl Known {
    /// Adds a subscriber; `source`: whose ids are looked at.
    pub fn add_subscriber(&mut self, record: Record, source: &str) -> usize {
        let place = self.subscribers.len();
        if let Some(address) = record.text(subscriber::NORMALIZED) {
            self.by_address.insert(address.to_owned(), place);
        }
        if let (Some(of), Some(id)) = (
            record.text(subscriber::SOURCE),
            record.text(subscriber::EXTERNAL_ID),
        ) && of == source
        {
            self.by_external_id.insert(id.to_owned(), place);
        }
        self.subscribers.push(record);
        place
    }

    /// Adds a profile.
    pub fn add_profile(&mut self, record: Record) -> usize {
        let place = self.profiles.len();
        let id = |column: usize| record.cells[column].as_uuid().unwrap_or_default();
        self.by_member
            .insert((id(profile::SUBSCRIBER), id(profile::LIST)), place);
        self.profiles.push(record);
        place
    }

    /// Takes people over from an earlier batch of a dry run, in place of what the store says of them.
    pub fn adopt(&mut self, earlier: &Known, wanted: impl Fn(&Record) -> bool, source: &str) {
        let stale: HashSet<Uuid> = earlier.subscribers.iter().map(Record::id).collect();
        let (subscribers, profiles) = (
            std::mem::take(&mut self.subscribers),
            std::mem::take(&mut self.profiles),
        );
        self.by_address.clear();
        self.by_external_id.clear();
        self.by_member.clear();
        let of = |record: &Record| record.cells[profile::SUBSCRIBER].as_uuid().unwrap_or_default();
        for record in subscribers
            .into_iter()
            .filter(|record| !stale.contains(&record.id()))
        {
            self.add_subscriber(record, source);
        }
        for record in profiles.into_iter().filter(|record| !stale.contains(&of(record))) {
            self.add_profile(record);
        }
        let mut taken = HashSet::new();
        for record in earlier.subscribers.iter().filter(|record| wanted(record)) {
            taken.insert(record.id());
            self.add_subscriber(record.clone(), source);
        }
        let mut profiles = HashSet::new();
        for record in earlier
            .profiles
            .iter()
            .filter(|record| taken.contains(&of(record)))
        {
            profiles.insert(record.id());
            self.add_profile(record.clone());
        }
        for (key, values) in earlier.values.iter().filter(|(key, _)| profiles.contains(&key.0)) {
            self.values.insert(*key, values.clone());
        }
    }

    /// Keeps of a finished batch the people who will come again, for the next batch of a dry run.
    pub fn remember(&mut self, batch: &Known, comes_again: impl Fn(&Record) -> bool, source: &str) {
        let kept = Known {
            subscribers: batch
                .subscribers
                .iter()
                .filter(|record| comes_again(record))
                .cloned()
                .collect(),
            profiles: batch.profiles.clone(),
            values: batch.values.clone(),
            ..Known::default()
        };
        self.adopt(&kept, |_| true, source);
    }
}
