//! Long programs, which run in pieces: chains of functions with everything that may have to pass
//! from one piece to a later one, or must not.

use super::harness::{Call, Random, compile, with_random_layouts};
use super::{dtype_of, elementwise};
use jitney_codegen::Emitters;
use jitney_ir::kernel::{
    Access, AccessId, AccessKind, Kernel, Layout, Phase, RowValue, RowValueId, Schedule, Scope,
    Sink, Source,
};
use jitney_ir::lanes::{Builder, LaneType, Program, V};
use jitney_ir::ops::{Elementwise, Reduction};

/// Functions with and without rare paths, divisions and lanes of integers.
const FUNCTIONS: [Elementwise; 12] = [
    Elementwise::Exp,
    Elementwise::Log,
    Elementwise::Sin,
    Elementwise::Tan,
    Elementwise::Tanh,
    Elementwise::Erf,
    Elementwise::Arctan,
    Elementwise::Cbrt,
    Elementwise::Expm1,
    Elementwise::Log1p,
    Elementwise::Arcsinh,
    Elementwise::Rint,
];

const FUNCTIONS_OF_TWO: [Elementwise; 3] =
    [Elementwise::Arctan2, Elementwise::Hypot, Elementwise::Fmod];

/// A chain of functions of `x` that meets `y` on the way. What is computed early is read late: a
/// float, a bool and an integer. So are `x` itself, of which a result may have taken the place,
/// and a value that only depends on `y`.
fn chain(random: &mut Random, ty: LaneType) -> Program {
    let dtypes = [dtype_of(ty); 2];
    let mut b = Builder::new();
    let (x, y) = (b.param(ty), b.param(ty));
    let of_y = Elementwise::Sqrt.build(&mut b, &dtypes[..1], &[y]);
    let early = Elementwise::Exp2.build(&mut b, &dtypes[..1], &[x]);
    let is_less = b.flt(early, of_y);
    let bits = if ty == LaneType::F64 { LaneType::I64 } else { LaneType::I32 };
    let bits = b.bitcast(bits, early);
    let mut value: V = early;
    for _ in 0..4 + random.below(5) {
        value = match random.below(4) {
            0 => random.pick(&FUNCTIONS_OF_TWO).build(&mut b, &dtypes, &[value, y]),
            _ => random.pick(&FUNCTIONS).build(&mut b, &dtypes[..1], &[value]),
        };
    }
    let late = b.fadd(value, x);
    let late = b.fmul(late, of_y);
    let chosen = b.select(is_less, late, early);
    let one = b.int(bits.ty, 1);
    let next = b.iadd(bits, one);
    let not = b.not(is_less);
    b.finish(&[chosen, next, not, early])
}

/// How many kernels were compiled to more than one wide function.
#[derive(Default)]
struct Cut(usize);

impl Cut {
    /// Checks a kernel with every emitter.
    fn check(&mut self, kernel: &Kernel, extents: &[&[usize]], random: &mut Random) {
        let compiled = compile(kernel);
        self.0 += usize::from(compiled.iter().any(|code| code.wide_lanes().len() > 1));
        for extents in extents {
            Call::random(kernel, extents, random).check_all(&compiled);
        }
    }

    /// Asserts that so many were, where any can be.
    fn assert(&self, least: usize) {
        let has_wide = Emitters::available().len() > 1;
        assert!(!has_wide || self.0 >= least, "only {} kernels are in pieces", self.0);
    }
}

#[test]
fn chains_agree_at_every_length() {
    let mut random = Random(31);
    let mut cut = Cut::default();
    for round in 0..16 {
        let ty = [LaneType::F64, LaneType::F32][round % 2];
        let kernel = elementwise(chain(&mut random, ty), 1);
        cut.check(&kernel, &[&[0], &[1], &[13], &[255], &[512], &[1025]], &mut random);
    }
    cut.assert(10);
}

#[test]
fn chains_agree_in_every_layout_and_rank() {
    let mut random = Random(32);
    let extents: [&[&[usize]]; 3] = [&[&[300], &[70]], &[&[3, 150], &[40, 5]], &[&[2, 3, 70]]];
    for round in 0..36 {
        let ty = [LaneType::F64, LaneType::F32][round % 2];
        let rank = round % 3;
        let kernel = elementwise(chain(&mut random, ty), rank + 1);
        let kernel = with_random_layouts(&kernel, &mut random);
        Cut::default().check(&kernel, extents[rank], &mut random);
    }
}

/// A kernel that reduces the floats of a chain and stores the rest.
fn reducing(program: Program, schedule: Schedule) -> Kernel {
    let float = program.params[0];
    let access = |kind, ty, layout| Access { kind, dtype: dtype_of(ty), layout, shift: None };
    let mut accesses: Vec<Access> = (program.params.iter())
        .map(|ty| access(AccessKind::Load, *ty, Layout::Contiguous))
        .collect();
    let sources = (0..accesses.len() as u32).map(|id| Source::Access(AccessId(id))).collect();
    let mut row_values = Vec::new();
    let mut sinks = Vec::new();
    for result in &program.results {
        let ty = program.ty(*result);
        if ty == float {
            let reduction = [Reduction::Sum, Reduction::Max][row_values.len() % 2];
            sinks.push(Sink::Row(RowValueId(row_values.len() as u32)));
            row_values.extend(RowValue::state(reduction, dtype_of(ty)));
        } else {
            sinks.push(Sink::Store(AccessId(accesses.len() as u32)));
            accesses.push(access(AccessKind::Store, ty, Layout::Contiguous));
        }
    }
    let mut b = Builder::new();
    let rows: Vec<V> = row_values.iter().map(|_| b.param(float)).collect();
    let layout = match schedule {
        Schedule::Rows => Layout::Broadcast,
        Schedule::Columns => Layout::Contiguous,
    };
    let n_rows = row_values.len() as u32;
    let first_store = accesses.len() as u32;
    accesses.extend((0..n_rows).map(|_| access(AccessKind::Store, float, layout)));
    let store = |row: u32| Sink::Store(AccessId(first_store + row));
    let of_rows = Phase {
        scope: Scope::Row,
        program: b.finish(&rows),
        sources: (0..n_rows).map(|row| Source::Row(RowValueId(row))).collect(),
        sinks: (0..n_rows).map(store).collect(),
    };
    let of_elements = Phase { scope: Scope::Element, program, sources, sinks };
    let phases = vec![of_elements, of_rows];
    Kernel { schedule, n_kept: 1, n_reduced: 1, accesses, row_values, phases }
}

#[test]
fn reductions_of_chains_agree() {
    let mut random = Random(33);
    let mut cut = Cut::default();
    for round in 0..12 {
        let ty = [LaneType::F64, LaneType::F32][round % 2];
        let schedule = [Schedule::Rows, Schedule::Columns][round / 2 % 2];
        let kernel = reducing(chain(&mut random, ty), schedule);
        assert_eq!(kernel.verify(), Ok(()), "{kernel}");
        cut.check(&kernel, &[&[2, 0], &[3, 40], &[1, 600], &[70, 18]], &mut random);
    }
    cut.assert(6);
}
