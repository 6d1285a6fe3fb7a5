//! People come in from other platforms' files: good rows are taken and bad ones named, again and again with the same
//! outcome, and whoever was erased is not made again.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::rows::{data, mentions};
use super::{ANA, Story, text};
use crate::kit::mailing_files::MailingFile;
use crate::kit::rows::account;

impl Story {
    /// Imports one of the files; gives the report, after holding it against what is in the file.
    fn import(&self, file: &MailingFile) -> Value {
        let rejects = file.path.with_extension("rejects.csv");
        let path = |path: &PathBuf| path.to_str().expect("a path in UTF-8").to_owned();
        let report = self
            .home
            .run(&[
                "import",
                &path(&file.path),
                "--account",
                "Acme",
                "--rejects",
                &path(&rejects),
                "--json",
            ])
            .well()
            .json();
        assert_eq!(report["read"], file.good + file.bad.len(), "{report:#}");
        assert_eq!(report["rejected"], file.bad.len(), "{report:#}");
        let taken = ["added", "changed", "unchanged", "suppressed"];
        assert_eq!(
            taken
                .iter()
                .filter_map(|word| report[*word].as_u64())
                .sum::<u64>(),
            file.good as u64,
            "{report:#}"
        );
        let mut reader = csv::Reader::from_path(&rejects).expect("there is a rejects file");
        let mut rejected: Vec<(String, u64)> = reader
            .records()
            .map(|record| record.expect("the rejects file is CSV"))
            .inspect(|record| assert!(!record[2].is_empty(), "a reason is missing: {record:?}"))
            // Whoever was erased is named in the file too, but counts as suppressed.
            .filter(|record| !record[2].contains("was erased at the person's request"))
            .map(|record| (record[1].to_owned(), record[0].parse().expect("a line number")))
            .collect();
        let mut expected = file.bad.clone();
        rejected.sort();
        expected.sort();
        assert_eq!(rejected, expected);
        report
    }

    /// The nasty files are imported: the good rows are taken, the bad ones named; again, and nothing changes.
    pub async fn people_come_in(&self) {
        for file in &self.files {
            let report = self.import(file);
            assert!(report["added"].as_u64() > Some(0), "{report:#}");
        }
        let after_once = data(self.home.rows().await);
        for file in &self.files {
            let report = self.import(file);
            assert_eq!(
                (&report["added"], &report["changed"]),
                (&json!(0), &json!(0)),
                "{report:#}"
            );
        }
        assert!(
            data(self.home.rows().await) == after_once,
            "the second import changed rows"
        );
    }

    /// An imported person answers with what the file said; gives the id of the one who will go.
    pub async fn they_are_seen(&self) -> String {
        let query = "query($email: EmailAddress!) { subscriber(email: $email) { id email deliveries { totalCount { value } }
                     profiles { nodes { list { name } status values { value field { label } } } } } }";
        let xia = self.graphql(query, json!({ "email": "XIA@example.test" })).await;
        let profiles = xia["subscriber"]["profiles"]["nodes"]
            .as_array()
            .expect("profiles");
        let values: Vec<&Value> = profiles
            .iter()
            .flat_map(|profile| profile["values"].as_array().expect("values"))
            .collect();
        let has = |field: &str, value: &str| {
            values.iter().any(|one| {
                one["value"] == value
                    && one["field"]["label"]
                        .as_str()
                        .is_some_and(|label| label.contains(field))
            })
        };
        assert!(has("city", "Köln") && has("orders", "3"), "{xia:#}");
        let ana = self.graphql(query, json!({ "email": ANA })).await;
        assert!(
            ana["subscriber"]["deliveries"]["totalCount"]["value"].as_u64() > Some(0),
            "{ana:#}"
        );
        let profiles = ana["subscriber"]["profiles"]["nodes"]
            .as_array()
            .expect("profiles");
        assert!(profiles.len() > 2, "{ana:#}");
        text(&ana["subscriber"]["id"])
    }

    /// The same files once more: the erased person is not made again, on any list.
    pub async fn they_come_again_and_she_stays_away(&self) {
        for file in &self.files {
            let report = self.import(file);
            assert!(report["suppressed"].as_u64() > Some(0), "{report:#}");
        }
        let rows = self.home.rows().await;
        assert_eq!(mentions(&rows, &account(&rows, "Acme")), Vec::<String>::new());
    }
}
