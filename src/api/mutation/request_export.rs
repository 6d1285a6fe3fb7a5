//! `requestExport`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation, Words};
use super::read::wire;
use super::shapes::{IDEMPOTENCY_KEY, SUBSCRIBER};
use crate::api::promises::Promises;
use crate::bundle::{Lane, Lanes};
use crate::error::{Code, Result};
use crate::plan::slice::BundleKind;
use crate::work::export::request::{self, ExportRequest};
use crate::work::person::SubscriberChoice;

pub(super) const REQUEST_EXPORT: Mutation = Mutation {
    name: "requestExport",
    about: "Asks for a bundle of an account or of one subscriber. The job runs on; ask for it with `node`. Requires: export on the resources wanted.",
    takes: &[
        Input::new(
            "subscriber",
            Kind::Shape(&SUBSCRIBER),
            "The person whose data is wanted; left out: the whole account.",
        ),
        Input::new(
            "bundle",
            Kind::Words(&PERSON_BUNDLE),
            "What a bundle about one person is for; without meaning for a whole account.",
        )
        .required()
        .or("ACCESS"),
        Input::new(
            "formats",
            Kind::Words(&EXPORT_FORMAT),
            "Which formats; CSV and NDJSON when left out.",
        )
        .list(),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::IdempotencyKeyReused,
        Code::InvalidId,
        Code::LimitReached,
        Code::PolicyDrift,
        Code::SubjectNotFound,
    ],
    gives: Gives::row("exports", "The job; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

const EXPORT_FORMAT: Words = Words {
    name: "ExportFormat",
    about: "A format of the rows in a bundle; the words are those of the file names.",
    words: &Lane::WORDS,
};

const PERSON_BUNDLE: Words = Words {
    name: "PersonBundle",
    about: "What a bundle about one person is for.",
    words: &[
        (
            "ACCESS",
            "Everything that is held about the person (Art. 15 GDPR).",
        ),
        (
            "PORTABILITY",
            "What the person provided, and what was observed (Art. 20 GDPR).",
        ),
    ],
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RequestExport {
    subscriber: Option<SubscriberChoice>,
    bundle: PersonBundle,
    formats: Option<Lanes>,
    idempotency_key: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum PersonBundle {
    Access,
    Portability,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: RequestExport = wire(given.input)?;
    let wanted = ExportRequest {
        bundle: match (&input.subscriber, input.bundle) {
            (None, _) => BundleKind::Account,
            (Some(_), PersonBundle::Access) => BundleKind::Access,
            (Some(_), PersonBundle::Portability) => BundleKind::Portability,
        },
        formats: input.formats.unwrap_or_default(),
        subscriber: input.subscriber,
        idempotency_key: input.idempotency_key,
    };
    let id = request::request(&promises.installation, viewer, &wanted).await?;
    promises.wake.notify_waiters();
    Ok(Gave::row(id))
}
