//! How many statements the gateway sends for a request, as the server itself writes them down. Knows no documents.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::bench_kit::store::Store;

/// Counts by the server's log.
pub struct Counter {
    log: PathBuf,
    /// Statements that are sent while nobody asks.
    background: HashSet<String>,
}

impl Counter {
    /// Has the server write every statement down from now on, and learns what is sent while nobody asks.
    pub async fn begin(log: PathBuf, store: &mut Store) -> Counter {
        store.script("ALTER SYSTEM SET log_statement = 'all'").await;
        store.script("SELECT pg_reload_conf()").await;
        let mut counter = Counter {
            log,
            background: HashSet::new(),
        };
        let from = counter.length();
        tokio::time::sleep(Duration::from_secs(3)).await;
        counter.background = counter.said_since(from).into_iter().collect();
        counter
    }

    /// The statements that give rows which a gateway sends meanwhile.
    pub fn count(&self, asking: impl FnOnce()) -> usize {
        let from = self.length();
        asking();
        let said = self.said_since(from);
        said.iter()
            .filter(|statement| statement.starts_with("SELECT") || statement.starts_with("WITH"))
            .filter(|statement| !self.background.contains(*statement))
            .count()
    }

    /// The server writes no more statements down.
    pub async fn end(self, store: &mut Store) {
        store.script("ALTER SYSTEM RESET log_statement").await;
        store.script("SELECT pg_reload_conf()").await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }

    fn length(&self) -> usize {
        fs::metadata(&self.log).map_or(0, |file| usize::try_from(file.len()).unwrap_or(0))
    }

    /// The first lines of the gateway's statements.
    fn said_since(&self, from: usize) -> Vec<String> {
        let log = fs::read(&self.log).expect("the server writes a log");
        let text = String::from_utf8_lossy(&log[from.min(log.len())..]).into_owned();
        text.lines()
            .filter_map(|line| line.strip_prefix("postern|LOG:  execute ")?.split_once(": "))
            .map(|(_, statement)| statement.to_owned())
            .collect()
    }
}
