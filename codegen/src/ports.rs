//! Where the lanes of parameters come from and those of results go.
//!
//! A port hides from the program whether lanes are one scalar, one load, a load for each or no
//! memory at all. It is indexed by the place along the vector axis:
//!
//! ```text
//! Fixed v              v, v, v, v
//! Contiguous a         what is at a + size * (index, index + 1, …), a vector at a time
//! Strided a, s         what is at a + s * (index, index + 1, …), a lane at a time
//! Iota b, s            b + s * (index, index + 1, …) itself
//! ```

use crate::emitter::{Emitter, Values};
use crate::lanes::pack::{Pack, VECTOR, n_parts, scalar_type, vector_type};
use cranelift_codegen::ir::types;
use cranelift_codegen::ir::{InstBuilder, Value};
use jitney_ir::lanes::LaneType;

/// A source or destination of lanes along the vector axis.
#[derive(Clone, Debug)]
pub(crate) enum Port {
    /// The same scalar for every index.
    Fixed(Value),
    /// Elements next to each other from this address on.
    Contiguous(Value),
    /// The same, of which it is known that they are those of another source, some further on.
    Shifted {
        /// The address of the first one.
        base: Value,
        /// The position of the other source.
        of: usize,
        /// How many elements further on.
        by: u8,
    },
    /// Elements a number of bytes apart.
    Strided {
        /// The address of the first one.
        base: Value,
        /// From each to the next.
        stride: Value,
        /// Whether each lies right behind that of the port before, which is like this one.
        is_next: bool,
    },
    /// The numbers `base + index * stride` themselves.
    Iota {
        /// The first one.
        base: Value,
        /// From each to the next.
        stride: Value,
    },
}

impl Port {
    /// Whether every index has the same value.
    pub(crate) fn is_uniform(&self) -> bool {
        matches!(self, Port::Fixed(_))
    }

    /// The address of the first element, or the first number.
    pub(crate) fn first(&self) -> Option<Value> {
        match *self {
            Port::Contiguous(base)
            | Port::Shifted { base, .. }
            | Port::Strided { base, .. }
            | Port::Iota { base, .. } => Some(base),
            Port::Fixed(_) => None,
        }
    }

    /// What is from each element or number to the next, where it is a value.
    pub(crate) fn step(&self) -> Option<Value> {
        match *self {
            Port::Strided { stride, .. } | Port::Iota { stride, .. } => Some(stride),
            Port::Fixed(_) | Port::Contiguous(_) | Port::Shifted { .. } => None,
        }
    }
}

impl Port {
    /// Ports with elements of the given sizes from an index on.
    pub(crate) fn all_from(
        e: &mut Emitter<'_>,
        ports: &[Port],
        sizes: &[usize],
        start: Value,
    ) -> Vec<Port> {
        ports.iter().zip(sizes).map(|(port, size)| port.from(e, *size, start)).collect()
    }

    /// The same port from an index on.
    fn from(&self, e: &mut Emitter<'_>, size: usize, start: Value) -> Port {
        let mut moved = self.clone();
        match &mut moved {
            Port::Fixed(_) => {}
            Port::Contiguous(base) | Port::Shifted { base, .. } => {
                *base = e.scaled(*base, start, size);
            }
            Port::Strided { base, stride, .. } | Port::Iota { base, stride } => {
                *base = e.strided(*base, start, *stride);
            }
        }
        moved
    }
}

/// The integer types as which vectors that are not full move to and from memory.
fn partial_types(bytes: usize) -> (types::Type, types::Type) {
    match bytes {
        2 => (types::I16, types::I16X8),
        4 => (types::I32, types::I32X4),
        _ => (types::I64, types::I64X2),
    }
}

impl Emitter<'_> {
    /// A scalar bool as 64 bits that are all the same: a mask of any width in their low bytes.
    pub(crate) fn wide_truth(&mut self, scalar: Value) -> Value {
        let wide = self.ins().uextend(types::I64, scalar);
        self.ins().ineg(wide)
    }

    /// The lanes from `index` on.
    pub(crate) fn read(&mut self, port: &Port, ty: LaneType, index: Value, lanes: usize) -> Pack {
        match *port {
            Port::Fixed(value) => self.splat_scalar(ty, value, lanes),
            Port::Contiguous(base) | Port::Shifted { base, .. } => {
                let address = self.scaled(base, index, ty.size());
                self.read_vectors(ty, address, lanes)
            }
            Port::Strided { base, stride, .. } => {
                let mut address = self.strided(base, index, stride);
                let mut scalars = Values::new();
                for lane in 0..lanes {
                    if lane > 0 {
                        address = self.ins().iadd(address, stride);
                    }
                    scalars.push(self.load(scalar_type(ty), address, 0));
                }
                self.gather(ty, &scalars)
            }
            Port::Iota { base, stride } => self.iota(base, stride, index, lanes),
        }
    }

    /// Lanes next to each other, in as few loads as hold them.
    fn read_vectors(&mut self, ty: LaneType, address: Value, lanes: usize) -> Pack {
        if lanes == 1 {
            let scalar = self.load(scalar_type(ty), address, 0);
            return Pack::scalar(ty, scalar);
        }
        let (bytes, vector) = (lanes * ty.size(), vector_type(ty, ty.size()));
        let mut parts: Values = (0..n_parts(lanes, ty.size()))
            .map(|part| match bytes < VECTOR {
                true => self.read_partial(vector, address, bytes),
                false => self.load_vector(vector, address, part * VECTOR),
            })
            .collect();
        if ty == LaneType::Bool {
            parts.iter_mut().for_each(|part| *part = self.bytes_to_mask(*part));
        }
        Pack::new(ty, lanes, ty.size(), parts)
    }

    /// Lanes that do not fill a vector, as one integer of their size: a vector's load would reach
    /// beyond the last element, where there may be no memory. The lanes beyond hold anything.
    fn read_partial(&mut self, vector: types::Type, address: Value, bytes: usize) -> Value {
        let (scalar, wide) = partial_types(bytes);
        let value = self.load(scalar, address, 0);
        let value = self.ins().splat(wide, value);
        self.cast(vector, value)
    }

    /// Numbers, two a vector, computed anew from the index in each round: no loop carries them.
    fn iota(&mut self, base: Value, stride: Value, index: Value, lanes: usize) -> Pack {
        let first = self.strided(base, index, stride);
        if lanes == 1 {
            return Pack::scalar(LaneType::I64, first);
        }
        // The pairs are `first + (0, stride) + 2 * part * stride`.
        let pair = self.splat_scalar(LaneType::I64, first, 2).parts[0];
        let zero = self.int(0);
        let steps = self.gather(LaneType::I64, &[zero, stride]).parts[0];
        let mut part = self.ins().iadd(pair, steps);
        let twice = self.ins().iadd(stride, stride);
        let advance = self.ins().splat(types::I64X2, twice);
        let mut parts = Values::from_slice(&[part]);
        for _ in 1..n_parts(lanes, 8) {
            part = self.ins().iadd(part, advance);
            parts.push(part);
        }
        Pack::new(LaneType::I64, lanes, 8, parts)
    }

    /// Writes lanes from `index` on.
    pub(crate) fn write(&mut self, port: &Port, index: Value, pack: &Pack) {
        match *port {
            Port::Contiguous(base) | Port::Shifted { base, .. } => {
                let address = self.scaled(base, index, pack.ty.size());
                self.write_vectors(address, pack);
            }
            Port::Strided { base, stride, .. } => {
                let mut address = self.strided(base, index, stride);
                for lane in 0..pack.lanes {
                    if lane > 0 {
                        address = self.ins().iadd(address, stride);
                    }
                    let scalar = self.lane(pack, lane);
                    self.store(scalar, address, 0);
                }
            }
            // Ports of sinks are made from stores and scratch memory.
            Port::Fixed(_) | Port::Iota { .. } => unreachable!("not a place in memory"),
        }
    }

    /// Lanes next to each other. Bools are bytes of 0 and 1 in memory, whatever
    /// width they have here.
    fn write_vectors(&mut self, address: Value, pack: &Pack) {
        let mut parts = pack.parts.clone();
        if pack.ty == LaneType::Bool && pack.lanes > 1 {
            let one = self.vector_constant(types::I8X16, 1, 1);
            let mask = self.mask(pack, 1);
            parts = mask.iter().map(|part| self.ins().band(*part, one)).collect();
        }
        let bytes = pack.lanes * pack.ty.size();
        for (number, part) in parts.iter().enumerate() {
            if pack.lanes > 1 && bytes < VECTOR {
                self.write_partial(*part, address, bytes);
            } else {
                self.store(*part, address, number * VECTOR);
            }
        }
    }

    /// The counterpart of [`Emitter::read_partial`]: nothing beyond the last element is written.
    fn write_partial(&mut self, part: Value, address: Value, bytes: usize) {
        let (_, wide) = partial_types(bytes);
        let part = self.cast(wide, part);
        let scalar = self.ins().extractlane(part, 0);
        self.store(scalar, address, 0);
    }
}
