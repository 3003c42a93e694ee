//! The one error of every service, and its one table to gRPC and to HTTP.
//!
//! What an outsider may read (`public`, `reason`, `fields`) is kept apart from what only the log may hold
//! (`internal`, the source), so that the latter cannot be printed into an answer by accident.

use std::{error::Error as StdError, fmt, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// `Result` with the platform's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The domain part of google.rpc.ErrorInfo.
pub const DOMAIN: &str = "accord";

/// What went wrong, as far as callers need to tell cases apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong whoever sends it; `fields` says where.
    InvalidArgument,
    /// Nobody is known to be calling, or the token is too old.
    Unauthenticated,
    /// The caller sees the record and may not do this with it.
    PermissionDenied,
    /// There is no such record, or the caller may not know that there is.
    NotFound,
    /// The record changed since the caller read it (etag), or the idempotency key was used for another request.
    Conflict,
    /// The same record exists already.
    AlreadyExists,
    /// The record's state does not allow this now.
    FailedPrecondition,
    /// A quota or a limit; try later.
    ResourceExhausted,
    /// A part is away; a retry may succeed.
    Unavailable,
    /// The caller's time is over.
    DeadlineExceeded,
    /// A fault of ours.
    Internal,
}

impl Kind {
    /// The one table to gRPC.
    pub fn code(self) -> Code {
        match self {
            Self::InvalidArgument => Code::InvalidArgument,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::PermissionDenied => Code::PermissionDenied,
            Self::NotFound => Code::NotFound,
            Self::Conflict => Code::Aborted,
            Self::AlreadyExists => Code::AlreadyExists,
            Self::FailedPrecondition => Code::FailedPrecondition,
            Self::ResourceExhausted => Code::ResourceExhausted,
            Self::Unavailable => Code::Unavailable,
            Self::DeadlineExceeded => Code::DeadlineExceeded,
            Self::Internal => Code::Internal,
        }
    }

    /// The one table back from gRPC.
    pub fn from_code(code: Code) -> Self {
        match code {
            Code::InvalidArgument | Code::OutOfRange => Self::InvalidArgument,
            Code::Unauthenticated => Self::Unauthenticated,
            Code::PermissionDenied => Self::PermissionDenied,
            Code::NotFound => Self::NotFound,
            Code::Aborted => Self::Conflict,
            Code::AlreadyExists => Self::AlreadyExists,
            Code::FailedPrecondition => Self::FailedPrecondition,
            Code::ResourceExhausted => Self::ResourceExhausted,
            Code::Unavailable => Self::Unavailable,
            Code::DeadlineExceeded | Code::Cancelled => Self::DeadlineExceeded,
            _ => Self::Internal,
        }
    }

    /// The one table to HTTP.
    pub fn http(self) -> http::StatusCode {
        use http::StatusCode as S;
        match self {
            Self::InvalidArgument => S::UNPROCESSABLE_ENTITY,
            Self::Unauthenticated => S::UNAUTHORIZED,
            Self::PermissionDenied => S::FORBIDDEN,
            Self::NotFound => S::NOT_FOUND,
            Self::Conflict | Self::AlreadyExists | Self::FailedPrecondition => S::CONFLICT,
            Self::ResourceExhausted => S::TOO_MANY_REQUESTS,
            Self::Unavailable | Self::DeadlineExceeded => S::SERVICE_UNAVAILABLE,
            Self::Internal => S::INTERNAL_SERVER_ERROR,
        }
    }
}

/// One field of the request that is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Path of the field in the request message.
    pub field: String,
    /// One sentence for the person who typed it.
    pub message: String,
}

/// An error with a public and an internal half.
pub struct Error {
    kind: Kind,
    reason: &'static str,
    public: String,
    fields: Vec<Field>,
    retry_after: Option<Duration>,
    internal: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of the given kind; `reason` is a stable SCREAMING_SNAKE code, `public` a sentence anyone may read.
    pub fn new(kind: Kind, reason: &'static str, public: impl Into<String>) -> Self {
        Self { kind, reason, public: public.into(), fields: Vec::new(), retry_after: None, internal: None, source: None }
    }

    /// The request is wrong; add the fields with [`Error::field`].
    pub fn invalid() -> Self {
        Self::new(Kind::InvalidArgument, "INVALID_ARGUMENT", "Some of what was sent is not right.")
    }

    /// There is nothing there that the caller may know of. Always the same words.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "NOT_FOUND", "There is no such record.")
    }

    /// The caller sees the record and may not do this with it.
    pub fn denied() -> Self {
        Self::new(Kind::PermissionDenied, "PERMISSION_DENIED", "You do not have permission to do this.")
    }

    /// The caller may do this after proving all factors again.
    pub fn step_up_required() -> Self {
        Self::new(Kind::PermissionDenied, STEP_UP_REQUIRED, "Confirm that it is you to do this.")
    }

    /// Nobody is known to be calling.
    pub fn unauthenticated() -> Self {
        Self::new(Kind::Unauthenticated, "UNAUTHENTICATED", "Sign in to do this.")
    }

    /// The token is older than the tenant's permissions: mint anew and retry once.
    pub fn stale_token() -> Self {
        Self::new(Kind::Unauthenticated, STALE_TOKEN, "Permissions changed. Try again.")
    }

    /// The record changed since the caller read it.
    pub fn stale_etag() -> Self {
        Self::new(Kind::Conflict, "ETAG_MISMATCH", "Somebody changed this while you were editing. Compare the two versions.")
    }

    /// The record's state does not allow this now.
    pub fn precondition(reason: &'static str, public: impl Into<String>) -> Self {
        Self::new(Kind::FailedPrecondition, reason, public)
    }

    /// A part is away.
    pub fn unavailable(internal: impl fmt::Display) -> Self {
        Self::new(Kind::Unavailable, "UNAVAILABLE", "The service is busy or restarting. Try again.").internal(internal)
    }

    /// A fault of ours.
    pub fn fault(internal: impl fmt::Display) -> Self {
        Self::new(Kind::Internal, "INTERNAL", "Sorry, there is a problem with the service.").internal(internal)
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.fields.push(Field { field: field.into(), message: message.into() });
        self
    }

    /// Adds what only the log may hold.
    #[must_use]
    pub fn internal(mut self, internal: impl fmt::Display) -> Self {
        self.internal = Some(internal.to_string());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says when a retry makes sense.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Fails with the collected fields, or succeeds where there are none: for checks that report all at once.
    ///
    /// # Errors
    /// Itself, when a field is wrong.
    pub fn into_result(self) -> Result<()> {
        if self.fields.is_empty() { Ok(()) } else { Err(self) }
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The stable code of the reason.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The sentence that anyone may read.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The wrong fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The gRPC answer: public half only, with google.rpc details. Faults are logged here, once.
    pub fn into_status(self) -> Status {
        if matches!(self.kind, Kind::Internal | Kind::Unavailable) {
            tracing::error!(error = ?self, "request failed");
        }
        let mut details = ErrorDetails::new();
        details.set_error_info(self.reason, DOMAIN, std::collections::HashMap::<String, String>::new());
        if !self.fields.is_empty() {
            details.set_bad_request(self.fields.iter().map(|f| FieldViolation::new(f.field.clone(), f.message.clone())).collect::<Vec<_>>());
        }
        if let Some(after) = self.retry_after {
            details.set_retry_info(Some(after));
        }
        Status::with_error_details(self.kind.code(), self.public, details)
    }
}

/// Reason of a refusal that a fresh proof of all factors lifts.
pub const STEP_UP_REQUIRED: &str = "STEP_UP_REQUIRED";
/// Reason of a token that is older than the tenant's permissions.
pub const STALE_TOKEN: &str = "STALE_TOKEN";

impl fmt::Debug for Error {
    /// For logs: ids and reasons, the internal half, never the values of fields.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("reason", &self.reason)
            .field("fields", &self.fields.iter().map(|v| v.field.as_str()).collect::<Vec<_>>())
            .field("internal", &self.internal)
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.public)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|s| s as _)
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error.into_status()
    }
}

/// An answer of another service keeps its kind, public words, fields and, where it is one of ours, its reason.
impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let kind = Kind::from_code(status.code());
        let reason = match details.error_info().map(|i| i.reason.as_str()) {
            Some(STALE_TOKEN) => STALE_TOKEN,
            Some(reason) => reason_of(reason),
            None => "UPSTREAM",
        };
        let mut error = Self::new(kind, reason, status.message());
        if let Some(bad) = details.bad_request() {
            for v in &bad.field_violations {
                error = error.field(v.field.clone(), v.description.clone());
            }
        }
        if let Some(after) = details.retry_info().and_then(|r| r.retry_delay) {
            error = error.retry_after(after);
        }
        if matches!(kind, Kind::Internal | Kind::Unavailable) {
            error.public = "Sorry, there is a problem with the service.".into();
            error = error.internal(format!("{:?} {}", status.code(), status.message()));
        }
        error
    }
}

/// Reasons come from a closed set of codes, so interning them is bounded by what peers of ours can say.
pub(crate) fn reason_of(text: &str) -> &'static str {
    use std::{collections::HashSet, sync::Mutex};
    static KNOWN: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let Ok(mut known) = KNOWN.lock() else { return "UPSTREAM" };
    let known = known.get_or_insert_default();
    if let Some(reason) = known.get(text) {
        return reason;
    }
    if known.len() >= 512 || text.len() > 64 {
        return "UPSTREAM";
    }
    let reason: &'static str = Box::leak(text.to_owned().into_boxed_str());
    known.insert(reason);
    reason
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let kind = match &error {
            sqlx::Error::PoolTimedOut => Kind::ResourceExhausted,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Kind::Unavailable,
            sqlx::Error::Database(e) => match e.code().as_deref() {
                Some("57014") => Kind::DeadlineExceeded,
                Some("57P01" | "57P02" | "57P03" | "53300" | "40001" | "40P01") => Kind::Unavailable,
                _ => Kind::Internal,
            },
            _ => Kind::Internal,
        };
        let (reason, public) = match kind {
            Kind::Internal => ("INTERNAL", "Sorry, there is a problem with the service."),
            Kind::DeadlineExceeded => ("DEADLINE_EXCEEDED", "This took too long. Try again."),
            _ => ("UNAVAILABLE", "The service is busy or restarting. Try again."),
        };
        let error: Box<dyn StdError + Send + Sync> = match error {
            sqlx::Error::Database(refused) => Box::new(crate::db::refusal::Refusal::of(refused.as_ref())),
            other => Box::new(other),
        };
        Self::new(kind, reason, public).source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internal_half_never_reaches_the_answer() {
        let status = Error::fault("secret table broke").into_status();
        assert!(!format!("{status:?}").contains("secret"));
    }

    #[test]
    fn fields_survive_the_wire_between_services() {
        let status = Error::invalid().field("given_name", "Enter a given name.").into_status();
        let back = Error::from(status);
        assert_eq!(back.kind(), Kind::InvalidArgument);
        assert_eq!(back.fields()[0].field, "given_name");
    }

    #[test]
    fn not_found_is_always_the_same_answer() {
        assert_eq!(format!("{:?}", Error::not_found().into_status()), format!("{:?}", Error::not_found().into_status()));
    }
}
