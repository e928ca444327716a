//! Short texts that once cost minutes or gigabytes, with time and memory bounded from outside.

use super::in_folder;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Kilobytes of address space.
const MEMORY: usize = 4 << 20;

/// What each of them takes is far below this, but for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(100);

/// Runs a formula as a child of its own; returns the status and what it has printed.
fn attack(formula: &str, options: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = in_folder(&folder, "formula.txt");
    fs::write(&path, formula).unwrap();
    let (out, _) = in_folder(&folder, "out.txt");
    let printed = fs::File::create(&out).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" eval \"$@\"")])
        .args([env!("CARGO_BIN_EXE_jitney"), "--file", &text])
        .args(options)
        .stdout(Stdio::from(printed.try_clone().unwrap()))
        .stderr(Stdio::from(printed))
        .spawn()
        .expect("a shell runs");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("still running after {PATIENCE:?}: {}", &formula[..formula.len().min(100)]);
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    (status.code().unwrap_or(-1), fs::read_to_string(out).unwrap())
}

/// Many terms, joined.
fn terms(n: usize, term: impl Fn(usize) -> String, by: &str) -> String {
    (0..n).map(term).collect::<Vec<_>>().join(by)
}

fn check(formula: &str, status: i32, part: &str) {
    let (found, printed) = attack(formula, &[]);
    let shown = &printed[..printed.len().min(1000)];
    assert!(
        found == status && printed.contains(part) && printed.len() < 10_000,
        "status {found} of {}: {shown}",
        &formula[..formula.len().min(100)]
    );
}

#[test]
fn more_operations_than_the_limit_are_refused() {
    let limit = "more than 131072 operations on arrays";
    let stacks = terms(5000, |_| "stack(x)".to_owned(), ", ");
    check(&format!("x = zeros(4096); r = ({stacks}); r[0].sum()"), 2, limit);
    let joins = terms(200, |_| "x = hstack(x)".to_owned(), "; ");
    check(&format!("x = arange(4096); {joins}; x"), 2, limit);
    let splits = terms(3000, |i| format!("piecewise(y, y > {i}, ones(3))"), ", ");
    check(&format!("y = zeros((4096, 2)); ({splits})"), 2, "");
}

#[test]
fn large_graphs_are_planned_soon() {
    check("x = zeros(4096); a = stack(stack(x)); a.sum()", 0, "0.0");
    check("x = ones(3); concatenate([x] * 60000).sum()", 0, "180000.0");
    check("x = ones(3); concatenate([x] * 60000)", 0, "[1. 1. 1. ... 1. 1. 1.]");
    let joins = terms(10, |_| "x = hstack(x)".to_owned(), "; ");
    check(&format!("x = arange(4096); {joins}; x.sum()"), 0, "8386560");
    for array in ["arange(4096)", "arange(4096) * 1"] {
        let elements = terms(4000, |i| format!("x[{i}]"), " + ");
        check(&format!("x = {array}; {elements}"), 0, "7998000");
    }
    let sums = terms(3000, |i| format!("x[{i}:].sum()"), " + ");
    check(&format!("x = ones(4096); {sums}"), 0, "7789500.0");
    let maxima = terms(2500, |i| format!("(x + {i}.5).max()"), " + ");
    check(&format!("x = zeros(4096); {maxima}"), 0, "3125000.0");
    let views = terms(1500, |_| "y = y.T[::-1]\nz = z + y[0, 0]".to_owned(), "\n");
    check(&format!("y = ones((64, 64))\nz = 0.0\n{views}\nz"), 0, "1500.0");
}

/// Whatever makes them, and whether their elements are ever needed.
#[test]
fn arrays_beyond_the_limit_are_refused() {
    for array in [
        "arange(2**40)",
        "linspace(0, 1, 2**40)",
        "logspace(0, 1, 2**40)",
        "eye(2**20)",
        "identity(2**20)",
        "indices((2**20, 2**20))[0]",
        "meshgrid(arange(2**25), arange(2**25))[0]",
        "broadcast_to(1.0, (2**20, 2**20))",
        "arange(2**20)[:, None] + arange(2**20)",
        "full((2**40,), 1.0)",
        "ones((2,) * 40)",
        "zeros((3,) * 20)",
        "default_rng(1).random(2**40)",
        "default_rng(1).integers(0, 10, (2**20, 2**20))",
        "default_rng(1).permutation(2**40)",
        "default_rng(1).choice(2**60, 2**59, replace=False)",
        "default_rng(1).multinomial(10**18, [0.5] * 2, size=10**10)",
        "array([0] * 10**9)",
    ] {
        check(&format!("({array}).sum()"), 2, "the limit is");
        check(array, 2, "the limit is");
    }
    let doubled = terms(60, |_| "x = stack([x, x])".to_owned(), "; ");
    check(&format!("x = ones(2); {doubled}; x.sum()"), 2, "the limit is");
}

/// Numbers, nesting and names that are long for the sake of it.
#[test]
fn long_texts_are_read_soon() {
    let nested = "nested more than 200 levels deep";
    for (formula, status, part) in [
        ("2 ** 2 ** 2 ** 2 ** 2 ** 2".to_owned(), 2, "beyond 2**127"),
        ("9 ** 99999999999".to_owned(), 2, "beyond 2**127"),
        ("1 << 10**18".to_owned(), 2, "beyond 2**127"),
        (format!("arange(3) < {}", "9".repeat(60_000)), 0, "[ True  True  True]"),
        (format!("0.{}", "1".repeat(60_000)), 0, "0.1111111111111111"),
        ("1e999999999999999999999999".to_owned(), 0, "inf"),
        ("1e-999999999999999999999999".to_owned(), 0, "0.0"),
        (format!("{}1", "-".repeat(60_000)), 2, nested),
        (format!("array({}1{})", "[".repeat(500), "]".repeat(500)), 2, nested),
        (format!("2.0{}", " ** 1.0".repeat(8000)), 2, nested),
        (format!("x = ones(3); x{}", ".T".repeat(20_000)), 0, "[1. 1. 1.]"),
        (format!("x = ones(3); x{}", "[::-1]".repeat(9000)), 0, "[1. 1. 1.]"),
        (format!("ones(3){}", " + 1".repeat(15_000)), 0, "[15001. 15001. 15001.]"),
        (format!("{}a5", terms(4000, |i| format!("a{i} = {i}; "), "")), 0, "5"),
        ("zeros((1,) * 20_000)".to_owned(), 2, "the limit is 64"),
        (format!("x = arange(4); {}x", "x = x[None]; ".repeat(4000)), 2, "the limit is 64"),
    ] {
        check(&formula, status, part);
    }
}

#[test]
fn what_is_printed_is_bounded() {
    for (formula, most) in [("zeros((2,) * 26)", 10_000_000), ("ones((1,) * 63)", 1000)] {
        let (status, printed) = attack(formula, &[]);
        assert_eq!(status, 0, "{formula}");
        assert!(printed.len() < most, "{formula} prints {} bytes", printed.len());
    }
}

#[test]
fn time_limits_end_planning() {
    let joins = terms(10, |_| "x = hstack(x)".to_owned(), "; ");
    let formula = format!("x = arange(4096); {joins}; x.sum()");
    let (status, printed) = attack(&formula, &["--max-time", "0.02"]);
    assert_eq!(status, 2, "{printed}");
    assert!(printed.contains("the time limit has been reached"), "{printed}");
}

/// What is too large for a copy is mapped, and lost if another process makes it shorter.
#[cfg(target_os = "linux")]
#[test]
fn mapped_files_that_become_shorter_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = in_folder(&folder, "x\x1b[31m.npy");
    for threads in ["1", "2"] {
        jitney::save(&path, &jitney::linspace(0.0, 1.0, 5_000_000)).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_jitney"))
            .args(["eval", "exp(sin(x)).sum()", &format!("x=@{text}"), "--time", "1000000"])
            .args(["--max-memory", "64M", "--threads", threads])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let start = Instant::now();
        let maps = format!("/proc/{}/maps", child.id());
        let is_mapped = || fs::read_to_string(&maps).is_ok_and(|maps| maps.contains("[31m.npy"));
        while !is_mapped() && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(4096).unwrap();
        while child.try_wait().unwrap().is_none() {
            if start.elapsed() > PATIENCE {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{threads} threads: {stderr}");
        assert!(
            stderr.contains(r"x\u{1b}[31m.npy: another process has made it shorter"),
            "{stderr}"
        );
    }
}
