//! An invitation to a person to join a group. It stands until the person comes in, it is withdrawn, or its time is over.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub group_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub email_normalized: String,
    pub membership_expires_at: Option<DateTimeUtc>,
    pub invited_by_id: Option<Uuid>,
    pub expires_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::account::Entity",
        from = "Column::AccountId",
        to = "super::account::Column::Id"
    )]
    Account,
    #[sea_orm(
        belongs_to = "super::user_group::Entity",
        from = "(Column::AccountId, Column::GroupId)",
        to = "(super::user_group::Column::AccountId, super::user_group::Column::Id)"
    )]
    Group,
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::InvitedById",
        to = "super::user::Column::Id"
    )]
    InvitedBy,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["group_id", "email_normalized"]];
    const INDEXES: &[&[&str]] = &[&["email_normalized"], &["group_id"], &["invited_by_id"]];
}
