//! Mistakes of the user: a message on stderr, nothing on stdout, exit status 2.

use super::{in_folder, jitney, jitney_in};
use std::fs;

fn check(arguments: &[&str], parts: &[&str]) {
    let ran = jitney(&[&["eval"], arguments].concat());
    assert_eq!((ran.status, &ran.stdout[..]), (2, ""), "{arguments:?}: {}", ran.stderr);
    assert!(!ran.stderr.contains("internal error"), "{arguments:?}: {}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "{arguments:?} lacks {part}: {}", ran.stderr);
    }
}

#[test]
fn in_formulas() {
    for (arguments, parts) in [
        (&["x + y", "x=ones(3)", "y=ones(4)"][..], &["shapes (3,) (4,)", "^^^^^"][..]),
        (&["x + velocity", "x=1"], &["unknown name `velocity`", "    ^^^^^^^^"]),
        (&["frobnicate(x)", "x=1"], &["unknown function `frobnicate`"]),
        (&["sum(x, axis=7)", "x=ones(3)"], &["axis 7 is out of bounds"]),
        (&["x[3]", "x=ones(3)"], &["index 3 is out of bounds", "size 3"]),
        (&["x + 300", "x=zeros(3, dtype=int8)"], &["300", "out of bounds for int8"]),
        (&["1 // 0"], &["division"]),
        (&["1 << 200"], &["2**127"]),
        (&["x ** -1", "x=arange(3)"], &["negative integer powers"]),
        (&["x.reshape(2, 2)", "x=ones(3)"], &["reshape", "size 3"]),
        (&["x @ y", "x=ones((2, 3))", "y=ones((2, 3))"], &["shapes (2, 3) and (2, 3) do not fit"]),
        (&["x >", "x=1"], &["end of the formula"]),
        (&["x and y", "x=1", "y=2"], &["and", "&"]),
        (&["0 < x < 2", "x=1"], &["chain"]),
        (&["zeros((1_000_000, 1_000_000))"], &["limit"]),
        (&["zeros((2**40, 2**40))"], &["too big"]),
        (&["None"], &["array"]),
        (&["x", "x=1 +"], &["in the value of `x`"]),
        (&["x", "x=y", "y=1"], &["unknown name `y`", "in the value of `x`"]),
        (&["x", "x=1", "x=2"], &["`x` is given twice"]),
        (&[""], &["error"]),
    ] {
        check(arguments, parts);
    }
}

#[test]
fn in_the_environment() {
    // Also where nothing is compiled, or nothing evaluated.
    for formula in ["sqrt(arange(1000.0)).sum()", "arange(3) + 1", "array([1, 2])", "3"] {
        for mode in ["fused", "reference"] {
            let ran = jitney_in(&[("JITNEY_EMITTER", "avx")], &["eval", formula, "--mode", mode]);
            assert_eq!((ran.status, &ran.stdout[..]), (2, ""), "{}", ran.stderr);
            let message = "JITNEY_EMITTER is \"avx\": set it to cranelift";
            assert!(ran.stderr.contains(message), "{formula}: {}", ran.stderr);
        }
    }
}

#[test]
fn in_patience() {
    let long = "sin(arange(200_000_000.) * cos(2)).sum()";
    for mode in ["fused", "eager"] {
        check(&[long, "--mode", mode, "--max-time", "0.1"], &["the time limit has been reached"]);
    }
    check(&["arange(3) + 1", "--max-time", "0"], &["the time limit has been reached"]);
}

#[test]
fn of_a_million_parentheses() {
    let folder = tempfile::tempdir().unwrap();
    let (path, text) = in_folder(&folder, "deep.txt");
    fs::write(&path, "(".repeat(1_000_000)).unwrap();
    check(&["-f", &text], &["longer than the limit of 65536 bytes"]);
    fs::write(&path, "(".repeat(30_000) + "x" + &")".repeat(30_000)).unwrap();
    check(&["-f", &text, "x=1"], &["nest"]);
    fs::write(&path, "-".repeat(60_000) + "x").unwrap();
    check(&["-f", &text, "x=1"], &["nest"]);
}

#[test]
fn in_arguments() {
    for (arguments, parts) in [
        (&[][..], &["no formula"][..]),
        (&["x", "y"], &["NAME=VALUE", "`y`"]),
        (&["x", "2=3"], &["`2` is not a name"]),
        (&["1", "True=3"], &["`True` is not a name"]),
        (&["1", "lambda=3"], &["`lambda` is not a name"]),
        (&["1", "--mode", "quick"], &["quick", "fused", "eager", "reference"]),
        (&["1", "--dump", "soup"], &["soup", "graph", "dot"]),
        (&["1", "--time", "0"], &["--time"]),
        (&["1", "--time", "often"], &["--time"]),
        (&["1", "--threads", "0"], &["--threads"]),
        (&["1", "--max-memory", "much"], &["--max-memory"]),
        (&["1", "--max-time", "long"], &["--max-time", "expected a number of seconds"]),
        (&["1", "--max-memory", "5X"], &["unknown unit"]),
        (&["1", "-f", "no/such/formula"], &["no/such/formula"]),
        (&["-f", "no/such/formula"], &["no/such/formula"]),
        (&["1", "-o", "result.txt"], &["result.txt", ".npy"]),
        (&["1, 2", "-o", "result.npy"], &["tuple", ".npz"]),
        (&["1", "-o", "no/such/folder/result.npy"], &["no/such/folder/result.npy"]),
    ] {
        check(arguments, parts);
    }
}

#[test]
fn in_limits() {
    for arguments in [
        &["sin(arange(1_000_000.)) + 1", "-o", "never.npy", "--max-memory", "1M"][..],
        &["x.sum()", "x=arange(1_000_000.)", "--max-memory", "1M", "--time", "1"],
        &["arange(1_000_000.)", "--max-memory", "1M", "--mode", "reference"],
    ] {
        check(arguments, &["bytes"]);
    }
}

/// A file in version 1.0 of the format.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16 + 1).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.push(b'\n');
    bytes.extend(data);
    bytes
}

fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}")
}

#[test]
fn in_files() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content, parts) in [
        ("empty.npy", vec![], &["empty"][..]),
        ("text.npy", b"1, 2, 3".to_vec(), &["not an .npy file"]),
        ("magic.npy", b"\x93NUM".to_vec(), &["ends within its header"]),
        ("cut.npy", npy(&header("<f8", "(3,)"), &[0; 23]), &["promises 24 bytes", "only 23"]),
        ("corrupt.npy", npy("{'descr': <<", &[0; 24]), &["invalid header"]),
        ("object.npy", npy(&header("|O", "(1,)"), &[0; 8]), &["object arrays"]),
        ("complex.npy", npy(&header("<c16", "(1,)"), &[0; 16]), &["complex128", "not supported"]),
        ("large.npy", npy(&header("<f8", "(1000000, 1000000, 1000)"), &[0; 64]), &["promises"]),
        ("larger.npy", npy(&header("<f8", "(9999999999, 9999999999)"), &[]), &["too large"]),
        ("bad.npz", b"PK\x03\x04 and nothing else".to_vec(), &["archive"]),
    ] {
        let (path, text) = in_folder(&folder, name);
        fs::write(&path, content).unwrap();
        let member = if name.ends_with(".npz") { ":x" } else { "" };
        let value = format!("x=@{text}{member}");
        check(&["x.sum()", &value], &[&[name, "in the value of `x`"], parts].concat());
    }
    check(&["x", "x=@no/such/file.npy"], &["no/such/file.npy"]);
    let here = format!("x=@{}", folder.path().display());
    check(&["x", &here], &["is a directory"]);
}

#[test]
fn in_members_of_archives() {
    let folder = tempfile::tempdir().unwrap();
    let (_, text) = in_folder(&folder, "x.npz");
    assert_eq!(jitney(&["eval", "1, 2", "-o", &text]).status, 0);
    check(&["x", &format!("x=@{text}:y")], &["no member 'y'", "arr_0, arr_1"]);
    check(&["x", &format!("x=@{text}")], &["arr_0, arr_1"]);
    check(&["x", &format!("x=@{text}:dense/kernel:0")], &["no member 'dense/kernel:0'", "arr_0"]);
    check(&["x", "x=@no/such.npz:dense/kernel:0"], &["no/such.npz"]);
}

/// Names from outside reach the terminal without what would control it.
#[test]
fn in_names_that_are_no_names() {
    const NAME: &str = "a\u{1b}[31m\u{202e}\u{9b}b";
    const SHOWN: &str = "a\\u{1b}[31m\\u{202e}\\u{9b}b";
    let folder = tempfile::tempdir().unwrap();
    let (_, archive) = in_folder(&folder, "x.npz");
    let x = jitney::array(vec![1.5]);
    jitney::savez(&archive, &[(NAME, &x)]).unwrap();
    let (path, named) = in_folder(&folder, &format!("{NAME}.npy"));
    fs::write(path, "no array").unwrap();
    let no_header = folder.path().join("header.npy");
    fs::write(&no_header, npy(&header(NAME, "(1,)"), &[0; 8])).unwrap();
    let values = [
        format!("x=@{archive}"),
        format!("x=@{archive}:{NAME}?"),
        format!("x=@{named}"),
        format!("{NAME}=1"),
        format!("x{NAME}"),
    ];
    for value in &values {
        check_shown(&["x", value], SHOWN);
    }
    check_shown(&["x", &format!("x=@{}", no_header.display())], "\\x1b");
    check_shown(&["1", "-o", &format!("{NAME}.txt")], SHOWN);
    check_shown(&["1", "-o", &format!("no/{NAME}.npy")], SHOWN);
    check_shown(&["1", "-f", NAME], SHOWN);
    check_shown(&["1", "--mode", NAME], "\\u{202e}");
    check_shown(&[NAME], "\\u{1b}");
}

fn check_shown(arguments: &[&str], part: &str) {
    check(arguments, &[part]);
    let ran = jitney(&[&["eval"], arguments].concat());
    let seen = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
    assert!(ran.stderr.chars().all(seen), "{arguments:?}: {:?}", ran.stderr);
}

/// Archives may have thousands of members.
#[test]
fn in_long_lists() {
    let folder = tempfile::tempdir().unwrap();
    let (_, archive) = in_folder(&folder, "x.npz");
    let (x, names) = (jitney::array(vec![1.5]), (0..30).map(|n| format!("name{n}")));
    let names: Vec<String> = names.collect();
    let members: Vec<_> = names.iter().map(|name| (&name[..], &x)).collect();
    jitney::savez(&archive, &members).unwrap();
    check(&["x", &format!("x=@{archive}")], &["name0, name1, ", ", name19 and 10 more\n"]);
}

/// A limit on the size of files stands for a disk that is full.
#[cfg(unix)]
#[test]
fn of_a_full_disk() {
    use std::process::Command;
    let folder = tempfile::tempdir().unwrap();
    for (formula, name) in [("zeros(100_000)", "x.npy"), ("zeros(100_000), 1", "x.npz")] {
        let limited = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
        let output = Command::new("sh")
            .args(["-c", limited, "sh", env!("CARGO_BIN_EXE_jitney"), "eval", formula, "-o", name])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.starts_with("error: ") && text.contains(name), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing stays");
    }
    if let Ok(full) = fs::File::options().write(true).open("/dev/full") {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jitney"));
        let output = command.args(["eval", "zeros(3)"]).stdout(full).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.starts_with("error: cannot write the output: "), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}
