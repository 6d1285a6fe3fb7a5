//! The list of what exists. A new resource is an entity file, a migration, one line here, a stanza of policy.

use super::shape::TableShape;

macro_rules! resources {
    ($($module:ident),* $(,)?) => {
        /// The shape of every table, in the order of this list.
        pub fn shapes() -> Vec<TableShape> {
            vec![$(TableShape::of::<entities::$module::Entity, entities::$module::Relation>(),)*]
        }
    };
}

resources! {
    account,
    api_key,
    api_usage,
    api_usage_day,
    arrival,
    audit_event,
    audit_seal,
    backup,
    bounce,
    bounce_server,
    campaign,
    campaign_breakdown,
    campaign_bucket,
    campaign_group,
    campaign_link,
    campaign_tag,
    click,
    complaint,
    consent,
    data_request,
    delivery,
    delivery_server,
    disclosure,
    email_box_monitor,
    erasure,
    erasure_batch,
    erasure_recipient,
    export,
    feedback_loop_server,
    grant,
    grant_list,
    group_member,
    import,
    installation,
    invitation,
    invoice,
    legal_hold,
    list,
    list_day,
    list_field,
    message,
    notice,
    open,
    page_visit,
    payment,
    plan,
    policy_version,
    processing_restriction,
    profile_value,
    segment,
    sending_domain,
    sub_processor,
    subscriber,
    subscriber_profile,
    support_ticket,
    suppression_entry,
    suppression_list,
    suppression_token,
    template,
    template_category,
    ticket_message,
    tracking_domain,
    transactional_email,
    transfer,
    unsubscribe,
    upload,
    user,
    user_group,
    visitor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_foreign_key_starts_an_index_or_a_unique_key() {
        let mut missing = Vec::new();
        for table in shapes() {
            for reference in table
                .references
                .iter()
                .filter(|reference| reference.column != "account_id")
            {
                let starts = |key: &Vec<&str>| key.first() == Some(&reference.column);
                if !table.indexes.iter().any(starts) && !table.unique.iter().any(starts) {
                    missing.push(format!("{}.{}", table.name, reference.column));
                }
            }
        }
        assert!(missing.is_empty(), "foreign keys without an index: {missing:?}");
    }
}
