//! What must hold of a lane program.
//!
//! * Operands are defined before their users, and there are as many as the arity says.
//! * Operand and result types are related as [`Typing`] says.
//! * A parameter instruction names an existing parameter of its type.
//! * A constant has no bits beyond its type; a lookup names an existing table.
//! * Results are existing values.

use super::{Inst, LaneOp, LaneType, Program, TableId, Typing, ValueId};
use std::fmt;

/// The first broken invariant of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The offending instruction; `None` for the results.
    pub at: Option<ValueId>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(value) => write!(f, "v{}: {}", value.0, self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

impl Program {
    /// Checks the module's invariants.
    ///
    /// # Errors
    /// The first one that is broken.
    pub fn verify(&self) -> Result<(), VerifyError> {
        for value in self.values() {
            self.verify_inst(value).map_err(|message| VerifyError { at: Some(value), message })?;
        }
        match self.results.iter().find(|result| result.index() >= self.insts.len()) {
            Some(result) => Err(VerifyError {
                at: None,
                message: format!("result v{} is not defined", result.0),
            }),
            None => Ok(()),
        }
    }

    fn verify_inst(&self, value: ValueId) -> Result<(), String> {
        let inst = self.inst(value);
        if inst.args.len() != inst.op.arity() {
            let (name, arity) = (inst.op.name(), inst.op.arity());
            return Err(format!("{name} takes {arity} operands, not {}", inst.args.len()));
        }
        if let Some(arg) = inst.args.iter().find(|arg| **arg >= value) {
            return Err(format!("operand v{} is not defined before its use", arg.0));
        }
        // Only now may types of operands be looked at: they exist.
        self.verify_imm(inst)?;
        let types: Vec<LaneType> = inst.args.iter().map(|arg| self.ty(*arg)).collect();
        if well_typed(inst.op.typing(), inst.ty, &types) {
            Ok(())
        } else {
            let types: Vec<_> = types.iter().map(|ty| ty.name()).collect();
            Err(format!(
                "{}({}) -> {} is ill-typed",
                inst.op.name(),
                types.join(", "),
                inst.ty.name()
            ))
        }
    }

    fn verify_imm(&self, inst: &Inst) -> Result<(), String> {
        match inst.op {
            LaneOp::Param => match self.params.get(inst.imm as usize) {
                Some(ty) if *ty == inst.ty => Ok(()),
                Some(ty) => Err(format!("parameter {} is of type {}", inst.imm, ty.name())),
                None => Err(format!("there is no parameter {}", inst.imm)),
            },
            // Equal constants must be equal bits, or they would not be merged.
            LaneOp::Const if inst.ty.mask(inst.imm) != inst.imm => {
                Err(format!("constant {:#x} does not fit in {}", inst.imm, inst.ty.name()))
            }
            LaneOp::Lookup if TableId::new(inst.imm).is_none() => {
                Err(format!("there is no table {}", inst.imm))
            }
            _ => Ok(()),
        }
    }
}

/// Whether operand types and result type are related as the typing says.
fn well_typed(typing: Typing, ty: LaneType, args: &[LaneType]) -> bool {
    let all = |test: fn(LaneType) -> bool| test(ty) && args.iter().all(|arg| *arg == ty);
    match typing {
        Typing::Leaf => true,
        Typing::Float => all(LaneType::is_float),
        Typing::Int => all(LaneType::is_int),
        Typing::Bits => all(|ty| !ty.is_float()),
        Typing::FloatCompare => ty == LaneType::Bool && args[0].is_float() && args[0] == args[1],
        Typing::IntCompare => ty == LaneType::Bool && args[0].is_int() && args[0] == args[1],
        Typing::Select => args[0] == LaneType::Bool && args[1] == ty && args[2] == ty,
        // Bools have no bits of their own: emitters choose how to represent them.
        Typing::Bitcast => {
            ty.size() == args[0].size() && ty != LaneType::Bool && args[0] != LaneType::Bool
        }
        Typing::Widen => args[0].is_int() && ty.is_int() && ty.size() > args[0].size(),
        Typing::Narrow => args[0].is_int() && ty.is_int() && ty.size() < args[0].size(),
        Typing::FloatToFloat => args[0].is_float() && ty.is_float() && ty != args[0],
        Typing::IntToFloat => args[0].is_int() && ty.is_float(),
        // Processors convert to these two alone; narrower integers are cut from them.
        Typing::FloatToInt => args[0].is_float() && matches!(ty, LaneType::I32 | LaneType::I64),
        Typing::BoolToInt => args[0] == LaneType::Bool && ty.is_int(),
        Typing::Lookup => args[0] == LaneType::I64 && ty != LaneType::Bool,
    }
}
