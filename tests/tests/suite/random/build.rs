//! Runs a random program through the public API.

use super::generate::{Choices, Kind, Program, Size};
use super::inputs;
use jitney::{Array, Index, Operand, Over, Slice};
use jitney_ir::graph::Graph;
use jitney_ir::ops::{Elementwise, Reduction, Rule};
use jitney_ir::{DType, for_each_elementwise};
use jitney_runtime::Value;
use std::fmt;

/// A program that has been run: nothing is evaluated but the inputs.
pub struct Built {
    /// What was called, for people.
    calls: Vec<String>,
    /// What the calls built.
    pub graph: Graph,
    /// The graph's inputs.
    pub values: Vec<Value>,
    /// Arrays that bad calls made.
    pub failed: Vec<Array>,
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.calls.iter().try_for_each(|call| writeln!(f, "{call}"))?;
        for (number, value) in self.values.iter().enumerate() {
            let strides = &value.layout().strides;
            let first: Vec<_> = value.scalars().take(20).collect();
            writeln!(f, "; input {number} has strides {strides:?} and begins with {first:?}")?;
        }
        write!(f, "{}", self.graph)
    }
}

/// Runs the program. Calls that fail leave no value behind that later steps could use.
pub fn build(program: &Program) -> Built {
    let shape = inputs::base_shape(&mut Choices::new(&program.shape), program.size);
    let mut trace = Trace {
        size: program.size,
        shape,
        values: Vec::new(),
        calls: Vec::new(),
        failed: Vec::new(),
    };
    for (number, numbers) in program.inputs.iter().enumerate() {
        // The first one has the whole shape, so that not everything is small.
        let mut choices = Choices::new(numbers);
        let (array, description) = inputs::input(&mut choices, &trace.shape, number > 0);
        trace.keep(array, &description);
    }
    for (kind, numbers) in &program.steps {
        trace.step(*kind, &mut Choices::new(numbers));
    }
    let last = trace.values.len() - 1;
    let further = program.outputs.iter().map(|n| last - usize::from(*n) % trace.values.len());
    let outputs: Vec<usize> = std::iter::once(last).chain(further).collect();
    let names: Vec<String> = outputs.iter().map(|output| format!("x{output}")).collect();
    trace.calls.push(format!("wanted: {}", names.join(", ")));
    let roots: Vec<_> = outputs.iter().map(|output| trace.values[*output].expr()).collect();
    let (graph, values) = jitney_runtime::trace(&roots).expect("failed arrays are not kept");
    Built { calls: trace.calls, graph, values, failed: trace.failed }
}

/// The values so far.
struct Trace {
    size: Size,
    shape: Vec<usize>,
    values: Vec<Array>,
    calls: Vec<String>,
    failed: Vec<Array>,
}

impl Trace {
    fn keep(&mut self, array: Array, call: &str) {
        if let Some(error) = array.error() {
            self.calls.push(format!("failed: {call}: {}", error.message()));
            self.failed.push(array);
        } else if array.size() <= self.size.max_result {
            let number = self.values.len();
            self.calls.push(format!(
                "x{number} = {call} : {}{:?}",
                array.dtype().short(),
                array.shape()
            ));
            self.values.push(array);
        }
    }

    /// An earlier value, the last one for the plainest choice, seldom one of one element.
    fn value(&self, choices: &mut Choices<'_>) -> usize {
        let number = self.values.len() - 1 - choices.below(self.values.len());
        if self.values[number].size() == 1 && !choices.once_in(4) {
            return self.values[..number].iter().rposition(|x| x.size() != 1).unwrap_or(number);
        }
        number
    }

    /// An earlier value that broadcasts with the given one to no more than it may.
    fn partner(&self, choices: &mut Choices<'_>, number: usize) -> usize {
        let own = jitney_ir::Shape::new(self.values[number].shape()).unwrap();
        let fits = |other: &usize| {
            let shape = jitney_ir::Shape::new(self.values[*other].shape()).unwrap();
            own.broadcast(&shape).is_ok_and(|shape| shape.len() <= self.size.max_result)
        };
        let fitting: Vec<usize> = (0..self.values.len()).rev().filter(fits).collect();
        *choices.pick(&fitting)
    }

    fn step(&mut self, kind: Kind, choices: &mut Choices<'_>) {
        match kind {
            Kind::Elementwise => self.elementwise(choices),
            Kind::WithScalar => self.with_scalar(choices),
            Kind::Cast => {
                let number = self.value(choices);
                let dtype = *choices.pick(&DType::ALL);
                let call = format!("x{number}.astype({dtype})");
                self.keep(self.values[number].astype(dtype), &call);
            }
            Kind::Reduce => self.reduce(choices),
            Kind::Against => self.against(choices),
            Kind::View => self.view(choices),
            Kind::Join => self.join(choices),
            Kind::Set => self.set(choices),
            Kind::Create => self.create(choices),
            Kind::Call => self.call(choices),
        }
    }

    fn elementwise(&mut self, choices: &mut Choices<'_>) {
        // Literal powers are many, and much alike.
        let op = if choices.once_in(20) {
            choices.pick(Elementwise::LITERAL_POWERS).0
        } else {
            *choices.pick(Elementwise::NAMED)
        };
        let mut numbers = vec![self.value(choices)];
        while numbers.len() < op.arity() {
            let number = self.partner(choices, numbers[0]);
            // The third operand must fit the second as well.
            numbers.push(if numbers.len() == 2 { numbers[1] } else { number });
        }
        let mut operands: Vec<Array> = numbers.iter().map(|n| self.values[*n].clone()).collect();
        let dtypes: Vec<DType> = operands.iter().map(Array::dtype).collect();
        let mut names: Vec<String> = numbers.iter().map(|n| format!("x{n}")).collect();
        // Most operands are made to fit; the others show that failures are deferred.
        if op.signature(&dtypes).is_err() && !choices.once_in(8) {
            let dtype = if op.rule() == Rule::Numeric { DType::F64 } else { DType::I32 };
            let from = if op.rule() == Rule::Ldexp { 1 } else { 0 };
            for (operand, name) in operands.iter_mut().zip(&mut names).skip(from) {
                *operand = operand.astype(dtype);
                *name = format!("{name}.astype({dtype})");
            }
        }
        self.keep(apply(op, &operands), &format!("{}({})", op.name(), names.join(", ")));
    }

    fn with_scalar(&mut self, choices: &mut Choices<'_>) {
        const INTS: [i128; 8] = [1, 2, 0, -1, 3, 7, 100, 1 << 40];
        const FLOATS: [f64; 15] = [
            2.0,
            1.0,
            3.0,
            1.5,
            -2.0,
            0.5,
            -1.0,
            0.0,
            -0.0,
            0.1,
            1e300,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            5e-324,
        ];
        let binary: Vec<Elementwise> =
            Elementwise::ALL.iter().copied().filter(|op| op.arity() == 2).collect();
        let op = *choices.pick(&binary);
        let number = self.value(choices);
        let only_ints = op.signature(&[DType::F64, DType::F64]).is_err();
        let (scalar, text) = match choices.below(8) {
            0..4 if !only_ints => {
                let value = *choices.pick(&FLOATS);
                (Operand::Float(value), format!("{value:?}"))
            }
            0..7 => {
                let value = *choices.pick(&INTS);
                (Operand::Int(value), value.to_string())
            }
            _ => (Operand::Bool(true), "true".to_owned()),
        };
        let cast = only_ints && self.values[number].dtype().kind() == jitney_ir::Kind::Float;
        let array =
            if cast { self.values[number].astype(DType::I64) } else { self.values[number].clone() };
        let array = Operand::from(array);
        if choices.once_in(3) {
            self.keep(apply(op, &[scalar, array]), &format!("{}({text}, x{number})", op.name()));
        } else {
            self.keep(apply(op, &[array, scalar]), &format!("{}(x{number}, {text})", op.name()));
        }
    }

    fn reduce(&mut self, choices: &mut Choices<'_>) {
        let table = Reduction::ALL.iter().map(|reduction| (reduction.name(), of_table(*reduction)));
        let all: Vec<(&str, Reducer)> = table.chain(COMPOSITES.iter().copied()).collect();
        let (name, reducer) = *choices.pick(&all);
        let number = self.value(choices);
        let array = &self.values[number];
        let mut axes = some_axes(choices, array);
        if choices.once_in(4) {
            axes.iter_mut().for_each(|axis| *axis -= array.ndim() as isize);
        }
        let mut over = if axes.is_empty() { Over::from(..) } else { Over::from(axes.as_slice()) };
        if choices.once_in(3) {
            over = over.keepdims();
        }
        let call = format!("{name}(x{number}, {over:?})");
        self.keep(reducer(array, over), &call);
    }

    fn against(&mut self, choices: &mut Choices<'_>) {
        let reducers: [(&str, Reducer); 5] = [
            ("mean", |x, over| x.mean(over)),
            ("max", |x, over| x.max(over)),
            ("sum", |x, over| x.sum(over)),
            ("std", |x, over| x.std(over)),
            ("min", |x, over| x.min(over)),
        ];
        let (name, reducer) = *choices.pick(&reducers);
        let number = self.value(choices);
        let array = self.values[number].clone();
        let axes = some_axes(choices, &array);
        let over = if axes.is_empty() { Over::from(..) } else { Over::from(axes.as_slice()) };
        let reduced = reducer(&array, over.keepdims());
        let (result, with) = match choices.below(4) {
            0 => (&array - &reduced, "-"),
            1 => (&array / &reduced, "/"),
            2 => ((&array - &reduced).exp(), "- exp"),
            _ => (array.less(&reduced), "<"),
        };
        self.keep(result, &format!("x{number} {with} {name}(x{number}, {axes:?})"));
        if choices.once_in(3) {
            self.keep(reduced, &format!("{name}(x{number}, {axes:?})"));
        }
    }

    /// Both results of a sort, one or the other.
    fn call(&mut self, choices: &mut Choices<'_>) {
        let number = self.value(choices);
        let array = self.values[number].clone();
        let axis = choices.below(array.ndim() + 1) as isize - 1;
        let wanted = choices.below(3);
        if wanted != 1 {
            self.keep(array.sort(axis), &format!("x{number}.sort({axis})"));
        }
        if wanted != 0 {
            self.keep(array.argsort(axis), &format!("x{number}.argsort({axis})"));
        }
    }

    fn view(&mut self, choices: &mut Choices<'_>) {
        let number = self.value(choices);
        let array = self.values[number].clone();
        let rank = array.ndim();
        let (view, call) = match choices.below(8) {
            0 => (array.t(), "t()".to_owned()),
            1 | 2 => {
                let index = index(choices, array.shape());
                (array.slice(&index), format!("slice({index:?})"))
            }
            3 => {
                let shape = factors(choices, array.size());
                (array.reshape(&shape), format!("reshape({shape:?})"))
            }
            4 => {
                let axis = choices.below(rank + 1) as isize;
                (array.expand_dims(axis), format!("expand_dims({axis})"))
            }
            5 => (array.squeeze([]), "squeeze([])".to_owned()),
            6 if rank > 0 => {
                let (from, to) = (choices.below(rank) as isize, -1 - choices.below(rank) as isize);
                (array.moveaxis(from, to), format!("moveaxis({from}, {to})"))
            }
            6 => (array.ravel(), "ravel()".to_owned()),
            _ => {
                let mut shape = self.shape.clone();
                if choices.once_in(2) {
                    shape = array.shape().to_vec();
                    shape.insert(0, 2);
                }
                (array.broadcast_to(&shape), format!("broadcast_to({shape:?})"))
            }
        };
        self.keep(view, &format!("x{number}.{call}"));
    }

    fn join(&mut self, choices: &mut Choices<'_>) {
        let number = self.value(choices);
        let rank = self.values[number].ndim();
        let stack = rank == 0 || choices.once_in(2);
        let axis = choices.below(if stack { rank + 1 } else { rank });
        // Values that fit; a stack takes none of another extent.
        let like = |other: &usize| {
            let (own, other) = (self.values[number].shape(), self.values[*other].shape());
            own.len() == other.len()
                && own
                    .iter()
                    .zip(other)
                    .enumerate()
                    .all(|(i, (a, b))| a == b || (i == axis && !stack))
        };
        let fitting: Vec<usize> = (0..self.values.len()).rev().filter(like).collect();
        let mut numbers = vec![number];
        for _ in 0..choices.below(3) + 1 {
            numbers.push(*choices.pick(&fitting));
        }
        let arrays: Vec<&Array> = numbers.iter().map(|n| &self.values[*n]).collect();
        let (name, joined) = if stack {
            ("stack", jitney::stack(&arrays, axis as isize))
        } else {
            ("concatenate", jitney::concatenate(&arrays, axis as isize))
        };
        let names: Vec<String> = numbers.iter().map(|n| format!("x{n}")).collect();
        self.keep(joined, &format!("{name}([{}], {axis})", names.join(", ")));
    }

    fn set(&mut self, choices: &mut Choices<'_>) {
        let number = self.value(choices);
        let array = self.values[number].clone();
        let index = index(choices, array.shape());
        let (value, text) = match choices.below(6) {
            // Elements of its own, elsewhere than they were.
            0 | 1 => (Operand::from(-array.slice(&index)), format!("-x{number}[index]")),
            2 => (Operand::from(array.flip([]).slice(&index)), format!("x{number}.flip[index]")),
            3 => (Operand::Float(0.5), "0.5".to_owned()),
            4 => (Operand::Int(300), "300".to_owned()),
            _ => {
                let other = self.partner(choices, number);
                (Operand::from(&self.values[other]), format!("x{other}"))
            }
        };
        self.keep(array.set(&index, value), &format!("x{number}.set({index:?}, {text})"));
    }

    fn create(&mut self, choices: &mut Choices<'_>) {
        let n = *self.shape.last().unwrap_or(&3);
        let (array, call) = match choices.below(5) {
            0 => (jitney::arange(n), format!("arange({n})")),
            1 => (jitney::linspace(-1.0, 1e3, n), format!("linspace(-1.0, 1e3, {n})")),
            2 if n < 70 => {
                let k = choices.below(5) as isize - 2;
                (jitney::eye(n, n, k), format!("eye({n}, {n}, {k})"))
            }
            3 => {
                let scalar = *choices.pick(&[0.5, 0.0, f64::NAN, -0.0, 1e308]);
                (jitney::full(&self.shape, scalar), format!("full({:?}, {scalar:?})", self.shape))
            }
            _ => {
                let step = choices.below(9) as i64 - 4;
                (jitney::arange_of(7, -30, step), format!("arange_of(7, -30, {step})"))
            }
        };
        self.keep(array, &call);
    }
}

/// Any of an array's axes; none stands for all.
fn some_axes(choices: &mut Choices<'_>, array: &Array) -> Vec<isize> {
    let mask = if array.ndim() == 0 { 0 } else { choices.below(1 << array.ndim().min(8)) };
    (0..array.ndim() as isize).filter(|axis| mask >> axis & 1 == 1).collect()
}

/// Slices that NumPy admits, with bounds in and out of range.
fn index(choices: &mut Choices<'_>, shape: &[usize]) -> Vec<Index> {
    let mut index = Vec::new();
    for &extent in shape {
        let bound = |choices: &mut Choices<'_>| {
            let n = extent as isize;
            (!choices.once_in(2))
                .then(|| *[1, n / 2, -1, 0, n, -n, n + 3][..].get(choices.below(7)).unwrap_or(&0))
        };
        let item = match choices.below(8) {
            0 => Index::from(..),
            7 if extent > 0 => Index::At(-1),
            6 => {
                index.push(Index::NewAxis);
                Index::from(..)
            }
            kind => {
                let step = [-1, -1, 1, 2, -2, 3][kind.min(5)];
                let (start, stop) = (bound(choices), bound(choices));
                Index::Slice(Slice { start, stop, step: Some(step) })
            }
        };
        index.push(item);
    }
    index
}

/// A shape of as many elements.
fn factors(choices: &mut Choices<'_>, size: usize) -> Vec<isize> {
    let mut left = size;
    let mut shape = Vec::new();
    for _ in 0..choices.below(3) {
        let divisors: Vec<usize> =
            (1..=left.min(64)).rev().filter(|d| left.is_multiple_of(*d)).collect();
        if let Some(first) = divisors.first() {
            let divisor = if divisors.len() > 1 { *choices.pick(&divisors) } else { *first };
            shape.push(divisor as isize);
            left /= divisor;
        }
    }
    shape.push(left as isize);
    shape
}

type Reducer = fn(&Array, Over) -> Array;

/// The public function of a row of the table of reductions.
fn of_table(reduction: Reduction) -> Reducer {
    match reduction {
        Reduction::Sum => |x, over| x.sum(over),
        Reduction::Prod => |x, over| x.prod(over),
        Reduction::Min => |x, over| x.min(over),
        Reduction::Max => |x, over| x.max(over),
        Reduction::Any => |x, over| x.any(over),
        Reduction::All => |x, over| x.all(over),
    }
}

const COMPOSITES: &[(&str, Reducer)] = &[
    ("mean", |x, over| x.mean(over)),
    ("var", |x, over| x.var(over)),
    ("std", |x, over| x.std(over)),
    ("ptp", |x, over| x.ptp(over)),
    ("argmin", |x, over| x.argmin(over)),
    ("argmax", |x, over| x.argmax(over)),
    ("count_nonzero", |x, over| x.count_nonzero(over)),
];

/// An exponent as people write it: only integers leave integers what they are.
fn exponent(value: f64) -> Operand {
    let is_natural = value > 0.0 && value.fract() == 0.0;
    if is_natural { Operand::Int(value as i128) } else { Operand::Float(value) }
}

macro_rules! apply_functions {
    ($($(#[doc = $doc:literal])* $variant:ident $name:ident($($operand:ident),*):
        $rule:ident, $accuracy:ident, $meaning:path;)*
        { $($power:ident $power_name:ident: $power_rule:ident, $exponent:literal;)* }
    ) => {
        /// The public function of a row of the elementwise table.
        fn apply<T: Clone + Into<Operand>>(op: Elementwise, operands: &[T]) -> Array {
            let operands: Vec<Operand> = operands.iter().cloned().map(Into::into).collect();
            match (op, operands.as_slice()) {
                $((Elementwise::$variant, [$($operand),*]) => {
                    jitney::$name($($operand.clone()),*)
                })*
                $((Elementwise::$power, [x]) => jitney::power(x.clone(), exponent($exponent)),)*
                _ => unreachable!("as many operands as the row names"),
            }
        }
    };
}

for_each_elementwise!(apply_functions);
