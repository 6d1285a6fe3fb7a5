//! Accounts do not see one another: whatever id somebody holds, the answer is that of an id which names nothing.

mod crawl;
pub mod places;
mod row_security;
mod socket;

use std::collections::BTreeSet;
use std::time::Duration;

use postern::access::global_id::IdKeys;
use postern::catalog::{Catalog, Owner};
use serde_json::{Value, json};
use uuid::Uuid;

use self::crawl::{Asker, Found, Schema, crawl};
use self::places::{document, mutations, places};
use crate::kit::client::{Answer, wait_until};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::handing;
use crate::kit::home::Home;
use crate::kit::sending;

/// Types of which nothing is made up, or nothing that a customer sees.
const NOT_MADE_UP: [&str; 3] = ["ApiKey", "Backup", "Grant"];

/// What can be fetched: of which type, and the path around its id.
const DOWNLOADS: [(&str, &str, &str); 2] =
    [("Export", "exports", "bundle"), ("Import", "imports", "rejects")];

/// Where bundles may be handed, and where nobody listens.
const NOBODY: &str = "http://127.0.0.1:9/";

/// Of how many ids of each type those are tried, one by one, by whom a colleague has tried them all.
const SAMPLE: usize = 3;

/// Makes ids that are well-formed and name nothing.
struct Nowhere {
    catalog: std::sync::Arc<Catalog>,
    ids: IdKeys,
}

impl Nowhere {
    fn id(&self, of: &str) -> String {
        let resource = self.catalog.by_name(of).expect("ids are of resources");
        self.ids.encode(resource.tag(), Uuid::now_v7())
    }
}

fn same(ours: &Answer, theirs: &Answer, what: &str) {
    assert_eq!(
        (ours.status, ours.text()),
        (theirs.status, theirs.text()),
        "an id of another account is told from one that names nothing: {what}"
    );
}

#[tokio::test]
async fn a_second_accounts_user_gets_null_or_nothing_for_every_one_of_the_first_accounts_ids_in_the_embedded_store()
 {
    keeps_accounts_apart(Home::embedded()).await;
}

#[tokio::test]
async fn a_second_accounts_user_gets_null_or_nothing_for_every_one_of_the_first_accounts_ids_in_postgres() {
    if let Some(home) = Home::on_postgres().await {
        keeps_accounts_apart(home).await;
    }
}

async fn keeps_accounts_apart(home: Home) {
    company::found(&home, 40).await;
    let installation = company::open(&home).await;
    let nowhere = Nowhere {
        catalog: installation.catalog.clone(),
        ids: installation.keys.id_keys(),
    };
    installation.database.close().await;
    // Answers are compared to the last byte, so they may not say how much was asked so far.
    let settings = ["--rate-burst", "0", "--transfer-targets", NOBODY];
    let mut gateway = Gateway::serve(&home, &settings).await;
    let asker = |email: &str, account| Asker {
        client: gateway.client.clone(),
        token: company::token(&home, email),
        account,
    };
    let acme = asker("owner@acme.test", None);
    let schema = Schema::of(&acme).await;
    every_place_that_takes_an_id_is_tried(&schema);
    let owner = asker("owner@globex.test", None);
    prepare(&acme).await;
    prepare(&owner).await;
    // Nobody is erased here; that somebody would have to be told is made up.
    home.tamper(
        "INSERT INTO erasure_recipients (account_id, id, erasure_id, recipient, recipient_kind, state, due_at, created_at, \
         updated_at) SELECT account_id, id, id, 'Example Hosting', 'other', 'to_tell', created_at, created_at, created_at \
         FROM erasures",
    )
    .await;
    let mut theirs = crawl(&acme, &schema).await;
    covers_every_resource(&nowhere.catalog, &theirs);
    // What the platform tells all its customers is nobody's own.
    theirs.rows.retain(|_, of| !is_shared(&nowhere.catalog, of));
    let sample = theirs.sample(SAMPLE);
    let mut own = Found::default();
    for (who, asker, tried) in [
        ("the owner", owner, &theirs),
        ("a manager of lists", asker("manager@globex.test", None), &sample),
        ("an analyst", asker("analyst@globex.test", None), &sample),
        (
            "an operator",
            asker("operator@postern.example", Some("Globex")),
            &sample,
        ),
        (
            "an operator at home",
            asker("operator@postern.example", None),
            &sample,
        ),
    ] {
        nodes_are_null(&asker, &theirs, &nowhere, who).await;
        sees_nothing(&asker, tried, &nowhere, who).await;
        socket::no_job_is_followed(&asker, tried, &nowhere, who).await;
        let reached = crawl(&asker, &schema).await;
        let foreign: Vec<_> = theirs
            .rows
            .keys()
            .filter(|id| reached.texts.contains(*id))
            .collect();
        assert!(foreign.is_empty(), "{who} reaches {foreign:?}");
        own.rows.extend(reached.rows);
    }
    assert!(own.rows.len() > 500, "only {} rows were crawled", own.rows.len());
    addresses_lead_to_the_own_row_alone(&asker("owner@globex.test", None), &theirs, &own).await;
    a_foreign_account_cannot_be_named(&gateway, &home).await;
    can_all_be_used_at_home(&acme, &theirs).await;
    gateway.is_unharmed();
}

fn is_shared(catalog: &Catalog, of: &str) -> bool {
    catalog
        .by_name(of)
        .is_some_and(|resource| resource.owner == Owner::Shared)
}

fn every_place_that_takes_an_id_is_tried(schema: &Schema) {
    let filter = ["IDFilter.equals", "IDFilter.in"].map(str::to_owned);
    assert_eq!(
        &schema.takes_an_id() - &BTreeSet::from(filter),
        places(),
        "what takes an id changed; try it here"
    );
    assert_eq!(
        schema.inputs_with("IDFilter"),
        Vec::<String>::new(),
        "filters by id exist now; try them here"
    );
}

/// An export that is ready, a transfer that waits for its receiver, an import that is done, and an erasure that is planned and taken back.
async fn prepare(asker: &Asker) {
    let export = company::exported_for_others(&asker.client, &asker.token).await;
    wait_until("the export is ready", Duration::from_secs(60), async || {
        company::export_state(&asker.client, &asker.token, &export)
            .await
            .0
            == "READY"
    })
    .await;
    let (client, token) = (&asker.client, &asker.token);
    let input = json!({ "export": export, "target": NOBODY, "idempotencyKey": "isolation-2" });
    handing::requested(client, token, input).await;
    let upload = sending::sent(client, token, sending::listmonk("isolation.test", 3, 1)).await;
    let input = json!({ "upload": upload, "dryRun": true, "idempotencyKey": "isolation-1" });
    let import = sending::requested(client, token, input).await;
    let import = sending::ended(client, token, &import).await;
    assert_eq!(import["state"], "DONE", "{import:#}");
    let query = "{ subscribers(first: 1) { nodes { id } } }";
    let subscriber = asker.ask(query, json!({})).await.data()["subscribers"]["nodes"][0]["id"].clone();
    let made = ["requestExport", "planErasure"];
    let of_a_person = mutations()
        .into_iter()
        .filter(|(of, verb, _)| of == "Subscriber" && made.contains(&verb.as_str()));
    for (_, verb, input) in of_a_person {
        let mutation = document(&verb, &input);
        let data = asker.ask(&mutation, json!({ "id": subscriber })).await.data();
        let payload = data
            .as_object()
            .and_then(|data| data.values().next())
            .expect("a payload");
        assert_eq!(payload["userErrors"], json!([]), "{data}");
    }
    let query = "{ userGroups(first: 1) { nodes { id } } }";
    let group = asker.ask(query, json!({})).await.data()["userGroups"]["nodes"][0]["id"].clone();
    let invite = "mutation ($group: ID!) { inviteUser(input: {email: \"invited@example.test\", group: $group}) { userErrors { code } } }";
    let invited = asker.ask(invite, json!({ "group": group })).await.data();
    assert_eq!(invited["inviteUser"]["userErrors"], json!([]));
    // The log of reads is written a moment later; it is read here, too.
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// The crawl is worth something only if it comes everywhere.
fn covers_every_resource(catalog: &Catalog, found: &Found) {
    let by_type = found.by_type();
    let of_the_api = catalog.resources().filter(|resource| resource.in_api);
    let missing: Vec<&str> = of_the_api
        .map(|resource| resource.name.as_str())
        .filter(|name| !by_type.contains_key(name) && !NOT_MADE_UP.contains(name))
        .collect();
    assert!(missing.is_empty(), "not crawled: {missing:?}");
}

/// Every id at once is null, as the ids of nothing are.
async fn nodes_are_null(asker: &Asker, theirs: &Found, nowhere: &Nowhere, who: &str) {
    let rows: Vec<(&String, &String)> = theirs.rows.iter().collect();
    for some in rows.chunks(100) {
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        let ids: Vec<&String> = some.iter().map(|(id, _)| *id).collect();
        let others: Vec<String> = some.iter().map(|(_, of)| nowhere.id(of)).collect();
        let answer = asker.ask(query, json!({ "ids": ids })).await;
        assert_eq!(
            answer.data()["nodes"],
            json!(vec![Value::Null; ids.len()]),
            "{who}: {ids:?}"
        );
        same(&answer, &asker.ask(query, json!({ "ids": others })).await, who);
    }
}

/// Each id by itself gets nothing, wherever it is given.
async fn sees_nothing(asker: &Asker, theirs: &Found, nowhere: &Nowhere, who: &str) {
    let mutations = mutations();
    for (of, ids) in theirs.by_type() {
        node_is_null(asker, &ids, &nowhere.id(of), who).await;
        for (takes, verb, input) in &mutations {
            let mutation = document(verb, input);
            // An id of another type is refused by its form; one of each shows that.
            let most = if takes == of { usize::MAX } else { 1 };
            let other = asker.ask(&mutation, json!({ "id": nowhere.id(of) })).await;
            for id in ids.iter().take(most) {
                let answer = asker.ask(&mutation, json!({ "id": id })).await;
                assert_ne!(
                    answer.json().get("errors").is_none(),
                    answer.json()["data"].is_null()
                );
                let text = answer.text();
                assert!(
                    text.contains("\"code\":"),
                    "{who} got through with {of}: {mutation}\n{text}"
                );
                same(&answer, &other, &mutation);
            }
        }
        for (is_of, folder, file) in DOWNLOADS {
            let most = if of == is_of { usize::MAX } else { 1 };
            let other = asker.get(&format!("/{folder}/{}/{file}", nowhere.id(of))).await;
            for id in ids.iter().take(most) {
                let answer = asker.get(&format!("/{folder}/{id}/{file}")).await;
                assert_eq!(answer.status, 404, "{who}: {}", answer.text());
                same(&answer, &other, "the download");
            }
        }
    }
    cursors_lead_nowhere(asker, theirs, who).await;
}

/// `node` for ids of one type, as many in a request as it may have root fields.
async fn node_is_null(asker: &Asker, ids: &[&str], nowhere: &str, who: &str) {
    const FIELDS: usize = 5;
    let fields: String = (0..FIELDS)
        .map(|n| format!("n{n}: node(id: $n{n}) {{ __typename id }} "))
        .collect();
    let declared: String = (0..FIELDS).map(|n| format!("$n{n}: ID! ")).collect();
    let query = format!("query ({declared}) {{ {fields} }}");
    let ask = async |ids: &[&str]| {
        let variables = (0..FIELDS).map(|n| {
            let id = ids.get(n).copied().unwrap_or(nowhere);
            (format!("n{n}"), Value::from(id))
        });
        asker.ask(&query, Value::Object(variables.collect())).await
    };
    let other = ask(&[]).await;
    for some in ids.chunks(FIELDS) {
        let answer = ask(some).await;
        let data = answer.data();
        assert!(
            data.as_object()
                .is_some_and(|data| data.values().all(Value::is_null)),
            "{who}: {data}"
        );
        same(&answer, &other, who);
    }
}

async fn cursors_lead_nowhere(asker: &Asker, theirs: &Found, who: &str) {
    for (root, cursor) in &theirs.cursors {
        let query =
            format!("query ($c: String) {{ {root}(first: 1, after: $c) {{ nodes {{ __typename }} }} }}");
        let answer = asker.ask(&query, json!({ "c": cursor })).await;
        let mut forged = cursor.clone().into_bytes();
        let middle = forged.len() / 2;
        forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).expect("cursors are ASCII");
        // Somebody who may not see any such row gets an empty page for whatever cursor.
        if answer.json().get("errors").is_some() {
            assert_eq!(answer.code(), "INVALID_CURSOR", "{who}: {root}");
        } else {
            assert_eq!(answer.data()[root]["nodes"], json!([]), "{who}: {root}");
        }
        same(&answer, &asker.ask(&query, json!({ "c": forged })).await, root);
    }
}

async fn addresses_lead_to_the_own_row_alone(asker: &Asker, theirs: &Found, own: &Found) {
    let query = "query ($email: EmailAddress!) { subscriber(email: $email) { __typename id } }";
    let unknown = asker.ask(query, json!({ "email": "nobody@example.test" })).await;
    assert_eq!(unknown.data()["subscriber"], Value::Null);
    let mut shared = 0;
    for (email, id) in &theirs.emails {
        let answer = asker.ask(query, json!({ "email": email })).await;
        match answer.data()["subscriber"]["id"].as_str() {
            None => same(&answer, &unknown, "an address that only the other account has"),
            Some(found) => {
                shared += 1;
                assert_ne!(found, id, "{email}");
                assert!(
                    own.rows.contains_key(found),
                    "{email} leads to a row that was never crawled"
                );
            }
        }
    }
    assert!(
        shared > 0,
        "the two accounts share no address; the test shows nothing"
    );
}

async fn a_foreign_account_cannot_be_named(gateway: &Gateway, home: &Home) {
    let token = company::token(home, "owner@globex.test");
    let query = "{ viewer { account { name } } }";
    let mut answers = Vec::new();
    for account in ["Acme", "Nowhere", "Platform"] {
        let asker = Asker {
            client: gateway.client.clone(),
            token: token.clone(),
            account: Some(account),
        };
        answers.push(asker.ask(query, json!({})).await);
    }
    assert_eq!(
        (answers[0].status, answers[0].code().as_str()),
        (403, "FORBIDDEN")
    );
    same(&answers[0], &answers[1], "an account that is not theirs");
    same(&answers[2], &answers[1], "the platform's account");
    let sign_in = "mutation ($account: String, $password: String!) { signIn(input: {email: \"owner@globex.test\", \
                   password: $password, account: $account}) { token userErrors { code message field } } }";
    let try_in = async |account: &str| {
        let variables = json!({ "account": account, "password": company::PASSWORD });
        gateway.client.graphql("", sign_in, variables).await
    };
    let refused = try_in("Acme").await;
    assert_eq!(refused.data()["signIn"]["token"], Value::Null);
    same(
        &refused,
        &try_in("Nowhere").await,
        "signing in to an account that is not theirs",
    );
}

/// The same ids in the hands of those they belong to: nothing above was refused for another reason.
async fn can_all_be_used_at_home(acme: &Asker, theirs: &Found) {
    let rows: Vec<&String> = theirs.rows.keys().collect();
    for ids in rows.chunks(100) {
        let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let data = acme.ask(query, json!({ "ids": ids })).await.data();
        let found: Vec<&str> = data["nodes"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|row| row["id"].as_str())
            .collect();
        assert_eq!(found, ids);
    }
    let by_type = theirs.by_type();
    for (of, folder, file) in DOWNLOADS {
        let mut fetched = 0;
        for id in &by_type[of] {
            fetched += usize::from(acme.get(&format!("/{folder}/{id}/{file}")).await.status == 200);
        }
        assert!(fetched > 0, "the owner cannot fetch one of {folder} either");
    }
    for (root, cursor) in &theirs.cursors {
        let query =
            format!("query ($c: String) {{ {root}(first: 1, after: $c) {{ nodes {{ __typename }} }} }}");
        acme.ask(&query, json!({ "c": cursor })).await.data();
    }
}
