//! What is kept for a reason: the reason, the clock, and what then.

use super::clock_words;
use super::faults::{Faults, PolicyFaultKind as Kind};
use super::fit;
use crate::catalog::policy::RetainPolicy;
use crate::catalog::resource::Retain;
use crate::catalog::shape::TableShape;
use crate::error::quote;

/// The whole of it, or `None` beside a fault; the place is a column or the reference that starts there.
pub(super) fn decided(
    table: &TableShape,
    column: &str,
    policy: &RetainPolicy,
    faults: &mut Faults,
) -> Option<Retain> {
    let mut fault = |kind, text: String| faults.column(kind, table.name, column, text);
    let (Some(reason), Some(from), Some(length), Some(then)) =
        (&policy.retain, &policy.from, &policy.r#for, policy.then)
    else {
        let example = "{ retain = \"tax:DE:AO147\", from = \"issued_at\", for = \"8 years, end of year\", then = \"delete\" }";
        let text = format!("is retained without {}; write `{example}`", missing(policy));
        fault(Kind::RetainIncomplete, text);
        return None;
    };
    if reason.trim().is_empty() {
        let text = "is retained for an empty reason; name the law or the claim, as in `tax:DE:AO147`";
        fault(Kind::RetainIncomplete, text.to_string());
    }
    if from != "erasure" && !fit::starts_a_clock(table, from) {
        let from = quote(from);
        let text = format!(
            "is retained from {from}; a clock starts at an instant column of {} that is never NULL, or at `erasure`",
            table.name
        );
        fault(Kind::ClockStartWrong, text);
    }
    let duration = clock_words::duration(length);
    if duration.is_none() {
        let (length, forms) = (quote(length), clock_words::FORMS);
        fault(
            Kind::ClockUnknown,
            format!("is retained for {length}, which is no clock; write {forms}"),
        );
    }
    Some(Retain {
        reason: reason.clone(),
        from: from.clone(),
        duration: duration?,
        then,
    })
}

fn missing(policy: &RetainPolicy) -> String {
    let keys = [
        ("retain", policy.retain.is_none()),
        ("from", policy.from.is_none()),
        ("for", policy.r#for.is_none()),
        ("then", policy.then.is_none()),
    ];
    let missing: Vec<&str> = keys
        .iter()
        .filter(|(_, missing)| *missing)
        .map(|(key, _)| *key)
        .collect();
    missing.join(", ")
}
