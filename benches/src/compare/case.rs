//! What is compared: a case is inputs, what Jitney runs on them, the name of what the peers
//! run on them, and the bars that the outcome is held against.

use jitney::{Array, Error};
use serde_json::{Value, json};
use smallvec::SmallVec;

/// The arrays that one run of a case computes.
pub type Outputs = SmallVec<[Array; 2]>;

/// One run of a case: builds its graph and evaluates it, or calls a function that is kept.
pub type Program = Box<dyn Fn(&[Array]) -> Result<Outputs, Error>>;

/// How large the inputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// So small that tests can run every case.
    Tiny,
    /// Everything but the largest sizes.
    Quick,
    /// As the workloads are stated.
    Full,
}

/// Something to be measured in Jitney and its peers.
pub struct Case {
    /// The section of the table it stands in.
    pub section: Section,
    /// What is computed.
    pub name: String,
    /// On what: sizes and dtype.
    pub size: String,
    /// The peers' name for it.
    pub program: &'static str,
    /// What the peers' program needs to know beside its inputs.
    pub parameters: Value,
    /// Makes the inputs.
    pub inputs: Box<dyn Fn() -> Vec<Array>>,
    /// Makes Jitney's program, with no function traced yet.
    pub make: Box<dyn Fn() -> Program>,
    /// Jitney's program with temporaries for what one expression could say.
    pub with_temporaries: Option<Program>,
    /// Whether Jitney also runs on one thread, beside all.
    pub also_one_thread: bool,
    /// Whether all run on one thread only.
    pub one_thread: bool,
    /// Whether plans and code are forgotten before each run, which is not timed.
    pub cold: bool,
    /// Relative and absolute difference from NumPy's result that is rounding.
    pub tolerance: (f64, f64),
    /// What the outcome is held against.
    pub bars: Vec<Bar>,
}

/// A section of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Whole programs.
    Workloads,
    /// Formulas of a few operations.
    Kernels,
    /// Matrix products alone.
    Products,
    /// One function on existing memory.
    Functions,
    /// Reductions along each axis.
    Reductions,
    /// Random numbers of a fresh generator.
    Random,
    /// What a call costs beside its arithmetic.
    Latency,
}

/// What must hold, with the number of the goal that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Bar {
    /// The number of the goal.
    pub goal: u8,
    /// The condition.
    pub must: Must,
}

/// A condition on a measured case.
#[derive(Clone, Copy, Debug)]
pub enum Must {
    /// At most this many times the time of the best peer.
    TakeOfBestPeer(f64),
    /// At most this many times the time of one peer.
    TakeOfPeer(&'static str, f64),
    /// At most this many seconds a run.
    TakeSeconds(f64),
    /// At least this share of the bandwidth of the triad.
    ReachTriad(f64),
    /// At least this share of the bandwidth of reading.
    ReachRead(f64),
    /// At most this many seconds of compilation.
    CompileInSeconds(f64),
    /// At most this many kernels compiled in a hundred runs.
    CompileKernels(u64),
    /// At most this many bytes beside inputs and outputs.
    TakeBytes(usize),
    /// At least this many times faster than on one thread.
    GainFromThreads(f64),
    /// Not slower than with temporaries.
    BeatTemporaries,
}

impl Case {
    /// A case that every contender runs on all threads, with the tolerances of `float64`.
    pub fn new(
        section: Section,
        (name, size): (impl Into<String>, impl Into<String>),
        program: &'static str,
        inputs: impl Fn() -> Vec<Array> + 'static,
        run: impl Fn(&[Array]) -> Result<Outputs, Error> + Clone + 'static,
    ) -> Case {
        let make = move || Box::new(run.clone()) as Program;
        Case::making(section, (name, size), program, inputs, make)
    }

    /// As [`new`](Case::new), given what makes the program.
    pub fn making(
        section: Section,
        (name, size): (impl Into<String>, impl Into<String>),
        program: &'static str,
        inputs: impl Fn() -> Vec<Array> + 'static,
        make: impl Fn() -> Program + 'static,
    ) -> Case {
        Case {
            section,
            name: name.into(),
            size: size.into(),
            program,
            parameters: json!({}),
            inputs: Box::new(inputs),
            make: Box::new(make),
            with_temporaries: None,
            also_one_thread: false,
            one_thread: false,
            cold: false,
            tolerance: (1e-9, 0.0),
            bars: Vec::new(),
        }
    }

    /// The case with a bar more.
    pub fn must(mut self, goal: u8, must: Must) -> Case {
        self.bars.push(Bar { goal, must });
        self
    }

    /// The case with parameters for the peers.
    pub fn parameters(self, parameters: Value) -> Case {
        Case { parameters, ..self }
    }

    /// The case with a tolerance.
    pub fn tolerance(self, relative: f64, absolute: f64) -> Case {
        Case { tolerance: (relative, absolute), ..self }
    }

    /// The case, which may take no more memory than its inputs, its outputs and 1 MiB.
    pub fn fused(self) -> Case {
        self.must(13, Must::TakeBytes(1 << 20))
    }

    /// The case, also measured on one thread, than which all must be this much faster.
    pub fn gaining(mut self, factor: f64) -> Case {
        self.also_one_thread = true;
        self.must(14, Must::GainFromThreads(factor))
    }

    /// Name and size, which no other case has.
    pub fn title(&self) -> String {
        format!("{}, {}", self.name, self.size)
    }
}

/// Evaluates one array as the outputs of a run.
///
/// # Errors
/// If it cannot be evaluated.
pub fn one(array: Array) -> Result<Outputs, Error> {
    Array::eval_all(&[&array])?;
    Ok(SmallVec::from_iter([array]))
}

/// Evaluates two arrays together as the outputs of a run.
///
/// # Errors
/// If they cannot be evaluated.
pub fn two(x: Array, y: Array) -> Result<Outputs, Error> {
    Array::eval_all(&[&x, &y])?;
    Ok(SmallVec::from_iter([x, y]))
}
