//! Signing in with an address and a password: the same answer and the same work whether the user is unknown or the
//! password wrong, and limited in rate.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::access::grant::Rights;
use crate::access::password::Passwords;
use crate::access::rate::SignInLimiter;
use crate::access::token::OwnToken;
use crate::access::viewer::account_closed;
use crate::address::Address;
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::identity::invitation::Comer;
use crate::store::identity::{self, Membership};
use crate::work::identify::is_named;
use crate::work::installation::Installation;
use crate::work::invitation;

/// Password checks at a time: each takes tens of megabytes and a core.
const AT_A_TIME: usize = 2;

/// Where users sign in; one for the whole gateway, because it remembers who tried how often.
pub struct SignInDesk {
    installation: Installation,
    passwords: Arc<Passwords>,
    limiter: SignInLimiter,
    room: Semaphore,
}

/// A token and until when it is good.
#[derive(Clone)]
pub struct SignedIn {
    /// For the header `Authorization: Bearer`.
    pub token: String,
    /// Its end.
    pub expires_at: Instant,
}

impl SignInDesk {
    /// A desk that nobody has tried yet.
    pub fn new(installation: Installation) -> Result<SignInDesk> {
        Ok(SignInDesk {
            installation,
            passwords: Arc::new(Passwords::new()?),
            limiter: SignInLimiter::new(),
            room: Semaphore::new(AT_A_TIME),
        })
    }

    /// A token for a user; in `account` when it is named. Errors: `RATE_LIMITED`, `UNAUTHENTICATED`,
    /// `ACCOUNT_REQUIRED`, `FORBIDDEN`, `ACCOUNT_CLOSED`.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        account: Option<&str>,
        client: Option<IpAddr>,
    ) -> Result<SignedIn> {
        let address = Address::parse(email).ok();
        let normalized = address.as_ref().map_or("", |address| address.normalized.as_str());
        let client = client.map_or_else(|| "local".to_owned(), |client| client.to_string());
        let now = self.installation.clock.monotonic_milliseconds();
        self.limiter.check(normalized, &client, now)?;
        let user = identity::user_by_address(&self.installation.database, normalized).await?;
        let hash = user
            .as_ref()
            .filter(|user| user.is_enabled)
            .and_then(|user| user.password_hash.clone());
        let good = self.check(hash, password.to_owned()).await?;
        let user = user.filter(|_| good).ok_or_else(wrong)?;
        let mut standing = identity::standing_of_user(&self.installation.database, user.id)
            .await?
            .ok_or_else(wrong)?;
        if let Some(name) = account
            && !standing
                .memberships
                .iter()
                .any(|one| one.is_platform || is_named(one, name))
        {
            let Installation { database, clock, .. } = &self.installation;
            let comer = Comer::User(user.id);
            if invitation::accept(database, *clock, name, comer).await?.is_some() {
                standing = identity::standing_of_user(database, user.id)
                    .await?
                    .ok_or_else(wrong)?;
            }
        }
        let account = choose(&self.installation, &standing.memberships, account).await?;
        admit(&self.installation, &standing.memberships, account)?;
        let signed = token(&self.installation, user.id, account)?;
        let at = self.installation.clock.now();
        let home = account.or_else(|| standing.memberships.first().map(|membership| membership.account));
        if let Some(home) = home {
            let mut event = AuditEvent::by_system(home, self.installation.new_id(), at, "user.signed_in")
                .of("User", user.id);
            event.actor_kind = "user";
            event.actor = Some(user.id);
            self.installation
                .database
                .write(async |transaction| {
                    identity::note_login(transaction, user.id, at).await?;
                    audit::append(transaction, std::slice::from_ref(&event)).await
                })
                .await?;
        }
        Ok(signed)
    }

    /// One evaluation of argon2, whoever it is (ruling 14).
    async fn check(&self, hash: Option<String>, password: String) -> Result<bool> {
        let broken = || Fault::Invariant("the password check did not end".into());
        let _room = self.room.acquire().await.map_err(|_| broken())?;
        let passwords = Arc::clone(&self.passwords);
        let check =
            tokio::task::spawn_blocking(move || passwords.verify_or_dummy(hash.as_deref(), &password));
        Ok(check.await.map_err(|_| broken())?)
    }
}

/// Signs a token for a user, in an account if one is named.
pub fn token(installation: &Installation, user: Uuid, account: Option<Uuid>) -> Result<SignedIn> {
    let issued_at = installation.clock.now();
    let life = installation.token_life();
    let token = OwnToken {
        user,
        account,
        groups: None,
        token_id: installation.new_id(),
        issued_at,
        life,
    };
    Ok(SignedIn {
        token: installation.keys.sign_token(&token)?,
        expires_at: issued_at + life,
    })
}

/// The account that a token is for: the one named, if the user may act in it; none when there is only one.
async fn choose(
    installation: &Installation,
    memberships: &[Membership],
    wanted: Option<&str>,
) -> Result<Option<Uuid>> {
    let Some(name) = wanted else {
        return match memberships {
            [_] => Ok(None),
            [] => Err(Refusal::new(Code::Forbidden, "the user is a member of no account").into()),
            _ => {
                let message = "the user is a member of several accounts; name one";
                Err(Refusal::new(Code::AccountRequired, message)
                    .at(["account"])
                    .into())
            }
        };
    };
    let no_such = || {
        Refusal::new(
            Code::BadUserInput,
            "the user is no member of an account of that name or id",
        )
        .at(["account"])
    };
    let (account, _) = identity::account(&installation.database, name)
        .await?
        .ok_or_else(no_such)?;
    let may = memberships
        .iter()
        .any(|membership| membership.is_platform || membership.account == account);
    if may {
        Ok(Some(account))
    } else {
        Err(no_such().into())
    }
}

/// Refuses a member of a closed account who may not export: there is nothing to do there. The platform's people come in.
/// Errors: `ACCOUNT_CLOSED`.
pub fn admit(
    installation: &Installation,
    memberships: &[Membership],
    account: Option<Uuid>,
) -> Result<(), Refusal> {
    let is_the_platforms = memberships.iter().any(|membership| membership.is_platform);
    let mut closed = memberships.iter().filter(|membership| {
        membership.is_closed && account.is_none_or(|account| account == membership.account)
    });
    let now = installation.clock.now();
    let may_export = |one: &Membership| Rights::of(&installation.catalog, &one.groups, now).may_export();
    match closed.any(|membership| !is_the_platforms && !may_export(membership)) {
        true => Err(account_closed()),
        false => Ok(()),
    }
}

fn wrong() -> Refusal {
    Refusal::new(Code::Unauthenticated, "the address or the password is wrong")
}

/// A token for a user, made by somebody at the machine itself.
pub async fn token_at_the_machine(
    installation: &Installation,
    email: &str,
    account: Option<&str>,
) -> Result<SignedIn> {
    let address =
        Address::parse(email).map_err(|reason| Refusal::new(Code::InvalidSetting, reason.to_string()))?;
    let no_user = || Refusal::new(Code::NotFound, "there is no enabled user with that address");
    let user = identity::user_by_address(&installation.database, &address.normalized).await?;
    let user = user.filter(|user| user.is_enabled).ok_or_else(no_user)?;
    let standing = identity::standing_of_user(&installation.database, user.id)
        .await?
        .ok_or_else(no_user)?;
    let account = match account {
        None => None,
        some => choose(installation, &standing.memberships, some).await?,
    };
    admit(installation, &standing.memberships, account)?;
    token(installation, user.id, account)
}
