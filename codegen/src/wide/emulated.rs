//! Operations that take several instructions: lanes that the machine does not multiply or
//! shift are treated as parts of longer ones.

use super::code;
use super::machine::{Memory, Reg};
use super::select::{Home, Selector};
use iced_x86::Code;
use jitney_ir::lanes::{self, LaneOp, LaneType};

impl Selector<'_, '_> {
    /// Bytes are shifted as pairs, and what came from the neighbour is cleared.
    ///
    /// ```text
    /// 0x81 0x41 << 3    as a pair      0x8141 << 3 = 0x0a08    with 0x02 from the neighbour
    ///                   each & 0xf8    0x08 0x08
    /// ```
    pub(super) fn shift_of_bytes(&mut self, op: LaneOp, value: Reg, amount: u64) -> Option<Reg> {
        let ty = LaneType::I8;
        if op == LaneOp::AShr {
            // `(x ^ sign) - sign` extends the sign from where the shift has left it. 0x90 by 2:
            // shifted 0x24, sign 0x20, 0x24 ^ 0x20 = 0x04, 0x04 - 0x20 = 0xe4.
            let amount = amount.min(7);
            let shifted = self.shift_of_bytes(LaneOp::LShr, value, amount)?;
            let sign = Home::Cell(self.layout.lane(0x80 >> amount, 1));
            let flip = code::binary(LaneOp::Xor, ty)?;
            let flipped = self.two(ty, flip, Home::Register(shifted), sign);
            let subtract = code::binary(LaneOp::ISub, ty)?;
            return Some(self.two(ty, subtract, Home::Register(flipped), sign));
        }
        let shifted = self.shift_lanes(ty, op, 2, value, amount)?;
        // The bits that are a lane's own after the shift, for all eight lanes of eight bytes.
        let own = if op == LaneOp::Shl { 0xff << amount & 0xff } else { 0xff >> amount };
        self.masked(ty, shifted, own * 0x0101_0101_0101_0101)
    }

    /// The product of bytes, of which pairs are multiplied: those at even places as they are, and
    /// those at odd ones moved down. The lower byte of a product depends on the lower bytes of its
    /// factors alone, so that what the pairs have above them does no harm.
    pub(super) fn product_of_bytes(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let ty = LaneType::I8;
        let multiply = code::binary(LaneOp::IMul, LaneType::I16)?;
        let [a, b] = [self.register(inst.args[0], copy)?, self.register(inst.args[1], copy)?];
        let even = self.two(ty, multiply, Home::Register(a), Home::Register(b));
        let even = self.masked(ty, even, 0x00ff_00ff_00ff_00ff)?;
        let a = self.shift_lanes(ty, LaneOp::LShr, 2, a, 8)?;
        let b = self.shift_lanes(ty, LaneOp::LShr, 2, b, 8)?;
        let odd = self.two(ty, multiply, Home::Register(a), Home::Register(b));
        // Up to where they came from; zeros come in below.
        let odd = self.shift_lanes(ty, LaneOp::Shl, 2, odd, 8)?;
        let or = code::binary(LaneOp::Or, ty)?;
        Some(self.two(ty, or, Home::Register(even), Home::Register(odd)))
    }

    /// The bits of registers for lanes of a type that are set in each eight bytes.
    pub(super) fn masked(&mut self, ty: LaneType, value: Reg, bits: u64) -> Option<Reg> {
        let mask = Memory::Spread(self.layout.lane(bits, 8));
        let and = code::binary(LaneOp::And, LaneType::I64)?;
        let masked = self.vector(ty, and, &[value]).with_memory(mask);
        Some(self.body.define(self.class(ty), masked))
    }

    /// The upper half of a 64-bit product, by halves.
    ///
    /// ```text
    ///        a₁   a₀       no instruction has the upper half of a 64-bit product,
    ///    ×   b₁   b₀       but one has the whole product of two halves
    ///        a₀ × b₀       its upper half is carried into
    ///   a₁ × b₀            cross, of which the lower half is carried into
    ///   a₀ × b₁            other, and the upper halves of both into
    /// a₁ × b₁              the result
    /// ```
    ///
    /// No sum overflows: `(2³² - 1)² + 2³² - 1` is less than `2⁶⁴`.
    pub(super) fn upper_product(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let ty = LaneType::I64;
        let [a, b] = [self.register(inst.args[0], copy)?, self.register(inst.args[1], copy)?];
        let (a_high, b_high) = (self.upper_half(ty, a)?, self.upper_half(ty, b)?);
        let low = self.half_product(ty, a, b);
        let carried = self.upper_half(ty, low)?;
        let cross = self.half_product(ty, a_high, b);
        let cross = self.sum(cross, carried)?;
        let words = Home::Cell(self.layout.lane(u64::from(u32::MAX), 8));
        let and = code::binary(LaneOp::And, ty)?;
        let cross_low = self.two(ty, and, Home::Register(cross), words);
        let other = self.half_product(ty, a, b_high);
        let other = self.sum(other, cross_low)?;
        let high = self.half_product(ty, a_high, b_high);
        let (cross, other) = (self.upper_half(ty, cross)?, self.upper_half(ty, other)?);
        let high = self.sum(high, cross)?;
        self.sum(high, other)
    }

    /// The same of 32-bit lanes: products of those at even places, then of those at odd ones. An
    /// upper half of a product at an even place is moved down; at an odd one it is where it
    /// belongs.
    pub(super) fn upper_product_of_words(
        &mut self,
        inst: &lanes::Inst,
        copy: usize,
    ) -> Option<Reg> {
        let ty = LaneType::I32;
        let [a, b] = [self.register(inst.args[0], copy)?, self.register(inst.args[1], copy)?];
        let even = self.half_product(ty, a, b);
        let even = self.upper_half(ty, even)?;
        let (a, b) = (self.upper_half(ty, a)?, self.upper_half(ty, b)?);
        let odd = self.half_product(ty, a, b);
        let odd = self.masked(ty, odd, u64::MAX << 32)?;
        let or = code::binary(LaneOp::Or, LaneType::I64)?;
        Some(self.two(ty, or, Home::Register(even), Home::Register(odd)))
    }

    /// The upper halves of 64-bit lanes, in registers for lanes of a type.
    pub(super) fn upper_half(&mut self, ty: LaneType, value: Reg) -> Option<Reg> {
        self.shift_lanes(ty, LaneOp::LShr, 8, value, 32)
    }

    /// The product of the lower halves of 64-bit lanes, in registers for lanes of a type. The
    /// instruction does not look at upper halves: they need not be cleared before.
    pub(super) fn half_product(&mut self, ty: LaneType, a: Reg, b: Reg) -> Reg {
        let code = Code::EVEX_Vpmuludq_xmm_k1z_xmm_xmmm128b64;
        self.two(ty, code, Home::Register(a), Home::Register(b))
    }

    pub(super) fn sum(&mut self, a: Reg, b: Reg) -> Option<Reg> {
        let code = code::binary(LaneOp::IAdd, LaneType::I64)?;
        Some(self.two(LaneType::I64, code, Home::Register(a), Home::Register(b)))
    }
}
