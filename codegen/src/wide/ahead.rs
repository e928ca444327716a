//! Reading ahead: a reduction asks for the elements that it will read later.
//!
//! The addresses are arguments, since only the kernel knows which rows follow which.
//!
//! Asking for an address where there is no memory does nothing, so that the end of an array is no
//! case of its own.

use super::encode::{Encoder, set_memory};
use super::layout::{Argument, Layout};
use super::select::Source;
use iced_x86::code_asm::{qword_ptr, rcx, rdi};
use iced_x86::{Code, IcedError, Instruction, Register};

/// Bytes that memory hands over at a time.
const LINE: u32 = 64;

/// Adds an argument for each that is the address of elements; returns the offsets of both.
pub(super) fn arguments(layout: &mut Layout, sources: &[Source]) -> Vec<(u32, u32)> {
    // Those whose address some body has asked for.
    let is_source = |number: &usize| {
        sources[*number] == Source::Elements
            && layout.arguments.contains(&Argument::Source(*number))
    };
    let numbers: Vec<usize> = (0..sources.len()).filter(is_source).collect();
    let mut offsets = |number| {
        (layout.argument(Argument::Source(number)), layout.argument(Argument::Ahead(number)))
    };
    numbers.into_iter().map(&mut offsets).collect()
}

impl Encoder<'_> {
    /// Asks for what is later read as the elements from `lane` on are now, if the argument is
    /// an address for which that is done.
    pub(super) fn ask_ahead(
        &mut self,
        argument: u32,
        size: u32,
        lane: u32,
    ) -> Result<(), IcedError> {
        let mut pairs = self.frame.ahead.iter();
        let Some((_, ahead)) = pairs.find(|(source, _)| *source == argument) else { return Ok(()) };
        // Several loads of a step may read one line, which is asked for once.
        if !(lane * size).is_multiple_of(LINE) {
            return Ok(());
        }
        let base = self.pointer(*ahead);
        if base == Register::RCX {
            self.asm.mov(rcx, qword_ptr(rdi + *ahead))?;
        }
        let mut inst = Instruction::new();
        inst.set_code(Code::Prefetcht0_m8);
        set_memory(&mut inst, 0, base, Register::RAX, size, lane * size);
        self.asm.add_instruction(inst)
    }
}
