//! Golden files: an array graph, and after a line of dashes the plan it becomes.
//!
//! `BLESS=1 cargo test` writes what is found into the files.

use jitney_ir::graph::{Graph, Layout, Op};
use jitney_optimizer::{Binding, BufferId, Place, Plan, Step, Strategy, optimize, plan};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const SEPARATOR: &str = "\n----\n";

/// Runs every file of a kind through `produce`.
fn check(kind: &str, produce: fn(&str) -> Result<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests").join(kind);
    let entries = fs::read_dir(&folder).expect("the kind has a folder").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{kind} has no files");
    let mut wrong = String::new();
    for path in paths {
        let text = fs::read_to_string(&path).expect("a golden file is text");
        let (input, expected) = text.split_once(SEPARATOR).unwrap_or((text.trim_end(), ""));
        let found = produce(input).unwrap_or_else(|error| format!("error: {error}\n"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, format!("{input}{SEPARATOR}{found}")).expect("the file is writable");
        } else if found != expected {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            writeln!(wrong, "{name} becomes:\n{found}").expect("strings grow");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}\nBLESS=1 accepts this");
}

#[test]
fn plans() {
    check("plan", |text| {
        let graph = Graph::parse(text).map_err(|error| error.to_string())?;
        let plan = plan(&optimize(&graph).0, &contiguous_inputs(&graph), Strategy::Fused);
        Ok(describe(&plan))
    });
}

fn contiguous_inputs(graph: &Graph) -> Vec<Layout> {
    let mut layouts = vec![Layout::contiguous(&Default::default(), 1); graph.n_inputs()];
    for node in &graph.nodes {
        if let Op::Input(number) = node.op {
            layouts[number as usize] = Layout::contiguous(&node.shape, node.dtype.size());
        }
    }
    layouts
}

fn place(binding: Binding) -> String {
    match binding {
        Binding::Array(Place::Input(number)) => format!("input {number}"),
        Binding::Array(Place::Buffer(BufferId(number))) => format!("buffer {number}"),
        Binding::Index => "an index".to_owned(),
        Binding::Row => "kept for a row".to_owned(),
    }
}

/// The plan as text: the graph it computes, its steps, and why neighbours did not fuse.
fn describe(plan: &Plan) -> String {
    let mut text = plan.graph.to_string();
    for step in &plan.steps {
        match step {
            Step::Kernel(call) => {
                let nodes: Vec<_> = call.nodes.iter().map(|id| format!("%{}", id.0)).collect();
                let extents = call.extents.as_slice();
                writeln!(text, "\n{} over {extents:?}", nodes.join(", ")).expect("strings grow");
                for (number, operand) in call.operands.iter().enumerate() {
                    let (offset, strides) = (operand.offset, operand.strides.as_slice());
                    let place = place(operand.binding);
                    writeln!(
                        text,
                        "; a{number} is {place} from byte {offset}, strides {strides:?}"
                    )
                    .expect("strings grow");
                }
                write!(text, "{}", call.kernel).expect("strings grow");
            }
            Step::Library(call) => {
                writeln!(text, "\n%{} is a {}", call.node.0, call.call.noun())
                    .expect("strings grow");
            }
        }
    }
    text.push('\n');
    for refusal in &plan.refusals {
        let (producer, consumer) = (refusal.producer.0, refusal.consumer.0);
        writeln!(text, "%{producer} is not fused into %{consumer}: {}", refusal.why)
            .expect("strings grow");
    }
    text
}
