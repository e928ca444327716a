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

/// Where two partial results are combined, from the last register down.
const N_OPERANDS: usize = 2;

/// How a result is reduced.
pub(crate) struct Reduced<'a> {
    /// Combines two partial results.
    pub combine: &'a Program,
    /// The bits of the neutral value.
    pub identity: u64,
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
    let types = program.results.iter().map(|result| program.ty(*result));
    let mut reduced_types = types.zip(reduced).filter(|(_, reduced)| reduced.is_some());
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
    let numbers = (0..reduced.len()).filter(|number| reduced[*number].is_some());
    let last = target.n_vectors() - 1 - N_OPERANDS;
    let accumulator = |(order, result): (usize, usize)| Accumulator {
        param: n_params + order,
        result: Some(result),
        register: last.saturating_sub(order * copies) as u8,
    };
    let accumulators: Vec<Accumulator> = numbers.enumerate().map(accumulator).collect();
    subject.accumulators = &accumulators;
    subject.n_reserved = N_OPERANDS + accumulators.len() * copies;
    // Too few would be left for the program.
    if subject.n_reserved > N_OPERANDS + MAX_REGISTERS {
        return None;
    }
    let mut layout = Layout::new(target);
    let (main, rest) = bodies(subject, &mut layout)?;
    let mut values = Vec::new();
    for (accumulator, reduced) in accumulators.iter().zip(reduced.iter().flatten()) {
        values.push(value(subject, *accumulator, reduced, &mut layout)?);
    }
    let reduction = Reduction { values, copies };
    assemble(subject, main, rest, layout, false, Some(&reduction))
}

/// The program, run on so many elements one after the other, with the combination appended to
/// what is reduced. Its parameters are those of each run and then the accumulators, which
/// are also the results in the place of what is reduced. Other results are of the last run.
pub(crate) fn accumulating<'a>(
    program: &Program,
    n_steps: usize,
    combine: impl Iterator<Item = Option<&'a Program>>,
) -> Program {
    let mut b = Builder::new();
    let types = program.params.iter().copied();
    let params: Vec<V> =
        types.cycle().take(n_steps * program.params.len()).map(|ty| b.param(ty)).collect();
    let combine: Vec<Option<&Program>> = combine.collect();
    let with_param = |combine: &Option<&Program>| combine.map(|combine| b.param(combine.params[0]));
    let mut sums: Vec<Option<V>> = combine.iter().map(with_param).collect();
    let mut results = Vec::new();
    for step in 0..n_steps {
        let params = &params[step * program.params.len()..][..program.params.len()];
        results = b.inline(program, params).to_vec();
        for ((combine, sum), result) in combine.iter().zip(&mut sums).zip(&mut results) {
            // What has been accumulated comes first, as the order of reductions wants: of two
            // zeros a maximum is the second.
            if let (Some(combine), Some(sum)) = (combine, sum) {
                *result = b.inline(combine, &[*sum, *result])[0];
                *sum = *result;
            }
        }
    }
    b.finish(&results)
}

/// What a function reduces.
pub(super) struct Reduction {
    values: Vec<Value>,
    copies: usize,
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
    /// Combines the last two registers into the last.
    combine: Allocated,
}

impl Reduction {
    /// Whether the argument at an offset is where a result goes.
    pub fn ends_at(&self, offset: u32) -> bool {
        self.values.iter().any(|value| value.sink == offset)
    }

    /// The bodies that combine partial results.
    pub fn combinations(&self) -> impl Iterator<Item = &Allocated> {
        self.values.iter().map(|value| &value.combine)
    }
}

fn value(
    subject: Subject<'_>,
    accumulator: Accumulator,
    reduced: &Reduced<'_>,
    layout: &mut Layout,
) -> Option<Value> {
    let ty = reduced.combine.params[0];
    let last = subject.target.n_vectors() as u8 - 1;
    let pair = [
        Accumulator { param: 0, result: Some(0), register: last },
        Accumulator { param: 1, result: None, register: last - 1 },
    ];
    let sources = [Source::Accumulator; N_OPERANDS];
    let is_uniform = &uniform(reduced.combine, &sources);
    let combining = Subject {
        program: reduced.combine,
        sources: &sources,
        is_uniform,
        accumulators: &pair,
        ..subject
    };
    Some(Value {
        class: Class::Vector(Width::of_bytes(subject.lanes * ty.size())),
        size: ty.size(),
        register: accumulator.register,
        identity: layout.lane(reduced.identity, ty.size()),
        sink: layout.argument(Argument::Sink(accumulator.result?)),
        combine: allocate(&select(combining, Wish::plain(Rare::Stays), layout)?.body),
    })
}

impl Encoder<'_> {
    /// Fills the accumulators with neutral values. Lanes that no element reaches, in a block of
    /// less than sixteen, combine as if they were not there.
    pub(super) fn begin_reduction(&mut self) -> Result<(), IcedError> {
        let Some(reduction) = self.frame.reduction else { return Ok(()) };
        for value in &reduction.values {
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
        for value in &reduction.values {
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
        let last = self.last_register();
        for value in &reduction.values {
            let (lower, upper) = (value.class.register(last), value.class.register(last - 1));
            self.push(&value.copy(lower, value.register(0)))?;
            if reduction.copies == 2 {
                self.push(&value.copy(upper, value.register(1)))?;
                self.body(&value.combine, Part::Main)?;
            }
            // Lane `j` meets lane `j + half`. Upper lanes are computed along and are not looked
            // at.
            let mut half = self.frame.lanes / 2;
            while half > 0 {
                self.push(&value.upper_half(upper, lower, half * value.size))?;
                self.body(&value.combine, Part::Main)?;
                half /= 2;
            }
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
            set_register(&mut store, 1, Register::XMM0 + u32::from(last));
            if value.size < 4 {
                store.set_op_kind(2, OpKind::Immediate8);
                store.set_immediate8(0);
            }
            self.asm.add_instruction(store)?;
        }
        Ok(())
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
