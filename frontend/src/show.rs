//! Arrays as text: `Display` is NumPy's `print(x)`, `Debug` its `repr(x)`.

use crate::print::{self, Elements, PrintOptions, layout};
use crate::{Array, Error, concatenate, s};
use jitney_ir::Shape;
use jitney_runtime::{Value, room};
use std::fmt;

/// Elements above which printing an array that is not evaluated computes only the elements
/// that are shown.
const LARGE: usize = 1 << 20;

impl Array {
    /// The text that NumPy's `print` shows, with `...` for the middle of long axes.
    ///
    /// The array is evaluated; of a large one, if it has no value yet, only the elements
    /// that are shown are computed.
    ///
    /// NumPy: `numpy.array_str(x)`.
    ///
    /// # Errors
    /// As [`Array::eval`].
    ///
    /// ```
    /// use jitney as jn;
    /// let x = jn::linspace(0.0, 1.0, 4).reshape([2, 2]);
    /// assert_eq!(x.array_str()?, "[[0.         0.33333333]\n [0.66666667 1.        ]]");
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn array_str(&self) -> Result<String, Error> {
        self.text(print::array_str)
    }

    /// The expression that NumPy's `repr` shows.
    ///
    /// NumPy: `numpy.array_repr(x)`.
    ///
    /// # Errors
    /// As [`Array::eval`].
    ///
    /// ```
    /// use jitney as jn;
    /// assert_eq!(jn::ones([3]).array_repr()?, "array([1., 1., 1.])");
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn array_repr(&self) -> Result<String, Error> {
        self.text(print::array_repr)
    }

    fn text(&self, show: Show) -> Result<String, Error> {
        let options = PrintOptions::default();
        if !self.expr.is_done() && self.size() > LARGE.max(options.threshold) {
            check_room(self.full_shape(), &options)?;
            let axes = layout::axes(self.full_shape(), &options);
            let edges = self.edges(&axes).value()?;
            return Ok(show_edges(show, &edges, self, &axes, &options));
        }
        show_value(show, &self.value()?, &options)
    }

    /// The elements that are shown.
    fn edges(&self, axes: &[layout::Axis]) -> Array {
        let mut edges = self.clone();
        for (number, axis) in axes.iter().enumerate().filter(|(_, axis)| axis.has_gap()) {
            let (leading, trailing) = (axis.leading as isize, axis.trailing as isize);
            // The axis comes first for the slices, and goes back where it was.
            let first = edges.moveaxis(number as isize, 0);
            let start = first.slice(s![..leading]);
            let ends = match trailing {
                0 => start,
                _ => concatenate([&start, &first.slice(s![-trailing..])], 0),
            };
            edges = ends.moveaxis(0, number as isize);
        }
        edges
    }
}

type Show = fn(&Elements<'_>, &PrintOptions) -> String;

/// Bytes that are taken for an element that is shown: the element, its text, and that text within
/// the array's.
const SHOWN_BYTES: usize = 96;

/// Whether there is room for the text of an array, whatever its elements.
fn check_room(shape: &Shape, options: &PrintOptions) -> Result<(), Error> {
    let n_shown = print::n_shown(shape, options);
    room::<[u8; SHOWN_BYTES]>("print", n_shown).map(drop)
}

fn show_value(show: Show, value: &Value, options: &PrintOptions) -> Result<String, Error> {
    check_room(value.shape(), options)?;
    let get = |flat: usize| value.get(flat);
    Ok(show(&Elements { dtype: value.dtype(), shape: value.shape(), get: &get }, options))
}

/// The text of an array of which only the edges are known.
fn show_edges(
    show: Show,
    edges: &Value,
    array: &Array,
    axes: &[layout::Axis],
    options: &PrintOptions,
) -> String {
    let (full, kept) = (array.full_shape(), edges.shape());
    let get = |flat: usize| {
        let (mut rest, mut place, mut step) = (flat, 0, 1);
        for ((&extent, &kept), axis) in full.extents().iter().zip(kept.extents()).zip(axes).rev() {
            let index = rest % extent;
            // What is cut out lies between the two ends.
            let from_start = if index < axis.leading { index } else { index - (extent - kept) };
            place += step * from_start;
            step *= kept;
            rest /= extent;
        }
        edges.get(place)
    };
    show(&Elements { dtype: array.dtype(), shape: full, get: &get }, options)
}

/// NumPy's `print(x)`. An array without a value shows why it has none.
impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.array_str() {
            Ok(text) => f.write_str(&text),
            Err(error) => write!(f, "Array(failed: {error})"),
        }
    }
}

/// NumPy's `repr(x)` if the array has been evaluated; a debugger's look starts no work.
impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value| show_value(print::array_repr, value, &PrintOptions::default());
        match (self.expr.known_value().map(shown), self.error()) {
            (Some(Ok(text)), _) => f.write_str(&text),
            (Some(Err(error)), _) | (None, Some(error)) => write!(f, "Array(failed: {error})"),
            (None, None) => {
                let (dtype, shape) = (self.dtype(), self.full_shape());
                write!(f, "Array({dtype}, shape {shape}, not yet evaluated)")
            }
        }
    }
}
