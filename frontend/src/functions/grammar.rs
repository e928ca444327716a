//! The macro that reads the tables, and how Rust takes each type of parameter.

/// How Rust takes a parameter, and hands it to what the row means.
///
/// `arg T` is the type of a Rust function's parameter, `pass T x` what the meaning gets for it,
/// `own T x` what options keep of it, `hand T x` what the meaning gets for a `T` of a formula.
macro_rules! takes {
    (arg Array) => { &$crate::Array };
    (pass Array $x:expr) => { $x };
    (own Array $x:expr) => { $x.clone() };
    (hand Array $x:expr) => { &$x };

    (arg Arrays) => { impl IntoIterator<Item = impl AsRef<$crate::Array>> };
    (pass Arrays $x:expr) => { &takes!(own Arrays $x) };
    (own Arrays $x:expr) => {
        $x.into_iter().map(|array| array.as_ref().clone()).collect::<Vec<$crate::Array>>()
    };
    (hand Arrays $x:expr) => { &$x };

    (arg Separate) => { takes!(arg Arrays) };
    (pass Separate $x:expr) => { &takes!(own Arrays $x) };
    (hand Separate $x:expr) => { &$x.0 };

    (arg Operands) => { impl IntoIterator<Item = impl Into<$crate::Operand>> };
    (pass Operands $x:expr) => { &takes!(own Operands $x) };
    (own Operands $x:expr) => {
        $x.into_iter().map(Into::into).collect::<Vec<$crate::Operand>>()
    };
    (hand Operands $x:expr) => { &$x };

    (arg Shape) => { impl AsRef<[usize]> };
    (pass Shape $x:expr) => { $x.as_ref() };
    (own Shape $x:expr) => { $x.as_ref().to_vec() };
    (hand Shape $x:expr) => { &$x };

    (arg NewShape) => { impl AsRef<[isize]> };
    (pass NewShape $x:expr) => { $x.as_ref() };
    (own NewShape $x:expr) => { $x.as_ref().to_vec() };
    (hand NewShape $x:expr) => { &$x };

    (arg Plain) => { impl Into<$crate::Over> };
    (pass Plain $x:expr) => { $x.into() };
    (hand Plain $x:expr) => { $x.0 };

    (arg Typed) => { impl Into<$crate::Over> };
    (pass Typed $x:expr) => { $x.into() };
    (hand Typed $x:expr) => { $x.0 };

    (arg Spread) => { impl Into<$crate::Over> };
    (pass Spread $x:expr) => { $x.into() };
    (hand Spread $x:expr) => { $x.0 };

    (arg bool) => { bool };
    (arg isize) => { isize };
    (arg usize) => { usize };
    (arg DType) => { $crate::DType };
    (arg Order) => { $crate::functions::parameters::Order };
    (arg Indexing) => { $crate::options::Indexing };
    (pass bool $x:expr) => { $x };
    (pass isize $x:expr) => { $x };
    (pass usize $x:expr) => { $x };
    (pass DType $x:expr) => { $x };

    // All else is whatever can be made one.
    (arg $type:ident) => { impl Into<$type> };
    (pass $type:ident $x:expr) => { $x.into() };
    (own $type:ident $x:expr) => { takes!(pass $type $x) };
    (hand $type:ident $x:expr) => { $x };
}

/// The default of a parameter: `None` if the row gives none.
macro_rules! default_of {
    ($type:ident) => {
        None::<$type>
    };
    ($type:ident $default:expr) => {{
        let default: $type = $default;
        default
    }};
}

/// The default of a parameter, if the row gives one.
macro_rules! maybe_default {
    ($type:ident) => { None::<$type> };
    ($type:ident $default:expr) => { Some(default_of!($type $default)) };
}

/// An option that was set, or its default.
macro_rules! option_or_default {
    ($set:expr, $type:ident) => { $set };
    ($set:expr, $type:ident $default:expr) => {
        $set.unwrap_or_else(|| default_of!($type $default))
    };
}

/// What the arguments of a formula's call say a parameter is.
macro_rules! taken {
    (required $args:ident, $type:ident) => {
        <$type as $crate::functions::parameters::Slots>::required($args)?
    };
    (required $args:ident, $type:ident $default:expr) => {
        taken!(option $args, $type $default)
    };
    (option $args:ident, $type:ident) => {
        $crate::functions::parameters::optional::<$type>($args)?
    };
    (option $args:ident, $type:ident $default:expr) => {
        $crate::functions::parameters::or::<$type>($args, default_of!($type $default))?
    };
}

/// A parameter as NumPy's signature has it.
macro_rules! declared {
    ($name:expr, $type:ident) => {
        <$type as $crate::functions::parameters::Slots>::declare($name)
    };
    ($name:expr, $type:ident $default:expr) => {
        $crate::functions::parameters::declare_option($name, maybe_default!($type $default), false)
    };
}

/// The name that NumPy has for what Rust cannot call so.
macro_rules! name_of {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $numpy:literal) => {
        $numpy
    };
}

/// The type of a result.
macro_rules! result_of {
    () => {
        $crate::Array
    };
    ($result:ty) => {
        $result
    };
}

/// The Rust functions of a row: the plain one, that with options, and its other names.
macro_rules! rust_function {
    // Written by hand.
    ($doc:tt $kind:ident $name:ident $names:tt $result:tt $p:tt $o:tt $meaning:path, $by_hand:tt) => {};
    ($doc:tt only_method $name:ident $names:tt $result:tt $p:tt $o:tt $meaning:path) => {};
    ($doc:tt $kind:ident $name:ident {$with:tt [$($alias:ident)*]} $result:tt $p:tt $o:tt
        $meaning:path
    ) => {
        plain_function! { $doc $name $result $p $o $meaning $with }
        with_function! { $name $with $result $p $o $meaning }
        $(pub use self::$name as $alias;)*
    };
}

macro_rules! plain_function {
    ([$($doc:literal)*] $name:ident [$($result:ty)?] [$($p:ident $pt:ident,)*]
        [$($o:ident $ot:ident [$($od:expr)?],)*] $meaning:path [$($with:ident)?]
    ) => {
        $(#[doc = $doc])*
        ///
        #[doc = concat!("NumPy: `np.", stringify!($name), "`")]
        $(#[doc = concat!("; with options, [`", stringify!($with), "`]")])?
        /// .
        #[track_caller]
        pub fn $name($($p: takes!(arg $pt)),*) -> result_of!($($result)?) {
            $meaning($(takes!(pass $pt $p),)* $(default_of!($ot $($od)?)),*)
        }
    };
}

macro_rules! with_function {
    ($name:ident [] $result:tt $p:tt $o:tt $meaning:path) => {};
    ($name:ident [$with:ident] [$($result:ty)?] [$($p:ident $pt:ident,)*]
        [$($o:ident $ot:ident [$($od:expr)?],)*] $meaning:path
    ) => {
        #[doc = concat!("[`", stringify!($name), "`](", stringify!($name), "()), with options: ",
            "[`", stringify!($name), "`](crate::options::", stringify!($name), ").")]
        #[track_caller]
        pub fn $with(
            $($p: takes!(arg $pt),)*
            options: impl FnOnce(with::$name) -> with::$name,
        ) -> result_of!($($result)?) {
            let set = options(with::$name::default());
            $meaning(
                $(takes!(pass $pt $p),)*
                $(option_or_default!(set.$o, $ot $($od)?)),*
            )
        }
    };
}

/// The Rust functions of a row's other type of result.
macro_rules! second_function {
    ([] $doc:tt $name:ident $p:tt $o:tt) => {};
    ([$second:ident $with:ident [$result:ty] $meaning:path] $doc:tt $name:ident $p:tt $o:tt) => {
        plain_function! { $doc $second [$result] $p $o $meaning [$with] }
        with_function! { $name [$with] [$result] $p $o $meaning }
    };
}

/// The options of a row, if its function takes any.
macro_rules! rust_options {
    ($name:ident [] $o:tt) => {};
    ($name:ident [$with:ident] [$($o:ident $ot:ident [$($od:expr)?],)*]) => {
        #[doc = concat!("The options of [`", stringify!($with), "`](crate::", stringify!($with),
            ").")]
        #[allow(non_camel_case_types, reason = "they are called as their function is")]
        #[derive(Default)]
        pub struct $name {
            $(pub(super) $o: Option<$ot>,)*
        }

        impl $name {
            $(
                #[doc = concat!("Sets NumPy's `", stringify!($o), "`",
                    $(", which is `", stringify!($od), "` otherwise",)? ".")]
                pub fn $o(mut self, $o: takes!(arg $ot)) -> $name {
                    self.$o = Some(takes!(own $ot $o));
                    self
                }
            )*
        }
    };
}

/// The methods of a row whose first parameter is an array.
macro_rules! rust_method {
    ($doc:tt $kind:ident $name:ident $names:tt $result:tt $p:tt $o:tt $meaning:path, $by_hand:tt) => {};
    ($doc:tt alone $name:ident $names:tt $result:tt $p:tt $o:tt $meaning:path) => {};
    ([$($doc:literal)*] $kind:ident $name:ident {$with:tt $alias:tt} [$($result:ty)?]
        [$first:ident Array, $($p:ident $pt:ident,)*]
        [$($o:ident $ot:ident [$($od:expr)?],)*] $meaning:path
    ) => {
        $(#[doc = $doc])*
        ///
        #[doc = concat!("NumPy: `np.", stringify!($name), "` of this array.")]
        #[track_caller]
        pub fn $name(&self, $($p: takes!(arg $pt)),*) -> result_of!($($result)?) {
            $meaning(self, $(takes!(pass $pt $p),)* $(default_of!($ot $($od)?)),*)
        }
        method_with! {
            $name $with [$($result)?] [$($p $pt,)*] [$($o $ot [$($od)?],)*] $meaning
        }
    };
    ($doc:tt $kind:ident $name:ident $names:tt $result:tt $p:tt $o:tt $meaning:path) => {};
}

macro_rules! method_with {
    ($name:ident [] $result:tt $p:tt $o:tt $meaning:path) => {};
    ($name:ident [$with:ident] [$($result:ty)?] [$($p:ident $pt:ident,)*]
        [$($o:ident $ot:ident [$($od:expr)?],)*] $meaning:path
    ) => {
        #[doc = concat!("[`", stringify!($name), "`](crate::Array::", stringify!($name),
            "), with options: [`", stringify!($name), "`](crate::options::", stringify!($name),
            ").")]
        #[track_caller]
        pub fn $with(
            &self,
            $($p: takes!(arg $pt),)*
            options: impl FnOnce(with::$name) -> with::$name,
        ) -> result_of!($($result)?) {
            let set = options(with::$name::default());
            $meaning(
                self,
                $(takes!(pass $pt $p),)*
                $(option_or_default!(set.$o, $ot $($od)?)),*
            )
        }
    };
}

/// How Rust calls a row's function, for the table of the documentation.
macro_rules! rust_forms {
    ([$($rust:literal)+] $name:ident $with:tt $p:tt) => { &[$($rust),+] };
    ([] $name:ident [] [$($p:ident,)*]) => {
        &[concat!(stringify!($name), "(", stringify!($($p),*), ")")]
    };
    ([] $name:ident [$with:ident] [$($p:ident,)*]) => {
        &[
            concat!(stringify!($name), "(", stringify!($($p),*), ")"),
            concat!(stringify!($with), "(", $(stringify!($p), ", ",)* "|o| …)"),
        ]
    };
}

/// What a call of a formula gives if a flag asks for another type of result.
macro_rules! second_result {
    ($args:ident [] $operands:tt) => {};
    ($args:ident [$flag:ident $meaning:path] ($($operands:tt)*)) => {
        if $crate::functions::parameters::or($args, false)? {
            return $crate::functions::results::ToValue::to_value($meaning($($operands)*), $args.span);
        }
    };
}

/// Reads a family's rows, as the documentation of [`super`] explains them.
macro_rules! functions {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident $name:ident $(/ $with:ident)? $(as $numpy:literal)?
        $(also $($alias:ident),+)? (
            $($p:ident $(as $pn:literal)?: $pt:ident $(= $pd:expr)?),*
            $(; $($o:ident $(as $on:literal)?: $ot:ident $(= $od:expr)?),+)?
            $(; * $($k:ident: $kt:ident $(= $kd:expr)?),+)?
        ) $(-> $result:ty)? = $meaning:path
        $(, in Rust $($rust:literal)+)?
        $(, or $flag:ident $second:ident / $second_with:ident -> $second_result:ty
            = $second_meaning:path)?;
    )*) => {
        $(
            rust_function! {
                [$($doc)*] $kind $name {[$($with)?] [$($($alias)+)?]} [$($result)?]
                [$($p $pt,)*] [$($($o $ot [$($od)?],)+)? $($($k $kt [$($kd)?],)+)?]
                $meaning $(, [$($rust)+])?
            }
            second_function! {
                [$($second $second_with [$second_result] $second_meaning)?]
                [$($doc)*] $name [$($p $pt,)*]
                [$($($o $ot [$($od)?],)+)? $($($k $kt [$($kd)?],)+)?]
            }
        )*

        /// Functions whose first argument is an array are methods too.
        impl $crate::Array {
            $(rust_method! {
                [$($doc)*] $kind $name {[$($with)?] [$($($alias)+)?]} [$($result)?]
                [$($p $pt,)*] [$($($o $ot [$($od)?],)+)? $($($k $kt [$($kd)?],)+)?]
                $meaning $(, [$($rust)+])?
            })*
        }

        /// The options of functions.
        #[allow(unused_imports, reason = "not every family has options")]
        pub(super) mod with {
            use super::*;

            $(rust_options! {
                $name [$($with)?] [$($($o $ot [$($od)?],)+)? $($($k $kt [$($kd)?],)+)?]
            })*
        }

        /// The rows of this family.
        pub(super) fn rows() -> Vec<$crate::functions::table::Row> {
            vec![$($crate::functions::table::Row {
                name: name_of!($name $($numpy)?),
                aliases: &[$($(stringify!($alias)),+)?],
                kind: $crate::functions::table::Kind::$kind,
                doc: &[$($doc),*],
                rust: rust_forms!([$($($rust)+)?] $name [$($with)?] [$($p,)*]),
                parameters: [
                    $(declared!(name_of!($p $($pn)?), $pt $($pd)?),)*
                    $($($crate::functions::parameters::declare_option(
                        name_of!($o $($on)?), maybe_default!($ot $($od)?), false),)+)?
                    $($($crate::functions::parameters::declare_option(
                        stringify!($k), maybe_default!($kt $($kd)?), true),)+)?
                    $($crate::functions::parameters::declare_option(
                        stringify!($flag), Some(false), true),)?
                ]
                .into_iter()
                .flatten()
                .collect(),
                run: |args| {
                    $(let $p = taken!(required args, $pt $($pd)?);)*
                    $($(let $o = taken!(option args, $ot $($od)?);)+)?
                    $($(let $k = taken!(option args, $kt $($kd)?);)+)?
                    second_result! {
                        args [$($flag $second_meaning)?]
                        ($(takes!(hand $pt $p),)* $($($o,)+)? $($($k,)+)?)
                    }
                    let result = $meaning(
                        $(takes!(hand $pt $p),)* $($($o,)+)? $($($k,)+)?
                    );
                    $crate::functions::results::ToValue::to_value(result, args.span)
                },
            },)*]
        }
    };
}
