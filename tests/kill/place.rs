//! A small installation that can be copied, with people who can be erased one after another.

use std::path::PathBuf;

use uuid::Uuid;

use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

/// Subscribers of both accounts together, for as many cases as the places are.
pub const SUBSCRIBERS: u32 = 40;

/// A lease this short is over soon after its worker was killed.
const ARGUMENTS: [&str; 2] = ["--lease-seconds", "1"];

/// An installation.
pub struct Place {
    pub home: Home,
    pub token: String,
    /// The public key that strangers check with.
    pub key: PathBuf,
    /// Subscribers of Acme as their addresses are written and as they are compared, those first whom Globex has too.
    pub people: Vec<(String, String)>,
}

impl Place {
    /// Makes one; each of its people is mentioned in a text that is not about anybody.
    pub async fn found(home: Home, subscribers: u32) -> Place {
        company::found(&home, subscribers).await;
        let token = company::token(&home, "owner@acme.test");
        let rows = home.rows().await;
        let (acme, globex) = (account(&rows, "Acme"), account(&rows, "Globex"));
        let people = people(&rows, &acme, &globex);
        let text = |bytes: &(String, String)| bytes.0.replace('\'', "''");
        let listed: Vec<String> = people.iter().map(text).collect();
        home.tamper(format!(
            "UPDATE lists SET description = 'For {}' WHERE id IN (SELECT id FROM lists WHERE account_id = \
             (SELECT id FROM accounts WHERE name = 'Acme') ORDER BY id LIMIT 1)",
            listed.join("; ")
        ))
        .await;
        let place = Place {
            key: PathBuf::new(),
            home,
            token,
            people,
        };
        place.with_key().await
    }

    /// Another with the same data, whose kills this one does not feel.
    pub async fn copy(&self) -> Place {
        let home = self.home.copy().await;
        let place = Place {
            key: PathBuf::new(),
            home,
            token: self.token.clone(),
            people: self.people.clone(),
        };
        place.with_key().await
    }

    async fn with_key(mut self) -> Place {
        let installation = company::open(&self.home).await;
        let pem = installation
            .keys
            .receipt_public_key_pem()
            .expect("there is a key");
        installation.database.close().await;
        self.key = self.home.folder().join("key.pem");
        std::fs::write(&self.key, pem).expect("the key can be kept");
        self
    }

    /// Starts a gateway that lives.
    pub async fn serve(&self) -> Gateway {
        Gateway::serve(&self.home, &ARGUMENTS).await
    }

    /// Starts a gateway that dies at a place.
    pub async fn serve_until(&self, death: &str) -> Gateway {
        self.serve_with(&[], death).await
    }

    /// The same with further settings; with no place it lives.
    pub async fn serve_with(&self, settings: &[&str], death: &str) -> Gateway {
        let variables = [("POSTERN_FAIL_POINT", death)];
        let variables = if death.is_empty() { &[][..] } else { &variables[..] };
        Gateway::start(&self.home, &[&ARGUMENTS, settings].concat(), variables).await
    }

    /// Runs a command that dies at a place.
    pub fn run_until(&self, death: &str, arguments: &[&str]) {
        let mut command = self.home.program();
        command
            .args(ARGUMENTS)
            .args(arguments)
            .env("POSTERN_FAIL_POINT", death);
        let output = command.output().expect("the program can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            was_killed(output.status),
            "{arguments:?} does not die at {death}: {:?}\n{said}",
            output.status
        );
    }
}

/// Whether a process ended by SIGKILL.
pub fn was_killed(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(9)
}

/// The id that a cell holds, as either store writes it.
pub fn id(bytes: &[u8]) -> Uuid {
    Uuid::from_slice(bytes)
        .ok()
        .or_else(|| std::str::from_utf8(bytes).ok()?.parse().ok())
        .expect("the cell holds an id")
}

fn people(rows: &[Row], acme: &[u8], globex: &[u8]) -> Vec<(String, String)> {
    let text = |row: &Row, column: &str| String::from_utf8(row.cell(column).to_vec()).expect("text");
    let of = |account: &[u8]| -> Vec<(String, String)> {
        rows.iter()
            .filter(|row| row.table == "subscribers" && row.account() == Some(account))
            .map(|row| (text(row, "email"), text(row, "email_normalized")))
            .collect()
    };
    let theirs = of(globex);
    let is_shared = |person: &(String, String)| theirs.iter().any(|other| other.1 == person.1);
    let mut people = of(acme);
    people.sort_by_key(|person| (!is_shared(person), person.1.clone()));
    assert!(people.first().is_some_and(is_shared), "the accounts share nobody");
    people
}
