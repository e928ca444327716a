//! The instructions that AVX2 shares with AVX-512, in the form for 128 bits.
//!
//! Instructions are selected by AVX-512's names and looked up here, so that selection is written
//! once. The rest of AVX2's encoding differs: no masks, no operands spread from memory, and sixteen
//! registers. Hence only plain forms stand here. Nothing is listed whose result differs, were it in
//! one lane: a test compares the names.
//!
//! Missing on purpose, for AVX2 has no such instruction: products, minima and shifts that keep the
//! sign of 64-bit lanes, shifts of 16-bit lanes by amounts of their own, comparisons of integers by
//! predicate, conversions of 64-bit and of unsigned integers, truncations, and `clz`.

use iced_x86::Code;

/// The instruction that computes what the given one of AVX-512 does, if there is one.
///
/// A comparison makes a mask of lanes, and a blend takes one as its last operand.
pub(in crate::wide) fn same(avx512: Code) -> Option<Code> {
    use Code::*;
    Some(match avx512 {
        EVEX_Vaddps_xmm_k1z_xmm_xmmm128b32 => VEX_Vaddps_xmm_xmm_xmmm128,
        EVEX_Vaddpd_xmm_k1z_xmm_xmmm128b64 => VEX_Vaddpd_xmm_xmm_xmmm128,
        EVEX_Vsubps_xmm_k1z_xmm_xmmm128b32 => VEX_Vsubps_xmm_xmm_xmmm128,
        EVEX_Vsubpd_xmm_k1z_xmm_xmmm128b64 => VEX_Vsubpd_xmm_xmm_xmmm128,
        EVEX_Vmulps_xmm_k1z_xmm_xmmm128b32 => VEX_Vmulps_xmm_xmm_xmmm128,
        EVEX_Vmulpd_xmm_k1z_xmm_xmmm128b64 => VEX_Vmulpd_xmm_xmm_xmmm128,
        EVEX_Vdivps_xmm_k1z_xmm_xmmm128b32 => VEX_Vdivps_xmm_xmm_xmmm128,
        EVEX_Vdivpd_xmm_k1z_xmm_xmmm128b64 => VEX_Vdivpd_xmm_xmm_xmmm128,
        EVEX_Vminps_xmm_k1z_xmm_xmmm128b32 => VEX_Vminps_xmm_xmm_xmmm128,
        EVEX_Vminpd_xmm_k1z_xmm_xmmm128b64 => VEX_Vminpd_xmm_xmm_xmmm128,
        EVEX_Vmaxps_xmm_k1z_xmm_xmmm128b32 => VEX_Vmaxps_xmm_xmm_xmmm128,
        EVEX_Vmaxpd_xmm_k1z_xmm_xmmm128b64 => VEX_Vmaxpd_xmm_xmm_xmmm128,
        EVEX_Vpaddb_xmm_k1z_xmm_xmmm128 => VEX_Vpaddb_xmm_xmm_xmmm128,
        EVEX_Vpaddw_xmm_k1z_xmm_xmmm128 => VEX_Vpaddw_xmm_xmm_xmmm128,
        EVEX_Vpaddd_xmm_k1z_xmm_xmmm128b32 => VEX_Vpaddd_xmm_xmm_xmmm128,
        EVEX_Vpaddq_xmm_k1z_xmm_xmmm128b64 => VEX_Vpaddq_xmm_xmm_xmmm128,
        EVEX_Vpsubb_xmm_k1z_xmm_xmmm128 => VEX_Vpsubb_xmm_xmm_xmmm128,
        EVEX_Vpsubw_xmm_k1z_xmm_xmmm128 => VEX_Vpsubw_xmm_xmm_xmmm128,
        EVEX_Vpsubd_xmm_k1z_xmm_xmmm128b32 => VEX_Vpsubd_xmm_xmm_xmmm128,
        EVEX_Vpsubq_xmm_k1z_xmm_xmmm128b64 => VEX_Vpsubq_xmm_xmm_xmmm128,
        EVEX_Vpmullw_xmm_k1z_xmm_xmmm128 => VEX_Vpmullw_xmm_xmm_xmmm128,
        EVEX_Vpmulld_xmm_k1z_xmm_xmmm128b32 => VEX_Vpmulld_xmm_xmm_xmmm128,
        EVEX_Vpmulhuw_xmm_k1z_xmm_xmmm128 => VEX_Vpmulhuw_xmm_xmm_xmmm128,
        EVEX_Vpminsb_xmm_k1z_xmm_xmmm128 => VEX_Vpminsb_xmm_xmm_xmmm128,
        EVEX_Vpminsw_xmm_k1z_xmm_xmmm128 => VEX_Vpminsw_xmm_xmm_xmmm128,
        EVEX_Vpminsd_xmm_k1z_xmm_xmmm128b32 => VEX_Vpminsd_xmm_xmm_xmmm128,
        EVEX_Vpmaxsb_xmm_k1z_xmm_xmmm128 => VEX_Vpmaxsb_xmm_xmm_xmmm128,
        EVEX_Vpmaxsw_xmm_k1z_xmm_xmmm128 => VEX_Vpmaxsw_xmm_xmm_xmmm128,
        EVEX_Vpmaxsd_xmm_k1z_xmm_xmmm128b32 => VEX_Vpmaxsd_xmm_xmm_xmmm128,
        EVEX_Vpminub_xmm_k1z_xmm_xmmm128 => VEX_Vpminub_xmm_xmm_xmmm128,
        EVEX_Vpminuw_xmm_k1z_xmm_xmmm128 => VEX_Vpminuw_xmm_xmm_xmmm128,
        EVEX_Vpminud_xmm_k1z_xmm_xmmm128b32 => VEX_Vpminud_xmm_xmm_xmmm128,
        EVEX_Vpmaxub_xmm_k1z_xmm_xmmm128 => VEX_Vpmaxub_xmm_xmm_xmmm128,
        EVEX_Vpmaxuw_xmm_k1z_xmm_xmmm128 => VEX_Vpmaxuw_xmm_xmm_xmmm128,
        EVEX_Vpmaxud_xmm_k1z_xmm_xmmm128b32 => VEX_Vpmaxud_xmm_xmm_xmmm128,
        EVEX_Vpsllvd_xmm_k1z_xmm_xmmm128b32 => VEX_Vpsllvd_xmm_xmm_xmmm128,
        EVEX_Vpsllvq_xmm_k1z_xmm_xmmm128b64 => VEX_Vpsllvq_xmm_xmm_xmmm128,
        EVEX_Vpsrlvd_xmm_k1z_xmm_xmmm128b32 => VEX_Vpsrlvd_xmm_xmm_xmmm128,
        EVEX_Vpsrlvq_xmm_k1z_xmm_xmmm128b64 => VEX_Vpsrlvq_xmm_xmm_xmmm128,
        EVEX_Vpsravd_xmm_k1z_xmm_xmmm128b32 => VEX_Vpsravd_xmm_xmm_xmmm128,
        // Here the operand is a register, which selection sees to: shifts by an immediate have no
        // operand in memory.
        EVEX_Vpsllw_xmm_k1z_xmmm128_imm8 => VEX_Vpsllw_xmm_xmm_imm8,
        EVEX_Vpslld_xmm_k1z_xmmm128b32_imm8 => VEX_Vpslld_xmm_xmm_imm8,
        EVEX_Vpsllq_xmm_k1z_xmmm128b64_imm8 => VEX_Vpsllq_xmm_xmm_imm8,
        EVEX_Vpsrlw_xmm_k1z_xmmm128_imm8 => VEX_Vpsrlw_xmm_xmm_imm8,
        EVEX_Vpsrld_xmm_k1z_xmmm128b32_imm8 => VEX_Vpsrld_xmm_xmm_imm8,
        EVEX_Vpsrlq_xmm_k1z_xmmm128b64_imm8 => VEX_Vpsrlq_xmm_xmm_imm8,
        EVEX_Vpsraw_xmm_k1z_xmmm128_imm8 => VEX_Vpsraw_xmm_xmm_imm8,
        EVEX_Vpsrad_xmm_k1z_xmmm128b32_imm8 => VEX_Vpsrad_xmm_xmm_imm8,
        // The predicates are the same 32.
        EVEX_Vcmpps_kr_k1_xmm_xmmm128b32_imm8 => VEX_Vcmpps_xmm_xmm_xmmm128_imm8,
        EVEX_Vcmppd_kr_k1_xmm_xmmm128b64_imm8 => VEX_Vcmppd_xmm_xmm_xmmm128_imm8,
        EVEX_Vsqrtps_xmm_k1z_xmmm128b32 => VEX_Vsqrtps_xmm_xmmm128,
        EVEX_Vsqrtpd_xmm_k1z_xmmm128b64 => VEX_Vsqrtpd_xmm_xmmm128,
        EVEX_Vcvtps2pd_xmm_k1z_xmmm64b32 => VEX_Vcvtps2pd_xmm_xmmm64,
        EVEX_Vcvtpd2ps_xmm_k1z_xmmm128b64 => VEX_Vcvtpd2ps_xmm_xmmm128,
        EVEX_Vcvtdq2ps_xmm_k1z_xmmm128b32 => VEX_Vcvtdq2ps_xmm_xmmm128,
        EVEX_Vcvtdq2pd_xmm_k1z_xmmm64b32 => VEX_Vcvtdq2pd_xmm_xmmm64,
        EVEX_Vcvttps2dq_xmm_k1z_xmmm128b32 => VEX_Vcvttps2dq_xmm_xmmm128,
        EVEX_Vcvttpd2dq_xmm_k1z_xmmm128b64 => VEX_Vcvttpd2dq_xmm_xmmm128,
        EVEX_Vpmovsxbw_xmm_k1z_xmmm64 => VEX_Vpmovsxbw_xmm_xmmm64,
        EVEX_Vpmovsxbd_xmm_k1z_xmmm32 => VEX_Vpmovsxbd_xmm_xmmm32,
        EVEX_Vpmovsxbq_xmm_k1z_xmmm16 => VEX_Vpmovsxbq_xmm_xmmm16,
        EVEX_Vpmovsxwd_xmm_k1z_xmmm64 => VEX_Vpmovsxwd_xmm_xmmm64,
        EVEX_Vpmovsxwq_xmm_k1z_xmmm32 => VEX_Vpmovsxwq_xmm_xmmm32,
        EVEX_Vpmovsxdq_xmm_k1z_xmmm64 => VEX_Vpmovsxdq_xmm_xmmm64,
        EVEX_Vpmovzxbw_xmm_k1z_xmmm64 => VEX_Vpmovzxbw_xmm_xmmm64,
        EVEX_Vpmovzxbd_xmm_k1z_xmmm32 => VEX_Vpmovzxbd_xmm_xmmm32,
        EVEX_Vpmovzxbq_xmm_k1z_xmmm16 => VEX_Vpmovzxbq_xmm_xmmm16,
        EVEX_Vpmovzxwd_xmm_k1z_xmmm64 => VEX_Vpmovzxwd_xmm_xmmm64,
        EVEX_Vpmovzxwq_xmm_k1z_xmmm32 => VEX_Vpmovzxwq_xmm_xmmm32,
        EVEX_Vpmovzxdq_xmm_k1z_xmmm64 => VEX_Vpmovzxdq_xmm_xmmm64,
        // Masks are vectors here, of which a gather clears the lanes that it has read, as it
        // clears bits of the others.
        EVEX_Vpgatherqd_xmm_k1_vm64x => VEX_Vpgatherqd_xmm_vm64x_xmm,
        EVEX_Vpgatherqq_xmm_k1_vm64x => VEX_Vpgatherqq_xmm_vm64x_xmm,
        EVEX_Vpbroadcastb_xmm_k1z_xmmm8 => VEX_Vpbroadcastb_xmm_xmmm8,
        EVEX_Vpbroadcastw_xmm_k1z_xmmm16 => VEX_Vpbroadcastw_xmm_xmmm16,
        EVEX_Vpbroadcastd_xmm_k1z_xmmm32 => VEX_Vpbroadcastd_xmm_xmmm32,
        EVEX_Vpbroadcastq_xmm_k1z_xmmm64 => VEX_Vpbroadcastq_xmm_xmmm64,
        EVEX_Vfmadd132ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfmadd132ps_xmm_xmm_xmmm128,
        EVEX_Vfmadd213ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfmadd213ps_xmm_xmm_xmmm128,
        EVEX_Vfmadd231ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfmadd231ps_xmm_xmm_xmmm128,
        EVEX_Vfmadd132pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfmadd132pd_xmm_xmm_xmmm128,
        EVEX_Vfmadd213pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfmadd213pd_xmm_xmm_xmmm128,
        EVEX_Vfmadd231pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfmadd231pd_xmm_xmm_xmmm128,
        EVEX_Vfmsub132ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfmsub132ps_xmm_xmm_xmmm128,
        EVEX_Vfmsub213ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfmsub213ps_xmm_xmm_xmmm128,
        EVEX_Vfmsub231ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfmsub231ps_xmm_xmm_xmmm128,
        EVEX_Vfmsub132pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfmsub132pd_xmm_xmm_xmmm128,
        EVEX_Vfmsub213pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfmsub213pd_xmm_xmm_xmmm128,
        EVEX_Vfmsub231pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfmsub231pd_xmm_xmm_xmmm128,
        EVEX_Vfnmadd132ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfnmadd132ps_xmm_xmm_xmmm128,
        EVEX_Vfnmadd213ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfnmadd213ps_xmm_xmm_xmmm128,
        EVEX_Vfnmadd231ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfnmadd231ps_xmm_xmm_xmmm128,
        EVEX_Vfnmadd132pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfnmadd132pd_xmm_xmm_xmmm128,
        EVEX_Vfnmadd213pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfnmadd213pd_xmm_xmm_xmmm128,
        EVEX_Vfnmadd231pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfnmadd231pd_xmm_xmm_xmmm128,
        EVEX_Vfnmsub132ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfnmsub132ps_xmm_xmm_xmmm128,
        EVEX_Vfnmsub213ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfnmsub213ps_xmm_xmm_xmmm128,
        EVEX_Vfnmsub231ps_xmm_k1z_xmm_xmmm128b32 => VEX_Vfnmsub231ps_xmm_xmm_xmmm128,
        EVEX_Vfnmsub132pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfnmsub132pd_xmm_xmm_xmmm128,
        EVEX_Vfnmsub213pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfnmsub213pd_xmm_xmm_xmmm128,
        EVEX_Vfnmsub231pd_xmm_k1z_xmm_xmmm128b64 => VEX_Vfnmsub231pd_xmm_xmm_xmmm128,
        EVEX_Vpmuludq_xmm_k1z_xmm_xmmm128b64 => VEX_Vpmuludq_xmm_xmm_xmmm128,
        EVEX_Vmovq_xmm_rm64 => VEX_Vmovq_xmm_rm64,
        // These have other names.
        EVEX_Vpandd_xmm_k1z_xmm_xmmm128b32 | EVEX_Vpandq_xmm_k1z_xmm_xmmm128b64 => {
            VEX_Vpand_xmm_xmm_xmmm128
        }
        EVEX_Vpord_xmm_k1z_xmm_xmmm128b32 | EVEX_Vporq_xmm_k1z_xmm_xmmm128b64 => {
            VEX_Vpor_xmm_xmm_xmmm128
        }
        EVEX_Vpxord_xmm_k1z_xmm_xmmm128b32 | EVEX_Vpxorq_xmm_k1z_xmm_xmmm128b64 => {
            VEX_Vpxor_xmm_xmm_xmmm128
        }
        // Bytes serve lanes of any size, since all bytes of a lane of a mask are equal.
        EVEX_Vpblendmb_xmm_k1z_xmm_xmmm128
        | EVEX_Vpblendmw_xmm_k1z_xmm_xmmm128
        | EVEX_Vpblendmd_xmm_k1z_xmm_xmmm128b32
        | EVEX_Vpblendmq_xmm_k1z_xmm_xmmm128b64 => VEX_Vpblendvb_xmm_xmm_xmmm128_xmm,
        // Without masks the size of lanes makes no difference to a move.
        EVEX_Vmovdqu8_xmm_k1z_xmmm128
        | EVEX_Vmovdqu16_xmm_k1z_xmmm128
        | EVEX_Vmovdqu32_xmm_k1z_xmmm128
        | EVEX_Vmovdqu64_xmm_k1z_xmmm128 => VEX_Vmovdqu_xmm_xmmm128,
        EVEX_Vmovdqu8_xmmm128_k1z_xmm
        | EVEX_Vmovdqu16_xmmm128_k1z_xmm
        | EVEX_Vmovdqu32_xmmm128_k1z_xmm
        | EVEX_Vmovdqu64_xmmm128_k1z_xmm => VEX_Vmovdqu_xmmm128_xmm,
        // Copies, and registers that are saved: their slots are aligned.
        EVEX_Vmovdqa64_xmm_k1z_xmmm128 => VEX_Vmovdqa_xmm_xmmm128,
        EVEX_Vmovdqa64_xmmm128_k1z_xmm => VEX_Vmovdqa_xmmm128_xmm,
        // The same immediate serves, as long as nothing is scaled.
        EVEX_Vrndscaleps_xmm_k1z_xmmm128b32_imm8 => VEX_Vroundps_xmm_xmmm128_imm8,
        EVEX_Vrndscalepd_xmm_k1z_xmmm128b64_imm8 => VEX_Vroundpd_xmm_xmmm128_imm8,
        _ => return None,
    })
}
