//! Reads a JSON object and refuses one that names a member twice, because two readers would see two objects.

use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The members of the object, or `None` when the bytes are anything else.
pub fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let map = reader.deserialize_map(NoRepeats).ok()?;
    reader.end().ok()?;
    Some(map)
}

struct NoRepeats;

impl<'de> Visitor<'de> for NoRepeats {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object that names no member twice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a member is named twice"));
            }
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_without_repeated_members_is_read() {
        let cases = [
            (r#"{"a":1,"b":{"c":2}}"#, true),
            ("{}", true),
            (r#"{"a":1,"a":1}"#, false),
            (r#"{"a":1,"\u0061":2}"#, false),
            ("[]", false),
            ("null", false),
            ("{} {}", false),
            ("{", false),
            ("", false),
        ];
        for (text, is_read) in cases {
            assert_eq!(object(text.as_bytes()).is_some(), is_read, "{text}");
        }
        assert!(object(&[b'['; 10_000]).is_none());
        assert!(object(format!("{{\"a\":{}", "[".repeat(10_000)).as_bytes()).is_none());
    }
}
