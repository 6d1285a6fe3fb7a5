//! Bundles of every scope, held against the programs of other people and against our own; on one store in every format.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::judge::{Judged, judge_bundles, judge_sheets};

/// Every format there is; what they are like does not depend on the store.
const FORMATS: &str = "csv,ndjson,json,xlsx";

/// Those that a bundle has by itself.
const USUAL: &str = "csv,ndjson";

/// The first value of a column in a bundle's rows.
fn first(bundle: &Path, table: &str, column: &str) -> String {
    let file = std::fs::File::open(bundle).expect("the bundle is there");
    let mut archive = zip::ZipArchive::new(file).expect("a ZIP");
    let entry = archive
        .by_name(&format!("data/ndjson/{table}.ndjson"))
        .expect("the exact lane");
    let mut rows = serde_json::Deserializer::from_reader(entry).into_iter::<Value>();
    let row = rows.next().expect("a row").expect("JSON");
    row[column].as_str().expect("text").to_owned()
}

/// Bundles of one installation.
struct Maker<'a> {
    home: &'a Home,
    key: PathBuf,
    formats: &'static str,
    made: Vec<Judged>,
}

impl Maker<'_> {
    async fn new(home: &Home) -> Maker<'_> {
        company::found(home, 30).await;
        let key = home.folder().join("key.pem");
        let installation = company::open(home).await;
        let pem = installation.keys.receipt_public_key_pem().expect("a key");
        std::fs::write(&key, pem).expect("a file");
        installation.database.close().await;
        Maker {
            home,
            key,
            formats: if home.database_url().is_none() {
                FORMATS
            } else {
                USUAL
            },
            made: Vec::new(),
        }
    }

    /// Makes one, which has at least so many resources in each format, and verifies it.
    fn make(&mut self, name: &str, resources: usize, arguments: &[&str]) -> PathBuf {
        let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        let bundle = self.home.folder().join(format!("{name}.zip"));
        let place = text(&bundle);
        let mut all = vec![
            "export",
            "--account",
            "Acme",
            "--format",
            self.formats,
            "--output",
            &place,
        ];
        all.extend(arguments);
        self.home.run(&all).well();
        self.home
            .run(&["verify", &place, "--key", &text(&self.key)])
            .well();
        self.made.push(Judged {
            bundle: bundle.clone(),
            folder: self.home.folder().join(name),
            key: self.key.clone(),
            least: resources * self.formats.split(',').count(),
        });
        bundle
    }
}

#[tokio::test]
async fn strangers_find_the_bundles_of_every_scope_in_order_and_open_every_sheet_of_them() {
    let homes = Home::each().await;
    let mut made = Vec::new();
    for home in &homes {
        let mut maker = Maker::new(home).await;
        let all = maker.make("account", 20, &[]);
        let list = first(&all, "campaigns", "list_id");
        let campaign = first(&all, "deliveries", "campaign_id");
        let person = first(&all, "subscribers", "email");
        let at = first(&all, "subscribers", "created_at");
        let chosen = "Subscriber,Template,TemplateCategory,Campaign,ApiKey,DeliveryServer";
        maker.make("resources", 6, &["--resource", chosen]);
        maker.make("list", 10, &["--list", &list]);
        maker.make("campaign", 8, &["--campaign", &campaign]);
        maker.make("since", 20, &["--since", &at]);
        maker.make("access", 8, &["--subscriber", &person]);
        let portability = ["--subscriber", &person, "--bundle", "portability"];
        maker.make("portability", 3, &portability);
        made.append(&mut maker.made);
    }
    judge_bundles(&made);
    let folders: Vec<&Path> = made.iter().map(|judged| judged.folder.as_path()).collect();
    judge_sheets(&folders);
}
