//! A small made-up world of two accounts in an embedded store, and a gateway over it whose askers are named in
//! the `Authorization` header. Every id, time and key is fixed, so that answers can be compared with kept ones.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures_util::future::{BoxFuture, FutureExt};
use postern::access::built_in::BuiltIn;
use postern::access::cursor::CursorKeys;
use postern::access::global_id::IdKeys;
use postern::access::grant::{Grant, GroupGrants, Rights, Verb};
use postern::access::viewer::{Principal, Viewer};
use postern::api::execute::{Gateway, Operated, OperationLog, Parts};
use postern::api::guard::Limits;
use postern::api::identity::{Asker, Identify};
use postern::api::mutation::{Extra, Gave, Given, Mutation, MutationService};
use postern::api::service::{Credentials, GraphqlService, Request};
use postern::catalog::{Catalog, DEFAULT_POLICY};
use postern::clock::Instant;
use postern::error::{Code, Refusal, Result};
use postern::store::{Database, DatabaseOptions, migrate};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::rows::fill;

/// The two accounts.
pub const ACME: u128 = 0xA;
pub const GLOBEX: u128 = 0xB;

/// The user who asks.
pub const USER: u128 = 0x77;

/// The id of the `number`th row of a table of an account.
pub fn id(account: u128, table: &str, number: u128) -> Uuid {
    let table = table
        .bytes()
        .fold(7_u128, |hash, byte| (hash * 31 + u128::from(byte)) % 0xFFFF);
    Uuid::from_u128((account << 64) | (table << 32) | number)
}

pub fn instant(seconds: i64) -> Instant {
    Instant::from_timestamp(1_767_225_600 + seconds, 0).unwrap()
}

pub struct World {
    pub catalog: Arc<Catalog>,
    pub database: Database,
    pub gateway: Gateway,
    pub ids: IdKeys,
    pub logged: Arc<Log>,
    _folder: tempfile::TempDir,
}

impl World {
    pub async fn new() -> World {
        World::under(DEFAULT_POLICY).await
    }

    /// The world under another policy than the built-in one.
    pub async fn under(policy: &str) -> World {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("postern.db").display());
        let options = DatabaseOptions {
            create: true,
            ..DatabaseOptions::default()
        };
        let database = Database::connect(&url, &options).await.unwrap();
        migrate::migrate(&database).await.unwrap();
        let catalog = Arc::new(Catalog::load(policy).unwrap());
        for (account, people) in [(ACME, 7), (GLOBEX, 2)] {
            fill(&database, &catalog, account, people).await;
        }
        let ids = IdKeys::new([(1, Zeroizing::new([1; 32]))]);
        let logged = Arc::new(Log::default());
        let parts = Parts {
            catalog: catalog.clone(),
            database: database.clone(),
            ids: ids.clone(),
            cursors: CursorKeys::new([(1, Zeroizing::new([2; 32]))]),
            identify: Arc::new(Names {
                catalog: catalog.clone(),
            }),
            mutations: Arc::new(Desk),
            log: logged.clone(),
            limits: Limits::default(),
            time: std::time::Duration::from_secs(10),
            rate: None,
            trusted: None,
            introspection: true,
            clock: postern::clock::Clock::system(),
        };
        let gateway = Gateway::new(parts).unwrap();
        World {
            catalog,
            database,
            gateway,
            ids,
            logged,
            _folder: folder,
        }
    }

    pub fn global(&self, account: u128, table: &str, number: u128) -> String {
        self.ids
            .encode(self.catalog.table(table).tag(), id(account, table, number))
    }

    /// The answer to a document; `who` as [`Names`] reads it.
    pub async fn ask(&self, who: &str, query: &str, variables: serde_json::Value) -> serde_json::Value {
        self.ask_operation(who, query, variables, None).await
    }

    /// The answer to one operation of a document.
    pub async fn ask_operation(
        &self,
        who: &str,
        query: &str,
        variables: serde_json::Value,
        operation: Option<&str>,
    ) -> serde_json::Value {
        let request = Request {
            query: query.to_owned(),
            document_id: None,
            operation_name: operation.map(str::to_owned),
            variables: async_graphql::Variables::from_json(variables),
            extensions: None,
            credentials: Credentials {
                authorization: (!who.is_empty()).then(|| who.to_owned()),
                account: None,
            },
            queries_only: false,
            client: None,
            request_id: "request".into(),
        };
        let answer = self.gateway.execute(request).await;
        serde_json::from_slice(&answer.body).expect("an answer is JSON")
    }
}

/// Names of askers: `owner`, `analyst`, `manager` (of the first list), `privacy`, with `@globex` for the other
/// account.
struct Names {
    catalog: Arc<Catalog>,
}

pub fn viewer(catalog: &Catalog, who: &str) -> Option<Viewer> {
    let (name, account) = match who.split_once('@') {
        Some((name, "globex")) => (name, GLOBEX),
        _ => (who, ACME),
    };
    let group = BuiltIn::of_word(name)?;
    let grants = vec![Grant {
        resource: "List".to_owned(),
        verb: Verb::Read,
        lists: Some(BTreeSet::from([id(account, "lists", 1)])),
        max_rows: None,
        max_bundles_per_day: None,
        expires_at: None,
    }];
    let group = GroupGrants {
        group: Uuid::nil(),
        name: name.to_owned(),
        built_in: Some(group),
        membership_expires_at: None,
        grants,
    };
    Some(Viewer {
        principal: Principal::User(Uuid::from_u128(USER)),
        account: Uuid::from_u128(account),
        rights: Rights::of(catalog, &[group], instant(0)),
        as_of: None,
    })
}

impl Identify for Names {
    fn asker<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Asker>> {
        async move {
            let who = credentials.authorization.as_deref().unwrap_or_default();
            match viewer(&self.catalog, who) {
                Some(viewer) => Ok(Asker {
                    viewer: Arc::new(viewer),
                    groups: [who.to_owned()].into(),
                    lasts: None,
                }),
                None => Err(Refusal::new(Code::Unauthenticated, "nobody of that name").into()),
            }
        }
        .boxed()
    }
}

/// Remembers what was logged.
#[derive(Default)]
pub struct Log {
    pub rows: Mutex<Vec<(u64, u64)>>,
    pub is_full: std::sync::atomic::AtomicBool,
}

impl OperationLog for Log {
    fn record(&self, operated: &Operated<'_>) -> Result<(), Refusal> {
        if self.is_full.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(Refusal::new(
                Code::DependencyUnavailable,
                "the audit log cannot be written",
            ));
        }
        self.rows
            .lock()
            .unwrap()
            .push((operated.rows, operated.personal_rows));
        Ok(())
    }
}

/// Runs the mutations of tests: one export exists, and erasures are refused.
struct Desk;

impl MutationService for Desk {
    fn run<'a>(&'a self, mutation: &'static Mutation, given: Given<'a>) -> BoxFuture<'a, Result<Gave>> {
        let refused = |refusal: Refusal| Err(refusal.into());
        let done = match mutation.name {
            "signIn" if given.input["password"] == "right" => Ok(Gave::default()
                .and(Extra::Text("a.b.c".to_owned()))
                .and(Extra::Instant(instant(900)))),
            "signIn" => refused(Refusal::new(
                Code::Unauthenticated,
                "unknown address or wrong password",
            )),
            "requestExport" => {
                assert_eq!(given.viewer().unwrap().account, Uuid::from_u128(ACME));
                assert_eq!(given.input["formats"], serde_json::json!(["CSV"]));
                Ok(Gave::row(id(ACME, "exports", 1)))
            }
            "cancelExport" => Err(postern::error::Fault::Store("secret table".to_owned()).into()),
            "planErasure" => {
                refused(Refusal::new(Code::SubjectNotFound, "nobody").at(["subscriber", "email"]))
            }
            "confirmErasure" => refused(Refusal::new(Code::RateLimited, "later").retry_after(3)),
            _ => refused(Refusal::new(Code::InvalidState, "it has begun")),
        };
        async { done }.boxed()
    }
}
