//! Who the people of the ledger are in a restored database: by the id of then, or by comparing keyed tokens, as the ledger
//! holds no address. Must not know what is done to them.

use std::collections::HashMap;

use uuid::Uuid;

use crate::clock::Instant;
use crate::error::Result;
use crate::store::identity;
use crate::store::replay as store;
use crate::work::erase::plan::Sealed;
use crate::work::installation::Installation;
use crate::work::ledger::standing::Outstanding;

/// The people of one account whose tokens are in the ledger.
pub(super) struct People {
    /// Subscribers by token, with the time since when their row is there.
    subscribers: HashMap<Vec<u8>, (Sealed, Instant)>,
    /// Addresses by token, of rows that know an address alone.
    addresses: HashMap<Vec<u8>, String>,
}

impl People {
    pub(super) async fn look(
        installation: &Installation,
        account: Uuid,
        outstanding: &[Outstanding],
    ) -> Result<People> {
        let mut people = People {
            subscribers: HashMap::new(),
            addresses: HashMap::new(),
        };
        let token_of = |normalized: &str| {
            let keys = &installation.keys;
            let tokens = keys.suppression_tokens_all_versions(account, normalized);
            let is_wanted = |token: &[u8; 32]| outstanding.iter().any(|one| one.entry.token == token);
            tokens
                .into_iter()
                .map(|(_, token)| token)
                .find(is_wanted)
                .map(|token| token.to_vec())
        };
        let database = &installation.database;
        let mut after = None;
        loop {
            let slice = store::subscribers(database, account, after).await?;
            let Some(last) = slice.last() else { break };
            after = Some(last.id);
            for somebody in slice {
                if let Some(token) = token_of(&somebody.normalized) {
                    let sealed = Sealed {
                        subscriber: somebody.id,
                        normalized: somebody.normalized,
                        original: somebody.original,
                    };
                    people.subscribers.insert(token, (sealed, somebody.created_at));
                }
            }
        }
        for place in store::address_columns(&installation.catalog) {
            let mut after: Option<String> = None;
            loop {
                let slice = store::addresses(database, place, account, after.as_deref()).await?;
                let Some(last) = slice.last() else { break };
                after = Some(last.clone());
                for address in slice {
                    if let Some(token) = token_of(&address) {
                        people.addresses.insert(token, address);
                    }
                }
            }
        }
        Ok(people)
    }

    /// Whom an erasure is about, in this database: the row with the id of then, and whoever has the address. Somebody who
    /// came after an erasure that the database knows, or knew until its record was past its clock, is there by an own will.
    pub(super) async fn of(&self, installation: &Installation, one: &Outstanding) -> Result<Vec<Sealed>> {
        let entry = &one.entry;
        let mut found = Vec::new();
        let there =
            identity::subscriber_addresses(&installation.database, entry.account, entry.who.id()).await?;
        if let Some((original, normalized)) = there {
            found.push(Sealed {
                subscriber: entry.who.id(),
                normalized,
                original,
            });
        }
        if let Some((sealed, since)) = self.subscribers.get(&entry.token) {
            let is_another = sealed.subscriber != entry.who.id();
            if is_another && (!one.is_known() || *since <= entry.finished_at) {
                found.push(sealed.clone());
            }
        }
        if let (true, false, Some(address)) =
            (found.is_empty(), one.is_known(), self.addresses.get(&entry.token))
        {
            found.push(Sealed {
                subscriber: entry.who.id(),
                normalized: address.clone(),
                original: address.clone(),
            });
        }
        Ok(found)
    }
}
