//! What a string literal means: escapes resolved, the indentation of block strings taken away. Pure.

/// The value of a string between single quotation marks; none when an escape is unknown or names no
/// character (a lone surrogate).
pub(super) fn unescape(written: &str) -> Option<String> {
    if !written.contains('\\') {
        return Some(written.to_owned());
    }
    let mut value = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        let (character, after) = escape(after)?;
        value.push(character);
        rest = after;
    }
    value.push_str(rest);
    Some(value)
}

fn escape(after: &str) -> Option<(char, &str)> {
    let plain = |character| Some((character, after.get(1..)?));
    match after.as_bytes().first()? {
        b'"' => plain('"'),
        b'\\' => plain('\\'),
        b'/' => plain('/'),
        b'b' => plain('\u{8}'),
        b'f' => plain('\u{c}'),
        b'n' => plain('\n'),
        b'r' => plain('\r'),
        b't' => plain('\t'),
        b'u' => code_point(&after[1..]),
        _ => None,
    }
}

fn code_point(after: &str) -> Option<(char, &str)> {
    if let Some(braced) = after.strip_prefix('{') {
        let (digits, rest) = braced.split_once('}')?;
        return Some((char::from_u32(hexadecimal(digits)?)?, rest));
    }
    let first = hexadecimal(after.get(..4)?)?;
    let rest = &after[4..];
    if let Some(character) = char::from_u32(first) {
        return Some((character, rest));
    }
    // A high surrogate is a character together with the low one that must follow.
    let second = hexadecimal(rest.strip_prefix("\\u")?.get(..4)?)?;
    if !(0xD800..0xDC00).contains(&first) || !(0xDC00..0xE000).contains(&second) {
        return None;
    }
    let joined = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    Some((char::from_u32(joined)?, &rest[6..]))
}

fn hexadecimal(digits: &str) -> Option<u32> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// The value of a block string, after the specification's `BlockStringValue`.
pub(super) fn block(written: &str) -> String {
    let written = written.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n");
    let lines: Vec<&str> = written.split(['\n', '\r']).collect();
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let is_blank = |line: &&str| indentation(line) == line.len();
    let common = lines
        .iter()
        .skip(1)
        .filter(|line| !is_blank(line))
        .map(|line| indentation(line))
        .min();
    let Some(first) = lines.iter().position(|line| !is_blank(line)) else {
        return String::new();
    };
    let last = lines.iter().rposition(|line| !is_blank(line)).unwrap_or(first);
    let mut value = String::with_capacity(written.len());
    for (place, line) in lines.iter().enumerate().take(last + 1).skip(first) {
        if place > first {
            value.push('\n');
        }
        let cut = if place == 0 {
            0
        } else {
            common.unwrap_or(0).min(line.len())
        };
        value.push_str(&line[cut..]);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_characters_and_a_lone_surrogate_means_none() {
        assert_eq!(unescape(r#"a\n\"\\\/b"#).as_deref(), Some("a\n\"\\/b"));
        assert_eq!(unescape(r"\u00e4\u{1F600}\uD83D\uDE00").as_deref(), Some("ä😀😀"));
        for bad in [
            r"\uD83D",
            r"\uDE00\uD83D",
            r"\uD83Dx",
            r"\u12",
            r"\u{110000}",
            r"\u{}",
            r"\x",
            r"\uＡＡ",
            r"\u{1",
        ] {
            assert_eq!(unescape(bad), None, "{bad}");
        }
    }

    #[test]
    fn block_strings_lose_their_common_indentation() {
        assert_eq!(block("\n    a\n      b\n\n    c\n  "), "a\n  b\n\nc");
        assert_eq!(block("a \\\"\"\" b"), "a \"\"\" b");
        assert_eq!(block("\n \n"), "");
        assert_eq!(block("b\n \n  c"), "b\n\nc");
        assert_eq!(block("one\r\n  two\r  three"), "one\ntwo\nthree");
    }
}
