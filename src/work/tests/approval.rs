//! Two people for an erasure, where the policy asks for them: who may not confirm, under whichever credential.

use std::sync::Arc;

use uuid::Uuid;

use super::erasure::shared;
use super::kit::{Place, places};
use crate::access::built_in::BuiltIn;
use crate::access::viewer::{Principal, Viewer};
use crate::catalog::{Catalog, DEFAULT_POLICY};
use crate::error::Code;
use crate::store::Sql;
use crate::work::delegate::api_key::{self, NewKey};
use crate::work::erase::plan::{ErasureRequest, confirm, plan};
use crate::work::erase::row::read;
use crate::work::founding;
use crate::work::identify::viewer_again;
use crate::work::installation::Installation;
use crate::work::person::SubscriberChoice;

async fn acting(installation: &Installation, account: Uuid, principal: Principal) -> Viewer {
    let Installation {
        database,
        catalog,
        clock,
        ..
    } = installation;
    let viewer = viewer_again(database, catalog, principal, account, *clock).await;
    viewer.unwrap().expect("may come in")
}

async fn owner(place: &Place, account: Uuid, email: &str) -> Viewer {
    let (installation, operator) = (&place.installation, place.viewer(account));
    let user = founding::add_user(installation, &operator, email, None)
        .await
        .unwrap();
    founding::join(installation, &operator, user, BuiltIn::Owner)
        .await
        .unwrap();
    acting(installation, account, Principal::User(user)).await
}

/// A key that somebody makes, with all rights.
async fn key_of(place: &Place, maker: &Viewer) -> Viewer {
    let mut sql = Sql::new("SELECT id FROM user_groups WHERE built_in = 'owner' AND account_id = ");
    sql.bind(maker.account);
    let rows = place.installation.database.fetch(&sql).await.unwrap();
    let wanted = NewKey {
        name: "a program".to_owned(),
        description: None,
        group: rows[0].uuid(0).unwrap(),
        expires_at: None,
    };
    let key = api_key::create(&place.installation, maker, &wanted)
        .await
        .unwrap();
    acting(&place.installation, maker.account, Principal::ApiKey(key.id)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_policy_asks_for_it_nobody_confirms_what_they_planned_under_any_credential() {
    for place in places(60).await {
        let acme = place.world.accounts[0].id;
        let policy = DEFAULT_POLICY.replace("erasure_approval = false", "erasure_approval = true");
        let mut installation = place.installation.clone();
        installation.catalog = Arc::new(Catalog::load(&policy).unwrap());
        let (ana, ben) = (
            owner(&place, acme, "ana@people.test").await,
            owner(&place, acme, "ben@people.test").await,
        );
        let hers = key_of(&place, &ana).await;
        let made_by_hers = key_of(&place, &hers).await;
        let his = key_of(&place, &ben).await;
        // Taken over by her, it is in her hands.
        api_key::rotate(&place.installation, &ana, his.principal.id())
            .await
            .unwrap();
        let at_the_machine = place.viewer(acme);
        let (_, email) = shared(&place).await;
        let mut number = 0;
        for (planner, refused, allowed) in [
            (
                &ana,
                vec![&ana, &hers, &made_by_hers, &his],
                vec![&ben, &at_the_machine],
            ),
            (&hers, vec![&ana, &hers], vec![&ben]),
            (&at_the_machine, vec![&at_the_machine], vec![&hers]),
        ] {
            for confirming in allowed {
                number += 1;
                let wanted = ErasureRequest {
                    subscriber: SubscriberChoice::Email(email.clone()),
                    idempotency_key: format!("approved-{number}"),
                };
                let id = plan(&installation, planner, &wanted).await.unwrap();
                let hash = read(&installation, planner, id).await.unwrap().plan_hash;
                for planner in &refused {
                    let refusal = confirm(&installation, planner, id, &hash).await.unwrap_err();
                    assert_eq!(refusal.code(), Code::ApprovalNeeded);
                }
                confirm(&installation, confirming, id, &hash).await.unwrap();
                // Agreed to is agreed to, whoever says it again.
                confirm(&installation, planner, id, &hash).await.unwrap();
                let audited = format!(
                    "SELECT count(DISTINCT actor_id) FROM audit_events WHERE resource = 'Erasure' AND action IN \
                     ('erasure.planned', 'erasure.confirmed') AND object_id = (SELECT id FROM erasures WHERE \
                     idempotency_key = 'approved-{number}')"
                );
                assert_eq!(place.number(&audited).await, 2, "the log knows both");
            }
        }
        // Who had a key when it planned did, whoever has it later.
        let before = ErasureRequest {
            subscriber: SubscriberChoice::Email(email.clone()),
            idempotency_key: "approved-and-rotated".to_owned(),
        };
        let by_key = plan(&installation, &hers, &before).await.unwrap();
        api_key::rotate(&place.installation, &ben, hers.principal.id())
            .await
            .unwrap();
        let hash = read(&installation, &ben, by_key).await.unwrap().plan_hash;
        let refusal = confirm(&installation, &ana, by_key, &hash).await.unwrap_err();
        assert_eq!(refusal.code(), Code::ApprovalNeeded);
        confirm(&installation, &ben, by_key, &hash).await.unwrap();
        // Whose key it is nobody knows: it is no second person.
        let gone = Sql::new("UPDATE api_keys SET created_by_id = NULL");
        let database = &place.installation.database;
        database
            .write(async |transaction| transaction.execute(&gone).await)
            .await
            .unwrap();
        let wanted = ErasureRequest {
            subscriber: SubscriberChoice::Email(email.clone()),
            idempotency_key: "approved-by-nobody".to_owned(),
        };
        let id = plan(&installation, &ben, &wanted).await.unwrap();
        let hash = read(&installation, &ben, id).await.unwrap().plan_hash;
        let refusal = confirm(&installation, &hers, id, &hash).await.unwrap_err();
        assert_eq!(refusal.code(), Code::ApprovalNeeded);
        // Nor is anybody the second one of a plan that it made.
        let unknown = ErasureRequest {
            subscriber: SubscriberChoice::Email(email.clone()),
            idempotency_key: "planned-by-nobody".to_owned(),
        };
        let id = plan(&installation, &hers, &unknown).await.unwrap();
        let hash = read(&installation, &ben, id).await.unwrap().plan_hash;
        let refusal = confirm(&installation, &ben, id, &hash).await.unwrap_err();
        assert_eq!(refusal.code(), Code::ApprovalNeeded);
    }
}
