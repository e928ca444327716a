//! The first error that any of several tasks meets.

use crate::Error;
use std::sync::OnceLock;

/// The first error that any of several tasks meets. Later ones say nothing new, and what follows
/// need not be done.
#[derive(Default)]
pub(super) struct FirstError(OnceLock<Error>);

impl FirstError {
    /// Runs a task, unless one has failed.
    pub fn run(&self, task: impl FnOnce() -> Result<(), Error>) {
        if self.0.get().is_none()
            && let Err(error) = task()
        {
            // Another task may have failed meanwhile.
            let _ = self.0.set(error);
        }
    }

    pub fn is_there(&self) -> bool {
        self.0.get().is_some()
    }

    pub fn into_result(self) -> Result<(), Error> {
        self.0.into_inner().map_or(Ok(()), Err)
    }
}
