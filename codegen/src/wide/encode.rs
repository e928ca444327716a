//! From placed instructions to bytes: the loop over a row around its bodies.
//!
//! The function is `extern "sysv64" fn(arguments: *const i64, n: i64)`. Its code is:
//!
//! ```text
//!         rax = 0
//! head:   fill the registers that the main body only reads
//!         while n - rax >= reach { main body; rax += step }, perhaps past the caches
//! tail:   while rax < n { note the lanes in use; tail body; rax += lanes }
//!         return
//! cold:   all lanes; cold body, masked; rax += lanes; to head
//! ```
//!
//! Of 27 elements, with eight lanes and two vectors a step:
//!
//! ```text
//! main    0 … 7 | 8 … 15          two vectors, no masks
//! tail    16 … 23                 k1 = 1111 1111, as there are eleven left
//! tail    24 25 26                k1 = 0000 0111
//! ```
//!
//! The main and the tail body jump to the cold one, which computes everything, if a rare
//! condition holds in any lane. They do so before they store anything, so that the cold
//! body begins where they did.
//!
//! The cold body computes one vector and goes back to the head, not into the loop: it uses
//! registers that the main body finds filled, so that they are filled again, and what is left of
//! the row may have become too short for the main body.
//!
//! ```text
//! rax   which element           rdi   arguments        rcx   whatever is needed for a moment
//! rsi   how many there are      rdx   constants        k1    the lanes in use
//! rsp   registers that are saved, 64 bytes each        rbp   the caller's side of the stack
//! ```

use super::allocate::Allocated;
use super::avx2;
use super::code;
use super::machine::{Cell, Class, Kept, Kind, Memory, Operand, Placed, Stretch, Width};
use super::reduce::Reduction;
use super::target::Target;
use iced_x86::code_asm::{
    AsmRegister64, CodeAssembler, CodeLabel, eax, get_gpr64, k1, qword_ptr, rax, rbp, rcx, rdi,
    rdx, rsi, rsp,
};
use iced_x86::{Code, IcedError, Instruction, OpKind, Register};
use smallvec::SmallVec;

/// Bytes of a saved register.
pub(super) const SLOT: u32 = 64;

/// The least distance at which the system notices that the stack overflows.
const PAGE: u32 = 4096;

/// Where the addresses of operands are kept, first come, first served; others are loaded each
/// time. The loads that follow a store wait until its address is known: with two of seven
/// addresses loaded, Jacobi's iteration took 0.30 ns an element in a core's own cache and 0.39
/// in the shared one instead of 0.21 and 0.24.
const POINTERS: [Register; 9] = [
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
    Register::R14,
    Register::R15,
    Register::RBX,
    Register::R12,
    Register::R13,
];

/// Of these, so many are the function's own: callers expect nothing of them.
const OWN_POINTERS: usize = 4;

/// With AVX2, the last ones of [`POINTERS`] serve another purpose.
const AVX2_POINTERS: usize = 6;

/// The bodies of a function; without rare conditions there is no cold one.
pub(super) struct Bodies {
    pub main: Allocated,
    pub tail: Allocated,
    pub cold: Option<Allocated>,
}

/// What is known of the function beside its bodies.
pub(super) struct Frame<'a> {
    pub target: Target,
    /// Elements a body computes.
    pub lanes: usize,
    /// Elements the main body computes.
    pub step: usize,
    /// Elements that a row must still have for the main body to run.
    pub reach: usize,
    /// How many registers bodies may use.
    pub n_vectors: usize,
    /// Offsets of addresses in the arguments, those that need a register most first.
    pub pointers: &'a [u32],
    /// What the main body finds in registers, from the last one down.
    pub kept: &'a [Kept],
    pub constants: &'a [u8],
    /// Offset in the arguments of whether stores are to go past the caches, if they may.
    pub streams: Option<u32>,
    /// Offsets of the addresses of results.
    pub sinks: &'a [u32],
    /// What is reduced.
    pub reduction: Option<&'a Reduction>,
    /// Offsets of addresses of elements, and of those to ask for ahead of them.
    pub ahead: &'a [(u32, u32)],
    /// Offset in the constants of what tells the lanes in use. For AVX-512, 64 bits of which
    /// as many are set as there are lanes: registers may be longer than what fills them. For
    /// AVX2, a vector of ones and one of zeros.
    pub all_lanes: u32,
}

/// The bytes of the function: code, then constants. Also says how many are code.
pub(super) fn encode(frame: &Frame<'_>, bodies: &Bodies) -> Result<(Vec<u8>, usize), IcedError> {
    let mut asm = CodeAssembler::new(64)?;
    let cold = bodies.cold.is_some().then(|| (asm.create_label(), asm.create_label()));
    let all = [Some(&bodies.main), Some(&bodies.tail), bodies.cold.as_ref()];
    let steps = frame.reduction.iter().flat_map(|reduction| reduction.combinations());
    let n_saved =
        all.into_iter().flatten().chain(steps).map(|body| body.n_saved).max().unwrap_or(0);
    let mut encoder = Encoder { asm, frame, cold, n_saved, is_streaming: false };
    encoder.function(bodies)?;
    let mut bytes = encoder.asm.assemble(0)?;
    // Constants begin at a cache line, as the function does, so that their own alignment holds.
    // What lies between is never run, and traps.
    let code = bytes.len();
    bytes.resize(code.next_multiple_of(64), 0xcc);
    // The distance from the end of the first instruction to the constants.
    let distance = (bytes.len() - FIND_CONSTANTS.len()) as u32;
    bytes[3..7].copy_from_slice(&distance.to_le_bytes());
    bytes.extend_from_slice(frame.constants);
    Ok((bytes, code))
}

/// `lea rdx, [rip + 0]`: the distance is known last. Relative to the code itself, so that nothing
/// has to be relocated wherever it is put.
const FIND_CONSTANTS: [u8; 7] = [0x48, 0x8d, 0x15, 0, 0, 0, 0];

pub(super) struct Encoder<'a> {
    pub asm: CodeAssembler,
    pub frame: &'a Frame<'a>,
    /// Where the main and the tail body go if a rare condition holds.
    pub cold: Option<(CodeLabel, CodeLabel)>,
    /// How many registers are saved at a time, at most.
    pub n_saved: u32,
    /// Whether what is being encoded stores past the caches.
    pub is_streaming: bool,
}

/// What a body is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All lanes are in use.
    Main,
    /// The lanes of `k1` are in use; with AVX2, the first `-rbx`.
    Tail,
    /// As `Tail`, and there is nowhere colder to go.
    Cold,
}

impl Encoder<'_> {
    fn function(&mut self, bodies: &Bodies) -> Result<(), IcedError> {
        self.asm.db(&FIND_CONSTANTS)?;
        self.enter()?;
        self.asm.xor(eax, eax)?;
        let [lanes, step, reach] =
            [self.frame.lanes, self.frame.step, self.frame.reach].map(|n| n as i32);
        let [mut head, mut main, mut tail] = [(); 3].map(|()| self.asm.create_label());
        let [mut last, mut done] = [(); 2].map(|()| self.asm.create_label());
        self.begin_reduction()?;

        self.asm.set_label(&mut head)?;
        // Not `rsi - reach`, which would have to be kept, or be negative in short rows.
        self.asm.lea(rcx, rax + reach)?;
        self.asm.cmp(rcx, rsi)?;
        self.asm.jg(tail)?;
        self.keep()?;
        self.stream(&bodies.main, main, tail)?;
        self.asm.set_label(&mut main)?;
        self.body(&bodies.main, Part::Main)?;
        self.asm.add(rax, step)?;
        self.asm.lea(rcx, rax + reach)?;
        self.asm.cmp(rcx, rsi)?;
        self.asm.jle(main)?;

        self.asm.set_label(&mut tail)?;
        self.asm.cmp(rax, rsi)?;
        self.asm.jge(done)?;
        // Usually once. With several vectors a step, or where more is read than is computed,
        // what is left can be more than one vector.
        self.asm.set_label(&mut last)?;
        self.use_rest()?;
        self.body(&bodies.tail, Part::Tail)?;
        self.asm.add(rax, lanes)?;
        self.exchange_accumulators()?;
        self.asm.cmp(rax, rsi)?;
        self.asm.jl(last)?;

        // A row may end in the main or the cold body, too, after an exchange in the latter.
        self.asm.set_label(&mut done)?;
        self.order_accumulators()?;
        self.end_reduction()?;
        self.leave()?;
        if let (Some(body), Some((mut from_main, mut from_tail))) = (&bodies.cold, self.cold) {
            // From the main body, which uses no mask. From the tail, `k1` is as it was left.
            self.asm.set_label(&mut from_main)?;
            self.use_all()?;
            self.asm.set_label(&mut from_tail)?;
            self.body(body, Part::Cold)?;
            self.asm.add(rax, lanes)?;
            self.exchange_accumulators()?;
            self.asm.jmp(head)?;
        }
        Ok(())
    }

    /// Notes that the lanes that the row has left are in use, or all if it has more.
    fn use_rest(&mut self) -> Result<(), IcedError> {
        if self.frame.target == Target::Avx2 {
            return self.count_rest();
        }
        self.asm.mov(rcx, rsi)?;
        self.asm.sub(rcx, rax)?;
        // Bits from the count on become 0. A count of more than there are bits leaves them all.
        self.asm.bzhi(rcx, qword_ptr(rdx + self.frame.all_lanes), rcx)?;
        self.asm.kmovq(k1, rcx)
    }

    /// Notes that all lanes are in use.
    fn use_all(&mut self) -> Result<(), IcedError> {
        match self.frame.target {
            Target::Avx2 => self.count_all(),
            Target::Avx512 => self.asm.kmovq(k1, qword_ptr(rdx + self.frame.all_lanes)),
        }
    }

    /// The frame begins at a multiple of its slots, so that saved registers never lie across two
    /// cache lines. How far the stack pointer had to go for that is known from `rbp` alone.
    fn enter(&mut self) -> Result<(), IcedError> {
        self.asm.push(rbp)?;
        self.asm.mov(rbp, rsp)?;
        self.callers_registers().into_iter().try_for_each(|register| self.asm.push(register))?;
        let n_slots = match self.frame.target {
            Target::Avx2 => self.buffer() + 1,
            Target::Avx512 => self.n_saved,
        };
        if n_slots > 0 {
            // Every page of the stack is touched in turn, so that an overflow is noticed.
            for _ in 0..n_slots * SLOT / PAGE {
                self.asm.sub(rsp, PAGE as i32)?;
                self.asm.mov(qword_ptr(rsp), rbp)?;
            }
            self.asm.sub(rsp, (n_slots * SLOT % PAGE) as i32)?;
            self.asm.and(rsp, -(SLOT as i32))?;
        }
        for (pointer, &register) in self.frame.pointers.iter().zip(self.registers()) {
            let argument = Operand::Memory(Memory::Cell(Cell::Argument(*pointer)));
            self.push(&Placed::new(Code::Mov_r64_rm64, &[Operand::Register(register), argument]))?;
        }
        Ok(())
    }

    /// Fills the registers that the main body only reads.
    fn keep(&mut self) -> Result<(), IcedError> {
        let numbers = (0..self.frame.n_vectors as u8).rev();
        for (kept, number) in self.frame.kept.iter().zip(numbers) {
            match *kept {
                Kept::Cell(spread) => {
                    let register = Operand::Register(spread.class.register(number));
                    let cell = Operand::Memory(Memory::Cell(spread.cell));
                    self.push(&Placed::new(spread.code, &[register, cell]))?;
                }
                Kept::Stretch(Stretch { argument, size, .. }) => {
                    let width = Width::of_bytes(self.frame.lanes * size);
                    let register = Operand::Register(Class::Vector(width).register(number));
                    let size = size as u32;
                    let first = Operand::Memory(Memory::Elements { argument, size, lane: 0 });
                    let code = self.frame.target.form(width, code::load(size as usize));
                    let load = Placed::new(code, &[register, first]);
                    self.elements(&Placed { kind: Kind::Load, ..load }, Part::Main)?;
                }
            }
        }
        Ok(())
    }

    /// Without `vzeroupper` the callers' instructions of 128 bits would have to keep the upper
    /// parts of registers, and wait for them.
    fn leave(&mut self) -> Result<(), IcedError> {
        self.asm.vzeroupper()?;
        for (index, register) in self.callers_registers().into_iter().enumerate() {
            self.asm.mov(register, qword_ptr(rbp - 8 * (index + 1)))?;
        }
        self.asm.mov(rsp, rbp)?;
        self.asm.pop(rbp)?;
        self.asm.ret()
    }

    pub(super) fn body(&mut self, body: &Allocated, part: Part) -> Result<(), IcedError> {
        body.insts.iter().try_for_each(|inst| self.inst(inst, part))
    }

    fn inst(&mut self, inst: &Placed, part: Part) -> Result<(), IcedError> {
        let is_avx2 = self.frame.target == Target::Avx2;
        match inst.kind {
            Kind::Test if is_avx2 => self.test_vector(inst, part),
            Kind::Test => self.test(inst, part),
            Kind::Load | Kind::Store if is_avx2 => self.elements_in_use(inst, part),
            Kind::Load | Kind::Store => self.elements(inst, part),
            Kind::Gather { table } => self.gather(inst, table),
            Kind::Index { lane } => self.index(inst, lane),
            // Accumulators of lanes that are not in use stay what they are.
            Kind::Update => {
                let mask = (part != Part::Main).then_some(Register::K1);
                self.push(&Placed { mask, ..inst.clone() })
            }
            // Computed in all lanes, in use or not: nothing traps, and what the others hold is
            // not stored.
            Kind::Plain | Kind::Fma { .. } | Kind::Merge => {
                self.find_operand(inst)?;
                self.push(inst)
            }
        }
    }

    /// Sees to the address of elements that are an operand.
    fn find_operand(&mut self, inst: &Placed) -> Result<(), IcedError> {
        for operand in &inst.operands {
            if let Operand::Memory(Memory::Elements { argument, size, lane }) = *operand {
                self.ask_ahead(argument, size, lane)?;
                if self.pointer(argument) == Register::RCX {
                    self.asm.mov(rcx, qword_ptr(rdi + argument))?;
                }
            }
        }
        Ok(())
    }

    /// Spreads the number of an element.
    fn index(&mut self, inst: &Placed, lane: u32) -> Result<(), IcedError> {
        let Some(Operand::Register(result)) = inst.operands.first().copied() else {
            return Ok(());
        };
        // Registers are listed by width, 32 of each.
        let low = Register::XMM0 + (result as u32 - Register::XMM0 as u32) % 32;
        self.asm.lea(rcx, rax + lane)?;
        // By way of a vector register: AVX2 has no spread from a general one.
        let code = self.frame.target.form(Width::Xmm, Code::EVEX_Vmovq_xmm_rm64);
        self.push(&Placed::new(code, &[low, Register::RCX].map(Operand::Register)))?;
        self.push(&Placed::new(inst.code, &[result, low].map(Operand::Register)))
    }

    /// Elements of a row, under the mask of the lanes in use if not all are.
    fn elements(&mut self, inst: &Placed, part: Part) -> Result<(), IcedError> {
        let mut inst = inst.clone();
        for operand in &inst.operands {
            let Operand::Memory(Memory::Elements { argument, size, lane }) = *operand else {
                continue;
            };
            if (part, inst.kind) == (Part::Main, Kind::Load) {
                self.ask_ahead(argument, size, lane)?;
            }
            if self.pointer(argument) == Register::RCX {
                self.asm.mov(rcx, qword_ptr(rdi + argument))?;
            }
            // Eight bytes are the least, of eight lanes of one. A move of sixteen would reach
            // beyond the row.
            let is_half = self.frame.lanes * (size as usize) < 16;
            match (part, inst.kind) {
                (Part::Main, Kind::Load) if is_half => inst.code = Code::EVEX_Vmovq_xmm_xmmm64,
                (Part::Main, _) if is_half => inst.code = Code::EVEX_Vmovq_xmmm64_xmm,
                (Part::Main, Kind::Store) if self.is_streaming => {
                    let width = Width::of_bytes(self.frame.lanes * size as usize);
                    inst.code = width.form(Code::EVEX_Vmovntdq_m128_xmm);
                }
                (Part::Main, _) => {}
                (_, kind) => {
                    // Lanes that are masked out are neither read nor written, so that a row may
                    // end where its memory does. Loads leave zeros there, rather than wait for what
                    // the register had.
                    inst.mask = Some(Register::K1);
                    inst.is_zeroing = kind == Kind::Load;
                }
            }
        }
        self.push(&inst)
    }

    /// Where an address is; in `rcx` if it is to be loaded each time.
    pub(super) fn pointer(&self, argument: u32) -> Register {
        let position = self.frame.pointers.iter().position(|pointer| *pointer == argument);
        let register = position.and_then(|position| self.registers().get(position));
        register.copied().unwrap_or(Register::RCX)
    }

    /// Where addresses may be kept.
    fn registers(&self) -> &'static [Register] {
        match self.frame.target {
            Target::Avx2 => &POINTERS[..AVX2_POINTERS],
            Target::Avx512 => &POINTERS,
        }
    }

    /// The registers in use that callers want back as they were.
    fn callers_registers(&self) -> SmallVec<[AsmRegister64; 5]> {
        let pointers = self.registers().iter().take(self.frame.pointers.len());
        let pointers = pointers.skip(OWN_POINTERS).filter_map(|register| get_gpr64(*register));
        let others: &[AsmRegister64] = match self.frame.target {
            Target::Avx2 => &avx2::CALLERS_REGISTERS,
            Target::Avx512 => &[],
        };
        others.iter().copied().chain(pointers).collect()
    }

    fn gather(&mut self, inst: &Placed, table: u64) -> Result<(), IcedError> {
        // Tables live as long as the process.
        self.asm.mov(rcx, table)?;
        let [Operand::Register(result), Operand::Register(index)] = *inst.operands else {
            return Ok(());
        };
        let mut gather = Instruction::new();
        gather.set_code(inst.code);
        set_register(&mut gather, 0, result);
        set_memory(&mut gather, 1, Register::RCX, index, 8, 0);
        set_mask(&mut gather, 2, inst.mask);
        self.asm.add_instruction(gather)
    }

    /// Leaves the body if any lane in use is rare. Bits of the mask beyond the lanes hold anything,
    /// and in the tail so do lanes beyond the row: neither may count, or a body would be left for
    /// no lane, to compute the same again in full.
    fn test(&mut self, inst: &Placed, part: Part) -> Result<(), IcedError> {
        let (Some((from_main, from_tail)), Some(rare)) = (self.cold, inst.mask) else {
            return Ok(());
        };
        // A vector of 64 bytes has eight lanes at least.
        let size = self.frame.lanes.trailing_zeros() as usize - 3;
        let (codes, other) = match part {
            Part::Main => (ANY, rare),
            Part::Tail | Part::Cold => (ANY_IN_USE, Register::K1),
        };
        let operands = [Operand::Register(rare), Operand::Register(other)];
        self.push(&Placed::new(codes[size], &operands))?;
        self.asm.jne(if part == Part::Main { from_main } else { from_tail })
    }

    pub(super) fn push(&mut self, placed: &Placed) -> Result<(), IcedError> {
        let mut inst = Instruction::new();
        inst.set_code(placed.code);
        for (position, operand) in placed.operands.iter().enumerate() {
            match *operand {
                Operand::Register(register) => set_register(&mut inst, position as u32, register),
                Operand::Memory(memory) => self.set_operand(&mut inst, position as u32, memory),
                Operand::Immediate(immediate) => {
                    inst.set_op_kind(position as u32, OpKind::Immediate8);
                    inst.set_immediate8(immediate);
                }
            }
        }
        set_mask(&mut inst, placed.operands.len() as u32, placed.mask);
        inst.set_zeroing_masking(placed.is_zeroing);
        self.asm.add_instruction(inst)
    }

    fn set_operand(&self, inst: &mut Instruction, position: u32, memory: Memory) {
        match memory {
            Memory::Cell(cell) | Memory::Spread(cell) => {
                let (base, offset) = match cell {
                    Cell::Argument(offset) => (Register::RDI, offset),
                    Cell::Constant(offset) => (Register::RDX, offset),
                };
                set_memory(inst, position, base, Register::None, 1, offset);
                let is_spread = matches!(memory, Memory::Spread(_));
                // Of AVX2, constants are repeated in memory as often as they are read.
                inst.set_is_broadcast(is_spread && self.frame.target == Target::Avx512);
            }
            Memory::Elements { argument, size, lane } => {
                let base = self.pointer(argument);
                set_memory(inst, position, base, Register::RAX, size, lane * size);
            }
            Memory::Saved(slot) => {
                set_memory(inst, position, Register::RSP, Register::None, 1, slot * SLOT);
            }
        }
    }
}

/// Tests whether any of 8, 16, 32 or 64 lanes is true.
const ANY: [Code; 4] = [
    Code::VEX_Kortestb_kr_kr,
    Code::VEX_Kortestw_kr_kr,
    Code::VEX_Kortestd_kr_kr,
    Code::VEX_Kortestq_kr_kr,
];

/// Tests whether any lane is true in both masks.
const ANY_IN_USE: [Code; 4] = [
    Code::VEX_Ktestb_kr_kr,
    Code::VEX_Ktestw_kr_kr,
    Code::VEX_Ktestd_kr_kr,
    Code::VEX_Ktestq_kr_kr,
];

/// A mask in a vector is an operand, which comes last.
fn set_mask(inst: &mut Instruction, n_operands: u32, mask: Option<Register>) {
    match mask {
        Some(mask) if mask.is_vector_register() => set_register(inst, n_operands, mask),
        _ => inst.set_op_mask(mask.unwrap_or(Register::None)),
    }
}

pub(super) fn set_register(inst: &mut Instruction, position: u32, register: Register) {
    inst.set_op_kind(position, OpKind::Register);
    inst.set_op_register(position, register);
}

pub(super) fn set_memory(
    inst: &mut Instruction,
    position: u32,
    base: Register,
    index: Register,
    scale: u32,
    displacement: u32,
) {
    inst.set_op_kind(position, OpKind::Memory);
    inst.set_memory_base(base);
    inst.set_memory_index(index);
    inst.set_memory_index_scale(scale);
    inst.set_memory_displacement64(u64::from(displacement));
    // The encoder takes one byte if that is enough.
    inst.set_memory_displ_size(u32::from(displacement != 0));
}
