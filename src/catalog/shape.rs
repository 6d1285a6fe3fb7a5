//! The shape of a table as its entity says it: columns, references, keys. Knows no decision.

use entities::Keys;
use sea_orm::entity::{ColumnTrait, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn, RelationTrait};
use sea_orm::sea_query::{ColumnType, TableRef};

use crate::cell::Kind;

/// A table as its entity says it.
#[derive(Clone, Debug)]
pub struct TableShape {
    /// The table's name in SQL.
    pub name: &'static str,
    /// The primary key: `[account_id, id]`, or `[id]` for tables of the whole installation.
    pub primary_key: Vec<&'static str>,
    /// Every column, in the order of the entity.
    pub columns: Vec<ColumnShape>,
    /// Every foreign key, by the column that is not `account_id` (or `account_id` itself for the account).
    pub references: Vec<ReferenceShape>,
    /// Unique keys; within the account where the table has one.
    pub unique: Vec<Vec<&'static str>>,
    /// Keys that are unique in the whole installation.
    pub unique_everywhere: Vec<Vec<&'static str>>,
    /// Indexes over the rows of all accounts; each ends with the primary key.
    pub indexes_everywhere: Vec<Vec<&'static str>>,
    /// Further indexes; each starts with `account_id`, where there is one, and ends with `id`.
    pub indexes: Vec<Vec<&'static str>>,
}

/// A column as its entity says it.
#[derive(Clone, Debug)]
pub struct ColumnShape {
    /// The name in SQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The words of an enum, else empty.
    pub words: Vec<String>,
    /// The enum's name in `lower_case`, for enums.
    pub enum_name: Option<String>,
}

/// A foreign key as its entity says it.
#[derive(Clone, Debug)]
pub struct ReferenceShape {
    /// The referring column, beside `account_id`.
    pub column: &'static str,
    /// The table referred to.
    pub table: String,
    /// Whether the key includes `account_id`.
    pub within_account: bool,
}

impl TableShape {
    /// Reads an entity.
    pub fn of<E: EntityTrait + Keys, R: RelationTrait + Iterable>() -> TableShape {
        let entity = E::default();
        let name = IdenStatic::as_str(&entity);
        TableShape {
            name,
            primary_key: E::PrimaryKey::iter()
                .map(|key| IdenStatic::as_str(&key.into_column()))
                .collect(),
            columns: E::Column::iter()
                .map(|column| column_shape(name, &column))
                .collect(),
            references: R::iter()
                .map(|relation| reference_shape(name, &relation))
                .collect(),
            unique: E::UNIQUE.iter().map(|key| key.to_vec()).collect(),
            unique_everywhere: E::UNIQUE_EVERYWHERE.iter().map(|key| key.to_vec()).collect(),
            indexes_everywhere: E::INDEXES_EVERYWHERE.iter().map(|key| key.to_vec()).collect(),
            indexes: E::INDEXES.iter().map(|key| key.to_vec()).collect(),
        }
    }

    /// Whether rows belong to an account by their key.
    pub fn has_account(&self) -> bool {
        self.primary_key.contains(&"account_id")
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&ColumnShape> {
        self.columns.iter().find(|column| column.name == name)
    }
}

fn column_shape<C: ColumnTrait>(table: &str, column: &C) -> ColumnShape {
    let definition = column.def();
    let name = IdenStatic::as_str(column);
    let mut words = Vec::new();
    let mut enum_name = None;
    let kind = match definition.get_column_type() {
        ColumnType::Boolean => Kind::Bool,
        ColumnType::BigInteger => Kind::Int,
        ColumnType::Text => Kind::Text,
        ColumnType::Uuid => Kind::Uuid,
        ColumnType::TimestampWithTimeZone => Kind::Instant,
        ColumnType::Json => Kind::Json,
        ColumnType::VarBinary(_) | ColumnType::Binary(_) | ColumnType::Blob => Kind::Bytes,
        ColumnType::Enum { name, variants } => {
            words = variants.iter().map(|word| word.inner().to_string()).collect();
            enum_name = Some(name.inner().to_string());
            Kind::Enum
        }
        other => panic!("entities: {table}.{name} has the type {other:?}, which no store has a place for"),
    };
    ColumnShape {
        name,
        kind,
        nullable: definition.is_null(),
        words,
        enum_name,
    }
}

fn reference_shape<R: RelationTrait>(table: &str, relation: &R) -> ReferenceShape {
    let definition = relation.def();
    let columns: Vec<String> = definition
        .from_col
        .into_iter()
        .map(|column| column.inner().to_string())
        .collect();
    let column = columns.last().expect("a foreign key has a column");
    let TableRef::Table(target, _) = definition.to_tbl else {
        panic!("entities: {table} refers to something that is no table")
    };
    ReferenceShape {
        column: Box::leak(column.clone().into_boxed_str()),
        table: target.1.inner().to_string(),
        within_account: columns.len() > 1,
    }
}
