//! What others write past a fence, by the sweep of the command line: whoever is held by then waits, and a platform's own roles
//! go on writing.

use crate::kit::company;
use crate::kit::erasing::erase;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

const OF_ACME: &str = "account_id = (SELECT id FROM accounts WHERE name = 'Acme')";

/// Somebody of Acme, who is erased; the address, fit for SQL.
async fn erased(home: &Home) -> String {
    company::found(home, 40).await;
    let rows = home.rows().await;
    let person = super::worked_out::people(&rows, &account(&rows, "Acme")).remove(0);
    erase(home, &[], &person.email);
    String::from_utf8(person.normalized).expect("text")
}

/// A statement that writes somebody into Acme.
fn insert(home: &Home, email: &str) -> String {
    let (id, at) = match home.database_url() {
        Some(_) => ("gen_random_uuid()", "'2001-01-01T00:00:00Z'::timestamptz"),
        None => ("randomblob(16)", "978307200000000"),
    };
    format!(
        "INSERT INTO subscribers (account_id, id, email, email_normalized, status, created_at, updated_at) \
         SELECT id, {id}, '{email}', '{email}', 'active', {at}, {at} FROM accounts WHERE name = 'Acme'"
    )
}

/// How many rows of Acme's table hold the address.
fn with(rows: &[Row], table: &str, email: &str) -> usize {
    let acme = account(rows, "Acme");
    let of_acme = rows
        .iter()
        .filter(|row| row.table == table && row.account() == Some(&acme));
    of_acme.filter(|row| !row.mentions(email).is_empty()).count()
}

#[tokio::test]
async fn whoever_is_held_by_then_waits_whichever_row_leads_there() {
    for home in Home::each().await {
        let email = erased(&home).await;
        home.tamper(insert(&home, &email)).await;
        // A mail that names nobody but by the address.
        home.tamper(format!(
            "UPDATE transactional_emails SET subscriber_id = NULL, to_email = '{email}', to_email_normalized = '{email}' \
             WHERE id = (SELECT id FROM transactional_emails WHERE {OF_ACME} ORDER BY id LIMIT 1)"
        ))
        .await;
        home.tamper(format!(
            "UPDATE legal_holds SET released_at = NULL, subscriber_id = (SELECT id FROM subscribers WHERE {OF_ACME} \
             AND email_normalized = '{email}') WHERE {OF_ACME}"
        ))
        .await;
        home.run(&["erase", "sweep", "--account", "Acme"]).with_code(1);
        let rows = home.rows().await;
        let there = ["subscribers", "transactional_emails"].map(|table| with(&rows, table, &email));
        assert_eq!(there, [1, 1], "held");
        home.tamper(format!(
            "UPDATE legal_holds SET subscriber_id = NULL WHERE {OF_ACME}"
        ))
        .await;
        home.run(&["erase", "sweep", "--account", "Acme"]).well();
        let rows = home.rows().await;
        let there = ["subscribers", "transactional_emails"].map(|table| with(&rows, table, &email));
        assert_eq!(there, [0, 0], "released");
    }
}

#[tokio::test]
async fn a_role_that_may_write_people_and_read_nothing_else_still_writes_them_and_is_swept() {
    let Some(home) = Home::on_postgres().await else {
        return;
    };
    let email = erased(&home).await;
    let role = format!("postern_test_{}", uuid::Uuid::now_v7().simple());
    home.tamper(format!(
        "CREATE ROLE {role}; GRANT USAGE ON SCHEMA postern TO {role}; GRANT INSERT ON subscribers TO {role}; \
         GRANT SELECT ON accounts TO {role}"
    ))
    .await;
    let insert = insert(&home, &email);
    home.tamper(format!("SET ROLE {role}; {insert}; RESET ROLE"))
        .await;
    assert_eq!(with(&home.rows().await, "subscribers", &email), 1);
    home.run(&["erase", "sweep", "--account", "Acme"]).well();
    assert_eq!(with(&home.rows().await, "subscribers", &email), 0);
    home.tamper(format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}
