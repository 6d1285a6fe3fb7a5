//! Where something lies, as it is written in settings: a folder or file by path or `file:` URL, or a URL.
//!
//! Must not know what lies there, nor open it.

use std::path::PathBuf;

use crate::error::{Code, Refusal, quote};

/// A path on this machine, or something elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A folder or file of this machine.
    Path(PathBuf),
    /// Something reached by URL.
    Url {
        /// What stands before the `:`, in lower case.
        scheme: String,
        /// The whole URL as given.
        url: String,
    },
}

impl Location {
    /// Reads a path, a `file:` URL of this machine, or another URL.
    pub fn parse(text: &str) -> Result<Location, Refusal> {
        if text.is_empty() || text.contains('\0') {
            return Err(invalid(
                "the location is empty or has a zero byte; give a path or a URL",
            ));
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return Ok(Location::Path(PathBuf::from(text)));
        };
        if scheme != "file" {
            return Ok(Location::Url {
                scheme,
                url: text.to_owned(),
            });
        }
        let path = match rest.strip_prefix("//") {
            Some(after) => after.strip_prefix("localhost").unwrap_or(after),
            None => rest,
        };
        if !path.starts_with('/') || path.contains(['?', '#']) {
            return Err(invalid(format!(
                "{} is no file of this machine; write file:///path",
                quote(text)
            )));
        }
        Ok(Location::Path(PathBuf::from(percent_decoded(path)?)))
    }

    /// The folder, or a refusal that names the setting and the scheme that it does not take.
    pub fn folder(self, setting: &str) -> Result<PathBuf, Refusal> {
        match self {
            Location::Path(path) if path.to_str().is_some() => Ok(path),
            Location::Path(_) => Err(invalid(format!("{setting}: the path must be UTF-8"))),
            Location::Url { scheme, .. } => Err(invalid(format!(
                "{setting}: {}: is not supported; give a folder or a file: URL",
                quote(&scheme)
            ))),
        }
    }
}

/// The scheme of a URL, or `None` for a path. One letter is a drive, not a scheme.
fn split_scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    is_scheme.then(|| (scheme.to_ascii_lowercase(), rest))
}

fn percent_decoded(path: &str) -> Result<String, Refusal> {
    let wrong = || {
        invalid(format!(
            "{} has a wrong percent sign; write %25 for one",
            quote(path)
        ))
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let digits = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .ok_or_else(wrong)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) || digits == "00" {
            return Err(wrong());
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::InvalidSetting, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_file_urls_are_folders_of_this_machine() {
        let cases = [
            ("data/keys", Some("data/keys")),
            ("/var/keys", Some("/var/keys")),
            ("C:/keys", Some("C:/keys")),
            ("file:///var/my%20keys", Some("/var/my keys")),
            ("file:/var/keys", Some("/var/keys")),
            ("FILE://localhost/keys", Some("/keys")),
            ("file://elsewhere/keys", None),
            ("file:///a%2", None),
            ("file:///a%+1", None),
            ("file:///a%00", None),
            ("file:///a%ff", None),
            ("file:///a?b", None),
            ("s3://bucket/keys", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let folder = Location::parse(text).and_then(|location| location.folder("--keys"));
            match (folder, expected) {
                (Ok(path), Some(expected)) => assert_eq!(path, PathBuf::from(expected), "{text}"),
                (Err(refusal), None) => assert_eq!(refusal.code, Code::InvalidSetting, "{text}"),
                (folder, _) => panic!("{text}: {folder:?}"),
            }
        }
    }
}
