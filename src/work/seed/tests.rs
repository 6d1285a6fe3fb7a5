//! Made-up data in both stores, and the demo.

use super::{Options, seed};
use crate::access::built_in::BuiltIn;
use crate::access::password::Passwords;
use crate::error::Code;
use crate::store::{Dialect, Sql, identity};
use crate::work::demo::{self, KNOWN_SUBSCRIBER};
use crate::work::progress::Unwatched;
use crate::work::testing::{TestInstallation, installations};

const OPTIONS: Options = Options {
    subscribers: 400,
    seed: 5,
};

/// How large a demo is made here; everything that is well known of it is there at any size.
const DEMO: u64 = 600;

/// Rows whose counter is not what a recount gives.
async fn assert_counters(test: &TestInstallation) {
    let recounts = [
        (
            "lists",
            "profile_count",
            "subscriber_profiles c WHERE c.list_id = t.id",
        ),
        (
            "lists",
            "subscribed_count",
            "subscriber_profiles c WHERE c.list_id = t.id AND c.status = 'subscribed'",
        ),
        (
            "lists",
            "unsubscribed_count",
            "subscriber_profiles c WHERE c.list_id = t.id AND c.status = 'unsubscribed'",
        ),
        (
            "lists",
            "cleaned_count",
            "subscriber_profiles c WHERE c.list_id = t.id AND c.status = 'cleaned'",
        ),
        (
            "campaigns",
            "delivery_count",
            "deliveries c WHERE c.campaign_id = t.id",
        ),
        ("campaigns", "open_count", "opens c WHERE c.campaign_id = t.id"),
        ("campaigns", "click_count", "clicks c WHERE c.campaign_id = t.id"),
        (
            "campaigns",
            "bounce_count",
            "bounces c WHERE c.campaign_id = t.id",
        ),
        (
            "campaigns",
            "complaint_count",
            "complaints c WHERE c.campaign_id = t.id",
        ),
        (
            "campaigns",
            "unsubscribe_count",
            "unsubscribes c WHERE c.campaign_id = t.id",
        ),
        (
            "campaigns",
            "unique_open_count",
            "deliveries c WHERE c.campaign_id = t.id AND c.open_count > 0",
        ),
        (
            "campaigns",
            "unique_click_count",
            "deliveries c WHERE c.campaign_id = t.id AND c.click_count > 0",
        ),
        ("campaign_links", "click_count", "clicks c WHERE c.link_id = t.id"),
        ("deliveries", "open_count", "opens c WHERE c.delivery_id = t.id"),
    ];
    for (table, counter, recount) in recounts {
        let sql = format!(
            "SELECT count(*) FROM {table} t WHERE t.{counter} <> (SELECT count(*) FROM {recount} AND c.account_id = \
             t.account_id)"
        );
        assert_eq!(test.number(&sql).await, 0, "{}: {table}.{counter}", test.name);
    }
    assert!(
        test.number("SELECT count(*) FROM deliveries WHERE open_count > 0")
            .await
            > 0
    );
    assert_roll_ups(test).await;
}

/// Roll-ups that do not add up to the counter, or to the count of the events, that they take apart.
async fn assert_roll_ups(test: &TestInstallation) {
    let of_campaign = |columns: &str, condition: &str| {
        let table = if condition.contains("size") {
            "campaign_buckets"
        } else {
            "campaign_breakdowns"
        };
        format!(
            "(SELECT coalesce(sum({columns}), 0) FROM {table} r WHERE r.account_id = t.account_id AND r.campaign_id = t.id AND {condition})"
        )
    };
    let mut faults = Vec::new();
    for size in ["hour", "day"] {
        for counter in [
            "delivery_count",
            "open_count",
            "unique_open_count",
            "click_count",
            "unique_click_count",
            "bounce_count",
            "complaint_count",
            "unsubscribe_count",
        ] {
            let sum = of_campaign(counter, &format!("size = '{size}'"));
            faults.push(format!("campaigns t WHERE t.{counter} <> {sum}"));
        }
    }
    for counter in [
        "open_count",
        "unique_open_count",
        "click_count",
        "unique_click_count",
    ] {
        let sum = of_campaign(counter, "dimension = 'kind'");
        faults.push(format!("campaigns t WHERE t.{counter} <> {sum}"));
    }
    let from = "FROM list_days r WHERE r.account_id = t.account_id AND r.list_id = t.id";
    faults.push(format!(
        "lists t WHERE t.profile_count <> (SELECT coalesce(sum(joined_count), 0) {from})"
    ));
    faults.push(format!(
        "lists t WHERE t.subscribed_count <> (SELECT coalesce(sum(subscribed_count - lost_count), 0) {from})"
    ));
    let hour = |start: &str| {
        format!(
            "SELECT count(*) FROM opens e WHERE e.account_id = t.account_id AND e.campaign_id = t.campaign_id AND e.opened_at >= t.starts_at AND e.opened_at < {start}"
        )
    };
    let hours = match test.installation.database.dialect() {
        Dialect::Postgres => hour("t.starts_at + INTERVAL '1 hour'"),
        Dialect::Sqlite => hour("t.starts_at + 3600000000"),
    };
    faults.push(format!(
        "campaign_buckets t WHERE t.size = 'hour' AND t.open_count <> ({hours})"
    ));
    faults.push(
        "api_usage_days t WHERE t.request_count <> (SELECT sum(request_count) FROM api_usages u WHERE u.account_id = \
         t.account_id AND u.operation = t.operation AND u.period_start = t.starts_at)"
            .to_owned(),
    );
    for fault in faults {
        let table = fault.split(' ').next().unwrap_or_default().to_owned();
        assert!(
            test.number(&format!("SELECT count(*) FROM {table}")).await > 0,
            "{}: {table}",
            test.name
        );
        let sql = format!("SELECT count(*) FROM {fault}");
        assert_eq!(test.number(&sql).await, 0, "{}: {fault}", test.name);
    }
    assert!(test.number("SELECT count(*) FROM campaign_buckets").await > 0);
}

#[tokio::test]
async fn made_up_data_lies_in_the_store_once_with_counters_that_equal_a_recount() {
    for test in installations().await {
        let report = seed(&test.installation, OPTIONS, &Unwatched).await.unwrap();
        assert_eq!(report.accounts.iter().map(|(_, count)| count).sum::<u64>(), 400);
        for (table, count) in &report.rows {
            let there = test.number(&format!("SELECT count(*) FROM {table}")).await;
            // The platform is an account, too.
            let own = i64::from(*table == "accounts");
            assert_eq!(there as u64, count + own as u64, "{}: {table}", test.name);
        }
        assert_counters(&test).await;
        let again = seed(&test.installation, OPTIONS, &Unwatched).await.unwrap_err();
        assert_eq!(again.code(), Code::InvalidState);
        assert_eq!(test.number("SELECT count(*) FROM subscribers").await, 400);
    }
}

/// Everything that the store is made of besides its tables, as statements or descriptions.
async fn makings(test: &TestInstallation) -> Vec<String> {
    let sql = match test.installation.database.dialect() {
        Dialect::Sqlite => "SELECT name, sql FROM sqlite_schema ORDER BY name",
        Dialect::Postgres => {
            "SELECT pg_get_indexdef(i.indexrelid) AS what FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
             WHERE c.relnamespace = 'postern'::regnamespace \
             UNION ALL SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
             FROM pg_constraint WHERE connamespace = 'postern'::regnamespace \
             UNION ALL SELECT tgenabled::text || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
             UNION ALL SELECT relname || ' is left over' FROM pg_class WHERE relpersistence = 't' ORDER BY what"
        }
    };
    test.texts(sql).await
}

#[tokio::test]
async fn indexes_keys_and_triggers_are_the_same_after_making_data_up_and_after_failing_to() {
    for test in installations().await {
        test.execute(Sql::new(match test.installation.database.dialect() {
            Dialect::Sqlite => {
                "CREATE TRIGGER no_globex BEFORE INSERT ON accounts WHEN NEW.name = 'Globex' \
                 BEGIN SELECT RAISE(ABORT, 'not here'); END"
            }
            Dialect::Postgres => "ALTER TABLE accounts ADD CONSTRAINT no_globex CHECK (name <> 'Globex')",
        }))
        .await;
        let before = makings(&test).await;
        assert!(before.len() > 100, "{}: {before:?}", test.name);
        seed(&test.installation, OPTIONS, &Unwatched).await.unwrap_err();
        assert_eq!(makings(&test).await, before, "{}", test.name);
        assert_eq!(test.number("SELECT count(*) FROM subscribers").await, 0);
        assert_eq!(test.number("SELECT count(*) FROM accounts").await, 1);
        test.execute(Sql::new(match test.installation.database.dialect() {
            Dialect::Sqlite => "DROP TRIGGER no_globex",
            Dialect::Postgres => "ALTER TABLE accounts DROP CONSTRAINT no_globex",
        }))
        .await;
        let before = makings(&test).await;
        seed(&test.installation, OPTIONS, &Unwatched).await.unwrap();
        assert_eq!(makings(&test).await, before, "{}", test.name);
    }
}

#[tokio::test]
async fn a_demo_is_founded_once_and_its_users_can_sign_in_ever_after() {
    for test in installations_without_accounts().await {
        let demo = demo::found(&test.installation, DEMO, &Unwatched).await.unwrap();
        let rows = test.number("SELECT count(*) FROM deliveries").await;
        assert_eq!(
            demo::found(&test.installation, DEMO, &Unwatched).await.unwrap(),
            demo,
            "{}",
            test.name
        );
        assert_eq!(test.number("SELECT count(*) FROM deliveries").await, rows);
        assert_eq!(test.number("SELECT count(*) FROM accounts").await, 3);
        let passwords = Passwords::new().unwrap();
        for user in &demo.users {
            let record = identity::user_by_address(&test.installation.database, user.email)
                .await
                .unwrap()
                .unwrap();
            assert!(
                passwords.verify_or_dummy(record.password_hash.as_deref(), &user.password),
                "{}",
                user.email
            );
            let standing = identity::standing_of_user(&test.installation.database, record.id)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(standing.memberships.len(), 1, "{}", user.email);
            let membership = &standing.memberships[0];
            assert_eq!(membership.account_name, user.account);
            assert_eq!(membership.groups.len(), 1);
            assert_eq!(membership.groups[0].built_in, Some(user.group));
            let lists: usize = membership.groups[0]
                .grants
                .iter()
                .filter_map(|grant| grant.lists.as_ref())
                .map(|lists| lists.len())
                .sum();
            assert_eq!(lists, usize::from(user.group == BuiltIn::Manager));
        }
        assert_known(&test).await;
        assert_counters(&test).await;
    }
}

/// The demo's subscriber is in both accounts, with something to show in each.
async fn assert_known(test: &TestInstallation) {
    let ana = format!("(SELECT id FROM subscribers WHERE email_normalized = '{KNOWN_SUBSCRIBER}')");
    assert_eq!(
        test.number(&format!("SELECT count(*) FROM {ana} AS ana")).await,
        2
    );
    for (table, least) in [
        ("subscriber_profiles", 4),
        ("deliveries", 40),
        ("opens", 20),
        ("clicks", 1),
        ("consents", 8),
        ("page_visits", 2),
        ("data_requests", 2),
        ("support_tickets", 2),
    ] {
        let count = test
            .number(&format!(
                "SELECT count(*) FROM {table} WHERE subscriber_id IN {ana}"
            ))
            .await;
        assert!(count >= least, "{}: {count} {table}", test.name);
    }
}

async fn installations_without_accounts() -> Vec<TestInstallation> {
    let all = installations().await;
    for test in &all {
        for table in ["group_members", "user_groups", "users", "accounts"] {
            test.execute(Sql::new(&format!("DELETE FROM {table}"))).await;
        }
    }
    all
}

#[tokio::test]
async fn a_store_that_is_no_demo_is_never_made_one() {
    for test in installations().await {
        let error = demo::found(&test.installation, DEMO, &Unwatched)
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::InvalidState, "{}", test.name);
        assert_eq!(test.number("SELECT count(*) FROM accounts").await, 1);
    }
}
