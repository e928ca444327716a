//! Short rows that an operand repeats, joined to longer ones.
//!
//! In `(x - mean) / deviation` of many pixels, three colours each, `mean` has three elements that
//! every pixel reads: the loop along them is over before it has begun, and no vector is full.
//! So such an operand is copied a number of times next to each other, and as many rows become
//! one:
//!
//! ```text
//! x     x0 x1 x2 | x3 x4 x5 | x6 x7 x8 | …      x0 x1 x2 x3 x4 x5 x6 x7 x8 | …
//! mean  m0 m1 m2 | m0 m1 m2 | m0 m1 m2 | …      m0 m1 m2 m0 m1 m2 m0 m1 m2 | …
//! ```
//!
//! The kernel is the same, with other extents. Rows that are left over keep theirs.

use crate::plan::{Binding, BufferId, CallOperand, KernelCall, Place, Step};
use jitney_ir::DType;
use jitney_ir::kernel::{
    Access, AccessId, AccessKind, Kernel, Layout, Phase, Schedule, Scope, Sink, Source,
};
use jitney_ir::lanes::{Builder, LaneType};
use jitney_ir::shape::Dims;
use std::sync::Arc;

/// Most elements of a row that is joined with others. `(x - c) * c` of 3,000,000 `float64` takes
/// 0.33 ms joined, and else 3.1 in rows of 3, 0.72 in rows of 100 and 0.65 in rows of 300.
const MAX_ROW: usize = 512;

/// Elements of the rows that they become, or up to twice as many.
const JOINED: usize = 1024;

/// Elements of which the copies are worth their time.
const MIN_ELEMENTS: usize = 1 << 14;

/// Most operands that are copied: they are to stay in the cache.
const MAX_COPIES: usize = 4;

/// The steps with short rows joined; the copies have buffers of their own.
pub(super) fn join_rows(steps: Vec<Step>, sizes: &mut Vec<usize>) -> Vec<Step> {
    let mut joined = Vec::with_capacity(steps.len());
    for step in steps {
        match step {
            Step::Kernel(call) => join(call, sizes, &mut joined),
            Step::Library(_) => joined.push(step),
        }
    }
    joined
}

/// How an operand goes on from the end of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    /// With the next row.
    Follows,
    /// With the same row again.
    Repeats,
    /// With the same element.
    IsUniform,
}

fn join(call: KernelCall, sizes: &mut Vec<usize>, steps: &mut Vec<Step>) {
    let Some(rows) = rows(&call) else { return steps.push(Step::Kernel(call)) };
    let inner = call.extents.len() - 1;
    let (n_rows, n) = (call.extents[inner - 1], call.extents[inner]);
    let n_joined = n_joined(n_rows, n);
    let n_left = n_rows % n_joined;
    let mut main = call.clone();
    main.extents[inner - 1] = n_rows / n_joined;
    main.extents[inner] = n * n_joined;
    let mut left = call;
    left.extents[inner - 1] = n_left;
    for (number, row) in rows.into_iter().enumerate() {
        let operand = &mut main.operands[number];
        match row {
            Row::IsUniform => {}
            Row::Follows => {
                left.operands[number].offset +=
                    (n_rows - n_left) as isize * operand.strides[inner - 1];
                operand.strides[inner - 1] *= n_joined as isize;
            }
            Row::Repeats => {
                let dtype = main.kernel.accesses[number].dtype;
                let buffer = BufferId(sizes.len() as u32);
                sizes.push(n_joined * n * dtype.size());
                steps.push(Step::Kernel(copies(operand, dtype, [n_joined, n], buffer)));
                operand.binding = Binding::Array(Place::Buffer(buffer));
                operand.offset = 0;
            }
        }
    }
    steps.push(Step::Kernel(main));
    if n_left > 0 {
        steps.push(Step::Kernel(left));
    }
}

/// How each operand goes on after a row, if rows are short and can be joined.
fn rows(call: &KernelCall) -> Option<Vec<Row>> {
    let inner = call.extents.len().checked_sub(1).filter(|inner| *inner > 0)?;
    let (n_rows, n) = (call.extents[inner - 1], call.extents[inner]);
    if !call.is_elementwise() || n > MAX_ROW || n_rows.saturating_mul(n) < MIN_ELEMENTS {
        return None;
    }
    let row = |(access, operand): (&Access, &CallOperand)| {
        let (outer, unit) = (&operand.strides[..inner - 1], access.dtype.size() as isize);
        let is_load = access.kind == AccessKind::Load;
        match (operand.strides[inner - 1], operand.strides[inner]) {
            (0, 0) => Some(Row::IsUniform),
            (_, _) if access.kind == AccessKind::Index => None,
            (next, along) if along == unit && next == unit * n as isize => Some(Row::Follows),
            (0, along) if along == unit && is_load && outer.iter().all(|stride| *stride == 0) => {
                Some(Row::Repeats)
            }
            _ => None,
        }
    };
    let rows: Vec<Row> =
        call.kernel.accesses.iter().zip(&call.operands).map(row).collect::<Option<_>>()?;
    let n_copies = rows.iter().filter(|row| **row == Row::Repeats).count();
    (1..=MAX_COPIES).contains(&n_copies).then_some(rows)
}

/// How many rows become one: as many as leave none over, if there is such a number.
fn n_joined(n_rows: usize, n: usize) -> usize {
    let least = JOINED.div_ceil(n);
    (least..2 * least).find(|count| n_rows.is_multiple_of(*count)).unwrap_or(least)
}

/// Fills a buffer with copies of a row.
fn copies(row: &CallOperand, dtype: DType, extents: [usize; 2], buffer: BufferId) -> KernelCall {
    let mut b = Builder::new();
    let element = b.param(LaneType::of(dtype));
    let access = |kind| Access { kind, dtype, layout: Layout::Contiguous, shift: None };
    let phase = Phase {
        scope: Scope::Element,
        program: b.finish(&[element]),
        sources: vec![Source::Access(AccessId(0))],
        sinks: vec![Sink::Store(AccessId(1))],
    };
    let kernel = Kernel {
        schedule: Schedule::Rows,
        n_kept: 2,
        n_reduced: 0,
        accesses: vec![access(AccessKind::Load), access(AccessKind::Store)],
        row_values: Vec::new(),
        phases: vec![phase],
    };
    debug_assert_eq!(kernel.verify(), Ok(()), "{kernel}");
    let unit = dtype.size() as isize;
    let operand = |binding, offset, next| {
        let strides = Dims::from_slice(&[next, unit]);
        CallOperand { binding, offset, strides }
    };
    let to = Binding::Array(Place::Buffer(buffer));
    KernelCall {
        kernel: Arc::new(kernel),
        extents: Dims::from_slice(&extents),
        operands: vec![
            operand(row.binding, row.offset, 0),
            operand(to, 0, unit * extents[1] as isize),
        ],
        unrolled: Dims::new(),
        row_bytes: 0,
        nodes: Vec::new(),
    }
}
