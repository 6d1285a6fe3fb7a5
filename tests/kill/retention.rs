//! Seeing to what is past its clock, killed.

use super::Death;
use super::place::Place;
use crate::kit::rows::Row;

/// When everything with a clock of up to three years is past it.
const LATER: [&str; 4] = ["retention", "run", "--now", "2031-01-01T00:00:00Z"];

/// What is left, and how many rows the log says went.
type Outcome = (Vec<Row>, i64);

/// Two copies; in one the run dies and is begun again. Neither loses more or less, and the log tells of each row once.
pub async fn survives(place: &Place, death: &Death) {
    let (calm, killed) = (place.copy().await, place.copy().await);
    calm.home.run(&LATER).well();
    for _ in 0..death.gateways {
        killed.run_until(&death.words(), &LATER);
    }
    killed.home.run(&LATER).well();
    let (expected, outcome) = (outcome(&calm).await, outcome(&killed).await);
    assert!(expected.1 > 100, "{} rows went", expected.1);
    assert_eq!(outcome.1, expected.1, "the log tells of each row once");
    assert!(outcome.0 == expected.0, "the same is left");
    let again = killed.home.run(&LATER).well();
    assert!(
        again.stdout.contains("nothing is past its clock"),
        "{}",
        again.stdout
    );
}

async fn outcome(place: &Place) -> Outcome {
    let rows = place.home.rows().await;
    let tells = |row: &&Row| row.table == "audit_events" && row.cell("action").starts_with(b"retention.");
    let count = |row: &Row| -> i64 {
        let text = std::str::from_utf8(row.cell("row_count")).expect("a count is written out");
        text.parse().expect("a count is a number")
    };
    let told = rows.iter().filter(tells).map(count).sum();
    let left = rows
        .into_iter()
        .filter(|row| !row.is_history() && row.table != "installations")
        .collect();
    (left, told)
}
