//! Compiled kernels against an obvious interpreter, to the bit.

pub mod harness;
mod pieces;
mod reductions;
mod uniform;

use harness::{Call, Random, check, compile, compiler, spicy_bits, with_random_layouts};
use jitney_ir::DType;
use jitney_ir::kernel::{
    Access, AccessId, AccessKind, Kernel, Layout, Phase, Schedule, Scope, Sink, Source,
};
use jitney_ir::lanes::{Builder, LaneOp, LaneType, Program, TableId, Typing, V};
use jitney_ir::ops::Elementwise;

const LENGTHS: [usize; 19] =
    [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 100, 255, 256, 257, 511, 1000, 5000];

fn dtype_of(ty: LaneType) -> DType {
    match ty {
        LaneType::Bool => DType::Bool,
        LaneType::I8 => DType::I8,
        LaneType::I16 => DType::I16,
        LaneType::I32 => DType::I32,
        LaneType::I64 => DType::I64,
        LaneType::F32 => DType::F32,
        LaneType::F64 => DType::F64,
    }
}

/// The elementwise kernel of a program, with one access per parameter and result.
pub fn elementwise(program: Program, rank: usize) -> Kernel {
    let load = |ty: &LaneType| (AccessKind::Load, *ty);
    let stores = program.results.iter().map(|result| (AccessKind::Store, program.ty(*result)));
    let kinds: Vec<_> = program.params.iter().map(load).chain(stores).collect();
    let access = |(kind, ty): &(AccessKind, LaneType)| Access {
        kind: *kind,
        dtype: dtype_of(*ty),
        layout: Layout::Contiguous,
        shift: None,
    };
    let accesses: Vec<Access> = kinds.iter().map(access).collect();
    let ids: Vec<AccessId> = (0..accesses.len() as u32).map(AccessId).collect();
    let (sources, sinks) = ids.split_at(program.params.len());
    let phase = Phase {
        scope: Scope::Element,
        sources: sources.iter().map(|id| Source::Access(*id)).collect(),
        sinks: sinks.iter().map(|id| Sink::Store(*id)).collect(),
        program,
    };
    Kernel {
        schedule: Schedule::Rows,
        n_kept: rank,
        n_reduced: 0,
        accesses,
        row_values: Vec::new(),
        phases: vec![phase],
    }
}

/// Every way to type an operation: operand types, result type and immediate.
fn typings(op: LaneOp) -> Vec<(Vec<LaneType>, LaneType, u64)> {
    let all = LaneType::ALL;
    let mut found = Vec::new();
    for a in all {
        for ty in all {
            let immediates = match op.typing() {
                Typing::Lookup => (0..64).take_while(|n| TableId::new(*n).is_some()).collect(),
                _ => vec![0],
            };
            for imm in immediates {
                let args = match op.typing() {
                    Typing::Select => vec![LaneType::Bool, a, a],
                    _ => vec![a; op.arity()],
                };
                if unary_program(op, &args, ty, imm).verify().is_ok() {
                    found.push((args, ty, imm));
                }
            }
        }
    }
    found
}

/// A program of one operation on parameters.
fn unary_program(op: LaneOp, args: &[LaneType], ty: LaneType, imm: u64) -> Program {
    let mut b = Builder::new();
    let params: Vec<_> = args.iter().map(|ty| b.param(*ty)).collect();
    let result = match op {
        LaneOp::Lookup => b.lookup(TableId(imm as u32), ty, params[0]),
        _ => b.op_as(op, ty, &params),
    };
    b.finish(&[result])
}

/// All combinations of spicy operands, one column per operand.
fn combinations(args: &[LaneType]) -> Vec<Vec<u64>> {
    let mut rows: Vec<Vec<u64>> = vec![Vec::new()];
    for ty in args {
        let bits = spicy_bits(*ty);
        // Three operands make too many combinations of all values.
        let bits: Vec<u64> =
            if args.len() > 2 { bits.into_iter().take(30).step_by(2).collect() } else { bits };
        rows = rows
            .iter()
            .flat_map(|row| bits.iter().map(move |bits| [row.as_slice(), &[*bits]].concat()))
            .collect();
    }
    (0..args.len()).map(|arg| rows.iter().map(|row| row[arg]).collect()).collect()
}

#[test]
fn every_operation_agrees_on_spicy_values() {
    let mut n_checked = 0;
    for op in LaneOp::ALL.iter().copied().filter(|op| op.typing() != Typing::Leaf) {
        for (args, ty, imm) in typings(op) {
            let kernel = elementwise(unary_program(op, &args, ty, imm), 1);
            let compiled = compile(&kernel);
            let columns = combinations(&args);
            let mut random = Random(1);
            let mut call = Call::random(&kernel, &[columns[0].len()], &mut random);
            for (access, column) in columns.iter().enumerate() {
                call.fill(access, column);
            }
            call.check_all(&compiled);
            n_checked += 1;
        }
    }
    assert!(n_checked > 200, "only {n_checked} typings");
}

/// The rows of the table of array operations, over every dtype they compute in: what users
/// call, mathematics included, compiled and evaluated lane by lane.
#[test]
fn every_array_operation_agrees_on_spicy_values() {
    let mut n_checked = 0;
    for op in Elementwise::ALL.iter().copied() {
        for dtype in DType::ALL {
            let operands = vec![dtype; op.arity()];
            let Ok(signature) = op.signature(&operands) else { continue };
            let program = op.program(&signature.operands);
            let params = program.params.to_vec();
            let kernel = elementwise(program, 1);
            let compiled = compile(&kernel);
            let columns = combinations(&params);
            let mut call = Call::random(&kernel, &[columns[0].len()], &mut Random(1));
            for (access, column) in columns.iter().enumerate() {
                call.fill(access, column);
            }
            call.check_all(&compiled);
            n_checked += 1;
        }
    }
    assert!(n_checked > 500, "only {n_checked} operations and dtypes");
}

#[test]
fn every_operation_takes_constants_and_broadcasts() {
    for op in LaneOp::ALL.iter().copied().filter(|op| op.arity() > 1) {
        for (args, ty, imm) in typings(op) {
            let program = unary_program(op, &args, ty, imm);
            for position in 0..args.len() {
                let mut broadcast = elementwise(program.clone(), 1);
                broadcast.accesses[position].layout = Layout::Broadcast;
                check(&broadcast, &[&[37], &[3], &[40], &[41]], 7);
            }
            let last = args.len() - 1;
            for bits in spicy_bits(args[last]).into_iter().step_by(3) {
                let mut b = Builder::new();
                let mut values: Vec<_> = args[..last].iter().map(|ty| b.param(*ty)).collect();
                values.push(b.bits(args[last], bits));
                let result = b.op_as(op, ty, &values);
                check(&elementwise(b.finish(&[result]), 1), &[&[67]], 11);
            }
        }
    }
}

/// `a*b + c - a/(b+1)` and a few like it.
fn formulas() -> Vec<Program> {
    let mut programs = Vec::new();
    for ty in [LaneType::F32, LaneType::F64] {
        let mut b = Builder::new();
        let (x, y, z) = (b.param(ty), b.param(ty), b.param(ty));
        let product = b.fmul(x, y);
        let sum = b.fadd(product, z);
        let one = b.float(ty, 1.0);
        let next = b.fadd(y, one);
        let quotient = b.fdiv(x, next);
        let result = b.fsub(sum, quotient);
        programs.push(b.finish(&[result]));
    }
    programs.push(mixed_widths());
    programs.push(nested_rare());
    programs
}

/// Values of every width, masks that change width, and several results.
pub fn mixed_widths() -> Program {
    let mut b = Builder::new();
    let byte = b.param(LaneType::I8);
    let (half, single) = (b.param(LaneType::I16), b.param(LaneType::F32));
    let (double, flag) = (b.param(LaneType::F64), b.param(LaneType::Bool));
    let word = b.sresize(LaneType::I32, byte);
    let long = b.uresize(LaneType::I64, half);
    let wide = b.ftof(LaneType::F64, single);
    let (big, small) = (b.flt(wide, double), b.slt(byte, byte));
    let odd = b.ult(half, half);
    let any = b.or(big, small);
    let any = b.xor(any, odd);
    let any = b.and(any, flag);
    let not = b.not(any);
    let chosen = b.select(any, double, wide);
    let chosen_byte = b.select(not, byte, byte);
    let chosen_flag = b.select(flag, big, not);
    let narrow = b.ftof(LaneType::F32, chosen);
    let short = b.sresize(LaneType::I8, long);
    b.finish(&[chosen, chosen_byte, chosen_flag, narrow, word, short, any])
}

/// Rare selects within rare selects, sharing values inside and outside.
pub fn nested_rare() -> Program {
    let ty = LaneType::F64;
    let mut b = Builder::new();
    let (x, y) = (b.param(ty), b.param(ty));
    let (zero, hundred) = (b.float(ty, 0.0), b.float(ty, 100.0));
    let (low, high) = (b.flt(x, zero), b.flt(hundred, x));
    let root = b.fsqrt(y);
    let shared = b.fmul(x, y);
    let twice = b.fadd(shared, shared);
    let slow = b.frem(x, y);
    let deep = b.fadd(slow, twice);
    let inner_rest = b.fsub(root, y);
    let inner = b.select_rare(high, deep, inner_rest);
    let rest = b.fadd(shared, hundred);
    let outer = b.select_rare(low, inner, rest);
    // A mask as the value of a rare select, and one whose rare operand is used elsewhere.
    let (mask, other) = (b.flt(inner_rest, x), b.fle(y, x));
    let flag = b.select_rare(low, mask, other);
    let again = b.select_rare(high, shared, outer);
    // All that this needs is uniform if `y` is.
    let only_y = b.frem(y, hundred);
    let far = b.flt(hundred, y);
    let uniform = b.select_rare(far, only_y, y);
    b.finish(&[outer, flag, again, uniform])
}

#[test]
fn elementwise_kernels_agree_at_every_length() {
    for program in formulas() {
        let extents: Vec<[usize; 1]> = LENGTHS.iter().map(|n| [*n]).collect();
        let extents: Vec<&[usize]> = extents.iter().map(|e| e.as_slice()).collect();
        check(&elementwise(program, 1), &extents, 3);
    }
}

#[test]
fn elementwise_kernels_agree_in_every_layout_and_rank() {
    let extents: [&[&[usize]]; 5] = [
        &[&[]],
        &[&[0], &[1], &[19], &[64]],
        &[&[3, 17], &[1, 40], &[5, 1], &[0, 4], &[4, 0]],
        &[&[2, 3, 9], &[2, 1, 33], &[1, 1, 1]],
        &[&[2, 3, 2, 11], &[1, 2, 1, 40]],
    ];
    let mut random = Random(5);
    for program in formulas() {
        for (rank, extents) in extents.iter().enumerate() {
            let kernel = elementwise(program.clone(), rank);
            for round in 0..6 {
                check(&with_random_layouts(&kernel, &mut random), extents, round);
            }
        }
    }
}

/// A program of random ones of the operations on random earlier values.
pub fn random_program(random: &mut Random, ops: &[LaneOp]) -> Program {
    let mut b = Builder::new();
    let mut values: Vec<V> = Vec::new();
    for _ in 0..1 + random.below(4) {
        values.push(b.param(random.pick(&LaneType::ALL)));
    }
    for _ in 0..random.below(3) {
        let ty = random.pick(&LaneType::ALL);
        values.push(b.bits(ty, random.pick(&spicy_bits(ty))));
    }
    let mut n_left = 1 + random.below(40);
    while n_left > 0 {
        // Rare selects are what homes are about: they come up more often than others.
        let op = match random.below(8) {
            0 => LaneOp::SelectRare,
            _ => random.pick(ops),
        };
        let typings = typings(op);
        if op.typing() == Typing::Leaf || typings.is_empty() {
            continue;
        }
        let (types, ty, imm) = typings[random.below(typings.len())].clone();
        let mut of_type = |ty: &LaneType| {
            let fitting: Vec<V> = values.iter().copied().filter(|v| v.ty == *ty).collect();
            (!fitting.is_empty()).then(|| random.pick(&fitting))
        };
        let args: Option<Vec<V>> = types.iter().map(&mut of_type).collect();
        // Types that are missing come into being by conversions, so trying again ends.
        if let Some(args) = args {
            values.push(match op {
                LaneOp::Lookup => b.lookup(TableId(imm as u32), ty, args[0]),
                _ => b.op_as(op, ty, &args),
            });
            n_left -= 1;
        }
    }
    let results: Vec<V> = (0..1 + random.below(3))
        .map(|_| values[values.len() - 1 - random.below(values.len().min(6))])
        .collect();
    b.finish(&results)
}

#[test]
fn random_programs_agree() {
    let mut random = Random(12);
    for round in 0..400 {
        let program = random_program(&mut random, LaneOp::ALL);
        let kernel = with_random_layouts(&elementwise(program, 1), &mut random);
        check(&kernel, &[&[1], &[37], &[64]], round);
    }
}

/// Two rare selects of one condition share what they compute, and a constant.
#[test]
fn rare_work_stands_on_a_cold_path() {
    let ty = LaneType::F64;
    let mut b = Builder::new();
    let (x, y) = (b.param(ty), b.param(ty));
    let odd = b.float(ty, 3.75);
    let is_rare = b.flt(y, x);
    let remainder = b.frem(x, odd);
    let (more, less) = (b.fadd(remainder, y), b.fsub(remainder, y));
    let (sum, product) = (b.fadd(x, y), b.fmul(x, y));
    let first = b.select_rare(is_rare, more, sum);
    let second = b.select_rare(is_rare, less, product);
    let kernel = elementwise(b.finish(&[first, second]), 1);
    check(&kernel, &[&[1], &[50], &[67]], 1);

    let clif = compiler().clif(&kernel).expect("compiles");
    let (mut is_cold, mut n_calls) = (false, 0);
    for line in clif.lines() {
        if line.trim_start().starts_with("block") {
            is_cold = line.contains("cold");
        }
        if line.contains("call_indirect") || line.contains("f64const 0x1.e") {
            assert!(is_cold, "rare work on the usual path:\n{clif}");
            n_calls += 1;
        }
    }
    assert!(n_calls > 2, "{clif}");
}

#[test]
fn index_operands_count() {
    let text = "kernel rows kept=2 reduced=0 {
        a0 = index i64 contiguous
        a1 = index i64 strided
        a2 = index i64 broadcast
        a3 = load i32 contiguous
        a4 = store i64 contiguous
        element (a0, a1, a2, a3) -> (a4) lanes(i64, i64, i64, i32) {
          v0 = param 0 : i64
          v1 = param 1 : i64
          v2 = param 2 : i64
          v3 = param 3 : i32
          v4 = imul v0, v1 : i64
          v5 = isub v4, v2 : i64
          v6 = sext v3 : i64
          v7 = iadd v5, v6 : i64
          return v7
        }
      }";
    let kernel = Kernel::parse(text).expect("a kernel");
    check(&kernel, &[&[3, 50], &[1, 1], &[2, 7]], 2);
}

#[test]
fn dumps_show_the_loop() {
    let kernel = elementwise(formulas().swap_remove(1), 1);
    let clif = compiler().clif(&kernel).expect("compiles");
    assert!(clif.contains("fmul") && clif.contains("brif"), "{clif}");
    let asm = compiler().asm(&kernel).expect("compiles");
    if cfg!(target_arch = "x86_64") {
        assert!(asm.contains("L1:") && asm.contains("divpd"), "{asm}");
    }
}

/// Rare blocks stand behind the return, and constants behind them.
#[cfg(target_arch = "x86_64")]
#[test]
fn whatever_is_jumped_to_is_dumped() {
    let compiler = jitney_codegen::Compiler::host_with(jitney_codegen::Emitters::Cranelift)
        .expect("a compiler");
    let program = Elementwise::Sin.program(&[DType::F64]);
    let asm = compiler.asm(&elementwise(program, 1)).expect("compiles");
    let is_jump = |words: &[&str]| words.len() == 2 && words[0].starts_with('j');
    let lines = asm.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let targets: Vec<String> =
        lines.filter(|words| is_jump(words)).map(|words| format!("{}:", words[1])).collect();
    assert!(targets.len() > 4, "{asm}");
    for target in targets {
        assert!(asm.lines().any(|line| line.starts_with(&target)), "no {target}\n{asm}");
    }
    assert!(!asm.contains("(bad)"), "{asm}");
}

#[test]
fn code_is_shared_between_threads() {
    fn is_shareable<T: Send + Sync>(_: &T) {}
    let kernel = elementwise(formulas().swap_remove(1), 1);
    let compiled = compile(&kernel);
    is_shareable(compiler());
    is_shareable(&compiled[0]);
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (kernel, compiled) = (&kernel, &compiled);
            scope.spawn(move || {
                for n in 0..50 {
                    Call::random(kernel, &[n], &mut Random(seed)).check_all(compiled);
                }
            });
        }
    });
}

#[test]
fn a_broken_kernel_is_an_error() {
    let mut kernel = elementwise(formulas().swap_remove(0), 1);
    kernel.phases[0].sources.pop();
    let error = compiler().compile(&kernel).err().expect("an error");
    assert!(error.to_string().contains("source for every parameter"), "{error}");
}
