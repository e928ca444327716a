//! Evaluates array graphs: buffers, the reference interpreter, the caches of plans and
//! compiled kernels, and the execution of plans on threads.
//!
//! [`Expr`] is the graph as it is built: reference-counted nodes that remember their value
//! once there is one. [`eval`] writes the expressions it is given down as a key, under which
//! it finds the plan that was made before; or else it reads an
//! [`ir::graph::Graph`](jitney_ir::graph::Graph) from the key, has the optimizer turn that
//! into a plan, and the code generator compile the plan's kernels. Then it runs them.
//!
//! Unsafe code is in `buffer.rs` (memory), `exec/` (calls of compiled code) and
//! `files/map.rs` (memory mapping) only.

pub mod buffer;
mod cache;
mod claim;
mod collect;
mod context;
mod engine;
mod error;
mod eval;
mod exec;
mod expr;
pub mod files;
mod function;
pub mod inspect;
mod key;
mod nodes;
mod planning;
pub mod random;
mod reference;
mod settings;
mod source;
mod value;

pub use engine::{
    check_environment, clear_caches, compilations, set_cache_bytes, set_kernel_cache_size,
};
pub use error::{Error, ErrorKind};
pub use eval::{eval, trace};
pub use expr::{Expr, ExprInput, ExprInputs};
pub use function::{Function, Given, Nodes, is_tracing};
pub use jitney_ir::Element;
pub use nodes::with_node_budget;
pub use settings::{Mode, Settings, set_mode, settings, with_mode, with_settings};
pub use value::{Value, room};
