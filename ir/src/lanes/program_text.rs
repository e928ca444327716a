//! Printing and parsing of lane programs.
//!
//! ```text
//! lanes(f64, f64) {
//!   v0 = param 0 : f64
//!   v1 = param 1 : f64
//!   v2 = const 0x3ff0000000000000 : f64 ; 1.0
//!   v3 = fma v0, v1, v2 : f64
//!   return v3
//! }
//! ```
//!
//! Constants are bits, so that NaN, both zeros and every last digit come back as they were.

use super::{Inst, LaneOp, LaneType, Program, ValueId};
use crate::text::{Cursor, ParseError};
use std::fmt;

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params: Vec<_> = self.params.iter().map(|ty| ty.name()).collect();
        writeln!(f, "lanes({}) {{", params.join(", "))?;
        for value in self.values() {
            write_inst(f, value, self.inst(value))?;
        }
        let results: Vec<_> = self.results.iter().map(|v| format!("v{}", v.0)).collect();
        writeln!(f, "  return {}\n}}", results.join(", "))
    }
}

fn write_inst(f: &mut fmt::Formatter<'_>, value: ValueId, inst: &Inst) -> fmt::Result {
    write!(f, "  v{} = {}", value.0, inst.op.name())?;
    match inst.op {
        LaneOp::Param => write!(f, " {}", inst.imm)?,
        LaneOp::Const => write!(f, " {:#x}", inst.imm)?,
        LaneOp::Lookup => write!(f, " {}, ", inst.imm)?,
        _ => f.write_str(" ")?,
    }
    for (i, arg) in inst.args.iter().enumerate() {
        write!(f, "{}v{}", if i > 0 { ", " } else { "" }, arg.0)?;
    }
    write!(f, " : {}", inst.ty.name())?;
    // The hexadecimal form is exact; the comment is for people.
    match (inst.op, inst.ty) {
        (LaneOp::Const, LaneType::F64) => write!(f, " ; {:?}", f64::from_bits(inst.imm))?,
        (LaneOp::Const, LaneType::F32) => write!(f, " ; {:?}", f32::from_bits(inst.imm as u32))?,
        _ => {}
    }
    writeln!(f)
}

impl Program {
    /// Reads the text form and verifies the program.
    ///
    /// # Errors
    /// What is malformed or which invariant is broken, with the line.
    pub fn parse(text: &str) -> Result<Program, ParseError> {
        let mut cursor = Cursor::new(text);
        let program = Program::parse_from(&mut cursor)?;
        if cursor.at_end() { Ok(program) } else { cursor.error("text after the program") }
    }

    /// Reads one program where the cursor stands and verifies it.
    ///
    /// # Errors
    /// As [`Program::parse`].
    pub fn parse_from(cursor: &mut Cursor<'_>) -> Result<Program, ParseError> {
        cursor.expect("lanes")?;
        let params = cursor.list("(", ")", lane_type)?;
        let mut program = Program { params: params.into(), ..Program::default() };
        cursor.expect("{")?;
        while !cursor.accept("return") {
            let number: u32 = cursor.numbered("v")?;
            if number as usize != program.insts.len() {
                return cursor.error(format!("expected v{}, found v{number}", program.insts.len()));
            }
            let inst = parse_inst(cursor)?;
            program.insts.push(inst);
        }
        while !cursor.accept("}") {
            if !program.results.is_empty() {
                cursor.expect(",")?;
            }
            program.results.push(ValueId(cursor.numbered("v")?));
        }
        match program.verify() {
            Ok(()) => Ok(program),
            Err(error) => cursor.error(error.to_string()),
        }
    }
}

fn parse_inst(cursor: &mut Cursor<'_>) -> Result<Inst, ParseError> {
    cursor.expect("=")?;
    let name = cursor.take();
    let Some(op) = LaneOp::from_name(name) else {
        return cursor.error(format!("unknown lane operation `{name}`"));
    };
    let imm = match op {
        LaneOp::Param => cursor.number()?,
        // The table comes first, being part of the operation, as does what a parameter or constant
        // is.
        LaneOp::Lookup => {
            let table = cursor.number()?;
            cursor.expect(",")?;
            table
        }
        LaneOp::Const => {
            let token = cursor.take();
            let digits = token.strip_prefix("0x").unwrap_or("");
            match u64::from_str_radix(digits, 16) {
                Ok(bits) => bits,
                Err(_) => {
                    return cursor.error(format!("expected hexadecimal bits, found `{token}`"));
                }
            }
        }
        _ => 0,
    };
    // The type stands last, as in a graph.
    let mut inst = Inst { op, ty: LaneType::Bool, args: Default::default(), imm };
    for i in 0..op.arity() {
        if i > 0 {
            cursor.expect(",")?;
        }
        inst.args.push(ValueId(cursor.numbered("v")?));
    }
    cursor.expect(":")?;
    inst.ty = lane_type(cursor)?;
    Ok(inst)
}

fn lane_type(cursor: &mut Cursor<'_>) -> Result<LaneType, ParseError> {
    let name = cursor.take();
    match LaneType::ALL.into_iter().find(|ty| ty.name() == name) {
        Some(ty) => Ok(ty),
        None => cursor.error(format!("unknown lane type `{name}`")),
    }
}
