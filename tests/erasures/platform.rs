//! A platform that writes into its database itself, past Postern.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use uuid::Uuid;

use crate::kit::home::Home;

/// Rows that are written at one time.
pub const AT_ONE_TIME: u64 = 10;

/// A platform's own connection.
pub enum Platform {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Platform {
    /// To the database of an installation.
    pub async fn of(home: &Home) -> Platform {
        match home.database_url() {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.expect("the database is there");
                connection
                    .execute("SET search_path TO postern")
                    .await
                    .expect("there is a schema of ours");
                Platform::Postgres(connection)
            }
            None => {
                let url = format!("sqlite:{}", home.data().join("postern.sqlite").display());
                let connection = SqliteConnection::connect(&url).await;
                Platform::Sqlite(connection.expect("there is an embedded store"))
            }
        }
    }

    /// An id that tells of no time.
    fn id(&self) -> String {
        let id = Uuid::from_u128(rand::random());
        match self {
            Platform::Postgres(_) => format!("'{id}'::uuid"),
            Platform::Sqlite(_) => format!("x'{}'", id.simple()),
        }
    }

    /// A moment long ago, whatever the time is.
    fn moment(&self) -> &'static str {
        match self {
            Platform::Postgres(_) => "'2001-01-01T00:00:00Z'::timestamptz",
            Platform::Sqlite(_) => "978307200000000",
        }
    }

    /// Runs statements; gives how many rows they wrote. What is refused, because the person has just gone, is nothing.
    pub async fn run(&mut self, statements: Vec<String>) -> u64 {
        let mut written = 0;
        match self {
            Platform::Postgres(connection) => {
                for sql in statements {
                    if let Ok(done) = connection.execute(AssertSqlSafe(sql)).await {
                        written += done.rows_affected();
                    }
                }
            }
            Platform::Sqlite(connection) => {
                let Ok(mut all) = connection.begin_with("BEGIN IMMEDIATE").await else {
                    return 0;
                };
                for sql in statements {
                    let done = all.execute(AssertSqlSafe(sql.clone())).await;
                    written += done
                        .unwrap_or_else(|error| panic!("{sql}: {error}"))
                        .rows_affected();
                }
                all.commit().await.expect("the platform can write");
            }
        }
        written
    }

    /// Ten rows about the person: as a subscriber, also with another address in the place of the normal form, on a list, in
    /// mails, in what was opened, agreed to and suppressed.
    pub fn rows(&self, email: &str) -> Vec<String> {
        let (upper, at) = (email.to_uppercase(), self.moment());
        let of_acme = "(SELECT id FROM accounts WHERE name = 'Acme')";
        let person = format!("subscribers AS s WHERE s.account_id = {of_acme} AND s.email = '{upper}'");
        let one = |table: &str| {
            format!("(SELECT id FROM {table} WHERE account_id = {of_acme} ORDER BY id LIMIT 1)")
        };
        let subscriber = |normalized: &str| {
            format!(
                "INSERT INTO subscribers (account_id, id, email, email_normalized, status, created_at, updated_at) \
                 SELECT a.id, {}, '{upper}', '{normalized}', 'active', {at}, {at} FROM accounts AS a \
                 WHERE a.name = 'Acme' ON CONFLICT DO NOTHING",
                self.id()
            )
        };
        let profile = format!(
            "INSERT INTO subscriber_profiles (account_id, id, subscriber_id, list_id, status, status_changed_at, \
             created_at, updated_at) SELECT s.account_id, {}, s.id, {}, 'subscribed', {at}, {at}, {at} FROM {person} \
             LIMIT 1 ON CONFLICT DO NOTHING",
            self.id(),
            one("lists")
        );
        let delivery = || {
            format!(
                "INSERT INTO deliveries (account_id, id, campaign_id, subscriber_id, recipient_email, status, retries, \
                 sent_at) SELECT s.account_id, {}, {}, s.id, '{upper}', 'success', 0, {at} FROM {person} LIMIT 1",
                self.id(),
                one("campaigns")
            )
        };
        let open = format!(
            "INSERT INTO opens (account_id, id, campaign_id, subscriber_id, opened_at, kind) \
             SELECT s.account_id, {}, {}, s.id, {at}, 'human' FROM {person} LIMIT 1",
            self.id(),
            one("campaigns")
        );
        let mail = || {
            format!(
                "INSERT INTO transactional_emails (account_id, id, to_email, to_email_normalized, subject, retries, \
                 status, created_at, updated_at) SELECT a.id, {}, '{upper}', '{email}', 'For {email}', 0, 'sent', {at}, \
                 {at} FROM accounts AS a WHERE a.name = 'Acme'",
                self.id()
            )
        };
        let suppressed = format!(
            "INSERT INTO suppression_entries (account_id, id, email, email_normalized, reason, created_at) \
             SELECT a.id, {}, '{upper}', '{email}', 'manual', {at} FROM accounts AS a WHERE a.name = 'Acme' \
             ON CONFLICT DO NOTHING",
            self.id()
        );
        let consent = format!(
            "INSERT INTO consents (account_id, id, subscriber_id, purpose, preference, mechanism, legal_basis, \
             given_at, created_at) SELECT s.account_id, {}, s.id, 'newsletter', 'opt_in', 'opt_in', 'consent', {at}, \
             {at} FROM {person} LIMIT 1",
            self.id()
        );
        let another = format!("{}@nowhere.test", Uuid::from_u128(rand::random()).simple());
        vec![
            subscriber(email),
            subscriber(&another),
            profile,
            delivery(),
            delivery(),
            open,
            mail(),
            mail(),
            suppressed,
            consent,
        ]
    }
}
