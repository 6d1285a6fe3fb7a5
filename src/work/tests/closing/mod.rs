//! The end of a whole account: what stands until its days are over, what goes then, what is kept and finishes by itself.

mod bills;
mod paused;
mod platform;
mod recipients;

use std::collections::BTreeMap;

use chrono::{Days, Months};
use uuid::Uuid;

use super::erasure::{erase, has_ended, shared};
use super::export::bundle;
use super::kit::{Place, places};
use crate::access::built_in::BuiltIn;
use crate::bundle::{PublicKey, verify_receipt};
use crate::catalog::Owner;
use crate::clock::{Clock, Instant};
use crate::plan::whole::retained;
use crate::store::Sql;
use crate::work::closing::{Closed, close};
use crate::work::erase::pause::pause;
use crate::work::erase::plan::{ErasureRequest, confirm, plan};
use crate::work::erase::receipt::canonical;
use crate::work::erase::row::{ErasureRow, read};
use crate::work::erase::whole::due::{Became, Extent, see_to};
use crate::work::founding;
use crate::work::person::SubscriberChoice;
use crate::work::progress::Unwatched;
use crate::work::retain::retain;
use crate::work::upload;

type Dump = BTreeMap<String, Vec<String>>;

/// A place whose first account has people who work for it: one alone, and one who works for the other, too.
struct Scene {
    place: Place,
    acme: Uuid,
    globex: Uuid,
    alone: Uuid,
    both: Uuid,
}

async fn scenes(people: u64) -> Vec<Scene> {
    let mut scenes = Vec::new();
    for place in places(people).await {
        let (acme, globex) = (place.world.accounts[0].id, place.world.accounts[1].id);
        let installation = &place.installation;
        let mut users = Vec::new();
        for email in ["alone@people.test", "both@people.test"] {
            let user = founding::add_user(installation, &place.viewer(acme), email, None)
                .await
                .unwrap();
            founding::join(installation, &place.viewer(acme), user, BuiltIn::Owner)
                .await
                .unwrap();
            users.push(user);
        }
        founding::join(installation, &place.viewer(globex), users[1], BuiltIn::Analyst)
            .await
            .unwrap();
        scenes.push(Scene {
            acme,
            globex,
            alone: users[0],
            both: users[1],
            place,
        });
    }
    scenes
}

impl Scene {
    async fn close(&self) -> Closed {
        let name = &self.place.world.accounts[0].name;
        let viewer = self.place.viewer(self.acme);
        close(&self.place.installation, &viewer, name).await.unwrap()
    }

    fn go_to(&mut self, now: Instant) {
        self.place.installation.clock = Clock::starting_at(now);
    }

    /// What a run of retention does about closed accounts.
    async fn see(&self, extent: Extent) -> Vec<(Uuid, Became)> {
        let accounts = [self.acme, self.globex];
        if extent == Extent::Run {
            let outcome = retain(&self.place.installation, &[self.acme], false, &Unwatched).await;
            assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
        }
        let ended = see_to(&self.place.installation, &accounts, extent).await.unwrap();
        assert!(ended.failed.is_empty(), "{:?}", ended.failed);
        ended.accounts
    }

    async fn run(&self, became: Became) {
        assert_eq!(self.see(Extent::Run).await, [(self.acme, became)]);
    }

    async fn dump(&self) -> Dump {
        self.place.dump(self.acme).await
    }

    /// The other account, and everybody who is known to both.
    async fn others(&self) -> (Dump, i64) {
        let users = self.place.number("SELECT count(*) FROM users").await;
        (self.place.dump(self.globex).await, users)
    }

    async fn erasure(&self) -> (Uuid, ErasureRow) {
        let mut sql =
            Sql::new("SELECT id FROM erasures WHERE account_closed_at IS NOT NULL AND account_id = ");
        sql.bind(self.acme).push(" ORDER BY id DESC");
        let rows = self.place.installation.database.fetch(&sql).await.unwrap();
        let id = rows[0].uuid(0).unwrap();
        let viewer = self.place.viewer(self.acme);
        (id, read(&self.place.installation, &viewer, id).await.unwrap())
    }

    async fn has_user(&self, user: Uuid) -> bool {
        let mut sql = Sql::new("SELECT 1 FROM users WHERE id = ");
        sql.bind(user);
        !self
            .place
            .installation
            .database
            .fetch(&sql)
            .await
            .unwrap()
            .is_empty()
    }

    async fn settle(&self, status: &'static str) {
        let mut sql = Sql::new("UPDATE invoices SET status = ");
        sql.bind(status);
        self.change(sql).await;
    }

    async fn change(&self, mut sql: Sql) {
        sql.push(" WHERE account_id = ").bind(self.acme);
        self.execute(&sql).await;
    }

    /// Changes something past Postern.
    async fn execute(&self, sql: &Sql) {
        let database = &self.place.installation.database;
        let changed = database.write(async |transaction| transaction.execute(sql).await);
        assert!(changed.await.unwrap() > 0);
    }

    fn check_signature(&self, receipt: &Option<(serde_json::Value, Vec<u8>)>) {
        let (document, signature) = receipt.as_ref().expect("there is a receipt");
        let pem = self.place.installation.keys.receipt_public_key_pem().unwrap();
        let bytes = canonical(document).unwrap();
        let report = verify_receipt(&bytes, signature, &PublicKey::from_pem(&pem).unwrap());
        assert!(report.is_trusted(), "{:?}", report.findings);
    }

    async fn depot(&self) -> usize {
        let mut objects = 0;
        for folder in ["exports", "imports", "uploads"] {
            let folder = format!("{folder}/{}", self.acme);
            objects += self.place.installation.depot.list(&folder).await.unwrap().len();
        }
        objects
    }
}

/// The tables in which an account has rows.
fn filled(dump: &Dump) -> Vec<&str> {
    dump.iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(table, _)| table.as_str())
        .collect()
}

const RECORDS: [&str; 4] = [
    "audit_events",
    "erasure_batches",
    "erasure_recipients",
    "erasures",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_stands_for_twenty_nine_days_and_is_erased_at_thirty_but_for_what_the_law_keeps() {
    for mut scene in scenes(60).await {
        scene.settle("paid").await;
        bundle(&scene.place, scene.acme, None).await;
        let viewer = scene.place.viewer(scene.acme);
        let mut arrival = upload::begin(&scene.place.installation, &viewer).await.unwrap();
        arrival.write(b"a file").await.unwrap();
        arrival.finish(None).await.unwrap();
        let closed = scene.close().await;
        let (before, others) = (scene.dump().await, scene.others().await);
        assert!(filled(&before).len() > 35, "{:?}", filled(&before));
        assert!(scene.depot().await >= 2);

        scene.go_to(closed.closed_at + Days::new(29));
        assert_eq!(scene.see(Extent::DryRun).await, []);
        let ended = see_to(&scene.place.installation, &[scene.acme], Extent::Run)
            .await
            .unwrap();
        assert!(ended.accounts.is_empty() && ended.failed.is_empty());
        assert!(scene.dump().await == before, "everything stands");

        scene.go_to(closed.closed_at + Days::new(30));
        assert_eq!(scene.see(Extent::DryRun).await, [(scene.acme, Became::Due)]);
        assert!(scene.dump().await == before, "a dry run changes nothing");
        scene.run(Became::Partial).await;
        let after = scene.dump().await;
        let mut left = vec!["accounts", "invoices", "payments"];
        left.extend(RECORDS);
        left.sort_unstable();
        assert_eq!(filled(&after), left);
        assert_eq!(after["payments"].len(), before["payments"].len());
        assert_eq!(after["invoices"].len(), before["invoices"].len());
        let account = &after["accounts"][0];
        assert!(account.contains("[erased]") && !account.contains(&scene.place.world.accounts[0].name));
        assert!(!account.contains("info@example.test"), "{account}");
        assert_eq!(scene.depot().await, 0, "nothing lies in the depot");
        assert_eq!(
            (
                scene.has_user(scene.alone).await,
                scene.has_user(scene.both).await
            ),
            (false, true)
        );
        let left = scene.others().await;
        assert!(left.0 == others.0, "another account is another's");
        assert_eq!(left.1, others.1 - 1);

        let (_, row) = scene.erasure().await;
        assert_eq!(row.state, "partial");
        scene.check_signature(&row.receipt);
        let (receipt, _) = row.receipt.unwrap();
        assert_eq!(
            (&receipt["state"], &receipt["number"]),
            (&"PARTIAL".into(), &1.into())
        );
        let steps = receipt["steps"].as_array().unwrap();
        assert!(
            steps
                .iter()
                .all(|step| step["drift"] == 0 || step["action"] == "retain"),
            "{steps:?}"
        );
        let kept: Vec<&str> = receipt["remaining"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["until"].is_string() && one["rows"].is_number())
            .map(|one| one["what"].as_str().unwrap())
            .collect();
        assert_eq!(
            kept,
            [
                "audit_events",
                "erasures",
                "erasure_recipients",
                "invoices",
                "payments"
            ]
        );
        let told: Vec<_> = receipt["recipients"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["recipient"].as_str().unwrap(), one["state"].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            [("Example Hosting", "TO_TELL"), ("Parcel service", "TO_TELL")]
        );

        assert_eq!(scene.see(Extent::Run).await, [], "twice is once");
        assert!(scene.dump().await == after);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_law_keeps_goes_at_its_end_by_itself_and_the_last_row_with_the_records() {
    for mut scene in scenes(20).await {
        scene.settle("paid").await;
        let closed = scene.close().await;
        let others = scene.others().await;
        scene.go_to(closed.erased_from);
        scene.run(Became::Partial).await;
        let (id, _) = scene.erasure().await;
        scene.everybody_confirms(id).await;
        // The clock of the books counts eight years from the end of the year.
        scene.go_to(closed.erased_from + Months::new(12 * 7));
        assert_eq!(scene.see(Extent::Run).await, []);
        scene.go_to(closed.erased_from + Months::new(12 * 9));
        scene.run(Became::Continued).await;
        let left = scene.dump().await;
        assert_eq!(
            filled(&left),
            [
                "accounts",
                "audit_events",
                "erasure_batches",
                "erasure_recipients",
                "erasures"
            ]
        );
        let (_, row) = scene.erasure().await;
        assert_eq!(row.state, "done");
        scene.check_signature(&row.second_receipt);
        let (second, _) = row.second_receipt.unwrap();
        assert_eq!((&second["number"], &second["state"]), (&2.into(), &"DONE".into()));
        assert_eq!(second["erasureId"].as_str(), Some(id.to_string().as_str()));

        scene.go_to(closed.erased_from + Months::new(12 * 9 + 35));
        assert_eq!(scene.see(Extent::Run).await, []);
        scene.go_to(closed.erased_from + Months::new(12 * 9 + 37));
        scene.run(Became::Removed).await;
        assert_eq!(filled(&scene.dump().await), Vec::<&str>::new());
        let removed = "SELECT count(*) FROM audit_events WHERE action = 'account.removed'";
        assert_eq!(scene.place.number(removed).await, 1);
        assert_eq!(scene.see(Extent::Run).await, []);
        let (now, _) = scene.others().await;
        assert_eq!(now["accounts"], others.0["accounts"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legal_hold_keeps_the_whole_account_and_a_promised_erasure_is_kept_before_it_ends() {
    for mut scene in scenes(40).await {
        let (_, original) = shared(&scene.place).await;
        let (installation, viewer) = (&scene.place.installation, scene.place.viewer(scene.acme));
        let wanted = ErasureRequest {
            subscriber: SubscriberChoice::Email(original),
            idempotency_key: "promised-before".to_owned(),
        };
        let promised = plan(installation, &viewer, &wanted).await.unwrap();
        let row = read(installation, &viewer, promised).await.unwrap();
        confirm(installation, &viewer, promised, &row.plan_hash)
            .await
            .unwrap();
        // Also where it was stopped for a while.
        pause(installation, &viewer, promised).await.unwrap();
        let mut sql = Sql::new(
            "INSERT INTO legal_holds (account_id, id, subscriber_id, placed_at) SELECT account_id, id, id, ",
        );
        // Somebody else than the one whose erasure was promised.
        sql.bind(installation.clock.now())
            .push(" FROM subscribers WHERE account_id = ");
        sql.bind(scene.acme)
            .push(" AND id <> (SELECT subscriber_id FROM erasures WHERE id = ");
        sql.bind(promised).push(") ORDER BY id LIMIT 1");
        let database = &installation.database;
        database
            .write(async |transaction| transaction.execute(&sql).await)
            .await
            .unwrap();
        let closed = scene.close().await;
        scene.go_to(closed.erased_from);
        let before = scene.dump().await;
        let ended = see_to(&scene.place.installation, &[scene.acme], Extent::Run)
            .await
            .unwrap();
        let codes: Vec<_> = ended
            .failed
            .iter()
            .map(|(_, error)| error.code().as_str())
            .collect();
        assert_eq!(codes, ["LEGAL_HOLD"]);
        assert!(scene.dump().await == before, "nothing is begun");
        scene
            .change(Sql::new("UPDATE legal_holds SET subscriber_id = NULL"))
            .await;
        scene.run(Became::Partial).await;
        let viewer = scene.place.viewer(scene.acme);
        let row = read(&scene.place.installation, &viewer, promised).await.unwrap();
        has_ended(&row);
        scene.check_signature(&row.receipt);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_an_account_is_of_a_table_whose_end_is_decided() {
    for scene in scenes(20).await {
        let (_, original) = shared(&scene.place).await;
        erase(&scene.place, scene.acme, &original).await;
        let catalog = &scene.place.installation.catalog;
        let mut kept = 0;
        for table in filled(&scene.dump().await) {
            let resource = catalog.table(table);
            let is_kept = retained(catalog, resource).is_some();
            assert!(
                matches!(resource.owner, Owner::Account | Owner::Itself),
                "{table}"
            );
            kept += u32::from(is_kept);
        }
        assert!(kept >= 4, "{kept}");
    }
}
