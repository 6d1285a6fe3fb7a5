//! Many rows for tests of what statements cost, made inside of the database.

use crate::catalog::{Catalog, Column};
use crate::cell::Kind;
use crate::store::database::{Database, Dialect};
use crate::store::sql::Sql;
use crate::store::testing::TestStore;

/// The account that asks: it has a tenth of all rows, two hundred others share the rest, so that what is right on
/// average is wrong for it.
pub(super) const ACCOUNT: u128 = 3;

/// The account of row `n`.
const OWNER: &str = "(CASE WHEN n % 10 = 0 THEN 3 ELSE (n / 10) % 200 END)";

/// The list or campaign of row `n`: of five in its account, the first has nearly all.
const LIST: &str = "@(CASE WHEN n % 10 = 0 THEN 3 ELSE (n / 10) % 200 END + 200 * (CASE WHEN n % 100 < 80 THEN 0 ELSE (n / 100) % 5 END))";

/// Rows of a table, written with their number `n`.
struct Bulk {
    table: &'static str,
    count: u32,
    /// The number of a row's account.
    owner: &'static str,
    /// The columns that must fit others; `@` stands before the number of an id.
    fitting: &'static [(&'static str, &'static str)],
}

const fn bulk(
    table: &'static str,
    count: u32,
    owner: &'static str,
    fitting: &'static [(&'static str, &'static str)],
) -> Bulk {
    Bulk {
        table,
        count,
        owner,
        fitting,
    }
}

const BULK: &[Bulk] = &[
    bulk("accounts", 200, "n", &[("name", "'account ' || n")]),
    bulk("lists", 1_000, "(n % 200)", &[]),
    bulk("campaigns", 1_000, "(n % 200)", &[("list_id", "@n")]),
    bulk(
        "subscribers",
        20_000,
        OWNER,
        &[("email_normalized", "'person' || n || '@example.test'")],
    ),
    bulk(
        "subscriber_profiles",
        20_000,
        OWNER,
        &[("subscriber_id", "@n"), ("list_id", LIST)],
    ),
    bulk(
        "deliveries",
        20_000,
        OWNER,
        &[("subscriber_id", "@n"), ("campaign_id", LIST)],
    ),
    bulk(
        "opens",
        40_000,
        OWNER,
        &[
            ("subscriber_id", "@(n % 20000)"),
            ("campaign_id", LIST),
            ("delivery_id", "@(n % 20000)"),
        ],
    ),
];

/// Fills an empty, migrated database and lets it take its statistics.
pub(super) async fn fill(store: &TestStore, catalog: &Catalog) {
    let dialect = store.database.dialect();
    for Bulk {
        table,
        count,
        owner,
        fitting,
    } in BULK
    {
        let resource = catalog.table(table);
        let mut columns = Vec::new();
        let mut values = Vec::new();
        for column in &resource.columns {
            let fitting = fitting.iter().find(|(name, _)| *name == column.name);
            let value = match (fitting, column.name.as_str()) {
                (Some((_, text)), _) => match text.strip_prefix('@') {
                    Some(number) => id(dialect, number),
                    None => (*text).to_string(),
                },
                (None, "account_id") => id(dialect, owner),
                (None, "id") => id(dialect, "n"),
                (None, _) if column.nullable => continue,
                (None, _) => any_value(dialect, column),
            };
            columns.push(format!("\"{}\"", column.name));
            values.push(value);
        }
        let text = format!(
            "WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g WHERE n + 1 < {count}) \
             INSERT INTO \"{table}\" ({}) SELECT {} FROM g",
            columns.join(", "),
            values.join(", ")
        );
        run(&store.database, &text).await;
    }
    run(&store.database, "ANALYZE").await;
}

async fn run(database: &Database, text: &str) {
    let mut transaction = database.begin().await.expect("changes can begin");
    let done = transaction.execute(&Sql::new(text)).await;
    done.unwrap_or_else(|error| panic!("{text}: {error}"));
    transaction.commit().await.expect("the rows fit");
}

fn id(dialect: Dialect, number: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("lpad(to_hex({number}), 32, '0')::uuid"),
        Dialect::Sqlite => format!("unhex(printf('%032x', {number}))"),
    }
}

fn any_value(dialect: Dialect, column: &Column) -> String {
    match (column.kind, dialect) {
        (Kind::Bool, Dialect::Postgres) => "FALSE".to_string(),
        (Kind::Bool, Dialect::Sqlite) | (Kind::Int, _) => "0".to_string(),
        (Kind::Enum, _) => format!("'{}'", column.words[0]),
        (Kind::Instant, Dialect::Postgres) => "to_timestamp(1700000000 + n)".to_string(),
        (Kind::Instant, Dialect::Sqlite) => "(1700000000 + n) * 1000000".to_string(),
        (Kind::Text, _) => "'text ' || n".to_string(),
        (Kind::Json, _) => "'{}'".to_string(),
        (Kind::Uuid, _) => id(dialect, "n"),
        (Kind::Bytes, _) => panic!("{} needs bytes", column.name),
    }
}
