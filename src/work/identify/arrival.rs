//! How somebody comes in for the first time: an identity provider's subject is linked to a user by the verified address,
//! and an invitation to the account that is named becomes a membership, because naming it is accepting.

use uuid::Uuid;

use super::{Identifier, is_named};
use crate::access::token::{VerifiedToken, unauthenticated};
use crate::address::Address;
use crate::error::Result;
use crate::store::identity::invitation::Comer;
use crate::store::identity::{self, Standing};
use crate::work::founding::PLATFORM;
use crate::work::invitation;

impl Identifier {
    /// A user's standing, after an invitation to the account that is named was accepted.
    pub(super) async fn welcomed(&self, standing: Standing, wanted: Option<&str>) -> Result<Standing> {
        let is_member = |name: &&str| {
            let mut memberships = standing.memberships.iter();
            memberships.any(|one| one.is_platform || is_named(one, name))
        };
        let Some(name) = wanted.filter(|name| !is_member(name)) else {
            return Ok(standing);
        };
        let comer = Comer::User(standing.id);
        match invitation::accept(&self.database, self.clock, name, comer).await? {
            Some(user) => self.standing(user).await,
            None => Ok(standing),
        }
    }

    /// The user that an identity provider's subject stands for, in the accounts that the provider speaks for; linked
    /// by the verified address the first time. Whoever is no user yet, and is invited to the account that is named,
    /// becomes one.
    pub(super) async fn linked_user(
        &self,
        issuer: &str,
        token: &VerifiedToken,
        wanted: Option<&str>,
    ) -> Result<Standing> {
        let subject = token.subject.as_str();
        if let Some(user) = identity::user_by_identity(&self.database, issuer, subject).await? {
            let mut standing = self.spoken_for(user.id, wanted).await?;
            // What was read first is the oldest part of what is known.
            standing.version = user.version;
            return Ok(standing);
        }
        // A subject is whatever the provider makes it: one that looks like a user's id or address proves nothing.
        let address = token.verified_email.as_deref().ok_or_else(unauthenticated)?;
        let address = Address::parse(address).map_err(|_| unauthenticated())?;
        let user = match identity::user_by_address(&self.database, &address.normalized).await? {
            Some(user) => user.id,
            None => self
                .newcomer(&address, wanted)
                .await?
                .ok_or_else(unauthenticated)?,
        };
        let standing = self.spoken_for(user, wanted).await?;
        let linked = identity::link_identity(&self.database, user, issuer, subject, self.clock.now()).await?;
        if linked {
            Ok(standing)
        } else {
            Err(unauthenticated().into())
        }
    }

    /// A user made of somebody who is invited to the account that is named.
    async fn newcomer(&self, address: &Address, wanted: Option<&str>) -> Result<Option<Uuid>> {
        let Some(name) = self.named_by_providers(wanted).await? else {
            return Ok(None);
        };
        let comer = Comer::Address(&address.normalized);
        invitation::accept(&self.database, self.clock, name, comer).await
    }

    /// The account that is named, if identity providers speak for it.
    async fn named_by_providers<'a>(&self, wanted: Option<&'a str>) -> Result<Option<&'a str>> {
        let Some(name) = wanted else { return Ok(None) };
        let Some((account, known_as)) = identity::account(&self.database, name).await? else {
            return Ok(None);
        };
        let is_spoken_for = match &self.provider_accounts {
            Some(accounts) => accounts
                .iter()
                .any(|one| one.eq_ignore_ascii_case(&known_as) || *one == account.to_string()),
            None => known_as != PLATFORM,
        };
        Ok(is_spoken_for.then_some(name))
    }

    /// A user's standing in the accounts that identity providers speak for. Errors: `UNAUTHENTICATED` where there is
    /// none, so that a provider learns nothing of the users of others.
    async fn spoken_for(&self, user: Uuid, wanted: Option<&str>) -> Result<Standing> {
        let standing = self.standing(user).await?;
        let mut standing = self
            .welcomed(standing, self.named_by_providers(wanted).await?)
            .await?;
        standing
            .memberships
            .retain(|membership| match &self.provider_accounts {
                Some(accounts) => accounts.iter().any(|name| is_named(membership, name)),
                None => !membership.is_platform,
            });
        if standing.memberships.is_empty() {
            return Err(unauthenticated().into());
        }
        Ok(standing)
    }
}
