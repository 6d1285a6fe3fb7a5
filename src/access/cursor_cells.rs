//! The bytes of a list of cells inside a cursor: a letter for the kind, then the value.
//!
//! Compact, because cursors travel in every page; must not know that they are sealed.

use uuid::Uuid;

use crate::cell::Cell;
use crate::clock::Instant;

/// The cells as bytes.
pub fn encode(cells: &[Cell]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(cells.len() * 20);
    for cell in cells {
        match cell {
            Cell::Null => bytes.push(b'n'),
            Cell::Bool(false) => bytes.push(b'f'),
            Cell::Bool(true) => bytes.push(b't'),
            Cell::Int(number) => fixed(&mut bytes, b'i', &number.to_be_bytes()),
            Cell::Uuid(id) => fixed(&mut bytes, b'u', id.as_bytes()),
            Cell::Instant(at) => fixed(&mut bytes, b'a', &at.timestamp_micros().to_be_bytes()),
            Cell::Text(text) => counted(&mut bytes, b's', text.as_bytes()),
            Cell::Json(json) => counted(&mut bytes, b'j', json.to_string().as_bytes()),
            Cell::Bytes(raw) => counted(&mut bytes, b'b', raw),
        }
    }
    bytes
}

/// The cells, or `None` when the bytes are not whole.
pub fn decode(bytes: &[u8]) -> Option<Vec<Cell>> {
    let mut rest = bytes;
    let mut cells = Vec::new();
    while let Some((&kind, after)) = rest.split_first() {
        rest = after;
        cells.push(match kind {
            b'n' => Cell::Null,
            b'f' => Cell::Bool(false),
            b't' => Cell::Bool(true),
            b'i' => Cell::Int(i64::from_be_bytes(take(&mut rest)?)),
            b'u' => Cell::Uuid(Uuid::from_bytes(take(&mut rest)?)),
            b'a' => Cell::Instant(Instant::from_timestamp_micros(i64::from_be_bytes(take(
                &mut rest,
            )?))?),
            b's' => Cell::from(std::str::from_utf8(take_counted(&mut rest)?).ok()?),
            b'j' => Cell::Json(serde_json::from_slice(take_counted(&mut rest)?).ok()?),
            b'b' => Cell::from(take_counted(&mut rest)?),
            _ => return None,
        });
    }
    Some(cells)
}

fn fixed(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) {
    bytes.push(kind);
    bytes.extend_from_slice(value);
}

fn counted(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) {
    bytes.push(kind);
    bytes.extend_from_slice(&(value.len() as u64).to_be_bytes()[4..]);
    bytes.extend_from_slice(value);
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (value, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*value)
}

fn take_counted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(u32::from_be_bytes(take(rest)?)).ok()?;
    let (value, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_cell() -> impl Strategy<Value = Cell> {
        prop_oneof![
            Just(Cell::Null),
            any::<bool>().prop_map(Cell::Bool),
            any::<i64>().prop_map(Cell::Int),
            "\\PC{0,30}".prop_map(Cell::from),
            any::<u128>().prop_map(|id| Cell::Uuid(Uuid::from_u128(id))),
            (-8_000_000_000_000_000i64..200_000_000_000_000_000)
                .prop_map(|at| Cell::Instant(Instant::from_timestamp_micros(at).unwrap())),
            any::<Vec<i64>>().prop_map(|list| Cell::from(serde_json::json!({ "list": list }))),
            any::<Vec<u8>>().prop_map(Cell::from),
        ]
    }

    proptest! {
        #[test]
        fn cells_are_read_back_as_they_were(cells in prop::collection::vec(any_cell(), 0..6)) {
            prop_assert_eq!(decode(&encode(&cells)), Some(cells));
        }

        #[test]
        fn any_bytes_are_answered_without_a_panic(bytes: Vec<u8>) {
            if let Some(cells) = decode(&bytes) {
                prop_assert!(cells.len() <= bytes.len());
            }
        }
    }
}
