//! What must hold of a kernel.
//!
//! * Each phase's program verifies; its sources and sinks match its parameters and results
//!   in number and lane type.
//! * Accesses and row values that are named exist. Loads and indices are only sources,
//!   stores only sinks; an index is of dtype `int64`.
//! * An access that is [`Layout::Next`] comes after a strided one of the same kind and dtype, no
//!   index.
//! * What a load is shifted against is not shifted itself: both are contiguous loads of one
//!   dtype, in a kernel without reduced axes.
//! * A row value is computed by exactly one phase, and only later phases read it: an element
//!   phase if it has a reduction, else a row phase.
//! * The lanes of a reduction's state are row values that follow each other, of dtypes that the
//!   reduction takes, and so are the sinks of the phase that hands them out.
//! * Without reduced axes there is one phase, over elements, and no row value.
//! * [`Schedule::Columns`] has kept and reduced axes.

use super::{
    Access, AccessKind, Kernel, Layout, Phase, RowValue, Schedule, Scope, Shift, Sink, Source,
};
use crate::dtype::DType;
use crate::lanes::{LaneType, ValueId};
use std::fmt;

/// The first broken invariant of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError(pub String);

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for VerifyError {}

macro_rules! ensure {
    ($cond:expr, $($message:tt)*) => {
        if !$cond {
            return Err(VerifyError(format!($($message)*)));
        }
    };
}

impl Kernel {
    /// Checks the module's invariants.
    ///
    /// # Errors
    /// The first one that is broken.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.verify_form()?;
        for access in &self.accesses {
            let is_index = access.kind == AccessKind::Index;
            ensure!(!is_index || access.dtype == DType::I64, "an index operand is an i64");
        }
        for (number, access) in self.accesses.iter().enumerate() {
            let is_next = access.layout == Layout::Next;
            ensure!(!is_next || self.may_follow(number), "a{number} comes next to nothing");
        }
        self.verify_shifts()?;
        self.verify_states()?;
        // Phases run in order, each over all elements of a row before the next starts: what a phase
        // reads must be known before it, not merely somewhere.
        let mut known = vec![false; self.row_values.len()];
        for (number, phase) in self.phases.iter().enumerate() {
            self.verify_phase(phase, &mut known)
                .map_err(|error| VerifyError(format!("phase {number}: {error}")))?;
        }
        ensure!(known.iter().all(|k| *k), "a row value is never computed");
        Ok(())
    }

    /// Whether the elements of an access may lie behind those of the one before.
    fn may_follow(&self, number: usize) -> bool {
        let before = number.checked_sub(1).map(|before| self.accesses[before]);
        let access = self.accesses[number];
        before.is_some_and(|before| {
            let is_strided = matches!(before.layout, Layout::Strided | Layout::Next);
            let is_alike = (before.kind, before.dtype) == (access.kind, access.dtype);
            is_strided && is_alike && access.kind != AccessKind::Index
        })
    }

    fn verify_shifts(&self) -> Result<(), VerifyError> {
        for (number, access) in self.accesses.iter().enumerate() {
            let Some(Shift { of, by }) = access.shift else { continue };
            let load = Access {
                kind: AccessKind::Load,
                dtype: access.dtype,
                layout: Layout::Contiguous,
                shift: None,
            };
            ensure!(by > 0, "a{number} is shifted by nothing");
            ensure!(self.n_reduced == 0, "a{number} is shifted in a kernel that reduces");
            ensure!(Access { shift: None, ..*access } == load, "a{number} cannot be shifted");
            let other = self.accesses.get(of.0 as usize);
            ensure!(other == Some(&load), "a{number} is no shift of a{}", of.0);
        }
        Ok(())
    }

    fn verify_states(&self) -> Result<(), VerifyError> {
        let mut rest = self.row_values.as_slice();
        while let Some(first) = rest.first() {
            let number = self.row_values.len() - rest.len();
            ensure!(first.n_lanes() <= rest.len(), "lanes of the state at r{number} are missing");
            let (state, others) = rest.split_at(first.n_lanes());
            let expected: Vec<RowValue> = match first.reduction {
                Some(reduction) => RowValue::state(reduction, first.dtype).collect(),
                None => vec![RowValue::kept(first.dtype)],
            };
            ensure!(state == expected, "r{number} begins no state of lanes in order");
            let takes = first.reduction.is_none_or(|reduction| reduction.takes(first.dtype));
            ensure!(takes, "the reduction at r{number} takes no {}", first.dtype.short());
            rest = others;
        }
        Ok(())
    }

    /// Whether each sink that is a further lane of a state follows the lane before.
    fn verify_order(&self, sinks: &[Sink]) -> Result<(), VerifyError> {
        let mut wanted = None;
        for sink in sinks {
            let id = match *sink {
                Sink::Row(id) => Some(id.0),
                Sink::Store(_) => None,
            };
            let row = id.and_then(|id| self.row_values.get(id as usize));
            let is_later = row.is_some_and(|row| row.lane > 0);
            ensure!(!is_later && wanted.is_none() || id == wanted, "lanes of a state out of order");
            let is_last = row.is_none_or(|row| row.lane as usize + 1 == row.n_lanes());
            wanted = if is_last { None } else { id.map(|id| id + 1) };
        }
        ensure!(wanted.is_none(), "lanes of a state are missing");
        Ok(())
    }

    fn verify_form(&self) -> Result<(), VerifyError> {
        let n_element = self.phases.iter().filter(|phase| phase.scope == Scope::Element).count();
        // Without a reduction nothing waits for anything: one pass does all there is to do.
        if self.n_reduced == 0 {
            ensure!(self.schedule == Schedule::Rows, "columns without a reduced axis");
            ensure!(self.phases.len() == 1 && n_element == 1, "elementwise kernels have one phase");
            ensure!(self.row_values.is_empty(), "a row value without a reduced axis");
        }
        if self.schedule == Schedule::Columns {
            ensure!(self.n_kept > 0, "columns without a kept axis");
        }
        Ok(())
    }

    fn verify_phase(&self, phase: &Phase, known: &mut [bool]) -> Result<(), VerifyError> {
        phase.program.verify().map_err(|error| VerifyError(error.to_string()))?;
        let (params, results) = (&phase.program.params, &phase.program.results);
        ensure!(params.len() == phase.sources.len(), "a source for every parameter");
        ensure!(results.len() == phase.sinks.len(), "a sink for every result");
        for (source, ty) in phase.sources.iter().zip(params) {
            self.verify_source(*source, *ty, known)?;
        }
        self.verify_order(&phase.sinks)?;
        for (sink, value) in phase.sinks.iter().zip(results) {
            self.verify_sink(*sink, phase, *value, known)?;
        }
        Ok(())
    }

    fn verify_source(
        &self,
        source: Source,
        ty: LaneType,
        known: &[bool],
    ) -> Result<(), VerifyError> {
        let dtype = match source {
            Source::Access(id) => {
                let access = self.accesses.get(id.0 as usize);
                ensure!(
                    access.is_some_and(|a| a.kind != AccessKind::Store),
                    "a{} is no source",
                    id.0
                );
                self.access(id).dtype
            }
            Source::Row(id) => {
                let is_known = known.get(id.0 as usize).copied().unwrap_or(false);
                ensure!(is_known, "r{} is read before it is computed", id.0);
                self.row_values[id.0 as usize].dtype
            }
        };
        ensure!(LaneType::of(dtype) == ty, "a {} is read as {}", dtype.short(), ty.name());
        Ok(())
    }

    fn verify_sink(
        &self,
        sink: Sink,
        phase: &Phase,
        value: ValueId,
        known: &mut [bool],
    ) -> Result<(), VerifyError> {
        let dtype = match sink {
            Sink::Store(id) => {
                let access = self.accesses.get(id.0 as usize);
                ensure!(
                    access.is_some_and(|a| a.kind == AccessKind::Store),
                    "a{} is no sink",
                    id.0
                );
                self.access(id).dtype
            }
            Sink::Row(id) => {
                let Some(row) = self.row_values.get(id.0 as usize) else {
                    return Err(VerifyError(format!("there is no r{}", id.0)));
                };
                // What is reduced comes out of every element, anything else once out of a row.
                let scope = if row.reduction.is_some() { Scope::Element } else { Scope::Row };
                ensure!(phase.scope == scope, "r{} is computed by the wrong kind of phase", id.0);
                let known = &mut known[id.0 as usize];
                // Emitters keep row values in registers that are written once.
                ensure!(!*known, "r{} is computed twice", id.0);
                *known = true;
                self.row_values[id.0 as usize].dtype
            }
        };
        let ty = phase.program.ty(value);
        ensure!(LaneType::of(dtype) == ty, "a {} is kept as {}", ty.name(), dtype.short());
        Ok(())
    }
}
