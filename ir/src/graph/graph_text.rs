//! Printing and parsing of array graphs.
//!
//! ```text
//! graph {
//!   %0 = input 0 : f64[3, 4]
//!   %1 = constant 2.0 : f64[]
//!   %2 = broadcast %1 : f64[3, 4]
//!   %3 = multiply %0, %2 : f64[3, 4]
//!   return %3
//! }
//! ```
//!
//! Dtype and shape stand at every node though they mostly follow from the operands: whoever reads a
//! dump need not work them out, and the verifier finds where a pass has got them wrong.

use super::{Graph, Node, NodeId, Op, SliceAxis, View};
use crate::dtype::DType;
use crate::ops::{Call, Elementwise, Reduction};
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::text::{Cursor, ParseError};
use std::fmt;

fn joined<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn write_slice(f: &mut fmt::Formatter<'_>, name: &str, axes: &[SliceAxis]) -> fmt::Result {
    let starts: Vec<_> = axes.iter().map(|axis| axis.start).collect();
    let steps: Vec<_> = axes.iter().map(|axis| axis.step).collect();
    write!(f, "{name} start=[{}] step=[{}]", joined(&starts), joined(&steps))
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "graph {{")?;
        for id in self.ids() {
            writeln!(f, "  %{} = {}", id.0, self.node(id))?;
        }
        let outputs: Vec<_> = self.outputs.iter().map(|id| format!("%{}", id.0)).collect();
        writeln!(f, "  return {}\n}}", outputs.join(", "))
    }
}

/// The operation with its parameters, without operands: `reduce.sum axes=[0]`.
impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Input(number) => write!(f, "input {number}"),
            Op::Constant(scalar) => write!(f, "constant {scalar}"),
            Op::Iota => f.write_str("iota"),
            Op::Elementwise(op) => f.write_str(op.name()),
            Op::Reduce(op, axes) => write!(f, "reduce.{} axes=[{}]", op.name(), joined(axes)),
            Op::View(View::Reshape) => f.write_str("reshape"),
            Op::View(View::Broadcast) => f.write_str("broadcast"),
            Op::View(View::Transpose(perm)) => write!(f, "transpose perm=[{}]", joined(perm)),
            Op::View(View::Slice(axes)) => write_slice(f, "slice", axes),
            Op::Concat(axis) => write!(f, "concat axis={axis}"),
            Op::Update(axes) => write_slice(f, "update", axes),
            Op::Call(call) => call.fmt(f),
            Op::Output(number) => write!(f, "output {number}"),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.op)?;
        for (i, input) in self.inputs.iter().enumerate() {
            write!(f, "{} %{}", if i > 0 { "," } else { "" }, input.0)?;
        }
        write!(f, " : {}[{}]", self.dtype.short(), joined(self.shape.extents()))
    }
}

impl Graph {
    /// Reads the text form and verifies the graph.
    ///
    /// # Errors
    /// What is malformed or which invariant is broken, with the line.
    pub fn parse(text: &str) -> Result<Graph, ParseError> {
        let mut cursor = Cursor::new(text);
        cursor.expect("graph")?;
        cursor.expect("{")?;
        let mut graph = Graph::new();
        while !cursor.accept("return") {
            let number: usize = cursor.numbered("%")?;
            // Numbers are positions. So a node can only read what stands before it: there are no
            // cycles to look for.
            if number != graph.nodes.len() {
                return cursor.error(format!("expected %{}, found %{number}", graph.nodes.len()));
            }
            cursor.expect("=")?;
            let node = parse_node(&mut cursor)?;
            graph.push(node);
        }
        while !cursor.accept("}") {
            if !graph.outputs.is_empty() {
                cursor.expect(",")?;
            }
            graph.outputs.push(NodeId(cursor.numbered("%")?));
        }
        // Text comes from people and from files: what parses need not make sense.
        match graph.verify() {
            Ok(()) if cursor.at_end() => Ok(graph),
            Ok(()) => cursor.error("text after the graph"),
            Err(error) => cursor.error(error.to_string()),
        }
    }
}

fn parse_node(cursor: &mut Cursor<'_>) -> Result<Node, ParseError> {
    let name = cursor.take();
    // A constant's text is read before its dtype is known.
    let literal = if name == "constant" { cursor.take() } else { "" };
    let mut op = parse_op(cursor, name)?;
    let mut inputs = smallvec::SmallVec::new();
    while !cursor.accept(":") {
        if !inputs.is_empty() {
            cursor.expect(",")?;
        }
        inputs.push(NodeId(cursor.numbered("%")?));
    }
    let dtype_name = cursor.take();
    let Some(dtype) = DType::from_short(dtype_name) else {
        return cursor.error(format!("unknown dtype `{dtype_name}`"));
    };
    let extents: Dims<usize> = numbers(cursor)?;
    let shape = Shape::new(&extents).or_else(|error| cursor.error(error.to_string()))?;
    if op.constant().is_some() {
        let Some(value) = Scalar::parse(dtype, literal) else {
            return cursor.error(format!("`{literal}` is no {dtype}"));
        };
        op = Op::Constant(value);
    }
    if let Op::Elementwise(Elementwise::Cast(to)) = &mut op {
        *to = dtype;
    }
    Ok(Node { op, inputs, dtype, shape })
}

fn parse_op(cursor: &mut Cursor<'_>, name: &str) -> Result<Op, ParseError> {
    Ok(match name {
        "input" => Op::Input(cursor.number()?),
        // Its value is filled in once the dtype has been read.
        "constant" => Op::Constant(Scalar::bool(false)),
        "iota" => Op::Iota,
        // So is the dtype that a cast is to.
        "cast" => Op::cast(DType::Bool),
        "reshape" => Op::View(View::Reshape),
        "broadcast" => Op::View(View::Broadcast),
        "transpose" => Op::View(View::Transpose(attribute(cursor, "perm")?)),
        "slice" => Op::View(View::Slice(parse_slice(cursor)?)),
        "update" => Op::Update(parse_slice(cursor)?),
        "concat" => {
            cursor.expect("axis")?;
            cursor.expect("=")?;
            Op::Concat(cursor.number()?)
        }
        "output" => Op::Output(cursor.number()?),
        _ => return parse_row(cursor, name),
    })
}

/// An operation of one of the tables.
fn parse_row(cursor: &mut Cursor<'_>, name: &str) -> Result<Op, ParseError> {
    if let Some(reduction) = name.strip_prefix("reduce.").and_then(Reduction::from_name) {
        return Ok(Op::Reduce(reduction, attribute(cursor, "axes")?));
    }
    let attribute = |attribute: &'static str| {
        cursor.expect(attribute)?;
        cursor.expect("=")?;
        cursor.number()
    };
    if let Some(call) = Call::from_name(name, attribute)? {
        return Ok(Op::Call(call));
    }
    match Elementwise::from_name(name) {
        Some(op) => Ok(Op::Elementwise(op)),
        None => cursor.error(format!("unknown operation `{name}`")),
    }
}

fn parse_slice(cursor: &mut Cursor<'_>) -> Result<Dims<SliceAxis>, ParseError> {
    let starts: Dims<usize> = attribute(cursor, "start")?;
    let steps: Dims<isize> = attribute(cursor, "step")?;
    let axes = starts.into_iter().zip(steps);
    Ok(axes.map(|(start, step)| SliceAxis { start, step }).collect())
}

fn attribute<T: std::str::FromStr>(
    cursor: &mut Cursor<'_>,
    name: &str,
) -> Result<Dims<T>, ParseError> {
    cursor.expect(name)?;
    cursor.expect("=")?;
    numbers(cursor)
}

fn numbers<T: std::str::FromStr>(cursor: &mut Cursor<'_>) -> Result<Dims<T>, ParseError> {
    Ok(cursor.list("[", "]", Cursor::number)?.into())
}
