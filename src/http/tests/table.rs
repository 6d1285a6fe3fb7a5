//! Requests, each with the status and the code it must get.

use super::{JSON, start};
use crate::http::server::Limits;

#[tokio::test]
async fn each_request_gets_its_status_and_code() {
    let server = start(Limits {
        body_bytes: 1_000,
        ..Limits::default()
    })
    .await;
    let query = r#"{"query":"{a}"}"#;
    let large = format!(r#"{{"query":"{}"}}"#, "x".repeat(1_000));
    let deep = format!(r#"{{"query":"a","variables":{{"a":{}"#, "[".repeat(200));
    let both = "content-type: application/json|accept: application/json";
    let cases: Vec<(&str, &str, &str, u16, &str)> = vec![
        ("POST /graphql", JSON, query, 200, ""),
        (
            "POST /graphql",
            "content-type: Application/JSON; Charset=\"UTF-8\"",
            query,
            200,
            "",
        ),
        (
            "POST /graphql",
            "content-type: application/json; charset=latin1",
            query,
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "POST /graphql",
            "content-type: text/plain",
            query,
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "POST /graphql",
            "content-type: application/x-www-form-urlencoded",
            "query=a",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "POST /graphql",
            "content-type: multipart/form-data; boundary=x",
            query,
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "POST /graphql",
            "content-type: application/graphql",
            "{a}",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        ("POST /graphql", "", query, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (
            "POST /graphql",
            "content-type: application/json|content-encoding: gzip",
            query,
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "POST /graphql",
            "content-type: application/json|accept: text/html",
            query,
            406,
            "NOT_ACCEPTABLE",
        ),
        ("POST /graphql", JSON, "", 400, "BAD_REQUEST"),
        ("POST /graphql", JSON, "{", 400, "BAD_REQUEST"),
        ("POST /graphql", JSON, "\"{a}\"", 400, "BAD_REQUEST"),
        ("POST /graphql", JSON, "{}", 400, "BAD_REQUEST"),
        ("POST /graphql", JSON, r#"{"query":null}"#, 400, "BAD_REQUEST"),
        ("POST /graphql", JSON, r#"{"query":1}"#, 400, "BAD_REQUEST"),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"a","query":"b"}"#,
            400,
            "BAD_REQUEST",
        ),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"a","variables":[]}"#,
            400,
            "BAD_REQUEST",
        ),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"a","variables":"{}"}"#,
            400,
            "BAD_REQUEST",
        ),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"a","operationName":[]}"#,
            400,
            "BAD_REQUEST",
        ),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"a","extensions":1}"#,
            400,
            "BAD_REQUEST",
        ),
        (
            "POST /graphql",
            both,
            r#"{"query":"a","extensions":1}"#,
            400,
            "BAD_REQUEST",
        ),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"a","variables":null,"operationName":null,"extensions":null,"more":1}"#,
            200,
            "",
        ),
        (
            "POST /graphql",
            JSON,
            " [{\"query\":\"a\"}]",
            400,
            "BATCHING_REFUSED",
        ),
        ("POST /graphql", JSON, &deep, 400, "BAD_REQUEST"),
        ("POST /graphql", JSON, &large, 413, "BODY_TOO_LARGE"),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"invalid"}"#,
            400,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "POST /graphql",
            both,
            r#"{"query":"invalid"}"#,
            200,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "POST /graphql",
            both,
            r#"{"query":"deep"}"#,
            400,
            "DOCUMENT_TOO_LARGE",
        ),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"limited"}"#,
            429,
            "RATE_LIMITED",
        ),
        (
            "POST /graphql",
            JSON,
            r#"{"query":"private"}"#,
            401,
            "UNAUTHENTICATED",
        ),
        (
            "POST /graphql",
            both,
            r#"{"query":"private"}"#,
            401,
            "UNAUTHENTICATED",
        ),
        ("POST /graphql", JSON, r#"{"query":"panic"}"#, 500, "INTERNAL"),
        (
            "POST /graphql",
            "content-type: application/json|authorization: Bearer a|authorization: Bearer b",
            query,
            400,
            "BAD_REQUEST",
        ),
        ("GET /graphql?query=%7Ba%7D", "", "", 200, ""),
        ("GET /graphql?query=mutation", "", "", 405, "METHOD_NOT_ALLOWED"),
        ("GET /graphql?query=private", "", "", 401, "UNAUTHENTICATED"),
        ("GET /graphql", "", "", 400, "BAD_REQUEST"),
        ("GET /graphql?query=a&query=b", "", "", 400, "BAD_REQUEST"),
        (
            "GET /graphql?query=a&variables=%5B%5D",
            "",
            "",
            400,
            "BAD_REQUEST",
        ),
        ("GET /graphql?query=a&variables=x", "", "", 400, "BAD_REQUEST"),
        ("PUT /graphql", JSON, query, 405, "METHOD_NOT_ALLOWED"),
        ("OPTIONS /graphql", "", "", 405, "METHOD_NOT_ALLOWED"),
        ("GET /", "", "", 200, ""),
        ("POST /", "", "", 405, "METHOD_NOT_ALLOWED"),
        ("GET /nope", "", "", 404, "NOT_FOUND"),
        ("GET /metrics", "", "", 404, "NOT_FOUND"),
        ("GET /graphql/", "", "", 404, "NOT_FOUND"),
        ("GET /%ff%00/../x", "", "", 404, "NOT_FOUND"),
        ("GET /health/live", "", "", 200, ""),
        ("GET /health/ready", "", "", 200, ""),
        ("DELETE /health/ready", "", "", 405, "METHOD_NOT_ALLOWED"),
        ("GET /.well-known/jwks.json", "", "", 200, ""),
        ("GET /.well-known/postern-signing-key.pem", "", "", 200, ""),
        ("GET /exports/mine/bundle", "", "", 401, "UNAUTHENTICATED"),
        (
            "GET /exports/theirs/bundle",
            "authorization: x",
            "",
            404,
            "NOT_FOUND",
        ),
        ("GET /exports/old/bundle", "authorization: x", "", 410, "GONE"),
        (
            "GET /exports/broken/bundle",
            "authorization: x",
            "",
            500,
            "INTERNAL",
        ),
        ("GET /imports/mine/rejects", "", "", 401, "UNAUTHENTICATED"),
        ("GET /imports/mine/rejects", "authorization: x", "", 200, ""),
        (
            "GET /imports/theirs/rejects",
            "authorization: x",
            "",
            404,
            "NOT_FOUND",
        ),
        (
            "DELETE /imports/mine/rejects",
            "authorization: x",
            "",
            405,
            "METHOD_NOT_ALLOWED",
        ),
        ("GET /downloads/mine", "", "", 200, ""),
        ("HEAD /downloads/mine", "", "", 200, ""),
        ("GET /downloads/old", "", "", 410, "GONE"),
        ("GET /downloads/x", "", "", 404, "NOT_FOUND"),
        ("GET /downloads/mine/more", "", "", 404, "NOT_FOUND"),
        ("POST /downloads/mine", "", "", 405, "METHOD_NOT_ALLOWED"),
        (
            "POST /exports/mine/bundle",
            "authorization: x",
            "",
            405,
            "METHOD_NOT_ALLOWED",
        ),
        ("POST /uploads", "authorization: x", "0123456789", 201, ""),
        ("POST /uploads", "", "x", 401, "UNAUTHENTICATED"),
        (
            "POST /uploads",
            "authorization: x",
            "0123456789a",
            413,
            "BODY_TOO_LARGE",
        ),
        (
            "POST /uploads",
            "authorization: x|content-encoding: gzip",
            "x",
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "POST /uploads",
            "authorization: x|content-digest: sha-256=x",
            "x",
            400,
            "BAD_REQUEST",
        ),
        ("GET /uploads", "authorization: x", "", 405, "METHOD_NOT_ALLOWED"),
    ];
    for (line, headers, body, status, code) in cases {
        let reply = server.ask(line, headers, body).await;
        let what = format!("{line} {headers} {body:.60}: {reply:?}");
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{what}");
        assert!(reply.header("x-request-id").is_some(), "{what}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{what}");
        assert!(code.is_empty() || !reply.body.contains("\"data\""), "{what}");
        assert_eq!(status == 405, reply.header("allow").is_some(), "{what}");
        assert_eq!(
            status == 401,
            reply.header("www-authenticate").is_some(),
            "{what}"
        );
        assert!(!reply.body.contains("secret"), "{what}");
    }
}
