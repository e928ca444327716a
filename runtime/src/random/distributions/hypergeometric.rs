//! The hypergeometric distribution, of two colours and of several.

use crate::random::bits::Bits;
use crate::random::integers::interval;
use crate::random::tables::log_factorial::LOG_FACTORIALS;

pub(crate) fn hypergeometric<B: Bits>(good: i64, bad: i64, n: i64) -> impl Fn(&mut B) -> i64 {
    let is_large = n >= 10 && n <= good + bad - 10;
    let ratio = is_large.then(|| Ratio::new(good, bad, n, log_factorial));
    move |bits| match &ratio {
        Some(ratio) => ratio.sample(bits),
        None => one_by_one(bits, good, bad, n),
    }
}

/// Draws one after the other.
fn one_by_one(bits: &mut impl Bits, good: i64, bad: i64, n: i64) -> i64 {
    let total = good + bad;
    let is_most = n > total / 2;
    let mut left = if is_most { total - n } else { n };
    let (mut left_total, mut left_good) = (total, good);
    while left > 0 && left_good > 0 && left_total > left_good {
        left_total -= 1;
        if (interval(bits, left_total as u64) as i64) < left_good {
            left_good -= 1;
        }
        left -= 1;
    }
    if left_total == left_good {
        left_good -= left;
    }
    if is_most { left_good } else { good - left_good }
}

/// The logarithm of a factorial.
fn log_factorial(k: i64) -> f64 {
    const HALF_LOG_2PI: f64 = 0.918_938_533_204_672_8;
    if let Some(log) = usize::try_from(k).ok().and_then(|k| LOG_FACTORIALS.get(k)) {
        return *log;
    }
    let k = k as f64;
    let series = 1.0 / k * (1.0 / 12.0 - 1.0 / (360.0 * k * k));
    (k + 0.5) * k.ln() - k + (HALF_LOG_2PI + series)
}

/// Stadlober's ratio of uniforms (Journal of Computational and Applied Mathematics 31, 1990).
pub(crate) struct Ratio {
    good: i64,
    has_more_good: bool,
    /// The colour of which there is less, and the other one.
    fewer: i64,
    more: i64,
    /// What is drawn, or left if that is less.
    n: i64,
    is_most: bool,
    /// Middle and width of the hat, and where it ends.
    a: f64,
    h: f64,
    b: f64,
    /// The logarithm of the most likely count's chance.
    g: f64,
    log_factorial: fn(i64) -> f64,
}

impl Ratio {
    pub fn new(good: i64, bad: i64, n: i64, log_factorial: fn(i64) -> f64) -> Ratio {
        let total = good + bad;
        let least = n.min(total - n);
        let of_more = good.max(bad) as f64 / total as f64;
        Ratio::with(good, bad, n, (least, of_more), log_factorial)
    }

    /// The ratio, given the number and the share that its variance is made of.
    pub fn with(
        good: i64,
        bad: i64,
        n: i64,
        (drawn, of_more): (i64, f64),
        log_factorial: fn(i64) -> f64,
    ) -> Ratio {
        let (total, fewer, more) = (good + bad, good.min(bad), good.max(bad));
        let least = n.min(total - n);
        let of_fewer = fewer as f64 / total as f64;
        let a = least as f64 * of_fewer + 0.5;
        let variance = (total - least) as f64 * drawn as f64 * of_fewer * of_more;
        let c = (variance / (total - 1) as f64 + 0.5).sqrt();
        // 2 √(2/e) and 3 − 2 √(3/e).
        let h = 1.715_527_769_921_413_5 * c + 0.898_916_162_058_898_8;
        let m = (least + 1) as f64 * (fewer + 1) as f64 / (total + 2) as f64;
        let b = ((least.min(fewer) + 1) as f64).min((a + 16.0 * c).floor());
        let mut ratio = Ratio {
            good,
            has_more_good: good > bad,
            fewer,
            more,
            n: least,
            is_most: least < n,
            a,
            h,
            b,
            g: 0.0,
            log_factorial,
        };
        ratio.g = ratio.log(m.floor() as i64);
        ratio
    }

    /// The logarithm of the inverse of a count's chance, but for what all have in common.
    fn log(&self, k: i64) -> f64 {
        let log = self.log_factorial;
        log(k) + log(self.fewer - k) + log(self.n - k) + log(self.more - self.n + k)
    }

    pub fn sample(&self, bits: &mut impl Bits) -> i64 {
        let mut k = self.of_fewer(bits);
        if self.has_more_good {
            k = self.n - k;
        }
        if self.is_most { self.good - k } else { k }
    }

    /// How many are drawn of the colour of which there is less.
    fn of_fewer(&self, bits: &mut impl Bits) -> i64 {
        loop {
            let u = bits.double();
            let v = bits.double();
            let x = self.a + self.h * (v - 0.5) / u;
            if x < 0.0 || x >= self.b {
                continue;
            }
            let k = x.floor() as i64;
            let t = self.g - self.log(k);
            if u * (4.0 - u) - 3.0 <= t {
                return k;
            }
            if u * (u - t) >= 1.0 {
                continue;
            }
            if 2.0 * u.ln() <= t {
                return k;
            }
        }
    }
}

/// Writes how many of each colour are drawn, by shuffling one of each.
pub(crate) fn by_count(bits: &mut impl Bits, colors: &[i64], n: i64, drawn: &mut [i64]) {
    let color = |(color, n): (usize, &i64)| std::iter::repeat_n(color, *n as usize);
    let mut choices: Vec<usize> = colors.iter().enumerate().flat_map(color).collect();
    let d = colors.len();
    if choices.is_empty() || n == 0 {
        return;
    }
    let is_most = n as usize > choices.len() / 2;
    let n = if is_most { choices.len() - n as usize } else { n as usize };
    for drawn in drawn.chunks_exact_mut(d) {
        for place in 0..n {
            let last = choices.len() - place - 1;
            choices.swap(place, place + interval(bits, last as u64) as usize);
        }
        choices[..n].iter().for_each(|color| drawn[*color] += 1);
        if is_most {
            mirror(colors, drawn);
        }
    }
}

/// Writes how many of each colour are drawn, one colour after the other.
pub(crate) fn by_marginals(bits: &mut impl Bits, colors: &[i64], n: i64, drawn: &mut [i64]) {
    let total: i64 = colors.iter().sum();
    if total == 0 || n == 0 {
        return;
    }
    let is_most = n > total / 2;
    let n = if is_most { total - n } else { n };
    for drawn in drawn.chunks_exact_mut(colors.len()) {
        let (mut left, mut rest) = (n, total);
        for (color, drawn) in colors.iter().zip(&mut drawn[..colors.len() - 1]) {
            if left == 0 {
                break;
            }
            rest -= color;
            *drawn = hypergeometric(*color, rest, left)(bits);
            left -= *drawn;
        }
        if left > 0 {
            drawn[colors.len() - 1] = left;
        }
        if is_most {
            mirror(colors, drawn);
        }
    }
}

/// What is left when all the others are drawn.
fn mirror(colors: &[i64], drawn: &mut [i64]) {
    for (drawn, color) in drawn.iter_mut().zip(colors) {
        *drawn = color - *drawn;
    }
}
