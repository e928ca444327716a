//! Cold compilation: from a fresh graph to callable code and one call on ten elements.
//!
//! `cargo bench -p jitney-benches --bench compile`

use divan::Bencher;
use jitney as jn;
use jitney_benches::{Inputs, SMALL_KERNELS};
use jn::DType;

fn main() {
    divan::main();
}

fn names() -> impl Iterator<Item = &'static str> {
    SMALL_KERNELS.iter().map(|kernel| kernel.name)
}

/// Plans and code are forgotten before each run, which is not timed.
#[divan::bench(args = names(), sample_size = 1, sample_count = 200)]
fn cold(bencher: Bencher<'_, '_>, name: &str) {
    let settings = jn::Settings { compile_at_once: true, ..jn::settings() };
    jn::with_settings(settings, || first(bencher, name));
}

/// The first evaluation as it is done unless told: by the interpreter.
#[divan::bench(args = names(), sample_size = 1, sample_count = 200)]
fn first(bencher: Bencher<'_, '_>, name: &str) {
    let inputs = Inputs::new(10, DType::F64).expect("memory for the inputs");
    let kernel = SMALL_KERNELS.iter().find(|kernel| kernel.name == name);
    let build = kernel.expect("a known kernel").build;
    bencher
        .with_inputs(jn::clear_caches)
        .bench_local_refs(|()| build(&inputs).eval().expect("a kernel that evaluates"));
}

/// The same graph again: everything but compilation.
#[divan::bench(args = names())]
fn warm(bencher: Bencher<'_, '_>, name: &str) {
    let inputs = Inputs::new(10, DType::F64).expect("memory for the inputs");
    let kernel = SMALL_KERNELS.iter().find(|kernel| kernel.name == name);
    let build = kernel.expect("a known kernel").build;
    bencher.bench_local(|| build(&inputs).eval().expect("a kernel that evaluates"));
}
