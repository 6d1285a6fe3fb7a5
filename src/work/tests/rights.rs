//! Rights that were looked up before: they spare a look-up, and never outlive a change.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::access::built_in::BuiltIn;
use crate::access::permit;
use crate::access::token::OwnToken;
use crate::access::viewer::{AccessVersion, Viewer};
use crate::error::{Code, Error, Fault};
use crate::keys::verifier::TokenVerifier;
use crate::plan::read::{Direction, Page, Read, Window};
use crate::plan::write::Write;
use crate::store::{Sql, read, sql};
use crate::work::founding;
use crate::work::identify::{Credentials, Identifier};
use crate::work::testing::{TestInstallation, installations};

/// A user of an account, and what that one sends.
struct Colleague {
    user: Uuid,
    owner: Viewer,
    identifier: Identifier,
    credentials: Credentials,
}

async fn colleague(place: &TestInstallation) -> Colleague {
    let installation = &place.installation;
    let owner = place.account("Acme").await;
    founding::add_groups(installation, &owner).await.unwrap();
    let user = founding::add_user(installation, &owner, "ana@acme.example", None)
        .await
        .unwrap();
    founding::join(installation, &owner, user, BuiltIn::Owner)
        .await
        .unwrap();
    let token = OwnToken {
        user,
        account: None,
        groups: None,
        token_id: installation.new_id(),
        issued_at: installation.clock.now(),
        life: TimeDelta::minutes(10),
    };
    let token = installation.keys.sign_token(&token).unwrap();
    let verifier = TokenVerifier::new(&installation.keys, Vec::new(), installation.clock).unwrap();
    Colleague {
        user,
        owner,
        identifier: Identifier::new(
            installation.database.clone(),
            installation.catalog.clone(),
            verifier,
            installation.clock,
        ),
        credentials: Credentials {
            authorization: vec![format!("Bearer {token}")],
            account: None,
        },
    }
}

impl Colleague {
    async fn reader(&self) -> Arc<Viewer> {
        let identified = self.identifier.identify_reader(&self.credentials).await;
        identified.unwrap().viewer
    }
}

/// All rows of a table that the viewer may read.
async fn rows(place: &TestInstallation, viewer: &Viewer, table: &str) -> Result<usize, Error> {
    let catalog = &place.installation.catalog;
    let plan = Read {
        resource: catalog.table(table).id,
        columns: Vec::new(),
        filter: None,
        order: Vec::new(),
        window: Window::Page(Page {
            size: 100,
            after: None,
            before: None,
            direction: Direction::Forward,
        }),
        count: false,
        children: Vec::new(),
    };
    let permitted = permit::read(catalog, viewer, plan).unwrap();
    let rows = read::read(&place.installation.database, catalog, &permitted).await?;
    Ok(rows.ids.len())
}

#[tokio::test]
async fn who_comes_again_reads_without_a_look_up_of_rights() {
    for place in installations().await {
        let colleague = colleague(&place).await;
        let first = colleague.reader().await;
        assert_eq!(first.as_of, None, "{}", place.name);
        let (again, statements) = sql::counted(colleague.reader()).await;
        assert!(again.as_of.is_some(), "{}", place.name);
        assert_eq!(statements, 0, "{}", place.name);
        assert_eq!(again.rights, first.rights);
        let (found, statements) = sql::counted(rows(&place, &again, "user_groups")).await;
        assert_eq!(
            (found.unwrap(), statements),
            (BuiltIn::ALL.len(), 1),
            "{}",
            place.name
        );
        let (found, statements) = sql::counted(rows(&place, &again, "lists")).await;
        assert_eq!(
            (found.unwrap(), statements),
            (0, 2),
            "an empty list is asked about"
        );
    }
}

#[tokio::test]
async fn kept_rights_read_nothing_after_any_change_of_what_rights_are_made_of() {
    for place in installations().await {
        let colleague = colleague(&place).await;
        let (user, account) = (colleague.user, colleague.owner.account);
        let of_user = |text: &str| {
            let mut sql = Sql::new(text);
            sql.push(" WHERE id = ").bind(user);
            sql
        };
        let of_account = |text: &str, column: &str| {
            let mut sql = Sql::new(text);
            sql.push(" WHERE ").name(column).push(" = ").bind(account);
            sql
        };
        let grant = {
            let mut sql = Sql::new(
                "INSERT INTO grants (account_id, id, group_id, resource, verb, all_lists, created_at) SELECT ",
            );
            sql.push("account_id, id, id, 'List', 'read', ")
                .bind(false)
                .push(", created_at FROM user_groups WHERE account_id = ");
            sql.bind(account);
            sql
        };
        let changes = [
            of_user("UPDATE users SET status = 'disabled'"),
            of_user("UPDATE users SET status = 'enabled'"),
            of_user("UPDATE users SET identity_subject = 'x', identity_issuer = 'y'"),
            of_account("UPDATE accounts SET name = 'Other'", "id"),
            of_account("UPDATE user_groups SET name = name || '2'", "account_id"),
            grant,
            of_account("UPDATE grants SET verb = 'write'", "account_id"),
            of_account("DELETE FROM grants", "account_id"),
            of_account("UPDATE group_members SET expires_at = created_at", "account_id"),
            of_account("DELETE FROM group_members", "account_id"),
        ];
        for change in changes {
            let kept = kept(&place, &colleague.owner).await;
            assert!(rows(&place, &kept, "user_groups").await.is_ok(), "{}", place.name);
            let text = change.text().to_owned();
            place.execute(change).await;
            for table in ["user_groups", "lists"] {
                let outcome = rows(&place, &kept, table).await;
                assert!(
                    matches!(outcome, Err(Error::Fault(Fault::RightsChanged))),
                    "{}: {text}: {outcome:?}",
                    place.name
                );
            }
        }
        let kept = kept(&place, &colleague.owner).await;
        let mut sql = Sql::new("UPDATE users SET last_login_at = ");
        sql.bind(place.installation.clock.now());
        place.execute(sql).await;
        assert!(
            rows(&place, &kept, "user_groups").await.is_ok(),
            "signing in changes no rights"
        );
    }
}

/// The same viewer, with rights kept from now on.
async fn kept(place: &TestInstallation, viewer: &Viewer) -> Viewer {
    let version = place.number("SELECT access_version FROM installations").await;
    Viewer {
        as_of: Some(AccessVersion(version)),
        ..viewer.clone()
    }
}

#[tokio::test]
async fn rights_are_not_kept_beyond_the_end_of_a_membership() {
    for place in installations().await {
        let colleague = colleague(&place).await;
        let mut sql = Sql::new("UPDATE group_members SET expires_at = ");
        sql.bind(place.installation.clock.now() + TimeDelta::milliseconds(400));
        place.execute(sql).await;
        let before = colleague.reader().await;
        assert!(colleague.reader().await.as_of.is_some());
        tokio::time::sleep(Duration::from_millis(450)).await;
        let after = colleague.reader().await;
        assert_eq!(after.as_of, None, "{}", place.name);
        assert_ne!(after.rights, before.rights, "{}", place.name);
    }
}

#[tokio::test]
async fn kept_rights_change_and_take_out_nothing() {
    let place = installations().await.remove(0);
    let colleague = colleague(&place).await;
    let kept = kept(&place, &colleague.owner).await;
    let catalog = &place.installation.catalog;
    let write = Write::of(catalog, "lists", &["id"], Vec::new(), &[]);
    let refused = permit::write(catalog, &kept, write.clone()).unwrap_err();
    assert_eq!(refused.code, Code::Unauthenticated);
    assert!(permit::write(catalog, &colleague.owner, write).is_ok());
}
