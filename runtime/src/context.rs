//! What an evaluation may use and when it stops, fixed when it starts.
//!
//! A [`Context`] is made from the scope's [`Settings`] where a caller enters the runtime, and
//! handed down from there. Nothing below asks the thread it runs on: the work of one evaluation
//! is done by several threads, and a thread that waits may do another evaluation's work.

use crate::engine::Engine;
use crate::settings::{self, Settings};
use crate::{Error, ErrorKind, Mode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What an evaluation may use and when it stops.
pub(crate) struct Context {
    /// What it shares with other evaluations.
    pub engine: &'static Engine,
    pub mode: Mode,
    /// As [`Settings::threads`].
    pub threads: Option<usize>,
    /// Bytes for results and temporaries.
    pub max_memory: Option<usize>,
    pub compile_at_once: bool,
    pub stop: Stop,
}

impl Context {
    /// The context of what the caller of a public function has asked for.
    pub fn of_scope() -> Context {
        settings::with_scope(Context::of)
    }

    fn of(settings: &Settings) -> Context {
        let engine = Engine::default_one();
        Context {
            engine,
            mode: settings.mode.unwrap_or_else(|| engine.mode.get()),
            threads: settings.threads,
            max_memory: settings.max_memory,
            compile_at_once: settings.compile_at_once,
            stop: Stop::of(settings),
        }
    }

    /// A context without limits.
    pub fn unlimited(threads: Option<usize>) -> Context {
        Context::of(&Settings { threads, ..Settings::default() })
    }
}

/// When an evaluation is to stop before it is done. It never is, by default.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    cancel: Option<Arc<AtomicBool>>,
    deadline: Option<Instant>,
}

impl Stop {
    /// When the settings say so.
    pub fn of(settings: &Settings) -> Stop {
        Stop { cancel: settings.cancel.clone(), deadline: settings.deadline }
    }

    /// Whether it may be that the evaluation has to stop: if not, nobody need look.
    #[inline]
    pub fn is_possible(&self) -> bool {
        self.cancel.is_some() || self.deadline.is_some()
    }

    /// # Errors
    /// If the host has asked to stop, or the time is up.
    #[inline]
    pub fn check(&self) -> Result<(), Error> {
        if self.is_possible() { self.look() } else { Ok(()) }
    }

    /// To be asked at every place of a long way, of which it looks at few: between them lies less
    /// than a millisecond.
    ///
    /// # Errors
    /// As [`check`](Stop::check).
    #[inline]
    pub fn check_at(&self, place: usize) -> Result<(), Error> {
        const INTERVAL: usize = 1 << 10;
        if place % INTERVAL == INTERVAL - 1 { self.check() } else { Ok(()) }
    }

    /// To be asked before something begins that cannot be stopped.
    ///
    /// # Errors
    /// If there is less time left than so much work takes (see `exec::call`).
    #[inline]
    pub fn admit(&self, work: usize) -> Result<(), Error> {
        match self.deadline {
            Some(deadline) => admit(work, deadline),
            None => Ok(()),
        }
    }

    fn look(&self) -> Result<(), Error> {
        if self.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Err(Error::nowhere(ErrorKind::Cancelled, "eval", "cancelled by the host"));
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => {
                Err(Error::nowhere(ErrorKind::Timeout, "eval", "the time limit has been reached"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What a unit of work takes of one thread, at least: it is an instruction on eight bytes, of which
/// processors do some hundred a nanosecond.
const PICOSECONDS: u64 = 10;

fn admit(work: usize, deadline: Instant) -> Result<(), Error> {
    let takes = Duration::from_nanos((work as u64).saturating_mul(PICOSECONDS) / 1000);
    let left = deadline.saturating_duration_since(Instant::now());
    // What is short waits for the next look.
    if takes <= left.max(Duration::from_millis(20)) {
        return Ok(());
    }
    let message = format!(
        "a step that cannot be interrupted takes at least {takes:.1?}, and the time limit leaves \
         {left:.1?}"
    );
    Err(Error::nowhere(ErrorKind::Timeout, "eval", message))
}

#[cfg(test)]
mod tests {
    use super::Stop;
    use crate::{ErrorKind, Settings};
    use std::time::{Duration, Instant};

    /// What stands in the error is how long it would have taken.
    #[test]
    fn what_cannot_be_stopped_in_time_does_not_begin() {
        let deadline = Some(Instant::now() + Duration::from_secs(60));
        let stop = Stop::of(&Settings { deadline, ..Settings::default() });
        // Some ten seconds.
        assert!(stop.admit(1 << 40).is_ok());
        let error = stop.admit(1 << 44).expect_err("some three minutes");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        let expected = "cannot be interrupted takes at least 175.9s, and the time limit leaves";
        assert!(error.message().contains(expected), "{error}");
        assert!(Stop::default().admit(usize::MAX).is_ok());
    }
}
