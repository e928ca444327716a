//! How evaluation is done: mode, threads, limits. Set for a scope or for the process.

use crate::engine::Engine;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Instant;

/// How graphs are evaluated. All modes give the same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Optimized and fused into few compiled kernels.
    #[default]
    Fused,
    /// Each operation its own compiled kernel, each result materialized, as NumPy does it.
    Eager,
    /// The interpreter that defines what the others must compute; slow.
    Reference,
}

/// The settings of an evaluation.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The mode; `None` is the process's.
    pub mode: Option<Mode>,
    /// The number of threads; `None` is rayon's current pool. 1 wakes no thread. All other
    /// numbers share the threads of one pool, of which there are no more
    /// than processors, or than 16 if those are fewer.
    ///
    /// Where the system refuses threads, and in a process made by `fork` from one that has used
    /// them, an evaluation works on its caller's thread alone.
    pub threads: Option<usize>,
    /// Bytes an evaluation may allocate for results and temporaries; `None` is no limit. What
    /// hands elements out (`to_vec`, printing, writing files) may copy as many.
    pub max_memory: Option<usize>,
    /// Whether graphs are compiled when they are first met. Unless told, the first evaluation
    /// of a graph of few elements is by the interpreter, which is done before the compiler
    /// would be; the second one compiles.
    pub compile_at_once: bool,
    /// Evaluation stops soon after this becomes true, with an error of
    /// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled).
    pub cancel: Option<Arc<AtomicBool>>,
    /// Evaluation stops soon after this time, with an error of
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and so does every later one of the
    /// scope: `Some(Instant::now() + limit)` bounds all that is done in it.
    pub deadline: Option<Instant>,
}

impl Settings {
    /// The mode that applies.
    pub fn mode(&self) -> Mode {
        self.mode.unwrap_or_else(|| Engine::default_one().mode.get())
    }
}

thread_local! {
    static SCOPE: RefCell<Settings> = RefCell::new(Settings::default());
}

/// The mode of evaluations whose scope asks for none.
pub(crate) struct DefaultMode(AtomicU8);

impl DefaultMode {
    pub const fn new() -> DefaultMode {
        DefaultMode(AtomicU8::new(Mode::Fused as u8))
    }

    pub fn get(&self) -> Mode {
        const EAGER: u8 = Mode::Eager as u8;
        const REFERENCE: u8 = Mode::Reference as u8;
        match self.0.load(Ordering::Relaxed) {
            EAGER => Mode::Eager,
            REFERENCE => Mode::Reference,
            _ => Mode::Fused,
        }
    }

    fn set(&self, mode: Mode) {
        self.0.store(mode as u8, Ordering::Relaxed);
    }
}

/// Sets the mode of all evaluations that no scope says otherwise for.
pub fn set_mode(mode: Mode) {
    Engine::default_one().mode.set(mode);
}

/// The settings of this thread's present scope.
pub fn settings() -> Settings {
    SCOPE.with_borrow(Settings::clone)
}

/// What `look` makes of the settings of this thread's present scope.
pub(crate) fn with_scope<R>(look: impl FnOnce(&Settings) -> R) -> R {
    SCOPE.with_borrow(look)
}

/// Runs `body` under the given settings on this thread.
///
/// An evaluation takes them with it when it starts, on whatever threads it then works, and does
/// nothing else meanwhile. A `body` that waits for tasks of a pool itself, by `rayon::join`
/// for one, may have its thread do others in the scope.
pub fn with_settings<R>(settings: Settings, body: impl FnOnce() -> R) -> R {
    /// Puts the outer settings back, also when the body panics.
    struct Restore(Settings);
    impl Drop for Restore {
        fn drop(&mut self) {
            SCOPE.set(std::mem::take(&mut self.0));
        }
    }
    let _restore = Restore(SCOPE.replace(settings));
    body()
}

/// Runs `body` in the given mode on this thread.
pub fn with_mode<R>(mode: Mode, body: impl FnOnce() -> R) -> R {
    with_settings(Settings { mode: Some(mode), ..settings() }, body)
}
