//! What an unpaid bill keeps of an account that is erased, and how it goes on by itself.

use chrono::Months;

use super::scenes;
use crate::store::Sql;
use crate::work::erase::whole::due::{Became, Extent};

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_bill_keeps_who_owes_it_and_the_erasure_goes_on_by_itself_when_it_is_paid() {
    for mut scene in scenes(20).await {
        let mut sql = Sql::new(
            "UPDATE accounts SET company_name = 'Acme Ltd', city = 'Ulm', phone = '+49 731 1', website = 'acme.test'",
        );
        sql.push(" WHERE id = ").bind(scene.acme);
        let database = &scene.place.installation.database;
        database
            .write(async |transaction| transaction.execute(&sql).await)
            .await
            .unwrap();
        for status in ["due", "failed"] {
            scene.settle(status).await;
        }
        let closed = scene.close().await;
        scene.go_to(closed.erased_from);
        scene.run(Became::Partial).await;
        let kept = scene.dump().await["accounts"][0].clone();
        for word in ["Acme Ltd", "Ulm", "info@example.test"] {
            assert!(kept.contains(word), "{word}: {kept}");
        }
        for word in ["+49 731 1", "acme.test", "\"Acme\""] {
            assert!(!kept.contains(word), "{word}: {kept}");
        }
        let (_, row) = scene.erasure().await;
        let warnings = row.plan["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!(warnings[0]["code"], "STILL_OPEN");
        assert_eq!(warnings[0]["table"], "accounts");
        assert!(warnings[0]["count"].as_u64().unwrap() > 1);
        let (receipt, _) = row.receipt.unwrap();
        let claim = |receipt: &serde_json::Value| {
            let remaining = receipt["remaining"].as_array().unwrap();
            let mut whys = remaining.iter().filter_map(|one| one["why"].as_str());
            whys.any(|why| why.starts_with("claim:GDPR:17(3)(e)"))
        };
        assert!(claim(&receipt), "{receipt}");
        // However old the bill is: as long as it is not paid, it is there.
        scene.go_to(closed.erased_from + Months::new(12 * 9));
        assert_eq!(scene.see(Extent::Run).await, []);
        scene.go_to(closed.erased_from + Months::new(1));
        assert_eq!(scene.see(Extent::Run).await, []);
        assert_eq!(scene.dump().await["accounts"][0], kept);

        scene.settle("paid").await;
        scene.run(Became::Continued).await;
        let after = scene.dump().await["accounts"][0].clone();
        for word in ["Acme Ltd", "Ulm", "info@example.test"] {
            assert!(!after.contains(word), "{word}: {after}");
        }
        let (_, row) = scene.erasure().await;
        scene.check_signature(&row.second_receipt);
        let (second, _) = row.second_receipt.unwrap();
        // The books are kept as the law says; the claim is settled.
        assert_eq!(
            (&second["number"], &second["state"]),
            (&2.into(), &"PARTIAL".into())
        );
        assert!(!claim(&second), "{second}");
        assert_eq!(second["doneSinceFirst"][0]["table"], "accounts");
        assert_eq!(scene.see(Extent::Run).await, [], "twice is once");
    }
}
