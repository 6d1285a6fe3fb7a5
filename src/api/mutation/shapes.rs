//! Parts of inputs that several mutations share.

use std::collections::BTreeSet;

use serde::Deserialize;
use uuid::Uuid;

use super::declare::{Input, Kind, Shape};
use super::read::{differs, instant};
use crate::access::grant::Verb;
use crate::clock::Instant;
use crate::error::Result;
use crate::work::delegate::grant::NewGrant;
use crate::work::subscriber::subscription::Proof;

/// The asker's key, by which asking twice is doing once.
pub(super) const IDEMPOTENCY_KEY: Input = Input::text(
    "idempotencyKey",
    "8 to 64 characters of A-Z, a-z, 0-9, - and _, chosen by you: the same key with the same input gives the same job, with other input it is refused.",
);

/// A subscriber, in one of two ways.
pub(super) const SUBSCRIBER: Shape = Shape {
    name: "SubscriberInput",
    about: "Which subscriber: exactly one of these.",
    one_of: true,
    takes: &[
        Input::new("id", Kind::Id("subscribers"), "By global id."),
        Input::new("email", Kind::Named("EmailAddress"), "By address."),
    ],
};

/// A right that a group is to have.
pub(super) const GRANT: Shape = Shape {
    name: "GrantInput",
    about: "A right that a group is to have.",
    one_of: false,
    takes: &[
        Input::text("resource", "The name of the type that the right is about."),
        Input::new("verb", Kind::Named("PermissionVerb"), "What may be done.").required(),
        Input::new(
            "lists",
            Kind::Id("lists"),
            "The lists whose rows may be reached; left out: all rows of the account.",
        )
        .list(),
        Input::new(
            "maxRows",
            Kind::Named("Int"),
            "The most rows of one bundle; for EXPORT alone.",
        ),
        Input::new(
            "maxBundlesPerDay",
            Kind::Named("Int"),
            "The most bundles in 24 hours; for EXPORT alone.",
        ),
        Input::new(
            "expiresAt",
            Kind::Named("DateTime"),
            "When the right ends; left out: never.",
        ),
    ],
};

/// [`GRANT`] as it comes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GrantInput {
    resource: String,
    verb: String,
    lists: Option<BTreeSet<Uuid>>,
    max_rows: Option<i64>,
    max_bundles_per_day: Option<i64>,
    #[serde(default, deserialize_with = "instant")]
    expires_at: Option<Instant>,
}

impl GrantInput {
    /// As the work takes it.
    pub(super) fn read(self) -> Result<NewGrant> {
        Ok(NewGrant {
            resource: self.resource,
            verb: Verb::of_word(&self.verb.to_ascii_lowercase()).ok_or_else(differs)?,
            lists: self.lists,
            max_rows: self.max_rows,
            max_bundles_per_day: self.max_bundles_per_day,
            expires_at: self.expires_at,
        })
    }
}

/// What shows that a person agreed, as inputs; with [`ProofInput`] for what comes.
pub(super) const PROOF: [Input; 5] = [
    Input::optional_text("purpose", "What the consent is for; newsletter when left out."),
    Input::optional_text(
        "textVersion",
        "The version of the text that the person was shown.",
    ),
    Input::optional_text("statement", "The text that the person was shown."),
    Input::optional_text("ipAddress", "The IP address that the person did it from."),
    Input::optional_text("userAgent", "What the person's browser said of itself."),
];

/// [`PROOF`] as it comes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProofInput {
    purpose: Option<String>,
    text_version: Option<String>,
    statement: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

impl ProofInput {
    /// As the work takes it.
    pub(super) fn read(self) -> Proof {
        Proof {
            purpose: self.purpose,
            text_version: self.text_version,
            statement: self.statement,
            ip_address: self.ip_address,
            user_agent: self.user_agent,
        }
    }
}
