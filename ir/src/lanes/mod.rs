//! Lane programs: straight-line SSA over typed lanes.
//!
//! A program says what happens to one element and nothing else: it knows no loop, no
//! address and no vector width. Parameters come in, results go out, and in between stand
//! primitive operations of [`LaneOp`], each defined to the bit by [`eval_op`]. The reference
//! interpreter evaluates programs lane by lane and every emitter compiles them, which is
//! why all of them agree bit for bit.
//!
//! Values are numbered densely in definition order and an instruction only refers to
//! values before it. There is no control flow; the nearest thing is
//! [`LaneOp::SelectRare`], a select that tells emitters where a branch would pay.
//!
//! The text form, which [`parse`](Program::parse) reads back:
//!
//! ```text
//! lanes(f64, f64) {
//!   v0 = param 0 : f64
//!   v1 = param 1 : f64
//!   v2 = const 0x3ff0000000000000 : f64 ; 1.0
//!   v3 = fadd v1, v2 : f64
//!   v4 = fdiv v0, v3 : f64
//!   return v4
//! }
//! ```

mod builder;
mod eval;
mod ops;
mod program_text;
mod tables;
mod verify;

pub use builder::{Builder, V};
pub use eval::{Evaluator, eval_op, gcd, wrapping_pow};
pub use ops::{LaneOp, Typing};
pub use tables::TableId;
pub use verify::VerifyError;

use crate::dtype::DType;
use smallvec::SmallVec;

/// The type of a lane: what a machine register holds. Signedness is in the operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LaneType {
    /// A truth value; emitters choose how to represent it.
    Bool,
    /// 8 bits of integer.
    I8,
    /// 16 bits of integer.
    I16,
    /// 32 bits of integer.
    I32,
    /// 64 bits of integer.
    I64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
}

impl LaneType {
    /// Every lane type.
    pub const ALL: [LaneType; 7] = [
        LaneType::Bool,
        LaneType::I8,
        LaneType::I16,
        LaneType::I32,
        LaneType::I64,
        LaneType::F32,
        LaneType::F64,
    ];

    /// The lane type that holds elements of the dtype.
    pub const fn of(dtype: DType) -> LaneType {
        dtype.lane()
    }

    /// Bytes of one lane; one for bool, as it is stored.
    pub const fn size(self) -> usize {
        match self {
            LaneType::Bool | LaneType::I8 => 1,
            LaneType::I16 => 2,
            LaneType::I32 | LaneType::F32 => 4,
            LaneType::I64 | LaneType::F64 => 8,
        }
    }

    /// Bits of one lane.
    pub const fn bits(self) -> u32 {
        self.size() as u32 * 8
    }

    /// Whether this is a float type.
    pub const fn is_float(self) -> bool {
        matches!(self, LaneType::F32 | LaneType::F64)
    }

    /// Whether this is an integer type (not bool).
    pub const fn is_int(self) -> bool {
        matches!(self, LaneType::I8 | LaneType::I16 | LaneType::I32 | LaneType::I64)
    }

    /// The name in dumps.
    pub const fn name(self) -> &'static str {
        match self {
            LaneType::Bool => "bool",
            LaneType::I8 => "i8",
            LaneType::I16 => "i16",
            LaneType::I32 => "i32",
            LaneType::I64 => "i64",
            LaneType::F32 => "f32",
            LaneType::F64 => "f64",
        }
    }

    /// Keeps the bits a lane of this type has.
    pub const fn mask(self, bits: u64) -> u64 {
        match self {
            LaneType::Bool => bits & 1,
            _ => bits & (u64::MAX >> (64 - self.bits())),
        }
    }
}

/// A value of a program: the index of the instruction that defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

impl ValueId {
    /// As an index into [`Program::insts`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One instruction; it defines the value that has its index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Inst {
    /// What it does.
    pub op: LaneOp,
    /// The type of its value.
    pub ty: LaneType,
    /// Its operands, as many as the operation's arity.
    pub args: SmallVec<[ValueId; 3]>,
    /// Constant bits, parameter index or table number; 0 elsewhere.
    pub imm: u64,
}

/// A lane program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Program {
    /// The types of the parameters.
    pub params: SmallVec<[LaneType; 4]>,
    /// The instructions, operands before users.
    pub insts: Vec<Inst>,
    /// The values handed out.
    pub results: SmallVec<[ValueId; 2]>,
}

impl Program {
    /// The instruction that defines a value.
    pub fn inst(&self, value: ValueId) -> &Inst {
        &self.insts[value.index()]
    }

    /// The type of a value.
    pub fn ty(&self, value: ValueId) -> LaneType {
        self.inst(value).ty
    }

    /// Every value, in definition order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = ValueId> + use<> {
        (0..self.insts.len() as u32).map(ValueId)
    }

    /// The constant bits of a value, if it is a constant.
    ///
    /// Emitters ask in order to fold constants into instructions or memory operands.
    pub fn constant(&self, value: ValueId) -> Option<u64> {
        let inst = self.inst(value);
        (inst.op == LaneOp::Const).then_some(inst.imm)
    }

    /// Instructions that compute something, constants and parameters aside: what a compiler
    /// has to do.
    pub fn cost(&self) -> usize {
        self.insts.iter().filter(|inst| !inst.op.is_leaf()).count()
    }

    /// Those of them that run for every element: what a processor has to do. The rest is
    /// needed by nothing but the rare operands of [`LaneOp::SelectRare`].
    pub fn common_cost(&self) -> usize {
        let is_common = self.common_values();
        let insts = self.insts.iter().zip(is_common);
        insts.filter(|(inst, is_common)| *is_common && !inst.op.is_leaf()).count()
    }

    /// For each value, whether it is needed for every element, rather than by rare operands of
    /// [`LaneOp::SelectRare`] alone.
    pub fn common_values(&self) -> Vec<bool> {
        let mut is_common = vec![false; self.insts.len()];
        self.results.iter().for_each(|result| is_common[result.index()] = true);
        // Users come after what they use, so that each value's users are all known here.
        for value in self.values().rev() {
            let inst = self.inst(value);
            if is_common[value.index()] {
                let is_rare = |position: usize| inst.op == LaneOp::SelectRare && position == 1;
                for (position, arg) in inst.args.iter().enumerate() {
                    is_common[arg.index()] |= !is_rare(position);
                }
            }
        }
        is_common
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rare_operands_alone_need_is_no_common_cost() {
        let mut b = Builder::new();
        let x = b.param(LaneType::F64);
        let zero = b.float(LaneType::F64, 0.0);
        let shared = b.fsqrt(x);
        let rare = b.fmul(shared, x);
        let nested = b.fneg(rare);
        let is_rare = b.flt(x, zero);
        let rare = b.select_rare(is_rare, nested, rare);
        let result = b.select_rare(is_rare, rare, shared);
        let program = b.finish(&[result]);
        // The root, the comparison and the outer select; not the product, the negation and
        // the select that the rare operand consists of.
        assert_eq!((program.cost(), program.common_cost()), (6, 3));
    }
}
