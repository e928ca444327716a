//! One kernel compiled by each emitter of this machine, on elements that stay in cache: what
//! wide code gains, without the rest of evaluation.
//!
//! `cargo bench -p jitney-benches --bench emitters`

use divan::Bencher;
use divan::counter::ItemsCount;
use jitney_codegen::{Compiler, Emitters};
use jitney_ir::DType;
use jitney_ir::kernel::{
    Access, AccessId, AccessKind, Kernel, Layout, Phase, Schedule, Scope, Sink, Slots, Source,
};
use jitney_ir::lanes::{Builder, LaneType, Program};
use jitney_ir::ops::Elementwise;

fn main() {
    divan::main();
}

const N: usize = 16_384;

const NAMES: [&str; 6] = ["add", "a*b + c - a/(b+1)", "exp", "log", "sin", "power"];

struct Case {
    name: &'static str,
    emitter: Emitters,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {:?}", self.name, self.emitter)
    }
}

fn cases() -> impl Iterator<Item = Case> {
    NAMES.into_iter().flat_map(|name| {
        Emitters::available().into_iter().map(move |emitter| Case { name, emitter })
    })
}

fn program(name: &str, dtype: DType) -> Program {
    match name {
        "add" => Elementwise::Add.program(&[dtype; 2]),
        "exp" => Elementwise::Exp.program(&[dtype]),
        "log" => Elementwise::Log.program(&[dtype]),
        "sin" => Elementwise::Sin.program(&[dtype]),
        "power" => Elementwise::Power.program(&[dtype; 2]),
        _ => five_operations(LaneType::of(dtype)),
    }
}

fn five_operations(ty: LaneType) -> Program {
    let mut b = Builder::new();
    let [x, y, z] = [(); 3].map(|()| b.param(ty));
    let one = b.float(ty, 1.0);
    let (product, next) = (b.fmul(x, y), b.fadd(y, one));
    let (sum, quotient) = (b.fadd(product, z), b.fdiv(x, next));
    let result = b.fsub(sum, quotient);
    b.finish(&[result])
}

/// The program over one contiguous axis.
fn kernel(program: Program, dtype: DType) -> Kernel {
    let n_params = program.params.len();
    let kinds = (0..=n_params).map(|i| match i < n_params {
        true => AccessKind::Load,
        false => AccessKind::Store,
    });
    let accesses =
        kinds.map(|kind| Access { kind, dtype, layout: Layout::Contiguous, shift: None }).collect();
    let ids: Vec<AccessId> = (0..=n_params as u32).map(AccessId).collect();
    let phase = Phase {
        scope: Scope::Element,
        sources: ids[..n_params].iter().map(|id| Source::Access(*id)).collect(),
        sinks: [Sink::Store(ids[n_params])].into_iter().collect(),
        program,
    };
    Kernel {
        schedule: Schedule::Rows,
        n_kept: 1,
        n_reduced: 0,
        accesses,
        row_values: Vec::new(),
        phases: vec![phase],
    }
}

/// Runs a case on operands of the given elements, the last of which is written.
fn bench<T: Clone>(
    bencher: Bencher<'_, '_>,
    case: &Case,
    dtype: DType,
    element: impl Fn(usize) -> T,
) {
    let kernel = kernel(program(case.name, dtype), dtype);
    let compiler = Compiler::host_with(case.emitter).expect("a compiler");
    let compiled = compiler.compile(&kernel).expect("a kernel that compiles");
    let layout = Slots::of(&kernel);
    let elements: Vec<T> = (0..N).map(element).collect();
    let mut operands = vec![elements; kernel.accesses.len()];
    let mut slots = vec![0; layout.len()];
    slots[layout.extent(0)] = N as i64;
    for (access, operand) in operands.iter_mut().enumerate() {
        slots[layout.base(access)] = operand.as_mut_ptr() as i64;
        slots[layout.stride(access, 0)] = size_of::<T>() as i64;
    }
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        // SAFETY: each access is the `N` elements of an operand of its own, which nothing
        // else touches; an elementwise kernel uses no scratch memory.
        unsafe { compiled.run(&slots) };
    });
}

#[divan::bench(args = cases())]
fn f64(bencher: Bencher<'_, '_>, case: &Case) {
    bench(bencher, case, DType::F64, |i| 0.1 + 3.0 * i as f64 / N as f64);
}

#[divan::bench(args = cases())]
fn f32(bencher: Bencher<'_, '_>, case: &Case) {
    bench(bencher, case, DType::F32, |i| 0.1 + 3.0 * i as f32 / N as f32);
}
