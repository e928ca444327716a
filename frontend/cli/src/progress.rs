//! A sign of life on the terminal while a run takes long.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a run is before it is talked about.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(100);

/// A spinner on stderr, if that is a terminal, from the second second until it is dropped.
pub(crate) struct Progress {
    /// Dropped to end the thread.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts to wait.
    pub fn start(what: &str) -> Progress {
        if !stderr().is_terminal() {
            return Progress { alive: None, thread: None };
        }
        let (alive, end) = channel::<()>();
        let what = what.to_owned();
        let thread = std::thread::Builder::new().spawn(move || {
            if end.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let spinner = ProgressBar::new_spinner().with_message(what).with_elapsed(PATIENCE);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                spinner.set_style(style);
            }
            // By this thread: to turn by itself, it would start another one, and panic if the
            // system has none.
            while end.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                spinner.tick();
            }
            spinner.finish_and_clear();
        });
        Progress { alive: Some(alive), thread: thread.ok() }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.alive = None;
        if let Some(thread) = self.thread.take() {
            // The line must be clear before anything else is printed.
            let _ = thread.join();
        }
    }
}
