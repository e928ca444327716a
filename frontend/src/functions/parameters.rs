//! The types of parameters: what a value of a formula has to be, and how a default is printed.
//!
//! How Rust takes each type, and hands it on, is said in [`super::grammar`].

use crate::formula::args::{Arguments, check_axes, extents, items, to_dtype, to_flag};
use crate::formula::{Fault, Span, Value, literal};
use crate::print::float_text;

pub(crate) use crate::composite::{ClipBound, Filling};
pub(crate) use crate::create::Steps;
pub(crate) use crate::reduce::{Axes, Over};
pub(crate) use crate::{Array, DType, Operand};

/// Extents, of which none is negative.
pub(crate) type Shape = Vec<usize>;
/// Extents, of which one may be -1: what is left.
pub(crate) type NewShape = Vec<isize>;
/// A list of arrays, or an array of them.
pub(crate) type Arrays = Vec<Array>;
/// A list of arrays and numbers.
pub(crate) type Operands = Vec<Operand>;

/// A parameter as NumPy's signature has it.
pub(crate) struct Declared {
    pub name: &'static str,
    /// The default as Python prints it.
    pub default: Option<String>,
    pub keyword_only: bool,
    /// Whether it takes all arguments from its place on.
    pub variadic: bool,
}

impl Declared {
    /// One parameter, which may be given by position.
    pub fn new(name: &'static str, default: Option<String>) -> Declared {
        Declared { name, default, keyword_only: false, variadic: false }
    }

    fn by_keyword(self) -> Declared {
        Declared { keyword_only: true, ..self }
    }
}

/// What a parameter may be.
pub(crate) trait Parameter: Sized {
    /// Whether it takes all arguments from its place on.
    const VARIADIC: bool = false;

    /// Whether `None` says to take the default.
    ///
    /// Where `None` is the default it does; elsewhere it is a value, and mostly a mistake.
    fn is_absent(value: &Value, none_is_default: bool) -> bool {
        none_is_default && matches!(value, Value::None)
    }

    /// The value as what the parameter should be.
    fn from_value(value: Value, span: Span) -> Result<Self, Fault>;

    /// A default as Python prints it.
    fn show(&self) -> String;
}

/// What a row's parameter reads from the arguments of a call, and what it is called.
pub(crate) trait Slots: Sized {
    /// NumPy's parameters that this one is made of: mostly one.
    fn declare(name: &'static str) -> Vec<Declared>;

    /// Takes what is required.
    fn required(args: &mut Arguments<'_>) -> Result<Self, Fault>;
}

impl<T: Parameter> Slots for T {
    fn declare(name: &'static str) -> Vec<Declared> {
        vec![Declared { variadic: T::VARIADIC, ..Declared::new(name, None) }]
    }

    fn required(args: &mut Arguments<'_>) -> Result<T, Fault> {
        let (value, span) = args.value()?;
        T::from_value(value, span)
    }
}

/// The parameter of an option: one with a default, or one that is `None` unless it is given.
pub(crate) fn declare_option<T: Parameter>(
    name: &'static str,
    default: Option<T>,
    keyword_only: bool,
) -> Vec<Declared> {
    let default = default.map_or_else(|| "None".to_owned(), |default| default.show());
    vec![Declared { keyword_only, ..Declared::new(name, Some(default)) }]
}

/// Takes an option that has no default.
pub(crate) fn optional<T: Parameter>(args: &mut Arguments<'_>) -> Result<Option<T>, Fault> {
    args.given::<T>(true)
}

/// Takes an option that has a default.
pub(crate) fn or<T: Parameter>(args: &mut Arguments<'_>, default: T) -> Result<T, Fault> {
    Ok(args.given::<T>(false)?.unwrap_or(default))
}

impl Parameter for Array {
    fn from_value(value: Value, span: Span) -> Result<Array, Fault> {
        value.to_array(span)
    }

    fn show(&self) -> String {
        "array".to_owned()
    }
}

impl Parameter for Operand {
    fn from_value(value: Value, span: Span) -> Result<Operand, Fault> {
        value.to_operand(span)
    }

    fn show(&self) -> String {
        match self {
            Operand::Array(array) => array.show(),
            Operand::Bool(value) => value.show(),
            Operand::Int(value) => value.to_string(),
            Operand::Huge(value) | Operand::Float(value) => value.show(),
        }
    }
}

impl Parameter for Arrays {
    fn from_value(value: Value, span: Span) -> Result<Arrays, Fault> {
        items(&value, span)?.iter().map(|item| item.to_array(span)).collect()
    }

    fn show(&self) -> String {
        "()".to_owned()
    }
}

impl Parameter for Operands {
    fn from_value(value: Value, span: Span) -> Result<Operands, Fault> {
        items(&value, span)?.iter().map(|item| item.to_operand(span)).collect()
    }

    fn show(&self) -> String {
        "()".to_owned()
    }
}

/// Arrays that are arguments of their own, as those of `meshgrid`.
pub(crate) struct Separate(pub Arrays);

impl Parameter for Separate {
    const VARIADIC: bool = true;

    fn from_value(value: Value, span: Span) -> Result<Separate, Fault> {
        let arrays = Arrays::from_value(value, span)?;
        check_axes(arrays.len(), span)?;
        Ok(Separate(arrays))
    }

    fn show(&self) -> String {
        "()".to_owned()
    }
}

/// Whatever [`crate::array`] makes an array of: numbers, arrays, and in formulas lists of them.
#[derive(Clone)]
pub struct ArrayLike(Value);

impl ArrayLike {
    /// The array, of the given dtype or its own.
    #[track_caller]
    pub(crate) fn into_array(self, dtype: Option<DType>) -> Array {
        literal::to_array(&self.0, dtype)
            .unwrap_or_else(|message| crate::formula::failed("array", &message))
    }
}

impl<T: Into<Operand>> From<T> for ArrayLike {
    fn from(operand: T) -> ArrayLike {
        ArrayLike(Value::from_operand(operand.into()))
    }
}

impl Parameter for ArrayLike {
    fn from_value(value: Value, _: Span) -> Result<ArrayLike, Fault> {
        Ok(ArrayLike(value))
    }

    fn show(&self) -> String {
        "array".to_owned()
    }
}

/// A number, for which a 0-d array is evaluated.
impl Parameter for f64 {
    fn from_value(value: Value, span: Span) -> Result<f64, Fault> {
        Ok(value.to_number(span)?.to_float())
    }

    fn show(&self) -> String {
        float_text(*self)
    }
}

impl Parameter for isize {
    fn from_value(value: Value, span: Span) -> Result<isize, Fault> {
        value.to_isize(span)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A number of elements.
impl Parameter for usize {
    fn from_value(value: Value, span: Span) -> Result<usize, Fault> {
        value.to_count(span)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A truth value of Python's, which `None` has.
impl Parameter for bool {
    fn from_value(value: Value, span: Span) -> Result<bool, Fault> {
        match value {
            Value::None => Ok(false),
            value => to_flag(&value, span),
        }
    }

    fn show(&self) -> String {
        if *self { "True" } else { "False" }.to_owned()
    }
}

impl Parameter for Shape {
    fn from_value(value: Value, span: Span) -> Result<Shape, Fault> {
        extents(&value, span)
    }

    fn show(&self) -> String {
        jitney_ir::shape::Tuple(self).to_string()
    }
}

impl Parameter for NewShape {
    fn from_value(value: Value, span: Span) -> Result<NewShape, Fault> {
        value.to_isizes(span)
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

/// `None` is the dtype that new arrays have, where it is not the default.
impl Parameter for DType {
    fn is_absent(value: &Value, _: bool) -> bool {
        matches!(value, Value::None)
    }

    fn from_value(value: Value, span: Span) -> Result<DType, Fault> {
        match value {
            Value::None => Ok(DType::F64),
            value => to_dtype(&value, span),
        }
    }

    fn show(&self) -> String {
        self.name().to_owned()
    }
}

impl Parameter for Axes {
    fn is_absent(_: &Value, _: bool) -> bool {
        false
    }

    fn from_value(value: Value, span: Span) -> Result<Axes, Fault> {
        Ok(match value {
            Value::None => Axes::All,
            Value::Sequence(_) => Axes::Each(value.to_isizes(span)?),
            value => Axes::One(value.to_isize(span)?),
        })
    }

    fn show(&self) -> String {
        match self {
            Axes::All => "None".to_owned(),
            Axes::One(axis) => axis.to_string(),
            Axes::Each(axes) => format!("{axes:?}"),
        }
    }
}

/// The order of elements, of which there is one so far.
#[derive(Clone, Copy)]
pub(crate) struct Order;

impl Parameter for Order {
    fn from_value(value: Value, span: Span) -> Result<Order, Fault> {
        match &value {
            Value::None => Ok(Order),
            Value::Str(order) if matches!(&**order, "C" | "c") => Ok(Order),
            _ => Err(Fault::new(span, "takes 'C' here")),
        }
    }

    fn show(&self) -> String {
        "'C'".to_owned()
    }
}

/// Which coordinate of a grid is along its first axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    /// The second coordinate: that of rows, as in pictures.
    Xy,
    /// The first one, as in matrices.
    Ij,
}

impl Parameter for Indexing {
    fn from_value(value: Value, span: Span) -> Result<Indexing, Fault> {
        match &value {
            Value::Str(order) if &**order == "xy" => Ok(Indexing::Xy),
            Value::Str(order) if &**order == "ij" => Ok(Indexing::Ij),
            _ => Err(Fault::new(span, "takes 'xy' or 'ij' here")),
        }
    }

    fn show(&self) -> String {
        match self {
            Indexing::Xy => "'xy'".to_owned(),
            Indexing::Ij => "'ij'".to_owned(),
        }
    }
}

impl Parameter for ClipBound {
    fn is_absent(_: &Value, _: bool) -> bool {
        false
    }

    fn from_value(value: Value, span: Span) -> Result<ClipBound, Fault> {
        match value {
            Value::None => Ok(ClipBound(None)),
            value => Ok(ClipBound(Some(value.to_operand(span)?))),
        }
    }

    fn show(&self) -> String {
        "None".to_owned()
    }
}

impl Parameter for Filling {
    fn from_value(value: Value, span: Span) -> Result<Filling, Fault> {
        match value {
            Value::None => Ok(Filling(None)),
            value => Ok(Filling(Some(f64::from_value(value, span)?))),
        }
    }

    fn show(&self) -> String {
        self.0.map_or_else(|| "None".to_owned(), |value| value.show())
    }
}

/// A value as it was written, for what formulas alone can say.
pub(crate) struct Written {
    pub value: Value,
    pub span: Span,
}

impl Parameter for Written {
    fn from_value(value: Value, span: Span) -> Result<Written, Fault> {
        Ok(Written { value, span })
    }

    fn show(&self) -> String {
        "None".to_owned()
    }
}

/// The arguments `start, stop=None, step=None`: weak numbers, for which 0-d arrays are evaluated.
impl Slots for Steps {
    fn declare(_: &'static str) -> Vec<Declared> {
        let none = || Some("None".to_owned());
        vec![
            Declared::new("start", None),
            Declared::new("stop", none()),
            Declared::new("step", none()),
        ]
    }

    fn required(args: &mut Arguments<'_>) -> Result<Steps, Fault> {
        let (first, span) = args.value()?;
        let first = first.to_number(span)?.operand();
        let mut optional = || {
            let given = args.next_given().filter(|(value, _)| !matches!(value, Value::None));
            given.map(|(value, span)| Ok(value.to_number(span)?.operand())).transpose()
        };
        Ok(Steps::of(first, optional()?, optional()?))
    }
}

/// The axes that a reduction takes, and whether it keeps them: `axis=None, *, keepdims=False`.
pub(crate) struct Plain(pub Over);

/// [`Plain`], in a dtype: `axis=None, dtype=None, *, keepdims=False`.
pub(crate) struct Typed(pub Over);

/// [`Typed`], of a sample: `axis=None, dtype=None, *, ddof=0, keepdims=False`.
pub(crate) struct Spread(pub Over);

fn axis() -> Declared {
    Declared::new("axis", Some("None".to_owned()))
}

fn dtype() -> Declared {
    Declared::new("dtype", Some("None".to_owned()))
}

fn keepdims() -> Declared {
    Declared::new("keepdims", Some("False".to_owned())).by_keyword()
}

fn axes_of(args: &mut Arguments<'_>) -> Result<Over, Fault> {
    Ok(Over::from(or(args, Axes::All)?))
}

fn with_dtype(over: Over, args: &mut Arguments<'_>) -> Result<Over, Fault> {
    Ok(match optional::<DType>(args)? {
        Some(dtype) => over.dtype(dtype),
        None => over,
    })
}

/// `keepdims` is an integer to NumPy, which `None` is not.
fn with_keepdims(over: Over, args: &mut Arguments<'_>) -> Result<Over, Fault> {
    let Some((value, span)) = args.next_given() else { return Ok(over) };
    Ok(if to_flag(&value, span)? { over.keepdims() } else { over })
}

impl Slots for Plain {
    fn declare(_: &'static str) -> Vec<Declared> {
        vec![axis(), keepdims()]
    }

    fn required(args: &mut Arguments<'_>) -> Result<Plain, Fault> {
        let over = axes_of(args)?;
        Ok(Plain(with_keepdims(over, args)?))
    }
}

impl Slots for Typed {
    fn declare(_: &'static str) -> Vec<Declared> {
        vec![axis(), dtype(), keepdims()]
    }

    fn required(args: &mut Arguments<'_>) -> Result<Typed, Fault> {
        let over = axes_of(args)?;
        let over = with_dtype(over, args)?;
        Ok(Typed(with_keepdims(over, args)?))
    }
}

impl Slots for Spread {
    fn declare(_: &'static str) -> Vec<Declared> {
        let ddof = Declared::new("ddof", Some("0".to_owned())).by_keyword();
        vec![axis(), dtype(), ddof, keepdims()]
    }

    fn required(args: &mut Arguments<'_>) -> Result<Spread, Fault> {
        let over = axes_of(args)?;
        let over = with_dtype(over, args)?;
        let over = over.ddof(or(args, 0.0)?);
        Ok(Spread(with_keepdims(over, args)?))
    }
}
