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
    audit_event,
    audit_seal,
    bounce,
    campaign,
    campaign_link,
    click,
    consent,
    delivery,
    delivery_server,
    erasure,
    erasure_batch,
    export,
    grant,
    grant_list,
    group_member,
    installation,
    invoice,
    list,
    list_field,
    message,
    open,
    profile_value,
    subscriber,
    subscriber_profile,
    suppression_entry,
    suppression_token,
    transactional_email,
    unsubscribe,
    user,
    user_group,
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
