//! What an installation needs before anybody can use it: the platform's own account and operator; for each account
//! its built-in groups; users and their memberships.

use uuid::Uuid;

use crate::access::built_in::BuiltIn;
use crate::access::password::Passwords;
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result};
use crate::plan::write::Write;
use crate::store::{Transaction, identity, write};
use crate::work::installation::Installation;

/// The name of the reserved account that operators belong to.
pub const PLATFORM: &str = "Platform";

/// The address of the operator that every installation has.
pub const OPERATOR: &str = "operator@postern.example";

/// Makes the platform's account and operator where they are missing; gives the operator's id and the account's.
pub async fn platform(installation: &Installation) -> Result<Platform> {
    if let Some((account, _)) = identity::account(&installation.database, PLATFORM).await?
        && let Some(user) = identity::user_by_address(&installation.database, OPERATOR).await?
    {
        return Ok(Platform {
            account,
            operator: user.id,
        });
    }
    let operator = installation.new_id();
    let account = installation.new_id();
    let viewer = Viewer::at_the_machine(&installation.catalog, operator, account);
    add_account(installation, &viewer, PLATFORM, OPERATOR, true).await?;
    add_groups(installation, &viewer).await?;
    let operator = add_user(installation, &viewer, OPERATOR, None).await?;
    join(installation, &viewer, operator, BuiltIn::Admin).await?;
    Ok(Platform { account, operator })
}

/// The platform's own account.
#[derive(Copy, Clone, Debug)]
pub struct Platform {
    /// The account.
    pub account: Uuid,
    /// The operator that every installation has.
    pub operator: Uuid,
}

/// Makes the viewer's account, under the id that the viewer acts in.
pub async fn add_account(
    installation: &Installation,
    viewer: &Viewer,
    name: &str,
    email: &str,
    is_platform: bool,
) -> Result<()> {
    let now = installation.clock.now();
    let columns = [
        "id",
        "name",
        "email",
        "timezone",
        "locale",
        "is_platform",
        "status",
        "created_at",
        "updated_at",
    ];
    let row = vec![
        viewer.account.into(),
        name.into(),
        email.into(),
        "UTC".into(),
        "en".into(),
        is_platform.into(),
        "active".into(),
        now.into(),
        now.into(),
    ];
    insert(installation, viewer, "accounts", &columns, vec![row], &[]).await
}

/// Gives the viewer's account the built-in groups that it lacks.
pub async fn add_groups(installation: &Installation, viewer: &Viewer) -> Result<()> {
    installation
        .database
        .write(async |transaction| add_groups_in(transaction, installation, viewer).await)
        .await
}

/// The same, inside of a transaction.
pub async fn add_groups_in(
    transaction: &mut Transaction,
    installation: &Installation,
    viewer: &Viewer,
) -> Result<()> {
    let now = installation.clock.now();
    let rows = BuiltIn::ALL
        .into_iter()
        .map(|group| {
            vec![
                installation.new_id().into(),
                group.word().into(),
                group.word().into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    let columns = ["id", "name", "built_in", "created_at", "updated_at"];
    let plan = Write::of(&installation.catalog, "user_groups", &columns, rows, &["name"]);
    let permitted = permit::write(&installation.catalog, viewer, plan)?;
    write::write_in(transaction, &installation.catalog, &permitted).await?;
    Ok(())
}

/// Makes a user, or finds the one with that address; gives the id. A password is set for new users alone.
pub async fn add_user(
    installation: &Installation,
    viewer: &Viewer,
    email: &str,
    password: Option<&str>,
) -> Result<Uuid> {
    let address =
        Address::parse(email).map_err(|reason| Refusal::new(Code::BadUserInput, reason.to_string()))?;
    if let Some(user) = identity::user_by_address(&installation.database, &address.normalized).await? {
        return Ok(user.id);
    }
    let now = installation.clock.now();
    let hash = password
        .map(|password| Passwords::new()?.hash(password))
        .transpose()?;
    // The platform's operator has the id that its audit events were already written under.
    let id = if email == OPERATOR {
        viewer.principal.id()
    } else {
        installation.new_id()
    };
    let columns = [
        "id",
        "email",
        "email_normalized",
        "password_hash",
        "timezone",
        "locale",
        "status",
        "created_at",
        "updated_at",
    ];
    let row = vec![
        id.into(),
        address.original.into(),
        address.normalized.into(),
        Cell::from(hash),
        "UTC".into(),
        "en".into(),
        "enabled".into(),
        now.into(),
        now.into(),
    ];
    insert(installation, viewer, "users", &columns, vec![row], &[]).await?;
    Ok(id)
}

/// Makes a user a member of a built-in group of the viewer's account.
pub async fn join(installation: &Installation, viewer: &Viewer, user: Uuid, group: BuiltIn) -> Result<()> {
    let group = identity::group(&installation.database, viewer.account, group.word())
        .await?
        .ok_or_else(|| {
            Refusal::new(
                Code::NotFound,
                format!("the account has no group {}", group.word()),
            )
        })?;
    let row = vec![
        installation.new_id().into(),
        group.into(),
        user.into(),
        installation.clock.now().into(),
    ];
    let columns = ["id", "group_id", "user_id", "created_at"];
    insert(
        installation,
        viewer,
        "group_members",
        &columns,
        vec![row],
        &["group_id", "user_id"],
    )
    .await
}

/// Names the lists that a group's rights reach.
pub async fn scope_to(
    installation: &Installation,
    viewer: &Viewer,
    group: BuiltIn,
    lists: &[Uuid],
) -> Result<()> {
    let group = identity::group(&installation.database, viewer.account, group.word())
        .await?
        .ok_or_else(|| {
            Refusal::new(
                Code::NotFound,
                format!("the account has no group {}", group.word()),
            )
        })?;
    let grant = installation.new_id();
    let now = installation.clock.now();
    let row = vec![
        grant.into(),
        group.into(),
        "List".into(),
        "read".into(),
        false.into(),
        now.into(),
    ];
    let columns = ["id", "group_id", "resource", "verb", "all_lists", "created_at"];
    insert(installation, viewer, "grants", &columns, vec![row], &[]).await?;
    let rows = lists
        .iter()
        .map(|list| vec![installation.new_id().into(), grant.into(), (*list).into()])
        .collect();
    insert(
        installation,
        viewer,
        "grant_lists",
        &["id", "grant_id", "list_id"],
        rows,
        &[],
    )
    .await
}

async fn insert(
    installation: &Installation,
    viewer: &Viewer,
    table: &str,
    columns: &[&str],
    rows: Vec<Vec<Cell>>,
    key: &[&str],
) -> Result<()> {
    let plan = Write::of(&installation.catalog, table, columns, rows, key);
    let permitted = permit::write(&installation.catalog, viewer, plan)?;
    write::write(&installation.database, &installation.catalog, &permitted).await?;
    Ok(())
}
