//! An installation with two companies that share some of their subscribers, and people who work there.

use postern::access::built_in::BuiltIn;
use postern::access::viewer::Viewer;
use postern::store::identity;
use postern::work::installation::Installation;
use postern::work::progress::Unwatched;
use postern::work::{demo, founding};
use serde_json::{Value, json};

use super::client::Client;
use super::home::Home;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// Who works where.
const PEOPLE: &[(&str, &str, BuiltIn)] = &[
    ("owner@acme.test", "Acme", BuiltIn::Owner),
    ("owner@globex.test", "Globex", BuiltIn::Owner),
    ("manager@globex.test", "Globex", BuiltIn::Manager),
    ("analyst@globex.test", "Globex", BuiltIn::Analyst),
];

/// Fills an installation: subscribers and a year of mail in both accounts, and the people.
pub async fn found(home: &Home, subscribers: u32) {
    home.run(&["migrate"]).well();
    home.run(&["seed", "--subscribers", &subscribers.to_string()])
        .well();
    let installation = open(home).await;
    let platform = founding::platform(&installation)
        .await
        .expect("the platform is made");
    for (email, account, group) in PEOPLE {
        let (account, _) = identity::account(&installation.database, account)
            .await
            .expect("accounts can be read")
            .expect("the seed makes both accounts");
        let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, account);
        founding::add_groups(&installation, &viewer)
            .await
            .expect("groups are made");
        let user = founding::add_user(&installation, &viewer, email, Some(PASSWORD))
            .await
            .expect("a user is made");
        founding::join(&installation, &viewer, user, *group)
            .await
            .expect("the user joins");
    }
    installation.database.close().await;
}

/// Founds the demo, so small that it costs little. `serve --demo` finds it there.
pub async fn demo(home: &Home, subscribers: u64) {
    home.run(&["migrate"]).well();
    let installation = open(home).await;
    demo::found(&installation, subscribers, &Unwatched)
        .await
        .expect("the demo is founded");
    installation.database.close().await;
}

/// The installation itself, beside the gateway.
pub async fn open(home: &Home) -> Installation {
    let config = home.settings().resolve(false).expect("the settings are good");
    Installation::open(&config, false)
        .await
        .expect("the installation opens")
}

/// A token from the command line.
pub fn token(home: &Home, email: &str) -> String {
    home.run(&["token", "--user", email])
        .well()
        .stdout
        .trim()
        .to_owned()
}

/// The id of an export of the whole account, asked for by somebody and ready.
pub async fn exported(client: &Client, token: &str) -> String {
    asked_for(client, token, json!({})).await
}

/// The same without the people whose data may not be used, who are handed to nobody.
pub async fn exported_for_others(client: &Client, token: &str) -> String {
    asked_for(client, token, json!({ "withoutRestricted": true })).await
}

async fn asked_for(client: &Client, token: &str, mut input: Value) -> String {
    let query = "mutation($input: RequestExportInput!) { requestExport(input: $input) \
                 { export { id } userErrors { code message } } }";
    input["idempotencyKey"] = uuid::Uuid::now_v7().simple().to_string().into();
    let answer = client
        .graphql(token, query, json!({ "input": input }))
        .await
        .data();
    let id = answer["requestExport"]["export"]["id"].as_str();
    id.unwrap_or_else(|| panic!("no export: {answer}")).to_owned()
}

/// The state of an export and the code it ended with.
pub async fn export_state(client: &Client, token: &str, id: &str) -> (String, Option<String>) {
    let query = "query($id: ID!) { node(id: $id) { ... on Export { state errorCode } } }";
    let data = client.graphql(token, query, json!({ "id": id })).await.data();
    let word = |field: &str| data["node"][field].as_str().map(str::to_owned);
    (word("state").unwrap_or_default(), word("errorCode"))
}
