//! Matrix products, by the `gemm` crate.
//!
//! The library chooses its blocking by shape and machine, and splits rows and columns of the
//! result between threads, never a sum: the bits do not depend on the number of threads.

use super::Workers;
use super::memory::Memory;
use crate::Error;
use crate::value::Places;
use gemm::{Parallelism, gemm};
use jitney_ir::DType;
use jitney_ir::graph::Layout;
use jitney_ir::shape::{Dims, Shape};
use jitney_optimizer::{ArrayRef, ProductCall};

/// Multiplications below which one thread does all.
const SERIAL_WORK: usize = 1 << 16;

/// Runs a product.
pub(super) fn run(call: &ProductCall, memory: &Memory<'_>, workers: &Workers) -> Result<(), Error> {
    let rank = call.out.layout.shape.rank();
    let (m, n) = (call.out.layout.shape.0[rank - 2], call.out.layout.shape.0[rank - 1]);
    let k = call.a.layout.shape.0[rank - 1];
    if call.out.layout.shape.is_empty() {
        return Ok(());
    }
    // Values are checked against their buffers, so that the library stays inside them.
    for array in [&call.a, &call.b, &call.out] {
        memory.value(array)?;
    }
    let operands = [&call.out, &call.a, &call.b].map(|array| Operand::of(array, memory));
    let run = |n_threads: usize| {
        let parallelism = match n_threads {
            1 => Parallelism::None,
            n => Parallelism::Rayon(n),
        };
        let [out, a, b] = &operands;
        let batches = Places::new(&out.batches).zip(Places::new(&a.batches));
        for ((to, from_a), from_b) in batches.zip(Places::new(&b.batches)) {
            let product = Product { m, n, k, places: [to, from_a, from_b], parallelism };
            match call.out.dtype {
                DType::F32 => product.run::<f32>(&operands),
                _ => product.run::<f64>(&operands),
            }
        }
    };
    match m.saturating_mul(n).saturating_mul(k) {
        0..SERIAL_WORK => run(1),
        _ => workers.within(run),
    }
    Ok(())
}

/// An operand: its memory, the places of its batches, the strides of its matrices.
struct Operand {
    address: usize,
    batches: Layout,
    rows: isize,
    columns: isize,
}

impl Operand {
    fn of(array: &ArrayRef, memory: &Memory<'_>) -> Operand {
        let (address, _, offset) = memory.span(array.place);
        let layout = &array.layout;
        let rank = layout.shape.rank();
        let size = array.dtype.size() as isize;
        Operand {
            address: address.wrapping_offset(offset) as usize,
            batches: Layout {
                shape: Shape::new(&layout.shape.0[..rank - 2]),
                strides: Dims::from_slice(&layout.strides[..rank - 2]),
                offset: layout.offset,
            },
            rows: layout.strides[rank - 2] / size,
            columns: layout.strides[rank - 1] / size,
        }
    }
}

/// One product of a batch.
struct Product {
    m: usize,
    n: usize,
    k: usize,
    places: [isize; 3],
    parallelism: Parallelism,
}

impl Product {
    fn run<T: Copy + Zero + 'static>(&self, [out, a, b]: &[Operand; 3]) {
        let at = |operand: &Operand, place: isize| {
            (operand.address as *mut T).wrapping_byte_offset(place)
        };
        // SAFETY: `run` has shown that all elements of the three arrays lie in live buffers.
        // The result's buffer is the plan's own, not yet seen by anybody else, and no operand
        // is in it. Strides are multiples of the element's size, buffers and element offsets
        // aligned to it.
        unsafe {
            gemm(
                self.m,
                self.n,
                self.k,
                at(out, self.places[0]),
                out.columns,
                out.rows,
                false,
                at(a, self.places[1]),
                a.columns,
                a.rows,
                at(b, self.places[2]),
                b.columns,
                b.rows,
                T::ZERO,
                T::ONE,
                false,
                false,
                false,
                self.parallelism,
            );
        }
    }
}

/// The factors that `gemm` asks for.
trait Zero {
    const ZERO: Self;
    const ONE: Self;
}

impl Zero for f32 {
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;
}

impl Zero for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
}
