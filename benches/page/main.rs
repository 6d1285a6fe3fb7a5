//! What a request costs: processor time in the gateway, in the database, and in the same rows by one hand-written
//! statement. The gateway is the real program in a process of its own, so that nothing of the client is counted.
//!
//! `cargo bench --bench page`; with `-- --help` it says what can be set. Fails when the page of 100 subscribers with
//! 10 fields costs more than promised. Needs Linux, whose `/proc` says what each process has had.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[expect(dead_code, reason = "the tests use what is not used here")]
#[path = "../../tests/kit/mod.rs"]
mod kit;

mod http;
mod questions;
mod store;
mod usage;
mod world;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

use kit::gateway::Gateway;
use kit::home::Home;
use questions::{PAGE, Question, questions};
use store::Store;
use world::World;

/// What the page may cost in the gateway, in microseconds, over [`CONNECTIONS`].
const PROMISED: f64 = 250.0;

/// Over how many connections a promise is about. Over one, each request wakes sleeping threads and processors, here
/// and in the server, which is the larger part of what a small request costs and says little of the gateway.
const CONNECTIONS: usize = 16;

#[derive(Parser)]
struct Options {
    /// About how many subscribers are made up
    #[arg(long, default_value_t = 5_000)]
    subscribers: u64,
    /// Requests for the page that are measured; of the other questions, a fifth
    #[arg(long, default_value_t = 5_000)]
    requests: usize,
    /// Requests before that are not
    #[arg(long, default_value_t = 1_000)]
    warm_up: usize,
    /// How often the page is measured over 16 connections; a busy machine can only add, so the cheapest round counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// What cargo says to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// Processor time of one request, in microseconds, and what it came to.
struct Cost {
    gateway: f64,
    database: f64,
    timing: http::Timing,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    if usage::processor_time(std::process::id()).is_none() {
        println!("SKIPPED: this system does not say how much processor time a process has had");
        return ExitCode::SUCCESS;
    }
    let mut kept = true;
    for home in Home::each().await {
        kept &= measure(&home, &options).await;
    }
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Measures one store; says whether the promise was kept.
async fn measure(home: &Home, options: &Options) -> bool {
    let name = home.database_url().map_or("SQLite", |_| "PostgreSQL");
    println!("\n{name}, {} subscribers", options.subscribers);
    world::fill(home, options.subscribers).await;
    // One asker sends all of it, which no limit in rate is made for.
    let gateway = Gateway::serve(home, &["--rate-burst", "0"]).await;
    let world = World::find(home, &gateway).await;
    let mut bench = Bench {
        process: gateway.process(),
        address: world.address.clone(),
        store: Store::of(home).await,
        idle: (0.0, 0.0),
    };
    bench.idle = bench.idle().await;
    println!(
        "{:<36}{:>9}{:>10}{:>8}{:>8}{:>8}{:>8}{:>9}",
        "processor time per request, µs", "gateway", "database", "floor", "ratio", "p50", "p99", "bytes"
    );
    let live = http::get("/health/live");
    let nothing = bench.requests(&live, options.warm_up, options.requests, 1).await;
    row("nothing: GET /health/live", &nothing, None);
    let nothing = bench
        .requests(&live, options.warm_up, options.requests, CONNECTIONS)
        .await;
    row("the same over 16 connections", &nothing, None);
    let mut page = 0.0;
    for question in questions(&world) {
        let requests = if question.name == PAGE {
            options.requests
        } else {
            options.requests / 5
        };
        let request = http::graphql(&world.token, question.document, &question.variables);
        let floor = bench.floor(&question, requests / 5).await;
        let cost = bench.requests(&request, options.warm_up, requests, 1).await;
        row(question.name, &cost, Some(floor));
        if question.name == PAGE {
            let mut rounds = Vec::new();
            for _ in 0..options.rounds {
                let round = bench.requests(&request, options.warm_up, requests, CONNECTIONS);
                rounds.push(round.await);
            }
            rounds.sort_by(|one, other| one.gateway.total_cmp(&other.gateway));
            page = rounds[0].gateway;
            row("the same over 16 connections", &rounds[0], Some(floor));
            let all: Vec<String> = rounds
                .iter()
                .map(|round| format!("{:.0}", round.gateway))
                .collect();
            println!("{:<36}{:>9}", "    its rounds", all.join(" "));
        }
    }
    let kept = page <= PROMISED;
    println!(
        "over {CONNECTIONS} connections the page costs {page:.0} µs in the gateway, {:.1} times nothing; promised are at \
         most {PROMISED} µs: {}",
        page / nothing.gateway,
        if kept { "kept" } else { "BROKEN" }
    );
    kept
}

fn row(name: &str, cost: &Cost, floor: Option<f64>) {
    let mut timing = http::Timing {
        latencies: cost.timing.latencies.clone(),
        bytes: cost.timing.bytes,
    };
    let (floor_text, ratio) = match floor {
        Some(floor) => (
            format!("{floor:.0}"),
            format!("{:.1}", (cost.gateway + cost.database) / floor),
        ),
        None => Default::default(),
    };
    println!(
        "{name:<36}{:>9.0}{:>10.0}{floor_text:>8}{ratio:>8}{:>8}{:>8}{:>9}",
        cost.gateway,
        cost.database,
        timing.within(0.5).as_micros(),
        timing.within(0.99).as_micros(),
        cost.timing.bytes
    );
}

/// What measuring needs.
struct Bench {
    process: u32,
    address: String,
    store: Store,
    /// Processor time of gateway and database while nobody asks, in seconds a second.
    idle: (f64, f64),
}

impl Bench {
    fn usage(&self, servers: &[u32]) -> (Duration, Duration) {
        (
            usage::processor_time(self.process).expect("the gateway runs"),
            usage::processor_times(servers).expect("PostgreSQL runs"),
        )
    }

    async fn idle(&mut self) -> (f64, f64) {
        let servers = self.store.servers(false).await;
        let (before, started) = (self.usage(&servers), Instant::now());
        tokio::time::sleep(Duration::from_secs(3)).await;
        let (after, time) = (self.usage(&servers), started.elapsed().as_secs_f64());
        (
            (after.0 - before.0).as_secs_f64() / time,
            (after.1 - before.1).as_secs_f64() / time,
        )
    }

    async fn requests(&mut self, request: &[u8], warm_up: usize, times: usize, connections: usize) -> Cost {
        http::repeat(&self.address, request, warm_up, connections);
        let servers = self.store.servers(false).await;
        let (before, started) = (self.usage(&servers), Instant::now());
        let timing = http::repeat(&self.address, request, times, connections);
        // The log of reads is written behind the answers, and is a part of what they cost.
        tokio::time::sleep(Duration::from_millis(700)).await;
        let (after, time) = (self.usage(&servers), started.elapsed().as_secs_f64());
        let each = |used: Duration, idle: f64| {
            ((used.as_secs_f64() - idle * time) * 1e6 / timing.latencies.len() as f64).max(0.0)
        };
        Cost {
            gateway: each(after.0 - before.0, self.idle.0),
            database: each(after.1 - before.1, self.idle.1),
            timing,
        }
    }

    /// The same rows by one statement that was prepared beforehand: our processor time and the server's.
    async fn floor(&mut self, question: &Question, times: usize) -> f64 {
        let sql = match self.store {
            Store::Postgres(_) => question.on_postgres,
            Store::Sqlite(_) => question.on_sqlite,
        };
        for _ in 0..times / 5 {
            assert!(
                self.store.fetch(sql, &question.values).await > 0,
                "{}",
                question.name
            );
        }
        let mut processes = self.store.servers(true).await;
        processes.push(std::process::id());
        let before = usage::processor_times(&processes).expect("we run");
        for _ in 0..times {
            self.store.fetch(sql, &question.values).await;
        }
        let after = usage::processor_times(&processes).expect("we run");
        (after - before).as_secs_f64() * 1e6 / times as f64
    }
}
