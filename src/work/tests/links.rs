//! Short-lived links to bundles: for how long, and for whose rights.

use chrono::TimeDelta;
use uuid::Uuid;

use super::kit::{Place, places};
use crate::access::built_in::BuiltIn;
use crate::access::viewer::{Principal, Viewer};
use crate::bundle::Lanes;
use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::plan::slice::BundleKind;
use crate::store::Sql;
use crate::store::queue::{self, Queue};
use crate::work::export::part::ExportPart;
use crate::work::export::request::{ExportRequest, request};
use crate::work::export::volumes::VolumeSize;
use crate::work::export::{link, run};
use crate::work::founding;
use crate::work::identify::viewer_again;
use crate::work::installation::Installation;

/// Somebody who works for the account, by groups.
async fn owner(place: &Place) -> Viewer {
    let installation = &place.installation;
    let account = place.world.accounts[0].id;
    let machine = place.viewer(account);
    let email = "owner@links.example";
    let user = founding::add_user(installation, &machine, email, None)
        .await
        .unwrap();
    founding::join(installation, &machine, user, BuiltIn::Owner)
        .await
        .unwrap();
    let (database, catalog) = (&installation.database, &installation.catalog);
    let principal = Principal::User(user);
    let viewer = viewer_again(database, catalog, principal, account, installation.clock).await;
    viewer.unwrap().expect("an owner may come in")
}

async fn ready(place: &Place, viewer: &Viewer) -> Uuid {
    let installation = &place.installation;
    let wanted = ExportRequest {
        subscriber: None,
        bundle: BundleKind::Account,
        part: ExportPart::Resources(["Subscriber".to_owned()].into()),
        since: None,
        without_restricted: false,
        volume_size: VolumeSize::default(),
        formats: Lanes::default(),
        idempotency_key: format!("test-{}", installation.new_id()),
    };
    let id = request(installation, viewer, &wanted).await.unwrap();
    assert_eq!(
        code(link::make(installation, viewer, id, 1).await.err()),
        Code::InvalidState,
        "not ready yet"
    );
    let claim = queue::claim(&installation.database, Queue::Exports, installation.terms()).await;
    run::run(installation, &claim.unwrap().unwrap()).await.unwrap();
    id
}

fn later(installation: &Installation, seconds: i64) -> Installation {
    let mut later = installation.clone();
    later.clock = Clock::starting_at(installation.clock.now() + TimeDelta::seconds(seconds));
    later
}

fn code(error: Option<Error>) -> Code {
    error.expect("it is refused").code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_for_five_minutes_and_for_what_was_made_here_alone() {
    for place in places(5).await {
        let viewer = owner(&place).await;
        let export = ready(&place, &viewer).await;
        let installation = &place.installation;
        let made = link::make(installation, &viewer, export, 1).await.unwrap();
        assert!(made.expires_at - installation.clock.now() <= TimeDelta::minutes(5));
        link::open(installation, &made.secret).await.unwrap();
        link::open(&later(installation, 290), &made.secret).await.unwrap();
        let old = link::open(&later(installation, 301), &made.secret).await;
        assert_eq!(code(old.err()), Code::Gone);
        // Whatever is changed in it, it leads nowhere.
        for place in 0..made.secret.len() {
            let mut forged = made.secret.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            let refused = link::open(installation, &forged).await;
            assert_eq!(code(refused.err()), Code::NotFound, "character {place}");
        }
        for secret in ["", "x", &made.secret[1..], &format!("{}A", made.secret)] {
            assert_eq!(code(link::open(installation, secret).await.err()), Code::NotFound);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_gives_no_more_than_whoever_made_it_has_by_then() {
    for place in places(5).await {
        let viewer = owner(&place).await;
        let export = ready(&place, &viewer).await;
        let installation = &place.installation;
        let made = link::make(installation, &viewer, export, 1).await.unwrap();
        let stranger = place.viewer(place.world.accounts[1].id);
        let refused = link::make(installation, &stranger, export, 1).await;
        assert_eq!(code(refused.err()), Code::InvalidId, "another account's bundle");
        link::open(installation, &made.secret).await.unwrap();
        let mut leave = Sql::new("DELETE FROM group_members WHERE user_id = ");
        leave.bind(viewer.principal.id());
        installation
            .database
            .write(async |transaction| transaction.execute(&leave).await)
            .await
            .unwrap();
        let refused = link::open(installation, &made.secret).await;
        assert_eq!(code(refused.err()), Code::NotFound, "who has left the group");
        let downloads = "SELECT count(*) FROM audit_events WHERE action = 'export.downloaded'";
        assert_eq!(place.number(downloads).await, 1);
        assert_eq!(
            place
                .number("SELECT count(*) FROM audit_events WHERE action = 'export.linked'")
                .await,
            1
        );
    }
}
