//! Errors: what went wrong, in which operation, and where the caller asked for it.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// The kinds of mistakes and limits an evaluation can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Shapes do not fit together or do not hold the elements.
    Shape,
    /// An operation is not defined for a dtype, or a value does not fit in one.
    DType,
    /// An axis is out of range or repeated.
    Axis,
    /// An index is out of range.
    Index,
    /// An argument's value makes no sense.
    Value,
    /// A limit of memory was reached.
    Memory,
    /// The host asked to stop.
    Cancelled,
    /// A limit of time was reached, or would have been.
    Timeout,
    /// A file could not be read or written.
    File,
    /// A mistake of Jitney's own.
    Internal,
}

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    operation: String,
    message: String,
    location: Option<&'static Location<'static>>,
}

/// Why an array has no value. Cheap to clone: arrays made from a failed one share its error.
#[derive(Clone, Debug)]
pub struct Error(Arc<Inner>);

impl Error {
    /// An error of an operation at the caller's line.
    #[track_caller]
    pub fn new(kind: ErrorKind, operation: &str, message: impl Into<String>) -> Error {
        let location = Some(Location::caller());
        Error(Arc::new(Inner {
            kind,
            operation: operation.to_owned(),
            message: message.into(),
            location,
        }))
    }

    /// An error that no line of the caller's is to blame for.
    pub fn nowhere(kind: ErrorKind, operation: &str, message: impl Into<String>) -> Error {
        let (operation, message) = (operation.to_owned(), message.into());
        Error(Arc::new(Inner { kind, operation, message, location: None }))
    }

    /// A mistake of Jitney's own, that has been noticed before it could do harm.
    pub(crate) fn internal(what: impl fmt::Display) -> Error {
        let message = format!("internal error, please report it: {what}");
        Error::nowhere(ErrorKind::Internal, "eval", message)
    }

    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, by NumPy's name.
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// What is wrong, without operation and place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The caller's file and line.
    pub fn location(&self) -> Option<&'static Location<'static>> {
        self.0.location
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.operation, self.0.message)?;
        match self.0.location {
            Some(location) => write!(f, " (at {}:{})", location.file(), location.line()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
