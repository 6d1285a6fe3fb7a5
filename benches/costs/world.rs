//! What is asked about: a made-up world in a store of its own, with somebody who may see all of one account.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench_kit::made_up::OWNER;
use crate::bench_kit::store::Store;
use crate::http::{self, Connection};
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;

/// A page of a list without what is on it: a cursor is good for every question of the same order.
const PAGES: &str = "query($id: ID!, $after: String) { node(id: $id) { ... on List { profiles(first: 100, after: \
     $after) { pageInfo { endCursor } } } } }";

/// What the questions are about.
pub struct World {
    /// The account.
    pub account: Uuid,
    /// Its largest list.
    pub list: Uuid,
    /// The same, as the API shows it.
    pub list_id: String,
    /// Behind nine tenths of that list's profiles.
    pub deep_cursor: Value,
    /// The profile that the cursor is of.
    pub deep_profile: Uuid,
    /// For requests of the account's owner.
    pub token: String,
    /// The gateway's `host:port`.
    pub address: String,
}

impl World {
    /// Finds what to ask about.
    pub async fn find(home: &Home, gateway: &Gateway) -> World {
        let said = home.run(&["token", "--user", OWNER]).well();
        let token = said.stdout.trim().to_owned();
        let address = gateway.client.url.trim_start_matches("http://").to_owned();
        let mut store = Store::of(home).await;
        let account = store
            .value("SELECT id FROM accounts WHERE name = 'Acme'", &[])
            .await;
        let list = store
            .value(
                "SELECT id FROM lists WHERE account_id = $1 ORDER BY profile_count DESC LIMIT 1",
                &[account],
            )
            .await;
        let mut world = World {
            account,
            list,
            list_id: String::new(),
            deep_cursor: Value::Null,
            deep_profile: Uuid::nil(),
            token,
            address,
        };
        let lists = world.ask("{ lists(first: 100) { nodes { id profileCount } } }", &json!({}));
        let lists = lists["lists"]["nodes"].as_array().expect("there are lists");
        let largest = lists.iter().max_by_key(|list| list["profileCount"].as_u64());
        let largest = largest.expect("there is a list");
        world.list_id = largest["id"].as_str().expect("an id is text").to_owned();
        let profiles = largest["profileCount"].as_u64().expect("a count is a number");
        world.walk(profiles / 100 * 9 / 10);
        world.deep_profile = store
            .value(
                "SELECT coalesce((SELECT id FROM (SELECT id FROM subscriber_profiles WHERE account_id = $1 AND list_id \
                 = $2 ORDER BY id LIMIT (SELECT profile_count / 100 * 9 / 10 * 100 FROM lists WHERE account_id = $1 \
                 AND id = $2)) AS q ORDER BY id DESC LIMIT 1), $3)",
                &[account, list, Uuid::nil()],
            )
            .await;
        world
    }

    /// Walks the list page by page, as a client does.
    fn walk(&mut self, pages: u64) {
        for _ in 0..pages {
            let variables = json!({ "id": self.list_id, "after": self.deep_cursor });
            let page = self.ask(PAGES, &variables);
            self.deep_cursor = page["node"]["profiles"]["pageInfo"]["endCursor"].clone();
        }
    }

    /// Asks a question that must be answered; gives the data.
    pub fn ask(&self, document: &str, variables: &Value) -> Value {
        let mut connection = Connection::open(&self.address);
        let body = connection.send(&http::graphql(&self.token, document, variables));
        let answer: Value = serde_json::from_slice(body).expect("answers are JSON");
        assert!(answer.get("errors").is_none(), "{document}: {answer}");
        answer["data"].clone()
    }
}
