//! What a browser is told about pages of other origins.

use super::{JSON, start};
use crate::http::server::Limits;

const ASKED: &str = "access-control-request-method: POST|access-control-request-headers: content-type";

#[tokio::test]
async fn a_browser_is_told_that_a_named_origin_may_ask_and_no_other() {
    let server = start(Limits::default()).await;
    let origin = "access-control-allow-origin";
    let named = server
        .ask(
            "OPTIONS /graphql",
            &format!("origin: https://app.example|{ASKED}"),
            "",
        )
        .await;
    assert_eq!(named.status, 204, "{named:?}");
    assert_eq!(named.header(origin), Some("https://app.example"));
    assert!(
        named
            .header("access-control-allow-methods")
            .unwrap()
            .contains("POST")
    );
    let allowed = named.header("access-control-allow-headers").unwrap();
    assert!(
        allowed.contains("authorization")
            && allowed.contains("content-type")
            && allowed.contains("postern-account")
    );
    assert_eq!(named.header("access-control-allow-credentials"), None);
    let asked = server
        .ask(
            "POST /graphql",
            &format!("origin: https://app.example|{JSON}"),
            r#"{"query":"a"}"#,
        )
        .await;
    assert_eq!(
        (asked.status, asked.header(origin)),
        (200, Some("https://app.example"))
    );
    assert_eq!(asked.header("vary"), Some("origin"));
    assert!(
        asked
            .header("access-control-expose-headers")
            .unwrap()
            .contains("x-request-id")
    );
    for other in [
        "https://evil.example",
        "https://app.example.evil.example",
        "null",
        "http://app.example",
    ] {
        let preflight = server
            .ask("OPTIONS /graphql", &format!("origin: {other}|{ASKED}"), "")
            .await;
        assert_eq!(
            (preflight.status, preflight.header(origin)),
            (405, None),
            "{other}"
        );
        let asked = server
            .ask(
                "POST /graphql",
                &format!("origin: {other}|{JSON}"),
                r#"{"query":"a"}"#,
            )
            .await;
        assert_eq!(asked.header(origin), None, "{other}");
    }
}

/// What a form or a script can send without asking first is no request to us, so there is nothing to forge.
#[tokio::test]
async fn what_a_page_can_send_without_asking_is_refused() {
    let server = start(Limits::default()).await;
    for simple in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
    ] {
        let reply = server
            .ask(
                "POST /graphql",
                &format!("content-type: {simple}"),
                r#"{"query":"a"}"#,
            )
            .await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (415, "UNSUPPORTED_MEDIA_TYPE"),
            "{simple}"
        );
    }
    let get = server.ask("GET /graphql?query=mutation", "", "").await;
    assert_eq!((get.status, get.code().as_str()), (405, "METHOD_NOT_ALLOWED"));
}
