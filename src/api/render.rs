//! From the [`TypeSystem`] to async-graphql's dynamic schema, which answers introspection and runs mutations.
//!
//! Reads are compiled, never resolved: a resolver of a readable field, if ever called, fails loudly
//! (ruling 16), because it would stand outside the door.

use async_graphql::dynamic::{
    Enum, EnumItem, Field as DynamicField, FieldFuture, InputObject, InputValue as DynamicInput, Interface,
    InterfaceField, Object, ResolverContext, Scalar, Schema, SchemaBuilder, Subscription, SubscriptionField,
    SubscriptionFieldFuture, TypeRef as DynamicRef,
};
use async_graphql::futures_util::stream;
use async_graphql::{Error, Value};

use super::scalar;
use super::types::{Composite, EnumValue, Field, InputValue, Kind, Type, TypeRef, TypeSystem};

/// Runs one field under `Mutation`.
pub type MutationResolver = Box<dyn for<'a> Fn(ResolverContext<'a>) -> FieldFuture<'a> + Send + Sync>;

/// Runs one field under `Subscription`.
pub type SubscriptionResolver =
    Box<dyn for<'a> Fn(ResolverContext<'a>) -> SubscriptionFieldFuture<'a> + Send + Sync>;

/// Gives the root fields of mutations and subscriptions what runs them.
pub trait Resolvers {
    /// What runs this mutation.
    fn mutation(&self, field: &Field) -> MutationResolver;

    /// What runs this subscription. Without an own one it fails loudly.
    fn subscription(&self, field: &Field) -> SubscriptionResolver {
        let name = field.name.clone();
        Box::new(move |_| {
            let name = name.clone();
            SubscriptionFieldFuture::new(async move {
                Err::<stream::Empty<Result<Value, Error>>, _>(misled("subscription", &name))
            })
        })
    }
}

/// A builder that holds all types; extensions and limits are added by the caller.
pub fn render(types: &TypeSystem, resolvers: &dyn Resolvers) -> SchemaBuilder {
    let name = |id| &*types.get(id).name;
    let mutation = types.mutation().map(name);
    let subscription = types.subscription().map(name);
    let mut builder = Schema::build(name(types.query()), mutation, subscription);
    for definition in types.iter().filter(|definition| !definition.built_in) {
        builder = match &definition.kind {
            Kind::Scalar { .. } => builder.register(render_scalar(definition)),
            Kind::Enum(values) => builder.register(render_enum(definition, values.iter())),
            Kind::Input { fields, one_of } => {
                let object = describe(
                    InputObject::new(&*definition.name),
                    definition,
                    InputObject::description,
                );
                let object = if *one_of { object.oneof() } else { object };
                builder.register(
                    fields
                        .iter()
                        .fold(object, |object, field| object.field(render_input(field))),
                )
            }
            Kind::Interface(composite) => builder.register(render_interface(definition, composite)),
            Kind::Object(composite) if Some(&*definition.name) == subscription => {
                builder.register(render_subscription(definition, composite, resolvers))
            }
            Kind::Object(composite) => {
                let runs = (Some(&*definition.name) == mutation).then_some(resolvers);
                builder.register(render_object(definition, composite, runs))
            }
        };
    }
    builder
}

fn describe<T>(rendered: T, definition: &Type, set: fn(T, String) -> T) -> T {
    if definition.description.is_empty() {
        return rendered;
    }
    set(rendered, definition.description.clone())
}

fn render_scalar(definition: &Type) -> Scalar {
    let scalar = describe(Scalar::new(&*definition.name), definition, Scalar::description);
    let Kind::Scalar { takes, specified_by } = &definition.kind else {
        return scalar;
    };
    let takes = *takes;
    let scalar = scalar.validator(move |value| scalar::literal_fits(takes, &value.clone().into_value()));
    match specified_by {
        Some(url) => scalar.specified_by_url(url),
        None => scalar,
    }
}

fn render_enum<'a>(definition: &Type, values: impl Iterator<Item = &'a EnumValue>) -> Enum {
    let rendered = describe(Enum::new(&*definition.name), definition, Enum::description);
    values.fold(rendered, |rendered, value| {
        let mut item = EnumItem::new(&*value.name);
        if !value.description.is_empty() {
            item = item.description(&value.description);
        }
        if let Some(deprecated) = &value.deprecated {
            item = item.deprecation(Some(&deprecated.reason));
        }
        rendered.item(item)
    })
}

fn render_input(input: &InputValue) -> DynamicInput {
    let mut rendered = DynamicInput::new(&*input.name, reference(&input.kind));
    if !input.description.is_empty() {
        rendered = rendered.description(&input.description);
    }
    if let Some(default) = &input.default {
        rendered = rendered.default_value(default.clone());
    }
    if let Some(deprecated) = &input.deprecated {
        rendered = rendered.deprecation(Some(&deprecated.reason));
    }
    rendered
}

fn render_interface(definition: &Type, composite: &Composite) -> Interface {
    let mut rendered = describe(
        Interface::new(&*definition.name),
        definition,
        Interface::description,
    );
    for name in &composite.interfaces {
        rendered = rendered.implement(&**name);
    }
    composite.fields.iter().fold(rendered, |rendered, field| {
        let mut new = InterfaceField::new(&*field.name, reference(&field.kind));
        if !field.description.is_empty() {
            new = new.description(&field.description);
        }
        if let Some(deprecated) = &field.deprecated {
            new = new.deprecation(Some(&deprecated.reason));
        }
        rendered.field(
            field
                .arguments
                .iter()
                .fold(new, |new, input| new.argument(render_input(input))),
        )
    })
}

fn render_object(definition: &Type, composite: &Composite, runs: Option<&dyn Resolvers>) -> Object {
    let mut rendered = describe(Object::new(&*definition.name), definition, Object::description);
    for name in &composite.interfaces {
        rendered = rendered.implement(&**name);
    }
    composite.fields.iter().fold(rendered, |rendered, field| {
        let resolver = match runs {
            Some(resolvers) => resolvers.mutation(field),
            None => fails_loudly(definition, field),
        };
        let mut new = DynamicField::new(&*field.name, reference(&field.kind), resolver);
        if !field.description.is_empty() {
            new = new.description(&field.description);
        }
        if let Some(deprecated) = &field.deprecated {
            new = new.deprecation(Some(&deprecated.reason));
        }
        rendered.field(
            field
                .arguments
                .iter()
                .fold(new, |new, input| new.argument(render_input(input))),
        )
    })
}

fn render_subscription(definition: &Type, composite: &Composite, resolvers: &dyn Resolvers) -> Subscription {
    let rendered = describe(
        Subscription::new(&*definition.name),
        definition,
        Subscription::description,
    );
    composite.fields.iter().fold(rendered, |rendered, field| {
        let resolver = resolvers.subscription(field);
        let mut new = SubscriptionField::new(&*field.name, reference(&field.kind), resolver);
        if !field.description.is_empty() {
            new = new.description(&field.description);
        }
        if let Some(deprecated) = &field.deprecated {
            new = new.deprecation(Some(&deprecated.reason));
        }
        rendered.field(
            field
                .arguments
                .iter()
                .fold(new, |new, input| new.argument(render_input(input))),
        )
    })
}

fn fails_loudly(definition: &Type, field: &Field) -> MutationResolver {
    let (owner, name) = (definition.name.clone(), field.name.clone());
    Box::new(move |_| {
        let error = misled(&owner, &name);
        FieldFuture::new(async move { Err::<Option<Value>, _>(error) })
    })
}

/// What the asker sees names nothing; the log names the field.
fn misled(owner: &str, field: &str) -> Error {
    tracing::error!(
        owner,
        field,
        "a resolver ran for a field that is compiled, never resolved"
    );
    Error::new("a fault of ours")
}

fn reference(kind: &TypeRef) -> DynamicRef {
    match kind {
        TypeRef::Named(name) => DynamicRef::named(&**name),
        TypeRef::List(item) => DynamicRef::List(Box::new(reference(item))),
        TypeRef::NonNull(inner) => DynamicRef::NonNull(Box::new(reference(inner))),
    }
}
