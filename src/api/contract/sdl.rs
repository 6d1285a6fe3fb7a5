//! The schema as SDL: the root types first, then all others by name, fields in the order of the catalog.

use std::fmt::Write;

use crate::api::types::{Composite, Deprecated, Field, InputValue, Kind, Named, Type, TypeSystem};

/// The SDL of everything but what GraphQL itself defines.
pub fn sdl(types: &TypeSystem) -> String {
    let mut definitions: Vec<&Type> = types.iter().filter(|definition| !definition.built_in).collect();
    let roots = [Some(types.query()), types.mutation(), types.subscription()];
    let rank = |definition: &Type| {
        let is_root = |root: &Option<_>| root.is_some_and(|root| types.get(root).name == definition.name);
        roots.iter().position(is_root).unwrap_or(roots.len())
    };
    definitions.sort_by(|one, other| (rank(one), &one.name).cmp(&(rank(other), &other.name)));
    let mut text = String::from("# Generated from the catalog; do not edit.\n");
    for definition in definitions {
        text.push('\n');
        write_type(&mut text, definition);
    }
    text
}

fn write_type(text: &mut String, definition: &Type) {
    describe(text, "", &definition.description);
    let name = &definition.name;
    match &definition.kind {
        Kind::Scalar { specified_by, .. } => {
            push(text, format_args!("scalar {name}"));
            if let Some(url) = specified_by {
                push(text, format_args!(" @specifiedBy(url: {})", quoted(url)));
            }
            text.push('\n');
        }
        Kind::Enum(values) => {
            push(text, format_args!("enum {name} {{\n"));
            for value in values.iter() {
                describe(text, "  ", &value.description);
                push(text, format_args!("  {}", value.name));
                deprecate(text, value.deprecated.as_ref());
                text.push('\n');
            }
            text.push_str("}\n");
        }
        Kind::Object(composite) => write_composite(text, "type", name, composite),
        Kind::Interface(composite) => write_composite(text, "interface", name, composite),
        Kind::Input { fields, one_of } => {
            let directive = if *one_of { " @oneOf" } else { "" };
            push(text, format_args!("input {name}{directive} {{\n"));
            for field in fields.iter() {
                describe(text, "  ", &field.description);
                text.push_str("  ");
                write_input(text, field);
                text.push('\n');
            }
            text.push_str("}\n");
        }
    }
}

fn write_composite(text: &mut String, word: &str, name: &str, composite: &Composite) {
    push(text, format_args!("{word} {name}"));
    if !composite.interfaces.is_empty() {
        push(
            text,
            format_args!(" implements {}", composite.interfaces.join(" & ")),
        );
    }
    text.push_str(" {\n");
    for field in composite.fields.iter() {
        write_field(text, field);
    }
    text.push_str("}\n");
}

fn write_field(text: &mut String, field: &Field) {
    describe(text, "  ", &field.description);
    push(text, format_args!("  {}", field.name));
    write_arguments(text, &field.arguments);
    push(text, format_args!(": {}", field.kind));
    deprecate(text, field.deprecated.as_ref());
    text.push('\n');
}

fn write_arguments(text: &mut String, arguments: &Named<InputValue>) {
    if arguments.is_empty() {
        return;
    }
    text.push_str("(\n");
    for argument in arguments.iter() {
        describe(text, "    ", &argument.description);
        text.push_str("    ");
        write_input(text, argument);
        text.push('\n');
    }
    text.push_str("  )");
}

fn write_input(text: &mut String, input: &InputValue) {
    push(text, format_args!("{}: {}", input.name, input.kind));
    if let Some(default) = &input.default {
        push(text, format_args!(" = {default}"));
    }
    deprecate(text, input.deprecated.as_ref());
}

fn deprecate(text: &mut String, deprecated: Option<&Deprecated>) {
    if let Some(Deprecated { reason, .. }) = deprecated {
        push(text, format_args!(" @deprecated(reason: {})", quoted(reason)));
    }
}

fn describe(text: &mut String, indent: &str, description: &str) {
    if description.is_empty() {
        return;
    }
    // A block string has only one sequence that must not stand in it.
    let description = description.replace("\"\"\"", "\\\"\"\"");
    if description.contains('\n') || description.ends_with(['"', '\\']) {
        push(text, format_args!("{indent}\"\"\"\n"));
        for line in description.lines() {
            push(text, format_args!("{indent}{line}\n"));
        }
        push(text, format_args!("{indent}\"\"\"\n"));
    } else {
        push(text, format_args!("{indent}\"\"\"{description}\"\"\"\n"));
    }
}

/// A string as GraphQL writes it, which is as JSON does.
fn quoted(text: &str) -> String {
    let mut json = Vec::new();
    crate::api::assemble::text::string(&mut json, text);
    String::from_utf8_lossy(&json).into_owned()
}

fn push(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = text.write_fmt(part);
}
