//! Whether two bundles are those of the same account, and accounts in which that is easily missed.

use std::collections::BTreeSet;

use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::built_in::BuiltIn;
use crate::catalog::Catalog;
use crate::store::{Dialect, Sql};
use crate::work::founding;
use crate::work::import::bundle::decided::{Taken, taken, volatile};
use crate::work::tests::export::lines;
use crate::work::tests::kit::Place;

/// Whom the two bundles know among the users of the installation.
fn people(bundle: &[u8]) -> BTreeSet<String> {
    let users = lines(bundle, "users").unwrap_or_default();
    users
        .iter()
        .filter_map(|user| user["id"].as_str().map(str::to_owned))
        .collect()
}

/// A row as it must be the same in both: without what is volatile, and without references to people who are no members
/// where those are not known.
fn lasting(
    catalog: &Catalog,
    table: &str,
    row: &Value,
    members: Option<&BTreeSet<String>>,
) -> Map<String, Value> {
    let resource = catalog.by_table(table).unwrap();
    let users = catalog.table("users").id;
    let row = row.as_object().unwrap().clone();
    let kept = row.into_iter().filter(|(field, value)| {
        let Some(column) = resource.find(field).filter(|column| !column.is_secret()) else {
            return false;
        };
        let is_stranger = members.is_some_and(|members| {
            resource
                .reference(column.id)
                .is_some_and(|reference| reference.target == users)
                && value.as_str().is_some_and(|id| !members.contains(id))
        });
        volatile(catalog, resource, column).is_none() && !is_stranger
    });
    let mut kept: Map<String, Value> = kept.collect();
    if members.is_some() {
        kept.retain(|_, value| !value.is_null());
    }
    kept
}

pub(super) fn assert_same(catalog: &Catalog, before: &[u8], after: &[u8], is_elsewhere: bool, what: &str) {
    let members = people(before);
    let members = is_elsewhere.then_some(&members);
    let mut compared = 0;
    for resource in catalog.resources() {
        if matches!(taken(resource, true), Taken::Left(_)) {
            continue;
        }
        let table = resource.table.as_str();
        let of = |bundle: &[u8]| -> Vec<Map<String, Value>> {
            let rows = lines(bundle, table).unwrap_or_default();
            rows.iter()
                .map(|row| lasting(catalog, table, row, members))
                .collect()
        };
        let (before, after) = (of(before), of(after));
        assert_eq!(before.len(), after.len(), "{what}: rows of {table}");
        for (one, other) in before.iter().zip(&after) {
            assert_eq!(one, other, "{what}: a row of {table}");
        }
        compared += before.len();
    }
    assert!(compared > 500, "{what}: only {compared} rows were compared");
}

/// Deletes what an erasure and daily work delete, so that counters and sums are more than their rows; makes values that
/// are easily lost; gives the account members, rights and keys.
pub(super) async fn disturb(place: &Place, account: Uuid, random: &mut ChaCha8Rng) {
    let statements = [
        "DELETE FROM opens WHERE account_id = $1 AND id IN (SELECT id FROM opens WHERE account_id = $1 ORDER BY id LIMIT $2)",
        "DELETE FROM clicks WHERE account_id = $1 AND id IN (SELECT id FROM clicks WHERE account_id = $1 ORDER BY id LIMIT $2)",
        "DELETE FROM profile_values WHERE account_id = $1 AND id IN (SELECT id FROM profile_values WHERE account_id = $1 ORDER BY id LIMIT $2)",
        "UPDATE subscribers SET first_name = '' WHERE account_id = $1 AND id IN (SELECT id FROM subscribers WHERE account_id = $1 ORDER BY id LIMIT $2)",
        "UPDATE subscribers SET last_name = E'\"=cmd|'' ,\u{2028}\u{1F600}' WHERE account_id = $1 AND id IN (SELECT id FROM subscribers WHERE account_id = $1 ORDER BY id DESC LIMIT $2)",
        "UPDATE deliveries SET subscriber_id = NULL WHERE account_id = $1 AND id IN (SELECT id FROM deliveries WHERE account_id = $1 ORDER BY id LIMIT $2)",
    ];
    for text in statements {
        let text = match place.installation.database.dialect() {
            Dialect::Sqlite => text.replace("E'", "'"),
            Dialect::Postgres => text.to_owned(),
        };
        let mut sql = Sql::default();
        let mut rest = text.as_str();
        let limit: i64 = random.random_range(0..20);
        while let Some(at) = rest.find('$') {
            sql.push(&rest[..at]);
            match &rest[at..at + 2] {
                "$1" => sql.bind(account),
                _ => sql.bind(limit),
            };
            rest = &rest[at + 2..];
        }
        sql.push(rest);
        place
            .installation
            .database
            .write(async |transaction| transaction.execute(&sql).await)
            .await
            .unwrap();
    }
    let viewer = place.viewer(account);
    let installation = &place.installation;
    for number in 0..random.random_range(1..4) {
        let email = format!(
            "colleague{number}-{}@example.test",
            random.random_range(0..1_000_000)
        );
        let user = founding::add_user(installation, &viewer, &email, None)
            .await
            .unwrap();
        founding::join(installation, &viewer, user, BuiltIn::Owner)
            .await
            .unwrap();
        let mut sql = Sql::new("UPDATE support_tickets SET requester_id = ");
        sql.bind(user).push(" WHERE account_id = ").bind(account);
        place
            .installation
            .database
            .write(async |transaction| transaction.execute(&sql).await)
            .await
            .unwrap();
    }
    let list = place
        .world
        .accounts
        .iter()
        .find(|known| known.id == account)
        .unwrap()
        .lists[0]
        .id;
    founding::scope_to(installation, &viewer, BuiltIn::Manager, &[list])
        .await
        .unwrap();
}
