//! What a row proves of the past: consents given, and opting out. Pure.

use entities::value::ProfileStatus;

use super::merge::Run;
use super::record::Incoming;
use super::state::Known;
use super::status::at;
use uuid::Uuid;

/// A subscriber on a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) subscriber: Uuid,
    pub(super) list: Uuid,
    pub(super) profile: Uuid,
}

/// The proof of an opt-in becomes a consent, an opt-out an entry of the history. Each has an id made of the profile
/// and the file's own words, so that it is written once.
pub(super) fn push(known: &mut Known, run: &Run<'_>, member: Member, row: &Incoming) {
    let Member {
        subscriber,
        list,
        profile,
    } = member;
    let source = format!("import {}", run.source);
    let (opted_in, confirmed) = (at(&row.opted_in_at), at(&row.confirmed_at));
    if let Some(given) = confirmed.or(opted_in) {
        let words = [("opted in", &row.opted_in_at), ("confirmed", &row.confirmed_at)]
            .iter()
            .filter_map(|(what, moment)| moment.as_ref().map(|moment| format!("{what} {}", moment.raw)))
            .collect::<Vec<_>>()
            .join(", ");
        known.consents.push(vec![
            (run.new_id)().into(),
            subscriber.into(),
            list.into(),
            "newsletter".into(),
            "opt_in".into(),
            "opt_in".into(),
            "consent".into(),
            format!("as the file says: {words}").into(),
            given.into(),
            row.confirm_ip.clone().or(row.opt_in_ip.clone()).into(),
            at(&row.opted_out_at).into(),
            source.clone().into(),
            format!("{profile} {words}").into(),
            run.now.into(),
        ]);
    }
    if let (Some(ProfileStatus::Unsubscribed), Some(moment), Some(when)) =
        (row.status, &row.opted_out_at, at(&row.opted_out_at))
    {
        known.unsubscribes.push(vec![
            (run.new_id)().into(),
            profile.into(),
            subscriber.into(),
            list.into(),
            "import".into(),
            row.opt_out_reason.clone().into(),
            row.opt_out_campaign
                .as_ref()
                .map(|campaign| format!("campaign {campaign}"))
                .into(),
            when.into(),
            source.into(),
            format!("{profile} {}", moment.raw).into(),
        ]);
    }
}

/// Columns of the rows that [`Known::consents`] holds.
pub const CONSENT_COLUMNS: [&str; 14] = [
    "id",
    "subscriber_id",
    "list_id",
    "purpose",
    "preference",
    "mechanism",
    "legal_basis",
    "statement",
    "given_at",
    "ip_address",
    "withdrawn_at",
    "source",
    "external_id",
    "created_at",
];

/// Columns of the rows that [`Known::unsubscribes`] holds.
pub const UNSUBSCRIBE_COLUMNS: [&str; 10] = [
    "id",
    "profile_id",
    "subscriber_id",
    "list_id",
    "method",
    "reason",
    "note",
    "unsubscribed_at",
    "source",
    "external_id",
];
