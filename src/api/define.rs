//! Short ways to write down a [`Type`]. Knows nothing of how types are linked or used.

use super::types::{Composite, EnumValue, Field, InputValue, Kind, Named, Takes, Type};

impl Type {
    fn of_kind(name: &str, description: &str, kind: Kind) -> Self {
        Type {
            name: name.into(),
            description: description.to_owned(),
            kind,
            built_in: false,
        }
    }

    /// An object. Of two fields with one name the first stays.
    pub fn object(name: &str, description: &str, interfaces: &[&str], fields: Vec<Field>) -> Self {
        Type::of_kind(name, description, Kind::Object(composite(interfaces, fields)))
    }

    /// An interface. Of two fields with one name the first stays.
    pub fn interface(name: &str, description: &str, interfaces: &[&str], fields: Vec<Field>) -> Self {
        Type::of_kind(name, description, Kind::Interface(composite(interfaces, fields)))
    }

    /// An enum; each value with its description.
    pub fn enumeration(name: &str, description: &str, values: &[(&str, &str)]) -> Self {
        let mut named = Named::default();
        for (value, about) in values {
            let value = EnumValue {
                name: (*value).into(),
                description: (*about).to_owned(),
                deprecated: None,
            };
            named.add(value.name.clone(), value);
        }
        Type::of_kind(name, description, Kind::Enum(named))
    }

    /// An input object.
    pub fn input(name: &str, description: &str, fields: Vec<InputValue>) -> Self {
        Type::of_kind(
            name,
            description,
            Kind::Input {
                fields: inputs(fields),
                one_of: false,
            },
        )
    }

    /// An input object of which exactly one field is given.
    pub fn one_of(name: &str, description: &str, fields: Vec<InputValue>) -> Self {
        Type::of_kind(
            name,
            description,
            Kind::Input {
                fields: inputs(fields),
                one_of: true,
            },
        )
    }

    /// A scalar.
    pub fn scalar(name: &str, description: &str, takes: Takes, specified_by: Option<&str>) -> Self {
        let specified_by = specified_by.map(str::to_owned);
        Type::of_kind(name, description, Kind::Scalar { takes, specified_by })
    }
}

fn composite(interfaces: &[&str], fields: Vec<Field>) -> Composite {
    let mut named = Named::default();
    for field in fields {
        named.add(field.name.clone(), field);
    }
    Composite {
        fields: named,
        interfaces: interfaces.iter().map(|name| (*name).into()).collect(),
    }
}

fn inputs(fields: Vec<InputValue>) -> Named<InputValue> {
    let mut named = Named::default();
    for field in fields {
        named.add(field.name.clone(), field);
    }
    named
}
