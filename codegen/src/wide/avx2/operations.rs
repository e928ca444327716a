//! The operations for which AVX2 has other instructions than AVX-512.
//!
//! What is not named here has the same instructions, whose names [`super::code`] translates.

use crate::wide::code;
use crate::wide::machine::{Cell, Inst, Reg};
use crate::wide::operations::sign;
use crate::wide::select::{Home, Selector};
use iced_x86::Code;
use jitney_ir::lanes::{self, LaneOp, LaneType};

impl Selector<'_, '_> {
    /// Selects the instructions of an operation; `None` if it is left to Cranelift.
    pub(in crate::wide) fn avx2_operation(
        &mut self,
        inst: &lanes::Inst,
        copy: usize,
    ) -> Option<Reg> {
        use LaneOp::*;
        let (ty, from) = (inst.ty, self.type_of(inst.args[0]));
        match inst.op {
            And | Or | Xor | Not if ty == LaneType::Bool => self.logic_of_vectors(inst, copy),
            Select | SelectRare if ty == LaneType::Bool => self.choice_of_masks(inst, copy),
            IEq | INe | SLt | SLe | ULt | ULe => self.compare_integers(inst, copy),
            IMul if ty == LaneType::I64 => {
                let [a, b] = self.homes(&inst.args, copy)?;
                self.product_of_longs(a, b)
            }
            SMin | SMax | UMin | UMax if ty == LaneType::I64 => self.closer_long(inst, copy),
            AShr if ty == LaneType::I64 => self.arithmetic_shift_of_longs(inst, copy),
            Shl | LShr | AShr if ty == LaneType::I16 && self.constant(inst.args[1]).is_none() => {
                self.shift_of_pairs(inst, copy)
            }
            Trunc => {
                let value = self.register(inst.args[0], copy)?;
                self.narrowed(from.size(), ty.size(), value)
            }
            SToF | UToF if from == LaneType::I64 => self.long_to_float(inst, copy),
            UToF if from == LaneType::I32 => self.unsigned_to_float(inst, copy),
            FToS if ty == LaneType::I64 => self.float_to_long(inst, copy),
            _ => self.operation(inst, copy),
        }
    }

    /// The result of an operation that is one instruction. Operands may be in memory, as anywhere;
    /// the longer sequences of this folder are written with it.
    pub(super) fn simple(&mut self, op: LaneOp, ty: LaneType, a: Home, b: Home) -> Option<Home> {
        Some(Home::Register(self.two(ty, code::binary(op, ty)?, a, b)))
    }

    /// There are comparisons for equal and for greater, of signed integers. `a < b` is `b > a`, and
    /// `a <= b` is not `a > b`, which takes one instruction more.
    fn compare_integers(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        use LaneOp::*;
        let ty = self.type_of(inst.args[0]);
        let [mut a, mut b] = self.homes(&inst.args, copy)?;
        if matches!(inst.op, ULt | ULe) {
            (a, b) = (self.flipped(ty, a)?, self.flipped(ty, b)?);
        }
        let mask = match inst.op {
            // The last operand may be in memory; equality does not mind which that is. `greater`
            // does.
            IEq | INe if matches!(a, Home::Cell(_)) => self.compared(equal(ty), ty, b, a),
            IEq | INe => self.compared(equal(ty), ty, a, b),
            SLt | ULt => self.compared(greater(ty), ty, b, a),
            _ => self.compared(greater(ty), ty, a, b),
        };
        if matches!(inst.op, IEq | SLt | ULt) {
            return Some(mask);
        }
        let ones = self.constant_home(ty, u64::MAX);
        let not = self.vector(ty, code::binary(Xor, ty)?, &[mask]);
        let not = self.with_last(not, ones, ty);
        Some(self.define_mask_vector(not, ty.size()))
    }

    /// Where the first of two signed integers is greater.
    pub(super) fn is_greater(&mut self, ty: LaneType, a: Home, b: Home) -> Reg {
        self.compared(greater(ty), ty, a, b)
    }

    fn compared(&mut self, code: Code, ty: LaneType, a: Home, b: Home) -> Reg {
        let first = self.in_register(a, ty);
        let compare = Inst::new(self.width(ty.size()).form(code), &[first]);
        let compare = self.with_last(compare, b, ty);
        self.define_mask_vector(compare, ty.size())
    }

    /// The integer with the sign bit flipped: unsigned integers are ordered as these are, taken as
    /// signed. 0x01 and 0xff become 0x81 and 0x7f, which are -127 and 127. A constant is flipped
    /// here and now.
    pub(super) fn flipped(&mut self, ty: LaneType, value: Home) -> Option<Home> {
        match value {
            Home::Cell(Cell::Constant(offset)) => {
                let bits = self.layout.bits_at(offset);
                Some(self.constant_home(ty, bits ^ sign(ty)))
            }
            value => {
                let sign = self.constant_home(ty, sign(ty));
                self.simple(LaneOp::Xor, ty, value, sign)
            }
        }
    }

    /// `yes` where the mask is true, else `no`. The mask must be of lanes as wide as those: AVX2
    /// does not know where a lane begins.
    pub(super) fn blended(&mut self, ty: LaneType, mask: Reg, yes: Home, no: Home) -> Reg {
        let no = self.in_register(no, ty);
        let blend = self.vector(ty, code::blend(ty.size()), &[no]).with_mask(mask);
        let blend = self.with_last(blend, yes, ty);
        self.body.define(self.class(ty), blend)
    }

    /// Shifts of 16-bit lanes by amounts of their own: of lanes of 32 bits, once for those at
    /// odd places and once for those at even ones, which are moved up to be shifted right.
    ///
    /// ```text
    /// lanes            … b a      a is at an even place, b at an odd one
    /// even, left       b a << n         the lower 16 bits are kept
    /// even, right      a 0 >> n         what is then in the upper 16 bits is moved down
    /// odd              b 0 << m, >> m   the upper 16 bits are kept
    /// ```
    ///
    /// Amounts of 16 and more come out right, too: zeros or copies of the sign move in from
    /// above, and below there are only zeros.
    fn shift_of_pairs(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        use LaneOp::*;
        const LOWER: u64 = 0x0000_ffff_0000_ffff;
        let op = inst.op;
        let value = self.register(inst.args[0], copy)?;
        let amount = self.register(inst.args[1], copy)?;

        // The neighbour's amount would count as part of this one.
        let even_amount = self.masked(inst.ty, amount, LOWER)?;
        let even = if op == Shl {
            let shifted = self.pairs(op, value, even_amount)?;
            self.masked(inst.ty, shifted, LOWER)?
        } else {
            let up = self.shift_lanes(inst.ty, Shl, 4, value, 16)?;
            let shifted = self.pairs(op, up, even_amount)?;
            self.shift_lanes(inst.ty, LShr, 4, shifted, 16)?
        };
        let odd_amount = self.shift_lanes(inst.ty, LShr, 4, amount, 16)?;
        let odd = self.masked(inst.ty, value, !LOWER)?;
        let odd = self.pairs(op, odd, odd_amount)?;
        let odd = self.masked(inst.ty, odd, !LOWER)?;
        self.pairs(Or, even, odd)
    }

    /// An operation on 16-bit lanes, two taken as one.
    fn pairs(&mut self, op: LaneOp, a: Reg, b: Reg) -> Option<Reg> {
        let instruction = code::binary(op, LaneType::I32)?;
        let [a, b] = [a, b].map(Home::Register);
        Some(self.two(LaneType::I16, instruction, a, b))
    }
}

fn equal(ty: LaneType) -> Code {
    match ty.size() {
        1 => Code::VEX_Vpcmpeqb_xmm_xmm_xmmm128,
        2 => Code::VEX_Vpcmpeqw_xmm_xmm_xmmm128,
        4 => Code::VEX_Vpcmpeqd_xmm_xmm_xmmm128,
        _ => Code::VEX_Vpcmpeqq_xmm_xmm_xmmm128,
    }
}

fn greater(ty: LaneType) -> Code {
    match ty.size() {
        1 => Code::VEX_Vpcmpgtb_xmm_xmm_xmmm128,
        2 => Code::VEX_Vpcmpgtw_xmm_xmm_xmmm128,
        4 => Code::VEX_Vpcmpgtd_xmm_xmm_xmmm128,
        _ => Code::VEX_Vpcmpgtq_xmm_xmm_xmmm128,
    }
}
