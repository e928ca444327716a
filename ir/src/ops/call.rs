//! The table of library calls: work that a library does better than a kernel.
//!
//! To add one, add a row, the function that infers its results, and the work itself to the
//! runtime, which matches on [`Call`]. A row reads
//! `Variant name(operand, …) [attribute, …] -> (result, …): inference, exactness, noun;`.
//!
//! A call is a node of the graph. If it has one result, the node is that result; if it has
//! several, nobody reads the node but [`Op::Output`](crate::graph::Op::Output) nodes, each of
//! which is one of them.

use crate::dtype::{DType, Kind};
use crate::product::Order;
use crate::shape::Shape;
use smallvec::{SmallVec, smallvec};
use std::fmt;

/// The dtype and shape of a value.
pub type Type = (DType, Shape);

/// The types of a call's results.
pub type Types = SmallVec<[Type; 2]>;

/// How well the bits of a result are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// The reference has the same.
    Bits,
    /// The reference's are near; on one machine they are the same in every mode and on any number
    /// of threads.
    Bound,
}

macro_rules! calls {
    ($($(#[$doc:meta])* $variant:ident $name:ident($($operand:ident),*) [$($attribute:ident),*]
        -> ($($result:ident),*): $infer:path, $exactness:ident, $noun:literal;)*) => {
        /// A library call with its attributes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Call {
            $($(#[$doc])* $variant {
                $(#[doc = concat!("The ", stringify!($attribute), ".")] $attribute: usize,)*
            },)*
        }

        impl Call {
            /// The name in dumps.
            pub const fn name(&self) -> &'static str {
                match self { $(Call::$variant { .. } => stringify!($name),)* }
            }

            /// What it does, for people.
            pub const fn noun(&self) -> &'static str {
                match self { $(Call::$variant { .. } => $noun,)* }
            }

            /// The names of the operands.
            pub const fn operands(&self) -> &'static [&'static str] {
                match self { $(Call::$variant { .. } => &[$(stringify!($operand)),*],)* }
            }

            /// The names of the results.
            pub const fn results(&self) -> &'static [&'static str] {
                match self { $(Call::$variant { .. } => &[$(stringify!($result)),*],)* }
            }

            /// How well the bits of the results are known.
            pub const fn exactness(&self) -> Exactness {
                match self { $(Call::$variant { .. } => Exactness::$exactness,)* }
            }

            /// The names and values of the attributes.
            pub fn attributes(&self) -> SmallVec<[(&'static str, usize); 1]> {
                match *self {
                    $(Call::$variant { $($attribute),* } => {
                        smallvec![$((stringify!($attribute), $attribute)),*]
                    })*
                }
            }

            /// The call of the given name, whose attributes the closure knows; `None` if there is
            /// none.
            ///
            /// # Errors
            /// The closure's.
            pub fn from_name<E>(
                name: &str,
                mut attribute: impl FnMut(&'static str) -> Result<usize, E>,
            ) -> Result<Option<Call>, E> {
                // Calls without attributes do not ask.
                let _ = &mut attribute;
                Ok(match name {
                    $(stringify!($name) => Some(Call::$variant {
                        $($attribute: attribute(stringify!($attribute))?),*
                    }),)*
                    _ => None,
                })
            }

            /// The types of the results.
            ///
            /// # Errors
            /// What the operands are not.
            pub fn infer(&self, operands: &[(DType, &Shape)]) -> Result<Types, String> {
                let n = self.operands().len();
                if operands.len() != n {
                    return Err(format!("{} takes {n} operands", self.name()));
                }
                match *self {
                    $(Call::$variant { $($attribute),* } => $infer(operands, $($attribute),*),)*
                }
            }
        }
    };
}

calls! {
    /// `[.., m, k] x [.., k, n] -> [.., m, n]` of one dtype, the leading axes equal.
    MatMul matmul(a, b) [] -> (product): product, Bound, "matrix product";
    /// Elements along an axis in ascending order, equal ones as they were and NaN last, and where
    /// each has been.
    Sort sort(x) [axis] -> (values, indices): sorted, Bits, "sort";
}

/// The name with the attributes: `sort axis=0`.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.attributes().iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

fn wrong<T>(message: &str) -> Result<T, String> {
    Err(message.to_owned())
}

fn product(operands: &[(DType, &Shape)]) -> Result<Types, String> {
    let &[(dtype, left), (right_dtype, right)] = operands else {
        return wrong("a matrix product has two operands");
    };
    if dtype != right_dtype {
        return wrong("operands have one dtype");
    }
    let rank = left.rank();
    if rank < 2 || right.rank() != rank {
        return wrong("has two axes or more");
    }
    // Batch axes are broadcast before, as operands of elementwise nodes are.
    let (a, b) = (left.extents(), right.extents());
    let (m, k, n) = (a[rank - 2], a[rank - 1], b[rank - 1]);
    if a[..rank - 2] != b[..rank - 2] || k != b[rank - 2] {
        return wrong("operand shapes fit");
    }
    // What has no library is a sum of products, unless its terms are few.
    let has_product = match dtype.kind() {
        Kind::Float => true,
        Kind::Signed | Kind::Unsigned => Order::of(m, k, n) == Order::InSequence,
        Kind::Bool => false,
    };
    if !has_product {
        return wrong("is of floats, or of numbers and of few terms");
    }
    let shape = left.resized(rank - 1, n).map_err(|error| error.to_string())?;
    Ok(smallvec![(dtype, shape)])
}

fn sorted(operands: &[(DType, &Shape)], axis: usize) -> Result<Types, String> {
    let [(dtype, shape)] = operands else { return wrong("sorting has one operand") };
    if axis >= shape.rank() {
        return wrong("the axis is in range");
    }
    Ok(smallvec![(*dtype, Shape::clone(shape)), (DType::I64, Shape::clone(shape))])
}
