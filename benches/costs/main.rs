//! What a request costs: processor time in the gateway and in the database, how many statements it sends, and beside
//! it the same rows by one hand-written statement. The gateway is the real program in a process of its own, so that
//! nothing of the client is counted; PostgreSQL is a server of the bench's own.
//!
//! `cargo bench --bench costs`; with `-- --help` it says what can be set. Fails when a promise is broken. Needs Linux,
//! whose `/proc` says what each process has had.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[expect(dead_code, reason = "the tests use what is not used here")]
#[path = "../../tests/kit/mod.rs"]
mod kit;

#[expect(dead_code, reason = "another bench uses what is not used here")]
#[path = "../kit/mod.rs"]
mod bench_kit;

mod bench;
mod dashboards;
mod http;
mod questions;
mod report;
mod statements;
mod world;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use bench::{Bench, CONNECTIONS};
use bench_kit::cluster::Cluster;
use bench_kit::made_up::{fill, on_postgres};
use bench_kit::store::Store;
use bench_kit::usage;
use dashboards::dashboards;
use kit::gateway::Gateway;
use kit::home::Home;
use questions::{DEEP, DEEP_AT_MOST, PAGE, WITH_VALUES, questions};
use report::{heading, row, verdict};
use statements::Counter;
use world::World;

/// What the page of 100 subscribers with 10 fields may cost in the gateway, in microseconds, over [`CONNECTIONS`].
const PROMISED: f64 = 250.0;

/// How often a question is asked while its statements are counted.
const COUNTED: usize = 20;

#[derive(Parser)]
struct Options {
    /// About how many subscribers are made up on PostgreSQL
    #[arg(long, default_value_t = 100_000)]
    subscribers: u64,
    /// About how many on the embedded store; 0 leaves it out
    #[arg(long, default_value_t = 5_000)]
    embedded: u64,
    /// As many as the table of costs is about: 2 million subscribers, a list of 1 million, 10 million deliveries
    #[arg(long)]
    full: bool,
    /// Keep PostgreSQL's data in this folder, or use what is there
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Fill the folder and end
    #[arg(long, requires = "keep")]
    load: bool,
    /// Requests of each question a round; over 1 and 64 connections, a third
    #[arg(long, default_value_t = 1_500)]
    requests: usize,
    /// How often each question is measured; a busy machine can only add, so the cheapest round counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
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
    let mut kept = true;
    if options.embedded > 0 && !options.load {
        let home = Home::embedded();
        println!("\nSQLite, {} subscribers", options.embedded);
        fill(&home, options.embedded, false).await;
        kept &= measure(&home, None, &options).await;
    }
    if let Some(cluster) = Cluster::start(options.keep.as_deref()) {
        let mut home = on_postgres(&cluster, options.subscribers, options.full).await;
        if !options.load {
            kept &= measure(&home, Some(&cluster), &options).await;
            behind_row_security(&mut home, &cluster, &options).await;
        }
    }
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Measures one store; says whether the promises were kept.
async fn measure(home: &Home, cluster: Option<&Cluster>, options: &Options) -> bool {
    // One asker sends all of it, which no limit in rate is made for.
    let gateway = Gateway::serve(home, &["--rate-burst", "0"]).await;
    let world = World::find(home, &gateway).await;
    let mut kept = true;
    let mut statements = HashMap::new();
    if let Some(cluster) = cluster {
        kept &= count(home, cluster, &world, &mut statements).await;
    }
    let mut bench = Bench {
        home,
        process: gateway.process(),
        address: world.address.clone(),
        server: cluster.map(Cluster::process),
        idle: (0.0, 0.0),
    };
    bench.rest();
    kept & costs(&bench, &world, &statements, options)
}

/// Measures by turns what questions cost without and with row-level security.
async fn behind_row_security(home: &mut Home, cluster: &Cluster, options: &Options) {
    const UNLIMITED: [&str; 2] = ["--rate-burst", "0"];
    let plain = Gateway::serve(home, &UNLIMITED).await;
    home.put_row_security_up().await;
    let walled = Gateway::serve(home, &UNLIMITED).await;
    let world = World::find(home, &walled).await;
    let bench = |gateway: &Gateway| {
        let mut bench = Bench {
            home,
            process: gateway.process(),
            address: gateway.client.url.trim_start_matches("http://").to_owned(),
            server: Some(cluster.process()),
            idle: (0.0, 0.0),
        };
        bench.rest();
        bench
    };
    let (without, with) = (bench(&plain), bench(&walled));
    println!(
        "\n{:<36}{:>10}{:>8}{:>7}",
        "row-level security, µs together", "without", "with", "ratio"
    );
    for question in questions(&world) {
        let request = http::graphql(&world.token, question.document, &question.variables);
        let cheapest = |bench: &Bench<'_>| bench.requests(&request, options.requests, CONNECTIONS).together();
        let (mut before, mut behind) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..options.rounds {
            before = before.min(cheapest(&without));
            behind = behind.min(cheapest(&with));
        }
        println!(
            "{:<36}{before:>10.0}{behind:>8.0}{:>7.2}",
            question.name,
            behind / before
        );
    }
    drop((plain, walled));
    home.take_row_security_down();
}

/// Counts the statements of all questions; says whether none sends too many.
async fn count(
    home: &Home,
    cluster: &Cluster,
    world: &World,
    statements: &mut HashMap<&'static str, f64>,
) -> bool {
    let mut store = Store::of(home).await;
    let counter = Counter::begin(cluster.log(), &mut store).await;
    let each = |document: &str, variables: &serde_json::Value| {
        // The first one may look rights up, and answers come with their errors checked.
        world.ask(document, variables);
        let request = http::graphql(&world.token, document, variables);
        let sent = counter.count(|| {
            http::repeat(&world.address, &request, COUNTED, 1);
        });
        sent as f64 / COUNTED as f64
    };
    for question in questions(world) {
        statements.insert(question.name, each(question.document, &question.variables));
    }
    println!("{:<60}{:>6}{:>9}", "statements of a request", "SQL", "at most");
    let mut kept = true;
    for dashboard in dashboards(world) {
        let sent = each(dashboard.document, &dashboard.variables);
        let is_kept = sent > 0.0 && sent <= dashboard.levels.len() as f64;
        kept &= is_kept;
        println!(
            "{:<60}{sent:>6.2}{:>9}{}",
            dashboard.name,
            dashboard.levels.len(),
            if is_kept { "" } else { "  BROKEN" }
        );
    }
    counter.end(&mut store).await;
    kept
}

/// Measures what each question costs; says whether none costs too much.
fn costs(
    bench: &Bench<'_>,
    world: &World,
    statements: &HashMap<&'static str, f64>,
    options: &Options,
) -> bool {
    let mut kept = true;
    let mut together = HashMap::new();
    let mut throughputs = Vec::new();
    println!();
    heading();
    let live = http::get("/health/live");
    let mut nothing = bench.requests(&live, options.requests * 2, CONNECTIONS);
    row("nothing: GET /health/live", None, &mut nothing, None, None);
    let mut page = (0.0, Vec::new());
    for question in questions(world) {
        let request = http::graphql(&world.token, question.document, &question.variables);
        let (floor, mut cost, gateways) = bench.rounds(&question, &request, options.requests, options.rounds);
        let at_most = question.at_most.filter(|_| bench.server.is_some());
        let sent = statements.get(question.name).copied();
        kept &= row(question.name, sent, &mut cost, Some(floor), at_most);
        if question.name == PAGE {
            page = (gateways.iter().copied().fold(f64::INFINITY, f64::min), gateways);
        }
        together.insert(question.name, cost.together());
        let others = [1, 64].map(|connections| {
            bench
                .requests(&request, options.requests / 3, connections)
                .throughput
        });
        throughputs.push((question.name, [others[0], cost.throughput, others[1]]));
    }
    println!(
        "\n{:<36}{:>8}{:>8}{:>8}",
        "requests a second over connections", 1, CONNECTIONS, 64
    );
    for (name, [one, usual, many]) in throughputs {
        println!("{name:<36}{one:>8.0}{usual:>8.0}{many:>8.0}");
    }
    println!();
    let rounds: Vec<String> = page.1.iter().map(|gateway| format!("{gateway:.0}")).collect();
    kept &= verdict(
        page.0 <= PROMISED,
        &format!(
            "the {PAGE}, costs {:.0} µs in the gateway, {:.1} times nothing; promised are at most {PROMISED} µs (rounds \
             {})",
            page.0,
            page.0 / nothing.gateway,
            rounds.join(" ")
        ),
    );
    if bench.server.is_some() {
        let ratio = together[DEEP] / together[WITH_VALUES];
        kept &= verdict(
            ratio <= DEEP_AT_MOST,
            &format!(
                "far behind, a page costs {ratio:.2} times the first one; promised is at most {DEEP_AT_MOST}"
            ),
        );
    }
    kept
}
