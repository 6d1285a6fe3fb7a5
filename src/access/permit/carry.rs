//! The door for what is carried out: which rows and columns of a resource a viewer's bundle may hold.

use super::{Permitted, PermittedWalk, Scope, Show, cells, clear, shown};
use crate::access::grant::{Reach, Verb};
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, ColumnId, Resource, Step};
use crate::error::{Code, Refusal};
use crate::plan::slice::{BundleKind, Part, Walk, bundle_columns, campaign_column, change_columns};

/// Permits a walk for a bundle. A viewer without the right to export the resource is refused; one whose right
/// reaches only some lists gets those rows, and the bundle is partial.
pub fn walk(catalog: &Catalog, viewer: &Viewer, mut walk: Walk) -> Result<Permitted<PermittedWalk>, Refusal> {
    let resource = catalog.get(walk.resource);
    let hidden = |clear: &Scope, scope: &Scope, columns: &[ColumnId]| {
        let mut shown = columns.iter().map(|id| shown(resource.column(*id), clear, scope));
        shown.any(|shown| shown.show != Show::Clear)
    };
    let reach = export_reach(viewer, resource, walk.bundle).map(|(scope, clear)| match walk.part {
        Part::List(list) => (scope.within(list), clear.within(list)),
        Part::All | Part::Campaign(_) => (scope, clear),
    });
    // The part is a filter, and a hidden column may not be one (D3).
    let is_told = |(scope, clear): &(Scope, Scope)| match walk.part {
        Part::All => true,
        Part::List(_) => may_follow(viewer, resource),
        Part::Campaign(_) => {
            campaign_column(catalog, resource).is_some_and(|by| !hidden(clear, scope, &[by]))
        }
    };
    let reach = reach
        .filter(|(scope, _)| *scope != Scope::Nothing)
        .filter(is_told);
    let Some((scope, clear)) = reach else {
        return Err(Refusal::new(
            Code::Forbidden,
            format!("your groups do not let you export {}", resource.plural),
        ));
    };
    // Nor may it say which rows changed: then they all come.
    if hidden(&clear, &scope, &change_columns(resource)) {
        walk.since = None;
    }
    let columns = bundle_columns(resource, walk.bundle)
        .into_iter()
        .map(|id| shown(resource.column(id), &clear, &scope))
        .collect();
    let permitted = PermittedWalk {
        walk,
        columns,
        cells: cells(resource, &clear, &scope),
        scope,
        clear,
    };
    Permitted::also_when_closed(viewer, permitted)
}

/// Whether a viewer may read what lies on the ways from a resource's rows to a list: which rows are of a list would
/// else tell it.
fn may_follow(viewer: &Viewer, resource: &Resource) -> bool {
    let steps = resource.scope.iter().flat_map(|path| &path.steps);
    let mut passed = steps.map(|step| match step {
        Step::Forward { target, .. } => *target,
        Step::Back { resource, .. } => *resource,
    });
    passed.all(|passed| *viewer.reach(passed, Verb::Read) != Reach::Nothing)
}

fn narrower<'a>(one: &'a Reach, other: &'a Reach) -> &'a Reach {
    if one.covers(other) {
        other
    } else if other.covers(one) {
        one
    } else {
        &Reach::Nothing
    }
}

/// How far a viewer's right to export a resource reaches, and in which of those rows personal data is in clear;
/// `None` when nothing of it may be exported.
pub fn export_reach(viewer: &Viewer, resource: &Resource, bundle: BundleKind) -> Option<(Scope, Scope)> {
    if bundle_columns(resource, bundle).is_empty() {
        return None;
    }
    let scope = Scope::from(narrower(
        viewer.reach(resource.id, Verb::Export),
        viewer.reach(resource.id, Verb::Read),
    ));
    let clear = match clear(viewer, resource) {
        Scope::All => scope.clone(),
        other => other,
    };
    (scope != Scope::Nothing).then_some((scope, clear))
}
