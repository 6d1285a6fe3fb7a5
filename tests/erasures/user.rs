//! The erasure of a user, who works for two accounts: what names the user goes or is cut as the policy says of each reference,
//! in both of them, and nothing else is touched.

use postern::access::built_in::BuiltIn;
use postern::access::viewer::Viewer;
use postern::catalog::{Catalog, OnErase};
use postern::store::identity;
use postern::work::founding;
use serde_json::Value;

use super::policy::built_in;
use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::rows::{Row, comparable};

/// Who goes: of both accounts, and a subscriber of Acme's with the same address.
const USER: &str = "manager@globex.test";

/// Lets the user work for Acme, too, and names the user in a row of every table and account that can.
async fn name_everywhere(home: &Home, catalog: &Catalog) {
    let installation = company::open(home).await;
    let platform = founding::platform(&installation)
        .await
        .expect("the platform is there");
    let acme = identity::account(&installation.database, "Acme")
        .await
        .expect("accounts can be read");
    let (acme, _) = acme.expect("Acme is there");
    let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, acme);
    let user = identity::user_by_address(&installation.database, USER)
        .await
        .expect("users can be read");
    let user = user.expect("the user is there").id;
    founding::join(&installation, &viewer, user, BuiltIn::Owner)
        .await
        .expect("the user joins");
    installation.database.close().await;
    let id = format!("(SELECT id FROM users WHERE email_normalized = '{USER}')");
    home.tamper(
        "INSERT INTO invitations (account_id, id, group_id, email, email_normalized, expires_at, created_at) \
         SELECT account_id, id, id, 'guest@example.test', 'guest@example.test', created_at, created_at \
         FROM user_groups WHERE built_in = 'exporter'",
    )
    .await;
    home.tamper(format!(
        "INSERT INTO invitations (account_id, id, group_id, email, email_normalized, expires_at, created_at) \
         SELECT account_id, id, id, 'Manager@Globex.test', '{USER}', created_at, created_at FROM user_groups \
         WHERE built_in = 'analyst'"
    ))
    .await;
    let bytes = if home.database_url().is_some() {
        "bytea"
    } else {
        "blob"
    };
    home.tamper(format!(
        "INSERT INTO api_keys (account_id, id, name, prefix, key_hash, group_id, created_by_id, created_at, updated_at) \
         SELECT account_id, id, 'nightly', (SELECT a.name FROM accounts AS a WHERE a.id = account_id), CAST('x' AS {bytes}), id, {id}, created_at, created_at FROM user_groups \
         WHERE built_in = 'analyst'"
    ))
    .await;
    for (resource, reference) in catalog.inverse(catalog.table("users").id) {
        let (table, column) = (&resource.table, &resource.column(reference.column).name);
        if reference.on_erase == OnErase::Cascade {
            continue;
        }
        for account in ["Acme", "Globex"] {
            let of = format!("account_id = (SELECT id FROM accounts WHERE name = '{account}')");
            home.tamper(format!(
                "UPDATE {table} SET {column} = {id} WHERE {of} AND id IN \
                 (SELECT id FROM {table} WHERE {of} ORDER BY id LIMIT 3)"
            ))
            .await;
        }
    }
    let acme = "account_id = (SELECT id FROM accounts WHERE name = 'Acme')";
    home.tamper(format!(
        "UPDATE subscribers SET email = '{USER}', email_normalized = '{USER}' WHERE {acme} AND id IN \
         (SELECT id FROM subscribers WHERE {acme} ORDER BY id LIMIT 1)"
    ))
    .await;
}

/// What the erasure leaves, worked out from the policy's words.
fn worked_out(catalog: &Catalog, rows: &[Row], user: &[u8]) -> Vec<Row> {
    let mut left = Vec::new();
    for row in rows {
        if (row.table == "users" && row.cell("id") == user)
            || (row.table == "invitations" && row.cell("email_normalized") == USER.as_bytes())
        {
            continue;
        }
        let mut row = row.clone();
        let mut goes = false;
        if let Some(resource) = catalog.by_table(&row.table) {
            let of_users = resource
                .references
                .iter()
                .filter(|one| catalog.get(one.target).table == "users");
            for reference in of_users {
                let column = &resource.column(reference.column).name;
                if row.cell(column) != user {
                    continue;
                }
                goes |= reference.on_erase == OnErase::Cascade;
                let cell = row.cells.iter_mut().find(|(name, _)| name == column);
                cell.expect("the column is there").1.clear();
            }
        }
        if !goes {
            left.push(row);
        }
    }
    left
}

fn plan(home: &Home, user: &str) -> crate::kit::command::Said {
    home.run(&["--json", "erase", "plan", "--user", user])
}

#[tokio::test]
async fn a_user_goes_from_every_account_and_nothing_else_does() {
    let catalog = built_in();
    for home in Home::each().await {
        company::found(&home, 20).await;
        let bundle = home.folder().join("acme.zip");
        let bundle = bundle.to_str().expect("UTF-8");
        home.run(&["export", "--account", "Acme", "--output", bundle])
            .well();
        name_everywhere(&home, &catalog).await;
        let before = home.rows().await;
        let is_user = |row: &&Row| row.table == "users" && row.cell("email_normalized") == USER.as_bytes();
        let user = before
            .iter()
            .find(is_user)
            .expect("the user is there")
            .cell("id")
            .to_vec();
        for (resource, reference) in catalog.inverse(catalog.table("users").id) {
            let is_there = before.iter().any(|row| row.table == resource.table);
            let column = &resource.column(reference.column).name;
            let is_named = before
                .iter()
                .any(|row| row.table == resource.table && row.cell(column) == user);
            let is_cut = reference.on_erase != OnErase::Cascade;
            assert!(
                !is_there || !is_cut || is_named,
                "{}.{column} names the user",
                resource.table
            );
        }

        let planned = plan(&home, "Manager@Globex.TEST").well().json();
        assert_eq!(planned["plan"]["subjectKind"], "USER", "{planned:#}");
        assert!(
            !planned.to_string().contains("globex.test"),
            "a plan names nobody"
        );
        assert_eq!(
            planned["plan"]["accounts"].as_array().map(Vec::len),
            Some(3),
            "{planned:#}"
        );
        let warned = &planned["plan"]["warnings"][0]["code"];
        assert_eq!(warned, "KEYS_STAY", "{planned:#}");
        assert!(
            home.rows().await.iter().any(|row| is_user(&row)),
            "nothing is changed by a plan"
        );
        let word = |name: &str| planned[name].as_str().expect("a plan has it").to_owned();
        let receipt = home.folder().join("user.json");
        let receipt = receipt.to_str().expect("UTF-8");
        let confirm = [
            "erase",
            "confirm",
            "--account",
            "Platform",
            "--erasure",
            &word("erasure"),
            "--plan-hash",
            &word("planHash"),
            "--receipt",
            receipt,
        ];
        home.run(&confirm).well();

        let after = home.rows().await;
        let gone = comparable(after.clone());
        let expected = comparable(worked_out(&catalog, &before, &user));
        let strange: Vec<_> = gone.iter().filter(|row| !expected.contains(row)).collect();
        let missing: Vec<_> = expected.iter().filter(|row| !gone.contains(row)).collect();
        assert!(
            strange.is_empty() && missing.is_empty(),
            "{strange:#?}\n{missing:#?}"
        );
        let history = after
            .iter()
            .filter(|row| row.is_history() && row.table != "audit_events");
        let naming: Vec<_> = history
            .filter(|row| {
                row.cells
                    .iter()
                    .any(|(name, bytes)| name.ends_with("_id") && *bytes == user)
            })
            .collect();
        assert!(naming.is_empty(), "{naming:#?}");

        let exports = after.iter().filter(|row| row.table == "exports");
        let states: Vec<_> = exports
            .map(|row| (row.cell("state"), row.cell("bundle_name")))
            .collect();
        assert!(states.contains(&(&b"stale"[..], &b""[..])), "{states:?}");
        assert!(
            !states.iter().any(|(state, _)| *state == b"ready"),
            "the user is in them"
        );

        let text = std::fs::read_to_string(receipt).expect("it was saved");
        assert!(!text.contains("globex.test"), "{text}");
        let told: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            (&told["state"], &told["subjectKind"], &told["attestation"]),
            (&"DONE".into(), &"USER".into(), &"L1".into())
        );
        let steps = told["steps"].as_array().expect("steps");
        // An invitation that goes by its address is planned twice where the user has made it.
        let mut counted = steps.iter().filter(|step| step["table"] != "invitations");
        assert!(counted.all(|step| step["done"] == step["planned"]), "{steps:#?}");
        assert_eq!(steps.last().expect("a step")["table"], "users");
        let key = home.folder().join("key.pem");
        let installation = company::open(&home).await;
        let pem = installation
            .keys
            .receipt_public_key_pem()
            .expect("the ring has one");
        installation.database.close().await;
        std::fs::write(&key, pem).expect("the key can be kept");
        home.run(&["verify", receipt, "--key", key.to_str().expect("UTF-8")])
            .well();

        assert_eq!(plan(&home, USER).with_code(1).failure(), "SUBJECT_NOT_FOUND");
        home.run(&["token", "--user", USER]).with_code(1);
        home.run(&confirm[..8]).well();
    }
}

#[tokio::test]
async fn nobody_is_erased_who_is_needed_and_only_operators_erase_users() {
    for home in Home::each().await {
        company::found(&home, 5).await;
        let refused = plan(&home, "owner@acme.test").with_code(1);
        assert_eq!(refused.failure(), "INVALID_STATE");
        assert!(refused.stderr.contains("Acme"), "{}", refused.stderr);
        assert_eq!(
            plan(&home, founding::OPERATOR).with_code(1).failure(),
            "INVALID_STATE"
        );
        let as_owner = [
            "--json",
            "--as",
            "owner@acme.test",
            "erase",
            "plan",
            "--user",
            USER,
        ];
        assert_eq!(home.run(&as_owner).with_code(1).failure(), "FORBIDDEN");

        // Who becomes the last owner after the plan was made is not erased by it.
        home.tamper(
            "UPDATE group_members SET group_id = (SELECT g.id FROM user_groups AS g WHERE g.built_in = 'owner' \
             AND g.account_id = group_members.account_id) WHERE user_id = (SELECT id FROM users WHERE \
             email_normalized = 'manager@globex.test')",
        )
        .await;
        let planned = plan(&home, USER).well().json();
        home.tamper("UPDATE users SET status = 'disabled' WHERE email_normalized = 'owner@globex.test'")
            .await;
        let word = |name: &str| planned[name].as_str().expect("a plan has it").to_owned();
        let confirm = [
            "--json",
            "erase",
            "confirm",
            "--account",
            "Platform",
            "--erasure",
            &word("erasure"),
            "--plan-hash",
            &word("planHash"),
        ];
        let ended = home.run(&confirm).with_code(1).json();
        assert_eq!(
            (&ended["state"], &ended["errorCode"]),
            (&"REFUSED".into(), &"INVALID_STATE".into())
        );
        let rows = home.rows().await;
        let user = rows
            .iter()
            .find(|row| row.table == "users" && row.cell("email_normalized") == USER.as_bytes());
        assert_eq!(user.expect("the user stays").cell("status"), b"enabled");
    }
}
