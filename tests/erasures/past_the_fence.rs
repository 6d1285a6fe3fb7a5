//! A platform that writes an erased person again and again, past Postern: during the erasure and after it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::kill::jobs::{ask_erasure, ended};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

/// Statements at one time, each of which writes a row, and how long until the next ones: 500 rows a second.
const AT_ONE_TIME: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// How long the platform goes on when the erasure has ended.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// Longer than a gateway takes to look again, once a minute.
const LOOK: Duration = Duration::from_secs(100);

/// A platform's own connection.
enum Platform {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Platform {
    async fn of(home: &Home) -> Platform {
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
    async fn run(&mut self, statements: Vec<String>) -> u64 {
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
    fn rows(&self, email: &str) -> Vec<String> {
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

/// What a writer has done so far.
#[derive(Default)]
struct Written {
    stop: AtomicBool,
    sent: AtomicU64,
    rows: AtomicU64,
}

/// Writes until it is told to stop.
async fn write_again_and_again(mut platform: Platform, email: String, written: Arc<Written>) {
    let mut ticks = tokio::time::interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !written.stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let rows = platform.run(platform.rows(&email)).await;
        written.sent.fetch_add(AT_ONE_TIME.into(), Ordering::Relaxed);
        written.rows.fetch_add(rows, Ordering::Relaxed);
    }
}

/// Somebody whom both accounts have.
fn shared(rows: &[Row]) -> String {
    let of = |name: &str| -> BTreeSet<Vec<u8>> {
        let account = account(rows, name);
        let people = rows.iter();
        let people = people.filter(|row| row.table == "subscribers" && row.account() == Some(&account));
        people.map(|row| row.cell("email_normalized").to_vec()).collect()
    };
    let both = of("Acme");
    let shared = both.intersection(&of("Globex")).next().cloned();
    String::from_utf8(shared.expect("the accounts share people")).expect("text")
}

/// Where an address stands in Acme's rows.
fn mentions(rows: &[Row], email: &str) -> BTreeSet<String> {
    let acme = account(rows, "Acme");
    let ours = rows.iter().filter(|row| row.account() == Some(&acme));
    ours.filter(|row| !row.mentions(email).is_empty())
        .map(|row| row.table.clone())
        .collect()
}

/// Everything but history that others have.
fn of_others(rows: &[Row]) -> Vec<Row> {
    let acme = account(rows, "Acme");
    let others = rows
        .iter()
        .filter(|row| row.account() != Some(&acme) && !row.is_history());
    others.cloned().collect()
}

async fn keeps_away(home: &Home) {
    company::found(home, 40).await;
    let before = home.rows().await;
    let email = shared(&before);
    // A look each minute, as often as can be.
    let policy = fs::read_to_string("schema/policy.toml").expect("there is a policy");
    let often = policy.replace("fence_sweep_minutes = 5", "fence_sweep_minutes = 1");
    assert_ne!(policy, often);
    let file = home.folder().join("often.toml");
    fs::write(&file, often).expect("a file can be kept");
    let gateway = Gateway::serve(home, &["--policy", file.to_str().expect("UTF-8")]).await;
    let token = company::token(home, "owner@acme.test");

    let written = Arc::new(Written::default());
    let begun = Instant::now();
    let platform = Platform::of(home).await;
    let writer = tokio::spawn(write_again_and_again(platform, email.clone(), written.clone()));
    let id = ask_erasure(&gateway.client, &token, "hostile-key", &email).await;
    let erasure = ended(&gateway.client, &token, &id.expect("the gateway lives")).await;
    // It ends, however fast others write, and does not say that nobody is there when somebody is.
    assert!(
        erasure["state"] == "DONE" || erasure["state"] == "RESIDUE_FOUND",
        "{erasure:#}"
    );
    tokio::time::sleep(AFTERWARDS).await;
    assert!(
        !mentions(&home.rows().await, &email).is_empty(),
        "nobody wrote anything"
    );
    written.stop.store(true, Ordering::Relaxed);
    writer.await.expect("the platform can write");
    let seconds = begun.elapsed().as_secs_f64();
    let (sent, rows) = (
        written.sent.load(Ordering::Relaxed),
        written.rows.load(Ordering::Relaxed),
    );
    let rate = sent as f64 / seconds;
    assert!(
        rate > 200.0 && rows > sent / 4,
        "{sent} sent, {rows} written in {seconds} s"
    );

    let waited = Instant::now();
    loop {
        let rows = home.rows().await;
        let left = mentions(&rows, &email);
        let erasure = rows
            .iter()
            .find(|row| row.table == "erasures")
            .expect("an erasure");
        if left.is_empty() && erasure.cell("state") == b"done" {
            break;
        }
        let second = String::from_utf8_lossy(erasure.cell("second_receipt"));
        assert!(
            waited.elapsed() < LOOK,
            "left in {left:?}\n{second}\n{}",
            gateway.logged()
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let after = home.rows().await;
    assert!(
        of_others(&before) == of_others(&after),
        "another account's rows changed"
    );
    let erasure = after
        .iter()
        .find(|row| row.table == "erasures")
        .expect("an erasure");
    let of_it = |row: &&Row, column: &str| row.cell(column) == erasure.cell("id");
    let told = after
        .iter()
        .filter(|row| row.table == "audit_events" && of_it(row, "object_id"));
    assert!(
        told.clone().any(|row| row.cell("action") == b"erasure.kept_away"),
        "{:?}",
        told.collect::<Vec<_>>()
    );
    let counted: u64 = after
        .iter()
        .filter(|row| row.table == "erasure_batches" && of_it(row, "erasure_id"))
        .filter(|row| row.cell("step_number") == b"-4")
        .map(|row| {
            String::from_utf8_lossy(row.cell("row_count"))
                .parse::<u64>()
                .expect("a number")
        })
        .sum();
    assert!(counted > 100, "{counted} rows were counted");
    assert_eq!(gateway.terminate().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_whom_a_platform_writes_again_and_again_in_the_embedded_store() {
    keeps_away(&Home::embedded()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_whom_a_platform_writes_again_and_again_on_postgres() {
    if let Some(home) = Home::on_postgres().await {
        keeps_away(&home).await;
    }
}
