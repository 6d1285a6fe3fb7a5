//! Noting whom data is given to, as rows. Knows neither how it is given, nor who is told of what becomes of it.

use uuid::Uuid;

use super::database::Dialect;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::clock::Instant;
use crate::error::Result;

/// What is given to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// The account.
    pub account: Uuid,
    /// The row's id.
    pub id: Uuid,
    /// Who gets it.
    pub recipient: String,
    /// The word for what that one is.
    pub kind: &'static str,
    /// Whose it is; `None`: that of people of the account in general.
    pub subscriber: Option<Uuid>,
    /// The words of the classes of personal data.
    pub data_categories: Vec<&'static str>,
    /// What for.
    pub purpose: &'static str,
    /// The word of the ground of Art. 6 GDPR.
    pub legal_basis: &'static str,
    /// By what it is given: of one thing it is noted once.
    pub by: Uuid,
    /// When.
    pub at: Instant,
}

/// Notes that somebody is given data by Postern itself; once, however often it is tried.
pub async fn note(transaction: &mut Transaction, disclosure: &Disclosure) -> Result<()> {
    let mut sql = Sql::new(
        "INSERT INTO disclosures (account_id, id, recipient, recipient_kind, subscriber_id, data_categories, purpose, \
         legal_basis, is_sale, disclosed_at, source, external_id) ",
    );
    let row = [
        disclosure.account.into(),
        disclosure.id.into(),
        disclosure.recipient.as_str().into(),
        disclosure.kind.into(),
        disclosure.subscriber.into(),
        serde_json::json!(disclosure.data_categories).into(),
        disclosure.purpose.into(),
        disclosure.legal_basis.into(),
        false.into(),
        disclosure.at.into(),
        "postern".into(),
        disclosure.by.to_string().into(),
    ];
    sql.values_of(std::iter::once(row.into_iter()));
    sql.push(" ON CONFLICT (account_id, source, external_id) DO NOTHING");
    transaction.execute(&sql).await.map(drop)
}

/// Whether a bundle is whole and true, which it stays until the end of the transaction.
pub async fn is_ready(transaction: &mut Transaction, account: Uuid, export: Uuid) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM exports WHERE state = 'ready' AND account_id = ");
    sql.bind(account).push(" AND id = ").bind(export);
    if transaction.dialect() == Dialect::Postgres {
        sql.push(" FOR SHARE");
    }
    Ok(!transaction.fetch(&sql).await?.is_empty())
}

/// Whether an erasure is between its fence and its end: of this person, or of anybody in the account.
pub async fn is_anybody_going(
    transaction: &mut Transaction,
    account: Uuid,
    subscriber: Option<Uuid>,
) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM erasures WHERE account_id = ");
    sql.bind(account);
    sql.push(" AND fenced_at IS NOT NULL AND state IN ('fenced', 'running', 'paused', 'verifying')");
    if let Some(subscriber) = subscriber {
        sql.push(" AND (subscriber_id = ")
            .bind(subscriber)
            .push(" OR account_closed_at IS NOT NULL)");
    }
    sql.push(" LIMIT 1");
    Ok(!transaction.fetch(&sql).await?.is_empty())
}
