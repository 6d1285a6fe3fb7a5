//! The sealed log as an administrator and a stranger check it: by command, by file, and with nothing of Postern's.

use std::process::Command;
use std::time::Duration;

use postern::clock::Clock;
use serde_json::Value;

use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::inside;
use crate::kit::tool::tool;

const OWNER: &str = "owner@acme.test";

/// Two companies, and a few events in the log of each.
async fn with_events(home: &Home) {
    company::found(home, 30).await;
    for user in [OWNER, OWNER, "owner@globex.test"] {
        home.run(&["token", "--user", user]).well();
    }
}

fn acme(report: &Value) -> &Value {
    let accounts = report["accounts"].as_array().expect("accounts");
    let acme = accounts.iter().find(|account| account["name"] == "Acme");
    acme.expect("there is Acme")
}

fn codes(report: &Value) -> Vec<&str> {
    let accounts = report["accounts"].as_array().expect("accounts").iter();
    accounts
        .flat_map(|account| account["findings"].as_array().expect("findings"))
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

#[tokio::test]
async fn a_log_is_checked_by_command_and_what_was_changed_is_named() {
    for home in Home::each().await {
        with_events(&home).await;
        let verify = |more: &[&str]| home.run(&[&["audit", "verify", "--json"], more].concat());
        let waits = verify(&[]).well().json();
        assert_eq!(acme(&waits)["seals"], 0);
        assert!(acme(&waits)["waiting"].as_u64() >= Some(2), "{waits}");
        let sealed = verify(&["--seal"]).well().json();
        assert_eq!(acme(&sealed)["seals"], 1);
        assert_eq!(acme(&sealed)["waiting"], 0);
        let head = acme(&sealed)["head"].as_str().expect("a head").to_owned();

        let count = "UPDATE audit_events SET row_count = row_count";
        home.tamper(format!("{count} + 1 WHERE action = 'token.issued'"))
            .await;
        assert_eq!(codes(&verify(&[]).with_code(1).json()), ["EVENT_CHANGED"; 3]);
        let said = home.run(&["audit", "verify", "--account", "acme"]).with_code(1);
        assert!(
            said.stdout.contains("Acme: EVENT_CHANGED seal 1 event "),
            "{}",
            said.stdout
        );
        assert!(said.stdout.contains("2 findings"), "{}", said.stdout);
        home.tamper(format!("{count} - 1 WHERE action = 'token.issued'"))
            .await;

        let known = ["--account", "Acme", "--head", head.as_str()];
        verify(&known).well();
        let refused = home
            .run(&["audit", "verify", "--as", OWNER, "--json"])
            .with_code(1);
        assert_eq!(refused.failure(), "FORBIDDEN");
        home.tamper("DELETE FROM audit_seals").await;
        verify(&[]).well();
        assert_eq!(codes(&verify(&known).with_code(1).json()), ["HEAD_NOT_REACHED"]);
        // The same events, sealed anew at another time.
        verify(&["--seal"]).well();
        assert_eq!(codes(&verify(&known).with_code(1).json()), ["HEAD_DIFFERS"]);
    }
}

#[tokio::test]
async fn a_log_that_was_carried_out_is_checked_without_a_database_and_without_postern() {
    for home in Home::each().await {
        with_events(&home).await;
        home.run(&["audit", "verify", "--account", "Acme", "--seal"])
            .well();
        home.run(&["token", "--user", OWNER]).well();
        let installation = inside::installation(&home).await;
        let pem = installation.keys.receipt_public_key_pem().expect("a key");
        installation.database.close().await;
        let path = |name: &str| home.folder().join(name).display().to_string();
        let (log, key) = (path("log.ndjson"), path("key.pem"));
        std::fs::write(&key, pem).expect("a file");
        let carried = ["audit", "export", "--account", "Acme", "-o", &log, "--json"];
        assert_eq!(home.run(&carried).well().json()["seals"], 1);
        let stranger = Home::embedded();
        let verify = |file: &str| stranger.run(&["audit", "verify", "--file", file, "--key", &key, "--json"]);
        let report = verify(&log).well().json();
        assert_eq!(report["accounts"][0]["waiting"], 1);
        let head = report["accounts"][0]["head"].as_str().expect("a head").to_owned();
        let python = tool("python3").zip(tool("openssl"));
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/audit_check.py");
        let agrees = |file: &str| {
            let Some((python, _)) = &python else { return };
            let said = Command::new(python).args([program, file, &key, &head]).output();
            let said = said.expect("python runs");
            let is_clean = verify(file).code == 0;
            assert_eq!(
                said.status.success(),
                is_clean,
                "{}",
                String::from_utf8_lossy(&said.stdout)
            );
        };
        agrees(&log);

        let text = std::fs::read_to_string(&log).expect("the log is text");
        let lines: Vec<&str> = text.lines().collect();
        let without = |place: usize| {
            let kept = lines.iter().enumerate().filter(|(at, _)| *at != place);
            kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
        };
        let zeros = format!("\"signature\":\"{}", "0".repeat(8));
        let at = text.find("\"signature\":\"").expect("a signature");
        let mut signature = text.clone();
        signature.replace_range(at..at + zeros.len(), &zeros);
        let null = {
            let at = text.find("\"event\":{").expect("an event");
            let end = at + text[at..].find("}}").expect("its end") + 1;
            format!("{}\"event\":null{}", &text[..at], &text[end..])
        };
        for (name, changed, code) in [
            (
                "changed",
                text.replacen("\"row_count\":0", "\"row_count\":1", 1),
                "EVENT_CHANGED",
            ),
            ("removed", without(1), "SEAL_LEAVES"),
            ("signature", signature, "SIGNATURE_INVALID"),
            (
                "number",
                text.replacen("\"number\":1", "\"number\":2", 1),
                "SEAL_CHANGED",
            ),
        ] {
            assert_ne!(changed, text, "{name}");
            let file = path(name);
            std::fs::write(&file, changed).expect("a file");
            let report = verify(&file).with_code(1).json();
            assert!(codes(&report).contains(&code), "{name}: {report}");
            agrees(&file);
        }
        for (name, text, code) in [
            ("gone", null, "EVENT_MISSING"),
            ("no seal", without(0), "INVALID_FILE"),
            ("noise", "hello\n".to_owned(), "INVALID_FILE"),
        ] {
            let file = path(name);
            std::fs::write(&file, text).expect("a file");
            let said = verify(&file).with_code(1);
            match code {
                "INVALID_FILE" => assert_eq!(said.failure(), code, "{name}"),
                _ => assert_eq!(codes(&said.json()), [code], "{name}"),
            }
        }
        let gone = path("gone");
        let judged = |terms: &[&str]| {
            let (python, _) = python.as_ref()?;
            let said = Command::new(python)
                .args([program, &gone, &key])
                .args(terms)
                .output();
            Some(said.expect("python runs").status.success())
        };
        assert_ne!(judged(&["--kept", "36"]), Some(true), "gone before its time");
        let later = ["--kept", "36", "--now", "2031-01-01T00:00:00Z"];
        assert_ne!(judged(&later), Some(false), "gone in its time");
    }
}

#[tokio::test]
async fn events_past_their_clock_are_taken_by_command_and_the_log_they_leave_is_clean() {
    const LATER: &str = "2031-01-01T00:00:00Z";
    for home in Home::each().await {
        with_events(&home).await;
        let run = |words: &[&str]| home.run(&[words, &["--now", LATER]].concat()).well();
        let dry = run(&["retention", "run", "--dry-run", "--account", "Acme"]);
        assert!(dry.stdout.contains("audit_events"), "{}", dry.stdout);
        run(&["retention", "run"]);
        let report = run(&["audit", "verify", "--json"]).json();
        assert!(acme(&report)["retired"].as_u64() >= Some(2), "{report}");
        let again = run(&["retention", "run"]);
        assert!(
            again.stdout.contains("nothing is past its clock"),
            "{}",
            again.stdout
        );
        // Without the years between, the same events went too early.
        let early = home.run(&["audit", "verify", "--json"]).with_code(1).json();
        assert!(codes(&early).contains(&"EVENT_MISSING"), "{early}");
    }
}

#[tokio::test]
async fn a_gateway_that_runs_seals_the_log_by_itself() {
    for home in Home::each().await {
        with_events(&home).await;
        // Events wait until they are half a minute old.
        let later = (Clock::system().now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        let _gateway = Gateway::serve(&home, &["--now", &later]).await;
        wait_until("the log is sealed", Duration::from_secs(60), async || {
            let report = home.run(&["audit", "verify", "--json"]).well().json();
            acme(&report)["seals"] == 1 && acme(&report)["waiting"] == 0
        })
        .await;
    }
}
