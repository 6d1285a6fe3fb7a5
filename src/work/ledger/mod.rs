//! The ledger of erasures: one object for each in the depot, outside of the database's backups, by which a restored
//! database is made to forget again (ruling 32). Ids and keyed tokens alone.
//!
//! Beside the entries stand *heads*, objects whose names are numbers: the highest is the generation of the latest
//! erasure. A database takes its next generation after an erasure's last row is gone and before the ledger hears of it; so
//! a database whose own is lower than the head was written before some erasure ended, and one number is compared at start.
//! Must not know how people are erased.

pub mod prune;
pub mod standing;

use chrono::DateTime;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cell::instant_text;
use crate::clock::Instant;
use crate::depot::Depot;
use crate::error::{Fault, Result};
use crate::fail_point::{FailPoint, reach};

/// Where entries lie: `ledger/ACCOUNT/ERASURE.json`.
const ENTRIES: &str = "ledger";

/// Where heads lie: `ledger-head/GENERATION.ERASURE`.
const HEADS: &str = "ledger-head";

/// Where it is noted up to which generation entries were removed because of their age.
const PRUNED: &str = "ledger-pruned";

/// What the ledger holds of one erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The erasure.
    pub erasure: Uuid,
    /// In which account.
    pub account: Uuid,
    /// Who is gone.
    pub who: Who,
    /// The keyed token of the person's address.
    pub token: Vec<u8>,
    /// The version of the key that it was made with; `None`: the entry does not say.
    pub key_version: Option<i64>,
    /// The policy it was planned under.
    pub policy_hash: String,
    /// When it was finished.
    pub finished_at: Instant,
    /// The generation; 0 where the entry has none.
    pub generation: i64,
}

/// Who is gone, under the id of then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A subscriber of the account.
    Person(Uuid),
    /// The account as a whole.
    Account(Uuid),
    /// A user of the installation; the account is the platform's own.
    User(Uuid),
}

impl Who {
    /// The id.
    pub fn id(self) -> Uuid {
        match self {
            Who::Person(id) | Who::Account(id) | Who::User(id) => id,
        }
    }

    fn parse(kind: Option<&str>, id: Uuid, account: Uuid) -> Who {
        match kind {
            Some(USER) => Who::User(id),
            _ if id == account => Who::Account(id),
            _ => Who::Person(id),
        }
    }
}

/// How an entry says that it is about a user; the others are told by the id.
const USER: &str = "user";

impl Entry {
    fn document(&self) -> Value {
        json!({
            "kind": "postern-erasure-ledger",
            "version": 1,
            "erasureId": self.erasure,
            "account": self.account,
            "subjectKind": matches!(self.who, Who::User(_)).then_some(USER),
            "subscriberId": self.who.id(),
            "subject": data_encoding::HEXLOWER.encode(&self.token),
            "keyVersion": self.key_version,
            "policyHash": self.policy_hash,
            "finishedAt": instant_text(self.finished_at),
            "generation": self.generation,
        })
    }

    fn parse(bytes: &[u8]) -> Option<Entry> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let id = |name: &str| Uuid::parse_str(value[name].as_str()?).ok();
        let finished_at = DateTime::parse_from_rfc3339(value["finishedAt"].as_str()?).ok()?;
        Some(Entry {
            erasure: id("erasureId")?,
            account: id("account")?,
            who: Who::parse(value["subjectKind"].as_str(), id("subscriberId")?, id("account")?),
            token: data_encoding::HEXLOWER
                .decode(value["subject"].as_str()?.as_bytes())
                .ok()?,
            key_version: value["keyVersion"].as_i64(),
            policy_hash: value["policyHash"].as_str().unwrap_or_default().to_owned(),
            finished_at: finished_at.to_utc(),
            generation: value["generation"].as_i64().unwrap_or(0),
        })
    }
}

fn entry_name(account: Uuid, erasure: Uuid) -> String {
    format!("{ENTRIES}/{account}/{erasure}.json")
}

/// Writes an entry with its head before it. Gives when the erasure was finished as the ledger says it, where a worker
/// before us, who died, may have written it.
pub async fn write(depot: &Depot, entry: &Entry) -> Result<Instant> {
    raise_head(depot, entry.generation, entry.erasure).await?;
    record(depot, entry).await
}

/// Writes an entry alone, where the head is there.
pub async fn record(depot: &Depot, entry: &Entry) -> Result<Instant> {
    let name = entry_name(entry.account, entry.erasure);
    let is_new = depot
        .put_new(&name, entry.document().to_string().as_bytes())
        .await?;
    let folder = format!("{ENTRIES}/{}", entry.account);
    for unfinished in depot.unfinished(&folder).await? {
        if unfinished.name == name {
            depot.remove_unfinished(&unfinished).await?;
        }
    }
    reach(FailPoint::ErasureLedger);
    if is_new {
        return Ok(entry.finished_at);
    }
    let known = read(depot, entry.account, entry.erasure).await?;
    Ok(known.map_or(entry.finished_at, |known| known.finished_at))
}

/// Reads an entry; `None`: there is none.
pub async fn read(depot: &Depot, account: Uuid, erasure: Uuid) -> Result<Option<Entry>> {
    let name = entry_name(account, erasure);
    let Some(bytes) = depot.read(&name).await? else {
        return Ok(None);
    };
    let broken = || Fault::Depot(format!("{name} cannot be read as an entry of the ledger"));
    Ok(Some(Entry::parse(&bytes).ok_or_else(broken)?))
}

/// Account and id of every erasure that has an entry, in the order of their names.
pub async fn erasures(depot: &Depot) -> Result<Vec<(Uuid, Uuid)>> {
    let names = depot.list(ENTRIES).await?;
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let mut parts = name.split('/').skip(1);
        let account = parts.next().and_then(|part| Uuid::parse_str(part).ok());
        let erasure = parts.next().and_then(|part| part.strip_suffix(".json"));
        let erasure = erasure.and_then(|part| Uuid::parse_str(part).ok());
        match (account, erasure, parts.next()) {
            (Some(account), Some(erasure), None) => found.push((account, erasure)),
            _ => return Err(Fault::Depot(format!("{name} is no entry of the ledger")).into()),
        }
    }
    Ok(found)
}

/// The generation of the latest erasure; `None`: no erasure had one yet.
pub async fn head(depot: &Depot) -> Result<Option<i64>> {
    highest(depot, HEADS).await
}

/// Up to which generation entries were removed because of their age; 0: none were.
pub async fn pruned(depot: &Depot) -> Result<i64> {
    Ok(highest(depot, PRUNED).await?.unwrap_or(0))
}

/// Makes the head that generation, unless it is higher; the lower ones go. Of an erasure in our hands.
async fn raise_head(depot: &Depot, generation: i64, erasure: Uuid) -> Result<()> {
    raise(depot, HEADS, generation, &erasure.to_string()).await?;
    // What a worker before us, who died, has left of the same erasure.
    for unfinished in depot.unfinished(HEADS).await? {
        if unfinished.name.ends_with(&erasure.to_string()) {
            depot.remove_unfinished(&unfinished).await?;
        }
    }
    reach(FailPoint::LedgerHead);
    Ok(())
}

/// Notes a number in a folder of numbers: first the new one, then those below the highest go, so that the highest of
/// all that were ever noted is there at any moment, whoever else notes one.
async fn raise(depot: &Depot, folder: &str, number: i64, by: &str) -> Result<()> {
    depot
        .put_new(&format!("{folder}/{number:020}.{by}"), b"{}")
        .await?;
    let names = depot.list(folder).await?;
    let highest = names.last().and_then(|name| numbered(name));
    for name in &names {
        if numbered(name) < highest {
            depot.delete(name).await?;
        }
    }
    Ok(())
}

async fn highest(depot: &Depot, folder: &str) -> Result<Option<i64>> {
    // As wide as any number, so that the names are in the order of the numbers.
    Ok(depot.list(folder).await?.last().and_then(|name| numbered(name)))
}

fn numbered(name: &str) -> Option<i64> {
    let (_, last) = name.rsplit_once('/')?;
    last.split('.').next()?.parse().ok()
}
