//! What one evaluation leaves to the next, in one place.
//!
//! The default engine is the crate's only static. A [`Context`](crate::context::Context) names the
//! engine of its evaluation, and whatever works for that asks the context. What outlives
//! evaluations, memory and nodes, belongs to the process and so to the default engine.

use crate::Error;
use crate::buffer::Recycler;
use crate::cache::Caches;
use crate::exec::Pools;
use crate::expr::Settlements;
use crate::inspect::KnownRates;
use crate::settings::DefaultMode;
use std::time::Duration;

/// All that evaluations share.
pub(crate) struct Engine {
    /// The mode of evaluations whose scope asks for none.
    pub mode: DefaultMode,
    /// Plans, code, and the compiler.
    pub caches: Caches,
    /// Threads that help.
    pub pools: Pools,
    /// Memory that waits for its next user.
    pub memory: Recycler,
    /// Where threads wait for nodes.
    pub settlements: Settlements,
    /// What the machine can do, as far as it has been measured.
    pub rates: KnownRates,
}

static DEFAULT: Engine = Engine::new();

impl Engine {
    const fn new() -> Engine {
        Engine {
            mode: DefaultMode::new(),
            caches: Caches::new(),
            pools: Pools::new(),
            memory: Recycler::new(),
            settlements: Settlements::new(),
            rates: KnownRates::new(),
        }
    }

    /// The engine of those who do not care.
    #[inline]
    pub fn default_one() -> &'static Engine {
        &DEFAULT
    }
}

/// Whether the environment asks for something that can be had: `JITNEY_EMITTER` names the emitters
/// to compile with. Otherwise, the first evaluation of every graph is an error.
///
/// # Errors
/// If the variable names none, or one whose code this machine cannot run.
pub fn check_environment() -> Result<(), Error> {
    DEFAULT.caches.check_environment()
}

/// How many kernels have been compiled, and how long that took, since the process started.
pub fn compilations() -> (u64, Duration) {
    DEFAULT.caches.compilations()
}

/// Sets how many kernels' code is kept (1024 unless told). If there are more, all plans and all
/// code are forgotten.
pub fn set_kernel_cache_size(n_kernels: usize) {
    DEFAULT.caches.set_max_kernels(n_kernels);
}

/// Sets how many bytes plans and code may take together, by an estimate (128 MiB unless told).
/// Those that have not been used for longest are forgotten first, also those of functions
/// ([`Function`](crate::Function)), which make them again at the next call.
pub fn set_cache_bytes(n_bytes: usize) {
    DEFAULT.caches.set_max_bytes(n_bytes);
}

/// Forgets all plans and frees all code that is not running. Other threads have a few plans at
/// hand, which they forget when they next evaluate something.
pub fn clear_caches() {
    DEFAULT.caches.clear();
}
