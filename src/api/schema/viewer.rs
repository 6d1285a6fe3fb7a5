//! The types that tell the asker who it is and what it may do.

use super::builder::{Builder, sentence};
use super::meaning::{FieldMeaning, PermissionPart, ViewerPart};
use super::root;
use crate::access::grant::Verb;
use crate::api::types::{Type, TypeRef};

pub(super) fn add(builder: &mut Builder) {
    add_permission(builder);
    let mut fields = Vec::new();
    for (name, kind, about, part) in [
        (
            "kind",
            TypeRef::required("PrincipalKind"),
            "What kind of asker.",
            ViewerPart::Kind,
        ),
        (
            "id",
            TypeRef::named("ID"),
            "The global id of the user or key.",
            ViewerPart::Id,
        ),
        (
            "groups",
            TypeRef::list_of("String"),
            "The names of the groups that count in this account.",
            ViewerPart::Groups,
        ),
        (
            "permissions",
            TypeRef::list_of("Permission"),
            "What the groups add up to; what is not listed is not allowed.",
            ViewerPart::Permissions,
        ),
        (
            "maxRows",
            TypeRef::named("BigInt"),
            "The most rows in one bundle; null: no limit.",
            ViewerPart::MaxRows,
        ),
        (
            "maxBundlesPerDay",
            TypeRef::named("BigInt"),
            "The most bundles a day; null: no limit.",
            ViewerPart::MaxBundlesPerDay,
        ),
    ] {
        fields.push(builder.field(name, kind, about, FieldMeaning::OfViewer(part)));
    }
    if let Some(account) = root::account(builder.catalog) {
        let about = format!(
            "The account that the request acts in. Requires: read on {}.",
            account.name
        );
        let meaning = FieldMeaning::OfViewer(ViewerPart::Account);
        fields.push(builder.field("account", TypeRef::named(&account.name), &about, meaning));
    }
    for (table, name, part) in [
        ("users", "user", ViewerPart::User),
        ("api_keys", "apiKey", ViewerPart::ApiKey),
    ] {
        if let Some(resource) = builder.catalog.by_table(table).filter(|resource| resource.in_api) {
            let about = format!(
                "The row of the {} that asks, if it is one. Requires: read on {}.",
                resource.name, resource.name
            );
            let meaning = FieldMeaning::OfViewer(part);
            fields.push(builder.field(name, TypeRef::named(&resource.name), &about, meaning));
        }
    }
    builder.add(Type::object(
        "Viewer",
        "Who asks, in which account, with which rights.",
        &[],
        fields,
    ));
}

fn add_permission(builder: &mut Builder) {
    builder.add(Type::enumeration(
        "PrincipalKind",
        "What kind of asker.",
        &[
            ("USER", "A person who works for the account."),
            ("API_KEY", "A program."),
            ("OPERATOR", "A person who works for the platform."),
        ],
    ));
    let verbs: Vec<(String, String)> = Verb::ALL
        .iter()
        .map(|verb| {
            (
                verb.word().to_ascii_uppercase(),
                format!("{}.", sentence(verb.word())),
            )
        })
        .collect();
    let values: Vec<(&str, &str)> = verbs
        .iter()
        .map(|(word, about)| (word.as_str(), about.as_str()))
        .collect();
    builder.add(Type::enumeration(
        "PermissionVerb",
        "What may be done; none of these implies another.",
        &values,
    ));
    builder.add(Type::enumeration(
        "PermissionReach",
        "How far a permission reaches.",
        &[
            ("ALL", "Every row of the account."),
            ("LISTS", "The rows of named lists."),
        ],
    ));
    let parts = [
        (
            "resource",
            TypeRef::required("String"),
            "The GraphQL type.",
            PermissionPart::Resource,
        ),
        (
            "verb",
            TypeRef::required("PermissionVerb"),
            "What may be done.",
            PermissionPart::Verb,
        ),
        (
            "reach",
            TypeRef::required("PermissionReach"),
            "How far.",
            PermissionPart::Reach,
        ),
        (
            "lists",
            TypeRef::list_of("ID"),
            "The named lists; empty when the reach is ALL.",
            PermissionPart::Lists,
        ),
    ];
    let fields = parts
        .map(|(name, kind, about, part)| builder.field(name, kind, about, FieldMeaning::OfPermission(part)));
    builder.add(Type::object(
        "Permission",
        "One thing that the viewer may do.",
        &[],
        fields.into(),
    ));
}
