//! Caches: plans by graph, compiled code by kernel. They are bounded in number, and together in
//! bytes; what is evicted and not running is freed, machine code included.

mod bytes;
mod recent;

use crate::exec::Prepared;
use crate::key::GraphKey;
use crate::{Error, ErrorKind};
pub(crate) use bytes::Charge;
use jitney_codegen::{CompileError, Compiled, Compiler, Emitters};
use jitney_ir::kernel::Kernel;
use jitney_optimizer::{Plan, Strategy};
pub(crate) use recent::{Recent, with_recent};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Code of a kernel, shared by the plans that use it; compiled when first needed.
#[derive(Clone, Default)]
pub(crate) struct CodeSlot(Arc<Slot>);

#[derive(Default)]
struct Slot {
    code: OnceLock<Result<(Compiled, Charge), CompileError>>,
    /// Whether the cache has forgotten it: who has it should, too.
    is_evicted: AtomicBool,
}

impl CodeSlot {
    /// The code, compiled at the first call.
    pub fn code(&self, kernel: &Kernel) -> Result<&Compiled, &CompileError> {
        self.0.code.get_or_init(|| compile(kernel)).as_ref().map(|(code, _)| code)
    }

    /// Whether there has been a first call.
    pub fn is_compiled(&self) -> bool {
        self.0.code.get().is_some()
    }

    /// Whether the cache has forgotten the code.
    pub fn is_evicted(&self) -> bool {
        self.0.is_evicted.load(Ordering::Relaxed)
    }
}

/// How many plans of a strategy are kept.
const MAX_PLANS: usize = 1024;

/// Graphs that have been evaluated, with the plan if one was made.
type Plans = Mutex<Bounded<GraphKey, Option<Arc<Prepared>>>>;

/// All that is kept from one evaluation to the next.
struct Caches {
    fused: Plans,
    eager: Plans,
    kernels: Mutex<Bounded<Arc<Kernel>, CodeSlot>>,
    /// How many kernels' code is kept.
    max_kernels: AtomicUsize,
    /// Bytes of plans and code that there are, and up to which none are forgotten.
    bytes: AtomicUsize,
    max_bytes: AtomicUsize,
    /// How often plans have been forgotten: threads then forget theirs, too.
    n_forgotten: AtomicU64,
    n_compiled: AtomicU64,
    compile_nanos: AtomicU64,
}

static CACHES: Caches = Caches {
    fused: Mutex::new(Bounded::new()),
    eager: Mutex::new(Bounded::new()),
    kernels: Mutex::new(Bounded::new()),
    max_kernels: AtomicUsize::new(1024),
    bytes: AtomicUsize::new(0),
    max_bytes: AtomicUsize::new(128 << 20),
    n_forgotten: AtomicU64::new(0),
    n_compiled: AtomicU64::new(0),
    compile_nanos: AtomicU64::new(0),
};

/// A map that forgets what has not been used for longest.
struct Bounded<K, V> {
    entries: FxHashMap<K, (V, u64)>,
    clock: u64,
}

impl<K, V> Bounded<K, V> {
    const fn new() -> Bounded<K, V> {
        Bounded { entries: FxHashMap::with_hasher(FxBuildHasher), clock: 0 }
    }

    /// Forgets the older half of so many entries, so that the search for it is paid for by many
    /// insertions, and returns it.
    fn evict(&mut self, capacity: usize) -> Vec<V> {
        let mut used: Vec<u64> = self.entries.values().map(|(_, used)| *used).collect();
        if used.is_empty() {
            return Vec::new();
        }
        let middle = used.len().saturating_sub(capacity / 2).min(used.len() - 1);
        let (_, limit, _) = used.select_nth_unstable(middle);
        let limit = *limit;
        let evicted = self.entries.extract_if(|_, (_, used)| *used <= limit);
        evicted.map(|(_, (value, _))| value).collect()
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Bounded<K, V> {
    fn get(&mut self, key: &K) -> Option<V> {
        self.clock += 1;
        let (value, used) = self.entries.get_mut(key)?;
        *used = self.clock;
        Some(value.clone())
    }

    /// Keeps a value, and returns those that go for it.
    fn insert(&mut self, key: K, value: V, capacity: usize) -> Vec<V> {
        let is_full = self.entries.len() >= capacity.max(1);
        let evicted = if is_full { self.evict(capacity) } else { Vec::new() };
        self.clock += 1;
        self.entries.insert(key, (value, self.clock));
        evicted
    }
}

fn plans(strategy: Strategy) -> &'static Plans {
    match strategy {
        Strategy::Fused => &CACHES.fused,
        Strategy::Eager => &CACHES.eager,
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
    let evicted = lock(plans(strategy)).insert(key.clone(), None, MAX_PLANS);
    drop(evicted);
}

/// Prepares a plan and keeps it.
pub(crate) fn prepare(key: &GraphKey, strategy: Strategy, plan: Plan) -> Arc<Prepared> {
    let prepared = Arc::new(Prepared::new(plan, code_slot));
    let kept = Some(Arc::clone(&prepared));
    let evicted = lock(plans(strategy)).insert(key.clone(), kept, MAX_PLANS);
    drop(evicted);
    bytes::shrink();
    prepared
}

fn code_slot(kernel: &Arc<Kernel>) -> CodeSlot {
    let mut kernels = lock(&CACHES.kernels);
    if let Some(slot) = kernels.get(kernel) {
        return slot;
    }
    let slot = CodeSlot::default();
    let capacity = CACHES.max_kernels.load(Ordering::Relaxed);
    let evicted = kernels.insert(Arc::clone(kernel), slot.clone(), capacity);
    drop(kernels);
    forget_code(&evicted);
    slot
}

/// Forgets the plans whose code has been evicted, which would keep it.
fn forget_code(evicted: &[CodeSlot]) {
    if evicted.is_empty() {
        return;
    }
    evicted.iter().for_each(|slot| slot.0.is_evicted.store(true, Ordering::Relaxed));
    CACHES.n_forgotten.fetch_add(1, Ordering::Relaxed);
    for plans in [&CACHES.fused, &CACHES.eager] {
        let has_lost =
            |plan: &Option<Arc<Prepared>>| plan.as_ref().is_some_and(|p| p.has_lost_code());
        let mut plans = lock(plans);
        let lost: Vec<_> = plans.entries.extract_if(|_, (plan, _)| has_lost(plan)).collect();
        drop(plans);
        drop(lost);
    }
}

fn compile(kernel: &Kernel) -> Result<(Compiled, Charge), CompileError> {
    let compiled = compiler()?.compile(kernel)?;
    CACHES.n_compiled.fetch_add(1, Ordering::Relaxed);
    let nanos = compiled.compile_time().as_nanos() as u64;
    CACHES.compile_nanos.fetch_add(nanos, Ordering::Relaxed);
    let charge = Charge::of_code(&compiled);
    Ok((compiled, charge))
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
    let nanos = CACHES.compile_nanos.load(Ordering::Relaxed);
    (CACHES.n_compiled.load(Ordering::Relaxed), Duration::from_nanos(nanos))
}

/// Sets how many kernels' code is kept (1024 unless told). If there are more, all plans and all
/// code are forgotten.
pub fn set_kernel_cache_size(n_kernels: usize) {
    CACHES.max_kernels.store(n_kernels, Ordering::Relaxed);
    if lock(&CACHES.kernels).entries.len() > n_kernels {
        clear_caches();
    }
}

/// Sets how many bytes plans and code may take together, by an estimate (128 MiB unless told). Those
/// that have not been used for longest are forgotten first. What functions ([`Function`]) have
/// traced counts and stays.
///
/// [`Function`]: crate::Function
pub fn set_cache_bytes(n_bytes: usize) {
    CACHES.max_bytes.store(n_bytes, Ordering::Relaxed);
    bytes::shrink();
}

/// Forgets all plans and frees all code that is not running. Other threads have a few plans at hand,
/// which they forget when they next evaluate something.
pub fn clear_caches() {
    CACHES.n_forgotten.fetch_add(1, Ordering::Relaxed);
    recent::forget();
    let empty = |plans: &Plans| std::mem::replace(&mut *lock(plans), Bounded::new());
    let plans = [&CACHES.fused, &CACHES.eager].map(empty);
    let kernels = std::mem::replace(&mut *lock(&CACHES.kernels), Bounded::new());
    drop((plans, kernels));
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // The maps are consistent whenever the lock is free.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
