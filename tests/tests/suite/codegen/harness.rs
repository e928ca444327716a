//! Runs a kernel twice, compiled and by an obvious interpreter, on memory full of spicy
//! values, and compares every byte.

use jitney_codegen::{Compiled, Compiler, Emitters};
use jitney_ir::kernel::{
    Access, AccessKind, Kernel, Layout, Mode, Phase, Schedule, Scope, Sink, Slots, Source,
};
use jitney_ir::lanes::{Builder, Evaluator, LaneType, Program};
use jitney_ir::ops::Reduction;
use jitney_ir::{DType, Kind, Scalar, reduction};
use std::sync::OnceLock;

/// The compiler for this machine that uses Cranelift alone.
pub fn compiler() -> &'static Compiler {
    &compilers()[0]
}

/// A compiler for each emitter of this machine, Cranelift alone first, and the one for the
/// oldest machine of its kind.
fn compilers() -> &'static [Compiler] {
    static COMPILERS: OnceLock<Vec<Compiler>> = OnceLock::new();
    COMPILERS.get_or_init(|| {
        let host = Emitters::available().into_iter().map(Compiler::host_with);
        let all = host.chain([Compiler::portable()]);
        all.map(|compiler| compiler.expect("a compiler")).collect()
    })
}

/// The kernel as every compiler compiles it.
pub fn compile(kernel: &Kernel) -> Vec<Compiled> {
    let compile = |compiler: &Compiler| {
        compiler.compile(kernel).unwrap_or_else(|error| panic!("{error}\n{kernel}"))
    };
    compilers().iter().map(compile).collect()
}

/// A small generator of test data (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

/// Bits worth testing for a lane type.
pub fn spicy_bits(ty: LaneType) -> Vec<u64> {
    let floats = [
        0.0,
        1.0,
        0.5,
        1.5,
        2.5,
        -3.25,
        7.0,
        1e10,
        2147483647.0,
        2147483648.0,
        9.3e18,
        1e-300,
        1e300,
        f64::INFINITY,
        f64::NAN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        0.1,
        4503599627370497.5,
    ];
    let both = |x: f64| [x, -x];
    let bits: Vec<u64> = match ty {
        LaneType::Bool => vec![0, 1],
        LaneType::F64 => floats.into_iter().flat_map(both).map(f64::to_bits).collect(),
        LaneType::F32 => {
            let own = [f32::MAX, f32::MIN_POSITIVE, 1e-45, -2147483904.0, 8388609.0];
            let floats = floats.into_iter().flat_map(both).map(|x| x as f32).chain(own);
            floats.map(|x| u64::from(x.to_bits())).collect()
        }
        _ => {
            let width = ty.bits();
            let edges = [0, 1, width - 1].map(|shift| 1u64 << shift);
            let near = |x: u64| [x.wrapping_sub(1), x, x.wrapping_add(1), x.wrapping_neg()];
            let odd = [2, 3, 5, 7, 10, 31, 33, 63, 64, 65, 0x5555_5555_5555_5555, 0x123_4567_89ab];
            edges.into_iter().flat_map(near).chain(odd).map(|bits| ty.mask(bits)).collect()
        }
    };
    bits
}

/// An element: tame, or spicy once in `spice` times. The floats are no multiples of a power
/// of two, so that every order of adding them rounds differently.
fn random_element(random: &mut Random, dtype: DType, spice: usize) -> u64 {
    let ty = LaneType::of(dtype);
    match random.below(spice) {
        0 => random.pick(&spicy_bits(ty)),
        _ if ty == LaneType::F64 => (random.below(2000) as f64 / 7.0 - 100.0).to_bits(),
        _ if ty == LaneType::F32 => u64::from((random.below(2000) as f32 / 7.0 - 100.0).to_bits()),
        _ => ty.mask(random.next()),
    }
}

/// An access with memory of its own.
#[derive(Clone)]
pub struct Operand {
    access: Access,
    memory: Vec<u8>,
    /// Byte offset of the element at the origin, or the value of an index there.
    base: i64,
    strides: Vec<i64>,
}

impl Operand {
    fn at(&self, index: &[i64]) -> i64 {
        self.base + self.strides.iter().zip(index).map(|(s, i)| s * i).sum::<i64>()
    }

    fn read(&self, index: &[i64]) -> u64 {
        let at = self.at(index);
        if self.access.kind == AccessKind::Index {
            return at as u64;
        }
        let size = self.access.dtype.size();
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&self.memory[at as usize..][..size]);
        u64::from_le_bytes(bytes)
    }

    fn write(&mut self, index: &[i64], bits: u64) {
        let (at, size) = (self.at(index) as usize, self.access.dtype.size());
        self.memory[at..at + size].copy_from_slice(&bits.to_le_bytes()[..size]);
    }
}

/// One call of a kernel: its extents and operands.
pub struct Call<'k> {
    pub kernel: &'k Kernel,
    pub extents: Vec<usize>,
    pub operands: Vec<Operand>,
}

/// Whether a store happens once a row rather than once an element.
fn is_row_store(kernel: &Kernel, access: usize) -> bool {
    let stores = |phase: &Phase| {
        phase.sinks.iter().any(|sink| matches!(sink, Sink::Store(id) if id.0 as usize == access))
    };
    kernel.phases.iter().any(|phase| phase.scope == Scope::Row && stores(phase))
}

impl<'k> Call<'k> {
    /// Operands of random layout that agree with what the kernel knows.
    pub fn random(kernel: &'k Kernel, extents: &[usize], random: &mut Random) -> Call<'k> {
        let operands = (0..kernel.accesses.len())
            .map(|access| random_operand(kernel, access, extents, random))
            .collect();
        Call { kernel, extents: extents.to_vec(), operands }
    }

    /// Replaces the elements of a contiguous one-dimensional load.
    pub fn fill(&mut self, access: usize, elements: &[u64]) {
        for (i, bits) in elements.iter().enumerate() {
            self.operands[access].write(&[i as i64], *bits);
        }
    }

    /// Replaces an element.
    pub fn set(&mut self, access: usize, index: &[usize], bits: u64) {
        let index: Vec<i64> = index.iter().map(|i| *i as i64).collect();
        self.operands[access].write(&index, bits);
    }

    /// Lets an operand stay where it is along an axis.
    pub fn stay(&mut self, access: usize, axis: usize) {
        self.operands[access].strides[axis] = 0;
    }

    fn n_reduced(&self) -> usize {
        self.extents[self.kernel.n_kept..].iter().product()
    }

    /// The slots of a call on the given operands.
    fn slots(&self, operands: &mut [Operand], scratch: &mut [u64]) -> Vec<i64> {
        let layout = Slots::of(self.kernel);
        let mut slots = vec![0i64; layout.len()];
        for (axis, extent) in self.extents.iter().enumerate() {
            slots[layout.extent(axis)] = *extent as i64;
        }
        for (number, operand) in operands.iter_mut().enumerate() {
            let is_index = operand.access.kind == AccessKind::Index;
            let origin = if is_index { 0 } else { operand.memory.as_mut_ptr() as i64 };
            slots[layout.base(number)] = origin + operand.base;
            for (axis, stride) in operand.strides.iter().enumerate() {
                slots[layout.stride(number, axis)] = *stride;
            }
        }
        let n_rows: usize = self.extents[..self.kernel.n_kept].iter().product();
        slots[layout.scratch()] = (scratch.as_mut_ptr() as i64 + 63) & !63;
        slots[layout.n_rows()] = n_rows as i64;
        slots
    }

    /// Runs the code of each compiler in one call and compares.
    pub fn check_all(&self, compiled: &[Compiled]) {
        compiled.iter().for_each(|compiled| self.check(compiled));
    }

    fn check(&self, compiled: &Compiled) {
        let mut operands = self.operands.clone();
        let mut scratch =
            vec![0x5a5a_5a5a_5a5a_5a5a_u64; compiled.scratch_bytes(self.n_reduced()) / 8 + 8];
        let slots = self.slots(&mut operands, &mut scratch);
        // SAFETY: `slots` follows the layout; operands and scratch are memory of this
        // function, as large as the extents and strides need.
        unsafe { compiled.run(&slots) };
        self.compare(&operands, "whole");
    }

    /// Runs compiled code as partial calls over `blocks` blocks each and a finishing call, with
    /// and without calls between that combine the partials of a few each.
    pub fn check_split(&self, compiled: &Compiled, blocks: usize) {
        [1, 2, 4].into_iter().for_each(|group| self.check_groups(compiled, blocks, group));
    }

    fn check_groups(&self, compiled: &Compiled, blocks: usize, group: usize) {
        let mut operands = self.operands.clone();
        let mut scratch =
            vec![0x5a5a_5a5a_5a5a_5a5a_u64; compiled.scratch_bytes(self.n_reduced()) / 8 + 8];
        let mut slots = self.slots(&mut operands, &mut scratch);
        let layout = Slots::of(self.kernel);
        let n: usize = self.extents[self.kernel.n_kept..].iter().product();
        let n_tasks = n.div_ceil(reduction::BLOCK).div_ceil(blocks).max(1);
        let per_task = self.kernel.row_values.len() * slots[layout.n_rows()] as usize;
        let mut partials = vec![0x5a5a_5a5a_5a5a_5a5a_u64; per_task * n_tasks];
        slots[layout.partial_stride()] = per_task as i64 * 8;
        slots[layout.n_partials()] = n_tasks as i64;
        for task in 0..n_tasks {
            slots[layout.mode()] = Mode::Partial as i64;
            slots[layout.first_block()] = (task * blocks) as i64;
            slots[layout.end_block()] = ((task + 1) * blocks) as i64;
            slots[layout.partials()] = partials[task * per_task..].as_mut_ptr() as i64;
            // SAFETY: as in `check`; the partials have room for a slot per row value and row.
            unsafe { compiled.run(&slots) };
        }
        for first in (0..n_tasks).step_by(group).filter(|_| group > 1) {
            slots[layout.mode()] = Mode::Combine as i64;
            slots[layout.n_partials()] = group.min(n_tasks - first) as i64;
            slots[layout.partials()] = partials[first * per_task..].as_mut_ptr() as i64;
            // SAFETY: as above, with the partials of a group behind each other.
            unsafe { compiled.run(&slots) };
        }
        slots[layout.partial_stride()] *= group as i64;
        slots[layout.n_partials()] = n_tasks.div_ceil(group) as i64;
        slots[layout.mode()] = Mode::Finish as i64;
        slots[layout.partials()] = partials.as_mut_ptr() as i64;
        // SAFETY: as above, with the partials of all groups at equal distances.
        unsafe { compiled.run(&slots) };
        self.compare(&operands, &format!("split by {blocks}, combined by {group}"));
    }

    fn compare(&self, got: &[Operand], how: &str) {
        let mut want = self.operands.clone();
        interpret(self.kernel, &self.extents, &mut want);
        for (number, (got, want)) in got.iter().zip(&want).enumerate() {
            let (got, want) = (without_nans(got), without_nans(want));
            if let Some(at) = (0..got.len()).find(|i| got[*i] != want[*i]) {
                let (from, to) = (at & !7, (at & !7) + 8);
                panic!(
                    "{how}, extents {:?}, a{number} differs at byte {at}: got {:02x?}, want {:02x?}, strides {:?}\n{}",
                    self.extents,
                    &got[from..to.min(got.len())],
                    &want[from..to.min(want.len())],
                    self.operands[number].strides,
                    self.kernel
                );
            }
        }
    }
}

fn random_operand(
    kernel: &Kernel,
    access: usize,
    extents: &[usize],
    random: &mut Random,
) -> Operand {
    let (number, access) = (access, kernel.accesses[access]);
    let size = if access.kind == AccessKind::Index { 1 } else { access.dtype.size() as i64 };
    let mut strides = vec![0i64; extents.len()];
    let (mut low, mut high) = (0i64, 0i64);
    // The vector axis first: its stride is the smallest.
    let vector_axis = kernel.vector_axis();
    let others = (0..extents.len()).rev().filter(|axis| Some(*axis) != vector_axis);
    for axis in vector_axis.into_iter().chain(others) {
        let is_vector = Some(axis) == vector_axis;
        let once_a_row = is_row_store(kernel, number) && axis >= kernel.n_kept;
        let may_repeat = access.kind != AccessKind::Store;
        let free = [1, 2, 3, -1, -2].map(|times| times * (high - low + size));
        let stride = match access.layout {
            _ if once_a_row => 0,
            Layout::Broadcast if is_vector => 0,
            Layout::Contiguous if is_vector => size,
            _ if may_repeat && random.below(6) == 0 => 0,
            _ => random.pick(&free),
        };
        let reach = stride * (extents[axis] as i64 - 1).max(0);
        (low, high) = (low + reach.min(0), high + reach.max(0));
        strides[axis] = stride;
    }
    let slack = random.below(9) as i64;
    if access.kind == AccessKind::Index {
        return Operand { access, memory: Vec::new(), base: slack - 4, strides };
    }
    let mut memory = vec![0xaa; (high - low + size + slack) as usize + 16];
    if access.kind == AccessKind::Load {
        // Of long sums of spicy values all end as NaN, whatever is done: most have none.
        let spice = random.pick(&[6, 300, usize::MAX, usize::MAX]);
        // Elements lie at multiples of their size from the first one.
        for at in (slack..=high - low + slack).step_by(size as usize) {
            let bytes = random_element(random, access.dtype, spice).to_le_bytes();
            memory[at as usize..][..size as usize].copy_from_slice(&bytes[..size as usize]);
        }
    }
    Operand { access, memory, base: slack - low, strides }
}

/// The memory with every NaN made the same.
fn without_nans(operand: &Operand) -> Vec<u8> {
    let mut memory = operand.memory.clone();
    let (dtype, size) = (operand.access.dtype, operand.access.dtype.size());
    if operand.access.kind == AccessKind::Store && dtype.kind() == Kind::Float {
        for at in (operand.base as usize % size..memory.len() - size + 1).step_by(size) {
            let mut bytes = [0; 8];
            bytes[..size].copy_from_slice(&memory[at..at + size]);
            if Scalar::from_bits(dtype, u64::from_le_bytes(bytes)).is_nan() {
                memory[at..at + size].fill(0xff);
            }
        }
    }
    memory
}

/// Every index within the extents, in C order.
fn indices(extents: &[usize]) -> Vec<Vec<i64>> {
    let mut all = vec![Vec::new()];
    for extent in extents {
        let longer = |index: Vec<i64>| {
            (0..*extent as i64).map(move |i| {
                let mut index = index.clone();
                index.push(i);
                index
            })
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}

/// What a kernel means, straight from the documentation of [`jitney_ir::kernel`].
fn interpret(kernel: &Kernel, extents: &[usize], operands: &mut [Operand]) {
    let reduced = indices(&extents[kernel.n_kept..]);
    for row in indices(&extents[..kernel.n_kept]) {
        let mut row_values = vec![0; kernel.row_values.len()];
        for phase in &kernel.phases {
            let origin = vec![vec![0; kernel.n_reduced]];
            let inner = if phase.scope == Scope::Element { &reduced } else { &origin };
            let mut sequences = vec![Vec::new(); phase.sinks.len()];
            let mut evaluator = Evaluator::new(&phase.program);
            for rest in inner {
                let index = [row.as_slice(), rest.as_slice()].concat();
                let param = |source: &Source| match source {
                    Source::Access(id) => operands[id.0 as usize].read(&index),
                    Source::Row(id) => row_values[id.0 as usize],
                };
                let params: Vec<u64> = phase.sources.iter().map(param).collect();
                evaluator.run(&params);
                for (number, sink) in phase.sinks.iter().enumerate() {
                    match sink {
                        Sink::Store(id) => {
                            operands[id.0 as usize].write(&index, evaluator.result(number));
                        }
                        Sink::Row(_) => sequences[number].push(evaluator.result(number)),
                    }
                }
            }
            for (sink, sequence) in phase.sinks.iter().zip(&sequences) {
                if let Sink::Row(id) = sink {
                    let row = kernel.row_values[id.0 as usize];
                    row_values[id.0 as usize] = match row.reduction {
                        Some(reduction) => reduce(reduction, row.dtype, sequence),
                        None => sequence[0],
                    };
                }
            }
        }
    }
}

fn reduce(op: Reduction, dtype: DType, sequence: &[u64]) -> u64 {
    let identity = op.identity(dtype);
    if sequence.is_empty() {
        return op.of_nothing(dtype).unwrap_or(identity).bits;
    }
    let program = combination(op, dtype);
    let mut evaluator = Evaluator::new(&program);
    reduction::reduce(sequence, identity.bits, |a, b| {
        evaluator.run(&[a, b]);
        evaluator.result(0)
    })
}

fn combination(op: Reduction, dtype: DType) -> Program {
    let mut b = Builder::new();
    let (x, y) = (b.param(LaneType::of(dtype)), b.param(LaneType::of(dtype)));
    let result = op.combine(&mut b, dtype, x, y);
    b.finish(&[result])
}

/// Compiles the kernel and checks it on random operands of each of the extents.
pub fn check(kernel: &Kernel, extents: &[&[usize]], seed: u64) {
    let compiled = compile(kernel);
    let mut random = Random(seed);
    for extents in extents {
        let call = Call::random(kernel, extents, &mut random);
        call.check_all(&compiled);
        if kernel.is_splittable() {
            let blocks = 1 << random.below(4);
            compiled.iter().for_each(|compiled| call.check_split(compiled, blocks));
        }
    }
}

/// Every layout, to be given to all accesses of a kernel at random.
pub fn with_random_layouts(kernel: &Kernel, random: &mut Random) -> Kernel {
    let mut kernel = kernel.clone();
    for (number, access) in kernel.accesses.clone().iter().enumerate() {
        let once = is_row_store(&kernel, number) && kernel.schedule == Schedule::Rows;
        let layouts: &[Layout] = match access.kind {
            AccessKind::Store if once => &[Layout::Broadcast],
            AccessKind::Store => &[Layout::Contiguous, Layout::Strided],
            _ => &[Layout::Contiguous, Layout::Strided, Layout::Broadcast],
        };
        kernel.accesses[number].layout = random.pick(layouts);
    }
    kernel
}
