//! What the built-in policy says in the end, where a promise hangs on it.

use crate::catalog::DEFAULT_POLICY;
use crate::catalog::resource::{
    Catalog, Class, Column, ColumnErase, Mask, OnErase, Resource, Step, SubjectPath,
};
use crate::cell::Kind;

fn catalog() -> Catalog {
    Catalog::load(DEFAULT_POLICY).unwrap()
}

fn tables(catalog: &Catalog, wanted: impl Fn(&Resource) -> bool) -> Vec<&str> {
    let mut tables: Vec<&str> = catalog
        .resources()
        .filter(|resource| wanted(resource))
        .map(|resource| resource.table.as_str())
        .collect();
    tables.sort_unstable();
    tables
}

#[test]
fn the_rows_about_an_erased_person_go_or_stay_as_the_cascade_summary_says() {
    let catalog = catalog();
    let go = tables(&catalog, |resource| resource.rows_go);
    let stay = tables(&catalog, |resource| {
        !resource.subject.is_empty() && !resource.rows_go
    });
    assert_eq!(
        go,
        [
            "clicks",
            "consents",
            "opens",
            "page_visits",
            "profile_values",
            "subscriber_profiles",
            "subscribers",
            "support_tickets",
            "suppression_entries",
            "ticket_messages",
            "transactional_emails",
            "visitors"
        ]
    );
    assert_eq!(
        stay,
        [
            "bounces",
            "complaints",
            "data_requests",
            "deliveries",
            "disclosures",
            "legal_holds",
            "processing_restrictions",
            "unsubscribes"
        ]
    );
}

#[test]
fn no_row_that_stays_keeps_anything_of_the_person() {
    let catalog = catalog();
    for resource in catalog
        .resources()
        .filter(|resource| !resource.subject.is_empty() && !resource.rows_go)
    {
        // A row that blocks the erasure is never met by it; mentions in one that does no more are searched for.
        let blocks = resource
            .references
            .iter()
            .any(|reference| reference.on_erase == OnErase::Block);
        // Who works for the account is no subscriber.
        let of_the_staff = |column: &Column| {
            let reference = resource.reference(column.id);
            reference.is_some_and(|reference| catalog.get(reference.target).table == "users")
        };
        for column in resource
            .columns
            .iter()
            .filter(|column| column.class.is_personal() && !of_the_staff(column))
        {
            let changed = matches!(column.erase, ColumnErase::Null | ColumnErase::TruncateDay)
                || (blocks && column.erase == ColumnErase::Scan);
            assert!(
                changed,
                "{}.{} is {:?}",
                resource.table, column.name, column.erase
            );
        }
    }
}

#[test]
fn transactional_mails_are_found_by_reference_and_by_address() {
    let catalog = catalog();
    let mails = catalog.table("transactional_emails");
    assert!(
        matches!(&mails.subject[..], [SubjectPath::References(_), SubjectPath::Address(column)]
        if mails.column(*column).name == "to_email_normalized")
    );
}

#[test]
fn a_subscriber_is_in_scope_by_any_profile_on_an_allowed_list() {
    let catalog = catalog();
    let profiles = catalog.table("subscriber_profiles");
    let scope = &catalog.table("subscribers").scope;
    assert_eq!(scope.len(), 1);
    assert_eq!(
        scope[0].steps,
        [
            Step::Back {
                resource: profiles.id,
                column: profiles.id_of("subscriber_id")
            },
            Step::Forward {
                column: profiles.id_of("list_id"),
                target: catalog.table("lists").id
            },
        ]
    );
}

#[test]
fn every_password_key_hash_and_bearer_link_is_a_secret_in_no_bundle() {
    let catalog = catalog();
    let secrets = [
        ("users", "password_hash"),
        ("users", "identity_subject"),
        ("api_keys", "key_hash"),
        ("delivery_servers", "username"),
        ("delivery_servers", "password"),
        ("delivery_servers", "api_key"),
        ("delivery_servers", "webhook_secret"),
        ("delivery_servers", "additional_headers"),
        ("bounce_servers", "password"),
        ("feedback_loop_servers", "password"),
        ("email_box_monitors", "password"),
        ("sending_domains", "dkim_private_key"),
        ("payments", "response"),
        ("visitors", "cookie_id"),
        ("invoices", "portal_url"),
        ("exports", "bundle_name"),
        ("erasures", "subject_sealed"),
    ];
    for (table, name) in secrets {
        let column = catalog.table(table).find(name).unwrap();
        assert!(column.is_secret(), "{table}.{name}");
        assert_eq!(column.mask, Mask::Hide, "{table}.{name}");
    }
    for resource in catalog.resources() {
        for column in &resource.columns {
            let wordy = ["password", "secret", "api_key", "token", "_hash"];
            let suspicious = matches!(column.kind, Kind::Text | Kind::Bytes)
                && wordy.iter().any(|word| column.name.contains(word));
            // Hashes of documents, policies, plans and seals say nothing; the tokens of erased people are pseudonyms.
            let known = [
                "document_hash",
                "policy_hash",
                "plan_hash",
                "previous_hash",
                "token",
                "subject_token",
            ];
            let decided = column.is_secret() || known.contains(&column.name.as_str());
            assert!(
                !suspicious || decided,
                "{}.{} is no secret",
                resource.table,
                column.name
            );
        }
    }
}

#[test]
fn the_class_of_a_custom_value_stands_at_its_field() {
    let catalog = catalog();
    let values = catalog.table("profile_values");
    let value = values.find("value").unwrap();
    assert_eq!(value.class, Class::ByField);
    let by = value.class_by.as_ref().unwrap();
    let field = catalog.get(values.reference(by.reference).unwrap().target);
    assert_eq!(
        (field.table.as_str(), field.column(by.column).name.as_str()),
        ("list_fields", "personal_data_class")
    );
}

#[test]
fn invoices_are_retained_until_eight_years_after_the_end_of_the_year() {
    let catalog = catalog();
    let invoices = catalog.table("invoices");
    let ColumnErase::Retain(retain) = &invoices.find("billed_name").unwrap().erase else {
        panic!("not retained")
    };
    assert_eq!(
        (retain.reason.as_str(), retain.from.as_str()),
        ("tax:DE:AO147", "issued_at")
    );
    assert_eq!(
        (retain.duration.months, retain.duration.from_end_of_year),
        (96, true)
    );
    let account = invoices.reference(invoices.id_of("account_id")).unwrap();
    assert!(matches!(account.on_erase, OnErase::Retain(_)));
}

#[test]
fn names_in_graphql_are_made_from_those_of_the_entities() {
    let catalog = catalog();
    let profiles = catalog.table("subscriber_profiles");
    assert_eq!(profiles.plural, "subscriberProfiles");
    assert_eq!(
        profiles.find("opt_in_user_agent").unwrap().field,
        "optInUserAgent"
    );
    assert_eq!(
        profiles
            .reference(profiles.id_of("opt_out_campaign_id"))
            .unwrap()
            .field,
        "optOutCampaign"
    );
    assert_eq!(
        profiles.find("status").unwrap().enum_name.as_deref(),
        Some("ProfileStatus")
    );
    let lists = catalog.table("lists").id;
    let back: Vec<&str> = catalog
        .inverse(lists)
        .filter_map(|(_, reference)| reference.inverse.as_deref())
        .collect();
    for connection in ["profiles", "fields", "campaigns"] {
        assert!(back.contains(&connection), "{connection}");
    }
}

#[test]
fn rows_are_ordered_where_an_index_gives_the_order() {
    let catalog = catalog();
    let deliveries = catalog.table("deliveries");
    let (sent, campaign) = (deliveries.id_of("sent_at"), deliveries.id_of("campaign_id"));
    assert!(deliveries.orderable(sent, Some(campaign)));
    assert!(!deliveries.orderable(sent, None));
    assert!(!deliveries.orderable(sent, Some(deliveries.id_of("server_id"))));
    let subscribers = catalog.table("subscribers");
    assert!(subscribers.orderable(subscribers.id_of("created_at"), None));
    assert!(
        !subscribers.orderable(subscribers.id_of("last_active_at"), None),
        "it may be NULL"
    );
    assert!(subscribers.filterable(subscribers.id_of("last_active_at"), None));
    assert!(!subscribers.orderable(subscribers.id_of("city"), None));
    let profiles = catalog.table("subscriber_profiles");
    assert!(profiles.filterable(profiles.id_of("status"), Some(profiles.id_of("list_id"))));
    assert!(!profiles.filterable(profiles.id_of("status"), None));
    assert!(profiles.orderable(profiles.id_of("id"), Some(profiles.id_of("list_id"))));
}

#[test]
fn the_hash_follows_the_file_and_the_fingerprint_follows_the_tables() {
    let one = catalog();
    let other = Catalog::load(&format!("{DEFAULT_POLICY}\n# a remark\n")).unwrap();
    assert_ne!(one.policy_hash, other.policy_hash);
    assert_eq!(one.schema_fingerprint, other.schema_fingerprint);
    let mut shapes = crate::catalog::registry::shapes();
    let nullable = shapes[0]
        .columns
        .iter_mut()
        .find(|column| column.nullable)
        .unwrap();
    nullable.nullable = false;
    assert_ne!(
        super::super::hash(super::super::canonical(&shapes).as_bytes()),
        one.schema_fingerprint
    );
    assert!(one.policy_hash.starts_with("sha256:") && one.policy_hash.len() == 71);
}
