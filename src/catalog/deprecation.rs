//! Parts of the API that are to go: what is used instead, and until when the old stays. Whether there are such parts
//! only the schema can tell; this knows their names.

use std::sync::Arc;

use chrono::NaiveDate;

/// The least calendar months between saying that something goes and its going.
pub const LEAST_MONTHS: u32 = 6;

/// A part of the API that is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// Its schema coordinate: `Type.field`, `Type.field(argument:)`, `Input.field` or `Enum.VALUE`.
    pub place: Arc<str>,
    /// The coordinate of what is used instead.
    pub replacement: String,
    /// The last day on which it is there.
    pub removed_after: NaiveDate,
}

impl Deprecation {
    /// What `@deprecated` says.
    pub fn reason(&self) -> String {
        format!("Use {}. Removed after {}.", self.replacement, self.removed_after)
    }

    /// Whether its last day lies behind `today`.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        today > self.removed_after
    }
}
