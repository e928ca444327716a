//! Functions that compiled code calls: the operations that loop, and those that machines
//! without SSE4.1 or FMA lack.
//!
//! They are the same Rust functions that the reference interpreter runs, or the operators that it
//! uses, so that both give the same bits. Whatever a machine has instructions for is
//! emitted as such instead.

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

/// One width does for all: the low bits of a product depend on the low bits of its factors alone.
extern "C" fn pow(base: u64, exponent: u64) -> u64 {
    lanes::wrapping_pow(base, exponent)
}

/// Narrower operands arrive extended by zeros, which leaves their divisors as they are.
extern "C" fn gcd(a: u64, b: u64) -> u64 {
    lanes::gcd(a, b)
}

/// Exact, hence the same from any correct implementation.
extern "C" fn rem_f32(a: f32, b: f32) -> f32 {
    a % b
}

extern "C" fn rem_f64(a: f64, b: f64) -> f64 {
    a % b
}

/// The functions that Cranelift calls for what the machine has no instruction for. They are
/// ours rather than the C library's, which need not be there and need not agree.
pub(crate) fn library_function(name: &str) -> Option<*const u8> {
    type Unary<T> = extern "C" fn(T) -> T;
    type Ternary<T> = extern "C" fn(T, T, T) -> T;
    let unary_f32 = |f: Unary<f32>| Some(f as *const u8);
    let unary_f64 = |f: Unary<f64>| Some(f as *const u8);
    extern "C" fn fma_f32(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
    extern "C" fn fma_f64(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
    // Each use makes a function of its own, of the C calling convention.
    macro_rules! rounding {
        ($float:ty, $method:ident) => {{
            extern "C" fn round(x: $float) -> $float {
                x.$method()
            }
            round
        }};
    }
    match name {
        "fmaf" => Some(fma_f32 as Ternary<f32> as *const u8),
        "fma" => Some(fma_f64 as Ternary<f64> as *const u8),
        "floorf" => unary_f32(rounding!(f32, floor)),
        "floor" => unary_f64(rounding!(f64, floor)),
        "ceilf" => unary_f32(rounding!(f32, ceil)),
        "ceil" => unary_f64(rounding!(f64, ceil)),
        "truncf" => unary_f32(rounding!(f32, trunc)),
        "trunc" => unary_f64(rounding!(f64, trunc)),
        "nearbyintf" => unary_f32(rounding!(f32, round_ties_even)),
        "nearbyint" => unary_f64(rounding!(f64, round_ties_even)),
        _ => None,
    }
}
