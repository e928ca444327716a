//! What must hold of every array graph.

use jitney::{Array, Element, Error, Mode, Settings};
use jitney_ir::graph::{Graph, Layout, NodeId, Op};
use jitney_ir::kernel::Kernel;
use jitney_ir::lanes::Program;
use jitney_ir::{DType, Scalar};
use jitney_optimizer::{Place, Step, Strategy, plan_reusing};
use jitney_runtime::{Expr, ExprInput, Function, Given, Nodes, Value};
use std::sync::Arc;

/// Every way to evaluate that must not matter.
const WAYS: [(Mode, usize); 4] =
    [(Mode::Fused, 1), (Mode::Fused, 2), (Mode::Eager, 1), (Mode::Eager, 2)];

/// Every mode gives the reference's bits, with one thread and with two, all outputs together
/// and one by one, also where each may take the place of an input, and as a function.
pub fn modes_agree(graph: &Graph, inputs: &[Value]) -> Result<(), String> {
    let law = run(graph, inputs, Mode::Reference, 1)?;
    for (mode, threads) in WAYS {
        let values = run(graph, inputs, mode, threads)?;
        same(&values, &law).map_err(|why| format!("{mode:?}, {threads} threads: {why}"))?;
    }
    if graph.outputs.len() > 1 {
        for (number, output) in graph.outputs.iter().enumerate() {
            let alone = Graph { nodes: graph.nodes.clone(), outputs: vec![*output] };
            let value = run(&alone, inputs, Mode::Fused, 1)?;
            same(&value, &law[number..=number])
                .map_err(|why| format!("output {number} alone: {why}"))?;
        }
    }
    for (number, output) in graph.outputs.iter().enumerate() {
        for (mode, threads) in [(Mode::Fused, 2), (Mode::Eager, 1)] {
            let mut roots = exprs(graph, |input| Expr::value(own_copy(&inputs[input as usize])));
            // Nobody else holds the inputs, nor what lies between.
            let root = roots.swap_remove(output.index());
            drop(roots);
            let value = evaluated(&[&root], mode, threads)?;
            same(&value, &law[number..=number])
                .map_err(|why| format!("output {number} over its inputs, {mode:?}: {why}"))?;
        }
    }
    for (mode, threads) in [(Mode::Fused, 2), (Mode::Eager, 1), (Mode::Reference, 1)] {
        with(mode, threads, || function_agrees(graph, inputs, &law))
            .map_err(|why| format!("as a function, {mode:?}: {why}"))?;
    }
    Ok(())
}

/// Whether plans that may overwrite all inputs overwrite any. From the first step on that does, there
/// are elementwise kernels alone: they have their memory by then, and cannot fail.
pub fn overwrites_last(graph: &Graph, inputs: &[Value]) -> Result<bool, String> {
    let layouts: Vec<Layout> = inputs.iter().map(|value| value.layout().clone()).collect();
    let all: Vec<u32> = (0..inputs.len() as u32).collect();
    let mut overwrites = false;
    for strategy in [Strategy::Fused, Strategy::Eager] {
        let plan = plan_reusing(graph, &layouts, &all, strategy);
        let is_input = |place: &Place| matches!(place, Place::Input(_));
        let writes = |step: &Step| step.written_places().iter().any(is_input);
        let Some(first) = plan.steps.iter().position(writes) else { continue };
        overwrites = true;
        for (number, step) in plan.steps.iter().enumerate().skip(first) {
            match step {
                Step::Kernel(call) if call.is_elementwise() => {}
                Step::Kernel(_) | Step::Library(_) => {
                    return Err(format!("{strategy:?}: step {number} follows step {first}"));
                }
            }
        }
    }
    Ok(overwrites)
}

/// The graph as a function of its inputs gives the values that it should: when it is traced, over
/// arguments that it may overwrite, and in the place of results.
fn function_agrees(graph: &Graph, inputs: &[Value], law: &[Value]) -> Result<(), String> {
    let function = Function::default();
    let body = |arguments: &[Arc<Expr>]| -> Nodes {
        let nodes = exprs(graph, |input| Arc::clone(&arguments[input as usize]));
        graph.outputs.iter().map(|id| Arc::clone(&nodes[id.index()])).collect()
    };
    let agree = |results: &Nodes, how: &str| {
        let values: Option<Vec<Value>> = results.iter().map(|x| x.known_value().cloned()).collect();
        let values = values.ok_or_else(|| format!("{how}: a result has no value"))?;
        same(&values, law).map_err(|why| format!("{how}: {why}"))
    };
    let text = |error: Error| error.to_string();
    let nodes: Vec<Arc<Expr>> = inputs.iter().cloned().map(Expr::value).collect();
    let shared = || nodes.iter().map(Given::shared).collect::<Vec<_>>();
    agree(&function.call(&mut shared(), body).map_err(text)?, "traced")?;
    let copies = inputs.iter().map(|input| Given::own(Expr::value(own_copy(input))));
    let mut results = function.call(&mut copies.collect::<Vec<_>>(), body).map_err(text)?;
    agree(&results, "over its arguments")?;
    for how in ["into its results", "into its own results"] {
        let mut places: Vec<&mut Arc<Expr>> = results.iter_mut().collect();
        let again = |_: &[Arc<Expr>]| panic!("there is a trace for these arguments");
        function.call_into(&mut shared(), &mut places, again).map_err(text)?;
        agree(&results, how)?;
    }
    // None of that has touched what it was not given.
    same(&nodes.iter().filter_map(|node| node.known_value().cloned()).collect::<Vec<_>>(), inputs)
}

/// The elements in memory of the library's own.
fn own_copy(value: &Value) -> Value {
    fn copy<T: Element>(value: &Value) -> Result<Value, Error> {
        Value::from_slice(&value.to_vec::<T>()?, value.shape())
    }
    let copied = match value.dtype() {
        DType::Bool => copy::<bool>(value),
        DType::I8 => copy::<i8>(value),
        DType::I16 => copy::<i16>(value),
        DType::I32 => copy::<i32>(value),
        DType::I64 => copy::<i64>(value),
        DType::U8 => copy::<u8>(value),
        DType::U16 => copy::<u16>(value),
        DType::U32 => copy::<u32>(value),
        DType::U64 => copy::<u64>(value),
        DType::F32 => copy::<f32>(value),
        DType::F64 => copy::<f64>(value),
    };
    copied.expect("there is memory for the elements")
}

/// The outputs' values. Expressions keep their values, so that each run has new ones.
pub fn run(
    graph: &Graph,
    inputs: &[Value],
    mode: Mode,
    threads: usize,
) -> Result<Vec<Value>, String> {
    let exprs = exprs(graph, |input| Expr::value(inputs[input as usize].clone()));
    let roots: Vec<&Arc<Expr>> = graph.outputs.iter().map(|id| &exprs[id.index()]).collect();
    evaluated(&roots, mode, threads)
}

/// The nodes as expressions.
fn exprs(graph: &Graph, input: impl Fn(u32) -> Arc<Expr>) -> Vec<Arc<Expr>> {
    let mut exprs: Vec<Arc<Expr>> = Vec::with_capacity(graph.nodes.len());
    for id in graph.ids() {
        let node = graph.node(id);
        let operand = |id: &NodeId| ExprInput::Node(Arc::clone(&exprs[id.index()]));
        let operands = node.inputs.iter().map(operand).collect();
        exprs.push(match &node.op {
            Op::Input(number) => input(*number),
            op => Expr::new(op.clone(), operands, node.dtype, node.shape.clone()),
        });
    }
    exprs
}

fn evaluated(roots: &[&Arc<Expr>], mode: Mode, threads: usize) -> Result<Vec<Value>, String> {
    with(mode, threads, || jitney_runtime::eval(roots))
        .map_err(|error| format!("{mode:?}, {threads} threads: {error}"))?;
    Ok(roots.iter().filter_map(|root| root.known_value().cloned()).collect())
}

fn with<R>(mode: Mode, threads: usize, body: impl FnOnce() -> R) -> R {
    let settings = Settings {
        mode: Some(mode),
        threads: Some(threads),
        compile_at_once: true,
        ..jitney_runtime::settings()
    };
    jitney_runtime::with_settings(settings, body)
}

/// The same dtypes, shapes and bits; all NaNs are equal.
pub fn same(found: &[Value], wanted: &[Value]) -> Result<(), String> {
    for (number, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        if (found.dtype(), found.shape()) != (wanted.dtype(), wanted.shape()) {
            return Err(format!(
                "output {number} is {}{} instead of {}{}",
                found.dtype(),
                found.shape(),
                wanted.dtype(),
                wanted.shape()
            ));
        }
        for (i, (x, law)) in found.scalars().zip(wanted.scalars()).enumerate() {
            if x != law && !(x.is_nan() && law.is_nan()) {
                return Err(format!("output {number}, element {i} is {x:?} instead of {law:?}"));
            }
        }
    }
    Ok(())
}

/// The graph, and each kernel of its plans with its lane programs, is valid and prints what
/// reads back as the same.
pub fn texts_read_back(graph: &Graph, inputs: &[Value]) -> Result<(), String> {
    let optimized = jitney_optimizer::optimize(graph).0;
    for graph in [graph, &optimized] {
        graph.verify().map_err(|error| format!("{error}\n{graph}"))?;
        reads_back(&with_plain_nans(graph), |text| {
            Graph::parse(text).map_err(|error| error.to_string())
        })?;
    }
    let layout = |value: &Value| Layout { offset: 0, ..value.layout().clone() };
    let layouts: Vec<Layout> = inputs.iter().map(layout).collect();
    let plans = [(&optimized, Strategy::Fused), (graph, Strategy::Fused), (graph, Strategy::Eager)];
    for (graph, strategy) in plans {
        let plan = jitney_optimizer::plan(graph, &layouts, strategy);
        for call in plan.kernels() {
            let kernel: &Kernel = &call.kernel;
            kernel.verify().map_err(|error| format!("{error}\n{kernel}"))?;
            reads_back(kernel, |text| Kernel::parse(text).map_err(|error| error.to_string()))?;
            for phase in &kernel.phases {
                phase.program.verify().map_err(|error| format!("{error}\n{kernel}"))?;
                reads_back(&phase.program, |text| {
                    Program::parse(text).map_err(|error| error.to_string())
                })?;
            }
        }
    }
    Ok(())
}

/// The graph with the NaN that prints as one: signs and payloads are not promised.
fn with_plain_nans(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    for node in &mut graph.nodes {
        if let Op::Constant(scalar) = &mut node.op
            && scalar.is_nan()
        {
            *scalar = Scalar::from_f64(scalar.dtype, f64::NAN);
        }
    }
    graph
}

fn reads_back<T: PartialEq + std::fmt::Display>(
    item: &T,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<(), String> {
    let text = item.to_string();
    let back = parse(&text).map_err(|error| format!("does not read back: {error}\n{text}"))?;
    if back == *item { Ok(()) } else { Err(format!("reads back as another:\n{text}\n{back}")) }
}

/// Evaluating a failed array gives its error, whatever the mode.
pub fn fails_everywhere(array: &Array) -> Result<(), String> {
    let wanted = array.error().ok_or("the array is no failed one")?.to_string();
    for mode in [Mode::Fused, Mode::Eager, Mode::Reference] {
        let found = jitney_runtime::with_mode(mode, || (array + array).eval());
        match found {
            Err(error) if error.to_string() == wanted => {}
            Err(error) => return Err(format!("{mode:?} says {error} instead of {wanted}")),
            Ok(_) => return Err(format!("{mode:?} has a value instead of {wanted}")),
        }
    }
    Ok(())
}
