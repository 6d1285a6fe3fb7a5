//! What is asked: each question as a GraphQL document, and beside it the same rows by one hand-written statement for
//! each store, which is the floor. Knows nothing of how they are sent.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

/// A question, as the gateway and as the store gets it.
pub struct Question {
    /// What it is called in the report.
    pub name: &'static str,
    /// The document.
    pub document: &'static str,
    /// Its variables.
    pub variables: Value,
    /// The statement for PostgreSQL.
    pub on_postgres: &'static str,
    /// The statement for SQLite.
    pub on_sqlite: &'static str,
    /// The statement's values.
    pub values: Vec<Uuid>,
    /// How often its floor it may cost, database and gateway together, on PostgreSQL: the ratio of Postern's column
    /// to the floor's in the table of what a request must cost. `None`: nothing is promised of it.
    pub at_most: Option<f64>,
}

/// The question that the promise of 250 µs is about.
pub const PAGE: &str = "page of 100 subscribers, 10 fields";

/// The question in which the list's first page is asked for, and the one in which one far behind it is.
pub const WITH_VALUES: &str = "page of 100 with custom values";
/// See [`WITH_VALUES`].
pub const DEEP: &str = "the same, deep in the list";

/// How many times the first page a page far behind may cost.
pub const DEEP_AT_MOST: f64 = 1.1;

/// All questions; the page is the first.
pub fn questions(world: &World) -> Vec<Question> {
    let account = world.account;
    vec![
        Question {
            name: PAGE,
            document: "{ subscribers(first: 100) { nodes { id email status firstName lastName language country city \
                       lastActiveAt createdAt } } }",
            variables: json!({}),
            on_postgres: PAGE_FLOOR,
            on_sqlite: PAGE_FLOOR,
            values: vec![account],
            at_most: None,
        },
        Question {
            name: "one list by id",
            document: "query($id: ID!) { node(id: $id) { ... on List { id name displayName status profileCount \
                       subscribedCount unsubscribedCount cleanedCount createdAt updatedAt } } }",
            variables: json!({ "id": world.list_id }),
            on_postgres: LIST_FLOOR,
            on_sqlite: LIST_FLOOR,
            values: vec![account, world.list],
            at_most: Some(0.2 / 0.04),
        },
        Question {
            name: "10 lists, 5 campaigns of each",
            document: "{ lists(first: 10) { nodes { id name profileCount subscribedCount unsubscribedCount \
                       campaigns(first: 5) { nodes { id name status sendAt deliveryCount openCount uniqueOpenCount \
                       clickCount uniqueClickCount bounceCount } } } } }",
            variables: json!({}),
            on_postgres: DASHBOARD_ON_POSTGRES,
            on_sqlite: DASHBOARD_ON_SQLITE,
            values: vec![account],
            at_most: Some(0.35 / 0.17),
        },
        Question {
            name: WITH_VALUES,
            document: PROFILES,
            variables: json!({ "id": world.list_id }),
            on_postgres: PROFILES_ON_POSTGRES,
            on_sqlite: PROFILES_ON_SQLITE,
            values: vec![account, world.list, Uuid::nil()],
            at_most: Some(0.7 / 0.29),
        },
        Question {
            name: DEEP,
            document: PROFILES,
            variables: json!({ "id": world.list_id, "after": world.deep_cursor }),
            on_postgres: PROFILES_ON_POSTGRES,
            on_sqlite: PROFILES_ON_SQLITE,
            values: vec![account, world.list, world.deep_profile],
            at_most: Some(0.8 / 0.37),
        },
        Question {
            name: "10 lists, 10 people, last 3 opens",
            document: "{ lists(last: 10) { nodes { id name profiles(first: 10) { nodes { id status subscriber { id \
                       email opens(first: 3, orderBy: [{ field: OPENED_AT, direction: DESC }]) { nodes { openedAt \
                       kind } } } } } } } }",
            variables: json!({}),
            on_postgres: OPENS_ON_POSTGRES,
            on_sqlite: OPENS_ON_SQLITE,
            values: vec![account],
            at_most: Some(1.5 / 0.9),
        },
    ]
}

/// A page of a list's people with their custom values.
pub const PROFILES: &str = "query($id: ID!, $after: String) { node(id: $id) { ... on List { profiles(first: 100, \
     after: $after) { nodes { status subscriber { id email status firstName lastName language country city \
     lastActiveAt createdAt } values { value field { tag } } } pageInfo { endCursor hasNextPage } } } } }";

const PAGE_FLOOR: &str = "SELECT id, email, status, first_name, last_name, language, country, city, last_active_at, \
     created_at FROM subscribers WHERE account_id = $1 ORDER BY id LIMIT 101";

const LIST_FLOOR: &str = "SELECT id, name, display_name, status, profile_count, subscribed_count, \
     unsubscribed_count, cleaned_count, created_at, updated_at FROM lists WHERE account_id = $1 AND id = $2";

const DASHBOARD_ON_POSTGRES: &str = "SELECT l.id, l.name, l.profile_count, l.subscribed_count, \
     l.unsubscribed_count, c.* FROM (SELECT * FROM lists WHERE account_id = $1 ORDER BY id LIMIT 11) AS l \
     LEFT JOIN LATERAL (SELECT id, name, status, send_at, delivery_count, open_count, unique_open_count, \
     click_count, unique_click_count, bounce_count FROM campaigns WHERE account_id = $1 AND list_id = l.id \
     ORDER BY id LIMIT 6) AS c ON TRUE";

const DASHBOARD_ON_SQLITE: &str = "SELECT l.id, l.name, l.profile_count, l.subscribed_count, \
     l.unsubscribed_count, c.id, c.name, c.status, c.send_at, c.delivery_count, c.open_count, c.unique_open_count, \
     c.click_count, c.unique_click_count, c.bounce_count FROM (SELECT * FROM lists WHERE account_id = $1 \
     ORDER BY id LIMIT 11) AS l LEFT JOIN campaigns AS c NOT INDEXED ON c.rowid IN (SELECT x.rowid FROM campaigns \
     AS x WHERE x.account_id = $1 AND x.list_id = l.id ORDER BY x.id LIMIT 6)";

const PROFILES_ON_SQLITE: &str = "SELECT p.id, p.status, s.id, s.email, s.status, s.first_name, s.last_name, s.language, \
     s.country, s.city, s.last_active_at, s.created_at, v.value, f.tag FROM (SELECT * FROM subscriber_profiles \
     WHERE account_id = $1 AND list_id = $2 AND id > $3 ORDER BY id LIMIT 101) AS p \
     LEFT JOIN subscribers AS s ON s.account_id = $1 AND s.id = p.subscriber_id \
     LEFT JOIN profile_values AS v ON v.account_id = $1 AND v.profile_id = p.id \
     LEFT JOIN list_fields AS f ON f.account_id = $1 AND f.id = v.field_id";

const PROFILES_ON_POSTGRES: &str = "SELECT p.id, p.status, s.*, v.value, f.tag FROM (SELECT id, status, subscriber_id FROM \
     subscriber_profiles WHERE account_id = $1 AND list_id = $2 AND id > $3 ORDER BY id LIMIT 101) AS p \
     LEFT JOIN LATERAL (SELECT id, email, status, first_name, last_name, language, country, city, last_active_at, \
     created_at FROM subscribers WHERE account_id = $1 AND id = p.subscriber_id LIMIT 1) AS s ON TRUE \
     LEFT JOIN profile_values AS v ON v.account_id = $1 AND v.profile_id = p.id \
     LEFT JOIN list_fields AS f ON f.account_id = $1 AND f.id = v.field_id";

const OPENS_ON_POSTGRES: &str = "SELECT l.id, l.name, p.id, p.status, s.id, s.email, o.* FROM (SELECT id, name FROM \
     lists WHERE account_id = $1 ORDER BY id DESC LIMIT 11) AS l LEFT JOIN LATERAL (SELECT id, status, subscriber_id FROM \
     subscriber_profiles WHERE account_id = $1 AND list_id = l.id ORDER BY id LIMIT 11) AS p ON TRUE \
     LEFT JOIN LATERAL (SELECT id, email FROM subscribers WHERE account_id = $1 AND id = p.subscriber_id LIMIT 1) AS s \
     ON TRUE LEFT JOIN LATERAL (SELECT opened_at, kind FROM opens WHERE account_id = $1 AND subscriber_id = s.id ORDER BY opened_at DESC, id DESC LIMIT 4) AS o \
     ON TRUE";

const OPENS_ON_SQLITE: &str = "SELECT l.id, l.name, p.id, p.status, s.id, s.email, o.opened_at, o.kind FROM (SELECT \
     id, name FROM lists WHERE account_id = $1 ORDER BY id DESC LIMIT 11) AS l LEFT JOIN subscriber_profiles AS p NOT \
     INDEXED ON p.rowid IN (SELECT x.rowid FROM subscriber_profiles AS x WHERE x.account_id = $1 AND x.list_id = \
     l.id ORDER BY x.id LIMIT 11) LEFT JOIN subscribers AS s ON s.account_id = $1 AND s.id = p.subscriber_id LEFT \
     JOIN opens AS o NOT INDEXED ON o.rowid IN (SELECT y.rowid FROM opens AS y WHERE y.account_id = $1 AND \
     y.subscriber_id = s.id ORDER BY y.opened_at DESC, y.id DESC LIMIT 4)";
