//! Compiles kernels to native code in process, through Cranelift.
//!
//! [`Compiler::compile`] takes a [`Kernel`](jitney_ir::kernel::Kernel) and returns
//! [`Compiled`] code that computes to the bit what [`jitney_ir::lanes`] and
//! [`jitney_ir::reduction`] define.
//!
//! From the outside in:
//! * `compiler`: settings, code memory, the call;
//! * `nest`: loops over kept axes, around a row or a stripe of rows;
//! * `rows` and `columns`: the two schedules of reductions; `accumulate` is a block's
//!   accumulators in registers, `blocks` how blocks and partial results combine, on `levels`;
//! * `range`: a program along the vector axis, vectors first, then single elements;
//! * `pieces`: long programs cut into several, with `temporaries` between them;
//! * `wide_rows`: calls of wide functions, row after row;
//! * `stage`: strided elements in contiguous chunks, `interleave` such that are neighbours;
//! * `ports`: where lanes come from and go;
//! * `lanes`: the program itself, in vectors of 128 bits or scalars;
//! * `emitter`: loops and branches as Cranelift blocks; `functions`: what a kernel calls;
//! * `wide`: the program in vectors of 512 or 256 bits, where the machine and the layout allow it;
//! * `host`: functions that compiled code calls; `disasm`: dumps.
//!
//! Cranelift's own optimizer is mostly switched off: what is uniform, constant or rare is
//! known here from the lane program and placed where it belongs while emitting.

mod accumulate;
mod ahead;
mod blocks;
mod columns;
mod compiler;
mod disasm;
mod emitter;
mod functions;
mod host;
mod interleave;
mod lanes;
mod levels;
mod nest;
mod pieces;
mod ports;
mod range;
mod rows;
mod stage;
mod temporaries;
mod wide;
mod wide_rows;

pub use compiler::{CompileError, Compiled, Compiler, Emitters};
