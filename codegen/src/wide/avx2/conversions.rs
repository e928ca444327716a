//! Conversions between floats and those integers that AVX2 does not convert.
//!
//! An integer below 2⁵² in the low bits of the double 2⁵² makes the sum of the two. What
//! follows takes longer integers apart, so that one operation rounds.
//!
//! ```text
//! 2⁵²      0x4330_0000_0000_0000      its lowest bit counts 1:   | n is 2⁵² + n, exactly
//! 2⁸⁴      0x4530_0000_0000_0000      its lowest bit counts 2³²: | n is 2⁸⁴ + n × 2³², exactly
//! ```

use crate::wide::code;
use crate::wide::machine::{Inst, Reg};
use crate::wide::select::{Home, Selector};
use jitney_ir::lanes::{self, LaneOp, LaneType};

const LONG: LaneType = LaneType::I64;
const DOUBLE: LaneType = LaneType::F64;

/// The bits of the double 2⁵².
const TWO_52: u64 = 0x4330_0000_0000_0000;

/// The bits of the double 2⁸⁴, in which the lowest bit counts 2³².
const TWO_84: u64 = 0x4530_0000_0000_0000;

impl Selector<'_, '_> {
    /// A 64-bit integer to a float.
    pub(super) fn long_to_float(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let is_signed = inst.op == LaneOp::SToF;
        let value = self.home(inst.args[0], copy)?;
        if inst.ty == DOUBLE {
            return self.long_to_double(is_signed, value);
        }
        // Rounding to a double first may not decide what is then rounded to a float.
        let value = self.with_sticky_bit(is_signed, value)?;
        let double = self.long_to_double(is_signed, value)?;
        self.convert(LaneOp::FToF, DOUBLE, LaneType::F32, double)
    }

    /// Both halves become doubles, exactly, and their sum is rounded. The first subtraction is
    /// exact: what it leaves is a multiple of 2³² of less than 2⁶⁴, of 32 bits. So the sum is the
    /// only place where anything is rounded.
    fn long_to_double(&mut self, is_signed: bool, value: Home) -> Option<Reg> {
        use LaneOp::*;
        // The upper half of a signed integer is made positive by 2³¹.
        let moved = TWO_84 + if is_signed { 0x8000_0000 } else { 0 };
        let [words, two_52, two_84, both] =
            [u64::from(u32::MAX), TWO_52, moved, moved + (1 << (52 - 32))]
                .map(|bits| self.constant_home(LONG, bits));
        let value = Home::Register(self.in_register(value, LONG));
        let low = self.simple(And, LONG, value, words)?;
        let low = self.simple(Or, LONG, low, two_52)?;
        let value = self.in_register(value, LONG);
        let high = Home::Register(self.upper_half(LONG, value)?);
        let high = self.simple(Xor, LONG, high, two_84)?;
        // 2⁸⁴, 2⁵² and what made it positive are taken away at once.
        let high = self.simple(FSub, DOUBLE, high, both)?;
        let sum = self.simple(FAdd, DOUBLE, high, low)?;
        Some(self.in_register(sum, DOUBLE))
    }

    /// An integer of at most 53 bits that is rounded to the same float: where the integer
    /// needs more than 42, the lowest 11 are too low to count but as a whole, for which one
    /// bit is enough.
    ///
    /// That it is not zero is all that rounding asks of what lies below the bits of a float and
    /// the first one after them. `(x & 0x7ff) + 0x7ff` has bit 11 set unless `x & 0x7ff` is 0, and
    /// `or` brings that bit into the number.
    fn with_sticky_bit(&mut self, is_signed: bool, value: Home) -> Option<Home> {
        use LaneOp::*;
        let [low, limit, offset] =
            [0x7ff, 1 << 11, 1 << 42].map(|bits| self.constant_home(LONG, bits));
        let upper = self.constant_home(LONG, !0x7ff);
        let value = Home::Register(self.in_register(value, LONG));
        let sticky = self.simple(And, LONG, value, low)?;
        let sticky = self.simple(IAdd, LONG, sticky, low)?;
        let sticky = self.simple(Or, LONG, sticky, value)?;
        let sticky = self.simple(And, LONG, sticky, upper)?;
        // `-2⁴² <= x < 2⁴²` is `x + 2⁴² < 2⁴³`, of which the upper half tells enough.
        let size = if is_signed { self.simple(IAdd, LONG, value, offset)? } else { value };
        let size = self.in_register(size, LONG);
        let size = Home::Register(self.upper_half(LONG, size)?);
        let is_long = self.is_greater(LONG, size, limit);
        Some(Home::Register(self.blended(LONG, is_long, sticky, value)))
    }

    /// An unsigned 32-bit integer to a float.
    pub(super) fn unsigned_to_float(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        use LaneOp::*;
        let ty = LaneType::I32;
        let value = self.register(inst.args[0], copy)?;
        if inst.ty == DOUBLE {
            let long = Home::Register(self.convert(ZExt, ty, LONG, value)?);
            let [bits, number] = [TWO_52; 2].map(|bits| self.constant_home(LONG, bits));
            let sum = self.simple(Or, LONG, long, bits)?;
            let double = self.simple(FSub, DOUBLE, sum, number)?;
            return Some(self.in_register(double, DOUBLE));
        }
        // Both halves become floats, exactly, and their sum is rounded. The signed conversion
        // serves: neither half has its 32nd bit set.
        let low = self.constant_home(ty, 0xffff);
        let low = self.simple(And, ty, Home::Register(value), low)?;
        let low = self.in_register(low, ty);
        let high = self.shift_lanes(ty, LShr, 4, value, 16)?;
        let [low, high] = [low, high].map(|half| self.convert(SToF, ty, inst.ty, half));
        let scale = self.constant_home(inst.ty, u64::from(65536f32.to_bits()));
        let high = self.simple(FMul, inst.ty, Home::Register(high?), scale)?;
        let sum = self.simple(FAdd, inst.ty, high, Home::Register(low?))?;
        Some(self.in_register(sum, inst.ty))
    }

    /// A float to a 64-bit integer: the whole number is taken apart at 2³², and both parts
    /// become integers.
    pub(super) fn float_to_long(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        use LaneOp::*;
        let mut value = self.register(inst.args[0], copy)?;
        if self.type_of(inst.args[0]) == LaneType::F32 {
            value = self.convert(FToF, LaneType::F32, DOUBLE, value)?;
        }
        // Toward zero, once and before anything else: what follows is exact.
        let whole = self.rounded(FTrunc, Home::Register(value))?;
        let [down, up] = [-32, 32].map(|power| self.constant_home(DOUBLE, two_to(power)));
        let high = self.simple(FMul, DOUBLE, whole, down)?;
        let high = self.rounded(FFloor, high)?;
        let low = self.simple(FMul, DOUBLE, high, up)?;
        let low = self.simple(FSub, DOUBLE, whole, low)?;

        // The upper part is made positive by 2⁵¹, which the shift moves out. It is between -2³¹ and
        // 2³¹, and in the low bits of the sum with 2⁵² + 2⁵¹.
        let [two_52, more] =
            [TWO_52, TWO_52 + (1 << 51)].map(|bits| self.constant_home(LONG, bits));
        let high = self.simple(FAdd, DOUBLE, high, more)?;
        let high = self.in_register(high, LONG);
        let high = Home::Register(self.shift_lanes(LONG, Shl, 8, high, 32)?);
        let low = self.simple(FAdd, DOUBLE, low, two_52)?;
        // 2⁵² + low as bits, without those of 2⁵²: the integer. It is positive, the upper part
        // having been rounded down.
        let low = self.simple(Xor, LONG, low, two_52)?;
        let long = self.simple(Or, LONG, high, low)?;

        // What does not fit gives the smallest integer, as does NaN; that one itself, too.
        let [smallest, limit] = [1 << 63, two_to(63)].map(|bits| self.constant_home(DOUBLE, bits));
        let magnitude = self.constant_home(LONG, u64::MAX >> 1);
        let magnitude = self.simple(And, LONG, whole, magnitude)?;
        let (less, predicate, _) = code::compare(FLt, 8)?;
        let magnitude = self.in_register(magnitude, DOUBLE);
        let fits = self.vector(DOUBLE, less, &[magnitude]).with_immediate(predicate);
        let fits = self.with_last(fits, limit, DOUBLE);
        let fits = self.define_mask_vector(fits, 8);
        Some(self.blended(LONG, fits, long, smallest))
    }

    /// There is one instruction for it, whatever the direction.
    fn rounded(&mut self, op: LaneOp, value: Home) -> Option<Home> {
        let (code, immediate) = code::unary(op, 8)?;
        let value = self.in_register(value, DOUBLE);
        let round = Inst { immediate, ..self.vector(DOUBLE, code, &[value]) };
        Some(Home::Register(self.body.define(self.class(DOUBLE), round)))
    }
}

/// The bits of a power of two as a double.
fn two_to(power: i64) -> u64 {
    ((1023 + power) as u64) << 52
}
