//! What lets an invited person come in: the open invitations of an address in one account become memberships. Called when
//! the person names the account, which nobody else can do; before that, nothing tells whether the address is known.

use uuid::Uuid;

use super::text;
use crate::clock::Instant;
use crate::error::Result;
use crate::store::delegation;
use crate::store::row::Row;
use crate::store::sql::Sql;
use crate::store::transaction::Transaction;

/// Who wants to come in.
#[derive(Clone, Copy, Debug)]
pub enum Comer<'a> {
    /// A user.
    User(Uuid),
    /// Whoever has this normalised address.
    Address(&'a str),
}

/// An invitation that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: Uuid,
    /// The group.
    pub group: Uuid,
    /// The address as the inviter wrote it.
    pub email: String,
    /// The same, normalised.
    pub normalized: String,
    membership_expires_at: Option<Instant>,
}

/// The open invitations of somebody to an account. What they say stays true until the end of the transaction.
pub async fn open(
    transaction: &mut Transaction,
    account: Uuid,
    comer: Comer<'_>,
    now: Instant,
) -> Result<Vec<Invitation>> {
    delegation::lock(transaction, account).await?;
    let mut sql = Sql::new(
        "SELECT id, group_id, email, email_normalized, membership_expires_at FROM invitations WHERE account_id = ",
    );
    sql.bind(account).push(" AND expires_at > ").bind(now);
    sql.push(" AND (membership_expires_at IS NULL OR membership_expires_at > ")
        .bind(now);
    sql.push(") AND email_normalized = ");
    match comer {
        Comer::User(user) => sql
            .push("(SELECT u.email_normalized FROM users u WHERE u.id = ")
            .bind(user)
            .push(")"),
        Comer::Address(normalized) => sql.bind(normalized),
    };
    sql.push(" ORDER BY id");
    let rows = transaction.fetch(&sql).await?;
    rows.iter().map(invitation).collect()
}

fn invitation(row: &Row) -> Result<Invitation> {
    Ok(Invitation {
        id: row.uuid(0)?,
        group: row.uuid(1)?,
        email: text(row, 2)?,
        normalized: text(row, 3)?,
        membership_expires_at: super::instant(row, 4)?,
    })
}

/// The user with that address, who is made where there is none.
pub async fn user_of(
    transaction: &mut Transaction,
    invitation: &Invitation,
    new_id: Uuid,
    now: Instant,
) -> Result<Uuid> {
    let mut sql = Sql::new("SELECT id FROM users WHERE email_normalized = ");
    sql.bind(invitation.normalized.as_str());
    if let Some(row) = transaction.fetch(&sql).await?.first() {
        return row.uuid(0);
    }
    let mut sql =
        Sql::new("INSERT INTO users (id, email, email_normalized, status, created_at, updated_at) VALUES (");
    sql.bind(new_id).push(", ").bind(invitation.email.as_str());
    sql.push(", ").bind(invitation.normalized.as_str());
    sql.push(", 'enabled', ").bind(now).push(", ").bind(now).push(")");
    transaction.execute(&sql).await?;
    Ok(new_id)
}

/// Makes a user a member by an invitation, which is then gone.
pub async fn join(
    transaction: &mut Transaction,
    account: Uuid,
    invitation: &Invitation,
    user: Uuid,
    member: Uuid,
    now: Instant,
) -> Result<()> {
    let mut sql = Sql::new(
        "INSERT INTO group_members (account_id, id, group_id, user_id, expires_at, created_at) VALUES (",
    );
    sql.bind(account).push(", ").bind(member);
    sql.push(", ").bind(invitation.group).push(", ").bind(user);
    sql.push(", ").bind(invitation.membership_expires_at);
    sql.push(", ").bind(now);
    sql.push(") ON CONFLICT (account_id, group_id, user_id) DO NOTHING");
    transaction.execute(&sql).await?;
    let mut sql = Sql::new("DELETE FROM invitations WHERE account_id = ");
    sql.bind(account).push(" AND id = ").bind(invitation.id);
    transaction.execute(&sql).await?;
    Ok(())
}
