//! A PostgreSQL of its own with a replica that follows it, for one test; gone afterwards. Left out loudly where the
//! server's programs are not installed, or fails under `POSTERN_TEST_ALL=1`.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

/// A primary and its replica.
pub struct Pair {
    folder: tempfile::TempDir,
    programs: PathBuf,
    primary: u16,
    replica: u16,
}

impl Pair {
    /// Starts both.
    pub fn start() -> Option<Pair> {
        let Some(programs) = programs() else {
            skipped("pg_basebackup is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder for the test");
        let (primary, replica) = (free_port(), free_port());
        let pair = Pair {
            folder,
            programs,
            primary,
            replica,
        };
        let root = pair.folder.path().to_str().expect("a plain path").to_owned();
        if is_root() {
            // PostgreSQL does not run as root.
            run(Command::new("chown").args(["postgres", &root]));
        }
        let (one, other) = (format!("{root}/primary"), format!("{root}/replica"));
        pair.program("initdb", &["-D", &one, "-A", "trust", "-U", "postgres", "-N"]);
        pair.serve(&one, primary);
        let port = primary.to_string();
        pair.program(
            "pg_basebackup",
            &[
                "-D",
                &other,
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "postgres",
            ],
        );
        pair.serve(&other, replica);
        Some(pair)
    }

    /// Where the primary is.
    pub fn primary(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.primary)
    }

    /// Where the replica is.
    pub fn replica(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.replica)
    }

    /// Lets the replica fall behind, or catch up.
    pub async fn pause(&self, pause: bool) {
        let mut connection = PgConnection::connect(&self.replica())
            .await
            .expect("the replica serves");
        let sql = match pause {
            true => "SELECT pg_wal_replay_pause()",
            false => "SELECT pg_wal_replay_resume()",
        };
        connection.execute(sql).await.expect("its superuser may");
    }

    fn serve(&self, data: &str, port: u16) {
        let log = format!("{data}.log");
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories={}",
            self.folder.path().display()
        );
        self.program("pg_ctl", &["-D", data, "-w", "-l", &log, "-o", &options, "start"]);
    }

    fn program(&self, name: &str, arguments: &[&str]) {
        let program = self.programs.join(name);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        // The server keeps what it was started with open; a pipe would never end.
        let null = std::process::Stdio::null;
        command
            .current_dir(self.folder.path())
            .stdin(null())
            .stdout(null())
            .stderr(null());
        run(command.args(arguments));
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for name in ["replica", "primary"] {
            let data = self.folder.path().join(name);
            if data.join("postmaster.pid").exists() {
                let data = data.to_str().expect("a plain path");
                self.program("pg_ctl", &["-D", data, "-m", "immediate", "stop"]);
            }
        }
    }
}

fn run(command: &mut Command) {
    let status = command.status().expect("the program can be run");
    assert!(status.success(), "{command:?}: {status}");
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|said| said.stdout.trim_ascii() == b"0")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// The folder of the newest server's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut found: Vec<PathBuf> = versions
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|folder| has_all(folder))
        .collect();
    found.sort();
    found.pop()
}

fn has_all(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "pg_basebackup", "postgres"]
        .iter()
        .all(|name| folder.join(name).is_file())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for tests alone, absent from the program"
)]
fn skipped(reason: &str) {
    assert!(
        std::env::var("POSTERN_TEST_ALL").as_deref() != Ok("1"),
        "POSTERN_TEST_ALL=1, but {reason}"
    );
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}
