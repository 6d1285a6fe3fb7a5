//! The demo: two accounts that share some subscribers, one user for each built-in group, one well-known subscriber.
//!
//! Founded once; at every later start the same users come out again. Never touches a store that is no demo.

use crate::access::built_in::BuiltIn;
use crate::access::password::Passwords;
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::cell::Cell;
use crate::error::{Code, Fault, Refusal, Result};
use crate::plan::write::{Conflict, Write};
use crate::store::bulk::Bulk;
use crate::store::{identity, write};
use crate::work::founding::{self, OPERATOR, PLATFORM, Platform};
use crate::work::installation::{self, Installation};
use crate::work::progress::Progress;
use crate::work::seed::tables::{Rows, Tables};
use crate::work::seed::world::{Account, World};
use crate::work::seed::{self, accounts, person};

/// Somebody who is a subscriber of both accounts, has filled in every field and reads nearly every mail.
pub const KNOWN_SUBSCRIBER: &str = "ana@example.test";

/// How many subscribers the demo has, in both accounts together.
pub const SUBSCRIBERS: u64 = 3_000;
const SEED: u64 = 1;

/// Who works there.
const USERS: &[(&str, &str, BuiltIn)] = &[
    ("owner@acme.example", "Acme", BuiltIn::Owner),
    ("manager@acme.example", "Acme", BuiltIn::Manager),
    ("analyst@acme.example", "Acme", BuiltIn::Analyst),
    ("exporter@acme.example", "Acme", BuiltIn::Exporter),
    ("privacy@acme.example", "Acme", BuiltIn::Privacy),
    ("owner@globex.example", "Globex", BuiltIn::Owner),
    (OPERATOR, PLATFORM, BuiltIn::Admin),
];

/// What a demo is used with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Everybody who can sign in.
    pub users: Vec<DemoUser>,
    /// The subscriber that examples ask for.
    pub subscriber: &'static str,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoUser {
    /// The address.
    pub email: &'static str,
    /// The password, made up for this installation.
    pub password: String,
    /// The account's name.
    pub account: &'static str,
    /// The group.
    pub group: BuiltIn,
}

/// Founds the demo with about so many subscribers, or finds it, whatever its size. Errors: a refusal when the store
/// holds anything else.
pub async fn found(installation: &Installation, subscribers: u64, progress: &dyn Progress) -> Result<Demo> {
    match installation::is_demo(&installation.database).await? {
        Some(true) => {}
        Some(false) => {
            return Err(Refusal::new(
                Code::InvalidState,
                "this store holds data that is no demo; serve it without --demo, or name another folder with --data",
            )
            .into());
        }
        None => installation::mark_as_demo(&installation.database, installation.clock).await?,
    }
    let platform = founding::platform(installation).await?;
    seed::add_platform_rows(installation, platform).await?;
    let world = World::new(SEED, subscribers, installation.clock.now());
    progress.total(world.subscribers());
    for account in world.accounts.iter().take(2) {
        progress.message(&account.name);
        if identity::account(&installation.database, &account.name)
            .await?
            .is_none()
        {
            add_account(installation, platform, &world, account).await?;
        }
        progress.add(account.subscribers);
    }
    for (email, account, group) in USERS {
        add_user(installation, platform, email, account, *group).await?;
    }
    let user = |(email, account, group): &(&'static str, &'static str, BuiltIn)| DemoUser {
        email,
        password: installation.keys.demo_password(email),
        account,
        group: *group,
    };
    Ok(Demo {
        users: USERS.iter().map(user).collect(),
        subscriber: KNOWN_SUBSCRIBER,
    })
}

/// Writes an account with everything in it in one transaction, so that it is there whole or not at all.
async fn add_account(
    installation: &Installation,
    platform: Platform,
    world: &World,
    account: &Account,
) -> Result<()> {
    let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, account.id);
    let mut rows = vec![accounts::account(account)];
    rows.extend(accounts::rows(world, account));
    rows.extend(groups(installation, account));
    let mut tables = Tables::default();
    for number in 0..account.subscribers {
        person::add(world, account, number, &mut tables);
    }
    let known = Address::parse(KNOWN_SUBSCRIBER)
        .map_err(|reason| Fault::Invariant(format!("the demo's subscriber: {reason}")))?;
    person::add_known(world, account, known, 2, &mut tables);
    rows.extend(tables.drain());
    installation
        .database
        .write(async |transaction| {
            transaction.without_time_limit().await?;
            let bulk = Bulk::begin(transaction, Tables::names()).await?;
            seed::write_rows(transaction, installation, &viewer, rows).await?;
            bulk.settle(transaction).await?;
            bulk.end(transaction).await
        })
        .await
}

/// The built-in groups; the managers' rights reach the second list alone.
fn groups(installation: &Installation, account: &Account) -> Vec<Rows> {
    let now = installation.clock.now();
    let mut groups = Rows::new(
        "user_groups",
        &["id", "name", "built_in", "created_at", "updated_at"],
    );
    let mut grants = Rows::new(
        "grants",
        &["id", "group_id", "resource", "verb", "all_lists", "created_at"],
    );
    let mut lists = Rows::new("grant_lists", &["id", "grant_id", "list_id"]);
    for group in BuiltIn::ALL {
        let id = installation.new_id();
        groups.push(vec![
            id.into(),
            group.word().into(),
            group.word().into(),
            now.into(),
            now.into(),
        ]);
        if group == BuiltIn::Manager {
            let grant = installation.new_id();
            let row = vec![
                grant.into(),
                id.into(),
                "List".into(),
                "read".into(),
                false.into(),
                now.into(),
            ];
            grants.push(row);
            for list in account.lists.iter().skip(1).take(1) {
                lists.push(vec![installation.new_id().into(), grant.into(), list.id.into()]);
            }
        }
    }
    vec![groups, grants, lists]
}

/// Makes a user with a password and a membership, whatever of it is missing.
async fn add_user(
    installation: &Installation,
    platform: Platform,
    email: &str,
    account: &str,
    group: BuiltIn,
) -> Result<()> {
    let (account, _) = identity::account(&installation.database, account)
        .await?
        .ok_or_else(|| Fault::Invariant(format!("the demo has no account {account}")))?;
    let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, account);
    let password = installation.keys.demo_password(email);
    let user = founding::add_user(installation, &viewer, email, Some(&password)).await?;
    let record = identity::user_by_address(&installation.database, email).await?;
    if record.is_some_and(|record| record.password_hash.is_none()) {
        set_password(installation, &viewer, email, &password).await?;
    }
    founding::join(installation, &viewer, user, group).await
}

/// Gives a user who was founded without a password one.
async fn set_password(
    installation: &Installation,
    viewer: &Viewer,
    email: &str,
    password: &str,
) -> Result<()> {
    let hash = Passwords::new()?.hash(password)?;
    let users = installation.catalog.table("users");
    let now = installation.clock.now();
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
    let row: Vec<Cell> = vec![
        installation.new_id().into(),
        email.into(),
        email.into(),
        hash.into(),
        "UTC".into(),
        "en".into(),
        "enabled".into(),
        now.into(),
        now.into(),
    ];
    let plan = Write {
        resource: users.id,
        columns: columns.iter().map(|name| users.id_of(name)).collect(),
        rows: vec![row],
        conflict: Conflict::Update {
            key: vec![users.id_of("email_normalized")],
            columns: vec![users.id_of("password_hash"), users.id_of("updated_at")],
        },
    };
    let permitted = permit::write(&installation.catalog, viewer, plan)?;
    write::write(&installation.database, &installation.catalog, &permitted).await?;
    Ok(())
}
