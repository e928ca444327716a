//! The element types of products, and what is worth instructions of its own for them.

use jitney_ir::reduction::LANES;

/// Rows and columns that are transposed together.
pub(super) const TILE: usize = 4;

/// Elements some distance (in elements) apart.
type Rows<P> = (P, isize);

pub(super) trait Number: Copy + Send + Sync + 'static {
    const ZERO: Self;
    const ONE: Self;

    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;

    /// Adds up the accumulators of a block.
    #[inline(always)]
    fn add_up(lanes: &[Self; LANES]) -> Self {
        let mut lanes = *lanes;
        for half in [8, 4, 2, 1] {
            for lane in 0..half {
                lanes[lane] = lanes[lane].plus(lanes[lane + half]);
            }
        }
        lanes[0]
    }

    /// Writes the columns of a tile as rows.
    ///
    /// # Safety
    /// All elements of the tile are there, and there is room for them, where none of them is.
    #[inline(always)]
    unsafe fn transpose(from: Rows<*const Self>, to: Rows<*mut Self>) {
        for row in 0..TILE as isize {
            for column in 0..TILE as isize {
                // SAFETY: by the caller's promise.
                unsafe {
                    *to.0.offset(column * to.1 + row) = *from.0.offset(row * from.1 + column)
                };
            }
        }
    }
}

macro_rules! integers {
    ($($ty:ty),*) => {$(
        impl Number for $ty {
            const ZERO: $ty = 0;
            const ONE: $ty = 1;

            #[inline(always)]
            fn plus(self, other: $ty) -> $ty {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn times(self, other: $ty) -> $ty {
                self.wrapping_mul(other)
            }
        }
    )*};
}
integers!(u8, u16, u32, u64);

impl Number for f32 {
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;

    #[inline(always)]
    fn plus(self, other: f32) -> f32 {
        self + other
    }

    #[inline(always)]
    fn times(self, other: f32) -> f32 {
        self * other
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn add_up(lanes: &[f32; LANES]) -> f32 {
        use std::arch::x86_64::{_mm_add_ps, _mm_loadu_ps, _mm_movehl_ps, _mm_storeu_ps};
        let mut sums = [0.0; 4];
        // SAFETY: every x86-64 processor has these; four lanes are there from each of them on.
        unsafe {
            let four = |lane: usize| _mm_loadu_ps(lanes.as_ptr().add(lane));
            let all = _mm_add_ps(_mm_add_ps(four(0), four(8)), _mm_add_ps(four(4), four(12)));
            _mm_storeu_ps(sums.as_mut_ptr(), _mm_add_ps(all, _mm_movehl_ps(all, all)));
        }
        sums[0] + sums[1]
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    unsafe fn transpose(from: Rows<*const f32>, to: Rows<*mut f32>) {
        use std::arch::x86_64::{_MM_TRANSPOSE4_PS, _mm_loadu_ps, _mm_storeu_ps};
        // SAFETY: every x86-64 processor has these; the elements are the caller's promise.
        unsafe {
            let row = |row: isize| _mm_loadu_ps(from.0.offset(row * from.1));
            let (mut a, mut b, mut c, mut d) = (row(0), row(1), row(2), row(3));
            _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
            for (number, row) in [a, b, c, d].into_iter().enumerate() {
                _mm_storeu_ps(to.0.offset(number as isize * to.1), row);
            }
        }
    }
}

impl Number for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;

    #[inline(always)]
    fn plus(self, other: f64) -> f64 {
        self + other
    }

    #[inline(always)]
    fn times(self, other: f64) -> f64 {
        self * other
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn add_up(lanes: &[f64; LANES]) -> f64 {
        use std::arch::x86_64::{_mm_add_pd, _mm_cvtsd_f64, _mm_loadu_pd, _mm_unpackhi_pd};
        // SAFETY: every x86-64 processor has these; two lanes are there from each of them on.
        unsafe {
            let two = |lane: usize| _mm_loadu_pd(lanes.as_ptr().add(lane));
            let eighth = |lane: usize| _mm_add_pd(two(lane), two(lane + 8));
            let fourth = |lane: usize| _mm_add_pd(eighth(lane), eighth(lane + 4));
            let sums = _mm_add_pd(fourth(0), fourth(2));
            _mm_cvtsd_f64(sums) + _mm_cvtsd_f64(_mm_unpackhi_pd(sums, sums))
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    unsafe fn transpose(from: Rows<*const f64>, to: Rows<*mut f64>) {
        use std::arch::x86_64::{_mm_loadu_pd, _mm_storeu_pd, _mm_unpackhi_pd, _mm_unpacklo_pd};
        for row in [0, 2] {
            for column in [0, 2] {
                // SAFETY: every x86-64 processor has these; the elements are the caller's promise.
                unsafe {
                    let two = |row: isize| _mm_loadu_pd(from.0.offset(row * from.1 + column));
                    let (first, second) = (two(row), two(row + 1));
                    let place = |column: isize| to.0.offset(column * to.1 + row);
                    _mm_storeu_pd(place(column), _mm_unpacklo_pd(first, second));
                    _mm_storeu_pd(place(column + 1), _mm_unpackhi_pd(first, second));
                }
            }
        }
    }
}
