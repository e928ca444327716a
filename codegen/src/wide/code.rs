//! Instructions by lane operation and size of lane, in the form for 128 bits.
//!
//! Only the forms for 128 bits are named. The encoder's table lists the three widths of an
//! instruction one after the other, so that a wider form is a number further on
//! ([`super::machine::Width::form`]) and this table is a third as long; a test below holds it to
//! that.
//!
//! All names are of AVX-512's encoding, in which an instruction can have a mask, an operand in
//! memory of four or eight bytes that is spread over the lanes, and the upper sixteen registers.
//! What is `None` here leaves a program to Cranelift, unless an arm of [`super::operations`] makes
//! it of other instructions.

use super::machine::Signs;
use iced_x86::Code;
use jitney_ir::lanes::{LaneOp, LaneType};

/// By size of lane: 1, 2, 4 and 8 bytes. `None` where the machine has no such lanes for the
/// operation.
type BySize = [Option<Code>; 4];

/// The instruction for lanes of `size` bytes.
fn pick(codes: BySize, size: usize) -> Option<Code> {
    codes[size.trailing_zeros() as usize]
}

/// The instruction that computes an operation of two operands by itself.
pub(super) fn binary(op: LaneOp, ty: LaneType) -> Option<Code> {
    use Code::*;
    use LaneOp::*;
    // Arithmetic is of these two formats alone.
    let float = |single, double| [None, None, Some(single), Some(double)];
    let codes = match op {
        FAdd => float(EVEX_Vaddps_xmm_k1z_xmm_xmmm128b32, EVEX_Vaddpd_xmm_k1z_xmm_xmmm128b64),
        FSub => float(EVEX_Vsubps_xmm_k1z_xmm_xmmm128b32, EVEX_Vsubpd_xmm_k1z_xmm_xmmm128b64),
        FMul => float(EVEX_Vmulps_xmm_k1z_xmm_xmmm128b32, EVEX_Vmulpd_xmm_k1z_xmm_xmmm128b64),
        FDiv => float(EVEX_Vdivps_xmm_k1z_xmm_xmmm128b32, EVEX_Vdivpd_xmm_k1z_xmm_xmmm128b64),
        // With equal operands, zeros among them, and with any NaN these give the second operand.
        // That is the meaning of the lane operation but for a NaN in the first: see
        // `Selector::closer`.
        FMin => float(EVEX_Vminps_xmm_k1z_xmm_xmmm128b32, EVEX_Vminpd_xmm_k1z_xmm_xmmm128b64),
        FMax => float(EVEX_Vmaxps_xmm_k1z_xmm_xmmm128b32, EVEX_Vmaxpd_xmm_k1z_xmm_xmmm128b64),
        IAdd => [
            Some(EVEX_Vpaddb_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpaddw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpaddd_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpaddq_xmm_k1z_xmm_xmmm128b64),
        ],
        ISub => [
            Some(EVEX_Vpsubb_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpsubw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpsubd_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpsubq_xmm_k1z_xmm_xmmm128b64),
        ],
        // No instruction multiplies bytes: `Selector::product_of_bytes`.
        IMul => [
            None,
            Some(EVEX_Vpmullw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpmulld_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpmullq_xmm_k1z_xmm_xmmm128b64),
        ],
        // Of 32 and 64 bits there is only the whole product of the lower halves of 64-bit lanes,
        // of which the upper halves are made.
        UMulHi => [None, Some(EVEX_Vpmulhuw_xmm_k1z_xmm_xmmm128), None, None],
        SMin => [
            Some(EVEX_Vpminsb_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpminsw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpminsd_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpminsq_xmm_k1z_xmm_xmmm128b64),
        ],
        SMax => [
            Some(EVEX_Vpmaxsb_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpmaxsw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpmaxsd_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpmaxsq_xmm_k1z_xmm_xmmm128b64),
        ],
        UMin => [
            Some(EVEX_Vpminub_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpminuw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpminud_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpminuq_xmm_k1z_xmm_xmmm128b64),
        ],
        UMax => [
            Some(EVEX_Vpmaxub_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpmaxuw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpmaxud_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpmaxuq_xmm_k1z_xmm_xmmm128b64),
        ],
        // Each lane is shifted by an amount of its own, taken as unsigned: the width or more
        // gives zeros or copies of the sign, as the lane operations have it. Bytes have no shifts.
        Shl => [
            None,
            Some(EVEX_Vpsllvw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpsllvd_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpsllvq_xmm_k1z_xmm_xmmm128b64),
        ],
        LShr => [
            None,
            Some(EVEX_Vpsrlvw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpsrlvd_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpsrlvq_xmm_k1z_xmm_xmmm128b64),
        ],
        AShr => [
            None,
            Some(EVEX_Vpsravw_xmm_k1z_xmm_xmmm128),
            Some(EVEX_Vpsravd_xmm_k1z_xmm_xmmm128b32),
            Some(EVEX_Vpsravq_xmm_k1z_xmm_xmmm128b64),
        ],
        // Their sizes matter to operands in memory: an argument of four bytes is followed by
        // anything, and must be spread four bytes at a time.
        And => bitwise(EVEX_Vpandd_xmm_k1z_xmm_xmmm128b32, EVEX_Vpandq_xmm_k1z_xmm_xmmm128b64),
        Or => bitwise(EVEX_Vpord_xmm_k1z_xmm_xmmm128b32, EVEX_Vporq_xmm_k1z_xmm_xmmm128b64),
        Xor => bitwise(EVEX_Vpxord_xmm_k1z_xmm_xmmm128b32, EVEX_Vpxorq_xmm_k1z_xmm_xmmm128b64),
        _ => return None,
    };
    pick(codes, ty.size())
}

/// Of bits, lanes of any size are the same. Bytes and words take the instruction of longs: neither
/// is ever spread from memory by its reader, and what is a constant is repeated over eight bytes.
fn bitwise(words: Code, longs: Code) -> BySize {
    [Some(longs), Some(longs), Some(words), Some(longs)]
}

/// Whether the operands may be exchanged. Minima and maxima of floats are not among them: of two
/// zeros and of a NaN and a number the second is the result.
pub(super) fn commutes(op: LaneOp) -> bool {
    use LaneOp::*;
    matches!(op, FAdd | FMul | IAdd | IMul | UMulHi | SMin | SMax | UMin | UMax | And | Or | Xor)
}

/// The shift by an immediate amount, which needs no register and no memory for it.
pub(super) fn shift(op: LaneOp, size: usize) -> Option<Code> {
    use Code::*;
    let codes = match op {
        LaneOp::Shl => [
            None,
            Some(EVEX_Vpsllw_xmm_k1z_xmmm128_imm8),
            Some(EVEX_Vpslld_xmm_k1z_xmmm128b32_imm8),
            Some(EVEX_Vpsllq_xmm_k1z_xmmm128b64_imm8),
        ],
        LaneOp::LShr => [
            None,
            Some(EVEX_Vpsrlw_xmm_k1z_xmmm128_imm8),
            Some(EVEX_Vpsrld_xmm_k1z_xmmm128b32_imm8),
            Some(EVEX_Vpsrlq_xmm_k1z_xmmm128b64_imm8),
        ],
        _ => [
            None,
            Some(EVEX_Vpsraw_xmm_k1z_xmmm128_imm8),
            Some(EVEX_Vpsrad_xmm_k1z_xmmm128b32_imm8),
            Some(EVEX_Vpsraq_xmm_k1z_xmmm128b64_imm8),
        ],
    };
    pick(codes, size)
}

/// A comparison and its predicate; the second predicate is for exchanged operands.
///
/// The second one is not the negation: `a < b` exchanged is `b > a`, of which NaN makes both
/// false.
pub(super) fn compare(op: LaneOp, size: usize) -> Option<(Code, u8, u8)> {
    use Code::*;
    use LaneOp::*;
    let floats = [
        None,
        None,
        Some(EVEX_Vcmpps_kr_k1_xmm_xmmm128b32_imm8),
        Some(EVEX_Vcmppd_kr_k1_xmm_xmmm128b64_imm8),
    ];
    let signed = [
        Some(EVEX_Vpcmpb_kr_k1_xmm_xmmm128_imm8),
        Some(EVEX_Vpcmpw_kr_k1_xmm_xmmm128_imm8),
        Some(EVEX_Vpcmpd_kr_k1_xmm_xmmm128b32_imm8),
        Some(EVEX_Vpcmpq_kr_k1_xmm_xmmm128b64_imm8),
    ];
    let unsigned = [
        Some(EVEX_Vpcmpub_kr_k1_xmm_xmmm128_imm8),
        Some(EVEX_Vpcmpuw_kr_k1_xmm_xmmm128_imm8),
        Some(EVEX_Vpcmpud_kr_k1_xmm_xmmm128b32_imm8),
        Some(EVEX_Vpcmpuq_kr_k1_xmm_xmmm128b64_imm8),
    ];
    // Only `!=` holds where an operand is NaN. Of the predicates for floats those are taken that
    // raise no exception for a quiet NaN; of the eight for integers, 5 is `>=` and 6 is `>`.
    let (codes, predicate, exchanged) = match op {
        FEq => (floats, 0x00, 0x00),
        FNe => (floats, 0x04, 0x04),
        FLt => (floats, 0x11, 0x1e),
        FLe => (floats, 0x12, 0x1d),
        IEq => (signed, 0, 0),
        INe => (signed, 4, 4),
        SLt => (signed, 1, 6),
        SLe => (signed, 2, 5),
        ULt => (unsigned, 1, 6),
        ULe => (unsigned, 2, 5),
        _ => return None,
    };
    Some((pick(codes, size)?, predicate, exchanged))
}

/// An operation of one operand of the same size, and its immediate.
pub(super) fn unary(op: LaneOp, size: usize) -> Option<(Code, Option<u8>)> {
    use Code::*;
    use LaneOp::*;
    let of_size = |single, double| match size {
        4 => Some(single),
        8 => Some(double),
        _ => None,
    };
    // To the given direction, without raising an inexact exception. The upper four bits of the
    // immediate, zeros, ask for whole numbers rather than for some bits of the fraction. So the
    // instruction of AVX2 reads the immediate in the same way.
    let round = |direction: u8| {
        let round = of_size(
            EVEX_Vrndscaleps_xmm_k1z_xmmm128b32_imm8,
            EVEX_Vrndscalepd_xmm_k1z_xmmm128b64_imm8,
        )?;
        Some((round, Some(8 + direction)))
    };
    match op {
        FSqrt => {
            Some((of_size(EVEX_Vsqrtps_xmm_k1z_xmmm128b32, EVEX_Vsqrtpd_xmm_k1z_xmmm128b64)?, None))
        }
        // Of zero they give the width, as the lane operation does.
        Clz => Some((
            of_size(EVEX_Vplzcntd_xmm_k1z_xmmm128b32, EVEX_Vplzcntq_xmm_k1z_xmmm128b64)?,
            None,
        )),
        FNearest => round(0),
        FFloor => round(1),
        FCeil => round(2),
        FTrunc => round(3),
        _ => None,
    }
}

/// A conversion by one instruction, whose forms go by the width of the wider side.
///
/// Each rounds once, 64-bit integers to `f32` among them. Floats that fit no integer, and NaN,
/// become the smallest one (the "integer indefinite"), which is what the lane operation says.
/// Integers of one and two bytes become floats by way of four.
pub(super) fn conversion(op: LaneOp, from: LaneType, to: LaneType) -> Option<Code> {
    use Code::*;
    use LaneOp::*;
    Some(match (op, from.size(), to.size()) {
        (FToF, 4, 8) => EVEX_Vcvtps2pd_xmm_k1z_xmmm64b32,
        // Those that narrow have the width of their operand.
        (FToF, 8, 4) => EVEX_Vcvtpd2ps_xmm_k1z_xmmm128b64,
        (SToF, 4, 4) => EVEX_Vcvtdq2ps_xmm_k1z_xmmm128b32,
        (SToF, 4, 8) => EVEX_Vcvtdq2pd_xmm_k1z_xmmm64b32,
        (SToF, 8, 4) => EVEX_Vcvtqq2ps_xmm_k1z_xmmm128b64,
        (SToF, 8, 8) => EVEX_Vcvtqq2pd_xmm_k1z_xmmm128b64,
        (UToF, 4, 4) => EVEX_Vcvtudq2ps_xmm_k1z_xmmm128b32,
        (UToF, 4, 8) => EVEX_Vcvtudq2pd_xmm_k1z_xmmm64b32,
        (UToF, 8, 4) => EVEX_Vcvtuqq2ps_xmm_k1z_xmmm128b64,
        (UToF, 8, 8) => EVEX_Vcvtuqq2pd_xmm_k1z_xmmm128b64,
        (FToS, 4, 4) => EVEX_Vcvttps2dq_xmm_k1z_xmmm128b32,
        (FToS, 4, 8) => EVEX_Vcvttps2qq_xmm_k1z_xmmm64b32,
        (FToS, 8, 4) => EVEX_Vcvttpd2dq_xmm_k1z_xmmm128b64,
        (FToS, 8, 8) => EVEX_Vcvttpd2qq_xmm_k1z_xmmm128b64,
        (SExt, 1, 2) => EVEX_Vpmovsxbw_xmm_k1z_xmmm64,
        (SExt, 1, 4) => EVEX_Vpmovsxbd_xmm_k1z_xmmm32,
        (SExt, 1, 8) => EVEX_Vpmovsxbq_xmm_k1z_xmmm16,
        (SExt, 2, 4) => EVEX_Vpmovsxwd_xmm_k1z_xmmm64,
        (SExt, 2, 8) => EVEX_Vpmovsxwq_xmm_k1z_xmmm32,
        (SExt, 4, 8) => EVEX_Vpmovsxdq_xmm_k1z_xmmm64,
        (ZExt, 1, 2) => EVEX_Vpmovzxbw_xmm_k1z_xmmm64,
        (ZExt, 1, 4) => EVEX_Vpmovzxbd_xmm_k1z_xmmm32,
        (ZExt, 1, 8) => EVEX_Vpmovzxbq_xmm_k1z_xmmm16,
        (ZExt, 2, 4) => EVEX_Vpmovzxwd_xmm_k1z_xmmm64,
        (ZExt, 2, 8) => EVEX_Vpmovzxwq_xmm_k1z_xmmm32,
        (ZExt, 4, 8) => EVEX_Vpmovzxdq_xmm_k1z_xmmm64,
        // These may store, too, hence their first operand is the result.
        (Trunc, 2, 1) => EVEX_Vpmovwb_xmmm64_k1z_xmm,
        (Trunc, 4, 1) => EVEX_Vpmovdb_xmmm32_k1z_xmm,
        (Trunc, 8, 1) => EVEX_Vpmovqb_xmmm16_k1z_xmm,
        (Trunc, 4, 2) => EVEX_Vpmovdw_xmmm64_k1z_xmm,
        (Trunc, 8, 2) => EVEX_Vpmovqw_xmmm32_k1z_xmm,
        (Trunc, 8, 4) => EVEX_Vpmovqd_xmmm64_k1z_xmm,
        _ => return None,
    })
}

/// A lookup of entries that lie eight bytes apart, by 64-bit index.
pub(super) fn gather(size: usize) -> Option<Code> {
    match size {
        // The entry's lower half, wherever a table is of four bytes: tables are all of eight.
        4 => Some(Code::EVEX_Vpgatherqd_xmm_k1_vm64x),
        8 => Some(Code::EVEX_Vpgatherqq_xmm_k1_vm64x),
        _ => None,
    }
}

/// The second operand where the mask is true, else the first. The size is that of the lanes that a
/// bit of the mask stands for, as with moves and spreads.
pub(super) fn blend(size: usize) -> Code {
    match size {
        1 => Code::EVEX_Vpblendmb_xmm_k1z_xmm_xmmm128,
        2 => Code::EVEX_Vpblendmw_xmm_k1z_xmm_xmmm128,
        4 => Code::EVEX_Vpblendmd_xmm_k1z_xmm_xmmm128b32,
        _ => Code::EVEX_Vpblendmq_xmm_k1z_xmm_xmmm128b64,
    }
}

/// One element in every lane. From memory, where the element may lie anywhere, or from the first
/// lane of a register.
pub(super) fn spread(size: usize) -> Code {
    match size {
        1 => Code::EVEX_Vpbroadcastb_xmm_k1z_xmmm8,
        2 => Code::EVEX_Vpbroadcastw_xmm_k1z_xmmm16,
        4 => Code::EVEX_Vpbroadcastd_xmm_k1z_xmmm32,
        _ => Code::EVEX_Vpbroadcastq_xmm_k1z_xmmm64,
    }
}

/// Elements from memory.
pub(super) fn load(size: usize) -> Code {
    match size {
        1 => Code::EVEX_Vmovdqu8_xmm_k1z_xmmm128,
        2 => Code::EVEX_Vmovdqu16_xmm_k1z_xmmm128,
        4 => Code::EVEX_Vmovdqu32_xmm_k1z_xmmm128,
        _ => Code::EVEX_Vmovdqu64_xmm_k1z_xmmm128,
    }
}

/// Elements to memory.
pub(super) fn store(size: usize) -> Code {
    match size {
        1 => Code::EVEX_Vmovdqu8_xmmm128_k1z_xmm,
        2 => Code::EVEX_Vmovdqu16_xmmm128_k1z_xmm,
        4 => Code::EVEX_Vmovdqu32_xmmm128_k1z_xmm,
        _ => Code::EVEX_Vmovdqu64_xmmm128_k1z_xmm,
    }
}

/// `±(a * b) ± c`. The order says what the first operand is: 0 for `first * third +
/// second`, 1 for `second * first + third`, 2 for `second * third + first`.
///
/// Signs cost nothing: the product is negated before the one rounding, as it would be by an
/// instruction of its own. The sign of a NaN may come out otherwise, of which nothing is promised.
pub(super) fn fma(signs: Signs, is_double: bool, order: usize) -> Code {
    use Code::*;
    let [single, double] = match (signs.product, signs.addend) {
        (false, false) => [
            [
                EVEX_Vfmadd132ps_xmm_k1z_xmm_xmmm128b32,
                EVEX_Vfmadd213ps_xmm_k1z_xmm_xmmm128b32,
                EVEX_Vfmadd231ps_xmm_k1z_xmm_xmmm128b32,
            ],
            [
                EVEX_Vfmadd132pd_xmm_k1z_xmm_xmmm128b64,
                EVEX_Vfmadd213pd_xmm_k1z_xmm_xmmm128b64,
                EVEX_Vfmadd231pd_xmm_k1z_xmm_xmmm128b64,
            ],
        ],
        (false, true) => [
            [
                EVEX_Vfmsub132ps_xmm_k1z_xmm_xmmm128b32,
                EVEX_Vfmsub213ps_xmm_k1z_xmm_xmmm128b32,
                EVEX_Vfmsub231ps_xmm_k1z_xmm_xmmm128b32,
            ],
            [
                EVEX_Vfmsub132pd_xmm_k1z_xmm_xmmm128b64,
                EVEX_Vfmsub213pd_xmm_k1z_xmm_xmmm128b64,
                EVEX_Vfmsub231pd_xmm_k1z_xmm_xmmm128b64,
            ],
        ],
        (true, false) => [
            [
                EVEX_Vfnmadd132ps_xmm_k1z_xmm_xmmm128b32,
                EVEX_Vfnmadd213ps_xmm_k1z_xmm_xmmm128b32,
                EVEX_Vfnmadd231ps_xmm_k1z_xmm_xmmm128b32,
            ],
            [
                EVEX_Vfnmadd132pd_xmm_k1z_xmm_xmmm128b64,
                EVEX_Vfnmadd213pd_xmm_k1z_xmm_xmmm128b64,
                EVEX_Vfnmadd231pd_xmm_k1z_xmm_xmmm128b64,
            ],
        ],
        (true, true) => [
            [
                EVEX_Vfnmsub132ps_xmm_k1z_xmm_xmmm128b32,
                EVEX_Vfnmsub213ps_xmm_k1z_xmm_xmmm128b32,
                EVEX_Vfnmsub231ps_xmm_k1z_xmm_xmmm128b32,
            ],
            [
                EVEX_Vfnmsub132pd_xmm_k1z_xmm_xmmm128b64,
                EVEX_Vfnmsub213pd_xmm_k1z_xmm_xmmm128b64,
                EVEX_Vfnmsub231pd_xmm_k1z_xmm_xmmm128b64,
            ],
        ],
    };
    if is_double { double[order] } else { single[order] }
}

#[cfg(test)]
mod tests {
    use super::super::avx2::code::same;
    use super::super::machine::Width;
    use super::*;
    use jitney_ir::lanes::LaneOp;

    /// Every instruction named here, in its form for 128 bits.
    fn all() -> Vec<Code> {
        let mut codes = Vec::new();
        let types = LaneType::ALL;
        for op in LaneOp::ALL.iter().copied() {
            for from in types {
                codes.extend(binary(op, from));
                codes.extend(shift(op, from.size()));
                codes.extend(compare(op, from.size()).map(|found| found.0));
                codes.extend(unary(op, from.size()).map(|found| found.0));
                codes.extend(types.iter().filter_map(|to| conversion(op, from, *to)));
            }
        }
        for size in [1, 2, 4, 8] {
            codes.extend([blend(size), spread(size), load(size), store(size)]);
            codes.extend(gather(size));
        }
        for bits in 0..24 {
            let signs = Signs { product: bits & 1 != 0, addend: bits & 2 != 0 };
            codes.push(fma(signs, bits & 4 != 0, bits / 8));
        }
        codes
    }

    #[test]
    fn the_three_widths_of_an_instruction_follow_each_other() {
        for xmm in all() {
            let forms = [Width::Xmm, Width::Ymm, Width::Zmm].map(|width| width.form(xmm));
            let widest = ["xmm", "ymm", "zmm"];
            for (form, name) in forms.iter().zip(widest) {
                assert_eq!(form.mnemonic(), xmm.mnemonic());
                let text = format!("{form:?}");
                let is_gather = text.contains("gather");
                let vm = format!("vm64{}", &name[..1]);
                assert!(text.contains(if is_gather { &vm } else { name }), "{text}");
            }
        }
    }

    #[test]
    fn instructions_of_avx2_are_the_same_in_two_widths() {
        // These two are called otherwise.
        let name = |code: Code| {
            let name = format!("{:?}", code.mnemonic());
            name.replace("Vrndscale", "Vround").replace("Vpblendm", "Vpblendv")
        };
        let mut n_found = 0;
        for (avx512, avx2) in all().into_iter().filter_map(|code| Some((code, same(code)?))) {
            // Lanes of bits and moves have no size in AVX2, and blends that of bytes.
            let [avx512, short] = [name(avx512), name(avx2)];
            assert_eq!(avx512[..short.len() - 1], short[..short.len() - 1]);
            for (width, register) in [(Width::Xmm, "xmm"), (Width::Ymm, "ymm")] {
                let form = width.form(avx2);
                let text = format!("{form:?}");
                assert_eq!(form.mnemonic(), avx2.mnemonic());
                let vm = format!("vm64{}", &register[..1]);
                assert!(text.starts_with("VEX") && (text.contains(register) || text.contains(&vm)));
            }
            n_found += 1;
        }
        assert!(n_found > 90, "only {n_found}");
    }
}
