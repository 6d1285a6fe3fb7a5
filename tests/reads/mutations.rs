//! Mutations: payloads, user errors, and errors of the field.

use serde_json::json;

use super::world::{ACME, World};

#[tokio::test]
async fn signing_in_gives_a_token_or_a_user_error_with_data_beside_it() {
    let world = World::new().await;
    let query = "mutation ($password: String!) {
        signIn(input: {email: \"owner@acme.example\", password: $password}) {
          token until: expiresAt userErrors { __typename code ... on UserError { message } field } } }";
    let answer = world.ask("", query, json!({"password": "right"})).await;
    let signed = json!({"token": "a.b.c", "until": "2026-01-01T00:15:00Z", "userErrors": []});
    assert_eq!(answer["data"]["signIn"], signed, "{answer}");
    let answer = world.ask("", query, json!({"password": "wrong"})).await;
    let refused = json!({
        "__typename": "SignInUserError", "code": "UNAUTHENTICATED",
        "message": "unknown address or wrong password", "field": null,
    });
    assert_eq!(
        answer["data"]["signIn"],
        json!({"token": null, "until": null, "userErrors": [refused]})
    );
    assert_eq!(answer.get("errors"), None);
}

#[tokio::test]
async fn the_changed_row_is_read_by_the_same_path_as_every_other() {
    let world = World::new().await;
    let query = "mutation { requestExport(input: {formats: [CSV], idempotencyKey: \"12345678\"}) {
        export { id state account { name } } userErrors { code } } }";
    let answer = world.ask("owner", query, json!({})).await;
    let export =
        json!({"id": world.global(ACME, "exports", 1), "state": "READY", "account": {"name": "Acme"}});
    assert_eq!(
        answer["data"]["requestExport"],
        json!({"export": export, "userErrors": []}),
        "{answer}"
    );
}

#[tokio::test]
async fn refusals_of_the_verb_are_user_errors_and_everything_else_is_an_error_of_the_field() {
    let world = World::new().await;
    let plan = "mutation { planErasure(input: {subscriber: {email: \"a@example.com\"}, idempotencyKey: \"12345678\"}) {
        erasure { id } userErrors { code field } } }";
    let answer = world.ask("owner", plan, json!({})).await;
    let refused = json!([{"code": "SUBJECT_NOT_FOUND", "field": ["subscriber", "email"]}]);
    assert_eq!(
        answer["data"]["planErasure"],
        json!({"erasure": null, "userErrors": refused}),
        "{answer}"
    );
    let cancel = "mutation ($id: ID!) { c: cancelExport(input: {export: $id, idempotencyKey: \"12345678\"}) { userErrors { code field } } }";
    let answer = world
        .ask("owner", cancel, json!({"id": world.global(ACME, "exports", 1)}))
        .await;
    assert_eq!(
        answer["data"],
        json!(null),
        "the payload is not nullable: {answer}"
    );
    assert_eq!(answer["errors"][0]["path"], json!(["c"]));
    assert!(!answer.to_string().contains("secret"));
    let answer = world
        .ask("owner", cancel, json!({"id": world.global(ACME, "lists", 1)}))
        .await;
    assert_eq!(
        answer["data"]["c"]["userErrors"],
        json!([{"code": "INVALID_ID", "field": ["export"]}])
    );
    let confirm = "mutation ($id: ID!) { confirmErasure(input: {erasure: $id, planHash: \"x\", idempotencyKey: \"12345678\"}) { userErrors { code } } }";
    let answer = world
        .ask("owner", confirm, json!({"id": world.global(ACME, "erasures", 1)}))
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(answer["errors"][0]["extensions"]["retryAfter"], 3);
}

#[tokio::test]
async fn what_can_be_refused_about_the_payload_is_refused_before_the_verb_runs() {
    let world = World::new().await;
    let query = "mutation ($id: ID!) { cancelExport(input: {export: $id, idempotencyKey: \"12345678\"}) {
        export { account { lists: name } requestedBy { memberships(first: 101) { nodes { id } } } } } }";
    let answer = world
        .ask("owner", query, json!({"id": world.global(ACME, "exports", 1)}))
        .await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "PAGE_TOO_LARGE",
        "{answer}"
    );
    assert_eq!(answer.get("data"), None);
}
