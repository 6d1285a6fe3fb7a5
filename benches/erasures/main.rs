//! What it costs to erase: somebody with a million events, beside the same rows by hand-written SQL; what readers feel of it;
//! looking for a thousand people at once, beside looking for one; and a whole account, beside the same by hand. The gateway is
//! the real program in a process of its own; PostgreSQL is a server of the bench's own.
//!
//! `cargo bench --bench erasures`; with `-- --help` it says what can be set. Fails when a promise is broken. Needs Linux.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[expect(dead_code, reason = "the tests use what is not used here")]
#[path = "../../tests/kit/mod.rs"]
mod kit;

#[expect(dead_code, reason = "another bench uses what is not used here")]
#[path = "../kit/mod.rs"]
mod bench_kit;

#[expect(dead_code, reason = "another bench uses what is not used here")]
#[path = "../costs/http.rs"]
mod http;

mod account;
mod floor;
mod ran;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row as _};
use uuid::Uuid;

use bench_kit::cluster::Cluster;
use bench_kit::made_up::{OWNER, on_postgres};
use bench_kit::usage;
use http::Timing;
use kit::client::Client;
use kit::company;
use kit::gateway::Gateway;
use kit::home::Home;

/// How much more processor time than the same rows by hand an erasure may take, gateway and database together.
const PROMISED_RATIO: f64 = 2.0;

/// The most memory that a process may have at once, whatever the number of rows.
const PROMISED_MEMORY: f64 = 100.0;

/// How many times looking for one person it may cost to look for all of them at once.
const PROMISED_SWEEP: f64 = 2.0;

#[derive(Parser)]
struct Options {
    /// About how many subscribers are made up
    #[arg(long, default_value_t = 20_000)]
    subscribers: u64,
    /// How many events the heavy person has
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// How many people are looked for at once
    #[arg(long, default_value_t = 1_000)]
    people: usize,
    /// Keep PostgreSQL's data in this folder, or use what is there; the other benches understand it, too
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    if usage::processor_time(std::process::id()).is_none() {
        println!("SKIPPED: this system does not say how much processor time a process has had");
        return ExitCode::SUCCESS;
    }
    let Some(cluster) = Cluster::start(options.keep.as_deref()) else {
        return ExitCode::SUCCESS;
    };
    let bench = Bench::prepare(&cluster, &options).await;
    let mut kept = bench.heavy().await;
    kept &= bench.felt_by_readers().await;
    kept &= bench.swept(options.people).await;
    kept &= bench.whole().await;
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A copy of the made-up installation, which is erased from.
struct Bench<'a> {
    cluster: &'a Cluster,
    home: Home,
    account: Uuid,
    /// Two with as many events as were wanted, and then people as they are; ids and addresses.
    people: Vec<(Uuid, String)>,
}

impl Bench<'_> {
    async fn prepare<'a>(cluster: &'a Cluster, options: &Options) -> Bench<'a> {
        let made_up = on_postgres(cluster, options.subscribers, false).await;
        let folder = cluster.folder().join("erasures");
        let _ = std::fs::remove_dir_all(&folder);
        let copied = Command::new("cp")
            .arg("-a")
            .arg(made_up.folder())
            .arg(&folder)
            .status();
        assert!(copied.expect("there is cp").success());
        copy_database(cluster, "costs", "erasures").await;
        let mut store = connect(cluster, "erasures").await;
        let rows = store
            .fetch_all(
                "SELECT s.account_id, s.id, s.email FROM subscribers s JOIN accounts a ON a.id = s.account_id \
                 WHERE a.name = 'Acme' AND EXISTS (SELECT 1 FROM clicks c WHERE c.account_id = a.id AND c.subscriber_id = s.id) \
                 AND EXISTS (SELECT 1 FROM opens o WHERE o.account_id = a.id AND o.subscriber_id = s.id) \
                 AND NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.account_id = a.id AND h.subscriber_id = s.id) \
                 AND NOT EXISTS (SELECT 1 FROM support_tickets t WHERE t.account_id = a.id AND t.subscriber_id = s.id) \
                 ORDER BY s.id LIMIT 100000",
            )
            .await
            .expect("there are people");
        let people: Vec<(Uuid, String)> = rows.iter().map(|row| (row.get(1), row.get(2))).collect();
        let started = Instant::now();
        for (person, _) in &people[..2] {
            let sql = include_str!("heavy.sql")
                .replace("$PERSON", &person.to_string())
                .replace("$EVENTS", &options.events.to_string());
            store
                .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
                .await
                .expect("events can be made up");
        }
        store
            .execute("VACUUM ANALYZE opens, clicks")
            .await
            .expect("it is ours");
        println!(
            "{} events for each of two took {} s",
            options.events,
            started.elapsed().as_secs()
        );
        drop(store);
        copy_database(cluster, "erasures", "floor").await;
        Bench {
            cluster,
            home: Home::lasting(folder, cluster.url("erasures")),
            account: rows[0].get(0),
            people,
        }
    }

    /// Somebody with very many events, by the gateway without any rest, and by hand.
    async fn heavy(&self) -> bool {
        let gateway = Gateway::serve(&self.home, &["--rate-burst", "0", "--erasure-pace", "100"]).await;
        let token = company::token(&self.home, OWNER);
        let used = || usage::processor_time(gateway.process()).expect("the gateway runs");
        let (server, own, started) = (usage::family(self.cluster.process()), used(), Instant::now());
        let id = begin(&gateway.client, &token, &self.people[0].1, "heavy").await;
        wait(&gateway.client, &token, &id).await;
        let took = started.elapsed();
        let own = used() - own;
        let database = usage::between(&server, &usage::family(self.cluster.process()));
        let memory = usage::peak_memory(gateway.process()).unwrap_or(0) as f64 / (1024.0 * 1024.0);
        let (floor, rows) = floor::erase(self.cluster, "floor", self.account, self.people[0].0).await;
        let ratio = (own + database).as_secs_f64() / floor.as_secs_f64();
        println!(
            "\nsomebody with {rows} rows: {:.1} s; {:.1} s of the gateway, {:.1} s of the database, {memory:.0} MiB at most\n\
             the same rows by hand: {:.1} s of the database",
            took.as_secs_f64(),
            own.as_secs_f64(),
            database.as_secs_f64(),
            floor.as_secs_f64()
        );
        let cheap = verdict(
            ratio <= PROMISED_RATIO,
            &format!("it costs {ratio:.2} times the same rows by hand; promised is at most {PROMISED_RATIO}"),
        );
        cheap
            & verdict(
                memory <= PROMISED_MEMORY,
                &format!("the gateway had {memory:.0} MiB at most; promised are at most {PROMISED_MEMORY}"),
            )
    }

    /// How long readers wait for a page, while nobody and while somebody heavy is erased at the usual pace.
    async fn felt_by_readers(&self) -> bool {
        let gateway = Gateway::serve(&self.home, &["--rate-burst", "0"]).await;
        let token = company::token(&self.home, OWNER);
        let page = "{ subscribers(first: 100) { nodes { id email status firstName lastName language country city \
                    lastActiveAt createdAt } } }";
        let request = http::graphql(&token, page, &json!({}));
        let address = gateway.client.url.trim_start_matches("http://").to_owned();
        http::repeat(&address, &request, 400, 4);
        let mut before = http::repeat(&address, &request, 4_000, 4);
        let id = begin(&gateway.client, &token, &self.people[1].1, "felt").await;
        let started = Instant::now();
        let mut during = Timing::default();
        loop {
            let (address, request) = (address.clone(), request.clone());
            let some = tokio::task::spawn_blocking(move || http::repeat(&address, &request, 400, 4));
            during
                .latencies
                .extend(some.await.expect("readers read").latencies);
            if state(&gateway.client, &token, &id).await.1 {
                break;
            }
        }
        let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
        println!(
            "\nreaders over 4 connections, ms: p50 {:.1} and p99 {:.1} before, p50 {:.1} and p99 {:.1} during the {:.0} s of \
             an erasure at the usual pace ({} pages)",
            milliseconds(before.within(0.5)),
            milliseconds(before.within(0.99)),
            milliseconds(during.within(0.5)),
            milliseconds(during.within(0.99)),
            started.elapsed().as_secs_f64(),
            during.latencies.len()
        );
        true
    }

    /// Looks for residue of one person, then of very many in one pass.
    async fn swept(&self, people: usize) -> bool {
        let one = self.sweep(&self.people[2..3]).await;
        let many = &self.people[3..(3 + people).min(self.people.len())];
        let all = self.sweep(many).await;
        let ratio = all.as_secs_f64() / one.as_secs_f64();
        verdict(
            ratio <= PROMISED_SWEEP,
            &format!(
                "looking for {} people at once costs {ratio:.2} times looking for one; promised is at most {PROMISED_SWEEP}",
                many.len()
            ),
        )
    }

    async fn sweep(&self, people: &[(Uuid, String)]) -> Duration {
        let gateway = Gateway::serve(&self.home, &["--rate-burst", "0"]).await;
        let token = company::token(&self.home, OWNER);
        let started = Instant::now();
        let mut begun = Vec::new();
        for (number, (_, email)) in people.iter().enumerate() {
            let key = format!("sweep-{}-{number:05}", people.len());
            begun.push(begin(&gateway.client, &token, email, &key).await);
        }
        for id in &begun {
            wait(&gateway.client, &token, id).await;
        }
        println!(
            "\n{} people erased in {:.1} s",
            people.len(),
            started.elapsed().as_secs_f64()
        );
        gateway.terminate().await;
        let ran = ran::run(self.cluster, &self.home, &["erase", "sweep", "--account", "Acme"]).await;
        println!("looking for {} people: {ran}", people.len());
        ran.used
    }
}

async fn connect(cluster: &Cluster, database: &str) -> PgConnection {
    let mut connection = PgConnection::connect(&cluster.url(database))
        .await
        .expect("the database is there");
    connection
        .execute("SET search_path TO postern")
        .await
        .expect("there is a schema of ours");
    connection
}

async fn copy_database(cluster: &Cluster, from: &str, to: &str) {
    let mut admin = PgConnection::connect(&cluster.url("postgres"))
        .await
        .expect("our server is there");
    for sql in [
        format!("DROP DATABASE IF EXISTS {to} WITH (FORCE)"),
        format!("CREATE DATABASE {to} TEMPLATE {from}"),
    ] {
        admin.execute(AssertSqlSafe(sql)).await.expect("it is ours");
    }
}

/// Plans an erasure and agrees to it; gives its id.
async fn begin(client: &Client, token: &str, email: &str, key: &str) -> String {
    let plan = "mutation($email: EmailAddress!, $key: String!) \
                { planErasure(input: {subscriber: {email: $email}, idempotencyKey: $key}) \
                { erasure { id planHash } userErrors { code message } } }";
    let key = format!("bench-{key}");
    let planned = client
        .graphql(token, plan, json!({ "email": email, "key": key }))
        .await
        .data();
    let erasure = &planned["planErasure"]["erasure"];
    let id = erasure["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("{planned:#}")).to_owned();
    let confirm = "mutation($id: ID!, $hash: String!, $key: String!) \
                   { confirmErasure(input: {erasure: $id, planHash: $hash, idempotencyKey: $key}) \
                   { userErrors { code message } } }";
    let variables = json!({ "id": id, "hash": erasure["planHash"], "key": format!("{key}-yes") });
    let confirmed = client.graphql(token, confirm, variables).await.data();
    assert_eq!(confirmed["confirmErasure"]["userErrors"], json!([]));
    id
}

/// Where an erasure stands, and whether it is done.
async fn state(client: &Client, token: &str, id: &str) -> (String, bool) {
    let query = "query($id: ID!) { node(id: $id) { ... on Erasure { state } } }";
    let node = client.graphql(token, query, json!({ "id": id })).await.data();
    let state = node["node"]["state"]
        .as_str()
        .expect("an erasure has a state")
        .to_owned();
    // PARTIAL: only those whom the data was given to are still to be told.
    let is_done = state == "DONE" || state == "PARTIAL";
    assert!(!["REFUSED", "RESIDUE_FOUND"].contains(&state.as_str()), "{state}");
    (state, is_done)
}

async fn wait(client: &Client, token: &str, id: &str) {
    while !state(client, token, id).await.1 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn verdict(kept: bool, what: &str) -> bool {
    println!("{}: {what}", if kept { "kept" } else { "BROKEN" });
    kept
}
