//! From a kernel to callable code.
//!
//! ```text
//! Kernel ── lower ──► Cranelift function + wide functions' bytes
//!                     │
//!                     ▼ one JIT module: kernel is function 0, wide functions follow
//!                     Compiled: entry address, and the module that owns the memory
//! ```
//!
//! Each kernel has a module of its own. Modules free all of their code at once, and the cache of
//! the runtime drops kernels one by one.

use crate::blocks::ScratchSize;
use crate::emitter::{Emitter, Machine, Notes};
use crate::functions::Callee;
use crate::host;
use crate::nest::emit_kernel;
use crate::range;
use crate::wide::{Target, WideFunction};
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{AbiParam, Function, Signature, UserFuncName};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CodegenError, Context};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Module, ModuleError, default_libcall_names};
use jitney_ir::kernel::{Kernel, Scope};
use jitney_ir::lanes::{LaneOp, Program};
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Why a kernel could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError(String);

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CompileError {}

impl From<ModuleError> for CompileError {
    fn from(error: ModuleError) -> CompileError {
        CompileError(error.to_string())
    }
}

impl From<CodegenError> for CompileError {
    fn from(error: CodegenError) -> CompileError {
        CompileError(error.to_string())
    }
}

/// Which code generators a compiler uses. All of them compute the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emitters {
    /// Cranelift alone: vectors of 128 bits.
    Cranelift,
    /// AVX2 code where there is some for a program, and Cranelift for the rest.
    Avx2,
    /// AVX-512 code where there is some for a program, and Cranelift for the rest.
    Avx512,
    /// What is fastest on this machine.
    Best,
}

impl Emitters {
    /// What the machine has, other than `Best`.
    pub fn available() -> Vec<Emitters> {
        let mut available = vec![Emitters::Cranelift];
        available.extend(Target::Avx2.is_supported().then_some(Emitters::Avx2));
        available.extend(Target::Avx512.is_supported().then_some(Emitters::Avx512));
        available
    }

    /// What the environment variable `JITNEY_EMITTER` names: `cranelift`, `avx2`,
    /// `avx512` or `best`; the best if it is not set.
    ///
    /// # Errors
    /// If it is anything else, or what the machine does not have.
    pub fn from_environment() -> Result<Emitters, CompileError> {
        let Some(name) = std::env::var_os("JITNEY_EMITTER") else { return Ok(Emitters::Best) };
        let emitters = match name.to_str() {
            Some("cranelift") => Emitters::Cranelift,
            Some("avx2") => Emitters::Avx2,
            Some("avx512") => Emitters::Avx512,
            Some("best" | "") => Emitters::Best,
            _ => {
                let known = "cranelift, avx2, avx512 or best";
                let message =
                    format!("JITNEY_EMITTER is {name:?}: set it to {known}, or not at all");
                return Err(CompileError(message));
            }
        };
        emitters.target().map(|_| emitters)
    }

    /// The vectors of wide code; none for Cranelift alone. What is asked for by name must be there.
    fn target(self) -> Result<Option<Target>, CompileError> {
        let (target, name) = match self {
            Emitters::Cranelift => return Ok(None),
            Emitters::Best => return Ok(Target::best()),
            Emitters::Avx2 => (Target::Avx2, "AVX2"),
            Emitters::Avx512 => (Target::Avx512, "AVX-512"),
        };
        match target.is_supported() {
            true => Ok(Some(target)),
            false => Err(CompileError(format!("this machine has no {name}"))),
        }
    }
}

/// Compiles kernels for the machine it runs on; shared freely between threads.
pub struct Compiler {
    wide: Option<Target>,
    isas: Isas,
}

/// Cranelift for this machine, in degrees of care.
struct Isas {
    /// Without its optimizer, and with registers given out in one pass: for code whose loops are
    /// all in wide functions. Compiling takes two thirds of the time.
    quick: OwnedTargetIsa,
    /// Without its optimizer: what it would find has been done while emitting, and compiling takes
    /// two thirds of the time.
    usual: OwnedTargetIsa,
    /// With it, for what it alone knows: division by constants, four times as fast.
    optimizing: OwnedTargetIsa,
}

impl Compiler {
    /// A compiler that uses whatever this machine has, within what the environment says
    /// of [`Emitters`].
    ///
    /// # Errors
    /// If Cranelift does not know the machine, or the environment names no emitter of it.
    pub fn host() -> Result<Compiler, CompileError> {
        Compiler::host_with(Emitters::from_environment()?)
    }

    /// A compiler that uses whatever this machine has, with the given emitters.
    ///
    /// # Errors
    /// If Cranelift does not know the machine, or the machine lacks the emitter's vectors.
    pub fn host_with(emitters: Emitters) -> Result<Compiler, CompileError> {
        Compiler::new(true, emitters.target()?)
    }

    /// A compiler that uses what every machine of this architecture has. Its code computes
    /// the same bits, more slowly.
    ///
    /// # Errors
    /// If Cranelift does not know the architecture.
    pub fn portable() -> Result<Compiler, CompileError> {
        Compiler::new(false, None)
    }

    /// A compiler whose code is looked at, not run: with vectors that the machine may not have.
    pub(crate) fn for_dumps(emitters: Emitters) -> Result<Compiler, CompileError> {
        let wide = match emitters {
            Emitters::Cranelift => None,
            Emitters::Avx2 => Some(Target::Avx2),
            Emitters::Avx512 => Some(Target::Avx512),
            Emitters::Best => Target::best(),
        };
        Compiler::new(false, wide)
    }

    fn new(use_host_features: bool, wide: Option<Target>) -> Result<Compiler, CompileError> {
        let isa = |opt_level, regalloc| target(opt_level, regalloc, use_host_features);
        let isas = Isas {
            quick: isa("none", "single_pass")?,
            usual: isa("none", "backtracking")?,
            optimizing: isa("speed", "backtracking")?,
        };
        Ok(Compiler { wide, isas })
    }

    /// Compiles a kernel.
    ///
    /// # Errors
    /// If the kernel does not verify, or if the host refuses executable memory.
    pub fn compile(&self, kernel: &Kernel) -> Result<Compiled, CompileError> {
        let start = Instant::now();
        let lowered = self.lower(kernel)?;
        let isa = self.isa_for(kernel, &lowered).clone();
        let Lowered { function, scratch, notes, callees } = lowered;
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        builder.symbol_lookup_fn(Box::new(host::library_function));
        let mut code = Code(ManuallyDrop::new(JITModule::new(builder)));
        let module = &mut code.0;
        let wide: Vec<&WideFunction> = callees.iter().filter_map(Callee::wide).collect();
        let wide_lanes: Vec<usize> = wide.iter().map(|function| function.lanes).collect();
        // First, so that it has number 0, and the functions that it calls the ones after that.
        let id = module.declare_anonymous_function(&function.signature)?;
        let mut code_bytes = define(module, callees)?;
        let mut context = Context::for_function(function);
        module.define_function(id, &mut context)?;
        code_bytes += size_of_code(&context);
        module.finalize_definitions()?;
        let entry = module.get_finalized_function(id);
        // SAFETY: the address is that of the function just defined, whose signature in
        // `lower` is one pointer to `i64` and nothing returned, by the host's convention.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(entry) };
        let element = kernel.phases.iter().filter(|phase| phase.scope == Scope::Element);
        Ok(Compiled {
            entry,
            _code: Mutex::new(code),
            scratch,
            code_bytes,
            emitter: match self.wide.filter(|_| !wide_lanes.is_empty()) {
                None => Emitters::Cranelift,
                Some(Target::Avx2) => Emitters::Avx2,
                Some(Target::Avx512) => Emitters::Avx512,
            },
            wide_lanes,
            n_pieces: notes.n_pieces,
            lanes: element.map(|phase| range::lanes_of(&phase.program)).collect(),
            compile_time: start.elapsed(),
        })
    }

    /// The kernel as a Cranelift function, with what it needs.
    pub(crate) fn lower(&self, kernel: &Kernel) -> Result<Lowered, CompileError> {
        // In release builds as well: a kernel that does not verify may leave its arrays.
        kernel.verify().map_err(|error| CompileError(error.to_string()))?;
        let mut signature = Signature::new(self.isas.usual.default_call_conv());
        signature.params.push(AbiParam::new(I64));
        let mut function = Function::with_name_signature(UserFuncName::default(), signature);
        let mut context = FunctionBuilderContext::new();
        let builder = FunctionBuilder::new(&mut function, &mut context);
        let mut emitter = Emitter::new(builder, self.machine());
        let scratch = emit_kernel(&mut emitter, kernel);
        let (callees, notes) = emitter.finish();
        Ok(Lowered { function, scratch, callees, notes })
    }

    fn machine(&self) -> Machine {
        let flags = self.isas.usual.isa_flags();
        let has = |name| flags.iter().any(|flag| flag.name == name && flag.as_bool() == Some(true));
        // Only x86 before AVX wants operands in memory aligned.
        let is_x86 = self.isas.usual.triple().architecture.to_string() == "x86_64";
        Machine {
            // The flag is of the x86 backend, so no other architecture has it.
            has_x86_vectors: has("has_sse41"),
            has_unaligned_operands: !is_x86 || has("has_avx"),
            call_conv: self.isas.usual.default_call_conv(),
            config: self.isas.usual.frontend_config(),
            wide: self.wide,
        }
    }

    /// The settings that serve a kernel best.
    pub(crate) fn isa_for(&self, kernel: &Kernel, lowered: &Lowered) -> &OwnedTargetIsa {
        if kernel.phases.iter().any(|phase| divides_by_constant(&phase.program)) {
            &self.isas.optimizing
        } else if lowered.notes.has_own_loops {
            &self.isas.usual
        } else {
            &self.isas.quick
        }
    }
}

/// A kernel as Cranelift takes it.
pub(crate) struct Lowered {
    pub(crate) function: Function,
    /// The scratch memory it needs.
    pub(crate) scratch: ScratchSize,
    /// The functions it calls, of the numbers from 1 on.
    pub(crate) callees: Vec<Callee>,
    notes: Notes,
}

/// Adds the functions that a kernel calls to a module, and returns how many bytes of code they
/// are. The kernel has been declared before them, so that their numbers are those by which it
/// calls them.
fn define(module: &mut JITModule, callees: Vec<Callee>) -> Result<usize, CompileError> {
    let mut n_bytes = 0;
    for (index, callee) in callees.into_iter().enumerate() {
        let id = module.declare_anonymous_function(&callee.signature())?;
        debug_assert_eq!(id.as_u32() as usize, index + 1);
        n_bytes += match callee {
            Callee::Wide(function) => {
                module.define_function_bytes(id, 64, &function.bytes, &[])?;
                function.bytes.len()
            }
            Callee::Shared(function) => {
                let mut context = Context::for_function(*function);
                module.define_function(id, &mut context)?;
                size_of_code(&context)
            }
        };
    }
    Ok(n_bytes)
}

/// The bytes of what has just been compiled.
fn size_of_code(context: &Context) -> usize {
    context.compiled_code().map_or(0, |code| code.code_buffer().len())
}

/// Whether a program divides integers by a constant, for which multiplying by a reciprocal does.
fn divides_by_constant(program: &Program) -> bool {
    use LaneOp::{SDiv, SRem, UDiv, URem};
    program.insts.iter().any(|inst| {
        matches!(inst.op, SDiv | UDiv | SRem | URem) && program.constant(inst.args[1]).is_some()
    })
}

/// Cranelift's backend for this machine, or for the least of its architecture.
fn target(
    opt_level: &str,
    regalloc: &str,
    use_host_features: bool,
) -> Result<OwnedTargetIsa, CompileError> {
    let failed = |error: &dyn fmt::Display| CompileError(error.to_string());
    let mut flags = settings::builder();
    let verifier = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        ("opt_level", opt_level),
        ("regalloc_algorithm", regalloc),
        ("enable_verifier", verifier),
        // Code runs where it is written, and may be far from what it calls.
        ("is_pic", "false"),
        ("use_colocated_libcalls", "false"),
        // Nothing unwinds through a kernel: host functions do not panic.
        ("unwind_info", "false"),
        // Chunks of strided elements make frames longer than a guard page.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
        ("preserve_frame_pointers", "false"),
    ] {
        flags.set(name, value).map_err(|error| failed(&error))?;
    }
    let builder = cranelift_native::builder_with_options(use_host_features);
    let isa = builder.map_err(|error| failed(&error))?.finish(settings::Flags::new(flags))?;
    Ok(isa)
}

type Entry = extern "C" fn(*const i64);

/// Executable memory, given back when dropped.
struct Code(ManuallyDrop<JITModule>);

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: `self.0` is not touched again, this being the drop of its only owner.
        let module = unsafe { ManuallyDrop::take(&mut self.0) };
        // SAFETY: the code runs only in `Compiled::run`, which borrows the `Compiled` that
        // owns this, so nobody runs it now or later.
        unsafe { module.free_memory() };
    }
}

/// The code of one kernel, which lives as long as this value.
pub struct Compiled {
    entry: Entry,
    /// Kept to be dropped; the mutex makes it shareable, and is never locked.
    _code: Mutex<Code>,
    scratch: ScratchSize,
    code_bytes: usize,
    emitter: Emitters,
    wide_lanes: Vec<usize>,
    n_pieces: usize,
    lanes: Vec<usize>,
    compile_time: Duration,
}

impl Compiled {
    /// Runs the kernel.
    ///
    /// # Safety
    /// `slots` must be laid out by [`jitney_ir::kernel::Slots`] of the compiled kernel, and:
    /// - extents are not negative;
    /// - every element that an access reaches within the extents may be read, or written if
    ///   it is a store, for the whole call; a bool element is 0 or 1;
    /// - strides agree with the layouts of the accesses, and so do the bases of neighbours;
    /// - the elements of a store are the same, index by index, as those of another access,
    ///   or overlap none of it; nothing else reads or writes them during the call;
    /// - the scratch slot addresses [`Compiled::scratch_bytes`] writable bytes, 64-byte
    ///   aligned and used by no other call, and the slots of partials what [`Slots`]
    ///   says of the mode.
    ///
    /// [`Slots`]: jitney_ir::kernel::Slots
    pub unsafe fn run(&self, slots: &[i64]) {
        (self.entry)(slots.as_ptr());
    }

    /// Bytes of scratch memory that a call on rows of so many reduced elements needs.
    pub fn scratch_bytes(&self, n_reduced: usize) -> usize {
        self.scratch.bytes(n_reduced)
    }

    /// Bytes of machine code.
    pub fn code_bytes(&self) -> usize {
        self.code_bytes
    }

    /// Which emitter made the code of the inner loops: the wide one if any of it.
    pub fn emitter(&self) -> Emitters {
        self.emitter
    }

    /// How many elements each wide function of the code computes at a time; nothing if
    /// all of it is Cranelift's.
    pub fn wide_lanes(&self) -> &[usize] {
        &self.wide_lanes
    }

    /// In how many pieces its longest program runs, one after the other over a chunk of elements.
    pub fn n_pieces(&self) -> usize {
        self.n_pieces
    }

    /// How many elements each element phase computes at a time in Cranelift's code.
    pub fn lanes(&self) -> &[usize] {
        &self.lanes
    }

    /// How long compiling took.
    pub fn compile_time(&self) -> Duration {
        self.compile_time
    }
}
