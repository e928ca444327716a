//! Evaluates array graphs: buffers, the reference interpreter, the caches of plans and
//! compiled kernels, and the execution of plans on threads.
//!
//! [`Expr`] is the graph as it is built: reference-counted nodes that remember their value
//! once there is one. [`eval`] collects the expressions it is given into an
//! [`ir::graph::Graph`](jitney_ir::graph::Graph), has the optimizer turn that into a plan,
//! has the code generator compile the plan's kernels, and runs them.
//!
//! Unsafe code is in `buffer.rs` (memory), `exec/` (calls of compiled code) and
//! `files/map.rs` (memory mapping) only.

pub mod buffer;
mod cache;
mod collect;
mod error;
mod eval;
mod exec;
mod expr;
pub mod files;
pub mod inspect;
mod reference;
mod settings;
mod value;

pub use cache::{clear_caches, compilations, set_kernel_cache_size};
pub use error::{Error, ErrorKind};
pub use eval::{eval, trace};
pub use expr::{Expr, ExprOp};
pub use settings::{Mode, Settings, set_mode, settings, with_mode, with_settings};
pub use value::{Element, Value};
