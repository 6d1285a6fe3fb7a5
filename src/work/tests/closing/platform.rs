//! What a platform writes into an account that is closed, or erased, past Postern.

use chrono::{Days, Months};

use super::{filled, scenes};
use crate::store::Sql;
use crate::work::erase::whole::due::{Became, Extent, see_to};

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_the_platform_writes_erases_no_account_before_its_day() {
    for mut scene in scenes(10).await {
        let closed = scene.close().await;
        let mut sql = Sql::new("UPDATE accounts SET status = 'deleted' WHERE id = ");
        sql.bind(scene.acme);
        scene.execute(&sql).await;
        let before = scene.dump().await;
        scene.go_to(closed.closed_at + Days::new(29));
        let ended = see_to(&scene.place.installation, &[scene.acme], Extent::Run)
            .await
            .unwrap();
        assert!(ended.accounts.is_empty() && ended.failed.is_empty());
        assert!(scene.dump().await == before, "everything stands");
        scene.go_to(closed.closed_at + Days::new(30));
        scene.run(Became::Partial).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_the_end_goes_with_the_next_run_and_keeps_no_account_from_being_removed() {
    for mut scene in scenes(10).await {
        for table in ["payments", "invoices", "disclosures"] {
            let mut sql = Sql::new("DELETE FROM ");
            sql.name(table).push(" WHERE account_id = ").bind(scene.acme);
            scene.execute(&sql).await;
        }
        let closed = scene.close().await;
        scene.go_to(closed.erased_from);
        scene.run(Became::Erased).await;
        let mut late = Sql::new(
            "INSERT INTO subscribers (account_id, id, email, email_normalized, status, created_at, updated_at) \
             SELECT id, id, 'late@example.test', 'late@example.test', 'active', closed_at, closed_at FROM accounts WHERE id = ",
        );
        late.bind(scene.acme);
        scene.execute(&late).await;
        scene.run(Became::Continued).await;
        assert!(!filled(&scene.dump().await).contains(&"subscribers"));
        let (_, row) = scene.erasure().await;
        assert_eq!(row.state, "done");
        scene.check_signature(&row.second_receipt);
        assert_eq!(scene.see(Extent::Run).await, [], "twice is once");

        scene.execute(&late).await;
        scene.go_to(closed.erased_from + Months::new(37));
        scene.run(Became::Continued).await;
        scene.go_to(closed.erased_from + Months::new(37 + 37));
        scene.run(Became::Removed).await;
        assert_eq!(filled(&scene.dump().await), Vec::<&str>::new());
    }
}
