//! Handing a bundle over as a job: with the rights that whoever asked has now, to an address that the settings allow now.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use reqwest::{Method, Url};

use super::disclosed;
use super::follow::{Follow, count, still_there};
use super::peer::Peer;
use super::request::{Confidential, Protocol, TransferPlan, check_files};
use super::send::{client, request, send};
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::error::{Code, Fault, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::queue::{self, Claim};
use crate::work::export::download::{self, Bundle};
use crate::work::export::request::may_touch;
use crate::work::export::restricted;
use crate::work::installation::Installation;
use crate::work::job::attempt::{Failure, attempt};
use crate::work::job::{self, RUNNING, TRANSFER};

/// Runs a claimed transfer to its end, or gives it back for another attempt after a while, when what went wrong may pass.
pub async fn run(installation: &Installation, claim: &Claim) -> Result<()> {
    reach(FailPoint::TransferClaimed);
    let fail = async |failure: Failure| {
        let message = failure.message.or_else(|| unreachable(failure.code));
        let columns = [("error_message", message.map_or(Cell::Null, Cell::from))];
        job::fail(installation, &TRANSFER, claim, failure.code, &columns).await
    };
    attempt(installation, &TRANSFER, claim, make(installation, claim), fail).await
}

/// What went wrong on the way is no refusal, and is told nevertheless.
fn unreachable(code: Code) -> Option<String> {
    let message =
        "the receiver could not be reached, was busy, or broke off, each time; ask again when it is there";
    (code == Code::ReceiverUnreachable).then(|| message.to_owned())
}

async fn make(installation: &Installation, claim: &Claim) -> Result<()> {
    let (plan, confidential, viewer) = load(installation, claim).await?;
    let target = installation.transferring.targets.allow(&confidential.target)?;
    let ready = still_there(installation, &viewer, plan.export).await?;
    let export = may_touch(installation, &viewer, plan.export).await?;
    restricted::may_be_handed_over(installation, &viewer, &export).await?;
    check_files(plan.protocol, &target, ready.files())?;
    let mut files = Vec::new();
    for number in 1..=ready.files() {
        files.push(ready.file(installation, plan.export, number).await?);
    }
    let follow = Follow {
        installation,
        claim,
        viewer: &viewer,
        export: plan.export,
        bytes: Arc::new(AtomicU64::new(0)),
    };
    let size: u64 = files.iter().map(|file| file.object.size()).sum();
    follow
        .note(vec![("bytes_expected", count(size)), ("bytes_done", count(0))])
        .await?;
    disclosed::note(&follow, &export, &target).await?;
    let import = match hand_over(&follow, &plan, &confidential, target, files).await {
        Ok(import) => import,
        Err(error) => {
            // A bundle that was removed meanwhile is read no further; that is then the reason.
            still_there(installation, &viewer, plan.export).await?;
            return Err(error);
        }
    };
    publish(&follow, import, size).await
}

async fn load(installation: &Installation, claim: &Claim) -> Result<(TransferPlan, Confidential, Viewer)> {
    let columns = [
        ("plan", Kind::Json),
        ("principal", Kind::Json),
        ("credential_sealed", Kind::Bytes),
    ];
    let database = &installation.database;
    let row = queue::read(database, claim.queue, claim.account, claim.id, &columns).await?;
    let broken = || Fault::Invariant("a transfer's row cannot be read".into());
    let Some([Cell::Json(plan), Cell::Json(principal), Cell::Bytes(sealed)]) = row.as_deref() else {
        return Err(broken().into());
    };
    let plan: TransferPlan = serde_json::from_value((**plan).clone()).map_err(|_| broken())?;
    let viewer = job::asker_again(installation, &TRANSFER, claim, principal).await?;
    let confidential = installation
        .keys
        .open_credential(claim.account, claim.id, sealed)?;
    let confidential: Confidential = serde_json::from_str(&confidential).map_err(|_| broken())?;
    Ok((plan, confidential, viewer))
}

/// Sends every file; gives the id of the import at another Postern.
async fn hand_over(
    follow: &Follow<'_>,
    plan: &TransferPlan,
    confidential: &Confidential,
    target: Url,
    files: Vec<Bundle>,
) -> Result<Option<String>> {
    let client = client(&target)?;
    let credential = confidential.credential.as_deref();
    let mut import = None;
    for file in files {
        // Before the first byte, as with a download.
        download::note(
            follow.installation,
            follow.viewer,
            follow.export,
            "export.transferred",
        )
        .await?;
        let (method, url) = match plan.protocol {
            Protocol::Put => (Method::PUT, place(&target, &file.filename)),
            Protocol::Post => (Method::POST, target.clone()),
            Protocol::Postern => {
                let peer = Peer {
                    follow,
                    client: &client,
                    base: target.clone(),
                    credential,
                };
                import = Some(peer.hand_over(file).await?);
                continue;
            }
        };
        send(follow, request(&client, method, url, credential)?, file).await?;
        reach(FailPoint::TransferSent);
    }
    Ok(import)
}

/// Where a file is put: a target that is a folder has it under its own name.
fn place(target: &Url, filename: &str) -> Url {
    let mut url = target.clone();
    if url.path().ends_with('/') {
        let path = format!("{}{filename}", url.path());
        url.set_path(&path);
    }
    url
}

/// Says that the bundle is handed over, if the job is still ours.
async fn publish(follow: &Follow<'_>, import: Option<String>, size: u64) -> Result<()> {
    let Follow {
        installation,
        claim,
        viewer,
        ..
    } = follow;
    let now = installation.clock.now();
    let event = AuditEvent::by(viewer, installation.new_id(), now, "transfer.finished")
        .of(TRANSFER.resource, claim.id);
    let columns = [
        ("state", "done".into()),
        ("receiver_import", import.map_or(Cell::Null, Cell::from)),
        // Also what an earlier attempt has sent.
        ("bytes_done", count(size)),
        ("credential_sealed", Cell::Null),
        ("finished_at", now.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    if job::finish(installation, claim, RUNNING, &columns, &event).await? {
        reach(FailPoint::TransferPublished);
        tracing::info!(transfer = %claim.id, "a bundle was handed over");
    } else {
        tracing::info!(transfer = %claim.id, "a transfer was canceled or taken over");
    }
    Ok(())
}
