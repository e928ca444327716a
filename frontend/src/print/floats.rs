//! Floats as NumPy prints them: one notation and one alignment for a whole array.
//!
//! The digits themselves come from Rust's formatting. Like NumPy's algorithm (Dragon4) it
//! yields the shortest digits that read back as the same value, or, where a number of
//! digits is asked for, those of the exact value rounded half to even. Everything here is
//! choice: of notation, of the number of digits, and of padding.

use super::{FloatMode, PrintOptions, SignMode};
use jitney_ir::{DType, Scalar};

/// The most fractional digits that are ever printed; NumPy refuses a little more.
const MAX_PRECISION: usize = 16_000;

/// A float of either precision.
#[derive(Clone, Copy)]
pub(super) struct Float {
    /// The value; exact, as every `float32` is a `float64`.
    value: f64,
    /// Whether the dtype is `float32`: its shortest digits are fewer.
    single: bool,
}

impl Float {
    /// The scalar's value.
    pub fn new(scalar: Scalar) -> Float {
        Float { value: scalar.to_f64(), single: scalar.dtype == DType::F32 }
    }

    /// Whether the text means this number, sign aside, at its own precision.
    fn is_read_from(self, text: &str) -> bool {
        let size = self.value.abs();
        if self.single { text.parse() == Ok(size as f32) } else { text.parse() == Ok(size) }
    }

    /// The size from which an exponent is used. For `float32` it is always the end of its
    /// digits; for `float64` scalars have a later one than arrays.
    fn exponent_limit(self, double_limit: f64) -> f64 {
        if self.single { 1e6 } else { double_limit }
    }
}

/// The text of a float on its own: all its digits, no padding.
pub(super) fn float_str(float: Float) -> String {
    let size = float.value.abs();
    if !size.is_finite() {
        return non_finite(float.value, "", "nan", "inf");
    }
    let plain = size == 0.0 || (size >= 1e-4 && size < float.exponent_limit(1e16));
    let notation = if plain { Notation::Positional } else { Notation::Scientific };
    let number = notation.split(float, Digits::UNIQUE);
    let sign = if float.value.is_sign_negative() { "-" } else { "" };
    match (notation, number.fraction.as_str()) {
        (Notation::Positional, "") => format!("{sign}{}.0", number.whole),
        (Notation::Positional, fraction) => format!("{sign}{}.{fraction}", number.whole),
        (Notation::Scientific, "") => format!("{sign}{}{}", number.whole, number.exponent(0)),
        (Notation::Scientific, fraction) => {
            format!("{sign}{}.{fraction}{}", number.whole, number.exponent(0))
        }
    }
}

fn non_finite(value: f64, mark: &str, nan: &str, inf: &str) -> String {
    if value.is_nan() {
        format!("{mark}{nan}")
    } else if value < 0.0 {
        format!("-{inf}")
    } else {
        format!("{mark}{inf}")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Positional,
    Scientific,
}

/// How many fractional digits a number gets.
#[derive(Clone, Copy)]
struct Digits {
    /// Whether digits end where they tell the value from its neighbours.
    unique: bool,
    /// The most digits, or their number if they do not end by themselves.
    most: usize,
    /// The fewest digits; those past the unique ones are the exact value's.
    fewest: usize,
    /// Whether trailing zeros are dropped.
    trim: bool,
}

impl Digits {
    const UNIQUE: Digits = Digits { unique: true, most: MAX_PRECISION, fewest: 0, trim: true };

    fn new(options: &PrintOptions) -> Digits {
        let most = options.precision.min(MAX_PRECISION);
        match options.floatmode {
            FloatMode::Fixed => Digits { unique: false, most, fewest: most, trim: false },
            FloatMode::Unique => Digits::UNIQUE,
            FloatMode::MaxPrec | FloatMode::MaxPrecEqual => Digits { most, ..Digits::UNIQUE },
        }
    }

    /// The same with exactly the given number of digits.
    fn exactly(self, count: usize) -> Digits {
        Digits { most: count, fewest: count, trim: false, ..self }
    }
}

/// The digits of a finite number's absolute value.
struct Number {
    whole: String,
    fraction: String,
    /// The power of ten; zero in positional notation.
    power: i32,
}

impl Number {
    /// Splits what Rust's formatting wrote.
    fn parse(text: &str) -> Number {
        let (digits, power) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        Number {
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
            power: power.parse().unwrap_or(0),
        }
    }

    /// The exponent's text, with at least two digits as in C.
    fn exponent(&self, digits: usize) -> String {
        let sign = if self.power < 0 { '-' } else { '+' };
        format!("e{sign}{:01$}", self.power.unsigned_abs(), digits.max(2))
    }
}

impl Notation {
    /// The digits of a finite number.
    fn split(self, float: Float, digits: Digits) -> Number {
        let shortest = self.shortest(float);
        let length = Number::parse(&shortest).fraction.len();
        let wanted = length.clamp(digits.fewest, digits.most);
        let rounded = self.rounded(float, wanted);
        // Where two shortest texts are equally near, Rust takes the greater and NumPy the even
        // one, as rounding does. But rounding to so few digits may miss a narrow interval.
        let keep_shortest = digits.unique && wanted == length && !float.is_read_from(&rounded);
        let mut number = Number::parse(if keep_shortest { &shortest } else { &rounded });
        if digits.trim {
            number.fraction.truncate(number.fraction.trim_end_matches('0').len());
        }
        number
    }

    fn shortest(self, float: Float) -> String {
        let size = float.value.abs();
        match (self, float.single) {
            (Notation::Positional, true) => format!("{}", size as f32),
            (Notation::Positional, false) => format!("{size}"),
            (Notation::Scientific, true) => format!("{:e}", size as f32),
            (Notation::Scientific, false) => format!("{size:e}"),
        }
    }

    fn rounded(self, float: Float, precision: usize) -> String {
        let size = float.value.abs();
        match self {
            Notation::Positional => format!("{size:.precision$}"),
            Notation::Scientific => format!("{size:.precision$e}"),
        }
    }
}

/// The common format of an array's floats.
pub(super) struct FloatFormat<'a> {
    options: &'a PrintOptions,
    notation: Notation,
    digits: Digits,
    /// Characters before the decimal point.
    left: usize,
    /// Characters after it.
    right: usize,
    exponent_digits: usize,
}

impl<'a> FloatFormat<'a> {
    /// The format that suits all of the given numbers.
    pub fn new(floats: &[Float], options: &'a PrintOptions) -> FloatFormat<'a> {
        let finite: Vec<Float> = floats.iter().copied().filter(|f| f.value.is_finite()).collect();
        let mut format = FloatFormat {
            options,
            notation: choose_notation(&finite, options.suppress),
            digits: Digits::new(options),
            left: 0,
            right: 0,
            exponent_digits: 0,
        };
        if !finite.is_empty() {
            format.measure(&finite);
        }
        if finite.len() < floats.len() {
            format.make_room_for_non_finite(floats);
        }
        format
    }

    /// Sets widths from a first printing of every number.
    fn measure(&mut self, finite: &[Float]) {
        let mut fraction = 0;
        for &float in finite {
            let number = self.notation.split(float, self.digits);
            self.left = self.left.max(self.sign(float).len() + number.whole.len());
            fraction = fraction.max(number.fraction.len());
            self.exponent_digits = self.exponent_digits.max(number.exponent(0).len() - "e+".len());
        }
        let any_negative = finite.iter().any(|float| float.value.is_sign_negative());
        if self.options.sign == SignMode::Space && !any_negative {
            self.left += 1;
        }
        self.right = fraction;
        if self.notation == Notation::Scientific {
            self.digits = self.digits.exactly(fraction);
            self.right += "e+".len() + self.exponent_digits;
        } else if matches!(self.options.floatmode, FloatMode::Fixed | FloatMode::MaxPrecEqual) {
            self.digits = self.digits.exactly(fraction);
        }
    }

    fn make_room_for_non_finite(&mut self, floats: &[Float]) {
        let signed = self.options.sign != SignMode::NegativeOnly
            || floats.iter().any(|float| float.value == f64::NEG_INFINITY);
        let nan = self.options.nanstr.chars().count();
        let inf = self.options.infstr.chars().count() + usize::from(signed);
        let after_left = self.right + ".".len();
        self.left = self.left.max(nan.max(inf).saturating_sub(after_left));
    }

    /// The sign of a number. The space of [`SignMode::Space`] comes from padding.
    fn sign(&self, float: Float) -> &'static str {
        match self.options.sign {
            _ if float.value.is_sign_negative() => "-",
            SignMode::Plus => "+",
            SignMode::NegativeOnly | SignMode::Space => "",
        }
    }

    /// The text of one of the numbers, padded on both sides.
    pub fn text(&self, float: Float) -> String {
        if !float.value.is_finite() {
            let mark = if self.options.sign == SignMode::Plus { "+" } else { "" };
            let text = non_finite(float.value, mark, &self.options.nanstr, &self.options.infstr);
            return format!("{text:>0$}", self.left + self.right + 1);
        }
        let number = self.notation.split(float, self.digits);
        let whole = format!("{}{}", self.sign(float), number.whole);
        let mut after = number.fraction.clone();
        if self.notation == Notation::Scientific {
            after += &number.exponent(self.exponent_digits);
        }
        format!("{whole:>0$}.{after:<1$}", self.left, self.right)
    }
}

/// An exponent is used where plain digits would be many, or mostly zeros.
fn choose_notation(finite: &[Float], suppress: bool) -> Notation {
    let sizes = || finite.iter().map(|float| float.value.abs()).filter(|&size| size != 0.0);
    let (Some(first), Some(largest)) = (finite.first(), sizes().reduce(f64::max)) else {
        return Notation::Positional;
    };
    let smallest = sizes().fold(largest, f64::min);
    // NumPy compares in the array's own precision, where these two round.
    let (lowest_plain, ratio) = if first.single {
        (f64::from(1e-4f32), f64::from((largest / smallest) as f32))
    } else {
        (1e-4, largest / smallest)
    };
    let far_apart = smallest < lowest_plain || ratio > 1000.0;
    if largest >= first.exponent_limit(1e8) || (far_apart && !suppress) {
        Notation::Scientific
    } else {
        Notation::Positional
    }
}
