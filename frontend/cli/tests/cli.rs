//! The command line, as scripts see it: arguments in, output and exit status out.

#[cfg(target_os = "linux")]
mod attacks;
mod mistakes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a run gave.
struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

fn jitney(arguments: &[&str]) -> Ran {
    jitney_in(&[], arguments)
}

/// A run with environment variables.
fn jitney_in(environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jitney"));
    let output = command.envs(environment.iter().copied()).args(arguments).output();
    let Output { status, stdout, stderr } = output.expect("the binary runs");
    Ran {
        status: status.code().expect("no signal ends it"),
        stdout: String::from_utf8(stdout).expect("output is text"),
        stderr: String::from_utf8(stderr).expect("messages are text"),
    }
}

/// The output of a run without a mistake.
fn eval(arguments: &[&str]) -> String {
    let ran = jitney(&[&["eval"], arguments].concat());
    assert_eq!((ran.status, &ran.stderr[..]), (0, ""), "{arguments:?} printed {}", ran.stdout);
    ran.stdout
}

fn json(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&eval(arguments)).expect("the output is one JSON object")
}

fn in_folder(folder: &tempfile::TempDir, name: &str) -> (PathBuf, String) {
    let path = folder.path().join(name);
    let text = path.to_str().expect("temporary folders have plain names").to_owned();
    (path, text)
}

/// Writes an array by another implementation of the format.
fn write_npy(path: &Path, shape: &[u64], order: npyz::Order, elements: &[i16]) {
    use npyz::WriterBuilder;
    let file = fs::File::create(path).unwrap();
    let options = npyz::WriteOptions::new().default_dtype().order(order).shape(shape);
    let mut writer = options.writer(std::io::BufWriter::new(file)).begin_nd().unwrap();
    writer.extend(elements.iter().copied()).unwrap();
    writer.finish().unwrap();
}

fn read_npy(path: &Path) -> (Vec<u64>, Vec<f64>) {
    let file = npyz::NpyFile::new(fs::File::open(path).unwrap()).unwrap();
    (file.shape().to_vec(), file.into_vec().unwrap())
}

#[test]
fn results_print_as_numpy_prints_them() {
    for (arguments, printed) in [
        (&["1 + 1"][..], "2"),
        (&["-x**2", "x=3.0"], "-9.0"),
        (&["arange(3) / 2"], "[0.  0.5 1. ]"),
        (&["x.reshape(2, 2) > 1", "x=arange(4)"], "[[False False]\n [ True  True]]"),
        (&["x.shape, x.sum(), x", "x=ones(2)"], "((2,), np.float64(2.0), array([1., 1.]))"),
        (&["(x,)", "x=float32(1.5)"], "(np.float32(1.5),)"),
        (&["x.any(), 1 < 2", "x=ones(2)"], "(np.True_, True)"),
        (&["y = x * 2; y + 1", "x=array([1, 2])"], "[3 5]"),
        // Names may use the names before them, and stay weak if they are numbers.
        (&["x + c", "c=2", "x=array([1, 2], dtype=int8) * c"], "[4 6]"),
        (&["zeros(10_000)"], "[0. 0. 0. ... 0. 0. 0.]"),
    ] {
        assert_eq!(eval(arguments), format!("{printed}\n"), "{arguments:?}");
    }
}

#[test]
fn large_results_print_without_being_computed_in_full() {
    let printed = eval(&["x * 2", "x=arange(1_000_000_000)", "--max-memory", "1M"]);
    let shown = "[         0          2          4 ... 1999999994 1999999996 1999999998]\n";
    assert_eq!(printed, shown);
    // Both kinds of edges, those of a view and those of a computed array, are the same.
    let grid = "g=arange(4_000_000).reshape(200, 5000, 4)[::-1, :, ::2]";
    let whole = eval(&["g * 3", grid, "--time", "1"]);
    let edges = eval(&["g * 3", grid]);
    assert!(whole.starts_with(&edges), "{whole}\nis not\n{edges}");
}

#[test]
fn files_are_read_in_either_order_of_axes() {
    let folder = tempfile::tempdir().unwrap();
    let (c, c_text) = in_folder(&folder, "c.npy");
    let (fortran, fortran_text) = in_folder(&folder, "fortran.npy");
    write_npy(&c, &[2, 3], npyz::Order::C, &[0, 1, 2, 3, 4, 5]);
    write_npy(&fortran, &[2, 3], npyz::Order::Fortran, &[0, 3, 1, 4, 2, 5]);
    let (x, y) = (format!("x=@{c_text}"), format!("y=@{fortran_text}"));
    assert_eq!(eval(&["(x == y).all()", &x, &y]), "True\n");
    assert_eq!(eval(&["y", &y]), "[[0 1 2]\n [3 4 5]]\n");
    assert_eq!(eval(&["y.sum(axis=0), y[0, 0]", &y]), "(array([3, 5, 7]), np.int16(0))\n");
}

#[test]
fn results_are_written_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = in_folder(&folder, "out.npy");
    assert_eq!(eval(&["x.T * 1.5", "x=arange(6).reshape(2, 3)", "-o", &text]), "");
    assert_eq!(read_npy(&path), (vec![3, 2], vec![0.0, 4.5, 1.5, 6.0, 3.0, 7.5]));
    // A result that is a view is written in order too, over the file it comes from.
    assert_eq!(eval(&["x[::-1, 0]", &format!("x=@{text}"), "--output", &text]), "");
    assert_eq!(read_npy(&path), (vec![3], vec![3.0, 1.5, 0.0]));

    let (_, archive) = in_folder(&folder, "out.npz");
    assert_eq!(eval(&["x, x > 0", "x=arange(3)", "-o", &archive]), "");
    let (a, b) = (format!("a=@{archive}:arr_0"), format!("b=@{archive}:arr_1.npy"));
    assert_eq!(eval(&["a, b", &a, &b]), "(array([0, 1, 2]), array([False,  True,  True]))\n");
}

/// A process that has mapped a file is ended by the system when another one makes it shorter.
#[test]
fn files_may_be_cut_while_they_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = in_folder(&folder, "x.npy");
    let x = jitney::linspace(0.0, 1.0, 4_000_000);
    for milliseconds in [0, 2, 5, 10, 20, 40, 80, 160] {
        jitney::save(&path, &x).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_jitney"))
            .args(["eval", "exp(sin(x)).sum()", &format!("x=@{text}"), "--time", "3"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(4096).unwrap();
        let mut stderr = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
        match child.wait().unwrap().code() {
            Some(0) => {}
            Some(2) => assert!(stderr.contains("x.npy"), "{milliseconds}: {stderr}"),
            status => panic!("{milliseconds}: {status:?} {stderr}"),
        }
    }
}

/// Colons belong to the names of members, as other libraries write them, or of files.
#[test]
fn colons_stand_in_names() {
    let folder = tempfile::tempdir().unwrap();
    let x = jitney::array(vec![1.5, 2.5]);
    let members = [("dense/kernel:0", &x), ("a.npz:b", &x), ("c:", &x)];
    for name in ["tf.npz", "x.npz:y.npz"] {
        let (path, text) = in_folder(&folder, name);
        jitney::savez(&path, &members).unwrap();
        for (member, _) in members {
            let value = format!("x=@{text}:{member}");
            assert_eq!(eval(&["x * 2", &value]), "[3. 5.]\n", "{value}");
        }
    }
    for name in ["x:y.npy", "x.npz:y.npy"] {
        let (path, text) = in_folder(&folder, name);
        jitney::save(&path, &x).unwrap();
        assert_eq!(eval(&["x", &format!("x=@{text}")]), "[1.5 2.5]\n", "{name}");
    }
}

#[test]
fn formulas_are_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = in_folder(&folder, "formula.txt");
    fs::write(&path, "# the norm\ns = (x**2).sum()\nsqrt(s)\n").unwrap();
    assert_eq!(eval(&["-f", &text, "x=array([3, 4])"]), "5.0\n");
    assert_eq!(eval(&["x=array([3, 4])", "--file", &text, "--mode", "eager"]), "5.0\n");
}

#[test]
fn all_modes_and_thread_counts_print_the_same() {
    let formula = [
        "(sin(x) * y).sum(axis=0) / x.std()",
        "x=linspace(0, 9, 3000).reshape(3, 1000)",
        "y=x[::-1]",
    ];
    let fused = eval(&formula);
    for options in [
        ["--mode", "eager"],
        ["--mode", "reference"],
        ["--mode", "fused"],
        ["--threads", "1"],
        ["--threads", "3"],
        ["--max-memory", "1GiB"],
    ] {
        assert_eq!(eval(&[&formula[..], &options].concat()), fused, "{options:?}");
    }
}

#[test]
fn every_stage_is_dumped() {
    let formula =
        ["((a - a.mean(axis=0)) / a.std(axis=0)).max(axis=1)", "a=arange(12.).reshape(4, 3)"];
    for (stage, parts) in [
        ("graph", &["graph {", "reduce.sum axes=[0]", "constant 4.0"][..]),
        ("optimized", &["graph {", "; step 0", "return"]),
        ("kernels", &["; step 0: kernel", "reduce.max axes=[1]", "kernel rows", "lanes("]),
        ("lanes", &["; step 0: kernel", "for each element", "lanes(", "fsqrt"]),
        ("clif", &["; step 0: kernel", "function u0:0", "brif"]),
        ("asm", &["; step 0: kernel", "L1:", "; loop"]),
        ("dot", &["digraph", "subgraph cluster_0", "step 0", "reduce.max", "float64 (4,)"]),
    ] {
        if stage == "asm" && !cfg!(target_arch = "x86_64") {
            continue;
        }
        let printed = eval(&[&["--dump", stage], &formula[..]].concat());
        for part in parts {
            assert!(printed.contains(part), "{stage} lacks {part}:\n{printed}");
        }
        // Graphviz takes the drawing alone; the others are followed by the result.
        assert_eq!(printed.ends_with("1.34164079]\n"), stage != "dot", "{printed}");
    }
    let both = eval(&[&formula[..], &["--dump", "graph", "--dump", "kernels"]].concat());
    assert!(both.find("graph {") < both.find("; step 0: kernel"), "{both}");
}

#[test]
fn explanations_name_kernels_and_reasons() {
    let printed = eval(&["exp(x) / exp(x).sum()", "x=linspace(0, 1, 100_000)", "--explain"]);
    for part in ["kernel over", "computes", "exp", "not fused:", "goes through memory to", "eager:"]
    {
        assert!(printed.contains(part), "no {part}:\n{printed}");
    }
}

/// The bounds of the kernels of an explanation as text and as JSON, with what is told beside.
#[test]
fn explanations_tell_how_near_kernels_came_to_their_bounds() {
    let x = "x=linspace(0, 1, 3_000_000)";
    let printed = eval(&["(x * x).sum(), exp(x)[::-1]", x, "--explain"]);
    for part in [" operations\n", "  emitter: ", ", vectors of ", "  last run: ", " reached"] {
        assert!(printed.contains(part), "no {part}:\n{printed}");
    }
    let printed = eval(&["x + 1", "x=arange(3)", "--explain", "--threads", "1"]);
    assert!(printed.contains("bound: too short to tell"), "{printed}");
    let printed = eval(&["x + 1", "x=arange(3)", "--explain", "--mode", "reference"]);
    assert!(printed.contains(" operations\n") && !printed.contains("bound: "), "{printed}");

    let object = json(&["sin(x) * x + x.mean()", x, "--explain", "--json"]);
    let kernels = object["explain"]["kernels"].as_array().expect("kernels");
    assert!(!kernels.is_empty());
    for kernel in kernels {
        for field in ["operations", "vector_bits", "run_ns", "bound_per_second"] {
            assert!(kernel[field].as_u64().is_some_and(|n| n > 0), "{field}: {kernel}");
        }
        assert!(kernel["bound_reached"].as_f64().is_some_and(|part| part > 0.0), "{kernel}");
        assert!(["avx512", "avx2", "cranelift"].contains(&kernel["emitter"].as_str().unwrap()));
        assert!(kernel["lanes"][0].as_u64() >= Some(1), "{kernel}");
        assert!(["memory", "compute"].contains(&kernel["bound"].as_str().unwrap()), "{kernel}");
    }
}

#[test]
fn times_are_a_table_or_json() {
    let printed = eval(&["x + 1", "x=arange(3)", "--time", "3"]);
    assert!(printed.starts_with("[1 2 3]\n"), "{printed}");
    for row in ["median time", "compile time", "kernels", "bytes read", "peak memory"] {
        assert!(printed.contains(row), "no {row}:\n{printed}");
    }
    let object = json(&["sqrt(x) + y", "x=arange(1000.)", "y=x[::-1]", "--time", "4", "--json"]);
    let number = |field: &str| object[field].as_u64().unwrap_or_else(|| panic!("{field} {object}"));
    assert_eq!((number("runs"), number("kernels")), (4, 1));
    assert_eq!((number("bytes_read"), number("bytes_written")), (16_000, 8_000));
    assert!(number("min_ns") <= number("median_ns"));
    assert!(number("compile_ns") < number("first_ns"));
    assert!(number("peak_bytes") >= 8_000 && number("threads") >= 1);
    assert_eq!(object["mode"], "fused");
}

#[test]
fn comparisons_tell_of_every_mode() {
    let inputs = ["x=linspace(0, 1, 1001)", "y=x[::-1]"];
    let printed = eval(&[&["(x * y).mean()", "--compare"], &inputs[..]].concat());
    assert!(printed.starts_with("0.1664999999999999"), "{printed}");
    let bits = printed.lines().find(|line| line.starts_with("bits")).expect("a row of bits");
    assert_eq!(bits.split_whitespace().collect::<Vec<_>>(), ["bits", "equal", "equal", "equal"]);

    let object =
        json(&["x.sum(), x * nan", "x=ones(1_000_000)", "--compare", "--json", "--explain"]);
    let compared = &object["compare"];
    assert_eq!(compared["equal"], true);
    assert_eq!(compared["modes"].as_array().map(Vec::len), Some(2));
    assert!(compared["reference_skipped"].as_str().unwrap().contains("1000000 elements"));
    assert_eq!(object["explain"]["kernels"][0]["step"], 0);
    assert_eq!(object["results"][1]["shape"][0], 1_000_000);
}

#[test]
fn matrix_products_are_compared_within_a_bound() {
    let a = "a=sin(arange(2500.)).reshape(50, 50)";
    let object = json(&["a @ a.T", a, "--compare", "--json"]);
    assert_eq!(object["compare"]["equal"], true, "{object}");
    assert_eq!(object["compare"]["modes"][1]["bits"], "equal", "{object}");
}

#[test]
fn a_reader_that_leaves_early_is_no_mistake() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jitney"))
        .args(["eval", "--dump", "clif", "sin(x) + cos(x)", "x=arange(9.)"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &output.stderr[..]), (Some(0), &b""[..]));
}

/// Whenever a signal ends it, there is the whole file or none.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut n_interrupted = 0;
    // Others may have the processor until a run has ended: then all are tried again.
    for milliseconds in [5, 20, 40, 60, 80, 120].into_iter().cycle().take(60) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_jitney"))
            .args(["eval", "log1p(tanh(sin(arange(8_000_000.))))", "-o", "x.npy"])
            .current_dir(folder.path())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        // It may have ended before.
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).output().unwrap();
        n_interrupted += usize::from(child.wait().unwrap().code().is_none());
        for entry in fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.file_name(), "x.npy");
            assert_eq!(entry.metadata().unwrap().len(), 128 + 64_000_000);
            fs::remove_file(entry.path()).unwrap();
        }
        if milliseconds == 120 && n_interrupted > 0 {
            break;
        }
    }
    assert!(n_interrupted > 0, "no run was interrupted");
}

/// What scripts ask for.
#[test]
fn the_help_tells_the_exit_status() {
    for arguments in [&["--help"][..], &["eval", "--help"], &["eval", "-h"]] {
        let ran = jitney(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.contains("3 for a bug in jitney"), "{arguments:?}: {}", ran.stdout);
    }
}

/// A stack that fits no address space stands for a system that has no more threads.
#[test]
fn without_threads_the_results_are_the_same() {
    let stack = (1_u64 << 60).to_string();
    let formula = "sin(arange(3_000_000.)).sum(), (ones((300, 300)) @ ones((300, 300))).sum()";
    let expected = eval(&[formula, "--threads", "1"]);
    for threads in [&[][..], &["--threads", "4"]] {
        let arguments = [&["eval", formula], threads].concat();
        let ran = jitney_in(&[("RUST_MIN_STACK", &stack)], &arguments);
        assert_eq!((ran.status, &ran.stderr[..]), (0, ""), "{threads:?}");
        assert_eq!(ran.stdout, expected, "{threads:?}");
    }
}

#[test]
fn the_data_that_come_along_are_what_they_say() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data");
    let co2 = format!("co2=@{data}/co2.npy");
    assert_eq!(eval(&["co2.shape", &co2]), "(37, 12)\n");
    assert_eq!(eval(&["(co2[-1] - co2[0]).mean() / 36", &co2]), "1.4132060185185187\n");
    let weekly = format!("co2=@{data}/co2_weekly.npy");
    assert_eq!(eval(&["isnan(co2).sum(), co2[0]", &weekly]), "(np.int64(59), np.float64(316.1))\n");
}
