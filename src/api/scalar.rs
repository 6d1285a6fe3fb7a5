//! Which values a scalar takes, as a document writes them and as JSON brings them. Knows no types but
//! [`Takes`].

use async_graphql::{Number, Value as ConstValue};
use async_graphql_value::Value;

use super::types::Takes;

/// Whether a literal of a document is one of the scalar's values. Variables are the caller's matter.
pub fn literal_fits(takes: Takes, literal: &Value) -> bool {
    match (takes, literal) {
        (Takes::Int, Value::Number(number)) => !number.is_f64() && is_int(number),
        (Takes::Float, Value::Number(number)) => is_finite(number),
        (Takes::Text, Value::String(_)) | (Takes::Boolean, Value::Boolean(_)) => true,
        (Takes::Id, Value::Number(number)) => !number.is_f64(),
        (Takes::Id, Value::String(_)) => true,
        (Takes::TextWhere(accepts), Value::String(text)) => accepts(text),
        _ => false,
    }
}

/// Whether a value that came as JSON is one of the scalar's values. A whole number may be written `1.0`.
pub fn json_fits(takes: Takes, value: &ConstValue) -> bool {
    match (takes, value) {
        (Takes::Int, ConstValue::Number(number)) => is_int(number),
        (Takes::Float, ConstValue::Number(number)) => is_finite(number),
        (Takes::Text, ConstValue::String(_)) | (Takes::Boolean, ConstValue::Boolean(_)) => true,
        (Takes::Id, ConstValue::Number(number)) => is_whole(number),
        (Takes::Id, ConstValue::String(_)) => true,
        (Takes::TextWhere(accepts), ConstValue::String(text)) => accepts(text),
        _ => false,
    }
}

/// The one form in which the compile step gets a scalar: whole numbers as integers, ids as text.
pub fn canonical(takes: Takes, value: &ConstValue) -> ConstValue {
    match (takes, value) {
        (Takes::Int, ConstValue::Number(number)) if number.is_f64() => match whole(number) {
            Some(whole) => ConstValue::from(whole),
            None => value.clone(),
        },
        (Takes::Id, ConstValue::Number(number)) => match whole(number) {
            Some(whole) => ConstValue::String(whole.to_string()),
            None => ConstValue::String(number.to_string()),
        },
        _ => value.clone(),
    }
}

fn is_int(number: &Number) -> bool {
    whole(number).is_some_and(|whole| i32::try_from(whole).is_ok())
}

fn is_whole(number: &Number) -> bool {
    number.is_u64() || whole(number).is_some()
}

fn is_finite(number: &Number) -> bool {
    number.as_f64().is_some_and(f64::is_finite)
}

/// The number as an integer where it is one and an `f64` holds it exactly.
fn whole(number: &Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(whole) = number.as_i64() {
        return Some(whole);
    }
    let float = number
        .as_f64()
        .filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole and within 2^53, checked above"
    )]
    Some(float as i64)
}
