//! Golden files: the text that a stage starts from, and after a line of dashes what becomes of it.
//!
//! | folder | from | to |
//! |---|---|---|
//! | `infer` | an array graph that breaks a rule | what is wrong with it |
//! | `plan` | an array graph | the plan of the optimized graph |
//! | `kernel` | a kernel | the same, or what is wrong with it |
//! | `clif` | a kernel | Cranelift's intermediate form |
//! | `wide` | a kernel | the wide functions, as AVX-512 and AVX2 code |
//! | `explain` | a formula | what was fused, what was not, and why |
//!
//! The passes have files of their own ([`crate::passes`]), and so have errors of formulas
//! ([`crate::formula`]). `BLESS=1 cargo test` writes what is found into the files.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use jitney_codegen::Compiler;
#[cfg(target_arch = "x86_64")]
use jitney_codegen::Emitters;
use jitney_ir::graph::{Graph, Layout, Op};
use jitney_ir::kernel::Kernel;
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
fn broken_graphs_say_what_is_wrong() {
    check("infer", |text| match Graph::parse(text) {
        Ok(_) => Err("nothing is wrong with it".to_owned()),
        Err(error) => Ok(format!("{error}\n")),
    });
}

#[test]
fn kernels_print_as_they_are_or_say_what_is_wrong() {
    check("kernel", |text| match Kernel::parse(text) {
        Ok(kernel) => {
            let printed = kernel.to_string();
            assert_eq!(Kernel::parse(&printed).as_ref(), Ok(&kernel), "reads back");
            Ok(printed)
        }
        Err(error) => Ok(format!("{error}\n")),
    });
}

/// Calling conventions are the machine's; all else is the same everywhere.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[test]
fn kernels_become_clif() {
    check("clif", |text| {
        let kernel = Kernel::parse(text).map_err(|error| error.to_string())?;
        let compiler = Compiler::portable().map_err(|error| error.to_string())?;
        compiler.clif(&kernel).map_err(|error| error.to_string())
    });
}

#[cfg(target_arch = "x86_64")]
#[test]
fn kernels_become_wide_code() {
    check("wide", |text| {
        let kernel = Kernel::parse(text).map_err(|error| error.to_string())?;
        let code = |name, emitters: Emitters| {
            let text = emitters.wide_asm(&kernel).map_err(|error| error.to_string())?;
            Ok::<String, String>(format!("{name}\n{text}"))
        };
        Ok(code("AVX-512", Emitters::Avx512)? + &code("AVX2", Emitters::Avx2)?)
    });
}

#[test]
fn formulas_are_explained() {
    check("explain", |text| {
        let value = jitney::Formula::parse(text).and_then(|formula| formula.build());
        let value = value.map_err(|error| error.to_string())?;
        let [array] = value.arrays() else { return Err("one array is explained".to_owned()) };
        array.explain().map(|found| found.to_string()).map_err(|error| error.to_string())
    });
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
