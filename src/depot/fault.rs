//! Turns the storage's errors into faults: finds the full disk among them, and tells what may pass from what will not.

use std::io;

use crate::error::{Error, Fault};

/// The fault for an error of the storage. A full disk or a used-up quota becomes `StorageFull`; what another try may
/// mend, `DepotUnavailable`.
pub fn of(context: &str, error: object_store::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    let mut kind = None;
    while let Some(inner) = cause {
        kind = inner.downcast_ref::<io::Error>().map(io::Error::kind).or(kind);
        cause = inner.source();
    }
    let text = format!("{context}: {error}");
    match kind {
        Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge) => {
            Fault::StorageFull(text)
        }
        _ if may_pass(&error, kind) => Fault::DepotUnavailable(text),
        _ => Fault::Depot(text),
    }
    .into()
}

/// The network, a server that is busy, a device that stumbled; not what is forbidden, misspelt or not there.
fn may_pass(error: &object_store::Error, kind: Option<io::ErrorKind>) -> bool {
    use io::ErrorKind as Kind;
    matches!(error, object_store::Error::Generic { .. })
        && !is_refused(&error.to_string())
        && !matches!(
            kind,
            Some(
                Kind::PermissionDenied
                    | Kind::ReadOnlyFilesystem
                    | Kind::NotFound
                    | Kind::NotADirectory
                    | Kind::IsADirectory
                    | Kind::AlreadyExists
                    | Kind::InvalidInput
                    | Kind::InvalidFilename
                    | Kind::Unsupported
            )
        )
}

/// Whether a server has understood and said no, as to a bucket that is not there. The library keeps the status to itself,
/// so that the text has to be looked at.
fn is_refused(text: &str) -> bool {
    let status = text.split_once("non-2xx status code: ").map(|(_, rest)| rest);
    let status = status.and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
    let may_come_again = matches!(status, Some(408 | 425 | 429)) || text.contains("RequestTimeout");
    matches!(status, Some(400..500)) && !may_come_again
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn what_may_pass_is_told_from_what_will_not_and_from_a_full_disk() {
        let io = |kind: io::ErrorKind| object_store::Error::Generic {
            store: "test",
            source: Box::new(io::Error::from(kind)),
        };
        let said = |status: &str| object_store::Error::Generic {
            store: "test",
            source: format!("Error performing list request: Server returned non-2xx status code: {status}: ")
                .into(),
        };
        let denied = object_store::Error::PermissionDenied {
            path: "a".into(),
            source: "no".into(),
        };
        let cases = [
            (io(io::ErrorKind::StorageFull), Code::StorageFull),
            (io(io::ErrorKind::QuotaExceeded), Code::StorageFull),
            (io(io::ErrorKind::TimedOut), Code::DependencyUnavailable),
            (io(io::ErrorKind::ConnectionReset), Code::DependencyUnavailable),
            (io(io::ErrorKind::Other), Code::DependencyUnavailable),
            (said("503 Service Unavailable"), Code::DependencyUnavailable),
            (said("429 Too Many Requests"), Code::DependencyUnavailable),
            (said("404 Not Found"), Code::Internal),
            (said("400 Bad Request"), Code::Internal),
            (io(io::ErrorKind::PermissionDenied), Code::Internal),
            (io(io::ErrorKind::ReadOnlyFilesystem), Code::Internal),
            (denied, Code::Internal),
        ];
        for (error, code) in cases {
            let shown = error.to_string();
            assert_eq!(of("test", error).code(), code, "{shown}");
        }
    }
}
