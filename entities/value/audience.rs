//! Words about lists, subscribers, consent and suppression.

use sea_orm::entity::prelude::*;

/// Whether subscribers are shown the list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "list_visibility",
    rename_all = "snake_case"
)]
pub enum ListVisibility {
    Public,
    Private,
}

/// Whether a sign-up must be confirmed by mail.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "opt_in",
    rename_all = "snake_case"
)]
pub enum OptIn {
    Single,
    Double,
}

/// Where a list is in its life.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "list_status",
    rename_all = "snake_case"
)]
pub enum ListStatus {
    Active,
    Archived,
    PendingDelete,
}

/// What a custom field holds.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "field_kind",
    rename_all = "snake_case"
)]
pub enum FieldKind {
    Text,
    Textarea,
    Email,
    Url,
    Phone,
    Number,
    Date,
    Datetime,
    Boolean,
    Choice,
    MultipleChoice,
    Country,
    State,
    City,
    Rating,
    Consent,
    Address,
    Birthday,
    PostalCode,
}

/// The class of personal data that the values of a custom field are; undecided counts as special.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "field_class",
    rename_all = "snake_case"
)]
pub enum FieldClass {
    None,
    Contact,
    Identity,
    Location,
    Behaviour,
    Preference,
    Special,
}

/// The state of the person in the whole account.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "subscriber_status",
    rename_all = "snake_case"
)]
pub enum SubscriberStatus {
    Active,
    Disabled,
    Blocklisted,
}

/// The state of a subscriber on one list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "profile_status",
    rename_all = "snake_case"
)]
pub enum ProfileStatus {
    PendingConfirm,
    PendingApproval,
    Subscribed,
    Unsubscribed,
    Cleaned,
    Complained,
    Disabled,
    Moved,
    NonSubscribed,
}

/// What the person said.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "consent_preference",
    rename_all = "snake_case"
)]
pub enum ConsentPreference {
    OptIn,
    OptOut,
    Acknowledge,
}

/// How the person was asked.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "consent_mechanism",
    rename_all = "snake_case"
)]
pub enum ConsentMechanism {
    OptIn,
    OptOut,
    NoticeOnly,
}

/// The ground of Art. 6 GDPR.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "legal_basis",
    rename_all = "snake_case"
)]
pub enum LegalBasis {
    Consent,
    Contract,
    LegalObligation,
    LegitimateInterest,
    VitalInterest,
    PublicTask,
}

/// Why an address must not be mailed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "suppression_reason",
    rename_all = "snake_case"
)]
pub enum SuppressionReason {
    Unsubscribed,
    Complaint,
    HardBounce,
    InvalidEmail,
    Manual,
}

/// Why a token is kept.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "token_reason",
    rename_all = "snake_case"
)]
pub enum TokenReason {
    Erased,
    Objected,
}

/// The way an opting out came in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "unsubscribe_method",
    rename_all = "snake_case"
)]
pub enum UnsubscribeMethod {
    Link,
    OneClick,
    Mailto,
    Monitor,
    Api,
    Admin,
    Bounce,
    Import,
}

/// Whether all conditions of a segment must hold, or any.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "segment_match",
    rename_all = "snake_case"
)]
pub enum SegmentMatch {
    All,
    Any,
}

/// Where a segment is in its life.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "segment_status",
    rename_all = "snake_case"
)]
pub enum SegmentStatus {
    Active,
    Building,
    Failed,
    Archived,
}

/// What was asked for: no use but storage (Art. 18), no direct marketing (Art. 21), or none while it is disputed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "restriction_kind",
    rename_all = "snake_case"
)]
pub enum RestrictionKind {
    Restricted,
    Objection,
    Dispute,
}
