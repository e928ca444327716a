//! The form between a lane program and its bytes: instructions over registers without
//! number.
//!
//! Registers are defined once. A register that only repeats a cell of memory remembers it,
//! so that it need not be saved to be found again.
//!
//! ```text
//! lane program ─ select, schedule, fold ─► Inst over Reg ─ allocate ─► Placed ─ encode ─► bytes
//! ```

use super::target::Target;
use iced_x86::{Code, Register};
use smallvec::SmallVec;

/// The width of a vector register, in the order in which the encoder's table of
/// instructions has their forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Width {
    /// 16 bytes, also for what fills less.
    Xmm = 0,
    /// 32 bytes.
    Ymm = 1,
    /// 64 bytes.
    Zmm = 2,
}

impl Width {
    /// The narrowest that holds so many bytes.
    pub fn of_bytes(bytes: usize) -> Width {
        match bytes {
            0..=16 => Width::Xmm,
            17..=32 => Width::Ymm,
            _ => Width::Zmm,
        }
    }

    /// How many bytes it has.
    pub fn bytes(self) -> usize {
        16 << self as usize
    }

    /// The form of an instruction for this width, given the one for 128 bits: the three follow each
    /// other. A test of [`super::code`] holds the encoder's table to that.
    pub fn form(self, xmm: Code) -> Code {
        Code::try_from(xmm as usize + self as usize).unwrap_or(Code::INVALID)
    }
}

/// A register without number: an index into [`Body::registers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reg(pub u32);

/// What a register can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Vector(Width),
    Mask,
}

impl Class {
    /// The machine's register of this class and number.
    pub fn register(self, number: u8) -> Register {
        let first = match self {
            Class::Vector(Width::Xmm) => Register::XMM0,
            Class::Vector(Width::Ymm) => Register::YMM0,
            Class::Vector(Width::Zmm) => Register::ZMM0,
            Class::Mask => Register::K0,
        };
        first + u32::from(number)
    }
}

/// A scalar in memory that instructions spread over their lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cell {
    /// Byte offset in the arguments of the call.
    Argument(u32),
    /// Byte offset in the constants that follow the code.
    Constant(u32),
}

/// An operand in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// A cell, read as it is.
    Cell(Cell),
    /// A cell, spread over the lanes by the instruction that reads it.
    Spread(Cell),
    /// Elements of `size` bytes from `lane` on; `argument` is the offset of their address.
    Elements { argument: u32, size: u32, lane: u32 },
    /// A saved register.
    Saved(u32),
}

/// What an instruction needs beyond its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// Reads elements: masked where rows end.
    Load,
    /// Writes elements: masked where rows end.
    Store,
    /// `±(a * b) ± c`, the form to be chosen by what may be overwritten. `memory` is the
    /// position of the operand in memory; the others are the arguments, in order.
    Fma { signs: Signs, is_double: bool, memory: Option<usize> },
    /// Reads the entries of 8 bytes of a table at an address that the argument numbers; uses
    /// its mask up.
    Gather { table: u64 },
    /// Spreads the number of the element, so many lanes on.
    Index { lane: u32 },
    /// Leaves the body if any lane in use is true.
    Test,
    /// Computes in the lanes of its mask and leaves the first argument in the others: that is
    /// overwritten, or a copy of it.
    Merge,
    /// Puts the second argument in the place of the first, in the lanes in use.
    Update,
}

/// Which parts of a multiply-add are negated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signs {
    pub product: bool,
    pub addend: bool,
}

/// An instruction over registers without number. Its operands are, in this order: the
/// result, the arguments, memory, the immediate.
#[derive(Clone, Debug)]
pub(super) struct Inst {
    pub kind: Kind,
    pub code: Code,
    pub result: Option<Reg>,
    pub args: SmallVec<[Reg; 3]>,
    /// Lanes to compute; the others become 0, but for the second argument of a blend.
    pub mask: Option<Reg>,
    pub is_zeroing: bool,
    pub memory: Option<Memory>,
    /// Whether the last argument might as well be in memory.
    pub may_read_last: bool,
    pub immediate: Option<u8>,
}

impl Inst {
    /// An instruction on registers alone.
    pub fn new(code: Code, args: &[Reg]) -> Inst {
        Inst {
            kind: Kind::Plain,
            code,
            result: None,
            args: SmallVec::from_slice(args),
            mask: None,
            is_zeroing: false,
            memory: None,
            may_read_last: false,
            immediate: None,
        }
    }

    pub fn with_kind(self, kind: Kind) -> Inst {
        Inst { kind, ..self }
    }

    pub fn with_memory(self, memory: Memory) -> Inst {
        Inst { memory: Some(memory), ..self }
    }

    pub fn with_immediate(self, immediate: u8) -> Inst {
        Inst { immediate: Some(immediate), ..self }
    }

    /// Under a mask, as for blends, which read both arguments.
    pub fn with_mask(self, mask: Reg) -> Inst {
        Inst { mask: Some(mask), ..self }
    }

    /// The registers that it reads, its mask among them. A mask is one like the others: it must be
    /// in a register, and stay there, until it is read.
    pub fn reads(&self) -> impl Iterator<Item = Reg> + '_ {
        self.args.iter().copied().chain(self.mask)
    }

    /// Under a mask, with zeros where it is false.
    pub fn zeroing(self, mask: Reg) -> Inst {
        Inst { mask: Some(mask), is_zeroing: true, ..self }
    }
}

/// A register: its class, and the cell it repeats, if any.
#[derive(Clone, Copy, Debug)]
pub(super) struct RegInfo {
    pub class: Class,
    /// The instruction that makes it anew from the cell.
    pub repeats: Option<(Code, Cell)>,
    /// The machine's register, if it is filled before the loop.
    pub number: Option<u8>,
}

/// A cell as instructions read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spread {
    pub cell: Cell,
    pub class: Class,
    /// The instruction that spreads it over a register.
    pub code: Code,
}

/// What a register has before a loop begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// A cell, which stays.
    Cell(Spread),
    /// Elements, which the loop replaces by those that follow.
    Stretch(Stretch),
}

/// Elements of a parameter, vector after vector, that others share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub param: usize,
    /// Bytes of an element.
    pub size: usize,
    /// Byte offset of the address in the arguments of the call.
    pub argument: u32,
    /// How many elements are there beyond those of the row.
    pub beyond: usize,
}

/// A straight line of instructions.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub target: Target,
    /// How many of the machine's vector registers it may use, from the first one on.
    pub n_vectors: usize,
    pub insts: Vec<Inst>,
    pub registers: Vec<RegInfo>,
}

impl Body {
    /// A body without instructions.
    pub fn new(target: Target, n_vectors: usize) -> Body {
        Body { target, n_vectors, insts: Vec::new(), registers: Vec::new() }
    }

    /// Appends an instruction that defines a register.
    pub fn define(&mut self, class: Class, inst: Inst) -> Reg {
        let reg = self.register(class, None);
        self.insts.push(Inst { result: Some(reg), ..inst });
        reg
    }

    /// Appends the instruction that reads a cell into a register. What follows may read it from a
    /// register; if that is needed for something else, from its cell again.
    pub fn repeat(&mut self, class: Class, code: Code, cell: Cell) -> Reg {
        let reg = self.register(class, Some((code, cell)));
        let inst = Inst::new(code, &[]).with_memory(Memory::Cell(cell));
        self.insts.push(Inst { result: Some(reg), ..inst });
        reg
    }

    fn register(&mut self, class: Class, repeats: Option<(Code, Cell)>) -> Reg {
        self.registers.push(RegInfo { class, repeats, number: None });
        Reg(self.registers.len() as u32 - 1)
    }

    /// A register that has been filled before the loop. No instruction of the body defines it, and
    /// nothing in the body may end its life.
    pub fn kept(&mut self, class: Class, number: u8) -> Reg {
        self.registers.push(RegInfo { class, repeats: None, number: Some(number) });
        Reg(self.registers.len() as u32 - 1)
    }

    pub fn class(&self, reg: Reg) -> Class {
        self.registers[reg.0 as usize].class
    }
}

/// An operand of a placed instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Register(Register),
    Memory(Memory),
    Immediate(u8),
}

/// An instruction over the machine's registers.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub kind: Kind,
    pub code: Code,
    pub operands: SmallVec<[Operand; 4]>,
    pub mask: Option<Register>,
    pub is_zeroing: bool,
}

impl Placed {
    pub fn new(code: Code, operands: &[Operand]) -> Placed {
        let operands = SmallVec::from_slice(operands);
        Placed { kind: Kind::Plain, code, operands, mask: None, is_zeroing: false }
    }
}
