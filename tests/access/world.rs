//! An installation of two accounts with rows of everything, a gateway over it, and all that is known of it.

use std::sync::Arc;

use postern::access::global_id::IdKeys;
use postern::api::answer::{Answer, Outcome};
use postern::api::execute::{Gateway, Operated, OperationLog};
use postern::api::service::GraphqlService;
use postern::error::Refusal;
use postern::work::installation::Installation;
use serde_json::{Value, json};
use uuid::Uuid;

use super::law::Law;
use super::marks::Marks;
use super::oracle::{Oracle, Person, View};
use super::rows::Rows;
use crate::kit::home::Home;
use crate::kit::inside;
use crate::kit::types::{INTROSPECTION, Types};

/// The installation, with what is known of it.
pub struct World {
    pub home: Home,
    pub installation: Installation,
    pub gateway: Gateway,
    pub law: Law,
    pub rows: Rows,
    pub marks: Marks,
    pub ids: IdKeys,
    pub types: Types,
    pub people: Vec<Person>,
    pub acme: Uuid,
    pub globex: Uuid,
    pub operator: Uuid,
}

/// Takes nothing down, so that asking changes no rows.
pub struct NoLog;

impl OperationLog for NoLog {
    fn record(&self, _: &Operated<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}
/// An installation that nobody has open.
pub struct Closed {
    pub home: Home,
    pub operator: Uuid,
    pub acme: Uuid,
    pub globex: Uuid,
    pub people: Vec<Person>,
}

impl Closed {
    /// Another with the same rows, keys and people.
    pub async fn copy(&self) -> Closed {
        Closed {
            home: self.home.copy().await,
            people: self.people.clone(),
            ..*self
        }
    }

    /// On PostgreSQL it is read behind row-level security, which shows no less than the door.
    pub async fn open(mut self) -> World {
        self.home.put_row_security_up().await;
        let installation = inside::installation(&self.home).await;
        World::over(self, installation).await
    }
}
impl World {
    /// The same, seen through this installation.
    pub async fn over(closed: Closed, installation: Installation) -> World {
        let gateway = inside::gateway(&installation, Arc::new(NoLog));
        let rows = Rows::read(&installation).await;
        let somebody = closed.people.first().expect("there are people");
        let request = inside::request(&somebody.token, somebody.header, INTROSPECTION, json!({}));
        let types = Types::of(&body(&gateway.execute(request).await)["data"]);
        World {
            marks: Marks::of(&rows),
            ids: installation.keys.id_keys(),
            law: Law::read(),
            home: closed.home,
            installation,
            gateway,
            rows,
            types,
            people: closed.people,
            acme: closed.acme,
            globex: closed.globex,
            operator: closed.operator,
        }
    }

    /// Reads the rows again, after they were changed behind the gateway's back.
    pub async fn look_again(&mut self) {
        self.rows = Rows::read(&self.installation).await;
        self.marks = Marks::of(&self.rows);
    }

    pub fn oracle(&self) -> Oracle<'_> {
        Oracle {
            law: &self.law,
            catalog: &self.installation.catalog,
            rows: &self.rows,
            ids: &self.ids,
        }
    }

    pub fn view(&self, who: &Person) -> View<'_> {
        self.oracle().view(who)
    }

    pub fn somebody(&self, name: &str) -> &Person {
        let found = self.people.iter().find(|person| person.name == name);
        found.unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// What the gateway answers somebody.
    pub async fn ask(&self, who: &Person, query: &str, variables: &Value) -> Answer {
        let request = inside::request(&who.token, who.header, query, variables.clone());
        self.gateway.execute(request).await
    }

    pub async fn close(self) -> Home {
        self.installation.database.close().await;
        self.home
    }
}

/// The body of an answer.
pub fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("an answer is JSON")
}

/// All of an answer that can be seen from outside: whether and why it was refused, from which its HTTP status follows,
/// when to try again, and the body.
pub fn seen(answer: &Answer) -> (Option<String>, Option<u64>, String) {
    let refused = match answer.outcome {
        Outcome::Executed => None,
        Outcome::Refused(code) => Some(format!("{code:?}")),
    };
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    (refused, answer.retry_after_seconds, body)
}
