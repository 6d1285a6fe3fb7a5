//! A bundle that is taken in again: the account is the one that was exported, on either store and between them.

mod anything;
mod same;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use self::same::{assert_same, disturb};
use super::export::{bundle, made, trust, whole};
use super::kit::{Place, places, places_of};
use crate::access::viewer::Viewer;
use crate::bundle::{Lane, Trust, verify};
use crate::error::{Code, Result};
use crate::store::Sql;
use crate::store::fence::FenceToken;
use crate::work::export::part::ExportPart;
use crate::work::export::request::ExportRequest;
use crate::work::export::volumes::VolumeSize;
use crate::work::founding;
use crate::work::import::bundle::{BundleReport, BundleSettings, import_bundle, known_keys};
use crate::work::progress::Unwatched;

/// A new account of that place with nothing in it.
async fn empty(place: &Place, name: &str) -> Viewer {
    let viewer = place.viewer(place.installation.new_id());
    founding::add_account(&place.installation, &viewer, name, "new@example.test", false)
        .await
        .unwrap();
    viewer
}

fn saved(folder: &tempfile::TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(format!("{}.zip", Uuid::now_v7()));
    std::fs::write(&path, bytes).unwrap();
    path
}

async fn import(place: &Place, viewer: &Viewer, bytes: &[u8], trust: Trust) -> Result<BundleReport> {
    let folder = tempfile::tempdir().unwrap();
    let settings = BundleSettings {
        source: saved(&folder, bytes).into(),
        trust,
        dry_run: false,
    };
    import_bundle(&place.installation, viewer, &settings, &Unwatched).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_exported_imported_and_exported_again_is_the_same() {
    for seed in 1..=2_u64 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let people = random.random_range(40..90);
        let all = places_of(seed, people).await;
        for from in &all {
            let account = from.world.accounts[usize::from(random.random_bool(0.5))].id;
            disturb(from, account, &mut random).await;
            let before = bundle(from, account, None).await;
            for (number, to) in all.iter().enumerate() {
                let what = format!("seed {seed}, bundle of {account}, store {number}");
                let viewer = empty(to, &format!("New {}", Uuid::now_v7())).await;
                let report = import(to, &viewer, &before, trust(from)).await.unwrap();
                assert_eq!(
                    report.sum(|table| table.suppressed + table.unheld),
                    0,
                    "{what}: {report:?}"
                );
                assert!(!report.secrets.is_empty(), "{what}: servers have secrets");
                let after = bundle(to, viewer.account, None).await;
                assert!(
                    verify(std::io::Cursor::new(&after), &trust(to))
                        .unwrap()
                        .is_trusted(),
                    "{what}"
                );
                let is_elsewhere = !std::ptr::eq(from, to);
                assert_same(&from.installation.catalog, &before, &after, is_elsewhere, &what);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_taken_only_when_it_is_sound_whole_and_signed_and_the_account_is_empty() {
    let all = places(80).await;
    for place in &all {
        let installation = &place.installation;
        let account = place.world.accounts[0].id;
        let sound = bundle(place, account, None).await;
        let viewer = empty(place, "Refusing").await;
        let refused =
            async |bytes: &[u8], trust: Trust| import(place, &viewer, bytes, trust).await.unwrap_err();
        let mut broken = sound.clone();
        let middle = broken.len() / 2;
        // More than one: some single bits of a ZIP say nothing, such as those that fill up the last byte of an entry.
        for byte in &mut broken[middle..middle + 64] {
            *byte = !*byte;
        }
        let other = crate::work::testing::installations().await.remove(0);
        let stranger = known_keys(&other.installation).unwrap();
        let email = first_address(place, account).await;
        let person = bundle(place, account, Some(&email)).await;
        let list = ExportPart::List(place.world.accounts[0].lists[0].id);
        let part = made(
            place,
            account,
            &ExportRequest {
                part: list,
                ..whole(place)
            },
        )
        .await;
        let since = made(
            place,
            account,
            &ExportRequest {
                since: Some(installation.clock.now()),
                without_restricted: false,
                ..whole(place)
            },
        )
        .await;
        let inexact = made(
            place,
            account,
            &ExportRequest {
                volume_size: VolumeSize::default(),
                formats: [Lane::Csv].into_iter().collect(),
                ..whole(place)
            },
        )
        .await;
        let own = || known_keys(installation).unwrap();
        for (bytes, trust, words) in [
            (&broken, own(), "not sound"),
            (&sound, stranger, "SIGNER_UNTRUSTED"),
            (&person, own(), "one person"),
            (&part, own(), "part of an account"),
            (&since, own(), "part of an account"),
            (&inexact, own(), "NDJSON"),
        ] {
            let error = refused(bytes, trust).await;
            assert_eq!(error.code(), Code::InvalidFile, "{words}: {error}");
            assert!(error.to_string().contains(words), "{words}: {error}");
        }
        let full = place.viewer(account);
        let error = import(place, &full, &sound, own()).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidState, "{error}");
        let written = place.dump(viewer.account).await;
        let rows: usize = written
            .iter()
            .filter(|(table, _)| *table != "accounts")
            .map(|(_, rows)| rows.len())
            .sum();
        assert_eq!(rows, 0, "what is refused leaves nothing");
        // Intact, whoever signed it: taken when that is enough.
        import(place, &viewer, &sound, Trust::Nobody).await.unwrap();
    }
}

async fn first_address(place: &Place, account: Uuid) -> String {
    let mut sql = Sql::new("SELECT email_normalized FROM subscribers WHERE account_id = ");
    sql.bind(account).push(" ORDER BY id LIMIT 1");
    place.installation.database.fetch(&sql).await.unwrap()[0]
        .text(0)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing_and_says_what_would_come() {
    for place in places(60).await {
        let account = place.world.accounts[1].id;
        let bytes = bundle(&place, account, None).await;
        let viewer = empty(&place, "Dry").await;
        let before = place.dump(viewer.account).await;
        let folder = tempfile::tempdir().unwrap();
        let mut settings = BundleSettings {
            source: saved(&folder, &bytes).into(),
            trust: trust(&place),
            dry_run: true,
        };
        let said = import_bundle(&place.installation, &viewer, &settings, &Unwatched)
            .await
            .unwrap();
        assert_eq!(place.dump(viewer.account).await, before);
        settings.dry_run = false;
        let done = import_bundle(&place.installation, &viewer, &settings, &Unwatched)
            .await
            .unwrap();
        assert_eq!(said, done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_from_the_account_does_not_come_back_with_a_bundle() {
    for place in places(80).await {
        let account = place.world.accounts[0].id;
        let bytes = bundle(&place, account, None).await;
        let email = first_address(&place, account).await;
        let viewer = empty(&place, "Erased").await;
        let installation = &place.installation;
        let (version, token) = installation
            .keys
            .suppression_tokens_all_versions(viewer.account, &email)[0];
        let fence = FenceToken {
            id: installation.new_id(),
            account: viewer.account,
            erasure: Uuid::nil(),
            token: token.to_vec(),
            key_version: version,
            at: installation.clock.now(),
        };
        write_token(&place, &fence).await.unwrap();
        let report = import(&place, &viewer, &bytes, trust(&place)).await.unwrap();
        assert!(
            report.sum(|table| table.suppressed) > 1,
            "the person and what hangs on the person"
        );
        for (table, rows) in place.dump(viewer.account).await {
            assert!(
                !rows.iter().any(|row| row.contains(&format!("\"{email}\""))),
                "{table} holds the address"
            );
        }
        let subscribers = report
            .tables
            .iter()
            .find(|table| table.table == "subscribers")
            .unwrap();
        assert_eq!(
            (subscribers.suppressed, subscribers.added),
            (1, subscribers.rows - 1)
        );
    }
}

/// A token as an erasure leaves it; the erasure itself is long gone.
async fn write_token(place: &Place, token: &FenceToken) -> Result<()> {
    let mut sql = Sql::new(
        "INSERT INTO suppression_tokens (account_id, id, token, key_version, normalizer_version, reason, created_at) \
         VALUES (",
    );
    sql.bind(token.account)
        .push(", ")
        .bind(token.id)
        .push(", ")
        .bind(token.token.clone())
        .push(", ");
    sql.bind(token.key_version)
        .push(", 1, 'erased', ")
        .bind(token.at)
        .push(")");
    place
        .installation
        .database
        .write(async |transaction| transaction.execute(&sql).await.map(drop))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_cut_off_is_taken_up_and_ends_as_if_it_had_not_been() {
    for place in places(60).await {
        let account = place.world.accounts[0].id;
        let bytes = bundle(&place, account, None).await;
        let viewer = empty(&place, "Cut off").await;
        let cut = Cut(AtomicU64::new(0));
        let folder = tempfile::tempdir().unwrap();
        let settings = BundleSettings {
            source: saved(&folder, &bytes).into(),
            trust: trust(&place),
            dry_run: false,
        };
        let begun = {
            let (installation, viewer) = (place.installation.clone(), viewer.clone());
            let settings = settings.clone();
            tokio::spawn(async move { import_bundle(&installation, &viewer, &settings, &cut).await })
        };
        assert!(begun.await.unwrap_err().is_panic());
        let report = import_bundle(&place.installation, &viewer, &settings, &Unwatched)
            .await
            .unwrap();
        assert!(report.is_resumed && report.sum(|table| table.known) > 1);
        let after = bundle(&place, viewer.account, None).await;
        assert_same(&place.installation.catalog, &bytes, &after, false, "taken up");
        let again = import_bundle(&place.installation, &viewer, &settings, &Unwatched)
            .await
            .unwrap_err();
        assert_eq!(again.code(), Code::InvalidState, "it is finished: {again}");
    }
}

/// Somebody who pulls the plug after some portions.
struct Cut(AtomicU64);

impl crate::work::progress::Progress for Cut {
    fn total(&self, _: u64) {}
    fn add(&self, _: u64) {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) < 25, "the plug is pulled");
    }
    fn message(&self, _: &str) {}
}
