//! Library calls: which work a row of the table [`Call`] stands for.
//!
//! * `product.rs`: matrix products, done in [`super::product`];
//! * `sort.rs`: sorting along an axis; `rows.rs`: the rows along an axis in memory.
//!
//! A call reads operands of any strides and writes results that are C-contiguous and that nobody
//! else sees. Its bits are the same on any number of threads.

mod product;
mod rows;
mod sort;

use super::Workers;
use super::memory::{Budget, Memory};
use super::product::Team;
use crate::Error;
use crate::context::Stop;
use crate::reference::{Elements, Operand, Pace};
use jitney_ir::ops::Call;
use jitney_optimizer::LibraryCall;

/// A call that is to be run, and what there is for it.
struct Job<'a> {
    call: &'a LibraryCall,
    memory: &'a Memory<'a>,
    team: Team<'a>,
    budget: &'a mut Budget,
}

/// All results of a call, computed in the most obvious way.
type References = Result<Vec<Elements>, Error>;

/// What a row of the table does.
trait Library {
    /// Computes the results that are wanted.
    ///
    /// # Errors
    /// Memory that there is not, or if the evaluation is to stop.
    fn run(&self, job: Job<'_>) -> Result<(), Error>;

    /// What the results are by the reference.
    ///
    /// # Errors
    /// If the evaluation is to stop.
    fn reference(&self, operands: &[Operand<'_>], pace: &mut Pace<'_>) -> References;
}

/// Hands what a call does to somebody who needs it.
fn with_library<R>(call: Call, body: impl FnOnce(&dyn Library) -> R) -> R {
    match call {
        Call::MatMul {} => body(&product::Product),
        Call::Sort { axis } => body(&sort::Sort { axis }),
    }
}

/// Runs a library call of a plan.
pub(super) fn run(
    call: &LibraryCall,
    memory: &Memory<'_>,
    workers: &Workers,
    stop: &Stop,
    budget: &mut Budget,
) -> Result<(), Error> {
    let team = Team { workers, stop };
    with_library(call.call, |library| library.run(Job { call, memory, team, budget }))
}

/// The results of a library call, by the reference.
pub(crate) fn reference(call: Call, operands: &[Operand<'_>], pace: &mut Pace<'_>) -> References {
    with_library(call, |library| library.reference(operands, pace))
}
