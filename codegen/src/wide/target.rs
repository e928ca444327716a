//! The instruction sets for which wide code is made, and what differs between them in
//! numbers and names. What differs in kind is in [`super::avx2`].

use super::avx2;
use super::machine::Width;
use iced_x86::Code;

/// An instruction set with wide vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// AVX2 with FMA: 16 registers of 32 bytes; masks are vectors.
    Avx2,
    /// AVX-512: 32 registers of 64 bytes, and registers of their own for masks.
    Avx512,
}

impl Target {
    /// The best that the machine has.
    pub(crate) fn best() -> Option<Target> {
        [Target::Avx512, Target::Avx2].into_iter().find(|target| target.is_supported())
    }

    /// Whether the machine has the instructions.
    pub(crate) fn is_supported(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        match self {
            Target::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("fma")
                    // `bzhi`, to leave out lanes beyond the row.
                    && is_x86_feature_detected!("bmi2")
            }
            Target::Avx512 => {
                // That the system saves the registers is asked along with each.
                is_x86_feature_detected!("avx512f")
                    // Lanes of one and two bytes, and masks of 64 lanes.
                    && is_x86_feature_detected!("avx512bw")
                    // `clz`.
                    && is_x86_feature_detected!("avx512cd")
                    // Products and conversions of 64-bit integers.
                    && is_x86_feature_detected!("avx512dq")
                    // All of it for vectors of 16 and 32 bytes.
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("bmi2")
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// The bytes of the widest vector.
    pub(super) fn vector_bytes(self) -> usize {
        match self {
            Target::Avx2 => 32,
            Target::Avx512 => 64,
        }
    }

    /// How many vector registers there are.
    pub(super) fn n_vectors(self) -> usize {
        match self {
            Target::Avx2 => 16,
            Target::Avx512 => 32,
        }
    }

    /// How many of them, from the last one down, are masks of the lanes in use wherever not all
    /// are. A mask register, `k1`, takes none of the vectors'.
    pub(super) fn n_masks_of_rest(self) -> usize {
        match self {
            Target::Avx2 => 1,
            Target::Avx512 => 0,
        }
    }

    /// How often a constant is repeated in memory. The instructions of AVX-512 spread an
    /// operand in memory over their lanes; those of AVX2 read it as it is.
    pub(super) fn constant_slots(self) -> usize {
        match self {
            Target::Avx2 => 4,
            Target::Avx512 => 1,
        }
    }

    /// An instruction in its form for a width, given its name among those of AVX-512, at
    /// 128 bits. `INVALID` if the target has none that does the same.
    pub(super) fn form(self, width: Width, xmm: Code) -> Code {
        match self {
            // Nobody asks for 64 bytes: lanes are counted so that the widest fill 32.
            Target::Avx2 => avx2::code::same(xmm).map_or(Code::INVALID, |code| width.form(code)),
            Target::Avx512 => width.form(xmm),
        }
    }
}
