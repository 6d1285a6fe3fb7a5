//! The tables written down in `schema/tables` are those of the entities.

use std::path::Path;

use crate::store::database::Dialect;
use crate::store::draft::all_tables;

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for tests alone, absent from the program"
)]
#[test]
fn the_tables_written_down_are_those_of_the_entities() {
    for (dialect, name) in [(Dialect::Sqlite, "sqlite"), (Dialect::Postgres, "postgres")] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/tables/{name}.sql"));
        let text = all_tables(dialect);
        if std::env::var("UPDATE").as_deref() == Ok("1") {
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == text,
            "schema/tables/{name}.sql is stale; refresh it with UPDATE=1"
        );
    }
}
