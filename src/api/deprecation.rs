//! How a part of the schema is taken away: it is marked with what to use instead and until when it stays, and it is
//! counted how often it is still asked for, so that whoever takes it away knows what will break.
//!
//! Knows nothing of what the parts mean, nor of who asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::types::{Deprecated, InputValue, Kind, Named, Type, TypeSystem};
use crate::catalog::Deprecation;
use crate::clock::Clock;

/// Milliseconds between two lines in the log about one part.
const HOUR: u64 = 3_600_000;

/// Marks the parts; the error names the one that cannot go.
pub(super) fn mark(types: &mut [Type], deprecations: &[Deprecation]) -> Result<(), String> {
    for deprecation in deprecations {
        let place = &*deprecation.place;
        let unknown = || format!("the deprecation of {place}: the schema has no such part");
        let part = find(types, place).ok_or_else(unknown)?;
        if part.is_required {
            return Err(format!(
                "the deprecation of {place}: it is required, so nobody can do without it"
            ));
        }
        *part.mark = Some(Deprecated {
            place: deprecation.place.clone(),
            reason: deprecation.reason(),
        });
    }
    for deprecation in deprecations {
        let Deprecation {
            place, replacement, ..
        } = deprecation;
        match find(types, replacement) {
            None => {
                return Err(format!(
                    "the deprecation of {place}: the schema has no {replacement} to use instead"
                ));
            }
            Some(part) if part.mark.is_some() => {
                return Err(format!(
                    "the deprecation of {place}: {replacement}, to be used instead, is to go itself"
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// A part of the schema.
struct Part<'a> {
    mark: &'a mut Option<Deprecated>,
    is_required: bool,
}

/// The part at a schema coordinate.
fn find<'a>(types: &'a mut [Type], coordinate: &str) -> Option<Part<'a>> {
    let (owner, member) = coordinate.split_once('.')?;
    let (member, argument) = match member.split_once('(') {
        Some((member, argument)) => (member, Some(argument.strip_suffix(":)")?)),
        None => (member, None),
    };
    let definition = types.iter_mut().find(|it| *it.name == *owner && !it.built_in)?;
    match (&mut definition.kind, argument) {
        (Kind::Object(composite) | Kind::Interface(composite), None) => {
            let field = composite.fields.iter_mut().find(|it| *it.name == *member)?;
            Some(Part {
                mark: &mut field.deprecated,
                is_required: false,
            })
        }
        (Kind::Object(composite) | Kind::Interface(composite), Some(argument)) => {
            let field = composite.fields.iter_mut().find(|it| *it.name == *member)?;
            input(&mut field.arguments, argument)
        }
        (Kind::Input { fields, .. }, None) => input(fields, member),
        (Kind::Enum(values), None) => {
            let value = values.iter_mut().find(|it| *it.name == *member)?;
            Some(Part {
                mark: &mut value.deprecated,
                is_required: false,
            })
        }
        _ => None,
    }
}

fn input<'a>(inputs: &'a mut Named<InputValue>, name: &str) -> Option<Part<'a>> {
    let input = inputs.iter_mut().find(|it| *it.name == *name)?;
    Some(Part {
        is_required: input.is_required(),
        mark: &mut input.deprecated,
    })
}

/// The marked parts of a schema.
fn marked(types: &TypeSystem) -> impl Iterator<Item = &Deprecated> {
    types.iter().flat_map(|definition| {
        let fields = definition.composite().into_iter().flat_map(|it| it.fields.iter());
        let of_fields = fields.flat_map(|field| {
            let arguments = field.arguments.iter().filter_map(|it| it.deprecated.as_ref());
            field.deprecated.iter().chain(arguments)
        });
        let (inputs, values) = match &definition.kind {
            Kind::Input { fields, .. } => (Some(fields), None),
            Kind::Enum(values) => (None, Some(values)),
            Kind::Scalar { .. } | Kind::Object(_) | Kind::Interface(_) => (None, None),
        };
        let of_inputs = inputs
            .into_iter()
            .flat_map(Named::iter)
            .filter_map(|it| it.deprecated.as_ref());
        let of_values = values
            .into_iter()
            .flat_map(Named::iter)
            .filter_map(|it| it.deprecated.as_ref());
        of_fields.chain(of_inputs).chain(of_values)
    })
}

/// How often parts that are to go were asked for, since the start of the gateway.
#[derive(Debug)]
pub(super) struct Usage {
    /// By their places.
    parts: Vec<PartUsage>,
}

#[derive(Debug)]
struct PartUsage {
    place: Arc<str>,
    operations: AtomicU64,
    /// From when on the log is told again, in milliseconds of the clock.
    quiet_until: AtomicU64,
}

impl Usage {
    /// Nothing yet, of all marked parts of a schema.
    pub(super) fn of(types: &TypeSystem) -> Usage {
        let mut parts: Vec<PartUsage> = marked(types)
            .map(|mark| PartUsage {
                place: mark.place.clone(),
                operations: AtomicU64::new(0),
                quiet_until: AtomicU64::new(0),
            })
            .collect();
        parts.sort_by(|one, other| one.place.cmp(&other.place));
        Usage { parts }
    }

    /// Whether nothing is to go, so that nothing need be counted.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Counts an operation that uses these parts. The log is told at the first use, and once an hour from then on.
    pub(super) fn count<'a>(&self, places: impl Iterator<Item = &'a Arc<str>>, clock: Clock) {
        for place in places {
            let Ok(at) = self.parts.binary_search_by(|part| part.place.cmp(place)) else {
                continue;
            };
            let part = &self.parts[at];
            let operations = part.operations.fetch_add(1, Ordering::Relaxed) + 1;
            let now = clock.monotonic_milliseconds();
            let quiet_until = part.quiet_until.load(Ordering::Relaxed);
            let is_told = now >= quiet_until
                && part
                    .quiet_until
                    .compare_exchange(quiet_until, now + HOUR, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok();
            if is_told {
                tracing::warn!(
                    part = &**place,
                    operations,
                    "a part of the schema that is to go is still used"
                );
            }
        }
    }

    /// The parts and how many operations used each.
    pub(super) fn counts(&self) -> Vec<(Arc<str>, u64)> {
        let count = |part: &PartUsage| (part.place.clone(), part.operations.load(Ordering::Relaxed));
        self.parts.iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::schema::Surface;
    use crate::catalog::{Catalog, DEFAULT_POLICY};

    fn surface(deprecations: &str) -> Result<Surface, String> {
        let policy = format!("[deprecations]\n{deprecations}\n{DEFAULT_POLICY}");
        let catalog = Catalog::load(&policy).map_err(|faults| faults[0].to_string())?;
        Surface::of(&catalog).map_err(|error| error.to_string())
    }

    fn deprecating(place: &str, replacement: &str) -> String {
        format!(
            "\"{place}\" = {{ use = \"{replacement}\", declared = \"2026-11-26\", removed_after = \"2027-06-01\" }}\n"
        )
    }

    #[test]
    fn every_kind_of_part_can_be_said_to_go() {
        let places = [
            ("Subscriber.phone", "Subscriber.email"),
            ("Query.subscribers(filter:)", "Query.subscriber"),
            ("SubscriberFilter.email", "SubscriberFilter.status"),
            ("OrderDirection.DESC", "OrderDirection.ASC"),
        ];
        let text: String = places
            .iter()
            .map(|(place, replacement)| deprecating(place, replacement))
            .collect();
        let surface = surface(&text).expect("all of these parts exist");
        let usage = Usage::of(surface.types());
        let mut expected: Vec<&str> = places.iter().map(|(place, _)| *place).collect();
        expected.sort_unstable();
        let counts = usage.counts();
        let found: Vec<&str> = counts.iter().map(|(place, _)| &**place).collect();
        assert_eq!(found, expected);
        let sdl = crate::api::contract::sdl(surface.types());
        for (_, replacement) in places {
            let reason = format!("@deprecated(reason: \"Use {replacement}. Removed after 2027-06-01.\")");
            assert_eq!(sdl.matches(&reason).count(), 1, "{reason}");
        }
    }

    #[test]
    fn what_is_not_there_or_cannot_be_done_without_cannot_be_said_to_go() {
        let both = deprecating("Subscriber.phone", "Subscriber.city")
            + &deprecating("Subscriber.city", "Subscriber.email");
        for (text, expected) in [
            (
                deprecating("Subscriber.colour", "Subscriber.email"),
                "no such part",
            ),
            (deprecating("Subscriber", "Subscriber.email"), "no such part"),
            (deprecating("__Type.name", "Subscriber.email"), "no such part"),
            (
                deprecating("Query.subscribers(filter)", "Subscriber.email"),
                "no such part",
            ),
            (deprecating("Query.node(id:)", "Query.nodes"), "it is required"),
            (
                deprecating("Subscriber.phone", "Subscriber.telephone"),
                "has no Subscriber.telephone",
            ),
            (both, "is to go itself"),
        ] {
            let refusal = surface(&text).expect_err(expected);
            assert!(refusal.contains(expected), "{refusal}");
        }
    }
}
