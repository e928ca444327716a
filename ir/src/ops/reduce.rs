//! The table of reductions.
//!
//! # States of lanes
//! A reduction combines *states*, tuples of lanes: a sum's is one number, that of `argmax` a value
//! and its index. A reduction has an operand for every lane of its state, all of one shape, and an
//! element's state is its element of each. What else might turn elements into states is elementwise,
//! so it is nodes before the reduction, which fuse with it. The indices of `argmax` are an operand
//! like others: an iota, broadcast, of which kernels make an index access. Emitters therefore know
//! of tuples, and of nothing that is peculiar to indices.
//!
//! # What a row says
//! Its lanes, each with the function that gives its *neutral* value; which lane is the result's;
//! the dtypes that it takes; how two states combine, the earlier one first; and what the
//! reduction of nothing is, if it is anything. Two things must hold:
//!
//! * The neutral state is neutral to the bit: combining it with any state, on either side, gives
//!   that state's result back, so that padding is never computed ([`crate::reduction`]).
//! * Combining is deterministic lane by lane, as all lane programs are. It need be neither
//!   associative nor commutative: the order is fixed. That `argmax` is both, as equals are told
//!   apart by their indices, makes its result what NumPy's loop finds from first to last.
//!
//! # Where states are
//! In the graph nowhere: a node has one result, the lane that the row names. In a kernel a state is
//! as many row values as it has lanes, one after the other ([`crate::kernel::RowValue`]), and a
//! phase hands its lanes out in this order. A state of one lane is what a row value always was.

use super::{arithmetic, bits, compare};
use crate::dtype::{DType, Kind};
use crate::lanes::{Builder, LaneType, Program, V};
use crate::scalar::Scalar;
use smallvec::{SmallVec, smallvec};

/// One for each lane of a state.
pub type Lanes<T> = SmallVec<[T; 2]>;

/// How two states combine, by how many lanes they have.
enum Combination {
    /// One, by the meaning of an elementwise operation.
    One(fn(&mut Builder, &[DType], &[V]) -> V),
    /// Several, given their dtypes.
    Several(fn(&mut Builder, &[DType], &[V], &[V]) -> Lanes<V>),
}

use Combination::{One, Several};

macro_rules! reductions {
    ($($(#[$doc:meta])* $variant:ident $name:ident($($lane:ident: $neutral:path),+) -> $result:ident:
        $takes:path, $combine:expr, $nothing:expr;)*
    ) => {
        /// A reduction of the array graph.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reduction { $($(#[$doc])* $variant,)* }

        impl Reduction {
            /// Every reduction.
            pub const ALL: &[Reduction] = &[$(Reduction::$variant,)*];

            /// The name in dumps.
            pub const fn name(self) -> &'static str {
                match self { $(Reduction::$variant => stringify!($name),)* }
            }

            /// How many lanes a state has, and operands the reduction.
            pub const fn n_lanes(self) -> usize {
                match self { $(Reduction::$variant => [$(stringify!($lane)),+].len(),)* }
            }

            /// The lane of a state that is the result.
            pub const fn result_lane(self) -> usize {
                match self { $(Reduction::$variant => {
                    #[allow(dead_code, non_camel_case_types, reason = "lanes, numbered by name")]
                    enum Lane { $($lane),+ }
                    Lane::$result as usize
                })* }
            }

            /// Whether there is a reduction of operands of these dtypes.
            pub fn takes(self, dtypes: &[DType]) -> bool {
                dtypes.len() == self.n_lanes()
                    && match self { $(Reduction::$variant => $takes(dtypes),)* }
            }

            fn combination(self) -> Combination {
                match self { $(Reduction::$variant => $combine,)* }
            }

            /// The neutral value of a lane of the given dtype.
            pub fn identity(self, lane: usize, dtype: DType) -> Scalar {
                let of_lanes: &[fn(DType) -> Scalar] = match self {
                    $(Reduction::$variant => &[$($neutral),+],)*
                };
                of_lanes[lane](dtype)
            }

            /// The result of the dtype over no element, if there is one.
            pub fn of_nothing(self, dtype: DType) -> Option<Scalar> {
                let nothing: Option<fn(DType) -> Scalar> = match self {
                    $(Reduction::$variant => $nothing,)*
                };
                nothing.map(|nothing| nothing(dtype))
            }
        }
    };
}

reductions! {
    /// Sum; any for bool. (The neutral -0.0 is an artifice of the order: nothing sums to +0.0.)
    Sum sum(x: negative_zero) -> x: any_dtype, One(arithmetic::add), Some(zero);
    /// Product; all for bool.
    Prod prod(x: one) -> x: any_dtype, One(arithmetic::multiply), Some(one);
    /// Smallest value, NaN if there is one.
    Min min(x: largest) -> x: any_dtype, One(compare::minimum), None;
    /// Largest value, NaN if there is one.
    Max max(x: smallest) -> x: any_dtype, One(compare::maximum), None;
    /// Whether any value is true.
    Any any(x: no) -> x: bools, One(or), Some(no);
    /// Whether all values are true.
    All all(x: yes) -> x: bools, One(and), Some(yes);
    /// The index of the smallest value, or of a NaN; the smallest index of equals.
    Argmin argmin(value: largest, index: largest) -> index: indexed, Several(first_smallest), None;
    /// The index of the largest value, or of a NaN; the smallest index of equals.
    Argmax argmax(value: smallest, index: largest) -> index: indexed, Several(first_largest), None;
}

impl Reduction {
    /// The reduction of the given name.
    pub fn from_name(name: &str) -> Option<Reduction> {
        Reduction::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// The program that combines two states with lanes of the given dtypes: its parameters are the
    /// lanes of the earlier state and then those of the later one, its results those of both.
    pub fn combination_program(self, dtypes: &[DType]) -> Program {
        let mut b = Builder::new();
        let mut state =
            || -> Lanes<V> { dtypes.iter().map(|dtype| b.param(LaneType::of(*dtype))).collect() };
        let (x, y) = (state(), state());
        let combined = self.combine(&mut b, dtypes, &x, &y);
        b.finish(&combined)
    }

    /// Appends the combination of two states with lanes of the given dtypes, the earlier one first.
    pub fn combine(self, b: &mut Builder, dtypes: &[DType], x: &[V], y: &[V]) -> Lanes<V> {
        match self.combination() {
            One(meaning) => smallvec![meaning(b, &[dtypes[0]; 2], &[x[0], y[0]])],
            Several(combine) => combine(b, dtypes, x, y),
        }
    }
}

fn any_dtype(_: &[DType]) -> bool {
    true
}

fn bools(dtypes: &[DType]) -> bool {
    dtypes == [DType::Bool]
}

/// Values of any dtype with their indices.
fn indexed(dtypes: &[DType]) -> bool {
    dtypes[1] == DType::I64
}

fn or(b: &mut Builder, _: &[DType], args: &[V]) -> V {
    bits::or(b, args[0], args[1])
}

fn and(b: &mut Builder, _: &[DType], args: &[V]) -> V {
    bits::and(b, args[0], args[1])
}

fn first_smallest(b: &mut Builder, dtypes: &[DType], x: &[V], y: &[V]) -> Lanes<V> {
    first(b, dtypes, x, y, compare::less_equal)
}

fn first_largest(b: &mut Builder, dtypes: &[DType], x: &[V], y: &[V]) -> Lanes<V> {
    first(b, dtypes, x, y, compare::greater_equal)
}

/// Of two values with their indices the one that comes first: the better one, a NaN before any
/// number, and of equals the one with the smaller index. `holds` says whether its first argument is
/// as good as the second or better, which NaN neither is nor has anything be.
fn first(
    b: &mut Builder,
    dtypes: &[DType],
    x: &[V],
    y: &[V],
    holds: fn(&mut Builder, &[DType], &[V]) -> V,
) -> Lanes<V> {
    let pair = [dtypes[0]; 2];
    let is_better = |b: &mut Builder, new: V, old: V| {
        let old_holds = holds(b, &pair, &[old, new]);
        let wins = b.not(old_holds);
        match dtypes[0].kind() {
            // Nothing is better than a NaN.
            Kind::Float => {
                let is_number = b.feq(old, old);
                b.and(wins, is_number)
            }
            Kind::Bool | Kind::Signed | Kind::Unsigned => wins,
        }
    };
    let y_wins = is_better(b, y[0], x[0]);
    let x_wins = is_better(b, x[0], y[0]);
    let is_before = b.slt(y[1], x[1]);
    let x_loses = b.not(x_wins);
    let y_is_first = b.and(is_before, x_loses);
    let takes_y = b.or(y_wins, y_is_first);
    smallvec![b.select(takes_y, y[0], x[0]), b.select(takes_y, y[1], x[1])]
}

fn no(_: DType) -> Scalar {
    Scalar::bool(false)
}

fn yes(_: DType) -> Scalar {
    Scalar::bool(true)
}

fn zero(dtype: DType) -> Scalar {
    Scalar::from_i128(dtype, 0)
}

/// `-0.0 + x` is `x` for every float, `-0.0` included; `0.0 + -0.0` is not.
fn negative_zero(dtype: DType) -> Scalar {
    match dtype.kind() {
        Kind::Float => Scalar::from_f64(dtype, -0.0),
        Kind::Bool | Kind::Signed | Kind::Unsigned => Scalar::from_i128(dtype, 0),
    }
}

/// `1 * x` is `x` for every float, NaN's payload aside.
fn one(dtype: DType) -> Scalar {
    Scalar::from_i128(dtype, 1)
}

/// Infinity, not the largest finite float: an infinity must come out of a minimum.
fn largest(dtype: DType) -> Scalar {
    match dtype.kind() {
        Kind::Float => Scalar::from_f64(dtype, f64::INFINITY),
        Kind::Bool | Kind::Signed | Kind::Unsigned => Scalar::from_i128(dtype, dtype.int_range().1),
    }
}

fn smallest(dtype: DType) -> Scalar {
    match dtype.kind() {
        Kind::Float => Scalar::from_f64(dtype, f64::NEG_INFINITY),
        Kind::Bool | Kind::Signed | Kind::Unsigned => Scalar::from_i128(dtype, dtype.int_range().0),
    }
}
