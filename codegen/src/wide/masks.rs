//! Masks: bools by lane. AVX-512 has registers of their own for them, which go with lanes of
//! any size; in AVX2 they are vectors, as wide as what they mask.
//!
//! With a bit a lane, a comparison of `f64` masks bytes as well. With a vector, its mask must be
//! made narrower first. So who reads a mask says how long its lanes are ([`Selector::truth`]),
//! which AVX-512 does not care about.

use super::code;
use super::layout::SLOT;
use super::machine::{Cell, Class, Inst, Memory, Reg};
use super::select::{Home, Selector};
use super::target::Target;
use iced_x86::Code;
use jitney_ir::lanes::{LaneOp, LaneType, ValueId};

impl Selector<'_, '_> {
    /// A bool as a mask of lanes of `size` bytes.
    pub(super) fn truth(&mut self, value: ValueId, copy: usize, size: usize) -> Option<Reg> {
        match self.subject.target {
            Target::Avx2 => self.mask_vector(value, copy, size),
            Target::Avx512 => self.register(value, copy),
        }
    }

    /// Appends an instruction that makes a mask of lanes of `size` bytes.
    pub(super) fn define_mask(&mut self, inst: Inst, size: usize) -> Reg {
        match self.subject.target {
            Target::Avx2 => self.define_mask_vector(inst, size),
            Target::Avx512 => self.body.define(Class::Mask, inst),
        }
    }

    /// An instruction on mask registers. All 64 bits are computed, however many lanes there are:
    /// bits beyond the lanes hold anything, and whoever looks at a mask as a whole must leave them
    /// out.
    pub(super) fn mask_op(&mut self, code: Code, args: &[Reg]) -> Reg {
        self.body.define(Class::Mask, Inst::new(code, args))
    }

    /// The size of the widest lanes, which fill a vector. Masks of theirs are what a test needs:
    /// each byte of the vector belongs to a lane.
    pub(super) fn widest(&self) -> usize {
        self.subject.target.vector_bytes() / self.subject.lanes
    }

    /// Where either of two masks of the widest lanes is true.
    pub(super) fn either(&mut self, a: Reg, b: Reg) -> Reg {
        match self.subject.target {
            Target::Avx2 => {
                let or = Code::EVEX_Vporq_xmm_k1z_xmm_xmmm128b64;
                self.two(integer(self.widest()), or, Home::Register(a), Home::Register(b))
            }
            Target::Avx512 => self.mask_op(Code::VEX_Korq_kr_kr_kr, &[a, b]),
        }
    }

    /// 1 in lanes of `size` bytes where a bool is true, else 0.
    pub(super) fn ones(&mut self, value: ValueId, copy: usize, size: usize) -> Option<Reg> {
        let mask = self.truth(value, copy, size)?;
        let one = self.layout.lane(1, size);
        let ty = integer(size);
        Some(match self.subject.target {
            Target::Avx2 => {
                // True is all ones, of which the lowest is left.
                let and = code::binary(LaneOp::And, ty)?;
                self.two(ty, and, Home::Register(mask), Home::Cell(one))
            }
            Target::Avx512 => {
                // One instruction: a 1 in every lane, and zeros where the mask is false.
                let spread = self.vector(ty, code::spread(size), &[]);
                let spread = spread.with_memory(Memory::Cell(one)).zeroing(mask);
                self.body.define(self.class(ty), spread)
            }
        })
    }

    /// The mask that bytes of 0 and 1 stand for.
    pub(super) fn mask_of_bytes(&mut self, bytes: Reg) -> Reg {
        match self.subject.target {
            Target::Avx2 => self.mask_vector_of_bytes(bytes),
            Target::Avx512 => {
                // Where `bytes & bytes` is not 0.
                let test = Code::EVEX_Vptestmb_kr_k1_xmm_xmmm128;
                let test = self.vector(LaneType::I8, test, &[bytes, bytes]);
                self.body.define(Class::Mask, test)
            }
        }
    }

    /// All lanes, for a gather of lanes of `size` bytes, which uses the mask up. It clears the bits
    /// of what it has read, so that it can begin again after a page fault; hence a mask of its own
    /// for each, made when it is needed.
    pub(super) fn all_lanes(&mut self, size: usize) -> Reg {
        let ones = Memory::Cell(self.layout.lane(u64::MAX, SLOT));
        let all = self.mask_load(size).with_memory(ones);
        self.body.define(self.mask_class(size), all)
    }

    fn mask_load(&self, size: usize) -> Inst {
        Inst::new(
            match self.subject.target {
                Target::Avx2 => self.form(size, code::load(size)),
                Target::Avx512 => Code::VEX_Kmovq_kr_km64,
            },
            &[],
        )
    }

    fn mask_class(&self, size: usize) -> Class {
        match self.subject.target {
            Target::Avx2 => Class::Vector(self.width(size)),
            Target::Avx512 => Class::Mask,
        }
    }

    /// A constant as an operand of lanes of a type. It becomes a load only where an instruction
    /// cannot read it, or its copy in a register, as it is.
    pub(super) fn constant_home(&mut self, ty: LaneType, bits: u64) -> Home {
        let cell: Cell = self.layout.lane(ty.mask(bits), ty.size());
        Home::Cell(cell)
    }
}

/// The integer type of lanes of `size` bytes.
pub(super) fn integer(size: usize) -> LaneType {
    match size {
        1 => LaneType::I8,
        2 => LaneType::I16,
        4 => LaneType::I32,
        _ => LaneType::I64,
    }
}
