//! Loads as operands of the instructions that read them.
//!
//! What is read once needs no instruction and no register of its own. The machine holds some
//! hundred instructions at a time: the fewer there are to a vector, the more of them wait for
//! memory at once.
//!
//! Only where all lanes are in use, since an operand would be read beyond the end of a row; and
//! not by instructions under a mask, which do not begin to read before the mask is there. Sums
//! over axis 0 of (200, 300, 400) `float32` take 1.15 ms instead of 1.33; with operands under
//! masks, maxima took 2.2 instead of 1.7.

use super::machine::{Body, Inst, Kind, Memory, Width};
use smallvec::SmallVec;

/// Makes operands of loads, where there are instructions for that.
pub(super) fn fold_loads(body: &mut Body, lanes: usize) {
    let mut n_reads = vec![0; body.registers.len()];
    body.insts.iter().flat_map(Inst::reads).for_each(|reg| n_reads[reg.0 as usize] += 1);
    // By register, the memory that a load has filled it from.
    let mut loaded: Vec<Option<Memory>> = vec![None; body.registers.len()];
    let mut folded = vec![false; body.registers.len()];
    for inst in &mut body.insts {
        if let (Kind::Load, Some(result), Some(memory)) = (inst.kind, inst.result, inst.memory) {
            // Shorter ones have loads of their own.
            let fills = matches!(memory, Memory::Elements { size, .. }
                if lanes * size as usize >= Width::Xmm.bytes());
            if fills && n_reads[result.0 as usize] == 1 {
                loaded[result.0 as usize] = Some(memory);
            }
            continue;
        }
        let Some(position) =
            operand(inst, |position| loaded[inst.args[position].0 as usize].is_some())
        else {
            continue;
        };
        let reg = inst.args.remove(position);
        inst.memory = loaded[reg.0 as usize];
        folded[reg.0 as usize] = true;
        if let Kind::Fma { memory, .. } = &mut inst.kind {
            *memory = Some(position);
        }
    }
    body.insts.retain(|inst| inst.result.is_none_or(|result| !folded[result.0 as usize]));
}

/// The argument of an instruction that may be in memory and is wanted there: the last, or any
/// of a multiply-add.
fn operand(inst: &Inst, is_wanted: impl Fn(usize) -> bool) -> Option<usize> {
    if inst.memory.is_some() || inst.mask.is_some() {
        return None;
    }
    let last = inst.args.len().checked_sub(1)?;
    let positions: SmallVec<[usize; 3]> = match inst.kind {
        Kind::Fma { .. } => (0..=last).rev().collect(),
        _ if inst.may_read_last => SmallVec::from_slice(&[last]),
        _ => return None,
    };
    positions.into_iter().find(|position| is_wanted(*position))
}
