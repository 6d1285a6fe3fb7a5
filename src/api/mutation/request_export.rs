//! `requestExport`.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation, Shape, Words};
use super::read::{instant, wire};
use super::shapes::{IDEMPOTENCY_KEY, SUBSCRIBER};
use crate::api::promises::Promises;
use crate::bundle::{Lane, Lanes};
use crate::clock::Instant;
use crate::error::{Code, Result};
use crate::plan::slice::BundleKind;
use crate::work::export::part::ExportPart;
use crate::work::export::request::{self, ExportRequest};
use crate::work::export::volumes::VolumeSize;
use crate::work::person::SubscriberChoice;

pub(super) const REQUEST_EXPORT: Mutation = Mutation {
    name: "requestExport",
    about: "Asks for a bundle of an account, a part of it, or one subscriber. The job runs on; ask for it with `node`. Requires: export on the resources wanted.",
    takes: &[
        Input::new(
            "scope",
            Kind::Shape(&SCOPE),
            "What the bundle is to be about; left out: the whole account.",
        ),
        Input::new(
            "since",
            Kind::Named("DateTime"),
            "Only rows that were made or changed at this instant or later; left out: all.",
        ),
        Input::new(
            "withoutRestricted",
            Kind::Named("Boolean"),
            "Whether the people are left out whose data may be kept and not used, with all rows about them (Art. 18 and 21 GDPR): while there are any, transferExport hands over no other bundle of an account. The receipt says how many rows that were.",
        ),
        Input::new(
            "bundle",
            Kind::Words(&PERSON_BUNDLE),
            "What a bundle about one person is for; without meaning for every other.",
        )
        .required()
        .or("ACCESS"),
        Input::new(
            "formats",
            Kind::Words(&EXPORT_FORMAT),
            "Which formats; CSV and NDJSON when left out.",
        )
        .list(),
        Input::new(
            "volumeMebibytes",
            Kind::Named("Int"),
            "About how many mebibytes one file of the bundle may have, 1 to 51200; 2048 when left out. A larger bundle is several files, each of which can be checked by itself.",
        ),
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

const SCOPE: Shape = Shape {
    name: "ExportScopeInput",
    about: "What a bundle is about: exactly one of these.",
    one_of: true,
    takes: &[
        Input::new(
            "subscriber",
            Kind::Shape(&SUBSCRIBER),
            "One person, with all rows about that person.",
        ),
        Input::new(
            "list",
            Kind::Id("lists"),
            "One list: its people, fields, segments and campaigns, and what came of those.",
        ),
        Input::new(
            "campaign",
            Kind::Id("campaigns"),
            "The report of one campaign: its links, its deliveries, and what came of them.",
        ),
        Input::new(
            "resources",
            Kind::Named("String"),
            "All rows of these resources, by the names of their types; for example Subscriber.",
        )
        .list(),
    ],
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Scope {
    Subscriber(SubscriberChoice),
    List(Uuid),
    Campaign(Uuid),
    Resources(BTreeSet<String>),
}

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
    scope: Option<Scope>,
    #[serde(default, deserialize_with = "instant")]
    since: Option<Instant>,
    without_restricted: Option<bool>,
    bundle: PersonBundle,
    formats: Option<Lanes>,
    volume_mebibytes: Option<i32>,
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
    let (subscriber, part) = match input.scope {
        None => (None, ExportPart::Whole),
        Some(Scope::Subscriber(choice)) => (Some(choice), ExportPart::Whole),
        Some(Scope::List(list)) => (None, ExportPart::List(list)),
        Some(Scope::Campaign(campaign)) => (None, ExportPart::Campaign(campaign)),
        Some(Scope::Resources(names)) => (None, ExportPart::Resources(names)),
    };
    let wanted = ExportRequest {
        bundle: match (&subscriber, input.bundle) {
            (None, _) => BundleKind::Account,
            (Some(_), PersonBundle::Access) => BundleKind::Access,
            (Some(_), PersonBundle::Portability) => BundleKind::Portability,
        },
        formats: input.formats.unwrap_or_default(),
        subscriber,
        part,
        since: input.since,
        without_restricted: input.without_restricted.unwrap_or(false),
        volume_size: match input.volume_mebibytes {
            None => VolumeSize::default(),
            // A number below nothing is out of bounds as nothing is.
            Some(mebibytes) => VolumeSize::of_mebibytes(u64::try_from(mebibytes).unwrap_or(0))?,
        },
        idempotency_key: input.idempotency_key,
    };
    let id = request::request(&promises.installation, viewer, &wanted).await?;
    promises.wake.notify_waiters();
    Ok(Gave::row(id))
}
