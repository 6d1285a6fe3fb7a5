//! A gateway over a real installation in this process: whoever asks shows a token or a key of the installation, and
//! every right is looked up as it is for strangers.

use std::sync::Arc;

use postern::api::execute::{Gateway, OperationLog, Parts};
use postern::api::guard::Limits;
use postern::api::promises::Promises;
use postern::api::service::{Credentials, Request};
use postern::keys::verifier::TokenVerifier;
use postern::work::identify::Identifier;
use postern::work::installation::Installation;
use serde_json::Value;

use super::home::Home;

/// The installation of a home, made where it is not there yet.
pub async fn installation(home: &Home) -> Installation {
    let config = home.settings().resolve(false).expect("the settings are good");
    Installation::open(&config, true)
        .await
        .expect("the installation opens")
}

/// A gateway that takes down what is read in `log`, and limits nobody in rate.
pub fn gateway(installation: &Installation, log: Arc<dyn OperationLog>) -> Gateway {
    let Installation {
        database,
        catalog,
        keys,
        clock,
        ..
    } = installation.clone();
    let verifier = TokenVerifier::new(&keys, Vec::new(), clock).expect("the ring has keys");
    Gateway::new(Parts {
        catalog: catalog.clone(),
        database: database.clone(),
        ids: keys.id_keys(),
        cursors: keys.cursor_keys(),
        identify: Arc::new(Identifier::new(database, catalog, verifier, clock)),
        mutations: Arc::new(
            Promises::new(installation.clone(), installation.new_job.clone()).expect("mutations can be run"),
        ),
        log,
        limits: Limits::default(),
        time: std::time::Duration::from_secs(30),
        rate: None,
        trusted: None,
        introspection: true,
        clock,
    })
    .expect("the schema can be made")
}

/// A document as somebody sends it. The id of the request, which stands in errors, is always the same.
pub fn request(credential: &str, account: Option<&str>, query: &str, variables: Value) -> Request {
    Request {
        query: query.to_owned(),
        operation_name: None,
        variables: async_graphql::Variables::from_json(variables),
        document_id: None,
        extensions: None,
        credentials: Credentials {
            authorization: Some(format!("Bearer {credential}")),
            account: account.map(str::to_owned),
        },
        queries_only: false,
        client: None,
        request_id: "request".into(),
    }
}
