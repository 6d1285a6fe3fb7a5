//! An installation of two accounts with a few people, and a gateway over it in this process: whoever asks shows a token
//! or a key of this installation, and every right is looked up as it is for strangers.

use std::collections::BTreeMap;
use std::sync::Arc;

use postern::access::built_in::BuiltIn;
use postern::access::permit;
use postern::access::viewer::Viewer;
use postern::api::execute::Gateway;
use postern::api::service::GraphqlService;
use postern::catalog::{Column, Resource};
use postern::cell::{Cell, Kind};
use postern::plan::write::{Conflict, Write};
use postern::store::write;
use postern::work::audit::ReadLog;
use postern::work::founding;
use postern::work::installation::Installation;
use postern::work::sign_in;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::home::Home;
use crate::kit::inside;

/// An installation and a gateway over it.
pub struct World {
    pub home: Home,
    pub installation: Installation,
    pub gateway: Gateway,
    pub operator: Uuid,
    accounts: BTreeMap<&'static str, Account>,
}

/// One of the two accounts, with two lists and an owner.
pub struct Account {
    pub id: Uuid,
    pub owner: Uuid,
    pub lists: Vec<Uuid>,
}

impl World {
    /// One on each store at hand.
    pub async fn each() -> Vec<World> {
        let mut worlds = Vec::new();
        for home in Home::each().await {
            worlds.push(World::on(home).await);
        }
        worlds
    }

    async fn on(home: Home) -> World {
        let mut world = World::over(home).await;
        for name in ["Acme", "Globex"] {
            world.add_account(name).await;
        }
        world
    }

    /// One over whatever the installation holds already.
    pub async fn over(home: Home) -> World {
        let installation = inside::installation(&home).await;
        let platform = founding::platform(&installation).await.unwrap();
        let gateway = inside::gateway(&installation, Arc::new(ReadLog::new(installation.clone())));
        World {
            home,
            installation,
            gateway,
            operator: platform.operator,
            accounts: BTreeMap::new(),
        }
    }

    async fn add_account(&mut self, name: &'static str) {
        let id = self.installation.new_id();
        let viewer = self.operator_in(id);
        let email = format!("owner@{}.test", name.to_lowercase());
        founding::add_account(&self.installation, &viewer, name, &email, false)
            .await
            .unwrap();
        founding::add_groups(&self.installation, &viewer).await.unwrap();
        let mut lists = Vec::new();
        for (name, opt_in) in [("Double", "double"), ("Single", "single")] {
            let given = [
                ("name", Cell::from(name)),
                ("opt_in", opt_in.into()),
                ("status", "active".into()),
            ];
            lists.push(self.put(id, "lists", &given).await);
        }
        let account = Account {
            id,
            owner: Uuid::nil(),
            lists,
        };
        self.accounts.insert(name, account);
        let owner = self.user(name, &email, &[BuiltIn::Owner]).await;
        self.accounts.get_mut(name).unwrap().owner = owner;
    }

    pub fn account(&self, name: &str) -> &Account {
        &self.accounts[name]
    }

    pub fn operator_in(&self, account: Uuid) -> Viewer {
        Viewer::at_the_machine(&self.installation.catalog, self.operator, account)
    }

    /// A user who is a member of built-in groups of an account.
    pub async fn user(&self, account: &str, email: &str, groups: &[BuiltIn]) -> Uuid {
        let viewer = self.operator_in(self.account(account).id);
        let user = founding::add_user(&self.installation, &viewer, email, None)
            .await
            .unwrap();
        for group in groups {
            founding::join(&self.installation, &viewer, user, *group)
                .await
                .unwrap();
        }
        user
    }

    /// The manager of an account's first list.
    pub async fn manager(&self, account: &str) -> String {
        let viewer = self.operator_in(self.account(account).id);
        let lists = &self.account(account).lists[..1];
        founding::scope_to(&self.installation, &viewer, BuiltIn::Manager, lists)
            .await
            .unwrap();
        let email = format!("manager@{}.test", account.to_lowercase());
        let user = self.user(account, &email, &[BuiltIn::Manager]).await;
        self.token(user)
    }

    /// What a user shows.
    pub fn token(&self, user: Uuid) -> String {
        sign_in::token(&self.installation, user, None).unwrap().token
    }

    pub fn owner(&self, account: &str) -> String {
        self.token(self.account(account).owner)
    }

    pub fn global(&self, table: &str, id: Uuid) -> String {
        let tag = self.installation.catalog.table(table).tag();
        self.installation.keys.id_keys().encode(tag, id)
    }

    pub fn list(&self, account: &str, number: usize) -> String {
        self.global("lists", self.account(account).lists[number])
    }

    /// The row that a global id names.
    pub fn row(&self, id: &Value) -> Uuid {
        let text = id.as_str().unwrap_or_else(|| panic!("no id: {id}"));
        self.installation.keys.id_keys().decode(text).unwrap().1
    }

    /// The answer to a document.
    pub async fn ask(&self, credential: &str, query: &str, variables: Value) -> Value {
        self.ask_in(None, credential, query, variables).await
    }

    /// The answer to a document in an account that is named.
    pub async fn ask_in(
        &self,
        account: Option<&str>,
        credential: &str,
        query: &str,
        variables: Value,
    ) -> Value {
        let request = inside::request(credential, account, query, variables);
        let answer = self.gateway.execute(request).await;
        serde_json::from_slice(&answer.body).expect("an answer is JSON")
    }

    /// Calls a mutation; gives the whole answer, with what is selected of the payload.
    pub async fn attempt(&self, credential: &str, verb: &str, input: Value, selection: &str) -> Value {
        let of = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
        let query = format!(
            "mutation ($input: {of}!) {{ {verb}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
        );
        self.ask(credential, &query, json!({ "input": input })).await
    }

    /// Calls a mutation; gives its payload with what is selected of it.
    pub async fn call(&self, credential: &str, verb: &str, input: Value, selection: &str) -> Value {
        let answer = self.attempt(credential, verb, input.clone(), selection).await;
        assert!(answer.get("errors").is_none(), "{verb} {input}: {answer}");
        answer["data"][verb].clone()
    }

    /// Calls a mutation that has to succeed.
    pub async fn done(&self, credential: &str, verb: &str, input: Value, selection: &str) -> Value {
        let payload = self.call(credential, verb, input.clone(), selection).await;
        assert_eq!(payload["userErrors"], json!([]), "{verb} {input}: {payload}");
        payload
    }

    /// Calls a mutation that has to be refused; gives `CODE field.path`.
    pub async fn refused(&self, credential: &str, verb: &str, input: Value) -> String {
        let payload = self.call(credential, verb, input.clone(), "").await;
        let error = &payload["userErrors"][0];
        let code = error["code"].as_str();
        let code = code.unwrap_or_else(|| panic!("{verb} {input} was done: {payload}"));
        let path: Vec<&str> = error["field"]
            .as_array()
            .map(|path| path.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        format!("{code} {}", path.join(".")).trim().to_owned()
    }

    /// Signs somebody up; gives the payload with the profile's and the person's ids.
    pub async fn subscribe(&self, credential: &str, list: &str, email: &str) -> Value {
        let input = json!({"list": list, "email": email});
        let selection = "confirmationToken subscriberProfile { id status subscriber { id email } }";
        self.done(credential, "subscribe", input, selection).await
    }

    /// Writes a row with what is given and a plain value in every other column that needs one.
    pub async fn put(&self, account: Uuid, table: &str, given: &[(&str, Cell)]) -> Uuid {
        let catalog = &self.installation.catalog;
        let resource = catalog.table(table);
        let id = self.installation.new_id();
        let (mut columns, mut row) = (Vec::new(), Vec::new());
        for column in resource.columns.iter().filter(|one| one.name != "account_id") {
            let value = match given.iter().find(|(name, _)| *name == column.name) {
                Some((_, value)) => Some(value.clone()),
                None if column.name == "id" => Some(id.into()),
                None if column.nullable => None,
                None => Some(self.plain(resource, column)),
            };
            if let Some(value) = value {
                columns.push(column.id);
                row.push(value);
            }
        }
        let wanted = Write {
            resource: resource.id,
            columns,
            rows: vec![row],
            conflict: Conflict::Fail,
        };
        let permitted = permit::write(catalog, &self.operator_in(account), wanted).unwrap();
        write::write(&self.installation.database, catalog, &permitted)
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}"));
        id
    }

    fn plain(&self, resource: &Resource, column: &Column) -> Cell {
        match column.kind {
            Kind::Bool => Cell::Bool(false),
            Kind::Int => Cell::Int(0),
            Kind::Text => Cell::from(format!("{}-{}", resource.table, self.installation.new_id())),
            Kind::Enum => Cell::from(column.words[0].as_str()),
            Kind::Uuid => Cell::Uuid(self.installation.new_id()),
            Kind::Instant => Cell::Instant(self.installation.clock.now()),
            Kind::Json => Cell::from(json!({})),
            Kind::Bytes => Cell::from(vec![1; 32]),
        }
    }

    /// The actions in an account's audit log, in their order.
    pub async fn audited(&self, account: &str) -> Vec<String> {
        let id = self.account(account).id;
        let mut sql = postern::store::Sql::new("SELECT action FROM audit_events WHERE account_id = ");
        sql.bind(id).push(" ORDER BY id");
        let rows = self.installation.database.fetch(&sql).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap()).collect()
    }
}
