//! `transferExport`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation};
use super::read::wire;
use super::shapes::IDEMPOTENCY_KEY;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::transfer::request::{self, Protocol, TransferRequest};

pub(super) const TRANSFER_EXPORT: Mutation = Mutation {
    name: "transferExport",
    about: "Asks for a finished bundle to be handed to another controller (Art. 20 (2) GDPR), at an address that the gateway's setting `transfer-targets` allows. The job runs on; follow it with `jobProgress`. Each file goes with its length, its name and its SHA-256 as `Content-Digest`; redirects are not followed. A bundle of an account that holds somebody whose data may be kept and not used goes to nobody: ask for one with `withoutRestricted`. Requires: being allowed to fetch the bundle, asked again when it runs.",
    takes: &[
        Input::id("export", "exports", "The export, which must be READY."),
        Input::text(
            "target",
            "Where the bundle goes, as an https URL; of another Postern its address. What stands behind a question mark is kept secret.",
        ),
        Input::new(
            "protocol",
            Kind::Named("TransferProtocol"),
            "PUT: each file is put at the target, or, where that ends in /, into it under its own name. POST: each file is posted to the target. POSTERN: the target is another Postern, which imports the bundle into the account of the credential; that account must be empty, and its gateway must have this one's public key among its `trusted-keys`.",
        )
        .required()
        .or("PUT"),
        Input::optional_text(
            "credential",
            "What the receiver wants to be shown as a bearer token; of another Postern a token or an API key with the right to import. Kept sealed until the transfer ends, and shown to nobody.",
        ),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::Gone,
        Code::IdempotencyKeyReused,
        Code::InvalidId,
        Code::InvalidState,
        Code::Restricted,
        Code::TargetNotAllowed,
    ],
    gives: Gives::row("transfers", "The job; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TransferExport {
    export: Uuid,
    target: String,
    protocol: Word,
    credential: Option<String>,
    idempotency_key: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Word {
    Put,
    Post,
    Postern,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: TransferExport = wire(given.input)?;
    let wanted = TransferRequest {
        export: input.export,
        target: input.target,
        protocol: match input.protocol {
            Word::Put => Protocol::Put,
            Word::Post => Protocol::Post,
            Word::Postern => Protocol::Postern,
        },
        credential: input.credential.map(Zeroizing::new),
        idempotency_key: input.idempotency_key,
    };
    let id = request::request(&promises.installation, viewer, &wanted).await?;
    promises.wake.notify_waiters();
    Ok(Gave::row(id))
}
