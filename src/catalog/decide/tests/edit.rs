//! Edits of the policy's text, line by line. Every edit changes something or fails the test.

use crate::catalog::DEFAULT_POLICY;

/// The text of a policy.
pub(super) struct Text(String);

impl Text {
    pub(super) fn built_in() -> Text {
        Text(DEFAULT_POLICY.to_string())
    }

    /// Without the line of `key` below `[header]`.
    pub(super) fn without(&self, header: &str, key: &str) -> String {
        self.edit(header, key, |_| None)
    }

    /// With `from` become `to` in the line of `key` below `[header]`.
    pub(super) fn with(&self, header: &str, key: &str, from: &str, to: &str) -> String {
        self.edit(header, key, |line| {
            assert_eq!(line.matches(from).count(), 1, "{from:?} in {line}");
            Some(line.replace(from, to))
        })
    }

    /// With a line more below `[header]`.
    pub(super) fn adding(&self, header: &str, line: &str) -> String {
        self.replacing(&format!("[{header}]\n"), &format!("[{header}]\n{line}\n"))
    }

    /// With `from`, which stands once in the file, become `to`.
    pub(super) fn replacing(&self, from: &str, to: &str) -> String {
        assert_eq!(self.0.matches(from).count(), 1, "{from:?} does not stand once");
        assert_ne!(from, to);
        self.0.replace(from, to)
    }

    /// Without the decision about a column, wherever it stands.
    pub(super) fn without_column(&self, table: &str, column: &str) -> String {
        let header = format!("tables.{table}.columns");
        if self.has(&header, column) {
            return self.without(&header, column);
        }
        let start = self
            .0
            .find(&format!("[tables.{table}]\n"))
            .expect("the table has a stanza");
        let end = self.0[start..]
            .find("\n]\n")
            .map_or(self.0.len(), |length| start + length);
        let stanza = &self.0[start..end];
        let quoted = format!("\"{column}\"");
        let list = stanza.find("none = [").expect("the stanza lists columns") + "none = [".len();
        let at = start + list + stanza[list..].find(&quoted).expect("the column is listed");
        let mut text = self.0.clone();
        let after = &text[at + quoted.len()..];
        let comma = usize::from(after.starts_with(','));
        text.replace_range(at..at + quoted.len() + comma, "");
        assert_ne!(text, self.0);
        // The last of a list leaves the comma before it, which TOML allows.
        text
    }

    fn has(&self, header: &str, key: &str) -> bool {
        self.section(header)
            .lines()
            .any(|line| line.starts_with(&format!("{key} = ")))
    }

    fn section(&self, header: &str) -> &str {
        let Some(start) = self.0.find(&format!("[{header}]\n")) else {
            return "";
        };
        let body = &self.0[start + header.len() + 3..];
        &body[..body.find("\n[").unwrap_or(body.len())]
    }

    fn edit(&self, header: &str, key: &str, change: impl FnOnce(&str) -> Option<String>) -> String {
        let section = self.section(header);
        let line = section
            .lines()
            .find(|line| line.starts_with(&format!("{key} = ")))
            .unwrap_or_else(|| panic!("[{header}] has no {key}"));
        let edited = match change(line) {
            Some(new) => section.replacen(line, &new, 1),
            None => section.replacen(line, "", 1),
        };
        assert_ne!(section, edited, "the edit of {header}.{key} changes nothing");
        let heading = format!("[{header}]\n");
        self.0
            .replacen(&format!("{heading}{section}"), &format!("{heading}{edited}"), 1)
    }
}
