//! The mutations: one input, one payload, one closed list of codes each. What they do is the service's.

use super::builder::{Builder, sentence};
use super::meaning::{FieldMeaning, PayloadPart, UserErrorPart, Verb};
use crate::api::types::{Field, InputValue, Type, TypeRef};
use crate::error::Code;

/// The codes that a mutation reports in its payload; every other refusal is an error of the field.
pub fn user_error_codes(verb: Verb) -> &'static [Code] {
    match verb {
        Verb::SignIn => &[
            Code::Unauthenticated,
            Code::RateLimited,
            Code::AccountRequired,
            Code::BadUserInput,
        ],
        Verb::RequestExport => &[
            Code::BadUserInput,
            Code::Forbidden,
            Code::IdempotencyKeyReused,
            Code::InvalidId,
            Code::LimitReached,
            Code::PolicyDrift,
            Code::SubjectNotFound,
        ],
        Verb::CancelExport => &[
            Code::BadUserInput,
            Code::Forbidden,
            Code::InvalidId,
            Code::InvalidState,
        ],
        Verb::PlanErasure => &[
            Code::BadUserInput,
            Code::Forbidden,
            Code::IdempotencyKeyReused,
            Code::InvalidId,
            Code::LegalHold,
            Code::PolicyDrift,
            Code::SubjectNotFound,
        ],
        Verb::ConfirmErasure => &[
            Code::BadUserInput,
            Code::Forbidden,
            Code::IdempotencyKeyReused,
            Code::InvalidId,
            Code::InvalidState,
            Code::PlanChanged,
            Code::PlanExpired,
            Code::PolicyDrift,
        ],
        Verb::CancelErasure => &[
            Code::BadUserInput,
            Code::Forbidden,
            Code::InvalidId,
            Code::InvalidState,
        ],
    }
}

pub(super) fn add(builder: &mut Builder) {
    add_shared(builder);
    let mut fields = Vec::new();
    for verb in Verb::ALL {
        let name = pascal(verb);
        builder.add(Type::input(
            &format!("{name}Input"),
            &format!("What `{}` takes.", verb.field()),
            inputs(verb),
        ));
        add_errors(builder, verb, &name);
        let payload = payload(builder, verb, &name);
        builder.add(Type::object(
            &format!("{name}Payload"),
            &format!("What `{}` gives.", verb.field()),
            &[],
            payload,
        ));
        let input = InputValue::new(
            "input",
            TypeRef::required(&format!("{name}Input")),
            "What is wanted.",
        );
        let kind = TypeRef::required(&format!("{name}Payload"));
        fields.push(
            builder
                .field(verb.field(), kind, about(verb), FieldMeaning::Verb(verb))
                .argument(input),
        );
    }
    builder.add(Type::object(
        "Mutation",
        "What can be done; the verbs of one request run one after another.",
        &[],
        fields,
    ));
}

fn about(verb: Verb) -> &'static str {
    match verb {
        Verb::SignIn => {
            "A short-lived token for an address and a password. The same answer for an unknown user and a wrong password; limited in rate. Requires: nothing."
        }
        Verb::RequestExport => {
            "Asks for a bundle of an account or of one subscriber. The job runs on; ask for it with `node`. Requires: export on the resources wanted."
        }
        Verb::CancelExport => {
            "Ends an export that is not finished. Requires: export, or being the one who asked for it."
        }
        Verb::PlanErasure => {
            "Counts what the erasure of one subscriber would do, without doing it. Requires: erase on every resource that is touched, in the whole account."
        }
        Verb::ConfirmErasure => {
            "Runs an erasure as planned; refused when the plan would now be another. Requires: erase on every resource that is touched, in the whole account."
        }
        Verb::CancelErasure => {
            "Ends an erasure that has not begun. Requires: erase, or being the one who planned it."
        }
    }
}

fn add_shared(builder: &mut Builder) {
    builder.add(Type::interface(
        "UserError",
        "Why a mutation did nothing, in a form that people and programs can act on.",
        &[],
        vec![
            Field::new("message", TypeRef::required("String"), "For people."),
            Field::new(
                "field",
                string_list(),
                "The input field at fault, outermost first.",
            ),
        ],
    ));
    builder.add(Type::enumeration(
        "ExportFormat",
        "A format of the rows in a bundle; the words are those of the file names.",
        &[
            ("CSV", "For people and spreadsheets."),
            ("NDJSON", "Exact; the one that imports read."),
        ],
    ));
    builder.add(Type::enumeration(
        "PersonBundle",
        "What a bundle about one person is for.",
        &[
            (
                "ACCESS",
                "Everything that is held about the person (Art. 15 GDPR).",
            ),
            (
                "PORTABILITY",
                "What the person provided, and what was observed (Art. 20 GDPR).",
            ),
        ],
    ));
    builder.add(Type::one_of(
        "SubscriberInput",
        "Which subscriber: exactly one of these.",
        vec![
            InputValue::new("id", TypeRef::named("ID"), "By global id."),
            InputValue::new("email", TypeRef::named("EmailAddress"), "By address."),
        ],
    ));
}

fn string_list() -> TypeRef {
    TypeRef::List(Box::new(TypeRef::required("String")))
}

fn inputs(verb: Verb) -> Vec<InputValue> {
    let key = || {
        InputValue::new(
            "idempotencyKey",
            TypeRef::required("String"),
            "8 to 64 characters of A-Z, a-z, 0-9, - and _, chosen by you: the same key with the same input gives the same job, with other input it is refused.",
        )
    };
    let id = |name: &str, about: &str| InputValue::new(name, TypeRef::required("ID"), about);
    match verb {
        Verb::SignIn => vec![
            InputValue::new("email", TypeRef::required("EmailAddress"), "The user's address."),
            InputValue::new(
                "password",
                TypeRef::required("String"),
                "The user's password, at most 1,000 bytes.",
            ),
            InputValue::new(
                "account",
                TypeRef::named("String"),
                "The name or id of the account to act in; needed by users of several accounts.",
            ),
        ],
        Verb::RequestExport => vec![
            InputValue::new(
                "subscriber",
                TypeRef::named("SubscriberInput"),
                "The person whose data is wanted; left out: the whole account.",
            ),
            InputValue::new(
                "bundle",
                TypeRef::required("PersonBundle"),
                "What a bundle about one person is for; without meaning for a whole account.",
            )
            .with_default(async_graphql::Value::Enum(async_graphql::Name::new("ACCESS"))),
            InputValue::new(
                "formats",
                TypeRef::List(Box::new(TypeRef::required("ExportFormat"))),
                "Which formats; CSV and NDJSON when left out.",
            ),
            key(),
        ],
        Verb::CancelExport => vec![id("export", "The export to end."), key()],
        Verb::PlanErasure => vec![
            InputValue::new(
                "subscriber",
                TypeRef::required("SubscriberInput"),
                "The person to be erased.",
            ),
            key(),
        ],
        Verb::ConfirmErasure => vec![
            id("erasure", "The planned erasure."),
            InputValue::new(
                "planHash",
                TypeRef::required("String"),
                "The `planHash` of the plan that you agree to.",
            ),
            key(),
        ],
        Verb::CancelErasure => vec![id("erasure", "The erasure to end."), key()],
    }
}

fn payload(builder: &mut Builder, verb: Verb, name: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let table = match verb {
        Verb::SignIn => {
            for (field, kind, about, part) in [
                (
                    "token",
                    "String",
                    "The token, for the header `Authorization: Bearer`.",
                    PayloadPart::Token,
                ),
                (
                    "expiresAt",
                    "DateTime",
                    "Until when it is good.",
                    PayloadPart::ExpiresAt,
                ),
            ] {
                fields.push(builder.field(field, TypeRef::named(kind), about, FieldMeaning::OfPayload(part)));
            }
            None
        }
        Verb::RequestExport | Verb::CancelExport => Some("exports"),
        Verb::PlanErasure | Verb::ConfirmErasure | Verb::CancelErasure => Some("erasures"),
    };
    let changed = table
        .and_then(|table| builder.catalog.by_table(table))
        .filter(|resource| resource.in_api);
    if let Some(resource) = changed {
        let meaning = FieldMeaning::OfPayload(PayloadPart::Changed(resource.id));
        let field = super::builder::lower_first(&resource.name);
        fields.push(builder.field(
            &field,
            TypeRef::named(&resource.name),
            "The job; null when nothing was done.",
            meaning,
        ));
    }
    fields.push(builder.field(
        "userErrors",
        TypeRef::list_of(&format!("{name}UserError")),
        "Why nothing was done; empty when it was.",
        FieldMeaning::OfPayload(PayloadPart::UserErrors),
    ));
    fields
}

fn add_errors(builder: &mut Builder, verb: Verb, name: &str) {
    let codes: Vec<(&str, String)> = user_error_codes(verb)
        .iter()
        .map(|code| {
            (
                code.as_str(),
                format!("{}.", sentence(&code.as_str().to_ascii_lowercase())),
            )
        })
        .collect();
    let values: Vec<(&str, &str)> = codes
        .iter()
        .map(|(code, about)| (*code, about.as_str()))
        .collect();
    let of = format!("{name}ErrorCode");
    builder.add(Type::enumeration(
        &of,
        &format!("Why `{}` did nothing.", verb.field()),
        &values,
    ));
    let fields = [
        (
            "code",
            TypeRef::required(&of),
            "The stable word.",
            UserErrorPart::Code,
        ),
        (
            "message",
            TypeRef::required("String"),
            "For people.",
            UserErrorPart::Message,
        ),
        (
            "field",
            string_list(),
            "The input field at fault, outermost first.",
            UserErrorPart::Field,
        ),
    ]
    .map(|(field, kind, about, part)| builder.field(field, kind, about, FieldMeaning::OfUserError(part)));
    builder.add(Type::object(
        &format!("{name}UserError"),
        &format!("Why `{}` did nothing.", verb.field()),
        &["UserError"],
        fields.into(),
    ));
}

/// `signIn` as `SignIn`.
fn pascal(verb: Verb) -> String {
    let mut name = verb.field().to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}
