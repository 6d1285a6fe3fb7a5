//! Which jobs the objects in the depot belong to. Must not know the depot: names are compared by who asks.

use uuid::Uuid;

use super::database::Database;
use super::queue::Queue;
use super::sql::Sql;
use crate::cell::Kind;
use crate::error::Result;

/// A job that an object in the depot belongs to, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectOwner {
    /// It is done, and this is its object.
    Whole {
        /// The object's name.
        name: String,
    },
    /// It is being made.
    Running {
        /// The job.
        id: Uuid,
        /// The number of the claim that makes it.
        number: i64,
    },
}

/// The jobs of an account that have an object, or are about to have one.
pub async fn object_owners(database: &Database, queue: Queue, account: Uuid) -> Result<Vec<ObjectOwner>> {
    let Some((whole, column)) = queue.object() else {
        return Ok(Vec::new());
    };
    let mut sql = Sql::new("SELECT id, claim_number, ");
    sql.push("CASE WHEN state = 'running' THEN NULL ELSE ")
        .push(column)
        .push(" END FROM ")
        .push(queue.table())
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND (state = 'running' OR (state = ")
        .bind(whole)
        .push(" AND ")
        .push(column)
        .push(" IS NOT NULL))");
    let rows = database.fetch(&sql).await?;
    rows.iter()
        .map(|row| {
            Ok(match row.cell(2, Kind::Text)?.as_text() {
                Some(name) => ObjectOwner::Whole {
                    name: name.to_owned(),
                },
                None => ObjectOwner::Running {
                    id: row.uuid(0)?,
                    number: row.int(1)?,
                },
            })
        })
        .collect()
}
