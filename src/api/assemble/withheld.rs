//! Which response paths a rule hid from an answer (ruling 12), told by the permitted levels alone, so that a
//! dashboard can say "hidden" instead of "empty".
//!
//! Rows asked for by id are not named when none came: missing and forbidden look alike.

use std::sync::Arc;

use crate::access::permit::{Level, Scope, Show};
use crate::api::compile::shape::{EdgeSource, Page, PageSource, Selection, Source};
use crate::plan::read::Window;

type Path = Vec<Arc<str>>;

/// The paths, each once, in the order of the answer. `found` says of each branch whether rows came of it.
pub fn withheld(selection: &Selection, levels: &[&Level], found: &[bool]) -> Vec<Path> {
    if !levels.iter().any(|level| hides(level)) {
        return Vec::new();
    }
    let mut walk = Walk {
        levels,
        found,
        path: Vec::new(),
        paths: Vec::new(),
    };
    walk.selection(selection, None);
    walk.paths
}

/// Whether anything is hidden in a level or below.
fn hides(level: &Level) -> bool {
    level.scope == Scope::Nothing
        || level.columns.iter().any(|column| is_hidden(column.show))
        || level.children.iter().any(|(_, child)| hides(child))
}

fn is_hidden(show: Show) -> bool {
    matches!(show, Show::Masked(_) | Show::ByField)
}

struct Walk<'a> {
    levels: &'a [&'a Level],
    found: &'a [bool],
    path: Path,
    paths: Vec<Path>,
}

impl Walk<'_> {
    fn selection(&mut self, selection: &Selection, level: Option<&Level>) {
        for slot in &selection.fields {
            self.path.push(slot.name.clone());
            self.source(&slot.source, level);
            self.path.pop();
        }
    }

    fn source(&mut self, source: &Source, level: Option<&Level>) {
        let child = |child: usize| {
            level
                .and_then(|level| level.children.get(child))
                .map(|(_, level)| level)
        };
        match source {
            Source::Column { index, .. } => {
                let column = level.and_then(|level| level.columns.get(*index));
                if column.is_some_and(|column| is_hidden(column.show)) {
                    self.name();
                }
            }
            Source::Object(selection) => self.selection(selection, level),
            Source::Reference {
                child: place,
                selection,
            }
            | Source::Parts {
                child: place,
                selection,
            } => {
                self.rows(child(*place), selection);
            }
            Source::Page { child: place, page } => self.page(child(*place), page),
            Source::BranchRow { branch, selection } => self.branch(*branch, selection),
            Source::BranchPage { branch, page } => self.page(self.levels.get(*branch).copied(), page),
            Source::BranchRows { selections, .. } => {
                for (branch, selection) in selections {
                    self.branch(*branch, selection);
                }
            }
            Source::Literal(_)
            | Source::Introspection
            | Source::Id(_)
            | Source::BundlePath { .. }
            | Source::Failed => {}
        }
    }

    fn branch(&mut self, branch: usize, selection: &Selection) {
        let Some(level) = self.levels.get(branch).copied() else {
            return;
        };
        let came = self.found.get(branch).copied().unwrap_or(false);
        if came || !matches!(level.window, Window::Ids(_)) {
            self.rows(Some(level), selection);
        }
    }

    fn rows(&mut self, level: Option<&Level>, selection: &Selection) {
        match level {
            Some(level) if level.scope == Scope::Nothing => self.name(),
            level => self.selection(selection, level),
        }
    }

    fn page(&mut self, level: Option<&Level>, page: &Page) {
        if level.is_some_and(|level| level.scope == Scope::Nothing) {
            return self.name();
        }
        for (name, source) in &page.fields {
            self.path.push(name.clone());
            match source {
                PageSource::Nodes(selection) => self.selection(selection, level),
                PageSource::Edges(fields) => {
                    for (name, source) in fields {
                        if let EdgeSource::Node(selection) = source {
                            self.path.push(name.clone());
                            self.selection(selection, level);
                            self.path.pop();
                        }
                    }
                }
                PageSource::TypeName(_) | PageSource::Info(_) | PageSource::Count(_) => {}
            }
            self.path.pop();
        }
    }

    /// Names the place, once: several types of one `nodes` may hide the same.
    fn name(&mut self) {
        if !self.paths.contains(&self.path) {
            self.paths.push(self.path.clone());
        }
    }
}
