//! The account is carried out: its bundle is downloaded in parts, as by somebody who was cut off, and strangers' tools
//! find it in order.

use serde_json::json;

use super::{Story, text};
use crate::kit::client::{Answer, Client};
use crate::kit::judge::{Judged, judge_bundles};

impl Story {
    /// The account's bundle is asked for, downloaded in two parts, and checked by strangers and by ourselves.
    pub async fn they_are_carried_out(&self) -> String {
        let asked = self
            .graphql(
                "mutation { requestExport(input: {idempotencyKey: \"story-export\"}) { export { id } userErrors { code } } }",
                json!({}),
            )
            .await;
        let id = text(&asked["requestExport"]["export"]["id"]);
        let query = "query($id: ID!) { node(id: $id) { ... on Export { state sha256 byteCount bundlePath errorCode } } }";
        let export = self.wait_for(query, &id, "READY").await;
        let path = text(&export["bundlePath"]);
        let bytes = download_in_two_parts(&self.gateway.client, &self.token, &path).await;
        assert_eq!(export["byteCount"], bytes.len().to_string());
        let bundle = self.home.folder().join("bundle.zip");
        std::fs::write(&bundle, bytes).expect("the bundle can be kept");
        self.verify(&bundle);
        let judged = Judged {
            bundle,
            folder: self.home.folder().join("bag"),
            key: self.key.clone(),
            least: 20,
        };
        judge_bundles(std::slice::from_ref(&judged));
        let listed = std::fs::read_to_string(judged.folder.join("data/csv/subscribers.csv"))
            .expect("the bundle has the subscribers");
        assert!(listed.contains("xia@example.test"));
        id
    }
}

/// Downloads the first third, then the rest as one who was cut off does.
async fn download_in_two_parts(client: &Client, token: &str, path: &str) -> Vec<u8> {
    let head = client.get_range(token, path, "bytes=0-0", None).await;
    assert_eq!(head.status, 206);
    let header = |answer: &Answer, name: &str| {
        let value = answer.headers.get(name).unwrap_or_else(|| panic!("no {name}"));
        value.to_str().expect("text").to_owned()
    };
    let size: usize = header(&head, "content-range")
        .rsplit('/')
        .next()
        .and_then(|size| size.parse().ok())
        .expect("a size");
    let etag = header(&head, "etag");
    let cut = size / 3;
    let first = client
        .get_range(token, path, &format!("bytes=0-{}", cut - 1), Some(&etag))
        .await;
    let second = client
        .get_range(token, path, &format!("bytes={cut}-"), Some(&etag))
        .await;
    assert_eq!((first.status, second.status), (206, 206));
    let whole = client.get_as(token, path).await;
    let joined = [first.body, second.body].concat();
    assert!(
        whole.status == 200 && whole.body == joined,
        "the parts are not the whole"
    );
    // Whose part is of another file gets the whole of this one.
    let other = client.get_range(token, path, "bytes=5-", Some("\"00\"")).await;
    assert!(other.status == 200 && other.body == joined);
    joined
}
