//! The functions of formulas, one row each: name, NumPy's signature, what it does.
//!
//! Elementwise functions need no row: they are those of the operation table of `ir`.

use super::args::{self, Arguments, Given};
use super::ast::Span;
use super::calls;
use super::error::Fault;
use super::value::Value;
use jitney_ir::ops::Elementwise;

/// A function that a name stands for.
#[derive(Clone, Copy)]
pub(super) enum Function {
    /// A row of the elementwise table, under the name that it was written by.
    Elementwise(Elementwise, &'static str),
    Row(&'static Row),
}

/// A function that is not elementwise, or more than elementwise.
pub(super) struct Row {
    name: &'static str,
    /// As Python prints it; NumPy's parameters that mean nothing here (`out`) are left out,
    /// and those after them can be given by keyword only.
    signature: &'static str,
    run: fn(&mut Arguments) -> Result<Value, Fault>,
}

macro_rules! rows {
    ($($name:literal ($signature:literal) $run:path;)*) => {
        const ROWS: &[Row] = &[$(Row { name: $name, signature: $signature, run: $run },)*];
    };
}

rows! {
    "sum" ("a, axis=None, dtype=None, *, keepdims=False") calls::sum;
    "prod" ("a, axis=None, dtype=None, *, keepdims=False") calls::prod;
    "mean" ("a, axis=None, dtype=None, *, keepdims=False") calls::mean;
    "std" ("a, axis=None, dtype=None, *, ddof=0, keepdims=False") calls::std;
    "var" ("a, axis=None, dtype=None, *, ddof=0, keepdims=False") calls::var;
    "min" ("a, axis=None, *, keepdims=False") calls::min;
    "amin" ("a, axis=None, *, keepdims=False") calls::min;
    "max" ("a, axis=None, *, keepdims=False") calls::max;
    "amax" ("a, axis=None, *, keepdims=False") calls::max;
    "ptp" ("a, axis=None, *, keepdims=False") calls::ptp;
    "any" ("a, axis=None, *, keepdims=False") calls::any;
    "all" ("a, axis=None, *, keepdims=False") calls::all;
    "argmin" ("a, axis=None, *, keepdims=False") calls::argmin;
    "argmax" ("a, axis=None, *, keepdims=False") calls::argmax;
    "count_nonzero" ("a, axis=None, *, keepdims=False") calls::count_nonzero;

    "array" ("object, dtype=None") calls::array;
    "asarray" ("a, dtype=None") calls::array;
    "zeros" ("shape, dtype=float64") calls::zeros;
    "ones" ("shape, dtype=float64") calls::ones;
    "empty" ("shape, dtype=float64") calls::zeros;
    "full" ("shape, fill_value, dtype=None") calls::full;
    "zeros_like" ("a, dtype=None") calls::zeros_like;
    "ones_like" ("a, dtype=None") calls::ones_like;
    "empty_like" ("a, dtype=None") calls::zeros_like;
    "full_like" ("a, fill_value, dtype=None") calls::full_like;
    "arange" ("start, stop=None, step=1, dtype=None") calls::arange;
    "linspace" ("start, stop, num=50, endpoint=True, *, dtype=None") calls::linspace;
    "logspace" ("start, stop, num=50, endpoint=True, base=10.0, dtype=None") calls::logspace;
    "eye" ("N, M=None, k=0, dtype=float64") calls::eye;
    "identity" ("n, dtype=float64") calls::identity;
    "meshgrid" ("*xi, indexing='xy'") calls::meshgrid;
    "indices" ("dimensions, dtype=int64") calls::indices;

    "reshape" ("a, shape, order='C'") calls::reshape;
    "ravel" ("a, order='C'") calls::ravel;
    "transpose" ("a, axes=None") calls::transpose;
    "permute_dims" ("a, axes=None") calls::transpose;
    "matrix_transpose" ("x") calls::matrix_transpose;
    "swapaxes" ("a, axis1, axis2") calls::swapaxes;
    "moveaxis" ("a, source, destination") calls::moveaxis;
    "expand_dims" ("a, axis") calls::expand_dims;
    "squeeze" ("a, axis=None") calls::squeeze;
    "broadcast_to" ("array, shape") calls::broadcast_to;
    "broadcast_arrays" ("*args") calls::broadcast_arrays;
    "atleast_1d" ("ary") calls::atleast_1d;
    "atleast_2d" ("ary") calls::atleast_2d;
    "flip" ("m, axis=None") calls::flip;
    "concatenate" ("arrays, axis=0, *, dtype=None") calls::concatenate;
    "concat" ("arrays, axis=0, *, dtype=None") calls::concatenate;
    "stack" ("arrays, axis=0, *, dtype=None") calls::stack;
    "hstack" ("tup, *, dtype=None") calls::hstack;
    "vstack" ("tup, *, dtype=None") calls::vstack;
    "dstack" ("tup") calls::dstack;
    "column_stack" ("tup") calls::column_stack;
    "astype" ("x, dtype") calls::astype;
    "copy" ("a") calls::copy;
    "shape" ("a") calls::shape;
    "ndim" ("a") calls::ndim;
    "size" ("a") calls::size;
    "len" ("obj") calls::len;

    "where" ("condition, x, y") calls::where_;
    "select" ("condlist, choicelist, default=0") calls::select;
    "piecewise" ("x, condlist, funclist") calls::piecewise;
    "clip" ("a, a_min=None, a_max=None, *, min=None, max=None") calls::clip;
    "round" ("a, decimals=0") calls::round;
    "around" ("a, decimals=0") calls::round;
    "fix" ("x") calls::fix;
    "sinc" ("x") calls::sinc;
    "real" ("val") calls::real;
    "imag" ("val") calls::imag;
    "conj" ("x") calls::conj;
    "conjugate" ("x") calls::conj;
    "angle" ("z, deg=False") calls::angle;
    "modf" ("x") calls::modf;
    "frexp" ("x") calls::frexp;
    "divmod" ("x1, x2") calls::divmod;
    "isclose" ("a, b, rtol=1e-05, atol=1e-08, equal_nan=False") calls::isclose;
    "allclose" ("a, b, rtol=1e-05, atol=1e-08, equal_nan=False") calls::allclose;
    "nan_to_num" ("x, copy=True, nan=0.0, posinf=None, neginf=None") calls::nan_to_num;
    "matmul" ("x1, x2") calls::matmul;
    "dot" ("a, b") calls::dot;
}

/// Methods of arrays whose signature is not that of the function of the same name.
const METHODS: &[Row] = &[
    Row { name: "reshape", signature: "self, *shape, order='C'", run: calls::reshape_method },
    Row { name: "transpose", signature: "self, *axes", run: calls::transpose_method },
    Row { name: "clip", signature: "self, min=None, max=None", run: calls::clip_method },
    Row { name: "flatten", signature: "self, order='C'", run: calls::ravel },
    Row { name: "item", signature: "self", run: calls::item },
];

/// Functions that are methods of arrays too, with the array as their first argument.
const ALSO_METHODS: &[&str] = &[
    "sum",
    "prod",
    "mean",
    "std",
    "var",
    "min",
    "max",
    "ptp",
    "any",
    "all",
    "argmin",
    "argmax",
    "ravel",
    "swapaxes",
    "squeeze",
    "astype",
    "copy",
    "round",
    "conj",
    "conjugate",
    "dot",
];

/// Further names of elementwise functions.
const ALIASES: &[(&str, Elementwise)] = &[
    ("abs", Elementwise::Absolute),
    ("acos", Elementwise::Arccos),
    ("acosh", Elementwise::Arccosh),
    ("asin", Elementwise::Arcsin),
    ("asinh", Elementwise::Arcsinh),
    ("atan", Elementwise::Arctan),
    ("atan2", Elementwise::Arctan2),
    ("atanh", Elementwise::Arctanh),
    ("bitwise_invert", Elementwise::Invert),
    ("bitwise_left_shift", Elementwise::LeftShift),
    ("bitwise_not", Elementwise::Invert),
    ("bitwise_right_shift", Elementwise::RightShift),
    ("degrees", Elementwise::Rad2deg),
    ("mod", Elementwise::Remainder),
    ("pow", Elementwise::Power),
    ("radians", Elementwise::Deg2rad),
    ("true_divide", Elementwise::Divide),
];

/// Rows of the elementwise table that are halves of a NumPy function, or named otherwise.
const INTERNAL: &[Elementwise] = &[
    Elementwise::FrexpExponent,
    Elementwise::FrexpMantissa,
    Elementwise::ModfFraction,
    Elementwise::ModfIntegral,
    Elementwise::Where,
];

impl Function {
    pub fn lookup(name: &str) -> Option<Function> {
        let row = || ROWS.iter().find(|row| row.name == name).map(Function::Row);
        let alias = || ALIASES.iter().find(|(alias, _)| *alias == name);
        let elementwise = || elementwise().find(|op| op.name() == name);
        row()
            .or_else(|| alias().map(|(alias, op)| Function::Elementwise(*op, alias)))
            .or_else(|| elementwise().map(|op| Function::Elementwise(*op, op.name())))
    }

    /// The method of arrays with the given name.
    pub fn method(name: &str) -> Option<Function> {
        let own = METHODS.iter().find(|row| row.name == name).map(Function::Row);
        own.or_else(|| Function::lookup(ALSO_METHODS.iter().find(|method| **method == name)?))
    }

    pub fn name(self) -> &'static str {
        match self {
            Function::Elementwise(_, name) => name,
            Function::Row(row) => row.name,
        }
    }

    /// Calls the function; `span` is that of the whole call.
    pub fn call(self, given: Vec<Given<'_>>, span: Span) -> Result<Value, Fault> {
        let op = match self {
            Function::Row(row) => {
                let mut arguments = args::bind(row.name, row.signature, given, span)?;
                return (row.run)(&mut arguments);
            }
            Function::Elementwise(op, _) => op,
        };
        let signature = match op.arity() {
            1 => "x",
            _ => "x1, x2",
        };
        let mut arguments = args::bind(self.name(), signature, given, span)?;
        let x = arguments.operand()?;
        Ok(Value::Array(match op.arity() {
            1 => crate::build::elementwise(op, [x]),
            _ => crate::build::elementwise(op, [x, arguments.operand()?]),
        }))
    }
}

/// The elementwise functions.
fn elementwise() -> impl Iterator<Item = &'static Elementwise> {
    Elementwise::NAMED.iter().filter(|op| !INTERNAL.contains(op))
}

/// The name of every function.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let rows = ROWS.iter().map(|row| row.name);
    let aliases = ALIASES.iter().map(|(name, _)| *name);
    rows.chain(elementwise().map(|op| op.name())).chain(aliases)
}

/// The name of every method of arrays.
pub(super) fn method_names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|row| row.name).chain(ALSO_METHODS.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_once() {
        let mut all: Vec<&str> = names().collect();
        let n = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), n, "a function has two rows");
        for name in all {
            assert_eq!(Function::lookup(name).map(Function::name), Some(name));
        }
        for name in method_names() {
            assert_eq!(Function::method(name).map(Function::name), Some(name));
        }
    }
}
