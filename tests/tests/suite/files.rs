//! `.npy` and `.npz` files: those that NumPy wrote, those written here, and broken ones.

use jitney_ir::{DType, Shape};
use jitney_runtime::files::{
    Bytes, FileErrorKind, Member, NpyFile, npz_members, open_npy, open_npz, write_npy, write_npz,
    write_npz_compressed,
};
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const NO_LIMIT: usize = usize::MAX;

fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/npy")
}

fn golden(name: &str) -> Vec<u8> {
    fs::read(data_folder().join(name)).expect("a golden file")
}

/// What the manifest says of one array.
struct Row {
    file: String,
    member: String,
    dtype: DType,
    shape: Shape,
    fortran_order: bool,
    big_endian: bool,
    /// Bits in C order.
    elements: Vec<u64>,
}

fn manifest() -> Vec<Row> {
    let text = String::from_utf8(golden("manifest.tsv")).expect("text");
    let rows: Vec<Row> = text.lines().map(parse_row).collect();
    assert!(rows.len() > 50, "only {} rows", rows.len());
    rows
}

fn parse_row(line: &str) -> Row {
    let fields: Vec<&str> = line.split('\t').collect();
    let extents: Vec<usize> =
        fields[3].split(',').filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
    Row {
        file: fields[0].to_owned(),
        member: fields[1].to_owned(),
        dtype: fields[2].parse().expect("a dtype"),
        shape: Shape::new(&extents).unwrap(),
        fortran_order: fields[4] == "True",
        big_endian: fields[5] == "True",
        elements: fields[6]
            .split_whitespace()
            .map(|b| u64::from_str_radix(b, 16).unwrap())
            .collect(),
    }
}

/// The elements in C order, whatever the order of the file.
fn elements(file: &NpyFile) -> Vec<u64> {
    let size = file.dtype.size();
    let bytes = file.to_native_vec(NO_LIMIT).expect("enough memory");
    let stored: Vec<u64> = bytes
        .chunks_exact(size)
        .map(|chunk| {
            let mut word = [0; 8];
            word[..size].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        })
        .collect();
    if !file.fortran_order {
        return stored;
    }
    let extents = file.shape.extents();
    (0..stored.len())
        .map(|flat| {
            let (mut rest, mut index, mut step) = (flat, 0, stored.len());
            for &extent in extents.iter().rev() {
                step /= extent;
                index += rest % extent * step;
                rest /= extent;
            }
            stored[index]
        })
        .collect()
}

fn native_bytes(row: &Row) -> Vec<u8> {
    let size = row.dtype.size();
    row.elements.iter().flat_map(|bits| bits.to_le_bytes()[..size].to_vec()).collect()
}

fn open(folder: &Path, row: &Row) -> NpyFile {
    let path = folder.join(&row.file);
    let file = if row.member.is_empty() {
        open_npy(&path)
    } else {
        open_npz(&path, &row.member, NO_LIMIT)
    };
    file.unwrap_or_else(|error| panic!("{error}"))
}

/// The kind of error that a file with this content gives, and its message.
fn error_of(content: &[u8]) -> (FileErrorKind, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file.npy");
    fs::write(&path, content).unwrap();
    let error = open_npy(&path).expect_err("a broken file");
    let message = error.to_string();
    assert!(message.starts_with(&path.display().to_string()), "{message}");
    (error.kind, message)
}

/// A file of version 1.0 with this dictionary and no data.
fn with_header(dictionary: &str) -> Vec<u8> {
    let len = (dictionary.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", len.as_slice(), dictionary.as_bytes()].concat()
}

#[test]
fn files_of_numpy_are_read() {
    for row in manifest() {
        let name = format!("{} {}", row.file, row.member);
        let file = open(&data_folder(), &row);
        assert_eq!(file.dtype, row.dtype, "{name}");
        assert_eq!(file.shape, row.shape, "{name}");
        assert_eq!(file.fortran_order, row.fortran_order, "{name}");
        assert_eq!(file.big_endian, row.big_endian, "{name}");
        assert_eq!(elements(&file), row.elements, "{name}");
        if row.member.is_empty() {
            let expected = !row.big_endian && row.dtype != DType::Bool;
            assert_eq!(file.is_zero_copy(), expected, "{name}: NumPy aligns data to 64 bytes");
            assert!(matches!(file.data, Bytes::Mapped(_)), "{name}");
        }
    }
}

#[test]
fn written_files_are_numpys_to_the_byte() {
    let folder = TempDir::new().unwrap();
    let mut count = 0;
    for row in manifest() {
        let plain = !row.fortran_order && !row.big_endian && row.member.is_empty();
        if plain && !row.file.starts_with("version") {
            let path = folder.path().join(&row.file);
            write_npy(&path, row.dtype, &row.shape, &native_bytes(&row)).unwrap();
            let written = fs::read(&path).unwrap();
            assert_eq!(written, golden(&row.file), "{}", row.file);
            let second = npyz::NpyFile::new(written.as_slice()).expect("npyz reads it");
            let extents: Vec<u64> = row.shape.extents().iter().map(|&n| n as u64).collect();
            assert_eq!(second.shape(), extents, "{}", row.file);
            count += 1;
        }
    }
    assert!(count > 12, "only {count} files");
}

#[test]
fn archives_make_the_round_trip() {
    let rows: Vec<Row> = manifest().into_iter().filter(|row| row.file == "stored.npz").collect();
    let bytes: Vec<Vec<u8>> = rows.iter().map(native_bytes).collect();
    let members: Vec<Member<'_>> = rows
        .iter()
        .zip(&bytes)
        .map(|(row, bytes)| Member {
            name: &row.member,
            dtype: row.dtype,
            shape: &row.shape,
            bytes,
        })
        .collect();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.npz");
    for write in [write_npz, write_npz_compressed] {
        write(&path, &members).unwrap();
        let names: Vec<&str> = rows.iter().map(|row| row.member.as_str()).collect();
        assert_eq!(npz_members(&path).unwrap(), names);
        for row in &rows {
            let file = open_npz(&path, &format!("{}.npy", row.member), NO_LIMIT).unwrap();
            assert_eq!((file.dtype, &file.shape), (row.dtype, &row.shape), "{}", row.member);
            assert_eq!(elements(&file), row.elements, "{}", row.member);
        }
    }
    let twice = [members[0], members[0]];
    let error = write_npz(&path, &twice).unwrap_err();
    assert_eq!(error.kind, FileErrorKind::DuplicateMember("bool".to_owned()));
    assert_eq!(npz_members(&path).unwrap().len(), rows.len(), "the old archive is still there");
}

/// Other programs than NumPy's `save` write the type as NumPy's `dtype` would read it.
#[test]
fn every_spelling_of_a_dtype_is_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file.npy");
    for (dtype, spellings) in [
        (DType::Bool, "? |? bool bool_ b1 |b1 <b1 >b1"),
        (DType::I8, "b |b byte int8 i1 |i1 >i1"),
        (DType::I16, "h <h short int16 i2 =i2 |i2"),
        (DType::I32, "i <i intc int32 i4 <i4"),
        (DType::I64, "l q p n int int_ intp long longlong int64 i8 <q"),
        (DType::U8, "B |B ubyte uint8 u1"),
        (DType::U16, "H =H ushort uint16 u2"),
        (DType::U32, "I |I uintc uint32 u4"),
        (DType::U64, "L Q P N uint uintp ulong ulonglong uint64 u8 <Q"),
        (DType::F32, "f <f single float32 f4 f04"),
        (DType::F64, "d <d float double float64 f8 =f8"),
    ] {
        for spelling in spellings.split(' ') {
            let header =
                format!("{{'descr': '{spelling}', 'fortran_order': False, 'shape': (1,)}}");
            let content =
                [with_header(&header), 1u64.to_le_bytes()[..dtype.size()].into()].concat();
            fs::write(&path, content).unwrap();
            let file = open_npy(&path).unwrap_or_else(|error| panic!("{spelling}: {error}"));
            assert_eq!((file.dtype, elements(&file)), (dtype, vec![1]), "{spelling}");
        }
    }
    for spelling in [">d", ">q"] {
        let header = format!("{{'descr': '{spelling}', 'fortran_order': False, 'shape': (1,)}}");
        fs::write(&path, [with_header(&header), 1u64.to_be_bytes().into()].concat()).unwrap();
        let file = open_npy(&path).unwrap_or_else(|error| panic!("{spelling}: {error}"));
        assert!(file.big_endian && elements(&file) == [1], "{spelling}");
    }
}

#[test]
fn other_spellings_are_refused_by_name() {
    for (spelling, name) in [
        ("e", "float16"),
        ("float16", "float16"),
        ("g", "longdouble"),
        ("F", "complex64"),
        ("complex", "complex128"),
        ("str", "string"),
        ("<float64", "of an unknown kind"),
        ("f5", "of an unknown kind"),
        ("i+4", "of an unknown kind"),
        ("d8", "of an unknown kind"),
        ("float_", "of an unknown kind"),
        ("", "of an unknown kind"),
    ] {
        let header = format!("{{'descr': '{spelling}', 'fortran_order': False, 'shape': ()}}");
        let (kind, message) = error_of(&with_header(&header));
        assert!(matches!(kind, FileErrorKind::UnsupportedDtype { .. }), "{spelling}: {message}");
        assert!(message.contains(&format!("dtype {name} ('{spelling}')")), "{message}");
    }
    for spelling in ["O", "object", "=O8"] {
        let header = format!("{{'descr': '{spelling}', 'fortran_order': False, 'shape': ()}}");
        assert_eq!(error_of(&with_header(&header)).0, FileErrorKind::ObjectDtype, "{spelling}");
    }
}

#[test]
fn dtypes_that_cannot_be_read_are_named() {
    let mut count = 0;
    for entry in fs::read_dir(data_folder().join("unsupported")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().replace('_', " ");
        let error = open_npy(&path).expect_err("an unsupported dtype");
        if name == "object" {
            assert_eq!(error.kind, FileErrorKind::ObjectDtype);
            assert!(error.to_string().contains("save with a numeric dtype"), "{error}");
        } else {
            assert!(error.to_string().contains(&format!("dtype {name} (")), "{error}");
        }
        count += 1;
    }
    assert_eq!(count, 11);
}

#[test]
fn each_defect_of_a_header_has_its_error() {
    let invalid = |message: &str| FileErrorKind::InvalidHeader { message: message.to_owned() };
    let entries = |shape: &str| format!("{{'descr': '<f8', 'fortran_order': False, {shape}}}");
    for (dictionary, want) in [
        (entries(""), FileErrorKind::MissingKey("shape")),
        (entries("'shape': (2, -3), "), FileErrorKind::NegativeExtent { axis: 1 }),
        (entries("'shape': (99999999999999999999,), "), FileErrorKind::ShapeOverflow),
        (entries("'shape': (4294967296, 4294967296), "), FileErrorKind::ShapeOverflow),
        (entries("'shape': (0, 9223372036854775807, 2)"), FileErrorKind::ShapeOverflow),
        (entries("'shape': (1152921504606846976,)"), FileErrorKind::ShapeOverflow),
        (entries(&format!("'shape': ({})", "1, ".repeat(65))), FileErrorKind::TooManyAxes),
        (
            entries(&format!("'shape': ({})", "1, ".repeat(64))),
            FileErrorKind::DataTooShort { expected: 8, actual: 0 },
        ),
        (entries("'shape': (3L,), "), FileErrorKind::DataTooShort { expected: 24, actual: 0 }),
        (
            entries("'shape': (3), "),
            invalid("expected ',' in a shape of one axis at byte 52, found ')'"),
        ),
        (
            entries("'shape': (2.5,), "),
            invalid("expected ',' in a shape of one axis at byte 52, found '.'"),
        ),
        (entries("'shape': (True,), "), invalid("the extent of axis 0 is not an integer")),
        (entries("'shape': [3], "), invalid("expected '(' at byte 50, found '['")),
        (entries("'shape': (), 'more': 1"), invalid("unexpected key 'more'")),
        (entries("'shape': ()") + "}", invalid("'}' after the dictionary")),
        ("{'descr': '<f8'".to_owned(), invalid("expected '}' at byte 15, found the end")),
        ("{'descr': '<f8".to_owned(), invalid("a string does not end")),
        ("{'shape': (), 'descr': '<f8'}".to_owned(), FileErrorKind::MissingKey("fortran_order")),
        ("{'shape': (), 'fortran_order': True}".to_owned(), FileErrorKind::MissingKey("descr")),
        (
            "{'fortran_order': 1}".to_owned(),
            invalid("expected True or False at byte 18, found '1'"),
        ),
        ("[".repeat(60_000), invalid("expected '{' at byte 0, found '['")),
        (String::new(), invalid("expected '{' at byte 0, found the end")),
        ("{'descr': '|O'}".to_owned(), FileErrorKind::ObjectDtype),
    ] {
        let (kind, message) = error_of(&with_header(&dictionary));
        assert_eq!(kind, want, "{}: {message}", &dictionary[..dictionary.len().min(100)]);
    }
}

#[test]
fn files_that_are_no_arrays_have_their_errors() {
    for (content, want) in [
        (&b""[..], FileErrorKind::Empty),
        (b"hello, world", FileErrorKind::NotNpy { looks_like_npz: false }),
        (b"PK\x03\x04 and so on", FileErrorKind::NotNpy { looks_like_npz: true }),
        (b"\x93NUM", FileErrorKind::TruncatedHeader),
        (b"\x93NUMPY\x01", FileErrorKind::TruncatedHeader),
        (b"\x93NUMPY\x01\x00\x76", FileErrorKind::TruncatedHeader),
        (b"\x93NUMPY\x01\x00\x76\x00{'des", FileErrorKind::TruncatedHeader),
        (b"\x93NUMPY\x04\x00....", FileErrorKind::UnsupportedVersion { major: 4, minor: 0 }),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", FileErrorKind::HeaderTooLong { len: 0xffff_ffff }),
    ] {
        assert_eq!(error_of(content).0, want, "{}", content.escape_ascii());
    }
    let folder = TempDir::new().unwrap();
    let missing = open_npy(&folder.path().join("missing.npy")).unwrap_err();
    assert!(matches!(missing.kind, FileErrorKind::Io(std::io::ErrorKind::NotFound, _)));
    assert_eq!(open_npy(folder.path()).unwrap_err().kind, FileErrorKind::Directory);
    let device = Path::new("/dev/zero");
    if device.exists() {
        assert_eq!(open_npy(device).unwrap_err().kind, FileErrorKind::NotRegular);
    }
    let (_, message) = error_of(b"\x93NUMPY\x04\x00....");
    assert!(message.contains("format version 4.0 is not supported"), "{message}");
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    for name in ["float64_c_little.npy", "version2.npy", "int16_fortran_big.npy"] {
        let whole = golden(name);
        for len in 0..whole.len() {
            let (kind, _) = error_of(&whole[..len]);
            let data_start = whole.len() / 64 * 64;
            let want = match len {
                0 => FileErrorKind::Empty,
                _ if len < data_start => FileErrorKind::TruncatedHeader,
                _ => FileErrorKind::DataTooShort {
                    expected: whole.len() - data_start,
                    actual: len - data_start,
                },
            };
            assert_eq!(kind, want, "{name} cut to {len} bytes");
        }
    }
}

/// Opens whatever is there; what is opened must be whole.
fn survives(folder: &Path, content: &[u8]) {
    let path = folder.join("file");
    fs::write(&path, content).unwrap();
    let limit = 1 << 20;
    let member = npz_members(&path).ok().and_then(|names| names.first().cloned());
    let opened = [open_npy(&path), open_npz(&path, &member.unwrap_or_default(), limit)];
    for file in opened.into_iter().flatten() {
        assert_eq!(file.shape.len(), file.data.len() / file.dtype.size());
        let copy = file.to_native_vec(limit).expect("within the limit");
        assert_eq!(copy.len(), file.data.len());
        let _ = file.is_zero_copy();
    }
}

#[test]
fn one_damaged_byte_is_survived_everywhere() {
    let folder = TempDir::new().unwrap();
    for name in ["int32_c_little.npy", "bool_fortran_big.npy", "compressed.npz"] {
        let whole = golden(name);
        for position in 0..whole.len() {
            for value in [0, 0xff, b'(', b'9', whole[position] ^ 1, whole[position] ^ 0x80] {
                let mut content = whole.clone();
                content[position] = value;
                survives(folder.path(), &content);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn damaged_files_are_survived(
        name in prop::sample::select(vec!["float64_c_little.npy", "version3.npy", "stored.npz", "compressed.npz"]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut content = golden(name);
        for (position, value) in edits {
            let position = position.index(content.len());
            content[position] = value;
        }
        if let Some(cut) = cut {
            content.truncate(cut.index(content.len()));
        }
        survives(TempDir::new().unwrap().path(), &content);
    }

    #[test]
    fn garbage_headers_are_survived(dictionary in "[{}()\\[\\]':, 0-9LTF<>|a-f\\-]{0,80}") {
        let folder = TempDir::new().unwrap();
        survives(folder.path(), &with_header(&dictionary));
        let entry = format!("{{'descr': '<f4', 'shape': {dictionary}, 'fortran_order': True}}");
        survives(folder.path(), &with_header(&entry));
    }

    #[test]
    fn arrays_make_the_round_trip(
        dtype in prop::sample::select(DType::ALL.to_vec()),
        extents in prop::collection::vec(0usize..5, 0..5),
        seed in any::<u8>(),
    ) {
        let shape = Shape::new(&extents).unwrap();
        let top = if dtype == DType::Bool { 2 } else { 251 };
        let bytes: Vec<u8> =
            (0..shape.len() * dtype.size()).map(|i| ((i + usize::from(seed)) % top) as u8).collect();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("x.npy");
        write_npy(&path, dtype, &shape, &bytes).unwrap();
        let file = open_npy(&path).unwrap();
        prop_assert_eq!(file.dtype, dtype);
        prop_assert_eq!(&file.shape, &shape);
        prop_assert_eq!(&file.data[..], &bytes[..]);
        prop_assert_eq!(file.to_native_vec(bytes.len()).unwrap(), bytes);
    }
}

#[test]
fn damaged_archives_have_their_errors() {
    let path = data_folder().join("stored.npz");
    let error = open_npz(&path, "nothing", NO_LIMIT).unwrap_err();
    assert!(error.to_string().ends_with(
        "no member 'nothing' in the archive; it has bool, int8, int16, int32, int64, \
         uint8, uint16, uint32, uint64, float32, float64, fortran, scalar"
    ));
    let too_large = open_npz(&path, "float64", 47).unwrap_err().kind;
    assert_eq!(too_large, FileErrorKind::TooLarge { needed: 48, max_memory: 47 });
    assert!(open_npz(&path, "float64", 48).is_ok());

    let folder = TempDir::new().unwrap();
    let damaged = folder.path().join("damaged.npz");
    let mut content = golden("stored.npz");
    // The first member is the bool array, whose header fills 128 bytes after the entry's own.
    let data = content.windows(6).position(|window| window == [0, 1, 0, 0, 1, 0]).unwrap();
    content[data] = 1;
    fs::write(&damaged, &content).unwrap();
    let error = open_npz(&damaged, "bool", NO_LIMIT).unwrap_err();
    assert!(matches!(error.kind, FileErrorKind::Archive(_)), "{error}: the checksum is wrong");
    fs::write(&damaged, golden("empty.npy")).unwrap();
    let error = open_npz(&damaged, "x", NO_LIMIT).unwrap_err();
    assert!(matches!(error.kind, FileErrorKind::Archive(_)), "{error}: no archive");
}

/// Writes a deflated archive of one member with the given content.
fn archive_of(path: &Path, content: &[u8]) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    archive.start_file("x.npy", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap();
}

#[test]
fn a_members_promises_are_not_believed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("liar.npz");
    let entries = |count: &str| {
        with_header(&format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},)}}"))
    };
    // An exabyte promised, five bytes there: an error, and no attempt to find the room.
    let exabyte = 1usize << 60;
    archive_of(&path, &[entries(&exabyte.to_string()), vec![7; 5]].concat());
    let error = open_npz(&path, "x", NO_LIMIT).unwrap_err();
    assert_eq!(error.kind, FileErrorKind::DataTooShort { expected: exabyte, actual: 5 });
    let error = open_npz(&path, "x", 1 << 30).unwrap_err();
    assert_eq!(error.kind, FileErrorKind::TooLarge { needed: exabyte, max_memory: 1 << 30 });
    // Zeros deflate best; the room made for them must still suffice.
    archive_of(&path, &[entries("10000000"), vec![0; 10_000_000]].concat());
    assert_eq!(open_npz(&path, "x", NO_LIMIT).unwrap().data.len(), 10_000_000);
}

#[test]
fn writing_replaces_a_file_as_a_whole() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    let shape = Shape::new(&[3]).unwrap();
    write_npy(&path, DType::U8, &shape, &[1, 2, 3]).unwrap();
    let mapped = open_npy(&path).unwrap();

    let error = write_npy(&path, DType::U8, &shape, &[1, 2]).unwrap_err();
    assert_eq!(error.kind, FileErrorKind::WrongLength { expected: 3, actual: 2 });
    assert_eq!(&open_npy(&path).unwrap().data[..], [1, 2, 3], "an error leaves the file alone");

    write_npy(&path, DType::U8, &Shape::new(&[1]).unwrap(), &[9]).unwrap();
    assert_eq!(&mapped.data[..], [1, 2, 3], "a mapping keeps the file it was made of");
    assert_eq!(&open_npy(&path).unwrap().data[..], [9]);
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["x.npy"], "no temporary file is left");

    let error = write_npy(folder.path(), DType::U8, &shape, &[1, 2, 3]).unwrap_err();
    assert_eq!(error.kind, FileErrorKind::Directory);
    let nowhere = folder.path().join("no/such/folder/x.npy");
    let error = write_npy(&nowhere, DType::U8, &shape, &[1, 2, 3]).unwrap_err();
    assert!(matches!(error.kind, FileErrorKind::Io(std::io::ErrorKind::NotFound, _)), "{error}");
}

#[test]
fn bools_of_other_programs_become_zero_or_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    let header = with_header("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }");
    fs::write(&path, [header, vec![0, 1, 2]].concat()).unwrap();
    let file = open_npy(&path).unwrap();
    assert!(!file.is_zero_copy());
    assert_eq!(file.to_native_vec(3).unwrap(), [0, 1, 1]);
    let error = file.to_native_vec(2).unwrap_err();
    assert_eq!(error.kind, FileErrorKind::TooLarge { needed: 3, max_memory: 2 });
}

#[test]
#[cfg(unix)]
fn links_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = TempDir::new().unwrap();
    let (target, link) = (folder.path().join("target.npy"), folder.path().join("link.npy"));
    let shape = Shape::scalar();
    write_npy(&target, DType::U8, &shape, &[1]).unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, &link).unwrap();
    write_npy(&link, DType::U8, &shape, &[2]).unwrap();
    assert!(link.is_symlink());
    assert_eq!(&open_npy(&target).unwrap().data[..], [2]);
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}
