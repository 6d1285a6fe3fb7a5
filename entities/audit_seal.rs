//! The sealed state of the audit log up to one moment: the root over a batch of events, chained to the seal before.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_seals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: i64,
    pub first_event_id: Uuid,
    pub last_event_id: Uuid,
    pub event_count: i64,
    pub root: Vec<u8>,
    pub previous_root: Vec<u8>,
    pub sealed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["number"]];
}
