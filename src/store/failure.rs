//! What the driver says, in our words: refusals where the asker or the administrator can act, faults elsewhere.
//!
//! Takes only the short message and the code of a database error: details and statements may hold personal data.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

use crate::error::{Code, Error, Fault, Refusal};

/// Turns an error of the driver into ours.
pub(super) fn from_driver(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) => from_database(error.as_ref()),
        sqlx::Error::PoolTimedOut => {
            Fault::StoreUnavailable("no connection became free in time".into()).into()
        }
        sqlx::Error::PoolClosed => Fault::StoreUnavailable("the connections are closed".into()).into(),
        sqlx::Error::WorkerCrashed => Fault::StoreUnavailable("the connection's thread ended".into()).into(),
        sqlx::Error::Io(error) => Fault::StoreUnavailable(format!("connection lost: {error}")).into(),
        sqlx::Error::Tls(error) => Fault::StoreUnavailable(format!("TLS: {error}")).into(),
        // What a connection says that is ended in its first bytes, as by a proxy whose database is gone.
        sqlx::Error::Protocol(reason) => Fault::StoreUnavailable(format!("no conversation: {reason}")).into(),
        sqlx::Error::Encode(error) => match error.downcast::<Refusal>() {
            Ok(refusal) => Error::Refused(*refusal),
            Err(error) => Fault::Store(format!("a value cannot be sent: {error}")).into(),
        },
        other => Fault::Store(other.to_string()).into(),
    }
}

/// Turns an error of a reader of the embedded store into ours.
pub(super) fn from_reader(error: rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(error, message) => {
            let message = message.unwrap_or_else(|| error.to_string());
            from_sqlite(error.extended_code.into(), &message)
        }
        other => Fault::Store(format!("a reader: {other}")).into(),
    }
}

fn from_database(error: &dyn DatabaseError) -> Error {
    if error.kind() == ErrorKind::UniqueViolation {
        return Fault::KeyTaken(key_of(error)).into();
    }
    match error.try_downcast_ref::<PgDatabaseError>() {
        Some(error) => from_postgres(error.code(), error.message()),
        None => from_sqlite(
            error.code().and_then(|code| code.parse().ok()).unwrap_or(1),
            error.message(),
        ),
    }
}

/// The unique key that was violated: its constraint on PostgreSQL, its columns on SQLite.
fn key_of(error: &dyn DatabaseError) -> String {
    match (error.constraint(), error.message().split_once("failed: ")) {
        (Some(constraint), _) => constraint.to_owned(),
        (None, Some((_, columns))) => columns.to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}

/// By SQLSTATE: class 08 connection, 53 resources, 57P shutting down, 40 and 55P03 worth trying again.
fn from_postgres(state: &str, message: &str) -> Error {
    let text = format!("{message} ({state})");
    match state {
        "57014" => Refusal::new(Code::Timeout, "the database took too long; ask for less at once").into(),
        "22021" | "22P05" => nul().into(),
        "53100" => Fault::StorageFull(text).into(),
        "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" => Fault::StoreUnavailable(text).into(),
        _ if state.starts_with("08") || state.starts_with("53") => Fault::StoreUnavailable(text).into(),
        _ => Fault::Store(text).into(),
    }
}

/// By the lower byte of the extended result code.
fn from_sqlite(code: i64, message: &str) -> Error {
    let text = format!("{message} ({code})");
    match code & 0xff {
        // BUSY, LOCKED, PROTOCOL, IOERR, CANTOPEN, READONLY, INTERRUPT
        5 | 6 | 15 | 10 | 14 | 8 | 9 => Fault::StoreUnavailable(text).into(),
        13 => Fault::StorageFull(text).into(),
        _ => Fault::Store(text).into(),
    }
}

/// Neither PostgreSQL's text nor its JSON can hold U+0000, so neither store takes it.
pub(super) fn nul() -> Refusal {
    Refusal::new(
        Code::BadUserInput,
        "a text holds the character U+0000, which cannot be kept; remove it",
    )
}

/// Whether a read may be sent again on another connection: this one was lost, nothing was answered.
pub(super) fn is_connection_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => matches!(
            error.code().as_deref(),
            Some("57P01" | "57P02" | "08006" | "08003")
        ),
        _ => false,
    }
}

/// Why a connection to a PostgreSQL could not be made, for the administrator. `place` names host, port and
/// database, never the password.
pub(super) fn connecting_to_postgres(error: sqlx::Error, place: &str, user: &str, setting: &str) -> Error {
    let message = match &error {
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => {
                format!("{place} does not let the user {user} in; check name and password in {setting}")
            }
            Some("3D000") => format!("{place} does not exist; create it with createdb"),
            Some("53300") => {
                format!("{place} has no free connection; raise max_connections or stop a program")
            }
            Some("57P03") => format!("{place} is starting up or shutting down; try again"),
            _ => return from_database(error.as_ref()),
        },
        sqlx::Error::Io(error) => format!("{place} cannot be reached: {error}; is it running"),
        sqlx::Error::Tls(error) => format!("{place} gave no safe connection: {error}"),
        _ => return from_driver(error),
    };
    Refusal::new(Code::DependencyUnavailable, message).into()
}

/// Why an embedded store could not be opened, for the administrator.
pub(super) fn opening_sqlite(error: sqlx::Error, path: &str) -> Error {
    let code = match &error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i64>().ok()),
        _ => None,
    };
    let message = match code.map(|code| code & 0xff) {
        Some(26) => format!("{path} is no SQLite database; give another file with --database-url or --data"),
        Some(11) => format!("{path} is damaged; restore it from a backup"),
        Some(14) => format!("{path} cannot be opened; check that it exists and may be read and written"),
        Some(8) => format!("{path} is read-only; the gateway needs to write it"),
        Some(5 | 6) => format!("{path} is locked by another program; end it or try again"),
        _ => return from_driver(error),
    };
    Refusal::new(Code::DependencyUnavailable, message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worth_trying_again_is_unavailable_and_the_rest_is_a_fault() {
        for state in ["40001", "57P01", "08006", "53300"] {
            assert_eq!(
                from_postgres(state, "m").code(),
                Code::DependencyUnavailable,
                "{state}"
            );
        }
        let ended = sqlx::Error::Protocol("unexpected response from SSLRequest: 0x00".into());
        assert_eq!(from_driver(ended).code(), Code::DependencyUnavailable);
        assert_eq!(from_postgres("42601", "m").code(), Code::Internal);
        assert_eq!(from_postgres("57014", "m").code(), Code::Timeout);
        assert_eq!(from_sqlite(5, "m").code(), Code::DependencyUnavailable);
        assert_eq!(from_sqlite(13, "m").code(), Code::StorageFull);
        assert_eq!(
            from_sqlite(522, "m").code(),
            Code::DependencyUnavailable,
            "an extended IOERR"
        );
    }
}
