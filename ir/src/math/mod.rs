//! The mathematical functions, each written once, as a lane program.

mod erf;
mod inverse_trig;
mod parts;
mod roots;
mod trig;
mod trig_reduce;

pub use erf::{erf, erfc};
pub use inverse_trig::{arccos, arcsin, arctan, arctan2};
pub use roots::{cbrt, hypot};
pub use trig::{cos, sin, tan};

use crate::lanes::{Builder, V};

/// The constant tables that [`crate::lanes::LaneOp::Lookup`] reads.
pub const TABLES: &[&[u64]] = &[&trig_reduce::TWO_OVER_PI];

macro_rules! stub { ($($n:ident($($a:ident),*);)*) => { $(
/// stub
pub fn $n(_b: &mut Builder, $($a: V),*) -> V { let v = [$($a),*]; v[0] } )* } }
stub! { exp(x); exp2(x); expm1(x); log(x); log2(x); log10(x); log1p(x); logaddexp(x, y); logaddexp2(x, y);
sinh(x); cosh(x); tanh(x); arcsinh(x); arccosh(x); arctanh(x);
pow(x, y); }
