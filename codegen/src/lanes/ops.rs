//! One arm per lane operation: from packs to a pack.
//!
//! Most Cranelift instructions mean the same for a scalar and for each lane of a vector,
//! so one arm serves both. What the machine has no vector instruction for goes through
//! [`Emitter::by_lane`], which takes the pack apart and emits the scalar form of the arm.
//!
//! An arm has no more to do than the meaning in `eval.rs` asks for, of scalars and vectors alike.
//! Where the machine means something else (shifts by the width, divisions that trap, minima of
//! NaN), what it takes to make up for that is emitted in a helper below.

use super::pack::{Pack, int_vector, scalar_type, vector_type};
use crate::emitter::{Emitter, Values};
use crate::host::HostFn;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{self, I64};
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::lanes::{Inst, LaneOp, LaneType, TableId};

/// The scalar form of an operation.
type ScalarForm = fn(&mut Emitter<'_>, LaneType, &[Value]) -> Value;

impl Emitter<'_> {
    /// Emits an instruction that is neither a parameter nor a constant.
    pub(crate) fn operation(&mut self, inst: &Inst, args: &[&Pack]) -> Pack {
        use LaneOp::*;
        match inst.op {
            Param | Const => unreachable!("leaves are given, not computed"),

            FAdd => self.map2(args, |e, a, b| e.ins().fadd(a, b)),
            FSub => self.map2(args, |e, a, b| e.ins().fsub(a, b)),
            FMul => self.map2(args, |e, a, b| e.ins().fmul(a, b)),
            FDiv => self.map2(args, |e, a, b| e.ins().fdiv(a, b)),
            // Rounded once everywhere: machines without such an instruction call a function for
            // each lane.
            Fma => self.map3(args, |e, a, b, c| e.ins().fma(a, b, c)),
            FNeg => self.map1(args, |e, a| e.ins().fneg(a)),
            FAbs => self.map1(args, |e, a| e.ins().fabs(a)),
            FSqrt => self.map1(args, |e, a| e.ins().sqrt(a)),
            // What the machine calls minimum gives its second operand for NaN; ours gives the NaN.
            FMin => self.map2(args, |e, a, b| e.nan_or_closer(a, b, a, b)),
            FMax => self.map2(args, |e, a, b| e.nan_or_closer(a, b, b, a)),
            FFloor => self.map1(args, |e, a| e.ins().floor(a)),
            FCeil => self.map1(args, |e, a| e.ins().ceil(a)),
            FTrunc => self.map1(args, |e, a| e.ins().trunc(a)),
            FNearest => self.map1(args, |e, a| e.ins().nearest(a)),
            // Exact, which a quotient that is rounded, multiplied and subtracted would not be.
            FRem => self.by_lane(inst.ty, args, float_remainder),

            FEq => self.float_compare(FloatCC::Equal, args),
            // The only one of the four that holds where an operand is NaN.
            FNe => self.float_compare(FloatCC::NotEqual, args),
            FLt => self.float_compare(FloatCC::LessThan, args),
            FLe => self.float_compare(FloatCC::LessThanOrEqual, args),

            IAdd => self.map2(args, |e, a, b| e.ins().iadd(a, b)),
            ISub => self.map2(args, |e, a, b| e.ins().isub(a, b)),
            IMul => self.map2(args, |e, a, b| e.multiply(a, b)),
            // Cranelift has it for scalars alone; so are counts of leading zeros.
            UMulHi => self.by_lane(inst.ty, args, |e, _, a| e.ins().umulhi(a[0], a[1])),
            // No vector instruction divides integers.
            SDiv => self.by_lane(inst.ty, args, signed_quotient),
            UDiv => self.by_lane(inst.ty, args, unsigned_quotient),
            SRem => self.by_lane(inst.ty, args, signed_remainder),
            URem => self.by_lane(inst.ty, args, unsigned_remainder),
            SMin => self.map2(args, |e, a, b| e.ins().smin(a, b)),
            SMax => self.map2(args, |e, a, b| e.ins().smax(a, b)),
            UMin => self.map2(args, |e, a, b| e.ins().umin(a, b)),
            UMax => self.map2(args, |e, a, b| e.ins().umax(a, b)),
            Shl | LShr | AShr => self.shift(inst, args),
            Clz => self.by_lane(inst.ty, args, |e, _, a| e.ins().clz(a[0])),
            Popcnt => self.popcount(inst.ty, args),
            // These loop, as long as their lane takes.
            IPow => self.by_lane(inst.ty, args, |e, ty, a| e.wide_call(HostFn::Pow, ty, a)),
            UGcd => self.by_lane(inst.ty, args, |e, ty, a| e.wide_call(HostFn::Gcd, ty, a)),

            // The type says nothing of signs: that is up to the operation.
            IEq => self.int_compare(IntCC::Equal, args),
            INe => self.int_compare(IntCC::NotEqual, args),
            SLt => self.int_compare(IntCC::SignedLessThan, args),
            SLe => self.int_compare(IntCC::SignedLessThanOrEqual, args),
            ULt => self.int_compare(IntCC::UnsignedLessThan, args),
            ULe => self.int_compare(IntCC::UnsignedLessThanOrEqual, args),

            // Bools are masks here, or 0 and 1: bit operations of either are operations of bools.
            And => self.bitwise(args, |e, a, b| e.ins().band(a, b)),
            Or => self.bitwise(args, |e, a, b| e.ins().bor(a, b)),
            Xor => self.bitwise(args, |e, a, b| e.ins().bxor(a, b)),
            // A scalar bool is 0 or 1, of which the complement would be 255 or 254.
            Not if args[0].ty == LaneType::Bool && args[0].lanes == 1 => {
                self.map1(args, |e, a| e.ins().bxor_imm_u(a, 1))
            }
            Not => self.map1(args, |e, a| e.ins().bnot(a)),

            // A rare select that got here has no cold path, or is on it.
            Select | SelectRare => self.select(args),

            Bitcast => self.bitcast_lanes(inst.ty, args[0]),
            SExt => self.sign_extend(inst.ty, args[0]),
            ZExt => self.zero_extend(inst.ty, args[0]),
            Trunc => self.truncate(inst.ty, args[0]),
            FToF => self.float_to_float(inst.ty, args[0]),
            SToF => self.signed_to_float(inst.ty, args[0]),
            UToF => self.unsigned_to_float(inst.ty, args[0]),
            FToS => self.float_to_signed(inst.ty, args[0]),
            BoolToInt => self.bool_to_int(inst.ty, args[0]),
            Lookup => self.lookup(inst, args[0]),
        }
    }

    /// Emits an instruction for each part. Parts of a pack know nothing of each other, so that
    /// operands of one type have as many and go by pairs.
    fn map1(&mut self, args: &[&Pack], mut f: impl FnMut(&mut Self, Value) -> Value) -> Pack {
        let parts = args[0].parts.iter().map(|a| f(self, *a)).collect();
        args[0].with(args[0].ty, parts)
    }

    fn map2(
        &mut self,
        args: &[&Pack],
        mut f: impl FnMut(&mut Self, Value, Value) -> Value,
    ) -> Pack {
        let pairs = args[0].parts.iter().zip(&args[1].parts);
        let parts = pairs.map(|(a, b)| f(self, *a, *b)).collect();
        args[0].with(args[0].ty, parts)
    }

    fn map3(
        &mut self,
        args: &[&Pack],
        mut f: impl FnMut(&mut Self, Value, Value, Value) -> Value,
    ) -> Pack {
        let triples = args[0].parts.iter().zip(&args[1].parts).zip(&args[2].parts);
        let parts = triples.map(|((a, b), c)| f(self, *a, *b, *c)).collect();
        args[0].with(args[0].ty, parts)
    }

    /// Emits the scalar form for each lane. Extracting and inserting lanes comes on top of what the
    /// operation takes; the rest of the program stays in vectors for it.
    pub(crate) fn by_lane(&mut self, ty: LaneType, args: &[&Pack], form: ScalarForm) -> Pack {
        let scalars: Values = (0..args[0].lanes)
            .map(|lane| {
                // What is the same in all lanes is not extracted again.
                let operands: Values = args.iter().map(|arg| self.lane(arg, lane)).collect();
                form(self, ty, &operands)
            })
            .collect();
        self.gather(ty, &scalars)
    }

    /// Compares lanes; the mask is as wide as what is compared. To narrow it here would be for
    /// nothing where it masks lanes as wide as these, as it mostly does.
    fn float_compare(&mut self, condition: FloatCC, args: &[&Pack]) -> Pack {
        let mask = self.map2(args, |e, a, b| e.ins().fcmp(condition, a, b));
        Pack { ty: LaneType::Bool, ..mask }
    }

    fn int_compare(&mut self, condition: IntCC, args: &[&Pack]) -> Pack {
        let mask = self.map2(args, |e, a, b| e.ins().icmp(condition, a, b));
        Pack { ty: LaneType::Bool, ..mask }
    }

    /// `a` if it is NaN or `less < more`, else `b`.
    fn nan_or_closer(&mut self, a: Value, b: Value, less: Value, more: Value) -> Value {
        let ordered = self.ins().fcmp(FloatCC::LessThan, less, more);
        // NaN is the only value that is not ordered with itself.
        let is_nan = self.ins().fcmp(FloatCC::Unordered, a, a);
        // Spelled with a bitselect, the first choice becomes one minimum or maximum.
        let ty = self.type_of(a);
        let closer = if ty.is_vector() {
            let ordered = self.cast(ty, ordered);
            self.ins().bitselect(ordered, a, b)
        } else {
            self.ins().select(ordered, a, b)
        };
        self.choose(is_nan, a, closer)
    }

    /// The first value where the condition (a mask of its width, or a scalar) holds.
    fn choose(&mut self, condition: Value, yes: Value, no: Value) -> Value {
        let ty = self.type_of(yes);
        // A scalar condition decides for all lanes at once.
        if !ty.is_vector() || !self.type_of(condition).is_vector() {
            return self.ins().select(condition, yes, no);
        }
        if !self.machine.has_x86_vectors {
            let condition = self.cast(ty, condition);
            return self.ins().bitselect(condition, yes, no);
        }
        // Masks are all zeros or all ones, which `bitselect` could not rely upon. The instruction
        // looks at the highest bit of each lane, or of each byte: there is none for lanes of two
        // bytes, whose masks are the same in both.
        let blended = match ty.lane_bits() {
            64 => types::I64X2,
            32 => types::I32X4,
            _ => types::I8X16,
        };
        let condition = self.cast(blended, condition);
        let (yes, no) = (self.cast(blended, yes), self.cast(blended, no));
        let chosen = self.ins().blendv(condition, yes, no);
        self.cast(ty, chosen)
    }

    /// Selects lanes. Where bools are selected, everything takes the width of the condition, which
    /// is needed as a mask in any case; else the condition takes the width of the lanes. So no mask
    /// is made wider or narrower than somebody reads it.
    fn select(&mut self, args: &[&Pack]) -> Pack {
        let [condition, yes, no] = [args[0], args[1], args[2]];
        let size = if yes.ty == LaneType::Bool { condition.size } else { yes.size };
        let mask = self.mask(condition, size);
        let (yes_parts, no_parts) = match yes.ty {
            LaneType::Bool => (self.mask(yes, size), self.mask(no, size)),
            _ => (yes.parts.clone(), no.parts.clone()),
        };
        let triples = mask.iter().zip(&yes_parts).zip(&no_parts);
        let parts = triples.map(|((mask, yes), no)| self.choose(*mask, *yes, *no)).collect();
        Pack::new(yes.ty, yes.lanes, size, parts)
    }

    /// Bit operations; masks are first brought to one width.
    fn bitwise(&mut self, args: &[&Pack], f: impl FnMut(&mut Self, Value, Value) -> Value) -> Pack {
        let [a, b] = [args[0], args[1]];
        if a.ty != LaneType::Bool || a.size == b.size {
            return self.map2(args, f);
        }
        // A uniform mask takes any width for nothing. Of two others the second gives in.
        let size = if a.splat_of.is_some() { b.size } else { a.size };
        let [a, b] = [a, b].map(|mask| {
            let parts = self.mask(mask, size);
            Pack::new(LaneType::Bool, mask.lanes, size, parts)
        });
        self.map2(&[&a, &b], f)
    }

    /// The product of integers, of which only the low half is kept.
    ///
    /// ```text
    /// a0 a1 … a15   widened    a0 … a7 │ a8 … a15     16 bits each
    /// b0 b1 … b15              b0 … b7 │ b8 … b15
    /// products, of which the lower bytes are joined again
    /// ```
    fn multiply(&mut self, a: Value, b: Value) -> Value {
        if self.type_of(a) != types::I8X16 {
            return self.ins().imul(a, b);
        }
        // There is no vector product of bytes: the low byte of a 16-bit product is it.
        let (a_low, b_low) = (self.ins().uwiden_low(a), self.ins().uwiden_low(b));
        let (a_high, b_high) = (self.ins().uwiden_high(a), self.ins().uwiden_high(b));
        let low = self.ins().imul(a_low, b_low);
        let high = self.ins().imul(a_high, b_high);
        self.narrow_part(low, high)
    }

    /// Shifts lanes. Cranelift shifts all lanes of a vector by one amount; where amounts differ
    /// from lane to lane, lanes are shifted one by one.
    fn shift(&mut self, inst: &Inst, args: &[&Pack]) -> Pack {
        let [value, amount] = [args[0], args[1]];
        if let Some(scalar) = amount.splat_of {
            let known = amount.constant;
            let shift = |part: &Value| self.shift_one(inst.op, inst.ty, *part, scalar, known);
            let parts = value.parts.iter().map(shift).collect();
            return value.with(value.ty, parts);
        }
        // Function pointers, which cannot capture the operation.
        let form: ScalarForm = match inst.op {
            LaneOp::Shl => |e, ty, a| e.shift_one(LaneOp::Shl, ty, a[0], a[1], None),
            LaneOp::LShr => |e, ty, a| e.shift_one(LaneOp::LShr, ty, a[0], a[1], None),
            _ => |e, ty, a| e.shift_one(LaneOp::AShr, ty, a[0], a[1], None),
        };
        self.by_lane(inst.ty, args, form)
    }

    /// Shifts a scalar or every lane of a vector by a scalar amount, which is unsigned: -1 is more
    /// than any width.
    fn shift_one(
        &mut self,
        op: LaneOp,
        ty: LaneType,
        value: Value,
        amount: Value,
        known: Option<u64>,
    ) -> Value {
        let width = i64::from(ty.bits());
        if op == LaneOp::AShr {
            let most = self.ins().iconst(scalar_type(ty), width - 1);
            let amount = match known {
                Some(known) => {
                    self.ins().iconst(scalar_type(ty), known.min(width as u64 - 1) as i64)
                }
                // Shifting by one less than the width leaves copies of the sign, as more would.
                None => self.ins().umin(amount, most),
            };
            return self.ins().sshr(value, amount);
        }
        // Cranelift takes the amount modulo the width.
        let shifted = match op {
            LaneOp::Shl => self.ins().ishl(value, amount),
            _ => self.ins().ushr(value, amount),
        };
        if known.is_some_and(|known| known < width as u64) {
            return shifted;
        }
        let zero = match self.type_of(value) {
            vector if vector.is_vector() => self.vector_constant(vector, 1, 0),
            scalar => self.ins().iconst(scalar, 0),
        };
        // The width or more gives 0, where the shift itself goes round.
        let fits = self.ins().icmp_imm_u(IntCC::UnsignedLessThan, amount, width);
        self.ins().select(fits, shifted, zero)
    }

    /// Counts bits. Vectors count those of bytes; for anything wider the scalar instruction is
    /// used.
    fn popcount(&mut self, ty: LaneType, args: &[&Pack]) -> Pack {
        match ty {
            LaneType::I8 => self.map1(args, |e, a| e.ins().popcnt(a)),
            _ => self.by_lane(ty, args, |e, _, a| e.ins().popcnt(a[0])),
        }
    }

    /// Calls a host function of 64-bit integers on narrower ones.
    fn wide_call(&mut self, function: HostFn, ty: LaneType, args: &[Value]) -> Value {
        if ty == LaneType::I64 {
            return self.call(function, args);
        }
        // With zeros, whatever the sign: divisors stay what they are, and of a power only the low
        // bits are kept.
        let wide: Values = args.iter().map(|arg| self.ins().uextend(I64, *arg)).collect();
        let result = self.call(function, &wide);
        self.ins().ireduce(scalar_type(ty), result)
    }

    /// The same bits as another type; both have the same width, so parts stay parts.
    fn bitcast_lanes(&mut self, ty: LaneType, value: &Pack) -> Pack {
        let to = if value.lanes == 1 { scalar_type(ty) } else { vector_type(ty, ty.size()) };
        let parts = value.parts.iter().map(|part| self.cast(to, *part)).collect();
        value.with(ty, parts)
    }

    /// 0 or 1 of each lane: a mask of the width, of which one bit is left. What a mask is narrowed
    /// or widened to is the width of the integers, so that its parts are theirs.
    fn bool_to_int(&mut self, ty: LaneType, value: &Pack) -> Pack {
        if value.lanes == 1 {
            let part = value.parts[0];
            let wide = match scalar_type(ty) {
                types::I8 => part,
                wide => self.ins().uextend(wide, part),
            };
            return Pack::scalar(ty, wide);
        }
        let mask = self.mask(value, ty.size());
        let one = self.vector_constant(int_vector(ty.size()), ty.size(), 1);
        let parts = mask.iter().map(|part| self.ins().band(*part, one)).collect();
        Pack::new(ty, value.lanes, ty.size(), parts)
    }

    /// Reads a table a lane at a time: Cranelift has no gathers. Tables have a power of two
    /// of entries and live as long as the process, so that any index is made valid by a mask and
    /// their address can stand in the code.
    fn lookup(&mut self, inst: &Inst, index: &Pack) -> Pack {
        let entries = TableId(inst.imm as u32).entries();
        let scalars: Values = (0..index.lanes)
            .map(|lane| {
                let lane = self.lane(index, lane);
                let valid = self.ins().band_imm_u(lane, entries.len() as i64 - 1);
                let table = self.int(entries.as_ptr() as i64);
                let entry = self.scaled(table, valid, 8);
                self.load_constant(scalar_type(inst.ty), entry)
            })
            .collect();
        self.gather(inst.ty, &scalars)
    }
}

fn float_remainder(e: &mut Emitter<'_>, ty: LaneType, args: &[Value]) -> Value {
    let function = if ty == LaneType::F32 { HostFn::RemF32 } else { HostFn::RemF64 };
    e.call(function, args)
}

/// The divisor with those that would trap replaced by 1. Chosen, not branched around: the quotient
/// by 1 is computed and thrown away where it is not wanted.
fn safe_divisor(e: &mut Emitter<'_>, divisor: Value, unsafe_one: Value) -> Value {
    let ty = e.type_of(divisor);
    let one = e.ins().iconst(ty, 1);
    e.ins().select(unsafe_one, one, divisor)
}

fn is_zero(e: &mut Emitter<'_>, value: Value) -> Value {
    e.ins().icmp_imm_u(IntCC::Equal, value, 0)
}

/// 0 if the condition holds, else the value.
fn zero_if(e: &mut Emitter<'_>, condition: Value, value: Value) -> Value {
    let ty = e.type_of(value);
    let zero = e.ins().iconst(ty, 0);
    e.ins().select(condition, zero, value)
}

/// Whether the divisor is 0 or -1, which between them trap.
fn is_zero_or_minus_one(e: &mut Emitter<'_>, divisor: Value) -> Value {
    // They become 1 and 0, and every other divisor more than that, without sign: one comparison.
    let next = e.ins().iadd_imm_u(divisor, 1);
    e.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, next, 1)
}

/// Besides 0, the machine traps on the smallest integer by -1, whose quotient it cannot hold.
fn signed_quotient(e: &mut Emitter<'_>, _: LaneType, args: &[Value]) -> Value {
    let [a, b] = [args[0], args[1]];
    let special = is_zero_or_minus_one(e, b);
    let divisor = safe_divisor(e, b, special);
    let quotient = e.ins().sdiv(a, divisor);
    // Of the special divisors, -1 negates (and wraps) and 0 gives 0: both are `a * b`.
    let product = e.ins().imul(a, b);
    e.ins().select(special, product, quotient)
}

fn signed_remainder(e: &mut Emitter<'_>, _: LaneType, args: &[Value]) -> Value {
    // The remainder by 1 is what both special divisors give: 0.
    let special = is_zero_or_minus_one(e, args[1]);
    let divisor = safe_divisor(e, args[1], special);
    e.ins().srem(args[0], divisor)
}

/// 0 for a zero divisor, which Cranelift's division traps on.
fn unsigned_quotient(e: &mut Emitter<'_>, _: LaneType, args: &[Value]) -> Value {
    let is_zero = is_zero(e, args[1]);
    let divisor = safe_divisor(e, args[1], is_zero);
    let quotient = e.ins().udiv(args[0], divisor);
    zero_if(e, is_zero, quotient)
}

/// 0 for a zero divisor, as the remainder by 1 is.
fn unsigned_remainder(e: &mut Emitter<'_>, _: LaneType, args: &[Value]) -> Value {
    let is_zero = is_zero(e, args[1]);
    let divisor = safe_divisor(e, args[1], is_zero);
    e.ins().urem(args[0], divisor)
}
