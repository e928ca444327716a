//! From a lane program to instructions over registers without number.
//!
//! A value is in a register or, if it is the same for all lanes, in a cell of memory,
//! which most instructions can spread over their lanes themselves.
//!
//! Selection goes through the program once, in order, for each copy of a body. It says nothing of
//! the order or of registers: `schedule` and `allocate` come later. A value for which the target
//! has no instruction ends it, and the whole program is left to Cranelift.

use super::avx2;
use super::code;
use super::layout::{Argument, Layout};
use super::machine::{Body, Cell, Class, Inst, Kept, Kind, Memory, Reg, Signs, Spread, Width};
use super::rare::Condition;
use super::stretches::Stretches;
use super::target::Target;
use iced_x86::Code;
use jitney_ir::lanes::{self, LaneOp, LaneType, Program, ValueId};
use rustc_hash::{FxHashMap, FxHashSet};

/// Where the lanes of a parameter come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The same for all.
    Uniform,
    /// Elements next to each other.
    Elements,
    /// The same, which are those of the parameter `of`, so many further on.
    Shifted { of: usize, by: u8 },
    /// Numbers at even distances.
    Numbers,
    /// Numbers that follow each other.
    Consecutive,
    /// What a reduction has accumulated so far.
    Accumulator,
}

/// A program with what is known of its values.
#[derive(Clone, Copy)]
pub(super) struct Subject<'p> {
    pub program: &'p Program,
    pub sources: &'p [Source],
    pub is_uniform: &'p [bool],
    /// Elements that one copy of a body computes.
    pub lanes: usize,
    pub target: Target,
    pub accumulators: &'p [Accumulator],
    /// How many registers, from the last one down, bodies leave alone: the accumulators'.
    pub n_reserved: usize,
}

/// A parameter that stays in registers from one round to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accumulator {
    pub param: usize,
    /// The result that takes its place.
    pub result: Option<usize>,
    /// The number of the first copy's register; those of others are below it.
    pub register: u8,
}

/// What a body does with rare selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rare {
    /// Tests their conditions and assumes that none holds.
    Leaves,
    /// Computes both sides.
    Stays,
}

/// Where a value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Home {
    Register(Reg),
    Cell(Cell),
}

impl Subject<'_> {
    /// How many vector registers bodies may use.
    pub fn n_vectors(self) -> usize {
        self.target.n_vectors() - self.n_reserved
    }

    /// The values that a body computes or reads.
    pub fn live(self, rare: Rare) -> Vec<bool> {
        let program = self.program;
        let mut live = vec![false; program.insts.len()];
        program.results.iter().for_each(|result| live[result.index()] = true);
        for value in program.values().rev() {
            // Uniform values are computed before the call: the body reads them, but not what
            // they are made of.
            if live[value.index()] && !self.is_uniform[value.index()] {
                self.operands(value, rare).iter().for_each(|arg| live[arg.index()] = true);
            }
        }
        live
    }

    fn operands(self, value: ValueId, rare: Rare) -> Vec<ValueId> {
        let inst = self.program.inst(value);
        match inst.op {
            LaneOp::SelectRare if rare == Rare::Leaves => {
                let conditions = self.conditions(inst.args[0]).into_iter();
                let operands = conditions.flat_map(|condition| self.condition_operands(condition));
                operands.chain([inst.args[2]]).collect()
            }
            LaneOp::Fma => self.fma_operands(inst).0.to_vec(),
            _ => inst.args.to_vec(),
        }
    }

    /// The operands of a multiply-add without their negations, which come for nothing. `-a * b +
    /// c`, `a * b - c` and their like are instructions of their own. A negation that someone else
    /// reads, too, is computed for that one. Uniform ones are computed before the row in any case.
    fn fma_operands(self, inst: &lanes::Inst) -> ([ValueId; 3], Signs) {
        let positive = |value: ValueId| {
            let inst = self.program.inst(value);
            let is_negation = inst.op == LaneOp::FNeg && !self.is_uniform[value.index()];
            if is_negation { (inst.args[0], true) } else { (value, false) }
        };
        let [(a, minus_a), (b, minus_b), (c, minus_c)] =
            [0, 1, 2].map(|position: usize| positive(inst.args[position]));
        ([a, b, c], Signs { product: minus_a != minus_b, addend: minus_c })
    }
}

/// What a body is to be like.
#[derive(Clone, Copy)]
pub(super) struct Wish<'k> {
    pub rare: Rare,
    /// How many times the lanes are computed side by side.
    pub copies: usize,
    /// What is kept in registers, from the last one down, before the body begins.
    pub kept: &'k [Kept],
}

impl Wish<'_> {
    /// A body for the lanes once, with nothing kept.
    pub fn plain(rare: Rare) -> Wish<'static> {
        Wish { rare, copies: 1, kept: &[] }
    }
}

/// The instructions of a body, and the cells that they read, with how often they do.
pub(super) struct Selected {
    pub body: Body,
    pub cells: Vec<(Spread, usize)>,
}

/// Selects the instructions of a body. `None` if there is something it has no
/// instructions for.
pub(super) fn select(
    subject: Subject<'_>,
    wish: Wish<'_>,
    layout: &mut Layout,
) -> Option<Selected> {
    let n = subject.program.insts.len();
    let mut selector = Selector {
        subject,
        rare: wish.rare,
        layout,
        body: Body::new(subject.target, subject.n_vectors()),
        homes: vec![vec![None; n]; wish.copies],
        repeated: FxHashMap::default(),
        cells: Vec::new(),
        tested: FxHashSet::default(),
        any_rare: None,
        common: vec![None; wish.copies],
        stretches: Stretches::default(),
        masks: avx2::Masks::default(),
    };
    // From the last register down, as the encoder fills them.
    for (kept, number) in wish.kept.iter().zip((0..subject.n_vectors() as u8).rev()) {
        match kept {
            Kept::Cell(spread) => {
                let reg = selector.body.kept(spread.class, number);
                selector.repeated.insert((spread.cell, spread.class), reg);
            }
            Kept::Stretch(stretch) => {
                let class = Class::Vector(selector.width(stretch.size));
                let reg = selector.body.kept(class, number);
                selector.stretches.carry(*stretch, reg);
            }
        }
    }
    selector.run()?;
    Some(Selected { body: selector.body, cells: selector.cells })
}

pub(super) struct Selector<'p, 'l> {
    pub(super) subject: Subject<'p>,
    rare: Rare,
    pub(super) layout: &'l mut Layout,
    pub(super) body: Body,
    /// By copy and value.
    pub(super) homes: Vec<Vec<Option<Home>>>,
    /// Registers that repeat a cell.
    repeated: FxHashMap<(Cell, Class), Reg>,
    cells: Vec<(Spread, usize)>,
    /// Rare conditions that have been seen to.
    pub(super) tested: FxHashSet<(Condition, usize)>,
    /// Where any rare condition so far holds.
    pub(super) any_rare: Option<Reg>,
    /// By copy, where none so far does, if that is what is collected.
    pub(super) common: Vec<Option<Reg>>,
    /// What loads of neighbours share.
    pub(super) stretches: Stretches,
    /// What masks are if there are no registers of their own for them.
    pub(super) masks: avx2::Masks,
}

impl Selector<'_, '_> {
    fn run(&mut self) -> Option<()> {
        let program = self.subject.program;
        let live = self.subject.live(self.rare);
        for value in program.values().filter(|value| live[value.index()]) {
            // Parameters are loaded where they are first read.
            let is_read_later = program.inst(value).op == LaneOp::Param;
            if is_read_later || self.subject.is_uniform[value.index()] {
                continue;
            }
            for copy in 0..self.homes.len() {
                let home = self.value(value, copy)?;
                self.homes[copy][value.index()] = Some(home);
            }
        }
        let stored = self.results()?;
        // Nothing may have been stored when a rare condition turns out to hold, and all is read
        // before anything is: a result may take the place of an operand.
        self.test_rare();
        self.body.insts.extend(stored);
        self.carry_stretches();
        // Asked once here instead of wherever a form is chosen. The code of a multiply-add is
        // chosen with its registers, and tests have none.
        let is_known = |inst: &Inst| {
            inst.code != Code::INVALID || matches!(inst.kind, Kind::Fma { .. } | Kind::Test)
        };
        self.body.insts.iter().all(is_known).then_some(())
    }

    fn results(&mut self) -> Option<Vec<Inst>> {
        let program = self.subject.program;
        let mut stores = Vec::new();
        for (number, result) in program.results.iter().enumerate() {
            let size = program.ty(*result).size();
            // A result that an accumulator takes is stored nowhere: it is there for the next
            // vector.
            let mut accumulators = self.subject.accumulators.iter();
            if let Some(found) = accumulators.find(|found| found.result == Some(number)) {
                for copy in 0..self.homes.len() {
                    let accumulator = self.accumulator(*found, program.ty(*result), copy);
                    let value = self.register(*result, copy)?;
                    let code = self.form(size, code::load(size));
                    stores.push(Inst::new(code, &[accumulator, value]).with_kind(Kind::Update));
                }
                continue;
            }
            let argument = self.layout.argument(Argument::Sink(number));
            for copy in 0..self.homes.len() {
                let reg = match program.ty(*result) {
                    LaneType::Bool => self.ones(*result, copy, 1)?,
                    _ => self.register(*result, copy)?,
                };
                let memory = self.elements(argument, size, copy);
                let store = Inst::new(self.form(size, code::store(size)), &[reg]);
                stores.push(store.with_kind(Kind::Store).with_memory(memory));
            }
        }
        Some(stores)
    }

    /// The register is the same before and after the body: its update, at the end, is a move.
    fn accumulator(&mut self, accumulator: Accumulator, ty: LaneType, copy: usize) -> Reg {
        let class = self.class(ty);
        self.body.kept(class, accumulator.register - copy as u8)
    }

    /// Copy after copy, the lanes of a step lie behind each other.
    ///
    /// ```text
    /// eight lanes, three copies     x[i … i + 7] | x[i + 8 … i + 15] | x[i + 16 … i + 23]
    /// ```
    pub(super) fn elements(&self, argument: u32, size: usize, copy: usize) -> Memory {
        let lane = (copy * self.subject.lanes) as u32;
        Memory::Elements { argument, size: size as u32, lane }
    }

    /// The width of a register of lanes of the given size.
    pub(super) fn width(&self, size: usize) -> Width {
        Width::of_bytes(self.subject.lanes * size)
    }

    /// An instruction on lanes of the given size.
    pub(super) fn form(&self, size: usize, code: Code) -> Code {
        self.subject.target.form(self.width(size), code)
    }

    /// The class of registers for values of a type.
    pub(super) fn class(&self, ty: LaneType) -> Class {
        match ty {
            LaneType::Bool => Class::Mask,
            _ => Class::Vector(self.width(ty.size())),
        }
    }

    /// Where a value is; parameters are loaded when they are asked for.
    pub(super) fn home(&mut self, value: ValueId, copy: usize) -> Option<Home> {
        if let Some(home) = self.homes[copy][value.index()] {
            return Some(home);
        }
        let inst = self.subject.program.inst(value);
        let home = match inst.op {
            // A mask of ones or zeros, of as many lanes as there may be.
            LaneOp::Const if inst.ty == LaneType::Bool => {
                Home::Cell(Cell::Constant(self.layout.bits(inst.imm.wrapping_neg())))
            }
            LaneOp::Const => Home::Cell(self.layout.lane(inst.imm, inst.ty.size())),
            _ if self.subject.is_uniform[value.index()] => {
                Home::Cell(Cell::Argument(self.layout.argument(Argument::Uniform(value))))
            }
            _ => Home::Register(match (copy, self.homes[0][value.index()]) {
                (1.., Some(first)) if self.is_consecutive(inst.imm as usize) => {
                    self.numbers_behind(first, copy)?
                }
                _ => self.parameter(inst.imm as usize, inst.ty, copy)?,
            }),
        };
        self.homes[copy][value.index()] = Some(home);
        Some(home)
    }

    /// A register that has a value.
    pub(super) fn register(&mut self, value: ValueId, copy: usize) -> Option<Reg> {
        let home = self.home(value, copy)?;
        Some(self.in_register(home, self.subject.program.ty(value)))
    }

    /// One register serves all readers of a cell in one form; the allocator gives it up for
    /// nothing, for it can be read again.
    pub(super) fn in_register(&mut self, home: Home, ty: LaneType) -> Reg {
        let cell = match home {
            Home::Register(reg) => return reg,
            Home::Cell(cell) => cell,
        };
        let class = self.class(ty);
        if let Some(reg) = self.repeated.get(&(cell, class)) {
            return *reg;
        }
        let code = match class {
            Class::Mask => Code::VEX_Kmovq_kr_km64,
            Class::Vector(_) => self.note_cell(cell, ty),
        };
        let reg = self.body.repeat(class, code, cell);
        self.repeated.insert((cell, class), reg);
        reg
    }

    /// The home, or the register that repeats it.
    pub(super) fn settled(&self, home: Home, ty: LaneType) -> Home {
        match home {
            Home::Cell(cell) => match self.repeated.get(&(cell, self.class(ty))) {
                Some(reg) => Home::Register(*reg),
                None => home,
            },
            Home::Register(_) => home,
        }
    }

    /// A cell, to be spread by the instruction that reads it.
    pub(super) fn spread(&mut self, cell: Cell, ty: LaneType) -> Memory {
        self.note_cell(cell, ty);
        Memory::Spread(cell)
    }

    /// Whether instructions on lanes of a type can read the cell as an operand. AVX-512 spreads
    /// lanes of four and eight bytes. AVX2 reads a vector as it is: constants lie in memory as
    /// often as fills one, arguments only once.
    pub(super) fn is_operand(&self, cell: Cell, ty: LaneType) -> bool {
        match self.subject.target {
            Target::Avx2 => matches!(cell, Cell::Constant(_)),
            Target::Avx512 => ty.size() >= 4,
        }
    }

    /// Counts a cell that is read; returns the instruction that spreads it. Those that are read
    /// most get the registers that are left.
    fn note_cell(&mut self, cell: Cell, ty: LaneType) -> Code {
        let code = self.form(ty.size(), code::spread(ty.size()));
        let spread = Spread { cell, class: self.class(ty), code };
        match self.cells.iter_mut().find(|(known, _)| *known == spread) {
            Some((_, count)) => *count += 1,
            None => self.cells.push((spread, 1)),
        }
        code
    }

    fn parameter(&mut self, number: usize, ty: LaneType, copy: usize) -> Option<Reg> {
        if self.subject.sources[number] == Source::Accumulator {
            let mut accumulators = self.subject.accumulators.iter();
            let accumulator = *accumulators.find(|found| found.param == number)?;
            return Some(self.accumulator(accumulator, ty, copy));
        }
        // Cut out of vectors that are loaded in any case.
        if let Some(shared) = self.shared(number, ty.size(), copy) {
            return Some(shared);
        }
        let argument = self.layout.argument(Argument::Source(number));
        if matches!(self.subject.sources[number], Source::Numbers | Source::Consecutive) {
            return self.numbers(number, argument, copy);
        }
        let loaded = self.load(number, ty.size(), copy);
        // Bools are bytes in memory.
        Some(if ty == LaneType::Bool { self.mask_of_bytes(loaded) } else { loaded })
    }

    /// Loads elements of a parameter.
    pub(super) fn load(&mut self, number: usize, size: usize, copy: usize) -> Reg {
        let argument = self.layout.argument(Argument::Source(number));
        let load = Inst::new(self.form(size, code::load(size)), &[])
            .with_kind(Kind::Load)
            .with_memory(self.elements(argument, size, copy));
        self.body.define(Class::Vector(self.width(size)), load)
    }

    /// `base + index * stride`, or `base + index`. Computed anew from the index, though it could be
    /// carried from vector to vector: no register is taken from one round to the next, and the cold
    /// body may begin anywhere.
    fn numbers(&mut self, number: usize, base: u32, copy: usize) -> Option<Reg> {
        let class = Class::Vector(self.width(8));
        let lane = (copy * self.subject.lanes) as u32;
        let spread = Inst::new(self.form(8, code::spread(8)), &[]);
        let index = self.body.define(class, spread.with_kind(Kind::Index { lane }));
        let add = code::binary(LaneOp::IAdd, LaneType::I64)?;
        let first = Memory::Cell(self.layout.first_numbers());
        let index = Inst::new(self.form(8, add), &[index]).with_memory(first);
        let mut steps = Home::Register(self.body.define(class, index));
        if self.subject.sources[number] == Source::Numbers {
            let stride = Cell::Argument(self.layout.argument(Argument::Stride(number)));
            steps = Home::Register(self.product(steps, Home::Cell(stride))?);
        }
        Some(self.two(LaneType::I64, add, steps, Home::Cell(Cell::Argument(base))))
    }

    fn is_consecutive(&self, number: usize) -> bool {
        self.subject.sources[number] == Source::Consecutive
    }

    /// Consecutive numbers of another copy than the first, given those of the first.
    fn numbers_behind(&mut self, first: Home, copy: usize) -> Option<Reg> {
        let add = code::binary(LaneOp::IAdd, LaneType::I64)?;
        let distance = self.layout.lane((copy * self.subject.lanes) as u64, 8);
        Some(self.two(LaneType::I64, add, first, Home::Cell(distance)))
    }

    /// The product of 64-bit integers.
    fn product(&mut self, a: Home, b: Home) -> Option<Reg> {
        match self.subject.target {
            Target::Avx2 => self.product_of_longs(a, b),
            Target::Avx512 => {
                let code = code::binary(LaneOp::IMul, LaneType::I64)?;
                Some(self.two(LaneType::I64, code, a, b))
            }
        }
    }

    /// Selects the instructions of a value.
    fn value(&mut self, value: ValueId, copy: usize) -> Option<Home> {
        let inst = self.subject.program.inst(value);
        match inst.op {
            // That the condition holds nowhere is tested before anything is stored, so that the
            // usual operand is the result, at no cost of its own.
            LaneOp::SelectRare if self.rare == Rare::Leaves => {
                self.note_rare(inst.args[0], copy)?;
                self.home(inst.args[2], copy)
            }
            // Registers have no type.
            LaneOp::Bitcast => self.home(inst.args[0], copy),
            LaneOp::Fma => self.fma(inst, copy).map(Home::Register),
            _ => match self.subject.target {
                Target::Avx2 => self.avx2_operation(inst, copy),
                Target::Avx512 => self.operation(inst, copy),
            }
            .map(Home::Register),
        }
    }

    fn fma(&mut self, inst: &lanes::Inst, copy: usize) -> Option<Reg> {
        let (operands, signs) = self.subject.fma_operands(inst);
        let mut homes = Vec::new();
        for operand in operands {
            let home = self.home(operand, copy)?;
            homes.push(self.settled(home, inst.ty));
        }
        let is_operand =
            |home: Home| matches!(home, Home::Cell(cell) if self.is_operand(cell, inst.ty));
        // One operand may be in memory, whichever it is: the order of operands is chosen later.
        let in_memory = [2, 1, 0].into_iter().find(|i| is_operand(homes[*i]));
        let mut args = Vec::new();
        let mut memory = None;
        for (position, home) in homes.into_iter().enumerate() {
            match home {
                Home::Cell(cell) if in_memory == Some(position) => {
                    memory = Some(self.spread(cell, inst.ty));
                }
                _ => args.push(self.in_register(home, inst.ty)),
            }
        }
        let is_double = inst.ty == LaneType::F64;
        let kind = Kind::Fma { signs, is_double, memory: in_memory };
        // Which operand is overwritten decides which instruction it is, and that is known when
        // registers are handed out.
        let fma = Inst { memory, ..Inst::new(Code::INVALID, &args) };
        Some(self.body.define(self.class(inst.ty), fma.with_kind(kind)))
    }

    pub(super) fn type_of(&self, value: ValueId) -> LaneType {
        self.subject.program.ty(value)
    }

    pub(super) fn constant(&self, value: ValueId) -> Option<u64> {
        self.subject.program.constant(value)
    }
}
