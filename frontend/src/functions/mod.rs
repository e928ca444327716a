//! The functions of NumPy: one table, a file a family, a row a name.
//!
//! # Adding a function
//! Write what it means as a plain `fn` with typed parameters, beside its like ([`crate::views`],
//! [`crate::create`], …), and a row in the file of its family:
//!
//! ```text
//! /// Ones on a diagonal of an array of zeros.
//! function eye / eye_with (n as "N": usize; m as "M": usize, k: isize = 0, dtype: DType = DType::F64)
//!     = create::eye;
//! ```
//!
//! That is all. From the row come `jn::eye(4)` and `jn::eye_with(4, |o| o.k(1))`, the method of
//! [`Array`](crate::Array) if an array comes first, the function and the method of formulas with
//! NumPy's way to give arguments and its errors, the row of the documentation's table, and the
//! line that asks the conformance corpus for cases.
//!
//! # A row
//! *What it is in NumPy*:
//! * `function`: a function; in Rust also a method, if an array comes first;
//! * `method`: a function and a method of arrays;
//! * `spread`: the same, whose method takes its second parameter as several arguments too, as
//!   `x.reshape(2, 3)`;
//! * `alone`: a function, and no method in Rust either;
//! * `only_method`: a method of arrays that is no function.
//!
//! *Its name*, in Rust, and after `/` that of the function that takes options. Where NumPy's name
//! is a word of Rust's, it follows: `where_ as "where"`. `also concat` gives another name.
//!
//! *Its parameters*, with NumPy's names, in NumPy's order, in three sections: those that Rust
//! takes by position; after `;` those that Rust takes as options; after `; *` options that Python
//! takes by keyword only. A parameter with a default may be left out in formulas; an option
//! without one is `None` unless it is given, and its function takes an `Option`. The types are
//! those of [`parameters`], which say how a value of a formula becomes one, how Rust takes it,
//! and how a default is printed. NumPy's parameters that mean nothing here (`out`) are left
//! out, and those after them are taken by keyword only.
//!
//! *Its meaning*: the path of a `fn` that takes all parameters in order. Nothing is computed in
//! between: what NumPy does about several axes or `axis=None`, the function does, for Rust and
//! for formulas. `or retstep name / name_with = meaning` says that the flag `retstep` asks for
//! another type of result, which in Rust is a function of another name.
//!
//! A function that Rust cannot take that way, as it is generic or takes closures, is written by
//! hand; its row says so, `in Rust "arange(n)"`, and what formulas call.
//!
//! # Options
//! There is one way to give optional arguments, [`crate::options`]: a function `f_with` takes,
//! after the arguments of `f`, a closure that sets them by name. So `f` can always be called
//! plainly, names say what is meant as Python's keywords do, nothing needs to be imported, and
//! a parameter that a later version adds breaks no caller. Reductions had a way of their own,
//! which stays: their last argument is an axis, or [`axis`](crate::axis()) with options.
//!
//! # Why a macro of one level
//! A table of generic closures would need the parameters twice, a build script a grammar of its
//! own, a procedural macro a crate. `macro_rules!` takes the rows of a file in one flat
//! repetition ([`grammar`]), so that a misspelt row is an error at its own tokens.

#[macro_use]
mod grammar;
mod attributes;
mod creation;
mod elementwise;
mod later;
mod logic;
mod manipulation;
pub mod options;
mod page;
pub(crate) mod parameters;
mod products;
mod reductions;
mod results;
mod sorting;
mod table;

pub use creation::*;
pub use elementwise::*;
pub use logic::*;
pub use manipulation::*;
pub use products::*;
pub use reductions::*;
pub use sorting::*;

pub(crate) use later::{comes_later, member_comes_later};
pub(crate) use page::page;
pub(crate) use table::{Function, method_names, names};
