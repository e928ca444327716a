//! Kernels that reduce: every reduction, dtype, schedule and way to split.

use super::harness::{Call, Random, check, compile, compiler, with_random_layouts};
use jitney_ir::kernel::{
    Access, AccessId, AccessKind, Kernel, Layout, Phase, RowValue, RowValueId, Schedule, Scope,
    Sink, Source,
};
use jitney_ir::lanes::{Builder, LaneType, Program, V};
use jitney_ir::ops::{Elementwise, Reduction};
use jitney_ir::{DType, Scalar};

/// Every reduction of every dtype for which it is defined.
fn all_reductions() -> Vec<(Reduction, DType)> {
    let pairs = Reduction::ALL.iter().flat_map(|op| DType::ALL.map(|dtype| (*op, dtype)));
    pairs.filter(|(op, dtype)| op.takes(*dtype)).collect()
}

fn identity(dtypes: &[DType]) -> Program {
    let mut b = Builder::new();
    let params: Vec<V> = dtypes.iter().map(|dtype| b.param(LaneType::of(*dtype))).collect();
    b.finish(&params)
}

/// Access 0 is a load, 1 a store, and those from 2 on are the further operands.
fn element_phase(op: Reduction, dtype: DType, first_row: usize) -> Phase {
    let access = |lane| AccessId(if lane == 0 { 0 } else { lane + 1 });
    let lanes = op.state(dtype);
    let numbers = 0..lanes.len() as u32;
    Phase {
        scope: Scope::Element,
        program: identity(&lanes),
        sources: numbers.clone().map(|lane| Source::Access(access(lane))).collect(),
        sinks: numbers.map(|lane| Sink::Row(RowValueId(first_row as u32 + lane))).collect(),
    }
}

fn row_phase(op: Reduction, dtype: DType, first_row: usize, store: usize) -> Phase {
    Phase {
        scope: Scope::Row,
        program: identity(&[op.result(dtype)]),
        sources: vec![Source::Row(RowValueId((first_row + op.result_lane()) as u32))],
        sinks: vec![Sink::Store(AccessId(store as u32))],
    }
}

/// Reduces a buffer and stores the row value.
fn reduction(
    op: Reduction,
    dtype: DType,
    schedule: Schedule,
    kept: usize,
    reduced: usize,
) -> Kernel {
    let access = |kind, dtype, layout| Access { kind, dtype, layout, shift: None };
    let store = match schedule {
        Schedule::Rows => Layout::Broadcast,
        Schedule::Columns => Layout::Contiguous,
    };
    let lanes = op.state(dtype);
    let mut accesses = vec![
        access(AccessKind::Load, dtype, Layout::Contiguous),
        access(AccessKind::Store, op.result(dtype), store),
    ];
    let index = access(AccessKind::Index, DType::I64, Layout::Contiguous);
    accesses.extend(lanes[1..].iter().map(|_| index));
    let kernel = Kernel {
        schedule,
        n_kept: kept,
        n_reduced: reduced,
        accesses,
        row_values: RowValue::state(op, dtype).collect(),
        phases: vec![element_phase(op, dtype, 0), row_phase(op, dtype, 0, 1)],
    };
    kernel.verify().expect("a kernel");
    kernel
}

const LENGTHS: [usize; 17] = [0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 100, 255, 256, 257, 1000, 5000];

#[test]
fn every_reduction_agrees_row_by_row() {
    for (op, dtype) in all_reductions() {
        let whole: Vec<[usize; 1]> = LENGTHS.iter().map(|n| [*n]).collect();
        let whole: Vec<&[usize]> = whole.iter().map(|e| e.as_slice()).collect();
        check(&reduction(op, dtype, Schedule::Rows, 0, 1), &whole, 1);
        let rows: &[&[usize]] = &[&[3, 300], &[0, 4], &[4, 0], &[5, 7], &[1, 1], &[2, 1024]];
        check(&reduction(op, dtype, Schedule::Rows, 1, 1), rows, 2);
    }
}

/// Reductions of one kind share what combines their blocks: two of them, a phase each and both in
/// one, with another kind beside them.
#[test]
fn reductions_of_one_kind_agree_row_by_row() {
    for (op, dtype) in all_reductions() {
        let mut kernel = reduction(op, dtype, Schedule::Rows, 1, 1);
        // The second phase reduces what two others would, too.
        let mut together: Option<Phase> = None;
        let mut results = Vec::new();
        for other in [op, op, Reduction::Max] {
            let (first, store) = (kernel.row_values.len(), kernel.accesses.len());
            kernel.row_values.extend(RowValue::state(other, dtype));
            kernel.accesses.push(Access { dtype: other.result(dtype), ..kernel.accesses[1] });
            let phase = element_phase(other, dtype, first);
            let sinks = phase.sinks.clone();
            results.extend(0..sinks.len());
            together.get_or_insert(Phase { sinks: Vec::new(), ..phase }).sinks.extend(sinks);
            kernel.phases.push(row_phase(other, dtype, first, store));
        }
        let mut together = together.expect("the first of three");
        let mut b = Builder::new();
        let params: Vec<V> = together.program.params.iter().map(|ty| b.param(*ty)).collect();
        let results: Vec<V> = results.into_iter().map(|number| params[number]).collect();
        together.program = b.finish(&results);
        kernel.phases.insert(2, together);
        kernel.verify().expect("a kernel");
        let rows: &[&[usize]] =
            &[&[3, 300], &[2, 0], &[0, 4], &[2, 256], &[2, 257], &[1, 1024], &[2, 5000], &[3, 9]];
        check(&kernel, rows, 4);
    }
}

/// Rare paths take one vector at a time, after which the accumulators have changed places: in the
/// middle of a row, at its end, or both. Of two zeros the order decides which is the maximum.
#[test]
fn rare_paths_leave_the_order_of_accumulators() {
    let mut random = Random(31);
    for dtype in [DType::F64, DType::F32] {
        for op in [Reduction::Max, Reduction::Min] {
            let mut kernel = reduction(op, dtype, Schedule::Rows, 0, 1);
            kernel.phases[0].program = Elementwise::Sin.program(&[dtype]);
            let compiled = compile(&kernel);
            let bits = |value: f64| Scalar::from_f64(dtype, value).bits;
            let rare = Scalar::from_f64(dtype, 1e22).bits;
            for n in (1..=140).chain([250, 256]) {
                for n_rare in [0, 1, 1, 2, 3] {
                    let zero = |_| random.pick(&[bits(0.0), bits(-0.0)]);
                    let mut elements: Vec<u64> = (0..n).map(zero).collect();
                    (0..n_rare).for_each(|_| elements[random.below(n)] = rare);
                    let mut call = Call::random(&kernel, &[n], &mut random);
                    call.fill(0, &elements);
                    call.check_all(&compiled);
                }
            }
        }
    }
}

#[test]
fn every_reduction_agrees_by_columns() {
    for (op, dtype) in all_reductions() {
        let extents: &[&[usize]] =
            &[&[5, 300], &[130, 17], &[1, 1], &[0, 3], &[3, 0], &[128, 33], &[300, 2], &[9, 2000]];
        check(&reduction(op, dtype, Schedule::Columns, 1, 1), extents, 3);
    }
}

/// A special value at each place of a row, and what is around it.
#[test]
fn extremes_find_nan_and_zeros_at_every_place() {
    let (zero, infinity) = (0.0, f64::INFINITY);
    // At the place, at another one, and elsewhere.
    let rows = [
        (f64::NAN, 1.0, 2.0),
        (f64::NAN, infinity, -infinity),
        (f64::NAN, f64::NAN, infinity),
        (f64::NAN, -infinity, f64::NAN),
        (zero, -zero, -1.0),
        (-zero, zero, -1.0),
        (zero, -zero, 1.0),
        (-zero, zero, 1.0),
        (zero, -zero, -zero),
        (-zero, zero, zero),
        (infinity, -infinity, 0.5),
        (-infinity, infinity, -infinity),
    ];
    for (op, dtype, schedule) in
        [Reduction::Max, Reduction::Min, Reduction::Argmax, Reduction::Argmin].into_iter().flat_map(
            |op| {
                [DType::F64, DType::F32].into_iter().flat_map(move |dtype| {
                    [Schedule::Rows, Schedule::Columns].map(|schedule| (op, dtype, schedule))
                })
            },
        )
    {
        let bits = |x: f64| match dtype {
            DType::F32 => u64::from((x as f32).to_bits()),
            _ => x.to_bits(),
        };
        let kernel = reduction(op, dtype, schedule, 1, 1);
        let compiled = compile(&kernel);
        // Interpreting states of several lanes takes long.
        let lengths: &[usize] = match op.n_lanes() {
            1 => &[1, 2, 16, 17, 63, 64, 129, 257, 300],
            _ => &[1, 2, 17, 64, 129],
        };
        for &n in lengths {
            let mut call = Call::random(&kernel, &[n, n], &mut Random(6));
            // Elements of different rows must not be the same one.
            for (special, other, rest) in rows {
                for row in 0..n {
                    (0..n).for_each(|place| call.set(0, &[row, place], bits(rest)));
                    call.set(0, &[row, (row * 7 + 3) % n], bits(other));
                    call.set(0, &[row, row], bits(special));
                }
                call.check_all(&compiled);
            }
        }
    }
}

/// Positions that are far from each other are taken fewer at a time.
#[test]
fn columns_with_long_strides_agree() {
    for dtype in [DType::F64, DType::F32] {
        let kernel = reduction(Reduction::Sum, dtype, Schedule::Columns, 1, 1);
        check(&kernel, &[&[4200, 140], &[2000, 140]], 11);
    }
}

#[test]
fn several_axes_and_layouts_agree() {
    let mut random = Random(4);
    let extents: [(Schedule, usize, usize, &[&[usize]]); 7] = [
        (Schedule::Rows, 0, 2, &[&[7, 100], &[300, 3], &[1, 1], &[0, 5], &[5, 0], &[2, 700]]),
        (Schedule::Rows, 0, 3, &[&[3, 5, 40], &[20, 20, 1], &[2, 300, 3]]),
        (Schedule::Rows, 2, 2, &[&[2, 3, 4, 100], &[1, 2, 40, 9]]),
        (Schedule::Rows, 3, 1, &[&[2, 2, 2, 270], &[2, 0, 2, 5]]),
        (Schedule::Columns, 1, 2, &[&[20, 3, 100], &[150, 20, 2]]),
        (Schedule::Columns, 2, 1, &[&[3, 20, 300], &[2, 140, 10]]),
        (Schedule::Columns, 3, 2, &[&[2, 2, 9, 3, 120]]),
    ];
    for (schedule, kept, reduced, extents) in extents {
        for (op, dtype) in [
            (Reduction::Argmax, DType::F64),
            (Reduction::Argmin, DType::I16),
            (Reduction::Argmax, DType::Bool),
            (Reduction::Sum, DType::F64),
            (Reduction::Sum, DType::F32),
            (Reduction::Max, DType::I8),
            (Reduction::Min, DType::F32),
            (Reduction::Any, DType::Bool),
        ] {
            let kernel = reduction(op, dtype, schedule, kept, reduced);
            for round in 0..4 {
                check(&with_random_layouts(&kernel, &mut random), extents, round);
            }
        }
    }
}

#[test]
fn any_split_gives_the_same_bits() {
    for (schedule, kept) in [(Schedule::Rows, 0), (Schedule::Rows, 1), (Schedule::Columns, 1)] {
        for op in [Reduction::Sum, Reduction::Argmax] {
            let kernel = reduction(op, DType::F32, schedule, kept, 1);
            let compiled = compiler().compile(&kernel).expect("compiles");
            let mut random = Random(9);
            for n in [0, 1, 255, 256, 257, 513, 1024, 2049, 4000, 9000] {
                let extents = if kept == 0 { vec![n] } else { vec![3, n] };
                let call = Call::random(&kernel, &extents, &mut random);
                for blocks in [1, 2, 4, 8, 16, 64] {
                    call.check_split(&compiled, blocks);
                }
            }
        }
    }
}

/// Kernels in which more happens than one reduction.
const KERNELS: &[(&str, &str)] = &[
    (
        "softmax without its exponential: three phases over a row",
        "kernel rows kept=1 reduced=1 {
          a0 = load f64 contiguous
          a1 = store f64 contiguous
          r0 = max f64
          r1 = sum f64
          element (a0) -> (r0) lanes(f64) { v0 = param 0 : f64 return v0 }
          element (a0, r0) -> (r1) lanes(f64, f64) {
            v0 = param 0 : f64 v1 = param 1 : f64 v2 = fsub v0, v1 : f64
            v3 = fmul v2, v2 : f64 return v3 }
          element (a0, r0, r1) -> (a1) lanes(f64, f64, f64) {
            v0 = param 0 : f64 v1 = param 1 : f64 v2 = param 2 : f64
            v3 = fsub v0, v1 : f64 v4 = fdiv v3, v2 : f64 v5 = fsqrt v1 : f64
            v6 = fadd v4, v5 : f64 return v6 }
        }",
    ),
    (
        "the sum of a first phase, read by a second and a third one and by a row phase",
        "kernel rows kept=1 reduced=1 {
          a0 = load f32 contiguous
          a1 = store f32 contiguous
          a2 = store f32 broadcast
          r0 = sum f32
          r1 = prod f32
          element (a0) -> (r0) lanes(f32) { v0 = param 0 : f32 return v0 }
          element (a0, r0) -> (r1) lanes(f32, f32) {
            v0 = param 0 : f32 v1 = param 1 : f32 v2 = fdiv v0, v1 : f32 return v2 }
          element (a0, r0) -> (a1) lanes(f32, f32) {
            v0 = param 0 : f32 v1 = param 1 : f32 v2 = fsub v0, v1 : f32 return v2 }
          row (r0, r1) -> (a2) lanes(f32, f32) {
            v0 = param 0 : f32 v1 = param 1 : f32 v2 = fadd v0, v1 : f32 return v2 }
        }",
    ),
    (
        "mean and two sums of different dtypes, with a row phase in between",
        "kernel rows kept=1 reduced=2 {
          a0 = load f32 strided
          a1 = load i16 contiguous
          a2 = load f32 broadcast
          a3 = store f32 broadcast
          a4 = store i64 broadcast
          a5 = store bool broadcast
          r0 = sum f32
          r1 = sum i64
          r2 = any bool
          element (a0, a1, a2) -> (r0, r1, r2) lanes(f32, i16, f32) {
            v0 = param 0 : f32 v1 = param 1 : i16 v2 = param 2 : f32
            v3 = fmul v0, v2 : f32 v4 = sext v1 : i64 v5 = flt v2, v0 : bool return v3, v4, v5 }
          row (r0, r1) -> (a3, a4) lanes(f32, i64) {
            v0 = param 0 : f32 v1 = param 1 : i64 v2 = stof v1 : f32 v3 = fdiv v0, v2 : f32
            return v3, v1 }
          row (r2) -> (a5) lanes(bool) { v0 = param 0 : bool v1 = not v0 : bool return v1 }
        }",
    ),
    (
        "a store beside a reduction, a row store before it, and an index",
        "kernel rows kept=1 reduced=1 {
          a0 = load i32 contiguous
          a1 = index i64 contiguous
          a2 = store i64 contiguous
          a3 = store i64 broadcast
          a4 = store i64 broadcast
          r0 = max i64
          row (a1) -> (a3) lanes(i64) { v0 = param 0 : i64 return v0 }
          element (a0, a1) -> (a2, r0) lanes(i32, i64) {
            v0 = param 0 : i32 v1 = param 1 : i64 v2 = sext v0 : i64 v3 = imul v2, v1 : i64
            return v3, v2 }
          row (r0) -> (a4) lanes(i64) { v0 = param 0 : i64 return v0 }
        }",
    ),
    (
        "all of a comparison, with a division too large for registers",
        "kernel rows kept=0 reduced=1 {
          a0 = load i8 contiguous
          a1 = load i8 strided
          a2 = store bool broadcast
          r0 = all bool
          r1 = min i8
          element (a0, a1) -> (r0, r1) lanes(i8, i8) {
            v0 = param 0 : i8 v1 = param 1 : i8 v2 = sdiv v0, v1 : i8 v3 = srem v0, v1 : i8
            v4 = imul v2, v1 : i8 v5 = iadd v4, v3 : i8 v6 = ieq v5, v0 : bool
            return v6, v2 }
          row (r0, r1) -> (a2) lanes(bool, i8) {
            v0 = param 0 : bool v1 = param 1 : i8 v2 = const 0x0 : i8 v3 = slt v1, v2 : bool
            v4 = or v0, v3 : bool return v4 }
        }",
    ),
    (
        "columns of two values with a store and row phases over them",
        "kernel columns kept=2 reduced=1 {
          a0 = load f64 contiguous
          a1 = load f64 broadcast
          a2 = store f64 contiguous
          a3 = store f64 strided
          a4 = store bool contiguous
          r0 = sum f64
          r1 = any bool
          element (a0, a1) -> (r0, a2, r1) lanes(f64, f64) {
            v0 = param 0 : f64 v1 = param 1 : f64 v2 = fmul v0, v1 : f64
            v3 = flt v0, v1 : bool return v2, v0, v3 }
          row (r0, r1, a1) -> (a3, a4) lanes(f64, bool, f64) {
            v0 = param 0 : f64 v1 = param 1 : bool v2 = param 2 : f64
            v3 = fadd v0, v2 : f64 return v3, v1 }
        }",
    ),
    (
        "a standardized row: values that row phases keep for later elements",
        "kernel rows kept=1 reduced=1 {
          a0 = load f64 contiguous
          a1 = load f64 broadcast
          a2 = store f64 contiguous
          a3 = store f64 broadcast
          r0 = sum f64
          r1 = kept f64
          r2 = sum f64
          r3 = kept f64
          r4 = kept bool
          element (a0) -> (r0) lanes(f64) { v0 = param 0 : f64 return v0 }
          row (r0, a1) -> (r1) lanes(f64, f64) {
            v0 = param 0 : f64 v1 = param 1 : f64 v2 = fdiv v0, v1 : f64 return v2 }
          element (a0, r1) -> (r2) lanes(f64, f64) {
            v0 = param 0 : f64 v1 = param 1 : f64 v2 = fsub v0, v1 : f64
            v3 = fmul v2, v2 : f64 return v3 }
          row (r2, r1) -> (r3, a3, r4) lanes(f64, f64) {
            v0 = param 0 : f64 v1 = param 1 : f64 v2 = fsqrt v0 : f64 v3 = flt v0, v1 : bool
            return v2, v1, v3 }
          element (a0, r1, r3, r4) -> (a2) lanes(f64, f64, f64, bool) {
            v0 = param 0 : f64 v1 = param 1 : f64 v2 = param 2 : f64 v3 = param 3 : bool
            v4 = fsub v0, v1 : f64 v5 = fdiv v4, v2 : f64 v6 = select v3, v5, v0 : f64
            return v6 }
        }",
    ),
    (
        "the same by columns, in single precision",
        "kernel columns kept=1 reduced=2 {
          a0 = load f32 contiguous
          a1 = load f32 broadcast
          a2 = store f32 contiguous
          a3 = store f32 contiguous
          r0 = sum f32
          r1 = kept f32
          r2 = max f32
          r3 = kept bool
          element (a0) -> (r0) lanes(f32) { v0 = param 0 : f32 return v0 }
          row (r0, a1) -> (r1) lanes(f32, f32) {
            v0 = param 0 : f32 v1 = param 1 : f32 v2 = fdiv v0, v1 : f32 return v2 }
          element (a0, r1) -> (r2) lanes(f32, f32) {
            v0 = param 0 : f32 v1 = param 1 : f32 v2 = fsub v0, v1 : f32 return v2 }
          row (r2, r1) -> (r3, a3) lanes(f32, f32) {
            v0 = param 0 : f32 v1 = param 1 : f32 v2 = flt v1, v0 : bool return v2, v0 }
          element (a0, r1, r2, r3) -> (a2) lanes(f32, f32, f32, bool) {
            v0 = param 0 : f32 v1 = param 1 : f32 v2 = param 2 : f32 v3 = param 3 : bool
            v4 = fsub v0, v1 : f32 v5 = fdiv v4, v2 : f32 v6 = select v3, v5, v0 : f32
            return v6 }
        }",
    ),
];

#[test]
fn richer_kernels_agree() {
    for (what, text) in KERNELS {
        let kernel = Kernel::parse(text).unwrap_or_else(|error| panic!("{what}: {error}"));
        let shapes: &[&[usize]] = match kernel.rank() {
            1 => &[&[0], &[1], &[15], &[16], &[257], &[3000]],
            2 => &[&[3, 0], &[3, 1], &[2, 17], &[4, 256], &[2, 700], &[0, 5], &[150, 9]],
            _ => &[&[2, 3, 100], &[3, 150, 17], &[1, 1, 1], &[2, 0, 4], &[2, 4, 0], &[2, 9, 300]],
        };
        for seed in 0..3 {
            check(&kernel, shapes, seed);
        }
    }
}
