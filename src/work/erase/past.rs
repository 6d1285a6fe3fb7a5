//! Keeping erased people away, whoever writes them: the platform writes the same database and passes Postern by (ruling 33).
//! Rows with an address that came since are looked at, and whom a fence keeps out is erased again by the same steps, counted
//! in the log of the erasure and audited; its receipts stay as they are, as they say what was true when they were signed.
//!
//! A look costs what is new: the database notes each row that comes. Whoever writes past that, too, is found by a pass
//! over all addresses once a day. Must not trust ids, times or normal forms of what is found.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::due::sweep_residue;
use super::plan::refuse_held;
use super::stale;
use super::steps::{Purpose, Steps};
use crate::access::permit::{self, Again};
use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::error::{Error, Result};
use crate::plan::erase::steps;
use crate::store::arrival::{self, Came};
use crate::store::fence::{self, Fence};
use crate::store::{Transaction, identity, replay};
use crate::work::installation::Installation;

/// Rows looked at in one transaction.
const SLICE: u32 = 1_000;

/// What is looked at.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// What the database has noted as new.
    Arrived,
    /// Every address of every account in which somebody was erased.
    Everything,
}

/// What came of a look.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptAway {
    /// How often somebody who was erased was found again, and erased again.
    pub people: u64,
    /// Rows that went or were made nobody's.
    pub rows: u64,
    /// How often somebody was found who has to wait: a legal hold names the person, or the erasure has not ended.
    pub waiting: u64,
}

/// Somebody whom a fence keeps out, and who is there.
struct Found {
    token: Vec<u8>,
    fence: Fence,
    rows: Vec<Uuid>,
    /// The ids that the person has by now.
    subscribers: Vec<Uuid>,
    /// The address in each of the spellings in which it stands.
    addresses: BTreeSet<String>,
}

/// Looks for erased people who were written again, and erases them again; in one account or in all.
pub async fn keep_away(installation: &Installation, account: Option<Uuid>, look: Look) -> Result<KeptAway> {
    let accounts = match look {
        Look::Arrived => arrival::accounts(&installation.database).await?,
        Look::Everything => fence::accounts(&installation.database).await?,
    };
    let mut all = KeptAway::default();
    let mut failed = None;
    for one in accounts {
        if account.is_some_and(|account| account != one) {
            continue;
        }
        match keep_away_of(installation, one, look).await {
            Ok(kept) => {
                all.people += kept.people;
                all.rows += kept.rows;
                all.waiting += kept.waiting;
            }
            // One account keeps no other waiting.
            Err(error) => {
                tracing::warn!(account = %one, code = error.code().as_str(), %error, "an account was not looked at");
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(all), Err)
}

async fn keep_away_of(installation: &Installation, account: Uuid, look: Look) -> Result<KeptAway> {
    let mut kept = KeptAway::default();
    // Also before everything is looked at, or the notes would never get fewer where no gateway runs.
    arrived(installation, account, &mut kept).await?;
    if look == Look::Everything {
        everything(installation, account, &mut kept).await?;
    }
    sweep_again(installation, account, &kept).await?;
    // Also what somebody before us, who died, has marked.
    let stale = fence::stale_bundles(&installation.database, account).await?;
    if !stale.is_empty() {
        stale::remove_marked_for(installation, account, None).await?;
    }
    Ok(kept)
}

/// Sweeps for the erasures of an account that had left residue, if some of that may be gone by now.
async fn sweep_again(installation: &Installation, account: Uuid, kept: &KeptAway) -> Result<()> {
    match kept.rows {
        0 => Ok(()),
        _ => sweep_residue(installation, account).await,
    }
}

/// Erases again whoever is there with this address, if a fence keeps that person out.
pub async fn keep_away_address(
    installation: &Installation,
    account: Uuid,
    normalized: &str,
) -> Result<KeptAway> {
    let subscriber = identity::subscriber(&installation.database, account, normalized).await?;
    let came = Came {
        row: subscriber.unwrap_or_default(),
        is_subscriber: subscriber.is_some(),
        addresses: vec![normalized.to_owned()],
    };
    let mut kept = KeptAway::default();
    look_at(installation, account, vec![came], &mut kept).await?;
    Ok(kept)
}

/// What is new in an account. Not what comes meanwhile: whoever writes fast would keep us here.
async fn arrived(installation: &Installation, account: Uuid, kept: &mut KeptAway) -> Result<()> {
    let mut left = arrival::waiting(&installation.database, account).await?;
    let mut after = None;
    while left > 0 {
        let (taken, found) = installation
            .database
            .write(async |transaction| {
                let rows = arrival::take(transaction, account, after, SLICE).await?;
                let came = arrival::addresses(transaction, &installation.catalog, account, &rows).await?;
                let found = found(installation, transaction, account, came).await?;
                // Until they are gone: whoever goes on after us has to find them.
                let rows_to_see_to: Vec<Uuid> = found.iter().flat_map(|found| found.rows.clone()).collect();
                if !rows_to_see_to.is_empty() {
                    arrival::put_back(transaction, account, &rows_to_see_to).await?;
                }
                Ok((rows, found))
            })
            .await?;
        let Some(last) = taken.last() else { break };
        after = Some(*last);
        left = left.saturating_sub(taken.len() as u64);
        see_to_each(installation, account, found, kept).await?;
    }
    Ok(())
}

/// Every address of an account.
async fn everything(installation: &Installation, account: Uuid, kept: &mut KeptAway) -> Result<()> {
    let database = &installation.database;
    let mut after = None;
    loop {
        let slice = replay::subscribers(database, account, after).await?;
        let Some(last) = slice.last() else { break };
        after = Some(last.id);
        let came = slice.into_iter().map(|somebody| Came {
            row: somebody.id,
            is_subscriber: true,
            addresses: vec![somebody.original, somebody.normalized],
        });
        look_at(installation, account, came.collect(), kept).await?;
    }
    for place in replay::address_columns(&installation.catalog) {
        let mut after: Option<String> = None;
        loop {
            let slice = replay::addresses(database, place, account, after.as_deref()).await?;
            let Some(last) = slice.last() else { break };
            after = Some(last.clone());
            let came = slice.into_iter().map(|address| Came {
                row: Uuid::nil(),
                is_subscriber: false,
                addresses: vec![address],
            });
            look_at(installation, account, came.collect(), kept).await?;
        }
    }
    Ok(())
}

async fn look_at(
    installation: &Installation,
    account: Uuid,
    came: Vec<Came>,
    kept: &mut KeptAway,
) -> Result<()> {
    let found = installation
        .database
        .write(async |transaction| found(installation, transaction, account, came).await)
        .await?;
    see_to_each(installation, account, found, kept).await
}

/// Whom of those in the rows a fence keeps out. Whoever objected to being written, and was not erased, is not ours to erase.
async fn found(
    installation: &Installation,
    transaction: &mut Transaction,
    account: Uuid,
    came: Vec<Came>,
) -> Result<Vec<Found>> {
    let mut forms: BTreeMap<String, Vec<(usize, &str)>> = BTreeMap::new();
    for (place, came) in came.iter().enumerate() {
        for spelled in &came.addresses {
            forms.entry(normal(spelled)).or_default().push((place, spelled));
        }
    }
    let mut by_token: HashMap<Vec<u8>, &String> = HashMap::new();
    for form in forms.keys() {
        let keys = &installation.keys;
        let tokens = keys.suppression_tokens_all_versions(account, form);
        by_token.extend(tokens.into_iter().map(|(_, token)| (token.to_vec(), form)));
    }
    let tokens: Vec<Vec<u8>> = by_token.keys().cloned().collect();
    let standing = fence::standing_among(transaction, account, &tokens).await?;
    let mut found = Vec::new();
    for (token, fence) in standing.into_iter().filter(|(_, fence)| fence.is_of_an_erasure) {
        let Some(form) = by_token.get(&token) else {
            continue;
        };
        // An address that stands beside this one in a row may be somebody else's.
        let mut addresses = BTreeSet::from([(*form).clone()]);
        let (mut rows, mut subscribers) = (BTreeSet::new(), BTreeSet::new());
        for (place, spelled) in &forms[*form] {
            let came = &came[*place];
            addresses.insert((*spelled).to_owned());
            rows.insert(came.row);
            if came.is_subscriber {
                subscribers.insert(came.row);
            }
        }
        // Also who was not found by this row: a hold on the person counts, whichever row led here.
        let spelled: Vec<String> = addresses.iter().cloned().collect();
        subscribers.extend(arrival::subscribers(transaction, account, &spelled).await?);
        found.push(Found {
            token,
            fence,
            rows: rows.into_iter().collect(),
            subscribers: subscribers.into_iter().collect(),
            addresses,
        });
    }
    Ok(found)
}

/// The form that tokens are made of, whatever the writer took for it.
fn normal(text: &str) -> String {
    Address::parse(text).map_or_else(|_| text.to_owned(), |address| address.normalized)
}

async fn see_to_each(
    installation: &Installation,
    account: Uuid,
    found: Vec<Found>,
    kept: &mut KeptAway,
) -> Result<()> {
    for found in found {
        match see_to(installation, account, &found).await {
            Ok(None) => kept.waiting += 1,
            Ok(Some(0)) => {}
            Ok(Some(rows)) => {
                kept.people += 1;
                kept.rows += rows;
                tracing::warn!(%account, rows, "somebody who was erased had been written again, and is gone");
            }
            // One who cannot be seen to now keeps no other waiting.
            Err(error) => {
                kept.waiting += 1;
                tracing::warn!(%account, code = error.code().as_str(), %error, "somebody who was erased was written again, and is still there");
            }
        }
    }
    Ok(())
}

/// Erases somebody again; gives how many rows were done. `None`: that has to wait.
async fn see_to(installation: &Installation, account: Uuid, found: &Found) -> Result<Option<u64>> {
    let catalog = &installation.catalog;
    let viewer = Viewer::at_the_machine(catalog, Uuid::nil(), account);
    let again = Again {
        subscribers: found.subscribers.clone(),
        addresses: found.addresses.iter().cloned().collect(),
        steps: steps(catalog),
    };
    let erasure = permit::erase_again(catalog, &viewer, again)?;
    match refuse_held(installation, &erasure).await {
        Err(Error::Refused(refusal)) => {
            tracing::warn!(%account, code = refusal.code.as_str(), "somebody who was erased was written again, and is held");
            return Ok(None);
        }
        other => other?,
    }
    let steps = Steps {
        installation,
        account,
        erasure: &erasure,
        token: &found.token,
        purpose: Purpose::Fence(found.fence),
    };
    steps.all().await
}
