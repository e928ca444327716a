//! Reductions.

use super::{Called, array_value};
use crate::formula::args::Arguments;
use crate::reduce::Axes;
use crate::{Array, DType, Over};

/// The axes, dtype, `ddof` and `keepdims` of a reduction, as far as it has them.
struct Options {
    axes: Axes,
    dtype: Option<DType>,
    ddof: f64,
    keepdims: bool,
}

impl Options {
    fn over(self) -> Over {
        let over = Over::from(self.axes);
        let over = if self.keepdims { over.keepdims() } else { over };
        let over = over.ddof(self.ddof);
        match self.dtype {
            Some(dtype) => over.dtype(dtype),
            None => over,
        }
    }
}

/// A reduction with the parameters `a, axis, keepdims`.
fn plain(args: &mut Arguments, reduce: fn(&Array, Over) -> Array) -> Called {
    let a = args.array()?;
    let (axes, keepdims) = (args.axes()?, args.flag_or(false)?);
    array_value(reduce(&a, Options { axes, dtype: None, ddof: 0.0, keepdims }.over()))
}

/// A reduction with the parameters `a, axis, dtype, keepdims`.
fn typed(args: &mut Arguments, reduce: fn(&Array, Over) -> Array) -> Called {
    let a = args.array()?;
    let (axes, dtype, keepdims) = (args.axes()?, args.dtype()?, args.flag_or(false)?);
    array_value(reduce(&a, Options { axes, dtype, ddof: 0.0, keepdims }.over()))
}

/// A reduction with the parameters `a, axis, dtype, ddof, keepdims`.
fn spread(args: &mut Arguments, reduce: fn(&Array, Over) -> Array) -> Called {
    let a = args.array()?;
    let (axes, dtype, ddof) = (args.axes()?, args.dtype()?, args.float_or(0.0)?);
    let keepdims = args.flag_or(false)?;
    array_value(reduce(&a, Options { axes, dtype, ddof, keepdims }.over()))
}

macro_rules! reductions {
    ($($name:ident: $form:ident;)*) => {$(
        pub(in crate::formula) fn $name(args: &mut Arguments) -> Called {
            $form(args, |a, over| crate::$name(a, over))
        }
    )*};
}

reductions! {
    sum: typed;
    prod: typed;
    mean: typed;
    std: spread;
    var: spread;
    min: plain;
    max: plain;
    ptp: plain;
    any: plain;
    all: plain;
    argmin: plain;
    argmax: plain;
    count_nonzero: plain;
}
