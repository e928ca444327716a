//! Functions that compiled code calls: the operations that loop.

use jitney_ir::lanes;

/// A function of the host that compiled code calls; operands and result are of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostFn {
    /// [`jitney_ir::lanes::LaneOp::IPow`] at 64 bits.
    Pow,
    /// [`jitney_ir::lanes::LaneOp::UGcd`] at 64 bits.
    Gcd,
    /// [`jitney_ir::lanes::LaneOp::FRem`] of `f32`.
    RemF32,
    /// [`jitney_ir::lanes::LaneOp::FRem`] of `f64`.
    RemF64,
}

impl HostFn {
    /// Where its code is.
    pub(crate) fn address(self) -> usize {
        match self {
            HostFn::Pow => pow as extern "C" fn(u64, u64) -> u64 as usize,
            HostFn::Gcd => gcd as extern "C" fn(u64, u64) -> u64 as usize,
            HostFn::RemF32 => rem_f32 as extern "C" fn(f32, f32) -> f32 as usize,
            HostFn::RemF64 => rem_f64 as extern "C" fn(f64, f64) -> f64 as usize,
        }
    }
}

extern "C" fn pow(base: u64, exponent: u64) -> u64 {
    lanes::wrapping_pow(base, exponent)
}

extern "C" fn gcd(a: u64, b: u64) -> u64 {
    lanes::gcd(a, b)
}

extern "C" fn rem_f32(a: f32, b: f32) -> f32 {
    a % b
}

extern "C" fn rem_f64(a: f64, b: f64) -> f64 {
    a % b
}
