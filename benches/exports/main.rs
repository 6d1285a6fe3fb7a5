//! What it costs to carry an account out: processor time, memory, and beside it the same rows by `psql \copy` and
//! `gzip -6`, which is one lane without schemas, hashes or a signature. The gateway is the real program in a process
//! of its own; PostgreSQL is a server of the bench's own.
//!
//! `cargo bench --bench exports`; with `-- --help` it says what can be set. Fails when a promise is broken. Needs Linux,
//! psql and gzip.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

#[expect(dead_code, reason = "the tests use what is not used here")]
#[path = "../../tests/kit/mod.rs"]
mod kit;

#[expect(dead_code, reason = "another bench uses what is not used here")]
#[path = "../kit/mod.rs"]
mod bench_kit;

mod bundle;
mod floor;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::json;

use bench_kit::cluster::Cluster;
use bench_kit::made_up::{OWNER, on_postgres};
use bench_kit::store::Store;
use bench_kit::usage;
use bundle::Bundle;
use kit::company;
use kit::gateway::Gateway;
use kit::home::Home;

/// The most memory that a process may have at once, whatever the number of rows.
const PROMISED_MEMORY: f64 = 100.0;

#[derive(Parser)]
struct Options {
    /// About how many subscribers are made up
    #[arg(long, default_value_t = 100_000)]
    subscribers: u64,
    /// As many as the table of costs is about: 2 million subscribers, 10 million deliveries
    #[arg(long)]
    full: bool,
    /// Keep PostgreSQL's data in this folder, or use what is there; the bench `costs` understands it, too
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
    let home = on_postgres(&cluster, options.subscribers, options.full).await;
    let mut store = Store::of(&home).await;
    let account = store
        .value("SELECT id FROM accounts WHERE name = 'Acme'", &[])
        .await;
    let before = store.counts(account).await;
    let exported = export(&home, &cluster).await;
    let counts = are_counts_equal(&exported.bundle, &before, &store.counts(account).await);
    let verified = verify(&home, &exported.file);
    let floor = floor::copy(&cluster, &exported.bundle, &store.conditions().await, account);
    println!(
        "\npsql \\copy … | gzip -6, of the same rows as CSV: {:.1} s of the client, {:.1} s of the database, {} bytes",
        floor.client.as_secs_f64(),
        floor.database.as_secs_f64(),
        floor.bytes
    );
    let ratio = exported.processor.as_secs_f64() / (floor.client + floor.database).as_secs_f64();
    let mut kept = verdict(
        counts,
        "every resource has as many rows in the bundle as in the database",
    );
    kept &= verdict(
        ratio <= 1.0,
        &format!(
            "both lanes, schemas, hashes and signature cost {ratio:.2} times what CSV alone costs by psql and gzip; \
             promised is at most 1"
        ),
    );
    for (what, memory) in [("the gateway", exported.memory), ("verify", verified)] {
        kept &= verdict(
            memory <= PROMISED_MEMORY,
            &format!("{what} had {memory:.0} MiB at most; promised are at most {PROMISED_MEMORY} MiB"),
        );
    }
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// An export that was carried out.
struct Exported {
    file: PathBuf,
    bundle: Bundle,
    /// Of gateway and database together.
    processor: Duration,
    /// What the gateway had at most, in MiB.
    memory: f64,
}

/// Has the account's owner ask for everything, and fetches the bundle.
async fn export(home: &Home, cluster: &Cluster) -> Exported {
    let gateway = Gateway::serve(home, &["--rate-burst", "0"]).await;
    let token = company::token(home, OWNER);
    let used = || usage::processor_time(gateway.process()).expect("the gateway runs");
    let server = usage::family(cluster.process());
    let (before, started, mut seen) = (used(), Instant::now(), server.clone());
    let id = company::exported(&gateway.client, &token).await;
    loop {
        // The process that serves the long read ends with it.
        usage::keep(&mut seen, usage::family(cluster.process()));
        match company::export_state(&gateway.client, &token, &id).await {
            (state, _) if state == "READY" => break,
            (state, None) if state != "FAILED" => tokio::time::sleep(Duration::from_millis(200)).await,
            (state, code) => panic!("the export ended as {state}: {code:?}"),
        }
    }
    let (after, time) = (used(), started.elapsed());
    let own = after - before;
    let database = usage::between(&server, &seen);
    let query = "query($id: ID!) { node(id: $id) { ... on Export { bundlePath } } }";
    let node = gateway.client.graphql(&token, query, json!({ "id": id })).await;
    let path = node.data()["node"]["bundlePath"].as_str().map(str::to_owned);
    let file = home.folder().join("bundle.zip");
    download(
        &gateway,
        &token,
        &path.expect("a bundle that is ready has a path"),
        &file,
    )
    .await;
    let bundle = Bundle::read(&file);
    let memory = mebibytes(usage::peak_memory(gateway.process()));
    let bytes = std::fs::metadata(&file).expect("the bundle was kept").len();
    println!(
        "\nexport: {} rows of {} resources in {:.1} s; {:.1} s of the gateway, {:.1} s of the database; {bytes} bytes; \
         {memory:.0} MiB at most",
        bundle.rows(),
        bundle.tables.len(),
        time.as_secs_f64(),
        own.as_secs_f64(),
        database.as_secs_f64(),
    );
    Exported {
        file,
        bundle,
        processor: own + database,
        memory,
    }
}

/// Fetches a bundle into a file, piece by piece.
async fn download(gateway: &Gateway, token: &str, path: &str, file: &Path) {
    let request = gateway.client.request(reqwest::Method::GET, path);
    // A bundle may be large and the disk slow.
    let request = request.bearer_auth(token).timeout(Duration::from_secs(3_600));
    let mut answer = request.send().await.expect("the gateway answers");
    assert_eq!(answer.status(), 200);
    let mut out = std::fs::File::create(file).expect("the folder is ours");
    while let Some(chunk) = answer.chunk().await.expect("the bundle comes whole") {
        std::io::Write::write_all(&mut out, &chunk).expect("there is room for the bundle");
    }
}

/// Has the bundle verified; gives the most memory that it took, in MiB.
fn verify(home: &Home, file: &Path) -> f64 {
    let started = Instant::now();
    let before = usage::of_the_ended();
    let mut child = home
        .program()
        .args(["verify", "--unsigned-ok"])
        .arg(file)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program can be run");
    let mut peak = None;
    let status = loop {
        peak = usage::peak_memory(child.id()).or(peak);
        if let Some(status) = child.try_wait().expect("a child can be asked") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success(), "the bundle has findings");
    let memory = mebibytes(peak);
    println!(
        "verify: {:.1} s, {:.1} s of processor time; {memory:.0} MiB at most",
        started.elapsed().as_secs_f64(),
        (usage::of_the_ended() - before).as_secs_f64()
    );
    memory
}

fn mebibytes(bytes: Option<u64>) -> f64 {
    bytes.expect("Linux tells how much memory a process has had") as f64 / f64::from(1 << 20)
}

/// Whether each resource has as many rows in the bundle as the account had. Of those that asking for an export and fetching it adds
/// to, there may be any number between before and after.
fn are_counts_equal(bundle: &Bundle, before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> bool {
    let mut equal = true;
    for table in &bundle.tables {
        let (before, after) = (before[&table.name], after[&table.name]);
        if !(before..=after).contains(&table.rows) {
            println!(
                "{}: {} rows in the bundle, {before} to {after} in the database",
                table.name, table.rows
            );
            equal = false;
        }
    }
    equal
}

/// Prints one promise and whether it was kept; gives the latter.
fn verdict(kept: bool, text: &str) -> bool {
    println!("{}: {text}", if kept { "kept" } else { "BROKEN" });
    kept
}
