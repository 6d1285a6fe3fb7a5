//! How a part of the schema is taken away: its reason says what to use instead and until when it stays, so that whoever
//! reads it knows what to do and by when. Knows nothing of what the parts mean.

use chrono::NaiveDate;

use super::types::{InputValue, Kind, Type};

/// Refuses a schema with a reason that does not help, or with a part deprecated that nobody can do without.
pub(super) fn check(types: &[Type]) -> Result<(), String> {
    for definition in types {
        let fields = definition.composite().into_iter().flat_map(|it| it.fields.iter());
        for field in fields {
            let place = format!("{}.{}", definition.name, field.name);
            check_reason(&place, field.deprecated.as_deref())?;
            for argument in field.arguments.iter() {
                check_input(&format!("{place}({})", argument.name), argument)?;
            }
        }
        match &definition.kind {
            Kind::Input { fields, .. } => {
                for field in fields.iter() {
                    check_input(&format!("{}.{}", definition.name, field.name), field)?;
                }
            }
            Kind::Enum(values) => {
                for value in values.iter() {
                    let place = format!("{}.{}", definition.name, value.name);
                    check_reason(&place, value.deprecated.as_deref())?;
                }
            }
            Kind::Scalar { .. } | Kind::Object(_) | Kind::Interface(_) => {}
        }
    }
    Ok(())
}

fn check_input(place: &str, input: &InputValue) -> Result<(), String> {
    if input.deprecated.is_some() && input.is_required() {
        return Err(format!("{place} is required, so it cannot be deprecated"));
    }
    check_reason(place, input.deprecated.as_deref())
}

fn check_reason(place: &str, reason: Option<&str>) -> Result<(), String> {
    match reason {
        Some(reason) if !helps(reason) => Err(format!(
            "the reason why {place} is deprecated must read like “Use name. Removed after 2027-06-01.”"
        )),
        _ => Ok(()),
    }
}

fn helps(reason: &str) -> bool {
    reason
        .strip_prefix("Use ")
        .and_then(|rest| rest.strip_suffix('.'))
        .and_then(|rest| rest.rsplit_once(". Removed after "))
        .is_some_and(|(replacement, date)| {
            !replacement.trim().is_empty() && NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::{Field, TypeRef};

    #[test]
    fn a_deprecation_names_what_to_use_and_until_when_the_old_stays() {
        let with = |reason: &str| {
            let field = Field::new("old", TypeRef::named("String"), "Old.").deprecated(reason);
            check(&[Type::object("Thing", "A thing.", &[], vec![field])])
        };
        assert_eq!(with("Use new. Removed after 2027-06-01."), Ok(()));
        for reason in [
            "",
            "Old",
            "Use new.",
            "Removed after 2027-06-01.",
            "Use . Removed after 2027-06-01.",
            "Use new. Removed after 2027-13-01.",
        ] {
            assert!(
                with(reason).is_err_and(|error| error.contains("Thing.old")),
                "{reason}"
            );
        }
        let required = InputValue {
            deprecated: Some("Use new. Removed after 2027-06-01.".to_owned()),
            ..InputValue::new("old", TypeRef::required("String"), "Old.")
        };
        assert!(check(&[Type::input("Change", "A change.", vec![required])]).is_err());
    }
}
