//! The passes from graph to graph: files with a graph before and after, scale, and the rules.

mod evaluate;
mod rules;
mod views;

use evaluate::assert_same;
use jitney_ir::graph::{Graph, Node, NodeId, Op};
use jitney_ir::ops::Elementwise;
use jitney_ir::{DType, Scalar, Shape};
use jitney_optimizer::{PIPELINE, Pass, is_special, optimize, optimize_observed};
use smallvec::smallvec;
use std::fs;
use std::path::Path;

/// The line between the graph before and the graph after.
const BECOMES: &str = "; becomes\n";

/// The graph after what the first line of a file names: `; pipeline`, or `; pass` and the name
/// of one, after which dead nodes are dropped so that the graph shows the pass alone.
fn after(first_line: &str, graph: &Graph) -> Graph {
    if first_line == "; pipeline" {
        return optimize(graph).0;
    }
    let pass = first_line.strip_prefix("; pass ").and_then(Pass::from_name);
    let pass = pass.unwrap_or_else(|| panic!("`{first_line}` names no pass"));
    let drop_dead = Pass::from_name("drop-dead").expect("the pass exists");
    drop_dead.run(pass.run(graph.clone()))
}

/// Runs one file; `BLESS=1` writes the graph after it anew.
fn check_file(path: &Path) {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).expect("readable file");
    let before = text.split(BECOMES).next().unwrap_or_default();
    let graph = Graph::parse(before).unwrap_or_else(|error| panic!("{name}: {error}"));
    let result = after(before.lines().next().unwrap_or_default(), &graph);
    for graph in [&graph, &result] {
        assert_eq!(Graph::parse(&graph.to_string()).as_ref(), Ok(graph), "{name}");
    }
    assert_same(&graph, &result, &name);
    let found = format!("{}\n{BECOMES}{result}", before.trim_end());
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, found).expect("writable file");
    } else {
        assert_eq!(found, text, "{name}: run again with BLESS=1 if right");
    }
}

#[test]
fn graphs_become_what_their_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests/passes");
    let mut n_files = 0;
    for entry in fs::read_dir(folder).expect("folder of files") {
        check_file(&entry.expect("entry").path());
        n_files += 1;
    }
    assert!(n_files >= 15, "only {n_files} files");
}

fn leaf(op: Op, dtype: DType, shape: &Shape) -> Node {
    Node { op, inputs: smallvec![], dtype, shape: shape.clone() }
}

fn push(graph: &mut Graph, op: Op, inputs: &[NodeId], dtype: DType) -> NodeId {
    let shape = graph.node(inputs[0]).shape.clone();
    graph.push(Node { op, inputs: inputs.into(), dtype, shape })
}

#[test]
fn chains_of_casts_keep_their_bits() {
    for from in DType::ALL {
        for middle in DType::ALL {
            for to in DType::ALL {
                let mut graph = Graph::new();
                let x = graph.push(leaf(Op::Input(0), from, &Shape::new(&[64]).unwrap()));
                let y = push(&mut graph, Op::cast(middle), &[x], middle);
                let z = push(&mut graph, Op::cast(to), &[y], to);
                graph.outputs = vec![z];
                let (short, _) = optimize(&graph);
                assert_same(&graph, &short, &format!("{from} to {middle} to {to}"));
            }
        }
    }
}

#[test]
fn a_million_nodes_pass_without_recursion() {
    let mut graph = Graph::new();
    let shape = Shape::scalar();
    let x = graph.push(leaf(Op::Input(0), DType::I64, &shape));
    let seven = graph.push(leaf(Op::Constant(Scalar::i64(7)), DType::I64, &shape));
    let mut last = x;
    // Neither the literals, nor the casts, nor the negations are left in the end.
    for i in 0..250_000 {
        last = push(&mut graph, Op::Elementwise(Elementwise::Add), &[last, seven], DType::I64);
        last = push(&mut graph, Op::Elementwise(Elementwise::Negative), &[last], DType::I64);
        last = push(&mut graph, Op::cast(DType::I64), &[last], DType::I64);
        last = push(&mut graph, Op::Elementwise(Elementwise::Negative), &[last], DType::I64);
        if i % 1000 == 0 {
            last = push(&mut graph, Op::Elementwise(Elementwise::Square), &[last], DType::I64);
        }
    }
    graph.outputs = vec![last];
    let (small, _) = optimize(&graph);
    // 250 squares, 251 sums and the literals between them, and the input.
    assert!(small.nodes.len() < 760, "{} nodes are left", small.nodes.len());
}

#[test]
fn the_observer_sees_every_pass() {
    let graph = Graph::parse("graph { %0 = input 0 : f64[] return %0 }").expect("a graph");
    let mut seen = Vec::new();
    let (_, reports) = optimize_observed(&graph, &mut |report, after| {
        assert_eq!(report.nodes_after, after.nodes.len());
        seen.push(report.clone());
    });
    assert_eq!(seen, reports);
    assert!(seen.iter().map(|report| report.name).eq(PIPELINE.iter().map(|pass| pass.name)));
}

#[test]
fn literals_of_rules_are_special_and_no_others() {
    let float = |value: f64| [Scalar::f64(value), Scalar::from_f64(DType::F32, value)];
    let int = |value: i128| DType::ALL.map(|dtype| Scalar::from_i128(dtype, value));
    for special in [0.0, -0.0, 1.0, -1.0, 2.0].map(float).as_flattened() {
        assert!(is_special(*special), "{special:?}");
    }
    for special in [0, 1].map(int).as_flattened() {
        assert!(is_special(*special), "{special:?}");
    }
    assert!(is_special(Scalar::i64(-1)));
    for plain in [3.0, 0.5, -2.0, f64::NAN, f64::INFINITY, 1e-30].map(float).as_flattened() {
        assert!(!is_special(*plain), "{plain:?}");
    }
    for plain in [Scalar::i64(7), Scalar::i64(-3), Scalar::from_i128(DType::U8, 255)] {
        assert!(!is_special(plain), "{plain:?}");
    }
}
