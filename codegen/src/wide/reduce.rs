//! Reductions of one block, with the accumulators in vector registers.
//!
//! A block has sixteen accumulators ([`jitney_ir::reduction`]). If eight elements fill a
//! vector they are two registers, and the main body computes both; else they are one. Of
//! bytes and words a vector has more lanes than that, which makes no difference: their
//! reductions come out the same in any order.
//!
//! The last elements of a block, and those that take a rare path, are computed a vector at a
//! time, by bodies that know one register. The two change places after each such vector: the
//! first is always the one for the next element.
//!
//! ```text
//! two registers     A: accumulators 0 … 7          B: accumulators 8 … 15
//! main body         A takes x[i … i + 7]           B takes x[i + 8 … i + 15]
//! one vector        A takes x[i … i + 7]           then A and B change places, and i += 8
//! ```

use super::allocate::{Allocated, allocate};
use super::code;
use super::encode::{Encoder, Part, set_memory, set_register};
use super::layout::{Argument, Layout};
use super::machine::{Cell, Class, Memory, Operand, Placed, Width};
use super::select::{Accumulator, Rare, Source, Subject, Wish, select};
use super::target::Target;
use super::{WideFunction, assemble, bodies, uniform};
use iced_x86::code_asm::{al, qword_ptr, rcx, rdi};
use iced_x86::{Code, IcedError, Instruction, OpKind, Register};
use jitney_ir::lanes::{Builder, LaneType, Program, V};
use jitney_ir::reduction::LANES;

/// Most registers that accumulators may take.
const MAX_REGISTERS: usize = 12;

/// How many partial states are combined at a time, in the last registers: of each lane, from the
/// last register down, one register for the first state and one for the second.
const N_OPERANDS: usize = 2;

/// How consecutive results, the lanes of a state, are reduced.
pub(crate) struct Reduced<'a> {
    /// Combines two partial states.
    pub combine: &'a Program,
    /// The bits of the neutral value of each lane.
    pub identity: Vec<u64>,
}

/// How many vectors the accumulators of a value take.
pub(super) fn copies(lanes: usize) -> usize {
    LANES.div_ceil(lanes)
}

/// Compiles an [`accumulating`] program to a function that goes through one block and writes
/// what is reduced to the result's address. `None` if there is none for it.
pub(crate) fn compile_reduction(
    target: Target,
    program: &Program,
    sources: &[Source],
    reduced: &[Option<Reduced<'_>>],
) -> Option<WideFunction> {
    let lanes: Vec<Option<usize>> = reduced.iter().flat_map(lanes_of).collect();
    let types = program.results.iter().map(|result| program.ty(*result));
    let mut reduced_types = types.zip(&lanes).filter(|(_, lane)| lane.is_some());
    // Accumulators are updated under a mask register, of which AVX2 has none; and those of bools
    // would be mask registers themselves, between whose lanes nothing here moves anything.
    if target != Target::Avx512 || reduced_types.any(|(ty, _)| ty == LaneType::Bool) {
        return None;
    }
    let n_params = sources.len();
    let mut sources = sources.to_vec();
    // The accumulators are the last parameters: see `accumulating`.
    sources.resize(program.params.len(), Source::Accumulator);
    let is_uniform = &uniform(program, &sources);
    let mut subject = Subject::new(target, program, &sources, is_uniform);
    let copies = copies(subject.lanes);
    let numbers = (0..lanes.len()).filter(|number| lanes[*number].is_some());
    let n_combined = N_OPERANDS * lanes.iter().flatten().max().map_or(0, |lane| lane + 1);
    let last = target.n_vectors() - 1 - n_combined;
    let accumulator = |(order, result): (usize, usize)| Accumulator {
        param: n_params + order,
        result: Some(result),
        register: last.saturating_sub(order * copies) as u8,
    };
    let accumulators: Vec<Accumulator> = numbers.enumerate().map(accumulator).collect();
    subject.accumulators = &accumulators;
    subject.n_reserved = n_combined + accumulators.len() * copies;
    // Too few would be left for the program.
    if subject.n_reserved > n_combined + MAX_REGISTERS {
        return None;
    }
    let mut layout = Layout::new(target);
    let (main, rest) = bodies(subject, &mut layout)?;
    let (mut states, mut left) = (Vec::new(), accumulators.as_slice());
    for reduced in reduced.iter().flatten() {
        let (own, others) = left.split_at(reduced.identity.len());
        states.push(state(subject, own, reduced, &mut layout)?);
        left = others;
    }
    let reduction = Reduction { states, copies };
    assemble(subject, main, rest, layout, false, Some(&reduction))
}

/// The lanes of results that are reduced together; none of one that is stored.
fn lanes_of(reduced: &Option<Reduced<'_>>) -> Vec<Option<usize>> {
    let n_lanes = reduced.as_ref().map(|reduced| reduced.identity.len());
    n_lanes.map_or(vec![None], |n_lanes| (0..n_lanes).map(Some).collect())
}

/// The program, run on so many elements one after the other, with the accumulation appended to
/// what is reduced: an item of `accumulate` for each result that is stored, and for each state, whose
/// lanes are consecutive results. Its parameters are those of each run and then the accumulators,
/// which are also the results in the place of what is reduced. Other results are of the last run.
pub(crate) fn accumulating<'a>(
    program: &Program,
    n_steps: usize,
    accumulate: impl Iterator<Item = Option<&'a Program>>,
) -> Program {
    let mut b = Builder::new();
    let types = program.params.iter().copied();
    let params: Vec<V> =
        types.cycle().take(n_steps * program.params.len()).map(|ty| b.param(ty)).collect();
    let mut state = |step: Option<&'a Program>| {
        let types = step.iter().flat_map(|step| &step.params[..step.results.len()]);
        let sums: Vec<V> = types.map(|ty| b.param(*ty)).collect();
        (step, sums)
    };
    let mut sums: Vec<(Option<&Program>, Vec<V>)> = accumulate.map(&mut state).collect();
    let mut results = Vec::new();
    for step in 0..n_steps {
        let params = &params[step * program.params.len()..][..program.params.len()];
        results = b.inline(program, params).to_vec();
        let mut first = 0;
        for (accumulate, sums) in &mut sums {
            let n_lanes = sums.len().max(1);
            let lanes = &mut results[first..first + n_lanes];
            // What has been accumulated comes first, as the order of reductions wants: of two
            // zeros a maximum is the second.
            if let Some(accumulate) = accumulate {
                let args = [sums.as_slice(), lanes].concat();
                lanes.copy_from_slice(&b.inline(accumulate, &args));
                sums.copy_from_slice(lanes);
            }
            first += n_lanes;
        }
    }
    b.finish(&results)
}

/// What a function reduces.
pub(super) struct Reduction {
    states: Vec<State>,
    copies: usize,
}

struct State {
    lanes: Vec<Value>,
    /// Combines what is in the last registers into those of the first state.
    combine: Allocated,
}

struct Value {
    class: Class,
    size: usize,
    /// The number of its first register.
    register: u8,
    /// Where the neutral value is.
    identity: Cell,
    /// Offset of the address of the result.
    sink: u32,
}

impl Reduction {
    fn lanes(&self) -> impl Iterator<Item = &Value> {
        self.states.iter().flat_map(|state| &state.lanes)
    }

    /// Whether the argument at an offset is where a result goes.
    pub fn ends_at(&self, offset: u32) -> bool {
        self.lanes().any(|lane| lane.sink == offset)
    }

    /// The bodies that combine partial results.
    pub fn combinations(&self) -> impl Iterator<Item = &Allocated> {
        self.states.iter().map(|state| &state.combine)
    }
}

/// The number of the register in which a lane of the first or the second state is combined.
fn operand(target: Target, lane: usize, state: usize) -> u8 {
    (target.n_vectors() - 1 - N_OPERANDS * lane - state) as u8
}

fn state(
    subject: Subject<'_>,
    accumulators: &[Accumulator],
    reduced: &Reduced<'_>,
    layout: &mut Layout,
) -> Option<State> {
    let n_lanes = accumulators.len();
    let param = |param: usize| Accumulator {
        param,
        result: (param < n_lanes).then_some(param),
        register: operand(subject.target, param % n_lanes, param / n_lanes),
    };
    let operands: Vec<Accumulator> = (0..N_OPERANDS * n_lanes).map(param).collect();
    let sources = vec![Source::Accumulator; operands.len()];
    let is_uniform = &uniform(reduced.combine, &sources);
    let combining = Subject {
        program: reduced.combine,
        sources: &sources,
        is_uniform,
        accumulators: &operands,
        ..subject
    };
    let mut lanes = Vec::new();
    for (lane, accumulator) in accumulators.iter().enumerate() {
        let size = reduced.combine.params[lane].size();
        lanes.push(Value {
            class: Class::Vector(Width::of_bytes(subject.lanes * size)),
            size,
            register: accumulator.register,
            identity: layout.lane(reduced.identity[lane], size),
            sink: layout.argument(Argument::Sink(accumulator.result?)),
        });
    }
    let combine = allocate(&select(combining, Wish::plain(Rare::Stays), layout)?.body);
    Some(State { lanes, combine })
}

impl Encoder<'_> {
    /// Fills the accumulators with neutral values. Lanes that no element reaches, in a block of
    /// less than sixteen, combine as if they were not there.
    pub(super) fn begin_reduction(&mut self) -> Result<(), IcedError> {
        let Some(reduction) = self.frame.reduction else { return Ok(()) };
        for value in reduction.lanes() {
            let code = value.form(code::spread(value.size));
            for copy in 0..reduction.copies as u8 {
                let register = value.class.register(value.register - copy);
                let operands =
                    [Operand::Register(register), Operand::Memory(Memory::Cell(value.identity))];
                self.push(&Placed::new(code, &operands))?;
            }
        }
        Ok(())
    }

    /// Lets the two registers of every value change places, if there are two. Three moves, in the
    /// rare rounds, instead of a second tail and a second cold body that know the registers the
    /// other way round.
    pub(super) fn exchange_accumulators(&mut self) -> Result<(), IcedError> {
        let Some(reduction) = self.frame.reduction.filter(|r| r.copies == 2) else {
            return Ok(());
        };
        for value in reduction.lanes() {
            let (first, second) = (value.register(0), value.register(1));
            let between = value.class.register(self.last_register());
            for (to, from) in [(between, first), (first, second), (second, between)] {
                self.push(&value.copy(to, from))?;
            }
        }
        Ok(())
    }

    /// Exchanges the registers once more if they have been an odd number of times.
    pub(super) fn order_accumulators(&mut self) -> Result<(), IcedError> {
        if self.frame.reduction.is_none_or(|reduction| reduction.copies < 2) {
            return Ok(());
        }
        let mut in_order = self.asm.create_label();
        // Each exchange comes with one vector, and a round of the main body with two. So the
        // number of vectors so far, `rax / lanes`, is odd when the number of exchanges is.
        self.asm.test(al, self.frame.lanes as i32)?;
        self.asm.je(in_order)?;
        self.exchange_accumulators()?;
        self.asm.set_label(&mut in_order)?;
        self.asm.zero_bytes()
    }

    /// Combines the accumulators by a balanced tree and writes the results.
    pub(super) fn end_reduction(&mut self) -> Result<(), IcedError> {
        let Some(reduction) = self.frame.reduction else { return Ok(()) };
        for state in &reduction.states {
            for (number, lane) in state.lanes.iter().enumerate() {
                let [first, second] = self.operands(lane, number);
                self.push(&lane.copy(first, lane.register(0)))?;
                if reduction.copies == 2 {
                    self.push(&lane.copy(second, lane.register(1)))?;
                }
            }
            if reduction.copies == 2 {
                self.body(&state.combine, Part::Main)?;
            }
            // Lane `j` meets lane `j + half`. Upper lanes are computed along and are not looked
            // at.
            let mut half = self.frame.lanes / 2;
            while half > 0 {
                for (number, lane) in state.lanes.iter().enumerate() {
                    let [first, second] = self.operands(lane, number);
                    self.push(&lane.upper_half(second, first, half * lane.size))?;
                }
                self.body(&state.combine, Part::Main)?;
                half /= 2;
            }
            for (number, lane) in state.lanes.iter().enumerate() {
                self.store_result(lane, number)?;
            }
        }
        Ok(())
    }

    /// The registers in which a lane of two states is combined.
    fn operands(&self, value: &Value, lane: usize) -> [Register; N_OPERANDS] {
        [0, 1].map(|state| value.class.register(operand(self.frame.target, lane, state)))
    }

    /// Writes what a lane comes to.
    fn store_result(&mut self, value: &Value, lane: usize) -> Result<(), IcedError> {
        self.asm.mov(rcx, qword_ptr(rdi + value.sink))?;
        // A store under a mask would make whoever reads the result wait for the cache.
        let mut store = Instruction::new();
        store.set_code(match value.size {
            1 => Code::EVEX_Vpextrb_r32m8_xmm_imm8,
            2 => Code::EVEX_Vpextrw_r32m16_xmm_imm8,
            4 => Code::EVEX_Vmovd_rm32_xmm,
            _ => Code::EVEX_Vmovq_xmmm64_xmm,
        });
        set_memory(&mut store, 0, Register::RCX, Register::None, 1, 0);
        let from = operand(self.frame.target, lane, 0);
        set_register(&mut store, 1, Register::XMM0 + u32::from(from));
        if value.size < 4 {
            store.set_op_kind(2, OpKind::Immediate8);
            store.set_immediate8(0);
        }
        self.asm.add_instruction(store)
    }

    fn last_register(&self) -> u8 {
        self.frame.target.n_vectors() as u8 - 1
    }
}

impl Value {
    fn register(&self, copy: u8) -> Register {
        self.class.register(self.register - copy)
    }

    /// An instruction in the form for the value's registers.
    fn form(&self, code: Code) -> Code {
        match self.class {
            Class::Vector(width) => width.form(code),
            Class::Mask => Code::INVALID,
        }
    }

    fn copy(&self, to: Register, from: Register) -> Placed {
        let code = self.form(Code::EVEX_Vmovdqa64_xmm_k1z_xmmm128);
        Placed::new(code, &[to, from].map(Operand::Register))
    }

    /// Moves what is so many bytes up to the first lanes; what becomes of the others does
    /// not matter.
    ///
    /// ```text
    /// lower       a b c d e f g h
    /// upper       e f g h …               moved down by 32 bytes
    /// combined    ae bf cg dh …           and then by 16, and by 8
    /// ```
    fn upper_half(&self, to: Register, from: Register, bytes: usize) -> Placed {
        let to_and_from = [to, from].map(Operand::Register);
        let [to, from] = to_and_from;
        if bytes < 8 {
            // The lane that is wanted is within the first eight bytes by now.
            let code = self.form(Code::EVEX_Vpsrlq_xmm_k1z_xmmm128b64_imm8);
            return Placed::new(code, &[to, from, Operand::Immediate(8 * bytes as u8)]);
        }
        // Unlike shifts of bytes, it goes across the boundaries of 16 bytes.
        let code = self.form(Code::EVEX_Valignq_xmm_k1z_xmm_xmmm128b64_imm8);
        Placed::new(code, &[to, from, from, Operand::Immediate((bytes / 8) as u8)])
    }
}
