//! Changing what an account says of itself.

use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result};
use crate::work::edit::Edit;
use crate::work::installation::Installation;
use crate::work::plain_text;

/// The columns of an account that its people may set. Its name is not among them: it is unique in the installation,
/// so that changing it would tell who else is there.
pub const COLUMNS: &[&str] = &[
    "company_name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "address_line_1",
    "address_line_2",
    "city",
    "zone",
    "postal_code",
    "country",
    "vat_number",
    "website",
    "timezone",
    "locale",
];

/// Changes the account that the viewer acts in.
pub async fn update(
    installation: &Installation,
    viewer: &Viewer,
    set: Vec<(&'static str, Cell)>,
) -> Result<()> {
    let mut checked = Vec::with_capacity(set.len() + 1);
    let accounts = installation.catalog.table("accounts");
    for (name, value) in set {
        let column = accounts.column(accounts.id_of(name));
        let mut value = plain_text::check(name, value, &column.field)?;
        if let (true, Cell::Text(text)) = (name == "email", &value) {
            value = plain_text::address(text, "email")?.original.into();
        }
        if value.is_null() && !column.nullable {
            return Err(
                Refusal::new(Code::BadUserInput, format!("{} cannot be empty", column.field))
                    .at([column.field.clone()])
                    .into(),
            );
        }
        checked.push((name, value));
    }
    let mut edit = Edit::begin(installation, viewer).await?;
    checked.push(("updated_at", edit.now.into()));
    edit.change(
        Verb::Write,
        "accounts",
        &[("id", viewer.account.into())],
        &checked,
    )
    .await?;
    edit.tell("account.updated", "Account", viewer.account);
    edit.commit().await
}
