//! Fused against eager execution of the small kernels.
//!
//! `cargo bench -p jitney-benches --bench kernels`

use divan::Bencher;
use divan::counter::ItemsCount;
use jitney as jn;
use jitney_benches::{Inputs, SMALL_KERNELS};
use jn::{DType, Mode};

const SIZES: [usize; 4] = [10, 1_000, 100_000, 10_000_000];
const MODES: [Mode; 2] = [Mode::Eager, Mode::Fused];

fn main() {
    divan::main();
}

/// Every kernel, size and mode, with names that read well in the report.
fn cases() -> impl Iterator<Item = Case> {
    (0..SMALL_KERNELS.len()).flat_map(|kernel| {
        SIZES.into_iter().flat_map(move |n| MODES.map(|mode| Case { kernel, n, mode }))
    })
}

struct Case {
    kernel: usize,
    n: usize,
    mode: Mode,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {} / {:?}", SMALL_KERNELS[self.kernel].name, self.n, self.mode)
    }
}

fn bench(bencher: Bencher<'_, '_>, case: &Case, dtype: DType) {
    let inputs = Inputs::new(case.n, dtype).expect("memory for the inputs");
    let build = SMALL_KERNELS[case.kernel].build;
    bencher.counter(ItemsCount::new(case.n)).bench_local(|| {
        jn::with_mode(case.mode, || build(&inputs).eval().expect("a kernel that evaluates"))
    });
}

#[divan::bench(args = cases())]
fn f64(bencher: Bencher<'_, '_>, case: &Case) {
    bench(bencher, case, DType::F64);
}

#[divan::bench(args = cases())]
fn f32(bencher: Bencher<'_, '_>, case: &Case) {
    bench(bencher, case, DType::F32);
}
