//! Those who were given data of an account that is erased.

use chrono::Days;
use uuid::Uuid;

use super::{Scene, scenes};
use crate::store::Sql;
use crate::work::erase::recipients;
use crate::work::erase::whole::due::{Became, Extent};
use crate::work::upkeep::expire;

impl Scene {
    /// Whoever was given data of the account has erased it.
    pub(super) async fn everybody_confirms(&self, erasure: Uuid) {
        let (installation, viewer) = (&self.place.installation, self.place.viewer(self.acme));
        for recipient in recipients::list(installation, &viewer, erasure).await.unwrap() {
            let confirmed = &recipients::Report::Confirmed;
            recipients::report(installation, &viewer, recipient.id, confirmed)
                .await
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_not_done_before_the_last_recipient_of_its_data_has_confirmed() {
    for mut scene in scenes(20).await {
        for table in ["payments", "invoices"] {
            let mut sql = Sql::new("DELETE FROM ");
            sql.name(table).push(" WHERE account_id = ").bind(scene.acme);
            scene.execute(&sql).await;
        }
        let closed = scene.close().await;
        scene.go_to(closed.erased_from);
        scene.run(Became::Partial).await;
        let (id, row) = scene.erasure().await;
        assert_eq!(
            row.state, "partial",
            "nothing is kept, and somebody is to be told"
        );
        assert_eq!(scene.see(Extent::Run).await, [], "twice is once");
        scene.go_to(closed.erased_from + Days::new(31));
        expire(&scene.place.installation).await.unwrap();
        let viewer = scene.place.viewer(scene.acme);
        let late = recipients::list(&scene.place.installation, &viewer, id)
            .await
            .unwrap();
        assert!(
            late.len() == 2 && late.iter().all(|one| one.state == "overdue"),
            "{late:?}"
        );
        assert_eq!(scene.erasure().await.1.state, "partial");

        scene.everybody_confirms(id).await;
        let (_, row) = scene.erasure().await;
        assert_eq!(row.state, "done");
        scene.check_signature(&row.second_receipt);
        let (second, _) = row.second_receipt.unwrap();
        assert_eq!((&second["number"], &second["state"]), (&2.into(), &"DONE".into()));
        let told = second["recipients"].as_array().unwrap().iter();
        assert!(told.clone().count() == 2 && told.clone().all(|one| one["state"] == "CONFIRMED"));
        assert_eq!(scene.see(Extent::Run).await, [], "twice is once");
    }
}
