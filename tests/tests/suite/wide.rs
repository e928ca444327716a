//! What the wide emitters add: masked ends of rows, cold bodies, saved registers, work in
//! place. That each operation means what it should is tested with every emitter in
//! [`crate::codegen`].

use crate::codegen::harness::{Call, Random, spicy_bits};
use crate::codegen::{elementwise, mixed_widths, nested_rare, random_program};
use jitney_codegen::{Compiled, Compiler, Emitters};
use jitney_ir::DType;
use jitney_ir::kernel::{Kernel, Layout, Slots};
use jitney_ir::lanes::{Builder, Evaluator, LaneOp, LaneType, Program, V};
use jitney_ir::ops::Elementwise;

/// The kernel as each of the machine's emitters but plain Cranelift compiles it.
fn compile(kernel: &Kernel) -> Vec<Compiled> {
    let wide = Emitters::available().into_iter().filter(|emitter| *emitter != Emitters::Cranelift);
    let compile = |emitter| {
        let compiler = Compiler::host_with(emitter).expect("a compiler");
        compiler.compile(kernel).unwrap_or_else(|error| panic!("{error}\n{kernel}"))
    };
    wide.map(compile).collect()
}

/// Checks the kernel at every length up to 70, and a long one.
fn check_lengths(kernel: &Kernel, seed: u64) {
    let compiled = compile(kernel);
    let mut random = Random(seed);
    for n in (0..=70).chain([1000]) {
        Call::random(kernel, &[n], &mut random).check_all(&compiled);
    }
}

#[test]
fn rows_of_any_length_end_where_they_should() {
    let dtypes = [DType::F64, DType::F32, DType::I64, DType::U32, DType::I16, DType::U8];
    for op in Elementwise::ALL.iter().copied() {
        for dtype in dtypes {
            let Ok(signature) = op.signature(&vec![dtype; op.arity()]) else { continue };
            check_lengths(&elementwise(op.program(&signature.operands), 1), 1);
        }
    }
}

#[test]
fn strided_elements_are_gathered_for_what_computes() {
    let mut n_wide = 0;
    for op in Elementwise::ALL.iter().copied() {
        let Ok(signature) = op.signature(&vec![DType::F64; op.arity()]) else { continue };
        let mut kernel = elementwise(op.program(&signature.operands), 1);
        kernel.accesses.iter_mut().take(op.arity()).for_each(|a| a.layout = Layout::Strided);
        check_lengths(&kernel, 5);
        n_wide += compile(&kernel).iter().filter(|code| !code.wide_lanes().is_empty()).count();
    }
    assert!(n_wide >= 20 * compile_count(), "only {n_wide} kernels gather");
}

/// How many emitters [`compile`] compiles with.
fn compile_count() -> usize {
    Emitters::available().len() - 1
}

#[test]
fn bools_and_mixed_widths_end_where_they_should() {
    let mut b = Builder::new();
    let (x, y) = (b.param(LaneType::Bool), b.param(LaneType::Bool));
    let (or, not) = (b.or(x, y), b.not(x));
    let both = b.xor(or, not);
    let bools = b.finish(&[both, not, x]);
    for (seed, program) in [bools, mixed_widths(), nested_rare()].into_iter().enumerate() {
        check_lengths(&elementwise(program, 1), seed as u64);
    }
}

/// Programs as long as this are put in another order, with more values than registers.
#[test]
fn long_programs_mean_what_they_say() {
    let mut b = Builder::new();
    let [x, y] = [(); 2].map(|()| b.param(LaneType::F64));
    let quotients: Vec<V> = (0..60)
        .map(|number| {
            let [shift, factor] = [0.5, 1.25].map(|f| b.float(x.ty, f * f64::from(number)));
            let (above, below) = (b.fma(x, factor, shift), b.fma(y, y, shift));
            let (above, below) = (b.fmul(above, y), b.fsqrt(below));
            b.fdiv(above, below)
        })
        .collect();
    let minus_one = b.float(x.ty, -1.0);
    let sum = quotients.iter().skip(1).fold(quotients[0], |sum, quotient| b.fma(sum, y, *quotient));
    let is_rare = b.flt(x, minus_one);
    let rare = quotients.iter().skip(1).fold(x, |sum, quotient| b.fsub(*quotient, sum));
    let result = b.select_rare(is_rare, rare, sum);
    let program = b.finish(&[result, quotients[7], x]);
    assert!(program.cost() > 200);
    check_lengths(&elementwise(program, 1), 8);
}

/// Random programs seldom lack what only Cranelift has; these do.
#[test]
fn random_programs_of_wide_operations_agree() {
    use LaneOp::*;
    let left_out = [Param, Const, FRem, SDiv, UDiv, SRem, URem, IPow, UGcd, Popcnt];
    let has = |op: &LaneOp| !left_out.contains(op);
    let ops: Vec<LaneOp> = LaneOp::ALL.iter().copied().filter(has).collect();
    let mut random = Random(77);
    let (mut n_programs, mut n_wide) = (0, 0);
    for _ in 0..600 {
        let kernel = elementwise(random_program(&mut random, &ops), 1);
        for compiled in compile(&kernel) {
            n_programs += 1;
            if compiled.wide_lanes().is_empty() {
                continue;
            }
            n_wide += 1;
            for n in [3, 37, 64, 150] {
                Call::random(&kernel, &[n], &mut random).check_all(std::slice::from_ref(&compiled));
            }
        }
    }
    assert!(n_wide * 3 >= n_programs, "only {n_wide} of {n_programs} programs are wide");
}

/// Products, sums and comparisons, so many of each, all made before the first is read.
fn crowded(ty: LaneType, n: usize) -> Program {
    let mut b = Builder::new();
    let (x, y) = (b.param(ty), b.param(ty));
    let limits: Vec<V> = (0..n).map(|i| b.float(ty, i as f64 * 7.5 - 100.0)).collect();
    let products: Vec<V> = limits.iter().map(|limit| b.fmul(x, *limit)).collect();
    let sums: Vec<V> = limits.iter().map(|limit| b.fadd(y, *limit)).collect();
    let masks: Vec<V> = limits.iter().map(|limit| b.flt(x, *limit)).collect();
    let mut total = x;
    for (i, mask) in masks.iter().enumerate() {
        let chosen = b.select(*mask, products[i], sums[n - 1 - i]);
        total = b.fma(total, sums[i], chosen);
    }
    // Read again, so that what has been saved once comes back twice.
    for product in &products {
        total = b.fsub(*product, total);
    }
    b.finish(&[total])
}

#[test]
fn more_values_than_registers_are_saved() {
    for ty in [LaneType::F64, LaneType::F32] {
        // From a few saved masks to more saved vectors than a page of the stack has room for.
        for n in [6, 10, 30, 100] {
            let kernel = elementwise(crowded(ty, n), 1);
            assert!(compile(&kernel).iter().all(|compiled| !compiled.wide_lanes().is_empty()));
            check_lengths(&kernel, 3);
        }
    }
}

/// Operands of which each is read once, by an instruction that could read it from memory, and
/// more of them than addresses have registers.
#[test]
fn operands_are_read_where_they_are_needed() {
    for ty in [LaneType::F64, LaneType::F32, LaneType::I32, LaneType::I8] {
        let mut b = Builder::new();
        let params: Vec<V> = (0..14).map(|_| b.param(ty)).collect();
        let mut total = params[0];
        for (number, param) in params.iter().enumerate().skip(1) {
            total = match (ty, number % 5) {
                (LaneType::I32 | LaneType::I8, 0..=1) => b.imul(total, *param),
                (LaneType::I32 | LaneType::I8, _) => b.isub(*param, total),
                (_, 0) => b.fma(total, *param, params[1]),
                (_, 1) => b.fma(*param, params[2], total),
                (_, 2) => b.fmax(total, *param),
                (_, 3) => b.fmax(*param, total),
                _ => b.fsub(*param, total),
            };
        }
        let is_less = if ty.is_float() { b.flt(total, params[9]) } else { b.slt(total, params[9]) };
        let chosen = b.select(is_less, params[3], total);
        let program = b.finish(&[chosen, total]);
        check_lengths(&elementwise(program, 1), 21);
    }
}

/// `exp(x)` written over `x`, with special values here and there: what a cold body reads
/// must not have been overwritten.
#[test]
fn rows_can_be_computed_in_place() {
    let ty = LaneType::F64;
    let program = Elementwise::Exp.program(&[DType::F64]);
    let kernel = elementwise(program.clone(), 1);
    let layout = Slots::of(&kernel);
    let special = spicy_bits(ty);
    for compiled in compile(&kernel) {
        for n in [1, 7, 8, 9, 64, 1001] {
            let element = |i: usize| match i % 11 {
                5 => special[i % special.len()],
                _ => (i as f64 / 100.0 - 3.0).to_bits(),
            };
            let mut memory: Vec<u64> = (0..n).map(element).collect();
            let before = memory.clone();
            let mut slots = vec![0; layout.len()];
            slots[layout.extent(0)] = n as i64;
            for access in 0..2 {
                slots[layout.base(access)] = memory.as_mut_ptr() as i64;
                slots[layout.stride(access, 0)] = 8;
            }
            // SAFETY: both accesses are the `n` elements of `memory`, index by index.
            unsafe { compiled.run(&slots) };
            let mut evaluator = Evaluator::new(&program);
            for (i, (bits, got)) in before.iter().zip(&memory).enumerate() {
                evaluator.run(&[*bits]);
                let want = evaluator.result(0);
                let are_nan = [want, *got].iter().all(|bits| f64::from_bits(*bits).is_nan());
                assert!(*got == want || are_nan, "element {i} of {n}: {got:#x}, not {want:#x}");
            }
        }
    }
}

#[test]
fn the_switch_chooses_the_emitter() {
    let exp = elementwise(Elementwise::Exp.program(&[DType::F64]), 1);
    let narrow = Compiler::host_with(Emitters::Cranelift).expect("a compiler");
    assert!(narrow.compile(&exp).expect("compiles").wide_lanes().is_empty());
    let available = Emitters::available();
    let best = available.last().copied().filter(|best| *best != Emitters::Cranelift);
    for emitters in available.into_iter().skip(1).chain(best.map(|_| Emitters::Best)) {
        let compiler = Compiler::host_with(emitters).expect("a compiler");
        let wide = compiler.compile(&exp).expect("compiles");
        let own = if emitters == Emitters::Best { best } else { Some(emitters) };
        assert_eq!(Some(wide.emitter()), own);
        let is_avx512 = own == Some(Emitters::Avx512);
        assert_eq!(wide.wide_lanes(), [if is_avx512 { 8 } else { 4 }]);
        let asm = compiler.asm(&exp).expect("compiles");
        assert!(asm.contains("vfmadd") && asm.contains("ymm") != is_avx512, "{asm}");
        assert_eq!(asm.contains("zmm"), is_avx512, "{asm}");
    }
}

/// What one wide emitter leaves to Cranelift the others do, too.
#[test]
fn wide_emitters_have_the_same_operations() {
    let mut n_wide = 0;
    for op in Elementwise::ALL.iter().copied() {
        for dtype in DType::ALL {
            let Ok(signature) = op.signature(&vec![dtype; op.arity()]) else { continue };
            let compiled = compile(&elementwise(op.program(&signature.operands), 1));
            let is_wide = |compiled: &Compiled| !compiled.wide_lanes().is_empty();
            let n = compiled.iter().filter(|compiled| is_wide(compiled)).count();
            assert!(n == 0 || n == compile_count(), "{op:?} of {dtype:?}: {n} emitters");
            n_wide += n;
        }
    }
    assert!(n_wide >= 400 * compile_count(), "only {n_wide} kernels are wide");
}

/// Mathematics of floats is never left to Cranelift; what must be is known.
#[test]
fn only_what_has_no_instructions_is_left_to_cranelift() {
    let looping = [LaneOp::FRem, LaneOp::IPow, LaneOp::UGcd];
    for op in Elementwise::ALL.iter().copied() {
        for dtype in [DType::F64, DType::F32] {
            let Ok(signature) = op.signature(&vec![dtype; op.arity()]) else { continue };
            let program = op.program(&signature.operands);
            let has_loop = program.insts.iter().any(|inst| looping.contains(&inst.op));
            for compiled in compile(&elementwise(program, 1)) {
                assert_eq!(compiled.wide_lanes().is_empty(), has_loop, "{op:?} of {dtype:?}");
            }
        }
    }
}
