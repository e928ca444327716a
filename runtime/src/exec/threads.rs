//! The threads that a plan's steps may use.

use super::helpers::{Helper, Host, Tasks};
use super::pools::Pools;
use crate::context::Context;
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// Where tasks run, and the pools that those who help come from.
pub(crate) struct Workers {
    team: Team,
    pools: &'static Pools,
}

/// Where tasks run.
enum Team {
    /// On the caller's thread.
    Caller,
    /// There, and on rayon's current pool: the one that the caller has entered, or the global one.
    Current,
    /// There, and on so many threads of our own pool, itself included.
    Own(usize),
}

/// Work (see `Call`) that is shared with threads that are awake: some three microseconds of one
/// thread.
const SHARED_WORK: usize = 300_000;

/// Work for which threads are woken up: some hundred microseconds of one thread. To wake one
/// takes the caller ten, and fifty pass before it comes.
const WAKING_WORK: usize = 5_000_000;

/// Time that calls with less work than that have taken lately, from which on threads are woken
/// up for the next one.
const WAKING_TIME: Duration = Duration::from_micros(200);

thread_local! {
    /// Where this thread's helpers come.
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
    /// What this thread has done alone.
    static ALONE: Cell<Option<Alone>> = const { Cell::new(None) };
}

/// Work that others could have shared, had they been awake.
#[derive(Clone, Copy)]
struct Alone {
    /// The time it took, less a quarter of the time that has passed: only if there is much of
    /// it will those that come find more.
    time: Duration,
    until: Instant,
}

impl Alone {
    /// Adds what was begun at the given time and has just ended.
    fn note(started: Instant) {
        let now = Instant::now();
        let before = ALONE.get().map_or(Duration::ZERO, |alone| {
            alone.time.saturating_sub(now.duration_since(alone.until) / 4)
        });
        ALONE.set(Some(Alone { time: before + now.duration_since(started), until: now }));
    }

    /// Whether it was so much that threads are to be woken up.
    fn is_too_much() -> bool {
        ALONE.get().is_some_and(|alone| alone.time >= WAKING_TIME)
    }
}

impl Workers {
    /// The workers of an evaluation.
    pub fn of(context: &Context) -> Workers {
        let pools = &context.engine.pools;
        let team = match context.threads {
            Some(0 | 1) => Team::Caller,
            Some(n) => Team::Own(n.min(pools.max_threads())),
            None => Team::Current,
        };
        Workers { team, pools }
    }

    /// How many tasks can run at once.
    pub fn count(&self) -> usize {
        match self.team {
            Team::Caller => 1,
            Team::Current => self.pools.current_threads(),
            Team::Own(n) => n,
        }
    }

    /// Runs `body` with the number of threads that so much work should be shared between.
    pub fn share<R>(&self, work: usize, body: impl FnOnce(usize) -> R) -> R {
        let is_alone = matches!(self.team, Team::Caller) || work < SHARED_WORK;
        if is_alone || !self.pools.may_have_threads() {
            return body(1);
        }
        if work >= WAKING_WORK {
            return body(self.count());
        }
        let n_awake = self.n_awake();
        if n_awake > 1 {
            return body(n_awake);
        }
        if Alone::is_too_much() {
            ALONE.set(None);
            return body(self.count());
        }
        let started = Instant::now();
        let result = body(1);
        Alone::note(started);
        result
    }

    /// How many threads would begin at once, the caller included.
    fn n_awake(&self) -> usize {
        let n_awake = |host: &RefCell<Option<Host>>| match &*host.borrow() {
            // Others have been there for a pool of another size.
            Some(host) if host.n_awake() > 1 && host.n_threads() == self.count() => host.n_awake(),
            _ => 1,
        };
        // When the thread ends, its host goes first.
        HOST.try_with(n_awake).unwrap_or(1)
    }

    /// Runs the tasks on this thread and on those that come to help.
    ///
    /// Nobody waits for a thread to wake up: if none comes before the last task is begun, the
    /// caller has done all of them, and has lost the time it takes to call for help.
    pub fn run(&self, tasks: Tasks, task: impl Fn(usize) + Sync) {
        // Asked first: to count the threads of a pool is to make it.
        if tasks.n_threads.min(tasks.count) < 2 {
            return tasks.run_alone(task);
        }
        let n_threads = self.count();
        if n_threads < 2 {
            return tasks.run_alone(task);
        }
        // Taken out while in use, should a task run tasks.
        let Ok(host) = HOST.try_with(RefCell::take) else { return tasks.run_alone(task) };
        let mut host = host.filter(|host| host.n_threads() == n_threads);
        host.get_or_insert_with(|| Host::new(n_threads, self.pools.n_processors())).run(
            tasks,
            &task,
            |helper| self.send(helper),
        );
        let _ = HOST.try_with(|place| place.replace(host));
    }

    /// Sends a helper to its host. Without a thread for it, it does not come.
    fn send(&self, helper: Helper) {
        match self.team {
            Team::Caller => {}
            Team::Current => rayon::spawn(move || helper.help()),
            Team::Own(n) => {
                if let Some(pool) = self.pools.own_pool(n) {
                    pool.spawn(move || helper.help());
                }
            }
        }
    }

    /// How many threads the system lets work at once.
    pub fn available(&self) -> usize {
        match self.team {
            Team::Own(n) if self.pools.may_have_threads() => {
                self.pools.own_pool(n).map_or(1, |pool| pool.current_num_threads().min(n))
            }
            Team::Current if self.pools.may_have_threads() => self.count(),
            Team::Caller | Team::Current | Team::Own(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, Expr, ExprInput, Settings, Value, eval, with_settings};
    use jitney_ir::graph::Op;
    use jitney_ir::ops::Call;
    use jitney_ir::{DType, Shape};
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    use std::sync::Arc;

    fn product(n: usize) -> Arc<Expr> {
        let shape = Shape::new(&[n, n]).expect("a shape");
        let value = || Value::from_vec(vec![1.0; n * n], &shape).expect("a value");
        let inputs = [value(), value()].map(|value| ExprInput::Node(Expr::value(value)));
        Expr::new(
            Op::Call(Call::MatMul {}),
            inputs.into_iter().collect(),
            DType::F64,
            shape.clone(),
        )
    }

    /// Requests that a server has a pool for. Every other one has just the memory that it needs,
    /// and waits for threads that meanwhile may begin with one that needs more and has no limit.
    #[test]
    fn limits_are_those_of_a_request_and_not_of_a_thread() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("threads");
        for threads in [None, Some(3)] {
            let request = |number: usize| {
                let limited =
                    Settings { max_memory: Some(150 * 150 * 8), threads, ..Settings::default() };
                let result = match number % 2 {
                    0 => with_settings(limited.clone(), || eval(&[&product(150)])),
                    _ => eval(&[&product(200)]),
                };
                assert_eq!(result.map_err(|error| error.kind()), Ok(()), "{number}");
                let refused = with_settings(limited, || eval(&[&product(151)]));
                assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::Memory));
            };
            pool.install(|| (0..600).into_par_iter().for_each(request));
        }
    }
}
