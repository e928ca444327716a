//! How many nodes may be made.
//!
//! Who builds graphs on behalf of others, from text for one, does so within a budget. Every
//! node is charged to it where it is made, whatever function makes it, and beyond it nodes are
//! failed ones that say so.
//!
//! The budget is its thread's. To make a node is to wait for nothing, and a thread that evaluates
//! something does nothing else meanwhile, so that between the nodes of a body there are no others.

use crate::{Error, ErrorKind, Expr};
use std::cell::Cell;
use std::sync::Arc;

thread_local! {
    static ALLOWANCE: Cell<Allowance> = const { Cell::new(Allowance::UNLIMITED) };
}

/// Nodes that a thread may make.
#[derive(Clone, Copy)]
struct Allowance {
    left: usize,
    all: usize,
}

impl Allowance {
    /// More than memory holds.
    const UNLIMITED: Allowance = Allowance { left: usize::MAX, all: usize::MAX };
}

/// Runs `body`, in which this thread may make so many nodes: one for each operation on arrays,
/// and one for each cast and broadcast that an operation needs. What would be one more is an
/// array that remembers an error of [`ErrorKind::Memory`], and so is all that is made of it.
///
/// A budget within another one is charged to both. Nodes that tasks of the body's make on other
/// threads are not counted; a body that waits for tasks itself, by `rayon::join` for one, is
/// charged for what its thread makes meanwhile.
pub fn with_node_budget<R>(n_nodes: usize, body: impl FnOnce() -> R) -> R {
    /// Charges the outer budget with what has been spent, also when the body panics.
    struct Restore {
        outer: Allowance,
        all: usize,
    }
    impl Drop for Restore {
        fn drop(&mut self) {
            let spent = self.all - ALLOWANCE.get().left;
            ALLOWANCE.set(Allowance { left: self.outer.left - spent, ..self.outer });
        }
    }
    let outer = ALLOWANCE.get();
    let all = n_nodes.min(outer.left);
    ALLOWANCE.set(Allowance { left: all, all });
    let _restore = Restore { outer, all };
    body()
}

/// Charges a node that is about to be made; `false` if there may be no more.
#[inline]
pub(crate) fn charge() -> bool {
    ALLOWANCE.with(|allowance| {
        let Allowance { left, all } = allowance.get();
        if left == 0 {
            return false;
        }
        allowance.set(Allowance { left: left - 1, all });
        true
    })
}

/// What stands for a node for which nothing is left. Out of the way of those for which there is.
#[cold]
#[inline(never)]
pub(crate) fn exhausted() -> Arc<Expr> {
    let all = ALLOWANCE.get().all;
    let message = format!("more than {all} operations on arrays: that is all that there may be");
    Expr::failed(Error::nowhere(ErrorKind::Memory, "graph", message))
}

#[cfg(test)]
mod tests {
    use super::{charge, with_node_budget};

    fn n_charged(most: usize) -> usize {
        (0..most).take_while(|_| charge()).count()
    }

    #[test]
    fn budgets_nest_and_come_back() {
        with_node_budget(10, || {
            assert_eq!(n_charged(3), 3);
            with_node_budget(4, || assert_eq!(n_charged(100), 4));
            // What is within it cannot be given more than there is.
            with_node_budget(100, || assert_eq!(n_charged(2), 2));
            assert_eq!(n_charged(100), 1);
        });
        assert_eq!(n_charged(100), 100);
        let panicked = std::panic::catch_unwind(|| with_node_budget(1, || panic!("within")));
        assert!(panicked.is_err());
        assert_eq!(n_charged(100), 100);
    }
}
