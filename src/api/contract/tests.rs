//! The evidence in `schema/` is what the code gives; `UPDATE=1` writes it anew.

use std::path::Path;

use super::{access_matrix, sdl};
use crate::api::schema::Surface;
use crate::api::types::Kind;
use crate::catalog::{Catalog, DEFAULT_POLICY};

fn catalog() -> Catalog {
    Catalog::load(DEFAULT_POLICY).expect("the built-in policy stands")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever runs the tests, not a setting"
)]
fn is_update() -> bool {
    std::env::var("UPDATE").as_deref() == Ok("1")
}

fn is_fresh(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema").join(file);
    if is_update() {
        std::fs::write(&path, text).expect("the evidence can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "schema/{file} is stale; run the tests with UPDATE=1 and read what changed"
    );
}

#[test]
fn the_sdl_in_the_contract_folder_is_fresh() {
    let surface = Surface::of(&catalog()).expect("the catalog can be rendered");
    is_fresh("gateway.graphql", &sdl(surface.types()));
}

#[test]
fn the_access_matrix_in_the_contract_folder_is_fresh() {
    is_fresh("access.txt", &access_matrix(&catalog()));
}

#[test]
fn everything_in_the_schema_is_described() {
    let surface = Surface::of(&catalog()).expect("the catalog can be rendered");
    let sdl = sdl(surface.types());
    let document = async_graphql::parser::parse_schema(&sdl).expect("the SDL is GraphQL");
    assert!(document.definitions.len() > 100);
    let mut silent = Vec::new();
    let mut look = |place: String, description: &str| {
        if description.len() < 4 || !description.ends_with('.') {
            silent.push(place);
        }
    };
    for definition in surface.types().iter().filter(|definition| !definition.built_in) {
        let name = &definition.name;
        look(name.to_string(), &definition.description);
        let fields = definition
            .composite()
            .into_iter()
            .flat_map(|composite| composite.fields.iter());
        for field in fields {
            look(format!("{name}.{}", field.name), &field.description);
            for argument in field.arguments.iter() {
                look(
                    format!("{name}.{}({})", field.name, argument.name),
                    &argument.description,
                );
            }
        }
        match &definition.kind {
            Kind::Enum(values) => values
                .iter()
                .for_each(|value| look(format!("{name}.{}", value.name), &value.description)),
            Kind::Input { fields, .. } => fields
                .iter()
                .for_each(|field| look(format!("{name}.{}", field.name), &field.description)),
            Kind::Scalar { .. } | Kind::Object(_) | Kind::Interface(_) => {}
        }
    }
    assert!(silent.is_empty(), "no sentence about {silent:?}");
}
