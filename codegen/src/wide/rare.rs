//! Whether any lane is rare.
//!
//! With AVX-512, operations on masks take the units that multiply. A comparison under a mask,
//! however, costs no more than one without, and is both: so it is not collected where a lane
//! is rare, but by a chain of comparisons where it still is common, one chain for each copy.
//!
//! ```text
//! rare if a < b or not (c <= d)        common after the first      k2 = !(a < b)
//!                                      and after the second        k2 = k2 & (c <= d)
//! ```
//!
//! AVX2 has no such comparisons. There, conditions are vectors, and one `or` for each collects
//! where a lane is rare.

use super::code;
use super::machine::{Inst, Kind, Reg};
use super::select::{Selector, Subject};
use super::target::Target;
use iced_x86::Code;
use jitney_ir::lanes::{LaneOp, ValueId};
use smallvec::SmallVec;

/// A lane is rare if the value is as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Condition {
    value: ValueId,
    is_rare_if: bool,
}

/// What a predicate is to be to hold where it did not: integers' and floats' alike. `a < b`, 0x11,
/// becomes 0x15, "not less": that holds for NaN, as the negation must.
const NEGATED: u8 = 4;

impl Subject<'_> {
    /// What makes a lane rare, taken apart as far as comparisons can be collected.
    pub(super) fn conditions(self, value: ValueId) -> SmallVec<[Condition; 4]> {
        let mut apart = SmallVec::new();
        let mut left = vec![Condition { value, is_rare_if: true }];
        while let Some(Condition { value, is_rare_if }) = left.pop() {
            let inst = self.program.inst(value);
            // Rare if `a | b` is true: rare if `a` is, and rare if `b` is. Rare if `a & b` is
            // false: rare if either is. The other two ways round both would have to hold, which no
            // chain collects.
            let is_either = match inst.op {
                _ if self.target == Target::Avx2 || self.is_uniform[value.index()] => false,
                LaneOp::Not | LaneOp::Or => is_rare_if || inst.op == LaneOp::Not,
                LaneOp::And => !is_rare_if,
                _ => false,
            };
            if is_either {
                let is_rare_if = is_rare_if != (inst.op == LaneOp::Not);
                let args = inst.args.iter().rev();
                left.extend(args.map(|value| Condition { value: *value, is_rare_if }));
            } else {
                apart.push(Condition { value, is_rare_if });
            }
        }
        apart
    }

    /// The values that the test of a condition reads.
    pub(super) fn condition_operands(self, condition: Condition) -> SmallVec<[ValueId; 2]> {
        let inst = self.program.inst(condition.value);
        match self.is_collected(condition) {
            true => inst.args.iter().copied().collect(),
            false => SmallVec::from_slice(&[condition.value]),
        }
    }

    /// Whether a condition is a comparison to be made under the mask of what is common.
    fn is_collected(self, condition: Condition) -> bool {
        let op = self.program.inst(condition.value).op;
        self.target == Target::Avx512
            && !self.is_uniform[condition.value.index()]
            && code::compare(op, 8).is_some()
    }
}

impl Selector<'_, '_> {
    /// Sees to it that the body is left where the condition of a rare select holds.
    pub(super) fn note_rare(&mut self, condition: ValueId, copy: usize) -> Option<()> {
        for condition in self.subject.conditions(condition) {
            // Several selects of a program often have one condition.
            if !self.tested.insert((condition, copy)) {
                continue;
            }
            if self.subject.target == Target::Avx2 {
                // As wide as the widest lanes, which fill a vector: what is tested is then all
                // of it.
                let holds = self.truth(condition.value, copy, self.widest())?;
                self.any_rare = Some(match self.any_rare {
                    Some(any) => self.either(any, holds),
                    None => holds,
                });
                continue;
            }
            let common = if self.subject.is_collected(condition) {
                self.still_common(condition, copy)?
            } else {
                self.common_by_mask(condition, copy)?
            };
            self.common[copy] = Some(common);
        }
        Some(())
    }

    /// The lanes that a comparison leaves common. Lanes that are not common any more stay 0
    /// whatever is compared.
    fn still_common(&mut self, condition: Condition, copy: usize) -> Option<Reg> {
        let inst = self.subject.program.inst(condition.value);
        let mut compare = self.comparison(inst, copy)?;
        if condition.is_rare_if {
            compare.immediate = compare.immediate.map(|predicate| predicate ^ NEGATED);
        }
        if let Some(common) = self.common[copy] {
            compare = compare.with_mask(common);
        }
        Some(self.define_mask(compare, self.type_of(inst.args[0]).size()))
    }

    /// The lanes that any other bool leaves common.
    fn common_by_mask(&mut self, condition: Condition, copy: usize) -> Option<Reg> {
        let mask = self.register(condition.value, copy)?;
        Some(match (self.common[copy], condition.is_rare_if) {
            (Some(common), true) => self.mask_op(Code::VEX_Kandnq_kr_kr_kr, &[mask, common]),
            (Some(common), false) => self.mask_op(Code::VEX_Kandq_kr_kr_kr, &[mask, common]),
            (None, true) => self.mask_op(Code::VEX_Knotq_kr_kr, &[mask]),
            (None, false) => mask,
        })
    }

    /// Appends the test that leaves the body, if it has rare selects. There is one test, after
    /// everything is computed, and not one for each condition: each is a jump, and hardly any is
    /// ever taken.
    pub(super) fn test_rare(&mut self) {
        let common = std::mem::take(&mut self.common).into_iter().flatten();
        let and = |a, b| self.mask_op(Code::VEX_Kandq_kr_kr_kr, &[a, b]);
        if let Some(common) = common.reduce(and) {
            // The complement sets bits beyond the lanes as well; the test leaves them out.
            self.any_rare = Some(self.mask_op(Code::VEX_Knotq_kr_kr, &[common]));
        }
        if let Some(any) = self.any_rare {
            let test = Inst::new(Code::INVALID, &[]).with_kind(Kind::Test).with_mask(any);
            self.body.insts.push(test);
        }
    }
}
