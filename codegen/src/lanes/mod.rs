//! Lane programs to Cranelift instructions.
//!
//! * [`pack`]: how the lanes of a value lie in vectors;
//! * [`ops`] and [`convert`]: an arm for each lane operation;
//! * this module: the order in which a program's instructions are emitted.
//!
//! A program is emitted in two stages. What depends only on constants and on parameters
//! that are the same for the whole inner loop is *uniform*: it is computed once, before
//! the loop, as scalars. The rest is *varying*.
//!
//! Within a stage, what is needed only by the rare operands of `select_rare`s of one
//! condition is emitted on a cold path ([`rare`]), taken if it holds in any lane.
//!
//! ```text
//! v0 = param 0                      varying
//! v1 = param 1                      uniform, as a scalar argument is
//! v2 = fsqrt v1                     uniform: once a row instead of once a vector
//! v3 = flt v1, v0                   varying; reads v1 spread over the lanes
//! v4 = fdiv v0, v2                  varying, and needed by v6 alone: on the cold path
//! v5 = fmul v0, v2                  varying
//! v6 = select_rare v3, v4, v5       branches, and selects there
//! ```

mod convert;
mod ops;
pub(crate) mod pack;
mod rare;

use crate::emitter::{Emitter, Values};
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::lanes::{LaneOp, Program, ValueId};
use pack::Pack;
use rare::Rare;

/// Packs by value of the program; `None` where there is none yet.
pub(crate) type Packs = Vec<Option<Pack>>;

/// Which values depend on nothing but constants and uniform parameters.
pub(crate) fn uniform_values(program: &Program, uniform_params: &[bool]) -> Vec<bool> {
    let mut is_uniform: Vec<bool> = Vec::with_capacity(program.insts.len());
    for inst in &program.insts {
        is_uniform.push(match inst.op {
            LaneOp::Param => uniform_params[inst.imm as usize],
            _ => inst.args.iter().all(|arg| is_uniform[arg.index()]),
        });
    }
    is_uniform
}

/// A program whose values have been assigned to stages and homes.
pub(crate) struct Staged<'p> {
    pub(crate) program: &'p Program,
    /// Which values are computed once, before the inner loop.
    is_uniform: Vec<bool>,
    /// Uniform values that the varying stage or a result reads.
    is_shared: Vec<bool>,
    /// Which values stand on cold paths.
    rare: Rare,
}

impl<'p> Staged<'p> {
    /// Assigns the values, given which parameters are uniform.
    pub(crate) fn new(program: &'p Program, uniform_params: &[bool]) -> Staged<'p> {
        let mut is_uniform = uniform_values(program, uniform_params);
        let mut is_shared = vec![false; program.insts.len()];
        program.results.iter().for_each(|result| is_shared[result.index()] = true);
        // Of uniform values the rest are steps to others, which no lane needs to hold.
        for value in program.values().filter(|value| !is_uniform[value.index()]) {
            program.inst(value).args.iter().for_each(|arg| is_shared[arg.index()] = true);
        }
        let rare = Rare::of(program, &is_uniform);
        // A constant that only a cold path needs would occupy a register of the loop.
        for value in program.values().filter(|value| program.constant(*value).is_some()) {
            is_uniform[value.index()] =
                rare.home(value).is_none_or(|leader| is_uniform[leader.index()]);
        }
        Staged { program, is_uniform, is_shared, rare }
    }

    /// Emits the uniform stage: scalars of what does not change in the inner loop.
    /// `params` has the uniform parameters.
    pub(crate) fn emit_uniform(&self, e: &mut Emitter<'_>, params: &[Option<Pack>]) -> Packs {
        let mut packs = vec![None; self.program.insts.len()];
        self.emit_region(e, true, None, params, 1, &mut packs);
        packs
    }

    /// Spreads the uniform values that are needed over `lanes` lanes.
    pub(crate) fn spread(&self, e: &mut Emitter<'_>, uniform: &Packs, lanes: usize) -> Packs {
        let spread = self.program.values().map(|value| {
            let pack = uniform[value.index()].as_ref()?;
            if !self.is_shared[value.index()] {
                return None;
            }
            Some(match pack.constant {
                // Loaded as it is, rather than spread by an instruction.
                Some(bits) => e.constant(pack.ty, bits, lanes),
                None => e.splat_scalar(pack.ty, pack.parts[0], lanes),
            })
        });
        spread.collect()
    }

    /// Emits the varying stage and returns the results. `params` has the varying
    /// parameters, `uniform` what [`Staged::spread`] returned for as many lanes.
    pub(crate) fn emit_varying(
        &self,
        e: &mut Emitter<'_>,
        uniform: &Packs,
        params: &[Option<Pack>],
        lanes: usize,
    ) -> Vec<Pack> {
        let mut packs = uniform.clone();
        self.emit_region(e, false, None, params, lanes, &mut packs);
        self.program.results.iter().filter_map(|result| packs[result.index()].clone()).collect()
    }

    /// Emits the values of one stage and one home, in order. Everything else is skipped: it has
    /// been emitted, or will be on another path.
    fn emit_region(
        &self,
        e: &mut Emitter<'_>,
        is_uniform: bool,
        home: Option<ValueId>,
        params: &[Option<Pack>],
        lanes: usize,
        packs: &mut Packs,
    ) {
        for value in self.program.values() {
            let index = value.index();
            if self.is_uniform[index] != is_uniform || self.rare.home(value) != home {
                continue;
            }
            let inst = self.program.inst(value);
            let pack = match inst.op {
                LaneOp::Param => params[inst.imm as usize].clone(),
                LaneOp::Const => Some(e.constant(inst.ty, inst.imm, lanes)),
                // Its leader emits it along with the others of the group.
                LaneOp::SelectRare if self.rare.waits(value) => continue,
                LaneOp::SelectRare if self.rare.has_path(value) => {
                    self.emit_rare(e, is_uniform, value, params, lanes, packs);
                    continue;
                }
                LaneOp::SelectRare => {
                    self.emit_selects(e, value, packs);
                    continue;
                }
                _ => {
                    let args: Vec<&Pack> =
                        inst.args.iter().filter_map(|arg| packs[arg.index()].as_ref()).collect();
                    debug_assert_eq!(args.len(), inst.args.len(), "{value:?} before its operands");
                    Some(e.operation(inst, &args))
                }
            };
            packs[index] = pack;
        }
    }

    /// Emits the selects of a group without a cold path: their rare operands are needed elsewhere,
    /// too, or uniform, so that a branch would save nothing.
    fn emit_selects(&self, e: &mut Emitter<'_>, leader: ValueId, packs: &mut Packs) {
        for select in self.rare.group(leader) {
            let inst = self.program.inst(select);
            let args: Vec<&Pack> =
                inst.args.iter().filter_map(|arg| packs[arg.index()].as_ref()).collect();
            packs[select.index()] = Some(e.operation(inst, &args));
        }
    }

    /// Emits selects of one condition whose rare operands are computed on a cold path. The selects
    /// themselves stand there, too: where the condition holds in no lane, the usual operands are
    /// the results as they are.
    fn emit_rare(
        &self,
        e: &mut Emitter<'_>,
        is_uniform: bool,
        leader: ValueId,
        params: &[Option<Pack>],
        lanes: usize,
        packs: &mut Packs,
    ) {
        let selects = self.rare.group(leader);
        let operand = |packs: &Packs, select: ValueId, i: usize| {
            let pack = packs[self.program.inst(select).args[i].index()].clone();
            pack.expect("operands are emitted before their users")
        };
        let condition = operand(packs, leader, 0);
        let usual: Vec<Pack> = selects.iter().map(|s| operand(packs, *s, 2)).collect();
        let any = e.any(&condition);
        let parts = e.branch(
            any,
            |e| {
                self.emit_region(e, is_uniform, Some(leader), params, lanes, packs);
                let mut parts = Values::new();
                for (select, usual) in selects.iter().zip(&usual) {
                    let rare = operand(packs, *select, 1);
                    let inst = self.program.inst(*select);
                    let chosen = e.operation(inst, &[&condition, &rare, usual]);
                    // Both paths must hand over masks of one width.
                    let is_other_mask = usual.lanes > 1 && chosen.size != usual.size;
                    parts.extend(if is_other_mask {
                        e.mask(&chosen, usual.size)
                    } else {
                        chosen.parts
                    });
                }
                parts
            },
            |_| usual.iter().flat_map(|usual| usual.parts.iter().copied()).collect(),
        );
        let mut parts = parts.into_iter();
        for (select, mut pack) in selects.into_iter().zip(usual) {
            pack.parts = parts.by_ref().take(pack.parts.len()).collect();
            // What is known of the usual operand does not hold of the result.
            (pack.splat_of, pack.constant) = (None, None);
            if lanes == 1 {
                pack.splat_of = Some(pack.parts[0]);
            }
            packs[select.index()] = Some(pack);
        }
    }
}

impl Emitter<'_> {
    /// Whether a bool is true in any lane. Lanes that are not in use may make it true,
    /// which costs time alone.
    fn any(&mut self, condition: &Pack) -> Value {
        if let Some(scalar) = condition.splat_of {
            return scalar;
        }
        if condition.lanes == 1 {
            return condition.parts[0];
        }
        let parts: Values = condition.parts.clone();
        let mut all = parts[0];
        for part in &parts[1..] {
            all = self.ins().bor(all, *part);
        }
        self.ins().vany_true(all)
    }
}
