//! The same over the socket: whose job is followed that is not the asker's gets null and the end.

use serde_json::json;

use super::Nowhere;
use super::crawl::{Asker, Found};
use crate::kit::socket::{Heard, Socket};

const PROGRESS: &str = "subscription ($id: ID!) { jobProgress(id: $id) { __typename id } }";

/// Every id is followed by itself; each gets what an id of nothing gets.
pub(super) async fn no_job_is_followed(asker: &Asker, theirs: &Found, nowhere: &Nowhere, who: &str) {
    let mut socket = Socket::open_in(&asker.client, &asker.token, asker.account).await;
    for (of, ids) in theirs.by_type() {
        let is_job = ["Export", "Transfer", "Import", "Erasure"].contains(&of);
        let most = if is_job { usize::MAX } else { 1 };
        let other = nowhere.id(of);
        let other = followed(&mut socket, &other).await;
        let null = json!({ "jobProgress": null });
        assert_eq!(other["data"], null, "{who}: {of}");
        for id in ids.iter().take(most) {
            assert_eq!(followed(&mut socket, id).await, other, "{who}: {of}");
        }
    }
}

/// The only event of a subscription.
async fn followed(socket: &mut Socket, id: &str) -> serde_json::Value {
    match socket.ask(PROGRESS, json!({ "id": id })).await {
        // The next thing was the end, or asking would have failed.
        Heard::Next(answer) => answer,
        other => panic!("{other:?}"),
    }
}
