//! An arm for each lane operation.
//!
//! Most lane operations are an instruction of which the last operand may be in memory. The arms
//! here are those that are not: whose meaning differs from the machine's for some operand, for
//! which there is no instruction at all, or which take more than two operands.

use super::code;
use super::machine::{Inst, Kind, Reg};
use super::select::{Home, Selector};
use super::target::Target;
use iced_x86::Code;
use jitney_ir::lanes::{self, LaneOp, LaneType, TableId, ValueId};

/// The predicate of comparisons that is true if either operand is NaN.
const UNORDERED: u8 = 3;

/// The predicate of comparisons that is true if neither operand is.
const ORDERED: u8 = 7;

impl Selector<'_, '_> {
    /// Selects the instructions of an operation; `None` if it is left to Cranelift.
    pub(super) fn operation(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        use LaneOp::*;
        let (ty, args) = (inst.ty, inst.args.as_slice());
        match inst.op {
            And | Or | Xor | Not if ty == LaneType::Bool => self.logic(inst, copy),
            FMin | FMax => self.closer(inst, copy),
            FEq | FNe | FLt | FLe | IEq | INe | SLt | SLe | ULt | ULe => self.compare(inst, copy),
            // Signs are bits. A subtraction from 0 would make `+0` of `+0`, and takes longer.
            FNeg => self.bits_with(Xor, inst, copy, sign(ty)),
            FAbs => self.bits_with(And, inst, copy, !sign(ty)),
            Not => self.bits_with(Xor, inst, copy, u64::MAX),
            FSqrt | Clz | FFloor | FCeil | FTrunc | FNearest => {
                let (code, immediate) = code::unary(inst.op, ty.size())?;
                let value = self.register(args[0], copy)?;
                let unary = Inst { immediate, ..self.vector(ty, code, &[value]) };
                Some(self.body.define(self.class(ty), unary))
            }
            Shl | LShr | AShr if self.constant(args[1]).is_some() => self.shift(inst, copy),
            // Where the machine has no such lanes, they are parts of longer ones.
            IMul if ty == LaneType::I8 => self.product_of_bytes(inst, copy),
            UMulHi if ty == LaneType::I64 => self.upper_product(inst, copy),
            UMulHi if ty == LaneType::I32 => self.upper_product_of_words(inst, copy),
            Select | SelectRare => self.choice(inst, copy),
            // There are conversions of four bytes and of eight.
            SToF | UToF if self.type_of(args[0]).size() < 4 => self.small_to_float(inst, copy),
            FToF | SToF | UToF | FToS | SExt | ZExt | Trunc => {
                let value = self.register(args[0], copy)?;
                self.convert(inst.op, self.type_of(args[0]), ty, value)
            }
            BoolToInt => self.ones(args[0], copy, ty.size()),
            Lookup => self.lookup(inst, copy),
            _ => self.binary(inst, copy),
        }
    }

    /// An instruction on vectors of a type.
    pub(super) fn vector(&self, ty: LaneType, code: Code, args: &[Reg]) -> Inst {
        Inst::new(self.form(ty.size(), code), args)
    }

    /// The instruction with a last operand, from memory if it can be spread from there. In memory
    /// it takes no register, of which programs with many constants have too few.
    pub(super) fn with_last(&mut self, inst: Inst, last: Home, ty: LaneType) -> Inst {
        match self.settled(last, ty) {
            Home::Cell(cell) if self.is_operand(cell, ty) => {
                inst.with_memory(self.spread(cell, ty))
            }
            _ => {
                let mut inst = inst;
                inst.args.push(self.in_register(last, ty));
                // A load that is read here alone may become the operand: see `super::fold`.
                inst.may_read_last = true;
                inst
            }
        }
    }

    pub(super) fn homes(&mut self, args: &[ValueId], copy: usize) -> Option<[Home; 2]> {
        Some([self.home(args[0], copy)?, self.home(args[1], copy)?])
    }

    fn binary(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let code = code::binary(inst.op, inst.ty)?;
        let [mut a, mut b] = self.homes(&inst.args, copy)?;
        // Only the last operand may be in memory.
        if code::commutes(inst.op) && matches!(a, Home::Cell(_)) {
            (a, b) = (b, a);
        }
        Some(self.two(inst.ty, code, a, b))
    }

    pub(super) fn two(&mut self, ty: LaneType, code: Code, a: Home, b: Home) -> Reg {
        let first = self.in_register(a, ty);
        let two = self.vector(ty, code, &[first]);
        let two = self.with_last(two, b, ty);
        self.body.define(self.class(ty), two)
    }

    /// A bit operation with a constant. The constant stays in memory unless a register is left for
    /// it.
    fn bits_with(&mut self, op: LaneOp, inst: &lanes::Inst, copy: usize, bits: u64) -> Option<Reg> {
        let code = code::binary(op, inst.ty)?;
        let value = self.home(inst.args[0], copy)?;
        let constant = Home::Cell(self.layout.lane(inst.ty.mask(bits), inst.ty.size()));
        Some(self.two(inst.ty, code, value, constant))
    }

    fn logic(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let code = match inst.op {
            LaneOp::And => Code::VEX_Kandq_kr_kr_kr,
            LaneOp::Or => Code::VEX_Korq_kr_kr_kr,
            LaneOp::Xor => Code::VEX_Kxorq_kr_kr_kr,
            _ => Code::VEX_Knotq_kr_kr,
        };
        let mut args = Vec::new();
        for arg in &inst.args {
            args.push(self.register(*arg, copy)?);
        }
        Some(self.mask_op(code, &args))
    }

    /// The machine's minimum and maximum are `b` if `a` is NaN; ours is `a`.
    ///
    /// So `a` stays where it is NaN, and it takes two instructions: with a comparison, a result
    /// and a choice between both, maxima along an axis other than the last were bound by
    /// instructions rather than memory.
    ///
    /// ```text
    /// a      b      minimum: machine    ours
    /// NaN    1      1                   NaN      a is kept
    /// 1      NaN    NaN                 NaN
    /// +0     -0     -0                  -0       the second, both times
    /// -0     +0     +0                  +0
    /// ```
    fn closer(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let ty = inst.ty;
        let code = code::binary(inst.op, ty)?;
        let [a, b] = self.homes(&inst.args, copy)?;
        if self.constant(inst.args[0]).is_some_and(|bits| !is_nan(ty, bits)) {
            // A known first operand that is a number needs no test, as in `maximum(0, x)`.
            return Some(self.two(ty, code, a, b));
        }
        let (compare, ..) = code::compare(LaneOp::FEq, ty.size())?;
        let first = self.in_register(a, ty);
        // What is accumulated in a register waits for itself, and a comparison and a choice take
        // less time when the result is there by then: softmax of rows of 128 floats takes a tenth
        // more the other way.
        if self.subject.target == Target::Avx2 || !self.subject.accumulators.is_empty() {
            let closer = self.two(ty, code, a, b);
            let compare = self.vector(ty, compare, &[first, first]).with_immediate(UNORDERED);
            let is_nan = self.define_mask(compare, ty.size());
            let blend = self.vector(ty, code::blend(ty.size()), &[closer, first]).with_mask(is_nan);
            return Some(self.body.define(self.class(ty), blend));
        }
        // Only lanes where `a` is a number are computed; the others stay what they were, `a`.
        let compare = self.vector(ty, compare, &[first, first]).with_immediate(ORDERED);
        let is_number = self.define_mask(compare, ty.size());
        let closer = self.vector(ty, code, &[first]).with_kind(Kind::Merge).with_mask(is_number);
        let closer = self.with_last(closer, b, ty);
        Some(self.body.define(self.class(ty), closer))
    }

    fn compare(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let compare = self.comparison(inst, copy)?;
        Some(self.define_mask(compare, self.type_of(inst.args[0]).size()))
    }

    /// The instruction of a comparison.
    pub(super) fn comparison(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Inst> {
        let ty = self.type_of(inst.args[0]);
        let (code, mut predicate, exchanged) = code::compare(inst.op, ty.size())?;
        let [mut a, mut b] = self.homes(&inst.args, copy)?;
        // Only the last operand may be in memory, and a comparison with its operands exchanged
        // costs nothing.
        if matches!(a, Home::Cell(_)) {
            (a, b, predicate) = (b, a, exchanged);
        }
        let first = self.in_register(a, ty);
        let compare = self.vector(ty, code, &[first]).with_immediate(predicate);
        Some(self.with_last(compare, b, ty))
    }

    fn shift(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let value = self.register(inst.args[0], copy)?;
        // The immediate has eight bits: 256 would be no shift at all. Shifting by the width
        // gives what more would.
        let amount = self.constant(inst.args[1])?.min(u64::from(inst.ty.bits()));
        if inst.ty == LaneType::I8 {
            return self.shift_of_bytes(inst.op, value, amount);
        }
        self.shift_lanes(inst.ty, inst.op, inst.ty.size(), value, amount)
    }

    /// Shifts lanes of `size` bytes in registers for lanes of a type.
    pub(super) fn shift_lanes(
        &mut self,
        ty: LaneType,
        op: LaneOp,
        size: usize,
        value: Reg,
        amount: u64,
    ) -> Option<Reg> {
        let shift = self.vector(ty, code::shift(op, size)?, &[value]);
        Some(self.body.define(self.class(ty), shift.with_immediate(amount as u8)))
    }

    fn choice(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let condition = self.truth(inst.args[0], copy, inst.ty.size())?;
        let no = self.register(inst.args[2], copy)?;
        if inst.ty == LaneType::Bool {
            let yes = self.register(inst.args[1], copy)?;
            // Masks have no blends.
            let yes = self.mask_op(Code::VEX_Kandq_kr_kr_kr, &[condition, yes]);
            let no = self.mask_op(Code::VEX_Kandnq_kr_kr_kr, &[condition, no]);
            return Some(self.mask_op(Code::VEX_Korq_kr_kr_kr, &[yes, no]));
        }
        let yes = self.home(inst.args[1], copy)?;
        let blend = self.vector(inst.ty, code::blend(inst.ty.size()), &[no]).with_mask(condition);
        let blend = self.with_last(blend, yes, inst.ty);
        Some(self.body.define(self.class(inst.ty), blend))
    }

    fn small_to_float(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let extend = if inst.op == LaneOp::SToF { LaneOp::SExt } else { LaneOp::ZExt };
        let value = self.register(inst.args[0], copy)?;
        let from = self.type_of(inst.args[0]);
        // Extended by zeros it is not negative, so that the signed conversion does for both.
        // Every integer of 16 bits is a float: nothing is rounded.
        let wide = self.convert(extend, from, LaneType::I32, value)?;
        self.convert(LaneOp::SToF, LaneType::I32, inst.ty, wide)
    }

    pub(super) fn convert(
        &mut self,
        op: LaneOp,
        from: LaneType,
        to: LaneType,
        value: Reg,
    ) -> Option<Reg> {
        let code = self.form(from.size().max(to.size()), code::conversion(op, from, to)?);
        Some(self.body.define(self.class(to), Inst::new(code, &[value])))
    }

    /// Tables live as long as the process and have a power of two of entries, so that their address
    /// is part of the code and any index is made valid by a mask: lanes not in use hold anything.
    fn lookup(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let code = code::gather(inst.ty.size())?;
        let entries = TableId(inst.imm as u32).entries();
        let index = self.home(inst.args[0], copy)?;
        let last = Home::Cell(self.layout.lane(entries.len() as u64 - 1, 8));
        let and = code::binary(LaneOp::And, LaneType::I64)?;
        let index = self.two(LaneType::I64, and, index, last);
        // The index is valid in every lane, so that nobody has to know here which are in use.
        let all = self.all_lanes(inst.ty.size());
        let gather = Inst::new(self.form(8, code), &[index]).with_mask(all);
        let kind = Kind::Gather { table: entries.as_ptr() as u64 };
        Some(self.body.define(self.class(inst.ty), gather.with_kind(kind)))
    }
}

/// The sign bit of a lane.
pub(super) fn sign(ty: LaneType) -> u64 {
    1 << (ty.bits() - 1)
}

/// Types other than `f32` are `f64` here: only operands of float operations come.
fn is_nan(ty: LaneType, bits: u64) -> bool {
    match ty {
        LaneType::F32 => f32::from_bits(bits as u32).is_nan(),
        _ => f64::from_bits(bits).is_nan(),
    }
}
