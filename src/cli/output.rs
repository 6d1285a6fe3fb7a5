//! What a command says: lines for people, JSON for programs; results on stdout, everything else on stderr.
//!
//! Knows no command. A reader that has gone (a closed pipe) ends nothing.

use std::io::{IsTerminal, Write};

use serde_json::{Value, json};

use crate::error::{Error, Result};

/// Where the words of a command go.
#[derive(Clone, Debug)]
pub(super) struct Output {
    is_json: bool,
}

impl Output {
    /// One for the whole process.
    pub(super) fn new(is_json: bool) -> Output {
        Output { is_json }
    }

    /// Whether programs read along.
    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether somebody looks at stderr while the command runs.
    pub(super) fn is_watched(&self) -> bool {
        std::io::stderr().is_terminal()
    }

    /// A result: the text for people, the value for programs. Text without a line end gets one.
    pub(super) fn result(&self, text: impl AsRef<str>, value: &Value) -> Result<()> {
        if self.is_json {
            return self.raw(&value.to_string());
        }
        self.raw(text.as_ref())
    }

    /// A result that is the same for people and programs, such as a file's text.
    pub(super) fn raw(&self, text: &str) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        let end = if text.ends_with('\n') { "" } else { "\n" };
        // Who does not read to the end has read enough.
        let _ = write!(stdout, "{text}{end}").and_then(|()| stdout.flush());
        Ok(())
    }

    /// Something on the way, for people alone.
    pub(super) fn note(&self, text: impl AsRef<str>) {
        if !self.is_json {
            let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
        }
    }

    /// Why a command failed.
    pub(super) fn failure(&self, error: &Error) {
        let text = match self.is_json {
            true => failure_document(error).to_string(),
            false => format!("postern: {error}"),
        };
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

fn failure_document(error: &Error) -> Value {
    let mut document = json!({ "code": error.code().as_str(), "message": error.to_string() });
    if let Error::Refused(refusal) = error {
        if !refusal.field.is_empty() {
            document["field"] = refusal.field.clone().into();
        }
        if let Some(seconds) = refusal.retry_after_seconds {
            document["retryAfterSeconds"] = seconds.into();
        }
    }
    json!({ "error": document })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Fault, Refusal};

    #[test]
    fn a_failure_has_its_code_and_its_field() {
        let refusal = Refusal::new(Code::PlanChanged, "look again").at(["planHash"]);
        let expected =
            json!({"error": {"code": "PLAN_CHANGED", "message": "look again", "field": ["planHash"]}});
        assert_eq!(failure_document(&refusal.into()), expected);
        let fault = failure_document(&Fault::StorageFull("write".into()).into());
        assert_eq!(fault["error"]["code"], "STORAGE_FULL");
    }
}
