//! Reporting what became of a recipient: told, confirmed, or exempt. What is reported twice is reported once.

use uuid::Uuid;

use super::settle::settle;
use crate::access::viewer::Viewer;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::erasure_recipient::{self as store, Recipient};
use crate::work::edit::no_such;
use crate::work::erase::plan::may_erase;
use crate::work::installation::Installation;
use crate::work::plain_text;

/// The longest reason, in characters.
const LONGEST: usize = 255;

/// What became of a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// It was told, and has not answered.
    Told,
    /// It has erased the data.
    Confirmed,
    /// It need not be told, for this reason.
    Exempt(String),
}

impl Report {
    /// By its word and the reason given with it, if any.
    pub fn read(word: &str, reason: Option<&str>) -> Result<Report, Refusal> {
        let wrong = |message: &str| Refusal::new(Code::BadUserInput, message).at(["reason"]);
        let reason = plain_text::line(reason.unwrap_or_default(), LONGEST).map_err(wrong)?;
        match (word, reason.is_empty()) {
            ("TOLD", true) => Ok(Report::Told),
            ("CONFIRMED", true) => Ok(Report::Confirmed),
            ("EXEMPT", true) => Err(wrong(
                "say why telling the recipient is impossible, or a disproportionate effort (Art. 19 GDPR)",
            )),
            // The record outlives the erasure and is searched for nobody.
            ("EXEMPT", false) if reason.contains('@') => Err(wrong(
                "the reason must not hold an address: it is part of a record without personal data",
            )),
            ("EXEMPT", false) => Ok(Report::Exempt(reason)),
            (_, true) => {
                let message = "a recipient is TOLD, CONFIRMED or EXEMPT";
                Err(Refusal::new(Code::BadUserInput, message).at(["state"]))
            }
            (_, false) => Err(wrong("a reason is given for EXEMPT alone")),
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Report::Told => "erasure.recipient_told",
            Report::Confirmed => "erasure.recipient_confirmed",
            Report::Exempt(_) => "erasure.recipient_exempt",
        }
    }

    /// Puts it into the row; false when the row says so already. Errors: `INVALID_STATE` after the last word about the
    /// recipient.
    fn apply(&self, recipient: &mut Recipient, now: Instant) -> Result<bool, Refusal> {
        let state = recipient.state.as_str();
        let says_so = match self {
            // Whoever confirmed was told; late is late.
            Report::Told => state == "confirmed" || recipient.told_at.is_some(),
            Report::Confirmed => state == "confirmed",
            Report::Exempt(reason) => state == "exempt" && recipient.reason.as_ref() == Some(reason),
        };
        if says_so && (state != "exempt" || matches!(self, Report::Exempt(_))) {
            return Ok(false);
        }
        if !recipient.is_open() {
            let message = format!(
                "the recipient is {} already, which is not taken back",
                state.to_uppercase()
            );
            return Err(Refusal::new(Code::InvalidState, message).at(["state"]));
        }
        match self {
            Report::Told => {
                recipient.told_at = Some(now);
                if state == "to_tell" {
                    recipient.state = "told".to_owned();
                }
            }
            Report::Confirmed => {
                recipient.confirmed_at = Some(now);
                recipient.state = "confirmed".to_owned();
            }
            Report::Exempt(reason) => {
                recipient.reason = Some(reason.clone());
                recipient.state = "exempt".to_owned();
            }
        }
        Ok(true)
    }
}

/// Notes what became of a recipient, for whoever may erase; with the last word about the last of them the erasure is done.
/// Errors: `INVALID_ID`, `INVALID_STATE`.
pub async fn report(
    installation: &Installation,
    viewer: &Viewer,
    recipient: Uuid,
    report: &Report,
) -> Result<()> {
    // Whoever may not erase learns nothing about who was given what.
    if may_erase(&installation.catalog, viewer).is_err() {
        return Err(no_such("recipient", &["recipient"]).into());
    }
    let (account, now) = (viewer.account, installation.clock.now());
    let event =
        AuditEvent::by(viewer, installation.new_id(), now, report.action()).of("ErasureRecipient", recipient);
    let erasure = installation
        .database
        .write(async |transaction| {
            let found = store::look(transaction, account, recipient).await?;
            let mut found = found.ok_or_else(|| no_such("recipient", &["recipient"]))?;
            if report.apply(&mut found, now)? {
                store::change(transaction, account, &found, now).await?;
                audit::append(transaction, std::slice::from_ref(&event)).await?;
            }
            Ok(found.erasure)
        })
        .await?;
    settle(installation, account, erasure).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(state: &str) -> Recipient {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Recipient {
            id: Uuid::nil(),
            erasure: Uuid::nil(),
            recipient: "Parcel service".to_owned(),
            kind: "partner".to_owned(),
            state: state.to_owned(),
            reason: None,
            due_at: at,
            told_at: None,
            confirmed_at: None,
        }
    }

    #[test]
    fn the_last_word_about_a_recipient_stands_and_an_overdue_one_stays_so_until_then() {
        let exempt = Report::Exempt("The company is no more.".to_owned());
        let now = "2026-02-01T00:00:00Z".parse().unwrap();
        for (from, report, to) in [
            ("to_tell", &Report::Told, Some("told")),
            ("to_tell", &Report::Confirmed, Some("confirmed")),
            ("to_tell", &exempt, Some("exempt")),
            ("told", &Report::Confirmed, Some("confirmed")),
            ("overdue", &Report::Told, Some("overdue")),
            ("overdue", &Report::Confirmed, Some("confirmed")),
            ("overdue", &exempt, Some("exempt")),
            ("confirmed", &Report::Told, Some("confirmed")),
            ("confirmed", &Report::Confirmed, Some("confirmed")),
            ("confirmed", &exempt, None),
            ("exempt", &Report::Told, None),
            ("exempt", &Report::Confirmed, None),
        ] {
            let mut row = recipient(from);
            let is_taken = report.apply(&mut row, now).is_ok();
            let outcome = is_taken.then_some(row.state.as_str());
            assert_eq!(outcome, to, "{from} {report:?}");
        }
    }
}
