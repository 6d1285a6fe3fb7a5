//! Turns the storage's errors into faults, and finds the full disk among them.

use std::io;

use crate::error::{Error, Fault};

/// The fault for an error of the storage. A full disk or a used-up quota becomes `StorageFull`.
pub fn of(context: &str, error: object_store::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    return Fault::StorageFull(format!("{context}: {error}")).into();
                }
                _ => {}
            }
        }
        cause = inner.source();
    }
    Fault::Depot(format!("{context}: {error}")).into()
}
