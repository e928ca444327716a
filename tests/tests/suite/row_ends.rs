//! Nothing beyond a row is touched: its elements end where the memory does.
//!
//! A file is mapped together with the pages that follow its end. They are addresses, but to
//! read or write there ends the process.

use crate::codegen::{elementwise, mixed_widths};
use jitney_codegen::{Compiler, Emitters};
use jitney_ir::DType;
use jitney_ir::kernel::{AccessId, Kernel, Layout, Shift, Slots};
use jitney_ir::lanes::{Builder, Evaluator, LaneType, Program, V};
use jitney_ir::ops::Elementwise;
use memmap2::{MmapMut, MmapOptions};

/// Bytes that can be used, a multiple of every page size in use.
pub const ROOM: usize = 1 << 16;

/// Memory of which the first half can be used.
pub fn half_usable() -> MmapMut {
    let file = tempfile::tempfile().expect("a temporary file");
    file.set_len(ROOM as u64).expect("room for a temporary file");
    // SAFETY: nobody else has the file, so that it changes only through this mapping; the
    // pages beyond its end are touched only by code that fails this test.
    unsafe { MmapOptions::new().len(2 * ROOM).map_mut(&file) }.expect("a mapping")
}

/// A small number of the type, and among floats now and then one for which `exp` leaves its
/// usual path.
pub fn element(ty: LaneType, i: usize) -> u64 {
    let number = i * 7 % 50;
    match ty {
        LaneType::Bool => i as u64 % 2,
        LaneType::F32 if i % 37 == 5 => u64::from(1e30f32.to_bits()),
        LaneType::F64 if i % 37 == 5 => 1e300f64.to_bits(),
        LaneType::F32 => u64::from((number as f32 + 0.5).to_bits()),
        LaneType::F64 => (number as f64 + 0.5).to_bits(),
        _ => number as u64,
    }
}

/// Where an access's elements are.
struct Place {
    /// The number of the memory, which loads of neighbours share.
    memory: usize,
    /// The number of the first element among those that the memory has.
    element: usize,
    /// The byte of that.
    first: usize,
    stride: usize,
    size: usize,
}

/// The places of a kernel's accesses in rows that end with the memory; elements of strided
/// accesses are two sizes apart.
fn places(kernel: &Kernel, n: usize) -> Vec<Place> {
    let shift = |number: usize| match kernel.accesses[number].shift {
        Some(Shift { of, by }) => (of.0 as usize, usize::from(by)),
        None => (number, 0),
    };
    let place = |number: usize| {
        let access = kernel.accesses[number];
        let (memory, element) = shift(number);
        let size = access.dtype.size();
        let stride = if access.layout == Layout::Strided { 2 * size } else { size };
        let sharing = (0..kernel.accesses.len()).map(shift).filter(|other| other.0 == memory);
        let beyond = sharing.map(|other| other.1).max().unwrap_or(0) - element;
        let first = ROOM - size - (n + beyond - 1) * stride;
        Place { memory, element, first, stride, size }
    };
    (0..kernel.accesses.len()).map(place).collect()
}

/// Runs a kernel of one phase and axis on rows that end with the memory. Results that begin a
/// line of a cache may be asked to go past it.
fn check(kernel: &Kernel, emitter: Emitters, streams: bool) {
    let compiled = Compiler::host_with(emitter).expect("a compiler").compile(kernel);
    let compiled = compiled.unwrap_or_else(|error| panic!("{error}\n{kernel}"));
    let program = &kernel.phases[0].program;
    let layout = Slots::of(kernel);
    let mut memory: Vec<MmapMut> = kernel.accesses.iter().map(|_| half_usable()).collect();
    for n in (1..70).chain([200]) {
        let mut slots = vec![0; layout.len()];
        slots[layout.extent(0)] = n as i64;
        slots[layout.streams()] = i64::from(streams);
        let places = places(kernel, n);
        for (number, place) in places.iter().enumerate() {
            let first = memory[place.memory][place.first..].as_mut_ptr();
            slots[layout.base(number)] = first as i64;
            slots[layout.stride(number, 0)] = place.stride as i64;
        }
        for (ty, place) in program.params.iter().zip(&places) {
            for i in 0..n {
                let bytes = element(*ty, place.element + i).to_le_bytes();
                let at = place.first + i * place.stride;
                memory[place.memory][at..][..place.size].copy_from_slice(&bytes[..place.size]);
            }
        }
        // SAFETY: every access has memory of its own for `n` elements.
        unsafe { compiled.run(&slots) };
        let mut evaluator = Evaluator::new(program);
        for i in 0..n {
            let param = |(ty, place): (&LaneType, &Place)| element(*ty, place.element + i);
            let params: Vec<u64> = program.params.iter().zip(&places).map(param).collect();
            evaluator.run(&params);
            for result in 0..program.results.len() {
                let access = program.params.len() + result;
                let Place { first, stride, size, .. } = places[access];
                let want = &evaluator.result(result).to_le_bytes()[..size];
                let got = &memory[access][first + i * stride..][..size];
                assert_eq!(got, want, "{emitter:?}, element {i} of {n}\n{kernel}");
            }
        }
    }
}

#[test]
fn nothing_beyond_a_row_is_touched() {
    let dtypes = [DType::F64, DType::F32, DType::I64, DType::U32, DType::I16, DType::U8];
    let sums = dtypes.map(|dtype| elementwise(Elementwise::Add.program(&[dtype; 2]), 1));
    let equal = dtypes.map(|dtype| elementwise(Elementwise::Equal.program(&[dtype; 2]), 1));
    let exp = elementwise(Elementwise::Exp.program(&[DType::F64]), 1);
    let mut strided = exp.clone();
    strided.accesses[0].layout = Layout::Strided;
    let others = [elementwise(mixed_widths(), 1), exp, strided];
    for kernel in sums.iter().chain(&equal).chain(&others) {
        for emitter in Emitters::available() {
            [false, true].into_iter().for_each(|streams| check(kernel, emitter, streams));
        }
    }
}

/// The kernel of a program whose loads are so many elements beyond the first one's that is not
/// shifted.
fn shifted(program: Program, shifts: &[u8]) -> Kernel {
    let mut kernel = elementwise(program, 1);
    let first = shifts.iter().position(|by| *by == 0).expect("one is not shifted");
    for (access, by) in kernel.accesses.iter_mut().zip(shifts).filter(|(_, by)| **by > 0) {
        access.shift = Some(Shift { of: AccessId(first as u32), by: *by });
    }
    kernel.verify().unwrap_or_else(|error| panic!("{error}\n{kernel}"));
    kernel
}

#[test]
fn neighbours_are_loaded_once_and_nothing_beyond_a_row_is() {
    let types = [LaneType::F64, LaneType::F32, LaneType::I64, LaneType::I32, LaneType::I8];
    for ty in types {
        for shifts in [&[0, 1][..], &[1, 0, 2], &[0, 3, 7], &[15, 1, 0, 8], &[0, 63]] {
            let mut b = Builder::new();
            let params: Vec<V> = shifts.iter().map(|_| b.param(ty)).collect();
            let add =
                |b: &mut Builder, x, y| if ty.is_float() { b.fadd(x, y) } else { b.iadd(x, y) };
            let sum = params[1..].iter().fold(params[0], |sum, x| add(&mut b, sum, *x));
            let twice = add(&mut b, sum, params[0]);
            let kernel = shifted(b.finish(&[twice, params[1]]), shifts);
            for emitter in Emitters::available() {
                [false, true].into_iter().for_each(|streams| check(&kernel, emitter, streams));
            }
        }
    }
}

#[test]
fn neighbours_of_what_computes_much_are_loaded_once() {
    // Some lanes take rare paths, after which the main loop begins anew; vectors of floats are half
    // as long as those of doubles beside them.
    let exp = Elementwise::Exp.program(&[DType::F64]);
    let mut b = Builder::new();
    let [x, y] = [(); 2].map(|()| b.param(LaneType::F64));
    let [s, t] = [(); 2].map(|()| b.param(LaneType::F32));
    let (x, y) = (b.inline(&exp, &[x])[0], b.inline(&exp, &[y])[0]);
    let [s, t] = [s, t].map(|float| b.ftof(LaneType::F64, float));
    let (product, quotient) = (b.fmul(x, s), b.fdiv(y, t));
    let difference = b.fsub(product, quotient);
    let mut kernel = elementwise(b.finish(&[difference]), 1);
    kernel.accesses[1].shift = Some(Shift { of: AccessId(0), by: 1 });
    kernel.accesses[2].shift = Some(Shift { of: AccessId(3), by: 2 });
    for emitter in Emitters::available() {
        check(&kernel, emitter, false);
    }
}

#[test]
fn more_pairs_of_neighbours_than_there_are_registers() {
    for n_pairs in [15, 16, 17, 28, 30, 32, 40] {
        let mut b = Builder::new();
        let params: Vec<V> = (0..2 * n_pairs).map(|_| b.param(LaneType::F64)).collect();
        let sums: Vec<V> = params.chunks(2).map(|pair| b.fma(pair[0], pair[1], pair[0])).collect();
        let sum = sums[1..].iter().fold(sums[0], |sum, x| b.fadd(sum, *x));
        let mut kernel = elementwise(b.finish(&[sum]), 1);
        for pair in 0..n_pairs {
            let of = AccessId(2 * pair as u32);
            kernel.accesses[2 * pair + 1].shift = Some(Shift { of, by: 1 });
        }
        for emitter in Emitters::available() {
            check(&kernel, emitter, false);
        }
    }
}
