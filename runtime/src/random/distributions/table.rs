//! What the rows of a table of distributions are made of, and how an array of samples is.

use super::Limit;
use crate::value::room;
use crate::{Element, Error, ErrorKind, Value};
use jitney_ir::graph::View;
use jitney_ir::{DType, Shape};

/// What is known of a distribution.
pub struct Row {
    /// NumPy's name of the function.
    pub name: &'static str,
    /// Its parameters but for the size, in NumPy's order.
    pub parameters: &'static [Parameter],
    /// The dtype of samples.
    pub dtype: DType,
    /// The functions of the system's mathematics library that samples depend on: where NumPy
    /// uses the same library, samples have NumPy's bits.
    pub system: &'static [&'static str],
}

/// A parameter of a distribution.
pub struct Parameter {
    /// NumPy's name.
    pub name: &'static str,
    /// `float64` or `int64`.
    pub dtype: DType,
    /// The values it may have.
    pub limit: Limit,
    /// What it is if it is not given.
    pub default: Option<f64>,
}

impl Parameter {
    /// Refuses values outside the limit.
    pub(in crate::random) fn check(&self, operation: &str, value: &Value) -> Result<(), Error> {
        let is_array = value.shape().rank() > 0;
        let mistake = |x| self.limit.mistake(self.name, x, is_array);
        match value.scalars().find_map(|scalar| mistake(scalar.to_f64())) {
            Some(message) => Err(Error::nowhere(ErrorKind::Value, operation, message)),
            None => Ok(()),
        }
    }
}

/// The values of a parameter by element of the samples.
pub(in crate::random) enum Column<T> {
    /// All alike.
    One(T),
    /// Each its own.
    Many(Vec<T>),
}

/// The type of a parameter.
pub(in crate::random) trait Number: Element {
    fn column(value: &Value, shape: &Shape) -> Result<Column<Self>, Error> {
        if value.shape().rank() == 0 {
            return Ok(Column::One(Self::from_scalar(value.get(0))));
        }
        let all = broadcast(value, shape)?;
        let mut column = room("random", shape.len())?;
        column.extend(all.scalars().map(Self::from_scalar));
        Ok(Column::Many(column))
    }
}

impl Number for f64 {}
impl Number for i64 {}

impl<T: Copy> Column<T> {
    pub fn is_one(&self) -> bool {
        matches!(self, Column::One(_))
    }

    #[inline]
    pub fn at(&self, place: usize) -> T {
        match self {
            Column::One(value) => *value,
            Column::Many(values) => values[place],
        }
    }
}

/// A view of the value that has the shape.
///
/// # Errors
/// If it does not broadcast to that.
pub fn broadcast(value: &Value, shape: &Shape) -> Result<Value, Error> {
    let fits = value.shape().broadcasts_to(shape);
    let view = || value.view(&View::Broadcast, shape);
    fits.then(view).flatten().ok_or_else(|| {
        let message = format!(
            "Output size {shape} is not compatible with broadcast dimensions of inputs {}",
            value.shape()
        );
        Error::nowhere(ErrorKind::Shape, "random", message)
    })
}

/// The shape of samples: the one asked for, or the one that all parameters broadcast to.
///
/// # Errors
/// If they do not broadcast to it, or to none.
pub fn common_shape<'a>(
    operation: &str,
    parameters: impl Iterator<Item = &'a Shape>,
    size: Option<&Shape>,
) -> Result<Shape, Error> {
    let wrong = |message: String| Error::nowhere(ErrorKind::Shape, operation, message);
    let mut common = Shape::scalar();
    for shape in parameters {
        common = common.broadcast(shape).map_err(|_| {
            let message = "shape mismatch: objects cannot be broadcast to a single shape";
            wrong(format!("{message}: {common} and {shape}"))
        })?;
    }
    match size {
        None => Ok(common),
        Some(size) if common.broadcasts_to(size) => Ok(size.clone()),
        Some(size) => Err(wrong(format!(
            "Output size {size} is not compatible with broadcast dimensions of inputs {common}"
        ))),
    }
}

/// Makes an enum of distributions, their rows, and what draws samples of them.
macro_rules! distributions {
    (
        $(#[$doc:meta])* $Table:ident of $Source:ty, $how:ident;
        $($Variant:ident $name:literal ($($p:ident: $ty:ident $limit:ident $(= $default:literal)?),*)
            -> $out:ident $draws:ident, $sampler:path, [$($function:ident),*] $(, $check:path)?;)*
    ) => {
        $(#[$doc])*
        #[allow(missing_docs, reason = "what there is to say of a variant is its row")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Table {
            $($Variant,)*
        }

        impl $Table {
            /// Every distribution, in the order of NumPy's names.
            pub const ALL: &[$Table] = &[$($Table::$Variant),*];

            /// What is known of the distribution.
            pub fn row(self) -> &'static Row {
                match self {
                    $($Table::$Variant => &Row {
                        name: $name,
                        parameters: &[$(crate::random::distributions::Parameter {
                            name: stringify!($p),
                            dtype: <$ty as crate::Element>::DTYPE,
                            limit: crate::random::distributions::Limit::$limit,
                            default: [$(Some($default),)? None][0],
                        },)*],
                        dtype: <$out as crate::Element>::DTYPE,
                        system: &[$(stringify!($function)),*],
                    },)*
                }
            }

            /// Samples of the distribution, of the shape asked for or that of the parameters,
            /// which are given in the row's order and dtypes.
            ///
            /// # Errors
            /// Parameters outside their limits or of shapes that do not fit, and what any
            /// large array may meet.
            pub fn draw(
                self,
                bits: &mut $Source,
                given: &[Value],
                size: Option<&Shape>,
            ) -> Result<Value, Error> {
                use crate::random::distributions::{Column, Number, common_shape};
                let row = self.row();
                let shape = common_shape(row.name, given.iter().map(Value::shape), size)?;
                for (parameter, value) in row.parameters.iter().zip(given) {
                    parameter.check(row.name, value)?;
                }
                match self {
                    $($Table::$Variant => {
                        let mut _given = given.iter();
                        $(let $p: Column<$ty> = match _given.next() {
                            Some(value) => <$ty>::column(value, &shape)?,
                            None => return Err(Error::internal("a parameter is missing")),
                        };)*
                        let is_one = true $(&& $p.is_one())*;
                        let _at = |_place: usize| ($($p.at(_place),)*);
                        $(
                            let mut places = if is_one { 0..1 } else { 0..shape.len() };
                            if let Some(message) = places.find_map(|place| $check(_at(place))) {
                                let kind = crate::ErrorKind::Value;
                                return Err(Error::nowhere(kind, row.name, message));
                            }
                        )?
                        if is_one {
                            return distributions!(
                                @$how bits, row.name, &shape, $draws, $sampler($($p.at(0)),*)
                            );
                        }
                        let mut places = 0..shape.len();
                        bits.serial(row.name, &shape, |bits| {
                            let _place = places.next().unwrap_or(0);
                            $sampler($($p.at(_place)),*)(bits)
                        })
                    })*
                }
            }
        }
    };
    (@parallel $bits:expr, $name:expr, $shape:expr, $draws:ident, $sampler:expr) => {
        $bits.array($name, $shape, Sampler {
            draws: Draws::$draws,
            serial: $sampler,
            parallel: $sampler,
            quick: Slow,
        })
    };
    (@serial $bits:expr, $name:expr, $shape:expr, $draws:ident, $sampler:expr) => {
        $bits.serial($name, $shape, $sampler)
    };
}
pub(in crate::random) use distributions;
