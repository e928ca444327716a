//! The meaning of `astype`: NumPy's conversions between dtypes.
//!
//! Integers wrap. Floats truncate toward zero; what NumPy leaves to the processor (NaN and
//! values out of range) is defined here as the conversion instruction of x86-64 has it:
//! through `int32` for targets of up to 32 bits but `uint32`, through `int64` for the rest,
//! an impossible value becoming the smallest integer before it is cut to the target.

use crate::dtype::{DType, Kind};
use crate::lanes::{Builder, LaneOp, LaneType, V};

/// Appends the conversion of `x` from one dtype to another.
pub(super) fn cast(b: &mut Builder, from: DType, to: DType, x: V) -> V {
    let ty = LaneType::of(to);
    match (from.kind(), to.kind()) {
        _ if from == to => x,
        // NaN is true, as in Python: it differs from zero.
        (Kind::Float, Kind::Bool) => {
            let zero = b.float(x.ty, 0.0);
            b.fne(x, zero)
        }
        (_, Kind::Bool) => {
            let zero = b.int(x.ty, 0);
            b.ine(x, zero)
        }
        // No conversion instruction takes the masks that truth values are in machine code.
        (Kind::Bool, Kind::Float) => {
            let (zero, one) = (b.float(ty, 0.0), b.float(ty, 1.0));
            b.select(x, one, zero)
        }
        (Kind::Bool, _) => b.op_as(LaneOp::BoolToInt, ty, &[x]),
        (Kind::Float, Kind::Float) => b.ftof(ty, x),
        (Kind::Signed, Kind::Float) => b.op_as(LaneOp::SToF, ty, &[x]),
        (Kind::Unsigned, Kind::Float) => b.op_as(LaneOp::UToF, ty, &[x]),
        (Kind::Signed, _) => b.sresize(ty, x),
        (Kind::Unsigned, _) => b.uresize(ty, x),
        (Kind::Float, _) if to == DType::U64 => float_to_u64(b, x),
        (Kind::Float, _) => {
            // Smaller targets wrap what fits in 32 bits, as C compilers make of the same cast; uint32
            // needs 64 to hold its upper half.
            let through =
                if to.size() == 8 || to == DType::U32 { LaneType::I64 } else { LaneType::I32 };
            let whole = b.op_as(LaneOp::FToS, through, &[x]);
            b.sresize(ty, whole)
        }
    }
}

/// Values of 2^63 and above lose 2^63 before the signed conversion and gain it after; NaN is
/// none of them.
fn float_to_u64(b: &mut Builder, x: V) -> V {
    let limit = b.float(x.ty, 9_223_372_036_854_775_808.0);
    let large = b.fle(limit, x);
    let rest = b.fsub(x, limit);
    let whole_rest = b.op_as(LaneOp::FToS, LaneType::I64, &[rest]);
    let top = b.int(LaneType::I64, i64::MIN);
    let high = b.xor(whole_rest, top);
    let low = b.op_as(LaneOp::FToS, LaneType::I64, &[x]);
    b.select(large, high, low)
}
