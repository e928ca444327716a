//! Rows with operands that are the same along each of them: such operands change from row to
//! row, or along one outer axis only, or never, and all of that within one kernel.

use super::harness::{Call, Random, compile};
use super::{elementwise, formulas, random_program};
use jitney_codegen::Emitters;
use jitney_ir::kernel::{AccessKind, Kernel, Layout};
use jitney_ir::lanes::{Builder, LaneOp, LaneType};

/// Extents by rank; some rows are empty, and some axes have no row.
const EXTENTS: [&[&[usize]]; 3] = [
    &[&[3, 17], &[1, 40], &[5, 1], &[0, 4], &[4, 0], &[9, 70]],
    &[&[2, 3, 9], &[3, 1, 33], &[1, 4, 16], &[2, 0, 5], &[1, 1, 1]],
    &[&[2, 3, 2, 11], &[1, 2, 1, 40], &[3, 2, 3, 4]],
];

/// The kernel with some loads the same along rows, and few strided.
fn with_uniform_loads(kernel: &Kernel, random: &mut Random) -> Kernel {
    let mut kernel = kernel.clone();
    for access in kernel.accesses.iter_mut().filter(|a| a.kind != AccessKind::Store) {
        access.layout = match random.below(8) {
            0..4 => Layout::Broadcast,
            4 => Layout::Strided,
            _ => Layout::Contiguous,
        };
    }
    kernel
}

/// Runs the kernel with loads in several layouts. What is the same along rows moves along all
/// outer axes, or each on its own stays where it is along any of them, or all stay along all.
/// Returns how many times a wide function was compiled for a kernel with such loads.
fn check_layouts(
    kernel: &Kernel,
    extents: &[&[usize]],
    rounds: usize,
    random: &mut Random,
) -> usize {
    let mut n_wide = 0;
    for _ in 0..rounds {
        let kernel = with_uniform_loads(kernel, random);
        let uniform: Vec<usize> = (0..kernel.accesses.len())
            .filter(|access| kernel.accesses[*access].layout == Layout::Broadcast)
            .collect();
        let compiled = compile(&kernel);
        let is_wide = compiled.iter().any(|compiled| !compiled.wide_lanes().is_empty());
        n_wide += usize::from(is_wide && !uniform.is_empty());
        for extents in extents {
            let mut call = Call::random(&kernel, extents, random);
            call.check_all(&compiled);
            let outer = 0..extents.len() - 1;
            for (access, axis) in uniform.iter().flat_map(|a| outer.clone().map(move |i| (*a, i))) {
                if random.below(2) == 0 {
                    call.stay(access, axis);
                }
            }
            call.check_all(&compiled);
            uniform
                .iter()
                .for_each(|access| outer.clone().for_each(|axis| call.stay(*access, axis)));
            call.check_all(&compiled);
        }
    }
    n_wide
}

/// Asserts that so many kernels were wide, where any can be.
fn assert_wide(n_wide: usize, least: usize) {
    assert!(n_wide >= least || Emitters::available().len() == 1, "only {n_wide} kernels are wide");
}

#[test]
fn formulas_agree() {
    let mut random = Random(21);
    let mut n_wide = 0;
    for program in formulas() {
        for (outer, extents) in EXTENTS.iter().enumerate() {
            let kernel = elementwise(program.clone(), outer + 2);
            n_wide += check_layouts(&kernel, extents, 12, &mut random);
        }
    }
    assert_wide(n_wide, 60);
}

#[test]
fn random_programs_agree() {
    use LaneOp::*;
    let left_out = [Param, Const, FRem, SDiv, UDiv, SRem, URem, IPow, UGcd, Popcnt];
    let ops: Vec<LaneOp> =
        LaneOp::ALL.iter().copied().filter(|op| !left_out.contains(op)).collect();
    let mut random = Random(22);
    let mut n_wide = 0;
    for round in 0..150 {
        let outer = round % EXTENTS.len();
        let kernel = elementwise(random_program(&mut random, &ops), outer + 2);
        n_wide += check_layouts(&kernel, EXTENTS[outer], 2, &mut random);
    }
    assert_wide(n_wide, 60);
}

/// What is computed once a row, by programs of any length, and stored as bytes, of which a vector
/// has most: more of them than a byte can count may be left after a row's last step.
#[test]
fn bytes_of_any_row_are_stored() {
    let mut n_wide = 0;
    for n_quotients in (1..40).step_by(3) {
        let mut b = Builder::new();
        let [x, y] = [(); 2].map(|()| b.param(LaneType::F32));
        let quotient = (0..n_quotients).fold(x, |sum, _| {
            let quotient = b.fdiv(y, sum);
            b.fma(quotient, y, x)
        });
        let less = b.flt(quotient, y);
        let not = b.not(less);
        let mut kernel = elementwise(b.finish(&[less, not]), 1);
        kernel.accesses.iter_mut().take(2).for_each(|access| access.layout = Layout::Broadcast);
        let compiled = compile(&kernel);
        n_wide += compiled.iter().filter(|code| !code.wide_lanes().is_empty()).count();
        let mut random = Random(24);
        for n in (1..700).step_by(23) {
            Call::random(&kernel, &[n], &mut random).check_all(&compiled);
        }
    }
    assert_wide(n_wide, 13);
}

/// Numbers that are the same along a row count along other axes.
#[test]
fn indices_agree() {
    let text = "kernel rows kept=3 reduced=0 {
        a0 = index i64 broadcast
        a1 = index i64 contiguous
        a2 = load i32 broadcast
        a3 = load f64 contiguous
        a4 = load bool broadcast
        a5 = store i64 contiguous
        a6 = store f64 contiguous
        element (a0, a1, a2, a3, a4) -> (a5, a6) lanes(i64, i64, i32, f64, bool) {
          v0 = param 0 : i64
          v1 = param 1 : i64
          v2 = param 2 : i32
          v3 = param 3 : f64
          v4 = param 4 : bool
          v5 = sext v2 : i64
          v6 = isub v0, v5 : i64
          v7 = iadd v6, v1 : i64
          v8 = fneg v3 : f64
          v9 = select v4, v3, v8 : f64
          return v7, v9
        }
      }";
    let kernel = Kernel::parse(text).expect("a kernel");
    let compiled = compile(&kernel);
    assert_wide(compiled.iter().filter(|code| !code.wide_lanes().is_empty()).count(), 1);
    let mut random = Random(23);
    for _ in 0..20 {
        for extents in EXTENTS[1] {
            let mut call = Call::random(&kernel, extents, &mut random);
            call.check_all(&compiled);
            [0, 2, 4].into_iter().for_each(|access| call.stay(access, 0));
            call.check_all(&compiled);
        }
    }
}
