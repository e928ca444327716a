//! Functions of arrays: traced and compiled once, then only run.

use crate::{Array, Error, ErrorKind};
use jitney_runtime::{Expr, Given, Nodes};
use smallvec::SmallVec;
use std::sync::Arc;

/// A function of arrays as [`jit`] makes it. `Send` and `Sync` if its closure is: any number of
/// threads may call it at once.
pub struct Function<F, const N: usize> {
    body: F,
    function: jitney_runtime::Function,
}

/// A function that computes what the closure returns for its arguments.
///
/// The closure says what to compute: it is run for each new combination of dtypes, shapes and
/// strides of arguments, on arrays that have no elements. What it returns is optimized, compiled
/// and kept, for 64 combinations (the first few and the last ones), and calls only run it: they
/// cost 0.13 to 0.25 microseconds beside the arithmetic, for one operation or a hundred. Kernels are
/// shared with everything else that is evaluated, so another shape costs planning but no
/// compilation. How often the closure runs is not promised: it should do nothing but compute.
///
/// The results have the same bits as the closure's own, and the settings of the scope of the
/// call apply. Arrays that the closure holds, and numbers, are part of the function: compiled code
/// knows the numbers, so that functions that differ in them are compiled one by one. A number
/// that changes from call to call is an argument, `&jn::scalar(2.0)`. Called in the closure of
/// another function, a function becomes a part of that.
///
/// Dtype: what the closure's operations make of the arguments' dtypes; none of them is weak.
///
/// NumPy: none; as JAX's `jax.jit`, with `donate_argnums` for arguments passed by value.
///
/// ```
/// use jitney as jn;
/// let hypotenuse = jn::jit(|[a, b]| (a.pow(2) + b.pow(2)).sqrt());
/// let (x, y) = (jn::array(vec![3.0, 5.0]), jn::array(vec![4.0, 12.0]));
/// assert_eq!(hypotenuse.call([&x, &y])?.to_vec::<f64>()?, [5.0, 13.0]);
/// assert_eq!(hypotenuse.call([&y, &y])?.size(), 2);
/// // To keep one in a struct, name its type by a function pointer or a boxed closure.
/// struct Model {
///     apply: jn::Function<Box<dyn Fn([jn::Array; 1]) -> jn::Array + Send + Sync>, 1>,
/// }
/// let scale = 2.0;
/// let model = Model { apply: jn::jit(Box::new(move |[x]| x * scale)) };
/// assert_eq!(model.apply.call([&x])?.to_vec::<f64>()?, [6.0, 10.0]);
/// # Ok::<(), jn::Error>(())
/// ```
pub fn jit<F, R, const N: usize>(body: F) -> Function<F, N>
where
    F: Fn([Array; N]) -> R,
    R: Results,
{
    Function { body, function: jitney_runtime::Function::default() }
}

impl<F, R, const N: usize> Function<F, N>
where
    F: Fn([Array; N]) -> R,
    R: Results,
{
    /// Computes the results for the given arguments: `[&a, &b]`, or `(a, &b)` where one is given
    /// away. A result may take the memory of an argument that is passed by value if nobody else
    /// has the array, which saves its allocation and, where the closure [`set`](Array::set)s
    /// elements of it, a copy of all others.
    ///
    /// # Errors
    /// The deferred error of an argument or of what the closure returns, a limit of the
    /// evaluation, and a closure that asks for elements of its arguments, whatever it makes of
    /// the error that it gets itself.
    ///
    /// ```
    /// use jitney as jn;
    /// // A loop that feeds results back needs no memory beyond the first array.
    /// let step = jn::jit(|[x]| 0.5 * &x + 1.0 / x);
    /// let mut x = jn::array(vec![1.0, 2.0]);
    /// for _ in 0..5 {
    ///     x = step.call((x,))?;
    /// }
    /// assert_eq!(x.to_vec::<f64>()?, [1.414213562373095, 1.414213562373095]);
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn call<'a>(&self, arguments: impl Arguments<'a, N>) -> Result<R, Error> {
        let nodes = self.function.call(&mut arguments.into_given(), |nodes| self.trace(nodes))?;
        Ok(R::from_nodes(nodes.into_iter()))
    }

    /// Computes the results in the place of others, and in their memory where nobody else has
    /// them and they are as large, so that calls that follow each other allocate nothing. What was
    /// there may be of any dtype and shape; of a `Vec` there must be as many as results.
    ///
    /// NumPy: `out`, which must have the result's shape.
    ///
    /// # Errors
    /// As [`call`](Function::call)'s. The results are what they were if the function could not
    /// be traced; those whose memory was in use when it failed are failed arrays.
    ///
    /// ```
    /// use jitney as jn;
    /// let add = jn::jit(|[a, b]| a + b);
    /// let (x, mut sum) = (jn::ones([1000]), jn::zeros([1000]));
    /// for y in [1.0, 2.0].map(|y| jn::full([1000], y)) {
    ///     add.call_into([&x, &y], &mut sum)?;
    /// }
    /// assert_eq!(sum.slice(jn::s![0]).item::<f64>()?, 3.0);
    /// # Ok::<(), jn::Error>(())
    /// ```
    pub fn call_into<'a>(
        &self,
        arguments: impl Arguments<'a, N>,
        results: &mut R,
    ) -> Result<(), Error> {
        let mut given = arguments.into_given();
        self.function.call_into(&mut given, &mut results.nodes_mut(), |nodes| self.trace(nodes))
    }

    fn trace(&self, nodes: &[Arc<Expr>]) -> Nodes {
        let argument = |number: usize| Array::from_expr(Arc::clone(&nodes[number]));
        (self.body)(std::array::from_fn(argument)).into_nodes()
    }
}

mod sealed {
    pub trait Sealed {}
}

/// One argument of a call: `&Array`, or `Array` for one that is given away.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no argument of a traced function",
    note = "arguments are `&Array`, or `Array` to give one away; a number is `&jn::scalar(2.0)`"
)]
pub trait Argument<'a>: sealed::Sealed {
    #[doc(hidden)]
    fn given(self) -> Given<'a>;
}

impl sealed::Sealed for &Array {}

impl<'a> Argument<'a> for &'a Array {
    fn given(self) -> Given<'a> {
        Given::shared(&self.expr)
    }
}

impl sealed::Sealed for Array {}

impl Argument<'_> for Array {
    fn given(self) -> Given<'static> {
        Given::own(self.expr)
    }
}

/// The arguments of a call: an array of one kind of [`Argument`], or a tuple of up to eight of any.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a function of {N} arguments takes",
    note = "arguments are `[&a, &b]`, or `(a, &b)` to give the first away; one is `[&a]` or `(a,)`"
)]
pub trait Arguments<'a, const N: usize>: sealed::Sealed {
    #[doc(hidden)]
    fn into_given(self) -> [Given<'a>; N];
}

impl<A: sealed::Sealed, const N: usize> sealed::Sealed for [A; N] {}

impl<'a, A: Argument<'a>, const N: usize> Arguments<'a, N> for [A; N] {
    fn into_given(self) -> [Given<'a>; N] {
        self.map(A::given)
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident $place:tt),*;)*) => {$(
        impl<$($name: sealed::Sealed),*> sealed::Sealed for ($($name,)*) {}

        impl<'a, $($name: Argument<'a>),*> Arguments<'a, $count> for ($($name,)*) {
            fn into_given(self) -> [Given<'a>; $count] {
                [$(self.$place.given()),*]
            }
        }
    )*};
}

tuples! {
    1: A 0;
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
    5: A 0, B 1, C 2, D 3, E 4;
    6: A 0, B 1, C 2, D 3, E 4, F 5;
    7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
}

/// What a closure returns: an array, a tuple of two or three, a Rust array of them or a `Vec`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no result of a function that is traced",
    note = "results are arrays: errors are deferred, and a call returns them"
)]
pub trait Results {
    #[doc(hidden)]
    fn into_nodes(self) -> Nodes;

    #[doc(hidden)]
    fn nodes_mut(&mut self) -> NodesMut<'_>;

    /// The results from as many nodes as [`into_nodes`](Results::into_nodes) has given.
    #[doc(hidden)]
    fn from_nodes(nodes: impl Iterator<Item = Arc<Expr>>) -> Self;
}

type NodesMut<'a> = SmallVec<[&'a mut Arc<Expr>; 2]>;

fn next(nodes: &mut impl Iterator<Item = Arc<Expr>>) -> Array {
    let missing = || Error::nowhere(ErrorKind::Internal, "jit", "a result is missing");
    nodes.next().map_or_else(|| Array::failed(missing()), Array::from_expr)
}

impl Results for Array {
    fn into_nodes(self) -> Nodes {
        Nodes::from_iter([self.expr])
    }

    fn nodes_mut(&mut self) -> NodesMut<'_> {
        NodesMut::from_iter([&mut self.expr])
    }

    fn from_nodes(mut nodes: impl Iterator<Item = Arc<Expr>>) -> Array {
        next(&mut nodes)
    }
}

impl<const N: usize> Results for [Array; N] {
    fn into_nodes(self) -> Nodes {
        self.into_iter().map(|array| array.expr).collect()
    }

    fn nodes_mut(&mut self) -> NodesMut<'_> {
        self.iter_mut().map(|array| &mut array.expr).collect()
    }

    fn from_nodes(mut nodes: impl Iterator<Item = Arc<Expr>>) -> [Array; N] {
        std::array::from_fn(|_| next(&mut nodes))
    }
}

impl Results for (Array, Array) {
    fn into_nodes(self) -> Nodes {
        <[Array; 2]>::from(self).into_nodes()
    }

    fn nodes_mut(&mut self) -> NodesMut<'_> {
        NodesMut::from_iter([&mut self.0.expr, &mut self.1.expr])
    }

    fn from_nodes(nodes: impl Iterator<Item = Arc<Expr>>) -> (Array, Array) {
        <[Array; 2]>::from_nodes(nodes).into()
    }
}

impl Results for (Array, Array, Array) {
    fn into_nodes(self) -> Nodes {
        <[Array; 3]>::from(self).into_nodes()
    }

    fn nodes_mut(&mut self) -> NodesMut<'_> {
        NodesMut::from_iter([&mut self.0.expr, &mut self.1.expr, &mut self.2.expr])
    }

    fn from_nodes(nodes: impl Iterator<Item = Arc<Expr>>) -> (Array, Array, Array) {
        <[Array; 3]>::from_nodes(nodes).into()
    }
}

impl Results for Vec<Array> {
    fn into_nodes(self) -> Nodes {
        self.into_iter().map(|array| array.expr).collect()
    }

    fn nodes_mut(&mut self) -> NodesMut<'_> {
        self.iter_mut().map(|array| &mut array.expr).collect()
    }

    fn from_nodes(nodes: impl Iterator<Item = Arc<Expr>>) -> Vec<Array> {
        nodes.map(Array::from_expr).collect()
    }
}
