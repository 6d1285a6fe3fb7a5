//! What every command works with: the settings, the output, and who is acting in which account.

use uuid::Uuid;

use super::output::Output;
use crate::access::viewer::{Principal, Viewer};
use crate::address::Address;
use crate::config::Config;
use crate::error::{Code, Refusal, Result, quote};
use crate::store::identity;
use crate::work::founding;
use crate::work::identify::{viewer_again, viewer_at_the_machine};
use crate::work::installation::Installation;

/// What a command is run with.
pub(super) struct Context {
    /// The settings as they came out.
    pub(super) config: Config,
    /// Where its words go.
    pub(super) output: Output,
    as_whom: Option<String>,
}

impl Context {
    /// One for the process's only command.
    pub(super) fn new(config: Config, as_whom: Option<String>, output: Output) -> Context {
        Context {
            config,
            output,
            as_whom,
        }
    }

    /// Opens the installation as it is; it must have been made by `serve`, `seed`, `import` or `migrate`.
    pub(super) async fn open(&self) -> Result<Installation> {
        Installation::open(&self.config, false).await
    }

    /// Opens the installation as it is, also where its database is older than the ledger of erasures.
    pub(super) async fn open_whatever_age(&self) -> Result<Installation> {
        Installation::open_whatever_age(&self.config, false).await
    }

    /// Opens the installation; an embedded store that is not there yet is made.
    pub(super) async fn open_or_make(&self) -> Result<Installation> {
        Installation::open(&self.config, is_sqlite(&self.config)).await
    }

    /// Who acts in an account (ruling 15): the user of `--as` with the rights that the user has there, or else the
    /// installation's operator, who holds the machine.
    pub(super) async fn viewer(&self, installation: &Installation, account: Uuid) -> Result<Viewer> {
        let Some(email) = &self.as_whom else {
            let platform = founding::platform(installation).await?;
            let Installation {
                database, catalog, ..
            } = installation;
            return viewer_at_the_machine(database, catalog, platform.operator, account).await;
        };
        let nobody = || {
            Refusal::new(
                Code::Forbidden,
                format!("--as: {} may not act in this account", quote(email)),
            )
        };
        let user = user(installation, email).await?.ok_or_else(nobody)?;
        for principal in [Principal::Operator(user), Principal::User(user)] {
            let Installation {
                database,
                catalog,
                clock,
                ..
            } = installation;
            if let Some(viewer) = viewer_again(database, catalog, principal, account, *clock).await? {
                return Ok(viewer.admitted()?);
            }
        }
        Err(nobody().into())
    }

    /// Who acts in the account that was named.
    pub(super) async fn viewer_in(&self, installation: &Installation, account: &str) -> Result<Viewer> {
        let account = account_named(installation, account).await?;
        self.viewer(installation, account).await
    }
}

/// Whether the settings name an embedded store, in `--data` or elsewhere.
pub(super) fn is_sqlite(config: &Config) -> bool {
    config.database_url.starts_with("sqlite:")
}

/// The account of that name or id.
pub(super) async fn account_named(installation: &Installation, account: &str) -> Result<Uuid> {
    let found = identity::account(&installation.database, account).await?;
    let unknown = || {
        Refusal::new(
            Code::NotFound,
            format!(
                "--account: there is no account {}; give a name or an id",
                quote(account)
            ),
        )
    };
    Ok(found.ok_or_else(unknown)?.0)
}

/// The user with that address.
pub(super) async fn user(installation: &Installation, email: &str) -> Result<Option<Uuid>> {
    let address = Address::parse(email)
        .map_err(|reason| Refusal::new(Code::InvalidSetting, format!("{}: {reason}", quote(email))))?;
    Ok(
        identity::user_by_address(&installation.database, &address.normalized)
            .await?
            .map(|user| user.id),
    )
}
