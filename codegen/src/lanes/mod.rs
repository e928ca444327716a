//! Lane programs to Cranelift instructions.
//!
//! * [`pack`]: how the lanes of a value lie in vectors;
//! * [`ops`] and [`convert`]: an arm for each lane operation;
//! * [`homes`]: what is only needed on cold paths;
//! * this module: the order in which a program's instructions are emitted.
//!
//! A program is emitted in two stages. What depends only on constants and on parameters
//! that are the same for the whole inner loop is *uniform*: it is computed once, before
//! the loop, as scalars. The rest is *varying*.
//!
//! Within a stage, what is needed only by the rare operands of `select_rare`s of one
//! condition has these selects as its *home*: it is emitted on a cold path that is taken if
//! the condition holds in any lane, and all of the selects are made where the paths meet.

mod convert;
mod homes;
mod ops;
pub(crate) mod pack;

use crate::emitter::{Emitter, Values};
use cranelift_codegen::ir::{InstBuilder, Value};
use homes::Homes;
use jitney_ir::lanes::{LaneOp, Program, ValueId};
use pack::Pack;
use smallvec::SmallVec;

/// Packs by value of the program; `None` where there is none yet.
pub(crate) type Packs = Vec<Option<Pack>>;

/// A program whose values have been assigned to stages and homes.
pub(crate) struct Staged<'p> {
    pub(crate) program: &'p Program,
    is_uniform: Vec<bool>,
    /// Uniform values that the varying stage or a result reads.
    is_shared: Vec<bool>,
    homes: Homes,
}

/// What emitting a stage needs besides the program.
#[derive(Clone, Copy)]
struct Stage<'a> {
    is_uniform: bool,
    params: &'a [Option<Pack>],
    lanes: usize,
}

impl<'p> Staged<'p> {
    /// Assigns the values, given which parameters are uniform.
    pub(crate) fn new(program: &'p Program, uniform_params: &[bool]) -> Staged<'p> {
        let mut is_uniform: Vec<bool> = Vec::with_capacity(program.insts.len());
        for inst in &program.insts {
            is_uniform.push(match inst.op {
                LaneOp::Param => uniform_params[inst.imm as usize],
                _ => inst.args.iter().all(|arg| is_uniform[arg.index()]),
            });
        }
        let mut is_shared = vec![false; program.insts.len()];
        program.results.iter().for_each(|result| is_shared[result.index()] = true);
        for value in program.values().filter(|value| !is_uniform[value.index()]) {
            program.inst(value).args.iter().for_each(|arg| is_shared[arg.index()] = true);
        }
        let homes = Homes::new(program, &is_uniform);
        // A constant that only a cold path needs would occupy a register of the loop.
        for value in program.values().filter(|value| program.constant(*value).is_some()) {
            is_uniform[value.index()] =
                homes.home[value.index()].is_none_or(|select| is_uniform[select.index()]);
        }
        Staged { program, is_uniform, is_shared, homes }
    }

    /// Emits the uniform stage: scalars of what does not change in the inner loop.
    /// `params` has the uniform parameters.
    pub(crate) fn emit_uniform(&self, e: &mut Emitter<'_>, params: &[Option<Pack>]) -> Packs {
        let mut packs = vec![None; self.program.insts.len()];
        self.emit_region(e, Stage { is_uniform: true, params, lanes: 1 }, None, &mut packs);
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
        self.emit_region(e, Stage { is_uniform: false, params, lanes }, None, &mut packs);
        self.program.results.iter().filter_map(|result| packs[result.index()].clone()).collect()
    }

    /// Emits the values of one stage and one home, in order.
    fn emit_region(
        &self,
        e: &mut Emitter<'_>,
        stage: Stage<'_>,
        home: Option<ValueId>,
        packs: &mut Packs,
    ) {
        for value in self.program.values() {
            if self.belongs(value, stage, home) {
                self.emit_value(e, stage, value, packs);
            }
        }
    }

    fn belongs(&self, value: ValueId, stage: Stage<'_>, home: Option<ValueId>) -> bool {
        let index = value.index();
        self.is_uniform[index] == stage.is_uniform && self.homes.home[index] == home
    }

    /// Emits one value, if it has not been yet.
    fn emit_value(&self, e: &mut Emitter<'_>, stage: Stage<'_>, value: ValueId, packs: &mut Packs) {
        if packs[value.index()].is_some() {
            return;
        }
        let inst = self.program.inst(value);
        packs[value.index()] = match inst.op {
            LaneOp::Param => stage.params[inst.imm as usize].clone(),
            LaneOp::Const => Some(e.constant(inst.ty, inst.imm, stage.lanes)),
            LaneOp::SelectRare if self.homes.is_home(self.homes.leader[value.index()]) => {
                return self.emit_rare(e, stage, self.homes.leader[value.index()], packs);
            }
            _ => Some(e.operation(inst, &self.operands(value, packs))),
        };
    }

    fn operands<'a>(&self, value: ValueId, packs: &'a Packs) -> SmallVec<[&'a Pack; 3]> {
        let inst = self.program.inst(value);
        let operands: SmallVec<_> =
            inst.args.iter().filter_map(|arg| packs[arg.index()].as_ref()).collect();
        debug_assert_eq!(operands.len(), inst.args.len(), "{value:?} before its operands");
        operands
    }

    /// Emits the selects of one leader, whose rare operands are computed on a cold path.
    fn emit_rare(
        &self,
        e: &mut Emitter<'_>,
        stage: Stage<'_>,
        leader: Option<ValueId>,
        packs: &mut Packs,
    ) {
        let members = self.homes.members(leader);
        self.emit_needs(e, stage, &members, packs);
        let selects: Vec<[Pack; 2]> = members
            .iter()
            .map(|member| {
                let args = &self.program.inst(*member).args;
                [0, 2].map(|i| packs[args[i].index()].clone().expect("emitted before its users"))
            })
            .collect();
        let any = e.any(&selects[0][0]);
        let parts = e.branch(
            any,
            |e| {
                self.emit_region(e, stage, leader, packs);
                let mut parts = Values::new();
                for (member, [_, usual]) in members.iter().zip(&selects) {
                    let operands = self.operands(*member, packs);
                    let chosen = e.operation(self.program.inst(*member), &operands);
                    // Both paths must hand over masks of one width.
                    parts.extend(match usual.lanes > 1 && chosen.size != usual.size {
                        true => e.mask(&chosen, usual.size),
                        false => chosen.parts,
                    });
                }
                parts
            },
            |_| selects.iter().flat_map(|[_, usual]| usual.parts.iter().copied()).collect(),
        );
        let mut parts = parts.into_iter();
        for (member, [_, usual]) in members.iter().zip(&selects) {
            let own = parts.by_ref().take(usual.parts.len()).collect();
            packs[member.index()] = Some(usual.with(usual.ty, own));
        }
    }

    /// Emits what the selects and their cold path read of the home they are in.
    fn emit_needs(
        &self,
        e: &mut Emitter<'_>,
        stage: Stage<'_>,
        members: &[ValueId],
        packs: &mut Packs,
    ) {
        let Some(last) = members.last() else { return };
        let home = self.homes.home[last.index()];
        let mut is_needed = vec![false; last.index() + 1];
        members.iter().for_each(|member| is_needed[member.index()] = true);
        for index in (0..=last.index()).rev() {
            if is_needed[index] {
                self.program.insts[index].args.iter().for_each(|arg| is_needed[arg.index()] = true);
            }
        }
        for value in self.program.values().take(last.index() + 1) {
            let is_needed = is_needed[value.index()] && !members.contains(&value);
            if is_needed && self.belongs(value, stage, home) {
                self.emit_value(e, stage, value, packs);
            }
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
