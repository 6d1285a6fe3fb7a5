//! A PostgreSQL server of our own: made in a folder, reached by a socket in it, ended when dropped. Knows nothing of
//! what is kept there.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What the server is told besides its defaults. Nobody vacuums behind our back, because that would be counted; the
/// data is vacuumed and analysed once it is there. Page images are written once a checkpoint, so checkpoints are rare.
pub const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "''"),
    ("max_connections", "200"),
    ("shared_buffers", "'1GB'"),
    ("max_wal_size", "'8GB'"),
    ("checkpoint_timeout", "'30min'"),
    ("autovacuum", "off"),
    ("log_line_prefix", "'%a|'"),
    ("log_parameter_max_length", "0"),
    ("log_checkpoints", "off"),
];

/// The user that the server knows.
const USER: &str = "postern";

/// The server.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    /// The user of the system that it runs as, where that is not us.
    runs_as: Option<&'static str>,
    _temporary: Option<TempDir>,
}

impl Cluster {
    /// Starts a server in that folder, made where it is not there, or else in a folder that is gone when dropped.
    /// `None`, said loudly, where PostgreSQL is not installed.
    pub fn start(kept: Option<&Path>) -> Option<Cluster> {
        let Some(programs) = programs() else {
            crate::kit::tool::skipped("PostgreSQL's server is not installed");
            return None;
        };
        let temporary = match kept {
            Some(_) => None,
            None => Some(tempfile::tempdir().expect("a folder for the server")),
        };
        let folder = match (kept, &temporary) {
            (Some(folder), _) => std::path::absolute(folder).expect("a folder"),
            (None, Some(folder)) => folder.path().to_owned(),
            (None, None) => unreachable!("one of both is there"),
        };
        fs::create_dir_all(&folder).expect("the folder can be made");
        let cluster = Cluster {
            runs_as: unprivileged(&folder),
            folder,
            programs,
            _temporary: temporary,
        };
        if !cluster.data().join("PG_VERSION").exists() {
            cluster.make();
        }
        if cluster.data().join("postmaster.pid").exists() {
            // A bench that was killed left it running, or it was killed itself.
            cluster.attempt("pg_ctl", &["--mode=fast", "--wait", "stop"]);
        }
        cluster.run(
            "pg_ctl",
            &["--wait", "--timeout=120", "--log", &cluster.text("log"), "start"],
        );
        Some(cluster)
    }

    fn make(&self) {
        self.run(
            "initdb",
            &[
                "--username",
                USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        let mut settings: String = SETTINGS
            .iter()
            .map(|(name, value)| format!("{name} = {value}\n"))
            .collect();
        settings += &format!("unix_socket_directories = '{}'\n", self.folder.display());
        let file = self.data().join("postgresql.conf");
        let before = fs::read_to_string(&file).expect("initdb writes the settings");
        fs::write(&file, before + &settings).expect("the settings can be written");
    }

    /// The URL of a database on it.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://{USER}@localhost/{database}?sslmode=disable&host={}",
            self.folder.display()
        )
    }

    /// Where it writes its log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The id of its first process, which starts all others.
    pub fn process(&self) -> u32 {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).expect("the server runs");
        let line = text.lines().next().unwrap_or_default();
        line.trim().parse().expect("the number of the server's process")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("server")
    }

    fn text(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let done = self.attempt(program, arguments);
        assert!(done, "{program} failed; see {}", self.text("log"));
    }

    /// Runs a program; says whether it ended well.
    fn attempt(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.programs.join(program);
        let mut command = match self.runs_as {
            None => Command::new(&program),
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(&program);
                command
            }
        };
        let ended = command
            .arg("--pgdata")
            .arg(self.data())
            .args(arguments)
            .current_dir(&self.folder)
            // The server keeps what it inherits; a pipe would never end.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
        ended.expect("PostgreSQL's programs can be run").success()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["--mode=fast", "--wait", "stop"]);
    }
}

/// The folder of PostgreSQL's programs: on the PATH, or where Debian puts them, the newest.
fn programs() -> Option<PathBuf> {
    let path = crate::kit::tool::setting("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    on_path
        .into_iter()
        .chain(versions.into_iter().rev().map(|(_, folder)| folder))
        .find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

/// PostgreSQL refuses to run as root, so then it runs as somebody else, who is given the folder.
fn unprivileged(folder: &Path) -> Option<&'static str> {
    if fs::metadata("/proc/self").expect("Linux tells of us").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the system has users");
    ["postgres", "nobody"].into_iter().find(|name| {
        let entry = users.lines().find(|line| line.split(':').next() == Some(name));
        let number = |place| entry.and_then(|line| line.split(':').nth(place)?.parse().ok());
        let (user, group): (Option<u32>, Option<u32>) = (number(2), number(3));
        user.is_some() && chown(folder, user, group).is_ok()
    })
}
