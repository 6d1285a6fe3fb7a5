//! What somebody changes by a request: each step permitted, all of them and their audit events in one transaction.
//! Dropped without [`Edit::commit`], nothing of it has happened.

use std::borrow::Cow;

use uuid::Uuid;

use crate::access::grant::{Reach, Verb};
use crate::access::permit::{self, InScope, Permitted};
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::plan::write::{self as plan, Change, Conflict, Look, Remove, Touches, Write};
use crate::store::audit::{self, AuditEvent};
use crate::store::fence::{self, Fence};
use crate::store::restriction::{self, Holding};
use crate::store::{Transaction, person, touch};
use crate::work::installation::Installation;

/// Columns with the values that a row must hold one of, or is to hold.
pub type Named<'a, T> = &'a [(&'a str, T)];

/// New rows of one table: the table, the columns, the rows.
pub type Rows<'a> = (&'a str, &'a [&'a str], Vec<Vec<Cell>>);

/// Changes under way.
pub struct Edit<'a> {
    pub(super) installation: &'a Installation,
    pub(super) viewer: &'a Viewer,
    pub(super) transaction: Transaction,
    /// When it happens.
    pub(super) now: Instant,
    is_for_a_person: bool,
    events: Vec<AuditEvent>,
}

impl<'a> Edit<'a> {
    /// Nothing changed yet.
    pub async fn begin(installation: &'a Installation, viewer: &'a Viewer) -> Result<Edit<'a>> {
        Ok(Edit {
            installation,
            viewer,
            transaction: installation.database.begin().await?,
            now: installation.clock.now(),
            is_for_a_person: false,
            events: Vec::new(),
        })
    }

    /// The same for what a person asks for, which is noted in a closed account, too.
    pub async fn begin_for_a_person(installation: &'a Installation, viewer: &'a Viewer) -> Result<Edit<'a>> {
        let edit = Edit::begin(installation, viewer).await?;
        Ok(Edit {
            is_for_a_person: true,
            ..edit
        })
    }

    fn permit<T: Touches>(&self, verb: Verb, wanted: T) -> Result<Permitted<InScope<T>>, Refusal> {
        let catalog = &self.installation.catalog;
        match self.is_for_a_person {
            true => permit::touch_for_a_person(catalog, self.viewer, verb, wanted),
            false => permit::touch(catalog, self.viewer, verb, wanted),
        }
    }

    /// Refuses whoever may do `verb` to no row of these tables. Comes before anything is looked up that the answer
    /// depends on, or the answer tells of it.
    pub fn may(&self, verb: Verb, tables: &[&str]) -> Result<(), Refusal> {
        let catalog = &self.installation.catalog;
        for table in tables {
            let nothing = Remove {
                resource: catalog.table(table).id,
                key: Vec::new(),
            };
            self.permit(verb, nothing)?;
        }
        Ok(())
    }

    /// The rows that a key finds among those that the viewer may do `verb` to. What is looked at to be written stays
    /// as it is until the end.
    pub async fn look(
        &mut self,
        verb: Verb,
        table: &str,
        key: Named<'_, Cell>,
        columns: &[&str],
    ) -> Result<Vec<Vec<Cell>>> {
        let catalog = &self.installation.catalog;
        let resource = catalog.table(table);
        let wanted = Look {
            resource: resource.id,
            key: plan::key(catalog, table, &singles(key)),
            columns: columns.iter().map(|name| resource.id_of(name)).collect(),
            lock: verb != Verb::Read,
        };
        let permitted = self.permit(verb, wanted)?;
        touch::look(&mut self.transaction, catalog, &permitted).await
    }

    /// Gives every row that a key finds these values; gives how many there were.
    pub async fn change(
        &mut self,
        verb: Verb,
        table: &str,
        key: Named<'_, Cell>,
        set: Named<'_, Cell>,
    ) -> Result<u64> {
        let catalog = &self.installation.catalog;
        let permitted = self.permit(verb, self.wanted(table, key, set))?;
        touch::change(&mut self.transaction, catalog, &permitted).await
    }

    /// Changes the viewer's own row among the users.
    pub async fn change_own_profile(&mut self, set: Named<'_, Cell>) -> Result<u64> {
        let catalog = &self.installation.catalog;
        let key = [("id", self.viewer.principal.id().into())];
        let permitted = permit::own_profile(catalog, self.viewer, self.wanted("users", &key, set))?;
        touch::change(&mut self.transaction, catalog, &permitted).await
    }

    fn wanted(&self, table: &str, key: Named<'_, Cell>, set: Named<'_, Cell>) -> Change {
        let catalog = &self.installation.catalog;
        let resource = catalog.table(table);
        Change {
            resource: resource.id,
            key: plan::key(catalog, table, &singles(key)),
            set: set
                .iter()
                .map(|(name, value)| (resource.id_of(name), value.clone()))
                .collect(),
        }
    }

    /// Deletes the rows that a key finds; gives how many there were.
    pub async fn remove(&mut self, verb: Verb, table: &str, key: Named<'_, Cell>) -> Result<u64> {
        let catalog = &self.installation.catalog;
        let wanted = Remove {
            resource: catalog.table(table).id,
            key: plan::key(catalog, table, &singles(key)),
        };
        let permitted = self.permit(verb, wanted)?;
        touch::remove(&mut self.transaction, catalog, &permitted).await
    }

    /// Adds rows that belong together; what others refer to goes first.
    pub async fn insert(&mut self, verb: Verb, rows: Vec<Rows<'_>>) -> Result<()> {
        let catalog = &self.installation.catalog;
        let permitted = rows
            .into_iter()
            .map(|(table, columns, rows)| {
                let resource = catalog.table(table);
                let wanted = Write {
                    resource: resource.id,
                    columns: columns.iter().map(|name| resource.id_of(name)).collect(),
                    rows,
                    conflict: Conflict::Fail,
                };
                self.permit(verb, wanted)
            })
            .collect::<Result<Vec<_>, Refusal>>()?;
        touch::insert(&mut self.transaction, catalog, &permitted).await?;
        Ok(())
    }

    /// Refuses whoever may not do `verb` to rows of these tables that belong to a list, as the rows' own check would when they
    /// are written.
    pub fn may_on_list(&self, verb: Verb, tables: &[&str], list: Uuid) -> Result<(), Refusal> {
        let wanted = Reach::Lists([list].into());
        for table in tables {
            let resource = self.installation.catalog.table(table);
            if !self.viewer.reach(resource.id, verb).covers(&wanted) {
                let message = format!("your groups do not let you write these {}", resource.plural);
                return Err(Refusal::new(Code::Forbidden, message));
            }
        }
        Ok(())
    }

    /// Refuses an address that must not be mailed, or whose person was erased, with `SUPPRESSED` for both. Until the
    /// end no erasure can raise its fence in between.
    pub async fn refuse_suppressed(&mut self, normalized: &str, field: &[&str]) -> Result<()> {
        match self.is_fenced(normalized).await? || self.is_suppressed(normalized).await? {
            true => Err(suppressed(field).into()),
            false => Ok(()),
        }
    }

    /// Lets no erasure raise its fence until the end. Comes before any row is held, as with the eraser.
    pub async fn hold_fence(&mut self) -> Result<()> {
        let account = self.viewer.account;
        match self.is_for_a_person {
            true => fence::request_lock(&mut self.transaction, account).await,
            false => fence::fence_lock(&mut self.transaction, account, false).await,
        }
    }

    /// Whether an erased person had this address. The answer holds to the end.
    pub async fn is_fenced(&mut self, normalized: &str) -> Result<bool> {
        Ok(self.fence(normalized).await?.is_some())
    }

    /// The fence that keeps out whoever has this address. The answer holds to the end.
    pub async fn fence(&mut self, normalized: &str) -> Result<Option<Fence>> {
        self.hold_fence().await?;
        let tokens = self.tokens(normalized);
        fence::standing(&mut self.transaction, self.viewer.account, &tokens).await
    }

    /// Lifts that fence, by the person's own word. False: the erasure that raised it has not ended.
    pub async fn lift_fence(&mut self, normalized: &str, fence: Fence) -> Result<bool> {
        let tokens = self.tokens(normalized);
        let (account, now) = (self.viewer.account, self.now);
        fence::lift(&mut self.transaction, account, &tokens, fence.erasure, now).await
    }

    /// Lets nobody else write people, or look for one, until the end. Comes before any row is held, as with the eraser.
    pub async fn hold_fence_alone(&mut self) -> Result<()> {
        fence::fence_lock(&mut self.transaction, self.viewer.account, true).await
    }

    fn tokens(&self, normalized: &str) -> Vec<Vec<u8>> {
        let keys = &self.installation.keys;
        let tokens = keys.suppression_tokens_all_versions(self.viewer.account, normalized);
        tokens.iter().map(|(_, token)| token.to_vec()).collect()
    }

    /// Whether an address stands among those that must not be mailed.
    pub async fn is_suppressed(&mut self, normalized: &str) -> Result<bool> {
        person::is_suppressed(&mut self.transaction, self.viewer.account, normalized, self.now).await
    }

    /// What may not be done with a person's data now.
    pub async fn restrictions(&mut self, subscriber: Uuid) -> Result<Vec<Holding>> {
        restriction::of_person(&mut self.transaction, self.viewer.account, subscriber, self.now).await
    }

    /// Notes what was done, for the audit log.
    pub fn tell(&mut self, action: &'static str, resource: impl Into<Cow<'static, str>>, object: Uuid) {
        let id = self.installation.new_id();
        self.events
            .push(AuditEvent::by(self.viewer, id, self.now, action).of(resource, object));
    }

    /// The same, about so many rows.
    pub fn tell_rows(
        &mut self,
        action: &'static str,
        resource: impl Into<Cow<'static, str>>,
        object: Uuid,
        rows: u64,
    ) {
        self.tell(action, resource, object);
        if let Some(event) = self.events.last_mut() {
            event.rows = rows;
        }
    }

    /// A new id.
    pub fn new_id(&self) -> Uuid {
        self.installation.new_id()
    }

    /// Makes everything done last, with its events.
    pub async fn commit(mut self) -> Result<()> {
        if !self.events.is_empty() {
            audit::append(&mut self.transaction, &self.events).await?;
        }
        self.transaction.commit().await
    }
}

fn singles<'k>(key: Named<'k, Cell>) -> Vec<(&'k str, Vec<Cell>)> {
    key.iter()
        .map(|(name, value)| (*name, vec![value.clone()]))
        .collect()
}

/// What is said of an address that must not be mailed, of an erased person's and of one's whose data is restricted: which of them it is, is not told.
pub fn suppressed(field: &[&str]) -> Refusal {
    let message = "this address must not be mailed: it is suppressed, or its person was erased or asked not to be mailed";
    Refusal::new(Code::Suppressed, message).at(field.iter().copied())
}

/// What somebody is told whose id names nothing within reach.
pub fn no_such(what: &str, field: &[&str]) -> Refusal {
    Refusal::new(Code::InvalidId, format!("there is no such {what}")).at(field.iter().copied())
}
