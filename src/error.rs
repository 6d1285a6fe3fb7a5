//! The two ways things go wrong: a *refusal*, which the asker may see and can act on, and a *fault*, which
//! is ours, is logged with an id, and of which the asker sees the id alone.
//!
//! There is no way from an arbitrary error to text that a client sees: a `Refusal` is made by naming a
//! [`Code`] and writing a message, a `Fault` never leaves the process but as its id.

use std::fmt;

/// What every fallible function of the gateway returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Either kind of failure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// May be shown to the asker as it is.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// Ours; logged, never shown to a remote asker.
    #[error("{0}")]
    Fault(#[from] Fault),
}

impl Error {
    /// The wire code: the refusal's own, or the one that its fault maps to.
    pub fn code(&self) -> Code {
        match self {
            Error::Refused(refusal) => refusal.code,
            Error::Fault(fault) => fault.code(),
        }
    }
}

/// A "no" that names what is wrong, where, and what to do. Holds no personal data, no SQL and no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The stable word that programs look at.
    pub code: Code,
    /// For people: lower case, no full stop, at most a few hundred characters.
    pub message: String,
    /// Path of the argument or input field at fault, outermost first.
    pub field: Vec<String>,
    /// When trying again may succeed.
    pub retry_after_seconds: Option<u64>,
}

impl Refusal {
    /// A refusal without a field.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Refusal {
            code,
            message: message.into(),
            field: Vec::new(),
            retry_after_seconds: None,
        }
    }

    /// The same refusal, pointing at an argument or input field.
    pub fn at<I: Into<String>>(mut self, path: impl IntoIterator<Item = I>) -> Self {
        self.field = path.into_iter().map(Into::into).collect();
        self
    }

    /// The same refusal, saying when to try again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }
}

/// Shortens text that came from outside before it is quoted in a message: 100 characters at most
/// (`graphql.md` section 2), control characters replaced.
pub fn quote(text: &str) -> String {
    let mut quoted: String = text
        .chars()
        .take(100)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(100).is_some() {
        quoted.push('…');
    }
    quoted
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $status:literal;)*) => {
        /// The stable words for refusals and faults, as they stand in `extensions.code` and in `userErrors`.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, for tests and documentation.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The word on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $wire,)* }
            }

            /// The HTTP status of a request that failed as a whole with this code.
            pub fn http_status(self) -> u16 {
                match self { $(Code::$name => $status,)* }
            }
        }
    };
}

codes! {
    /// The document is not GraphQL.
    ParseFailed = "GRAPHQL_PARSE_FAILED", 400;
    /// The document does not fit the schema.
    ValidationFailed = "GRAPHQL_VALIDATION_FAILED", 400;
    /// The request is malformed: JSON, variables, parameters.
    BadRequest = "BAD_REQUEST", 400;
    /// An argument's value cannot be used.
    BadUserInput = "BAD_USER_INPUT", 400;
    /// The path is not one of ours.
    NotFound = "NOT_FOUND", 404;
    /// The method does not fit the route or the operation.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405;
    /// The route is for WebSockets.
    UpgradeRequired = "UPGRADE_REQUIRED", 426;
    /// None of the media types asked for can be given.
    NotAcceptable = "NOT_ACCEPTABLE", 406;
    /// The body's media type is not JSON.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415;
    /// The body is larger than the limit.
    BodyTooLarge = "BODY_TOO_LARGE", 413;
    /// The document is larger, deeper, wider or more repetitive than the limits.
    DocumentTooLarge = "DOCUMENT_TOO_LARGE", 400;
    /// A fragment spreads itself.
    FragmentCycle = "FRAGMENT_CYCLE", 400;
    /// Several operations in one request.
    BatchingRefused = "BATCHING_REFUSED", 400;
    /// The document would cost more than one request may.
    CostExceeded = "COST_EXCEEDED", 400;
    /// Too many requests.
    RateLimited = "RATE_LIMITED", 429;
    /// The document is not one of those that this gateway runs.
    DocumentNotTrusted = "DOCUMENT_NOT_TRUSTED", 403;
    /// Questions about the schema are switched off.
    IntrospectionDisabled = "INTROSPECTION_DISABLED", 403;
    /// No credentials, or credentials that are not accepted.
    Unauthenticated = "UNAUTHENTICATED", 401;
    /// The asker may not do this.
    Forbidden = "FORBIDDEN", 403;
    /// The account is closed: it is read and carried out by those who may export, and nothing of it is changed.
    AccountClosed = "ACCOUNT_CLOSED", 403;
    /// A hidden column used in a filter or an order.
    ForbiddenField = "FORBIDDEN_FIELD", 403;
    /// The asker belongs to several accounts and named none.
    AccountRequired = "ACCOUNT_REQUIRED", 400;
    /// A page of more than 100.
    PageTooLarge = "PAGE_TOO_LARGE", 400;
    /// A cursor that was forged, or made for another asker, filter or order.
    InvalidCursor = "INVALID_CURSOR", 400;
    /// An id that is not one of ours, where one is needed.
    InvalidId = "INVALID_ID", 400;
    /// The same idempotency key with other input.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 409;
    /// The plan that was confirmed is not the plan that would run.
    PlanChanged = "PLAN_CHANGED", 409;
    /// The plan's time to be confirmed has run out.
    PlanExpired = "PLAN_EXPIRED", 409;
    /// Somebody else has to agree than the one who planned it.
    ApprovalNeeded = "APPROVAL_NEEDED", 403;
    /// The job's state does not allow this.
    InvalidState = "INVALID_STATE", 409;
    /// Nobody with that address in reach of the asker.
    SubjectNotFound = "SUBJECT_NOT_FOUND", 404;
    /// The person may not be erased for now.
    LegalHold = "LEGAL_HOLD", 409;
    /// The address is suppressed or erased.
    Suppressed = "SUPPRESSED", 409;
    /// Data may be kept and not used: its person has asked for that (Art. 18 and 21 GDPR).
    Restricted = "RESTRICTED", 409;
    /// The address cannot be a person's in this account.
    AddressUnavailable = "ADDRESS_UNAVAILABLE", 409;
    /// A limit of the asker's groups is reached.
    LimitReached = "LIMIT_REACHED", 403;
    /// The settings do not let bundles be handed to that address.
    TargetNotAllowed = "TARGET_NOT_ALLOWED", 403;
    /// The receiver of a bundle has answered, and does not take it.
    ReceiverRefused = "RECEIVER_REFUSED", 502;
    /// The receiver of a bundle cannot be reached, or is away.
    ReceiverUnreachable = "RECEIVER_UNREACHABLE", 503;
    /// The receiver of a bundle neither took a byte nor answered for too long.
    ReceiverStalled = "RECEIVER_STALLED", 504;
    /// The bundle is past its time.
    Gone = "GONE", 410;
    /// The range asked for does not lie in the bundle.
    RangeNotSatisfiable = "RANGE_NOT_SATISFIABLE", 416;
    /// The live database differs from the entities, so this would be unsafe.
    PolicyDrift = "POLICY_DRIFT", 503;
    /// The policy file leaves something undecided or contradicts itself.
    PolicyInvalid = "POLICY_INVALID", 500;
    /// The time for a request is up.
    Timeout = "TIMEOUT", 503;
    /// The database or the storage is away or busy.
    DependencyUnavailable = "DEPENDENCY_UNAVAILABLE", 503;
    /// The database has another schema version than this program.
    SchemaMismatch = "SCHEMA_MISMATCH", 503;
    /// The storage is full.
    StorageFull = "STORAGE_FULL", 507;
    /// Reading the rows of a bundle took longer than a snapshot may last.
    SnapshotTooOld = "SNAPSHOT_TOO_OLD", 503;
    /// Another gateway holds this embedded store.
    StoreInUse = "STORE_IN_USE", 503;
    /// The database is older than the ledger of erasures.
    ReplayNeeded = "REPLAY_NEEDED", 503;
    /// A backup outlives the day on which it had to be gone.
    BackupOverdue = "BACKUP_OVERDUE", 503;
    /// The key ring is not the one this database was made with.
    WrongKeyRing = "WRONG_KEY_RING", 503;
    /// A file could not be understood.
    InvalidFile = "INVALID_FILE", 400;
    /// The setting or argument on the command line is wrong.
    InvalidSetting = "INVALID_SETTING", 400;
    /// A fault of ours; the message holds only its id.
    Internal = "INTERNAL", 500;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What went wrong inside. The text may name tables and SQL and is for the log alone.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database answered with an error that no asker caused.
    #[error("store: {0}")]
    Store(String),
    /// The database cannot be reached, is locked, or did not answer in time.
    #[error("store unavailable: {0}")]
    StoreUnavailable(String),
    /// A row with that unique key exists; the text names the key, never its value.
    #[error("key taken: {0}")]
    KeyTaken(String),
    /// The storage of bundles failed, and would again.
    #[error("depot: {0}")]
    Depot(String),
    /// The storage of bundles cannot be reached, is busy, or did not answer in time: it may do so later.
    #[error("depot unavailable: {0}")]
    DepotUnavailable(String),
    /// Whom a bundle is to be handed to cannot be reached, or is busy: it may take it later.
    #[error("receiver unavailable: {0}")]
    ReceiverUnavailable(String),
    /// There is no room left on the storage.
    #[error("storage full: {0}")]
    StorageFull(String),
    /// A key is missing or damaged.
    #[error("keys: {0}")]
    Keys(String),
    /// A file or socket failed.
    #[error("{context}: {source}")]
    Io {
        /// What was being done, with the path where there is one.
        context: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Rights that were looked up before no longer hold; whoever kept them looks them up anew.
    #[error("the rights have changed")]
    RightsChanged,
    /// A rule that our own code keeps was broken.
    #[error("broken invariant: {0}")]
    Invariant(String),
}

impl Fault {
    /// An I/O fault with what was being done; a full disk becomes [`Fault::StorageFull`], and a fault that went through
    /// code which only knows I/O errors is itself again.
    pub fn io(context: impl Into<String>, source: std::io::Error) -> Self {
        let context = context.into();
        let source = match source.downcast::<Error>() {
            Ok(Error::Fault(fault)) => return fault,
            Ok(Error::Refused(refusal)) => std::io::Error::other(refusal),
            Err(source) => source,
        };
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Fault::StorageFull(context)
            }
            _ => Fault::Io { context, source },
        }
    }

    /// The wire code of this fault.
    pub fn code(&self) -> Code {
        match self {
            Fault::StoreUnavailable(_) | Fault::DepotUnavailable(_) => Code::DependencyUnavailable,
            Fault::ReceiverUnavailable(_) => Code::ReceiverUnreachable,
            Fault::StorageFull(_) => Code::StorageFull,
            Fault::Store(_)
            | Fault::KeyTaken(_)
            | Fault::Depot(_)
            | Fault::Keys(_)
            | Fault::Io { .. }
            | Fault::RightsChanged
            | Fault::Invariant(_) => Code::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
    }

    #[test]
    fn quoted_text_is_cut_at_a_hundred_characters_and_has_no_control_characters() {
        assert_eq!(quote("a\nb"), "a b");
        assert_eq!(quote(&"ä".repeat(101)).chars().count(), 101);
    }
}
