//! Arrays from files: every dtype, byte order and order of axes, aligned or not.

use jitney::{self as jn, Array, DType};
use jitney_ir::Kind;
use jitney_runtime::files::{open_npy, open_npz};
use std::fs;
use std::path::Path;

/// An `.npy` file whose data are preceded by `pad` spaces more than a header needs.
fn write(path: &Path, descr: &str, fortran: bool, pad: usize, data: &[u8]) {
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': (2, 3), }}");
    header.extend(std::iter::repeat_n(' ', 117 - header.len() + pad));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(data);
    fs::write(path, bytes).unwrap();
}

/// The numbers 0 to 5 (false and true for bool) as bytes, in the order given.
fn numbers(dtype: DType, order: &[u8], big_endian: bool) -> Vec<u8> {
    let element = |&number: &u8| {
        let mut bytes = match dtype {
            // Any byte but 0 is true.
            DType::Bool => vec![if number % 2 == 1 { 100 + number } else { 0 }],
            DType::F32 => f32::from(number).to_le_bytes().to_vec(),
            DType::F64 => f64::from(number).to_le_bytes().to_vec(),
            _ => u64::from(number).to_le_bytes()[..dtype.size()].to_vec(),
        };
        if big_endian {
            bytes.reverse();
        }
        bytes
    };
    order.iter().flat_map(element).collect()
}

fn code(dtype: DType) -> String {
    let letter = match dtype.kind() {
        Kind::Bool => 'b',
        Kind::Float => 'f',
        Kind::Unsigned => 'u',
        Kind::Signed => 'i',
    };
    format!("{letter}{}", dtype.size())
}

fn check(loaded: &Array, dtype: DType, what: &str) {
    assert_eq!(loaded.error().map(|error| error.to_string()), None, "{what}");
    assert_eq!((loaded.dtype(), loaded.shape()), (dtype, &[2, 3][..]), "{what}");
    let expected: [f64; 6] =
        std::array::from_fn(|i| if dtype == DType::Bool { (i % 2) as f64 } else { i as f64 });
    for mode in [jn::Mode::Fused, jn::Mode::Reference] {
        jn::with_mode(mode, || {
            let doubled = loaded.astype(DType::F64) * 2;
            let values = doubled.to_vec::<f64>().unwrap();
            assert_eq!(values, expected.map(|x| 2.0 * x), "{what} {mode:?}");
        });
    }
}

#[test]
fn every_kind_of_file_loads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    for dtype in DType::ALL {
        for (fortran, order) in [(false, [0, 1, 2, 3, 4, 5]), (true, [0, 3, 1, 4, 2, 5])] {
            for big_endian in [false, true] {
                for pad in [0, 1] {
                    let mark = if big_endian { '>' } else { '<' };
                    let descr = format!("{mark}{}", code(dtype));
                    write(&path, &descr, fortran, pad, &numbers(dtype, &order, big_endian));
                    let what = format!("{descr} fortran={fortran} pad={pad}");
                    check(&jn::load(&path), dtype, &what);
                }
            }
        }
    }
}

#[test]
fn aligned_native_files_are_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    write(&path, "<f8", true, 0, &numbers(DType::F64, &[0, 3, 1, 4, 2, 5], false));
    let none = jn::Settings { max_memory: Some(0), ..jn::settings() };
    assert!(jn::with_settings(none.clone(), || jn::load(&path)).error().is_none());
    write(&path, ">f8", true, 0, &numbers(DType::F64, &[0, 3, 1, 4, 2, 5], true));
    let refused = jn::with_settings(none, || jn::load(&path)).error().expect("a copy is needed");
    assert_eq!(refused.kind(), jn::ErrorKind::File);
    assert!(refused.message().contains("48 bytes; only 0"), "{refused}");
}

#[test]
fn what_is_saved_loads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    for dtype in DType::ALL {
        let x = jn::arange(6).astype(dtype).reshape([2, 3]);
        for (what, view) in
            [("whole", x.clone()), ("turned", x.t()), ("part", x.slice(jn::s![.., ..;-2]))]
        {
            view.save(&path).unwrap();
            let same = jn::load(&path).first_difference(&view).unwrap();
            assert_eq!(same, None, "{dtype} {what}");
            assert!(!open_npy(&path).unwrap().fortran_order);
        }
    }
    let archive = folder.path().join("x.npz");
    let (a, b) = (jn::arange(3), jn::ones([2, 2]) * 0.5);
    jn::savez(&archive, &[("a", &a), ("b", &b)]).unwrap();
    assert_eq!(jn::load_npz(&archive, "b").first_difference(&b).unwrap(), None);
    assert_eq!(open_npz(&archive, "a", 24).unwrap().data.len(), 24);
    let twice = jn::savez(&archive, &[("a", &a), ("a", &b)]).unwrap_err();
    assert_eq!((twice.kind(), twice.operation()), (jn::ErrorKind::File, "savez"));
}

#[test]
fn errors_of_files_are_deferred() {
    let missing = jn::load("no/such/file.npy");
    let error = (missing + 1).sum(..).eval().unwrap_err();
    assert_eq!(error.kind(), jn::ErrorKind::File);
    assert!(error.message().starts_with("no/such/file.npy: "), "{error}");
    assert!(error.location().is_some_and(|place| place.file().ends_with("load.rs")), "{error}");
}
