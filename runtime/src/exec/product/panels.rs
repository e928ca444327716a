//! How a product of matrices is cut into panels: parts of the result, which different threads
//! compute, and between which the host is heard.
//!
//! A sum is never cut, so that every panel has the bits that the whole has; but for this the
//! library must add up the panel as it would the whole. It has ways of its own for results of at
//! most 256 elements, of at most 64 rows and 64 columns, and of one row or column (version 0.19 of
//! the `gemm` crate). A result of none of these kinds has no panel of one of them.

/// Rows or columns that the library computes together are parts of this many.
const ALIGNED: usize = 96;

/// Elements of a panel, and rows or columns along the longer axis, are more than these.
const SMALL: usize = 256;
const SHORT: usize = 64;

/// The least extent of a panel along the shorter axis, if that is cut.
const MIN_SHORT: usize = 8;

/// The panels of a result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panels {
    rows: Cuts,
    columns: Cuts,
}

/// A part of the rows or columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub start: usize,
    pub len: usize,
}

impl Panels {
    /// About so many panels, as square as possible: what they have in common is read by each.
    pub fn of(m: usize, n: usize, wanted: usize) -> Panels {
        let whole = Panels { rows: Cuts::none(m), columns: Cuts::none(n) };
        let (long, short) = (m.max(n), m.min(n));
        let least = (SMALL / short.max(1)).max(SHORT) + MIN_SHORT;
        if wanted < 2 || long < 2 * least {
            return whole;
        }
        let side = ((long as f64 * short as f64) / wanted as f64).sqrt();
        let parts = (short as f64 / side).round() as usize;
        let mut across = Cuts::new(short, parts, MIN_SHORT);
        let along = Cuts::new(long, wanted.div_ceil(across.parts), least);
        // Where the longer axis has no more to give.
        if across.parts * along.parts < wanted {
            across = Cuts::new(short, wanted.div_ceil(along.parts), MIN_SHORT);
        }
        if m >= n {
            Panels { rows: along, columns: across }
        } else {
            Panels { rows: across, columns: along }
        }
    }

    pub fn count(&self) -> usize {
        self.rows.parts * self.columns.parts
    }

    /// The rows and columns of a panel.
    pub fn panel(&self, number: usize) -> (Part, Part) {
        let columns = self.columns.parts;
        (self.rows.part(number / columns), self.columns.part(number % columns))
    }
}

/// An axis in parts of nearly the same length.
#[derive(Clone, Copy, Debug)]
struct Cuts {
    extent: usize,
    parts: usize,
    /// Cuts are at multiples of it.
    unit: usize,
}

impl Cuts {
    fn none(extent: usize) -> Cuts {
        Cuts { extent, parts: 1, unit: 1 }
    }

    fn new(extent: usize, parts: usize, least: usize) -> Cuts {
        let parts = parts.clamp(1, (extent / least).max(1));
        let unit = if extent / parts >= 2 * ALIGNED.max(least) { ALIGNED } else { least };
        Cuts { extent, parts, unit }
    }

    fn part(&self, number: usize) -> Part {
        let start = self.start(number);
        Part { start, len: self.start(number + 1) - start }
    }

    fn start(&self, number: usize) -> usize {
        if number == self.parts {
            return self.extent;
        }
        (self.extent / self.unit) * number / self.parts * self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::{Cuts, Panels};

    /// What of its ways the library goes for a result.
    fn kind(m: usize, n: usize) -> (bool, bool, bool, bool) {
        (m * n <= 256, m <= 64 && n <= 64, m == 1, n == 1)
    }

    #[test]
    fn panels_are_the_whole_and_of_its_kind() {
        let extents = [1, 2, 3, 7, 8, 9, 31, 64, 65, 96, 128, 191, 192, 200, 257, 500, 1000, 6000];
        for m in extents {
            for n in extents {
                for wanted in [1, 2, 3, 8, 50, 1000] {
                    let panels = Panels::of(m, n, wanted);
                    let Cuts { parts: n_columns, .. } = panels.columns;
                    let (mut next_row, mut next_column, mut area) = (0, 0, 0);
                    for number in 0..panels.count() {
                        let (rows, columns) = panels.panel(number);
                        next_column = if number % n_columns == 0 { 0 } else { next_column };
                        next_row = if rows.start == next_row { next_row } else { rows.start };
                        assert_eq!(columns.start, next_column, "{m} {n} {wanted}");
                        next_column += columns.len;
                        area += rows.len * columns.len;
                        assert_eq!(kind(rows.len, columns.len), kind(m, n), "{m} {n} {wanted}");
                    }
                    assert_eq!(area, m * n, "{m} {n} {wanted}");
                    assert!(panels.count() <= 2 * wanted, "{m} {n} {wanted}: {panels:?}");
                }
            }
        }
    }

    #[test]
    fn panels_of_large_results_are_about_square() {
        for (m, n, wanted, rows, columns) in [
            (6000, 6000, 400, 20, 20),
            (1000, 1000, 8, 3, 3),
            (10_000, 100, 8, 8, 1),
            (100, 10_000, 8, 1, 8),
            (200, 3000, 1, 1, 1),
        ] {
            let panels = Panels::of(m, n, wanted);
            assert_eq!((panels.rows.parts, panels.columns.parts), (rows, columns), "{m} {n}");
        }
    }
}
