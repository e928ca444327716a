//! Loops of our own, for the vectors of the machine.

/// A loop that the compiler makes vector instructions of. Its methods are inlined.
pub(super) trait Loop {
    fn run(self);
}

/// Runs a loop by the widest vectors that the machine has. Nothing but the time depends on them:
/// each element is computed by the same operations.
#[inline]
pub(super) fn widely(body: impl Loop) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn with_avx2(body: impl Loop) {
            body.run();
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2.
            return unsafe { with_avx2(body) };
        }
    }
    body.run();
}
