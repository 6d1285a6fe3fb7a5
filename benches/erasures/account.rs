//! The end of a whole account, beside the same rows by hand.

use postern::clock::Clock;
use sqlx::{AssertSqlSafe, Executor, Row as _};

use crate::{Bench, PROMISED_MEMORY, PROMISED_RATIO, connect, floor, ran, verdict};

impl Bench<'_> {
    /// Erases all that is left of the account, without any rest, and the whole account by hand.
    pub async fn whole(&self) -> bool {
        let then = Clock::system().now() + chrono::Days::new(31);
        let then = then.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        // What is past its clock by then goes before, so that the account's end alone is measured.
        let clock = ["--now", &then, "retention", "run", "--account", "Acme"];
        self.home.run(&clock).well();
        self.home.run(&["account", "close", "Acme"]).well();
        let before = self.rows("erasures").await;
        let command = [&["--erasure-pace", "100"], &clock[..]].concat();
        let ran = ran::run(self.cluster, &self.home, &command).await;
        let gone = before - self.rows("erasures").await;
        let (floor, rows) = floor::erase_account(self.cluster, "floor", self.account).await;
        println!("\nan account of {gone} rows: {ran}");
        println!(
            "{rows} rows of it by hand: {:.1} s of the database",
            floor.as_secs_f64()
        );
        // The one who was erased by hand before is not in the floor.
        let ratio = ran.used.as_secs_f64() / gone as f64 / (floor.as_secs_f64() / rows as f64);
        let cheap = verdict(
            ratio <= PROMISED_RATIO,
            &format!("a row costs {ratio:.2} times the same by hand; promised is at most {PROMISED_RATIO}"),
        );
        cheap
            & verdict(
                ran.memory <= PROMISED_MEMORY,
                &format!(
                    "the program had {:.0} MiB at most; promised are at most {PROMISED_MEMORY}",
                    ran.memory
                ),
            )
    }

    /// How many rows the account has.
    async fn rows(&self, database: &str) -> i64 {
        let mut store = connect(self.cluster, database).await;
        let mut rows = 0;
        for table in floor::tables(&mut store).await {
            let sql = format!(
                "SELECT count(*) FROM {table} WHERE account_id = '{}'",
                self.account
            );
            let counted = store
                .fetch_one(AssertSqlSafe(sql))
                .await
                .expect("it can be counted");
            rows += counted.get::<i64, _>(0);
        }
        rows
    }
}
