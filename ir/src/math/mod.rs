//! The mathematical functions, each written once, as a lane program.
//!
//! Errors are stated in units in the last place of the exact result, measured on millions of
//! random arguments of all sizes against a 113-bit evaluation. An error below 1.5 means that
//! the result is the exact one's rounding or next to it. Operations are counted without
//! constants and bitcasts, those of rare paths apart.

mod exp;
mod hyperbolic;
mod inverse_hyperbolic;
mod log;
mod logaddexp;
mod parts;
mod pow;

pub use exp::{exp, exp2, expm1};
pub use hyperbolic::{cosh, sinh, tanh};
pub use inverse_hyperbolic::{arccosh, arcsinh, arctanh};
pub use log::{log, log1p, log2, log10};
pub use logaddexp::{logaddexp, logaddexp2};
pub use pow::pow;

use crate::lanes::{Builder, V};

/// The constant tables that [`crate::lanes::LaneOp::Lookup`] reads.
pub const TABLES: &[&[u64]] = &[];

macro_rules! stub { ($($n:ident($($a:ident),*);)*) => { $(
/// stub
pub fn $n(_b: &mut Builder, $($a: V),*) -> V { let v = [$($a),*]; v[0] } )* } }
stub! { cbrt(x);
sin(x); cos(x); tan(x); arcsin(x); arccos(x); arctan(x); arctan2(x, y);
hypot(x, y); erf(x); erfc(x); }
