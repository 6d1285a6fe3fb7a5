//! What names somebody or something: addresses, ids, cursors, each in every wrong shape.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::{Attack, Victim, code};
use crate::kit::company;

const LOOK_UP: &str = "query ($email: EmailAddress!) { subscriber(email: $email) { id } }";

const PLAN: &str = "mutation ($email: EmailAddress!) { planErasure(input: {subscriber: {email: $email}, \
    idempotencyKey: \"hostile-1\"}) { erasure { id } userErrors { code message } } }";

/// Texts that are addresses; nobody has them.
const ADDRESSES: &[&str] = &[
    "nobody@example.test",
    "NOBODY@EXAMPLE.TEST",
    "  nobody@example.test  ",
    "nobody+tag@example.test",
    "o'nobody@example.test",
    "no!#$%&'*+-/=?^_`{|}~body@example.test",
    "' or 1=1 --@example.test\u{0}",
    "nobody@bücher.example",
    "nobody@xn--bcher-kva.example",
    "никто@пример.example",
    "無名@例え.テスト",
    "nobody@example.test.",
    "%@example.test",
    "_@example.test",
    "nobody@1.2.3.4",
    "🦀@example.test",
];

/// Texts that are none.
const NO_ADDRESSES: &[&str] = &[
    "",
    " ",
    "nobody",
    "@",
    "@example.test",
    "nobody@",
    "nobody@localhost",
    "a@b@example.test",
    "nobody@example..test",
    "nobody@.test",
    "nobody@-bad-.test",
    ".nobody@example.test",
    "no..body@example.test",
    "no body@example.test",
    "nobody@exa mple.test",
    "\"no body\"@example.test",
    "Nobody <nobody@example.test>",
    "nobody@example.test, other@example.test",
    "nobody@[192.0.2.1]",
    "nobody@example.test\r\nBcc: x@example.test",
    "no\u{0}body@example.test",
    "no\u{200b}body@example.test",
    "no\u{202e}body@example.test",
    "nobody@exam\u{ad}ple.test\u{7}",
    "mailto:nobody@example.test",
];

#[tokio::test]
async fn addresses_of_every_shape_find_nobody_or_are_refused() {
    for mut victim in Victim::each().await {
        let mut attacks = Vec::new();
        let long = [
            format!("{}@example.test", "a".repeat(65)),
            format!("a@{}test", "a.".repeat(200)),
            format!("{}@example.test", "a".repeat(200_000)),
            format!("a@{}.test", "ü".repeat(60_000)),
            "@".repeat(200_000),
        ];
        let refused = NO_ADDRESSES
            .iter()
            .copied()
            .chain(long.iter().map(String::as_str));
        let is_one = |text: &&&str| {
            !text.contains('\u{0}') && !text.contains(' ') || text.trim() == "nobody@example.test"
        };
        for email in ADDRESSES.iter().filter(is_one) {
            let variables = json!({ "email": email });
            attacks.push(victim.with_variables(email, LOOK_UP, variables.clone(), 200, ""));
            attacks.push(victim.with_variables(email, PLAN, variables, 200, "SUBJECT_NOT_FOUND"));
        }
        for email in refused {
            let name: String = email.chars().take(40).collect();
            for query in [LOOK_UP, PLAN] {
                let variables = json!({ "email": email });
                attacks.push(victim.with_variables(&name, query, variables, 400, "BAD_USER_INPUT"));
            }
        }
        victim.withstands(attacks).await;
        let logged = victim.gateway.logged();
        assert!(
            !logged.contains("nobody@") && !logged.contains("@example.test"),
            "an address is in the log"
        );
    }
}

#[tokio::test]
async fn every_bit_of_an_id_counts() {
    for mut victim in Victim::each().await {
        let data = victim.ask("{ account { id } }", json!({})).await.data();
        let id = data["account"]["id"].as_str().expect("an id").to_owned();
        let bytes = BASE64URL_NOPAD.decode(id.as_bytes()).expect("ids are base64url");
        let flipped: Vec<String> = (0..bytes.len() * 8)
            .map(|bit| {
                let mut bytes = bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                BASE64URL_NOPAD.encode(&bytes)
            })
            .collect();
        let odd = [
            "",
            " ",
            "0",
            "null",
            "../../etc/passwd",
            "' OR 1=1 --",
            "\u{0}",
            "VXNlcjox",
            "🦀",
        ];
        let longer = [
            format!("{id}A"),
            format!("{id}="),
            format!(" {id}"),
            id[1..].to_owned(),
            "A".repeat(200_000),
        ];
        let all: Vec<String> = flipped
            .into_iter()
            .chain(odd.map(str::to_owned))
            .chain(longer)
            .collect();
        for some in all.chunks(100) {
            let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
            let data = victim.ask(query, json!({ "ids": some })).await.data();
            assert_eq!(data["nodes"], json!(vec![Value::Null; some.len()]), "{some:?}");
        }
        let cancel = "mutation ($id: ID!) { cancelExport(input: {export: $id, idempotencyKey: \"hostile-1\"}) \
                      { export { id } userErrors { code } } }";
        let wrong = all.iter().step_by(20).chain([&id]);
        let attacks: Vec<Attack> = wrong
            .map(|id| {
                let name: String = id.chars().take(60).collect();
                victim.with_variables(&name, cancel, json!({ "id": id }), 200, "INVALID_ID")
            })
            .collect();
        victim.withstands(attacks).await;
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_question_of_its_own_asker_alone() {
    for mut victim in Victim::each().await {
        let query = |order: &str, filter: &str| {
            format!(
                "query ($after: String) {{ subscribers(first: 1, after: $after, orderBy: {{field: {order}, direction: ASC}}, \
                 filter: {{status: {{equals: {filter}}}}}) {{ nodes {{ email }} pageInfo {{ endCursor }} }} }}"
            )
        };
        let own = query("EMAIL", "ACTIVE");
        let page = victim.ask(&own, json!({})).await.data();
        let cursor = page["subscribers"]["pageInfo"]["endCursor"]
            .as_str()
            .expect("a cursor")
            .to_owned();
        victim.ask(&own, json!({ "after": cursor })).await.data();
        let bytes = BASE64URL_NOPAD
            .decode(cursor.as_bytes())
            .expect("cursors are base64url");
        let email = page["subscribers"]["nodes"][0]["email"]
            .as_str()
            .expect("an address");
        assert!(
            !String::from_utf8_lossy(&bytes).contains(&email[..4]),
            "a cursor shows an address"
        );
        let mut attacks: Vec<Attack> = (0..bytes.len() * 8)
            .step_by(11)
            .map(|bit| {
                let mut bytes = bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let forged = BASE64URL_NOPAD.encode(&bytes);
                victim.with_variables(
                    &format!("bit {bit}"),
                    &own,
                    json!({ "after": forged }),
                    400,
                    "INVALID_CURSOR",
                )
            })
            .collect();
        let nonsense = [
            "",
            "0",
            "AAAA",
            "' OR 1=1 --",
            "\u{0}",
            &"A".repeat(100_000),
            &cursor[1..],
        ];
        attacks.extend(nonsense.map(|text| {
            let name: String = text.chars().take(20).collect();
            victim.with_variables(&name, &own, json!({ "after": text }), 400, "INVALID_CURSOR")
        }));
        for (name, other) in [
            ("another order", query("ID", "ACTIVE")),
            ("another filter", query("EMAIL", "BLOCKLISTED")),
        ] {
            attacks.push(victim.with_variables(
                name,
                &other,
                json!({ "after": cursor }),
                400,
                "INVALID_CURSOR",
            ));
        }
        let elsewhere =
            "query ($after: String) { campaigns(first: 1, after: $after) { pageInfo { endCursor } } }";
        attacks.push(victim.with_variables(
            "another connection",
            elsewhere,
            json!({ "after": cursor }),
            400,
            "INVALID_CURSOR",
        ));
        victim.withstands(attacks).await;
        let stranger = company::token(&victim.home, "owner@globex.test");
        let answer = victim
            .client
            .graphql(&stranger, &own, json!({ "after": cursor }))
            .await;
        assert_eq!((answer.status, code(&answer).as_str()), (400, "INVALID_CURSOR"));
    }
}
