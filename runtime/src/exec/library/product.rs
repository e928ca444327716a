//! Matrix products as a library call.

use super::{Job, Library, References};
use crate::Error;
use crate::exec::product::{self, Arrays};
use crate::reference::{Elements, Operand, Pace};
use jitney_ir::Scalar;
use jitney_ir::lanes::Evaluator;
use jitney_ir::ops::{Elementwise, Reduction};
use jitney_ir::product::Order;
use jitney_ir::reduction::Meeting;

pub(super) struct Product;

impl Library for Product {
    fn run(&self, job: Job<'_>) -> Result<(), Error> {
        let ([a, b], [Some(out)]) = (&job.call.operands[..], &job.call.results[..]) else {
            return Err(Error::internal("a product of two operands"));
        };
        product::run(Arrays { a, b, out }, job.memory, job.team, job.budget)
    }

    /// Products and sums one by one, in the order of the product.
    fn reference(&self, operands: &[Operand<'_>], pace: &mut Pace<'_>) -> References {
        let [a, b] = operands else { return Err(Error::internal("a product of two operands")) };
        let (dtype, rank) = (a.node.dtype, a.node.shape.rank());
        let (left, right) = (a.node.shape.extents(), b.node.shape.extents());
        let (m, k, n) = (left[rank - 2], left[rank - 1], right[rank - 1]);
        let n_batches: usize = left[..rank - 2].iter().product();
        let order = Order::of(m, k, n);
        let times = Elementwise::Multiply.program(&[dtype; 2]);
        let plus = Reduction::Sum.program(Meeting::Accumulate, dtype);
        let (mut times, mut plus) = (Evaluator::new(&times), Evaluator::new(&plus));
        let zero = Scalar::from_f64(dtype, 0.0).bits;
        let len = n_batches * m * n;
        let mut elements = Elements::with_capacity(len);
        for flat in 0..len {
            let (batch, i, j) = (flat / (m * n), flat / n % m, flat % n);
            let products = (0..k).map(|l| {
                let (row, column) = ((batch * m + i) * k + l, (batch * k + l) * n + j);
                times.run(&[a.bits[row], b.bits[column]]);
                times.result(0)
            });
            let products = pace.list(k, products)?;
            elements.push(order.try_sum(&products, zero, |x, y| {
                pace.step()?;
                plus.run(&[x, y]);
                Ok(plus.result(0))
            })?);
        }
        Ok(vec![elements])
    }
}
