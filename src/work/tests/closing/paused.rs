//! The end of an account that somebody has stopped for a while.

use super::{Became, Extent, scenes, see_to};
use crate::access::viewer::Principal;
use crate::error::Code;
use crate::work::erase::pause::{pause, resume};
use crate::work::erase::plan::cancel;

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_an_account_that_is_paused_waits_until_somebody_goes_on_with_it() {
    for mut scene in scenes(20).await {
        scene.settle("paid").await;
        let closed = scene.close().await;
        scene.go_to(closed.erased_from);
        assert_eq!(scene.see(Extent::Begin).await, [(scene.acme, Became::Begun)]);
        let (id, _) = scene.erasure().await;
        let viewer = scene.place.viewer(scene.acme);
        let mut owner = viewer.clone();
        owner.principal = Principal::User(scene.place.operator);
        let installation = &scene.place.installation;
        for refused in [
            pause(installation, &owner, id).await,
            cancel(installation, &owner, id).await,
        ] {
            assert_eq!(
                refused.unwrap_err().code(),
                Code::Forbidden,
                "it is reopened instead"
            );
        }
        pause(&scene.place.installation, &viewer, id).await.unwrap();
        let before = scene.dump().await;
        assert_eq!(scene.see(Extent::Begin).await, []);
        let stopped = see_to(&scene.place.installation, &[scene.acme], Extent::Run).await;
        let codes: Vec<_> = stopped
            .unwrap()
            .failed
            .iter()
            .map(|(_, error)| error.code())
            .collect();
        assert_eq!(codes, [Code::InvalidState]);
        assert!(scene.dump().await == before, "nothing is done meanwhile");
        resume(&scene.place.installation, &viewer, id).await.unwrap();
        scene.run(Became::Partial).await;
        assert_eq!(scene.erasure().await.0, id);
    }
}
