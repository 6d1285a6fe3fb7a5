//! Row-level security, the second wall on PostgreSQL (D2): what is shown to people is read as a role to which the server
//! itself shows the rows of one account alone, whatever a statement says.
//!
//! The owner of the tables is not bound by it and does everything else: signing in, jobs, changes. Knows how a row
//! belongs to an account from the catalog, and no grants: rows and columns within an account are the door's.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::catalog::{Catalog, Owner};
use crate::error::{Code, Fault, Refusal, Result, quote};

/// The account that a connection reads for. Where it was never set it is NULL, and after a transaction that set it, an empty
/// text: both show nothing. As a sub-select, so that the server looks once a statement and not once a row.
const READING: &str = "(SELECT nullif(current_setting('postern.account', true), '')::uuid)";

/// The policy that bounds the reader. Restrictive, so that no other policy on the table opens it again.
const WALL: &str = "postern_account";

/// The policy that leaves everybody else as before: they read and write what they were granted.
const OTHERS: &str = "postern_others";

/// Tells a connection for which account it reads.
pub(super) async fn read_for(connection: &mut PgConnection, account: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT set_config('postern.account', $1, false)")
        .bind(account.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// The condition for a row of a table to be the account's; `None`: the table holds nobody's rows.
fn condition(owner: Owner, table: &str) -> Option<String> {
    match owner {
        Owner::Account => Some(format!("account_id = {READING}")),
        Owner::Itself => Some(format!("id = {READING}")),
        Owner::Members => Some(format!(
            "EXISTS (SELECT FROM postern.group_members AS m WHERE m.account_id = {READING} AND m.user_id = {table}.id)"
        )),
        Owner::Shared | Owner::Global => None,
    }
}

/// The tables that hold accounts' rows, and the condition for each.
fn tables(catalog: &Catalog) -> impl Iterator<Item = (&str, String)> {
    catalog.resources().filter_map(|resource| {
        Some((
            resource.table.as_str(),
            condition(resource.owner, &resource.table)?,
        ))
    })
}

/// Lets a role read, and of accounts' rows those alone for which it says that it reads. Again: as the catalog is now.
/// Errors: a refusal when there is no such role, or one that the server would not bind.
pub async fn raise(database: &Database, catalog: &Catalog, role: &str) -> Result<()> {
    database
        .write(async |transaction| {
            refuse_unbound(transaction, role).await?;
            // Another role than last time leaves nothing behind that was for the former.
            take_down(transaction, catalog).await?;
            let mut grant = Sql::new("GRANT USAGE ON SCHEMA postern TO ");
            transaction.execute(grant.name(role)).await?;
            for resource in catalog.resources() {
                let mut grant = Sql::new("GRANT SELECT ON ");
                grant.name(&resource.table).push(" TO ").name(role);
                transaction.execute(&grant).await?;
            }
            for (table, condition) in tables(catalog) {
                for sql in walls(table, &condition, role) {
                    transaction.execute(&sql).await?;
                }
            }
            Ok(())
        })
        .await
}

fn walls(table: &str, condition: &str, role: &str) -> [Sql; 3] {
    let mut enable = Sql::new("ALTER TABLE ");
    enable.name(table).push(" ENABLE ROW LEVEL SECURITY");
    let mut others = Sql::new("CREATE POLICY ");
    others.name(OTHERS).push(" ON ").name(table);
    others.push(" USING (TRUE) WITH CHECK (TRUE)");
    let mut wall = Sql::new("CREATE POLICY ");
    wall.name(WALL)
        .push(" ON ")
        .name(table)
        .push(" AS RESTRICTIVE FOR ALL TO ")
        .name(role);
    wall.push(" USING (").push(condition).push(")");
    [enable, others, wall]
}

/// Takes the wall down and the rights of its role away; gives the role, if there was one.
pub async fn lower(database: &Database, catalog: &Catalog) -> Result<Option<String>> {
    database
        .write(async |transaction| take_down(transaction, catalog).await)
        .await
}

async fn take_down(transaction: &mut Transaction, catalog: &Catalog) -> Result<Option<String>> {
    let Some(role) = transaction
        .fetch(&role_of_wall())
        .await?
        .first()
        .map(|row| row.text(0))
        .transpose()?
    else {
        return Ok(None);
    };
    for (table, _) in tables(catalog) {
        for policy in [WALL, OTHERS] {
            let mut drop = Sql::new("DROP POLICY IF EXISTS ");
            transaction
                .execute(drop.name(policy).push(" ON ").name(table))
                .await?;
        }
        let mut disable = Sql::new("ALTER TABLE ");
        disable.name(table).push(" DISABLE ROW LEVEL SECURITY");
        transaction.execute(&disable).await?;
    }
    for what in ["ALL TABLES IN SCHEMA postern", "SCHEMA postern"] {
        let mut revoke = Sql::new(&format!("REVOKE ALL ON {what} FROM "));
        transaction.execute(revoke.name(&role)).await?;
    }
    Ok(Some(role))
}

/// The role for which the wall stands, if it does.
pub async fn role(database: &Database) -> Result<Option<String>> {
    let rows = database.fetch(&role_of_wall()).await?;
    rows.first().map(|row| row.text(0)).transpose()
}

fn role_of_wall() -> Sql {
    let mut sql = Sql::new("SELECT roles[1]::text FROM pg_catalog.pg_policies WHERE schemaname = 'postern'");
    sql.push(" AND policyname = ").bind(WALL).push(" LIMIT 1");
    sql
}

/// Why the server would not bind a role: it is above the policies, or it may act as somebody who is.
const UNBOUND: &str = "SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT FROM pg_catalog.pg_roles AS o WHERE \
        (o.rolsuper OR o.rolbypassrls OR o.oid IN (SELECT c.relowner FROM pg_catalog.pg_class AS c \
        WHERE c.relnamespace = 'postern'::regnamespace)) AND pg_has_role(r.oid, o.oid, 'MEMBER')) \
    FROM pg_catalog.pg_roles AS r WHERE r.rolname = ";

async fn refuse_unbound(transaction: &mut Transaction, role: &str) -> Result<()> {
    let mut sql = Sql::new(UNBOUND);
    sql.bind(role);
    let rows = transaction.fetch(&sql).await?;
    let message = match rows.first().map(|row| row.bool(0)).transpose()? {
        Some(false) => return Ok(()),
        Some(true) => format!(
            "the role {} owns the tables, is a superuser, or may act as one; the server would show it everything. Give \
             a role of its own",
            quote(role)
        ),
        None => format!(
            "there is no role {}; make it with CREATE ROLE … LOGIN PASSWORD …",
            quote(role)
        ),
    };
    Err(Refusal::new(Code::InvalidSetting, message).into())
}

/// Looks whether the wall holds for those who read: as them, because only so all that bears on it is seen. Nothing
/// where it is switched off. Errors: a refusal that says what is wrong and how it is mended.
pub async fn check(database: &Database, catalog: &Catalog) -> Result<()> {
    if !database.is_walled() {
        return Ok(());
    }
    // An account that does not exist: whoever made the ids made none like this.
    let nobody = Uuid::nil();
    let who = Sql::new("SELECT current_user::text, pg_is_in_recovery()");
    let rows = database.fetch_of(nobody, &who).await?;
    let Some(row) = rows.first() else {
        return Err(Fault::Invariant("the server does not say who asks".into()).into());
    };
    let reader = row.text(0)?;
    if row.bool(1)? {
        return refuse(
            "leads to a read replica, which may lag behind changes of rights; give the same server as in --database-url",
        );
    }
    let stands = role(database).await?;
    if stands.as_deref() != Some(reader.as_str()) {
        return refuse(&format!(
            "reads as {}, for whom there is no row-level security; put it up with postern migrate --reader-role {reader}",
            quote(&reader)
        ));
    }
    let mut sql = Sql::new(UNBOUND);
    sql.bind(reader.as_str());
    let unbound = database.fetch_of(nobody, &sql).await?;
    if unbound.first().is_none_or(|row| row.bool(0).unwrap_or(true)) {
        return refuse(&format!(
            "reads as {}, to whom the server shows everything: it owns the tables, is a superuser, or may act as one",
            quote(&reader)
        ));
    }
    is_the_same_database(database).await?;
    if let Some(table) = open_table(database, catalog).await? {
        return refuse(&format!(
            "is shown rows of accounts it does not read for, in the table {table}; put row-level security up anew with \
             postern migrate --reader-role {reader}"
        ));
    }
    Ok(())
}

/// A table that has no policy of ours, or shows rows to who reads for nobody, or lets the reader write; all are looked at in one
/// statement.
async fn open_table(database: &Database, catalog: &Catalog) -> Result<Option<String>> {
    let mut sql = Sql::default();
    for (number, (table, _)) in tables(catalog).enumerate() {
        sql.push(if number > 0 { " UNION ALL " } else { "" });
        sql.push("SELECT c.relname::text FROM pg_catalog.pg_class AS c ")
            .push("WHERE c.relnamespace = 'postern'::regnamespace AND c.relname = ")
            .bind(table)
            .push(" AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p ")
            .push("WHERE p.polrelid = c.oid AND NOT p.polpermissive AND p.polname = ")
            .bind(WALL)
            .push(") OR EXISTS (SELECT FROM ")
            .name(table)
            .push(") OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))");
    }
    let rows = database.fetch_of(Uuid::nil(), &sql).await?;
    rows.first().map(|row| row.text(0)).transpose()
}

/// Two databases of the same shape would be told apart by nobody.
async fn is_the_same_database(database: &Database) -> Result<()> {
    let installed = Sql::new("SELECT id FROM installations ORDER BY created_at LIMIT 1");
    let (ours, theirs) = (
        database.fetch(&installed).await?,
        database.fetch_of(Uuid::nil(), &installed).await?,
    );
    let id = |rows: &[super::row::Row]| rows.first().map(|row| row.uuid(0)).transpose();
    match id(&ours)? == id(&theirs)? {
        true => Ok(()),
        false => refuse("leads to another database than --database-url"),
    }
}

fn refuse(what: &str) -> Result<()> {
    Err(Refusal::new(Code::InvalidSetting, format!("--reader-database-url {what}")).into())
}
