//! Stores past the caches.
//!
//! What is written to memory that is not in a cache is read into it first, a line at a time.
//! Of a result that no cache could hold until somebody reads it that is a third of all that
//! an addition moves. A loop of full lines can do without, if the results are aligned.
//!
//! Such stores may become visible later than those that follow. The kernel ends with a fence;
//! one after each row would make it wait for the row to reach memory.

use super::allocate::Allocated;
use super::encode::{Encoder, Part};
use super::layout::{Argument, Layout, SLOT};
use iced_x86::IcedError;
use iced_x86::code_asm::{CodeLabel, cl, qword_ptr, rax, rcx, rdi, rsi};
use jitney_ir::lanes::Program;

/// Lane instructions from which on a program computes for longer than its results take to
/// get to memory either way.
const MAX_COST: usize = 100;

/// Whether a program's stores should have a form that goes past the caches.
pub(super) fn pays(program: &Program) -> bool {
    !program.results.is_empty() && program.cost() <= MAX_COST
}

/// The offsets of the addresses of results in the arguments.
pub(super) fn sinks(layout: &Layout) -> impl Iterator<Item = u32> + '_ {
    let is_sink = |(_, argument): &(usize, &Argument)| matches!(argument, Argument::Sink(_));
    layout.arguments.iter().enumerate().filter(is_sink).map(|(index, _)| (index * SLOT) as u32)
}

impl Encoder<'_> {
    /// The main loop with stores past the caches, if the arguments ask for it and all results
    /// begin a line; leads to `tail` then, else to `main`, which follows.
    pub(super) fn stream(
        &mut self,
        body: &Allocated,
        main: CodeLabel,
        tail: CodeLabel,
    ) -> Result<(), IcedError> {
        let Some(streams) = self.frame.streams else { return Ok(()) };
        let [step, reach] = [self.frame.step, self.frame.reach].map(|n| n as i32);
        self.asm.cmp(qword_ptr(rdi + streams), 0)?;
        self.asm.je(main)?;
        self.asm.mov(rcx, 0u64)?;
        for sink in self.frame.sinks {
            self.asm.or(rcx, qword_ptr(rdi + *sink))?;
        }
        self.asm.test(cl, 63)?;
        self.asm.jne(main)?;
        let mut stream = self.asm.create_label();
        self.asm.set_label(&mut stream)?;
        self.is_streaming = true;
        self.body(body, Part::Main)?;
        self.is_streaming = false;
        self.asm.add(rax, step)?;
        self.asm.lea(rcx, rax + reach)?;
        self.asm.cmp(rcx, rsi)?;
        self.asm.jle(stream)?;
        self.asm.jmp(tail)
    }
}
