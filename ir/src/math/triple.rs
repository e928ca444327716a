//! Sums of three doubles, for what is left when some hundred bits cancel.
//!
//! A triple `(high, middle, low)` stands for the unrounded sum of its members, each at most
//! a few units in the last place of the one before it: some 158 bits.

use super::parts::{Pair, fast_two_sum, two_product, two_sum};
use crate::lanes::{Builder, LaneType, V};

/// A value as an unrounded sum of three doubles.
#[derive(Clone, Copy)]
pub(super) struct Triple {
    /// The rounded value.
    pub high: V,
    /// What rounding lost, itself rounded.
    pub middle: V,
    /// What that lost.
    pub low: V,
}

/// A real constant.
pub(super) fn triple_constant(b: &mut Builder, [high, middle, low]: [f64; 3]) -> Triple {
    let ty = LaneType::F64;
    Triple { high: b.float(ty, high), middle: b.float(ty, middle), low: b.float(ty, low) }
}

/// The same value, its members no longer overlapping.
///
/// `high` may be smaller than `middle`, but neither is smaller than `low`.
pub(super) fn normalized(b: &mut Builder, x: Triple) -> Triple {
    let first = two_sum(b, x.high, x.middle);
    let second = fast_two_sum(b, first.low, x.low);
    Triple { high: first.high, middle: second.high, low: second.low }
}

/// The product, its members overlapping by a bit or two.
///
/// Products of members that reach `2^-159` of the result are added up without care for
/// what their sum loses, and those beyond are left out.
pub(super) fn triple_product(b: &mut Builder, x: Triple, y: Triple) -> Triple {
    let first = two_product(b, x.high, y.high);
    let (left, right) = (two_product(b, x.high, y.middle), two_product(b, x.middle, y.high));
    let second = two_sum(b, left.high, right.high);
    let middle = two_sum(b, first.low, second.high);
    // Five terms of about 2^-106 of the product: their roundings are 2^-159 of it.
    let low = b.fma(x.middle, y.middle, left.low);
    let low = b.fma(x.high, y.low, low);
    let low = b.fma(x.low, y.high, low);
    let lost = b.fadd(second.low, middle.low);
    let lost = b.fadd(lost, right.low);
    Triple { high: first.high, middle: middle.high, low: b.fadd(low, lost) }
}

/// The product with one double.
pub(super) fn triple_times(b: &mut Builder, x: Triple, y: V) -> Triple {
    let (first, second) = (two_product(b, x.high, y), two_product(b, x.middle, y));
    let middle = two_sum(b, first.low, second.high);
    let low = b.fma(x.low, y, second.low);
    let low = b.fadd(low, middle.low);
    normalized(b, Triple { high: first.high, middle: middle.high, low })
}

/// `x + y` for `|x| >= |y|`.
pub(super) fn triple_sum(b: &mut Builder, x: Triple, y: Triple) -> Triple {
    let high = fast_two_sum(b, x.high, y.high);
    // Either may be the larger, for nothing is known of members but the first.
    let middle = two_sum(b, x.middle, y.middle);
    let middle_more = two_sum(b, middle.high, high.low);
    let low = b.fadd(x.low, y.low);
    let lost = b.fadd(middle.low, middle_more.low);
    let low = b.fadd(low, lost);
    let first = fast_two_sum(b, high.high, middle_more.high);
    let second = fast_two_sum(b, first.low, low);
    Triple { high: first.high, middle: second.high, low: second.low }
}

/// The sum of many terms, most of which may cancel: `levels[i + 1]` are corrections to
/// `levels[i]`, some `2^-53` of them, in no order.
///
/// Each level is added up exactly: what its additions lose belongs to the next level. (Known
/// as compensated summation of a higher order, or SumK.)
pub(super) fn distilled(b: &mut Builder, levels: &[Vec<V>]) -> Pair {
    let (last, levels) = levels.split_last().expect("a sum has terms");
    let mut sums = Vec::new();
    let mut lost: Vec<V> = Vec::new();
    for level in levels {
        let mut terms = level.iter().chain(&lost).copied();
        let mut sum = terms.next().expect("a level has terms");
        let mut lost_here = Vec::new();
        for term in terms {
            let next = two_sum(b, sum, term);
            sum = next.high;
            lost_here.push(next.low);
        }
        sums.push(sum);
        lost = lost_here;
    }
    let rest = last.iter().chain(&lost).copied().reduce(|x, y| b.fadd(x, y));
    sums.extend(rest);
    // The first level may have cancelled down to the second or third: one round moves what
    // is left to the front, another one makes sure that the low part is small beside it.
    for _ in 0..2 {
        for index in (1..sums.len()).rev() {
            let moved = two_sum(b, sums[index - 1], sums[index]);
            (sums[index - 1], sums[index]) = (moved.high, moved.low);
        }
    }
    let low = sums[1..].iter().copied().reduce(|x, y| b.fadd(x, y));
    Pair { high: sums[0], low: low.expect("there are at least two levels") }
}
