//! Bad input and bad weather over HTTP: each has a clear error with a code, others are served meanwhile, and the same
//! process is there afterwards (ruling 37).

mod credentials;
mod documents;
mod names;
mod outages;
mod provider;
mod requests;
mod signing_in;
mod transport;
mod values;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::client::{Answer, Client};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;

/// How soon others are to be answered, whatever is going on.
const SOON: Duration = Duration::from_secs(2);

/// How often it is tried again when others waited longer. A gateway that is held up is so each time; a machine that is
/// busy with other tests is not.
const TRIES: usize = 3;

/// How much memory the gateway may ever hold, in MiB: a password check takes some twenty, a debug build is not small.
const MEMORY: u64 = 400;

/// A gateway that is attacked, and the token of somebody who may use it.
struct Victim {
    home: Home,
    gateway: Gateway,
    client: Client,
    token: String,
}

/// What is sent, and what is to come back: the status, and the code or, where the request is fine as such, nothing.
struct Attack {
    name: String,
    request: reqwest::RequestBuilder,
    status: u16,
    code: &'static str,
}

impl Victim {
    /// One on each store.
    async fn each() -> Vec<Victim> {
        let mut victims = Vec::new();
        for home in Home::each().await {
            victims.push(Victim::at(home).await);
        }
        victims
    }

    async fn at(home: Home) -> Victim {
        company::found(&home, 20).await;
        Victim::serving(home).await
    }

    /// On an installation that is there already.
    async fn serving(home: Home) -> Victim {
        let gateway = Gateway::serve(&home, &[]).await;
        let client = gateway.client.clone();
        let token = company::token(&home, "owner@acme.test");
        Victim {
            home,
            gateway,
            client,
            token,
        }
    }

    async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.client.graphql(&self.token, query, variables).await
    }

    /// A request with a body that a test makes itself.
    fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.bare()
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .body(body)
    }

    fn bare(&self) -> reqwest::RequestBuilder {
        self.client.request(reqwest::Method::POST, "/graphql")
    }

    /// A document as an attack.
    fn document(&self, name: &str, query: &str, status: u16, code: &'static str) -> Attack {
        self.with_variables(name, query, json!({}), status, code)
    }

    fn with_variables(
        &self,
        name: &str,
        query: &str,
        variables: Value,
        status: u16,
        code: &'static str,
    ) -> Attack {
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.attack(name, self.post(body), status, code)
    }

    fn attack(
        &self,
        name: &str,
        request: reqwest::RequestBuilder,
        status: u16,
        code: &'static str,
    ) -> Attack {
        Attack {
            name: name.to_owned(),
            request,
            status,
            code,
        }
    }

    /// Sends everything; each gets its answer, and others are answered soon meanwhile.
    async fn withstands(&mut self, attacks: Vec<Attack>) {
        let mut wrong = Vec::new();
        for attack in attacks {
            let send = async || {
                let request = attack.request.try_clone().expect("the body is at hand");
                self.client.send(request).await
            };
            let answer = self.serves_others_during(&attack.name, send).await;
            let found = (answer.status, code(&answer));
            if found != (attack.status, attack.code.to_owned()) {
                let text: String = answer.text().chars().take(300).collect();
                wrong.push(format!(
                    "{}: expected {} {:?}, not {found:?}\n    {text}",
                    attack.name, attack.status, attack.code
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        self.is_unharmed();
    }

    /// Does something; others are answered soon meanwhile. Gives what came of it.
    async fn serves_others_during<T>(&self, what: &str, mut doing: impl AsyncFnMut() -> T) -> T {
        let mut times = Vec::new();
        while times.len() < TRIES {
            let (outcome, time) = tokio::join!(doing(), self.others_wait(what));
            if time < SOON {
                return outcome;
            }
            times.push(time);
        }
        panic!("others waited for {times:?} during: {what}");
    }

    /// In a situation that lasts, others are answered soon.
    async fn serves_others(&self, situation: &str) {
        self.serves_others_during(situation, async || ()).await;
    }

    /// How long a health check and a query take that are sent now.
    async fn others_wait(&self, while_what: &str) -> Duration {
        let started = Instant::now();
        let (health, answer) = tokio::join!(
            self.client.get("/health/ready"),
            self.ask("{ viewer { account { name } } }", json!({}))
        );
        let time = started.elapsed();
        assert_eq!(health.status, 200, "{while_what}: {}", health.text());
        assert_eq!(answer.data()["viewer"]["account"]["name"], "Acme", "{while_what}");
        time
    }

    fn is_unharmed(&mut self) {
        self.gateway.is_unharmed();
        if let Some(memory) = self.gateway.peak_memory() {
            assert!(memory < MEMORY, "the gateway held {memory} MiB");
        }
    }
}

/// The code of an answer: of its first error, or of the first user error of a mutation; nothing where all was well.
fn code(answer: &Answer) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return "no JSON".to_owned();
    };
    let error = &body["errors"][0]["extensions"]["code"];
    let of_mutation = body["data"].as_object().and_then(|data| {
        let payload = data.values().next()?;
        payload["userErrors"][0]["code"].as_str()
    });
    error.as_str().or(of_mutation).unwrap_or_default().to_owned()
}
