//! What benchmarks measure: the small kernels with inputs to run them on, and the comparison
//! with NumPy and its relatives.

pub mod compare;
pub mod programs;

use jitney as jn;
use jn::{Array, DType};

/// A kernel of three one-dimensional arrays.
pub struct SmallKernel {
    /// Its formula.
    pub name: &'static str,
    /// What builds it.
    pub build: fn(&Inputs) -> Array,
}

/// Evaluated inputs of one length and dtype, with values in the domains of all functions.
pub struct Inputs {
    /// In `[0.1, 1]`.
    pub a: Array,
    /// In `[0.2, 3]`.
    pub b: Array,
    /// In `[-5, 3]`.
    pub c: Array,
    /// `a` in rows of ten, or of the whole length if that is less.
    pub rows: Array,
    /// `a` as a cube whose last axis has ten elements.
    pub cube: Array,
}

impl Inputs {
    /// Inputs of `n` elements, a multiple of ten.
    ///
    /// # Errors
    /// If memory is refused.
    pub fn new(n: usize, dtype: DType) -> Result<Inputs, jn::Error> {
        let line = |low, high| jn::linspace(low, high, n).astype(dtype).eval();
        let (a, b, c) = (line(0.1, 1.0)?, line(0.2, 3.0)?, line(-5.0, 3.0)?);
        let planes = if n >= 1000 { 10 } else { 1 };
        let (rows, cube) = (a.reshape([-1, 10]), a.reshape([planes, -1, 10]));
        Ok(Inputs { rows, cube, a, b, c })
    }
}

/// The kernels, simple to compound.
pub const SMALL_KERNELS: &[SmallKernel] = &[
    SmallKernel { name: "a*b + c - a/(b+1)", build: |x| &x.a * &x.b + &x.c - &x.a / (&x.b + 1.0) },
    SmallKernel {
        name: "exp(-a*a)*log1p(b) + sin(c)",
        build: |x| (-&x.a * &x.a).exp() * x.b.log1p() + x.c.sin(),
    },
    SmallKernel { name: "((a-b)**2).sum()", build: |x| (&x.a - &x.b).pow(2).sum(..) },
    SmallKernel {
        name: "(x - x.mean(-1)) / x.std(-1)",
        build: |x| {
            let over = || jn::axis(-1).keepdims();
            (&x.rows - x.rows.mean(over())) / x.rows.std(over())
        },
    },
    SmallKernel { name: "a / a.max()", build: |x| &x.a / x.a.max(..) },
    SmallKernel { name: "x.sum(0)", build: |x| x.cube.sum(0) },
    SmallKernel { name: "x.sum(1)", build: |x| x.cube.sum(1) },
    SmallKernel { name: "x.sum(2)", build: |x| x.cube.sum(2) },
    SmallKernel { name: "exp", build: |x| x.a.exp() },
    SmallKernel { name: "log", build: |x| x.b.log() },
    SmallKernel { name: "sin", build: |x| x.c.sin() },
    SmallKernel { name: "sqrt", build: |x| x.a.sqrt() },
    SmallKernel { name: "power", build: |x| x.a.power(&x.b) },
];
