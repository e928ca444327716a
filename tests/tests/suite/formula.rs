//! Formulas: what parses, what does not, how the errors look, and NumPy's values.

use jitney::{Array, DType, Formula, FormulaError, Limits};
use jitney_ir::Kind;
use jitney_tests::corpus::of_bits;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The lines of a corpus, in which `␤` stands for a newline within a formula.
fn corpus(name: &str) -> Vec<String> {
    let path = folder("data/formulas").join(name);
    let text = fs::read_to_string(&path).expect("the corpus is in the repository");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("##"));
    lines.map(|line| line.replace('␤', "\n")).collect()
}

fn error_of(formula: &str) -> FormulaError {
    match Formula::parse(formula) {
        Err(error) => error,
        Ok(_) => panic!("parses, although it should not: {formula}"),
    }
}

#[test]
fn good_formulas_parse() {
    for formula in corpus("good.txt") {
        if let Err(error) = Formula::parse(&formula) {
            panic!("{error}");
        }
    }
}

/// Checks every line of a corpus of formula, marked text, message and help.
fn check_errors(name: &str, error_of: impl Fn(&str) -> FormulaError) {
    let mut wrong = String::new();
    for line in corpus(name) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [formula, marked, message, help] = fields[..] else {
            panic!("a line has formula, marked text, message and help: {line}");
        };
        let error = error_of(formula);
        let rendered = error.to_string();
        let as_expected = &formula[error.span()] == marked
            && error.message().contains(message)
            && error.help().unwrap_or("").contains(help)
            && rendered.contains(message)
            && !rendered.contains('\u{1b}');
        if !as_expected {
            writeln!(wrong, "{line}\n{rendered}\n").expect("strings grow");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn bad_formulas_are_marked_and_explained() {
    check_errors("bad.txt", error_of);
}

#[test]
fn what_to_write_for_a_chain_parses() {
    let mut n_parsed = 0;
    for line in corpus("bad.txt").iter().filter(|line| line.contains("cannot be chained")) {
        let formula = line.split('\t').next().expect("a formula");
        let error = error_of(formula);
        let help = error.help().expect("advice");
        let advised = help.strip_prefix("write `").and_then(|rest| rest.strip_suffix('`'));
        if let Some(Err(error)) = advised.map(Formula::parse) {
            panic!("{formula}: {error}");
        }
        n_parsed += usize::from(advised.is_some());
    }
    assert!(n_parsed >= 10, "too few chains have advice: {n_parsed}");
}

#[test]
fn formulas_without_a_value_are_marked_and_explained() {
    let inputs = inputs();
    check_errors("bad_values.txt", |text| {
        no_value(&bound(text, &inputs).expect("the corpus parses"))
    });
}

fn no_value(formula: &Formula) -> FormulaError {
    match formula.eval() {
        Err(error) => error,
        Ok(_) => panic!("has a value, although it should not: {formula:?}"),
    }
}

#[test]
fn errors_render_as_in_the_files() {
    let mut n_files = 0;
    for entry in fs::read_dir(folder("filetests/formula_errors")).expect("the folder exists") {
        let path = entry.expect("a readable entry").path();
        check_rendering(&path);
        n_files += 1;
    }
    assert!(n_files > 0, "no file was checked");
}

/// A file is a formula, a line `----`, and the error; `BLESS=1` writes the error anew.
fn check_rendering(path: &Path) {
    let text = fs::read_to_string(path).expect("a readable file");
    let (formula, expected) = text.split_once("\n----\n").expect("a line `----`");
    let found = format!("{}\n", error_of(formula));
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, format!("{formula}\n----\n{found}")).expect("a writable file");
    } else {
        assert_eq!(found, expected, "{}: run again with BLESS=1 if right", path.display());
    }
}

/// Every way to nest without end, some number of times.
fn towers(n: usize) -> Vec<String> {
    let tower = |open: &str, close: &str| open.repeat(n) + "1" + &close.repeat(n);
    vec![
        tower("(", ")"),
        tower("[", "]"),
        tower("sin(", ")"),
        tower("x[", "]"),
        tower("-", ""),
        tower("~ -", ""),
        tower("2**", ""),
        tower("2**-", ""),
        tower("(1+", ")"),
        tower("(1|1^1&1<<1+1*-2**", ")"),
        tower("f(a=x[1:", "])"),
        tower("(", ""),
        tower("[", ""),
    ]
}

#[test]
fn endless_nesting_is_an_error_at_any_limit() {
    let limits = Limits {
        max_length: usize::MAX,
        max_depth: usize::MAX,
        max_nodes: usize::MAX,
        max_elements: usize::MAX,
        max_operations: usize::MAX,
    };
    for tower in towers(1_000_000) {
        assert!(error_of(&tower).message().contains("the limit is 65536"));
    }
    for tower in towers(100_000) {
        let error = Formula::parse_within(&tower, limits.clone()).expect_err("nested too deep");
        assert!(error.to_string().len() < 2_000, "an error must stay readable");
        let message = error.message();
        assert!(message.contains("levels deep") || message.contains("never closed"), "{message}");
    }
    for tower in towers(Limits::DEEPEST / 10).iter().take(11) {
        if let Err(error) = Formula::parse_within(tower, limits.clone()) {
            panic!("{error}");
        }
    }
}

#[test]
fn long_chains_are_no_nesting() {
    let limits = Limits { max_length: usize::MAX, max_nodes: usize::MAX, ..Limits::default() };
    for link in ["+x", "*x", "|x", ".T", "[0]", ";x", "\nx", ",x", "+x*x"] {
        let chain = "x".to_string() + &link.repeat(100_000);
        let parsed = Formula::parse_within(&chain, limits.clone());
        assert!(parsed.is_ok(), "{link}: {}", parsed.expect_err("checked"));
    }
}

#[test]
fn every_limit_is_held() {
    let tight = Limits { max_length: 20, max_depth: 3, max_nodes: 5, ..Limits::default() };
    for (formula, message) in [
        ("x + y + z", None),
        ("((x))", None),
        ("(((x)))", Some("nested more than 3 levels deep")),
        ("x + y + z + w", Some("more than 5 parts")),
        ("xxxxxxxxxxxxxxxxxxxx", None),
        ("xxxxxxxxxxxxxxxxxxxxx", Some("21 bytes long; the limit is 20")),
    ] {
        let parsed = Formula::parse_within(formula, tight.clone());
        match (parsed, message) {
            (Ok(_), None) => {}
            (Err(error), Some(message)) => assert!(error.message().contains(message), "{error}"),
            (Ok(_), Some(message)) => panic!("{formula}: no error `{message}`"),
            (Err(error), None) => panic!("{error}"),
        }
    }
}

/// No prefix, suffix or splice of a formula may panic, and every span must be sliceable.
#[test]
fn mangled_formulas_never_panic() {
    let good = corpus("good.txt");
    for (formula, other) in good.iter().zip(good.iter().rev()) {
        for (at, _) in formula.char_indices() {
            let mut splice = String::new();
            write!(splice, "{}{}", &formula[..at], other).expect("strings grow");
            for mangled in [&formula[..at], &formula[at..], &splice] {
                if let Err(error) = Formula::parse(mangled) {
                    assert!(mangled.get(error.span()).is_some(), "{mangled}");
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}

/// An array as it stands in the golden file: `DTYPE SHAPE BITS`.
fn read_array(text: &str) -> Array {
    let mut words = text.split(' ');
    let (dtype, shape) = (words.next().expect("a dtype"), words.next().expect("a shape"));
    let dtype: DType = dtype.parse().expect("a known dtype");
    let extents = shape.split(',').filter(|extent| !extent.is_empty() && *extent != "()");
    let shape: Vec<usize> = extents.map(|extent| extent.parse().expect("an extent")).collect();
    let bits: Vec<u64> =
        words.map(|word| u64::from_str_radix(word, 16).expect("hexadecimal")).collect();
    of_bits(dtype, &shape, &bits)
}

/// The elements as floats (integers exactly, as far as `i64` goes) and as bits.
fn elements(array: &Array) -> Result<Vec<(f64, i128)>, jitney::Error> {
    Ok(match array.dtype() {
        DType::F64 => {
            array.to_vec()?.into_iter().map(|v: f64| (v, i128::from(v.to_bits()))).collect()
        }
        DType::F32 => {
            let values = array.to_vec()?.into_iter();
            values.map(|v: f32| (f64::from(v), i128::from(v.to_bits()))).collect()
        }
        DType::U64 => array.to_vec()?.into_iter().map(|v: u64| (v as f64, i128::from(v))).collect(),
        _ => {
            let values = array.astype(DType::I64).to_vec()?.into_iter();
            values.map(|v: i64| (v as f64, i128::from(v))).collect()
        }
    })
}

/// The distance to the next float of the dtype above the magnitude of `value`.
fn ulp(dtype: DType, value: f64) -> f64 {
    let (mantissa_bits, lowest) = if dtype == DType::F32 { (23, -149) } else { (52, -1074) };
    let exponent = if value == 0.0 { lowest } else { value.abs().log2().floor() as i32 };
    2_f64.powi((exponent - mantissa_bits).max(lowest))
}

/// Why an array is not the golden one closely enough for its class.
fn difference(class: &str, found: &Array, golden: &Array) -> Result<(), String> {
    if found.dtype() != golden.dtype() || found.shape() != golden.shape() {
        return Err(format!(
            "{} {:?} instead of {} {:?}",
            found.dtype(),
            found.shape(),
            golden.dtype(),
            golden.shape()
        ));
    }
    let dtype = golden.dtype();
    let wanted = elements(golden).map_err(|error| error.to_string())?;
    let values = elements(found).map_err(|error| error.to_string())?;
    let largest = wanted.iter().map(|(value, _)| value.abs()).fold(0.0, f64::max);
    for (index, ((value, bits), (want, want_bits))) in values.iter().zip(&wanted).enumerate() {
        let allowed = match class {
            _ if dtype.kind() != Kind::Float || !want.is_finite() => 0.0,
            "exact" => 0.0,
            "ulp" => 2.0 * ulp(dtype, *want),
            "near" => 32.0 * ulp(dtype, largest),
            _ => return Err(format!("no class {class}")),
        };
        let same = bits == want_bits || (value.is_nan() && want.is_nan());
        let close = allowed > 0.0 && (value - want).abs() <= allowed;
        if !same && !close {
            return Err(format!("element {index} is {value:e} instead of {want:e}"));
        }
    }
    Ok(())
}

fn check_golden(
    class: &str,
    text: &str,
    golden: &[&str],
    inputs: &[(String, Array)],
) -> Result<(), String> {
    let formula = bound(text, inputs).map_err(|error| error.to_string())?;
    let value = formula.build().map_err(|error| error.to_string())?;
    if value.arrays().len() != golden.len() {
        return Err(format!("{} arrays instead of {}", value.arrays().len(), golden.len()));
    }
    let mut pairs = value.arrays().iter().zip(golden);
    pairs.try_for_each(|(found, golden)| difference(class, found, &read_array(golden)))
}

/// The arrays that the golden file binds to names.
fn inputs() -> Vec<(String, Array)> {
    let lines = corpus("golden.txt");
    let inputs = lines.iter().filter_map(|line| line.strip_prefix("input\t"));
    let input = |line: &str| {
        let (name, array) = line.split_once('\t').expect("a name and an array");
        (name.to_string(), read_array(array))
    };
    inputs.map(input).collect()
}

fn bound(text: &str, inputs: &[(String, Array)]) -> Result<Formula, FormulaError> {
    let mut formula = Formula::parse(text)?;
    for (name, array) in inputs {
        formula.bind(name, array);
    }
    Ok(formula)
}

#[test]
fn values_are_numpys() {
    let inputs = inputs();
    let mut n_checked = 0;
    let mut wrong = String::new();
    for line in corpus("golden.txt") {
        let fields: Vec<&str> = line.split('\t').collect();
        let [class, formula, arrays @ ..] = &fields[..] else { panic!("too few fields: {line}") };
        if *class == "input" {
            continue;
        }
        n_checked += 1;
        if let Err(why) = check_golden(class, formula, arrays, &inputs) {
            writeln!(wrong, "{formula}: {why}").expect("strings grow");
        }
    }
    assert!(n_checked > 500, "the golden file is cut short");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Evaluation keeps no stack: a chain as long as the limits admit is computed and dropped.
#[test]
fn long_chains_have_values() {
    let chain = "x".to_string() + &" + x".repeat(16_000);
    let value =
        Formula::parse(&chain).expect("parses").bind("x", Array::from(vec![1i64, 2])).eval();
    let elements: Vec<i64> = value.expect("has a value").to_vec().expect("int64");
    assert_eq!(elements, [16_001, 32_002]);
    let doubled = "v = x\n".to_string() + &"v = v + v\n".repeat(5_000) + "v";
    let value = Formula::parse(&doubled).expect("parses").bind("x", 1.0).eval();
    assert!(value.expect("has a value").item::<f64>().expect("float64").is_infinite());
}

/// Lists that contain themselves over and over stay small and shallow.
#[test]
fn nested_lists_are_bounded() {
    let spent = "a = [0] * 60000\n".to_string() + &"b = a\n".repeat(20) + "a[0]";
    let error = no_value(&Formula::parse(&spent).expect("parses"));
    assert!(error.message().contains("too many items"), "{error}");
    for (step, message) in
        [("a = [a]", "nest at most 64 deep"), ("a = [a, a]", "the limit is 65536")]
    {
        let text = "a = 1\n".to_string() + &format!("{step}\n").repeat(5_000) + "a";
        let error = no_value(&Formula::parse(&text).expect("parses"));
        assert!(error.message().contains(message), "{error}");
    }
}

#[test]
fn elements_are_limited_unless_bound() {
    let limits = Limits { max_elements: 10, ..Limits::default() };
    let parse = |text: &str| Formula::parse_within(text, limits.clone()).expect("parses");
    assert!(parse("zeros(10)").eval().is_ok());
    assert!(parse("zeros(11)").eval().is_err());
    assert!(parse("x + 1").bind("x", Array::from(vec![0.0; 11])).eval().is_ok());
    assert!(parse("x + zeros((2, 1))").bind("x", Array::from(vec![0.0; 11])).eval().is_err());
}

#[test]
fn operations_are_limited() {
    let limits = Limits { max_operations: 8, ..Limits::default() };
    let parse = |text: &str| Formula::parse_within(text, limits.clone()).expect("parses");
    let x = Array::from(vec![0.5; 3]);
    assert!(parse("sin(x) + cos(x) * sin(x)").bind("x", &x).eval().is_ok());
    let error = no_value(parse("y = x + 1; stack((stack(x), y, y * 2))").bind("x", &x));
    assert_eq!(error.message(), "more than 8 operations on arrays: that is all that there may be");
    assert!(error.help().is_some_and(|help| help.contains("Limits::max_operations")), "{error}");
    // Each evaluation has all of them.
    let formula = parse("sin(x) + cos(x)").bind("x", &x).clone();
    (0..5).for_each(|_| assert!(formula.eval().is_ok()));
}

/// Numbers stay weak from one formula to the next, and tuples stay tuples.
#[test]
fn values_can_be_bound_again() {
    let number = Formula::parse("2 + 1").expect("parses").build().expect("has a value");
    let small = Array::from(vec![1i8, 2]);
    let mut formula = Formula::parse("zeros(n) * 0 + x[0] * n").expect("parses");
    let value = formula.bind("n", number.clone()).bind("x", &small).eval().expect("has a value");
    assert_eq!(value.to_vec::<f64>().expect("float64"), [3.0; 3]);
    let product =
        Formula::parse("x * n").expect("parses").bind("n", number).bind("x", &small).eval();
    assert_eq!(product.expect("has a value").dtype(), DType::I8);

    let pair = Formula::parse("1, x").expect("parses").bind("x", &small).build();
    let pair = pair.expect("has a value");
    assert!(pair.is_tuple() && pair.arrays().len() == 2);
    let mut second = Formula::parse("p[1]").expect("parses");
    assert_eq!(second.bind("p", pair).eval().expect("has a value").shape(), [2]);
    let tuple = no_value(&Formula::parse("1, 2").expect("parses"));
    assert!(tuple.message().contains("a tuple of 2 arrays"), "{tuple}");
}

#[test]
fn free_names_are_those_that_need_a_value() {
    let text = "a = x + 1; b = a * y; np.sum(b + pi) + f(e) - q.T + x";
    let formula = Formula::parse(text).expect("parses");
    assert_eq!(formula.free_names(), ["x", "y", "f", "q"]);
}

/// What is bound to a name hides a constant or function, but not behind `np.`.
#[test]
fn bound_names_hide_known_ones() {
    let mut formula = Formula::parse("e + 0 * np.e").expect("parses");
    assert_eq!(
        formula.bind("e", 5.0).eval().expect("has a value").item::<f64>().expect("one"),
        5.0
    );
    let mut formula = Formula::parse("np.sum(sum)").expect("parses");
    let value = formula.bind("sum", Array::from(vec![1i64, 2])).eval().expect("has a value");
    assert_eq!(value.item::<i64>().expect("one"), 3);
}

/// No splice of formulas may panic where it is evaluated, and errors mark a part of the text.
#[test]
fn mangled_formulas_never_panic_in_evaluation() {
    let inputs = inputs();
    let lines = corpus("golden.txt");
    let formulas: Vec<&str> = lines.iter().filter_map(|line| line.split('\t').nth(1)).collect();
    let limits = Limits { max_elements: 1_000, ..Limits::default() };
    let mut n_values = 0;
    for (i, formula) in formulas.iter().enumerate() {
        let other = formulas[(i * 7919 + 13) % formulas.len()];
        for (at, _) in formula.char_indices() {
            let from = other.floor_char_boundary(at);
            for splice in [format!("{}{}", &formula[..at], &other[from..]), formula[at..].into()] {
                let Ok(mut parsed) = Formula::parse_within(&splice, limits.clone()) else {
                    continue;
                };
                for (name, array) in &inputs {
                    parsed.bind(name, array);
                }
                match parsed.build() {
                    Ok(_) => n_values += 1,
                    Err(error) => assert!(splice.get(error.span()).is_some(), "{splice}"),
                }
            }
        }
    }
    assert!(n_values > 1_000, "too few splices have a value: {n_values}");
}
