//! Register allocation over a straight line.
//!
//! Registers are handed out in order; when none is left, the one whose next use is
//! farthest away makes room (Belady). It is saved, unless it has been already or only
//! repeats a cell of memory.
//!
//! There are no branches, so that it is known at each place how far away each next use is, and the
//! choice is the one with the fewest reloads. To save costs a store, which is not counted; but what
//! is defined once is saved at most once, and what repeats a cell never.

use super::code;
use super::machine::{Body, Class, Inst, Kind, Memory, Operand, Placed, Reg, RegInfo, Signs};
use super::target::Target;
use iced_x86::Code;
use smallvec::SmallVec;

/// `k0` cannot be a mask and `k1` is that of the lanes in use.
const FIRST_MASK: u8 = 2;

/// A body over the machine's registers.
pub(super) struct Allocated {
    pub insts: Vec<Placed>,
    /// How many registers are saved at a time, at most.
    pub n_saved: u32,
    /// How many vector registers are in use at a time, at most.
    pub n_vectors: usize,
}

/// Gives the registers of a body numbers. Those that are kept have the highest.
pub(super) fn allocate(body: &Body) -> Allocated {
    // Kept registers are read again by the next round: they never die.
    let first_uses = |info: &RegInfo| info.number.map(|_| usize::MAX).into_iter().collect();
    let mut uses: Vec<Vec<usize>> = body.registers.iter().map(first_uses).collect();
    for (position, inst) in body.insts.iter().enumerate().rev() {
        inst.reads().for_each(|reg| uses[reg.0 as usize].push(position));
    }
    // Accumulators have numbers beyond those that the body may use and are counted by nobody
    // here.
    let is_kept = |info: &&RegInfo| info.number.is_some_and(|n| usize::from(n) < body.n_vectors);
    let n_kept = body.registers.iter().filter(is_kept).count();
    let mut allocator = Allocator {
        body,
        uses,
        numbers: body.registers.iter().map(|info| info.number).collect(),
        saved: vec![None; body.registers.len()],
        // Kept registers are in no file: nothing else gets their numbers, and none is evicted.
        vectors: vec![None; body.n_vectors - n_kept],
        n_vectors: 0,
        masks: vec![None; 8],
        free_slots: Vec::new(),
        n_slots: 0,
        out: Vec::new(),
    };
    for (position, inst) in body.insts.iter().enumerate() {
        allocator.place(position, inst);
    }
    Allocated { insts: allocator.out, n_saved: allocator.n_slots, n_vectors: allocator.n_vectors }
}

struct Allocator<'b> {
    body: &'b Body,
    /// Where each register is still read, the next one last.
    uses: Vec<Vec<usize>>,
    numbers: Vec<Option<u8>>,
    /// Slots of registers that have been saved.
    saved: Vec<Option<u32>>,
    vectors: Vec<Option<Reg>>,
    n_vectors: usize,
    masks: Vec<Option<Reg>>,
    free_slots: Vec<u32>,
    n_slots: u32,
    out: Vec<Placed>,
}

impl Allocator<'_> {
    fn place(&mut self, position: usize, inst: &Inst) {
        // All are in registers at once before any operand is named: bringing one back may not
        // evict another.
        let reads: SmallVec<[Reg; 4]> = inst.reads().collect();
        for reg in &reads {
            self.bring_back(*reg, &reads);
        }
        for reg in &reads {
            let uses = &mut self.uses[reg.0 as usize];
            // A square reads its register twice.
            while uses.last() == Some(&position) {
                uses.pop();
            }
        }
        if let Kind::Fma { signs, is_double, memory } = inst.kind {
            self.place_fma(inst, signs, is_double, memory, &reads);
            return;
        }
        if inst.kind == Kind::Merge {
            self.place_merge(inst, &reads);
            return;
        }
        let args: SmallVec<[Operand; 3]> = inst.args.iter().map(|reg| self.operand(*reg)).collect();
        let mask = inst.mask.map(|mask| self.machine_register(mask));
        // A gather writes its result while it still reads its operands. Others read everything
        // before they write, so that a result can have the register of an operand that dies with
        // them: one register less where it matters.
        let is_careful = matches!(inst.kind, Kind::Gather { .. });
        if !is_careful {
            self.release_dead(&reads);
        }
        let result = inst.result.map(|reg| self.take(reg, &reads));
        if is_careful {
            self.release_dead(&reads);
        }
        let memory = inst.memory.map(Operand::Memory);
        let mut operands: SmallVec<[Operand; 4]> = SmallVec::new();
        // The machine's order is destination first, which for stores is memory.
        if inst.kind == Kind::Store {
            operands.extend(memory);
            operands.extend(args);
        } else {
            operands.extend(result);
            operands.extend(args);
            operands.extend(memory);
        }
        operands.extend(inst.immediate.map(Operand::Immediate));
        let (kind, code, is_zeroing) = (inst.kind, inst.code, inst.is_zeroing);
        self.out.push(Placed { kind, code, operands, mask, is_zeroing });
        // A result that nobody reads gives its register back at once.
        self.release_dead(inst.result.as_slice());
    }

    /// The operands of `a * b + c` come in three orders. In each the first is overwritten
    /// and the third may be in memory.
    ///
    /// ```text
    /// order   overwritten   computes                          third, or memory
    /// 0       a (or b)      first * third + second            the other factor
    /// 1       a (or b)      second * first + third            c
    /// 2       c             second * third + first            a factor
    /// ```
    ///
    /// An operand that dies here is overwritten for nothing; if none does, one is copied first.
    /// Hence the order is chosen here, where it is known who dies, and not by selection.
    fn place_fma(
        &mut self,
        inst: &Inst,
        signs: Signs,
        is_double: bool,
        memory: Option<usize>,
        reads: &[Reg],
    ) {
        let Some(result) = inst.result else { return };
        let mut args = inst.args.iter();
        let mut sources = [None; 3];
        for (position, source) in sources.iter_mut().enumerate() {
            *source = if memory == Some(position) { None } else { args.next().copied() };
        }
        let is_dead = |reg: Reg| self.uses[reg.0 as usize].is_empty();
        let dead = [2, 0, 1].into_iter().find(|i| sources[*i].is_some_and(is_dead));
        let overwritten = dead.unwrap_or(if sources[2].is_some() { 2 } else { 0 });
        let operand = |reg: Option<Reg>| match (reg, inst.memory) {
            (Some(reg), _) => self.operand(reg),
            (None, memory) => Operand::Memory(memory.unwrap_or(Memory::Saved(0))),
        };
        let operands = sources.map(operand);
        let [a, b, c] = operands;
        // At most one is in memory, so that the order that has it last always exists.
        let is_memory = |operand: Operand| matches!(operand, Operand::Memory(_));
        let (order, second, third) = match overwritten {
            2 if is_memory(a) => (2, b, a),
            2 => (2, a, b),
            _ => {
                let other = if overwritten == 0 { b } else { a };
                if is_memory(other) { (0, c, other) } else { (1, other, c) }
            }
        };
        let first = match (dead, sources[overwritten]) {
            (Some(_), Some(reg)) => self.hand_over(reg, result),
            _ => self.copy_of(operands[overwritten], result, reads),
        };
        let Class::Vector(width) = self.body.class(result) else { return };
        let code = self.body.target.form(width, code::fma(signs, is_double, order));
        self.out.push(Placed::new(code, &[first, second, third]));
        self.release_dead(reads);
        self.release_dead(&[result]);
    }

    /// The result begins as the first argument: takes its register if nobody else reads it, else
    /// a copy.
    fn place_merge(&mut self, inst: &Inst, reads: &[Reg]) {
        let (Some(result), Some(&first)) = (inst.result, inst.args.first()) else { return };
        let mask = inst.mask.map(|mask| self.machine_register(mask));
        let others: SmallVec<[Operand; 3]> =
            inst.args[1..].iter().map(|reg| self.operand(*reg)).collect();
        // A register that is kept has another use, at the end of time.
        let place = match self.uses[first.0 as usize].is_empty() {
            true => self.hand_over(first, result),
            false => self.copy_of(self.operand(first), result, reads),
        };
        let mut operands: SmallVec<[Operand; 4]> = SmallVec::from_slice(&[place, place]);
        operands.extend(others);
        operands.extend(inst.memory.map(Operand::Memory));
        let is_zeroing = inst.is_zeroing;
        self.out.push(Placed { kind: inst.kind, code: inst.code, operands, mask, is_zeroing });
        self.release_dead(reads);
        self.release_dead(&[result]);
    }

    /// The machine's register of a dead register, now that of another. Nothing is moved. What the
    /// dead one had saved is of no use to the heir, whose value differs.
    fn hand_over(&mut self, dead: Reg, heir: Reg) -> Operand {
        let operand = self.operand(dead);
        let number = self.numbers[dead.0 as usize].take();
        self.forget_slot(dead);
        if let Some(number) = number {
            self.numbers[heir.0 as usize] = Some(number);
            self.vectors[usize::from(number)] = Some(heir);
        }
        operand
    }

    /// The result's register with what the source holds, to be overwritten. Such moves are mostly
    /// renamings to the machine, and take no unit of it.
    fn copy_of(&mut self, source: Operand, result: Reg, pinned: &[Reg]) -> Operand {
        let target = self.take(result, pinned);
        let Class::Vector(width) = self.body.class(result) else { return target };
        let code = self.body.target.form(width, Code::EVEX_Vmovdqa64_xmm_k1z_xmmm128);
        self.out.push(Placed::new(code, &[target, source]));
        target
    }

    fn operand(&self, reg: Reg) -> Operand {
        Operand::Register(self.machine_register(reg))
    }

    fn machine_register(&self, reg: Reg) -> iced_x86::Register {
        let number = self.numbers[reg.0 as usize];
        debug_assert!(number.is_some(), "{reg:?} is in no register");
        self.body.class(reg).register(number.unwrap_or(0))
    }

    /// Sees to it that a register that is about to be read is in one of the machine's.
    fn bring_back(&mut self, reg: Reg, pinned: &[Reg]) {
        if self.numbers[reg.0 as usize].is_some() {
            return;
        }
        let target = self.take(reg, pinned);
        let info = self.body.registers[reg.0 as usize];
        let (code, memory) = match (info.repeats, self.saved[reg.0 as usize]) {
            // A cell never changes during a call, so that nothing has been saved.
            (Some((code, cell)), _) => (code, Memory::Cell(cell)),
            (None, slot) => {
                debug_assert!(slot.is_some(), "{reg:?} is nowhere");
                (load_code(self.body.target, info.class), Memory::Saved(slot.unwrap_or(0)))
            }
        };
        self.out.push(Placed::new(code, &[target, Operand::Memory(memory)]));
    }

    fn file(&mut self, class: Class) -> (&mut [Option<Reg>], u8) {
        match class {
            Class::Vector(_) => (&mut self.vectors, 0),
            Class::Mask => (&mut self.masks, FIRST_MASK),
        }
    }

    /// Gives the register a number, that of a free one or of the one read last of all but
    /// the pinned ones.
    fn take(&mut self, reg: Reg, pinned: &[Reg]) -> Operand {
        let class = self.body.class(reg);
        let (file, first) = self.file(class);
        let free = file.iter().skip(first.into()).position(|holder| holder.is_none());
        let number = match free {
            Some(free) => free as u8 + first,
            None => self.evict(class, pinned),
        };
        if class != Class::Mask {
            self.n_vectors = self.n_vectors.max(usize::from(number) + 1);
        }
        self.numbers[reg.0 as usize] = Some(number);
        self.file(class).0[usize::from(number)] = Some(reg);
        self.operand(reg)
    }

    /// Makes room. Of two registers that are read again at 103 and at 109, the second is given up:
    /// the first would have to come back sooner.
    fn evict(&mut self, class: Class, pinned: &[Reg]) -> u8 {
        let (file, _) = self.file(class);
        let holders: SmallVec<[Reg; 32]> = file.iter().flatten().copied().collect();
        let candidates = holders.into_iter().filter(|holder| !pinned.contains(holder));
        // What is read farthest away. Every candidate is read again, or it would have been
        // released.
        let victim = candidates.max_by_key(|holder| self.uses[holder.0 as usize].last().copied());
        // There are more registers than an instruction has operands.
        let Some(victim) = victim else { return FIRST_MASK };
        let info = self.body.registers[victim.0 as usize];
        // Registers are defined once: what a slot holds from an earlier eviction is still right.
        if info.repeats.is_none() && self.saved[victim.0 as usize].is_none() {
            // Slots of the dead serve again, so that the frame stays small and in the cache.
            let slot = self.free_slots.pop().unwrap_or_else(|| {
                self.n_slots += 1;
                self.n_slots - 1
            });
            self.saved[victim.0 as usize] = Some(slot);
            let operands = [Operand::Memory(Memory::Saved(slot)), self.operand(victim)];
            self.out.push(Placed::new(save_code(self.body.target, info.class), &operands));
        }
        self.numbers[victim.0 as usize].take().unwrap_or(FIRST_MASK)
    }

    /// Frees what the given registers that are read no more occupy.
    fn release_dead(&mut self, regs: &[Reg]) {
        for reg in regs
            .iter()
            .filter(|reg| self.uses[reg.0 as usize].is_empty())
            .copied()
            .collect::<SmallVec<[Reg; 4]>>()
        {
            if let Some(number) = self.numbers[reg.0 as usize].take() {
                let class = self.body.class(reg);
                self.file(class).0[usize::from(number)] = None;
            }
            self.forget_slot(reg);
        }
    }

    fn forget_slot(&mut self, reg: Reg) {
        self.free_slots.extend(self.saved[reg.0 as usize].take());
    }
}

fn save_code(target: Target, class: Class) -> Code {
    match class {
        Class::Vector(width) => target.form(width, Code::EVEX_Vmovdqa64_xmmm128_k1z_xmm),
        // All 64 bits, whatever the lanes: a mask's length is nowhere noted.
        Class::Mask => Code::VEX_Kmovq_m64_kr,
    }
}

fn load_code(target: Target, class: Class) -> Code {
    match class {
        Class::Vector(width) => target.form(width, Code::EVEX_Vmovdqa64_xmm_k1z_xmmm128),
        Class::Mask => Code::VEX_Kmovq_kr_km64,
    }
}
