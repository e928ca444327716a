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
pub(crate) use recent::{KeptKey, Recent};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Code of a kernel, shared by the plans that use it; compiled when first needed.
#[derive(Clone)]
pub(crate) struct CodeSlot(Arc<Slot>);

struct Slot {
    code: OnceLock<Result<(Compiled, Charge), CompileError>>,
    /// Whether the cache has forgotten it: who has it should, too.
    is_evicted: AtomicBool,
    caches: &'static Caches,
}

impl CodeSlot {
    /// A slot without code, which no cache knows of.
    pub fn new(caches: &'static Caches) -> CodeSlot {
        let (code, is_evicted) = (OnceLock::new(), AtomicBool::new(false));
        CodeSlot(Arc::new(Slot { code, is_evicted, caches }))
    }

    /// The code, compiled at the first call.
    pub fn code(&self, kernel: &Kernel) -> Result<&Compiled, &CompileError> {
        let Slot { code, caches, .. } = &*self.0;
        code.get_or_init(|| caches.compile(kernel)).as_ref().map(|(code, _)| code)
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

/// Plans and code that are kept from one evaluation to the next, and what makes code.
pub(crate) struct Caches {
    emitters: OnceLock<Result<Emitters, CompileError>>,
    compiler: OnceLock<Result<Compiler, CompileError>>,
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

/// What is known of a graph.
pub(crate) enum Known<P> {
    /// It has never been evaluated, or not for long.
    New,
    /// It has been evaluated without a plan.
    Seen,
    /// It has a plan.
    Planned(P),
}

impl Caches {
    pub const fn new() -> Caches {
        Caches {
            emitters: OnceLock::new(),
            compiler: OnceLock::new(),
            fused: Mutex::new(Bounded::new()),
            eager: Mutex::new(Bounded::new()),
            kernels: Mutex::new(Bounded::new()),
            max_kernels: AtomicUsize::new(1024),
            bytes: AtomicUsize::new(0),
            max_bytes: AtomicUsize::new(128 << 20),
            n_forgotten: AtomicU64::new(0),
            n_compiled: AtomicU64::new(0),
            compile_nanos: AtomicU64::new(0),
        }
    }

    fn plans(&self, strategy: Strategy) -> &Plans {
        match strategy {
            Strategy::Fused => &self.fused,
            Strategy::Eager => &self.eager,
        }
    }

    /// What is known of the graph behind a key.
    fn known(&self, key: &GraphKey, strategy: Strategy) -> Known<Arc<Prepared>> {
        match lock(self.plans(strategy)).get(key) {
            None => Known::New,
            Some(None) => Known::Seen,
            Some(Some(prepared)) => Known::Planned(prepared),
        }
    }

    /// Notes that a graph has been evaluated without a plan.
    pub fn see(&self, key: &GraphKey, strategy: Strategy) {
        let evicted = lock(self.plans(strategy)).insert(key.clone(), None, MAX_PLANS);
        drop(evicted);
    }

    /// Prepares a plan and keeps it.
    pub fn prepare(&'static self, key: &GraphKey, strategy: Strategy, plan: Plan) -> Arc<Prepared> {
        let charge = Charge::of_plan(self, &plan);
        let prepared = Arc::new(Prepared::new(plan, |kernel| self.code_slot(kernel), charge));
        let kept = Some(Arc::clone(&prepared));
        let evicted = lock(self.plans(strategy)).insert(key.clone(), kept, MAX_PLANS);
        drop(evicted);
        self.shrink();
        prepared
    }

    fn code_slot(&'static self, kernel: &Arc<Kernel>) -> CodeSlot {
        let mut kernels = lock(&self.kernels);
        if let Some(slot) = kernels.get(kernel) {
            return slot;
        }
        let slot = CodeSlot::new(self);
        let capacity = self.max_kernels.load(Ordering::Relaxed);
        let evicted = kernels.insert(Arc::clone(kernel), slot.clone(), capacity);
        drop(kernels);
        self.forget_code(&evicted);
        slot
    }

    /// Forgets the plans whose code has been evicted, which would keep it.
    fn forget_code(&self, evicted: &[CodeSlot]) {
        if evicted.is_empty() {
            return;
        }
        evicted.iter().for_each(|slot| slot.0.is_evicted.store(true, Ordering::Relaxed));
        self.n_forgotten.fetch_add(1, Ordering::Relaxed);
        for plans in [&self.fused, &self.eager] {
            let has_lost =
                |plan: &Option<Arc<Prepared>>| plan.as_ref().is_some_and(|p| p.has_lost_code());
            let mut plans = lock(plans);
            let lost: Vec<_> = plans.entries.extract_if(|_, (plan, _)| has_lost(plan)).collect();
            drop(plans);
            drop(lost);
        }
    }

    fn compile(&'static self, kernel: &Kernel) -> Result<(Compiled, Charge), CompileError> {
        let compiled = self.compiler()?.compile(kernel)?;
        self.n_compiled.fetch_add(1, Ordering::Relaxed);
        let nanos = compiled.compile_time().as_nanos() as u64;
        self.compile_nanos.fetch_add(nanos, Ordering::Relaxed);
        let charge = Charge::of_code(self, &compiled);
        Ok((compiled, charge))
    }

    /// What makes code.
    pub fn compiler(&self) -> Result<&Compiler, CompileError> {
        let new = || Compiler::host_with(self.emitters()?);
        self.compiler.get_or_init(new).as_ref().map_err(Clone::clone)
    }

    fn emitters(&self) -> Result<Emitters, CompileError> {
        self.emitters.get_or_init(Emitters::from_environment).clone()
    }

    /// # Errors
    /// If the environment asks for code that this machine has not. Were the interpreter to stand
    /// in, as it does where no code may run, everything would take a thousand times as long.
    pub fn check_environment(&self) -> Result<(), Error> {
        let wrong =
            |error: CompileError| Error::nowhere(ErrorKind::Value, "eval", error.to_string());
        self.emitters().map(|_| ()).map_err(wrong)
    }

    /// How many kernels have been compiled, and how long that took.
    pub fn compilations(&self) -> (u64, Duration) {
        let nanos = self.compile_nanos.load(Ordering::Relaxed);
        (self.n_compiled.load(Ordering::Relaxed), Duration::from_nanos(nanos))
    }

    /// Sets how many kernels' code is kept.
    pub fn set_max_kernels(&self, n_kernels: usize) {
        self.max_kernels.store(n_kernels, Ordering::Relaxed);
        if lock(&self.kernels).entries.len() > n_kernels {
            self.clear();
        }
    }

    /// Sets how many bytes plans and code may take.
    pub fn set_max_bytes(&self, n_bytes: usize) {
        self.max_bytes.store(n_bytes, Ordering::Relaxed);
        self.shrink();
    }

    /// Forgets all plans and all code.
    pub fn clear(&self) {
        self.n_forgotten.fetch_add(1, Ordering::Relaxed);
        recent::forget();
        let empty = |plans: &Plans| std::mem::replace(&mut *lock(plans), Bounded::new());
        let plans = [&self.fused, &self.eager].map(empty);
        let kernels = std::mem::replace(&mut *lock(&self.kernels), Bounded::new());
        drop((plans, kernels));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // The maps are consistent whenever the lock is free.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
