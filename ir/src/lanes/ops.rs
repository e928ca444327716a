//! The table of lane operations.
//!
//! A row names an operation, its text form, how its operand and result types are
//! related, and what it means. Each row needs one arm in [`super::eval_op`] and one in
//! each emitter; everything else that must know every operation is made from the row.

/// How the types of operands and result are related; the verifier checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// No operand; the result is any type.
    Leaf,
    /// Operands and result are one float type.
    Float,
    /// Operands and result are one integer type.
    Int,
    /// Operands and result are one integer type, or all bool.
    Bits,
    /// Operands are one float type, the result is bool.
    FloatCompare,
    /// Operands are one integer type, the result is bool.
    IntCompare,
    /// `(bool, T, T) -> T` for any type `T`.
    Select,
    /// Result and operand have the same width, neither being bool.
    Bitcast,
    /// Integer to a wider integer.
    Widen,
    /// Integer to a narrower integer.
    Narrow,
    /// Float to the other float type.
    FloatToFloat,
    /// Integer to float.
    IntToFloat,
    /// Float to `i32` or `i64`.
    FloatToInt,
    /// Bool to integer.
    BoolToInt,
    /// `i64` index to any type but bool.
    Lookup,
}

macro_rules! lane_ops {
    ($($(#[$doc:meta])* $name:ident = $text:literal / $arity:literal: $typing:ident;)*) => {
        /// An operation of a lane program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum LaneOp { $($(#[$doc])* $name,)* }

        impl LaneOp {
            /// Every operation.
            pub const ALL: &[LaneOp] = &[$(LaneOp::$name,)*];

            /// The name in dumps.
            pub const fn name(self) -> &'static str {
                match self { $(LaneOp::$name => $text,)* }
            }

            /// The number of operands.
            pub const fn arity(self) -> usize {
                match self { $(LaneOp::$name => $arity,)* }
            }

            /// The relation of operand and result types.
            pub const fn typing(self) -> Typing {
                match self { $(LaneOp::$name => Typing::$typing,)* }
            }
        }
    };
}

lane_ops! {
    /// The parameter with the instruction's immediate as index.
    Param = "param" / 0: Leaf;
    /// The instruction's immediate, as bits.
    Const = "const" / 0: Leaf;

    /// IEEE sum.
    FAdd = "fadd" / 2: Float;
    /// IEEE difference.
    FSub = "fsub" / 2: Float;
    /// IEEE product.
    FMul = "fmul" / 2: Float;
    /// IEEE quotient.
    FDiv = "fdiv" / 2: Float;
    /// `a * b + c`, rounded once.
    Fma = "fma" / 3: Float;
    /// The sign bit flipped, of NaN too.
    FNeg = "fneg" / 1: Float;
    /// The sign bit cleared, of NaN too.
    FAbs = "fabs" / 1: Float;
    /// IEEE square root.
    FSqrt = "fsqrt" / 1: Float;
    /// `a` if `a < b` or `a` is NaN, else `b`: NaN from either side wins.
    FMin = "fmin" / 2: Float;
    /// `a` if `a > b` or `a` is NaN, else `b`: NaN from either side wins.
    FMax = "fmax" / 2: Float;
    /// Rounds toward minus infinity.
    FFloor = "ffloor" / 1: Float;
    /// Rounds toward plus infinity.
    FCeil = "fceil" / 1: Float;
    /// Rounds toward zero.
    FTrunc = "ftrunc" / 1: Float;
    /// Rounds to the nearest integer, ties to even.
    FNearest = "fnearest" / 1: Float;

    /// The exact remainder with the dividend's sign, as C's `fmod`.
    FRem = "frem" / 2: Float;

    /// Equal; false with NaN.
    FEq = "feq" / 2: FloatCompare;
    /// Not equal; true with NaN.
    FNe = "fne" / 2: FloatCompare;
    /// Less; false with NaN.
    FLt = "flt" / 2: FloatCompare;
    /// Less or equal; false with NaN.
    FLe = "fle" / 2: FloatCompare;

    /// Wrapping sum.
    IAdd = "iadd" / 2: Int;
    /// Wrapping difference.
    ISub = "isub" / 2: Int;
    /// Wrapping product.
    IMul = "imul" / 2: Int;
    /// The upper half of the unsigned double-width product.
    UMulHi = "umulhi" / 2: Int;
    /// Signed quotient toward zero; 0 for a zero divisor; wraps for `MIN / -1`.
    SDiv = "sdiv" / 2: Int;
    /// Unsigned quotient; 0 for a zero divisor.
    UDiv = "udiv" / 2: Int;
    /// Signed remainder with the dividend's sign; 0 for a zero divisor and for `MIN % -1`.
    SRem = "srem" / 2: Int;
    /// Unsigned remainder; 0 for a zero divisor.
    URem = "urem" / 2: Int;
    /// Signed minimum.
    SMin = "smin" / 2: Int;
    /// Signed maximum.
    SMax = "smax" / 2: Int;
    /// Unsigned minimum.
    UMin = "umin" / 2: Int;
    /// Unsigned maximum.
    UMax = "umax" / 2: Int;
    /// Shift left; the amount is unsigned, and one of the width or more gives 0.
    Shl = "shl" / 2: Int;
    /// Logical shift right; the amount is unsigned, and one of the width or more gives 0.
    LShr = "lshr" / 2: Int;
    /// Arithmetic shift right; the amount is unsigned, and one of the width or more gives the sign.
    AShr = "ashr" / 2: Int;
    /// Leading zero bits; the width for 0.
    Clz = "clz" / 1: Int;
    /// Set bits.
    Popcnt = "popcnt" / 1: Int;
    /// Wrapping power with an unsigned exponent; `0 ** 0` is 1.
    IPow = "ipow" / 2: Int;
    /// Greatest common divisor of unsigned integers; `gcd(0, b)` is `b`.
    UGcd = "ugcd" / 2: Int;

    /// Equal.
    IEq = "ieq" / 2: IntCompare;
    /// Not equal.
    INe = "ine" / 2: IntCompare;
    /// Signed less.
    SLt = "slt" / 2: IntCompare;
    /// Signed less or equal.
    SLe = "sle" / 2: IntCompare;
    /// Unsigned less.
    ULt = "ult" / 2: IntCompare;
    /// Unsigned less or equal.
    ULe = "ule" / 2: IntCompare;

    /// Bitwise and.
    And = "and" / 2: Bits;
    /// Bitwise or.
    Or = "or" / 2: Bits;
    /// Bitwise exclusive or.
    Xor = "xor" / 2: Bits;
    /// Bitwise complement.
    Not = "not" / 1: Bits;

    /// The second operand where the first is true, else the third.
    Select = "select" / 3: Select;
    /// Means exactly what `select` means, and promises that true is rare: an emitter may
    /// compute what only the second operand needs behind a branch that is seldom taken.
    SelectRare = "select_rare" / 3: Select;

    /// The same bits as another type.
    Bitcast = "bitcast" / 1: Bitcast;
    /// Sign extension.
    SExt = "sext" / 1: Widen;
    /// Zero extension.
    ZExt = "zext" / 1: Widen;
    /// The low bits.
    Trunc = "trunc" / 1: Narrow;
    /// Between float types, rounding to nearest even.
    FToF = "ftof" / 1: FloatToFloat;
    /// Signed integer to float, rounding to nearest even.
    SToF = "stof" / 1: IntToFloat;
    /// Unsigned integer to float, rounding to nearest even.
    UToF = "utof" / 1: IntToFloat;
    /// Float to signed integer, toward zero; NaN and what does not fit give the smallest integer.
    FToS = "ftos" / 1: FloatToInt;
    /// True is 1, false 0.
    BoolToInt = "btoi" / 1: BoolToInt;
    /// The entry of a constant table (the immediate names it) at an index taken modulo its length.
    Lookup = "lookup" / 1: Lookup;
}

impl LaneOp {
    /// Whether it is a parameter or a constant, which compute nothing.
    pub const fn is_leaf(self) -> bool {
        matches!(self.typing(), Typing::Leaf)
    }

    /// The operation with the given name in dumps.
    pub fn from_name(name: &str) -> Option<LaneOp> {
        LaneOp::ALL.iter().copied().find(|op| op.name() == name)
    }
}
