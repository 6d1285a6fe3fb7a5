//! The same rows as one lane without anything around them: `psql \copy` of each table into `gzip -6`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use uuid::Uuid;

use crate::bench_kit::cluster::Cluster;
use crate::bench_kit::usage;
use crate::bundle::{Bundle, Table};

/// What it came to.
pub struct Floor {
    /// Of psql and gzip.
    pub client: Duration,
    /// Of the server.
    pub database: Duration,
    /// What gzip gave.
    pub bytes: u64,
}

/// Copies the tables of an account's bundle out, one after the other.
pub fn copy(
    cluster: &Cluster,
    bundle: &Bundle,
    conditions: &BTreeMap<String, String>,
    account: Uuid,
) -> Floor {
    let file = cluster.folder().join("floor.csv.gz");
    let _ = std::fs::remove_file(&file);
    let ended = usage::of_the_ended();
    let mut psql = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
        .arg(cluster.url("costs").replace("sslmode=disable&", ""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("psql can be run");
    let mut commands = psql.stdin.take().expect("it is piped");
    let mut said = BufReader::new(psql.stdout.take().expect("it is piped"));
    let mut send = |command: &str| {
        // What is echoed says that all before it is done, while the session, whose server process would take its figures
        // with it, still lives.
        writeln!(commands, "{command}\n\\echo done").expect("psql listens");
        let mut line = String::new();
        said.read_line(&mut line).expect("psql speaks");
        assert_eq!(line.trim(), "done", "{command}");
    };
    send("SET search_path TO postern; SET max_parallel_workers_per_gather = 0;");
    let before = usage::family(cluster.process());
    for table in bundle.tables.iter().filter(|table| table.rows > 0) {
        let condition = conditions[&table.name].replace("$1", &format!("'{account}'"));
        send(&command(table, &condition, &file));
    }
    let database = usage::between(&before, &usage::family(cluster.process()));
    drop(commands);
    assert!(psql.wait().expect("psql was started").success(), "psql failed");
    let bytes = std::fs::metadata(&file).expect("gzip wrote a file").len();
    std::fs::remove_file(&file).expect("the file is ours");
    Floor {
        client: usage::of_the_ended() - ended,
        database,
        bytes,
    }
}

fn command(table: &Table, condition: &str, file: &Path) -> String {
    let columns: Vec<String> = table.columns.iter().map(|name| expression(name)).collect();
    format!(
        "\\copy (SELECT {} FROM {} WHERE {condition} ORDER BY id) TO PROGRAM 'gzip -6 >> {}' (FORMAT csv, HEADER)",
        columns.join(", "),
        table.name,
        file.display()
    )
}

/// A secret's column says whether there is one.
fn expression(name: &str) -> String {
    match name.strip_suffix("_is_set") {
        Some(column) => format!("{column} IS NOT NULL"),
        None => format!("\"{name}\""),
    }
}
