//! What parameters may be, in NumPy's words.

/// The most that the mean of a Poisson distribution may be: counts and ten of their standard
/// deviations are integers of 64 bits.
const MAX_MEAN: f64 = i64::MAX as f64 - 30_370_004_999.760_5;

/// The values that a parameter may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// All.
    Any,
    /// No sign.
    NonNegative,
    /// Above 0.
    Positive,
    /// Above 0, and a number.
    PositiveNumber,
    /// From 0 to 1.
    Unit,
    /// Above 0 up to 1.
    UnitPositive,
    /// From 0 to below 1.
    UnitBelow1,
    /// Above 1.
    Above1,
    /// 1 or more.
    AtLeast1,
    /// The mean of a Poisson distribution.
    Mean,
    /// Below 10⁹, and no sign.
    Billion,
}

impl Limit {
    /// What is wrong with a value, in NumPy's words for the parameter; those of arrays say that
    /// they contain something.
    pub fn mistake(self, name: &str, x: f64, is_array: bool) -> Option<String> {
        let nan = if is_array { "contains NaNs" } else { "is NaN" };
        let negative = x.is_sign_negative() && !x.is_nan();
        let (is_wrong, message) = match self {
            Limit::Any => (false, String::new()),
            Limit::NonNegative => (negative, format!("{name} < 0")),
            Limit::Positive => (x <= 0.0, format!("{name} <= 0")),
            Limit::PositiveNumber if x.is_nan() => (true, format!("{name} must not be NaN")),
            Limit::PositiveNumber => (x <= 0.0, format!("{name} <= 0")),
            Limit::Unit => {
                (!(0.0..=1.0).contains(&x), format!("{name} < 0, {name} > 1 or {name} {nan}"))
            }
            Limit::UnitPositive => (
                x == 0.0 || !(0.0..=1.0).contains(&x),
                format!("{name} <= 0, {name} > 1 or {name} contains NaNs"),
            ),
            Limit::UnitBelow1 => {
                (!(0.0..1.0).contains(&x), format!("{name} < 0, {name} >= 1 or {name} {nan}"))
            }
            Limit::Above1 => (x <= 1.0 || x.is_nan(), format!("{name} <= 1 or {name} {nan}")),
            Limit::AtLeast1 => (x < 1.0 || x.is_nan(), format!("{name} < 1 or {name} {nan}")),
            Limit::Mean if x > MAX_MEAN => (true, format!("{name} value too large")),
            Limit::Mean => (x < 0.0 || x.is_nan(), format!("{name} < 0 or {name} {nan}")),
            Limit::Billion if x >= 1e9 => (true, format!("{name} must be less than 1000000000")),
            Limit::Billion => (negative, format!("{name} < 0")),
        };
        is_wrong.then_some(message)
    }
}

/// The range of a uniform distribution must be finite and have no sign.
pub(super) fn range((low, high): (f64, f64)) -> Option<&'static str> {
    let range = high - low;
    if !range.is_finite() {
        return Some("high - low range exceeds valid bounds");
    }
    range.is_sign_negative().then_some("high - low < 0")
}

/// The range of a legacy uniform distribution must be finite.
pub(in crate::random) fn finite_range((low, high): (f64, f64)) -> Option<&'static str> {
    (!(high - low).is_finite()).then_some("Range exceeds valid bounds")
}

/// The corners of a triangle follow one another.
pub(in crate::random) fn corners((left, mode, right): (f64, f64, f64)) -> Option<&'static str> {
    if left > mode {
        return Some("left > mode");
    }
    if mode > right {
        return Some("mode > right");
    }
    (left == right).then_some("left == right")
}

/// The means of the Poisson distributions that a negative binomial one mixes.
pub(super) fn mixed_means((n, p): (f64, f64)) -> Option<&'static str> {
    let largest = (1.0 - p) / p * (n + 10.0 * n.sqrt());
    (largest > MAX_MEAN)
        .then_some("n too large or p too small, see Generator.negative_binomial Notes")
}

/// No more can be drawn than there are.
pub(in crate::random) fn drawn((good, bad, n): (i64, i64, i64)) -> Option<&'static str> {
    let total = good.checked_add(bad);
    (total.is_none_or(|total| total < n)).then_some("ngood + nbad < nsample")
}
