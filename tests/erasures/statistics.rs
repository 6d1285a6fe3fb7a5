//! What PostgreSQL notes of values for its planner forgets a person, too (`privacy.md` 3.4).

use super::worked_out::people;
use crate::kit::company;
use crate::kit::erasing::erase;
use crate::kit::home::Home;
use crate::kit::rows::account;

/// Fails unless the server notes the address of some column of ours, or unless it does not.
fn noted(email: &str, is_noted: bool) -> String {
    let not = if is_noted { "NOT" } else { "" };
    format!(
        "DO $$ BEGIN IF {not} EXISTS (SELECT FROM pg_stats WHERE schemaname = 'postern' AND \
         (strpos(histogram_bounds::text, '{email}') > 0 OR strpos(most_common_vals::text, '{email}') > 0)) \
         THEN RAISE EXCEPTION 'it is not so'; END IF; END $$"
    )
}

#[tokio::test]
async fn the_server_notes_nothing_of_somebody_who_is_erased() {
    let Some(home) = Home::on_postgres().await else {
        return;
    };
    company::found(&home, 40).await;
    home.tamper("ANALYZE").await;
    let rows = home.rows().await;
    let others = people(&rows, &account(&rows, "Globex"));
    let mut people = people(&rows, &account(&rows, "Acme")).into_iter();
    let person = people
        .find(|person| others.iter().all(|other| other.normalized != person.normalized))
        .expect("somebody is Acme's alone");
    let email = String::from_utf8(person.normalized).expect("text");
    home.tamper(noted(&email, true)).await;
    let (_, ended) = erase(&home, &[], &person.email);
    home.tamper(noted(&email, false)).await;
    let id = ended["erasure"].as_str().expect("an id");
    let status = ["--json", "erase", "status", "--account", "Acme", "--erasure", id];
    let receipt = home.run(&status).well().json()["receipt"].take();
    let anew = receipt["sweep"]["statisticsNotedAnew"].as_array();
    let anew = anew.unwrap_or_else(|| panic!("{receipt:#}"));
    assert!(anew.iter().any(|table| table == "subscribers"), "{receipt:#}");
    assert_eq!(receipt["sweep"]["statisticsNotOurs"], serde_json::json!([]));
    assert_eq!(receipt["attestation"], "L2");
}
