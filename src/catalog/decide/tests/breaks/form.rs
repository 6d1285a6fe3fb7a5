//! Decisions that are missing, unknown, or written wrongly.

use super::super::edit::Text;
use super::{Case, case, column, reference, stanza};
use crate::catalog::PolicyFaultKind::*;

pub(super) fn left_out_or_unknown() -> Vec<Case> {
    let text = Text::built_in();
    vec![
        case(
            ColumnUndecided,
            "consents",
            "ip_address",
            text.without_column("consents", "ip_address"),
        ),
        case(
            ReferenceUndecided,
            "opens",
            "delivery_id",
            text.without("tables.opens.references", "delivery_id"),
        ),
        case(
            TableUndecided,
            "messages",
            "",
            text.replacing("[tables.messages]", "[tables.bulletins]")
                .replace("tables.messages.", "tables.bulletins."),
        ),
        case(
            TableUnknown,
            "visits",
            "",
            text.replacing(
                "[tables.users]\n",
                "[tables.visits]\nname = \"Visit\"\n\n[tables.users]\n",
            ),
        ),
        case(
            ColumnUnknown,
            "lists",
            "colour",
            text.adding(
                "tables.lists.columns",
                "colour = { class = \"none\", export = [], erase = \"with_row\", description = \"x\" }",
            ),
        ),
        case(
            ReferenceUnknown,
            "lists",
            "name",
            text.adding("tables.lists.references", "name = { on_erase = \"cascade\" }"),
        ),
        case(
            ColumnDecidedTwice,
            "consents",
            "mechanism",
            text.adding(
                "tables.consents.columns",
                "mechanism = { class = \"none\", export = [], erase = \"with_row\" }",
            ),
        ),
        case(
            NotToml,
            "consents",
            "ip_address",
            text.adding(
                "tables.consents.columns",
                "ip_address = { class = \"none\", export = [], erase = \"with_row\" }",
            ),
        ),
        case(
            NotToml,
            "lists",
            "name",
            text.with("tables.lists.columns", "name", "class = \"none\"", "class = none"),
        ),
        case(
            DescriptionUnknown,
            "lists",
            "colour",
            text.adding("tables.lists.descriptions", "colour = \"x\""),
        ),
    ]
}

pub(super) fn malformed() -> Vec<Case> {
    let text = Text::built_in();
    vec![
        stanza(TableMalformed, "invoices", "owner", "account", "nobody"),
        stanza(TableMalformed, "lists", "area", "audience", "people"),
        stanza(TableMalformed, "messages", "in_api", "true", "\"perhaps\""),
        stanza(TableMalformed, "campaigns", "in_api", "true", "false"),
        stanza(TableMalformed, "exports", "name", "name", "title"),
        stanza(OwnerDoesNotFit, "users", "owner", "members", "account"),
        stanza(OwnerDoesNotFit, "lists", "owner", "account", "global"),
        column(
            ColumnMalformed,
            "subscribers",
            "email",
            "erase = \"with_row\", ",
            "",
        ),
        column(
            ColumnMalformed,
            "subscribers",
            "phone",
            "export = [\"account\", \"access\", \"portability\"], ",
            "",
        ),
        column(
            ColumnMalformed,
            "subscribers",
            "city",
            "description =",
            "remark =",
        ),
        case(
            ColumnMalformed,
            "subscribers",
            "country",
            text.with(
                "tables.subscribers.columns",
                "country",
                "{ class",
                "\"contact\" # { class",
            ),
        ),
        reference(
            ReferenceMalformed,
            "clicks",
            "link_id",
            ", description",
            ", remark",
        ),
        column(ClassUnknown, "opens", "ip_address", "online_id", "online"),
        column(
            ClassIncomplete,
            "opens",
            "user_agent",
            "purpose = \"measure how mailings are received\", ",
            "",
        ),
        column(
            ClassIncomplete,
            "opens",
            "country",
            "basis = \"legitimate_interest\", ",
            "",
        ),
        column(ClassIncomplete, "opens", "region", "source = \"derived\", ", ""),
        column(ClassIncomplete, "opens", "city", "mask = \"hide\", ", ""),
        column(
            BasisUnknown,
            "clicks",
            "referer",
            "legitimate_interest",
            "curiosity",
        ),
        column(SourceUnknown, "clicks", "browser", "derived", "guesswork"),
        column(MaskUnknown, "clicks", "ip_address", "ip_prefix", "stars"),
        column(
            ExportUnknown,
            "clicks",
            "user_agent",
            "\"account\"",
            "\"everybody\"",
        ),
        column(EraseUnknown, "clicks", "city", "with_row", "shred"),
        column(EraseUnknown, "clicks", "region", "\"with_row\"", "[\"with_row\"]"),
        reference(OnEraseUnknown, "clicks", "campaign_id", "cascade", "forget"),
        column(
            DescriptionMissing,
            "clicks",
            "country",
            ", description = \"Country of the IP address, ISO 3166-1 alpha-2.\"",
            "",
        ),
        reference(
            DescriptionMissing,
            "clicks",
            "subscriber_id",
            ", inverse_description = \"What the person clicked.\"",
            "",
        ),
        reference(
            ReferenceMalformed,
            "grant_lists",
            "grant_id",
            "list.\" }",
            "list.\", inverse = \"lists\", inverse_description = \"The lists.\" }",
        ),
    ]
}
