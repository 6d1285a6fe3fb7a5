//! Which types somebody can get to from the roots. What every resource has for its lists is made for all of them; those
//! that no field leads to are left out.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::api::types::{InputValue, Kind, Named, Type};

/// The types that can be reached, in their order.
pub(super) fn reachable(types: Vec<Type>, roots: &[&str]) -> Vec<Type> {
    let by_name: HashMap<&str, &Type> = types.iter().map(|it| (&*it.name, it)).collect();
    let mut implementers: HashMap<&str, Vec<&str>> = HashMap::new();
    for definition in &types {
        for interface in definition.composite().into_iter().flat_map(|it| &it.interfaces) {
            implementers.entry(interface).or_default().push(&definition.name);
        }
    }
    let mut found: HashSet<Arc<str>> = HashSet::new();
    let mut open: Vec<&str> = roots.to_vec();
    while let Some(name) = open.pop() {
        let Some(definition) = by_name.get(name) else {
            continue;
        };
        if !found.insert(definition.name.clone()) {
            continue;
        }
        match &definition.kind {
            Kind::Object(composite) | Kind::Interface(composite) => {
                for field in composite.fields.iter() {
                    open.push(field.kind.name());
                    inputs(&field.arguments, &mut open);
                }
                open.extend(composite.interfaces.iter().map(|interface| &**interface));
                open.extend(implementers.get(name).into_iter().flatten());
            }
            Kind::Input { fields, .. } => inputs(fields, &mut open),
            Kind::Scalar { .. } | Kind::Enum(_) => {}
        }
    }
    types.into_iter().filter(|it| found.contains(&it.name)).collect()
}

fn inputs<'a>(values: &'a Named<InputValue>, open: &mut Vec<&'a str>) {
    open.extend(values.iter().map(|value| &**value.kind.name()));
}
