//! Vectors that several loads share.
//!
//! Of slices of one array that are a few elements apart, all but the first are cut out of the
//! vectors of the first: two neighbours are put side by side, and the wanted lanes taken from
//! there.
//!
//! ```text
//! first slice      a b c d e f g h │ i j k l m n o p │ …
//! two further on       c d e f g h   i j
//! ```
//!
//! Nine in ten vectors that begin anywhere lie across two lines of the cache, and cost two reads:
//! of the slices, one is read that way instead of all. The last vector of a step is the next
//! step's first: it stays in a register. It is read ahead of the step, so the main loop ends where
//! that would go beyond the row. Tails and rare paths load each slice by itself.

use super::code;
use super::layout::{Argument, Layout};
use super::machine::{Class, Inst, Kept, Kind, Reg, Stretch};
use super::select::{Selector, Source, Subject};
use super::target::Target;
use iced_x86::Code;
use rustc_hash::FxHashMap;

/// The part of all registers that stretches may keep, one each. A kernel can have more stretches
/// than there are registers, and instructions need some, too.
const KEPT_PART: usize = 2;

/// The vectors that a body shares.
#[derive(Default)]
pub(super) struct Stretches {
    /// What the body finds in registers.
    carried: Vec<(Stretch, Reg)>,
    /// By parameter and copy.
    loaded: FxHashMap<(usize, usize), Reg>,
}

impl Stretches {
    /// Lets a register have the first vector of a stretch.
    pub fn carry(&mut self, stretch: Stretch, reg: Reg) {
        self.carried.push((stretch, reg));
        self.loaded.insert((stretch.param, 0), reg);
    }

    fn has(&self, param: usize) -> bool {
        self.carried.iter().any(|(stretch, _)| stretch.param == param)
    }
}

/// What the main body of a program is to share.
pub(super) fn stretches(subject: Subject<'_>, layout: &mut Layout) -> Vec<Kept> {
    let mut found: Vec<Stretch> = Vec::new();
    for (number, source) in subject.sources.iter().enumerate() {
        let Source::Shifted { of, by } = *source else { continue };
        let (size, beyond) = (subject.program.params[number].size(), usize::from(by));
        if !subject.cuts(size, beyond) {
            continue;
        }
        let is_full = found.len() >= subject.n_vectors() / KEPT_PART;
        match found.iter_mut().find(|stretch| stretch.param == of) {
            Some(stretch) => stretch.beyond = stretch.beyond.max(beyond),
            // Others are loaded slice by slice.
            None if is_full => {}
            None => {
                let argument = layout.argument(Argument::Source(of));
                found.push(Stretch { param: of, size, argument, beyond });
            }
        }
    }
    found.into_iter().map(Kept::Stretch).collect()
}

impl Subject<'_> {
    /// Whether lanes of the given size can be cut out of two vectors that far from their beginning.
    fn cuts(self, size: usize, by: usize) -> bool {
        let is_full = self.lanes * size >= 16;
        let has_instruction = self.target == Target::Avx512 && align(size).is_some();
        has_instruction && is_full && by < self.lanes && self.accumulators.is_empty()
    }
}

impl Selector<'_, '_> {
    /// A parameter's elements out of vectors that others share; `None` if it is none of those.
    pub(super) fn shared(&mut self, number: usize, size: usize, copy: usize) -> Option<Reg> {
        match self.subject.sources[number] {
            Source::Elements if self.stretches.has(number) => Some(self.whole(number, size, copy)),
            Source::Shifted { of, by } if self.stretches.has(of) => {
                if !self.subject.cuts(size, by.into()) {
                    return None;
                }
                let (low, high) = (self.whole(of, size, copy), self.whole(of, size, copy + 1));
                let cut = Inst::new(self.form(size, align(size)?), &[high, low]);
                let class = Class::Vector(self.width(size));
                Some(self.body.define(class, cut.with_immediate(by)))
            }
            _ => None,
        }
    }

    /// A vector of a stretch, loaded once.
    fn whole(&mut self, param: usize, size: usize, copy: usize) -> Reg {
        if let Some(reg) = self.stretches.loaded.get(&(param, copy)) {
            return *reg;
        }
        let reg = self.load(param, size, copy);
        self.stretches.loaded.insert((param, copy), reg);
        reg
    }

    /// Puts the vectors that follow the body's in the place of its first ones.
    pub(super) fn carry_stretches(&mut self) {
        for (Stretch { param, size, .. }, first) in self.stretches.carried.clone() {
            let next = self.whole(param, size, self.homes.len());
            let code = self.form(size, code::load(size));
            self.body.insts.push(Inst::new(code, &[first, next]).with_kind(Kind::Update));
        }
    }
}

/// The instruction that takes lanes of the given size out of two vectors next to each other.
fn align(size: usize) -> Option<Code> {
    match size {
        4 => Some(Code::EVEX_Valignd_xmm_k1z_xmm_xmmm128b32_imm8),
        8 => Some(Code::EVEX_Valignq_xmm_k1z_xmm_xmmm128b64_imm8),
        _ => None,
    }
}
