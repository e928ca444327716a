//! Which elements are shown, and how their texts are set in brackets and lines.

use super::{Elements, PrintOptions, items};
use jitney_ir::{Scalar, Shape};

/// What surrounds the brackets and stands between the items.
pub(super) struct Frame {
    /// Stands between the items of a row.
    pub separator: &'static str,
    /// Characters before the opening bracket: continuation lines are indented past them.
    pub prefix: usize,
    /// Characters kept free after the closing bracket.
    pub suffix: usize,
}

/// Whether the array is too large for all of it to be shown.
pub(super) fn is_cut(shape: &Shape, options: &PrintOptions) -> bool {
    !shape.is_empty() && shape.len() > options.threshold
}

/// How many elements are shown.
pub(super) fn n_shown(shape: &Shape, options: &PrintOptions) -> usize {
    axes(shape, options).into_iter().map(Axis::n_shown).fold(1, usize::saturating_mul)
}

/// The elements in nested brackets; a 0-d array has none.
pub(super) fn brackets(elements: &Elements<'_>, options: &PrintOptions, frame: &Frame) -> String {
    if elements.shape.is_empty() {
        return "[]".to_owned();
    }
    let axes = axes(elements.shape, options);
    let shown: Vec<Scalar> = places(&axes).map(elements.get).collect();
    let texts = items::texts(elements.dtype, &shown, elements.shape.rank(), options);

    let width = options.linewidth.saturating_sub(frame.suffix);
    let mut writer =
        Writer { separator: frame.separator, texts: texts.into_iter(), out: String::new() };
    writer.nested(&axes, frame.prefix + 1, width);
    writer.out
}

/// Elements shown of an array that is cut, at most.
const MAX_SHOWN: usize = 1 << 19;

/// What is shown of each axis.
///
/// The ends of many axes are many elements, and an axis that is no longer than its ends is not
/// cut at all: where NumPy would show more than [`MAX_SHOWN`] elements, the outermost axes show
/// their first item only.
pub(crate) fn axes(shape: &Shape, options: &PrintOptions) -> Vec<Axis> {
    let is_cut = is_cut(shape, options);
    let whole_or_ends = |&extent| Axis::new(extent, is_cut, options.edgeitems);
    let mut axes: Vec<Axis> = shape.extents().iter().map(whole_or_ends).collect();
    let mut n_shown = 1_usize;
    for axis in axes.iter_mut().rev() {
        let n_more = n_shown.saturating_mul(axis.n_shown());
        if is_cut && n_more > MAX_SHOWN {
            (axis.leading, axis.trailing) = (1, 0);
        } else {
            n_shown = n_more;
        }
    }
    axes
}

/// The part of one axis that is shown: all of it, or its ends.
#[derive(Clone, Copy)]
pub(crate) struct Axis {
    extent: usize,
    /// Items at the beginning.
    pub leading: usize,
    /// Items at the end.
    pub trailing: usize,
}

impl Axis {
    fn new(extent: usize, cut: bool, edge: usize) -> Axis {
        if cut && edge.saturating_mul(2) < extent {
            // NumPy shows the last item even where no edge items are wanted.
            Axis { extent, leading: edge, trailing: edge.max(1) }
        } else {
            Axis { extent, leading: 0, trailing: extent }
        }
    }

    /// Whether something is left out.
    pub(crate) fn has_gap(self) -> bool {
        self.n_shown() < self.extent
    }

    fn n_shown(self) -> usize {
        self.leading + self.trailing
    }

    /// How many items and gaps there are.
    fn n_entries(self) -> usize {
        self.n_shown() + usize::from(self.has_gap())
    }

    /// What is shown at a place among items and gaps; `None` is the gap.
    fn entry(self, place: usize) -> Option<usize> {
        match place < self.leading || !self.has_gap() {
            true => Some(place),
            false => (place > self.leading).then(|| self.extent - self.n_entries() + place),
        }
    }

    /// What is shown, in order.
    fn entries(self) -> impl Iterator<Item = Option<usize>> {
        (0..self.n_entries()).map(move |place| self.entry(place))
    }

    /// The item that is shown before which there are `n` others.
    fn item(self, n: usize) -> usize {
        if n < self.leading { n } else { self.extent - self.n_shown() + n }
    }
}

/// The flat index of each element shown, in order.
fn places(axes: &[Axis]) -> impl Iterator<Item = usize> {
    let mut strides = vec![1_usize; axes.len()];
    for axis in (1..axes.len()).rev() {
        strides[axis - 1] = strides[axis].wrapping_mul(axes[axis].extent);
    }
    let first = axes.iter().zip(&strides).map(|(axis, stride)| axis.item(0).wrapping_mul(*stride));
    let mut place = first.fold(0, usize::wrapping_add);
    // How many items of each axis come before.
    let mut numbers = vec![0; axes.len()];
    let n_shown: usize = axes.iter().map(|axis| axis.n_shown()).product();
    (0..n_shown).map(move |_| {
        let current = place;
        for ((axis, number), stride) in axes.iter().zip(&mut numbers).zip(&strides).rev() {
            let before = axis.item(*number);
            *number = (*number + 1) % axis.n_shown();
            let step = axis.item(*number).wrapping_sub(before);
            place = place.wrapping_add(step.wrapping_mul(*stride));
            if *number > 0 {
                break;
            }
        }
        current
    })
}

/// Writes the texts of the elements, which it takes in the order of [`places`].
struct Writer {
    separator: &'static str,
    texts: std::vec::IntoIter<String>,
    out: String,
}

impl Writer {
    /// Writes the outermost bracket, whose content starts at column `indent`. Axes may be many:
    /// how deep it is in brackets is kept in a list.
    fn nested(&mut self, axes: &[Axis], indent: usize, width: usize) {
        let Some((&last, outer)) = axes.split_last() else {
            return self.out.extend(self.texts.next());
        };
        // The place among items and gaps on each outer axis whose bracket is open.
        let mut open: Vec<usize> = Vec::with_capacity(outer.len());
        loop {
            if open.len() < outer.len() {
                self.out.push('[');
                open.push(0);
            } else {
                // Each level leaves room for its own closing bracket.
                self.row(last, indent + outer.len(), width.saturating_sub(outer.len()));
                step(&mut open);
            }
            // To the next item, past gaps and ends.
            loop {
                let Some(&place) = open.last() else { return };
                let (depth, axis) = (open.len(), outer[open.len() - 1]);
                if place == axis.n_entries() {
                    self.out.push(']');
                    open.pop();
                    step(&mut open);
                    continue;
                }
                if place > 0 {
                    self.out.push_str(self.separator.trim_end());
                    // One blank line more for every further axis.
                    self.out.extend(std::iter::repeat_n('\n', axes.len() - depth));
                    self.indent(indent + depth - 1);
                }
                if axis.entry(place).is_some() {
                    break;
                }
                self.out.push_str("...");
                step(&mut open);
            }
        }
    }

    /// Writes the innermost bracket, wrapped where an item would pass the line's end.
    fn row(&mut self, axis: Axis, indent: usize, width: usize) {
        // A comma or a bracket follows each item.
        let item_end = width.saturating_sub(1);
        self.out.push('[');
        let mut column = indent;
        for (position, entry) in axis.entries().enumerate() {
            if position > 0 {
                self.out.push_str(self.separator);
                column += self.separator.len();
            }
            let text = match entry {
                Some(_) => self.texts.next().unwrap_or_default(),
                None => "...".to_owned(),
            };
            let length = text.chars().count();
            // An item that is too long for a line of its own gains nothing from one.
            if column + length > item_end && column > indent {
                self.out.truncate(self.out.trim_end().len());
                self.out.push('\n');
                self.indent(indent);
                column = indent;
            }
            self.out.push_str(&text);
            column += length;
        }
        self.out.push(']');
    }

    fn indent(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }
}

/// Goes to the next place on the innermost axis that is open.
fn step(open: &mut [usize]) {
    if let Some(place) = open.last_mut() {
        *place += 1;
    }
}
