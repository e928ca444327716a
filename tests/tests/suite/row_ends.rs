//! Nothing beyond a row is touched: its elements end where the memory does.
//!
//! A file is mapped together with the pages that follow its end. They are addresses, but to
//! read or write there ends the process.

use crate::codegen::{elementwise, mixed_widths};
use jitney_codegen::{Compiler, Emitters};
use jitney_ir::DType;
use jitney_ir::kernel::{Kernel, Layout, Slots};
use jitney_ir::lanes::{Evaluator, LaneType};
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

/// Runs a kernel of one phase and axis on rows that end with the memory; elements of strided
/// accesses are two sizes apart. Results that begin a line of a cache may be asked to go past
/// it.
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
        // From the first byte of an access, in steps of so many.
        let mut places = Vec::new();
        for (number, access) in kernel.accesses.iter().enumerate() {
            let size = access.dtype.size();
            let stride = if access.layout == Layout::Strided { 2 * size } else { size };
            let first = ROOM - size - (n - 1) * stride;
            slots[layout.base(number)] = memory[number][first..].as_mut_ptr() as i64;
            slots[layout.stride(number, 0)] = stride as i64;
            places.push((first, stride, size));
        }
        for (param, ty) in program.params.iter().enumerate() {
            let (first, stride, size) = places[param];
            for i in 0..n {
                let bytes = element(*ty, i).to_le_bytes();
                memory[param][first + i * stride..][..size].copy_from_slice(&bytes[..size]);
            }
        }
        // SAFETY: every access has memory of its own for `n` elements.
        unsafe { compiled.run(&slots) };
        let mut evaluator = Evaluator::new(program);
        for i in 0..n {
            let params: Vec<u64> = program.params.iter().map(|ty| element(*ty, i)).collect();
            evaluator.run(&params);
            for result in 0..program.results.len() {
                let access = program.params.len() + result;
                let (first, stride, size) = places[access];
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
