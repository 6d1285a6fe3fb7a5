//! The GraphQL schema as a rendering of the catalog: which types and fields there are, and what each stands
//! for. Built once at the start; knows neither documents nor rows nor who asks.

mod builder;
mod connection;
mod filter;
pub mod meaning;
mod mutation;
mod object;
mod order;
mod reach;
mod root;
mod scalars;
mod subscription;
mod viewer;

use std::collections::HashMap;

use crate::api::deprecation;
use crate::api::types::{Field, Roots, TypeId, TypeSystem};
use crate::catalog::{Catalog, ColumnId, Resource, ResourceId};
use crate::error::{Code, Fault, Refusal, Result};

pub(crate) use builder::lower_first;
pub use filter::{FilterField, Operand};
pub use meaning::FieldMeaning;
pub use order::fallback as fallback_order;
pub use scalars::read_instant;
pub use subscription::is_job;

/// The most leaves of one filter.
pub const MOST_FILTER_LEAVES: usize = 20;

/// How deep `and`, `or` and `not` may be nested.
pub const DEEPEST_FILTER: usize = 3;

/// The most values of one `in`.
pub const MOST_VALUES: usize = 100;

/// The most orders of one list.
pub const MOST_ORDERS: usize = 3;

/// The most ids of one `nodes`.
pub const MOST_IDS: usize = 100;

/// The page size when none is asked for.
pub const DEFAULT_PAGE: u16 = 25;

/// The schema and what its fields stand for.
#[derive(Debug)]
pub struct Surface {
    types: TypeSystem,
    meanings: Vec<FieldMeaning>,
    resources: Vec<Option<ResourceSurface>>,
    by_tag: HashMap<u16, ResourceId>,
    by_type: HashMap<TypeId, ResourceId>,
}

/// What the compile step looks up for one resource.
#[derive(Debug)]
pub struct ResourceSurface {
    /// Its object type.
    pub object: TypeId,
    /// What it can be filtered by.
    pub filters: Vec<FilterField>,
    /// What it can be ordered by: the word and the column.
    pub orders: Vec<(String, ColumnId)>,
}

impl Surface {
    /// The schema of everything in the catalog that is part of the API.
    ///
    /// # Errors
    /// A fault that names the type, when two things of the catalog ask for one name; a refusal that names the part, when
    /// something is to go that is not there, or that nothing stands in for.
    pub fn of(catalog: &Catalog) -> Result<Surface> {
        let mut builder = builder::Builder::new(catalog);
        scalars::add(&mut builder);
        root::add(&mut builder);
        viewer::add(&mut builder);
        let shown: Vec<&Resource> = catalog.resources().filter(|resource| resource.in_api).collect();
        for resource in &shown {
            object::add(&mut builder, resource);
            connection::add(&mut builder, resource);
            filter::add(&mut builder, resource);
            order::add(&mut builder, resource);
        }
        filter::add_shared(&mut builder);
        mutation::add(&mut builder);
        subscription::add(&mut builder);
        let (types, meanings) = builder.finish();
        let roots = Roots {
            query: "Query".to_owned(),
            mutation: Some("Mutation".to_owned()),
            subscription: Some(subscription::ROOT.to_owned()),
        };
        let mut types = reach::reachable(types, &["Query", "Mutation", subscription::ROOT]);
        deprecation::mark(&mut types, &catalog.deprecations)
            .map_err(|fault| Refusal::new(Code::PolicyInvalid, fault))?;
        let types = TypeSystem::build(types, &roots)?;
        Surface::joined(catalog, &shown, types, meanings)
    }

    fn joined(
        catalog: &Catalog,
        shown: &[&Resource],
        types: TypeSystem,
        meanings: Vec<FieldMeaning>,
    ) -> Result<Surface> {
        let mut surface = Surface {
            types,
            meanings,
            resources: catalog.resources().map(|_| None).collect(),
            by_tag: HashMap::new(),
            by_type: HashMap::new(),
        };
        for resource in shown {
            let Some((object, _)) = surface.types.find(&resource.name) else {
                return Err(Fault::Invariant(format!("the schema lacks the type {}", resource.name)).into());
            };
            if let Some(other) = surface.by_tag.insert(resource.tag(), resource.id) {
                let other = &catalog.get(other).name;
                let text = format!(
                    "{} and {other} have the same type tag in global ids",
                    resource.name
                );
                return Err(Fault::Invariant(text).into());
            }
            surface.by_type.insert(object, resource.id);
            surface.resources[usize::from(resource.id.0)] = Some(ResourceSurface {
                object,
                filters: filter::fields(catalog, resource),
                orders: order::columns(resource),
            });
        }
        Ok(surface)
    }

    /// The types.
    pub fn types(&self) -> &TypeSystem {
        &self.types
    }

    /// What a field stands for.
    pub fn meaning(&self, field: &Field) -> FieldMeaning {
        let place = field.meaning.0 as usize;
        self.meanings.get(place).copied().unwrap_or(FieldMeaning::Unread)
    }

    /// What belongs to a resource; none when it is not part of the API.
    pub fn resource(&self, id: ResourceId) -> Option<&ResourceSurface> {
        self.resources.get(usize::from(id.0))?.as_ref()
    }

    /// The resource whose global ids have this tag.
    pub fn of_tag(&self, tag: u16) -> Option<ResourceId> {
        self.by_tag.get(&tag).copied()
    }

    /// The resource of an object type.
    pub fn of_type(&self, object: TypeId) -> Option<ResourceId> {
        self.by_type.get(&object).copied()
    }
}
