//! The fields of the viewer: known before anything is read, but for its own rows.

use async_graphql::parser::types::SelectionSet;
use uuid::Uuid;

use super::collect::Collected;
use super::root::null;
use super::shape::{Selection, Source};
use super::{Compiled, Compiler, is_type_name};
use crate::access::grant::{Reach, Verb};
use crate::access::viewer::Principal;
use crate::api::assemble::text;
use crate::api::schema::FieldMeaning;
use crate::api::schema::meaning::{PermissionPart, ViewerPart};
use crate::api::types::TypeId;
use crate::error::Code;

impl<'a> Compiler<'a> {
    pub(super) fn viewer(&mut self, object: TypeId, sets: &[&'a SelectionSet]) -> Compiled<Source> {
        let mut selection = Selection::default();
        for field in self.scope.collect(object, sets) {
            let definition = self.definition(object, &field)?;
            let source = match self.ask.surface.meaning(definition) {
                _ if is_type_name(&field) => self.literal_type_name(object),
                FieldMeaning::OfViewer(part) => self.below(field.key, |compiler| {
                    compiler.viewer_part(part, definition.of, &field)
                })?,
                _ => return self.refuse(Code::ValidationFailed, "a field that viewers do not have", &[]),
            };
            let slot = self.slot(definition, &field, source);
            selection.fields.push(slot);
        }
        Ok(Source::Object(selection))
    }

    fn viewer_part(&mut self, part: ViewerPart, of: TypeId, field: &Collected<'a>) -> Compiled<Source> {
        let asker = self.asker()?;
        let principal = asker.viewer.principal;
        let mut json = Vec::new();
        match part {
            ViewerPart::Kind => text::word(&mut json, principal.word()),
            ViewerPart::Id => match self.own_id(principal) {
                Some(id) => text::string(&mut json, &id),
                None => return Ok(null()),
            },
            ViewerPart::Groups => list(&mut json, &asker.groups, |json, group| text::string(json, group)),
            ViewerPart::Permissions => self.permissions(&mut json, of, field)?,
            ViewerPart::MaxRows => limit(&mut json, asker.viewer.rights.max_rows),
            ViewerPart::MaxBundlesPerDay => limit(&mut json, asker.viewer.rights.max_bundles_per_day),
            ViewerPart::Account => {
                let account = self.ask.surface.of_type(of);
                return self.row_by_id(account, asker.viewer.account, &field.sets);
            }
            ViewerPart::User | ViewerPart::ApiKey => {
                let resource = self.ask.surface.of_type(of);
                let is_key = matches!(principal, Principal::ApiKey(_));
                let is_asked_for = is_key == (part == ViewerPart::ApiKey);
                return self.row_by_id(resource.filter(|_| is_asked_for), principal.id(), &field.sets);
            }
        }
        Ok(Source::Literal(json.into()))
    }

    fn own_id(&self, principal: Principal) -> Option<String> {
        let table = match principal {
            Principal::ApiKey(_) => "api_keys",
            Principal::User(_) | Principal::Operator(_) => "users",
        };
        self.global_id(table, principal.id())
    }

    fn global_id(&self, table: &str, id: Uuid) -> Option<String> {
        let resource = self
            .ask
            .catalog
            .by_table(table)
            .filter(|resource| resource.in_api)?;
        Some(self.ask.ids.encode(resource.tag(), id))
    }

    fn permissions(&self, json: &mut Vec<u8>, of: TypeId, field: &Collected<'a>) -> Compiled<()> {
        let asker = self.asker()?;
        let mut permissions = Vec::new();
        for resource in self.ask.catalog.resources().filter(|resource| resource.in_api) {
            for verb in Verb::ALL {
                let reach = asker.viewer.reach(resource.id, verb);
                if reach.is_something() {
                    permissions.push((resource.name.as_str(), verb, reach));
                }
            }
        }
        let fields = self.scope.collect(of, &field.sets);
        let mut parts = Vec::with_capacity(fields.len());
        for field in &fields {
            parts.push((field.key, self.ask.surface.meaning(self.definition(of, field)?)));
        }
        let type_name = self.type_name(of);
        list(json, &permissions, |json, (resource, verb, reach)| {
            object(json, &parts, |json, meaning| match meaning {
                FieldMeaning::OfPermission(PermissionPart::Resource) => text::string(json, resource),
                FieldMeaning::OfPermission(PermissionPart::Verb) => text::word(json, verb.word()),
                FieldMeaning::OfPermission(PermissionPart::Reach) => {
                    text::word(
                        json,
                        if matches!(reach, Reach::Lists(_)) {
                            "lists"
                        } else {
                            "all"
                        },
                    );
                }
                FieldMeaning::OfPermission(PermissionPart::Lists) => {
                    let ids: Vec<String> = match reach {
                        Reach::Lists(lists) => lists
                            .iter()
                            .filter_map(|id| self.global_id("lists", *id))
                            .collect(),
                        Reach::Nothing | Reach::All => Vec::new(),
                    };
                    list(json, &ids, |json, id| text::string(json, id));
                }
                _ => text::string(json, &type_name),
            });
        });
        Ok(())
    }
}

/// Writes a list.
pub(super) fn list<T>(json: &mut Vec<u8>, items: &[T], mut write: impl FnMut(&mut Vec<u8>, &T)) {
    json.push(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        write(json, item);
    }
    json.push(b']');
}

/// Writes an object whose fields are known by their meanings.
pub(super) fn object(
    json: &mut Vec<u8>,
    parts: &[(&str, FieldMeaning)],
    mut write: impl FnMut(&mut Vec<u8>, &FieldMeaning),
) {
    json.push(b'{');
    for (place, (key, meaning)) in parts.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        text::string(json, key);
        json.push(b':');
        write(json, meaning);
    }
    json.push(b'}');
}

fn limit(json: &mut Vec<u8>, limit: Option<i64>) {
    match limit {
        Some(limit) => text::string(json, &limit.to_string()),
        None => json.extend_from_slice(b"null"),
    }
}
