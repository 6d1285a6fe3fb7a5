//! Who asks is looked up before any account is known, and by an index all the same.

use uuid::Uuid;

use super::super::identity::{key_of_prefix, memberships_of};
use crate::store::Sql;
use crate::store::database::{Database, DatabaseOptions, Dialect};
use crate::store::testing::stores;

#[tokio::test]
async fn keys_are_found_by_their_prefix_and_memberships_by_their_user_in_an_index_over_all_accounts() {
    for store in stores().await {
        // So small a table would rather be read as a whole.
        let mark = if store.url.contains('?') { '&' } else { '?' };
        let (url, word, place) = match store.database.dialect() {
            Dialect::Postgres => (
                format!("{}{mark}options[enable_seqscan]=off", store.url),
                "EXPLAIN ",
                0,
            ),
            Dialect::Sqlite => (store.url.clone(), "EXPLAIN QUERY PLAN ", 3),
        };
        let database = Database::connect(&url, &DatabaseOptions::default())
            .await
            .unwrap();
        let cases = [
            (key_of_prefix("0123456789ab"), ["(prefix = ", "(prefix=?)"]),
            (memberships_of(Uuid::from_u128(7)), ["(user_id = ", "(user_id=?)"]),
        ];
        for (sql, conditions) in cases {
            let mut explained = Sql::new(word);
            explained.append(sql);
            let rows = database.fetch(&explained).await.unwrap();
            let lines: Vec<String> = rows.iter().map(|row| row.text(place).unwrap()).collect();
            let is_found = |line: &String| match database.dialect() {
                Dialect::Postgres => line.contains("Index Cond: ") && line.contains(conditions[0]),
                Dialect::Sqlite => line.contains(" USING ") && line.contains(conditions[1]),
            };
            assert!(lines.iter().any(is_found), "{}: {lines:#?}", store.name);
        }
        database.close().await;
    }
}
