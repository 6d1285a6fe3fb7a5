//! Roll-ups for charts, and what of them those see who may not read in clear: no count of a few people, and not that
//! there is one.

use postern::access::permit;
use postern::catalog::Catalog;
use postern::error::{Code, Error};
use postern::plan::read::{Comparison, Direction, Filter, Order, Page, Read, Window};
use serde_json::{Value, json};

use super::rows::{Given, put};
use super::world::{ACME, World, id, instant, viewer};

const HOUR: i64 = 3_600;

/// The query of a dashboard.
const CHARTS: &str = "query ($campaign: ID!, $list: ID!) {
    campaign: node(id: $campaign) { ... on Campaign {
        buckets(filter: {size: {equals: HOUR}}, orderBy: [{field: STARTS_AT, direction: ASC}]) {
            nodes { startsAt deliveryCount openCount uniqueOpenCount bounceCount } edges { cursor node { id } }
            pageInfo { hasNextPage endCursor } totalCount { value isExact } }
        breakdown(filter: {dimension: {equals: COUNTRY}}) {
            nodes { id value openCount uniqueOpenCount } totalCount { value isExact } } } }
    list: node(id: $list) { ... on List { growth { nodes { startsAt joinedCount subscribedCount } } } } }";

/// Opens of one new delivery each: from where, in which hour, how often.
async fn open(world: &World, first: u128, opens: &[(&str, i64, u128)]) {
    for (place, (country, hour, times)) in opens.iter().enumerate() {
        let number = 5_000 + first * 100 + place as u128;
        let delivery: Given<'_> = vec![
            ("id", id(ACME, "deliveries", number).into()),
            ("campaign_id", id(ACME, "campaigns", 1).into()),
            ("sent_at", instant(5 * HOUR).into()),
        ];
        put(
            &world.database,
            &world.catalog,
            ACME,
            "deliveries",
            vec![delivery],
        )
        .await;
        let open = |time: u128| -> Given<'_> {
            vec![
                ("id", id(ACME, "opens", number * 100 + time).into()),
                ("delivery_id", id(ACME, "deliveries", number).into()),
                ("campaign_id", id(ACME, "campaigns", 1).into()),
                ("opened_at", instant(hour * HOUR + 60).into()),
                ("country", (*country).into()),
            ]
        };
        let opens = (0..*times).map(open).collect();
        put(&world.database, &world.catalog, ACME, "opens", opens).await;
    }
}

async fn charts(world: &World, who: &str) -> Value {
    let variables = json!({
        "campaign": world.global(ACME, "campaigns", 1),
        "list": world.global(ACME, "lists", 1),
    });
    let answer = world.ask(who, CHARTS, variables).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer
}

/// Seven people of France, one of whom opens three times, six of Germany, and two of Liechtenstein, who open ten times.
async fn world() -> World {
    let world = World::new().await;
    let france = [
        ("FR", 6, 1),
        ("FR", 6, 1),
        ("FR", 6, 1),
        ("FR", 6, 1),
        ("FR", 6, 1),
        ("FR", 7, 1),
        ("FR", 7, 3),
    ];
    open(&world, 1, &france).await;
    open(&world, 2, &[("DE", 6, 1); 6]).await;
    open(&world, 3, &[("LI", 8, 10), ("LI", 8, 10)]).await;
    world
}

#[tokio::test]
async fn whoever_may_read_in_clear_charts_every_count() {
    let world = world().await;
    for who in ["owner", "manager"] {
        let answer = charts(&world, who).await;
        let campaign = &answer["data"]["campaign"];
        let hour = |hour: i64, deliveries: u64, opens: u64, firsts: u64| {
            json!({"startsAt": instant(hour * HOUR), "deliveryCount": deliveries, "openCount": opens,
                "uniqueOpenCount": firsts, "bounceCount": 0})
        };
        let hours = [
            hour(1, 7, 0, 0),
            hour(2, 0, 28, 7),
            hour(5, 15, 0, 0),
            hour(6, 0, 11, 11),
            hour(7, 0, 4, 2),
            hour(8, 0, 20, 2),
        ];
        assert_eq!(campaign["buckets"]["nodes"], json!(hours), "{who}");
        let mut countries: Vec<(String, Value, Value)> = campaign["breakdown"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let value = row["value"].as_str().unwrap().to_owned();
                (value, row["openCount"].clone(), row["uniqueOpenCount"].clone())
            })
            .collect();
        countries.sort_by(|one, other| one.0.cmp(&other.0));
        let expected = [("DE", 6, 6), ("FR", 9, 7), ("LI", 20, 2)];
        let expected = expected.map(|(value, opens, firsts)| (value.to_owned(), json!(opens), json!(firsts)));
        assert_eq!(countries, expected, "{who}");
        let growth = json!([{"startsAt": instant(0), "joinedCount": 7, "subscribedCount": 3}]);
        assert_eq!(answer["data"]["list"]["growth"]["nodes"], growth, "{who}");
        assert_eq!(answer["extensions"].get("withheld"), None, "{who}");
    }
    let other = world.global(ACME, "campaigns", 3);
    let answer = world
        .ask(
            "manager",
            CHARTS,
            json!({"campaign": other, "list": world.global(ACME, "lists", 2)}),
        )
        .await;
    assert_eq!(answer["data"], json!({"campaign": null, "list": null}));
}

#[tokio::test]
async fn an_analyst_gets_rounded_counts_of_enough_people_and_no_row_of_fewer() {
    let world = world().await;
    let answer = charts(&world, "analyst").await;
    let campaign = &answer["data"]["campaign"];
    let hour = |hour: i64, deliveries: Value, opens: Value, firsts: Value| {
        json!({"startsAt": instant(hour * HOUR), "deliveryCount": deliveries, "openCount": opens,
            "uniqueOpenCount": firsts, "bounceCount": null})
    };
    let hours = [
        hour(1, json!(5), json!(null), json!(null)),
        hour(2, json!(null), json!(25), json!(5)),
        hour(5, json!(15), json!(null), json!(null)),
        hour(6, json!(null), json!(10), json!(10)),
    ];
    assert_eq!(campaign["buckets"]["nodes"], json!(hours));
    assert_eq!(
        campaign["buckets"]["totalCount"],
        json!({"value": 4, "isExact": true})
    );
    let mut countries: Vec<Value> = campaign["breakdown"]["nodes"].as_array().unwrap().clone();
    countries.sort_by_key(|row| row["value"].to_string());
    let shown: Vec<[&Value; 3]> = countries
        .iter()
        .map(|row| [&row["value"], &row["openCount"], &row["uniqueOpenCount"]])
        .collect();
    let expected = [
        [json!("DE"), json!(5), json!(5)],
        [json!("FR"), json!(5), json!(5)],
    ];
    assert_eq!(shown, expected.each_ref().map(|row| row.each_ref()));
    assert_eq!(
        campaign["breakdown"]["totalCount"],
        json!({"value": 2, "isExact": true})
    );
    let growth = json!([{"startsAt": instant(0), "joinedCount": 5, "subscribedCount": null}]);
    assert_eq!(answer["data"]["list"]["growth"]["nodes"], growth);
    let withheld = answer["extensions"]["withheld"].as_array().unwrap();
    for path in [
        json!(["campaign", "buckets", "nodes", "openCount"]),
        json!(["campaign", "breakdown", "nodes", "uniqueOpenCount"]),
        json!(["list", "growth", "nodes", "joinedCount"]),
    ] {
        assert!(withheld.contains(&path), "{path} is not in {withheld:?}");
    }
}

#[tokio::test]
async fn a_row_of_few_people_looks_like_one_that_does_not_exist() {
    let world = world().await;
    let answer = charts(&world, "owner").await;
    let rows = answer["data"]["campaign"]["breakdown"]["nodes"]
        .as_array()
        .unwrap();
    let of = |country: &str| &rows.iter().find(|row| row["value"] == country).unwrap()["id"];
    let query =
        "query ($id: ID!) { node(id: $id) { id ... on CampaignBreakdown { value campaign { id } } } }";
    let mut missing = world.ask("analyst", query, json!({"id": of("LI")})).await;
    assert_eq!(missing["data"]["node"], json!(null));
    let mut unknown = world
        .ask(
            "analyst",
            query,
            json!({"id": world.global(ACME, "campaign_breakdowns", 9)}),
        )
        .await;
    for answer in [&mut missing, &mut unknown] {
        answer["extensions"].as_object_mut().unwrap().remove("cost");
    }
    assert_eq!(missing, unknown);
    let there = world.ask("analyst", query, json!({"id": of("FR")})).await;
    assert_eq!(there["data"]["node"]["value"], "FR");
}

/// What differs between the two is hidden from an analyst: what few people did, and the last digits of counts.
#[tokio::test]
async fn stores_that_differ_in_small_cells_alone_give_an_analyst_the_same_bytes() {
    let mut answers = Vec::new();
    for (country, hour, more) in [("LI", 9, 1), ("AD", 11, 2)] {
        let world = world().await;
        open(&world, 4, &[(country, hour, 3), (country, hour, 1)]).await;
        open(&world, 5, &vec![("DE", 6, 1); more]).await;
        let mut answer = charts(&world, "analyst").await;
        answer["extensions"]["cost"] = answer["extensions"]["cost"]["actual"].take();
        answers.push(answer.to_string());
        let named = format!("\"{country}\"");
        assert!(!answers[0].contains(&named), "{}", answers[0]);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn counts_that_are_masked_can_be_neither_filtered_nor_ordered_by() {
    let catalog = Catalog::load(postern::catalog::DEFAULT_POLICY).unwrap();
    let resource = catalog.table("campaign_buckets");
    let column = resource.id_of("unique_open_count");
    let argument = vec!["campaign".to_owned(), "buckets".to_owned()];
    let read = Read {
        resource: resource.id,
        columns: vec![column],
        filter: None,
        order: Vec::new(),
        window: Window::Page(Page {
            size: 10,
            direction: Direction::Forward,
            after: None,
            before: None,
        }),
        count: true,
        children: Vec::new(),
    };
    let comparison = Comparison::Equal(1_i64.into());
    let filtered = Read {
        filter: Some(Filter::Compare {
            column,
            comparison,
            argument: argument.clone(),
        }),
        ..read.clone()
    };
    let ordered = Read {
        order: vec![Order {
            column,
            descending: true,
            argument,
        }],
        ..read
    };
    for plan in [filtered, ordered] {
        let owner = viewer(&catalog, "owner").unwrap();
        assert!(permit::read(&catalog, &owner, plan.clone()).is_ok());
        let analyst = viewer(&catalog, "analyst").unwrap();
        let refusal = permit::read(&catalog, &analyst, plan).unwrap_err();
        assert_eq!(Error::from(refusal).code(), Code::ForbiddenField);
    }
}
