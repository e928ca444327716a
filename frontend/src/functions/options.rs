//! Optional arguments: what the closure that a function `…_with` takes can set, by NumPy's names.
//!
//! ```
//! use jitney as jn;
//! let above = jn::eye_with(3, |o| o.k(1).dtype(jn::DType::I64));
//! assert_eq!(above.sum(..).item::<i64>()?, 2);
//! # Ok::<(), jn::Error>(())
//! ```

pub use super::creation::with::*;
pub use super::logic::with::*;
pub use super::manipulation::with::*;
pub use super::parameters::Indexing;
