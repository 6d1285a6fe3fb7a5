//! Requests that are no proper GraphQL over HTTP: bodies, headers, routes.

use reqwest::Method;
use serde_json::json;

use super::{Attack, Victim};

#[tokio::test]
async fn requests_that_are_not_graphql_over_http_get_their_status_and_their_code() {
    for mut victim in Victim::each().await {
        let mut attacks = bodies(&victim);
        attacks.extend(headers(&victim));
        attacks.extend(routes(&victim));
        victim.withstands(attacks).await;
    }
}

fn bodies(victim: &Victim) -> Vec<Attack> {
    let good = json!({ "query": "{ __typename }" });
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no body", Vec::new(), "BAD_REQUEST"),
        (
            "half of JSON",
            b"{\"query\": \"{ __typename".to_vec(),
            "BAD_REQUEST",
        ),
        (
            "JSON with more behind it",
            format!("{good} {good}").into_bytes(),
            "BAD_REQUEST",
        ),
        ("text", b"{ __typename }".to_vec(), "BAD_REQUEST"),
        ("a text in JSON", b"\"{ __typename }\"".to_vec(), "BAD_REQUEST"),
        ("null", b"null".to_vec(), "BAD_REQUEST"),
        ("an empty object", b"{}".to_vec(), "BAD_REQUEST"),
        (
            "a query that is a number",
            b"{\"query\": 1}".to_vec(),
            "BAD_REQUEST",
        ),
        (
            "two queries",
            b"{\"query\": \"{a}\", \"query\": \"{b}\"}".to_vec(),
            "BAD_REQUEST",
        ),
        (
            "variables that are a list",
            b"{\"query\": \"{a}\", \"variables\": [1]}".to_vec(),
            "BAD_REQUEST",
        ),
        (
            "Latin-1",
            b"{\"query\": \"{ a(b: \\\"\xe4\\\") }\"}".to_vec(),
            "BAD_REQUEST",
        ),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf", good.to_string().as_bytes()].concat(),
            "BAD_REQUEST",
        ),
        (
            "UTF-16",
            good.to_string()
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            "BAD_REQUEST",
        ),
        (
            "a number beyond numbers",
            b"{\"query\": \"{a}\", \"variables\": {\"a\": 1e400}}".to_vec(),
            "BAD_REQUEST",
        ),
        (
            "lists a hundred thousand deep",
            format!("{{\"query\": \"{{a}}\", \"variables\": {{\"a\": {deep}}}}}").into_bytes(),
            "BAD_REQUEST",
        ),
        (
            "a thousand operations",
            json!(vec![good.clone(); 1_000]).to_string().into_bytes(),
            "BATCHING_REFUSED",
        ),
        (
            "a list of one operation",
            json!([good]).to_string().into_bytes(),
            "BATCHING_REFUSED",
        ),
        ("an empty list", b" [ ]".to_vec(), "BATCHING_REFUSED"),
    ];
    let attacks = cases.into_iter();
    attacks
        .map(|(name, body, code)| victim.attack(name, victim.post(body), 400, code))
        .collect()
}

fn headers(victim: &Victim) -> Vec<Attack> {
    let body = || json!({ "query": "{ viewer { kind } }" }).to_string();
    let typed = |of: &str| {
        victim
            .bare()
            .bearer_auth(&victim.token)
            .header("content-type", of)
            .body(body())
    };
    let mut attacks: Vec<Attack> = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin1",
        "application/jsonp",
        "",
    ]
    .map(|of| victim.attack(of, typed(of), 415, "UNSUPPORTED_MEDIA_TYPE"))
    .into();
    let json = "application/json";
    let twice = typed(json).bearer_auth(&victim.token);
    let bare = || victim.bare().header("content-type", json).body(body());
    attacks.extend([
        victim.attack(
            "no media type",
            victim.bare().bearer_auth(&victim.token).body(body()),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        victim.attack(
            "a compressed body",
            typed(json).header("content-encoding", "gzip"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        victim.attack(
            "an answer in HTML",
            typed(json).header("accept", "text/html"),
            406,
            "NOT_ACCEPTABLE",
        ),
        victim.attack("Authorization twice", twice, 400, "BAD_REQUEST"),
        victim.attack(
            "Postern-Account twice",
            typed(json)
                .header("postern-account", "Acme")
                .header("postern-account", "Globex"),
            400,
            "BAD_REQUEST",
        ),
        victim.attack(
            "Authorization that is not ASCII",
            bare().header("authorization", "Bearer ä"),
            400,
            "BAD_REQUEST",
        ),
        victim.attack("no Authorization", bare(), 401, "UNAUTHENTICATED"),
        victim.attack(
            "the token in a cookie",
            bare().header(
                "cookie",
                format!("token={0}; authorization=Bearer {0}", victim.token),
            ),
            401,
            "UNAUTHENTICATED",
        ),
        victim.attack(
            "Basic",
            bare().basic_auth("owner@acme.test", Some("x")),
            401,
            "UNAUTHENTICATED",
        ),
    ]);
    attacks
}

fn routes(victim: &Victim) -> Vec<Attack> {
    let to = |method: Method, path: &str| victim.client.request(method, path).bearer_auth(&victim.token);
    let mutation = "/graphql?query=mutation%7BcancelExport(input:%7Bexport:%22x%22,idempotencyKey:%2212345678%22%7D)%7BuserErrors%7Bcode%7D%7D%7D";
    let in_query = format!(
        "/graphql?query=%7Bviewer%7Bkind%7D%7D&access_token={}",
        victim.token
    );
    vec![
        victim.attack("PUT", to(Method::PUT, "/graphql"), 405, "METHOD_NOT_ALLOWED"),
        victim.attack(
            "DELETE",
            to(Method::DELETE, "/graphql"),
            405,
            "METHOD_NOT_ALLOWED",
        ),
        victim.attack(
            "a mutation by GET",
            to(Method::GET, mutation),
            405,
            "METHOD_NOT_ALLOWED",
        ),
        victim.attack(
            "GET without a query",
            to(Method::GET, "/graphql"),
            400,
            "BAD_REQUEST",
        ),
        victim.attack(
            "two queries by GET",
            to(Method::GET, "/graphql?query=%7Ba%7D&query=%7Bb%7D"),
            400,
            "BAD_REQUEST",
        ),
        victim.attack(
            "variables by GET that are no JSON",
            to(Method::GET, "/graphql?query=%7Ba%7D&variables=%7B"),
            400,
            "BAD_REQUEST",
        ),
        victim.attack(
            "bytes that are no UTF-8",
            to(Method::GET, "/graphql?query=%ff%fe"),
            400,
            "GRAPHQL_PARSE_FAILED",
        ),
        victim.attack(
            "the token in the URL",
            victim.client.request(Method::GET, &in_query),
            401,
            "UNAUTHENTICATED",
        ),
        victim.attack("no such path", to(Method::GET, "/admin"), 404, "NOT_FOUND"),
        victim.attack(
            "a way up",
            to(Method::GET, "/exports/..%2f..%2fkeys/bundle"),
            404,
            "NOT_FOUND",
        ),
        victim.attack(
            "an export that is no id",
            to(Method::GET, "/exports/%00/bundle"),
            404,
            "NOT_FOUND",
        ),
        victim.attack(
            "a bundle by POST",
            to(Method::POST, "/exports/x/bundle"),
            405,
            "METHOD_NOT_ALLOWED",
        ),
        victim.attack(
            "a bundle for nobody",
            victim.client.request(Method::GET, "/exports/x/bundle"),
            401,
            "UNAUTHENTICATED",
        ),
    ]
}
