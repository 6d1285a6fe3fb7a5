//! The door (D2): turns a plan into a permitted plan, or refuses it.
//!
//! Pure: no database, no clock, no logging. Invariant: nothing outside this module can build a [`Permitted`], and
//! the store takes nothing else; who forgot to ask for permission does not compile. One decision serves select,
//! filter, order, count, cursor and export (D3).

mod carry;
mod close;
mod erase;
mod touch;

use uuid::Uuid;

use super::grant::{Reach, Verb};
use super::viewer::{AccessVersion, Principal, Viewer, account_closed};
use crate::catalog::{Catalog, Class, Column, ColumnId, Mask, Owner, Resource, ResourceId};
use crate::error::{Code, Refusal};
use crate::plan::read::{Filter, Link, Order, Read, Window};
use crate::plan::slice::Walk;
use crate::plan::write::Write;

pub use carry::{export_reach, walk};
pub use close::{Closing, Ending, close, end};
pub use erase::{Again, Departure, Erasure, erase, erase_again, erase_user, remove, retire};
pub use touch::{InScope, own_profile, rectify, touch, touch_for_a_person};

/// A plan that may be run, for one account. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Permitted<T> {
    plan: T,
    account: Uuid,
    principal: Principal,
    as_of: Option<AccessVersion>,
}

impl<T> Permitted<T> {
    /// What changes something, for a viewer whose rights are those of this moment, in an account that is not closed.
    fn now(viewer: &Viewer, plan: T) -> Result<Self, Refusal> {
        if viewer.rights.are_in_closed_account() {
            return Err(account_closed());
        }
        Permitted::also_when_closed(viewer, plan)
    }

    /// The same of what is done in a closed account, too: carrying out, erasing, closing itself.
    fn also_when_closed(viewer: &Viewer, plan: T) -> Result<Self, Refusal> {
        if viewer.has_kept_rights() {
            return Err(Refusal::new(
                Code::Unauthenticated,
                "rights that were looked up for an earlier request are good for reading alone",
            ));
        }
        Ok(Permitted {
            plan,
            account: viewer.account,
            principal: viewer.principal,
            as_of: None,
        })
    }

    /// What may be run.
    pub fn plan(&self) -> &T {
        &self.plan
    }

    /// The account that every statement is bound to.
    pub fn account(&self) -> Uuid {
        self.account
    }

    /// Who asked.
    pub fn principal(&self) -> Principal {
        self.principal
    }

    /// Set when it may be run only while nobody's rights have changed since.
    pub fn as_of(&self) -> Option<AccessVersion> {
        self.as_of
    }
}

/// One level of a permitted read: what was wanted, and what a rule makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What rows.
    pub resource: ResourceId,
    /// The columns wanted, in order, each with how it is shown.
    pub columns: Vec<Shown>,
    /// Which rows the asker wants.
    pub filter: Option<Filter>,
    /// How ordered.
    pub order: Vec<Order>,
    /// Which stretch.
    pub window: Window,
    /// Whether to count.
    pub count: bool,
    /// Which rows the asker may see.
    pub scope: Scope,
    /// In which of them personal data is shown in clear.
    pub clear: Scope,
    /// Rows that are not in clear exist for the asker only where one of these columns counts enough people
    /// ([`Mask::SmallCell`]); none: wherever they lie.
    pub cells: Vec<ColumnId>,
    /// What hangs below.
    pub children: Vec<(Link, Level)>,
}

/// A set of rows of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// None of the account's.
    Nothing,
    /// All of the account's.
    All,
    /// Those whose scope path ends in one of these lists.
    Lists(Vec<Uuid>),
}

impl Scope {
    /// Of these rows those of one list.
    fn within(self, list: Uuid) -> Scope {
        match self {
            Scope::All => Scope::Lists(vec![list]),
            Scope::Lists(lists) if lists.contains(&list) => Scope::Lists(vec![list]),
            Scope::Nothing | Scope::Lists(_) => Scope::Nothing,
        }
    }
}

impl From<&Reach> for Scope {
    fn from(reach: &Reach) -> Self {
        match reach {
            Reach::Nothing => Scope::Nothing,
            Reach::All => Scope::All,
            Reach::Lists(lists) => Scope::Lists(lists.iter().copied().collect()),
        }
    }
}

/// A column and how it is shown.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Which column.
    pub column: ColumnId,
    /// How.
    pub show: Show,
}

/// How a column is shown.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// As it is, in every row in scope.
    Clear,
    /// As it is in the rows that are [`Level::clear`], masked in the others.
    Masked(Mask),
    /// A secret: whether there is a value, as a boolean.
    IsSet,
    /// As it is in the rows that are [`Level::clear`]; in the others only when the row's own field definition
    /// says a class that is not personal enough to hide (ruling 8).
    ByField,
}

/// A permitted walk for a bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct PermittedWalk {
    /// What was wanted.
    pub walk: Walk,
    /// The columns of the bundle, each with how it is shown.
    pub columns: Vec<Shown>,
    /// Which rows.
    pub scope: Scope,
    /// In which of them personal data is in clear.
    pub clear: Scope,
    /// Rows that are not in clear are in the bundle only where one of these columns counts enough people; none: all.
    pub cells: Vec<ColumnId>,
}

/// Permits a read: adds the account, the row scope and the masks at every level, and refuses hidden columns in
/// filters and orders (ruling 12).
pub fn read(catalog: &Catalog, viewer: &Viewer, plan: Read) -> Result<Permitted<Level>, Refusal> {
    let plan = level(catalog, viewer, plan)?;
    Ok(Permitted {
        plan,
        account: viewer.account,
        principal: viewer.principal,
        as_of: viewer.as_of,
    })
}

fn level(catalog: &Catalog, viewer: &Viewer, plan: Read) -> Result<Level, Refusal> {
    let resource = catalog.get(plan.resource);
    let scope = Scope::from(viewer.reach(resource.id, Verb::Read));
    let clear = clear(viewer, resource);
    if let Some(filter) = &plan.filter {
        check_filter(resource, &clear, &scope, filter)?;
    }
    for order in &plan.order {
        check_column(resource.column(order.column), &clear, &scope, &order.argument)?;
    }
    let columns = plan
        .columns
        .iter()
        .map(|id| shown(resource.column(*id), &clear, &scope))
        .collect();
    let children = plan
        .children
        .into_iter()
        .map(|child| {
            let mut lower = level(catalog, viewer, child.read)?;
            if let Link::Matching { upper, lower: by } = child.link {
                let below = catalog.get(lower.resource).column(by);
                let is_hidden =
                    |column, clear: &Scope, scope: &Scope| shown(column, clear, scope).show != Show::Clear;
                // That two hidden values are equal tells something of both, as a filter would.
                if is_hidden(resource.column(upper), &clear, &scope)
                    || is_hidden(below, &lower.clear, &lower.scope)
                {
                    lower.scope = Scope::Nothing;
                }
            }
            Ok((child.link, lower))
        })
        .collect::<Result<_, Refusal>>()?;
    Ok(Level {
        resource: plan.resource,
        columns,
        filter: plan.filter,
        order: plan.order,
        window: plan.window,
        count: plan.count,
        cells: cells(resource, &clear, &scope),
        scope,
        clear,
        children,
    })
}

/// In which rows the viewer sees personal data: never further than where rows may be read at all.
fn clear(viewer: &Viewer, resource: &Resource) -> Scope {
    let read = viewer.reach(resource.id, Verb::Read);
    let clear = viewer.reach(resource.id, Verb::ReadClear);
    if clear.covers(read) {
        Scope::from(read)
    } else {
        Scope::from(clear)
    }
}

/// What keeps rows from those who may not read them in clear: a row that holds nothing but small counts tells by being
/// there that somebody did something (D3: counts and existence by the same rule).
fn cells(resource: &Resource, clear: &Scope, scope: &Scope) -> Vec<ColumnId> {
    match clear == scope {
        true => Vec::new(),
        false => resource.cells(),
    }
}

fn shown(column: &Column, clear: &Scope, scope: &Scope) -> Shown {
    let show = match (column.class, column.mask) {
        (Class::Secret, _) => Show::IsSet,
        _ if clear == scope => Show::Clear,
        (Class::ByField, _) => Show::ByField,
        (_, Mask::Clear) => Show::Clear,
        (_, mask) => Show::Masked(mask),
    };
    Shown {
        column: column.id,
        show,
    }
}

fn check_filter(resource: &Resource, clear: &Scope, scope: &Scope, filter: &Filter) -> Result<(), Refusal> {
    match filter {
        Filter::And(all) | Filter::Or(all) => all
            .iter()
            .try_for_each(|one| check_filter(resource, clear, scope, one)),
        Filter::Not(one) => check_filter(resource, clear, scope, one),
        Filter::Compare { column, argument, .. } => {
            check_column(resource.column(*column), clear, scope, argument)
        }
    }
}

/// A column that is not shown as it is in every row may be neither filtered nor ordered by: each answer would
/// tell something of the hidden value.
fn check_column(column: &Column, clear: &Scope, scope: &Scope, argument: &[String]) -> Result<(), Refusal> {
    match shown(column, clear, scope).show {
        Show::Clear => Ok(()),
        Show::Masked(_) | Show::IsSet | Show::ByField => Err(Refusal::new(
            Code::ForbiddenField,
            format!(
                "{} is hidden from you, so it can be neither filtered nor ordered by; leave it out",
                column.field
            ),
        )
        .at(argument.iter().cloned())),
    }
}

/// Permits a write: needs the right to write every row of the resource. What belongs to the whole installation is
/// changed by the platform's people alone, whatever an account grants its own.
pub fn write(catalog: &Catalog, viewer: &Viewer, write: Write) -> Result<Permitted<Write>, Refusal> {
    let resource = catalog.get(write.resource);
    if *viewer.reach(resource.id, Verb::Write) != Reach::All || is_the_platforms(resource, viewer) {
        return Err(Refusal::new(
            Code::Forbidden,
            format!("your groups do not let you write {}", resource.plural),
        ));
    }
    Permitted::now(viewer, write)
}

/// Whether rows of the resource are the platform's, and the viewer is none of its people.
fn is_the_platforms(resource: &Resource, viewer: &Viewer) -> bool {
    let of_the_installation = matches!(resource.owner, Owner::Shared | Owner::Global);
    of_the_installation && !matches!(viewer.principal, Principal::Operator(_))
}
