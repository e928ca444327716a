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
//! Within a stage, what is needed only by the rare operand of a `select_rare` has that
//! select as its *home*: it is emitted on a cold path that is taken if the condition
//! holds in any lane.

mod convert;
mod ops;
pub(crate) mod pack;

use crate::emitter::{Emitter, Values};
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::lanes::{LaneOp, Program, ValueId};
use pack::Pack;

/// Packs by value of the program; `None` where there is none yet.
pub(crate) type Packs = Vec<Option<Pack>>;

/// A program whose values have been assigned to stages and homes.
pub(crate) struct Staged<'p> {
    pub(crate) program: &'p Program,
    is_uniform: Vec<bool>,
    /// Uniform values that the varying stage or a result reads.
    is_shared: Vec<bool>,
    home: Vec<Option<ValueId>>,
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
        let home = homes(program, &is_uniform);
        Staged { program, is_uniform, is_shared, home }
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

    /// Emits the values of one stage and one home, in order.
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
            if self.is_uniform[index] != is_uniform || self.home[index] != home {
                continue;
            }
            let inst = self.program.inst(value);
            let pack = match inst.op {
                LaneOp::Param => params[inst.imm as usize].clone(),
                LaneOp::Const => Some(e.constant(inst.ty, inst.imm, lanes)),
                LaneOp::SelectRare if self.home.contains(&Some(value)) => {
                    Some(self.emit_rare(e, is_uniform, value, params, lanes, packs))
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

    /// Emits a select whose rare operand is computed on a cold path.
    fn emit_rare(
        &self,
        e: &mut Emitter<'_>,
        is_uniform: bool,
        value: ValueId,
        params: &[Option<Pack>],
        lanes: usize,
        packs: &mut Packs,
    ) -> Pack {
        let inst = self.program.inst(value);
        let operand = |packs: &Packs, i: usize| packs[inst.args[i].index()].clone();
        let (Some(condition), Some(usual)) = (operand(packs, 0), operand(packs, 2)) else {
            unreachable!("operands are emitted before their users")
        };
        let any = e.any(&condition);
        let mut shape = usual.clone();
        let parts = e.branch(
            any,
            |e| {
                self.emit_region(e, is_uniform, Some(value), params, lanes, packs);
                let Some(rare) = operand(packs, 1) else {
                    unreachable!("the rare operand is of this home or of an outer one")
                };
                let chosen = e.operation(inst, &[&condition, &rare, &usual]);
                // Both paths must hand over masks of one width.
                if usual.lanes > 1 && chosen.size != usual.size {
                    e.mask(&chosen, usual.size)
                } else {
                    chosen.parts
                }
            },
            |_| usual.parts.clone(),
        );
        (shape.splat_of, shape.constant) = (None, None);
        if lanes == 1 {
            shape.splat_of = Some(parts[0]);
        }
        shape.parts = parts;
        shape
    }
}

/// The innermost rare select whose rare operand alone needs each value.
fn homes(program: &Program, is_uniform: &[bool]) -> Vec<Option<ValueId>> {
    let mut home: Vec<Option<ValueId>> = vec![None; program.insts.len()];
    let mut is_used: Vec<bool> = vec![false; program.insts.len()];
    program.results.iter().for_each(|result| is_used[result.index()] = true);
    for user in program.values().rev() {
        let inst = program.inst(user);
        for (position, arg) in inst.args.iter().enumerate() {
            // A uniform operand of a varying instruction is computed before the loop.
            let crosses_stages = is_uniform[arg.index()] != is_uniform[user.index()];
            let place = match inst.op {
                _ if crosses_stages => None,
                LaneOp::SelectRare if position == 1 => Some(user),
                _ => home[user.index()],
            };
            let known = &home[arg.index()];
            home[arg.index()] =
                if is_used[arg.index()] { common_home(&home, *known, place) } else { place };
            is_used[arg.index()] = true;
        }
    }
    home
}

/// The innermost home that encloses both. A home is a later value than what it encloses
/// and encloses what its own home does.
fn common_home(
    home: &[Option<ValueId>],
    mut a: Option<ValueId>,
    mut b: Option<ValueId>,
) -> Option<ValueId> {
    while a != b {
        let (Some(x), Some(y)) = (a, b) else { return None };
        if x < y { a = home[x.index()] } else { b = home[y.index()] }
    }
    a
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
