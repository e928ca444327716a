//! Neighbouring columns of rows in memory, read and written: to the bit, and nothing beside them.

use crate::codegen::elementwise;
use crate::row_ends::{ROOM, element, half_usable};
use jitney_codegen::{Compiled, Compiler, Emitters};
use jitney_ir::kernel::{Kernel, Layout, Slots};
use jitney_ir::lanes::{Builder, Evaluator, LaneOp, LaneType, Program, V};

/// What memory holds before.
const UNTOUCHED: u8 = 0xaa;

/// How the rows of a call lie in memory.
#[derive(Clone, Copy, Debug)]
enum Rows {
    /// Next to each other, up to the last byte that may be touched.
    Last,
    /// An element apart, up to the last byte.
    Apart,
    /// The last one first, up to the last byte.
    Backwards,
}

const ROWS: [Rows; 3] = [Rows::Last, Rows::Apart, Rows::Backwards];

impl Rows {
    /// The place of the first row and the way from each to the next, of so many rows of `n`
    /// elements.
    fn place(self, len: usize, n: usize, size: usize) -> (usize, isize) {
        let row = n * size;
        match self {
            Rows::Last => (ROOM - len * row, row as isize),
            Rows::Apart => (ROOM - (len - 1) * (row + size) - row, (row + size) as isize),
            Rows::Backwards => (ROOM - row, -(row as isize)),
        }
    }
}

/// Each of `n` columns and the next one, combined.
fn program(ty: LaneType, n: usize) -> Program {
    let mut b = Builder::new();
    let params: Vec<V> = (0..n).map(|_| b.param(ty)).collect();
    let op = match ty {
        LaneType::F32 | LaneType::F64 => LaneOp::FAdd,
        LaneType::Bool => LaneOp::Xor,
        _ => LaneOp::ISub,
    };
    let pair = |column: usize| [params[column], params[(column + 1) % n]];
    let results: Vec<V> = (0..n).map(|column| b.op_as(op, ty, &pair(column))).collect();
    b.finish(&results)
}

/// The kernel of a program on columns that lie next to each other, and as many of its results.
fn kernel(program: Program) -> Kernel {
    let n = program.params.len();
    let mut kernel = elementwise(program, 1);
    for (number, access) in kernel.accesses.iter_mut().enumerate() {
        access.layout = if number % n == 0 { Layout::Strided } else { Layout::Next };
    }
    kernel
}

/// Runs a kernel on so many rows and compares all that it may touch with what a program makes of
/// the columns, as many as there are results.
fn check(kernel: &Kernel, program: &Program, compiled: &Compiled, (len, rows): (usize, Rows)) {
    let (n, ty) = (program.params.len(), program.params[0]);
    let size = ty.size();
    let (first, stride) = rows.place(len, n, size);
    let at = |row: usize, column: usize| {
        first.wrapping_add_signed(row as isize * stride) + column * size
    };
    let (mut read, mut written) = (half_usable(), half_usable());
    let mut expected = vec![UNTOUCHED; ROOM];
    written[..ROOM].fill(UNTOUCHED);
    let mut evaluator = Evaluator::new(program);
    for row in 0..len {
        let params: Vec<u64> = (0..n).map(|column| element(ty, row * n + column)).collect();
        evaluator.run(&params);
        for (column, param) in params.iter().enumerate() {
            let place = at(row, column)..at(row, column) + size;
            read[place.clone()].copy_from_slice(&param.to_le_bytes()[..size]);
            let result = evaluator.result(column).to_le_bytes();
            expected[place].copy_from_slice(&result[..size]);
        }
    }
    let layout = Slots::of(kernel);
    let mut slots = vec![0; layout.len()];
    slots[layout.extent(0)] = len as i64;
    for access in 0..2 * n {
        let memory = if access < n { &mut read } else { &mut written };
        let place = at(0, access % n);
        slots[layout.base(access)] = memory[place..].as_mut_ptr() as i64;
        slots[layout.stride(access, 0)] = stride as i64;
    }
    // SAFETY: columns lie next to each other in two memories with room for `len` rows each.
    unsafe { compiled.run(&slots) };
    let is_same = written[..ROOM] == expected[..];
    assert!(is_same, "{:?}, {len} rows, {rows:?}\n{kernel}", compiled.emitter());
}

/// Checks a kernel with every emitter on rows in every place; returns how many wide functions
/// the emitters made of it.
fn check_all(kernel: &Kernel, meaning: &Program) -> Vec<usize> {
    let row = meaning.params.len() * meaning.params[0].size();
    let mut n_wide = Vec::new();
    for emitter in Emitters::available() {
        let compiler = Compiler::host_with(emitter).expect("a compiler");
        let compiled = compiler.compile(kernel).unwrap_or_else(|e| panic!("{e}\n{kernel}"));
        // More than a chunk of everything at last.
        for len in [1, 2, 3, 7, 16, 31, 33, 70, 300, 1100] {
            if len * (row + 8) > ROOM {
                continue;
            }
            for rows in ROWS {
                check(kernel, meaning, &compiled, (len, rows));
            }
        }
        n_wide.push(compiled.wide_lanes().len());
    }
    n_wide
}

#[test]
fn neighbouring_columns_are_copied_to_the_bit() {
    use LaneType::{Bool, F32, F64, I16, I64};
    for ty in [F64, F32, I64, I16, Bool] {
        for n in [2, 3, 4, 5, 8, 10, 15, 16, 17] {
            let program = program(ty, n);
            // Too short a row has no tiles, and so simple a program no chunks then.
            let has_tiles = (n & !1) * ty.size() >= 4;
            for n_wide in check_all(&kernel(program.clone()), &program).into_iter().skip(1) {
                assert_eq!(n_wide, usize::from(has_tiles), "{n} columns of {ty:?}");
            }
        }
    }
}

/// A column follows the one before it, wherever in a phase that is named.
#[test]
fn columns_may_be_named_in_any_order() {
    let named = [vec![1, 2, 3, 0], vec![0, 2, 1, 3], vec![3, 2, 1, 0], vec![0, 0, 1, 2]];
    for order in named {
        let in_order = kernel(program(LaneType::F64, 4));
        let mut kernel = in_order.clone();
        let phase = &mut kernel.phases[0];
        phase.sources = order.iter().map(|n| in_order.phases[0].sources[*n]).collect();
        // What becomes of the columns in their own order.
        let mut b = Builder::new();
        let columns: Vec<V> = (0..4).map(|_| b.param(LaneType::F64)).collect();
        let params: Vec<V> = order.iter().map(|n| columns[*n]).collect();
        let results = b.inline(&phase.program, &params);
        let meaning = b.finish(&results);
        check_all(&kernel, &meaning);
    }
}

#[test]
fn only_what_can_follow_is_next() {
    let two = |first: &str, second: &str| {
        let accesses = format!("a0 = {first}\n a1 = {second}\n a2 = store i64 contiguous\n");
        let program = "v0 = param 0 : i64\n v1 = param 1 : i64\n v2 = isub v0, v1 : i64";
        let phase =
            format!("element (a0, a1) -> (a2) lanes(i64, i64) {{\n {program}\n return v2 }}");
        Kernel::parse(&format!("kernel rows kept=1 reduced=0 {{\n {accesses} {phase}\n}}"))
    };
    let text = two("load i64 strided", "load i64 next").expect("neighbours").to_string();
    assert!(text.contains("a1 = load i64 next"), "{text}");
    let refused = [
        ("load i64 next", "load i64 strided"),
        ("load i64 contiguous", "load i64 next"),
        ("load i64 broadcast", "load i64 next"),
        ("load u64 strided", "load i64 next"),
        ("index i64 strided", "load i64 next"),
        ("index i64 strided", "index i64 next"),
    ];
    for (first, second) in refused {
        let error = two(first, second).expect_err("no neighbours").to_string();
        assert!(error.contains("next to nothing"), "{first}, {second}: {error}");
    }
}
