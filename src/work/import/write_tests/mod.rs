//! Whole imports on both stores: real files, nasty rows, twice, dry, and what is refused.

mod interrupted;

use std::path::Path;

use super::mailing_files::{self, MailingFile};
use super::{Mapping, Options, Report, Settings, import};
use crate::access::viewer::Viewer;
use crate::error::{Code, Result};
use crate::store::Sql;
use crate::work::progress::Unwatched;
use crate::work::testing::{TestInstallation, installations};

fn settings(path: &Path) -> Settings {
    Settings {
        source: path.into(),
        list: Some("People".to_owned()),
        ..Settings::default()
    }
}

async fn run(test: &TestInstallation, viewer: &Viewer, settings: &Settings) -> Result<Report> {
    import(&test.installation, viewer, settings, &Unwatched).await
}

/// A CSV of the shop, and how it is read.
fn shop(folder: &Path, name: &str, header: &str, rows: &[&str]) -> Settings {
    let path = folder.join(name);
    std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let mapping = Mapping::parse(&mapping_for(header), "mapping").unwrap();
    Settings {
        reading: Options {
            mapping: Some(mapping),
            ..Options::default()
        },
        ..settings(&path)
    }
}

/// The mapping of the columns that a header has.
fn mapping_for(header: &str) -> String {
    let known = [
        ("mail", "\"mail\" = \"email\""),
        ("first", "\"first\" = \"first_name\""),
        ("number", "\"number\" = \"external_id\""),
        ("joined", "\"joined\" = \"opted_in_at\""),
        ("confirmed", "\"confirmed\" = \"confirmed_at\""),
        ("tags", "\"tags\" = { tags = \"|\" }"),
    ];
    let lines: Vec<&str> = header
        .split(',')
        .filter_map(|column| known.iter().find(|(name, _)| *name == column))
        .map(|(_, line)| *line)
        .collect();
    format!("source = \"shop\"\n[columns]\n{}\n", lines.join("\n"))
}

const STATUSES: &str = "SELECT s.email_normalized, p.status FROM subscriber_profiles p JOIN subscribers s ON s.id = p.subscriber_id ORDER BY 1";

fn zeroed(report: &Report) -> (u64, u64) {
    (report.added, report.changed)
}

async fn assert_counters(test: &TestInstallation) {
    let wrong = test
        .number(
            "SELECT count(*) FROM lists l WHERE l.profile_count <> (SELECT count(*) FROM subscriber_profiles p WHERE \
             p.list_id = l.id) OR l.subscribed_count <> (SELECT count(*) FROM subscriber_profiles p WHERE p.list_id = \
             l.id AND p.status = 'subscribed')",
        )
        .await;
    assert_eq!(wrong, 0, "{}: counters equal a recount", test.name);
}

fn files(folder: &Path) -> [MailingFile; 2] {
    [
        mailing_files::mailchimp_zip(folder),
        mailing_files::listmonk_csv(folder),
    ]
}

#[tokio::test]
async fn every_good_row_is_taken_and_every_bad_row_is_named() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        for file in files(test.folder.path()) {
            let rejects = test.folder.path().join("rejects.csv");
            let settings = Settings {
                rejects: Some(rejects.clone()),
                ..settings(&file.path)
            };
            let report = run(&test, &viewer, &settings).await.unwrap();
            assert_eq!(report.read as usize, file.good + file.bad.len(), "{}", test.name);
            assert_eq!(report.rejected as usize, file.bad.len());
            let taken = report.added + report.changed + report.unchanged + report.suppressed;
            assert_eq!(taken as usize, file.good);
            let text = std::fs::read_to_string(&rejects).unwrap();
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let mut lines: Vec<(String, u64)> = reader
                .records()
                .map(|record| {
                    record
                        .map(|record| (record[1].to_owned(), record[0].parse().unwrap()))
                        .unwrap()
                })
                .collect();
            let mut expected = file.bad.clone();
            lines.sort();
            expected.sort();
            assert_eq!(lines, expected);
        }
        assert_counters(&test).await;
    }
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        for file in files(test.folder.path()) {
            let first = run(&test, &viewer, &settings(&file.path)).await.unwrap();
            assert!(first.added > 0);
            let before = snapshot(&test).await;
            let second = run(&test, &viewer, &settings(&file.path)).await.unwrap();
            assert_eq!(zeroed(&second), (0, 0), "{} {:?}", test.name, file.path);
            assert_eq!(second.read, first.read);
            assert!(
                second
                    .lists
                    .iter()
                    .all(|list| !list.is_new && list.new_fields == 0)
            );
            assert_eq!(snapshot(&test).await, before);
        }
    }
}

/// Every row that an import writes, as text.
async fn snapshot(test: &TestInstallation) -> Vec<Vec<String>> {
    let statements = [
        "SELECT email, email_normalized, status, first_name, last_name, phone, city, source, external_id FROM subscribers ORDER BY 2",
        STATUSES,
        "SELECT f.tag, v.value FROM profile_values v JOIN list_fields f ON f.id = v.field_id ORDER BY v.id",
        "SELECT source, external_id, statement FROM consents ORDER BY 2",
        "SELECT source, external_id, reason FROM unsubscribes ORDER BY 2",
        "SELECT tag, label FROM list_fields ORDER BY 1",
        "SELECT name FROM lists ORDER BY 1",
    ];
    let mut all = Vec::new();
    for statement in statements {
        all.push(test.texts(statement).await);
    }
    all
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let rejects = test.folder.path().join("rejects.csv");
        for file in files(test.folder.path()) {
            let before = snapshot(&test).await;
            let events = test.number("SELECT count(*) FROM audit_events").await;
            let real = Settings {
                rejects: Some(rejects.clone()),
                ..settings(&file.path)
            };
            let dry = Settings {
                dry_run: true,
                ..real.clone()
            };
            let foretold = run(&test, &viewer, &dry).await.unwrap();
            assert_eq!(snapshot(&test).await, before, "{}", test.name);
            assert_eq!(test.number("SELECT count(*) FROM audit_events").await, events);
            assert!(!rejects.exists());
            let done = run(&test, &viewer, &real).await.unwrap();
            let counts = |report: &Report| {
                (
                    report.read,
                    report.added,
                    report.changed,
                    report.unchanged,
                    report.suppressed,
                    report.rejected,
                )
            };
            assert_eq!(counts(&foretold), counts(&done));
            assert_eq!(foretold.samples, done.samples);
            assert_eq!(foretold.warnings, done.warnings);
            std::fs::remove_file(&rejects).unwrap();
        }
    }
}

#[tokio::test]
async fn a_dry_run_foretells_people_who_come_again_in_a_later_batch() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let mut rows: Vec<String> = (0..2_500)
            .map(|number| format!("p{number}@example.test,N{number},{number},"))
            .collect();
        rows.push("P1@example.test,Other,1,2024-01-01".to_owned());
        rows.push("moved@example.test,N2,2,".to_owned());
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let real = shop(test.folder.path(), "many.csv", "mail,first,number,joined", &rows);
        let dry = Settings {
            dry_run: true,
            ..real.clone()
        };
        let foretold = run(&test, &viewer, &dry).await.unwrap();
        let done = run(&test, &viewer, &real).await.unwrap();
        assert_eq!(
            (done.read, done.added, done.changed),
            (2_502, 2_501, 1),
            "{}",
            test.name
        );
        assert_eq!(zeroed(&foretold), zeroed(&done));
        let again = run(&test, &viewer, &real).await.unwrap();
        assert_eq!(zeroed(&again), (0, 0));
        assert_counters(&test).await;
    }
}

#[tokio::test]
async fn the_more_restrictive_status_wins_and_nobody_is_taken_back() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let [mailchimp, listmonk] = files(test.folder.path());
        run(&test, &viewer, &settings(&mailchimp.path)).await.unwrap();
        let ana = "SELECT p.status FROM subscriber_profiles p JOIN subscribers s ON s.id = p.subscriber_id WHERE \
                   s.email_normalized = 'ana@example.test'";
        assert_eq!(
            test.texts(ana).await,
            ["unsubscribed"],
            "subscribed in one file, unsubscribed in the next"
        );
        let report = run(&test, &viewer, &settings(&listmonk.path)).await.unwrap();
        assert_eq!(test.texts(ana).await, ["unsubscribed"], "{}", test.name);
        let statuses = test.texts(STATUSES).await;
        for (address, status) in [
            ("rex@example.test", "cleaned"),
            ("tom@example.test", "non_subscribed"),
            ("xia@example.test", "non_subscribed"),
        ] {
            assert!(
                statuses.contains(&format!("{address}|{status}")),
                "{address}: {statuses:?}"
            );
        }
        assert!(
            !statuses
                .iter()
                .any(|line| line.starts_with("zoe@") && line.ends_with("|subscribed"))
        );
        assert!(
            report
                .warnings
                .iter()
                .any(|warning| warning.contains("non-subscribed"))
        );
    }
}

#[tokio::test]
async fn a_file_says_who_changed_and_what_is_missing_stays() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let folder = test.folder.path();
        let first = shop(
            folder,
            "one.csv",
            "mail,first,number,tags",
            &["a@example.test,Ann,1,x", "b@example.test,Bob,2,"],
        );
        run(&test, &viewer, &first).await.unwrap();
        let second = shop(
            folder,
            "two.csv",
            "mail,first,number,tags",
            &[
                "a@example.test,,1,y",
                "new-b@example.test,Bob,2,",
                "c@example.test,Cy,1,",
            ],
        );
        let report = run(&test, &viewer, &second).await.unwrap();
        assert_eq!(
            (report.added, report.changed, report.unchanged),
            (1, 2, 0),
            "{}",
            test.name
        );
        let people = test
            .texts("SELECT email_normalized, first_name, external_id FROM subscribers ORDER BY 1")
            .await;
        assert_eq!(
            people,
            [
                "a@example.test|Ann|1",
                "c@example.test|Cy|-",
                "new-b@example.test|Bob|2"
            ]
        );
    }
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_with_the_way_out() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let file = mailing_files::listmonk_csv(test.folder.path());
        let nobody = test.viewer(test.installation.new_id());
        let code = async |viewer: &Viewer, settings: Settings| {
            run(&test, viewer, &settings).await.unwrap_err().code()
        };
        assert_eq!(code(&nobody, settings(&file.path)).await, Code::NotFound);
        assert_eq!(
            code(&viewer, settings(&test.folder.path().join("missing.csv"))).await,
            Code::InvalidFile
        );
        let list = |list: String| Settings {
            list: Some(list),
            ..settings(&file.path)
        };
        assert_eq!(
            code(&viewer, list(test.installation.new_id().to_string())).await,
            Code::NotFound
        );
        assert_eq!(code(&viewer, list(" ".to_owned())).await, Code::BadUserInput);
        let rejects = Settings {
            rejects: Some(test.folder.path().join("no/rejects.csv")),
            ..settings(&file.path)
        };
        assert_eq!(code(&viewer, rejects).await, Code::InvalidSetting);
        assert_eq!(
            test.number("SELECT count(*) FROM lists").await,
            0,
            "{}: nothing is half done",
            test.name
        );
        for _ in 0..2 {
            let mut sql = Sql::new(
                "INSERT INTO lists (account_id, id, name, visibility, opt_in, status, profile_count, subscribed_count, \
                 unsubscribed_count, cleaned_count, created_at, updated_at) VALUES (",
            );
            sql.bind(viewer.account)
                .push(", ")
                .bind(test.installation.new_id());
            sql.push(", 'Twin', 'public', 'single', 'active', 0, 0, 0, 0, ")
                .bind(test.installation.clock.now());
            sql.push(", ").bind(test.installation.clock.now()).push(")");
            test.execute(sql).await;
        }
        assert_eq!(code(&viewer, list("Twin".to_owned())).await, Code::BadUserInput);
    }
}

#[tokio::test]
async fn an_import_needs_the_right_to_write_and_leaves_a_trace() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let file = mailing_files::mailchimp_zip(test.folder.path());
        let mut stranger = viewer.clone();
        stranger.rights =
            crate::access::grant::Rights::of(&test.installation.catalog, &[], test.installation.clock.now());
        let refused = run(&test, &stranger, &settings(&file.path)).await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden);
        let report = run(&test, &viewer, &settings(&file.path)).await.unwrap();
        let events = test
            .number("SELECT row_count FROM audit_events WHERE action = 'import.finished'")
            .await;
        assert_eq!(events as u64, report.read, "{}", test.name);
    }
}
