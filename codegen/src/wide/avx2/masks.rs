//! Masks as vectors: lanes of ones where true, and of zeros where false.
//!
//! A comparison makes a mask of lanes as wide as its operands. What masks lanes of another
//! size gets the mask widened or narrowed, once for all.
//!
//! Bit operations of vectors are then operations of bools, and nothing moves between kinds of
//! registers. What it costs is that a mask takes one of the sixteen vector registers.

use crate::wide::code;
use crate::wide::machine::{Class, Inst, Reg, Width};
use crate::wide::masks::integer;
use crate::wide::select::{Home, Selector};
use iced_x86::Code;
use jitney_ir::lanes::{self, LaneOp, LaneType, ValueId};
use rustc_hash::FxHashMap;

/// What is known of the registers that are masks.
#[derive(Default)]
pub(in crate::wide) struct Masks {
    /// The bytes of their lanes.
    sizes: FxHashMap<Reg, usize>,
    /// The same masks for lanes of other sizes.
    resized: FxHashMap<(Reg, usize), Reg>,
}

impl Selector<'_, '_> {
    /// A bool as a mask of lanes of `size` bytes.
    pub(in crate::wide) fn mask_vector(
        &mut self,
        value: ValueId,
        copy: usize,
        size: usize,
    ) -> Option<Reg> {
        match self.home(value, copy)? {
            Home::Register(mask) => self.resized(mask, size),
            // The cell is as long as the longest lane and all of it is the same.
            cell => Some(self.in_register(cell, integer(size))),
        }
    }

    pub(in crate::wide) fn define_mask_vector(&mut self, inst: Inst, size: usize) -> Reg {
        let mask = self.body.define(Class::Vector(self.width(size)), inst);
        self.masks.sizes.insert(mask, size);
        mask
    }

    /// The mask that bytes of 0 and 1 stand for. A bool in memory is 0 or 1, and 1 is greater than
    /// 0: to compare for equality with 0 would take a complement on top.
    pub(in crate::wide) fn mask_vector_of_bytes(&mut self, bytes: Reg) -> Reg {
        let zero = self.constant_home(LaneType::I8, 0);
        let greater = Inst::new(self.width(1).form(Code::VEX_Vpcmpgtb_xmm_xmm_xmmm128), &[bytes]);
        let greater = self.with_last(greater, zero, LaneType::I8);
        self.define_mask_vector(greater, 1)
    }

    /// An operation of bools.
    pub(super) fn logic_of_vectors(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let size = self.common_size(inst, copy)?;
        let ty = integer(size);
        let code = self.form(size, code::binary(inst.op, ty).or(code::binary(LaneOp::Xor, ty))?);
        let first = self.mask_vector(inst.args[0], copy, size)?;
        let last = match inst.args.get(1) {
            Some(last) => Home::Register(self.mask_vector(*last, copy, size)?),
            // `not` is `xor` with ones.
            None => self.constant_home(ty, u64::MAX),
        };
        let logic = self.with_last(Inst::new(code, &[first]), last, ty);
        Some(self.define_mask_vector(logic, size))
    }

    /// A choice of bools.
    pub(super) fn choice_of_masks(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let size = self.common_size(inst, copy)?;
        let condition = self.mask_vector(inst.args[0], copy, size)?;
        let yes = self.mask_vector(inst.args[1], copy, size)?;
        let no = self.mask_vector(inst.args[2], copy, size)?;
        let blend = self.vector(integer(size), code::blend(size), &[no, yes]);
        Some(self.define_mask_vector(blend.with_mask(condition), size))
    }

    /// The size of lanes that serves the operands, all bools, best. That of the first that is in a
    /// register: it stays as it is. One that is the same for all lanes has any size.
    fn common_size(&mut self, inst: &lanes::Inst, copy: usize) -> Option<usize> {
        for arg in &inst.args {
            if let Home::Register(mask) = self.home(*arg, copy)? {
                return self.masks.sizes.get(&mask).copied();
            }
        }
        Some(self.widest())
    }

    fn resized(&mut self, mask: Reg, size: usize) -> Option<Reg> {
        let from = *self.masks.sizes.get(&mask)?;
        if from == size {
            return Some(mask);
        }
        // A condition often chooses several values of one size.
        if let Some(known) = self.masks.resized.get(&(mask, size)) {
            return Some(*known);
        }
        // By their sign, ones stay ones and zeros zeros.
        let resized = if from < size {
            self.convert(LaneOp::SExt, integer(from), integer(size), mask)?
        } else {
            self.narrowed(from, size, mask)?
        };
        self.masks.sizes.insert(resized, size);
        self.masks.resized.insert((mask, size), resized);
        Some(resized)
    }

    /// The low `to` bytes of lanes of `from` bytes.
    pub(super) fn narrowed(&mut self, from: usize, to: usize, value: Reg) -> Option<Reg> {
        let (mut value, mut size) = (value, from);
        while size > to {
            value = self.halved(size, value)?;
            size /= 2;
        }
        Some(value)
    }

    /// The lower halves of lanes: those of two vectors of 16 bytes become one.
    ///
    /// ```text
    /// 8 → 4    a b │ c d                 shuffle     a.low b.low c.low d.low
    /// 4 → 2    a b c d │ e f g h         pack        a b c d e f g h
    /// ```
    ///
    /// The halves are taken apart first: instructions of 32 bytes would join the lower 16 of
    /// both operands, and then the upper ones, out of order.
    fn halved(&mut self, size: usize, value: Reg) -> Option<Reg> {
        let (join, immediate) = match size {
            8 => (Code::VEX_Vshufps_xmm_xmm_xmmm128_imm8, Some(0b10_00_10_00)),
            4 => (Code::VEX_Vpackusdw_xmm_xmm_xmmm128, None),
            _ => (Code::VEX_Vpackuswb_xmm_xmm_xmmm128, None),
        };
        let mut value = value;
        if size < 8 {
            // With the upper half cleared, nothing saturates.
            let ty = integer(size);
            let lower = self.constant_home(ty, u64::MAX >> (64 - 4 * size));
            value = self.two(ty, code::binary(LaneOp::And, ty)?, Home::Register(value), lower);
        }
        // Of 16 bytes there is one half to join, with itself; what that leaves above is not in
        // use.
        let halves = match self.width(size) {
            Width::Xmm => [value, value],
            _ => [0, 1].map(|half| self.half(value, half)),
        };
        let joined = Inst { immediate, ..Inst::new(join, &halves) };
        Some(self.body.define(Class::Vector(Width::Xmm), joined))
    }

    /// The lower or upper 16 bytes of 32.
    fn half(&mut self, value: Reg, half: u8) -> Reg {
        let extract = Inst::new(Code::VEX_Vextracti128_xmmm128_ymm_imm8, &[value]);
        self.body.define(Class::Vector(Width::Xmm), extract.with_immediate(half))
    }
}
