//! Files that people send in: bound to who sent them, no larger than allowed, and gone without a trace.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};

use super::kit::{Place, places};
use crate::access::grant::Rights;
use crate::access::viewer::{Principal, Viewer};
use crate::catalog::{Catalog, DEFAULT_POLICY};
use crate::clock::Clock;
use crate::error::{Code, Result};
use crate::work::founding;
use crate::work::installation::Installation;
use crate::work::upload::{self, Upload};

/// The same installation with another value of a setting.
fn with(place: &Place, setting: &str, other: &str) -> Installation {
    let policy = DEFAULT_POLICY.replace(setting, other);
    assert_ne!(policy, DEFAULT_POLICY, "the policy has {setting}");
    Installation {
        catalog: Arc::new(Catalog::load(&policy).unwrap()),
        ..place.installation.clone()
    }
}

async fn send(installation: &Installation, viewer: &Viewer, pieces: &[&[u8]]) -> Result<Upload> {
    let mut arrival = upload::begin(installation, viewer).await?;
    for piece in pieces {
        if let Err(error) = arrival.write(piece).await {
            arrival.abort().await;
            return Err(error);
        }
    }
    arrival.finish(None).await
}

/// Rows, objects and what was begun.
async fn left(place: &Place) -> (i64, usize, usize) {
    let depot = &place.installation.depot;
    (
        place.number("SELECT count(*) FROM uploads").await,
        depot.list("uploads").await.unwrap().len(),
        depot.unfinished("uploads").await.unwrap().len(),
    )
}

#[tokio::test]
async fn a_file_is_there_for_who_sent_it_alone() {
    for place in places(10).await {
        let installation = &place.installation;
        let viewer = place.viewer(place.world.accounts[0].id);
        let pieces: [&[u8]; 3] = [b"email\n", b"", b"ana@example.test\n"];
        let sent = send(installation, &viewer, &pieces).await.unwrap();
        let bytes = pieces.concat();
        assert_eq!(sent.size, bytes.len() as u64);
        assert_eq!(
            sent.sha256,
            data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes))
        );
        let found = upload::find(installation, &viewer, sent.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&sent));
        let object = upload::open(installation, viewer.account, sent.id)
            .await
            .unwrap()
            .unwrap();
        let read: Vec<_> = object.read_range(0..object.size()).try_collect().await.unwrap();
        assert_eq!(read.concat(), bytes);
        let other = founding::add_user(installation, &viewer, "other@example.test", None)
            .await
            .unwrap();
        let colleague = Viewer {
            principal: Principal::User(other),
            ..viewer.clone()
        };
        let elsewhere = place.viewer(place.world.accounts[1].id);
        for stranger in [colleague, elsewhere] {
            assert_eq!(
                upload::find(installation, &stranger, sent.id).await.unwrap(),
                None
            );
        }
        assert_eq!(left(&place).await, (1, 1, 0));
        assert_eq!(
            place
                .number("SELECT count(*) FROM audit_events WHERE action = 'upload.finished'")
                .await,
            1
        );
    }
}

#[tokio::test]
async fn what_is_too_large_broken_off_not_as_announced_or_not_allowed_leaves_nothing() {
    for place in places(10).await {
        let viewer = place.viewer(place.world.accounts[0].id);
        let small = with(&place, "upload_mebibytes = 2048", "upload_mebibytes = 1");
        let half = vec![7; 1 << 19];
        send(&small, &viewer, &[&half, &half]).await.unwrap();
        upload::remove(&small, viewer.account, newest(&place).await)
            .await
            .unwrap();
        let refused = send(&small, &viewer, &[&half, &half, b"x"]).await.unwrap_err();
        assert_eq!(refused.code(), Code::BodyTooLarge, "{refused}");
        assert_eq!(left(&place).await, (0, 0, 0), "too large");
        let mut arrival = upload::begin(&place.installation, &viewer).await.unwrap();
        arrival.write(b"half of i").await.unwrap();
        assert_eq!(left(&place).await.0, 1, "it counts while it comes in");
        arrival.abort().await;
        assert_eq!(left(&place).await, (0, 0, 0), "broken off");
        let mut arrival = upload::begin(&place.installation, &viewer).await.unwrap();
        arrival.write(b"changed on its way").await.unwrap();
        let refused = arrival.finish(Some([7; 32])).await.unwrap_err();
        assert_eq!(refused.code(), Code::BadRequest, "{refused}");
        assert_eq!(left(&place).await, (0, 0, 0), "not as announced");
        let nobody = Viewer {
            rights: Rights::of(&place.installation.catalog, &[], place.installation.clock.now()),
            ..viewer.clone()
        };
        let refused = send(&place.installation, &nobody, &[b"x"]).await.unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden, "{refused}");
        assert_eq!(left(&place).await, (0, 0, 0), "not allowed");
    }
}

async fn newest(place: &Place) -> uuid::Uuid {
    let rows = place
        .installation
        .database
        .fetch(&"SELECT id FROM uploads ORDER BY id DESC LIMIT 1".into())
        .await
        .unwrap();
    rows[0].uuid(0).unwrap()
}

#[tokio::test]
async fn nobody_has_more_files_than_allowed_and_none_stays_longer_than_its_time() {
    for place in places(10).await {
        let viewer = place.viewer(place.world.accounts[0].id);
        let few = with(&place, "open_uploads = 10", "open_uploads = 2");
        let sent = send(&few, &viewer, &[b"one"]).await.unwrap();
        let coming = upload::begin(&few, &viewer).await.unwrap();
        let refused = send(&few, &viewer, &[b"three"]).await.unwrap_err();
        assert_eq!(refused.code(), Code::LimitReached, "{refused}");
        // As if the process had died: the row stays, and so may what was begun.
        drop(coming);
        let later = Installation {
            clock: Clock::starting_at(few.clock.now() + TimeDelta::hours(25)),
            ..few.clone()
        };
        assert_eq!(
            upload::find(&later, &viewer, sent.id).await.unwrap(),
            None,
            "its time is over"
        );
        assert_eq!(upload::expire(&few).await.unwrap(), 0);
        assert_eq!(upload::expire(&later).await.unwrap(), 2);
        assert_eq!(left(&place).await, (0, 0, 0));
        // What lies there without a row, as after a crash between the two, goes at the start.
        let mut stray = few
            .depot
            .create(&format!("uploads/{}/stray", viewer.account))
            .await
            .unwrap();
        stray.write(b"stray").await.unwrap();
        stray.finish().await.unwrap();
        let kept = send(&few, &viewer, &[b"kept"]).await.unwrap();
        upload::remove_void(&few).await.unwrap();
        assert_eq!(left(&place).await, (1, 1, 0));
        assert!(
            upload::open(&few, viewer.account, kept.id)
                .await
                .unwrap()
                .is_some()
        );
    }
}
