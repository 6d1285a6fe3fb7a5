//! Values of every kind that somebody could think of, for tests of what must hold for all of them.

use proptest::prelude::*;
use serde_json::Value;

/// Texts that begin with every dangerous character, hold quotes and line ends, or are anything at all.
pub fn text() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec![
        "", "=", "+", "-", "@", "\t", "\r", "\n", "\0", "'", "''", "＝", "＋", "－", "＠", "\"",
    ]);
    let rest = prop_oneof![any::<String>(), "[ -~\r\n\t\"',;]{0,20}", Just(String::new())];
    (start, rest).prop_map(|(start, rest)| format!("{start}{rest}"))
}

/// JSON documents with such texts as values and as keys.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}
