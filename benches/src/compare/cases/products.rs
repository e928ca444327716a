//! Matrix products alone, beside NumPy's: square ones, vectors, stacks, and small results of long
//! sums, with operands that lie along rows and along columns.

use super::{size, tolerance};
use crate::compare::case::{Case, Scale, Section, one};
use crate::compare::random::Random;
use jitney as jn;
use jn::{Array, DType};
use serde_json::json;

/// A formula of x and y: as text, which NumPy evaluates, and as what builds it.
type Product = (&'static str, fn(&[Array]) -> Array);

const PRODUCT: Product = ("x @ y", |x| x[0].matmul(&x[1]));
const OF_COLUMNS: Product = ("x.T @ y", |x| x[0].t().matmul(&x[1]));
const WITH_ITSELF: Product = ("x @ x.T", |x| x[0].matmul(&x[0].t()));
const BY_ITSELF: Product = ("x.T @ x", |x| x[0].t().matmul(&x[0]));

/// Products and the shapes of their operands.
const CASES: [(Product, &[&[usize]]); 21] = [
    (PRODUCT, &[&[4, 4], &[4, 4]]),
    (PRODUCT, &[&[16, 16], &[16, 16]]),
    (PRODUCT, &[&[64, 64], &[64, 64]]),
    (PRODUCT, &[&[256, 256], &[256, 256]]),
    (PRODUCT, &[&[1024, 1024], &[1024, 1024]]),
    (OF_COLUMNS, &[&[256, 256], &[256, 256]]),
    (PRODUCT, &[&[1000], &[1000]]),
    (PRODUCT, &[&[1_000_000], &[1_000_000]]),
    (PRODUCT, &[&[100, 100], &[100]]),
    (PRODUCT, &[&[1000, 1000], &[1000]]),
    (OF_COLUMNS, &[&[1000, 1000], &[1000]]),
    (PRODUCT, &[&[1000], &[1000, 1000]]),
    (PRODUCT, &[&[10_000, 10], &[10]]),
    (PRODUCT, &[&[1000, 1], &[1, 1000]]),
    (PRODUCT, &[&[1000, 4, 4], &[1000, 4, 4]]),
    (PRODUCT, &[&[1000, 16, 16], &[1000, 16, 16]]),
    (WITH_ITSELF, &[&[1000, 50]]),
    (WITH_ITSELF, &[&[10, 1000]]),
    (BY_ITSELF, &[&[1000, 50]]),
    (BY_ITSELF, &[&[1000, 10]]),
    (PRODUCT, &[&[4, 1000], &[1000, 4]]),
];

/// The cases of a scale.
pub fn cases(scale: Scale) -> Vec<Case> {
    let dtypes = super::floats(scale);
    dtypes.iter().flat_map(|dtype| CASES.map(|it| case(scale, it, *dtype))).collect()
}

fn case(scale: Scale, ((formula, build), shapes): (Product, &[&[usize]]), dtype: DType) -> Case {
    let shapes: Vec<Vec<usize>> = shapes.iter().map(|shape| shape.to_vec()).collect();
    let sizes: Vec<String> = shapes.iter().map(|shape| size(shape, dtype)).collect();
    let inputs = move || {
        let mut random = Random::seeded();
        // Extents that are equal stay so.
        let extent = |n: &usize| if scale == Scale::Tiny { n % 10 + 1 } else { *n };
        let shapes = shapes.iter().map(|shape| shape.iter().map(extent).collect::<Vec<_>>());
        shapes.map(|shape| random.between(0.0, 1.0, &shape, dtype)).collect()
    };
    let (relative, absolute) = tolerance(dtype);
    let names = (formula, sizes.join(", "));
    Case::new(Section::Products, names, "product", inputs, move |x| one(build(x)))
        .parameters(json!({ "formula": formula }))
        .tolerance(relative, absolute)
}
