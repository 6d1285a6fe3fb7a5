//! Decisions that do not fit the column.

use super::super::edit::Text;
use super::{Case, case, column};
use crate::catalog::PolicyFaultKind::*;

pub(super) fn that_do_not_fit() -> Vec<Case> {
    vec![
        column(
            MaskTooOpen,
            "subscribers",
            "last_name",
            "mask = \"initial\"",
            "mask = \"clear\"",
        ),
        column(
            MaskDoesNotFit,
            "subscribers",
            "last_active_at",
            "mask = \"clear\"",
            "mask = \"email\"",
        ),
        column(
            MaskDoesNotFit,
            "subscribers",
            "timezone",
            "mask = \"hide\"",
            "mask = \"ip_prefix\"",
        ),
        column(
            SecretExported,
            "delivery_servers",
            "password",
            "export = []",
            "export = [\"account\"]",
        ),
        column(
            SecretQueried,
            "invoices",
            "portal_url",
            "mask = \"hide\"",
            "mask = \"hide\", filter = true",
        ),
        column(
            ExportWithoutSubject,
            "campaigns",
            "subject",
            "export = [\"account\"]",
            "export = [\"account\", \"access\"]",
        ),
        column(
            ExportNotPortable,
            "opens",
            "browser",
            "\"access\"]",
            "\"access\", \"portability\"]",
        ),
        column(
            EraseNeedsNull,
            "transactional_emails",
            "to_email",
            "with_row",
            "null",
        ),
        column(EraseDoesNotFit, "deliveries", "sent_at", "truncate_day", "redact"),
        column(
            EraseDoesNotFit,
            "deliveries",
            "subject",
            "\"null\"",
            "\"truncate_day\"",
        ),
        column(
            EraseDoesNotFit,
            "unsubscribes",
            "user_agent",
            "\"null\"",
            "\"truncate_ip\"",
        ),
        column(EraseDoesNotFit, "bounces", "bounced_at", "truncate_day", "token"),
        column(
            EraseDoesNotFit,
            "unsubscribes",
            "unsubscribed_at",
            "truncate_day",
            "scan",
        ),
        column(
            EraseBreaksUnique,
            "suppression_entries",
            "email_normalized",
            "with_row",
            "redact",
        ),
        column(
            NotIndexed,
            "subscribers",
            "first_name",
            "mask = \"initial\"",
            "mask = \"initial\", filter = true",
        ),
        column(
            NotIndexed,
            "subscriber_profiles",
            "status_changed_at",
            "mask = \"clear\"",
            "mask = \"clear\", order = true",
        ),
        column(
            OrderNeedsNotNull,
            "subscribers",
            "last_active_at",
            "filter = true",
            "filter = true, order = true",
        ),
        column(
            ClassByWrong,
            "profile_values",
            "value",
            "class_by = \"field_id/personal_data_class\", ",
            "",
        ),
        column(
            ClassByWrong,
            "profile_values",
            "value",
            "field_id/personal_data_class",
            "field_id/kind",
        ),
        column(
            ClassByWrong,
            "profile_values",
            "value",
            "field_id/personal_data_class",
            "form_id/class",
        ),
        column(
            LooseReference,
            "exports",
            "subscriber_id",
            "loose = [\"subscribers\"], ",
            "",
        ),
        column(
            LooseReference,
            "erasures",
            "subscriber_id",
            "\"subscribers\"",
            "\"people\"",
        ),
        case(
            LooseReference,
            "campaigns",
            "from_email",
            Text::built_in().with(
                "tables.campaigns.columns",
                "from_email",
                "class = \"contact\"",
                "class = \"none\"",
            ),
        ),
    ]
}
