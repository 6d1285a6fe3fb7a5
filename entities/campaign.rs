//! One mailing to a list, with counters that only rise.

use sea_orm::entity::prelude::*;

use crate::value::{CampaignKind, CampaignStatus};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "campaigns")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub list_id: Option<Uuid>,
    pub segment_id: Option<Uuid>,
    pub template_id: Option<Uuid>,
    pub campaign_group_id: Option<Uuid>,
    pub tracking_domain_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub list_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub preheader: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub from_name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub from_email: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reply_to: Option<String>,
    pub kind: CampaignKind,
    #[sea_orm(column_type = "Text", nullable)]
    pub html_body: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub plain_body: Option<String>,
    pub send_at: Option<DateTimeUtc>,
    pub started_at: Option<DateTimeUtc>,
    pub finished_at: Option<DateTimeUtc>,
    pub status: CampaignStatus,
    pub delivery_count: i64,
    pub open_count: i64,
    pub unique_open_count: i64,
    pub click_count: i64,
    pub unique_click_count: i64,
    pub bounce_count: i64,
    pub complaint_count: i64,
    pub unsubscribe_count: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub source: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub external_id: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
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
        belongs_to = "super::list::Entity",
        from = "(Column::AccountId, Column::ListId)",
        to = "(super::list::Column::AccountId, super::list::Column::Id)"
    )]
    List,
    #[sea_orm(
        belongs_to = "super::template::Entity",
        from = "(Column::AccountId, Column::TemplateId)",
        to = "(super::template::Column::AccountId, super::template::Column::Id)"
    )]
    Template,
    #[sea_orm(
        belongs_to = "super::segment::Entity",
        from = "(Column::AccountId, Column::SegmentId)",
        to = "(super::segment::Column::AccountId, super::segment::Column::Id)"
    )]
    Segment,
    #[sea_orm(
        belongs_to = "super::campaign_group::Entity",
        from = "(Column::AccountId, Column::CampaignGroupId)",
        to = "(super::campaign_group::Column::AccountId, super::campaign_group::Column::Id)"
    )]
    CampaignGroup,
    #[sea_orm(
        belongs_to = "super::tracking_domain::Entity",
        from = "(Column::AccountId, Column::TrackingDomainId)",
        to = "(super::tracking_domain::Column::AccountId, super::tracking_domain::Column::Id)"
    )]
    TrackingDomain,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["list_id"],
        &["list_id", "created_at"],
        &["created_at"],
        &["send_at"],
        &["segment_id", "created_at"],
        &["template_id", "created_at"],
        &["campaign_group_id", "created_at"],
        &["tracking_domain_id"],
    ];
}
