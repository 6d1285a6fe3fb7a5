//! Parts of inputs that several mutations share.

use super::declare::{Input, Kind, Shape};

/// The asker's key, by which asking twice is doing once.
pub(super) const IDEMPOTENCY_KEY: Input = Input::text(
    "idempotencyKey",
    "8 to 64 characters of A-Z, a-z, 0-9, - and _, chosen by you: the same key with the same input gives the same job, with other input it is refused.",
);

/// A subscriber, in one of two ways.
pub(super) const SUBSCRIBER: Shape = Shape {
    name: "SubscriberInput",
    about: "Which subscriber: exactly one of these.",
    one_of: true,
    takes: &[
        Input::new("id", Kind::Id("subscribers"), "By global id."),
        Input::new("email", Kind::Named("EmailAddress"), "By address."),
    ],
};
