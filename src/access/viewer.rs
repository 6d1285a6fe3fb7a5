//! Who asks, in which account, with which rights. A viewer is made from a verified credential and the grants
//! that the store holds at that moment, and is good for one request or one slice of a job. One that is kept longer
//! says so: the door lets it read alone, and each of its statements gives rows only while nobody's rights changed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::built_in::BuiltIn;
use super::grant::{GroupGrants, Reach, Rights, Verb};
use crate::catalog::{Catalog, ResourceId};
use crate::clock::Instant;
use crate::error::{Code, Refusal};

/// Who is behind a credential.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Principal {
    /// A person who works for the account.
    User(Uuid),
    /// A program.
    ApiKey(Uuid),
    /// A person who works for the platform.
    Operator(Uuid),
}

impl Principal {
    /// The id of the user or key.
    pub fn id(&self) -> Uuid {
        match self {
            Principal::User(id) | Principal::ApiKey(id) | Principal::Operator(id) => *id,
        }
    }

    /// The word in the audit log.
    pub fn word(&self) -> &'static str {
        match self {
            Principal::User(_) => "user",
            Principal::ApiKey(_) => "api_key",
            Principal::Operator(_) => "operator",
        }
    }
}

/// Who asks, where, and what that one may.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Who.
    pub principal: Principal,
    /// In which account.
    pub account: Uuid,
    /// What for: the sum of the viewer's groups.
    pub rights: Rights,
    /// Set when the rights were looked up for an earlier request.
    pub as_of: Option<AccessVersion>,
}

/// A number that rises with each change of what somebody's rights are made of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct AccessVersion(pub i64);

impl Viewer {
    /// Somebody at the machine itself, who holds the database and the keys anyway: all rights, in one account.
    /// What is done so is audited under the operator's id (ruling 15).
    pub fn at_the_machine(catalog: &Catalog, operator: Uuid, account: Uuid) -> Viewer {
        let admin = GroupGrants {
            group: Uuid::nil(),
            name: BuiltIn::Admin.word().to_owned(),
            built_in: Some(BuiltIn::Admin),
            membership_expires_at: None,
            grants: Vec::new(),
        };
        let rights = Rights::of(catalog, &[admin], Instant::UNIX_EPOCH);
        Viewer {
            principal: Principal::Operator(operator),
            account,
            rights,
            as_of: None,
        }
    }

    /// Refuses whoever has nothing to do in a closed account: its people who may not export. The platform's people come in.
    pub fn admitted(self) -> Result<Viewer, Refusal> {
        let is_the_platforms = matches!(self.principal, Principal::Operator(_));
        match self.rights.are_in_closed_account() && !is_the_platforms && !self.rights.may_export() {
            true => Err(account_closed()),
            false => Ok(self),
        }
    }

    /// Whether the rights were looked up for an earlier request, so that something has to prove them.
    pub fn has_kept_rights(&self) -> bool {
        self.as_of.is_some()
    }

    /// How far the viewer's right to do `verb` to a resource reaches.
    pub fn reach(&self, resource: ResourceId, verb: Verb) -> &Reach {
        self.rights.reach(resource, verb)
    }
}

/// What somebody is told who may not come into a closed account, or would change something in it.
pub fn account_closed() -> Refusal {
    Refusal::new(
        Code::AccountClosed,
        "the account is closed: until it is erased, those who may export can carry its data out and note what people \
         ask for, and nothing else can be changed; whoever may erase all of it can reopen it with reopenAccount",
    )
}
