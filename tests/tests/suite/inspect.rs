//! Dumps parse back, name things alike, and explanations leave no neighbours out.

use jitney::{self as jn, Explanation, Formula, FormulaValue, Stage};
use jitney_ir::graph::{Graph, NodeId, Op};
use jitney_ir::kernel::Kernel;
use jitney_ir::lanes::Program;

/// Formulas over `a`, float64 of shape (40, 30), and `b`, int32 of shape (30,).
const FORMULAS: [&str; 13] = [
    "a * b + 1",
    "((a - a.mean(axis=0)) / a.std(axis=0)).max(axis=1)",
    "exp(a) / exp(a).sum(axis=1, keepdims=True)",
    "a.sum(), a.max(), (a * 2).sum(axis=0)",
    "(sin(a[:, None, :]) + cos(b[:, None]))[::2, 1:]",
    "a.T @ a + b",
    "concatenate([a * 2, a - 1]).sum(axis=0)",
    "a.T.reshape(60, 20) + arange(20)",
    "a[::-1].argmax(axis=0) + b",
    "b // 3 % 2 == 0",
    "where(a > 0.5, sqrt(a), a ** 3) + a.min()",
    "a, a + 1, (a + 1).sum()",
    "zeros((3, 4)) + 2.5",
];

fn values() -> impl Iterator<Item = (&'static str, FormulaValue)> {
    FORMULAS.iter().map(|text| {
        let a = jn::linspace(0.0, 1.0, 1200).eval().unwrap().reshape([40, 30]);
        let b = jn::arange(30).astype(jn::DType::I32).eval().unwrap();
        let mut formula = Formula::parse(text).unwrap();
        (*text, formula.bind("a", a).bind("b", b).build().unwrap())
    })
}

fn dump(value: &FormulaValue, stage: Stage) -> String {
    jn::dump(&value.arrays().iter().collect::<Vec<_>>(), stage).unwrap()
}

/// The parts of a dump that start with a keyword at the start of a line.
fn parts<'a>(text: &'a str, keyword: &'a str) -> impl Iterator<Item = &'a str> {
    let starts = text.match_indices(keyword).map(|(start, _)| start);
    let starts = starts.filter(|&start| start == 0 || text.as_bytes()[start - 1] == b'\n');
    starts.map(move |start| {
        let end = text[start..].find("\n}\n").expect("a closing line");
        &text[start..start + end + 3]
    })
}

#[test]
fn dumps_parse_back() {
    for (formula, value) in values() {
        for stage in [Stage::Graph, Stage::Optimized] {
            let text = dump(&value, stage);
            let graph = Graph::parse(&text).unwrap_or_else(|e| panic!("{formula}: {e}\n{text}"));
            assert_eq!(Graph::parse(&graph.to_string()), Ok(graph), "{formula}");
        }
        let kernels = dump(&value, Stage::Kernels);
        let mut n_phases = 0;
        for text in parts(&kernels, "kernel ") {
            let kernel = Kernel::parse(text).unwrap_or_else(|e| panic!("{formula}: {e}\n{text}"));
            n_phases += kernel.phases.len();
        }
        let lanes = dump(&value, Stage::Lanes);
        for text in parts(&lanes, "lanes(") {
            Program::parse(text).unwrap_or_else(|e| panic!("{formula}: {e}\n{text}"));
        }
        assert_eq!(parts(&lanes, "lanes(").count(), n_phases, "{formula}");
    }
}

#[test]
fn every_stage_names_the_same_steps() {
    for (formula, value) in values() {
        let explanation = jn::explain(&value.arrays().iter().collect::<Vec<_>>()).unwrap();
        let steps = explanation.kernels.iter().map(|kernel| kernel.step);
        let steps: Vec<usize> =
            steps.chain(explanation.library_calls.iter().map(|call| call.step)).collect();
        for stage in [Stage::Kernels, Stage::Lanes, Stage::Clif, Stage::Asm, Stage::Dot] {
            let text = dump(&value, stage);
            for step in &steps {
                let heading = format!("step {step}: ");
                assert!(text.contains(&heading), "{formula}: {stage} lacks step {step}\n{text}");
            }
            let beyond = format!("step {}: ", steps.len());
            assert!(!text.contains(&beyond), "{formula}: {stage} has too many steps\n{text}");
        }
    }
}

/// The node behind the views of an operand.
fn behind_views(graph: &Graph, mut id: NodeId) -> NodeId {
    while let Op::View(_) = graph.node(id).op {
        id = graph.node(id).inputs[0];
    }
    id
}

#[test]
fn every_pair_of_neighbours_is_fused_or_explained() {
    for (formula, value) in values() {
        let arrays: Vec<_> = value.arrays().iter().collect();
        let graph = Graph::parse(&dump(&value, Stage::Optimized)).unwrap();
        let explanation = jn::explain(&arrays).unwrap();
        for consumer in graph.ids() {
            for input in &graph.node(consumer).inputs {
                let producer = behind_views(&graph, *input);
                if is_computed(&explanation, producer) && is_computed(&explanation, consumer) {
                    assert!(
                        is_fused(&explanation, producer, consumer)
                            || is_explained(&explanation, producer, consumer),
                        "{formula}: nothing about %{} and %{}\n{graph}\n{explanation}",
                        producer.0,
                        consumer.0
                    );
                }
            }
        }
    }
}

fn is_computed(explanation: &Explanation, id: NodeId) -> bool {
    let nodes = explanation.kernels.iter().flat_map(|kernel| &kernel.nodes);
    nodes.chain(explanation.library_calls.iter().map(|call| &call.node)).any(|n| n.id == id.0)
}

/// Whether every kernel that computes the consumer computes the producer as well. Of a
/// concatenation, each kernel computes the part that is one operand's.
fn is_fused(explanation: &Explanation, producer: NodeId, consumer: NodeId) -> bool {
    let library = explanation.library_calls.iter().any(|call| call.node.id == consumer.0);
    let has = |nodes: &[jn::NodeReport], id: NodeId| nodes.iter().any(|node| node.id == id.0);
    let is_concat = |node: &jn::NodeReport| node.id == consumer.0 && node.op.starts_with("concat");
    let mut kernels = explanation.kernels.iter().filter(|kernel| has(&kernel.nodes, consumer));
    if kernels.clone().any(|kernel| kernel.nodes.iter().any(is_concat)) {
        return kernels.any(|kernel| has(&kernel.nodes, producer));
    }
    !library && kernels.all(|kernel| has(&kernel.nodes, producer))
}

fn is_explained(explanation: &Explanation, producer: NodeId, consumer: NodeId) -> bool {
    let pair = |unfused: &jn::UnfusedReport| {
        (unfused.producer.id, unfused.consumer.id) == (producer.0, consumer.0)
    };
    explanation.unfused.iter().any(pair)
}

#[test]
fn looking_computes_nothing() {
    let x = jn::arange(5) + 1;
    for stage in Stage::ALL {
        x.dump(stage).unwrap();
    }
    x.explain().unwrap();
    assert_eq!(format!("{x:?}"), "Array(int64, shape (5,), not yet evaluated)");
    x.eval().unwrap();
    assert_eq!(format!("{x:?}"), "array([1, 2, 3, 4, 5])");
    assert_eq!(x.to_string(), "[1 2 3 4 5]");
}

/// Explaining by running gives the values that evaluation gives, and tells of every kernel.
#[test]
fn kernels_that_ran_are_reported() {
    for ((formula, explained), (_, evaluated)) in values().zip(values()) {
        let explanation = jn::explain_run(&explained.arrays().iter().collect::<Vec<_>>()).unwrap();
        for kernel in &explanation.kernels {
            let ran = kernel.ran.as_ref().unwrap_or_else(|| panic!("{formula}: {kernel:?}"));
            assert!(["avx512", "avx2", "cranelift"].contains(&ran.emitter), "{formula}: {ran:?}");
            assert!(!ran.lanes.contains(&0), "{formula}: {ran:?}");
        }
        for (x, y) in explained.arrays().iter().zip(evaluated.arrays()) {
            assert!(!format!("{x:?}").contains("not yet evaluated"), "{formula}");
            assert_eq!(x.first_difference(y).unwrap(), None, "{formula}");
        }
    }
}

#[test]
fn operations_are_counted_by_element_and_row() {
    let x = jn::ones([40, 30]).eval().unwrap();
    // An addition and the sum for each element, a multiplication for each row.
    let y = (&x + 2.5).sum(jn::axis(1)) * 1.5;
    let explanation = y.explain().unwrap();
    assert_eq!(explanation.kernels[0].operations, 40 * 30 * 2 + 40, "{explanation}");
    assert!(explanation.kernels[0].ran.is_none(), "looking runs nothing");
}

#[test]
fn unrolled_rows_are_said_to_be() {
    let x = jn::ones([100, 3]);
    x.eval().unwrap();
    let explanation = x.sum(-1).explain().unwrap();
    let kernel = &explanation.kernels[0];
    assert_eq!(
        (&*kernel.kept, &*kernel.reduced, &*kernel.unrolled),
        (&[100][..], &[][..], &[3][..])
    );
    assert_eq!((kernel.instructions, kernel.operations), (2, 200));
    assert!(
        explanation.to_string().contains("[100], rows of [3] unrolled; 2 lane instructions a row")
    );
}

#[test]
fn failed_arrays_say_why_in_every_form() {
    let bad = jn::ones([3]) + jn::ones([4]);
    for text in [bad.to_string(), format!("{bad:?}")] {
        assert!(text.starts_with("Array(failed: ") && text.contains("shapes (3,) (4,)"), "{text}");
    }
    for stage in Stage::ALL {
        assert!(bad.dump(stage).unwrap_err().message().contains("shapes (3,) (4,)"));
    }
    assert!(bad.explain_run().is_err());
    assert!(bad.explain().is_err() && bad.array_str().is_err() && bad.array_repr().is_err());
}

#[test]
fn explanations_say_in_how_many_pieces_long_programs_run() {
    let x = jn::linspace(0.0, 1.0, 1000).eval().unwrap();
    for (array, is_long) in [(x.sin(), false), (x.sin().exp().tanh().arctan().log1p(), true)] {
        let explanation = array.explain_run().unwrap();
        let ran = explanation.kernels[0].ran.as_ref().expect("it ran");
        assert_eq!(ran.n_pieces > 1, is_long);
        assert_eq!(explanation.to_string().contains("pieces, chunk by chunk"), is_long);
    }
}
