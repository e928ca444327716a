//! Dumps of what a kernel became: Cranelift's code and the machine's.
//!
//! Nothing here runs when kernels do: a dump compiles its kernel once more, so that compiled code
//! need not keep what only a dump reads.

use crate::compiler::{CompileError, Compiler, Emitters};
use crate::functions::Callee;
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::TargetIsa;
use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter, Mnemonic};
use jitney_ir::kernel::Kernel;
use std::collections::BTreeMap;
use std::fmt::Write;

impl Compiler {
    /// The kernel in Cranelift's intermediate form, before optimization.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn clif(&self, kernel: &Kernel) -> Result<String, CompileError> {
        let lowered = self.lower(kernel)?;
        let mut text = lowered.function.display().to_string();
        for (index, callee) in lowered.callees.iter().enumerate() {
            if let Callee::Shared(function) = callee {
                let _ = write!(text, "\nfn u0:{}:\n{}", index + 1, function.display());
            }
        }
        Ok(text)
    }

    /// The kernel's machine code, disassembled; jump targets are labels.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn asm(&self, kernel: &Kernel) -> Result<String, CompileError> {
        let lowered = self.lower(kernel)?;
        let isa = &**self.isa_for(kernel, &lowered);
        let mut text = compiled_text(isa, lowered.function)?;
        for (index, callee) in lowered.callees.into_iter().enumerate() {
            let number = index + 1;
            match callee {
                Callee::Wide(function) => {
                    let _ = writeln!(text, "wide function {number}, {} lanes:", function.lanes);
                    // Of these it is known where constants begin.
                    text += &disassemble(&decode(&function.bytes[..function.code_bytes]));
                }
                Callee::Shared(function) => {
                    let _ = writeln!(text, "function {number}:");
                    text += &compiled_text(isa, *function)?;
                }
            }
        }
        Ok(text)
    }
}

impl Emitters {
    /// The wide functions that the emitters make for a kernel, disassembled. The machine need not be
    /// able to run them.
    ///
    /// # Errors
    /// If the kernel does not verify.
    pub fn wide_asm(self, kernel: &Kernel) -> Result<String, CompileError> {
        let mut text = String::new();
        for callee in Compiler::for_dumps(self)?.lower(kernel)?.callees {
            if let Callee::Wide(function) = callee {
                let _ = writeln!(text, "{} lanes:", function.lanes);
                text += &disassemble(&decode(&function.bytes[..function.code_bytes]));
            }
        }
        Ok(text)
    }
}

/// The machine code of a function of Cranelift's.
fn compiled_text(isa: &dyn TargetIsa, function: Function) -> Result<String, CompileError> {
    let mut context = Context::for_function(function);
    let is_x86 = isa.triple().architecture.to_string() == "x86_64";
    // Cranelift's own text is of registers and labels of its own; iced's is what other tools
    // print.
    context.set_disasm(!is_x86);
    let code = context
        .compile(isa, &mut ControlPlane::default())
        .map_err(|error| CompileError::from(error.inner))?;
    // Asked for above on machines whose code iced does not read.
    Ok(match &code.vcode {
        Some(text) => text.clone(),
        None => disassemble(without_constants(&decode(code.code_buffer()))),
    })
}

/// The instructions of code taken to begin at address 0: only jumps within it matter.
fn decode(code: &[u8]) -> Vec<Instruction> {
    Decoder::with_ip(64, code, 0, DecoderOptions::NONE).into_iter().collect()
}

/// Constants that follow Cranelift's code are not told apart from it. So the code ends where
/// nothing goes on by itself and nothing so far jumps beyond: rare blocks stand after the `ret`.
///
/// ```text
///  0  jne 20       furthest is 20
///  8  ret          not the end: something jumps to 20
/// 20  …
/// 28  jmp 8        the end: nothing jumps beyond
/// 32  constants
/// ```
fn without_constants(instructions: &[Instruction]) -> &[Instruction] {
    let stops = |inst: &Instruction| {
        matches!(inst.mnemonic(), Mnemonic::Ret | Mnemonic::Jmp | Mnemonic::Ud2)
    };
    let mut code: &[Instruction] = &[];
    // The farthest that anything so far jumps to.
    let mut furthest = 0;
    while let Some(start) = instructions[code.len()..].iter().position(|i| i.ip() >= furthest) {
        let start = code.len() + start;
        let rest = &instructions[start..];
        let end = start + rest.iter().position(stops).map_or(rest.len(), |last| last + 1);
        code = &instructions[..end];
        let targets = code.iter().map(Instruction::near_branch_target);
        furthest = targets.max().unwrap_or_default();
        if code.last().is_none_or(|last| furthest <= last.ip()) {
            break;
        }
    }
    code
}

/// x86-64 code in Intel's syntax.
fn disassemble(instructions: &[Instruction]) -> String {
    // The number of each target, and whether a loop starts there: something jumps back to it.
    let mut labels: BTreeMap<u64, (usize, bool)> = BTreeMap::new();
    for inst in instructions.iter().filter(|inst| inst.near_branch_target() != 0) {
        let (_, is_loop) = labels.entry(inst.near_branch_target()).or_default();
        *is_loop |= inst.near_branch_target() <= inst.ip();
    }
    // Numbered from the top, so that equal code has equal text wherever it lies.
    labels.values_mut().enumerate().for_each(|(number, label)| label.0 = number + 1);

    let mut formatter = IntelFormatter::new();
    let mut text = String::new();
    for inst in instructions {
        if let Some((label, is_loop)) = labels.get(&inst.ip()) {
            let _ = writeln!(text, "L{label}:{}", if *is_loop { "  ; loop" } else { "" });
        }
        let mut line = String::new();
        match labels.get(&inst.near_branch_target()) {
            Some((label, _)) => {
                // The formatter would print the address of the target.
                let mnemonic = format!("{:?}", inst.mnemonic()).to_lowercase();
                let _ = write!(line, "{mnemonic} L{label}");
            }
            None => formatter.format(inst, &mut line),
        }
        let _ = writeln!(text, "  {line}");
    }
    text
}
