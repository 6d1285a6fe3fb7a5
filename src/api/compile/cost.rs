//! What an operation costs at most, known before anything is read: rows that its pages can hold, weighted.

use super::{Compiled, Compiler};
use crate::error::Code;

/// The most that one operation may cost.
pub const COST_LIMIT: u64 = 5_000;

/// A count reads up to 10,000 index entries; that weighs as much as so many rows.
const COUNT: u64 = 10;

/// Lists without pages are short, so they weigh less than a row for each row they hang on.
const PARTS_IN_ONE: u64 = 4;

impl Compiler<'_> {
    /// `rows` rows of a page, or rows referred to.
    pub(super) fn pay_rows(&mut self, rows: u64) {
        self.cost = self.cost.saturating_add(rows.max(1));
    }

    /// A count at each of `parents` rows.
    pub(super) fn pay_counts(&mut self, parents: u64) {
        self.cost = self.cost.saturating_add(parents.saturating_mul(COUNT));
    }

    /// The parts of each of `parents` rows; gives how many rows are reckoned with.
    pub(super) fn pay_parts(&mut self, parents: u64) -> u64 {
        let rows = parents.div_ceil(PARTS_IN_ONE);
        self.pay_rows(rows);
        rows
    }

    pub(super) fn check_cost(&self) -> Compiled<()> {
        if self.cost <= COST_LIMIT {
            return Ok(());
        }
        self.refuse(
            Code::CostExceeded,
            format!(
                "the operation could cost {}, and {COST_LIMIT} is the limit; ask for smaller pages or fewer levels",
                self.cost
            ),
            &[],
        )
    }
}
