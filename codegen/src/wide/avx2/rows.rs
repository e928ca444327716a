//! Where rows end.
//!
//! `rbx` is the negated number of lanes in use. Elements of 4 and 8 bytes are read and written
//! under a mask, for which the bodies that need it leave the last register free. There is none
//! for shorter elements: those that a row has left go one by one through a vector on the
//! stack. Nothing beyond them is read or written, and what the other lanes compute is not
//! looked at.

use crate::wide::encode::{Encoder, Part, SLOT, set_memory, set_register};
use crate::wide::machine::{Kind, Memory, Operand, Placed, Width};
use iced_x86::code_asm::{
    AsmRegister64, byte_ptr, dword_ptr, ebx, ecx, get_gpr64, qword_ptr, r12, r12d, r13, r13b, r13d,
    r13w, rax, rbx, rcx, rdi, rsi, rsp, word_ptr,
};
use iced_x86::{Code, IcedError, Instruction, Register};

/// Registers that are used here and belong to the caller.
pub(in crate::wide) const CALLERS_REGISTERS: [AsmRegister64; 3] = [rbx, r12, r13];

impl Encoder<'_> {
    /// Notes that the lanes that the row has left are in use, or all if it has more. Negated, as
    /// that is an offset back from zeros in the constants: see [`Encoder::load_in_use`].
    /// With eight lanes, `8 - 11` is -3; `8 - 31` would be -23 and is taken as -8.
    pub(in crate::wide) fn count_rest(&mut self) -> Result<(), IcedError> {
        self.asm.mov(rbx, rax)?;
        self.asm.sub(rbx, rsi)?;
        self.asm.mov(rcx, -(self.frame.lanes as i64))?;
        self.asm.cmp(rbx, rcx)?;
        self.asm.cmovl(rbx, rcx)
    }

    pub(in crate::wide) fn count_all(&mut self) -> Result<(), IcedError> {
        self.asm.mov(rbx, -(self.frame.lanes as i64))
    }

    /// The place on the stack through which elements go one by one: behind what is saved.
    pub(in crate::wide) fn buffer(&self) -> u32 {
        self.n_saved
    }

    /// Elements of a row: a vector of them, or those in use.
    pub(in crate::wide) fn elements_in_use(
        &mut self,
        inst: &Placed,
        part: Part,
    ) -> Result<(), IcedError> {
        let row = inst.operands.iter().find_map(|operand| match *operand {
            Operand::Memory(Memory::Elements { argument, size, .. }) => Some((argument, size)),
            _ => None,
        });
        let Some((argument, size)) = row else { return Ok(()) };
        let mut inst = inst.clone();
        // The bodies are the same instructions; only here is it decided what a load or store
        // becomes.
        let is_masked = part != Part::Main && size >= 4;
        if is_masked {
            self.mask_elements(&mut inst, size);
            self.load_in_use(Code::VEX_Vmovdqu_ymm_ymmm256, MASK, size)?;
        }
        if self.pointer(argument) == Register::RCX {
            self.asm.mov(rcx, qword_ptr(rdi + argument))?;
        }
        if part == Part::Main || is_masked {
            let bytes = self.frame.lanes as u32 * size;
            inst.code = match short_move(inst.kind, bytes) {
                Some(code) => code,
                None if inst.kind == Kind::Store && self.is_streaming => {
                    Width::of_bytes(bytes as usize).form(Code::VEX_Vmovntdq_m128_xmm)
                }
                None => inst.code,
            };
            return self.push(&inst);
        }
        for operand in &mut inst.operands {
            if matches!(operand, Operand::Memory(_)) {
                *operand = Operand::Memory(Memory::Saved(self.buffer()));
            }
        }
        if inst.kind == Kind::Load {
            self.copy_elements(argument, size, Kind::Load)?;
            return self.push(&inst);
        }
        self.push(&inst)?;
        self.copy_elements(argument, size, Kind::Store)
    }

    /// Makes a move of elements one under a mask, which is the operand in the middle.
    fn mask_elements(&self, inst: &mut Placed, size: u32) {
        use Code::*;
        let is_whole = self.frame.lanes as u32 * size == VECTOR;
        let (mask, [load, store]) = match (size, is_whole) {
            (4, false) => {
                (Register::XMM15, [VEX_Vpmaskmovd_xmm_xmm_m128, VEX_Vpmaskmovd_m128_xmm_xmm])
            }
            (4, true) => (MASK, [VEX_Vpmaskmovd_ymm_ymm_m256, VEX_Vpmaskmovd_m256_ymm_ymm]),
            _ => (MASK, [VEX_Vpmaskmovq_ymm_ymm_m256, VEX_Vpmaskmovq_m256_ymm_ymm]),
        };
        inst.code = if inst.kind == Kind::Load { load } else { store };
        inst.operands.insert(1, Operand::Register(mask));
    }

    /// Loads the mask of the lanes in use: from as far before the zeros as there are lanes.
    ///
    /// ```text
    /// constants    1111 1111 1111 1111 0000 0000 0000 0000        eight bytes each
    ///              all_lanes           zeros
    /// 3 of 4 lanes      └─────────────────┘                        from zeros - 3 × 8 on: 1 1 1 0
    /// ```
    ///
    /// A mask that is computed from a counter would take a spread and a comparison.
    fn load_in_use(&mut self, code: Code, mask: Register, size: u32) -> Result<(), IcedError> {
        let zeros = self.frame.all_lanes + VECTOR;
        let mut load = Instruction::new();
        load.set_code(code);
        set_register(&mut load, 0, mask);
        set_memory(&mut load, 1, Register::RDX, Register::RBX, size, zeros);
        self.asm.add_instruction(load)
    }

    /// Copies the elements in use, the last first, from a row to the buffer or back.
    fn copy_elements(&mut self, argument: u32, size: u32, kind: Kind) -> Result<(), IcedError> {
        let mut again = self.asm.create_label();
        let first = get_gpr64(self.pointer(argument)).unwrap_or(rcx);
        self.asm.lea(rcx, first + rax * size)?;
        self.asm.mov(r12, rbx)?;
        // `not(-n)` is `n - 1`, the last one.
        self.asm.not(r12)?;
        self.asm.set_label(&mut again)?;
        let (row, buffer) = (rcx + r12 * size, rsp + r12 * size + self.buffer() * SLOT);
        let (from, to) = if kind == Kind::Load { (row, buffer) } else { (buffer, row) };
        match size {
            1 => {
                self.asm.movzx(r13d, byte_ptr(from))?;
                self.asm.mov(byte_ptr(to), r13b)?;
            }
            2 => {
                self.asm.movzx(r13d, word_ptr(from))?;
                self.asm.mov(word_ptr(to), r13w)?;
            }
            4 => {
                self.asm.mov(r13d, dword_ptr(from))?;
                self.asm.mov(dword_ptr(to), r13d)?;
            }
            _ => {
                self.asm.mov(r13, qword_ptr(from))?;
                self.asm.mov(qword_ptr(to), r13)?;
            }
        }
        self.asm.dec(r12)?;
        self.asm.jns(again)
    }

    /// Leaves the body if the mask is true in any lane in use.
    pub(in crate::wide) fn test_vector(
        &mut self,
        inst: &Placed,
        part: Part,
    ) -> Result<(), IcedError> {
        let (Some((from_main, from_tail)), Some(rare)) = (self.cold, inst.mask) else {
            return Ok(());
        };
        let bits = [Register::ECX, rare].map(Operand::Register);
        self.push(&Placed::new(Code::VEX_Vpmovmskb_r32_ymm, &bits))?;
        if part == Part::Main {
            self.asm.test(ecx, ecx)?;
            return self.asm.jne(from_main);
        }
        // The mask is as wide as the widest lanes, so that a lane has as many bits here as
        // bytes.
        let bytes_of_lane = VECTOR as i32 / self.frame.lanes as i32;
        self.asm.imul_3(r12d, ebx, -bytes_of_lane)?;
        self.asm.bzhi(ecx, ecx, r12d)?;
        self.asm.jne(from_tail)
    }
}

/// Bytes of a vector.
const VECTOR: u32 = 32;

/// The register that the bodies for some of the lanes leave free.
const MASK: Register = Register::YMM15;

/// The instruction that moves less than 16 bytes.
fn short_move(kind: Kind, bytes: u32) -> Option<Code> {
    match (kind, bytes) {
        (Kind::Load, 4) => Some(Code::VEX_Vmovd_xmm_rm32),
        (Kind::Load, 8) => Some(Code::VEX_Vmovq_xmm_xmmm64),
        (_, 4) => Some(Code::VEX_Vmovd_rm32_xmm),
        (_, 8) => Some(Code::VEX_Vmovq_xmmm64_xmm),
        _ => None,
    }
}
