//! The mathematical functions against tables computed in higher precision.

use jitney_ir::DType;
use jitney_ir::lanes::Evaluator;
use jitney_ir::ops::Elementwise;
use std::fs;
use std::path::Path;

/// Floats of one sign order like their bits: the distance in units in the last place.
pub fn ulps(dtype: DType, a: u64, b: u64) -> u64 {
    let position = |bits: u64| {
        let (sign, value) = match dtype {
            DType::F32 => (bits >> 31, (bits & 0x7fff_ffff) as i64),
            _ => (bits >> 63, (bits & !(1 << 63)) as i64),
        };
        if sign == 1 { -value } else { value }
    };
    let is_nan = |bits: u64| match dtype {
        DType::F32 => f32::from_bits(bits as u32).is_nan(),
        _ => f64::from_bits(bits).is_nan(),
    };
    match (is_nan(a), is_nan(b)) {
        (true, true) => 0,
        (false, false) => position(a).abs_diff(position(b)),
        _ => u64::MAX,
    }
}

/// Checks every row of a table and returns the failures.
fn check_table(op: Elementwise, path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("readable table");
    let mut failures = Vec::new();
    let programs = [DType::F32, DType::F64].map(|d| op.program(&vec![d; op.arity()]));
    let mut evaluators = [Evaluator::new(&programs[0]), Evaluator::new(&programs[1])];
    let mut rows = 0;
    for line in text.lines().filter(|line| line.starts_with("np.")) {
        let fields: Vec<&str> = line.split(',').collect();
        let bits = |field: &str| u64::from_str_radix(field.trim_start_matches("0x"), 16).unwrap();
        let args: Vec<u64> = fields[1..=op.arity()].iter().map(|f| bits(f)).collect();
        let want = bits(fields[op.arity() + 1]);
        let (dtype, bound, which) = match fields[0] {
            "np.float32" => (DType::F32, 2, 0),
            _ => (DType::F64, 1, 1),
        };
        evaluators[which].run(&args);
        let got = evaluators[which].result(0);
        rows += 1;
        if ulps(dtype, got, want) > bound {
            let distance = ulps(dtype, got, want);
            failures.push(format!("{}: {line}: got {got:#x}, {distance} ulp off", op.name()));
        }
    }
    assert!(rows > 100, "{}: only {rows} rows", path.display());
    failures
}

#[test]
fn functions_are_as_accurate_as_promised() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut failures = Vec::new();
    let mut tables = 0;
    for folder in ["umath", "math"] {
        for entry in fs::read_dir(data.join(folder)).expect("data folder") {
            let path = entry.expect("entry").path();
            if path.extension().is_some_and(|e| e == "csv") {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                let op = Elementwise::from_name(&name).expect("a table is named for its function");
                failures.extend(check_table(op, &path));
                tables += 1;
            }
        }
    }
    assert!(tables >= 37, "only {tables} tables");
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

/// The value of a float.
fn value(dtype: DType, bits: u64) -> f64 {
    match dtype {
        DType::F32 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    }
}

/// The distance from `high + low`, `high` being that sum rounded, in units in its last place.
fn real_error(dtype: DType, got: u64, high: u64, low: f64) -> f64 {
    let (got, rounded) = (value(dtype, got), value(dtype, high));
    // The next float away from zero has the next bits.
    let unit = (value(dtype, high + 1) - rounded).abs();
    ((got - rounded) - low).abs() / unit
}

/// Sums of exponentials that are nearly 1: up to a hundred bits cancel, or one exponential is
/// nearly nothing. The promised units in the last place are real ones here, not differences
/// between rounded results.
#[test]
fn logarithms_of_sums_near_one_are_as_accurate_as_promised() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/cancelling");
    let mut failures = Vec::new();
    for name in ["logaddexp", "logaddexp2"] {
        let op = Elementwise::from_name(name).expect("an operation");
        let text = fs::read_to_string(data.join(format!("{name}.csv"))).expect("readable table");
        let mut rows = 0;
        for line in text.lines().filter(|line| line.starts_with("np.")) {
            let (dtype, bound) =
                if line.starts_with("np.float32") { (DType::F32, 2.0) } else { (DType::F64, 1.0) };
            let numbers = line.split(',').skip(1);
            let numbers: Vec<u64> = numbers
                .map(|field| u64::from_str_radix(field.trim_start_matches("0x"), 16).unwrap())
                .collect();
            let [x, y, high, low] = numbers[..] else { panic!("{line}") };
            let program = op.program(&[dtype; 2]);
            let mut evaluator = Evaluator::new(&program);
            // The order of the arguments is not to matter.
            for args in [[x, y], [y, x]] {
                evaluator.run(&args);
                let got = evaluator.result(0);
                let error = real_error(dtype, got, high, f64::from_bits(low));
                if error.is_nan() || error >= bound {
                    failures.push(format!("{name}: {line}: got {got:#x}, {error} ulp off"));
                }
            }
            rows += 1;
        }
        assert!(rows > 1000, "{name}: only {rows} rows");
    }
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}
