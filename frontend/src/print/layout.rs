//! Which elements are shown, and how their texts are set in brackets and lines.

use super::{Elements, PrintOptions, items};
use jitney_ir::Shape;

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

fn axes(shape: &Shape, options: &PrintOptions) -> Vec<Axis> {
    let axis = |&extent: &usize| Axis::new(extent, is_cut(shape, options), options.edgeitems);
    shape.extents().iter().map(axis).collect()
}

/// How many elements are shown.
pub(super) fn n_shown(shape: &Shape, options: &PrintOptions) -> usize {
    let along = |axis: Axis| axis.leading.saturating_add(axis.trailing);
    axes(shape, options).into_iter().map(along).fold(1, usize::saturating_mul)
}

/// The elements in nested brackets; a 0-d array has none.
pub(super) fn brackets(elements: &Elements<'_>, options: &PrintOptions, frame: &Frame) -> String {
    if elements.shape.is_empty() {
        return "[]".to_owned();
    }
    let axes = axes(elements.shape, options);
    let mut shown = Vec::new();
    visit(&axes, 0, &mut |index| shown.push((elements.get)(index)));
    let texts = items::texts(elements.dtype, &shown, elements.shape.rank(), options);

    let width = options.linewidth.saturating_sub(frame.suffix);
    let mut writer =
        Writer { separator: frame.separator, texts: texts.into_iter(), out: String::new() };
    writer.nested(&axes, frame.prefix + 1, width);
    writer.out
}

/// The part of one axis that is shown: all of it, or both ends.
#[derive(Clone, Copy)]
struct Axis {
    extent: usize,
    leading: usize,
    trailing: usize,
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

    fn has_gap(self) -> bool {
        self.leading + self.trailing < self.extent
    }

    /// What is shown, in order; `None` is the gap.
    fn entries(self) -> impl Iterator<Item = Option<usize>> {
        let gap = self.has_gap().then_some(None);
        let tail = self.extent - self.trailing..self.extent;
        (0..self.leading).map(Some).chain(gap).chain(tail.map(Some))
    }
}

/// Calls `show` with the flat index of each element shown, in order.
fn visit(axes: &[Axis], start: usize, show: &mut dyn FnMut(usize)) {
    let Some((axis, inner)) = axes.split_first() else { return show(start) };
    for index in axis.entries().flatten() {
        visit(inner, start.wrapping_mul(axis.extent).wrapping_add(index), show);
    }
}

/// Writes the texts of the elements, which it takes in the order of [`visit`].
struct Writer {
    separator: &'static str,
    texts: std::vec::IntoIter<String>,
    out: String,
}

impl Writer {
    /// Writes one bracket whose content starts at column `indent`.
    fn nested(&mut self, axes: &[Axis], indent: usize, width: usize) {
        match axes {
            [] => self.out.extend(self.texts.next()),
            [row] => self.row(*row, indent, width),
            [axis, inner @ ..] => {
                self.out.push('[');
                for (position, entry) in axis.entries().enumerate() {
                    if position > 0 {
                        self.out.push_str(self.separator.trim_end());
                        // One blank line more for every further axis.
                        self.out.extend(std::iter::repeat_n('\n', inner.len()));
                        self.indent(indent);
                    }
                    match entry {
                        // Each level leaves room for its own closing bracket.
                        Some(_) => self.nested(inner, indent + 1, width.saturating_sub(1)),
                        None => self.out.push_str("..."),
                    }
                }
                self.out.push(']');
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
