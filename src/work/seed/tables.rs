//! The rows that a stretch of made-up people brings, table by table, in the order in which references allow them
//! to be written.

use crate::cell::Cell;

/// Rows with the columns of their table.
pub struct Rows {
    /// The table.
    pub table: &'static str,
    /// The columns of each row, besides `account_id`.
    pub columns: &'static [&'static str],
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Rows {
    /// An empty table.
    pub fn new(table: &'static str, columns: &'static [&'static str]) -> Rows {
        Rows {
            table,
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row, which is as long as `columns`.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "{}", self.table);
        self.rows.push(row);
    }
}

macro_rules! tables {
    ($($field:ident = $table:literal [$($column:literal),* $(,)?];)*) => {
        /// The tables that people fill.
        pub struct Tables { $(#[doc = concat!("Rows of `", $table, "`.")] pub $field: Rows,)* }

        impl Default for Tables {
            fn default() -> Self {
                Tables { $($field: Rows::new($table, &[$($column),*]),)* }
            }
        }

        impl Tables {
            /// How many rows there are in all.
            pub fn len(&self) -> usize {
                0 $(+ self.$field.rows.len())*
            }

            /// Whether there is no row.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// The tables' names, in the order in which they can be written.
            pub fn names() -> Vec<&'static str> {
                vec![$($table),*]
            }

            /// Takes every table's rows out, in the order in which they can be written.
            pub fn drain(&mut self) -> Vec<Rows> {
                vec![$(std::mem::replace(&mut self.$field, Rows::new($table, &[$($column),*])),)*]
            }
        }
    };
}

tables! {
    subscribers = "subscribers" ["id", "email", "email_normalized", "status", "first_name", "last_name", "phone",
        "language", "timezone", "country", "city", "last_active_at", "source", "external_id", "created_at", "updated_at"];
    profiles = "subscriber_profiles" ["id", "subscriber_id", "list_id", "status", "status_changed_at", "ip_address",
        "opted_in_at", "opt_in_ip", "confirmed_at", "opted_out_at", "tags", "source", "external_id", "created_at",
        "updated_at"];
    values = "profile_values" ["id", "profile_id", "field_id", "ordinal", "value", "changed_at"];
    consents = "consents" ["id", "subscriber_id", "list_id", "purpose", "preference", "mechanism", "legal_basis",
        "text_version", "given_at", "ip_address", "created_at"];
    deliveries = "deliveries" ["id", "campaign_id", "subscriber_id", "server_id", "recipient_email", "subject",
        "status", "retries", "open_count", "click_count", "sent_at"];
    opens = "opens" ["id", "delivery_id", "campaign_id", "subscriber_id", "opened_at", "ip_address", "user_agent",
        "country", "city", "browser", "operating_system", "device", "kind"];
    clicks = "clicks" ["id", "delivery_id", "campaign_id", "link_id", "subscriber_id", "clicked_at", "ip_address",
        "user_agent", "country", "city", "browser", "operating_system", "device", "kind"];
    bounces = "bounces" ["id", "delivery_id", "campaign_id", "subscriber_id", "kind", "code", "diagnostic",
        "reported_by", "bounced_at", "bounce_server_id"];
    unsubscribes = "unsubscribes" ["id", "profile_id", "subscriber_id", "campaign_id", "list_id", "method", "reason",
        "ip_address", "unsubscribed_at"];
    complaints = "complaints" ["id", "delivery_id", "campaign_id", "subscriber_id", "feedback_loop_server_id", "kind",
        "reported_by", "message", "complained_at"];
    visitors = "visitors" ["id", "subscriber_id", "cookie_id", "first_seen_at", "last_seen_at"];
    visits = "page_visits" ["id", "subscriber_id", "visitor_id", "url", "title", "ip_address", "user_agent",
        "languages", "visited_at"];
    restrictions = "processing_restrictions" ["id", "subscriber_id", "kind", "purpose", "reason", "starts_at"];
    tickets = "support_tickets" ["id", "number", "subject", "kind", "channel", "priority", "status", "subscriber_id",
        "first_reply_at", "created_at", "updated_at"];
    messages = "ticket_messages" ["id", "ticket_id", "direction", "is_internal", "body", "sent_at"];
    requests = "data_requests" ["id", "kind", "regulation", "channel", "state", "subscriber_id", "support_ticket_id",
        "note", "received_at", "due_at", "completed_at"];
    disclosures = "disclosures" ["id", "recipient", "recipient_kind", "sub_processor_id", "subscriber_id",
        "data_categories", "purpose", "legal_basis", "is_sale", "disclosed_at"];
}
