//! Operations of 64-bit integers.
//!
//! AVX2 compares 64-bit integers, signed, adds and shifts them, and multiplies halves of them. The
//! rest is made of that.

use crate::wide::code;
use crate::wide::machine::Reg;
use crate::wide::select::{Home, Selector};
use jitney_ir::lanes::{self, LaneOp, LaneType};

/// What all of this is about.
const LONG: LaneType = LaneType::I64;

impl Selector<'_, '_> {
    /// The product: that of the lower halves, and of each lower with the other upper half. That of
    /// the upper halves begins at bit 64, beyond the result; and since the same holds for all above
    /// bit 31 of the other two, their sum may overflow.
    pub(in crate::wide) fn product_of_longs(&mut self, a: Home, b: Home) -> Option<Reg> {
        let [a, b] = [self.in_register(a, LONG), self.in_register(b, LONG)];
        let (a_high, b_high) = (self.upper_half(LONG, a)?, self.upper_half(LONG, b)?);
        let (one, other) = (self.half_product(LONG, a_high, b), self.half_product(LONG, a, b_high));
        let cross = self.sum(one, other)?;
        let cross = self.shift_lanes(LONG, LaneOp::Shl, 8, cross, 32)?;
        let low = self.half_product(LONG, a, b);
        self.sum(low, cross)
    }

    /// The minimum or maximum, signed or unsigned.
    pub(super) fn closer_long(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        use LaneOp::{SMax, SMin, UMax, UMin};
        let [a, b] = self.homes(&inst.args, copy)?;
        // Flipped to be compared, but chosen as they are.
        let (x, y) = match inst.op {
            UMin | UMax => (self.flipped(LONG, a)?, self.flipped(LONG, b)?),
            _ => (a, b),
        };
        let is_greater = self.is_greater(LONG, x, y);
        // What is chosen where the first is the greater, and where it is not.
        let (greater, less) = if matches!(inst.op, SMin | UMin) { (b, a) } else { (a, b) };
        debug_assert!(matches!(inst.op, SMin | SMax | UMin | UMax));
        Some(self.blended(LONG, is_greater, greater, less))
    }

    /// `((x ^ sign) >> n) ^ sign`, the sign being ones for negative integers and zeros for
    /// others: what is shifted is not negative, so the zeros that come in are copies of its
    /// sign.
    ///
    /// ```text
    /// 0x90 by 2, in eight bits     sign 0xff   0x90 ^ 0xff = 0x6f   >> 2 = 0x1b   ^ 0xff = 0xe4
    /// ```
    pub(super) fn arithmetic_shift_of_longs(
        &mut self,
        inst: &lanes::Inst,
        copy: usize,
    ) -> Option<Reg> {
        let [value, amount] = self.homes(&inst.args, copy)?;
        let zero = self.constant_home(LONG, 0);
        let sign = Home::Register(self.is_greater(LONG, zero, value));
        let flipped = self.simple(LaneOp::Xor, LONG, value, sign)?;
        let shifted = match self.constant(inst.args[1]) {
            Some(known) => {
                let flipped = self.in_register(flipped, LONG);
                // The immediate has eight bits; 64 clears a lane as more would.
                self.shift_lanes(LONG, LaneOp::LShr, 8, flipped, known.min(64))?
            }
            None => self.two(LONG, code::binary(LaneOp::LShr, LONG)?, flipped, amount),
        };
        let result = self.simple(LaneOp::Xor, LONG, Home::Register(shifted), sign)?;
        Some(self.in_register(result, LONG))
    }
}
