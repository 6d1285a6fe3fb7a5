//! Clocks, the fate of rows, ways to people and lists, names.

use super::super::edit::Text;
use super::{Case, case, column, reference, stanza};
use crate::catalog::PolicyFaultKind::*;

pub(super) fn clocks_and_fates() -> Vec<Case> {
    let text = Text::built_in();
    vec![
        column(
            RetainIncomplete,
            "invoices",
            "billed_name",
            "from = \"issued_at\", for = \"8 years, end of year\", ",
            "",
        ),
        column(
            RetainIncomplete,
            "invoices",
            "billed_address",
            "retain = \"tax:DE:AO147\", ",
            "",
        ),
        column(
            RetainIncomplete,
            "invoices",
            "vat_number",
            ", then = \"delete\"",
            "",
        ),
        column(RetainIncomplete, "invoices", "tax_minor", "tax:DE:AO147", " "),
        column(
            ClockUnknown,
            "invoices",
            "total_minor",
            "8 years, end of year",
            "a reasonable period",
        ),
        column(
            ClockStartWrong,
            "invoices",
            "subtotal_minor",
            "issued_at",
            "due_at",
        ),
        reference(
            ClockUnknown,
            "audit_events",
            "account_id",
            "36 months",
            "some months",
        ),
        stanza(ClockStartWrong, "opens", "keep", "opened_at", "browser"),
        stanza(ClockUnknown, "clicks", "keep", "24 months", "ever"),
        case(
            KeepMissing,
            "consents",
            "",
            text.without("tables.consents", "keep"),
        ),
        case(
            KeepDoesNotFit,
            "clicks",
            "ip_address",
            text.with("tables.clicks", "keep", "delete", "anonymise"),
        ),
        stanza(KeepDoesNotFit, "erasures", "keep", "36 months", "24 months"),
        column(
            PersonalDataStays,
            "deliveries",
            "recipient_email",
            "\"null\"",
            "\"with_row\"",
        ),
        case(PersonalDataStays, "opens", "ip_address", {
            let once = text.with("tables.opens.references", "subscriber_id", "cascade", "unlink");
            let line =
                "delivery_id = { on_erase = \"cascade\", description = \"The delivery that was opened.\"";
            assert_eq!(once.matches(line).count(), 1);
            once.replace(line, &line.replace("cascade", "unlink"))
        }),
        reference(
            UnlinkNeedsNull,
            "profile_values",
            "profile_id",
            "cascade",
            "unlink",
        ),
        reference(
            ReassignBreaksUnique,
            "subscriber_profiles",
            "list_id",
            "cascade",
            "reassign",
        ),
        reference(
            CascadeThroughRetained,
            "invoices",
            "account_id",
            "{ retain = \"tax:DE:AO147\", from = \"issued_at\", for = \"8 years, end of year\", then = \"delete\" }",
            "\"cascade\"",
        ),
        case(
            CascadeThroughRetained,
            "consents",
            "subscriber_id",
            text.with(
                "tables.consents.columns",
                "withdrawn_at",
                "\"with_row\"",
                "{ retain = \"claims\", from = \"given_at\", for = \"3 years\", then = \"delete\" }",
            ),
        ),
        reference(
            CascadeThroughRetained,
            "transactional_emails",
            "subscriber_id",
            "\"cascade\"",
            "{ retain = \"claims\", from = \"created_at\", for = \"3 years\", then = \"delete\" }",
        ),
    ]
}

pub(super) fn ways_and_names() -> Vec<Case> {
    let text = Text::built_in();
    vec![
        case(
            SubjectMissing,
            "consents",
            "subscriber_id",
            text.without("tables.consents", "subject"),
        ),
        case(
            SubjectMissing,
            "profile_values",
            "profile_id",
            text.without("tables.profile_values", "subject"),
        ),
        stanza(
            SubjectWrong,
            "bounces",
            "subject",
            "\"subscriber_id\"",
            "\"campaign_id\"",
        ),
        stanza(
            SubjectWrong,
            "deliveries",
            "subject",
            "subscriber_id",
            "person_id",
        ),
        stanza(
            SubjectWrong,
            "suppression_entries",
            "subject",
            "@email_normalized",
            "@email",
        ),
        case(
            CascadeThroughRetained,
            "payments",
            "invoice_id",
            text.with(
                "tables.invoices.references",
                "account_id",
                "{ retain = \"tax:DE:AO147\", from = \"issued_at\", for = \"8 years, end of year\", then = \"delete\" }",
                "\"cascade\"",
            ),
        ),
        column(
            PersonalDataStays,
            "invoices",
            "note",
            "erase = \"null\"",
            "erase = \"with_row\"",
        ),
        column(HoldWrong, "accounts", "email", "unpaid_invoice", "unpaid_bill"),
        column(
            HoldWrong,
            "lists",
            "default_from_email",
            "mask = \"email\"",
            "mask = \"email\", held_by = \"unpaid_invoice\"",
        ),
        case(
            SubjectMayBeNull,
            "opens",
            "",
            text.without("tables.opens", "orphans"),
        ),
        case(
            AddressUndecided,
            "transactional_emails",
            "",
            text.without("tables.transactional_emails", "on_address"),
        ),
        case(
            AddressUndecided,
            "messages",
            "",
            text.adding("tables.messages", "on_address = \"cascade\""),
        ),
        case(
            RemovalUndecided,
            "segments",
            "",
            text.without("tables.segments", "removal"),
        ),
        stanza(RemovalUndecided, "templates", "removal", "delete", "shred"),
        stanza(
            RemovalUndecided,
            "campaign_links",
            "removal",
            "a link of a campaign goes with it",
            " ",
        ),
        case(
            RemovalUndecided,
            "plans",
            "",
            text.adding("tables.plans", "removal = \"delete\""),
        ),
        stanza(
            TableMalformed,
            "suppression_entries",
            "on_address",
            "cascade",
            "shred",
        ),
        stanza(
            ScopeWrong,
            "campaign_links",
            "scope",
            "campaign_id/list_id",
            "campaign_id",
        ),
        stanza(
            ScopeWrong,
            "subscribers",
            "scope",
            "^subscriber_profiles.subscriber_id",
            "^subscriber_profiles",
        ),
        stanza(
            ScopeWrong,
            "clicks",
            "scope",
            "campaign_id/list_id",
            "campaign_id/shelf_id",
        ),
        stanza(
            OperatorsOnlyWrong,
            "ticket_messages",
            "operators_only",
            "is_internal",
            "direction",
        ),
        stanza(NameTaken, "opens", "name", "Open", "Click"),
        stanza(NameTaken, "messages", "name", "Message", "Subscription"),
        case(
            NameTaken,
            "opens",
            "device",
            text.with("tables.lists", "name", "List", "Device"),
        ),
        case(
            MatchWrong,
            "subscribers",
            "status",
            text.with(
                "tables.subscribers.matches",
                "suppression",
                "column = \"email_normalized\"",
                "column = \"status\"",
            ),
        ),
        case(
            MatchWrong,
            "subscribers",
            "email_normalized",
            text.with(
                "tables.subscribers.matches",
                "suppression",
                "suppression_entries.email_normalized",
                "users.email_normalized",
            ),
        ),
        case(
            NameTaken,
            "consents",
            "subscriber_id",
            text.with(
                "tables.subscribers.matches",
                "suppression",
                "suppression = ",
                "consents = ",
            ),
        ),
        stanza(NameMalformed, "messages", "name", "Message", "message of the day"),
        reference(
            NameTaken,
            "campaigns",
            "list_id",
            "inverse = \"campaigns\"",
            "field = \"name\", inverse = \"campaigns\"",
        ),
        reference(
            NameMalformed,
            "campaigns",
            "list_id",
            "inverse = \"campaigns\"",
            "inverse = \"the campaigns\"",
        ),
        stanza(
            DescriptionMissing,
            "messages",
            "description",
            "A notice from the platform to a customer.",
            "",
        ),
    ]
}
