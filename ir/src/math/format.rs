//! The layout of the float formats, for work on their bits.

use crate::lanes::{Builder, LaneType, V};

/// What must be known of a float format to work on its bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    /// The float lane.
    pub float: LaneType,
    /// The integer lane of the same width.
    pub int: LaneType,
    /// The sign bit.
    pub sign: i64,
    /// The bits of infinity: the exponent field.
    pub inf: i64,
    /// Bits of the fraction field.
    pub fraction_bits: i64,
    /// What is added to an exponent before it is stored: the exponent field of 1.
    pub bias: i64,
}

impl Format {
    /// The layout of `ty`.
    pub fn of(ty: LaneType) -> Format {
        match ty {
            LaneType::F32 => Format {
                float: ty,
                int: LaneType::I32,
                sign: 0x8000_0000,
                inf: 0x7f80_0000,
                fraction_bits: 23,
                bias: 127,
            },
            _ => Format {
                float: ty,
                int: LaneType::I64,
                sign: i64::MIN,
                inf: 0x7ff0_0000_0000_0000,
                fraction_bits: 52,
                bias: 1023,
            },
        }
    }

    /// The one of two lists of coefficients that was made for this precision.
    pub fn pick<'a, T: ?Sized>(self, single: &'a T, double: &'a T) -> &'a T {
        if self.float == LaneType::F32 { single } else { double }
    }

    /// The bits of `2^exponent`, for a normal power of two.
    pub fn power_bits(self, exponent: i64) -> i64 {
        (self.bias + exponent) << self.fraction_bits
    }

    /// `float`'s bits.
    pub fn bits_of(self, b: &mut Builder, float: V) -> V {
        b.bitcast(self.int, float)
    }

    /// The float of these bits.
    pub fn float_of(self, b: &mut Builder, bits: V) -> V {
        b.bitcast(self.float, bits)
    }

    /// Moves the low bits of an integer into the exponent field.
    pub fn to_exponent(self, b: &mut Builder, integer: V) -> V {
        let places = b.int(self.int, self.fraction_bits);
        b.shl(integer, places)
    }

    /// `2^(n + offset)` for a normal result, `n` being the low bits of an integer.
    pub fn power_of_two(self, b: &mut Builder, n: V, offset: i64) -> V {
        let field = self.to_exponent(b, n);
        let one = b.int(self.int, self.power_bits(offset));
        let bits = b.iadd(field, one);
        self.float_of(b, bits)
    }
}
