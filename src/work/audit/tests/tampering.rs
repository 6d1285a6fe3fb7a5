//! Whatever is changed behind Postern's back, by the code under which it is found.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{append, codes, event, head, report, terms, write};
use crate::access::viewer::Viewer;
use crate::bundle::PublicKey;
use crate::cell::{Cell, Kind};
use crate::store::audit::{AuditEvent, COLUMNS};
use crate::store::audit_seal::{self, Seal};
use crate::store::{Dialect, Sql};
use crate::work::audit::format;
use crate::work::audit::seal::seal_account;
use crate::work::testing::{TestInstallation, installations};

/// One way to change a log, and what is found.
struct Case {
    name: String,
    changes: Vec<Sql>,
    found: &'static [&'static str],
}

fn case(name: impl Into<String>, change: Sql, found: &'static [&'static str]) -> Case {
    Case {
        name: name.into(),
        changes: vec![change],
        found,
    }
}

/// A log of three seals, and what its rows were before anybody touched them.
struct Sealed {
    test: TestInstallation,
    viewer: Viewer,
    /// The events of the second seal.
    events: Vec<Uuid>,
}

impl Sealed {
    async fn new(test: TestInstallation) -> Sealed {
        let viewer = test.account("Acme").await;
        let mut events = Vec::new();
        for count in [2, 5, 1] {
            let ids = write(&test, &viewer, count).await;
            seal_account(&test.installation, viewer.account).await.unwrap();
            if count == 5 {
                events = ids;
            }
        }
        for table in ["audit_events", "audit_seals"] {
            let sql = format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}");
            test.execute(Sql::new(&sql)).await;
        }
        Sealed { test, viewer, events }
    }

    async fn restore(&self) {
        for table in ["audit_events", "audit_seals"] {
            self.test.execute(Sql::new(&format!("DELETE FROM {table}"))).await;
            let sql = format!("INSERT INTO {table} SELECT * FROM kept_{table}");
            self.test.execute(Sql::new(&sql)).await;
        }
    }

    async fn seal(&self, number: i64) -> Seal {
        let seals = audit_seal::page(&self.test.installation.database, self.viewer.account, number - 1);
        seals.await.unwrap().swap_remove(0)
    }

    async fn run(&self, cases: Vec<Case>) {
        for case in cases {
            for change in case.changes {
                self.test.execute(change).await;
            }
            let report = report(&self.test, self.viewer.account, &terms(&self.test)).await;
            assert_eq!(
                codes(&report),
                case.found,
                "{}: {}: {report:?}",
                self.test.name,
                case.name
            );
            self.restore().await;
        }
        let report = report(&self.test, self.viewer.account, &terms(&self.test)).await;
        assert!(report.is_clean(), "{}: {report:?}", self.test.name);
    }

    /// `UPDATE audit_events SET … WHERE` it is this event.
    fn change(&self, event: Uuid, set: impl FnOnce(&mut Sql)) -> Sql {
        let mut sql = Sql::new("UPDATE audit_events SET ");
        set(&mut sql);
        sql.push(" WHERE account_id = ").bind(self.viewer.account);
        sql.push(" AND id = ").bind(event);
        sql
    }

    /// The same of a seal's column.
    fn change_seal(&self, number: i64, column: &str, value: impl Into<Cell>) -> Sql {
        let mut sql = Sql::new("UPDATE audit_seals SET ");
        sql.push(column).push(" = ").bind(value);
        sql.push(" WHERE account_id = ").bind(self.viewer.account);
        sql.push(" AND number = ").bind(number);
        sql
    }
}

#[tokio::test]
async fn every_column_of_an_event_is_sealed() {
    for test in installations().await {
        let sealed = Sealed::new(test).await;
        let victim = sealed.events[2];
        let mut cases = Vec::new();
        for (name, kind) in COLUMNS
            .into_iter()
            .filter(|(name, _)| !["account_id", "id"].contains(name))
        {
            let change = sealed.change(victim, |sql| {
                sql.push(name).push(" = ");
                match (name, kind) {
                    ("actor_kind", _) => sql.bind("system"),
                    ("outcome", _) => sql.bind("failed"),
                    (_, Kind::Int) => sql.push(name).push(" + ").bind(1_i64),
                    (_, Kind::Uuid) => sql.bind(Uuid::nil()),
                    (_, Kind::Instant) => {
                        let at = sealed.test.installation.clock.now() - TimeDelta::hours(1);
                        sql.bind(at)
                    }
                    _ => sql.bind("x"),
                };
            });
            cases.push(case(name, change, &["EVENT_CHANGED"]));
        }
        for name in ["actor_id", "resource", "object_id", "document_hash", "request_id"] {
            let change = sealed.change(victim, |sql| {
                sql.push(name).push(" = NULL");
            });
            cases.push(case(format!("{name} to nothing"), change, &["EVENT_CHANGED"]));
        }
        let beyond = match sealed.test.installation.database.dialect() {
            Dialect::Postgres => "happened_at = 'infinity'",
            Dialect::Sqlite => "happened_at = 9223372036854775807",
        };
        let change = sealed.change(victim, |sql| {
            sql.push(beyond);
        });
        cases.push(case("a time beyond all times", change, &["EVENT_CHANGED"]));
        sealed.run(cases).await;
    }
}

#[tokio::test]
async fn events_that_are_gone_moved_or_slipped_in_are_found() {
    for test in installations().await {
        let other = test.account("Globex").await;
        let sealed = Sealed::new(test).await;
        let victim = sealed.events[0];
        let mut gone = Sql::new("DELETE FROM audit_events WHERE id = ");
        gone.bind(victim);
        let renamed = sealed.test.installation.new_id();
        let mut all = Sql::new("DELETE FROM audit_events WHERE account_id = ");
        all.bind(sealed.viewer.account);
        let cases = vec![
            case("removed", gone, &["EVENT_MISSING"]),
            case(
                "another id",
                sealed.change(victim, |sql| {
                    sql.push("id = ").bind(renamed);
                }),
                &["EVENT_MISSING"],
            ),
            case(
                "another account",
                sealed.change(victim, |sql| {
                    sql.push("account_id = ").bind(other.account);
                }),
                &["EVENT_MISSING"],
            ),
            case("all removed", all, &["EVENT_MISSING"]),
        ];
        sealed.run(cases).await;

        let now = sealed.test.installation.clock.now();
        let old = event(&sealed.viewer, now - TimeDelta::days(3));
        let dated_back = AuditEvent {
            id: sealed.test.installation.new_id(),
            at: now - TimeDelta::days(3),
            ..old.clone()
        };
        let of_no_time = AuditEvent {
            id: Uuid::max(),
            ..old.clone()
        };
        for (event, before, after) in [
            (old, vec!["EVENT_UNSEALED"], "EVENT_LATE"),
            (dated_back, vec![], "EVENT_LATE"),
            (of_no_time, vec!["EVENT_UNSEALED"], "EVENT_UNSEALED"),
        ] {
            append(&sealed.test, std::slice::from_ref(&event)).await;
            let found = report(&sealed.test, sealed.viewer.account, &terms(&sealed.test)).await;
            assert_eq!(codes(&found), before, "{}: {event:?}", sealed.test.name);
            // The sealer does not make it good.
            seal_account(&sealed.test.installation, sealed.viewer.account)
                .await
                .unwrap();
            let found = report(&sealed.test, sealed.viewer.account, &terms(&sealed.test)).await;
            assert_eq!(codes(&found), [after], "{}: {event:?}", sealed.test.name);
            sealed.restore().await;
        }
    }
}

#[tokio::test]
async fn whatever_is_changed_of_a_seal_is_found() {
    for test in installations().await {
        let sealed = Sealed::new(test).await;
        let zeros = |column: &str| sealed.change_seal(2, column, "00".repeat(32));
        let second = sealed.seal(2).await;
        let third = sealed.seal(3).await;
        let (mut digest, mut id, mut short) = (
            second.leaves.clone(),
            second.leaves.clone(),
            second.leaves.clone(),
        );
        digest[20] ^= 1;
        id[15] ^= 1;
        short.truncate(short.len() - 48);
        let leaves = |leaves: Vec<u8>| sealed.change_seal(2, "leaves", leaves);
        let number = |from: i64, to: i64| sealed.change_seal(from, "number", to);
        let mut removed = Sql::new("DELETE FROM audit_seals WHERE account_id = ");
        removed.bind(sealed.viewer.account).push(" AND number = 2");
        let mut first = Sql::new("DELETE FROM audit_seals WHERE account_id = ");
        first.bind(sealed.viewer.account).push(" AND number = 1");
        let cases = vec![
            case("root", zeros("root"), &["SEAL_CHANGED", "SEAL_LEAVES"]),
            case("hash", zeros("hash"), &["SEAL_CHANGED"]),
            case(
                "previous hash",
                zeros("previous_hash"),
                &["CHAIN_BROKEN", "SEAL_CHANGED"],
            ),
            case("key", zeros("key_id"), &["SEAL_CHANGED"]),
            case("signature", zeros("signature"), &["SIGNATURE_INVALID"]),
            case(
                "another seal's signature",
                sealed.change_seal(2, "signature", third.signature.as_str()),
                &["SIGNATURE_INVALID"],
            ),
            case("id", sealed.change_seal(2, "id", Uuid::nil()), &["SEAL_CHANGED"]),
            case(
                "first event",
                sealed.change_seal(2, "first_event_id", Uuid::nil()),
                &["SEAL_CHANGED", "SEAL_LEAVES"],
            ),
            case(
                "last event",
                sealed.change_seal(2, "last_event_id", third.last_event),
                &["SEAL_CHANGED", "SEAL_LEAVES"],
            ),
            case(
                "number of events",
                sealed.change_seal(2, "event_count", 4_i64),
                &["SEAL_CHANGED", "SEAL_LEAVES"],
            ),
            case(
                "time",
                sealed.change_seal(2, "sealed_at", third.sealed_at),
                &["SEAL_CHANGED"],
            ),
            case("the digest in a leaf", leaves(digest), &["SEAL_LEAVES"]),
            case("the id in a leaf", leaves(id), &["SEAL_LEAVES"]),
            case("a leaf less", leaves(short), &["SEAL_LEAVES"]),
            case("no leaves", leaves(Vec::new()), &["SEAL_LEAVES"]),
            case("half a leaf", leaves(vec![0; 24]), &["SEAL_LEAVES"]),
            case("another number", number(2, 7), &["SEAL_CHANGED", "SEAL_MISSING"]),
            case("removed", removed, &["SEAL_MISSING"]),
            case("the first one removed", first, &["SEAL_MISSING"]),
            Case {
                name: "two swapped".to_owned(),
                changes: vec![number(2, 99), number(3, 2), number(99, 3)],
                found: &["CHAIN_BROKEN", "SEAL_CHANGED"],
            },
        ];
        sealed.run(cases).await;
    }
}

#[tokio::test]
async fn who_changes_an_event_and_makes_everything_fit_lacks_the_key() {
    for test in installations().await {
        let sealed = Sealed::new(test).await;
        for (number, found) in [
            (2, &["CHAIN_BROKEN", "SIGNATURE_INVALID"][..]),
            (3, &["SIGNATURE_INVALID"][..]),
        ] {
            let mut seal = sealed.seal(number).await;
            let mut leaves = format::from_bytes(&seal.leaves).unwrap();
            let victim = leaves[0].id;
            let change = sealed.change(victim, |sql| {
                sql.push("row_count = 0");
            });
            sealed.test.execute(change).await;
            let database = &sealed.test.installation.database;
            let rows = crate::store::audit::by_ids(database, sealed.viewer.account, &[victim]).await;
            leaves[0].digest = format::digest(rows.unwrap()[0].1.as_ref().unwrap());
            seal.leaves = format::to_bytes(&leaves);
            seal.root = format::root(&seal.leaves);
            seal.hash = format::hash(&format::statement(&seal));
            for (column, value) in [
                ("leaves", Cell::from(seal.leaves.as_slice())),
                ("root", seal.root.as_str().into()),
                ("hash", seal.hash.as_str().into()),
            ] {
                sealed
                    .test
                    .execute(sealed.change_seal(number, column, value))
                    .await;
            }
            let report = report(&sealed.test, sealed.viewer.account, &terms(&sealed.test)).await;
            assert_eq!(
                codes(&report),
                found,
                "{}: seal {number}: {report:?}",
                sealed.test.name
            );
            sealed.restore().await;
        }
    }
}

#[tokio::test]
async fn only_an_old_head_tells_of_newest_seals_that_are_gone() {
    for test in installations().await {
        let sealed = Sealed::new(test).await;
        let mut terms = terms(&sealed.test);
        let whole = report(&sealed.test, sealed.viewer.account, &terms).await;
        let mut sql = Sql::new("DELETE FROM audit_seals WHERE account_id = ");
        sql.bind(sealed.viewer.account).push(" AND number >= 2");
        sealed.test.execute(sql).await;

        let cut = report(&sealed.test, sealed.viewer.account, &terms).await;
        assert!(cut.is_clean() && cut.waiting > 0, "{}: {cut:?}", sealed.test.name);
        terms.known = Some(head(&whole));
        let found = report(&sealed.test, sealed.viewer.account, &terms).await;
        assert_eq!(codes(&found), ["HEAD_NOT_REACHED"], "{}", sealed.test.name);

        // Sealed anew, the chain is as long as before, and another one.
        for number in 2..=3 {
            seal_account(&sealed.test.installation, sealed.viewer.account)
                .await
                .unwrap();
            if number == 2 {
                write(&sealed.test, &sealed.viewer, 1).await;
            }
        }
        let found = report(&sealed.test, sealed.viewer.account, &terms).await;
        assert_eq!(codes(&found), ["HEAD_DIFFERS"], "{}", sealed.test.name);
        sealed.restore().await;
        let found = report(&sealed.test, sealed.viewer.account, &terms).await;
        assert!(found.is_clean(), "{}: {found:?}", sealed.test.name);
    }
}

#[tokio::test]
async fn a_seal_by_another_key_counts_only_for_who_trusts_that_key() {
    for test in installations().await {
        let sealed = Sealed::new(test).await;
        let mut terms = terms(&sealed.test);
        let stranger = ed25519_dalek::SigningKey::from_bytes(&[9; 32]).verifying_key();
        terms.keys = vec![PublicKey::from_bytes(&stranger.to_bytes()).unwrap()];
        let found = report(&sealed.test, sealed.viewer.account, &terms).await;
        assert_eq!(codes(&found), ["SIGNER_UNTRUSTED"], "{}", sealed.test.name);
    }
}
