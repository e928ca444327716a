//! Conversions between lane types, which change how many vectors a pack has.
//!
//! ```text
//! widen    x0 x1 x2 x3            ──►  x0 x1 │ x2 x3       the lower half, then the upper one
//! narrow   x0 x1 │ x2 x3          ──►  x0 x1 x2 x3         two vectors joined
//! ```
//!
//! Each step doubles or halves the width, as instructions do: `i8` to `i64` takes three steps.
//! What has no instruction for vectors goes lane by lane.

use super::pack::{Pack, n_parts, scalar_type};
use crate::emitter::{Emitter, Values};
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::types::{self, F64X2, I32X4, I64X2};
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::lanes::LaneType;

/// The integer type of so many bytes.
fn int_type(size: usize) -> LaneType {
    match size {
        1 => LaneType::I8,
        2 => LaneType::I16,
        4 => LaneType::I32,
        _ => LaneType::I64,
    }
}

impl Emitter<'_> {
    /// Lower halves of the parts come before upper ones, so that lanes keep their order.
    pub(crate) fn sign_extend(&mut self, ty: LaneType, value: &Pack) -> Pack {
        if value.lanes == 1 {
            let wide = self.ins().sextend(scalar_type(ty), value.parts[0]);
            return Pack::scalar(ty, wide);
        }
        self.widen_to(
            ty,
            value,
            |e, part| e.ins().swiden_low(part),
            |e, part| e.ins().swiden_high(part),
        )
    }

    pub(crate) fn zero_extend(&mut self, ty: LaneType, value: &Pack) -> Pack {
        if value.lanes == 1 {
            let wide = self.ins().uextend(scalar_type(ty), value.parts[0]);
            return Pack::scalar(ty, wide);
        }
        self.widen_to(
            ty,
            value,
            |e, part| e.ins().uwiden_low(part),
            |e, part| e.ins().uwiden_high(part),
        )
    }

    /// Doubles the width of the lanes until it is the type's.
    fn widen_to(
        &mut self,
        ty: LaneType,
        value: &Pack,
        low: fn(&mut Self, Value) -> Value,
        high: fn(&mut Self, Value) -> Value,
    ) -> Pack {
        // Each step is an instruction for each part, of which there are twice as many after it.
        let mut pack = value.clone();
        while pack.size < ty.size() {
            pack = self.double(int_type(2 * pack.size), &pack, low, high);
        }
        pack
    }

    /// From each vector two of the type twice as wide, or one if its upper half is unused.
    fn double(
        &mut self,
        ty: LaneType,
        value: &Pack,
        low: fn(&mut Self, Value) -> Value,
        high: fn(&mut Self, Value) -> Value,
    ) -> Pack {
        // Two lanes of `i32` become one part of `i64`, not two, of which nobody would read the
        // second.
        let wanted = n_parts(value.lanes, ty.size());
        let mut parts = Values::new();
        for part in &value.parts {
            parts.push(low(self, *part));
            if parts.len() < wanted {
                parts.push(high(self, *part));
            }
        }
        Pack::new(ty, value.lanes, ty.size(), parts)
    }

    /// From each two vectors one of the type half as wide. A vector without a partner is joined
    /// with itself; the upper half of the result is not in use.
    fn halve(
        &mut self,
        ty: LaneType,
        value: &Pack,
        join: fn(&mut Self, Value, Value) -> Value,
    ) -> Pack {
        let pairs = value.parts.chunks(2).map(|pair| (pair[0], *pair.last().unwrap_or(&pair[0])));
        let parts = pairs.map(|(a, b)| join(self, a, b)).collect();
        Pack::new(ty, value.lanes, ty.size(), parts)
    }

    /// Keeps the low bits, half of what is left of them at a time.
    pub(crate) fn truncate(&mut self, ty: LaneType, value: &Pack) -> Pack {
        if value.lanes == 1 {
            let narrow = self.ins().ireduce(scalar_type(ty), value.parts[0]);
            return Pack::scalar(ty, narrow);
        }
        let mut pack = value.clone();
        while pack.size > ty.size() {
            pack = self.halve(int_type(pack.size / 2), &pack, Self::narrow_part);
        }
        pack
    }

    /// The low halves of the lanes of two vectors.
    pub(crate) fn narrow_part(&mut self, a: Value, b: Value) -> Value {
        let ty = self.type_of(a);
        // No instruction before AVX-512 narrows 64-bit lanes: their lower words are shuffled
        // together.
        if ty == I64X2 {
            return self.join_even_words(a, b);
        }
        // With the upper half cleared, the saturation of `unarrow` never happens.
        let size = (ty.lane_bits() / 8) as usize;
        let mask = self.vector_constant(ty, size, u64::MAX >> (64 - 4 * size));
        let (a, b) = (self.ins().band(a, mask), self.ins().band(b, mask));
        self.ins().unarrow(a, b)
    }

    pub(crate) fn float_to_float(&mut self, ty: LaneType, value: &Pack) -> Pack {
        match (ty, value.lanes) {
            // Where both formats are the same there is no conversion: the verifier sees to that.
            (LaneType::F32, 1) => {
                let narrow = self.ins().fdemote(types::F32, value.parts[0]);
                Pack::scalar(ty, narrow)
            }
            // Each conversion leaves its two lanes in a lower half.
            (LaneType::F32, _) => self.halve(ty, value, |e, a, b| {
                let (low, high) = (e.ins().fvdemote(a), e.ins().fvdemote(b));
                e.join_lower_halves(low, high)
            }),
            (_, 1) => {
                let wide = self.ins().fpromote(types::F64, value.parts[0]);
                Pack::scalar(ty, wide)
            }
            _ => self.double(
                ty,
                value,
                // The instruction takes the lower half, so the upper one is moved there.
                |e, a| e.ins().fvpromote_low(a),
                |e, a| {
                    let upper = e.upper_half(a);
                    e.ins().fvpromote_low(upper)
                },
            ),
        }
    }

    /// 64-bit integers to `f32` go lane by lane: by way of `f64` they would be rounded twice.
    /// Integers of less than 32 bits take the way of those, in which they have the same value.
    pub(crate) fn signed_to_float(&mut self, ty: LaneType, value: &Pack) -> Pack {
        // 2⁵⁴ + 2³⁰ + 1 is 2⁵⁴ + 2³⁰ as `f64`, halfway between two `f32`, and then 2⁵⁴ instead of
        // the next one.
        if value.lanes == 1 || (value.ty, ty) == (LaneType::I64, LaneType::F32) {
            return self
                .by_lane(ty, &[value], |e, ty, a| e.ins().fcvt_from_sint(scalar_type(ty), a[0]));
        }
        if value.size < 4 {
            let wide = self.sign_extend(LaneType::I32, value);
            return self.signed_to_float(ty, &wide);
        }
        if (value.ty, ty) == (LaneType::I32, LaneType::F64) {
            // Cranelift knows these two instructions together, as the machine's own for 32-bit
            // integers: nothing becomes 64 bits long on the way.
            let low: fn(&mut Self, Value) -> Value = |e, a| {
                let wide = e.ins().swiden_low(a);
                e.ins().fcvt_from_sint(F64X2, wide)
            };
            return self.double(ty, value, low, |e, a| {
                let upper = e.upper_half(a);
                let wide = e.ins().swiden_low(upper);
                e.ins().fcvt_from_sint(F64X2, wide)
            });
        }
        let vector = super::pack::vector_type(ty, ty.size());
        let parts = value.parts.iter().map(|a| self.ins().fcvt_from_sint(vector, *a)).collect();
        value.with(ty, parts)
    }

    /// As [`Emitter::signed_to_float`], and for the same reasons.
    pub(crate) fn unsigned_to_float(&mut self, ty: LaneType, value: &Pack) -> Pack {
        if value.lanes == 1 || (value.ty, ty) == (LaneType::I64, LaneType::F32) {
            return self
                .by_lane(ty, &[value], |e, ty, a| e.ins().fcvt_from_uint(scalar_type(ty), a[0]));
        }
        if value.size < 4 {
            let wide = self.zero_extend(LaneType::I32, value);
            // Extended by zeros it is not negative.
            return self.signed_to_float(ty, &wide);
        }
        if (value.ty, ty) == (LaneType::I32, LaneType::F64) {
            // Known together as well: bits of 2⁵² with the integer in their place, less 2⁵².
            let low: fn(&mut Self, Value) -> Value = |e, a| {
                let wide = e.ins().uwiden_low(a);
                e.ins().fcvt_from_uint(F64X2, wide)
            };
            return self.double(ty, value, low, |e, a| {
                let upper = e.upper_half(a);
                let wide = e.ins().uwiden_low(upper);
                e.ins().fcvt_from_uint(F64X2, wide)
            });
        }
        let vector = super::pack::vector_type(ty, ty.size());
        let parts = value.parts.iter().map(|a| self.ins().fcvt_from_uint(vector, *a)).collect();
        value.with(ty, parts)
    }

    /// Vectors of `i64` are converted lane by lane, for which x86 before AVX-512 has no
    /// instruction.
    pub(crate) fn float_to_signed(&mut self, ty: LaneType, value: &Pack) -> Pack {
        // Others saturate in Cranelift's portable instruction, which is made up for by lane.
        let has_vectors = self.machine.has_x86_vectors && value.lanes > 1;
        match (value.ty, ty) {
            // The x86 instructions give the smallest integer for all that does not fit.
            (LaneType::F32, LaneType::I32) if has_vectors => {
                let parts = value.parts.iter().map(|a| self.ins().x86_cvtt2dq(I32X4, *a)).collect();
                value.with(ty, parts)
            }
            (LaneType::F64, LaneType::I32) if has_vectors => self.halve(ty, value, |e, a, b| {
                let (low, high) = (e.two_words(a), e.two_words(b));
                e.join_lower_halves(low, high)
            }),
            _ => self.by_lane(ty, &[value], float_to_signed_scalar),
        }
    }

    /// The lanes of an `f64` vector as `i32` in the lower half of the result. Cranelift knows these
    /// two instructions together, as one of the machine's, and only together.
    fn two_words(&mut self, value: Value) -> Value {
        let words = self.ins().x86_cvtt2dq(I64X2, value);
        let zero = self.vector_constant(I64X2, 8, 0);
        self.ins().snarrow(words, zero)
    }
}

fn float_to_signed_scalar(e: &mut Emitter<'_>, ty: LaneType, args: &[Value]) -> Value {
    let value = args[0];
    let saturated = e.ins().fcvt_to_sint_sat(scalar_type(ty), value);
    // Saturation is right below the range; above it and for NaN the smallest integer is due. A
    // power of two, hence the same in both formats; the greatest integer itself is no `f32`.
    let limit = 2f64.powi(ty.bits() as i32 - 1);
    let limit = match e.type_of(value) {
        types::F32 => e.ins().f32const(limit as f32),
        _ => e.ins().f64const(limit),
    };
    // False for NaN.
    let fits = e.ins().fcmp(FloatCC::LessThan, value, limit);
    let smallest = e.ins().iconst(scalar_type(ty), (1u64 << (ty.bits() - 1)) as i64);
    e.ins().select(fits, saturated, smallest)
}
