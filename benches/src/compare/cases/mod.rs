//! The cases, as data.

mod chains;
mod draws;
mod equation;
mod functions;
mod kernels;
mod latency;
mod products;
mod stencils;
mod workloads;

use super::case::{Case, Scale};
use jitney::DType;

/// All cases, in the order of the table.
pub fn cases(scale: Scale) -> Vec<Case> {
    [
        workloads::cases(scale),
        stencils::cases(scale),
        kernels::cases(scale),
        chains::cases(scale),
        products::cases(scale),
        functions::cases(scale),
        draws::cases(scale),
        latency::cases(scale),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The dtypes of small formulas and functions.
fn floats(scale: Scale) -> &'static [DType] {
    if scale == Scale::Quick { &[DType::F64] } else { &[DType::F64, DType::F32] }
}

/// The relative and absolute tolerance of a float dtype, for values of about 1.
fn tolerance(dtype: DType) -> (f64, f64) {
    if dtype == DType::F32 { (1e-4, 1e-6) } else { (1e-9, 1e-12) }
}

/// A number with commas between its thousands.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

/// Lengths and dtype of arrays, for the table.
fn size(shape: &[usize], dtype: DType) -> String {
    let lengths: Vec<String> = shape.iter().map(|n| grouped(*n)).collect();
    format!("{} {dtype}", lengths.join(" × "))
}
