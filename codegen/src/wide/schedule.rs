//! The order of the instructions of a long straight line.
//!
//! Programs come in the order in which they were written: first all that prepares divisions,
//! say, and then one division after the other, for each of which everything else waits. The
//! machine looks some hundred instructions ahead, which is little if a program has five times
//! as many. So each instruction is given a time, counted from the end, at which it must have
//! begun at the latest if nothing is to wait; then they are put in order from the beginning,
//! of those that can begin the most urgent first. Where registers get scarce, those that free
//! some come first.
//!
//! The order decides nothing but speed.

use super::machine::{Body, Inst, Kind};
use iced_x86::Mnemonic;
use smallvec::SmallVec;
use std::cmp::Reverse;

/// Instructions that begin in a cycle. Times are in units of which a cycle has as many.
///
/// Four can, but two of a kind, and what is taken to be slow is begun early. With two here instead
/// of four, `hypot` of `float32` takes 2.3 us for 16,384 elements instead of 3.0, `arctan2` of
/// `float64` 15.0 instead of 16.3, and the 41 divisions of an equation of state leave the divider
/// idle for 5 % of the time instead of 15; nothing takes more than 2 % longer.
const PER_CYCLE: u32 = 2;

/// Of so many instructions that could begin, one is chosen: a bound for the time that takes.
const MAX_READY: usize = 128;

/// Puts a body's instructions in an order that lets them overlap.
pub(super) fn schedule(body: &mut Body) {
    // What follows a test or stores something stays where it is.
    let may_move = |inst: &&Inst| !matches!(inst.kind, Kind::Test | Kind::Store | Kind::Update);
    let rest = body.insts.split_off(body.insts.iter().take_while(may_move).count());
    let insts = std::mem::take(&mut body.insts);
    let order = Scheduler::new(body, &insts, &rest).order();
    let mut insts: Vec<Option<Inst>> = insts.into_iter().map(Some).collect();
    body.insts.extend(order.into_iter().filter_map(|index| insts[index].take()));
    body.insts.extend(rest);
}

/// For how long an instruction makes its users wait, and others that need the divider; the
/// figures are those of vectors of 64 bytes on Zen 5.
fn times(inst: &Inst) -> (u32, u32) {
    let (latency, divider) = match inst.code.mnemonic() {
        Mnemonic::Vdivpd | Mnemonic::Vdivps => (13, 4),
        Mnemonic::Vsqrtpd | Mnemonic::Vsqrtps => (20, 7),
        _ => (4, 0),
    };
    (latency * PER_CYCLE, divider * PER_CYCLE)
}

/// Whether an instruction reads nothing but memory. It comes right before the first that
/// needs it, so that it does not occupy a register for nothing.
fn is_load(inst: &Inst) -> bool {
    inst.reads().next().is_none()
}

/// An instruction all of whose operands are there from some time on.
#[derive(Clone, Copy)]
struct Ready {
    index: usize,
    time: u32,
}

/// What is known of an instruction.
#[derive(Clone, Default)]
struct Node {
    /// Instructions that define its operands.
    operands: SmallVec<[usize; 4]>,
    /// Instructions that read its result.
    users: SmallVec<[usize; 4]>,
    /// How long before the end it must begin.
    urgency: u32,
    /// Operands that have not begun, loads aside.
    n_missing: usize,
    /// Users that have not begun.
    n_unread: usize,
    /// When its operands are there.
    time: u32,
    has_begun: bool,
}

struct Scheduler<'b> {
    insts: &'b [Inst],
    nodes: Vec<Node>,
    ready: Vec<Ready>,
    order: Vec<usize>,
    /// Values that are still to be read.
    n_values: usize,
    /// How many of them there may be before it matters more that they become fewer.
    many_values: usize,
    now: u32,
    divider_free: u32,
}

impl<'b> Scheduler<'b> {
    fn new(body: &Body, insts: &'b [Inst], rest: &[Inst]) -> Scheduler<'b> {
        let n_registers = body.registers.len();
        let mut scheduler = Scheduler {
            insts,
            nodes: nodes(insts, rest, n_registers),
            ready: Vec::new(),
            order: Vec::with_capacity(insts.len()),
            n_values: 0,
            // A few more than there are registers: to save one costs less than to wait.
            many_values: body.n_vectors + body.n_vectors / 4,
            now: 0,
            divider_free: 0,
        };
        scheduler.find_urgency();
        let can_begin = |index: &usize| scheduler.nodes[*index].n_missing == 0;
        let first = (0..insts.len()).filter(|index| !is_load(&insts[*index])).filter(can_begin);
        scheduler.ready = first.map(|index| Ready { index, time: 0 }).collect();
        scheduler
    }

    /// Gives each instruction its time before the end: a schedule from the end in which only
    /// the divider is scarce.
    fn find_urgency(&mut self) {
        let mut below = vec![0; self.nodes.len()];
        for index in (0..self.nodes.len()).rev() {
            let users = self.nodes[index].users.iter();
            let longest = users.map(|user| below[*user]).max().unwrap_or(0);
            below[index] = longest + times(&self.insts[index]).0;
        }
        let mut by_depth: Vec<usize> = (0..self.nodes.len()).collect();
        // From the end on: users come before what they read, since that is deeper by its own
        // latency.
        by_depth.sort_by_key(|index| (below[*index], Reverse(*index)));
        let mut divider_free = 0;
        for index in by_depth {
            let (latency, divider) = times(&self.insts[index]);
            let users = self.nodes[index].users.iter();
            let longest = users.map(|user| self.nodes[*user].urgency).max().unwrap_or(0);
            let mut urgency = longest + latency;
            if divider > 0 {
                urgency = urgency.max(divider_free);
                divider_free = urgency + divider;
            }
            self.nodes[index].urgency = urgency;
        }
    }

    fn order(mut self) -> Vec<usize> {
        while let Some(position) = self.best() {
            let Ready { index, time } = self.ready.remove(position);
            self.begin(index, time);
        }
        // What is read by nothing that may move.
        let left = (0..self.insts.len()).filter(|index| !self.nodes[*index].has_begun);
        self.order.extend(left);
        self.order
    }

    /// The position of the instruction to come next.
    fn best(&self) -> Option<usize> {
        let is_full = self.n_values >= self.many_values;
        let key = |ready: &Ready| {
            let is_division = times(&self.insts[ready.index]).1 > 0;
            // There is one divider, and it takes the next division only some cycles after the last.
            let free = if is_division { self.divider_free } else { 0 };
            let wait = ready.time.max(free).saturating_sub(self.now);
            let growth = if is_full { self.growth(ready.index) } else { 0 };
            // The number comes last, so that equals stay in order and the code is the same every
            // time.
            (growth, wait, Reverse(self.nodes[ready.index].urgency), ready.index)
        };
        let candidates = self.ready.iter().take(MAX_READY).map(key).enumerate();
        candidates.min_by_key(|(_, key)| *key).map(|(position, _)| position)
    }

    /// How many more values there are once an instruction has begun.
    fn growth(&self, index: usize) -> isize {
        let operands = || self.nodes[index].operands.iter().map(|operand| &self.nodes[*operand]);
        let n_new = 1 + operands().filter(|operand| !operand.has_begun).count();
        let n_last = operands().filter(|operand| operand.n_unread == 1).count();
        n_new as isize - n_last as isize
    }

    fn begin(&mut self, index: usize, time: u32) {
        for operand in self.nodes[index].operands.clone() {
            if !self.nodes[operand].has_begun {
                self.append(operand);
            }
            self.nodes[operand].n_unread -= 1;
            self.n_values -= usize::from(self.nodes[operand].n_unread == 0);
        }
        let (latency, divider) = times(&self.insts[index]);
        let mut start = self.now.max(time);
        if divider > 0 {
            start = start.max(self.divider_free);
            self.divider_free = start + divider;
        }
        self.append(index);
        for user in self.nodes[index].users.clone() {
            let node = &mut self.nodes[user];
            node.time = node.time.max(start + latency);
            node.n_missing -= 1;
            if node.n_missing == 0 {
                self.ready.push(Ready { index: user, time: node.time });
            }
        }
    }

    fn append(&mut self, index: usize) {
        self.nodes[index].has_begun = true;
        self.order.push(index);
        self.n_values += 1;
        self.now += 1;
    }
}

/// The instructions with what they depend on.
fn nodes(insts: &[Inst], rest: &[Inst], n_registers: usize) -> Vec<Node> {
    let mut definitions = vec![None; n_registers];
    let mut nodes = vec![Node::default(); insts.len()];
    for (index, inst) in insts.iter().enumerate() {
        let mut operands: SmallVec<[usize; 4]> =
            inst.reads().filter_map(|reg| definitions[reg.0 as usize]).collect();
        operands.sort_unstable();
        operands.dedup();
        for &operand in &operands {
            nodes[operand].users.push(index);
            nodes[operand].n_unread += 1;
            // Loads are not waited for: they are put in front of their first reader.
            nodes[index].n_missing += usize::from(!is_load(&insts[operand]));
        }
        nodes[index].operands = operands;
        if let Some(result) = inst.result {
            definitions[result.0 as usize] = Some(index);
        }
    }
    // What is read later stays a value to the end.
    let read_later = rest.iter().flat_map(Inst::reads);
    for index in read_later.filter_map(|reg| definitions[reg.0 as usize]) {
        nodes[index].n_unread += 1;
    }
    nodes
}
