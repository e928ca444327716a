//! Printed arrays against what NumPy prints, letter by letter.

use jitney::print::{Elements, FloatMode, PrintOptions, SignMode, array_repr, array_str};
use jitney_ir::{DType, Scalar, Shape};
use std::cell::RefCell;
use std::fs;
use std::path::Path;

/// The options of one case, written as NumPy's keyword arguments.
fn parse_options(text: &str) -> PrintOptions {
    let mut options = PrintOptions::default();
    for (name, value) in text.split(';').filter_map(|option| option.split_once('=')) {
        let number = || value.parse().expect("a number");
        match name {
            "precision" => options.precision = number(),
            "threshold" => options.threshold = number(),
            "edgeitems" => options.edgeitems = number(),
            "linewidth" => options.linewidth = number(),
            "suppress" => options.suppress = value == "True",
            "nanstr" => options.nanstr = value.to_owned(),
            "infstr" => options.infstr = value.to_owned(),
            "sign" => {
                options.sign = match value {
                    "-" => SignMode::NegativeOnly,
                    "+" => SignMode::Plus,
                    " " => SignMode::Space,
                    _ => panic!("sign {value}"),
                }
            }
            "floatmode" => {
                options.floatmode = match value {
                    "fixed" => FloatMode::Fixed,
                    "unique" => FloatMode::Unique,
                    "maxprec" => FloatMode::MaxPrec,
                    "maxprec_equal" => FloatMode::MaxPrecEqual,
                    _ => panic!("floatmode {value}"),
                }
            }
            _ => panic!("option {name}"),
        }
    }
    options
}

/// Prints the array of one row of the table both ways; returns what differs.
fn check(line: &str) -> Vec<String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [dtype, shape, options, elements, want_str, want_repr] = fields[..] else {
        panic!("six fields: {line}")
    };
    let dtype: DType = dtype.parse().expect("a dtype");
    let extents: Vec<usize> =
        shape.split(',').filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
    let shape = Shape::new(&extents).unwrap();
    let bits: Vec<u64> = match elements {
        "arange" => Vec::new(),
        _ => elements.split_whitespace().map(|b| u64::from_str_radix(b, 16).unwrap()).collect(),
    };
    let get = |index: usize| match bits.get(index) {
        Some(&bits) => Scalar::from_bits(dtype, bits),
        None => Scalar::from_i128(dtype, index as i128),
    };
    let elements = Elements { dtype, shape: &shape, get: &get };
    let options = parse_options(options);
    [(want_str, array_str(&elements, &options)), (want_repr, array_repr(&elements, &options))]
        .into_iter()
        .map(|(want, got)| (want.replace("\\n", "\n"), got))
        .filter(|(want, got)| want != got)
        .map(|(want, got)| format!("{line}\nNumPy:\n{want}\nhere:\n{got}\n"))
        .collect()
}

#[test]
fn arrays_print_as_in_numpy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/print/cases.tsv");
    let table = fs::read_to_string(path).expect("the table of printed arrays");
    assert!(table.lines().count() > 900, "only {} cases", table.lines().count());
    let failures: Vec<String> = table.lines().flat_map(check).collect();
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn only_shown_elements_are_read() {
    let shape = Shape::new(&[1 << 20, 1 << 20, 1 << 20]).unwrap();
    let read = RefCell::new(Vec::new());
    let get = |index: usize| {
        read.borrow_mut().push(index);
        Scalar::i64(1)
    };
    let elements = Elements { dtype: DType::I64, shape: &shape, get: &get };
    let text = array_str(&elements, &PrintOptions::default());
    assert!(text.starts_with("[[[1 1 1 ... 1 1 1]\n  [1 1 1 ... 1 1 1]\n"), "{text}");
    let mut read = read.into_inner();
    assert_eq!(read.len(), 6 * 6 * 6);
    assert_eq!(read.last(), Some(&((1 << 60) - 1)));
    read.dedup();
    assert_eq!(read.len(), 6 * 6 * 6, "no element is read twice");
}

/// Many axes: what would be too much to show is neither computed nor shown, and how many there
/// are is no matter of the stack's.
#[test]
fn arrays_of_many_axes_show_few_elements() {
    let text = jitney::zeros(vec![2; 26]).array_str().expect("computes what is shown");
    assert_eq!(text.matches("0.").count(), 1 << 19);
    assert!(text.starts_with(&("[".repeat(26) + "0. 0.]")), "{}", &text[..40]);
    // Of the seven outermost axes the first item is shown, and that more follows.
    let end = format!("]{} ...]", "\n".repeat(25));
    assert!(text.ends_with(&end), "{:?}", &text[text.len() - 60..]);
    assert_eq!(text.matches("...").count(), 7);

    // An evaluated array shows the same as the elements that are computed for it.
    let x = jitney::arange(1 << 21).reshape([2; 21]);
    let lazy = x.array_repr().expect("computes what is shown");
    let evaluated = x.eval().and_then(|x| x.array_repr()).expect("evaluates");
    assert!(lazy == evaluated && lazy.contains("524287]") && !lazy.contains("524288]"));

    let read = RefCell::new(0);
    let get = |flat: usize| {
        *read.borrow_mut() += 1;
        Scalar::i64(flat as i64)
    };
    for (extents, edgeitems, n_read) in [
        (vec![1; 64], 3, 1),
        ([vec![1; 61], vec![3; 3]].concat(), 3, 27),
        (vec![usize::MAX / 2], 1 << 40, 1),
        (vec![2; 62], 0, 1),
        (vec![7; 22], 3, 6_usize.pow(7)),
    ] {
        *read.borrow_mut() = 0;
        let shape = Shape::new(&extents).expect("a shape that there is");
        let options = PrintOptions { edgeitems, ..PrintOptions::default() };
        let text = array_str(&Elements { dtype: DType::I64, shape: &shape, get: &get }, &options);
        assert_eq!(*read.borrow(), n_read, "{} axes of {}", extents.len(), extents[0]);
        let count = |bracket: char| text.chars().filter(|c| *c == bracket).count();
        assert_eq!(count('['), count(']'), "{} axes", extents.len());
    }
}
