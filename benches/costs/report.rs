//! What was measured, as tables for people. Knows nothing of how it was.

use crate::http::Timing;

/// Processor time of one request, in microseconds, and what it came to.
#[derive(Default)]
pub struct Cost {
    /// Of the gateway.
    pub gateway: f64,
    /// Of all of the database's processes.
    pub database: f64,
    /// How long answers took.
    pub timing: Timing,
    /// Requests a second.
    pub throughput: f64,
}

impl Cost {
    /// Of both together.
    pub fn together(&self) -> f64 {
        self.gateway + self.database
    }
}

/// Prints the names of the columns that [`row`] fills.
pub fn heading() {
    println!(
        "{:<36}{:>6}{:>9}{:>10}{:>10}{:>7}{:>7}{:>9}{:>8}{:>8}{:>9}",
        "processor time per request, µs",
        "SQL",
        "gateway",
        "database",
        "together",
        "floor",
        "ratio",
        "at most",
        "p50",
        "p99",
        "bytes"
    );
}

/// Prints what a question costs; gives whether a promise about it was kept.
pub fn row(
    name: &str,
    statements: Option<f64>,
    cost: &mut Cost,
    floor: Option<f64>,
    at_most: Option<f64>,
) -> bool {
    let ratio = floor.map(|floor| cost.together() / floor);
    let kept = !matches!((ratio, at_most), (Some(ratio), Some(most)) if ratio > most);
    let text = |value: Option<f64>, decimals: usize| {
        value
            .map(|value| format!("{value:.decimals$}"))
            .unwrap_or_default()
    };
    println!(
        "{name:<36}{:>6}{:>9.0}{:>10.0}{:>10.0}{:>7}{:>7}{:>9}{:>8}{:>8}{:>9}{}",
        text(statements, 0),
        cost.gateway,
        cost.database,
        cost.together(),
        text(floor, 0),
        text(ratio, 2),
        text(at_most, 2),
        cost.timing.within(0.5).as_micros(),
        cost.timing.within(0.99).as_micros(),
        cost.timing.bytes,
        if kept { "" } else { "  BROKEN" }
    );
    kept
}

/// Prints one promise and whether it was kept; gives the latter.
pub fn verdict(kept: bool, text: &str) -> bool {
    println!("{}: {text}", if kept { "kept" } else { "BROKEN" });
    kept
}
