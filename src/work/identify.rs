//! From a credential to a viewer: who asks, in which account, with the grants of this moment.
//!
//! Every failure that has to do with the credential itself is the same refusal, whatever was wrong.

mod arrival;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::access::api_key::ApiKey;
use crate::access::built_in::BuiltIn;
use crate::access::grant::{GroupGrants, Rights};
use crate::access::token::{Issuer, VerifiedToken, unauthenticated};
use crate::access::viewer::{AccessVersion, Principal, Viewer};
use crate::catalog::Catalog;
use crate::clock::{Clock, Instant};
use crate::error::{Code, Refusal, Result};
use crate::keys::verifier::TokenVerifier;
use crate::remembered::Remembered;
use crate::store::Database;
use crate::store::identity::{self, Membership, Standing};

/// What a request says of who is asking.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Every `Authorization` header, as it came.
    pub authorization: Vec<String>,
    /// The header `Postern-Account`: id or name of the account to act in.
    pub account: Option<String>,
}

/// How long rights are remembered, while nobody's change. Their version alone would do, but for a database that is
/// restored under a running gateway.
const LIFE: TimeDelta = TimeDelta::seconds(60);

/// Somebody who may come in.
#[derive(Clone)]
pub struct Identified {
    /// Who, where, with which rights.
    pub viewer: Arc<Viewer>,
    /// The names of the groups that the rights are from.
    pub groups: Arc<[String]>,
    /// For how long the token is still good. `None` for a key, whose end is looked up each time.
    pub lasts: Option<Duration>,
    /// While this version holds, the rights are these,
    version: Option<AccessVersion>,
    /// until a part of them ends by itself.
    ends: Option<Instant>,
}

/// Turns credentials into viewers.
pub struct Identifier {
    database: Database,
    catalog: Arc<Catalog>,
    verifier: TokenVerifier,
    clock: Clock,
    /// The accounts that identity providers speak for.
    provider_accounts: Option<Vec<String>>,
    remembered: Remembered<Identified>,
}

impl Identifier {
    /// One for the whole gateway.
    pub fn new(
        database: Database,
        catalog: Arc<Catalog>,
        verifier: TokenVerifier,
        clock: Clock,
    ) -> Identifier {
        Identifier {
            database,
            catalog,
            verifier,
            clock,
            provider_accounts: None,
            remembered: Remembered::default(),
        }
    }

    /// The same, with identity providers that speak for these accounts alone, by name or id. `None`: for every
    /// customer's, but never for the platform's, because whoever runs a customer's provider could otherwise claim
    /// an operator's address.
    pub fn speaking_for(self, accounts: Option<Vec<String>>) -> Identifier {
        Identifier {
            provider_accounts: accounts,
            ..self
        }
    }

    /// Who asks. Errors: `UNAUTHENTICATED` for every fault of the credential, `ACCOUNT_REQUIRED` and `FORBIDDEN`
    /// for the choice of the account.
    pub async fn viewer(&self, credentials: &Credentials) -> Result<Arc<Viewer>> {
        Ok(self.identify(credentials).await?.viewer)
    }

    /// Who asks a query: if the same credentials came shortly before, with the rights of then, which the viewer says.
    /// Errors: as [`Identifier::viewer`].
    pub async fn identify_reader(&self, credentials: &Credentials) -> Result<Identified> {
        let text = bearer(&credentials.authorization)?;
        let asked = [text, credentials.account.as_deref().unwrap_or_default()];
        let now = self.clock.now();
        if let Some(known) = self.remembered.get(&asked, now) {
            if ApiKey::looks_like_one(text) {
                return Ok(known);
            }
            // What a token says can be remembered, but not that it is good.
            let token = self.verifier.verify(text).await.map_err(Refusal::from)?;
            let lasts = Some(self.still_good(&token));
            return Ok(Identified { lasts, ..known });
        }
        let identified = self.identify(credentials).await?;
        if let Some(version) = identified.version {
            let until = identified.ends.map_or(now + LIFE, |end| end.min(now + LIFE));
            let viewer = Viewer {
                as_of: Some(version),
                ..(*identified.viewer).clone()
            };
            let known = Identified {
                viewer: Arc::new(viewer),
                ..identified.clone()
            };
            self.remembered.put(&asked, known, now, until);
        }
        Ok(identified)
    }

    /// Who asks, with the names of the groups that count. Errors: as [`Identifier::viewer`].
    pub async fn identify(&self, credentials: &Credentials) -> Result<Identified> {
        let text = bearer(&credentials.authorization)?;
        if ApiKey::looks_like_one(text) {
            return self.viewer_of_key(text, credentials.account.as_deref()).await;
        }
        let token = self.verifier.verify(text).await.map_err(Refusal::from)?;
        let wanted = match (&credentials.account, token.account) {
            (Some(header), _) => Some(header.clone()),
            (None, claim) => claim.map(|account| account.to_string()),
        };
        // A token that is for one account is not for another, whatever the header says.
        if let (Some(_), Some(claim)) = (&credentials.account, token.account) {
            self.same_account(wanted.as_deref(), claim).await?;
        }
        let standing = match &token.issuer {
            Issuer::Own => {
                let user = Uuid::parse_str(&token.subject).map_err(|_| unauthenticated())?;
                let standing = self.standing(user).await?;
                self.welcomed(standing, wanted.as_deref()).await?
            }
            Issuer::Provider(issuer) => self.linked_user(issuer, &token, wanted.as_deref()).await?,
        };
        let lasts = Some(self.still_good(&token));
        let identified = self
            .choose(standing, wanted.as_deref(), token.groups.as_deref())
            .await?;
        Ok(Identified { lasts, ..identified })
    }

    fn still_good(&self, token: &VerifiedToken) -> Duration {
        (token.expires_at - self.clock.now()).to_std().unwrap_or_default()
    }

    async fn same_account(&self, wanted: Option<&str>, claim: Uuid) -> Result<()> {
        let Some(wanted) = wanted else { return Ok(()) };
        match identity::account(&self.database, wanted).await? {
            Some((account, _)) if account == claim => Ok(()),
            _ => Err(no_such_account().into()),
        }
    }

    async fn viewer_of_key(&self, text: &str, account: Option<&str>) -> Result<Identified> {
        let key = ApiKey::parse(text).ok_or_else(unauthenticated)?;
        let standing = identity::standing_of_key(&self.database, &key.prefix, self.clock.now()).await?;
        let hash = standing
            .as_ref()
            .and_then(|standing| standing.key_hash.as_deref());
        if !key.matches(hash) {
            return Err(unauthenticated().into());
        }
        let standing = standing
            .filter(|standing| standing.is_enabled)
            .ok_or_else(unauthenticated)?;
        let [membership] = standing.memberships.as_slice() else {
            return Err(unauthenticated().into());
        };
        let named = account.is_none_or(|name| is_named(membership, name));
        if !named {
            return Err(no_such_account().into());
        }
        let principal = Principal::ApiKey(standing.id);
        let place = Place::of(membership);
        self.identified(&standing, principal, place, &membership.groups, None)
    }

    async fn standing(&self, user: Uuid) -> Result<Standing> {
        identity::standing_of_user(&self.database, user)
            .await?
            .filter(|standing| standing.is_enabled)
            .ok_or_else(|| unauthenticated().into())
    }

    /// The account to act in (ruling 7): the one named; else the only one.
    async fn choose(
        &self,
        standing: Standing,
        wanted: Option<&str>,
        narrowed: Option<&[String]>,
    ) -> Result<Identified> {
        let platform = standing
            .memberships
            .iter()
            .find(|membership| membership.is_platform);
        if let (Some(platform), Some(name)) = (platform, wanted) {
            let found = identity::account_found(&self.database, name)
                .await?
                .ok_or_else(no_such_account)?;
            let place = Place {
                account: found.id,
                is_closed: found.is_closed,
            };
            let principal = Principal::Operator(standing.id);
            return self.identified(&standing, principal, place, &platform.groups, narrowed);
        }
        let membership = match (wanted, standing.memberships.as_slice()) {
            (Some(name), memberships) => memberships
                .iter()
                .find(|one| is_named(one, name))
                .ok_or_else(no_such_account)?,
            (None, [only]) => only,
            (None, []) => return Err(Refusal::new(Code::Forbidden, "you are a member of no account").into()),
            (None, _) => return Err(account_required().into()),
        };
        let principal = if membership.is_platform {
            Principal::Operator(standing.id)
        } else {
            Principal::User(standing.id)
        };
        let place = Place::of(membership);
        self.identified(&standing, principal, place, &membership.groups, narrowed)
    }

    fn identified(
        &self,
        standing: &Standing,
        principal: Principal,
        place: Place,
        groups: &[GroupGrants],
        narrowed: Option<&[String]>,
    ) -> Result<Identified> {
        // A claim narrows to groups that the user has; what it names besides is ignored (ruling 14).
        let groups: Vec<GroupGrants> = groups
            .iter()
            .filter(|group| narrowed.is_none_or(|names| names.contains(&group.name)))
            .filter(|group| {
                matches!(principal, Principal::Operator(_))
                    || !group.built_in.is_some_and(BuiltIn::is_of_the_platform)
            })
            .cloned()
            .collect();
        let now = self.clock.now();
        let viewer = Viewer {
            principal,
            account: place.account,
            rights: Rights::of(&self.catalog, &groups, now).in_account(place.is_closed),
            as_of: None,
        };
        Ok(Identified {
            viewer: Arc::new(viewer.admitted()?),
            groups: groups.into_iter().map(|group| group.name).collect(),
            lasts: None,
            version: standing.version,
            ends: standing.ends.iter().copied().filter(|end| now < *end).min(),
        })
    }
}

/// Where somebody acts.
#[derive(Clone, Copy)]
struct Place {
    account: Uuid,
    is_closed: bool,
}

impl Place {
    fn of(membership: &Membership) -> Place {
        Place {
            account: membership.account,
            is_closed: membership.is_closed,
        }
    }
}

/// A principal that a job was stored with, with its rights of now. `None`: it may no longer come in.
pub async fn viewer_again(
    database: &Database,
    catalog: &Catalog,
    principal: Principal,
    account: Uuid,
    clock: Clock,
) -> Result<Option<Viewer>> {
    let standing = match principal {
        Principal::ApiKey(id) => identity::standing_of_key_id(database, account, id, clock.now()).await?,
        Principal::User(id) | Principal::Operator(id) => identity::standing_of_user(database, id).await?,
    };
    let Some(standing) = standing.filter(|standing| standing.is_enabled) else {
        return Ok(None);
    };
    let wants_platform = matches!(principal, Principal::Operator(_));
    let membership = standing.memberships.iter().find(|one| {
        if wants_platform {
            one.is_platform
        } else {
            one.account == account
        }
    });
    let Some(membership) = membership else {
        return Ok(None);
    };
    let is_closed = match membership.account == account {
        true => membership.is_closed,
        false => is_closed(database, account).await?,
    };
    Ok(Some(Viewer {
        principal,
        account,
        rights: Rights::of(catalog, &membership.groups, clock.now()).in_account(is_closed),
        as_of: None,
    }))
}

/// Somebody at the machine itself who asks for something in an account, which may be closed.
pub async fn viewer_at_the_machine(
    database: &Database,
    catalog: &Catalog,
    operator: Uuid,
    account: Uuid,
) -> Result<Viewer> {
    let viewer = Viewer::at_the_machine(catalog, operator, account);
    let is_closed = is_closed(database, account).await?;
    Ok(Viewer {
        rights: viewer.rights.in_account(is_closed),
        ..viewer
    })
}

async fn is_closed(database: &Database, account: Uuid) -> Result<bool> {
    let found = identity::account_found(database, &account.to_string()).await?;
    Ok(found.is_some_and(|account| account.is_closed))
}

fn bearer(headers: &[String]) -> Result<&str, Refusal> {
    match headers {
        [] => Err(Refusal::new(
            Code::Unauthenticated,
            "send `Authorization: Bearer` with a token or an API key",
        )),
        [one] => match one.split_once(' ') {
            Some((scheme, text)) if scheme.eq_ignore_ascii_case("bearer") && !text.trim().is_empty() => {
                Ok(text.trim())
            }
            _ => Err(unauthenticated()),
        },
        _ => Err(Refusal::new(
            Code::BadRequest,
            "there is more than one Authorization header; send one",
        )),
    }
}

/// Whether a name or id names the account of a membership.
pub(super) fn is_named(membership: &Membership, name: &str) -> bool {
    membership.account_name.eq_ignore_ascii_case(name)
        || Uuid::parse_str(name).is_ok_and(|id| id == membership.account)
}

/// Also for accounts that exist and that the asker is no member of.
fn no_such_account() -> Refusal {
    Refusal::new(
        Code::Forbidden,
        "you are no member of an account of that name or id",
    )
}

fn account_required() -> Refusal {
    Refusal::new(
        Code::AccountRequired,
        "you are a member of several accounts; name one in the header Postern-Account",
    )
}
