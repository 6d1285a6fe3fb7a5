//! Marks: words that stand in one place of the data alone, so that whoever reads one in an answer was shown that place.

use std::collections::HashMap;

use postern::cell::Cell;
use uuid::Uuid;

use super::oracle::View;
use super::rows::Rows;

/// How a mark begins; what follows are five digits and [`END`].
const BEGINNING: &str = "zq";
const END: &str = "qz";
const LENGTH: usize = BEGINNING.len() + 5 + END.len();

/// A mark of this number.
pub fn mark(number: usize) -> String {
    assert!(number < 100_000, "there are no more marks");
    format!("{BEGINNING}{number:05}{END}")
}

/// An address of the fourth version of this number, which is as good as a mark; its digits are those of no other one's
/// beginning.
pub fn ip_address(number: usize) -> String {
    format!(
        "203.{}.{}.{}",
        100 + number / 10_000,
        100 + number / 100 % 100,
        100 + number % 100
    )
}

/// Where a mark stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub table: String,
    pub row: Uuid,
    pub column: String,
}

/// All marks in an installation's rows.
pub struct Marks(HashMap<String, Vec<Place>>);

impl Marks {
    /// Those in these rows.
    pub fn of(rows: &Rows) -> Marks {
        let mut marks: HashMap<String, Vec<Place>> = HashMap::new();
        for (table, row) in rows.all() {
            for (column, cell) in &row.cells {
                let text = match cell {
                    Cell::Text(text) => text.to_string(),
                    Cell::Json(value) => value.to_string(),
                    Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    _ => continue,
                };
                for mark in found_in(text.as_bytes()) {
                    marks.entry(mark).or_default().push(Place {
                        table: table.to_owned(),
                        row: row.id,
                        column: column.clone(),
                    });
                }
            }
        }
        Marks(marks)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The first mark in an answer that the asker may not read, with the places where it stands.
    pub fn leaked(&self, view: &View<'_>, answer: &[u8]) -> Option<(String, Vec<Place>)> {
        let shown = |place: &Place| {
            let row = view.oracle.rows.find(&place.table, place.row);
            row.is_some_and(|row| view.shows_clearly(&place.table, row, &place.column))
        };
        found_in(answer).into_iter().find_map(|mark| {
            let places = self.0.get(&mark)?;
            let leaks = !places.iter().any(shown);
            leaks.then(|| (mark, places.clone()))
        })
    }
}

/// The marks that stand in bytes.
fn found_in(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + LENGTH <= bytes.len() {
        let word = &bytes[at..at + LENGTH];
        if word.starts_with(BEGINNING.as_bytes()) && word.ends_with(END.as_bytes()) {
            found.push(String::from_utf8_lossy(word).into_owned());
            at += LENGTH;
        } else if word.starts_with(b"203.1") {
            let rest = &bytes[at..bytes.len().min(at + 15)];
            found.push(String::from_utf8_lossy(rest).into_owned());
            at += LENGTH;
        } else {
            at += 1;
        }
    }
    found
}
