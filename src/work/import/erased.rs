//! Which addresses are those of people who were erased. To be asked in the transaction that would write them, under the
//! account's fence lock.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::error::Result;
use crate::store::{Transaction, fence};
use crate::work::installation::Installation;

/// Those of these normalised addresses that the account has a token of, under whatever version of its key.
pub(super) async fn erased(
    installation: &Installation,
    transaction: &mut Transaction,
    account: Uuid,
    addresses: &[&str],
) -> Result<HashSet<String>> {
    let mut by_token: HashMap<Vec<u8>, &str> = HashMap::new();
    for address in addresses {
        let tokens = installation
            .keys
            .suppression_tokens_all_versions(account, address);
        by_token.extend(tokens.into_iter().map(|(_, token)| (token.to_vec(), *address)));
    }
    let tokens: Vec<Vec<u8>> = by_token.keys().cloned().collect();
    let known = fence::known(transaction, account, &tokens).await?;
    let addresses = known.iter().filter_map(|token| by_token.get(token));
    Ok(addresses.map(|address| (*address).to_owned()).collect())
}
