//! A user who was erased is so again after a restore.

use serde_json::json;

use super::SERVE;
use crate::kit::company;
use crate::kit::erasing::confirm_in;
use crate::kit::home::Home;
use crate::kit::rows::{Row, comparable};

const USER: &str = "analyst@globex.test";

fn users(rows: &[Row]) -> usize {
    let of = |row: &&Row| row.table == "users" && row.cell("email_normalized") == USER.as_bytes();
    rows.iter().filter(of).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_was_erased_is_erased_again_in_a_restored_database() {
    for home in Home::each().await {
        company::found(&home, 8).await;
        let backup = home.back_up().await;
        let planned = home
            .run(&["--json", "erase", "plan", "--user", USER])
            .well()
            .json();
        confirm_in(&home, "Platform", &[], &planned).well();
        let gone = comparable(home.rows().await);
        assert_eq!(users(&gone), 0);

        home.restore(&backup).await;
        assert_eq!(users(&home.rows().await), 1);
        assert_eq!(home.run(&SERVE).with_code(1).failure(), "REPLAY_NEEDED");
        let replayed = home.run(&["replay", "--json"]).well().json();
        assert_eq!(replayed["erasures"][0]["outcome"], "REPEATED", "{replayed:#}");
        assert_eq!(comparable(home.rows().await), gone);
        let again = home.run(&["replay", "--json"]).well().json();
        assert_eq!(again["erasures"], json!([]), "{again:#}");
        let known = home
            .run(&["replay", "--json", "--from", "2020-01-01T00:00:00Z"])
            .well()
            .json();
        assert_eq!(known["erasures"][0]["outcome"], "KNOWN_ALREADY", "{known:#}");
    }
}
