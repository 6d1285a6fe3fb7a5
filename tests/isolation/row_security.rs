//! Row-level security on PostgreSQL: the server itself shows whoever reads for people the rows of one account, whatever
//! a statement says, and a gateway that is told to read so does not start where that does not hold.

use postern::catalog::{Catalog, Owner, Resource};
use postern::store::identity;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

use crate::kit::company;
use crate::kit::home::Home;

/// A home on PostgreSQL with two accounts and row-level security up.
async fn walled() -> Option<Home> {
    let mut home = Home::on_postgres().await?;
    company::found(&home, 40).await;
    home.put_row_security_up().await;
    Some(home)
}

/// A connection as the reader, with no account said.
async fn reader(home: &Home) -> PgConnection {
    let url = home.reader_url().expect("row-level security is up");
    let mut connection = PgConnection::connect(url).await.expect("the reader may sign in");
    connection
        .execute("SET search_path TO postern")
        .await
        .expect("the reader may use the schema");
    connection
}

async fn number(connection: &mut PgConnection, sql: String) -> i64 {
    let found = sqlx::query_scalar(AssertSqlSafe(sql.clone()))
        .fetch_one(connection)
        .await;
    found.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// How many rows of a table there are for an account, as its owner sees it.
fn count_of(resource: &Resource, account: Uuid) -> String {
    let condition = match resource.owner {
        Owner::Account => format!("account_id = '{account}'"),
        Owner::Itself => format!("id = '{account}'"),
        Owner::Members => {
            format!("id IN (SELECT user_id FROM group_members WHERE account_id = '{account}')")
        }
        Owner::Shared | Owner::Global => "TRUE".to_owned(),
    };
    format!("SELECT count(*) FROM {} WHERE {condition}", resource.table)
}

#[tokio::test]
async fn the_server_shows_the_reader_one_accounts_rows_and_without_an_account_none() {
    let Some(home) = walled().await else { return };
    let installation = company::open(&home).await;
    let (acme, _) = identity::account(&installation.database, "Acme")
        .await
        .expect("accounts can be read")
        .expect("the seed makes it");
    let catalog: &Catalog = &installation.catalog;
    let mut owner = PgConnection::connect(home.database_url().expect("it is on PostgreSQL"))
        .await
        .expect("the owner may sign in");
    owner
        .execute("SET search_path TO postern")
        .await
        .expect("there is a schema of ours");
    let mut reader = reader(&home).await;
    let mut tables_with_rows = 0;
    for said in [
        "",
        "SET postern.account TO ''",
        "SET postern.account TO '00000000-0000-7000-8000-000000000000'",
    ] {
        reader.execute(said).await.expect("a setting can be set");
        for resource in catalog.resources() {
            let shown = number(&mut reader, format!("SELECT count(*) FROM {}", resource.table)).await;
            let expected = match resource.owner {
                Owner::Account | Owner::Itself | Owner::Members => 0,
                Owner::Shared | Owner::Global => number(&mut owner, count_of(resource, acme)).await,
            };
            assert_eq!(shown, expected, "{} after {said:?}", resource.table);
        }
    }
    reader
        .execute(AssertSqlSafe(format!("SET postern.account TO '{acme}'")))
        .await
        .expect("a setting can be set");
    for resource in catalog.resources() {
        let shown = number(&mut reader, format!("SELECT count(*) FROM {}", resource.table)).await;
        let ours = number(&mut owner, count_of(resource, acme)).await;
        let all = number(&mut owner, format!("SELECT count(*) FROM {}", resource.table)).await;
        assert_eq!(shown, ours, "{}", resource.table);
        tables_with_rows += usize::from(ours > 0 && ours < all);
    }
    assert!(
        tables_with_rows > 20,
        "few tables hold rows of both accounts: {tables_with_rows}"
    );
    reader
        .execute("SET postern.account TO 'nonsense'")
        .await
        .expect("a setting can be set");
    let refused = sqlx::query("SELECT count(*) FROM lists")
        .fetch_one(&mut reader)
        .await;
    assert!(refused.is_err(), "an account that is none is taken for one");
}

#[tokio::test]
async fn the_reader_can_change_nothing() {
    let Some(home) = walled().await else { return };
    let mut reader = reader(&home).await;
    for sql in [
        "UPDATE lists SET name = 'x'",
        "DELETE FROM lists",
        "INSERT INTO group_members SELECT * FROM group_members",
        "TRUNCATE lists",
        "ALTER TABLE lists DISABLE ROW LEVEL SECURITY",
        "DROP POLICY postern_account ON lists",
        "SET ROLE postgres",
    ] {
        let done = reader.execute(AssertSqlSafe(sql.to_owned())).await;
        assert!(done.is_err(), "{sql}");
    }
}

/// What an administrator can have got wrong, and a part of what a gateway then says.
fn holes(role: &str) -> Vec<(String, &'static str)> {
    let again = "postern migrate --reader-role";
    vec![
        ("ALTER TABLE lists DISABLE ROW LEVEL SECURITY".into(), again),
        ("DROP POLICY postern_account ON opens".into(), again),
        (
            "ALTER POLICY postern_account ON subscribers USING (TRUE)".into(),
            again,
        ),
        (format!("GRANT DELETE ON lists TO {role}"), again),
        (format!("ALTER ROLE {role} SUPERUSER"), "shows everything"),
        (format!("ALTER ROLE {role} BYPASSRLS"), "shows everything"),
        (
            format!("ALTER TABLE campaigns OWNER TO {role}"),
            "shows everything",
        ),
    ]
}

#[tokio::test]
async fn no_command_opens_an_installation_whose_row_level_security_has_a_hole() {
    let Some(home) = walled().await else { return };
    for (hole, reason) in holes(home.reader()) {
        home.tamper(hole.clone()).await;
        let said = home.run(&["token", "--user", "owner@acme.test"]);
        assert_eq!(said.code, 1, "{hole}");
        assert!(
            said.stderr.contains("--reader-database-url"),
            "{hole}: {}",
            said.stderr
        );
        assert!(said.stderr.contains(reason), "{hole}: {}", said.stderr);
        home.tamper(format!("ALTER ROLE {} NOSUPERUSER NOBYPASSRLS", home.reader()))
            .await;
        home.tamper("ALTER TABLE campaigns OWNER TO CURRENT_USER").await;
        home.run(&["migrate", "--reader-role", home.reader()]).well();
        home.run(&["token", "--user", "owner@acme.test"]).well();
    }
    // A policy that lets everybody in opens nothing, because ours restricts beside any.
    home.tamper("CREATE POLICY open ON lists FOR SELECT USING (TRUE)")
        .await;
    home.run(&["token", "--user", "owner@acme.test"]).well();
}

#[tokio::test]
async fn row_level_security_that_was_taken_down_is_asked_for_and_binds_nobody() {
    let Some(home) = walled().await else { return };
    let said = home.run(&["migrate", "--no-reader-role"]).well();
    assert!(
        said.stdout.contains("row-level security is down"),
        "{}",
        said.stdout
    );
    let said = home.run(&["token", "--user", "owner@acme.test"]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("migrate --reader-role"), "{}", said.stderr);
    let mut reader = reader_of(&home).await;
    let shown = reader.execute("SELECT FROM postern.lists").await;
    assert!(shown.is_err(), "the role kept its rights");
}

async fn reader_of(home: &Home) -> PgConnection {
    PgConnection::connect(home.reader_url().expect("there was a reader"))
        .await
        .expect("the role may still sign in")
}

#[tokio::test]
async fn others_who_were_granted_tables_read_and_write_them_as_before() {
    let Some(home) = walled().await else { return };
    let platform = format!("{}_platform", home.reader());
    for sql in [
        format!("CREATE ROLE {platform}"),
        format!("GRANT USAGE ON SCHEMA postern TO {platform}"),
        format!("GRANT SELECT, UPDATE ON lists TO {platform}"),
    ] {
        home.tamper(sql).await;
    }
    let mut connection = PgConnection::connect(home.database_url().expect("it is on PostgreSQL"))
        .await
        .expect("the owner may sign in");
    let all = number(&mut connection, "SELECT count(*) FROM postern.lists".to_owned()).await;
    connection
        .execute(AssertSqlSafe(format!("SET ROLE {platform}")))
        .await
        .expect("the owner may become anybody");
    let changed = connection
        .execute("UPDATE postern.lists SET name = name")
        .await
        .expect("it was granted");
    assert_eq!(i64::try_from(changed.rows_affected()), Ok(all));
    connection
        .execute(AssertSqlSafe(format!(
            "RESET ROLE; DROP OWNED BY {platform}; DROP ROLE {platform}"
        )))
        .await
        .expect("it was ours");
}

#[test]
fn an_embedded_store_says_that_it_has_no_roles() {
    let home = Home::embedded();
    for arguments in [
        ["migrate", "--reader-role=somebody"],
        ["--reader-database-url=postgres://somebody@127.0.0.1/x", "migrate"],
    ] {
        let said = home.run(&arguments);
        assert_eq!(said.code, 1, "{arguments:?}");
        assert!(
            said.stderr.contains("an embedded store has no roles"),
            "{}",
            said.stderr
        );
    }
}
