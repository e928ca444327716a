//! The binomial and the multinomial distribution.

use crate::random::bits::Bits;

/// Expected counts up to which the distribution function is inverted.
const FEW: f64 = 30.0;

pub(crate) fn binomial<B: Bits>(n: i64, p: f64) -> impl Fn(&mut B) -> i64 {
    let sample = binomial_of(n, p, |n, p| (n as f64 * (-p).ln_1p()).exp());
    let is_never = n == 0 || p == 0.0;
    move |bits| if is_never { 0 } else { sample(bits) }
}

/// The distribution, given the chance that nothing happens.
#[inline]
pub(crate) fn binomial_of<B: Bits>(
    n: i64,
    p: f64,
    of_nothing: impl Fn(i64, f64) -> f64,
) -> impl Fn(&mut B) -> i64 {
    let is_mirrored = p > 0.5;
    let chance = if is_mirrored { 1.0 - p } else { p };
    let inversion = Inversion::new(n, chance, of_nothing);
    let rejection = Rejection::new(n, chance);
    let has_few = chance * n as f64 <= FEW;
    move |bits| {
        let count = if has_few { inversion.sample(bits) } else { rejection.sample(bits) };
        if is_mirrored { n - count } else { count }
    }
}

/// Counts are tried one by one.
struct Inversion {
    n: i64,
    p: f64,
    q: f64,
    of_nothing: f64,
    bound: i64,
}

impl Inversion {
    fn new(n: i64, p: f64, of_nothing: impl Fn(i64, f64) -> f64) -> Inversion {
        let (q, mean) = (1.0 - p, n as f64 * p);
        let bound = (mean + 10.0 * (mean * q + 1.0).sqrt()).min(n as f64) as i64;
        Inversion { n, p, q, of_nothing: of_nothing(n, p), bound }
    }

    #[inline]
    fn sample(&self, bits: &mut impl Bits) -> i64 {
        let mut count = 0;
        let mut chance = self.of_nothing;
        let mut u = bits.double();
        while u > chance {
            count += 1;
            if count > self.bound {
                // So far out that rounding has led there.
                (count, chance, u) = (0, self.of_nothing, bits.double());
            } else {
                u -= chance;
                let (left, count) =
                    (self.n.wrapping_sub(count).wrapping_add(1) as f64, count as f64);
                chance = left * self.p * chance / (count * self.q);
            }
        }
        count
    }
}

/// Kachitvichyanukul's and Schmeiser's BTPE: a triangle, two parallelograms and two exponential
/// tails lie above the distribution (Communications of the ACM 31, 1988).
struct Rejection {
    n: i64,
    r: f64,
    q: f64,
    /// The most likely count.
    m: i64,
    /// Middle, left and right end of the triangle.
    xm: f64,
    xl: f64,
    xr: f64,
    c: f64,
    left: f64,
    right: f64,
    /// Areas up to the end of each part.
    areas: [f64; 4],
}

impl Rejection {
    fn new(n: i64, p: f64) -> Rejection {
        let (count, r) = (n as f64, p.min(1.0 - p));
        let q = 1.0 - r;
        let fm = count * r + r;
        let m = fm.floor() as i64;
        let p1 = (2.195 * (count * r * q).sqrt() - 4.6 * q).floor() + 0.5;
        let xm = m as f64 + 0.5;
        let (xl, xr) = (xm - p1, xm + p1);
        let c = 0.134 + 20.5 / (15.3 + m as f64);
        let slope = |a: f64| a * (1.0 + a / 2.0);
        let left = slope((fm - xl) / (fm - xl * r));
        let right = slope((xr - fm) / (xr * q));
        let p2 = p1 * (1.0 + 2.0 * c);
        let p3 = p2 + c / left;
        Rejection { n, r, q, m, xm, xl, xr, c, left, right, areas: [p1, p2, p3, p3 + c / right] }
    }

    fn sample(&self, bits: &mut impl Bits) -> i64 {
        let [p1, p2, p3, p4] = self.areas;
        loop {
            let u = bits.double() * p4;
            let mut v = bits.double();
            let y = if u > p3 {
                let y = (self.xr - v.ln() / self.right).floor() as i64;
                if y > self.n || v == 0.0 {
                    continue;
                }
                v = v * (u - p3) * self.right;
                y
            } else if u > p2 {
                let y = (self.xl + v.ln() / self.left).floor() as i64;
                if y < 0 || v == 0.0 {
                    continue;
                }
                v = v * (u - p2) * self.left;
                y
            } else if u > p1 {
                let x = self.xl + (u - p1) / self.c;
                v = v * self.c + 1.0 - (self.m as f64 - x + 0.5).abs() / p1;
                if v > 1.0 {
                    continue;
                }
                x.floor() as i64
            } else {
                return (self.xm - p1 * v + u).floor() as i64;
            };
            if self.is_accepted(y, v) {
                return y;
            }
        }
    }

    fn is_accepted(&self, y: i64, v: f64) -> bool {
        let (n, m) = (self.n as f64, self.m);
        let variance = n * self.r * self.q;
        let k = y.wrapping_sub(m).wrapping_abs();
        let distance = k as f64;
        if k <= 20 || distance >= variance / 2.0 - 1.0 {
            return v <= self.ratio(y);
        }
        let rho = (distance / variance)
            * ((distance * (distance / 3.0 + 0.625) + 0.166_666_666_666_666_66) / variance + 0.5);
        let t = -(k.wrapping_mul(k) as f64) / (2.0 * variance);
        let a = v.ln();
        if a < t - rho {
            return true;
        }
        if a > t + rho {
            return false;
        }
        let (x1, f1) = (y as f64 + 1.0, m as f64 + 1.0);
        let (z, w) = (n + 1.0 - m as f64, n - y as f64 + 1.0);
        a <= self.xm * (f1 / x1).ln()
            + ((self.n - m) as f64 + 0.5) * (z / w).ln()
            + (y - m) as f64 * (w * self.r / (x1 * self.q)).ln()
            + stirling(f1)
            + stirling(z)
            + stirling(x1)
            + stirling(w)
    }

    /// How likely a count is, compared with the most likely one.
    fn ratio(&self, y: i64) -> f64 {
        let s = self.r / self.q;
        let a = s * self.n.wrapping_add(1) as f64;
        let mut ratio = 1.0;
        for i in self.m + 1..=y {
            ratio *= a / i as f64 - s;
        }
        for i in y + 1..=self.m {
            ratio /= a / i as f64 - s;
        }
        ratio
    }
}

/// The terms of Stirling's series. The first should be 13860, and two of the four be subtracted:
/// NumPy 2.4 has them so, and its samples depend on it.
fn stirling(x: f64) -> f64 {
    let square = x * x;
    (13680.0 - (462.0 - (132.0 - (99.0 - 140.0 / square) / square) / square) / square)
        / x
        / 166_320.0
}

/// Writes how often each outcome happens.
pub(crate) fn multinomial(bits: &mut impl Bits, n: i64, chances: &[f64], counts: &mut [i64]) {
    let Some((last, others)) = counts.split_last_mut() else { return };
    let (mut left, mut rest) = (n, 1.0);
    for (count, chance) in others.iter_mut().zip(chances) {
        *count = binomial(left, chance / rest)(bits);
        left -= *count;
        if left <= 0 {
            return;
        }
        rest -= chance;
    }
    *last = left;
}
