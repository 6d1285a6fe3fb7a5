//! Which exports the objects in the depot belong to. Must not know the depot: names are compared by who asks.

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use crate::error::Result;

/// An export that an object in the depot belongs to, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectOwner {
    /// It is ready, and this is its object.
    Ready {
        /// The object's name.
        name: String,
    },
    /// It is being made.
    Running {
        /// The export.
        id: Uuid,
        /// The number of the claim that makes it.
        number: i64,
    },
}

/// The exports of an account that have an object, or are about to have one.
pub async fn object_owners(database: &Database, account: Uuid) -> Result<Vec<ObjectOwner>> {
    let mut sql = Sql::new("SELECT id, state, claim_number, bundle_name FROM exports WHERE account_id = ");
    sql.bind(account).push(" AND state IN ('running', 'ready')");
    let mut owners = Vec::new();
    for row in database.fetch(&sql).await? {
        owners.push(if row.text(1)? == "ready" {
            ObjectOwner::Ready { name: row.text(3)? }
        } else {
            ObjectOwner::Running {
                id: row.uuid(0)?,
                number: row.int(2)?,
            }
        });
    }
    Ok(owners)
}
