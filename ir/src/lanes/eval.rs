//! What lane operations mean, one lane at a time.
//!
//! This is the law: compiled code is right if it gives these bits. Hence nothing here is clever,
//! and where Rust's operators leave something to the machine, or processors differ, the arm says
//! what is meant.
//!
//! Values are bits in the low part of 64, the rest zeros, whatever their type; [`LaneType::mask`]
//! restores that where an operation has set more.

use super::{Inst, LaneOp, LaneType, Program, TableId};

/// Evaluates a program again and again without allocating.
pub struct Evaluator<'p> {
    program: &'p Program,
    values: Vec<u64>,
}

impl<'p> Evaluator<'p> {
    /// An evaluator of the program.
    pub fn new(program: &'p Program) -> Evaluator<'p> {
        Evaluator { program, values: vec![0; program.insts.len()] }
    }

    /// Runs the program on the bits of its parameters; [`Evaluator::result`] has the results.
    pub fn run(&mut self, params: &[u64]) {
        for (index, inst) in self.program.insts.iter().enumerate() {
            let arg = |i: usize| self.values[inst.args[i].index()];
            let bits = match *inst.args.as_slice() {
                [] if inst.op == LaneOp::Param => inst.ty.mask(params[inst.imm as usize]),
                [] => inst.imm,
                [a] => eval_op(inst, self.program.ty(a), [arg(0), 0, 0]),
                [a, _] => eval_op(inst, self.program.ty(a), [arg(0), arg(1), 0]),
                [a, ..] => eval_op(inst, self.program.ty(a), [arg(0), arg(1), arg(2)]),
            };
            self.values[index] = bits;
        }
    }

    /// The bits of a result of the last run.
    pub fn result(&self, index: usize) -> u64 {
        self.values[self.program.results[index].index()]
    }
}

/// A float format in which float operations are evaluated.
macro_rules! in_float {
    ($ty:expr, |$float:ident, $bits:ident| $body:expr) => {
        match $ty {
            LaneType::F32 => {
                #[allow(unused, reason = "each operation uses what it needs")]
                type $float = f32;
                let $bits = |bits: u64| f32::from_bits(bits as u32);
                $body
            }
            _ => {
                #[allow(unused, reason = "each operation uses what it needs")]
                type $float = f64;
                let $bits = f64::from_bits;
                $body
            }
        }
    };
}

trait Bits {
    fn bits(self) -> u64;
}

impl Bits for f32 {
    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }
}

impl Bits for f64 {
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

impl Bits for bool {
    fn bits(self) -> u64 {
        u64::from(self)
    }
}

/// The bits of an instruction's value, given its operands' bits and the type of the first.
pub fn eval_op(inst: &Inst, arg_ty: LaneType, [a, b, c]: [u64; 3]) -> u64 {
    use LaneOp::*;
    match inst.op {
        Param | Const => inst.imm,
        FAdd | FSub | FMul | FDiv | Fma | FNeg | FAbs | FSqrt | FMin | FMax | FFloor | FCeil
        | FTrunc | FNearest | FRem | FEq | FNe | FLt | FLe => eval_float(inst.op, arg_ty, a, b, c),
        IAdd | ISub | IMul | UMulHi | SDiv | UDiv | SRem | URem | SMin | SMax | UMin | UMax
        | Shl | LShr | AShr | Clz | Popcnt | IPow | UGcd | IEq | INe | SLt | SLe | ULt | ULe
        | And | Or | Xor | Not => eval_int(inst.op, arg_ty, a, b),
        Select | SelectRare => {
            if a != 0 {
                b
            } else {
                c
            }
        }
        // Bits are kept zero-extended to 64 whatever the lane type: these change the type alone.
        Bitcast | ZExt | BoolToInt => a,
        SExt => inst.ty.mask(signed(arg_ty, a) as u64),
        Trunc => inst.ty.mask(a),
        FToF => match inst.ty {
            LaneType::F32 => (f64::from_bits(a) as f32).bits(),
            _ => f64::from(f32::from_bits(a as u32)).bits(),
        },
        SToF => in_float!(inst.ty, |Float, _bits| (signed(arg_ty, a) as Float).bits()),
        UToF => in_float!(inst.ty, |Float, _bits| (a as Float).bits()),
        FToS => {
            // Exact, so that there is one range check for both formats.
            let value = if arg_ty == LaneType::F32 {
                f64::from(f32::from_bits(a as u32))
            } else {
                f64::from_bits(a)
            };
            inst.ty.mask(float_to_signed(value, inst.ty.bits()) as u64)
        }
        Lookup => {
            // Any index is valid: in a vector, lanes that are not wanted look something up as well.
            let entries = TableId(inst.imm as u32).entries();
            inst.ty.mask(entries[a as usize & (entries.len() - 1)])
        }
    }
}

fn eval_float(op: LaneOp, ty: LaneType, a: u64, b: u64, c: u64) -> u64 {
    use LaneOp::*;
    in_float!(ty, |Float, bits| {
        let (x, y) = (bits(a), bits(b));
        match op {
            FAdd => (x + y).bits(),
            FSub => (x - y).bits(),
            FMul => (x * y).bits(),
            FDiv => (x / y).bits(),
            // One rounding: Rust promises that with or without the instruction.
            Fma => x.mul_add(y, bits(c)).bits(),
            FNeg => (-x).bits(),
            FAbs => x.abs().bits(),
            FSqrt => x.sqrt().bits(),
            // With equal operands, zeros of different signs among them, the second wins; with a NaN
            // the first that is one.
            FMin => if x < y || x.is_nan() { x } else { y }.bits(),
            FMax => if x > y || x.is_nan() { x } else { y }.bits(),
            FFloor => x.floor().bits(),
            FCeil => x.ceil().bits(),
            FTrunc => x.trunc().bits(),
            // Halves go to the even side, as NumPy's `rint` has it and machines do.
            FNearest => x.round_ties_even().bits(),
            FRem => (x % y).bits(),
            FEq => (x == y).bits(),
            FNe => (x != y).bits(),
            FLt => (x < y).bits(),
            FLe => (x <= y).bits(),
            _ => unreachable!("{op:?} is no float operation"),
        }
    })
}

fn eval_int(op: LaneOp, ty: LaneType, a: u64, b: u64) -> u64 {
    use LaneOp::*;
    let (x, y) = (signed(ty, a), signed(ty, b));
    let width = u64::from(ty.bits());
    let bits = match op {
        IAdd => a.wrapping_add(b),
        ISub => a.wrapping_sub(b),
        IMul => a.wrapping_mul(b),
        UMulHi => ((u128::from(a) * u128::from(b)) >> width) as u64,
        // Defined where processors trap, and as NumPy has it. The smallest integer by -1 wraps.
        SDiv if y == 0 => 0,
        SDiv => x.wrapping_div(y) as u64,
        UDiv => a.checked_div(b).unwrap_or(0),
        SRem if y == 0 => 0,
        SRem => x.wrapping_rem(y) as u64,
        URem => a.checked_rem(b).unwrap_or(0),
        SMin => x.min(y) as u64,
        SMax => x.max(y) as u64,
        UMin => a.min(b),
        UMax => a.max(b),
        // Scalar shift instructions take the amount modulo the width, vector ones do not; this is
        // the vectors' meaning, and NumPy's.
        Shl => {
            if b < width {
                a << b
            } else {
                0
            }
        }
        LShr => {
            if b < width {
                a >> b
            } else {
                0
            }
        }
        AShr => (x >> b.min(width - 1)) as u64,
        // Lanes are kept zero-extended, so that narrower ones have leading zeros to spare.
        Clz => u64::from(a.leading_zeros()) - (64 - width),
        Popcnt => u64::from(a.count_ones()),
        IPow => wrapping_pow(a, b),
        UGcd => gcd(a, b),
        IEq => (a == b).bits(),
        INe => (a != b).bits(),
        SLt => (x < y).bits(),
        SLe => (x <= y).bits(),
        ULt => (a < b).bits(),
        ULe => (a <= b).bits(),
        And => a & b,
        Or => a | b,
        Xor => a ^ b,
        Not => !a,
        _ => unreachable!("{op:?} is no integer operation"),
    };
    ty.mask(bits)
}

/// The bits of an integer lane, sign-extended.
fn signed(ty: LaneType, bits: u64) -> i64 {
    let unused = 64 - ty.bits();
    ((bits << unused) as i64) >> unused
}

/// Truncation toward zero; what does not fit in `width` bits gives the smallest integer. That is
/// what x86 does in one instruction; Rust's cast would saturate, and make 0 of NaN.
fn float_to_signed(value: f64, width: u32) -> i64 {
    let limit = 2f64.powi(width as i32 - 1);
    let min = i64::MIN >> (64 - width);
    let whole = value.trunc();
    if whole >= -limit && whole < limit { whole as i64 } else { min }
}

/// [`LaneOp::IPow`]; the result is to be cut to the lane's width. Takes as many steps as the
/// exponent has bits.
pub fn wrapping_pow(mut base: u64, mut exponent: u64) -> u64 {
    let mut power = 1u64;
    while exponent != 0 {
        if exponent & 1 != 0 {
            power = power.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    power
}

/// [`LaneOp::UGcd`].
pub fn gcd(mut a: u64, mut b: u64) -> u64 {
    while a != 0 {
        (a, b) = (b % a, a);
    }
    b
}
