//! Arrays as text, to the letter as NumPy 2.4 prints them.
//!
//! [`array_str`] is what `print(x)` shows and [`array_repr`] what the interactive
//! prompt shows. Printing happens in three steps: `layout` decides which elements
//! are shown and fetches each of them once, `items` turns them into texts of one
//! width (with `floats` for the hard part), and `layout` sets those in brackets
//! and lines. An array of any size prints without its hidden elements being read.

mod floats;
mod items;
pub(crate) mod layout;

use jitney_ir::{DType, Scalar, Shape};
pub use jitney_runtime::files::escaped;

/// The elements of an array, as printing needs them.
#[derive(Clone, Copy)]
pub struct Elements<'a> {
    /// The element type.
    pub dtype: DType,
    /// The extents.
    pub shape: &'a Shape,
    /// The element at a flat index in C order. Called once for each element shown.
    pub get: &'a dyn Fn(usize) -> Scalar,
}

/// A `float64` as Python prints it.
pub(crate) fn float_text(value: f64) -> String {
    items::scalar_str(Scalar::from_f64(DType::F64, value))
}

/// How many digits a float gets (NumPy: `floatmode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FloatMode {
    /// Exactly `precision` fractional digits.
    Fixed,
    /// As many digits as tell the value from its neighbours; `precision` is ignored.
    Unique,
    /// As `Unique`, but at most `precision` fractional digits.
    #[default]
    MaxPrec,
    /// As `MaxPrec`, with the same number of digits for every element.
    MaxPrecEqual,
}

/// What stands before a number that is not negative (NumPy: `sign`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SignMode {
    /// Nothing (NumPy: `'-'`).
    #[default]
    NegativeOnly,
    /// A plus sign (NumPy: `'+'`).
    Plus,
    /// A space (NumPy: `' '`).
    Space,
}

/// NumPy's print options, with NumPy's names, meanings and defaults.
///
/// Three differences, in places where NumPy has no sensible answer: a `precision` above
/// 16000 counts as 16000 (NumPy raises); with `edgeitems: 0` the width of the items
/// follows from those that are shown (NumPy reads the whole array for it); and where the ends
/// of all axes are more than 524288 elements, the outermost axes show their first item only
/// (NumPy shows gigabytes of an array of 26 axes of two items).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintOptions {
    /// Fractional digits of a float, in the sense of `floatmode`.
    pub precision: usize,
    /// Number of elements above which only the edges of each axis are shown.
    pub threshold: usize,
    /// Number of items shown at each end of an axis that is cut.
    pub edgeitems: usize,
    /// Characters per line.
    pub linewidth: usize,
    /// Whether small numbers and large ratios are shown without an exponent.
    pub suppress: bool,
    /// How many digits a float gets.
    pub floatmode: FloatMode,
    /// What stands before a number that is not negative.
    pub sign: SignMode,
    /// The text of a NaN.
    pub nanstr: String,
    /// The text of an infinity, without its sign.
    pub infstr: String,
}

impl Default for PrintOptions {
    fn default() -> PrintOptions {
        PrintOptions {
            precision: 8,
            threshold: 1000,
            edgeitems: 3,
            linewidth: 75,
            suppress: false,
            floatmode: FloatMode::MaxPrec,
            sign: SignMode::NegativeOnly,
            nanstr: "nan".to_owned(),
            infstr: "inf".to_owned(),
        }
    }
}

/// How many elements of an array of the shape are shown. Both ends of each long axis are, so that
/// it may be many if there are many axes.
pub fn n_shown(shape: &Shape, options: &PrintOptions) -> usize {
    layout::n_shown(shape, options)
}

/// The array as `print(x)` shows it.
///
/// NumPy: `numpy.array_str`.
pub fn array_str(elements: &Elements<'_>, options: &PrintOptions) -> String {
    // A 0-d array prints as the scalar it holds, to its last digit.
    if elements.shape.rank() == 0 {
        return items::scalar_str((elements.get)(0));
    }
    layout::brackets(elements, options, &layout::Frame { separator: " ", prefix: 0, suffix: 0 })
}

/// The array as an expression that would make it again.
///
/// NumPy: `numpy.array_repr`.
///
/// # Examples
/// ```
/// use jitney::print::{Elements, PrintOptions, array_repr, array_str};
/// use jitney_ir::{DType, Scalar, Shape};
///
/// let shape = Shape::new(&[2, 2])?;
/// let get = |index: usize| Scalar::from_f64(DType::F32, index as f64 / 2.0);
/// let elements = Elements { dtype: DType::F32, shape: &shape, get: &get };
/// let options = PrintOptions::default();
/// assert_eq!(array_str(&elements, &options), "[[0.  0.5]\n [1.  1.5]]");
/// assert_eq!(
///     array_repr(&elements, &options),
///     "array([[0. , 0.5],\n       [1. , 1.5]], dtype=float32)"
/// );
/// # Ok::<(), jitney_ir::shape::ShapeError>(())
/// ```
pub fn array_repr(elements: &Elements<'_>, options: &PrintOptions) -> String {
    const PREFIX: &str = "array(";
    let frame = layout::Frame { separator: ", ", prefix: PREFIX.len(), suffix: 1 };
    let body = format!("{PREFIX}{}", layout::brackets(elements, options, &frame));
    let Some(extras) = extras(elements, options) else { return body + ")" };

    // What follows the brackets goes to a line of its own where it would be too long.
    let last_line = body.rsplit('\n').next().unwrap_or_default().chars().count() + ",".len();
    let end = last_line.saturating_add(extras.len() + " )".len());
    let spacer =
        if end > options.linewidth { format!("\n{:1$}", "", PREFIX.len()) } else { " ".to_owned() };
    format!("{body},{spacer}{extras})")
}

/// The shape and dtype, as far as they do not follow from the text of the elements.
fn extras(elements: &Elements<'_>, options: &PrintOptions) -> Option<String> {
    let &Elements { dtype, shape, .. } = elements;
    let empty = shape.is_empty();
    let mut extras = Vec::new();
    if (empty && shape.rank() > 1) || layout::is_cut(shape, options) {
        extras.push(format!("shape={shape}"));
    }
    // Literals in Python make these three dtypes, and an empty list says nothing.
    if empty || !matches!(dtype, DType::Bool | DType::I64 | DType::F64) {
        extras.push(format!("dtype={dtype}"));
    }
    (!extras.is_empty()).then(|| extras.join(", "))
}
