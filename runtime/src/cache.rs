//! Caches: plans by graph, compiled code by kernel. Both are bounded; what is evicted and
//! not running is freed, machine code included.

mod recent;

use crate::exec::Prepared;
use crate::key::GraphKey;
use crate::{Error, ErrorKind};
use jitney_codegen::{CompileError, Compiled, Compiler, Emitters};
use jitney_ir::kernel::Kernel;
use jitney_optimizer::{Plan, Strategy};
pub(crate) use recent::{Recent, with_recent};
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Code of a kernel, shared by the plans that use it; compiled when first needed.
#[derive(Clone, Default)]
pub(crate) struct CodeSlot(Arc<OnceLock<Result<Compiled, CompileError>>>);

impl CodeSlot {
    /// The code, compiled at the first call.
    pub fn code(&self, kernel: &Kernel) -> Result<&Compiled, &CompileError> {
        self.0.get_or_init(|| compile(kernel)).as_ref()
    }

    /// Whether there has been a first call.
    pub fn is_compiled(&self) -> bool {
        self.0.get().is_some()
    }
}

/// How many kernels' code is kept.
static MAX_KERNELS: AtomicUsize = AtomicUsize::new(1024);

/// How many plans are kept.
const MAX_PLANS: usize = 1024;

/// Graphs that have been evaluated, with the plan if one was made.
type Plans = LazyLock<Mutex<Bounded<GraphKey, Option<Arc<Prepared>>>>>;

static FUSED_PLANS: Plans = LazyLock::new(Mutex::default);
static EAGER_PLANS: Plans = LazyLock::new(Mutex::default);
static KERNELS: LazyLock<Mutex<Bounded<Arc<Kernel>, CodeSlot>>> = LazyLock::new(Mutex::default);

/// How often all plans have been forgotten: threads then forget theirs, too.
static PLANS_FORGOTTEN: AtomicU64 = AtomicU64::new(0);

static COMPILED: AtomicU64 = AtomicU64::new(0);
static COMPILE_NANOS: AtomicU64 = AtomicU64::new(0);

/// A map that forgets what has not been used for longest.
struct Bounded<K, V> {
    entries: FxHashMap<K, (V, u64)>,
    clock: u64,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Bounded { entries: FxHashMap::default(), clock: 0 }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Bounded<K, V> {
    fn get(&mut self, key: &K) -> Option<V> {
        self.clock += 1;
        let (value, used) = self.entries.get_mut(key)?;
        *used = self.clock;
        Some(value.clone())
    }

    fn insert(&mut self, key: K, value: V, capacity: usize) {
        if self.entries.len() >= capacity.max(1) {
            self.evict(capacity);
        }
        self.clock += 1;
        self.entries.insert(key, (value, self.clock));
    }

    /// Forgets the older half, so that the search for it is paid for by many insertions.
    fn evict(&mut self, capacity: usize) {
        let mut used: Vec<u64> = self.entries.values().map(|(_, used)| *used).collect();
        let middle = used.len().saturating_sub(capacity / 2).min(used.len() - 1);
        let (_, limit, _) = used.select_nth_unstable(middle);
        let limit = *limit;
        self.entries.retain(|_, (_, used)| *used > limit);
    }
}

fn plans(strategy: Strategy) -> &'static Plans {
    match strategy {
        Strategy::Fused => &FUSED_PLANS,
        Strategy::Eager => &EAGER_PLANS,
    }
}

/// What is known of a graph.
pub(crate) enum Known<P> {
    /// It has never been evaluated, or not for long.
    New,
    /// It has been evaluated without a plan.
    Seen,
    /// It has a plan.
    Planned(P),
}

/// What is known of the graph behind a key.
pub(crate) fn known(key: &GraphKey, strategy: Strategy) -> Known<Arc<Prepared>> {
    match lock(plans(strategy)).get(key) {
        None => Known::New,
        Some(None) => Known::Seen,
        Some(Some(prepared)) => Known::Planned(prepared),
    }
}

/// Notes that a graph has been evaluated without a plan.
pub(crate) fn see(key: &GraphKey, strategy: Strategy) {
    lock(plans(strategy)).insert(key.clone(), None, MAX_PLANS);
}

/// Prepares a plan and keeps it.
pub(crate) fn prepare(key: &GraphKey, strategy: Strategy, plan: Plan) -> Arc<Prepared> {
    let prepared = Arc::new(Prepared::new(plan, code_slot));
    lock(plans(strategy)).insert(key.clone(), Some(Arc::clone(&prepared)), MAX_PLANS);
    prepared
}

fn code_slot(kernel: &Arc<Kernel>) -> CodeSlot {
    let mut kernels = lock(&KERNELS);
    kernels.get(kernel).unwrap_or_else(|| {
        let slot = CodeSlot::default();
        let capacity = MAX_KERNELS.load(Ordering::Relaxed);
        kernels.insert(Arc::clone(kernel), slot.clone(), capacity);
        slot
    })
}

fn compile(kernel: &Kernel) -> Result<Compiled, CompileError> {
    let compiled = compiler()?.compile(kernel)?;
    COMPILED.fetch_add(1, Ordering::Relaxed);
    COMPILE_NANOS.fetch_add(compiled.compile_time().as_nanos() as u64, Ordering::Relaxed);
    Ok(compiled)
}

/// The process's compiler.
pub(crate) fn compiler() -> Result<&'static Compiler, CompileError> {
    static COMPILER: OnceLock<Result<Compiler, CompileError>> = OnceLock::new();
    COMPILER.get_or_init(Compiler::host).as_ref().map_err(Clone::clone)
}

/// # Errors
/// If the environment asks for code that this machine has not. Were the interpreter to stand in,
/// as it does where no code may run, everything would take a thousand times as long.
pub(crate) fn check_environment() -> Result<(), Error> {
    let wrong = |error: CompileError| Error::nowhere(ErrorKind::Value, "eval", error.to_string());
    Emitters::from_environment().map(|_| ()).map_err(wrong)
}

/// How many kernels have been compiled, and how long that took, since the process started.
pub fn compilations() -> (u64, Duration) {
    let nanos = COMPILE_NANOS.load(Ordering::Relaxed);
    (COMPILED.load(Ordering::Relaxed), Duration::from_nanos(nanos))
}

/// Sets how many kernels' code is kept (1024 unless told).
pub fn set_kernel_cache_size(n_kernels: usize) {
    MAX_KERNELS.store(n_kernels, Ordering::Relaxed);
}

/// Forgets all plans and frees all code that is not running. Other threads have a few plans at hand,
/// which they forget when they next evaluate something.
pub fn clear_caches() {
    PLANS_FORGOTTEN.fetch_add(1, Ordering::Relaxed);
    recent::forget();
    let plans = [&FUSED_PLANS, &EAGER_PLANS].map(|plans| std::mem::take(&mut *lock(plans)));
    let kernels = std::mem::take(&mut *lock(&KERNELS));
    drop((plans, kernels));
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // The maps are consistent whenever the lock is free.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
