//! Packs: the lanes of one value of a program, in Cranelift values.
//!
//! A pack of one lane is a scalar; a bool is then 0 or 1 in an `i8`. A pack of more lanes
//! is one or more 128-bit vectors, its *parts*; if the lanes do not fill one vector, the
//! upper lanes hold anything. Bools are masks, lanes of all zeros or all ones, as wide as
//! the comparison that made them; whoever uses a mask asks for the width it needs.
//!
//! ```text
//! f64, 1 lane          x0                                 a scalar
//! f64, 4 lanes         x0 x1 │ x2 x3                      two parts
//! i8, 8 lanes          x0 x1 x2 x3 x4 x5 x6 x7 ? …        half of one part
//! x < y of the f64     m0 m1 │ m2 m3                      masks of 8 bytes
//! the same, narrowed   m0 m1 m2 m3                        masks of 4 bytes
//! ```
//!
//! A pack that is known to be one scalar in every lane keeps that scalar beside its vectors:
//! shifts take it, lanes are read from it, and as a mask it has every width at once.

use crate::emitter::{Emitter, Values};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{self, Type};
use cranelift_codegen::ir::{ConstantData, Endianness, InstBuilder, MemFlagsData, Value};
use jitney_ir::lanes::LaneType;

/// Bytes of a vector.
pub(crate) const VECTOR: usize = 16;

/// The lanes of one value; see the [module](self).
#[derive(Clone, Debug)]
pub(crate) struct Pack {
    /// The type of the lanes.
    pub(crate) ty: LaneType,
    /// How many lanes there are.
    pub(crate) lanes: usize,
    /// Bytes of a lane in the vectors: the type's size, or any for a mask.
    pub(crate) size: usize,
    /// One scalar, or one vector or more.
    pub(crate) parts: Values,
    /// The scalar that all lanes are equal to, if that is known.
    pub(crate) splat_of: Option<Value>,
    /// Its bits, if they are known as well.
    pub(crate) constant: Option<u64>,
}

impl Pack {
    /// A pack of one lane.
    pub(crate) fn scalar(ty: LaneType, value: Value) -> Pack {
        let parts = Values::from_slice(&[value]);
        Pack { ty, lanes: 1, size: ty.size(), parts, splat_of: Some(value), constant: None }
    }

    /// A pack of the given parts.
    pub(crate) fn new(ty: LaneType, lanes: usize, size: usize, parts: Values) -> Pack {
        debug_assert_eq!(parts.len(), n_parts(lanes, size));
        let splat_of = (lanes == 1).then(|| parts[0]);
        Pack { ty, lanes, size, parts, splat_of, constant: None }
    }

    /// A pack of the same lanes with other parts and perhaps another type of the same size.
    pub(crate) fn with(&self, ty: LaneType, parts: Values) -> Pack {
        Pack::new(ty, self.lanes, self.size, parts)
    }

    /// Lanes that are in use in one part.
    pub(crate) fn lanes_per_part(&self) -> usize {
        self.lanes.min(VECTOR / self.size)
    }
}

/// The number of parts of a pack.
pub(crate) fn n_parts(lanes: usize, size: usize) -> usize {
    if lanes == 1 { 1 } else { (lanes * size).div_ceil(VECTOR) }
}

/// Cranelift's type of one lane.
pub(crate) fn scalar_type(ty: LaneType) -> Type {
    match ty {
        LaneType::Bool | LaneType::I8 => types::I8,
        LaneType::I16 => types::I16,
        LaneType::I32 => types::I32,
        LaneType::I64 => types::I64,
        LaneType::F32 => types::F32,
        LaneType::F64 => types::F64,
    }
}

/// The vector of integers of the given size in bytes.
pub(crate) fn int_vector(size: usize) -> Type {
    match size {
        1 => types::I8X16,
        2 => types::I16X8,
        4 => types::I32X4,
        _ => types::I64X2,
    }
}

/// The vector of lanes of the given type, `size` bytes each.
pub(crate) fn vector_type(ty: LaneType, size: usize) -> Type {
    match ty {
        LaneType::F32 => types::F32X4,
        LaneType::F64 => types::F64X2,
        _ => int_vector(size),
    }
}

impl Emitter<'_> {
    /// The same 128 bits as another vector type.
    pub(crate) fn cast(&mut self, ty: Type, value: Value) -> Value {
        if self.type_of(value) == ty {
            return value;
        }
        let flags = match ty.is_vector() {
            true => MemFlagsData::new().with_endianness(Endianness::Little),
            false => MemFlagsData::new(),
        };
        self.ins().bitcast(ty, flags, value)
    }

    /// Loads a vector from any address.
    pub(crate) fn load_vector(&mut self, ty: Type, address: Value, offset: usize) -> Value {
        if self.machine.has_unaligned_operands {
            return self.load(ty, address, offset);
        }
        // Before AVX, an operand in memory must be aligned, which Cranelift 0.135 forgets
        // for `cmpps` and `cmppd`. It makes no operand of what is loaded as another type.
        let other = if ty == types::I64X2 { types::I32X4 } else { types::I64X2 };
        let vector = self.load(other, address, offset);
        self.cast(ty, vector)
    }

    /// A scalar constant.
    pub(crate) fn scalar_constant(&mut self, ty: LaneType, bits: u64) -> Value {
        match ty {
            LaneType::F32 => self.ins().f32const(f32::from_bits(bits as u32)),
            LaneType::F64 => self.ins().f64const(f64::from_bits(bits)),
            _ => {
                // Cranelift wants the bits of narrow integers without sign extension.
                self.ins().iconst(scalar_type(ty), bits as i64)
            }
        }
    }

    /// A constant in every lane.
    pub(crate) fn constant(&mut self, ty: LaneType, bits: u64, lanes: usize) -> Pack {
        let scalar = self.scalar_constant(ty, bits);
        let mut pack = self.splat(ty, scalar, lanes, Some(bits));
        pack.constant = Some(bits);
        pack
    }

    /// One scalar in every lane.
    pub(crate) fn splat_scalar(&mut self, ty: LaneType, scalar: Value, lanes: usize) -> Pack {
        self.splat(ty, scalar, lanes, None)
    }

    /// One scalar in every lane; one vector serves for all parts.
    fn splat(&mut self, ty: LaneType, scalar: Value, lanes: usize, bits: Option<u64>) -> Pack {
        let mut pack = Pack::scalar(ty, scalar);
        if lanes > 1 {
            let part = self.splat_part(ty, scalar, bits, ty.size());
            pack.lanes = lanes;
            pack.parts = Values::from_elem(part, n_parts(lanes, ty.size()));
        }
        pack
    }

    /// One vector of a scalar, with lanes of `size` bytes: the type's own, unless it is a mask.
    /// What is known is loaded as a constant; anything else is spread by an instruction.
    fn splat_part(&mut self, ty: LaneType, scalar: Value, bits: Option<u64>, size: usize) -> Value {
        let vector = vector_type(ty, size);
        match (bits, ty) {
            // 1 becomes bytes of 0xff, which make a mask of any width.
            (Some(bits), LaneType::Bool) => self.vector_constant(vector, 1, bits.wrapping_neg()),
            (Some(bits), _) => self.vector_constant(vector, size, bits),
            (None, LaneType::Bool) => {
                let lane = self.ins().ineg(scalar);
                let lane = match vector.lane_type() {
                    types::I8 => lane,
                    wide => self.ins().sextend(wide, lane),
                };
                self.ins().splat(vector, lane)
            }
            (None, _) => self.ins().splat(vector, scalar),
        }
    }

    /// A vector whose lanes of `size` bytes hold the same bits.
    pub(crate) fn vector_constant(&mut self, vector: Type, size: usize, bits: u64) -> Value {
        let lane = &bits.to_le_bytes()[..size];
        self.vector_bytes(vector, lane.iter().copied().cycle())
    }

    /// A vector of the given bytes.
    pub(crate) fn vector_bytes(&mut self, vector: Type, bytes: impl Iterator<Item = u8>) -> Value {
        let bytes: Vec<u8> = bytes.take(VECTOR).collect();
        // Equal ones are stored once.
        let data = ConstantData::from(bytes.as_slice());
        let constant = self.builder().func.dfg.constants.insert(data);
        self.ins().vconst(vector, constant)
    }

    /// Shuffles the bytes of two vectors.
    pub(crate) fn shuffle(&mut self, a: Value, b: Value, bytes: [u8; VECTOR]) -> Value {
        let ty = self.type_of(a);
        let (a, b) = (self.cast(types::I8X16, a), self.cast(types::I8X16, b));
        let mask = ConstantData::from(bytes.as_slice());
        let mask = self.builder().func.dfg.immediates.push(mask);
        let shuffled = self.ins().shuffle(a, b, mask);
        self.cast(ty, shuffled)
    }

    /// The upper half of a vector in the place of the lower one.
    pub(crate) fn upper_half(&mut self, vector: Value) -> Value {
        self.shuffle(vector, vector, std::array::from_fn(|byte| (byte % 8 + 8) as u8))
    }

    /// The lower halves of two vectors.
    pub(crate) fn join_lower_halves(&mut self, a: Value, b: Value) -> Value {
        let byte = |byte: usize| if byte < 8 { byte } else { byte + 8 };
        self.shuffle(a, b, std::array::from_fn(|i| byte(i) as u8))
    }

    /// The low 32 bits of the 64-bit lanes of two vectors.
    pub(crate) fn join_even_words(&mut self, a: Value, b: Value) -> Value {
        let joined = self.shuffle(a, b, std::array::from_fn(|i| (i / 4 * 8 + i % 4) as u8));
        self.cast(types::I32X4, joined)
    }

    /// One lane as a scalar.
    pub(crate) fn lane(&mut self, pack: &Pack, lane: usize) -> Value {
        if let Some(scalar) = pack.splat_of {
            return scalar;
        }
        let per_part = pack.lanes_per_part();
        let part = pack.parts[lane / per_part];
        if pack.lanes == 1 {
            return part;
        }
        let value = self.ins().extractlane(part, (lane % per_part) as u8);
        // All ones become 1, whatever the width.
        match (pack.ty, pack.size) {
            (LaneType::Bool, 1) => self.ins().band_imm_u(value, 1),
            (LaneType::Bool, _) => {
                let byte = self.ins().ireduce(types::I8, value);
                self.ins().band_imm_u(byte, 1)
            }
            _ => value,
        }
    }

    /// A pack of the given scalars.
    pub(crate) fn gather(&mut self, ty: LaneType, scalars: &[Value]) -> Pack {
        if let [scalar] = scalars {
            return Pack::scalar(ty, *scalar);
        }
        let (lanes, size) = (scalars.len(), ty.size());
        let vector = vector_type(ty, size);
        let mut parts = Values::new();
        for chunk in scalars.chunks(VECTOR / size) {
            // Not from a zero: the first scalar has to get there in any case.
            let mut part = self.ins().splat(vector, chunk[0]);
            for (lane, scalar) in chunk.iter().enumerate().skip(1) {
                part = self.ins().insertlane(part, *scalar, lane as u8);
            }
            parts.push(part);
        }
        if ty == LaneType::Bool {
            parts.iter_mut().for_each(|part| *part = self.bytes_to_mask(*part));
        }
        Pack::new(ty, lanes, size, parts)
    }

    /// Bytes of 0 and 1 as a mask.
    pub(crate) fn bytes_to_mask(&mut self, bytes: Value) -> Value {
        let zero = self.vector_constant(types::I8X16, 1, 0);
        self.ins().icmp(IntCC::NotEqual, bytes, zero)
    }

    /// A bool's parts as masks of the given lane size; of a scalar, 0 or 1 as it is.
    pub(crate) fn mask(&mut self, pack: &Pack, size: usize) -> Values {
        if pack.lanes == 1 || pack.size == size {
            return pack.parts.clone();
        }
        if let Some(scalar) = pack.splat_of {
            let part = self.splat_part(LaneType::Bool, scalar, pack.constant, size);
            return Values::from_elem(part, n_parts(pack.lanes, size));
        }
        // A step doubles or halves the width, as the machine's instructions do.
        let (mut parts, mut at) = (pack.parts.clone(), pack.size);
        while at < size {
            parts = self.widen_mask(&parts, n_parts(pack.lanes, 2 * at));
            at *= 2;
        }
        while at > size {
            parts = self.narrow_mask(&parts, at);
            at /= 2;
        }
        parts
    }

    /// Masks twice as wide: by their sign, all zeros stay zeros and all ones stay ones. The upper
    /// half of the last part is left out if no lane is in it.
    fn widen_mask(&mut self, parts: &[Value], wanted: usize) -> Values {
        let mut wide = Values::new();
        for part in parts {
            wide.push(self.ins().swiden_low(*part));
            if wide.len() < wanted {
                wide.push(self.ins().swiden_high(*part));
            }
        }
        wide
    }

    /// Masks half as wide. Saturation keeps 0 and -1 as they are; 64-bit lanes, for which there is
    /// no such instruction, give up their upper words. A part without a partner is its own: what
    /// that leaves in the upper lanes is not in use.
    fn narrow_mask(&mut self, parts: &[Value], size: usize) -> Values {
        let pairs = parts.chunks(2).map(|pair| (pair[0], *pair.last().unwrap_or(&pair[0])));
        pairs
            .map(|(a, b)| match size {
                8 => self.join_even_words(a, b),
                _ => self.ins().snarrow(a, b),
            })
            .collect()
    }
}
