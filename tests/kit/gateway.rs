//! A running gateway: the real program, on a port that the system chose, killed when dropped.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::client::{Client, wait_until};
use super::home::Home;

/// How long a gateway may take until it serves; the machine may be busy.
const START: Duration = Duration::from_secs(90);

/// A running gateway.
pub struct Gateway {
    child: Child,
    /// For requests to it.
    pub client: Client,
    stdout: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
}

impl Gateway {
    /// Starts a gateway on an installation and waits until it is ready.
    pub async fn serve(home: &Home, arguments: &[&str]) -> Gateway {
        Gateway::start(home, arguments, &[]).await
    }

    /// The same, with environment variables.
    pub async fn start(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Gateway {
        let mut command = home.program();
        command
            .args(["--listen", "127.0.0.1:0", "serve"])
            .args(arguments)
            .envs(variables.iter().copied());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = follow(child.stdout.take().expect("stdout is piped"));
        let stderr = follow(child.stderr.take().expect("stderr is piped"));
        let url = {
            let started = Instant::now();
            loop {
                if let Some(url) = listening(&stdout.lock().expect("the reader lives")) {
                    break url;
                }
                let ended = child.try_wait().expect("the program can be asked");
                let said = || stderr.lock().expect("the reader lives").clone();
                assert!(ended.is_none(), "the gateway ended with {ended:?}\n{}", said());
                assert!(
                    started.elapsed() < START,
                    "the gateway does not start\n{}",
                    said()
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let gateway = Gateway {
            child,
            client: Client::new(url),
            stdout,
            stderr,
        };
        let client = gateway.client.clone();
        wait_until("the gateway is ready", START, async || {
            // One that is killed at its first job may be gone before it says so: whoever asks it next learns it.
            let answer = client.try_get("/health/ready").await;
            answer.is_none_or(|answer| answer.status == 200)
        })
        .await;
        gateway
    }

    /// The id of its process.
    #[allow(dead_code, reason = "the benchmark, which shares this kit, asks for it")]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// What it has said on stdout so far.
    pub fn said(&self) -> String {
        self.stdout.lock().expect("the reader lives").clone()
    }

    /// What it has logged so far.
    pub fn logged(&self) -> String {
        self.stderr.lock().expect("the reader lives").clone()
    }

    /// The most memory it has held so far, in MiB; `None` where the system does not tell.
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
        Some(kibibytes / 1024)
    }

    /// Fails unless it is still the process that was started, and none of its tasks has panicked.
    pub fn is_unharmed(&mut self) {
        let ended = self.child.try_wait().expect("the program can be asked");
        let logged = self.logged();
        assert!(ended.is_none(), "the gateway ended with {ended:?}\n{logged}");
        assert!(!logged.contains("panicked at"), "{logged}");
    }

    /// Asks it to end, as an administrator does, and waits; gives how it ended.
    pub async fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        let asked = std::process::Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .expect("there is kill");
        assert!(asked.success(), "the gateway had ended already");
        self.ended().await
    }

    /// Ends it as a power cut does.
    pub async fn kill(mut self) -> ExitStatus {
        self.child.kill().expect("the gateway can be killed");
        self.ended().await
    }

    /// Waits until it has ended by itself; gives how.
    pub async fn ended(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the program can be asked") {
                return status;
            }
            assert!(
                started.elapsed() < START,
                "the gateway does not end\n{}",
                self.logged()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "the gateway logged:\n{}", self.logged());
        }
    }
}

/// The address that the gateway says it listens on.
fn listening(said: &str) -> Option<String> {
    let line = said.lines().find(|line| line.contains("listens on http://"))?;
    let at = line.find("http://")?;
    // A line that is not whole may hold half an address.
    said.contains(&format!("{line}\n")).then(|| line[at..].to_owned())
}

/// Reads a pipe to its end on a thread of its own, so that the program never waits for us.
fn follow(pipe: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let filled = text.clone();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            filled
                .lock()
                .expect("nobody panics with it")
                .push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
    text
}
