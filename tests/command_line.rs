//! The command line: what is wrong usage, what each command explains, what is refused and with which code.

use crate::kit::command::run;
use crate::kit::home::Home;

/// Every command with the flags that its help must mention.
const COMMANDS: &[(&[&str], &[&str])] = &[
    (
        &["serve"],
        &[
            "--demo",
            "--migrate",
            "--listen",
            "--data",
            "--database-url",
            "--policy",
            "--jwks",
            "--issuer",
            "--audience",
        ],
    ),
    (&["migrate"], &["--database-url"]),
    (&["seed"], &["--subscribers", "--seed", "--now"]),
    (
        &["import"],
        &[
            "FILE",
            "--account",
            "--list",
            "--mapping",
            "--dry-run",
            "--rejects",
            "--new-account",
            "--key",
            "--unsigned-ok",
        ],
    ),
    (&["token"], &["--user", "--account"]),
    (
        &["export"],
        &["--account", "--subscriber", "--bundle", "--output", "--as"],
    ),
    (&["verify"], &["FILE", "--key", "--signature", "--unsigned-ok"]),
    (
        &["erase", "plan"],
        &[
            "--account",
            "--list",
            "--email",
            "--as",
            "--file",
            "--plans",
            "--strict",
            "--user",
        ],
    ),
    (
        &["erase", "confirm"],
        &[
            "--account",
            "--erasure",
            "--plan-hash",
            "--receipt",
            "--file",
            "--receipts",
        ],
    ),
    (&["erase", "pause"], &["--account", "ERASURE"]),
    (&["erase", "resume"], &["--account", "ERASURE"]),
    (
        &["erase", "status"],
        &["--account", "--erasure", "--receipt", "--file", "--receipts"],
    ),
    (&["erase", "sweep"], &["--account"]),
    (&["erase", "rewrite"], &["--as"]),
    (
        &["audit", "verify"],
        &["--account", "--file", "--key", "--head", "--seal", "--json"],
    ),
    (&["audit", "export"], &["--account", "--output"]),
    (&["replay"], &["--from", "--dry-run", "--despite-gap", "--json"]),
    (
        &["backup", "add"],
        &["--label", "--made-at", "--purge-at", "--location"],
    ),
    (&["backup", "purged"], &["ID"]),
    (&["backup", "list"], &["--check", "--all"]),
    (&["policy", "check"], &["--policy"]),
    (&["policy", "dictionary"], &["--policy"]),
    (&["schema", "print"], &["--json"]),
    (&["schema", "check"], &["--folder"]),
    (&["schema", "write"], &["--folder"]),
    (&["schema", "draft"], &["TABLE", "--store"]),
];

#[test]
fn the_help_of_every_command_mentions_its_flags_and_an_example() {
    for (command, flags) in COMMANDS {
        let help = run(&[*command, &["--help"]].concat()).well().stdout;
        for flag in *flags {
            assert!(help.contains(flag), "{command:?} does not mention {flag}\n{help}");
        }
        let example = format!("Example: postern {}", command.join(" "));
        assert!(help.contains(&example), "{command:?} has no example\n{help}");
    }
}

#[test]
fn wrong_usage_exits_with_two_and_help_with_none() {
    let cases: &[(&[&str], i32)] = &[
        (&[], 2),
        (&["fly"], 2),
        (&["serve", "--fly"], 2),
        (&["token"], 2),
        (&["export", "--account", "Acme"], 2),
        (
            &["export", "--account", "Acme", "-o", "x.zip", "--bundle", "access"],
            2,
        ),
        (
            &["export", "--account", "Acme", "-o", "x.zip", "--format", "pdf"],
            2,
        ),
        (&["erase", "plan", "--account", "Acme"], 2),
        (
            &[
                "erase",
                "plan",
                "--account",
                "Acme",
                "--email",
                "a@b.example",
                "--file",
                "x",
            ],
            2,
        ),
        (&["erase", "confirm", "--account", "Acme", "--erasure", "x"], 2),
        (&["seed", "--subscribers", "0"], 2),
        (&["seed", "--subscribers", "many"], 2),
        (&["audit", "verify", "--file", "log.ndjson"], 2),
        (&["audit", "verify", "--head", "1:00"], 2),
        (&["audit", "verify", "--account", "Acme", "--head", "17"], 2),
        (&["audit", "export", "--account", "Acme"], 2),
        (&["schema", "draft", "lists", "--store", "oracle"], 2),
        (&["--log-format", "xml", "policy", "check"], 2),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["help", "erase", "plan"], 0),
    ];
    for (arguments, code) in cases {
        let said = run(arguments).with_code(*code);
        assert_eq!(
            said.stderr.is_empty(),
            *code == 0,
            "{arguments:?}: {}",
            said.stderr
        );
    }
}

#[test]
fn a_wrong_setting_is_one_line_with_a_code() {
    let home = Home::embedded();
    let cases: &[(&[&str], &str)] = &[
        (&["--now", "yesterday", "migrate"], "INVALID_SETTING"),
        (&["--config", "missing.toml", "migrate"], "INVALID_SETTING"),
        (&["--log", "postern=loud", "migrate"], "INVALID_SETTING"),
        (
            &["--database-url", "mysql://localhost/mail", "migrate"],
            "INVALID_SETTING",
        ),
        (&["--lease-seconds", "0", "migrate"], "INVALID_SETTING"),
        (&["--issuer", "https://id.example", "serve"], "INVALID_SETTING"),
        (&["--listen", "nowhere", "serve"], "INVALID_SETTING"),
        (
            &["--policy", "missing.toml", "policy", "check"],
            "INVALID_SETTING",
        ),
        (&["verify", "missing.zip"], "INVALID_FILE"),
        (
            &["schema", "draft", "nothing", "--store", "sqlite"],
            "INVALID_SETTING",
        ),
        (&["schema", "check", "--folder", "missing"], "INVALID_SETTING"),
    ];
    for (arguments, code) in cases {
        let said = home.run(arguments).with_code(1);
        assert!(said.stdout.is_empty(), "{arguments:?}: {}", said.stdout);
        assert_eq!(said.stderr.lines().count(), 1, "{arguments:?}: {}", said.stderr);
        assert!(
            said.stderr.starts_with("postern: "),
            "{arguments:?}: {}",
            said.stderr
        );
        assert_eq!(
            home.run(&[&["--json"], *arguments].concat())
                .with_code(1)
                .failure(),
            *code,
            "{arguments:?}"
        );
    }
}

#[test]
fn the_policy_check_names_what_is_undecided_and_the_server_refuses_it_too() {
    let home = Home::embedded();
    home.run(&["policy", "check"]).well();
    let policy = include_str!("../schema/policy.toml");
    let broken = policy.replacen("[tables.lists]", "[tables.lists_of_old]", 1);
    assert_ne!(broken, policy);
    let path = home.folder().join("policy.toml");
    std::fs::write(&path, broken).expect("the test's folder can be written to");
    let file = path.to_str().expect("a folder in UTF-8");
    let said = home.run(&["--policy", file, "policy", "check"]).with_code(1);
    assert!(said.stdout.contains("lists"), "{}", said.stdout);
    let json = home
        .run(&["--policy", file, "policy", "check", "--json"])
        .with_code(1)
        .json();
    let faults = json["faults"].as_array().expect("faults").len();
    assert_eq!(faults, said.stdout.lines().count());
    let refused = home
        .run(&["--policy", file, "--listen", "127.0.0.1:0", "serve"])
        .with_code(1);
    for line in said.stdout.lines() {
        assert!(refused.stderr.contains(line), "{line}\n{}", refused.stderr);
    }
    assert!(
        !home.data().exists(),
        "a gateway that did not start left something"
    );
}

#[test]
fn the_dictionary_and_the_schema_are_printed_and_the_evidence_is_fresh() {
    let root = env!("CARGO_MANIFEST_DIR");
    assert!(
        run(&["policy", "dictionary"])
            .well()
            .stdout
            .starts_with("# Data dictionary")
    );
    assert!(run(&["schema", "print"]).well().stdout.contains("type Query"));
    assert!(
        run(&["schema", "draft", "lists", "--store", "postgres"])
            .well()
            .stdout
            .contains("CREATE TABLE lists")
    );
    let said = run(&["schema", "check", "--folder", &format!("{root}/schema")]);
    assert_eq!(
        said.code, 0,
        "refresh it with `cargo run -- schema write`\n{}",
        said.stdout
    );
}

#[test]
fn stale_evidence_is_named_and_written_anew() {
    let home = Home::embedded();
    let folder = home.folder().join("schema");
    std::fs::create_dir(&folder).expect("a folder");
    let said = home.run(&["schema", "check"]).with_code(1);
    assert!(
        said.stdout.contains("gateway.graphql") && said.stdout.contains("tables/sqlite.sql"),
        "{}",
        said.stdout
    );
    home.run(&["schema", "write"]).well();
    std::fs::write(folder.join("bundle/gone.schema.json"), "{}").expect("a file");
    std::fs::write(folder.join("access.txt"), "everybody may do everything\n").expect("a file");
    let stale = home.run(&["schema", "check", "--json"]).with_code(1).json();
    assert_eq!(
        stale["stale"],
        serde_json::json!(["access.txt", "bundle/gone.schema.json"])
    );
    home.run(&["schema", "write"]).well();
    home.run(&["schema", "check"]).well();
}

#[tokio::test]
async fn a_store_that_is_empty_or_of_another_version_is_refused_until_it_is_migrated() {
    for home in Home::each().await {
        let token = ["token", "--user", "operator@postern.example", "--json"];
        if home.database_url().is_some() {
            assert_eq!(home.run(&token).with_code(1).failure(), "SCHEMA_MISMATCH");
            let refused = home
                .run(&["--listen", "127.0.0.1:0", "serve", "--json"])
                .with_code(1);
            assert_eq!(refused.failure(), "SCHEMA_MISMATCH");
        }
        assert!(home.run(&["migrate"]).well().stdout.contains("now"));
        assert!(home.run(&["migrate"]).well().stdout.contains("already"));
        // Nobody was founded yet, so the schema is right and the user is not there.
        assert_eq!(home.run(&token).with_code(1).failure(), "NOT_FOUND");
        home.tamper("UPDATE _sqlx_migrations SET version = version + 1000 WHERE version = (SELECT max(version) FROM _sqlx_migrations)")
            .await;
        let said = home.run(&token).with_code(1);
        assert_eq!(said.failure(), "SCHEMA_MISMATCH");
        assert!(said.stderr.contains("newer postern"), "{}", said.stderr);
        home.tamper("DELETE FROM _sqlx_migrations WHERE version > 1")
            .await;
        let said = home.run(&token).with_code(1);
        assert_eq!(said.failure(), "SCHEMA_MISMATCH");
        assert!(said.stderr.contains("postern migrate"), "{}", said.stderr);
    }
}

#[tokio::test]
async fn another_key_ring_than_the_database_was_made_with_is_refused() {
    for home in Home::each().await {
        home.run(&["migrate"]).well();
        let token = ["token", "--user", "nobody@acme.example", "--json"];
        assert_eq!(home.run(&token).with_code(1).failure(), "NOT_FOUND");
        let other = home.folder().join("other-keys");
        let other = other.to_str().expect("a folder in UTF-8");
        let said = home
            .run(&[&["--keys", other], token.as_slice()].concat())
            .with_code(1);
        assert_eq!(said.failure(), "WRONG_KEY_RING");
    }
}

#[test]
fn what_is_no_bundle_and_no_receipt_is_said_with_a_code() {
    let home = Home::embedded();
    let file = |name: &str, text: &str| {
        std::fs::write(home.folder().join(name), text).expect("the test's folder can be written to");
    };
    file("noise.zip", "this is not a bundle");
    file("receipt.json", r#"{"keyId": "00", "state": "DONE"}"#);
    file("receipt.json.sig", "no signature");
    let findings = |arguments: &[&str]| {
        let json = home.run(&[arguments, &["--json"]].concat()).with_code(1).json();
        let findings = json["findings"].as_array().expect("findings").clone();
        findings
            .iter()
            .map(|finding| finding["code"].as_str().expect("a code").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        findings(&["verify", "noise.zip", "--unsigned-ok"]),
        ["ZIP_UNREADABLE"]
    );
    assert_eq!(
        findings(&["verify", "receipt.json", "--unsigned-ok"]),
        ["RECEIPT_NOT_CANONICAL"]
    );
    file("receipt.json", r#"{"keyId":"00","state":"DONE"}"#);
    home.run(&["verify", "receipt.json"]).with_code(1);
    home.run(&["verify", "receipt.json", "--unsigned-ok"]).well();
    let refused = home
        .run(&["verify", "receipt.json", "--key", "receipt.json", "--json"])
        .with_code(1);
    assert_eq!(refused.failure(), "INVALID_SETTING");
}

#[test]
fn a_part_of_the_schema_whose_day_is_over_is_named_and_one_that_does_not_exist_is_refused() {
    let home = Home::embedded();
    let under = |place: &str| {
        let decision =
            "{ use = \"Subscriber.email\", declared = \"2026-11-26\", removed_after = \"2027-06-01\" }";
        let text = format!(
            "[deprecations]\n\"{place}\" = {decision}\n{}",
            postern::catalog::DEFAULT_POLICY
        );
        std::fs::write(home.folder().join("policy.toml"), text).expect("the test's folder can be written to");
    };
    let check = |now: &str| {
        home.run(&[
            "--now",
            now,
            "--json",
            "policy",
            "check",
            "--policy",
            "policy.toml",
        ])
    };
    under("Subscriber.phone");
    assert_eq!(
        check("2027-06-01T23:59:59Z").well().json()["overdue"],
        serde_json::json!([])
    );
    let said = check("2027-06-02T00:00:00Z").well().json();
    let overdue = said["overdue"][0].as_str().expect("a sentence");
    assert!(
        overdue.contains("Subscriber.phone was to be removed after 2027-06-01"),
        "{overdue}"
    );
    under("Subscriber.telephone");
    let said = check("2026-11-26T00:00:00Z").with_code(1).json();
    let fault = said["faults"][0].as_str().expect("a sentence");
    assert!(fault.contains("Subscriber.telephone"), "{fault}");
}
