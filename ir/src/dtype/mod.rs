//! Element types: one table of them, what NumPy promotes them to, and the texts that name them.
//!
//! * `table.rs`: the table, a row a dtype, and the dispatch from a dtype to its Rust type;
//! * `element.rs`: what each Rust type of elements can do;
//! * `promote.rs`, `text.rs`: NumPy's rules.
//!
//! Whoever treats dtypes differently matches on [`Kind`], exhaustively: what a dtype *is not*
//! says nothing about it.

#[macro_use]
mod table;
mod element;
mod promote;
mod text;

pub use element::Element;

use crate::lanes::LaneType;

/// The class of a dtype, in the order in which NumPy's weak scalars promote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// [`DType::Bool`].
    Bool,
    /// Unsigned integers.
    Unsigned,
    /// Signed integers.
    Signed,
    /// Binary floating point.
    Float,
}

/// Everything that is known of a dtype.
struct Row {
    dtype: DType,
    kind: Kind,
    lane: LaneType,
    size: usize,
    /// NumPy's name.
    name: &'static str,
    /// The name in IR dumps, which is Rust's.
    short: &'static str,
    /// NumPy's other names.
    aliases: &'static [&'static str],
    /// NumPy's one-letter codes.
    codes: &'static str,
}

macro_rules! dtypes {
    ($($kind:ident { $(
        $(#[$doc:meta])* $variant:ident($ty:ident, $lane:ident), $name:literal, $codes:literal, $aliases:tt;
    )* })*) => {
        /// The type of an array's elements.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum DType {
            $($($(#[$doc])* $variant,)*)*
        }

        const ROWS: [Row; [$($(DType::$variant),*),*].len()] = [$($(Row {
            dtype: DType::$variant,
            kind: Kind::$kind,
            lane: LaneType::$lane,
            size: size_of::<$ty>(),
            name: $name,
            short: stringify!($ty),
            aliases: &$aliases,
            codes: $codes,
        },)*)*];
    };
}

crate::for_each_dtype!(dtypes);

impl DType {
    /// Every dtype, in declaration order.
    pub const ALL: [DType; ROWS.len()] = {
        let mut all = [DType::Bool; ROWS.len()];
        let mut i = 0;
        while i < all.len() {
            all[i] = ROWS[i].dtype;
            i += 1;
        }
        all
    };

    /// Rows stand in the order of the enum, for both are made of the same table.
    const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The class of the dtype.
    #[inline]
    pub const fn kind(self) -> Kind {
        self.row().kind
    }

    /// The type of the lane that holds an element.
    #[inline]
    pub const fn lane(self) -> LaneType {
        self.row().lane
    }

    /// Bytes of one element.
    #[inline]
    pub const fn size(self) -> usize {
        self.row().size
    }

    /// Bits of one element.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.row().size as u32 * 8
    }

    /// NumPy's name, such as `float64`.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The name in IR dumps, such as `f64`.
    pub const fn short(self) -> &'static str {
        self.row().short
    }

    /// Whether the dtype is a signed or unsigned integer (not bool).
    #[inline]
    pub const fn is_int(self) -> bool {
        matches!(self.kind(), Kind::Signed | Kind::Unsigned)
    }

    /// Smallest and largest value of an integer dtype (0 and 1 for bool).
    pub fn int_range(self) -> (i128, i128) {
        match self.kind() {
            Kind::Signed => (-(1 << (self.bits() - 1)), (1 << (self.bits() - 1)) - 1),
            Kind::Unsigned => (0, (1 << self.bits()) - 1),
            Kind::Bool | Kind::Float => (0, 1),
        }
    }
}
