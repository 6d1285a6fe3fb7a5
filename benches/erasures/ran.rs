//! What a command of the program needs, with the database's part of it.

use std::fmt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::bench_kit::cluster::Cluster;
use crate::bench_kit::usage;
use crate::kit::home::Home;

/// What a command needed.
pub struct Ran {
    /// How long it took.
    pub took: Duration,
    /// Of the processor, with the database.
    pub used: Duration,
    /// MiB at most.
    pub memory: f64,
}

impl fmt::Display for Ran {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:.1} s; {:.1} s of processor time with the database, {:.0} MiB at most",
            self.took.as_secs_f64(),
            self.used.as_secs_f64(),
            self.memory
        )
    }
}

/// Runs a command to its end; gives what it and the database needed.
pub async fn run(cluster: &Cluster, home: &Home, command: &[&str]) -> Ran {
    let (server, own, started) = (
        usage::family(cluster.process()),
        usage::of_the_ended(),
        Instant::now(),
    );
    let mut seen = server.clone();
    let mut program = home.program();
    let mut child = program
        .args(command)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program can be run");
    let mut peak = 0;
    let status = loop {
        peak = usage::peak_memory(child.id()).unwrap_or(0).max(peak);
        usage::keep(&mut seen, usage::family(cluster.process()));
        if let Some(status) = child.try_wait().expect("a child can be asked") {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(status.success(), "{command:?} found something, or failed");
    Ran {
        took: started.elapsed(),
        used: usage::of_the_ended() - own + usage::between(&server, &seen),
        memory: peak as f64 / (1024.0 * 1024.0),
    }
}
