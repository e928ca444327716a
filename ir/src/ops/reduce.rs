//! The table of reductions.
//!
//! # States of lanes
//! A reduction combines *states*, tuples of lanes: a sum's is one number, that of `argmax` a value
//! and its index. The first lane comes from the elements. The second, if there is one, is an
//! `int64` that begins as the element's index: its position in the sequence of the reduced elements
//! ([`crate::reduction`]), along one axis NumPy's index, along several that of the flat array.
//! What else might turn elements into states is elementwise, so it is nodes before the reduction,
//! which fuse with it.
//!
//! # What a row says
//! Its lanes, each with the function that gives its *neutral* value; which lane is the result's;
//! the dtypes that it takes; how states combine; and what the reduction of nothing is, if it is
//! anything. Of several lanes there are three steps:
//!
//! * *accumulate*: a state and an element that comes after all that it stands for. This happens for
//!   every element, so that it has to be short.
//! * *combine*: two states, whichever elements they stand for.
//! * *finish*: of the state of all elements, the lanes that are read.
//!
//! Of one lane they are one step, and nothing. What must hold: a state that is combined or
//! accumulated with the neutral one has the result that it would have without it, so that padding
//! is never computed. For states of one lane it is the same to the bit, and the order is fixed, so
//! that no step need be associative or commutative. Of several lanes the result has to be that of
//! accumulating all elements from the first to the last, which short rows do.
//!
//! `argmax` accumulates what is *better* than the value so far, so that the first of equals stays;
//! and combines to the smaller index of equals. A state whose elements are no better than the neutral
//! value has noted no index. If that is the state of all elements, they are equal, and the first
//! of them, 0, is found by the last step.
//!
//! # Where states are
//! In the graph nowhere: a node has one result. In a kernel a state is as many row values as it has
//! lanes, one after the other ([`crate::kernel::RowValue`]), and a phase hands its lanes out in this
//! order, the index from an index access. Whoever reads the result finishes the state. A state of
//! one lane is a row value as if there were no states.

use super::{arithmetic, bits, compare};
use crate::dtype::{DType, Kind};
use crate::lanes::{Builder, LaneType, Program, V};
use crate::reduction::Meeting;
use crate::scalar::Scalar;
use smallvec::{SmallVec, smallvec};

/// One for each lane of a state.
pub type Lanes<T> = SmallVec<[T; 2]>;

/// The meaning of an elementwise operation.
type Meaning = fn(&mut Builder, &[DType], &[V]) -> V;

type Step = fn(&mut Builder, DType, &[V], &[V]) -> Lanes<V>;

/// How states combine.
enum Steps {
    /// Of one lane, by the meaning of an elementwise operation.
    One(Meaning),
    /// Of several, given the dtype of the elements.
    Several { accumulate: Step, combine: Step, finish: fn(&mut Builder, V) -> V },
}

use Steps::{One, Several};

/// Of values with their indices, by which is better.
macro_rules! first {
    ($accumulate:path, $combine:path) => {
        Several { accumulate: $accumulate, combine: $combine, finish: index_or_first }
    };
}

macro_rules! reductions {
    ($($(#[$doc:meta])* $variant:ident $name:ident($($lane:ident: $neutral:path),+) -> $result:ident:
        $takes:path, $steps:expr, $nothing:expr;)*
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

            /// How many lanes a state has.
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

            /// Whether there is a reduction of elements of the dtype.
            pub fn takes(self, dtype: DType) -> bool {
                match self { $(Reduction::$variant => $takes(dtype),)* }
            }

            fn steps(self) -> Steps {
                match self { $(Reduction::$variant => $steps,)* }
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
    /// The index of the first smallest value, or of the first NaN.
    Argmin argmin(value: largest, index: largest) -> index:
        any_dtype, first!(keep_smallest, first_smallest), None;
    /// The index of the first largest value, or of the first NaN.
    Argmax argmax(value: smallest, index: largest) -> index:
        any_dtype, first!(keep_largest, first_largest), None;
}

impl Reduction {
    /// The reduction of the given name.
    pub fn from_name(name: &str) -> Option<Reduction> {
        Reduction::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// The dtypes of a state's lanes, given that of the elements.
    pub fn state(self, dtype: DType) -> Lanes<DType> {
        let mut lanes = Lanes::from_elem(DType::I64, self.n_lanes());
        lanes[0] = dtype;
        lanes
    }

    /// The dtype of the result, given that of the elements.
    pub fn result(self, dtype: DType) -> DType {
        self.state(dtype)[self.result_lane()]
    }

    /// The program of [`Reduction::meet`]: its parameters are the lanes of the one state and then
    /// those of the other.
    pub fn program(self, how: Meeting, dtype: DType) -> Program {
        let mut b = Builder::new();
        let mut state = || -> Lanes<V> {
            self.state(dtype).into_iter().map(|dtype| b.param(LaneType::of(dtype))).collect()
        };
        let (x, y) = (state(), state());
        let met = self.meet(how, &mut b, dtype, &x, &y);
        b.finish(&met)
    }

    /// Appends what two states come to, the earlier one first: to accumulate, the other is that of an
    /// element that comes after all that the one stands for.
    pub fn meet(self, how: Meeting, b: &mut Builder, dtype: DType, x: &[V], y: &[V]) -> Lanes<V> {
        match (self.steps(), how) {
            (One(meaning), _) => smallvec![meaning(b, &[dtype; 2], &[x[0], y[0]])],
            (Several { accumulate, .. }, Meeting::Accumulate) => accumulate(b, dtype, x, y),
            (Several { combine, .. }, Meeting::Combine) => combine(b, dtype, x, y),
        }
    }

    /// Appends what the result's lane of the state of all elements comes to.
    pub fn finish(self, b: &mut Builder, lane: V) -> V {
        match self.steps() {
            One(_) => lane,
            Several { finish, .. } => finish(b, lane),
        }
    }
}

fn any_dtype(_: DType) -> bool {
    true
}

fn bools(dtype: DType) -> bool {
    dtype == DType::Bool
}

fn or(b: &mut Builder, _: &[DType], args: &[V]) -> V {
    bits::or(b, args[0], args[1])
}

fn and(b: &mut Builder, _: &[DType], args: &[V]) -> V {
    bits::and(b, args[0], args[1])
}

fn keep_smallest(b: &mut Builder, dtype: DType, state: &[V], element: &[V]) -> Lanes<V> {
    keep_first(b, dtype, [state, element], compare::less_equal, compare::minimum)
}

fn keep_largest(b: &mut Builder, dtype: DType, state: &[V], element: &[V]) -> Lanes<V> {
    keep_first(b, dtype, [state, element], compare::greater_equal, compare::maximum)
}

fn first_smallest(b: &mut Builder, dtype: DType, x: &[V], y: &[V]) -> Lanes<V> {
    first(b, dtype, x, y, compare::less_equal)
}

fn first_largest(b: &mut Builder, dtype: DType, x: &[V], y: &[V]) -> Lanes<V> {
    first(b, dtype, x, y, compare::greater_equal)
}

/// Whether a value is better than an older one. Of floats, a NaN is better than any number, and
/// nothing is better than it. `holds` says whether its first argument is as good as the second or
/// better, which NaN neither is nor has anything be.
fn is_better(b: &mut Builder, dtype: DType, new: V, old: V, holds: Meaning) -> V {
    let old_holds = holds(b, &[dtype; 2], &[old, new]);
    let wins = b.not(old_holds);
    match dtype.kind() {
        Kind::Float => {
            let is_number = b.feq(old, old);
            b.and(wins, is_number)
        }
        Kind::Bool | Kind::Signed | Kind::Unsigned => wins,
    }
}

/// The state, unless the element is better. The extremum is that value, and known sooner than which
/// one it is: elements wait for the values before them, and then for little.
fn keep_first(
    b: &mut Builder,
    dtype: DType,
    [x, y]: [&[V]; 2],
    holds: Meaning,
    extremum: Meaning,
) -> Lanes<V> {
    let takes_y = is_better(b, dtype, y[0], x[0], holds);
    smallvec![extremum(b, &[dtype; 2], &[x[0], y[0]]), b.select(takes_y, y[1], x[1])]
}

/// The better state, and of equals the one with the smaller index.
fn first(b: &mut Builder, dtype: DType, x: &[V], y: &[V], holds: Meaning) -> Lanes<V> {
    let y_wins = is_better(b, dtype, y[0], x[0], holds);
    let x_wins = is_better(b, dtype, x[0], y[0], holds);
    let is_before = b.slt(y[1], x[1]);
    let x_loses = b.not(x_wins);
    let y_is_first = b.and(is_before, x_loses);
    let takes_y = b.or(y_wins, y_is_first);
    x.iter().zip(y).map(|(x, y)| b.select(takes_y, *y, *x)).collect()
}

/// The index that has been noted. If there is none, all elements are as bad as can be, and the first
/// of them is the first.
fn index_or_first(b: &mut Builder, index: V) -> V {
    let none = b.bits(LaneType::I64, largest(DType::I64).bits);
    let is_none = b.ieq(index, none);
    let first = b.int(LaneType::I64, 0);
    b.select(is_none, first, index)
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
