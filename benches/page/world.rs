//! What is asked about: a made-up world in a store of its own, with somebody who may see all of one account.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{self, Connection};
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::questions::PROFILES;
use crate::store::Store;

const OWNER: &str = "owner@bench.example";

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

/// Makes up the data, before a gateway serves it.
pub async fn fill(home: &Home, subscribers: u64) {
    home.run(&["migrate"]).well();
    home.run(&["seed", "--subscribers", &subscribers.to_string()])
        .well();
    let mut store = Store::of(home).await;
    let (user, member) = (Uuid::now_v7(), Uuid::now_v7());
    store
        .fetch(
            "INSERT INTO users (id, email, email_normalized, status, created_at, updated_at) \
             SELECT $1, 'owner@bench.example', 'owner@bench.example', 'enabled', created_at, created_at \
             FROM accounts WHERE name = 'Acme'",
            &[user],
        )
        .await;
    store
        .fetch(
            "INSERT INTO group_members (account_id, id, group_id, user_id, created_at) \
             SELECT g.account_id, $1, g.id, $2, g.created_at FROM user_groups AS g \
             JOIN accounts AS a ON a.id = g.account_id WHERE a.name = 'Acme' AND g.built_in = 'owner'",
            &[member, user],
        )
        .await;
    if home.database_url().is_some() {
        // As autovacuum leaves it.
        home.tamper("VACUUM ANALYZE").await;
    }
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
        world.walk(&mut store, profiles / 100 * 9 / 10).await;
        world
    }

    /// Walks the list page by page, as a client does.
    async fn walk(&mut self, store: &mut Store, pages: u64) {
        for _ in 0..pages {
            let variables = json!({ "id": self.list_id, "after": self.deep_cursor });
            let page = self.ask(PROFILES, &variables);
            self.deep_cursor = page["node"]["profiles"]["pageInfo"]["endCursor"].clone();
            self.deep_profile = store
                .value(
                    "SELECT id FROM subscriber_profiles WHERE account_id = $1 AND list_id = $2 AND id > $3 \
                     ORDER BY id LIMIT 1 OFFSET 99",
                    &[self.account, self.list, self.deep_profile],
                )
                .await;
        }
    }

    fn ask(&self, document: &str, variables: &Value) -> Value {
        let mut connection = Connection::open(&self.address);
        let body = connection.send(&http::graphql(&self.token, document, variables));
        let answer: Value = serde_json::from_slice(body).expect("answers are JSON");
        assert!(answer.get("errors").is_none(), "{document}: {answer}");
        answer["data"].clone()
    }
}
